"""Studies of small ledgers, in DuckDB unless another connection is given."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from troth.engine.findings import Account
from troth.engine.promises import judge
from troth.engine.reading import FACTS, Reading
from troth.engine.study import decompose
from troth.engine.worlds.truth import Cause, World
from troth.terms.charter import Charter, Line
from troth.terms.vocabulary import DIRECTION_OF, TIMED, Direction, PromiseSpec, PromiseType, StageStep

MONDAY = datetime(2024, 1, 1)
DAY_US = 86_400_000_000
PARTS = ("allowance", "expectation", "standard", "delivery")


def duckdb(threads: int | None = None) -> Any:
    """A database of our own, in UTC."""
    connection = ibis.duckdb.connect() if threads is None else ibis.duckdb.connect(threads=threads)
    connection.raw_sql("SET TimeZone = 'UTC'")
    return connection


def study(
    promises: pa.Table,
    *specs: PromiseSpec,
    folder: Path,
    as_of: datetime,
    charter: Charter | None = None,
    draws: int = 0,
    connection: Any = None,
) -> Reading:
    """A study of the promises as of an instant (naive UTC).

    What was judged is stored before it is decomposed: Ibis then writes the verdict rules into one query and not into each of them, which
    is most of the time a small study takes. ``tests/engine/test_study.py`` makes whole ones.
    """
    database = duckdb() if connection is None else connection
    folder.mkdir(parents=True, exist_ok=True)
    agreed_ = Charter() if charter is None else charter
    instant = as_of.replace(tzinfo=UTC)
    table = database.create_table("promises", promises, overwrite=True)
    judged = database.create_table("judged", judge(table, as_of=instant, charter=agreed_, specs=specs).to_pyarrow(), overwrite=True)
    facts = decompose(judged, specs=specs, charter=agreed_, as_of=instant, connection=database, folder=folder, draws=draws)
    (folder / FACTS).write_text(json.dumps(facts | {"timezone": "UTC", "coverage": {}}, sort_keys=True), encoding="utf-8")
    return Reading(folder)


def study_of(world: World, folder: Path, **options: Any) -> Reading:
    """A study of a made world."""
    return study(world.promises, *world.specs, folder=folder, as_of=world.as_of, charter=world.charter, **options)


def part_of(reading: Reading, cause: Cause, mode: str) -> float:
    """What the account books in the cause's part, over the slice that holds its rows."""
    slots = sorted(cause.where)
    inside = [
        row for row in reading.account(slots, mode=mode, skilled=False) if all(row.where[slot] in cause.where[slot] for slot in slots)
    ]
    return sum(float(getattr(row, cause.part.name.lower()).value) for row in inside)


def whole(reading: Reading, mode: str = "as-of") -> Account:
    """The account of everything, without the skill, which is asked for where it matters: it is half of the work."""
    (row,) = reading.account(mode=mode, skilled=False)
    return row


def identity_error(account: Account) -> float:
    """Broken less (allowance + expectation + standard + delivery + undecomposed): 0 for every slice (domain.md d5)."""
    parts = sum(getattr(account, part).value for part in PARTS)
    return float(account.broken - parts - sum(broken for _, broken in account.undecomposed.values()))


def spec(
    type_: str = "deadline",
    *,
    name: str = "delivery",
    unit: str = "days",
    context: Sequence[str] = (),
    dimensions: Sequence[str] = (),
    stages: Sequence[StageStep] = (),
    has: Iterable[str] = (),
    direction: str | None = None,
) -> PromiseSpec:
    """What a mapping would say of one promise name."""
    kind = PromiseType(type_)
    way = DIRECTION_OF[kind] if direction is None else Direction(direction)
    return PromiseSpec(name, kind, way, unit, "made", tuple(context), tuple(dimensions), tuple(stages), frozenset(has))


def agreed(standard: float | None = None, keep_target: float = 0.9, *, may_promise: bool = True) -> Charter:
    """A charter of one line for every promise."""
    return Charter(lines=(Line(standard=standard, keep_target=keep_target, may_promise=may_promise),), version="1")


def instants(days: ArrayLike) -> pa.Array:
    """Days after Monday 1 January 2024 as timestamps; NaN as NULL."""
    values = np.asarray(days, dtype=np.float64)
    missing = np.isnan(values)
    whole_us = np.round(np.where(missing, 0.0, values) * DAY_US).astype(np.int64) + int(np.datetime64(MONDAY, "us").astype(np.int64))
    return pa.array(whole_us, pa.timestamp("us"), mask=missing)


def day(number: float) -> datetime:
    """So many days after Monday 1 January 2024."""
    return MONDAY + timedelta(days=number)


def promises(of: PromiseSpec, made: ArrayLike, promised: ArrayLike, received: ArrayLike, **columns: Any) -> pa.Table:
    """Promises of one name in the contract's columns.

    :param made: days after Monday 1 January 2024.
    :param promised: P: days for deadlines and response times, else the level; NaN for no level.
    :param received: R likewise; NaN for not received. Levels are received on the day they were promised for, a day after ``made``.
    :param columns: further columns, one value per promise (or one for all of them).
    """
    start, p, r = (np.atleast_1d(np.asarray(values, dtype=np.float64)) for values in (made, promised, received))
    n = len(start)
    p, r = np.broadcast_to(p, (n,)), np.broadcast_to(r, (n,))
    words = {"source": of.source, "name": of.name, "type": of.type.value, "direction": of.direction.value, "unit": of.unit}
    timed = of.type in TIMED
    table: dict[str, Any] = {
        "row": pa.array([f"{of.name} {number}" for number in range(n)], pa.string()),
        "customer": pa.array([f"customer {number // 2}" for number in range(n)], pa.string()),
        "subject": pa.array([f"{of.name} {number}" for number in range(n)], pa.string()),
        **{column: pa.array([word] * n, pa.string()) for column, word in words.items()},
        "made_at": instants(start),
        "due_at": instants(start + p) if timed else instants(start + 1),
        "received_at": instants(start + r) if timed else instants(np.where(np.isnan(r), np.nan, start + 1)),
    }
    if not timed:
        table |= {"promised": _numbers(p), "received": _numbers(r)}
    return pa.table(table | {column: _column(values, n) for column, values in columns.items()})


def _numbers(values: NDArray[np.float64]) -> pa.Array:
    return pa.array(values, pa.float64(), mask=np.isnan(values))


def _column(values: Any, n: int) -> pa.Array:
    if isinstance(values, pa.Array):
        return values
    many = values if isinstance(values, (list, tuple, np.ndarray)) else [values] * n
    return pa.array(list(many))


def shuffled(promises_: pa.Table, seed: int) -> pa.Table:
    """The same rows in another order."""
    return promises_.take(pa.array(np.random.default_rng(seed).permutation(promises_.num_rows)))


def settings_by_key(reading: Reading) -> Mapping[int, Mapping[str, Any]]:
    """The settings of a study, by their key."""
    return {row["setting"]: row for row in reading.settings.to_pyarrow().to_pylist()}
