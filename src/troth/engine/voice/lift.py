"""What goes along with a theme: each failure among those who speak of it, beside those who do not.

Rates carry Wilson's interval (1927), the difference Newcombe's (1998, method 10), the ratio Donner & Zou's (2012, both built from
Wilson's limits, so nothing breaks down at 0 or 1). p is Fisher's exact test, two-sided by doubling; Holm (1979) adjusts it for all pairs
looked at. Where it is known who wrote, people are counted: one person with ten letters is one. It is association, never cause.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from troth.engine.findings import NO_DATA, Figure, Findings
from troth.engine.intervals import wilson
from troth.engine.multiplicity import holm
from troth.engine.voice.results import Lift
from troth.engine.voice.texts import Labels
from troth.terms.errors import RequestError

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]

BESIDE = "{pairs} pairs of theme and failure were looked at; p_adjusted allows for that (Holm)."
NO_CAUSE = "A lift goes along with a theme and says nothing of cause."
BY_TEXT = "It is not known who wrote, so texts are counted: people who write often weigh more, and intervals are too narrow for them."
UNKNOWN_LEFT_OUT = "{n:,} rows of “{failure}” are unknown and left out."


def lift(
    labels: Labels, read: Flags, names: Mapping[int, str], failures: Mapping[str, Sequence[Any]], people: Sequence[Any] | None
) -> Findings[Lift]:
    """Every failure beside every theme, strongest evidence first.

    :param labels: theme of each row, -1 for none; shape (n,). :param read: rows with a text that could be read; the others are left out.
    :param failures: name to one value a row: true, false, or ``None`` where it is not known. :param people: who wrote, one a row.
    :raises RequestError: a failure has another length, or values that are neither true nor false.
    """
    codes = None if people is None else numbered(people)
    rows: list[Lift] = []
    notes: list[str] = []
    for failure, values in failures.items():
        failed, known = _flags(failure, values, len(labels))
        unknown = int((~known & read).sum())
        if unknown:
            notes.append(UNKNOWN_LEFT_OUT.format(n=unknown, failure=failure))
        rows += _of_failure(failure, labels, names, failed, known & read, codes)
    adjusted = holm([row.p_value for row in rows])
    found = [_with(row, p) for row, p in zip(rows, adjusted, strict=True)]
    found.sort(key=lambda row: (1.0 if row.p_value is None else row.p_value, row.failure, row.theme))
    last = [BESIDE.format(pairs=f"{len(rows):,}"), NO_CAUSE, *([] if people is not None else [BY_TEXT])]
    return Findings(tuple(found), (), (*notes, *last))


def _of_failure(failure: str, labels: Labels, names: Mapping[int, str], failed: Flags, used: Flags, codes: Labels | None) -> list[Lift]:
    if codes is None:
        units, unit = np.arange(len(labels)), "texts"
    else:
        units, unit = codes, "people"
    size = int(units.max(initial=-1)) + 1
    there = np.zeros(size, dtype=bool)
    hit = np.zeros(size, dtype=bool)
    there[units[used]] = True
    hit[units[used & failed]] = True
    all_, all_hit = int(there.sum()), int(hit.sum())
    counted = []
    for theme in names:
        mine = np.unique(units[used & (labels == theme)])
        n, k = len(mine), int(hit[mine].sum())
        counted.append((k, n, all_hit - k, all_ - n))
    chances = fisher_of(np.asarray(counted, dtype=np.int64).reshape(-1, 4)).tolist()
    return [_lift(theme, name, failure, unit, counts, p) for (theme, name), counts, p in zip(names.items(), counted, chances, strict=True)]


def _lift(theme: int, name: str, failure: str, unit: str, counts: tuple[int, int, int, int], p: float) -> Lift:
    k, n, other_k, other_n = counts
    with_theme, without = rate(k, n), rate(other_k, other_n)
    if with_theme.value is None or without.value is None:
        nothing = Figure(None, n=n, method="no data on one side")
        return Lift(theme, name, failure, unit, with_theme, without, nothing, nothing, None, None)
    return Lift(
        theme,
        name,
        failure,
        unit,
        with_theme,
        without,
        difference(k, n, other_k, other_n),
        ratio(k, n, other_k, other_n),
        p,
        None,
    )


def rate(k: int, n: int) -> Figure:
    """``k / n`` with Wilson's interval; no data where n is 0."""
    if not n:
        return NO_DATA
    limits = wilson(k / n, n)
    return Figure(k / n, limits.low, limits.high, n, method=limits.method)


def difference(k: int, n: int, other_k: int, other_n: int) -> Figure:
    """``k / n - other_k / other_n`` with Newcombe's interval from two Wilson intervals (1998, method 10)."""
    one, other = rate(k, n), rate(other_k, other_n)
    p, low, high = _limits(one)
    q, other_low, other_high = _limits(other)
    return Figure(
        p - q, p - q - math.hypot(p - low, other_high - q), p - q + math.hypot(high - p, q - other_low), n + other_n, method="Newcombe"
    )


def ratio(k: int, n: int, other_k: int, other_n: int) -> Figure:
    """``(k / n) / (other_k / other_n)`` with limits from Wilson's (Donner & Zou 2012); no value where ``other_k`` is 0."""
    p, low, high = _limits(rate(k, n))
    q, other_low, other_high = _limits(rate(other_k, other_n))
    if not q:
        return Figure(None, n=n + other_n, method="nobody without the theme had the failure")
    product = p * q
    below = (product - math.sqrt(max(0.0, product**2 - low * other_high * (2 * p - low) * (2 * q - other_high)))) / (
        other_high * (2 * q - other_high)
    ) if 2 * q > other_high else 0.0  # fmt: skip
    above = (product + math.sqrt(max(0.0, product**2 - high * other_low * (2 * p - high) * (2 * q - other_low)))) / (
        other_low * (2 * q - other_low)
    )
    return Figure(p / q, max(0.0, below), above, n + other_n, method="Donner & Zou from Wilson limits")


def fisher(k: int, n: int, other_k: int, other_n: int) -> float:
    """Exact p of no difference, two-sided: twice the smaller tail of the hypergeometric distribution."""
    return float(fisher_of(np.asarray([[k, n, other_k, other_n]], dtype=np.int64))[0])


def fisher_of(counts: Labels) -> Numbers:
    """The same of many pairs at once: the library takes as long for one as for hundreds.

    :param counts: k, n, k and n of the others in each row, shape (pairs, 4).
    """
    from scipy import stats

    if not len(counts):
        return np.zeros(0)
    k, n, other_k, other_n = counts.T
    drawn = (n + other_n, k + other_k, n)
    return np.asarray(np.minimum(1.0, 2 * np.minimum(stats.hypergeom.cdf(k, *drawn), stats.hypergeom.sf(k - 1, *drawn))))


def _limits(figure: Figure) -> tuple[float, float, float]:
    return float(figure.value or 0.0), float(figure.low or 0.0), float(1.0 if figure.high is None else figure.high)


def _with(row: Lift, p: float | None) -> Lift:
    return Lift(row.theme, row.name, row.failure, row.unit, row.with_theme, row.without, row.difference, row.ratio, row.p_value, p)


def _flags(failure: str, values: Sequence[Any], rows: int) -> tuple[Flags, Flags]:
    """Whether each row failed, and whether that is known."""
    listed = list(values.to_pylist() if hasattr(values, "to_pylist") else values.tolist() if hasattr(values, "tolist") else values)
    if len(listed) != rows:
        raise RequestError(f"There are {rows:,} texts and {len(listed):,} values.", place=f"failures.{failure}", mend="give one a row.")
    failed, known = np.zeros(rows, dtype=bool), np.zeros(rows, dtype=bool)
    for row, value in enumerate(listed):
        if value is None or value != value or type(value).__name__ == "NAType":  # noqa: PLR0124 - NaN
            continue
        if value not in (True, False):
            what = f"Row {row} of “{failure}” holds “{str(value)[:40]}”."
            raise RequestError(what, place=f"failures.{failure}", mend="give true, false, or nothing where it is not known.")
        failed[row], known[row] = bool(value), True
    return failed, known


def numbered(people: Sequence[Any]) -> Labels:
    """A number for each person; a row of nobody known is a person of its own."""
    numbers: dict[Any, int] = {}
    keys = (("row", row) if person is None else ("person", person) for row, person in enumerate(people))
    return np.asarray([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)
