"""The project's studies, read: each request holds its own handles (a DuckDB connection is not shared), answers are remembered for all.

A study never changes, so an answer once computed stays right; only which study is current can change, and that is asked each time.
"""

from __future__ import annotations

import threading
from calendar import monthrange
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
from django.conf import settings

from troth.engine.attribution.answers import Answered
from troth.engine.findings import (
    Account,
    AtRisk,
    Basket,
    Bunching,
    Campaign,
    Findings,
    FlagAgreement,
    Integrity,
    NativeAccount,
    RangeScore,
    Skill,
    StagePart,
)
from troth.engine.guards import Guards
from troth.engine.issues.assigning import columns_of, issue_of
from troth.engine.issues.result import Issue
from troth.engine.journeys import Journeys
from troth.engine.promises.slices import PERIODS, local_clock, slice_column
from troth.engine.voice.results import Emerging, StudyStatement, StudyTheme, TextsRead
from troth.project import Entry, Project, Study
from troth.terms.errors import RequestError
from troth.terms.journeys import JourneyMap
from troth.terms.vocabulary import Noun, Verdict
from troth.workspace.studies.lending import Lending, at_a_desk
from troth.workspace.studies.questions import Question

Found = TypeVar("Found")

HANDLES = 8
"""Studies kept open: the current one for each request answered at once, and the older ones somebody compares."""

MEMORIES = 2_000
"""Answers remembered, over all studies and threads."""

TEXT_DIMENSIONS: dict[str, str] = {
    "name": "promise",
    "type": "type of promise",
    "stage": "stage",
    "touchpoint": "touchpoint",
    "made_by": "area that made it",
    "kept_by": "area that keeps it",
    "segment": "segment",
    "persona": "persona",
    "tier": "tier",
    "party": "party",
    "strength": "strength",
    "evidence": "evidence",
    "source": "source",
    "verdict": "verdict",
}
"""Columns of every ledger that people slice by, with their words. Context and dimension columns of the mappings follow."""

PERIOD_DIMENSIONS: dict[str, str] = {
    "month": "month due",
    "quarter": "quarter due",
    "week": "week due",
    "made_month": "month made",
    "made_week": "week made",
}


@dataclass(frozen=True, slots=True)
class Count:
    """Promises of one value of a dimension; ``None`` is unknown."""

    value: str | None
    due: int
    broken: int


@dataclass(frozen=True, slots=True)
class Agreed:
    """Promises due of one stage, area, promise and charter line; ``None`` is unknown, and line -1 none."""

    stage: str | None
    kept_by: str | None
    made_by: str | None
    name: str
    line: int
    due: int


@dataclass(frozen=True, slots=True)
class Happened:
    """What is on record of one customer, or about one subject.

    :param promises: ledger rows with their chances (engine.history.with_chances), the first made first. :param rows: terms.tables.HISTORY.
    :param left_out: earlier rows that are not among them.
    """

    promises: tuple[dict[str, Any], ...]
    rows: tuple[dict[str, Any], ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Receipts:
    """What became of every receipt read.

    :param joined: to a promise. :param no_promise: answer none on record, and are marked so. :param aside: rows of receipts set aside.
    """

    joined: int = 0
    no_promise: int = 0
    aside: int = 0

    @property
    def n(self) -> int:
        """Receipts read."""
        return self.joined + self.no_promise + self.aside

    @property
    def share(self) -> float | None:
        """Joined to a promise, or marked, of all; ``None`` where none was read."""
        return (self.joined + self.no_promise) / self.n if self.n else None


NO_RECEIPT = ("filtered out", "duplicate key")
"""Reasons that lose no receipt: the source leaves the row out, or another row of the same key says all it says."""


_memory: OrderedDict[Hashable, Any] = OrderedDict()
_asked: dict[Hashable, threading.Lock] = {}
_guard = threading.Lock()


class OpenStudy:
    """A study as the pages read it: the handle, what may be asked of it, and remembered answers. In one request's hands at a time."""

    def __init__(self, study: Study, entry: Entry) -> None:
        self.study = study
        self.entry = entry

    @property
    def number(self) -> int:
        """Its number among the project's studies."""
        return self.entry.number

    @cached_property
    def zone(self) -> ZoneInfo:
        """The project's time zone, in which every date is shown."""
        return ZoneInfo(self.study.manifest.timezone)

    @cached_property
    def as_of(self) -> datetime:
        """The instant it speaks of."""
        return self.study.as_of.astimezone(self.zone)

    @cached_property
    def dimensions(self) -> dict[str, str]:
        """What the ledger can be sliced by: column to words. Columns without a single value are left out."""
        return self.remembered("dimensions", self._dimensions)

    def integrity(self, question: Question) -> Findings[Integrity]:
        """F, K, I, B, U of each slice asked for."""
        return self.remembered(
            ("integrity", question),
            lambda: self.study.integrity(question.by, **_narrowed(question)),
        )

    def account(self, question: Question, mode: str) -> Findings[Account]:
        """The break account of each slice asked for, without skill (:meth:`skill`), which few pages need."""
        return self.remembered(
            ("account", mode, question),
            lambda: self.study.account(question.by, mode, skilled=False, **_narrowed(question)),
        )

    def at_risk(self, question: Question) -> Findings[AtRisk]:
        """Open promises and how many of them are expected to break, whatever period they fall due in: they lie ahead."""
        return self.remembered(("at risk", question.by, question.where), lambda: self.study.at_risk(question.by, where=question.narrowed))

    def skill(self, question: Question) -> Findings[Skill]:
        """Promise skill of each slice asked for."""
        return self.remembered(("skill", question), lambda: self.study.skill(question.by, **_narrowed(question)))

    def native(self, question: Question) -> Findings[NativeAccount]:
        """The parts in the promise's own unit, of each slice asked for."""
        return self.remembered(("native", question), lambda: self.study.native(question.by, **_narrowed(question)))

    def campaigns(self, question: Question) -> Findings[Campaign]:
        """Promises worded “up to” or “from”, tested as campaigns."""
        return self.remembered(("campaigns", question), lambda: self.study.campaigns(**_narrowed(question)))

    def bunching(self, question: Question) -> Findings[Bunching]:
        """Receipts just inside the limit, of each promise."""
        return self.remembered(("bunching", question), lambda: self.study.bunching(question.by, **_narrowed(question)))

    def ranges(self, question: Question) -> Findings[RangeScore]:
        """The interval score of windows and ranges, of each promise."""
        return self.remembered(("ranges", question), lambda: self.study.ranges(question.by, **_narrowed(question)))

    def basket(self, question: Question) -> Findings[Basket]:
        """The kept rate of a fixed basket; the question is by a period, and by what makes two promises one kind."""
        return self.remembered(("basket", question), lambda: self.study.basket(question.by, **_narrowed(question)))

    def stages(self, question: Question) -> Findings[StagePart]:
        """The delivery part step by step, of each slice asked for."""
        return self.remembered(("stages", question), lambda: self.study.stages(question.by, **_narrowed(question)))

    def flags(self) -> Findings[FlagAgreement]:
        """What the sources claim of their promises beside our verdicts."""
        return self.remembered("flags", lambda: self.study.flags)

    def noun(self, question: Question) -> Noun | None:
        """What the pages count where nobody is named, in the company's own word."""
        return self.study.noun(question.narrowed.get("name"))

    def fails_outright(self, question: Question) -> bool:
        """Whether a mapping of the promises asked about says which of them the company cancelled or failed outright."""
        name = question.narrowed.get("name")
        return any({"broken", "void"} & spec.has for spec in self.study.reading.specs if name in (None, spec.name))

    def counts(self, question: Question, dimension: str) -> tuple[Count, ...]:
        """Promises due and broken per value of a dimension: one light scan, to find where to look closer."""

        def ask() -> tuple[Count, ...]:
            rows = self.rows(question)
            due = rows.filter(rows.in_cohort & rows.eligible)
            counted = due.group_by(value=due[dimension].cast("string")).aggregate(
                due=due.count(), broken=(due.verdict == Verdict.BROKEN).sum()
            )
            return tuple(Count(**row) for row in counted.order_by("value").to_pyarrow().to_pylist())

        return self.remembered(("counts", question, dimension), ask)

    def rows(self, question: Question) -> ir.Table:
        """Ledger rows behind a question: promises that are due by the as-of, and those that are not."""
        return self.study.reading.rows(question.narrowed, question.since, question.until)

    def issues(self) -> Findings[Issue]:
        """Issues by what they cost, then ``unassigned``, then the ``total``; a note alone where the study has none."""
        return self.remembered("issues", lambda: self.study.issues)

    def themes(self) -> Findings[StudyTheme]:
        """What people wrote about, the largest theme first; a note alone where the study has none."""
        return self.remembered("themes", lambda: self.study.themes)

    def emerging(self) -> Findings[Emerging]:
        """What is newly said, with its rate of false alarms."""
        return self.remembered("emerging", lambda: self.study.emerging)

    def statements(self) -> Findings[StudyStatement]:
        """What people say they were told, those nobody decided on first."""
        return self.remembered("statements", lambda: self.study.expectation_statements)

    def texts_read(self) -> TextsRead | None:
        """What became of every text on record."""
        return self.remembered("texts read", lambda: self.study.texts_read)

    def journeys(self) -> Journeys:
        """What customers went through; a note alone where the study has none."""
        return self.remembered("journeys", lambda: self.study.journeys)

    def journey_map(self) -> JourneyMap:
        """How journeys were followed, and what they were held against."""
        return self.remembered("journey map", lambda: self.study.reading.followed.wall)

    def answers(self) -> tuple[Answered, ...]:
        """Marketing or service? The questions the project asks, answered; empty where it asks none."""
        return self.remembered("answers", lambda: self.study.answers)

    def measures(self) -> Guards:
        """What local targets do to customers; a note alone where no measure is on record."""
        return self.remembered("measures", lambda: self.study.measures)

    def happened(self, customer: str | None, subject: str | None, most: int) -> Happened:
        """What is on record of one customer, one subject, or one customer's subject, by exact keys.

        :param most: promises, and other rows, given at most: the latest.
        """

        def ask() -> Happened:
            reading = self.study.reading
            promises = reading.promises_about(customer, subject)
            latest = promises.order_by([promises.made_at.desc(), promises.source, promises.row, promises.name])
            listed = latest.limit(most + 1).to_pyarrow().to_pylist()
            others: list[dict[str, Any]] = []
            left_out = 0 if len(listed) <= most else int(promises.count().to_pyarrow().as_py()) - most
            rows = reading.history_about(customer, subject)
            if rows is not None:
                ordered = rows.order_by([rows["at"].desc(nulls_first=True), rows.tells, rows.source, rows.row])
                others = ordered.limit(most + 1).to_pyarrow().to_pylist()
                left_out += 0 if len(others) <= most else int(rows.count().to_pyarrow().as_py()) - most
            made = sorted(listed[:most], key=lambda row: (row["made_at"], row["source"], str(row["row"]), row["name"]))
            return Happened(tuple(made), tuple(reversed(others[:most])), left_out)

        return self.remembered(("happened", customer, subject, most), ask)

    def customers_of(self, subject: str) -> tuple[str, ...]:
        """Who is named where this subject stands, at most two."""

        def ask() -> tuple[str, ...]:
            reading = self.study.reading
            tables = [
                table for table in (reading.about_in_ledger(subject=subject), reading.history_about(None, subject)) if table is not None
            ]
            named = [table.filter(table.customer.notnull()).select(customer=table.customer.cast("string")) for table in tables]
            found = ibis.union(*named, distinct=True) if len(named) > 1 else named[0].distinct()
            return tuple(found.order_by("customer").limit(2).to_pyarrow()["customer"].to_pylist())

        return self.remembered(("customers of", subject), ask)

    def people(self) -> tuple[int, int]:
        """Different customers named by promises, and how many promises name one."""

        def ask() -> tuple[int, int]:
            ledger = self.study.ledger
            found = ledger.aggregate(people=ledger.customer.nunique(), promises=ledger.customer.count()).to_pyarrow().to_pylist()[0]
            return found["people"], found["promises"]

        return self.remembered("people", ask)

    def receipts(self) -> Receipts:
        """How many receipts answer a promise, answer none, or were set aside (article sentence S1.9)."""

        def ask() -> Receipts:
            elsewhere = sorted({spec.name for spec in self.study.reading.specs if "received_later" in spec.has})
            ledger = self.study.ledger
            received = ledger.received_at.notnull() | ledger.level_received.notnull()
            mine = ledger.filter(received & ledger.name.notin(elsewhere)) if elsewhere else ledger.filter(received)
            told = self.study.manifest.facts.get("receipts") or {}
            aside = [row.set_aside for row in self.study.manifest.sources if row.mapping.split(" ")[0] == "receipts"]
            lost = sum(count for reasons in aside for reason, count in reasons.items() if reason not in NO_RECEIPT)
            return Receipts(int(mine.count().to_pyarrow().as_py()) + told.get("joined", 0), told.get("no_promise", 0), lost)

        return self.remembered("receipts", ask)

    def failures_by_month(self, issue: str) -> dict[date, int]:
        """First local day of a month to the failures of an issue that began in it."""

        def ask() -> dict[date, int]:
            failed = self.study.failures
            mine = failed.filter((failed.issue == issue) & failed.first_at.notnull())
            month = local_clock(mine, "first_at", self.study.manifest.timezone).truncate("M").date()
            return {row["month"]: row["n"] for row in mine.group_by(month=month).agg(n=mine.count()).to_pyarrow().to_pylist()}

        return self.remembered(("failures by month", issue), ask)

    def due_by_month(self, issue: str) -> dict[date, tuple[int, int]]:
        """First local day of a month to the promises of an issue that fell due in it, and the broken ones among them.

        A promise belongs to the first rule that holds it, as failures do.
        """

        def ask() -> dict[date, tuple[int, int]]:
            ledger, rules, zone = self.study.ledger, self.study.reading.rules, self.study.manifest.timezone
            due = ledger.filter(ledger.in_cohort & ledger.eligible)
            mine = due.filter((issue_of(columns_of(due, rules, zone), rules) == issue).fill_null(False))
            counted = mine.group_by(month=slice_column(mine, "month", zone)).agg(
                due=mine.count(), broken=(mine.verdict == Verdict.BROKEN).sum()
            )
            rows = counted.to_pyarrow().to_pylist()
            return {row["month"]: (row["due"], row["broken"]) for row in rows if row["month"] is not None}

        return self.remembered(("due by month", issue), ask)

    def areas_of_issues(self) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
        """Issue to the areas that made its promises due, and those that keep them, by name."""

        def ask() -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
            ledger, rules = self.study.ledger, self.study.reading.rules
            if not rules:
                return {}
            due = ledger.filter(ledger.in_cohort & ledger.eligible)
            named = due.mutate(issue=issue_of(columns_of(due, rules, self.study.manifest.timezone), rules))
            rows = named.filter(named.issue.notnull()).select("issue", "made_by", "kept_by").distinct().to_pyarrow().to_pylist()
            found: dict[str, tuple[set[str], set[str]]] = {}
            for row in rows:
                made, kept = found.setdefault(row["issue"], (set(), set()))
                made.update({row["made_by"]} - {None})
                kept.update({row["kept_by"]} - {None})
            return {issue: (tuple(sorted(made)), tuple(sorted(kept))) for issue, (made, kept) in found.items()}

        return self.remembered("areas of issues", ask)

    def agreed(self, question: Question) -> tuple[Agreed, ...]:
        """Promises due by stage, area that keeps them, promise and charter line: one light scan."""

        def ask() -> tuple[Agreed, ...]:
            rows = self.rows(question)
            due = rows.filter(rows.in_cohort & rows.eligible)
            counted = due.group_by("stage", "kept_by", "made_by", "name", "line").aggregate(due=due.count())
            listed = counted.order_by(["stage", "kept_by", "made_by", "name", "line"]).to_pyarrow().to_pylist()
            return tuple(Agreed(**row) for row in listed)

        return self.remembered(("agreed", question), ask)

    def places_of_issues(self) -> dict[str, dict[tuple[str | None, str | None], int]]:
        """Issue to (stage, area) to its failures there."""

        def ask() -> dict[str, dict[tuple[str | None, str | None], int]]:
            failed = self.study.failures
            mine = failed.filter(failed.issue.notnull())
            found: dict[str, dict[tuple[str | None, str | None], int]] = {}
            for row in mine.group_by("issue", "stage", "area").aggregate(n=mine.count()).to_pyarrow().to_pylist():
                found.setdefault(row["issue"], {})[row["stage"], row["area"]] = row["n"]
            return found

        return self.remembered("places of issues", ask)

    def span(self) -> tuple[date, date] | None:
        """First and last local day on which a promise of the due cohort counts; ``None`` where none is due."""
        return self.remembered("span", self._span)

    def months(self, question: Question) -> dict[date, int]:
        """Promises due in each month that has any, the first month first, whatever period is asked about."""

        def ask() -> dict[date, int]:
            rows = self.rows(replace(question, since=None, until=None))
            due = rows.filter(rows.in_cohort & rows.eligible)
            counted = due.group_by(month=slice_column(due, "month", self.study.manifest.timezone)).aggregate(due=due.count())
            found = {row["month"]: row["due"] for row in counted.order_by("month").to_pyarrow().to_pylist()}
            return {month: count for month, count in found.items() if month is not None}

        return self.remembered(("months", question.where), ask)

    def record(self, *, made: bool = False) -> tuple[date, date] | None:
        """First and last local day on which a promise of the due cohort falls due (or was made); ``None`` where none is due.

        :param made: by the day it was made.
        """

        def ask() -> tuple[date, date] | None:
            ledger = self.study.ledger
            due = ledger.filter(ledger.in_cohort & ledger.eligible)
            day = slice_column(due, "made_day" if made else "day", self.study.manifest.timezone)
            found = due.aggregate(first=day.min(), last=day.max()).to_pyarrow().to_pylist()[0]
            return None if found["first"] is None else (found["first"], found["last"])

        return self.remembered(("record", made), ask)

    def values(self, dimension: str, most: int = 300) -> tuple[str, ...]:
        """The values a text dimension takes, most frequent first."""

        def ask() -> tuple[str, ...]:
            column = self.study.ledger[dimension]
            counts = self.study.ledger.filter(column.notnull()).group_by(value=column.cast("string")).aggregate(n=lambda t: t.count())
            return tuple(counts.order_by([counts.n.desc(), counts.value]).limit(most).to_pyarrow()["value"].to_pylist())

        return self.remembered(("values", dimension, most), ask)

    def remembered(self, key: Hashable, ask: Callable[[], Found]) -> Found:
        """The answer to ``key``, asked once per study for all threads: who comes while it is being asked waits for it."""
        whole_key = (str(self.entry.folder), key)
        with _guard:
            asking = _asked.setdefault(whole_key, threading.Lock())
        with asking:
            with _guard:
                if whole_key in _memory:
                    _memory.move_to_end(whole_key)
                    answer: Found = _memory[whole_key]
                    return answer
            answer = ask()
            with _guard:
                _memory[whole_key] = answer
                while len(_memory) > MEMORIES:
                    forgotten, _ = _memory.popitem(last=False)
                    _asked.pop(forgotten, None)
            return answer

    def _dimensions(self) -> dict[str, str]:
        ledger = self.study.ledger
        told = [name for spec in self.study.reading.specs for name in (*spec.context, *spec.dimensions)]
        words = {**TEXT_DIMENSIONS, **{name: name.replace("_", " ") for name in told if name not in TEXT_DIMENSIONS}}
        present = [name for name in words if name in ledger.columns]
        filled = ledger.aggregate(**{name: ledger[name].count() for name in present}).to_pyarrow().to_pylist()[0]
        return {**{name: words[name] for name in present if filled[name]}, **PERIOD_DIMENSIONS}

    def _span(self) -> tuple[date, date] | None:
        months = list(self.months(Question()))
        return None if not months else (months[0], months[-1].replace(day=monthrange(months[-1].year, months[-1].month)[1]))


def _narrowed(question: Question) -> dict[str, Any]:
    """The slice and the period of a question, as a study takes them."""
    return {"where": question.narrowed, "since": question.since, "until": question.until}


lending: Lending[OpenStudy] = Lending(HANDLES)
lends_studies = at_a_desk(lending)
"""Middleware: the studies a request opens are its own until it is answered."""


def project() -> Project:
    """The project this workspace serves."""
    return Project(settings.TROTH_PROJECT, settings.TROTH_DATA)


def open_study(number: int | None = None) -> OpenStudy:
    """The current study, or the one with this number.

    :raises NoStudyError: there is none.
    """
    shelf = project().shelf
    entry = shelf.current() if number is None else shelf.entry(number)
    opened = lending.lend(str(entry.folder), lambda: OpenStudy(Study(entry.folder, entry.number), entry))
    opened.entry = entry  # which one is current may have changed
    return opened


def refuse_damaged() -> None:
    """Read the studies in this request's hands anew, and refuse one that is damaged.

    :raises DamagedStudyError: one is.
    """
    for opened in lending.in_hand():
        opened.study.refuse_damage()


def known_value(opened: OpenStudy, question: Question) -> None:
    """Refuse a condition that no promise of the study meets, rather than show an empty page.

    :raises RequestError: the value is none the dimension takes, with the nearest one.
    """
    from troth.terms.errors import did_you_mean

    for name, value in question.where:
        if value is None or name in PERIODS:
            continue
        values = opened.values(name)
        if value not in values and not opened.rows(Question(where=((name, value),))).limit(1).count().to_pyarrow().as_py():
            words = opened.dimensions.get(name, name)
            raise RequestError(f"no promise has “{value[:60]}” as {words}.", place=f"only.{name}", mend=did_you_mean(value, values[:20]))
