"""Small projects in a temporary folder, written as a user would write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.intake import Intake, SourceTally, read_folder, take
from troth.intake.settings import MAPPINGS

ORDERS = """\
read = "orders.csv"
id = "id"
[[promises]]
name = "delivery date"
type = "deadline"
customer = "customer"
subject = "id"
made_at = "ordered"
due = "promised"
received_at = "delivered"
"""
"""The mapping most tests start from."""


@dataclass(frozen=True)
class Taken:
    """A take, with short ways to what tests look at."""

    intake: Intake

    def rows(self, *columns: str, table: ir.Table | None = None) -> list[tuple[Any, ...]]:
        """The promises' columns, by row key."""
        held = self.intake.promises if table is None else table
        found = held.order_by("row").select(*columns).to_pyarrow().to_pylist()
        return [tuple(row[name] for name in columns) for row in found]

    def column(self, name: str) -> list[Any]:
        return [value for (value,) in self.rows(name)]

    @property
    def tally(self) -> SourceTally:
        (tally,) = self.intake.accounting
        return tally

    @property
    def reasons(self) -> dict[str, int]:
        return dict(self.tally.set_aside)

    def aside(self, *columns: str) -> list[tuple[Any, ...]]:
        """The rows set aside, in file order."""
        found = self.intake.set_aside.order_by(["file", "line", "mapping"]).select(*columns).to_pyarrow().to_pylist()
        return [tuple(row[name] for name in columns) for row in found]


def write(
    folder: Path,
    source: str = ORDERS,
    *,
    files: Mapping[str, str | bytes] | None = None,
    settings: str = "",
    charter: str | None = None,
    name: str = "orders",
) -> Path:
    """A project folder with one source."""
    (folder / "sources").mkdir(parents=True, exist_ok=True)
    (folder / "troth.toml").write_text('name = "Test"\n' + settings)
    (folder / "sources" / f"{name}.toml").write_text(dedent(source))
    if charter is not None:
        (folder / "charter.toml").write_text(dedent(charter))
    for path, content in (files or {}).items():
        one = folder / path
        one.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            one.write_bytes(content)
        else:
            one.write_text(content, encoding="utf-8")
    return folder


def taken(folder: Path, connection: Any | None = None) -> Taken:
    """Take the project; whatever it holds, every row is accounted for."""
    intake = take(read_folder(folder), ibis.duckdb.connect() if connection is None else connection, work=folder / ".work")
    for tally in intake.accounting:
        assert tally.balances
    aside = intake.set_aside.count().to_pyarrow().as_py()
    assert aside == sum(sum(tally.set_aside.values()) for tally in intake.accounting)
    used = dict.fromkeys((*MAPPINGS, "none"), 0)
    for tally in intake.accounting:
        used[tally.kind] += tally.used
    for kind, count in used.items():
        held = getattr(intake, kind, None)
        tables = [table for _, table in getattr(intake, kind)] if kind in {"occasions", "readings"} else [] if held is None else [held]
        assert sum(table.count().to_pyarrow().as_py() for table in tables) == count
    return Taken(intake)


def orders(folder: Path, csv: str, source: str = ORDERS, **kwargs: Any) -> Taken:
    """Take a project whose one file is orders.csv."""
    return taken(write(folder, source, files={"orders.csv": dedent(csv)}, **kwargs))


def at(text: str) -> datetime:
    """A moment, as the tables hold it."""
    return datetime.fromisoformat(text)
