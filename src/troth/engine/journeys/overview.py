"""All that is told of journeys, in one call: ``troth.journeys``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from html import escape
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.findings import Figure, Findings
from troth.engine.journeys.cordon import cordon as cordon_of
from troth.engine.journeys.departures import (
    NOWHERE,
    Off,
    at_an_edge,
    conditions,
    departures,
    flags,
    in_words,
    moves_off,
    shares_of_departures,
    times,
)
from troth.engine.journeys.findings import Conformance, Contact, Cordon, Departure, Deviation, DropOff, Move, Quality, Step, Variant
from troth.engine.journeys.log import LATER, Log, codes_of_names, in_order, read_log, ties_settled_by
from troth.engine.journeys.mapped import (
    OnMap,
    at_once,
    came_to,
    compared,
    conformance,
    deviations_of,
    drop_off,
    dropped_at,
    mapped_journey,
    of_steps,
    on_map,
    shares_of_drop_off,
    shares_of_map,
    silent_since,
)
from troth.engine.journeys.moves import moves_told, steps_told
from troth.engine.journeys.paths import Packing, journeys_of, most_walked, of_variant, packing, shares_of_variants, variants
from troth.engine.journeys.scenarios import qualities
from troth.engine.journeys.shares import Wanted, shares
from troth.engine.promises.contract import as_table
from troth.engine.promises.slices import names_of
from troth.terms.charter import Charter, in_force
from troth.terms.errors import RequestError, did_you_mean
from troth.terms.instants import When
from troth.terms.journeys import MOST_DAYS, Scenario

TOP = 500
TOP_VARIANTS = 25
MOST_TOP = 10_000
MOST_VARIANTS = 200
"""Each variant listed is a condition of its own in a query."""


TABLES = ("moves", "steps", "variants", "drop-off", "conformance", "departures", "deviations", "scenarios", "cordon", "touchpoints")
"""The tables of journeys by the names people ask for."""

MOST_SAID = 10
"""Places at which journeys leave the map that are said beside conformance."""

NOT_TOLD = {
    "moves": "Every journey is one step long.",
    "conformance": "No journey is mapped: [[steps]] in journeys.toml, or mapped=, say which one stands on the wall.",
    "departures": "No journey leaves a map; where none is given, none can.",
    "deviations": "No journey leaves a map; where none is given, none can.",
    "scenarios": "No scenario is given: [[scenarios]] in journeys.toml, or scenarios=, say what customers set out to do.",
    "cordon": "The cordon needs a charter with touchpoints.",
    "touchpoints": "The cordon needs a charter with touchpoints.",
}
"""Why a table is empty though there are journeys."""


@dataclass(frozen=True, slots=True)
class Journeys:
    """What customers went through, step by step. Prints as tables, each beneath its name; :meth:`behind` gives the people.

    :param read: rows of the table = used + set_aside. :param set_aside: reason to rows.
    :param journeys: how many there are. :param people: different persons behind them. :param anonymous: journeys of nobody known.
    :param repeating: share of journeys in which some step occurs more than once (rework).
    :param steps: kinds of interaction. :param moves: the directly-follows graph. :param variants: whole paths; ``variant_count`` in all.
    :param drop_off: where journeys went no further. :param conformance: against the mapped journey; ``None`` where none was given.
    :param departures: where they leave it: at which step, what was to come there, what came instead.
    :param deviations: from it, by kind and step.
    :param cordon: of the charter's touchpoints (S0.13); ``None`` without a charter.
    :param touchpoints: what it counted. :param scenarios: end to end (S1.4).
    :param notes: what must be read beside it.
    """

    read: int
    used: int
    set_aside: Mapping[str, int]
    journeys: int
    people: int
    anonymous: int
    repeating: Figure
    steps: Findings[Step]
    moves: Findings[Move]
    variants: Findings[Variant]
    variant_count: int
    drop_off: Findings[DropOff]
    conformance: Conformance | None
    departures: Findings[Departure]
    deviations: Findings[Deviation]
    cordon: Cordon | None
    touchpoints: Findings[Contact]
    scenarios: Findings[Quality]
    notes: tuple[str, ...]
    _behind: Behind | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        """Every table for people, each beneath its name."""
        tables = [line for name, table in _sections(self) for line in ("", name, repr(table))]
        return "\n".join([self.headline, *(f"· {note}" for note in self.notes), *tables])

    def _repr_html_(self) -> str:
        """The same in a notebook."""
        tables = [f"<h4>{escape(name)}</h4>{table._repr_html_()}" for name, table in _sections(self)]
        return f"<p>{self.headline}</p>" + "".join(f"<p>{escape(note)}</p>" for note in self.notes) + "".join(tables)

    @property
    def headline(self) -> str:
        """How many there are."""
        if not self.journeys:
            return f"Cannot tell: there is no journey, for {'no row is used' if self.read else 'there are no rows'}."
        return f"{self.journeys:,} journeys of {self.people:,} people"

    def table_of(self, name: str) -> Findings[Any]:
        """One of the tables; a note says why where it cannot be had.

        :param name: ``moves``, ``steps``, ``variants``, ``drop-off``, ``conformance``, ``departures``, ``deviations``, ``scenarios``,
            ``cordon`` or ``touchpoints``.
        :raises RequestError: there is no such table.
        """
        if name not in TABLES:
            raise RequestError(f"There is no table “{name}” of journeys.", place="of", mend=did_you_mean(name, TABLES))
        held = getattr(self, name.replace("-", "_"))
        if isinstance(held, Findings):
            missing = self.journeys and not held.rows
        else:
            places = tuple(in_words(one) for one in self.departures.rows[:MOST_SAID]) if name == "conformance" else ()
            held, missing = Findings(() if held is None else (held,), (), places), self.journeys and held is None
        return Findings(held.rows, held.by, (*held.notes, NOT_TOLD[name])) if missing and name in NOT_TOLD else held

    def behind(
        self,
        *,
        step: str | None = None,
        move: tuple[str, str] | None = None,
        variant: int | None = None,
        dropped: str | None = None,
        reached: str | None = None,
        went_on: str | None = None,
        under_way: str | None = None,
        deviation: str | tuple[str, str] | None = None,
        departure: tuple[str, str] | None = None,
    ) -> ir.Table:
        """The journeys behind a number, as an expression: ``journey``, ``person``, ``events``, ``start``, ``end``. Conditions add up.

        :param step: hold this step. :param move: made this move. :param variant: walked the variant of this rank, from 0.
        :param dropped: dropped off at this step. :param reached: came to it, or passed it by on a mapped list. :param went_on: and went
            on from there. :param under_way: came no further yet, and are under way. :param deviation: left the map in this kind, or in
            (kind, step). :param departure: left it from the first step to the second: a move off the map that is no tie; the first is empty
            for the start, the second for the end.
        :raises RequestError: no condition, or one that names what is not there; or these are the journeys of a study.
        """
        if self._behind is None:
            mend = "open the number on the page Journeys, or ask troth.journeys(interactions, ...).behind(...) of the interactions."
            raise RequestError("What a study tells of journeys are counts.", place="behind", mend=mend)
        places = {"dropped": dropped, "reached": reached, "went_on": went_on, "under_way": under_way}
        return Standing(
            self._behind.table(step=step, move=move, variant=variant, places=places, deviation=deviation, departure=departure).op()
        )


class Standing(ir.Table):  # type: ignore[misc]
    """The journeys behind a number: a table expression like any other, that prints how to get its rows and not how it is asked."""

    def __repr__(self) -> str:
        """How to get the rows; an expression holds none."""
        return (
            f"The journeys behind a number, not fetched yet: {', '.join(self.columns)}. "
            "Rows: .limit(20).to_pandas() or .to_pyarrow(); how many: .count().to_pandas()."
        )


@dataclass(frozen=True, slots=True)
class Behind:
    """What it takes to find the people again. Holds expressions, and no rows."""

    log: Log
    how: Packing
    there: OnMap | None
    patience: float

    def table(
        self,
        *,
        step: str | None,
        move: tuple[str, str] | None,
        variant: int | None,
        places: Mapping[str, str | None],
        deviation: str | tuple[str, str] | None,
        departure: tuple[str, str] | None,
    ) -> ir.Table:
        """See :meth:`Journeys.behind`.

        :param places: what became of a journey there (``dropped``, ``reached``, ``went_on``, ``under_way``) to the step.
        """
        there = {what: name for what, name in places.items() if name is not None}
        if all(one is None for one in (step, move, variant, deviation, departure)) and not there:
            mend = "name a step, a move, a variant, a drop-off or a deviation."
            raise RequestError("Behind everything stands everybody.", place="behind", mend=mend)
        pair = None if move is None else tuple(self._code(one, "move") for one in move)
        code = None if step is None else self._code(step, "step")
        came = {} if self._listed is not None else {name: self._code(name, what) for what, name in there.items()}
        off = None if departure is None else self._off(departure)
        further = partial(self._held, code=code, pair=pair, came=came, off=off)
        journeys = _compared(journeys_of(in_order(self.log), self.log, self.how, further), self.log, self.there, self.patience)
        conditions: list[ir.BooleanValue] = []
        if code is not None:
            conditions.append(journeys.asked_step > 0)
        if pair is not None:
            conditions.append(journeys.asked_move > 0)
        if variant is not None:
            conditions.append(of_variant(journeys, self.how, variant))
        conditions += [self._at(journeys, what, name, came) for what, name in there.items()]
        if deviation is not None:
            conditions.append(self._deviating(journeys, deviation))
        if off is not None and self.there is not None:
            edge = off.at is None or off.instead is None
            conditions.append(at_an_edge(journeys, self.there, off) if edge else journeys.asked_departure > 0)
        person = journeys.person if self.log.named else journeys.journey
        return journeys.filter(*conditions).select("journey", person=person, events="events", start="start", end="end")

    def moves(self, source: str, target: str) -> ir.Table:
        """Each time a move was made: ``journey``, ``person``, ``at`` (of the step before).

        :raises RequestError: no journey holds a step.
        """
        steps = in_order(self.log)
        made = steps.filter(steps.code == self._code(source, "move"), steps.next == self._code(target, "to"))
        return made.select("journey", person=made.person if self.log.named else made.journey, at="at")

    def _held(
        self, steps: ir.Table, *, code: int | None, pair: tuple[int, ...] | None, came: Mapping[str, int], off: Off | None
    ) -> dict[str, ir.Value]:
        asked = of_steps(steps, self.log, self.there)
        asked |= {f"came_{number}": (steps.code == number).cast("int64").sum() for number in came.values()}
        if code is not None:
            asked["asked_step"] = (steps.code == code).cast("int64").sum()
        if pair is not None:
            asked["asked_move"] = ((steps.code == pair[0]) & (steps.next == pair[1])).fill_null(False).cast("int64").sum()
        if off is not None:
            asked["asked_departure"] = times(steps, self.log, off)
        return asked

    def _off(self, departure: tuple[str, str]) -> Off:
        """A way off the map, in the numbers of the log. Of a list no journey departs at its end: that is drop-off."""
        if self.there is None:
            raise RequestError("No journey was mapped.", place="departure", mend="give mapped= to troth.journeys.")
        at, instead = (None if name == NOWHERE else self._code(name, "departure") for name in departure)
        mapped, (before, after) = self.there.mapped, departure
        nowhere = at is None and instead is None
        if nowhere or departure in mapped.moves or before not in {NOWHERE, *mapped.steps} or (after == NOWHERE and mapped.ordered):
            mend = "name the step at which the map was left, and what came instead."
            raise RequestError("There the map is not left.", place="departure", mend=mend)
        return Off(at, instead)

    def _code(self, step: str, place: str) -> int:
        found = codes_of_names(self.log, (step,))
        if step not in found:
            known = self.log.alphabet.order_by("step").limit(TOP).to_pyarrow()["step"].to_pylist()
            raise RequestError(f"No journey holds the step “{step}”.", place=place, mend=did_you_mean(step, known))
        return found[step]

    @property
    def _listed(self) -> Sequence[str] | None:
        """The steps of the map, where it is a list."""
        return self.there.mapped.steps if self.there is not None and self.there.mapped.ordered else None

    def _at(self, journeys: ir.Table, what: str, step: str, came: Mapping[str, int]) -> ir.BooleanValue:
        """What became of a journey at a step, as the drop-off counts it."""
        if self._listed is not None and step not in self._listed:
            raise RequestError(f"“{step}” is not on the map.", place=what, mend=did_you_mean(step, self._listed))
        if self.there is None or not self.there.mapped.ordered:
            reached, here = journeys[f"came_{came[step]}"] > 0, journeys["last"] == came[step]
        else:
            place = self.there.mapped.steps.index(step)
            reached, here = came_to(journeys, self.there, place), (journeys.furthest == place).fill_null(False)
        match what:
            case "dropped":
                return dropped_at(journeys, self.there, step, came.get(step))
            case "reached":
                return reached
            case "went_on":
                return reached & ~here
            case _:
                return here & journeys.under_way

    def _deviating(self, journeys: ir.Table, deviation: str | tuple[str, str]) -> ir.BooleanValue:
        if self.there is None:
            raise RequestError("No journey was mapped.", place="deviation", mend="give mapped= to troth.journeys.")
        known = deviations_of(journeys, self.there)
        wanted = [key for key in known if deviation in (key, key[0])]
        if not wanted:
            kinds = sorted({kind for kind, _ in known})
            mend = did_you_mean(deviation if isinstance(deviation, str) else deviation[0], kinds)
            raise RequestError(f"There is no deviation {deviation!r}.", place="deviation", mend=mend)
        found = known[wanted[0]]
        for key in wanted[1:]:
            found = found | known[key]
        return found


def journeys(
    interactions: Any,
    mapped: Any = None,
    *,
    journey: str | None = None,
    step: str | None = None,
    at: str | None = None,
    person: str | None = None,
    row: str | None = None,
    charter: Charter | None = None,
    touchpoint: str | None = None,
    scenarios: Sequence[Scenario] | Scenario = (),
    well: str | None = None,
    by: Sequence[str] | str = (),
    merge: bool | None = None,
    as_of: When | None = None,
    timezone: str | None = None,
    patience: float = 0.0,
    aside: str | None = None,
    top: int = TOP,
    top_variants: int = TOP_VARIANTS,
) -> Journeys:
    """What customers went through: directly-follows graph with times, variants, drop-off, conformance, cordon and scenarios.

    :param interactions: a table by the contract of interactions, or any plain table (Ibis, Arrow, pandas, Polars, a dict of columns).
    :param mapped: the journey on the wall: a charter (its stages in order), steps in order, step to the steps allowed next, or the journey
        map of a project.
    :param journey: column that says which journey a row belongs to; ``customer`` where left out, ``subject`` follows one order or request.
    :param step: column of what happened; ``kind``, or ``stage`` where the mapped journey is a charter.
    :param at: column of when, naive UTC. :param person: column people are counted by; ``customer`` where there is one, else the journey.
    :param row: column that settles the order at the same instant. Where none is named, the map does, then ``row`` where there is one, then
        the step's name; such a tie is no departure.
    :param charter: whose each touchpoint is, for the cordon; the mapped journey's where that is a charter. :param touchpoint: their
        column; ``touchpoint`` where there is one.
    :param scenarios: what customers set out to do.
    :param well: column of true and false: the step went well. :param by: slices of scenarios.
    :param merge: the same step in a row is one visit; so it is where stages are followed, unless told otherwise.
    :param as_of: what happened later is set aside; the latest interaction where left out. :param timezone: of an as-of without an offset.
    :param patience: days without an interaction after which a journey counts as ended; 0: every journey does.
    :param aside: column that says why a row is in no journey; empty where it may be.
    :param top: steps and moves to list. :param top_variants: variants to list; of all else the sum is told.
    :raises RequestError: the table, a column or an argument is not as it must be.
    """
    _checked(patience, top, top_variants)
    stages = isinstance(mapped, Charter)
    given = mapped if stages and charter is None else charter
    agreed = None if given is None else in_force(given)
    sought = (scenarios,) if isinstance(scenarios, Scenario) else scenarios
    reasons: list[str] = []
    if stages and not mapped.stages:
        mapped = None
        reasons.append("Conformance cannot be told: the charter names no stages.")
    wall = mapped_journey(mapped)
    asked = {"journey": journey, "step": step, "at": at, "person": person, "row": row}
    merged = (stages or step == "stage") if merge is None else merge
    slices = names_of(by)
    table = as_table(interactions, "interactions")
    contacts = touchpoint or ("touchpoint" if "touchpoint" in table.columns else None)
    if agreed is not None and contacts is None:
        reasons.append("The cordon cannot be told: the table has no column of touchpoints (touchpoint=...).")
    fenced = agreed if contacts is not None else None
    further = {f"by_{i}": name for i, name in enumerate(slices)}
    further |= {"well": well} if well is not None else {}
    further |= {"touchpoint": contacts} if fenced is not None and contacts is not None else {}
    log = read_log(
        table,
        asked,
        step="stage" if stages else "kind",
        merged=merged,
        as_of=as_of,
        timezone=timezone,
        further=further,
        aside=aside,
        mapped=() if wall is None else at_once(wall),
    )
    there = on_map(wall, log)
    steps = in_order(log).cache()
    how = packing(log, _longest(steps))
    off, kinds_off, tied = ((), 0, 0) if there is None else moves_off(steps, log, there)
    each = _compared(journeys_of(steps, log, how, partial(_along, log=log, there=there, off=off)), log, there, patience).cache()
    [total] = _totals(each, log).to_pyarrow().to_pylist()
    names = None if there is None else there.mapped.steps
    told = steps_told(steps, each, log, top, names)
    codes = codes_of_names(log, tuple(one.step for one in told))
    walked = most_walked(each, how, top_variants)
    seen = [(one.step, codes[one.step], one.journeys) for one in told]
    ways = {} if there is None else conditions(each, there, off)
    figures = _shares(
        each,
        {
            "variants": shares_of_variants(each, walked) if log.named else {},
            "map": {} if there is None else shares_of_map(each, there),
            "ways": shares_of_departures(ways),
            "drop-off": shares_of_drop_off(each, log, there, seen),
            "repeating": {"": (each.events > each.kinds, ibis.literal(True))},
        },
    )
    fit, deviations = (None, Findings(())) if there is None else conformance(each, there, figures["map"])
    fence, touchpoints = (None, Findings(())) if fenced is None else _cordon(fenced, log)
    return Journeys(
        read=log.read,
        used=log.used,
        set_aside=log.set_aside,
        journeys=total["journeys"],
        people=total["people"],
        anonymous=total["anonymous"],
        repeating=figures["repeating"][""],
        steps=told,
        moves=moves_told(steps, walked, log, top, None if there is None else there.mapped.moves),
        variants=variants(each, log, walked, total["journeys"], figures["variants"]),
        variant_count=walked.kinds,
        drop_off=drop_off(each, log, there, seen, figures["drop-off"]),
        conformance=fit,
        departures=Findings(()) if there is None else departures(each, log, there, ways, figures["ways"], kinds_off, tied),
        deviations=deviations,
        cordon=fence,
        touchpoints=touchpoints,
        scenarios=qualities(log, sought, slices),
        notes=(*reasons, *_notes(log, there, total, patience)),
        _behind=Behind(log, how, there, patience),
    )


def behind_of(table: ir.Table, mapped: Any, *, merged: bool, as_of: When, patience: float) -> Behind:
    """What it takes to find the journeys of a study again, as :func:`journeys` counted them.

    :param table: ``journey``, ``step``, ``at``, ``person``, ``row``: the rows that were used.
    """
    wall = mapped_journey(mapped)
    asked = {"journey": "journey", "step": "step", "at": "at", "person": "person", "row": None}
    order = () if wall is None else at_once(wall)
    log = read_log(table, asked, step="step", merged=merged, as_of=as_of, timezone=None, further={}, mapped=order)
    return Behind(log, packing(log, _longest(in_order(log))), on_map(wall, log), patience)


def _shares(each: ir.Table, wanted: Mapping[str, Wanted[Any]]) -> dict[str, dict[Any, Figure]]:
    """The shares of several tables, asked together: journeys and people are gone through once for all of them."""
    found = shares(each, {(table, key): conditions for table, asked in wanted.items() for key, conditions in asked.items()})
    told: dict[str, dict[Any, Figure]] = {table: {} for table in wanted}
    for (table, key), one in found.items():
        told[table][key] = one
    return told


def _along(steps: ir.Table, log: Log, there: OnMap | None, off: Sequence[Off]) -> dict[str, ir.Value]:
    """What the map asks of a journey's steps."""
    return {**of_steps(steps, log, there), **flags(steps, log, off)}


def _compared(each: ir.Table, log: Log, there: OnMap | None, patience: float) -> ir.Table:
    return compared(each, there, silent_since(log.last, patience))


def _longest(steps: ir.Table) -> int:
    [row] = steps.aggregate(longest=steps.place.max()).to_pyarrow().to_pylist()
    return row["longest"] or 1


def _totals(each: ir.Table, log: Log) -> ir.Table:
    """How many journeys, people, journeys of nobody known, and interactions at the same instant as the one before."""
    people = each.person.nunique() if log.named else each.count()
    anonymous = each.person.isnull().cast("int64").sum().fill_null(0) if log.named else ibis.literal(0)
    return each.aggregate(
        journeys=each.count(),
        people=people,
        anonymous=anonymous,
        ties=each.ties.sum().fill_null(0),
        open=each.under_way.cast("int64").sum(),
    )


def _cordon(charter: Charter, log: Log) -> tuple[Cordon, Findings[Contact]]:
    """Of all interactions, those without a journey too, up to the as-of instant."""
    rows = log.rows.filter(log.rows.reason.isnull() | (log.rows.reason != LATER))
    return cordon_of(rows, charter, person="person" if log.named else "journey")


def _notes(log: Log, there: OnMap | None, total: Mapping[str, Any], patience: float) -> list[str]:
    """What must be read beside the tables."""
    notes = [f"{log.used:,} of {log.read:,} rows are used."]
    notes += [f"{n:,} rows are set aside: {reason}." for reason, n in log.set_aside.items()]
    if total["ties"]:
        notes.append(f"{total['ties']:,} interactions follow another at the same instant; there the order is {ties_settled_by(log)}.")
    if total["anonymous"]:
        notes.append(f"{total['anonymous']:,} journeys name no person: they are in no count of people.")
    if not patience:
        notes.append("Every journey counts as ended; patience=DAYS leaves those under way out of drop-off.")
    elif total["open"]:
        notes.append(f"{total['open']:,} journeys are under way: their last interaction is less than {patience:g} days old.")
    if there is not None and there.never:
        notes.append(f"Mapped steps that never occur: {', '.join(there.never)}.")
    return notes


def _checked(patience: float, top: int, top_variants: int) -> None:
    if not 0 <= patience <= MOST_DAYS:
        raise RequestError(f"Nobody waits {patience} days.", place="patience", mend=f"give days, from 0 to {MOST_DAYS:,}.")
    for name, number, most in (("top", top, MOST_TOP), ("top_variants", top_variants, MOST_VARIANTS)):
        if not 1 <= number <= most:
            raise RequestError(
                f"{number:,} cannot be listed.", place=name, mend=f"give a number from 1 to {most:,}; of all else the sum is told."
            )


def _sections(found: Journeys) -> list[tuple[str, Findings[Any]]]:
    """The tables that have rows, each with its name; what is one finding is a table of one row."""
    told = []
    for one in fields(found):
        value = getattr(found, one.name)
        if isinstance(value, Conformance | Cordon):
            value = Findings((value,))
        if isinstance(value, Findings) and len(value):
            told.append((one.name.replace("_", " "), value))
    return told
