"""Journeys: what did customers go through, and where did they go no further?"""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from troth.engine.charts import fill
from troth.engine.charts.dropping import drop_off_rows
from troth.engine.charts.flowing import flow
from troth.engine.findings import Figure
from troth.engine.journeys import Journeys
from troth.engine.journeys.findings import Contact, Departure, Deviation, DropOff, Move, Quality, Variant
from troth.engine.journeys.mapped import END, MAY_END, OFF, OFF_MOVE, ORDER, REPEATED, SKIPPED, START
from troth.engine.journeys.paths import ARROW
from troth.terms.errors import RequestError
from troth.terms.journeys import SUBJECT, JourneyMap
from troth.workspace.desks.contexts import Sentence
from troth.workspace.desks.journey_contexts import (
    DepartureRow,
    DeviationRow,
    DropRow,
    JourneysPage,
    MoveRow,
    ScenarioRow,
    ScenarioStep,
    Share,
    TouchpointRow,
    VariantRow,
)
from troth.workspace.desks.sentences import bare, plain, spoken
from troth.workspace.desks.walks import walks_at
from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Link, Picture
from troth.workspace.studies.behind.walks import DEPARTURE, DEVIATION, PLACES, TOUCHPOINT, VARIANT
from troth.workspace.studies.behind.walks import MOVES as EACH_MOVE
from troth.workspace.studies.contexts import head_of
from troth.workspace.studies.questions import address
from troth.workspace.studies.reading import OpenStudy

WIDE, NARROW = 520.0, 330.0
"""Pixels a picture is laid out for."""

BARS_WIDE, BARS_NARROW = 940, 170
MOST_MOVES, MOST_VARIANTS = 20, 12
MOVES = "moves"
EXPORTED = {
    "moves": "Moves",
    "variants": "Variants",
    "drop-off": "Drop-off",
    "departures": "Where the map is left",
    "deviations": "Ways off the map",
    "scenarios": "Scenarios",
}
MOST_DEPARTURES = 12

DEVIATIONS = {
    SKIPPED: "Left out “{}” and came to a later step",
    ORDER: "Came to “{}” after a later step",
    REPEATED: "Came to “{}” more than once",
    OFF: "Took a step that is not on the map",
    OFF_MOVE: "Made a move that is not on the map",
    START: "Began elsewhere than the map",
    END: "Ended elsewhere than the map",
}


def journeys_page(opened: OpenStudy) -> JourneysPage:
    """All that the study says of journeys."""
    found, wall = opened.journeys(), opened.journey_map()
    drops = tuple(_drop(opened, row) for row in found.drop_off) if found.journeys else ()
    moves = found.moves.rows[:MOST_MOVES]
    return JourneysPage(
        study=head_of(opened, "desks:journeys"),
        sentence=headline(found),
        drop_sentence=_drop_sentence(found.drop_off.rows),
        journeys=found.journeys,
        people=found.people,
        read=found.read,
        used=found.used,
        followed=_followed(wall),
        mapped=found.conformance is not None,
        picture=_picture(found),
        legend=_legend(found),
        moves=tuple(_move(opened, row) for row in moves),
        drops_picture=_drops_picture(found, drops),
        drops=drops,
        drops_note=_drops_note(found, wall),
        variants=tuple(_variant(opened, rank, row) for rank, row in enumerate(found.variants.rows[:MOST_VARIANTS], start=1)),
        variants_note=_variants_note(found),
        conformance=_conformance(found),
        departures=tuple(_departure(opened, row) for row in found.departures.rows[:MOST_DEPARTURES]),
        departures_note=f"The {MOST_DEPARTURES} most taken; the files hold more." if len(found.departures) > MOST_DEPARTURES else "",
        deviations=tuple(_deviation(opened, row) for row in found.deviations),
        scenarios=tuple(_scenario(row, wall) for row in found.scenarios),
        cordon=_cordon(found),
        touchpoints=tuple(_touchpoint(opened, row) for row in found.touchpoints),
        notes=found.notes,
        life_cycle=address(reverse("desks:life-cycle"), None, study=None if opened.entry.current else opened.number),
        exports=_exports(opened, found),
    )


def journeys_records(opened: OpenStudy, of: str) -> list[dict[str, object]]:
    """One of the tables as plain records.

    :raises RequestError: there is no such table, or nothing in it.
    """
    told = opened.journeys().table_of(of)
    if not told.rows:
        raise RequestError(f"there are no {of} to take along.", place="of", mend="; ".join(told.notes) or None)
    return [{name: _flat(value) for name, value in record.items()} for record in told.records()]


def headline(found: Journeys) -> Sentence:
    """What became of the journeys, in whole numbers."""
    if not found.journeys:
        return spoken("No journey is on record, so there is nothing to follow yet.")
    whole = f"*{wording.counted(found.journeys, 'journey')}* of {wording.counted(found.people, 'person on record', 'people on record')}"
    fit = found.conformance
    if fit is not None:
        return spoken(
            f"Of {whole}, *{wording.whole(fit.conforming)}* went straight to an end of the map, *{wording.whole(fit.stopped_early)}* "
            f"stopped on the way, *{wording.whole(fit.deviating)}* left the map, and *{wording.whole(fit.under_way)}* are under way."
        )
    first = found.variants[0]
    often = f"*{wording.whole(first.journeys)}* walked the most frequent path, {_quoted(first.path)}"
    return spoken(f"Of {whole}, {often}; there are {wording.counted(found.variant_count, 'path')} in all.")


def took(days: float | None) -> str:
    """How long something took, in words."""
    return wording.UNKNOWN if days is None else "at once" if days == 0 else wording.level(days, "days")


def share_of(figure: Figure) -> Share:
    """A share with its interval; where there is none, why."""
    text = wording.percent(figure.value) if figure.value is not None else (figure.method if figure.n else wording.NO_DATA)
    return Share(
        text=figure.method if figure.method == MAY_END else text,
        interval=wording.span(figure.low, figure.high, share=True),
        value=figure.value,
        low=figure.low,
        high=figure.high,
        n=figure.n,
        method=figure.method,
    )


def _drop_sentence(rows: Sequence[DropOff]) -> Sentence:
    """Where most went no further, of the steps at which that is a loss."""
    lost = [row for row in rows if row.dropped and row.share.method != MAY_END]
    if not lost:
        return ()
    worst = max(lost, key=lambda row: row.dropped)
    ended = worst.reached - worst.under_way
    people = f", {wording.counted(worst.people, 'person', 'people')} on record among them" if worst.people else ""
    return spoken(
        f"Most went no further after “{bare(worst.step)}”: *{wording.whole(worst.dropped)}* of {wording.whole(ended)} that came so far"
        f"{people}. That says where, and not why."
    )


def _followed(wall: JourneyMap) -> str:
    whose = (
        "A journey is what happened about one subject of one customer, such as an order"
        if wall.follow == SUBJECT
        else "A journey is all that happened to one customer"
    )
    return f"{whose}; a step is the {wall.step} of an interaction."


def _picture(found: Journeys) -> Picture | None:
    if not found.steps.rows:
        return None
    wide, narrow = (flow(found.steps.rows, found.moves.rows, width=width) for width in (WIDE, NARROW))
    first = found.moves[0] if found.moves.rows else None
    told = "" if first is None else f" The move most made: from {first.source} to {first.target}, {first.moves:,} times."
    return Picture(
        f"{wording.counted(len(wide.steps), 'step')}, and the moves between them.{told}",
        fill("flow", wide.rows, width=WIDE, height=wide.height, limit=WIDE * 0.335),
        fill("flow", narrow.rows, width=NARROW, height=narrow.height, limit=NARROW * 0.335),
    )


def _legend(found: Journeys) -> str:
    if not found.steps.rows:
        return ""
    drawn = flow(found.steps.rows, found.moves.rows, width=WIDE)
    total = sum(row.moves for row in found.moves)
    pairs = set(drawn.moves)
    shown = sum(row.moves for row in found.moves if (row.source, row.target) in pairs)
    kept = (
        f"Lines hold {wording.percent(shown / total)} of the moves listed; rarer ones, and a step after itself, are not drawn."
        if total
        else ""
    )
    detours = " What is not on the map is dashed, and stands to the right." if any(row.mapped is False for row in found.steps) else ""
    thick = "The thicker a line, the more often the move was made."
    return f"From top to bottom, in an order in which few moves go back. {thick}{detours} {kept}"


def _move(opened: OpenStudy, row: Move) -> MoveRow:
    place = "" if row.allowed is None else "on the map" if row.allowed else "off the map"
    return MoveRow(
        source=row.source,
        target=row.target,
        moves=row.moves,
        rows=walks_at(opened, EACH_MOVE, row.source, row.target, count=row.moves),
        journeys=row.journeys,
        people=row.people,
        median=took(row.days.median),
        p90=took(row.days.p90),
        median_days=row.days.median,
        p90_days=row.days.p90,
        place=place,
    )


def _drop(opened: OpenStudy, row: DropOff) -> DropRow:
    return DropRow(
        step=row.step,
        reached=row.reached,
        entered=row.entered or 0,
        rows={what: walks_at(opened, what, row.step, count=getattr(row, what)) for what in PLACES},
        went_on=row.went_on,
        dropped=row.dropped,
        people=row.people,
        under_way=row.under_way,
        share=share_of(row.share),
        ends=row.share.method == MAY_END,
    )


def _drops_picture(found: Journeys, drops: Sequence[DropRow]) -> Picture | None:
    if found.conformance is None or not drops:
        return None
    rows = drop_off_rows(found.drop_off)
    return Picture(
        f"{plain(_drop_sentence(found.drop_off.rows)) or 'Nobody dropped off.'}",
        fill("drop-off", rows, width=BARS_WIDE),
        fill("drop-off", rows, width=BARS_NARROW),
    )


def _drops_note(found: Journeys, wall: JourneyMap) -> str:
    silent = (
        f"A journey is under way until {wording.level(wall.patience, 'days')} have passed without an interaction." if wall.patience else ""
    )
    if found.conformance is None:
        return f"No journey is mapped: a journey went no further than its last step, wherever that is. {silent}"
    return f"Along the map: who passed a step by reached it, unless it may be left out; who entered at a later one did not. {silent}"


def _variant(opened: OpenStudy, rank: int, row: Variant) -> VariantRow:
    return VariantRow(
        steps=tuple(row.path.split(ARROW)),
        journeys=row.journeys,
        rows=walks_at(opened, VARIANT, str(rank), count=row.journeys),
        people=row.people,
        share=share_of(row.share),
        median=took(row.days.median),
        p90=took(row.days.p90),
    )


def _variants_note(found: Journeys) -> str:
    listed = found.variants.rows[:MOST_VARIANTS]
    rest = found.variant_count - len(listed)
    if not rest:
        return f"{wording.counted(found.variant_count, 'path')} in all."
    held = found.journeys - sum(row.journeys for row in listed)
    return f"The other {wording.counted(rest, 'path')} hold {wording.counted(held, 'journey')}."


def _conformance(found: Journeys) -> Sentence:
    fit = found.conformance
    if fit is None:
        return ()
    limits = wording.span(fit.share.low, fit.share.high, share=True)
    told = f"*{wording.percent(fit.share.value)}*" + (f" ({limits})" if limits else "") if fit.share.value is not None else "no rate"
    steps = wording.listed([_quoted(step) for step in fit.mapped])
    return spoken(
        f"The map: {steps}. Of the journeys that are not under way, {told} walked it from a start to an end with no other move. "
        f"Of all moves made, entering and leaving counted, {wording.percent(fit.fitness.value)} are on it, on average over journeys."
    )


def _departure(opened: OpenStudy, row: Departure) -> DepartureRow:
    expected = [*row.expected, *(["the end"] if row.may_end else [])]
    words = wording.listed(expected, "or") or "nothing further"
    rows = walks_at(opened, DEPARTURE, row.at, row.instead, count=row.journeys)
    return DepartureRow(row.at, row.expected, words, row.instead, row.kind, row.journeys, rows, row.people, share_of(row.share))


def _deviation(opened: OpenStudy, row: Deviation) -> DeviationRow:
    rows = walks_at(opened, DEVIATION, row.kind, row.step, count=row.journeys)
    return DeviationRow(DEVIATIONS[row.kind].format(row.step), row.kind, row.step, row.journeys, rows, row.people, share_of(row.share))


def _scenario(row: Quality, wall: JourneyMap) -> ScenarioRow:
    within = next((one.within for one in wall.scenarios if one.name == row.scenario), None)
    return ScenarioRow(
        name=row.scenario,
        path=ARROW.join(row.steps),
        within="" if within is None else wording.level(within, "days"),
        started=row.started,
        open=row.open,
        succeeded=row.succeeded,
        end_to_end=share_of(row.end_to_end),
        mean_step=wording.percent(row.mean_step),
        product=wording.percent(row.product),
        weakest=row.weakest or "",
        goal="not yet" if row.goal_median is None else took(row.goal_median),
        reasons=tuple(f"{reason}: {wording.whole(count)}" for reason, count in row.failed.items()),
        steps=tuple(ScenarioStep(step, share_of(figure)) for step, figure in row.steps.items()),
    )


def _cordon(found: Journeys) -> Sentence:
    fence = found.cordon
    if fence is None:
        return ()
    if not fence.observed:
        return spoken("No interaction is on record at a touchpoint that is not marketing's.")
    outside = fence.observed - fence.mapped
    share = share_of(fence.share)
    limits = f" ({share.interval})" if share.interval else ""
    return spoken(
        f"Of *{wording.counted(fence.observed, 'interaction')}* at touchpoints that are not marketing's, *{wording.whole(outside)}* "
        f"lie outside the map, the charter's touchpoints: {share.text}{limits}."
    )


def _touchpoint(opened: OpenStudy, row: Contact) -> TouchpointRow:
    rows = walks_at(opened, TOUCHPOINT, row.touchpoint, count=row.interactions)
    return TouchpointRow(row.touchpoint, row.interactions, rows, _whose(row), "on the map" if row.mapped else "outside it")


def _whose(row: Contact) -> str:
    return "not in the charter" if row.marketing is None else "marketing's" if row.marketing else "not marketing's"


def _exports(opened: OpenStudy, found: Journeys) -> tuple[Link, ...]:
    study = None if opened.entry.current else opened.number
    path = reverse("desks:journeys")
    told = [name for name in EXPORTED if found.table_of(name).rows]
    files = [
        Link(f"{EXPORTED[name]} as CSV", address(path, None, of=None if name == MOVES else name, format="csv", study=study))
        for name in told
    ]
    return (*files, Link("All as JSON", address(path, None, format="json", study=study))) if files else ()


def _quoted(name: str) -> str:
    return f"“{bare(name)}”"


def _flat(value: object) -> object:
    return ARROW.join(map(str, value)) if isinstance(value, list | tuple) else value
