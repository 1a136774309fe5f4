"""Pain: what failures did to people, in points, hours and people; a second axis, never merged with money (domain.md e2)."""

from __future__ import annotations

import math
from typing import Any

import ibis

from troth.engine.findings import Figure, Findings
from troth.engine.intervals import normal_quantile
from troth.engine.money.result import Pain
from troth.engine.money.tallies import UNASSIGNED
from troth.engine.promises.contract import as_table
from troth.terms.errors import RequestError, did_you_mean

POINTS = {1: 1, 2: 3, 3: 9}
"""Severity class to points: minor, serious, grave."""

SCALE = 10_000
METHOD = "sum over failures; chance in who is hit (compound Poisson on customers)"


def pain(failures: Any) -> Findings[Pain]:
    """Pain of every issue, worst first.

    :param failures: one row per episode: ``issue`` (NULL for none) and ``customer``, and if known ``expected`` and ``score`` (what the
        customer would have scored had the promise been kept, and did), ``severity`` (1, 2 or 3), ``hours`` the customer lost, ``flagged``
        (touches safety or law).
    :raises RequestError: a column is missing, or a severity is none of the three.
    """
    table = as_table(failures, "failures")
    for name in ("issue", "customer"):
        if name not in table.columns:
            raise RequestError(f"The table of failures lacks “{name}”.", place="failures", mend=did_you_mean(name, table.columns))

    def number(name: str) -> Any:
        if name not in table.columns:
            return ibis.null("float64")
        kind = table[name].type()
        if not (kind.is_numeric() or kind.is_null()):
            raise RequestError(f"Column “{name}” holds {kind}, not numbers.", place=name, mend="cast it to numbers.")
        return table[name].cast("float64")

    severity = number("severity")
    lost = number("expected") - number("score")
    graded = "severity" in table.columns
    of_class = ibis.cases(*((severity == level, float(worth)) for level, worth in POINTS.items()), else_=None) if graded else severity
    points = ibis.coalesce(lost, of_class.cast("float64"))
    flagged = table["flagged"].cast("boolean").fill_null(False) if "flagged" in table.columns else ibis.literal(False)
    rows = table.select(
        issue=table["issue"].cast("string").fill_null(UNASSIGNED),
        customer=table["customer"].cast("string"),
        points=(points * SCALE + 0.5).floor().cast("int64"),
        scored=lost.notnull().cast("int64"),
        graded=(lost.isnull() & points.notnull()).cast("int64"),
        strange=(severity.notnull() & ~severity.isin(list(POINTS))).cast("int64") if graded else ibis.literal(0, "int64"),
        hours=(number("hours") * SCALE + 0.5).floor().cast("int64"),
        flagged=flagged.cast("int64"),
    )
    rows = rows.mutate(own=ibis.ifelse(rows["customer"].isnull(), rows["points"].cast("float64") ** 2, 0.0))
    each = rows.group_by("issue", "customer").agg(
        failures=rows.count(), **{name: rows[name].sum() for name in ("points", "scored", "graded", "strange", "hours", "flagged", "own")}
    )
    named = each["customer"].notnull()
    found = (
        each.group_by("issue")
        .agg(
            customers=named.cast("int64").sum(),
            squares=ibis.ifelse(named, each["points"].cast("float64") ** 2, each["own"]).sum(),
            **{name: each[name].sum() for name in ("failures", "points", "scored", "graded", "strange", "hours", "flagged")},
        )
        .to_pyarrow()
        .to_pylist()
    )
    if strange := sum(row["strange"] for row in found):
        what = f"{strange:,} severities are none of {', '.join(map(str, POINTS))}."
        raise RequestError(what, place="severity", mend="1 is minor, 2 serious, 3 grave.")
    found.sort(key=lambda row: (-min(row["flagged"], 1), -_weight(row), row["issue"]))
    return Findings(tuple(_row(rank, row) for rank, row in enumerate(found, start=1)), ("issue",), _notes(found))


def unscored(customers: int) -> Figure:
    """Points of failures none of which has a score or a severity."""
    return Figure(None, None, None, 0, customers, METHOD)


def _weight(row: dict[str, Any]) -> float:
    """Customers x points per failure with points."""
    told = row["scored"] + row["graded"]
    return float(row["customers"] * (row["points"] or 0) / told) if told else 0.0


def _row(rank: int, row: dict[str, Any]) -> Pain:
    told = row["scored"] + row["graded"]
    value = None if not told else row["points"] / SCALE
    half = normal_quantile() * math.sqrt(float(row["squares"] or 0)) / SCALE
    points = Figure(value, None if value is None else value - half, None if value is None else value + half, told, row["customers"], METHOD)
    hours = None if row["hours"] is None else round(row["hours"] / SCALE)
    return Pain(
        {"issue": row["issue"]},
        rank,
        row["failures"],
        row["customers"],
        points,
        row["scored"],
        row["graded"],
        row["failures"] - told,
        hours,
        row["flagged"],
    )


def _notes(found: list[dict[str, Any]]) -> tuple[str, ...]:
    told = []
    if unknown := sum(row["failures"] - row["scored"] - row["graded"] for row in found):
        told.append(f"{unknown:,} failures have neither a score nor a severity; they are in no points.")
    if any(row["scored"] for row in found) and any(row["graded"] for row in found):
        told.append("Some points are of scores and some of severity classes (1, 3, 9): between issues, compare with care.")
    return tuple(told)
