"""A few of the rows set aside, so that a person sees what is wrong with them before there is a study."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from troth.intake import engine

MOST = 3
"""Examples of one reason."""
LOOKED_AT = 200
"""First rows of one reason among which different values are looked for: the same text three times says less than three texts."""
LONGEST = 60
"""Characters of a value that are printed; a document holds the whole of it."""
EMPTY = frozenset({"no promise", "missing value"})
"""Reasons that mean there is nothing in the column."""


@dataclass(frozen=True, slots=True)
class Example:
    """One row set aside: why, where it stands, and the value it was set aside for.

    :param line: where the row starts in its file; ``None`` for a database, whose rows are found by ``row``.
    :param row: the source's row key, as text.
    :param column: column, or expression, that is wrong; ``None`` where it is the whole line.
    :param value: what stands there; ``None`` where nothing does, and where no value is to blame.
    """

    reason: str
    file: str
    line: int | None
    row: str | None
    column: str | None
    value: str | None

    def __str__(self) -> str:
        place = f"line {self.line}" if self.line is not None else f"row {_shown(self.row)}" if self.row is not None else None
        value = f"“{_shown(self.value)}”" if self.value is not None else "empty" if self.reason in EMPTY else None
        wrong = ": ".join(part for part in (None if self.column is None else _shown(self.column), value) if part)
        return f"{_shown(self.reason)}: " + ", ".join(part for part in (self.file, place, wrong) if part)


def examples(connection: Any, aside: Sequence[Path], reasons: Iterable[str]) -> tuple[Example, ...]:
    """A few rows of each reason, in the order of the reasons and then of the files.

    :param aside: files of rows set aside (terms.tables.SET_ASIDE).
    """
    if not aside:
        return ()
    rows = engine.read_parquet(connection, aside)
    found: list[Example] = []
    for reason in reasons:
        mine = rows.filter(rows.reason == reason).order_by(rows.file, rows.line.asc(nulls_first=True), rows.row, rows.column)
        first = mine.select("reason", "file", "line", "row", "column", "value").limit(LOOKED_AT).to_pyarrow().to_pylist()
        found += _different([Example(**row) for row in first])
    return tuple(found)


def _different(rows: Sequence[Example]) -> list[Example]:
    """The first few that differ in column or value, filled up with those that do not; in the order they came."""
    first = {(row.column, row.value): place for place, row in reversed(list(enumerate(rows)))}
    new = sorted(first.values())
    again = [place for place in range(len(rows)) if place not in first.values()]
    return [rows[place] for place in sorted([*new, *again][:MOST])]


def _shown(text: str | None) -> str:
    """A value on one line, without what would move a terminal's cursor, and no longer than can be read."""
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in text or "").split())
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1].rstrip() + "…"
