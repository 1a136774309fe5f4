"""What journeys give: frozen findings of steps, moves, variants, drop-off, conformance, cordon and scenarios.

The *journey* is what one customer, or one subject such as an order, went through: its interactions in order. (A *case* is something else
here: a customer matter being handled.) Durations are days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from troth.engine.findings import Figure


@dataclass(frozen=True, slots=True)
class Days:
    """How long something took, in days; ``None`` where it never happened.

    :param median: half took no longer. :param p90: nine of ten took no longer. Both are interpolated between neighbours.
    """

    median: float | None = None
    p90: float | None = None
    mean: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of interaction, or one stage, wherever it stands in a journey.

    :param events: interactions of it; where visits are merged, visits.
    :param journeys: journeys that hold it. :param people: different persons behind them; nobody is counted where nobody is named.
    :param starts: journeys that begin with it. :param ends: journeys it is the last of.
    :param repeats: events beyond the first of each journey (S0.4).
    :param waiting: from its end to the next step of the same journey.
    :param inside: from its first interaction to its last in a row; only where visits are merged.
    :param mapped: it is on the mapped journey; ``None`` where none is given.
    """

    step: str
    events: int
    journeys: int
    people: int
    starts: int
    ends: int
    repeats: int
    waiting: Days
    inside: Days
    mapped: bool | None


@dataclass(frozen=True, slots=True)
class Move:
    """One edge of the directly-follows graph: ``target`` came next after ``source`` in the same journey.

    :param moves: how often. :param journeys: in how many journeys. :param people: of how many persons.
    :param days: from the end of the one to the start of the other.
    :param allowed: the mapped journey holds it; ``None`` where none is given.
    """

    source: str
    target: str
    moves: int
    journeys: int
    people: int
    days: Days
    allowed: bool | None


@dataclass(frozen=True, slots=True)
class Variant:
    """One whole path, most walked first.

    :param path: its steps in order, joined by arrows; of a very long one the first, and how many more.
    :param steps: how many steps it has. :param days: from first to last interaction.
    :param share: of all journeys.
    """

    path: str
    steps: int
    journeys: int
    people: int
    share: Figure
    days: Days


@dataclass(frozen=True, slots=True)
class DropOff:
    """How many journeys went no further than one step.

    With a mapped list of steps a journey *reached* a step if it holds it, or passed it by: it holds an earlier and a later one, and the
    step may not be left out. Who entered at a later step never reached it. Without a list a journey reached what it holds, and dropped
    off at its last.

    :param dropped: went no further, and are not under way. :param people: different persons among them.
    :param under_way: went no further yet: too little time has passed since. They are not in the share.
    :param share: dropped of those reached and not under way; no data where journeys may end.
    :param entered: of those reached, journeys that hold no earlier step of the list; ``None`` without a list.
    """

    step: str
    reached: int
    went_on: int
    dropped: int
    people: int
    under_way: int
    share: Figure
    entered: int | None = None


@dataclass(frozen=True, slots=True)
class Deviation:
    """Journeys that leave the map in one way; one journey may do so in several.

    :param kind: ``skipped``, ``wrong order``, ``repeated``, ``not on the map``, ``move not on the map``, ``other start`` or ``other end``.
    :param step: which step; empty where the kind is about none.
    :param share: of all journeys.
    """

    kind: str
    step: str
    journeys: int
    people: int
    share: Figure


@dataclass(frozen=True, slots=True)
class Departure:
    """One place at which journeys leave the map: the step it happened at, what was to come next there, and what came instead.

    :param at: the step; empty where the journey began so. :param expected: what the map lets come next, in its order.
    :param may_end: the map lets a journey end there. :param instead: what came; empty where nothing did.
    :param kind: ``skipped`` (a later step came), ``wrong order`` (an earlier one), ``repeated``, ``not on the map``,
        ``move not on the map``, ``other start`` or ``other end``.
    :param journeys: that left it so, however often. :param people: different persons behind them. :param share: of all journeys.
    """

    at: str
    expected: tuple[str, ...]
    may_end: bool
    instead: str
    kind: str
    journeys: int
    people: int
    share: Figure


@dataclass(frozen=True, slots=True)
class Conformance:
    """Journeys against the journey on the wall (S2.11). conforming + stopped_early + deviating + under_way = journeys.

    :param mapped: its steps. :param conforming: walked it from a start to an end with no other move.
    :param stopped_early: no other move, but no end. :param under_way: likewise, and may still go on.
    :param share: conforming of all that are not under way.
    :param fitness: mean over journeys of moves on the map over moves made, entering and leaving counted as moves.
    """

    mapped: tuple[str, ...]
    conforming: int
    stopped_early: int
    deviating: int
    under_way: int
    share: Figure
    fitness: Figure


@dataclass(frozen=True, slots=True)
class Contact:
    """Interactions at one touchpoint.

    :param marketing: it is marketing's (aspect brand); ``None`` where the charter does not say whose it is.
    :param mapped: it is on the map.
    """

    touchpoint: str
    interactions: int
    marketing: bool | None
    mapped: bool


@dataclass(frozen=True, slots=True)
class Cordon:
    """Is life-cycle work fenced off to marketing's touchpoints (S0.13)?

    :param share: of interactions at touchpoints that are not marketing's, those at touchpoints that are not on the map.
        1 means that the map holds marketing's touchpoints alone.
    :param observed: interactions at touchpoints that are not marketing's; ``mapped`` of them stand on the map.
    :param unknown: interactions without a touchpoint; in neither.
    """

    share: Figure
    observed: int
    mapped: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Quality:
    """Quality of customer experience of one scenario, end to end (S1.4; metrics M15 and M16).

    :param where: the slice. :param started: journeys that began it.
    :param open: of them, no goal yet and time left; not in the rates.
    :param succeeded: goal reached in time, every step done and well, and nothing that stops the show before it.
    :param end_to_end: succeeded of started and not open: what customers saw.
    :param product: product of the rates of the steps: what end to end would be if steps failed independently.
    :param mean_step: mean of the rates of the steps: what audits of each step report.
    :param weakest: step with the lowest rate.
    :param failed: reason to journeys that failed by it; one may fail by several.
    :param goal_median: days until half of all that started have reached the goal (Kaplan-Meier, those without it followed to the as-of
        instant).
    :param goal_p90: likewise nine of ten; ``None``: not reached.
    :param effort: mean interactions from start to goal, of those that reached it.
    :param steps: rate of each step: of those that came to it, who did it, and well.
    """

    where: Mapping[str, Any]
    scenario: str
    started: int
    open: int
    succeeded: int
    end_to_end: Figure
    product: float | None
    mean_step: float | None
    weakest: str | None
    failed: Mapping[str, int]
    goal_median: float | None
    goal_p90: float | None
    effort: float | None
    steps: Mapping[str, Figure]
