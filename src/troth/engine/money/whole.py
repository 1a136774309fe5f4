"""Amounts in whole units that add up both ways: the parts of a row to the row, and the rows to the total (largest remainders)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from troth.engine.rounding import whole_numbers

Parts = Sequence[Decimal | None]
"""Amounts of one row, a column each; ``None`` is unknown, and stays so."""


def whole_parts(rows: Mapping[str, Parts], total: Parts) -> tuple[dict[str, tuple[int | None, ...]], tuple[int | None, ...]]:
    """Each row's parts, and those of the total, in whole units.

    The total as a whole is rounded first, then parted over its columns, then each column over its rows. So a row is the sum of its parts
    as printed, the total that of the rows, and the total's amount the nearest whole number to what it is.

    :param rows: name to parts, all of one length. :param total: the parts of the total, to which the rows ought to add up.
    """
    known = [place for place, amount in enumerate(total) if amount is not None]
    columns = dict(zip(known, whole_numbers([total[place] or Decimal(0) for place in known]), strict=True))
    found: dict[str, list[int | None]] = {name: [None] * len(total) for name in rows}
    for place, amount in enumerate(total):
        told = [(name, part) for name, parts in rows.items() if (part := parts[place]) is not None]
        adds_up = amount is not None and sum((part for _, part in told), Decimal(0)) == amount
        whole = whole_numbers([part for _, part in told], columns[place] if adds_up else None) if told else ()
        for (name, _), rounded in zip(told, whole, strict=True):
            found[name][place] = rounded
    return {name: tuple(parts) for name, parts in found.items()}, tuple(columns.get(place) for place in range(len(total)))
