"""Rows of the waterfall: where each part of the break account starts and ends (domain.md d5, d7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from troth.engine.findings import Account, PartFigure
from troth.engine.rounding import whole_numbers
from troth.terms.vocabulary import Part

LABEL: dict[str, str] = {
    Part.ALLOWANCE: "Allowance",
    Part.EXPECTATION: "Expectation-setting",
    Part.STANDARD: "Standard",
    Part.DELIVERY: "Delivery",
}


def parts_of(account: Account) -> tuple[tuple[Part, PartFigure], ...]:
    """The four parts in reading order."""
    return (
        (Part.ALLOWANCE, account.allowance),
        (Part.EXPECTATION, account.expectation),
        (Part.STANDARD, account.standard),
        (Part.DELIVERY, account.delivery),
    )


def whole_parts(account: Account) -> dict[Part, int]:
    """The four parts in whole promises, which make, with what could not be decomposed, the broken ones."""
    parts = parts_of(account)
    return dict(zip((part for part, _ in parts), whole_numbers([figure.value for _, figure in parts]), strict=True))


def undecomposed_broken(account: Account) -> int:
    """Broken promises that no part explains, because their rows could not be decomposed."""
    return sum(broken for _, broken in account.undecomposed.values())


def waterfall_rows(account: Account, *, whose: Mapping[Part, str], fills: Mapping[Part, str]) -> list[dict[str, Any]]:
    """One row per column of the picture, from allowance to the sum.

    :param whose: the owner's words, by part.
    :param fills: the owner's theme word (``$owner-brand`` and so on), by part.
    :returns: rows as ``waterfall.vl.json`` reads them; ``start``, ``end``, ``low``, ``high``, ``aware`` and ``top`` in broken promises.
    """
    rows: list[dict[str, Any]] = []
    reached = 0.0
    counted = whole_parts(account)
    for part, figure in parts_of(account):
        start, reached = reached, reached + figure.value
        low, high, aware = (None if limit is None else start + limit for limit in (figure.low, figure.high, figure.aware))
        rows.append(
            _row(rows, part=part, name=LABEL[part], whose=whose[part], fill=fills[part], start=start, end=reached, count=counted[part])
            | {"low": low, "high": high, "aware": aware, "top": _highest(start, reached, high, aware)}
        )
    missing = undecomposed_broken(account)
    if missing:
        start, reached = reached, reached + missing
        rows.append(
            _row(rows, part="undecomposed", name="Not decomposed", whose="see the reasons", fill="$owner-none", start=start, end=reached)
            | {"stroke": "$edge", "dashed": True}
        )
    rows.append(
        _row(rows, part="broken", name="Broken", whose="all of them", fill="transparent", start=0.0, end=float(account.broken))
        | {"stroke": "$ink"}
    )
    return rows


def _row(
    before: Sequence[object], *, part: str, name: str, whose: str, fill: str, start: float, end: float, count: int | None = None
) -> dict[str, Any]:
    size = end - start if count is None else count
    return {
        "place": len(before),
        "part": str(part),
        "name": name,
        "whose": whose,
        "fill": fill,
        "stroke": "transparent",
        "dashed": False,
        "start": start,
        "end": end,
        "low": None,
        "high": None,
        "aware": None,
        "top": max(start, end),
        "count": whole(size),
        "sentence": f"{name}: {whole(size)} broken promises",
    }


def whole(value: float) -> str:
    """A count for a label: thousands apart, a true minus sign."""
    return f"{value:,.0f}".replace("-0", "0").replace("-", "−") if round(value) == 0 else f"{value:,.0f}".replace("-", "−")


def _highest(*levels: float | None) -> float:
    return max(level for level in levels if level is not None)
