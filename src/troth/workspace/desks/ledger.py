"""Ledger: show me. Slices of any dimension, a period beside another, and the promises behind every figure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import ibis.expr.types as ir

from troth.engine.charts import fill
from troth.engine.charts.months import multiples_rows
from troth.engine.findings import NO_DATA, WEIGHTINGS, Account, Figure, Findings, Integrity
from troth.engine.gaps.account import without_interval
from troth.engine.promises.periods import LEAST_COVERED
from troth.engine.promises.slices import PERIODS, to_come
from troth.terms.errors import RequestError, did_you_mean
from troth.terms.vocabulary import Noun
from troth.workspace.desks.accounts import part_counts
from troth.workspace.desks.both import LOW_COVERAGE, account_banners, coverage_banner, gathered
from troth.workspace.desks.change import change_link
from troth.workspace.desks.checks import checks_of
from troth.workspace.desks.contexts import Banner, Choice, Condition, LedgerPage, PromiseRow, RowsPage, Sentence, SliceRow, WeighedRow
from troth.workspace.desks.exports import links
from troth.workspace.desks.figures import PROMISE, PROMISES_VOTE, Numbers, counted_as, period_words, slice_title
from troth.workspace.desks.limits import side_links
from troth.workspace.desks.paging import ROWS, pages_of
from troth.workspace.desks.periods import compared, period_of
from troth.workspace.desks.sentences import bare, spoken
from troth.workspace.desks.units import native_table
from troth.workspace.desks.whole_periods import LeftOut, left_out
from troth.workspace.desks.whom import customer_at
from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Link, Number, Picture
from troth.workspace.studies.beside import ENOUGH
from troth.workspace.studies.contexts import head_of
from troth.workspace.studies.limits import SIDES
from troth.workspace.studies.questions import AS_OF, ONLY, Question
from troth.workspace.studies.reading import OpenStudy
from troth.workspace.studies.rows import promises

COMPARISONS = {"": "nothing", "before": "the equal period before", "year": "the same period a year before"}
WORDS: dict[str, tuple[str, tuple[str, str]]] = {
    "": ("Due", ("fell due", "fell due")),
    "broken": ("Broken", ("was broken", "were broken")),
    "kept": ("Kept", ("was kept", "were kept")),
    "pending": ("Open", ("is open and not yet due", "are open and not yet due")),
    "void": ("Void", ("is void and counts nowhere", "are void and count nowhere")),
}
"""Which promises to look at: the word of :data:`studies.rows.STATES` to words, and to what one and what several did."""

WEIGHED = {
    "promise": "each promise, by its importance in the charter",
    "customer": "each customer alike, however many promises",
    "value": "each promise by its value",
}
"""Whose vote counts in K, I, B and U (domain.md c5)."""

FIRST_CHOICES = ("kept_by", "made_by", "stage", "touchpoint", "name")
SLICES = 25
"""Slices on one page."""

Key = tuple[Any, ...]
Sliced = TypeVar("Sliced", Integrity, Account)

MULTIPLES = 6
"""Slices drawn month by month."""

SHOWN: tuple[tuple[str, str], ...] = (
    ("row", "Key"),
    ("verdict", "Verdict"),
    ("name", "Promise"),
    ("customer", "Customer"),
    ("subject", "Subject"),
    ("made_at", "Made"),
    ("due_at", "Due"),
    ("received_at", "Received"),
    ("level_promised", "Promised"),
    ("level_received", "Got"),
    ("made_by", "Made by"),
    ("kept_by", "Kept by"),
    ("stage", "Stage"),
    ("touchpoint", "Touchpoint"),
    ("evidence", "Evidence"),
)
"""Columns of the promises behind a figure, with their titles; those the ledger leaves empty are left out.

The verdict comes early, where a phone shows it."""

RECEIVED = ("received_at", "level_received")
"""Columns that nothing stands in before a receipt."""

REPEATED = (("subject", "row"), ("kept_by", "made_by"))
"""Columns that may only repeat another one."""

LEVELS = ("level_promised", "level_received")
"""Columns shown with the promise's unit."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What the Ledger page is asked for, beside the question."""

    compare: str = ""
    page: int = 1
    weighting: str = PROMISES_VOTE

    def __post_init__(self) -> None:
        if self.compare not in COMPARISONS:
            known = [word for word in COMPARISONS if word]
            raise RequestError(f"there is no comparison “{self.compare[:40]}”.", place="compare", mend=did_you_mean(self.compare, known))
        if self.weighting not in WEIGHTINGS:
            place, mend = "weighting", did_you_mean(self.weighting, WEIGHTINGS)
            raise RequestError(f"there is no weighting “{self.weighting[:40]}”.", place=place, mend=mend)

    @property
    def further(self) -> dict[str, str]:
        """What the addresses of the page keep of it."""
        return {"compare": self.compare, "weighting": "" if self.weighting == PROMISES_VOTE else self.weighting}


def ledger_page(opened: OpenStudy, question: Question, ask: Ask, areas: Collection[str] | None = None) -> LedgerPage:
    """Slices of the ledger with all their numbers.

    :param areas: areas the reader may see; ``None`` is every area.
    """
    question = question if question.by else question.asked_by(first_dimension(opened))
    numbers = Numbers(opened, question)
    earlier = compared(opened, question, ask.compare)
    everything = question.asked_by(())
    total = opened.integrity(everything)[0]
    slices = begun(in_reading_order(opened.integrity(question).rows, question.by), opened.study.as_of.date())
    then = None if earlier is None else _by_slice(opened.integrity(earlier)) | _by_slice(opened.integrity(earlier.asked_by(())))
    accounts = _by_slice(opened.account(question, AS_OF)) | _by_slice(opened.account(everything, AS_OF))
    out = left_out(opened, question, slices)
    table = _Rows(numbers, accounts, then, None if earlier is None else Numbers(opened, earlier), out, ask.weighting)
    rates = {_key(row.where): row.weighted(ask.weighting).K.value for row in slices if row.due >= ENOUGH and not out.holds(row)}
    rated = [row for row in slices if rates.get(_key(row.where)) is not None]
    worst = min(rated, key=lambda row: rates[_key(row.where)] or 0.0) if len(rated) > 1 else None
    pages = pages_of(len(slices), ask.page, lambda n: numbers.page_at("desks:ledger", question, **ask.further, page=n), SLICES)
    shown = slices[(pages.number - 1) * SLICES : pages.number * SLICES]
    return LedgerPage(
        study=head_of(opened, "desks:ledger"),
        period=period_of(opened, question),
        compared="" if earlier is None else wording.months(*(day for day in (earlier.since, earlier.until) if day is not None)),
        sentence=_sentence(opened, question, slices, worst, total, ask.weighting),
        banners=(*coverage_banner(total, opened.noun(question)), *_unequal(opened, question, earlier)),
        account_banners=gathered(account_banners(opened, AS_OF, question)),
        no_interval=without_interval([accounts[key] for row in shown if (key := _key(row.where)) in accounts], "slices"),
        dimensions=_choices(opened, question.by[:1]),
        further=(Choice("", "nothing else", len(question.by) == 1), *_choices(opened, question.by[1:2])),
        comparisons=tuple(Choice(value, words, value == ask.compare) for value, words in COMPARISONS.items()),
        weightings=tuple(Choice(name, f"per {name}", name == ask.weighting) for name in WEIGHTINGS),
        weighed=tuple(_weighed(numbers, total, by) for by in WEIGHTINGS),
        conditions=conditions(opened, question, numbers, "desks:ledger", **ask.further),
        areas=() if areas is None else side_links(question, _on_sides(opened, areas), lambda q: numbers.page_at("desks:ledger", q)),
        hidden=tuple(Choice(name, value) for name, value in question.pairs() if name.startswith(ONLY) or name == "unknown"),
        titles=tuple(opened.dimensions[name] for name in question.by),
        note=out.note,
        total=table.row(total),
        slices=tuple(table.row(row, worst=row is worst) for row in shown),
        pages=pages,
        checks=checks_of(opened, question, numbers),
        native=native_table(opened, question, [row.where for row in shown]),
        picture=_multiples(opened, question, slices),
        mechanism=change_link(opened, question, ask.compare),
        exports=links(lambda name: numbers.page_at("desks:ledger", question, **ask.further, format=name)),
    )


def _on_sides(opened: OpenStudy, areas: Collection[str]) -> dict[str, list[str]]:
    """Which of these areas keep promises of the study, and which made some."""
    return {side: [area for area in opened.values(side) if area in areas] for side in SIDES if side in opened.dimensions}


def begun(rows: list[Integrity], today: date) -> list[Integrity]:
    """The slices without periods still to come, in which nothing can have fallen due; all where there are no others."""
    return [row for row in rows if row.due or not to_come(row.where, today)] or rows


def first_dimension(opened: OpenStudy) -> tuple[str, ...]:
    """What the Ledger is sliced by before anyone has chosen: the first dimension that tells promises apart."""
    present = [name for name in FIRST_CHOICES if name in opened.dimensions]
    return next(((name,) for name in present if len(opened.values(name, 2)) > 1), ("month",))


def in_reading_order(rows: Sequence[Integrity], by: Sequence[str]) -> list[Integrity]:
    """Periods in time; other slices by how many promises they hold, most first."""
    if any(name in PERIODS for name in by):
        return list(rows)
    return sorted(rows, key=lambda row: -row.due)


def rows_page(opened: OpenStudy, question: Question, *, state: str, number: int) -> RowsPage:
    """The promises behind a figure, a page at a time."""
    numbers = Numbers(opened, question)
    rows = promises(opened, question, state)
    count = opened.remembered(("rows", question, state), lambda: int(rows.count().to_pyarrow().as_py()))
    pages = pages_of(count, number, lambda n: numbers.page_at("desks:rows", question, state=state, page=n))
    columns, alike = shown_columns(opened)
    columns = [pair for pair in columns if state != "pending" or pair[0] not in RECEIVED]
    found = _page_of(rows, columns, pages.number)
    return RowsPage(
        study=head_of(opened, "desks:ledger"),
        title=_title(count, state, counted_as(opened.integrity(question)[0], opened.noun(question))),
        period=period_of(opened, question, counted=False).words,
        conditions=conditions(opened, question, numbers, "desks:rows", state=state),
        states=tuple(Link(words, numbers.page_at("desks:rows", question, state=word), word == state) for word, (words, _) in WORDS.items()),
        alike=alike,
        titles=tuple(title for _, title in columns),
        rows=tuple(
            PromiseRow(
                str(row["row"]),
                tuple(_cell(name, row, opened) for name, _ in columns),
                customer_at(opened, row["customer"], row["subject"]),
            )
            for row in found
        ),
        pages=pages,
        exports=links(lambda name: numbers.page_at("desks:rows", question, state=state, format=name), ("csv", "parquet")),
        back=numbers.page_at("desks:ledger", question),
    )


def _title(count: int, state: str, noun: Noun) -> str:
    one, many = WORDS[state][1]
    if noun is PROMISE:
        return f"{wording.counted(count, 'promise')} that {one if count == 1 else many}"
    return f"{wording.counted(count, noun.one, noun.many)} whose promise {one}"


def shown_columns(opened: OpenStudy) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
    """Columns of the promises, with titles: the standard ones that hold anything, then those of the mappings.

    What is one and the same throughout is told once, and what only repeats another column not at all: the files hold every column.
    """

    def ask() -> tuple[list[tuple[str, str]], tuple[str, ...]]:
        ledger = opened.study.ledger
        told = [name for spec in opened.study.reading.specs for name in (*spec.context, *spec.dimensions)]
        standard = dict(SHOWN)
        wanted = [*SHOWN, *((name, name.replace("_", " ").capitalize()) for name in dict.fromkeys(told) if name not in standard)]
        present = [name for name, _ in wanted if name in ledger.columns]
        words = [name for name in present if ledger[name].type().is_string()]
        told_of = {
            **{f"count {name}": ledger[name].count() for name in present},
            **{f"{end} {name}": getattr(ledger[name], end)() for name in words for end in ("min", "max")},
            **{
                f"{name} is {other}": ledger[name].cast("string").identical_to(ledger[other].cast("string")).all()
                for name, other in REPEATED
            },
        }
        facts = ledger.aggregate(count=ledger.count(), **told_of).to_pyarrow().to_pylist()[0]
        repeats = {name for name, other in REPEATED if facts[f"{name} is {other}"]}
        alike = {name for name in words if facts[f"count {name}"] == facts["count"] > 0 and facts[f"min {name}"] == facts[f"max {name}"]}
        columns = [(name, title) for name, title in wanted if facts.get(f"count {name}") and name not in alike | repeats]
        titles, others = dict(wanted), dict(REPEATED)
        told_once = [
            f"{title} the same as {titles[others[name]]}" if name in repeats else f"{title} “{facts[f'min {name}']}”"
            for name, title in wanted
            if name in alike | repeats
        ]
        return columns, tuple(told_once)

    return opened.remembered("shown columns", ask)


def conditions(opened: OpenStudy, question: Question, numbers: Numbers, page: str, **further: str) -> tuple[Condition, ...]:
    """What the ledger is narrowed by, each with the address that drops it."""
    return tuple(
        Condition(
            f"{opened.dimensions.get(name, name)}: {period_words(name, question.narrowed[name])}",
            numbers.page_at(page, question.without(name), **further),
        )
        for name, _ in question.where
    )


def _page_of(rows: ir.Table, columns: Sequence[tuple[str, str]], number: int) -> list[dict[str, Any]]:
    """One page of rows, the latest due first; ties by key, so that a page is always the same page."""
    ordered = rows.order_by([rows.due_at.desc(), rows.source, rows.row, rows.name])
    names = dict.fromkeys(("row", "unit", "customer", "subject", *(name for name, _ in columns)))
    found: list[dict[str, Any]] = ordered.select(*names).limit(ROWS, offset=(number - 1) * ROWS).to_pyarrow().to_pylist()
    return found


def _cell(name: str, row: Mapping[str, Any], opened: OpenStudy) -> str:
    value = row[name]
    if value is None:
        return ""
    if name == "verdict":
        return str(value).capitalize()
    if name in LEVELS:
        return wording.level(value, row["unit"])
    if isinstance(value, datetime):
        local = value.replace(tzinfo=UTC).astimezone(opened.zone)
        return f"{local:%Y-%m-%d %H:%M}"
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".").replace("-", wording.MINUS)
    return str(value)


@dataclass(frozen=True)
class _Rows:
    """Makes the rows of the table: each slice with its account and, where a period is compared, with what it was then."""

    numbers: Numbers
    accounts: Mapping[Key, Account]
    then: Mapping[Key, Integrity] | None
    numbers_then: Numbers | None
    out: LeftOut
    weighting: str = PROMISES_VOTE

    def row(self, found: Integrity, *, worst: bool = False) -> SliceRow:
        """One slice."""
        question = self.numbers.question
        alone = question.only(found.where)
        further = ("month",) if "month" not in question.by else ()  # narrowed to one slice, the next look is over time
        then, change, clear = self._then(found)
        return SliceRow(
            names=tuple(period_words(name, value) for name, value in found.where.items()),
            narrow=self.numbers.page_at("desks:ledger", alone.asked_by(further), **Ask(weighting=self.weighting).further),
            rows=self.numbers.rows_at(alone),
            broken_rows=self.numbers.rows_at(alone, "broken"),
            due=found.due,
            people=found.customers,
            broken=found.broken,
            kept=self.numbers.kept(found, by=self.weighting),
            coverage=self.numbers.coverage(found),
            thin=found.coverage.value is not None and found.coverage.value < LOW_COVERAGE,
            issue_free=self.numbers.issue_free(found),
            integrity=self.numbers.integrity(found, self.weighting),
            ratio=self.numbers.ratio(found, self.weighting),
            then=then,
            change=change,
            clear=clear,
            parts=part_counts(self.accounts.get(_key(found.where))),
            worst=worst,
            left_out=self.out.reason(found),
        )

    def _then(self, now: Integrity) -> tuple[Number | None, str, str]:
        """The kept rate of the compared period, the change, and whether the intervals lie apart."""
        if self.then is None or self.numbers_then is None:
            return None, "", ""
        then = self.then.get(_key(now.where))
        if then is None:
            return self.numbers_then.nothing("Promises kept then", "kept"), "", ""
        number = self.numbers_then.kept(then, "Promises kept then", self.weighting)
        first, second = now.weighted(self.weighting).K, then.weighted(self.weighting).K
        if first.value is None or second.value is None:
            return number, "", ""
        return number, wording.points(first.value - second.value), _apart(first, second)


def _weighed(numbers: Numbers, total: Integrity, by: str) -> WeighedRow:
    figures = total.weighted(by)
    return WeighedRow(
        weighting=by,
        words=WEIGHED[by],
        kept=numbers.kept(total, by=by),
        integrity=numbers.integrity(total, by),
        ratio=numbers.ratio(total, by),
        surplus=numbers.surplus(total, by),
        why=f"{figures.K.method}" if total.due and figures.K.value is None else "",
    )


def _apart(now: Figure, then: Figure) -> str:
    limits = (now.low, now.high, then.low, then.high)
    if any(limit is None for limit in limits):
        return "no intervals to compare"
    low, high, then_low, then_high = (float(limit or 0.0) for limit in limits)
    return "intervals apart" if low > then_high or high < then_low else "intervals overlap"


def _unequal(opened: OpenStudy, question: Question, earlier: Question | None) -> tuple[Banner, ...]:
    """A warning where the record covers more of one window than of the other: only equal windows compare (domain.md c6, attack 11)."""
    span, record = opened.span(), opened.record()
    if earlier is None or span is None or record is None:
        return ()
    windows = [(window.since or span[0], window.until or span[1]) for window in (question, earlier)]
    covered = [max(0, (min(until, record[1]) - max(since, record[0])).days + 1) for since, until in windows]
    if max(covered) - min(covered) <= (1 - LEAST_COVERED) * max(covered):
        return ()
    said = [
        f"{wording.counted(days, 'day')} of {wording.months(since, until)}" for days, (since, until) in zip(covered, windows, strict=True)
    ]
    kept = f"from {wording.day(record[0])} to {wording.day(record[1])}"
    return (Banner("Not an equal window.", f"The record runs {kept}: it covers {said[0]}, and {said[1]}."),)


def _choices(opened: OpenStudy, chosen: Sequence[str]) -> tuple[Choice, ...]:
    return tuple(Choice(name, words, name in chosen) for name, words in opened.dimensions.items())


def _by_slice(findings: Findings[Sliced]) -> dict[Key, Sliced]:
    return {_key(row.where): row for row in findings}


def _key(where: Mapping[str, Any]) -> Key:
    return tuple(where.values())


def _sentence(
    opened: OpenStudy, question: Question, slices: Sequence[Integrity], worst: Integrity | None, total: Integrity, by_vote: str
) -> Sentence:
    due = sum(row.due for row in slices)
    if not due:
        return spoken("No promise has fallen due here, so there is nothing to judge yet.")
    by = wording.listed([bare(opened.dimensions[dimension]) for dimension in question.by])
    noun = opened.noun(question) if total.anonymous and total.customers == total.due == due else None
    counted = wording.counted(due, "promise") if noun is None else wording.counted(due, bare(noun.one), bare(noun.many))
    said = f"{counted} by {by}."
    if worst is None:
        return spoken(said)
    title, rate = bare(slice_title(worst.where)), wording.percent(worst.weighted(by_vote).K.value)
    if by_vote == PROMISES_VOTE:
        return spoken(f"{said} Worst is *{title}*: {rate} of {wording.whole(worst.due)} kept.")
    return spoken(f"{said} Worst per {by_vote} is *{title}*: {rate} kept.")


def _multiples(opened: OpenStudy, question: Question, slices: Sequence[Integrity]) -> Picture | None:
    """Kept rate by month of the largest slices, side by side on one scale."""
    if len(question.by) != 1 or question.by[0] in PERIODS:
        return None
    (name,) = question.by
    largest = [row.where[name] for row in slices[:MULTIPLES] if row.due >= ENOUGH]
    asked = question.asked_by((name, "month"))
    every = [row for row in opened.integrity(asked) if row.where["month"] is not None]
    out = left_out(opened, asked, every)
    found = [row for row in every if row.where[name] in largest and not out.small(row)]
    months = sorted({row.where["month"] for row in found})
    if len(largest) < 2 or len(months) < 3:  # noqa: PLR2004 - fewer make no pattern
        return None
    by_slice: dict[Any, dict[date, Integrity]] = {}
    for row in found:
        by_slice.setdefault(row.where[name], {})[row.where["month"]] = row
    rows = multiples_rows(
        [
            (
                period_words(name, value),
                [(f"{m:%Y-%m}", by_slice.get(value, {})[m].K if m in by_slice.get(value, {}) else NO_DATA) for m in months],
            )
            for value in largest
        ]
    )
    said = (f"Share of promises kept by month for the {len(largest)} largest, on one scale.", out.not_drawn)
    sentence = " ".join(words for words in said if words)
    return Picture(sentence, fill("multiples", rows, columns=3, width=300), fill("multiples", rows, columns=1, width=276))
