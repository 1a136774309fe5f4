"""Rows of the month strips: the kept rate and the break account by month of the due date, and plain counts by month."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from troth.engine.charts.waterfall import LABEL, parts_of, undecomposed_broken, whole, whole_parts
from troth.engine.findings import Account, Figure
from troth.engine.issues.months import MonthLimits
from troth.terms.vocabulary import Part


def kept_rows(months: Iterable[tuple[str, Figure]], *, mean: Figure, part: Collection[str] = ()) -> list[dict[str, Any]]:
    """One row per month, in order.

    :param months: month as ``YYYY-MM`` with its kept rate; a month without data keeps its place and draws nothing.
    :param part: months that are not whole: their points are hollow.
    """
    return [
        {
            "place": place,
            "month": axis_label(place, month),
            "value": figure.value,
            "low": figure.low,
            "high": figure.high,
            "mean": mean.value,
            "part": month in part,
            "sentence": f"{month}: {'no data' if figure.value is None else f'{figure.value:.1%} kept'} of {figure.n:,}",
        }
        for place, (month, figure) in enumerate(months)
    ]


def account_rows(months: Iterable[tuple[str, Account]], *, fills: Mapping[Part, str]) -> list[dict[str, Any]]:
    """One row per part and month: parts that add breaks stack upwards, parts that take breaks away stack downwards."""
    rows: list[dict[str, Any]] = []
    for place, (month, account) in enumerate(months):
        above = below = 0.0
        counted, missing = whole_parts(account), undecomposed_broken(account)
        sizes = [(LABEL[part], fills[part], figure.value, counted[part]) for part, figure in parts_of(account)]
        sizes.append(("Not decomposed", "$owner-none", float(missing), missing))
        for name, fill, value, count in sizes:
            start = above if value >= 0 else below
            end = start + value
            above, below = (end, below) if value >= 0 else (above, end)
            rows.append(
                {
                    "place": place,
                    "month": axis_label(place, month),
                    "start": start,
                    "end": end,
                    "fill": fill,
                    "sentence": f"{month}, {name}: {whole(count)}",
                }
            )
    return rows


def count_rows(months: Iterable[tuple[str, int]], what: str) -> list[dict[str, Any]]:
    """One row per month, in order.

    :param months: month as ``YYYY-MM`` with its count. :param what: what is counted, in words.
    """
    return [
        {
            "place": place,
            "month": axis_label(place, month),
            "start": 0,
            "end": count,
            "fill": "$accent",
            "sentence": f"{month}: {count:,} {what}",
        }
        for place, (month, count) in enumerate(months)
    ]


def limit_rows(months: Iterable[tuple[str, float | None, MonthLimits | None]]) -> list[dict[str, Any]]:
    """One row per month, in order; a month outside its limits in the colour of a warning, and in another shape.

    :param months: month as ``YYYY-MM`` with its rate, if any, and its limits, if any.
    """
    return [
        {
            "place": place,
            "month": axis_label(place, month),
            "value": rate,
            "expected": None if limits is None else limits.expected,
            "low": None if limits is None else limits.low,
            "high": None if limits is None else limits.high,
            "fill": "$warn" if limits is not None and limits.outside else "$accent",
            "stroke": "$ink" if limits is not None and limits.outside else "transparent",
            "shape": "diamond" if limits is not None and limits.outside else "circle",
            "sentence": f"{month}: {'no data' if rate is None else f'{rate:.1%} broken'}{_beside(limits)}",
        }
        for place, (month, rate, limits) in enumerate(months)
    ]


def _beside(limits: MonthLimits | None) -> str:
    return "" if limits is None else f", limits {limits.low:.1%} to {limits.high:.1%}"


NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def axis_label(place: int, month: str) -> str:
    """``<month>|<what the axis shows>``: the name, and the year where it begins or the strip does."""
    year, number = month.split("-")[:2]
    name = NAMES[int(number) - 1]
    return f"{month}|{name} {year}" if place == 0 or number == "01" else f"{month}|{name}"


def multiples_rows(slices: Iterable[tuple[str, Iterable[tuple[str, Figure]]]]) -> list[dict[str, Any]]:
    """One row per slice and month, for strips side by side.

    :param slices: the slice's words with its months (``YYYY-MM``) and their kept rates.
    """
    return [
        {
            "slice": words,
            "order": order,
            "place": place,
            "month": axis_label(place, month),
            "value": figure.value,
            "low": figure.low,
            "high": figure.high,
            "sentence": f"{words}, {month}: {'no data' if figure.value is None else f'{figure.value:.1%} kept'} of {figure.n:,}",
        }
        for order, (words, months) in enumerate(slices)
        for place, (month, figure) in enumerate(months)
    ]
