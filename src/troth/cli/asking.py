"""Commands that ask: of one study, of all of them, of two side by side."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from troth.cli import options as o
from troth.terms.errors import RequestError

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from troth.engine.findings import Findings
    from troth.project import Project, Study


class Question(StrEnum):
    """What can be shown of a study."""

    LEDGER = "ledger"
    INTEGRITY = "integrity"
    ACCOUNT = "account"
    SOURCES = "sources"
    SET_ASIDE = "set-aside"
    STUDIES = "studies"
    CALIBRATION = "calibration"
    CAMPAIGNS = "campaigns"
    BUNCHING = "bunching"
    RANGES = "ranges"
    BASKET = "basket"
    ISSUES = "issues"
    THEMES = "themes"
    EXPECTATIONS = "expectations"
    JOURNEYS = "journeys"
    ANSWERS = "answers"
    PURVIEW = "purview"
    MEASURES = "measures"
    CHANGE = "change"
    CHARTER = "charter"


def show(
    question: Annotated[Question, typer.Argument(help="What to show.", show_default=False)],
    project: o.ProjectFolder = None,
    *,
    study: o.StudyChoice = None,
    by: o.By = None,
    mode: o.AccountMode = None,
    weighting: o.Weight = None,
    where: o.Where = None,
    since: o.Since = None,
    until: o.Until = None,
    base: o.Base = None,
    before: o.Before = None,
    after: o.After = None,
    of: o.JourneyTable = None,
    form: o.OutputFormat = o.Format.TABLE,
    output: o.Output = None,
    limit: o.Limit = None,
) -> None:
    """Show a study: ledger, what was kept, whose the gap is, issues, who can close it, the charter, journeys, words, every row’s fate."""
    from troth.project import open as open_project

    given = {"--study": study, "--by": by, "--where": where, "--since": since, "--until": until, "--mode": mode, "--weighting": weighting}
    _refuse(question, {**given, "--base": base, "--before": before, "--after": after, "--of": of, "--output": output, "--limit": limit})
    _refuse_beside(form, {"--weighting": weighting, "--output": output, "--limit": limit})
    opened = open_project(o.place(None, project))
    if question is Question.STUDIES:
        _studies(opened, _printed(form, question))
        return
    if question is Question.CHARTER and (before or after):
        _charter_changes(opened, before, after, {"--study": study, "--where": where, "--of": of}, form, output)
        return
    chosen = _study(opened, study)
    slices = tuple(name.strip() for name in by.split(",") if name.strip()) if by else ()
    only, first, last = o.pairs(where), o.day(since, "--since"), o.day(until, "--until")
    narrowed: dict[str, Any] = {"where": only, "since": first, "until": last}
    named: dict[str, Any] = {"by": slices} if slices else {}
    if question is Question.LEDGER:
        from troth.cli.terminal import LEDGER_COLUMNS

        asked_rows = Asked(question, chosen.rows(only, first, last), partial(chosen.unmet, only), LEDGER_COLUMNS)
        _rows(asked_rows, chosen, form, output, FEW if limit is None else limit)
        return
    if question is Question.SET_ASIDE:
        asked_rows = Asked(question, chosen.rows_set_aside(only), partial(chosen.unmet_aside, only))
        _rows(asked_rows, chosen, form, output, FEW if limit is None else limit)
        return
    if question is Question.JOURNEYS:
        _journeys(chosen, _of(of, tuple(one for one in o.Of if one not in o.OF_CHARTER), question), form, output)
        return
    if question is Question.CHARTER:
        _charter(chosen, _of(of, o.OF_CHARTER, question), only, form, output)
        return
    if question is Question.MEASURES:
        _measures(chosen, form, output)
        return
    if question is Question.PURVIEW:
        _purview(opened, chosen, form, output)
        return
    asked: dict[Question, Callable[[], Findings[Any]]] = {
        Question.INTEGRITY: lambda: chosen.integrity(slices, **narrowed),
        Question.ACCOUNT: lambda: chosen.account(slices, (mode or o.Mode.AS_OF).value, **narrowed),
        Question.CAMPAIGNS: lambda: chosen.campaigns(**named, **narrowed),
        Question.BUNCHING: lambda: chosen.bunching(**named, **narrowed),
        Question.RANGES: lambda: chosen.ranges(**named, **narrowed),
        Question.BASKET: lambda: chosen.basket(**named, **narrowed, base=o.day(base, "--base")),
        Question.SOURCES: lambda: chosen.sources,
        Question.CALIBRATION: lambda: chosen.calibration,
        Question.ISSUES: lambda: chosen.issues,
        Question.THEMES: lambda: _themes(chosen),
        Question.EXPECTATIONS: lambda: chosen.expectation_statements,
        Question.ANSWERS: lambda: chosen.shares,
        Question.CHANGE: lambda: _change(chosen, only, slices, before, after),
    }
    _findings(question, chosen, asked[question](), form, output, (weighting or o.Weighing.PROMISE).value)


def _themes(study: Study) -> Findings[Any]:
    """The themes, with what is newly said among the notes."""
    from troth.engine.findings import Findings as Table
    from troth.engine.voice.studying import alerts

    found = study.themes
    return Table(found.rows, found.by, (*alerts(study.emerging), *found.notes))


MADE_THEN = "A period is that in which promises were made; --by month goes by when they fell due."


def _change(
    study: Study, where: Mapping[str, str | None] | None, by: Sequence[str], before: str | None, after: str | None
) -> Findings[Any]:
    """What moved along when a promise's late share changed."""
    only = dict(where or {})
    name = only.pop("name", None)
    for value, option, mend in (
        (name, "--where", 'name the promise: --where "name=delivery date".'),
        (before, "--before", "name the period to change from, such as --before 2024-08."),
        (after, "--after", "name the period to change to, such as --after 2024-09."),
    ):
        if not value:
            raise RequestError("a change is that of one promise between two periods or slices.", place=option, mend=mend)
    if len(by) > 1:
        raise RequestError("two sides are told apart by one thing.", place="--by", mend="name one period or dimension.")
    table = study.change(str(name), str(before), str(after), where=only, **({"by": by[0]} if by else {})).table
    return table if by else replace(table, notes=(*table.notes, MADE_THEN))


def studies(folder: o.Folder = None, project: o.ProjectFolder = None, form: o.DocumentFormat = o.Printed.TABLE) -> None:
    """List the project's studies."""
    from troth.project import open as open_project

    _studies(open_project(o.place(folder, project)), form)


def compare(
    before: Annotated[str, typer.Argument(help="The earlier study: its number, “current”, or a folder.", show_default=False)],
    after: Annotated[str, typer.Argument(help="The later study, likewise.", show_default=False)],
    project: o.ProjectFolder = None,
    by: o.By = None,
    form: o.DocumentFormat = o.Printed.TABLE,
) -> None:
    """Say what changed between two studies: verdicts by reason, rows, kept rates, the account, and what they were made from."""
    from troth.cli import documents, terminal
    from troth.project import open as open_project

    opened = open_project(o.place(None, project))
    old, new = _study(opened, before), _study(opened, after)
    changes = old.compare(new, by=tuple(by.split(",")) if by else ())
    if form is o.Printed.JSON:
        sys.stdout.write(documents.text(documents.of_comparison(old, new, changes)))
    else:
        terminal.comparison(changes)


def _study(project: Project, choice: str | None) -> Study:
    """The study a person names: nothing or “current”, a number, or the folder of a saved one."""
    from troth.project import load_study

    if choice in (None, "current"):
        return project.current()
    if choice.isdigit():
        return project.published(int(choice))
    return load_study(Path(choice))


def _studies(project: Project, form: o.Printed) -> None:
    from troth.cli import documents, terminal

    entries = project.studies()
    if form is o.Printed.JSON:
        sys.stdout.write(documents.text(documents.of_entries(entries)))
    else:
        terminal.table(entries, terminal.entry_cells)


def _findings(question: Question, study: Study, findings: Findings[Any], form: o.Format, output: Path | None, weighting: str) -> None:
    from troth.cli import documents, files, terminal
    from troth.engine.voice.studying import alerts

    if form is o.Format.JSON:
        of_issues = question is Question.ISSUES
        document = documents.of_issues(study, findings) if of_issues else documents.of_findings(question.value, study, findings)
        files.write_text(documents.text(document), output)
    elif form is o.Format.TABLE:
        terminal.heading(study, question.value.capitalize())
        if question is Question.ISSUES:
            terminal.about_issues(study)
        first = alerts(study.emerging) if question is Question.THEMES else ()
        terminal.notes(first)
        told, left_out = terminal.worth_a_line(findings.rows, study.as_of.date())
        terminal.table(told, terminal.cells_of(question.value, told, weighting))
        terminal.notes([*(note for note in findings.notes if note not in first), *terminal.key(findings.rows, weighting), *left_out])
    else:
        files.write_arrow(findings.to_arrow(), form, output)


def _journeys(study: Study, of: o.Of, form: o.Format, output: Path | None) -> None:
    """One table of the journeys, with how many there are and what must be read beside it."""
    from troth.cli import documents, files, terminal

    found = study.journeys
    told = found.table_of(of.value)
    if form is o.Format.JSON:
        files.write_text(documents.text(documents.of_journeys(study, found, of.value, told)), output)
    elif form is o.Format.TABLE:
        terminal.heading(study, f"Journeys, {of.value}")
        if found.journeys:
            terminal.say(found.headline)
        terminal.table(told.rows, terminal.cells_of(f"journeys {of.value}", told.rows))
        terminal.notes([*told.notes, *found.notes])
    else:
        files.write_arrow(told.to_arrow(), form, output)


def _purview(project: Project, study: Study, form: o.Format, output: Path | None) -> None:
    """The chasm of each structure, and what closes the actual one."""
    from troth.cli import documents, files, terminal

    found = study.chasm(project.purview)
    if form is o.Format.JSON:
        files.write_text(documents.text(documents.of_chasm(study, found)), output)
    elif form is o.Format.TABLE:
        terminal.heading(study, "Purview")
        if found.reason:
            terminal.say(found.reason)
        terminal.table(found.rows, terminal.structure_cells)
        if closing := found.closing().rows:
            terminal.say(f"What closes it, of {closing[0].where['structure']}:")
            terminal.table(closing, partial(terminal.closing_cells, unit=found.unit))
        terminal.notes(found.notes)
    else:
        files.write_arrow(found.areas.to_arrow(), form, output)


def _measures(study: Study, form: o.Format, output: Path | None) -> None:
    """What each target does to customers."""
    from troth.cli import documents, files, terminal

    found = study.measures
    if form is o.Format.JSON:
        files.write_text(documents.text(documents.of_measures(study, found)), output)
    elif form is o.Format.TABLE:
        terminal.heading(study, "Measures")
        terminal.table(found.measures, terminal.guard_cells)
        if tests := [row for row in found.table if row.where["outcome"] is not None]:
            terminal.say("What they do to customers, in cases made worse:")
            terminal.table(tests, terminal.guard_test_cells)
        terminal.notes(found.table.notes)
    else:
        files.write_arrow(found.table.to_arrow(), form, output)


def _of(of: o.Of | None, known: Sequence[o.Of], question: Question) -> o.Of:
    """Which table of a question that has several.

    :raises RequestError: it has no such table.
    """
    if of is None or of in known:
        return of or known[0]
    named = ", ".join(one.value for one in known)
    raise RequestError(f"{question.value} has no table “{of.value}”.", place="--of", mend=f"name one of: {named}.")


def _charter(study: Study, of: o.Of, cell: Mapping[str, str | None] | None, form: o.Format, output: Path | None) -> None:
    """What was agreed, what nobody agreed, or what of it can be delivered."""
    from troth.cli import documents, files, terminal

    if cell is not None and of is not o.Of.LINES:
        raise RequestError(f"{of.value} takes no --where.", place="--where", mend="leave it out; of the lines it names a cell.")
    tables: dict[o.Of, Callable[[], Findings[Any]]] = {
        o.Of.LINES: lambda: study.charter_lines(cell),
        o.Of.MISSING: study.missing_cells,
        o.Of.FEASIBILITY: study.feasibility,
    }
    found = tables[of]()
    if form is o.Format.JSON:
        files.write_text(documents.text(documents.of_charter(study, of.value, found)), output)
    elif form is o.Format.TABLE:
        terminal.heading(study, "Charter" if of is o.Of.LINES else f"Charter, {of.value}")
        terminal.table(found.rows, terminal.cells_of(f"charter {of.value}", found.rows))
        terminal.notes(found.notes)
    else:
        files.write_arrow(found.to_arrow(), form, output)


def _charter_changes(
    project: Project, before: str | None, after: str | None, given: Mapping[str, object], form: o.Format, output: Path | None
) -> None:
    """What two versions say otherwise: that is no question to a study."""
    from troth.cli import documents, files, terminal

    if before is None or after is None:
        missing = "--after" if after is None else "--before"
        raise RequestError("two versions differ, and only one is named.", place=missing, mend="name a version, or a file.")
    for option, value in given.items():
        if value:
            raise RequestError(f"two versions are compared without {option}.", place=option, mend="leave it out.")
    found = project.charter_changes(before, after)
    if form is o.Format.JSON:
        files.write_text(documents.text(documents.of_charter_changes(before, after, found)), output)
    elif form is o.Format.TABLE:
        terminal.table(found.rows, terminal.cells_of("charter changes", found.rows))
        terminal.notes(found.notes)
    else:
        files.write_arrow(found.to_arrow(), form, output)


@dataclass(frozen=True, slots=True)
class Asked:
    """Rows somebody asked for.

    :param unmet: what to say where they are none.
    :param columns: those a terminal has room for; all of them where none is named.
    """

    question: Question
    table: ir.Table
    unmet: Callable[[], Sequence[str]]
    columns: Sequence[str] = ()


def _rows(asked: Asked, study: Study, form: o.Format, output: Path | None, limit: int) -> None:
    """A table of rows: as many as asked for on a terminal or as JSON, all of them in a file."""
    from troth.cli import documents, files, terminal

    if form in (o.Format.CSV, o.Format.PARQUET):
        files.write_table(asked.table, form, output)
        return
    rows = (asked.table.limit(limit) if limit else asked.table).to_pyarrow().to_pylist()
    total = asked.table.count().to_pyarrow().as_py()
    notes = () if total else asked.unmet()
    if form is o.Format.JSON:
        files.write_text(documents.text(documents.of_rows(asked.question.value, study, rows, total=total, notes=notes)), output)
        return
    zone = ZoneInfo(study.manifest.timezone)
    terminal.heading(study, asked.question.value.replace("-", " ").capitalize())
    cells = terminal.aside_cells if asked.question is Question.SET_ASIDE else terminal.row_cells
    terminal.table([{name: row[name] for name in asked.columns or row} for row in rows], cells(zone))
    times = f" Times in {zone.key}." if any(isinstance(value, datetime) for row in rows for value in row.values()) else ""
    terminal.notes(
        [*notes, f"{len(rows):,} of {total:,} rows.{times} --format csv or parquet gives all of them, every column, nothing rounded."]
    )


FEW = 50
"""Rows printed where nobody says how many."""

NARROWED = frozenset({"--where", "--since", "--until"})
OF_A_STUDY = frozenset({"--study", "--output"})
TAKES: dict[Question, frozenset[str]] = {
    Question.LEDGER: OF_A_STUDY | NARROWED | {"--limit"},
    Question.INTEGRITY: OF_A_STUDY | NARROWED | {"--by", "--weighting"},
    Question.ACCOUNT: OF_A_STUDY | NARROWED | {"--by", "--mode"},
    Question.SOURCES: OF_A_STUDY,
    Question.SET_ASIDE: OF_A_STUDY | {"--where", "--limit"},
    Question.STUDIES: frozenset(),
    Question.CALIBRATION: OF_A_STUDY,
    Question.CAMPAIGNS: OF_A_STUDY | NARROWED | {"--by"},
    Question.BUNCHING: OF_A_STUDY | NARROWED | {"--by"},
    Question.RANGES: OF_A_STUDY | NARROWED | {"--by"},
    Question.BASKET: OF_A_STUDY | NARROWED | {"--by", "--base"},
    Question.ISSUES: OF_A_STUDY,
    Question.THEMES: OF_A_STUDY,
    Question.EXPECTATIONS: OF_A_STUDY,
    Question.JOURNEYS: OF_A_STUDY | {"--of"},
    Question.ANSWERS: OF_A_STUDY,
    Question.PURVIEW: OF_A_STUDY,
    Question.MEASURES: OF_A_STUDY,
    Question.CHANGE: OF_A_STUDY | {"--where", "--by", "--before", "--after"},
    Question.CHARTER: OF_A_STUDY | {"--where", "--before", "--after", "--of"},
}
"""The options that change each answer."""

CHANGES_ONLY: dict[str, tuple[frozenset[o.Format], str]] = {
    "--weighting": (frozenset({o.Format.TABLE}), "the files and documents hold all three weightings"),
    "--limit": (frozenset({o.Format.TABLE, o.Format.JSON}), "the files hold every row"),
    "--output": (frozenset({o.Format.JSON, o.Format.CSV, o.Format.PARQUET}), "a table is for reading on the terminal"),
}
"""Options that change an answer in some formats only, and why not in the others."""


def _refuse(question: Question, given: Mapping[str, object]) -> None:
    """Refuse an option that would change nothing in the answer, rather than leave a reader to think that it did."""
    for option, value in given.items():
        if value not in (None, "", []) and option not in TAKES[question]:
            takers = ", ".join(asked for asked in Question if option in TAKES[asked])
            raise RequestError(f"{question.value} takes no {option}.", place=option, mend=f"leave it out, or ask for one of: {takers}.")


def _refuse_beside(form: o.Format, given: Mapping[str, object]) -> None:
    """Likewise where it is the format that leaves an option nothing to change."""
    for option, value in given.items():
        forms, why = CHANGES_ONLY[option]
        if value is not None and form not in forms:
            known = ", ".join(one.value for one in o.Format if one in forms)
            raise RequestError(
                f"{option} changes nothing in {form.value}: {why}.", place=option, mend=f"leave it out, or use --format {known}."
            )


def _printed(form: o.Format, question: Question) -> o.Printed:
    if form in (o.Format.TABLE, o.Format.JSON):
        return o.Printed(form.value)
    raise RequestError(f"there is no {form.value} of {question.value}.", mend="use --format table or json.")
