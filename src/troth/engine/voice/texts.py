"""Texts as people wrote them, made fit to read: control characters out, long ones cut, personal data masked, repeats folded into one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from troth.engine.promises.contract import as_table
from troth.engine.voice.masking import bare, mask
from troth.engine.voice.wording import known_language
from troth.terms.errors import RequestError, did_you_mean

Labels = npt.NDArray[np.int64]

LONGEST = 2_000
"""Characters of a text that are read; what lies behind them is cut, and the result says of how many texts."""

COLUMNS = ("text", "language", "customer")
"""What a table of texts may hold; ``text`` must be there. These are columns of the signals contract (terms/tables.py)."""


@dataclass(frozen=True)
class Corpus:
    """Texts with each different one held once.

    :param texts: the different texts, masked, in order of first appearance; shape (m,).
    :param keys: the same without masks, in lower case: what made them different.
    :param languages: ``en``, ``pt``, ``other`` or ``unknown`` of each, as told or guessed.
    :param which: of each row the place in ``texts``, -1 where there is nothing to read; shape (n,).
    :param people: of each row who wrote it, or ``None`` where no column told. :param cut: rows cut at :data:`LONGEST`.
    :param empty: rows without a word: missing, blank, emoji or signs alone.
    """

    texts: tuple[str, ...]
    keys: tuple[str, ...]
    languages: tuple[str, ...]
    which: Labels
    people: tuple[Any, ...] | None
    cut: int
    empty: int


def corpus(texts: Any, languages: Any = None, people: Any = None) -> Corpus:
    """Read texts from a column (list, array, series), or from a table with ``text``, and ``language`` and ``customer`` if it has them.

    :param languages: one code a row (``pt-BR``), or one for all; ``None`` where a row is to be guessed. Overrides the table's.
    :param people: one identifier a row; overrides the table's ``customer``.
    :raises RequestError: it is neither, a row is no text, or columns differ in length.
    """
    found = _columns(texts)
    rows = _as_texts(found["text"])
    told = _as_long(found.get("language") if languages is None else languages, len(rows), "languages")
    who = found.get("customer") if people is None else people
    writers = None if who is None else tuple(_as_long(who, len(rows), "people"))
    return _folded(rows, told, writers)


def _folded(rows: Sequence[str | None], told: Sequence[Any], writers: tuple[Any, ...] | None) -> Corpus:
    read: dict[str, tuple[str, str]] = {}
    places: dict[str, int] = {}
    masked: list[str] = []
    tongues: list[str] = []
    which = np.full(len(rows), -1, dtype=np.int64)
    cut = 0
    for row, text in enumerate(rows):
        if not text:
            continue
        cut += len(text) > LONGEST
        if text not in read:
            clean = mask(cleaned(text))
            read[text] = (clean, bare(clean).casefold())
        clean, key = read[text]
        if not any(sign.isalnum() for sign in key):
            continue
        if key not in places:
            places[key] = len(masked)
            masked.append(clean)
            tongues.append(known_language(_text_or_none(told[row]), key))
        which[row] = places[key]
    return Corpus(tuple(masked), tuple(places), tuple(tongues), which, writers, cut, int((which < 0).sum()))


def cleaned(text: str) -> str:
    """One line without control characters, zero-width signs and halves of surrogate pairs, cut at the end of a word."""
    read = unicodedata.normalize("NFC", text[: LONGEST + 1])
    signs = read if read.isprintable() else "".join(_sign(sign) for sign in read)
    line = " ".join(signs.split())
    if len(text) <= LONGEST:
        return line
    return line[:LONGEST].rpartition(" ")[0] or line[:LONGEST]


def _sign(sign: str) -> str:
    match unicodedata.category(sign):
        case "Cc" | "Zl" | "Zp" | "Zs":
            return " "
        case "Cf" | "Cs" | "Co" | "Cn":
            return ""
    return sign


def _columns(texts: Any) -> dict[str, Any]:
    """The columns told of by name, whatever holds them."""
    if isinstance(texts, str | bytes):
        raise RequestError("themes are found in many texts, and this is one.", place="texts", mend="give a list of texts.")
    if _is_table(texts):
        table = as_table(texts, "texts")
        if "text" not in table.columns:
            near = did_you_mean("text", table.columns)
            raise RequestError("The table of texts lacks “text”.", place="text", mend=near or "add a column “text”.")
        there = [name for name in COLUMNS if name in table.columns]
        arrow = table.select(*there).to_pyarrow()
        return {name: arrow[name] for name in there}
    return {"text": texts}


def _is_table(texts: Any) -> bool:
    return isinstance(texts, ir.Table | pa.Table | dict) or (hasattr(texts, "columns") and hasattr(texts, "shape"))


def _listed(column: Any, place: str) -> list[Any]:
    if isinstance(column, ir.Column):
        column = column.to_pyarrow()
    if isinstance(column, pa.Array | pa.ChunkedArray):
        return list(column.to_pylist())
    if hasattr(column, "tolist"):
        column = column.tolist()
    elif hasattr(column, "to_list"):
        column = column.to_list()
    if not isinstance(column, Iterable):
        what = f"The {place} cannot be read as a column ({type(column).__name__})."
        raise RequestError(what, place=place, mend="give a list, an array or a series, one entry a row.")
    return list(column)


def _as_texts(column: Any) -> list[str | None]:
    listed = _listed(column, "texts")
    for row, value in enumerate(listed):
        if _text_or_none(value) is None:
            listed[row] = None
        elif not isinstance(value, str):
            what = f"Row {row} of the texts holds {type(value).__name__}, not text."
            raise RequestError(what, place="texts", mend="cast the column to text, or give the one that holds the words.")
    return listed


def _as_long(column: Any, rows: int, place: str) -> Sequence[Any]:
    if column is None or isinstance(column, str):
        return [column] * rows
    listed = _listed(column, place)
    if len(listed) != rows:
        raise RequestError(f"There are {rows:,} texts and {len(listed):,} {place}.", place=place, mend="give one a row.")
    return listed


def _text_or_none(value: Any) -> Any:
    """Missing values of every library are one: ``None``, NaN, NaT, NA."""
    if value is None or (isinstance(value, float) and value != value) or type(value).__name__ in {"NAType", "NaTType"}:  # noqa: PLR0124 - NaN
        return None
    return value
