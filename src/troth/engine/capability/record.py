"""From promise rows to counts: codes on every row, then one group-by (domain.md d4).

Codes are what a row needs to be looked up. They are worked out whenever they are asked for, never written: a join leaves rows in any
order, and a ledger is the same to the byte. No column of a mapping may begin with ``code_``.

    code_cell      the leaf it is judged in, numbered over all promise names
    code_week      the week it was made, counted from Monday 5 January 1970
    code_bin       the bin of what was received on the cell's grid; ``bins`` = not received (yet, or ever); NULL where capability is
                   relative to an internal estimate and there is none: such a promise teaches nothing
    code_wait      weeks from made to received; 0 where not received
    code_age       position of a pending promise's age on the cell's grid, for its forecast; NULL otherwise
    code_setting   (cell, week, charter line, position of S, position of P) packed into one integer: rows that share it share C, M and p
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir
import numpy as np

from troth.engine.capability.cells import UNKNOWN, Lookup
from troth.engine.capability.curves import Floats, Ints, Record
from troth.engine.capability.scales import Scale, even_step
from troth.engine.capability.weeks import DAY_US, week_of
from troth.terms.charter import Charter
from troth.terms.vocabulary import Direction

MOST_WAIT = 120
"""A receipt that took that many weeks or more counts as never received."""
QUARTERS = 4
"""Positions of P and S are kept to a quarter of a bin."""
SHIFT = 256
POSITIONS = 2048
"""Positions run from -SHIFT to POSITIONS - SHIFT - 1 quarters of a bin; one beyond either end counts as at the end."""
NO_STANDARD = POSITIONS - 1
MOST_RANK = (POSITIONS - 2 - SHIFT) // QUARTERS
"""The highest rank a position can hold."""
LINES = 512
WEEKS = 8192
TAUGHT, DUE, BROKEN, FATES = 1, 2, 4, 8
"""What became of a promise, as bits of its outcome: it teaches, it counts as due, it was broken; and how many outcomes there are."""
EXACT_SLACK = 1e-9
EVEN_SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class Observed:
    """Promises of one name by setting, bin, wait and fate. Arrays of one length, ordered by setting (negative: no level), bin and wait.

    :param promises: all of them; ``taught`` those a capability may learn from (not void, eligible), ``due`` those in the due cohort.
    """

    setting: Ints
    cell: Ints
    week: Ints
    bin: Ints
    wait: Ints
    promises: Ints
    taught: Ints
    due: Ints
    broken: Ints


@dataclass(frozen=True, slots=True)
class Settings:
    """Unpacked setting keys. All arrays have the length of ``key``.

    :param promised: position of P (with its visible tolerance) on the cell's grid.
    :param standard: position of S, NaN where no line agrees a level.
    """

    key: Ints
    cell: Ints
    week: Ints
    line: Ints
    promised: Floats
    standard: Floats


def code(judged: ir.Table, lookup: Lookup, scale: Scale, charter: Charter, first_cell: int, now: datetime) -> ir.Table:
    """Add the codes to the judged promises of one name.

    :param now: the as-of instant, naive UTC.
    :param first_cell: number of this name's first leaf among all names.
    """
    joined = _locate(judged, lookup)
    joined = joined.mutate(code_week=week_of(joined.made_at), code_until=week_of(ibis.coalesce(joined.received_at, joined.made_at)))
    waited = joined.code_until - joined.code_week
    joined = joined.mutate(code_received=_received(joined, scale) & (waited < MOST_WAIT), code_wait=waited)
    # Worked out once, and not again in every branch that asks for it.
    staged = {} if _counted(lookup, scale) else _badnesses(joined, scale)
    joined = joined.mutate(**staged)
    promised = _position_of_promise(joined, lookup, scale)
    standard = _position_of_standard(joined, lookup, scale, charter)
    place = ((joined.code_cell + first_cell).cast("int64") * WEEKS + joined.code_week) * LINES + (joined.line + 1)
    received = joined.code_received
    coded = joined.mutate(
        code_cell=(joined.code_cell + first_cell).cast("int32"),
        code_week=joined.code_week.cast("int32"),
        code_bin=_placed(joined, scale).ifelse(received.ifelse(_bin(joined, lookup, scale), lookup.bins), ibis.null("int64")).cast("int32"),
        code_wait=received.ifelse(ibis.greatest(joined.code_wait, 0), 0).cast("int32"),
        code_setting=((place * POSITIONS + standard) * POSITIONS + promised).cast("int64"),
        code_age=_age(joined, lookup, scale, now),
    )
    return coded.drop(
        "code_origin", "code_step", "code_until", "code_received", *staged, *(f"code_context_{i}" for i in range(len(lookup.context)))
    )


def parted(keys: Ints, base: int) -> tuple[Ints, Ints]:
    """The parts of ``whole * base + part``. Dividing by one number is much cheaper than numpy's divmod."""
    whole = keys // base
    return whole, keys - whole * base


def unpack(key: Ints) -> Settings:
    """The parts of setting keys."""
    rest, promised = parted(key, POSITIONS)
    rest, standard = parted(rest, POSITIONS)
    rest, line = parted(rest, LINES)
    cell, week = parted(rest, WEEKS)
    level = np.where(standard == NO_STANDARD, np.nan, (standard - SHIFT) / QUARTERS)
    return Settings(key, cell, week, line - 1, (promised - SHIFT) / QUARTERS, level)


def observe(coded: ir.Table) -> Observed:
    """The one group-by over promise rows: how many there are of each setting, bin and wait, and what became of them.

    :param coded: the coded rows of one promise name.
    """
    taught = (coded.verdict != "VOID") & coded.eligible & coded.code_bin.notnull()
    due = coded.in_cohort & coded.eligible
    broken = due & (coded.verdict == "BROKEN")
    place = coded.code_cell.cast("int64") * WEEKS + coded.code_week
    # What became of a promise stands in the key: one count of rows is cheaper than four sums of them.
    fate = taught.cast("int64") * TAUGHT + due.cast("int64") * DUE + broken.cast("int64") * BROKEN
    rows = coded.select(
        # Promises without a level have no setting; they teach all the same, under the negative of their place.
        setting=coded.code_setting.fill_null(-1 - place),
        outcome=(coded.code_bin.fill_null(0) * MOST_WAIT + coded.code_wait) * FATES + fate,
    )
    grouped = rows.group_by(["setting", "outcome"]).aggregate(promises=rows.count())
    table = grouped.order_by(["setting", "outcome"]).to_pyarrow()
    setting, outcome, promises = (np.asarray(column, dtype=np.int64) for column in table.columns)
    known = setting >= 0
    cell, week = parted(np.where(known, setting // (LINES * POSITIONS * POSITIONS), -1 - setting), WEEKS)
    outcome, fates = parted(outcome, FATES)
    bin_, wait = parted(outcome, MOST_WAIT)
    return Observed(
        setting,
        cell,
        week,
        bin_,
        wait,
        promises,
        taught=promises * (fates & TAUGHT > 0),
        due=promises * (fates & DUE > 0),
        broken=promises * (fates & BROKEN > 0),
    )


def waits(observed: Observed, bins: int, first_week: int, weeks: int) -> Ints:
    """(J, D) received promises by week made and weeks waited; what :func:`~troth.engine.capability.training.as_of_sets` reads."""
    received = observed.bin < bins
    table = np.zeros((weeks, MOST_WAIT), dtype=np.int64)
    np.add.at(table, (observed.week[received] - first_week, observed.wait[received]), observed.taught[received])
    return table


def record_of(observed: Observed, leaf: Ints, first_week: int, weeks: int, lag: int, bins: int) -> Record:
    """Counts by leaf, week, bin and, where it is longer than ``lag``, the week it was closed.

    :param leaf: (G,) leaf of each entry; the promise-aware model has finer ones than the blind model.
    :param lag: shortest lag of any as-of set, in weeks: what took longer may not be known to a set that holds it.
    """
    block = observed.week - first_week
    late = (observed.bin < bins) & (observed.wait > lag)
    leaves, spans = int(leaf.max(initial=0)) + 1, weeks + MOST_WAIT + 1
    key = ((block * leaves + leaf) * (bins + 1) + observed.bin) * spans + np.where(late, block + observed.wait + 1, 0)
    order = np.argsort(key)
    key = key[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    count = np.add.reduceat(observed.taught[order], first) if len(first) else observed.taught[:0]
    counted = count > 0
    rest, closed = parted(key[first[counted]], spans)
    rest, bin_ = parted(rest, bins + 1)
    block, leaf = parted(rest, leaves)
    return Record(leaf, block, bin_, closed - 1, count[counted], weeks)


def _locate(judged: ir.Table, lookup: Lookup) -> ir.Table:
    """Join each row with its cell on the context columns, ``unknown`` being a value like any other."""
    named = {f"code_context_{i}": judged[column].cast("string").fill_null(UNKNOWN) for i, column in enumerate(lookup.context)}
    prepared = judged.mutate(**named)
    table = ibis.memtable(lookup.table)
    if not lookup.context:
        row = lookup.table.slice(0, 1).to_pylist()[0]
        return prepared.mutate(
            code_cell=ibis.literal(row["code_cell"], "int64"),
            code_origin=ibis.literal(row["code_origin"]),
            code_step=ibis.literal(row["code_step"]),
        )
    return prepared.inner_join(table, list(named))


def _placed(judged: ir.Table, scale: Scale) -> ir.BooleanValue:
    """The row has a place on its cell's grid, whether received or not."""
    return judged.internal_estimate.notnull() if scale.relative else ibis.literal(True)


def _received(judged: ir.Table, scale: Scale) -> ir.BooleanValue:
    """What came can be placed in a bin. A yes/no promise lies in bin 0 if it was kept; broken, it was not received as promised."""
    if scale.kind == "binary":
        return judged.verdict.isin(["KEPT", "EXCEEDED"])
    return judged.level_received.notnull() & ~_outright(judged)


def _outright(judged: ir.Table) -> ir.BooleanValue:
    """Broken although a receipt is on record: contradicted later, or broken by the company's own act."""
    return judged.reversed | ((judged.verdict == "BROKEN") & (judged.shortfall <= 0)).fill_null(False)


def _level_at_break(judged: ir.Table) -> ir.Value:
    """The level at which the promise breaks: what was promised, with the slack the customer could see."""
    slack = judged.tolerance.fill_null(0.0)
    return judged.level_promised + (judged.direction == Direction.MAX).ifelse(-slack, slack)


def _bin(judged: ir.Table, lookup: Lookup, scale: Scale) -> ir.Value:
    """Bin of the level received, right-closed; the end bins are open."""
    if scale.kind == "binary":
        return ibis.literal(0, "int64")
    if lookup.exact is not None:
        return _rank(judged.level_received, scale, lookup.exact, len(lookup.exact)) - 1
    position = (judged.code_badness - judged.code_origin) / judged.code_step
    return ibis.least(ibis.greatest(position.ceil() - 1, 0), lookup.bins - 1)  # asked only of rows that were received


def _rank(level: ir.Value, scale: Scale, exact: Floats, most: int) -> ir.Value:
    """How many of the distinct received values are at most that bad (exact up to a millionth). Even steps are counted, others searched.

    :param most: steps are counted up to here, so that a promise beyond all that was received still tells how far beyond.
    """
    oriented = scale.sign * scale.stated(exact)
    step = even_step(oriented)
    if step is not None:
        number = level.cast("float64") if scale.sign > 0 else -level.cast("float64")
        steps = ((number - float(oriented[-1])) / step + EVEN_SLACK).floor() + len(exact)
        return ibis.least(ibis.greatest(steps, 0), most).cast("int64")
    badness = scale.badness(level)

    def search(low: int, high: int) -> ir.Value:
        if low == high:
            return ibis.literal(low, "int64")
        middle = (low + high) // 2
        return (badness >= float(exact[middle]) - EXACT_SLACK).ifelse(search(middle + 1, high), search(low, middle))

    return search(0, len(exact))


def _position_of_promise(judged: ir.Table, lookup: Lookup, scale: Scale) -> ir.Value:
    """Quarter-bin position of P on the cell's grid, shifted to be positive."""
    if scale.kind == "binary":
        return ibis.literal(QUARTERS + SHIFT, "int64")
    if lookup.exact is None:
        return _placed_at(judged, judged.code_promised)
    return _position(judged, _level_at_break(judged), lookup, scale)


def _position_of_standard(judged: ir.Table, lookup: Lookup, scale: Scale, charter: Charter) -> ir.Value:
    """Quarter-bin position of the charter's standard S (judged with the same visible slack), or NO_STANDARD."""
    levels = [(number, line.standard) for number, line in enumerate(charter.lines) if line.standard is not None]
    if scale.kind == "binary" or not levels:
        return ibis.literal(NO_STANDARD, "int64")
    standard = judged.line.cases(*((number, float(level)) for number, level in levels), else_=ibis.null("float64"))
    slack = judged.tolerance.fill_null(0.0)
    standard = standard + (judged.direction == Direction.MAX).ifelse(-slack, slack)
    return _position(judged, standard, lookup, scale).fill_null(NO_STANDARD)


def _age(judged: ir.Table, lookup: Lookup, scale: Scale, now: datetime) -> ir.Value:
    """Quarter-bin position of how long a pending promise has been open: what is received will be worse than that."""
    if scale.kind != "log":
        return (judged.verdict == "PENDING").ifelse(ibis.literal(0, "int64"), ibis.null("int64"))
    days = ibis.timestamp(now).delta(judged.made_at, unit="microsecond") / DAY_US
    return (judged.verdict == "PENDING").ifelse(_position(judged, days, lookup, scale), ibis.null("int64"))


def _position(judged: ir.Table, level: ir.Value, lookup: Lookup, scale: Scale) -> ir.Value:
    """Quarter-bin position of a level, shifted and kept within the key's digits; NULL where the level is unknown."""
    if lookup.exact is None:
        return _placed_at(judged, scale.badness(level, judged.internal_estimate))
    return _shifted(_rank(level, scale, lookup.exact, MOST_RANK) * QUARTERS, level.notnull())


def _placed_at(judged: ir.Table, badness: ir.FloatingValue) -> ir.Value:
    return _shifted(((badness - judged.code_origin) / judged.code_step * QUARTERS).round(), badness.notnull())


def _shifted(position: ir.NumericValue, known: ir.BooleanValue) -> ir.Value:
    kept = ibis.least(ibis.greatest(position + SHIFT, 0), POSITIONS - 2).cast("int64")
    return known.ifelse(kept, ibis.null("int64"))


def _counted(lookup: Lookup, scale: Scale) -> bool:
    """Bins are ranks, or there is one alone: no badness is asked for."""
    return scale.kind == "binary" or lookup.exact is not None


def _badnesses(judged: ir.Table, scale: Scale) -> dict[str, ir.Value]:
    """Badness of what was received, and of the level at which the promise breaks."""
    return {
        "code_badness": scale.badness(judged.level_received, judged.internal_estimate),
        "code_promised": scale.badness(_level_at_break(judged), judged.internal_estimate),
    }
