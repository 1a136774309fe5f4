"""Records kept as columns: frozen dataclasses whose fields are arrays of one length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np

Columns = TypeVar("Columns")


def rows(columns: Columns, where: Any) -> Columns:
    """Some rows, by mask or by position."""
    of: Any = columns
    made: Columns = type(columns)(**{field.name: getattr(columns, field.name)[where] for field in fields(of)})
    return made


def together(parts: Sequence[Columns]) -> Columns:
    """Rows of several, one after the other."""
    first: Any = parts[0]
    made: Columns = type(parts[0])(**{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(first)})
    return made


def length(columns: Any) -> int:
    """How many rows there are."""
    return len(getattr(columns, fields(columns)[0].name))
