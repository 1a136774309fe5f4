"""The shop, written: its tables as Parquet, block by block, and the truth beside them.

A block of people is one row group of each table. The people of a block are the same whatever the size of the shop, so a smaller shop is
the beginning of a larger one; memory is that of one block.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from troth.engine.worlds.shop import causes as c
from troth.engine.worlds.shop.counting import EVENTS, UNEXPLAINED, Count, Tally, count
from troth.engine.worlds.shop.draws import Draws
from troth.engine.worlds.shop.history import live
from troth.engine.worlds.shop.offices import offices
from troth.engine.worlds.shop.orders import LEAVES, LEAVES_FAR, LEAVING
from troth.engine.worlds.shop.people import people
from troth.engine.worlds.shop.tables import Block, tables
from troth.engine.worlds.shop.trials import trials
from troth.engine.worlds.shop.visits import SIDES
from troth.engine.worlds.shop.year import LAST_DAY, moment

ORDERS = 250_000
ORDERS_A_PERSON = 4.06
"""Orders of a person in the year, on average: how a number of orders becomes one of people."""
BLOCK = 20_000
"""People of one block."""
LEAST_ORDERS, MOST_ORDERS = 1_000, 100_000_000
TRUTH = "truth.json"
VERSION = 1
"""Raised where the same seed gives other rows than before."""
MADE = "Made data: no such shop exists. Counted from the draws that made it, with each cause switched off."


@dataclass(frozen=True, slots=True)
class Shop:
    """What was made.

    :param truth: what ``truth/truth.json`` holds.
    """

    folder: Path
    orders: int
    truth: Mapping[str, Any]


def shop(folder: Path, orders: int = ORDERS, *, seed: int = 1, block: int = BLOCK) -> Shop:
    """Make the shop's year: tables in ``folder/data``, the truth in ``folder/truth``.

    :param orders: about how many orders, from 1,000 to 100 million.
    :param seed: of every draw.
    :param block: people made at a time: memory and row groups go by it, the rows do not.
    :raises ValueError: too few orders or too many, or a block without people.
    """
    if not LEAST_ORDERS <= orders <= MOST_ORDERS or block < 1:
        raise ValueError(
            f"A shop has {LEAST_ORDERS:,} to {MOST_ORDERS:,} orders, made in blocks of at least 1 person, not {orders:,} in {block:,}."
        )
    data, beside = folder / "data", folder / "truth"
    for place in (data, beside):
        place.mkdir(parents=True, exist_ok=True)
    (beside / TRUTH).unlink(missing_ok=True)  # written last: where it stands, the shop is whole
    draws, counted = Draws(seed), Count()
    inhabitants = round(orders / ORDERS_A_PERSON)
    with ExitStack() as stack:
        writers: dict[Path, pq.ParquetWriter] = {}

        def write(path: Path, table: pa.Table) -> None:
            if path not in writers:
                writers[path] = stack.enter_context(pq.ParquetWriter(path, table.schema, compression="zstd", store_schema=False))
            writers[path].write_table(table, row_group_size=max(len(table), 1))

        for first in range(0, inhabitants, block):
            those = people(draws, first, min(first + block, inhabitants))
            one = Block(draws, those, live(draws, those, c.ALL), trials(draws, those))
            company, truth = tables(one)
            for name, table in company.items():
                write(data / f"{name}.parquet", pa.table(table))
            for name, table in truth.items():
                write(beside / f"{name}.parquet", pa.table(table))
            write(beside / "failures.parquet", count(one.draws, those, one.history, one.trials, counted))
    for name, table in offices(draws).items():
        pq.write_table(table, data / f"{name}.parquet", store_schema=False)
    known = document(counted, orders, seed)
    (beside / TRUTH).write_text(json.dumps(known, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return Shop(folder, counted.totals["orders"], known)


def made(folder: Path, orders: int, seed: int = 1) -> bool:
    """Whether this very shop stands there, whole."""
    known = _known(folder)
    return [known.get(key) for key in ("version", "orders_asked_for", "seed")] == [VERSION, orders, seed]


def size_of(folder: Path) -> int | None:
    """How many orders were asked for of the shop that stands there; ``None`` where there is none."""
    size = _known(folder).get("orders_asked_for")
    return size if isinstance(size, int) else None


def _known(folder: Path) -> dict[str, Any]:
    """The truth that stands there; nothing where there is none, or it cannot be read."""
    try:
        known = json.loads((folder / "truth" / TRUTH).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def document(counted: Count, orders: int, seed: int) -> dict[str, Any]:
    """The truth, as it is written."""
    return {
        "made": MADE,
        "version": VERSION,
        "seed": seed,
        "orders_asked_for": orders,
        "as_of": f"{LAST_DAY}",
        "currency": "BRL",
        "totals": {name: _plain(value) for name, value in counted.totals.items()},
        "causes": [_cause(cause, counted.causes[cause.name]) for cause in c.CAUSES],
        "fractions": {
            event: {
                "events": counted.counted[event]["events"],
                "of": counted.counted[event]["of"],
                "counted": {
                    side: counted.counted[event][side] / max(counted.counted[event]["events"], 1) for side in (*SIDES, UNEXPLAINED)
                },
                "expected": {side: counted.expected[event][side] / counted.expected[event]["events"] for side in (*SIDES, UNEXPLAINED)}
                if counted.expected[event]["events"]
                else {},
            }
            for event in EVENTS
        },
        "leaving": {
            "anyway": {"bronze": float(LEAVES[0]), "silver": float(LEAVES[1]), "gold": float(LEAVES[2]), "more in the North": LEAVES_FAR},
            "planted": dict(LEAVING),
            "came again within 90 days": {
                name: dict(tally) | {"effect": (tally["came again"] - tally["would have"]) / tally["orders"] if tally["orders"] else None}
                for name, tally in counted.effects.items()
            },
        },
        "emerging theme": {
            "about": "locker code",
            "from": f"{moment(c.LOCKER_FROM):%Y-%m-%d}",
            "share of what is written from then on": 0.01,
        },
    }


def _cause(cause: c.Planted, tally: Tally) -> dict[str, Any]:
    first, last = cause.span
    return {
        "name": cause.name,
        "what": cause.what,
        "fix": cause.fix,
        "table": cause.table,
        "rule": {column: list(values) for column, values in cause.rule.items()},
        "from": f"{moment(first):%Y-%m-%d}",
        "to": f"{moment(last):%Y-%m-%d}",
        "failure": cause.failure,
        "area": cause.area,
        "aspect": cause.aspect,
        "part": None if cause.part is None else cause.part.value,
        "unit": list(cause.unit),
        "touched": tally.touched,
        "excess": tally.direct[cause.failure],
        "direct": {kind: more for kind, more in tally.direct.items() if more},
        "in_all": {kind: more for kind, more in tally.in_all.items() if more},
        "money": {name: round(amount, 2) for name, amount in tally.money.items()},
        "customers_lost": tally.leavers,
    }


def _plain(value: float) -> float:
    return value if isinstance(value, int) else round(value, 2)
