"""What could have failed, counted: one cube for each thing that failed (domain.md e1, step 1).

*What* failed is the name of the promise, or of the failure where no word was broken. Each has the dimensions its own promises have: the
columns of its mapping's ``context`` and ``dimensions``, stage, touchpoint and the areas. What could have failed are the promises that fell
due, and the interactions of which their mapping says whether they went wrong.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from troth.engine.folding import literal_of
from troth.engine.issues.episodes import Keep
from troth.engine.promises.slices import local_clock
from troth.terms.tables import INTERACTIONS
from troth.terms.tables import names as names_of
from troth.terms.vocabulary import FLAGGED_KEPT, Verdict

WHAT = "what"
"""The dimension that says what failed."""

OBSERVED, TRIALS = "observed", "trials"

STANDING = ("stage", "touchpoint", "made_by", "kept_by", "segment", "persona", "tier")
"""Columns of every ledger to look for causes in, beside those the mappings name."""

MONTH = "month"
"""The month a promise fell due is looked in, too: an incident that passed lies in its month."""

MOST_DIMENSIONS, MOST_LEAVES = 12, 20_000
MOST_VALUES = 2_000
"""A column of more values is a name of each thing, and not where things go wrong."""
MOST_EACH = 40
"""Values of one column that are counted each."""
FEWER = 8
"""So many times fewer combinations than rows there are to be, that rows are counted by combination first."""
OTHERS = "(others)"
"""What the values of a column are called that are counted together; no rule names it."""
RARE = 20
"""A value of fewer rows than this says nothing of its column."""
PENALTY = 3.0
"""What a column has to gain in log likelihood for each of its values, to be worth more than one without effect."""
FAILED = "failed"
NO_DIMENSIONS = (FAILED, "at", "customer", "subject", "source", "row")
"""Columns of :func:`exposed` that are no dimensions."""
OURS = frozenset({WHAT, MONTH, *NO_DIMENSIONS})
"""Names that mean something here: a source's column of such a name is no place to look for causes."""


@dataclass(frozen=True, slots=True)
class Marginal:
    """One value of a column: ``k`` failures of ``n`` that could have failed."""

    value: str | None
    k: int
    n: int


@dataclass(frozen=True, slots=True)
class Cube:
    """Failures among what could have failed, by combination of values.

    :param what: the promise name, or the kind of failure.
    :param dimensions: columns it is counted by. :param left_out: columns it could not be counted by, each with the reason.
    :param leaves: the dimensions, ``observed`` and ``trials``; a combination a row.
    """

    what: str
    dimensions: tuple[str, ...]
    left_out: Mapping[str, str]
    leaves: pa.Table


def exposed(ledger: ir.Table, further: Sequence[str], zone: str = "UTC", interactions: ir.Table | None = None) -> ir.Table:
    """Everything that could have failed, and whether it did.

    :param ledger: the LEDGER contract and further columns; promises that fell due count.
    :param further: context and dimension columns of the ledger. :param zone: where months begin.
    :param interactions: what :func:`troth.engine.issues.events.with_outcome` gave; those whose outcome is known count.
    :return: ``what``, the dimensions (text, and the month as a date), ``at``, ``customer``, ``subject``, ``source``, ``row`` (as text
        where interactions are among them) and ``failed``. What failed is among the events of
        :func:`troth.engine.issues.events.failure_events`, by ``what``, ``source`` and ``row``.
    """
    due = ledger.filter(ledger.in_cohort & ledger.eligible)
    keys = _keys(due) if interactions is not None else {name: due[name] for name in ("customer", "subject", "source", "row")}
    tables = [due.select(**of_promises(due, further, zone), at=due.counts_at, **keys, **{FAILED: due.verdict == Verdict.BROKEN})]
    if interactions is not None:
        tables.append(_opportunities(interactions, zone))
    names = list(dict.fromkeys(name for table in tables for name in table.columns))
    whole = [table.select(**{name: table[name] if name in table.columns else ibis.null("string") for name in names}) for table in tables]
    return ibis.union(*whole) if len(whole) > 1 else whole[0]


def _opportunities(interactions: ir.Table, zone: str) -> ir.Table:
    """Interactions whose outcome is known, in the columns of :func:`exposed`."""
    told = interactions.filter(interactions.failed.notnull())
    return told.select(**of_interactions(told, zone), at=told.at, **_keys(told), **{FAILED: told.failed})


def of_promises(due: ir.Table, further: Sequence[str], zone: str) -> dict[str, ir.Value]:
    """Where a promise may break: ``what`` and the dimensions of rows of a ledger."""
    return {
        WHAT: due.name,
        **{name: due[name].cast("string") for name in _dimensions(due, further)},
        MONTH: month_of(due, "due_at", zone),
    }


def of_interactions(told: ir.Table, zone: str) -> dict[str, ir.Value]:
    """The same of interactions (:func:`troth.engine.issues.events.with_outcome`)."""
    own = [name for name in told.columns if name not in {*names_of(INTERACTIONS), *OURS}]
    return {
        WHAT: told.what,
        "stage": told.stage,
        "touchpoint": told.touchpoint,
        **{name: told[name].cast("string") for name in own},
        MONTH: month_of(told, "at", zone),
    }


def month_of(rows: ir.Table, column: str, zone: str) -> ir.DateValue:
    """First day of the month of a moment, as clocks in ``zone`` have it."""
    return local_clock(rows, column, zone).truncate("M").date()


def _keys(rows: ir.Table) -> dict[str, ir.Value]:
    """Whose and about what a row is, and which row it is."""
    return {
        "customer": rows.customer.cast("string"),
        "subject": rows.subject.cast("string"),
        "source": rows.source,
        "row": rows.row.cast("string"),
    }


def _dimensions(ledger: ir.Table, further: Sequence[str]) -> tuple[str, ...]:
    # A claim about the outcome is no place; nor is what is named like a column of ours.
    columns = (name for name in further if name in ledger.columns and name != FLAGGED_KEPT and name not in OURS)
    return tuple(dict.fromkeys((*STANDING, *columns)))


def cubes(rows: ir.Table, keep: Keep | None = None, *, most_leaves: int = MOST_LEAVES) -> tuple[Cube, ...]:
    """The cube of each thing that failed, by as many of its dimensions as it can be counted by, those that tell most first.

    Columns of one value say nothing; columns of very many are names. Of a column of many values those that stray furthest from the rest
    are counted each, and the others together (:data:`OTHERS`). Columns by whose values failures differ most come first; those with which
    the cube would hold too many combinations are left out.

    :param rows: what :func:`exposed` gave.
    :param keep: computes a table once and gives it back: rows are counted by combination first, where there are far fewer of those.
    """
    names = [name for name in rows.columns if name not in {WHAT, *NO_DIMENSIONS}]
    varying = [name for name in names if literal_of(rows.op(), name) is None]
    each = rows.group_by(WHAT).agg(
        n=rows.count(), **{f"n {name}": rows[name].nunique() + rows[name].isnull().any().cast("int64") for name in varying}
    )
    found = {row[WHAT]: row for row in each.to_pyarrow().to_pylist()}
    numbers = {what: {name: int(row[f"n {name}"] or 0) if name in varying else 1 for name in names} for what, row in found.items()}
    telling = [name for name in names if any(1 < of[name] <= MOST_VALUES for of in numbers.values())]
    combinations = sum(math.prod(of[name] for name in telling) for of in numbers.values())
    if keep is not None and combinations * FEWER <= sum(row["n"] for row in found.values()):
        counted = keep(rows.group_by(WHAT, *telling).agg(hit=rows.count(where=rows[FAILED]), tried=rows.count()))
    else:
        counted = rows.select(WHAT, *telling, hit=rows[FAILED].cast("int64"), tried=ibis.literal(1, "int64"))
    marginals = _marginals(counted, telling)
    return tuple(_cube(counted, what, numbers[what], marginals.get(what, {}), most_leaves) for what in sorted(numbers))


def _marginals(counted: ir.Table, names: Sequence[str]) -> dict[str, dict[str, list[Marginal]]]:
    """What failed to column to its values: how often each failed, of how many."""
    parts = [
        counted.group_by(counted[WHAT], value=counted[name])
        .agg(k=counted.hit.sum(), n=counted.tried.sum())
        .mutate(name=ibis.literal(name), value=lambda told: told.value.cast("string"))
        for name in names
    ]
    found: dict[str, dict[str, list[Marginal]]] = {}
    if parts:
        for row in (ibis.union(*parts) if len(parts) > 1 else parts[0]).to_pyarrow().to_pylist():
            found.setdefault(row[WHAT], {}).setdefault(row["name"], []).append(Marginal(row["value"], row["k"], row["n"]))
    return found


def _cube(counted: ir.Table, what: str, numbers: Mapping[str, int], marginals: Mapping[str, Sequence[Marginal]], most_leaves: int) -> Cube:
    left_out = {name: f"has {number:,} values" for name, number in numbers.items() if number > MOST_VALUES}
    left_out |= {name: "says of itself whether it failed" for name in marginals if numbers[name] > 1 and _tells_all(marginals[name])}
    numbers = {name: number for name, number in numbers.items() if name not in left_out}
    strays = {name: _strays(marginals[name]) for name, number in numbers.items() if 1 < number <= MOST_VALUES}
    telling = {name: sum(of.values()) - PENALTY * (numbers[name] - 1) for name, of in strays.items()}
    ordered = sorted(telling, key=lambda name: (-telling[name], numbers[name], name))
    left_out |= dict.fromkeys(ordered[MOST_DIMENSIONS:], f"is not among the {MOST_DIMENSIONS} columns that tell most")
    ordered = ordered[:MOST_DIMENSIONS]
    mine = counted.filter(counted[WHAT] == what)
    folded = {name: mine[name] for name in ordered}
    for name in ordered:
        if len(strays[name]) > MOST_EACH:
            each = sorted(strays[name], key=lambda value: (-strays[name][value], value or ""))[:MOST_EACH]
            said = mine[name].cast("string")
            inside = said.isin([value for value in each if value is not None])
            folded[name] = (inside | (said.isnull() if None in each else ibis.literal(False))).ifelse(said, OTHERS)
    mine = mine.select(**folded, hit=mine.hit, tried=mine.tried)

    def fitting(names: Sequence[str]) -> pa.Table | None:
        counts = {OBSERVED: mine.hit.sum(), TRIALS: mine.tried.sum()}
        leaves = mine.group_by(list(names)).agg(**counts).limit(most_leaves + 1) if names else mine.aggregate(**counts)
        found = leaves.mutate(**{name: leaves[name].cast("string") for name in names}).to_pyarrow()
        return found if found.num_rows <= most_leaves else None

    # The longest run of columns whose combinations are not too many: mostly all of them; else between one that fits and one that does not.
    low, high = len(ordered), len(ordered)
    table = fitting(ordered)
    if table is None:
        low = 0
        while high - low > 1:
            middle = (low + high) // 2
            found = fitting(ordered[:middle])
            low, high, table = (low, middle, table) if found is None else (middle, high, found)
    left_out |= dict.fromkeys(ordered[low:], f"together with those that tell more makes over {most_leaves:,} combinations")
    if table is None:
        low, table = 0, mine.aggregate(**{OBSERVED: mine.hit.sum(), TRIALS: mine.tried.sum()}).to_pyarrow()
    names = tuple(sorted(ordered[:low]))
    table = table.select([*names, OBSERVED, TRIALS])
    return Cube(what, names, left_out, table.sort_by([(name, "ascending") for name in names]) if names else table)


def _tells_all(values: Sequence[Marginal]) -> bool:
    """Whether a column is the outcome under another name: of each of its values, none of them rare, all failed, or none."""
    k, n = sum(one.k for one in values), sum(one.n for one in values)
    return 0 < k < n and n >= RARE * len(values) and all(one.k in (0, one.n) for one in values)


def _strays(values: Sequence[Marginal]) -> dict[str | None, float]:
    """How far each value strays from all: the gain in log likelihood by a rate of its own."""
    k, n = sum(one.k for one in values), sum(one.n for one in values)
    if not 0 < k < n:
        return {one.value: 0.0 for one in values}
    return {one.value: _gain(one.k, one.n * k / n) + _gain(one.n - one.k, one.n * (n - k) / n) for one in values}


def _gain(seen: int, usual: float) -> float:
    return seen * math.log(seen / usual) if seen else 0.0
