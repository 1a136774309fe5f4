"""Marketing or service? Unwanted events by the side whose exposures they go along with, question by question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.urls import reverse

from troth.engine.attribution.answers import NOTHING_ASKED, Answered, shares_of
from troth.engine.attribution.ground import CANNOT_TELL
from troth.engine.attribution.lost_sales import whole_lost
from troth.engine.attribution.placebo import doubted, refused
from troth.engine.attribution.sides import OTHER, SIDE_OF, UNEXPLAINED
from troth.engine.findings import ExposureShare, Figure, PlaceboShare, SideShare
from troth.workspace.desks.contexts import (
    Amount,
    AnswerLine,
    AnswersCard,
    AnswersPage,
    AnswerView,
    ExposureRow,
    PlaceboRow,
    Sentence,
    SideRow,
)
from troth.workspace.desks.exports import links
from troth.workspace.desks.issues import amount
from troth.workspace.desks.occasions import occasions_at
from troth.workspace.desks.sentences import bare, spoken
from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Owner
from troth.workspace.studies.contexts import head_of
from troth.workspace.studies.questions import address
from troth.workspace.studies.reading import OpenStudy

ASPECTS = {side: aspect for aspect, side in SIDE_OF.items()}
SIDES = {
    "marketing": "Brand & marketing",
    "service": "Service",
    "operating": "Operations",
    OTHER: "Nobody’s area",
    UNEXPLAINED: "None of these",
}
"""Sides as a page calls them."""


def answers_page(opened: OpenStudy) -> AnswersPage:
    """Every question the project asks."""
    told = opened.answers()
    return AnswersPage(
        study=head_of(opened, "desks:answers"),
        sentence=_headline(told),
        answers=tuple(_view(opened, number, one) for number, one in enumerate(told, start=1)),
        notes=() if told else (NOTHING_ASKED,),
        exports=links(lambda name: _page_at(opened, form=name)) if told else (),
    )


def answers_card(opened: OpenStudy) -> AnswersCard | None:
    """The answers in a sentence each, for the home page; ``None`` where nothing is asked."""
    told = opened.answers()
    if not told:
        return None
    at = _page_at(opened)
    return AnswersCard(tuple(AnswerLine(_title(one), _sentence(one)) for one in told), at)


def records(opened: OpenStudy) -> list[dict[str, object]]:
    """Question and side to events and share, as plain records."""
    return shares_of(opened.answers()).records()


def _page_at(opened: OpenStudy, form: str | None = None) -> str:
    return address(reverse("desks:answers"), None, format=form, study=None if opened.entry.current else opened.number)


def _headline(told: tuple[Answered, ...]) -> Sentence:
    known = [one for one in told if not one.found.reason and not refused(one.found.placebo)]
    if not told:
        return spoken("No question is asked yet of what customers did and should not have.")
    if not known:
        return spoken(f"Of *{wording.counted(len(told), 'question')}* none can be answered from what is on record.")
    explained = sum(sum(row.events or 0 for row in one.found if row.where["side"] != UNEXPLAINED) for one in known)
    events = sum(one.found.events for one in known)
    untold = sum(one.found.events for one in told if one not in known)
    beyond = f" Of *{wording.whole(untold)}* more it cannot be told." if untold else ""
    cautioned = sum(bool(doubted(one.found.placebo)) for one in known)
    caution = f" A caution stands beside *{wording.counted(cautioned, 'answer')}*." if cautioned else ""
    return spoken(
        f"Of *{wording.counted(events, 'unwanted event')}*, *{wording.whole(explained)}* go along with something that went "
        f"wrong on our side; *{wording.whole(events - explained)}* with nothing we know of.{beyond}{caution}"
    )


def _view(opened: OpenStudy, number: int, one: Answered) -> AnswerView:
    found = one.found
    amounts = _amounts(one)
    return AnswerView(
        number=number,
        title=_title(one),
        stage=one.stage,
        event=one.event,
        occasions=_occasions(one),
        rows=occasions_at(opened, number),
        event_rows=occasions_at(opened, number, event=True),
        events=found.events,
        sentence=_sentence(one),
        against=_against(one),
        lost_sales=_lost_sentence(one, amounts.get((None, None))),
        sides=tuple(_side(row, amounts.get((str(row.where["side"]), None))) for row in found) if not found.reason else (),
        exposures=tuple(
            _exposure(opened, number, one, row, amounts.get((str(row.where["side"]), str(row.where["exposure"]))))
            for row in found.exposures
        ),
        placebo=tuple(_placebo(one, row) for row in found.placebo),
        reason=found.reason,
        notes=tuple(_readable(note) for note in found.notes),
    )


def _title(one: Answered) -> str:
    return f"{one.question[:1].upper()}{one.question[1:]}"


def _occasions(one: Answered) -> str:
    if one.since is None or one.until is None:
        return f"Of the source “{one.source}”."
    days = wording.days(date.fromisoformat(one.since), date.fromisoformat(one.until))
    return f"{wording.counted(one.found.n, 'occasion')} of the source “{one.source}”, {days}."


def _sentence(one: Answered) -> Sentence:
    found = one.found
    if found.reason:
        return spoken(f"It cannot be told: {bare(found.reason)}")
    said = _shares(one)
    if refused(found.placebo):
        after = wording.listed([_words(one, row) for row in found.placebo if row.failed])
        first = f"Whose they are *cannot be told*: what came only afterwards ({after}) goes along with the event as well. As computed: "
        return (*spoken(first), *said)
    doubtful = doubted(found.placebo)
    return (*said, *spoken(_caution(one, doubtful))) if doubtful else said


def _caution(one: Answered, doubtful: Sequence[PlaceboShare]) -> str:
    """What to read with an answer a placebo puts in doubt: what came only afterwards, and how much goes along with it."""
    after = wording.listed([f"{_words(one, row)} with {_share(row.share)} of the events ({_limits(row.share)})" for row in doubtful])
    return (
        f" *A caution*: what came only afterwards goes along with the event as well: {after}. That may be chance; if it is not, something "
        "that is not on record stands behind both."
    )


def _words(one: Answered, row: PlaceboShare) -> str:
    return bare(one.words(str(row.where["placebo"])))


def _shares(one: Answered) -> Sentence:
    """Events by side, in whole numbers."""
    found = one.found
    sides = [row for row in found if row.where["side"] != UNEXPLAINED and row.events]
    rest = found.side(UNEXPLAINED)
    if not sides:
        return spoken(f"Of *{wording.whole(found.events)}* none goes along with anything that was looked for.")
    listed = wording.listed([f"*{wording.whole(row.events or 0)}* with {_side_words(row)}" for row in sides])
    untold = [_side_words(row) for row in found if row.events is None]
    left = f", among them those with {wording.listed(untold)}, which *cannot be told*" if untold else ""
    return spoken(
        f"Of *{wording.whole(found.events)}* ({bare(one.event)}), {listed} are associated; "
        f"*{wording.whole(rest.events or 0)}* with none of what was looked for{left}."
    )


def _side_words(row: SideShare) -> str:
    side = str(row.where["side"])
    return "nobody’s area" if side == OTHER else bare(SIDES.get(side, side).lower())


def _against(one: Answered) -> Sentence:
    """Marketing or service, held against each other; else the first two sides. Nothing where a placebo failed, as the sentence says."""
    pairs = {(pair.where["side"], pair.where["against"]): pair for pair in one.found.pairs}
    pair = pairs.get(("marketing", "service")) or next(iter(pairs.values()), None)
    if pair is None or pair.difference.low is None or pair.difference.high is None:
        return ()
    first, second = (SIDES.get(str(pair.where[name]), str(pair.where[name])) for name in ("side", "against"))
    low, high = pair.difference.low, pair.difference.high
    if low <= 0 <= high:
        return spoken(f"{first} or {second.lower()}: *it cannot be told* which holds more.")
    more, less, least, most = (first, second, low, high) if low > 0 else (second, first, -high, -low)
    return spoken(
        f"{first} or {second.lower()}? *{more}* holds more than {less.lower()}, by {wording.percent(least)} to {wording.percent(most)} "
        "of the events."
    )


def _amounts(one: Answered) -> dict[tuple[str | None, str | None], Amount]:
    """Side and exposure to lost sales, rounded together: exposures add up to their side as printed, sides to all."""
    whole = whole_lost(one.lost_sales)
    places = {(row.where["side"], row.where["exposure"]): row.money for row in one.lost_sales}
    return {place: amount(money, whole[place]) for place, money in places.items()}


def _lost_sentence(one: Answered, in_all: Amount | None) -> Sentence:
    if in_all is None:
        return ()
    if in_all.value is None:
        return spoken(f"What it costs in margin *cannot be told*: {bare(in_all.method.removeprefix(f'{CANNOT_TELL}: '))}.")
    span = f" ({in_all.interval})" if in_all.interval else ""
    said = f"Margin of *{in_all.text}*{span} goes along with them, modelled: no cash, and no proof that mending them brings it back."
    return spoken(said)


def _side(row: SideShare, lost: Amount | None) -> SideRow:
    side = str(row.where["side"])
    aspect = ASPECTS.get(side)
    return SideRow(
        side=side,
        owner=Owner("none" if aspect is None else str(aspect), SIDES.get(side, side)),
        events=row.events,
        events_words=wording.UNKNOWN if row.events is None else wording.whole(row.events),
        share=row.share.value,
        share_words=wording.UNKNOWN if row.share.value is None else wording.percent(row.share.value),
        interval=_limits(row.share),
        lost_sales=lost,
        reason=row.reason,
    )


def _exposure(opened: OpenStudy, number: int, one: Answered, row: ExposureShare, lost: Amount | None) -> ExposureRow:
    name = str(row.where["exposure"])
    area = one.area(name)
    aspect = opened.study.reading.charter.aspect_of(area)
    return ExposureRow(
        exposure=name,
        words=one.words(name),
        owner=Owner("none" if aspect is None else str(aspect), area or "nobody’s area"),
        present=row.present,
        rows=occasions_at(opened, number, exposure=name),
        events_present=row.events_present,
        event_rows=occasions_at(opened, number, exposure=name, event=True),
        events=row.events,
        events_words=wording.UNKNOWN if row.events is None else wording.whole(row.events),
        share_words="" if row.share.value is None else wording.percent(row.share.value),
        interval=_limits(row.share),
        turned="" if row.turned.value is None else wording.percent(row.turned.value, 0),
        lost_sales=lost,
        reason=row.reason,
    )


def _placebo(one: Answered, row: PlaceboShare) -> PlaceboRow:
    return PlaceboRow(one.words(str(row.where["placebo"])), _share(row.share), _limits(row.share), _verdict(row))


def _verdict(row: PlaceboShare) -> str:
    """Whether a placebo is as it ought to be."""
    low, high = row.share.low, row.share.high
    if row.passed is None or low is None or high is None:
        return row.reason or "it cannot be told"
    if row.doubtful:
        return "it goes along, which may be chance: a caution"
    if not row.passed:
        return "it goes along, and ought not to"
    return "as it ought to be: nothing" if low <= 0 <= high else "no more than chance brings about among so many"


def _share(figure: Figure) -> str:
    return wording.UNKNOWN if figure.value is None else wording.percent(figure.value)


def _limits(figure: Figure) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return ""
    return f"{wording.percent(figure.low)} to {wording.percent(figure.high)}"


def _readable(note: str) -> str:
    return note[:1].upper() + note[1:]
