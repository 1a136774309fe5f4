"""What changed, by mechanism: the change of a promise's late share, split over mix, promise, each step and each area (domain.md d6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.urls import reverse

from troth.engine.charts import fill
from troth.engine.charts.changing import Step, change_rows
from troth.engine.findings import Figure
from troth.engine.mechanisms import Split
from troth.engine.mechanisms.asking import CHANCE, PROMISE, TOGETHER, period
from troth.engine.mechanisms.of_promises import DELIVERY, LAST
from troth.engine.mechanisms.result import SplitArea, SplitPart
from troth.engine.promises.slices import PERIODS, meant, slice_column
from troth.engine.rounding import whole_numbers
from troth.terms.errors import RequestError, did_you_mean
from troth.terms.vocabulary import TIMED, Verdict
from troth.workspace.desks.contexts import ChangeArea, ChangePage, ChangePart, Choice, Condition, Fact, Sentence
from troth.workspace.desks.exports import links
from troth.workspace.desks.figures import period_words
from troth.workspace.desks.periods import compared
from troth.workspace.desks.sentences import bare, spoken
from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Link, Owner, Picture
from troth.workspace.studies.contexts import head_of
from troth.workspace.studies.questions import ONLY, Question, address
from troth.workspace.studies.reading import OpenStudy

MADE, DUE = "made_month", "month"
PERIOD_WORDS = {MADE: "month it was made", DUE: "month it falls due"}
NOT_ASKED = ("name", "type", "source", "verdict")
"""Dimensions that tell no sides apart: of one promise they are one value, or the outcome itself."""
MOST_CHOICES = 100
FEW_OPEN = 0.05
"""Share of a month's promises that may still be open for it to be chosen from."""

NAMES = {
    PROMISE: "the promise",
    LAST: "the last step",
    DELIVERY: "the delivery",
    TOGETHER: "how they go together",
    CHANCE: "not told from chance",
}
KINDS = {
    "mix": "how often each value occurs: the mix",
    "promise": "how long was promised",
    "stage": "how long it took",
    "together": "what promise and steps do by meeting",
    "chance": "what is left once the parts that are told are taken off",
}
NOBODY = Owner("none", "Nobody’s area")
NOT_TOLD = "not told"
THOUSAND = 1000
"""Tenths of a point in a share."""
NO_CLOCK = "No promise of this study is on a clock, so there is no late share to take apart."
ONE_SIDE = "There is only one side to choose: a change needs two."
MOST_SAID = 3
"""Parts that are said one by one in the sentence."""
WIDE, NARROW = 620, 326


@dataclass(frozen=True, slots=True)
class Sides:
    """What a change is asked for, beside the slice.

    :param by: what tells the sides apart.
    :param before: a period or value, as in an address; empty for the usual one. :param after: likewise.
    :param of: what ``before`` and ``after`` were chosen for; where that is not ``by`` the choice of the form has moved on without them.
    """

    by: str = ""
    before: str = ""
    after: str = ""
    of: str = ""


def change_page(opened: OpenStudy, question: Question, sides: Sides) -> ChangePage:
    """The change between two sides, in words, drawn, and as tables."""
    asked = _asked(opened, question, sides)
    if asked is None:
        return _empty(opened, question, sides, NO_CLOCK)
    name, question, sides, choices = asked
    if not sides.before or not sides.after:
        return _empty(opened, question, sides, ONE_SIDE, name, choices)
    split = _split(opened, name, question, sides)
    owned = {one.mechanism: _owner(opened, one.area) for one in split.parts}
    names = {one.mechanism: _name(one) for one in split.parts}
    told = not split.reason
    first, last = (_side_words(opened, sides.by, value) for value in (sides.before, sides.after))
    return replace(
        _empty(opened, question, sides, "", name, choices),
        sentence=_sentence(split, sides, first, last),
        known=told,
        reason=split.reason.rstrip(".") + "." if split.reason else "",
        facts=_facts(split, sides, first, last) if told else (),
        parts=tuple(_part(one, owned[one.mechanism], *words) for one, words in zip(split.parts, _in_points(split.parts), strict=True)),
        areas=tuple(_area(opened, one, words, names) for one, (words, _) in zip(split.areas, _in_points(split.areas), strict=True)),
        picture=_picture(split, owned) if told else None,
        areas_picture=_areas_picture(opened, split) if told and split.areas else None,
        notes=split.notes,
    )


def change_records(opened: OpenStudy, question: Question, sides: Sides) -> list[dict[str, object]]:
    """The parts as plain records.

    :raises RequestError: nothing can be told, so that there are none.
    """
    asked = _asked(opened, question, sides)
    if asked is None:
        raise RequestError(NO_CLOCK, place=f"{ONLY}name", mend="map a promise with a due date; see docs/settings.md.")
    name, question, sides, _ = asked
    if not sides.before or not sides.after:
        raise RequestError(ONE_SIDE, place="by", mend="choose something else to tell the sides apart.")
    split = _split(opened, name, question, sides)
    if split.reason:
        raise RequestError(f"Nothing can be told: {split.reason}", place="before, after", mend="choose sides with more in common.")
    return split.table.records()


def change_link(opened: OpenStudy, question: Question, how: str) -> Link | None:
    """From the Ledger: what moved along between the compared periods, of the promise in view; nothing where none is on a clock."""
    names = _timed(opened)
    wanted = dict(question.where).get("name")
    if not names or (wanted is not None and wanted not in names):
        return None
    about = replace(question.asked_by(()), since=None, until=None)
    about = about if wanted else about.only({"name": names[0]})
    earlier, span = compared(opened, question, how), opened.span()
    further: dict[str, str] = {}
    if earlier is not None and span is not None:
        windows = [(one.since or span[0], one.until or span[1]) for one in (earlier, question)]
        if all(since.day == 1 and date.fromordinal(until.toordinal() + 1).day == 1 for since, until in windows):
            before, after = (f"{since:%Y-%m}/{until:%Y-%m}" for since, until in windows)
            further = {"by": DUE, "before": before, "after": after}
    return Link("What changed, by mechanism", _at(opened, about, **further))


def _asked(opened: OpenStudy, question: Question, sides: Sides) -> tuple[str, Question, Sides, tuple[Choice, ...]] | None:
    """The promise, the slice, and both sides with the usual ones where none are named; ``None`` where no promise is on a clock."""
    names = _timed(opened)
    if not names:
        return None
    name = dict(question.where).get("name") or names[0]
    if name not in names:
        mend = did_you_mean(name, names) or f"choose one of {', '.join(names)}."
        raise RequestError(f"“{name[:60]}” is not on a clock, so it has no steps to split a change over.", place=f"{ONLY}name", mend=mend)
    question = question.only({"name": name})
    by = sides.by or MADE
    known = _tell_apart(opened)
    if by not in known:
        raise RequestError(f"the sides cannot be told apart by “{by[:60]}”.", place="by", mend=meant(by, known))
    if by in dict(question.where):
        mend = "drop the condition, or tell the sides apart by something else."
        raise RequestError(f"the promises are narrowed to one {known[by]}, so that it tells no two sides apart.", place="by", mend=mend)
    moved_on = sides.of not in {"", by}
    before, after = ("", "") if moved_on else (sides.before, sides.after)
    values = _months(opened, by) if by in PERIOD_WORDS else opened.values(by, MOST_CHOICES)
    usual = values[-2:] if by in PERIOD_WORDS else values[:2]
    usual = usual if len(usual) > 1 else ("", "")
    before, after = (
        before or next((one for one in usual if one != after), ""),
        after or next((o for o in reversed(usual) if o != before), ""),
    )
    for place, value in (("before", before), ("after", after)):
        _check(opened, by, value, place)
    choices = tuple(Choice(value, _side_words(opened, by, value)) for value in dict.fromkeys((*values, before, after)) if value)
    return name, question, Sides(by, before, after), choices


def _check(opened: OpenStudy, by: str, value: str, place: str) -> None:
    """Refuse a side that is none.

    :raises RequestError: no period, or no value of the dimension.
    """
    if not value:
        return
    if by in PERIOD_WORDS:
        try:
            period(value)
        except ValueError as error:
            mend = "write a year, a month or a day, or from one to another: 2024, 2024-08, 2024-01/2024-03."
            raise RequestError(f"“{value[:40]}” is no period.", place=place, mend=mend) from error
    elif value not in (values := opened.values(by)):
        words = opened.dimensions[by]
        raise RequestError(f"no promise has “{value[:60]}” as {words}.", place=place, mend=did_you_mean(value, values[:20]))


def _split(opened: OpenStudy, name: str, question: Question, sides: Sides) -> Split:
    where = {key: value for key, value in question.narrowed.items() if key != "name"}

    def ask() -> Split:
        try:
            return opened.study.change(name, sides.before, sides.after, by=sides.by, where=where)
        except RequestError as error:
            if error.place != "mix":
                raise
            return Split(
                "rate", reason=error.what, notes=() if error.mend is None else (error.mend,)
            )  # too many steps is no mistake of the reader's

    return opened.remembered(("change", name, question.where, sides), ask)


def _timed(opened: OpenStudy) -> tuple[str, ...]:
    """Promises on a clock, those with most promises first."""
    timed = {spec.name for spec in opened.study.reading.specs if spec.type in TIMED}
    return tuple(name for name in opened.values("name") if name in timed)


def _tell_apart(opened: OpenStudy) -> dict[str, str]:
    others = {name: words for name, words in opened.dimensions.items() if name not in PERIODS and name not in NOT_ASKED}
    return {**PERIOD_WORDS, **others}


def _months(opened: OpenStudy, by: str) -> tuple[str, ...]:
    """Months that are over: in which promises fell due, or whose promises have fallen due but for a few.

    Of a month most of whose promises are still open those with the shortest dates would be compared.
    """

    def ask() -> tuple[str, ...]:
        ledger = opened.study.ledger
        rows = ledger.filter(ledger.eligible & (ledger.verdict != Verdict.VOID))
        of = rows.group_by(month=slice_column(rows, by, opened.study.manifest.timezone))
        counted = of.aggregate(n=rows.count(), open=(~rows.in_cohort).sum()).to_pyarrow().to_pylist()
        months = sorted(row["month"] for row in counted if row["month"] is not None and row["open"] <= FEW_OPEN * row["n"])
        return tuple(f"{day:%Y-%m}" for day in months)

    return opened.remembered(("months over", by), ask)


def _side_words(opened: OpenStudy, by: str, value: str) -> str:
    if by not in PERIOD_WORDS or not value:
        return value
    first, last = period(value)
    return wording.months(first, last)


def _at(opened: OpenStudy, question: Question, **further: str) -> str:
    return address(reverse("desks:change"), question, **further, study=None if opened.entry.current else opened.number)


def _empty(
    opened: OpenStudy, question: Question, sides: Sides, reason: str, name: str = "", choices: tuple[Choice, ...] = ()
) -> ChangePage:
    """The page without an answer: what was asked, and what may be chosen."""
    further = {"by": sides.by, "before": sides.before, "after": sides.after}
    return ChangePage(
        study=head_of(opened, "desks:ledger"),
        promise=name,
        sentence=spoken(f"It *cannot be told*. {reason}") if reason else (),
        known=False,
        reason=reason,
        promises=tuple(Choice(one, one, one == name) for one in _timed(opened)),
        by=tuple(Choice(one, words, one == sides.by) for one, words in _tell_apart(opened).items()),
        by_now=sides.by,
        before=_chosen(choices, sides.before),
        after=_chosen(choices, sides.after),
        conditions=tuple(
            Condition(
                f"{opened.dimensions.get(key, key)}: {period_words(key, question.narrowed[key])}",
                _at(opened, question.without(key), **further),
            )
            for key, _ in question.where
            if key != "name"
        ),
        hidden=tuple(
            Choice(key, value) for key, value in question.pairs() if (key.startswith(ONLY) and key != f"{ONLY}name") or key == "unknown"
        ),
        facts=(),
        parts=(),
        areas=(),
        picture=None,
        areas_picture=None,
        notes=(),
        back=address(reverse("desks:ledger"), question, study=None if opened.entry.current else opened.number),
        exports=links(lambda form: _at(opened, question, **further, format=form)),
    )


def _chosen(choices: Sequence[Choice], value: str) -> tuple[Choice, ...]:
    return tuple(Choice(one.value, one.words, one.value == value) for one in choices)


def _sentence(split: Split, sides: Sides, first: str, last: str) -> Sentence:
    if split.reason:
        return spoken(f"Why more, or fewer, came late *cannot be told*: {bare(split.reason)}")
    now, then = (wording.percent(figure.value) for figure in (split.after, split.before))
    which = {MADE: "made in", DUE: "due in"}.get(sides.by, "of")
    moved = f"Of those {which} {bare(last)}, *{now}* came late; of those {which} {bare(first)}, {then}"
    told = sorted((one for one in split.parts if one.change.value and one.kind != CHANCE), key=lambda one: -abs(one.change.value or 0.0))
    if not told:
        return spoken(f"{moved}. No part of that is told from chance.")
    most = wording.listed([f"*{wording.points(one.change.value or 0.0)}* {_goes_along(one)}" for one in told[:MOST_SAID]])
    others = sum(one.change.value or 0.0 for one in told[MOST_SAID:])
    left = sum(one.change.value or 0.0 for one in split.parts if one.kind == CHANCE)
    rest = f"; {wording.points(others)} with the other parts" if told[MOST_SAID:] else ""
    rest += f"; the remaining {wording.points(left)} are not told from chance" if left else ""
    return spoken(f"{moved} ({wording.points(split.change.value or 0.0)}). Of that, {most}{rest}.")


def _goes_along(part: SplitPart) -> str:
    owner = f" ({bare(part.area)})" if part.area else ""
    if part.kind == "together":
        return "with how they go together"
    return f"with {bare(_name(part))}{owner}"


def _column(name: str) -> str:
    return name.replace("_", " ")


def _name(part: SplitPart) -> str:
    """A part as the page calls it."""
    if part.kind == "mix":
        return f"the mix of {_column(part.mechanism)}"
    return NAMES.get(part.mechanism) or f"the step to {part.mechanism}"


def _facts(split: Split, sides: Sides, first: str, last: str) -> tuple[Fact, ...]:
    which = {MADE: "made in ", DUE: "due in "}.get(sides.by, "")

    def side(words: str, figure: Figure) -> Fact:
        limits = wording.span(figure.low, figure.high, share=True)
        return Fact(f"Late, {which}{words}", wording.percent(figure.value), f"{limits}{', ' if limits else ''}n {wording.whole(figure.n)}")

    change = split.change
    return (
        side(first, split.before),
        side(last, split.after),
        Fact("Change", wording.points(change.value or 0.0), _limits(change)),
    )


def _limits(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return ""
    return f"{_points(figure.low)} to {_points(figure.high)}"


def _points(value: float) -> str:
    """Points with their sign and without the word, as in a range."""
    return wording.points(value).removesuffix(" points")


def _owner(opened: OpenStudy, area: str | None) -> Owner:
    if area is None:
        return NOBODY
    aspect = opened.study.reading.charter.aspect_of(area)
    return Owner("none" if aspect is None else str(aspect), area)


def _in_points(parts: Sequence[SplitPart | SplitArea]) -> list[tuple[str, str]]:
    """What is told of each part, and what was measured, in points: rounded together, so that each column adds up to the change."""
    told, measured = (
        [_points(tenth / THOUSAND) for tenth in whole_numbers([value * THOUSAND for value in column])]
        for column in ([one.change.value or 0.0 for one in parts], [one.measured for one in parts])
    )
    return [
        (words if one.change.value or not isinstance(one, SplitPart) or one.kind == CHANCE else NOT_TOLD, other)
        for one, words, other in zip(parts, told, measured, strict=True)
    ]


def _part(one: SplitPart, owner: Owner, words: str, measured: str) -> ChangePart:
    chance = one.kind == CHANCE
    return ChangePart(
        mechanism=one.mechanism,
        name=_name(one),
        kind=one.kind,
        meaning=KINDS.get(one.kind, ""),
        owner=None if chance or (one.kind in {"mix", "together"} and one.area is None) else owner,
        value=one.change.value,
        low=one.change.low,
        high=one.change.high,
        words=words,
        interval=_limits(one.change),
        measured=one.measured,
        measured_words="" if chance else measured,
        reason=one.reason,
        n=one.change.n,
    )


def _area(opened: OpenStudy, one: SplitArea, words: str, names: Mapping[str, str]) -> ChangeArea:
    return ChangeArea(
        owner=_owner(opened, one.area),
        value=one.change.value,
        low=one.change.low,
        high=one.change.high,
        words=words,
        interval=_limits(one.change),
        measured=one.measured,
        of=wording.listed([names[what] for what in one.mechanisms]),
    )


def _picture(split: Split, owned: dict[str, Owner]) -> Picture:
    steps = [
        Step(_drawn_name(one), words, one.change, None if one.kind == CHANCE else f"$owner-{owned[one.mechanism].key}")
        for one, (words, _) in zip(split.parts, _in_points(split.parts), strict=True)
        if one.kind != CHANCE or one.change.value
    ]
    return _drawn(steps, split.change, "Waterfall of the change, part by part")


def _drawn_name(part: SplitPart) -> str:
    name = _name(part).removeprefix("the ")
    return f"{name[:1].upper()}{name[1:]}{f', {part.area}' if part.area else ''}"


def _areas_picture(opened: OpenStudy, split: Split) -> Picture:
    steps = [
        Step(one.area or "Nobody’s area, and chance", words, one.change, f"$owner-{_owner(opened, one.area).key}")
        for one, (words, _) in zip(split.areas, _in_points(split.areas), strict=True)
        if one.area is not None or one.change.value
    ]
    return _drawn(steps, split.change, "Waterfall of the change, area by area")


def _drawn(steps: Sequence[Step], change: Figure, title: str) -> Picture:
    rows = change_rows(steps, Step("The whole change", _points(change.value or 0.0), change, None))
    said = ", ".join(f"{row['name'].lower()} {row['count']}" for row in rows)
    wide, narrow = (fill("change", rows, width=width, limit=width - 70) for width in (WIDE, NARROW))
    return Picture(f"{title}, in points: {said}.", wide, narrow)
