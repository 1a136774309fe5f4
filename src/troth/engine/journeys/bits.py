"""Whole numbers as sets of bits: joining those of many rows, in any order of rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir


def _builtin(name: str) -> Callable[..., ir.IntegerColumn]:
    """An engine's own aggregate of whole numbers, called by name."""

    def called(numbers: Any) -> Any:
        """The engine computes this."""

    called.__name__ = called.__qualname__ = name
    declare: Callable[..., Callable[..., ir.IntegerColumn]] = ibis.udf.agg.builtin
    return declare(called, name=name, signature=((dt.int64,), dt.int64))


joined_bits = _builtin("bit_or")  # Ibis knows it of DuckDB alone; Spark calls it the same
