"""Tables and sentences for people, on rich. Results go to standard output; progress and errors go to standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from troth.engine.attribution.answers import SideAnswer
from troth.engine.attribution.ground import CANNOT_TELL
from troth.engine.charters.agreed_lines import AgreedLine
from troth.engine.charters.feasibility import Feasibility
from troth.engine.charters.missing import MissingCell
from troth.engine.findings import (
    Account,
    Basket,
    Bunching,
    Calibration,
    Campaign,
    Figure,
    Integrity,
    PartFigure,
    RangeScore,
    SourceAccount,
)
from troth.engine.guards import Guard, GuardRow
from troth.engine.issues.result import TOTAL, Issue, anyway_words, demand_words, hours_words, mostly_words, named, whole_money
from troth.engine.journeys.findings import Conformance, Contact, Cordon, Departure, Deviation, DropOff, Move, Quality, Step, Variant
from troth.engine.mechanisms.result import SplitPart
from troth.engine.money import whole_parts
from troth.engine.money.result import in_words
from troth.engine.printing import sensible, slice_text
from troth.engine.promises.slices import to_come
from troth.engine.purview import AreaPurview, Structure
from troth.engine.rounding import whole_numbers
from troth.engine.voice.results import StudyStatement, StudyTheme
from troth.intake import Remark
from troth.project import Comparison, Entry, Study
from troth.project.charter_changes import CharterChange
from troth.project.comparison import in_whole_parts, without_slice
from troth.terms.charter import KEYS
from troth.terms.errors import TrothError
from troth.terms.levels import agreed, with_unit

WIDE = 240
"""Characters a line may have where nobody's window sets a limit."""

SECONDS = 24 * 60 * 60
"""Of a day."""

OUT = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
ERR = Console(stderr=True, highlight=False)

UNKNOWN = "unknown"
EMPTY = "empty"
NO_DATA = "no data"
TOO_FEW = "too few"
NOT_THERE = "not there"
NOTHING = "nothing"
NOT_AGREED = "not agreed"
EVERY = "every"

LEDGER_COLUMNS = ("name", "row", "customer", "subject", "kept_by", "made_at", "due_at", "received_at", "verdict", "shortfall", "unit")
"""What a terminal has room for; the files hold every column."""

Cells = Mapping[str, str]
Columns = Callable[[Any], Cells]


@contextmanager
def working() -> Iterator[Callable[[str], None]]:
    """Say on a terminal what a long piece of work is doing; stay silent everywhere else."""
    if not ERR.is_terminal:
        yield lambda _: None
        return
    with ERR.status("Starting") as status:
        yield lambda doing: status.update(escape(doing))


def complain(error: TrothError) -> None:
    """An error in plain words."""
    ERR.print(f"[bold red]Error:[/] {escape(str(error))}", soft_wrap=True)


def say(sentence: str) -> None:
    """One line."""
    OUT.print(escape(sentence), soft_wrap=True)


def notes(sentences: Sequence[str]) -> None:
    """What a reader must see beside the table."""
    for sentence in sentences:
        OUT.print(f"[dim]·[/] {escape(sentence)}", soft_wrap=True)


def remarks(found: Iterable[Remark]) -> None:
    """What a check says, the worst first."""
    colours = {"problem": "bold red", "hint": "yellow", "fact": "dim"}
    for remark in found:
        OUT.print(f"[{colours[remark.kind]}]{remark.kind.capitalize()}:[/] {escape(str(remark))}", soft_wrap=True)


def heading(study: Study, title: str) -> None:
    """Which study is speaking."""
    OUT.print(f"[bold]{escape(title)}[/] [dim]{escape(study.label)}, as of {moment(study.as_of)}[/]", soft_wrap=True)


def table(rows: Sequence[Any], columns: Columns) -> None:
    """Rows as a table; words to the left, figures to the right."""
    if not rows:
        say("No rows.")
        return
    cells = [columns(row) for row in rows]
    grid = Table(box=None, pad_edge=False, header_style="bold")
    for name in cells[0]:
        figures = all(_is_figure(row[name]) for row in cells)
        grid.add_column(name, justify="right" if figures else "left", overflow="fold")
    for row in cells:
        grid.add_row(*(escape(cell) for cell in row.values()))
    OUT.print(grid)


def worth_a_line(rows: Sequence[Any], today: date) -> tuple[Sequence[Any], list[str]]:
    """The rows a table shows, and the note on those it leaves out: periods still to come, in which nothing can have fallen due.

    Some promises are made for years ahead, and forty months of “no data” hide those that say something.
    """
    told = [row for row in rows if not isinstance(row, Integrity) or row.due or not to_come(row.where, today)]
    left = len(rows) - len(told)
    if not left or not told:
        return rows, []
    pending = whole(sum(row.pending for row in rows if not row.due and to_come(row.where, today)))
    return told, [f"Left out: {whole(left)} in periods still to come, with {pending} promises pending; --format json has them all."]


def person_cells(row: Any) -> Cells:
    """Somebody of the workspace, with what they hold."""
    return {
        "name": row.name if row.active else f"{row.name} (deactivated)",
        "e-mail": row.email or UNKNOWN,
        "roles": ", ".join(row.roles) or "none",
        "areas": ", ".join(row.areas) or "none",
    }


def player_cells(row: Any) -> Cells:
    """Somebody of the made shop, in their seat."""
    return {"name": row.name, "seat": row.seat, "role": row.role}


def charter_version_cells(row: Any) -> Cells:
    """A version of the charter, and who has to sign it."""
    return {
        "version": row.name,
        "state": row.state,
        "in force from": row.since.isoformat() if row.since else "no day named" if row.state == "draft" else "always",
        "lines": f"{row.lines:,}",
        "has not signed": ", ".join(row.unsigned) or "nobody",
    }


def integrity_cells(row: Integrity, weighting: str = "promise") -> Cells:
    """Was our word kept, every promise, every customer or every value having its vote."""
    figures = row.weighted(weighting)
    return {
        **_slice(row.where),
        "due": whole(row.due),
        "broken": whole(row.broken),
        "F": percent(row.F),
        "K": percent(figures.K),
        **({"K low": percent(row.K_low)} if weighting == "promise" else {}),
        "I": percent(figures.I),
        "B": plain(figures.B),
        "U": plain(figures.U),
        "pending": whole(row.pending),
        "void": whole(row.void),
        "coverage": percent(row.coverage, interval=False),
    }


def account_cells(row: Account) -> Cells:
    """Whose the broken promises are."""
    aside = sum(broken for _, broken in row.undecomposed.values())
    known = row.due > sum(rows for rows, _ in row.undecomposed.values()) or not row.due
    parts = {"allowance": row.allowance, "expectation": row.expectation, "standard": row.standard, "delivery": row.delivery}
    counted = whole_numbers([figure.value for figure in parts.values()])  # so that what is printed adds up
    return {
        **_slice(row.where),
        "due": whole(row.due),
        "broken": whole(row.broken),
        **{name: part(figure, count) if known else UNKNOWN for (name, figure), count in zip(parts.items(), counted, strict=True)},
        "undecomposed": whole(aside),
        "skill": skill(row.skill),
    }


def account_key(rows: Sequence[Account]) -> Sequence[str]:
    """How the parts of a table are read, as far as its cells need it; why rows were not decomposed, and why skill is missing."""
    figures = [figure for row in rows for figure in (row.allowance, row.expectation, row.standard, row.delivery)]
    said = []
    if any(figure.aware is not None for figure in figures):
        said.append("a .. b: the blind reading first, then the promise-aware one.")
    if any(figure.low is not None for figure in figures):
        said.append("[a, b]: 95% interval; of a part, of its blind reading.")
    return [*said, *undecomposed_reasons(rows)]


def undecomposed_reasons(rows: Iterable[Account]) -> Sequence[str]:
    """Why promises of a table were not decomposed, with how many and how many of them were broken."""
    counts: dict[str, tuple[int, int]] = {}
    for row in rows:
        for reason, (due, broken) in row.undecomposed.items():
            before = counts.get(reason, (0, 0))
            counts[reason] = (before[0] + due, before[1] + broken)
    return [
        f"Not decomposed: {whole(due)} due promises, {whole(broken)} of them broken: {reason}." for reason, (due, broken) in counts.items()
    ]


def calibration_cells(row: Calibration) -> Cells:
    """May the account be believed."""
    return {
        "promise": row.name,
        "mode": row.mode,
        "n": whole(row.n),
        "predicted": f"{row.predicted:,.0f}",
        "observed": whole(row.observed),
        "limit": f"±{row.limit:,.0f}",
        "slope": ratio(row.slope),
        "passed": "yes" if row.passed else "no",
    }


def campaign_cells(row: Campaign) -> Cells:
    """Did the share of the buyers who were to get the level get it."""
    return {
        **_slice(row.where),
        "worded": row.quantifier.replace("_", " "),
        "due": whole(row.share.n),
        "got it": whole(row.got),
        "share": percent(row.share),
        "declared": f"{row.declared:.0%}",
        "holds": "too few to say" if row.kept is None else "yes" if row.kept else "no",
    }


def bunching_cells(row: Bunching) -> Cells:
    """How many receipts lie just inside the limit, and how many their neighbours let expect."""
    return {
        **_slice(row.where),
        "promise": row.name,
        "near": whole(row.excess.n),
        "bin": length(row.width, row.unit),
        "just inside": whole(row.observed),
        "expected": missing(row.excess) if row.expected is None else whole(round(row.expected)),
        "excess": missing(row.excess) if row.excess.value is None else f"{signed(row.excess.value)} {_limits(row.excess)}",
        "bunched": UNKNOWN if row.bunched is None else "yes" if row.bunched else "no",
    }


def range_cells(row: RangeScore) -> Cells:
    """How wide the ranges are, how many receipts they hold, and both in one score."""
    score = row.score
    return {
        **_slice(row.where),
        "promise": row.name,
        "received": whole(score.n),
        "unanswered": whole(row.unanswered),
        "width": NO_DATA if row.width is None else length(row.width, row.unit),
        "inside": percent(row.hits),
        "score": missing(score)
        if score.value is None
        else f"{sensible(score.value)} [{sensible(score.low or 0.0)}, {sensible(score.high or 0.0)}]",
        "unit": row.unit,
    }


def basket_cells(row: Basket) -> Cells:
    """The kept rate at the mix of the base period, beside the one at the period's own."""
    return {
        **_slice(row.where),
        "due": whole(row.due),
        "K of the basket": percent(row.K),
        "K": percent(row.plain),
        "basket covered": f"{row.covered:.1%}",
        "outside it": whole(row.outside),
    }


def source_cells(row: SourceAccount) -> Cells:
    """Row accounting."""
    return {
        "source": row.source,
        "mapping": row.mapping,
        "read": whole(row.read),
        "used": whole(row.used),
        "set aside": whole(sum(row.set_aside.values())),
        "other kinds": whole(row.elsewhere),
        "freshest": UNKNOWN if row.freshest is None else datetime.fromisoformat(row.freshest).isoformat(" ", "minutes"),
        "why": ", ".join(f"{reason} {whole(count)}" for reason, count in row.set_aside.items()) or NOTHING,
        "worth a note": ", ".join(f"{word} {whole(count)}" for word, count in row.noteworthy.items()) or NOTHING,
    }


def entry_cells(entry: Entry) -> Cells:
    """One published study."""
    study = Study(entry.folder, entry.number)
    return {
        "study": str(entry.number),
        "current": "yes" if entry.current else "",
        "as of": moment(study.as_of),
        "published": moment(entry.published_at) if entry.published_at else "interrupted",
        "digest": study.digest[:12],
    }


def key(rows: Sequence[Any], weighting: str = "promise") -> Sequence[str]:
    """How the cells of a table of findings are read, as far as it needs saying."""
    accounts = [row for row in rows if isinstance(row, Account)]
    found = [row for row in rows if isinstance(row, Integrity)]
    voted = [figure for row in found for figure in (row.weighted(weighting).K, row.weighted(weighting).I)]
    said = [f"{WEIGHED[weighting]} F counts customers in every weighting."] if found and weighting != "promise" else []
    few = [figure for row in rows for figure in checked(row)]
    return [*said, *account_key(accounts), *reasons(few), *reasons([*(row.F for row in found), *voted]), *skill_reasons(accounts)]


def checked(row: Any) -> Sequence[Figure]:
    """The figures of one check on the kept rate."""
    match row:
        case Campaign():
            return (row.share,)
        case Bunching():
            return (row.excess,)
        case RangeScore():
            return (row.hits, row.score)
        case Basket():
            return (row.K, row.plain)
    return ()


WEIGHED = {
    "promise": "K, I, B and U per promise, each by its importance.",
    "customer": "K, I, B and U per customer: every customer counts the same, however many promises.",
    "value": "K, I, B and U per value: each promise counts by its value.",
}
"""What a weighting means, beside a table in which it holds."""


def skill_reasons(accounts: Iterable[Account]) -> Sequence[str]:
    """Why promise skill is missing beside due promises."""
    without = [row.skill for row in accounts if row.due and row.skill.value is None]
    return list(dict.fromkeys(f"skill {missing(one)}: {NO_SKILL if one.method == NO_DATA else one.method}." for one in without))


NO_SKILL = "it is read as-of, and of these promises none was received and has a capability on record from before it was made"


def about_issues(study: Study) -> None:
    """What is said before the issues: failure demand, and the hours of all failures."""
    if study.failure_demand is not None:
        say(demand_words(study.failure_demand))
    total = next((row for row in study.issues if row.where["issue"] == TOTAL), None)
    if total is not None and total.failures:
        say(hours_words(total))
    if study.anyway is not None and (told := anyway_words(study.anyway)):
        say(told)


def issues_cells(rows: Sequence[Issue]) -> Columns:
    """How issues are laid out: amounts are rounded together, so that they add up as printed."""
    return partial(issue_cells, printed=whole_money(rows))


def issue_cells(row: Issue, printed: Mapping[str, Sequence[int | None]]) -> Cells:
    """What it is, whose, since when, and at what price.

    :param printed: by key, cash, margin, lost sales and all three in whole units.
    """
    cash, margin, sales, both = printed[str(row.where["issue"])]
    area, share = max(row.areas.items(), key=lambda item: item[1], default=("", 0.0))
    doubt = "" if row.calibrated else ", not calibrated"
    return {
        "": "" if row.rank is None else str(row.rank),
        "issue": str(row.where["issue"]) if row.rank is None else f"{named(row.rule)}{_mostly(row)} ({row.where['issue']})",
        "failures": whole(row.failures),
        "people": UNKNOWN if row.failures and not row.customers else whole(row.customers),
        "silent": UNKNOWN if row.silent.value is None else _people(row.silent),
        "beyond": "" if row.excess.value is None else f"{whole(round(row.excess.value))} {_limits(row.excess)}",
        "whose": "" if row.rank is None else f"{area} {share:.0%}{f', {row.part_words}' if row.part else ''}{doubt}",
        "worst": row.when,
        "money at risk": f"{AT_LEAST if row.at_least else ''}{in_words(row.money, both)}",
        "cash": UNKNOWN if cash is None else whole(cash),
        "margin": UNKNOWN if margin is None else whole(margin),
        "lost sales": UNKNOWN if sales is None else whole(sales),
        "pain": UNKNOWN if row.points.value is None else whole(round(row.points.value)),
    }


def theme_cells(row: StudyTheme) -> Cells:
    """What people wrote about, how many of them, what goes along with it, and one of them in their own words."""
    clear = [one for one in row.lifts if one.clear and one.difference.value is not None and one.difference.value > 0]
    return {
        "group": row.group_name,
        "theme": f"{row.name} ({row.where['theme']})",
        "texts": whole(row.texts),
        "people": UNKNOWN if row.people is None else whole(row.people),
        "share": percent(row.share),
        "last weeks": " ".join(whole(count) for count in row.weeks[-4:]),
        "goes along with": ", ".join(f"{one.failure} {_points(one.difference)}" for one in clear[:2]),
        "in their words": row.quotes[0].text if row.quotes else "",
    }


def statement_cells(row: StudyStatement) -> Cells:
    """What customers say they were told, and how it is named in a decision."""
    return {
        "key": str(row.where["statement"]),
        "status": row.status,
        "kind": row.kind,
        "told by": row.told_by,
        "what": "" if row.level is None else f"{row.level}: {row.said}",
        "texts": whole(row.texts),
        "words": row.words,
    }


def _points(figure: Figure) -> str:
    """A difference of two shares, in points."""
    if figure.value is None:
        return missing(figure)
    limits = "" if figure.low is None or figure.high is None else f" [{100 * figure.low:+.0f}, {100 * figure.high:+.0f}]"
    return f"{100 * figure.value:+.0f}{limits} points"


AT_LEAST = "at least "
"""Before money of which a part is unknown."""


def _people(figure: Figure) -> str:
    """People in whole numbers, with their limits where they are estimated."""
    if figure.value is None:
        return UNKNOWN
    estimated = figure.low is not None and figure.high is not None and figure.low != figure.high
    limits = f" [{whole(round(figure.low or 0))}, {whole(round(figure.high or 0))}]" if estimated else ""
    return f"{whole(round(figure.value))}{limits}"


def _mostly(row: Issue) -> str:
    return f"; mostly {' and '.join(mostly_words(one) for one in row.mostly)}" if row.mostly else ""


def move_cells(row: Move) -> Cells:
    """What came after what, how often, to how many people, and after how long."""
    return {
        "from": row.source,
        "to": row.target,
        "moves": whole(row.moves),
        "journeys": whole(row.journeys),
        "people": whole(row.people),
        "median": _took(row.days.median),
        "nine of ten": _took(row.days.p90),
        "on the map": _said(row.allowed),
    }


def step_cells(row: Step) -> Cells:
    """One step wherever it stands in a journey."""
    return {
        "step": row.step,
        "times": whole(row.events),
        "journeys": whole(row.journeys),
        "people": whole(row.people),
        "first": whole(row.starts),
        "last": whole(row.ends),
        "repeats": whole(row.repeats),
        "then waiting": _took(row.waiting.median),
        "on the map": _said(row.mapped),
    }


def variant_cells(row: Variant) -> Cells:
    """One whole path."""
    return {
        "path": row.path,
        "journeys": whole(row.journeys),
        "share": percent(row.share),
        "people": whole(row.people),
        "median": _took(row.days.median),
        "nine of ten": _took(row.days.p90),
    }


def drop_off_cells(row: DropOff) -> Cells:
    """How many went no further."""
    return {
        "step": row.step,
        "reached": whole(row.reached),
        "entered": "" if row.entered is None else whole(row.entered),
        "went on": whole(row.went_on),
        "went no further": whole(row.dropped),
        "people": whole(row.people),
        "under way": whole(row.under_way),
        "share": row.share.method if row.share.value is None else percent(row.share),
    }


def conformance_cells(row: Conformance) -> Cells:
    """Journeys against the map."""
    return {
        "straight to an end": whole(row.conforming),
        "stopped early": whole(row.stopped_early),
        "left the map": whole(row.deviating),
        "under way": whole(row.under_way),
        "straight": percent(row.share),
        "moves on the map": percent(row.fitness),
    }


def departure_cells(row: Departure) -> Cells:
    """One place at which journeys leave the map."""
    expected = [*row.expected, *(["(the end)"] if row.may_end else [])]
    return {
        "at": row.at or "(the start)",
        "expected": " or ".join(expected) or NOTHING,
        "instead": row.instead or "(the end)",
        "kind": row.kind,
        "journeys": whole(row.journeys),
        "people": whole(row.people),
        "share": percent(row.share),
    }


def deviation_cells(row: Deviation) -> Cells:
    """One way to leave the map."""
    return {"kind": row.kind, "step": row.step, "journeys": whole(row.journeys), "people": whole(row.people), "share": percent(row.share)}


def scenario_cells(row: Quality) -> Cells:
    """One scenario end to end, beside what audits of one step at a time report."""
    return {
        "scenario": row.scenario,
        "started": whole(row.started),
        "under way": whole(row.open),
        "succeeded": whole(row.succeeded),
        "end to end": percent(row.end_to_end),
        "mean step": UNKNOWN if row.mean_step is None else f"{row.mean_step:.1%}",
        "weakest": row.weakest or UNKNOWN,
        "half had it after": _took(row.goal_median),
        "failed by": ", ".join(f"{reason} {whole(count)}" for reason, count in row.failed.items()) or NOTHING,
    }


def cordon_cells(row: Cordon) -> Cells:
    """How much of what is not marketing's lies outside the map."""
    return {
        "interactions not at marketing's": whole(row.observed),
        "on the map": whole(row.mapped),
        "outside it": percent(row.share),
        "without a touchpoint": whole(row.unknown),
    }


def contact_cells(row: Contact) -> Cells:
    """Interactions at one touchpoint."""
    return {
        "touchpoint": row.touchpoint,
        "interactions": whole(row.interactions),
        "marketing's": _said(row.marketing),
        "on the map": _said(row.mapped),
    }


def _took(days: float | None) -> str:
    if days is None or days == 0:
        return UNKNOWN if days is None else "at once"
    seconds = round(days * SECONDS)
    return f"{max(seconds, 1)} s" if seconds < SECONDS / 24 / 60 else length(days, "days")


def _said(told: object) -> str:
    """Yes or no, or nobody knows."""
    return UNKNOWN if told is None else "yes" if told else "no"


def answers_cells(rows: Sequence[SideAnswer]) -> Columns:
    """How answers are laid out: the amounts of a question's sides are rounded together, as its page has them."""
    sides: dict[object, list[SideAnswer]] = {}
    for row in rows:
        sides.setdefault(row.where["question"], []).append(row)
    printed = {
        (question, row.where["side"]): whole
        for question, each in sides.items()
        for row, whole in zip(each, whole_parts({}, [row.lost_sales.value for row in each])[1], strict=True)
    }
    return partial(answer_cells, printed=printed)


def answer_cells(row: SideAnswer, printed: Mapping[tuple[object, object], int | None]) -> Cells:
    """Unwanted events by the side whose exposures they go along with.

    :param printed: by question and side, lost sales in whole units.
    """
    return {
        "question": str(row.where["question"]),
        "side": str(row.where["side"]),
        "events": UNKNOWN if row.events is None else whole(row.events),
        "share": percent(row.share),
        "of explained": percent(row.of_explained),
        "lost sales": in_words(row.lost_sales, printed[row.where["question"], row.where["side"]]),
    }


def guard_cells(row: Guard) -> Cells:
    """What a measure's target does to customers."""
    target = NOTHING if row.measure.target is None else f"{row.measure.target:g} {row.measure.unit}".strip()
    return {
        "measure": row.measure.name,
        "whose": row.measure.role or UNKNOWN,
        "target": target,
        "paired": "yes" if row.paired else "amber: no",
        "cases": whole(row.readings),
        "under it": whole(row.pressed),
        "meet it": percent(row.met),
        "bunched": {True: "yes", False: "no", None: UNKNOWN}[row.bunched],
        "verdict": row.verdict,
    }


def guard_test_cells(row: GuardRow) -> Cells:
    """What a measure does to one outcome."""
    return {
        "measure": str(row.where["measure"]),
        "outcome": str(row.where["outcome"]),
        "happens": percent(row.share),
        "without target": percent(row.otherwise),
        "made worse": percent(row.damage),
        "moved inside": percent(row.near),
        "says": row.says,
    }


def structure_cells(row: Structure) -> Cells:
    """What a structure can get done."""
    return {
        "structure": f"{row.where['structure']}{' (today)' if row.actual else ''}",
        "chasm": percent(row.chasm),
        "reach": UNKNOWN if row.reach.value is None else percent(row.reach),
        "influence": UNKNOWN if row.influence.value is None else percent(row.influence),
        "reading": row.reading,
        "roles": ", ".join(row.roles),
    }


def closing_cells(row: AreaPurview, unit: str) -> Cells:
    """What an area takes to be covered."""
    return {
        "area": str(row.where["area"]),
        f"at risk ({unit})": _amount(row.at_risk),
        "uncovered": _amount(row.uncovered),
        "missing": ", ".join(row.missing) or NOTHING,
        "chasm falls to": NO_DATA if row.chasm_after is None else f"{row.chasm_after:.1%}",
        "clout": UNKNOWN if row.clout.value is None else percent(row.clout),
    }


def _amount(figure: Figure) -> str:
    """An amount in whole units, with its range."""
    if figure.value is None:
        return UNKNOWN
    limits = "" if figure.low is None or figure.high is None else f" [{whole(round(figure.low))}, {whole(round(figure.high))}]"
    return f"{whole(round(figure.value))}{limits}"


def change_cells(row: SplitPart) -> Cells:
    """What moved along when the late share changed, in points of a hundred."""
    figure = row.change
    limits = "" if figure.low is None or figure.high is None else f" [{100 * figure.low:+.1f}, {100 * figure.high:+.1f}]"
    return {
        "what": row.mechanism,
        "kind": row.kind,
        "area": row.area or UNKNOWN,
        "points": NO_DATA if figure.value is None else f"{100 * figure.value:+.1f}{limits}",
        "as measured": f"{100 * row.measured:+.1f}",
        "why": row.reason,
    }


def agreed_line_cells(row: AgreedLine) -> Cells:
    """One line in force."""
    return {
        "promise": row.where.get("promise", EVERY),
        **{key: row.where.get(key, EVERY) for key in KEYS[1:]},
        "standard": NOT_AGREED if row.standard is None else agreed(row.standard, row.unit) if row.unit else f"{row.standard:g}",
        "keep": NOT_AGREED if row.keep_target is None else f"{100 * row.keep_target:g}%",
        "lead": row.lead or NOT_AGREED,
        "priority": row.priority or NOT_AGREED,
        "cost limit": NOT_AGREED if row.cost_limit is None else f"{row.cost_limit:,.2f}",
        "may be promised": _said(row.may_promise),
    }


def missing_cell_cells(row: MissingCell) -> Cells:
    """One combination that no line speaks of."""
    return {
        **{key: row.where[key] or UNKNOWN for key in KEYS},
        "promises": whole(row.promises),
        "people": whole(row.people),
        "to nobody named": whole(row.unnamed),
        "first": f"{row.first_made:%Y-%m-%d}",
        "last": f"{row.last_made:%Y-%m-%d}",
    }


def feasibility_cells(row: Feasibility) -> Cells:
    """The four lights of one line, each with its reason."""
    named = ", ".join(f"{key} {value}" for key, value in row.where.items()) or "every promise"
    lights = {"what": row.what, "when": row.when, "how": row.how, "cost": row.cost}
    return {"line": named, **{name: f"{light.colour}: {light.why}" for name, light in lights.items()}}


def charter_change_cells(row: CharterChange) -> Cells:
    """One thing two versions say otherwise."""
    return {"": row.change.value, "what": row.said}


CELLS: dict[str, Columns] = {
    "charter lines": agreed_line_cells,
    "charter missing": missing_cell_cells,
    "charter feasibility": feasibility_cells,
    "charter changes": charter_change_cells,
    "change": change_cells,
    "themes": theme_cells,
    "expectations": statement_cells,
    "journeys moves": move_cells,
    "journeys steps": step_cells,
    "journeys variants": variant_cells,
    "journeys drop-off": drop_off_cells,
    "journeys conformance": conformance_cells,
    "journeys departures": departure_cells,
    "journeys deviations": deviation_cells,
    "journeys scenarios": scenario_cells,
    "journeys cordon": cordon_cells,
    "journeys touchpoints": contact_cells,
    "integrity": integrity_cells,
    "account": account_cells,
    "sources": source_cells,
    "calibration": calibration_cells,
    "campaigns": campaign_cells,
    "bunching": bunching_cells,
    "ranges": range_cells,
    "basket": basket_cells,
}
"""How each table of findings is laid out."""


def cells_of(question: str, rows: Sequence[Any], weighting: str = "promise") -> Columns:
    """How the table that answers a question is laid out, in one weighting."""
    if question == "issues":
        return issues_cells(rows)
    if question == "answers":
        return answers_cells(rows)
    return partial(integrity_cells, weighting=weighting) if question == "integrity" else CELLS[question]


def row_cells(zone: ZoneInfo) -> Columns:
    """How a row of a table is laid out, times as the clocks of ``zone`` show them, and a shortfall with its unit."""

    def cell(value: Any) -> str:
        if isinstance(value, datetime):
            return value.replace(tzinfo=UTC).astimezone(zone).isoformat(" ", "minutes")
        if isinstance(value, float):
            return sensible(value)
        return UNKNOWN if value is None else str(value)

    def cells(row: Any) -> Cells:
        told = row if row.get("shortfall") is None else row | {"shortfall": lateness(row["shortfall"], row["unit"])}
        return {name: cell(value) for name, value in told.items() if name != "unit"}

    return cells


def aside_cells(zone: ZoneInfo) -> Callable[[Any], Cells]:
    """How a row set aside is laid out: a column without a value is empty, and what has no line, key or column shows none."""
    cells = row_cells(zone)

    def told(row: Any) -> Cells:
        blank = {name: "" for name, value in row.items() if value is None}
        empty = {"value": EMPTY} if row["value"] is None and row["column"] is not None else {}
        return {**cells(row), **blank, **empty}

    return told


def lateness(value: float, unit: str) -> str:
    """How much was missing, below 0 where there was some to spare: of that, less than a second has no sign, as its verdict says it."""
    seconds = abs(value) * SECONDS
    if unit == "days" and 0 < seconds < 1:
        return "under 1 s"
    minute = 60
    words = f"{round(seconds)} s" if unit == "days" and 0 < round(seconds) < minute else length(abs(value), unit)
    return f"-{words}" if value < 0 else words


def comparison(changes: Comparison) -> None:
    """What changed, question by question."""
    OUT.print(f"[bold]What changed[/] [dim]from {escape(changes.before)} to {escape(changes.after)}[/]")
    if changes.identical:
        say("Nothing: the two studies are equal to the byte.")
        return
    OUT.print("\n[bold]Made from[/]")
    table(changes.made_from.rows, lambda row: {"what": row.what, "before": row.before or NOT_THERE, "after": row.after or NOT_THERE})
    OUT.print("\n[bold]Promises[/]")
    counted = ("before", "after", "added", "removed", "superseded")
    table(changes.rows.rows, lambda row: {"promise": row.name, **{name: whole(getattr(row, name)) for name in counted}})
    OUT.print("\n[bold]Verdicts[/]")
    table(
        changes.verdicts.rows,
        lambda row: {
            "promise": row.name,
            "before": row.before or NOT_THERE,
            "after": row.after or NOT_THERE,
            "why": row.reason,
            "promises": whole(row.promises),
        },
    )
    OUT.print("\n[bold]Kept[/]")
    table(
        changes.integrity.rows,
        lambda row: {
            **_slice(row.where),
            "measure": row.measure,
            "before": percent(row.before),
            "after": percent(row.after),
            "change": NO_DATA if row.change is None else f"{100 * row.change:+.1f} points",
        },
    )
    OUT.print("\n[bold]Break account[/]")
    lacking = without_slice(changes.account)
    table(
        in_whole_parts(changes.account),
        lambda row: {
            **_slice(row.where),
            "part": row.part,
            "before": _part_or_why(row.before, lacked=row.where in lacking[0]),
            "after": _part_or_why(row.after, lacked=row.where in lacking[1]),
            "change": signed(row.change),
        },
    )
    notes([*changes.account.notes, "[a, b]: 95% interval; of a part, of its blind reading."])


def _part_or_why(figure: PartFigure | None, *, lacked: bool) -> str:
    """A part of one study's account; where there is none, whether nothing could be decomposed, or the study lacks the slice."""
    if figure is None:
        return NOT_THERE if lacked else UNKNOWN
    return part(figure)


def whole(count: int) -> str:
    """A count."""
    return f"{count:,}"


def length(value: float, unit: str) -> str:
    """A length in the promise's unit; of days, hours or minutes where that is shorter to read."""
    minutes = round(value * 24 * 60, 6)
    if unit == "days" and minutes < 24 * 60:
        return f"{sensible(minutes)} min" if minutes < 60 else f"{sensible(minutes / 60)} h"  # noqa: PLR2004 - an hour
    return with_unit(sensible(value), unit)


def signed(value: float | None) -> str:
    """A number of broken promises, which may be negative."""
    return NO_DATA if value is None else f"{round(value):+,}" if round(value) else "0"


def skill(figure: Figure) -> str:
    """Promise skill with its interval."""
    if figure.value is None or figure.low is None or figure.high is None:
        return plain(figure)
    return f"{ratio(figure.value)} [{ratio(figure.low)}, {ratio(figure.high)}]"


def plain(figure: Figure) -> str:
    """A ratio without its interval; where there is none, whether nothing or too little is known."""
    return missing(figure) if figure.value is None else ratio(figure.value)


def missing(figure: Figure) -> str:
    """Why a figure has no value: it cannot be told, for the reason its method gives; too few for an honest rate; or nothing to count."""
    if figure.method.startswith(CANNOT_TELL):
        return CANNOT_TELL
    return TOO_FEW if figure.n else NO_DATA


def reasons(figures: Iterable[Figure]) -> Sequence[str]:
    """What “too few” means in a table that says it, and “no data” where more is known than that nothing fell due."""
    missed = [figure for figure in figures if figure.value is None and (figure.n or figure.method != NO_DATA)]
    return list(dict.fromkeys(f"{missing(figure)}: {figure.method.removeprefix(f'{CANNOT_TELL}: ')}." for figure in missed))


def ratio(value: float | None) -> str:
    """A plain ratio."""
    return NO_DATA if value is None else f"{value:.2f}".replace("-0.00", "0.00")


def percent(figure: Figure, *, interval: bool = True) -> str:
    """A share with its interval."""
    if figure.value is None:
        return missing(figure)
    if not interval or figure.low is None or figure.high is None:
        return f"{figure.value:.1%}"
    return f"{figure.value:.1%} [{100 * figure.low:.1f}, {100 * figure.high:.1f}]"


def part(figure: PartFigure, count: int | None = None) -> str:
    """A part of the account, from the blind to the promise-aware reading where there are two, with its interval.

    :param count: the blind reading in whole promises, where it stands in a row that has to add up.
    """
    said = whole(round(figure.value) if count is None else count)
    if figure.aware is not None and round(figure.aware) != round(figure.value):
        said += f" .. {whole(round(figure.aware))}"
    if figure.low is None or figure.high is None:
        return said
    return f"{said} [{whole(round(figure.low))}, {whole(round(figure.high))}]"


def moment(when: datetime) -> str:
    """A date and time, with its zone where it has one."""
    return f"{when:%Y-%m-%d %H:%M}{f' {when:%Z}' if when.tzinfo else ''}"


def _limits(figure: Figure) -> str:
    """The 95% limits of a count."""
    return "" if figure.low is None or figure.high is None else f"[{signed(figure.low)}, {signed(figure.high)}]"


def _slice(where: Mapping[str, Any]) -> dict[str, str]:
    return {name: slice_text(name, value) for name, value in where.items()}


def _is_figure(cell: str) -> bool:
    cell = cell.removeprefix(AT_LEAST)
    return cell in {NO_DATA, TOO_FEW, CANNOT_TELL, UNKNOWN} or (cell[:1] in "+-±" and cell[1:2].isdigit()) or cell[:1].isdigit()
