"""The journeys behind a number of Journeys: exactly those it counts, each with whose it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import ibis.expr.types as ir
from django.urls import reverse

from troth.engine.history import HISTORY_FILE, INTERACTION
from troth.engine.journeys.studying import WALKS
from troth.terms.errors import RequestError, did_you_mean
from troth.workspace.desks.paging import ROWS, pages_of
from troth.workspace.desks.walk_contexts import WalkRow, WalksPage
from troth.workspace.desks.whom import customer_at
from troth.workspace.parts import wording
from troth.workspace.studies.contexts import head_of
from troth.workspace.studies.questions import address, whole_number
from troth.workspace.studies.reading import OpenStudy

MOVES, VARIANT, DEPARTURE, DEVIATION, TOUCHPOINT = "moves", "variant", "departure", "deviation", "touchpoint"
REACHED = "reached"
PLACES = {
    "dropped": "that went no further than “{}”",
    REACHED: "that came to “{}”, or to a later step of the map",
    "went_on": "that went on from “{}”",
    "under_way": "that came to “{}”, and are under way",
}
WORDS = {
    MOVES: "from “{}” to “{}”",
    VARIANT: "that walked path {}",
    DEPARTURE: "that left the map at “{}”, where “{}” came instead",
    DEVIATION: "that left the map: {}",
    TOUCHPOINT: "at the touchpoint “{}”",
}
"""What is asked for, in words."""

NOUNS = {MOVES: "move", TOUCHPOINT: "interaction"}
"""What is listed where it is no whole journey: what happened at one moment."""

KINDS = (*PLACES, *WORDS)
NOT_KEPT = "this study keeps no rows of its journeys; run it again, to have them here."


class UnknownWalksError(RequestError):
    """Journeys whose rows the study does not keep."""

    status = 404


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which journeys are asked for.

    :param of: one of :data:`KINDS`. :param step: the step, the number of the path from 1, the kind of deviation, or the touchpoint;
        empty for a departure at the start. :param to: the step a move or a departure went to, or that a deviation is about.
    """

    of: str
    step: str
    to: str = ""


def walks_at(opened: OpenStudy, of: str, step: str, to: str = "", *, count: int = 1) -> str:
    """Address of the journeys behind a number; empty where it is 0, or where the study does not keep their rows."""
    if not count or not (opened.study.reading.folder / (HISTORY_FILE if of == TOUCHPOINT else WALKS)).is_file():
        return ""
    study = None if opened.entry.current else opened.number
    return address(reverse("desks:walks"), None, of=of, step=step, to=to, study=study)


def walks_page(opened: OpenStudy, asked: Wanted, number: int) -> WalksPage:
    """The journeys asked for, the latest first, a page at a time.

    :raises UnknownWalksError: the study keeps no rows of them. :raises RequestError: there is no such step, path or deviation.
    """
    rows, moments = _asked(opened, asked), asked.of in NOUNS
    count = opened.remembered(("walks", asked), lambda: int(rows.count().to_pyarrow().as_py()))
    here = walks_at(opened, asked.of, asked.step, asked.to)
    pages = pages_of(count, number, lambda n: f"{here}&page={n}")
    first = "at" if moments else "start"
    found = rows.order_by([rows[first].desc(), "journey"]).limit(ROWS, offset=(pages.number - 1) * ROWS).to_pyarrow().to_pylist()
    return WalksPage(
        study=head_of(opened, "desks:journeys"),
        title=wording.counted(count, NOUNS.get(asked.of, "journey")),
        of=_of(opened, asked),
        moments=moments,
        back=address(reverse("desks:journeys"), None, study=None if opened.entry.current else opened.number),
        rows=tuple(_row(opened, row, first) for row in found),
        pages=pages,
    )


def _of(opened: OpenStudy, asked: Wanted) -> str:
    """What they have in common, in words."""
    if asked.of == DEVIATION:
        return WORDS[DEVIATION].format(f"{asked.step}, “{asked.to}”" if asked.to else asked.step)
    if asked.of == DEPARTURE and not asked.step:
        return f"that began off the map, with “{asked.to}”"
    if asked.of == REACHED and not opened.journey_map().steps:
        return f"that came to “{asked.step}”"
    return {**PLACES, **WORDS}[asked.of].format(asked.step, asked.to)


def _asked(opened: OpenStudy, asked: Wanted) -> ir.Table:
    if asked.of not in KINDS:
        raise RequestError(f"there are no journeys “{asked.of[:40]}”.", place="of", mend=did_you_mean(asked.of, KINDS))
    if not (asked.step or (asked.of == DEPARTURE and asked.to)):
        raise RequestError("the step is missing.", place="step", mend="open a number of Journeys.")
    if asked.of == TOUCHPOINT:
        return _met_at(opened, asked.step)
    walked = opened.study.reading.walked
    if walked is None:
        raise UnknownWalksError("there are no rows of journeys.", place="study", mend=NOT_KEPT)
    nothing: dict[str, Any] = {"step": None, "move": None, "variant": None, "places": {}, "deviation": None, "departure": None}
    more: Mapping[str, Callable[[], dict[str, Any]]] = {
        VARIANT: lambda: {"variant": whole_number(asked.step, "step", otherwise=1) - 1},
        DEPARTURE: lambda: {"departure": (asked.step, asked.to)},
        DEVIATION: lambda: {"deviation": (asked.step, asked.to) if asked.to else asked.step},
    }
    if asked.of == MOVES:
        return walked.moves(asked.step, asked.to)
    return walked.table(**{**nothing, **(more[asked.of]() if asked.of in more else {"places": {asked.of: asked.step}})})


def _met_at(opened: OpenStudy, touchpoint: str) -> ir.Table:
    """The interactions at a touchpoint, those of no journey among them."""
    history = opened.study.reading.history
    known = [row.touchpoint for row in opened.journeys().touchpoints]
    if history is None or touchpoint not in known:
        raise RequestError(f"there is no touchpoint “{touchpoint[:40]}”.", place="step", mend=did_you_mean(touchpoint, known))
    rows = history.filter((history.tells == INTERACTION) & (history.touchpoint == touchpoint))
    return rows.select(journey=rows.subject.cast("string").fill_null(""), person=rows.customer.cast("string"), at=rows["at"])


def _row(opened: OpenStudy, row: Mapping[str, Any], first: str) -> WalkRow:
    return WalkRow(
        journey=str(row["journey"]),
        who=row["person"] or "",
        address=customer_at(opened, row["person"]) if row["person"] else "",
        began=_moment(opened, row[first]),
        ended=_moment(opened, row["end"]) if "end" in row else "",
        steps=row.get("events"),
    )


def _moment(opened: OpenStudy, at: datetime) -> str:
    return f"{at.replace(tzinfo=UTC).astimezone(opened.zone):%Y-%m-%d %H:%M}"
