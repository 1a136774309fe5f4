"""The timeline as a file, a line at a time: a long one needs no more memory than a short one."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from io import StringIO

from troth.workspace.timeline.models import Entry

FORMATS = ("jsonl", "csv")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A text that starts so is run as a formula by spreadsheets."""

COLUMNS = (
    "number", "at", "actor_id", "actor_name", "actor_role", "verb", "thing_kind", "thing_id", "thing_words", "before", "after", "address"
)  # fmt: skip
"""What :meth:`Entry.content` gives, in its order."""


def lines(entries: Iterable[Entry], wanted: str) -> Iterator[str]:
    """Each entry as a line.

    :param wanted: ``jsonl``, with the texts as they are chained; or ``csv``, with an apostrophe before what a spreadsheet would run.
    """
    yield from _json_lines(entries) if wanted == "jsonl" else _csv_lines(entries)


def _json_lines(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        yield json.dumps(_whole(entry), ensure_ascii=False) + "\n"


def _csv_lines(entries: Iterable[Entry]) -> Iterator[str]:
    buffer = StringIO()
    writer = csv.writer(buffer)
    writer.writerow([*COLUMNS, "previous", "digest"])
    for entry in entries:
        yield _taken(buffer)
        writer.writerow([_harmless(value) for value in _whole(entry).values()])
    yield _taken(buffer)


def _whole(entry: Entry) -> dict[str, str | int | None]:
    return {**entry.content(), "previous": entry.previous, "digest": entry.digest}


def _harmless(value: str | int | None) -> str | int | None:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _taken(buffer: StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
