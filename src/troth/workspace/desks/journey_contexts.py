"""What the page of journeys receives, for HTML and for ``?format=json`` alike."""

from __future__ import annotations

from dataclasses import dataclass

from troth.workspace.desks.contexts import Sentence
from troth.workspace.parts.contexts import Link, Picture, told
from troth.workspace.studies.contexts import Head


@dataclass(frozen=True, slots=True)
class Share:
    """A share of journeys or interactions."""

    text: str = told("the share as the page prints it; why there is none, where there is none")
    interval: str = told("95% limits as the page prints them; empty where there are none")
    value: float | None = told("the share; null where there is none")
    low: float | None = told("lower 95% limit")
    high: float | None = told("upper 95% limit")
    n: int = told("how many it rests on")
    method: str = told("how the interval was had")


@dataclass(frozen=True, slots=True)
class MoveRow:
    """What came next after what."""

    source: str = told("the step before")
    target: str = told("the step that came next")
    moves: int = told("how often")
    rows: str = told("address of each time; empty where they cannot be opened")
    journeys: int = told("in how many journeys")
    people: int = told("of how many persons on record")
    median: str = told("half came next after no longer than this, in words")
    p90: str = told("nine of ten came next after no longer than this, in words")
    median_days: float | None = told("the median in days")
    p90_days: float | None = told("the 90% quantile in days")
    place: str = told("on the map, or a detour; empty where nothing is mapped")


@dataclass(frozen=True, slots=True)
class DropRow:
    """How many journeys went no further than one step."""

    step: str = told("the step")
    reached: int = told("journeys that came to it, or passed it by on the map; not those that entered behind it")
    entered: int = told("of these, journeys that hold no earlier step of the map; 0 where none is mapped")
    rows: dict[str, str] = told("reached, went_on, under_way and dropped to the address of these; empty where they cannot be opened")
    went_on: int = told("those that went on")
    dropped: int = told("those that went no further, and are not under way")
    people: int = told("persons on record behind them")
    under_way: int = told("those that went no further yet, and may still")
    share: Share = told("went no further, of those that came and are not under way")
    ends: bool = told("the map ends here, so going no further is no loss")


@dataclass(frozen=True, slots=True)
class VariantRow:
    """One whole path."""

    steps: tuple[str, ...] = told("its steps in order; of a very long one the first, and how many more")
    journeys: int = told("journeys that walked it")
    rows: str = told("address of these; empty where they cannot be opened")
    people: int = told("persons on record behind them")
    share: Share = told("of all journeys")
    median: str = told("from first to last step, half took no longer, in words")
    p90: str = told("likewise nine of ten")


@dataclass(frozen=True, slots=True)
class DepartureRow:
    """One place at which journeys leave the map."""

    at: str = told("the step it happened at; empty where the journey began so")
    expected: tuple[str, ...] = told("what the map lets come next there")
    expected_words: str = told("the same in words, the end among them where the map lets a journey end there")
    instead: str = told("what came instead; empty where nothing did")
    kind: str = told("skipped, wrong order, repeated, not on the map, move not on the map, other start or other end")
    journeys: int = told("journeys that left it so")
    rows: str = told("address of these; empty where they cannot be opened")
    people: int = told("persons on record behind them")
    share: Share = told("of all journeys")


@dataclass(frozen=True, slots=True)
class DeviationRow:
    """One way to leave the map."""

    words: str = told("what those journeys did")
    kind: str = told("skipped, wrong order, repeated, not on the map, move not on the map, other start or other end")
    step: str = told("which step; empty where it is about none")
    journeys: int = told("journeys that did")
    rows: str = told("address of these; empty where they cannot be opened")
    people: int = told("persons on record behind them")
    share: Share = told("of all journeys")


@dataclass(frozen=True, slots=True)
class ScenarioStep:
    """One step of a scenario."""

    step: str = told("the step")
    share: Share = told("of those that came to it, who did it, and well")


@dataclass(frozen=True, slots=True)
class ScenarioRow:
    """What customers set out to do, end to end."""

    name: str = told("what people call it")
    path: str = told("its steps in order")
    within: str = told("the time the customer gives it, in words; empty where there is no limit")
    started: int = told("journeys that began it")
    open: int = told("of them, no goal yet and time left; in no rate")
    succeeded: int = told("goal in time, every step done and well, nothing in the way")
    end_to_end: Share = told("succeeded of started and not open")
    mean_step: str = told("mean of the rates of the steps: what audits of one step at a time report")
    product: str = told("product of the rates of the steps: end to end, if steps failed apart from each other")
    weakest: str = told("the step with the lowest rate; empty where none can be told")
    goal: str = told("when half of all that started had the goal, in words")
    reasons: tuple[str, ...] = told("by what journeys failed, with how many; one may fail by several")
    steps: tuple[ScenarioStep, ...] = told("the rate of each step")


@dataclass(frozen=True, slots=True)
class TouchpointRow:
    """Interactions at one touchpoint."""

    name: str = told("the touchpoint")
    interactions: int = told("interactions there")
    rows: str = told("address of these; empty where they cannot be opened")
    whose: str = told("marketing's, not marketing's, or unknown to the charter")
    mapped: str = told("on the map or outside it")


@dataclass(frozen=True, slots=True)
class JourneysPage:
    """What did customers go through, and where did they go no further?"""

    study: Head = told("which study this is")
    sentence: Sentence = told("the answer in whole numbers")
    drop_sentence: Sentence = told("where most journeys went no further; empty where none did")
    journeys: int = told("how many there are")
    people: int = told("persons on record behind them")
    read: int = told("interactions read: those used, and those set aside")
    used: int = told("interactions used")
    followed: str = told("whose journeys they are, and what a step is")
    mapped: bool = told("whether a journey is mapped")
    picture: Picture | None = told("the steps, and the moves between them; null where there are none")
    legend: str = told("how to read the picture, and what it leaves out")
    moves: tuple[MoveRow, ...] = told("the moves most made")
    drops_picture: Picture | None = told("drop-off step by step; null where nothing is mapped")
    drops: tuple[DropRow, ...] = told("where journeys went no further")
    drops_note: str = told("how the drop-off is read")
    variants: tuple[VariantRow, ...] = told("the paths most walked")
    variants_note: str = told("how many paths there are, and what the others hold")
    conformance: Sentence = told("how many walked the map; empty where nothing is mapped")
    departures: tuple[DepartureRow, ...] = told("where journeys leave the map, most journeys first")
    departures_note: str = told("how many more places there are; empty where all are listed")
    deviations: tuple[DeviationRow, ...] = told("ways to leave the map, most journeys first")
    scenarios: tuple[ScenarioRow, ...] = told("what customers set out to do, end to end")
    cordon: Sentence = told("does the map end where marketing does; empty without a charter of touchpoints")
    touchpoints: tuple[TouchpointRow, ...] = told("interactions by touchpoint, most first")
    notes: tuple[str, ...] = told("what must be read beside the numbers")
    life_cycle: str = told("address of the page of the life cycle, stage by stage")
    exports: tuple[Link, ...] = told("the tables as files")
