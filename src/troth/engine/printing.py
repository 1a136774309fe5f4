"""Findings as tables for people: text for a terminal, HTML for a notebook. Every field is shown; of very many rows the first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from html import escape
from textwrap import wrap
from typing import Any

WIDTH = 140
"""Characters a line of text may have before a table goes on below itself."""
MOST_ROWS = 60
LONGEST = 72
"""Characters a cell may have before it is broken into lines."""
UNKNOWN = "unknown"
TOO_FEW = "too few"
NOTHING = "No rows."
GAP = "  "

Cells = dict[str, str]


def sensible(value: float) -> str:
    """A number with four figures that count, and no more."""
    if not value or not math.isfinite(value):
        return f"{value:g}"
    places = min(9, max(0, 3 - math.floor(math.log10(abs(value)))))
    text = f"{value:,.{places}f}"
    shown = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{value:.1g}" if shown.lstrip("-") == "0" else shown  # a thousandth of a second late, in days, is late


def cells_of(row: Any) -> Cells:
    """The fields of one finding as text: its slice first, then its numbers, each with its interval."""
    cells: Cells = {}
    for item in fields(row):
        value = getattr(row, item.name)
        if item.name == "where":
            cells |= {str(name): slice_text(str(name), slice_) for name, slice_ in value.items()}
        elif is_dataclass(value) and not hasattr(value, "low"):  # several figures, each with a cell of its own
            cells |= {f"{item.name}.{part.name}": _told(getattr(value, part.name)) for part in fields(value)}
        else:
            cells[item.name] = _told(value)
    return cells


def slice_text(name: str, value: Any) -> str:
    """A slice's value in a table; a month, a quarter or a year as people write it, and not as its first day."""
    if isinstance(value, date) and not isinstance(value, datetime):
        match name.rpartition("_")[2]:
            case "month":
                return f"{value:%Y-%m}"
            case "quarter":
                return f"{value.year}-Q{(value.month + 2) // 3}"
            case "year":
                return f"{value.year}"
    return _plain(value)


def as_text(rows: Sequence[Any], notes: Sequence[str]) -> str:
    """The findings as a table of text, and beneath it what a reader must see beside them."""
    shown = [cells_of(row) for row in rows[:MOST_ROWS]]
    body = [NOTHING] if not shown else _upright(shown[0]) if len(rows) == 1 else _columns(shown, _keys(rows[0]))
    return "\n".join([*body, *_beneath(rows, notes)])


def as_html(rows: Sequence[Any], notes: Sequence[str]) -> str:
    """The same as HTML; whatever came from data is escaped."""
    shown = [cells_of(row) for row in rows[:MOST_ROWS]]
    names = _names(shown)
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cells.get(name, str()))}</td>' for name in names)}</tr>" for cells in shown)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if shown else f"<p>{NOTHING}</p>"
    return table + "".join(f"<p>{escape(line)}</p>" for line in _beneath(rows, notes))


def _beneath(rows: Sequence[Any], notes: Sequence[str]) -> list[str]:
    more = [f"{MOST_ROWS:,} of {len(rows):,} rows; .to_pandas() and .to_arrow() hold all."] if len(rows) > MOST_ROWS else []
    return [*more, *(f"· {note}" for note in notes)]


def _names(shown: Iterable[Cells]) -> list[str]:
    return list(dict.fromkeys(name for cells in shown for name in cells))


def _keys(row: Any) -> int:
    """How many leading columns name the slice: they stand before each stretch of a table that goes on below itself."""
    return len(getattr(row, "where", ()))


def _upright(cells: Cells) -> list[str]:
    """One finding, a line per field."""
    width = max(len(name) for name in cells)
    return [
        f"{('' if number else name).ljust(width)}{GAP}{line}".rstrip()
        for name, text in cells.items()
        for number, line in enumerate(_lines(text, WIDTH - width - len(GAP)))
    ]


def _columns(shown: Sequence[Cells], keys: int) -> list[str]:
    """Findings side by side; what a line has no room for goes on below, behind the slices' names."""
    names = _names(shown)
    columns = {name: [[name], *(_lines(cells.get(name, ""), LONGEST) for cells in shown)] for name in names}
    widths = {name: max(len(line) for cell in column for line in cell) for name, column in columns.items()}
    right = {name for name in names if all(_is_figure(cells.get(name, "")) for cells in shown)}
    lead, rest = names[:keys], names[keys:]
    lines: list[str] = []
    while rest or not lines:
        taken = _fitting(lead, rest, widths)
        rest = rest[len(taken) :]
        lines += [""] if lines else []
        for number in range(len(shown) + 1):
            row = {name: columns[name][number] for name in (*lead, *taken)}
            for height in range(max(map(len, row.values()))):
                texts = ((name, cell[height] if height < len(cell) else "") for name, cell in row.items())
                padded = (text.rjust(widths[name]) if name in right else text.ljust(widths[name]) for name, text in texts)
                lines.append(GAP.join(padded).rstrip())
    return lines


def _fitting(lead: Sequence[str], rest: Sequence[str], widths: Mapping[str, int]) -> list[str]:
    """As many further columns as a line has room for, and one at least."""
    room = WIDTH + len(GAP) - sum(widths[name] + len(GAP) for name in lead)
    taken: list[str] = []
    for name in rest:
        room -= widths[name] + len(GAP)
        if taken and room < 0:
            break
        taken.append(name)
    return taken


def _lines(text: str, width: int) -> list[str]:
    return wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]


def _is_figure(cell: str) -> bool:
    return cell in {UNKNOWN, TOO_FEW} or cell[:1].isdigit() or cell[1:2].isdigit()


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_told(inner)}" for key, inner in value.items()) or "none"
    if isinstance(value, tuple | list):
        return " ".join(_told(inner) for inner in value)
    if is_dataclass(value) and hasattr(value, "low"):  # a figure, or a part of the account
        figure: Any = value
        if figure.value is None and getattr(figure, "n", None):
            return TOO_FEW
        limits = "" if figure.low is None or figure.high is None else f" [{_plain(figure.low)}, {_plain(figure.high)}]"
        return f"{_plain(figure.value)}{limits}"
    return _plain(value)


def _plain(value: Any) -> str:
    match value:
        case None:
            return UNKNOWN
        case bool():
            return "yes" if value else "no"
        case float():
            return sensible(value)
        case int():
            return f"{value:,}"
        case datetime():
            return value.isoformat(" ")
        case date():
            return value.isoformat()
    return str(value)
