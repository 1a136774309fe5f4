"""Can we deliver what, when and how at a cost that can be sustained: four lights per line (S2.8).

A light compares what is on record with what the line asks: green where the whole interval reaches the target, red where none of it does,
amber where it lies across. Unknown is a light of its own, with its reason: too few promises, nothing on record, nobody named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import ibis
import ibis.expr.types as ir

from troth.engine.charters.missing import current
from troth.engine.findings import NO_DATA, Figure
from troth.engine.intervals import FEWEST_CLUSTERS, t_interval
from troth.engine.promises.clock import days_to_microseconds, instant, microseconds, naive_utc
from troth.engine.promises.integrity import integrity
from troth.engine.promises.levels import nine_decimals
from troth.engine.promises.lines import line_value, matching_line
from troth.terms.charter import DEFAULT_KEEP_TARGET, Charter, Line
from troth.terms.levels import agreed
from troth.terms.vocabulary import TIMED, PromiseSpec, PromiseType

LEAST = 30
"""Fewer promises or matters than this light nothing (S2.8)."""

CLOCKED = frozenset({*TIMED, PromiseType.WINDOW})
"""Types that promise a time; all others promise what is received."""


class Colour(StrEnum):
    """What a light shows."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Light:
    """One light.

    :param why: the reason, in a sentence. :param figure: what it rests on. :param target: what the line asks of it.
    """

    colour: Colour
    why: str
    figure: Figure = NO_DATA
    target: float | None = None


@dataclass(frozen=True, slots=True)
class Feasibility:
    """The four lights of one line.

    :param where: the keys the line names. :param what: is it agreed what is to be delivered, and is it. :param when: is it delivered in
        time. :param how: can whoever leads it act. :param cost: does serving one matter cost no more than the line allows.
    """

    where: Mapping[str, str]
    what: Light
    when: Light
    how: Light
    cost: Light


@dataclass(frozen=True, slots=True)
class Means:
    """What a lead is known to hold on the day that counts.

    :param decides: holds a grant to decide; ``None`` is unknown.
    :param capacity: hours or other units left per period; ``None`` is unknown.
    """

    decides: bool | None = None
    capacity: float | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the record says of one line.

    :param when: share of due promises of a time that were received at the line’s standard, or kept where it names none.
    :param what: the same of the promises of anything else. :param at_standard: whether the standard was the measure, not the promise.
    :param cost: mean cost on record per matter served, in money of the project; ``None`` where the study has no costs.
    """

    when: Figure = NO_DATA
    what: Figure = NO_DATA
    at_standard: bool = False
    cost: Figure | None = None


@dataclass(frozen=True, slots=True)
class _Costs:
    """Cost per matter of one line."""

    matters: int = 0
    mean: float | None = None
    variance: float | None = None

    @property
    def figure(self) -> Figure:
        if self.mean is None or self.variance is None or self.matters < FEWEST_CLUSTERS:
            return Figure(self.mean, n=self.matters, clusters=self.matters, method="too few matters for an interval")
        limits = t_interval(self.mean, self.variance / self.matters, self.matters)
        return Figure(self.mean, limits.low, limits.high, self.matters, self.matters, "t over matters")


@dataclass(frozen=True, slots=True)
class Asked:
    """A charter asked of a record: each line with what is known of it.

    :param charter: the lines in force, or those proposed. :param evidence: one per line, in their order.
    """

    charter: Charter
    evidence: Sequence[Evidence]
    specs: Sequence[PromiseSpec] = field(default_factory=tuple)


def ask(
    ledger: ir.Table,
    charter: Charter,
    *,
    as_of: datetime,
    costs: ir.Table | None = None,
    specs: Sequence[PromiseSpec] = (),
    zone: str = "UTC",
) -> Asked:
    """What the record says of every line, whichever charter its promises were judged under: a draft may be asked before it is signed.

    :param ledger: what :func:`troth.judge` gives. :param charter: lines of earlier versions are left out.
    :param as_of: the instant the ledger was judged at. :param costs: one row per subject with a cost: ``subject``, ``amount``.
    """
    lines = current(charter)
    rows = ledger.mutate(line=matching_line(ledger, lines))
    rows = rows.mutate(standard_kept=_at_standard(rows, lines, as_of), clocked=rows.type.isin([str(one) for one in CLOCKED]))
    found = {
        (one.where["line"], one.where["clocked"]): one
        for one in integrity(rows, ("line", "clocked"), as_of=as_of, charter=lines, zone=zone)
    }
    spent = {} if costs is None else _spent(rows, costs)
    evidence = []
    for position, line in enumerate(lines.lines):
        timed, other = (found.get((position, clocked)) for clocked in (True, False))
        measured = line.standard is not None
        evidence.append(
            Evidence(
                when=NO_DATA if timed is None else timed.K_standard if measured else timed.K,
                what=NO_DATA if other is None else other.K_standard if measured and other.K_standard.n else other.K,
                at_standard=measured,
                cost=None if costs is None else spent.get(position, _Costs()).figure,
            )
        )
    return Asked(lines, tuple(evidence), tuple(specs))


def feasibility(asked: Asked, means: Mapping[str, Means] | None = None, *, proposed: bool = False) -> tuple[Feasibility, ...]:
    """The four lights of every line, in the order of the charter.

    :param means: role or area that leads to what it is known to hold.
    :param proposed: nobody has signed the lines yet: their standards are told as proposed, beside those in force.
    """
    units = {spec.name: spec.unit for spec in asked.specs}
    types = {spec.name: spec.type for spec in asked.specs}
    return tuple(
        Feasibility(
            line.keys,
            what=_what(line, evidence, units.get(line.promise or ""), types.get(line.promise or ""), proposed=proposed),
            when=_when(line, evidence, units.get(line.promise or ""), proposed=proposed),
            how=_how(line, means or {}),
            cost=_cost(line, evidence.cost),
        )
        for line, evidence in zip(asked.charter.lines, asked.evidence, strict=True)
    )


def _what(line: Line, evidence: Evidence, unit: str | None, kind: PromiseType | None, *, proposed: bool) -> Light:
    if evidence.what.n:
        return _rate(line, evidence.what, f"received at {_standard(line, unit, proposed)}" if evidence.at_standard else "kept as promised")
    counted, is_agreed = line.unit or unit, "is proposed" if proposed else "is agreed"
    if line.standard is not None and counted:
        return Light(Colour.GREEN, f"A level of {agreed(line.standard, counted)} {is_agreed}.", target=line.standard)
    if line.standard is not None:
        why = f"A level of {line.standard:.12g} {is_agreed}, and nobody says what it counts in."
        return Light(Colour.UNKNOWN, why, target=line.standard)
    if kind is PromiseType.INFORMATION:
        return Light(Colour.UNKNOWN, "It is met or not, and none has fallen due.")
    return Light(Colour.RED, "No standard is agreed: nobody has said what is to be delivered.")


def _when(line: Line, evidence: Evidence, unit: str | None, *, proposed: bool) -> Light:
    if not evidence.when.n:
        return Light(Colour.UNKNOWN, "No promise of a time has fallen due here.")
    within = _standard(line, unit, proposed) if evidence.at_standard else "what was promised"
    return _rate(line, evidence.when, f"received within {within}")


def _standard(line: Line, unit: str | None, proposed: bool) -> str:  # noqa: FBT001 - one word of the sentence hangs on it
    """Which standard a rate is of: that of this line, which is not always the one promises were judged by."""
    counted = line.unit or unit
    value = "" if line.standard is None else f" of {agreed(line.standard, counted)}" if counted else f" of {line.standard:.12g}"
    return f"the {'proposed' if proposed else 'agreed'} standard{value}"


def _rate(line: Line, rate: Figure, how: str) -> Light:
    """A share against the keep target."""
    target = DEFAULT_KEEP_TARGET if line.keep_target is None else line.keep_target
    if rate.n < LEAST or rate.value is None or rate.low is None or rate.high is None:
        return Light(
            Colour.UNKNOWN, f"Not enough data: {rate.n:,} due, and {LEAST} of at least {FEWEST_CLUSTERS} people are needed.", rate, target
        )
    asked = f"{target:.0%} {'asked' if line.keep_target is not None else 'usual'}"
    said = f"{rate.value:.1%} {how} ({rate.low:.1%} to {rate.high:.1%}), {asked}."
    colour = Colour.GREEN if rate.low >= target else Colour.RED if rate.high < target else Colour.AMBER
    return Light(colour, said, rate, target)


def _how(line: Line, means: Mapping[str, Means]) -> Light:
    if line.lead is None:
        return Light(Colour.RED, "Nobody leads this cell.")
    held = means.get(line.lead)
    if held is None or (held.decides is None and held.capacity is None):
        return Light(Colour.UNKNOWN, f"{line.lead} leads; neither a grant nor capacity is known.")
    if held.decides is False:
        return Light(Colour.RED, f"{line.lead} leads and holds no grant to decide.")
    if held.capacity is not None and held.capacity <= 0:
        return Light(Colour.RED, f"{line.lead} leads and has no capacity left.", target=held.capacity)
    if held.decides is None or held.capacity is None:
        known, unknown = ("capacity", "a grant") if held.decides is None else ("a grant", "capacity")
        return Light(Colour.AMBER, f"{line.lead} leads and has {known}; whether there is {unknown} is not known.", target=held.capacity)
    return Light(Colour.GREEN, f"{line.lead} leads, may decide and has capacity left.", target=held.capacity)


def _cost(line: Line, cost: Figure | None) -> Light:
    if line.cost_limit is None:
        return Light(Colour.UNKNOWN, "No limit on the cost to serve is agreed.", NO_DATA if cost is None else cost)
    if cost is None:
        return Light(Colour.UNKNOWN, "No cost is on record.", target=line.cost_limit)
    if cost.n < LEAST or cost.value is None or cost.low is None or cost.high is None:
        return Light(Colour.UNKNOWN, f"Not enough data: {cost.n:,} matters, and {LEAST} are needed.", cost, line.cost_limit)
    said = f"{cost.value:,.2f} on record per matter ({cost.low:,.2f} to {cost.high:,.2f}), at most {line.cost_limit:,.2f} agreed."
    colour = Colour.GREEN if cost.high <= line.cost_limit else Colour.RED if cost.low > line.cost_limit else Colour.AMBER
    return Light(colour, said, cost, line.cost_limit)


def _at_standard(rows: ir.Table, charter: Charter, as_of: datetime) -> ir.BooleanValue:
    """Received at least at the line’s standard, whatever was promised (domain.md c6, attack 2): the ledger’s own rule, for any charter.

    Without a receipt that stands, a promise of a time has missed the standard once it has been open for longer, others once broken.
    """
    standard = line_value(rows.line, charter, "standard")
    unknown = ibis.null("boolean")
    timed = rows.type.isin([str(one) for one in TIMED])
    stands = rows.verdict.isin(["KEPT", "EXCEEDED", "BROKEN"]) & rows.level_received.notnull() & ~rows.reversed
    waited = microseconds(instant(naive_utc(as_of)), rows.made_at) > days_to_microseconds(standard)
    less = timed | (rows.type == str(PromiseType.WINDOW)) | (rows.direction == "min")
    return ibis.cases(
        (standard.isnull() | (rows.verdict == "VOID") | (rows.type == str(PromiseType.INFORMATION)), unknown),
        (stands & less, nine_decimals(rows.level_received - standard) <= 0),
        (stands, nine_decimals(standard - rows.level_received) <= 0),
        (timed & waited, ibis.literal(False)),
        (~timed & (rows.verdict == "BROKEN"), ibis.literal(False)),
        else_=unknown,
    )


def _spent(rows: ir.Table, costs: ir.Table) -> dict[int, _Costs]:
    """Cost on record per matter whose promise fell due, by line; a matter without a cost line cost nothing that is on record."""
    served = rows.filter(rows.in_cohort & rows.subject.notnull()).select("line", "subject").distinct()
    joined = served.left_join(costs, served.subject == costs.subject).select("line", amount=costs.amount.cast("float64").fill_null(0.0))
    found = joined.group_by("line").agg(matters=joined.count(), mean=joined.amount.mean(), variance=joined.amount.var(how="sample"))
    return {row.pop("line"): _Costs(**row) for row in found.to_pyarrow().to_pylist()}
