"""A file of a project folder, read as far as it can be: what is wrong is left out, and the rest is tried again.

So one reading tells every mistake. What only follows from an earlier one is not told: a key that is missing because it was left out, a
name nobody makes because the table that makes it was left out.
"""

from __future__ import annotations

import copy
import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from troth.intake.folder import read_toml
from troth.intake.settings import LEFT_OUT, MAPPINGS, SOURCE, keys_of, missing_keys
from troth.terms.errors import MissingKeyError, ProjectError, TrothError, UnknownNameError

T = TypeVar("T")

MOST_ERRORS = 50

_STEP = re.compile(r"([^.\[\]]+)(?:\[(\d+)\])?")


@dataclass
class Draft:
    """What was left out of one file.

    :param raw: its TOML, without what was left out; ``None`` where nothing of it could be read.
    :param cut: the keys left out, each with the place of its table (empty at the top).
    :param lost: by noun, the names that tables left out would have made; ``None`` stands for any.
    """

    raw: dict[str, Any] | None
    cut: set[tuple[str, str]] = field(default_factory=set)
    lost: dict[str, set[str | None]] = field(default_factory=dict)

    def is_cut(self, table: str, keys: Iterable[str]) -> bool:
        """One of the keys was left out of a table, or what was left out looks like one of them misspelt."""
        gone = [key for place, key in self.cut if place == table]
        return any(difflib.get_close_matches(key, list(keys), n=1, cutoff=0.6) for key in gone)

    def all_missing(self, error: ProjectError) -> Iterable[ProjectError]:
        """The error; where a key of a table is missing, every one that is: the table goes as a whole, and is not asked again."""
        if not isinstance(error, MissingKeyError) or error.place != error.table:
            return (error,)
        steps = _STEP.fullmatch(error.table)
        rows = None if steps is None or self.raw is None else self.raw.get(steps[1])
        if steps is None or not isinstance(rows, list):
            return (error,)
        return missing_keys(rows[int(steps[2]) - 1], f"[[{steps[1]}]]", file=error.file or "", at=error.table)

    def touched(self, table: str) -> bool:
        """Something was left out of a table, or of one inside it."""
        return any(place == table or place.startswith(f"{table}.") for place, _ in self.cut)

    def leave_out(self, place: str | None) -> bool:
        """Leave a key out; a table that lacks a key goes as a whole. False where there is nothing to leave out."""
        steps = _STEP.findall(place or "")
        held: Any = self.raw
        path = ""
        for position, (key, index) in enumerate(steps):
            last = position == len(steps) - 1
            if not isinstance(held, dict) or key not in held:
                return position > 0 and self.leave_out((place or "").rpartition(".")[0])
            if last and not index:
                del held[key]
                self.cut.add((path, key))
                return True
            if index:
                rows = held[key]
                if not isinstance(rows, list) or int(index) > len(rows):
                    return False
                if last:
                    self._lose(path, key, rows[int(index) - 1])
                    rows[int(index) - 1] = LEFT_OUT  # those behind it keep their places
                    return True
                held = rows[int(index) - 1]
            else:
                held = held[key]
            step = f"{key}[{index}]" if index else key
            path = f"{path}.{step}" if path else step
        return False

    def _lose(self, path: str, kind: str, row: object) -> None:
        """A table goes, and with it the name it makes."""
        self.cut.add((path, kind))
        name = row.get("name") if isinstance(row, dict) else None
        self.lost.setdefault(kind, set()).add(name if isinstance(name, str) else None)


@dataclass
class Drafts:
    """The files of a folder as they were read, and what is wrong with them.

    :param problems: every mistake that does not follow from an earlier one.
    """

    files: dict[str, Draft] = field(default_factory=dict)
    problems: list[TrothError] = field(default_factory=list)

    def read(self, file: Path, read: Callable[[dict[str, Any]], T]) -> T | None:
        """What a file says without what is wrong in it; ``None`` where nothing is left to read."""
        try:
            draft = Draft(copy.deepcopy(read_toml(file)))
        except ProjectError as error:
            self.problems.append(error)
            self.files[str(file)] = Draft(None)
            return None
        self.files[str(file)] = draft
        for _ in range(MOST_ERRORS):
            try:
                return read(draft.raw or {})
            except ProjectError as error:
                for one in draft.all_missing(error):
                    self.tell(one)
                if not draft.leave_out(error.place):
                    break
        draft.raw = None
        return None

    def tell(self, error: ProjectError) -> None:
        """Keep a mistake, unless it follows from an earlier one."""
        if not self._follows(error):
            self.problems.append(error)

    def of(self, file: Path | str) -> Draft:
        """What was left out of a file."""
        return self.files.get(str(file), Draft({}))

    def is_lost(self, kind: str, name: str) -> bool:
        """A table that was left out, or a file that could not be read, may have made this name."""
        unread = kind == "promises" and any(draft.raw is None for draft in self.files.values())
        return unread or any(draft.lost.get(kind, set()) & {name, None} for draft in self.files.values())

    def _follows(self, error: ProjectError) -> bool:
        match error:
            case MissingKeyError():
                return self.of(error.file or "").is_cut(error.table, error.keys)
            case UnknownNameError():
                return self.is_lost(error.kind, error.name)
            case _:
                return False


HOW_A_SOURCE_IS_OPENED = ("read", "connection", "table", "query", "encoding", "delimiter", "quote", "sheet")
"""Keys of a source without which its columns may be others than meant."""

HOW_ROWS_ARE_READ = tuple(name for name in keys_of(SOURCE) if name not in MAPPINGS)
"""Keys of a source without which its rows would be read otherwise than meant."""
