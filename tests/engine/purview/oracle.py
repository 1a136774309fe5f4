"""Purview a second time, by hand: loops over issues, areas and grants, and every corner of the ranges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

Grants = Sequence[Mapping[str, Any]]
Fixes = Mapping[str, Mapping[str, float]]


def auth(grants: Grants, titles: Sequence[str], area: str, fixes: Fixes) -> float:
    best = 0.0
    if area == "unknown":
        return best
    for grant in grants:
        if grant["role"] not in titles or grant["area"] != area or not grant["decide"]:
            continue
        fund = cap = 1.0
        cost, hours = fixes.get(area, {}).get("cost"), fixes.get(area, {}).get("hours")
        if cost and grant.get("spend_limit") is not None:
            fund = min(1.0, grant["spend_limit"] / cost)
        if hours and grant.get("capacity") is not None:
            cap = min(1.0, grant["capacity"] / hours)
        best = max(best, fund * cap)
    return best


def chasm(issues: Sequence[Mapping[str, Any]], grants: Grants, titles: Sequence[str], fixes: Fixes | None = None) -> float:
    over = under = 0.0
    for issue in issues:
        covered = 0.0
        for area, share in issue["areas"].items():
            covered += share * auth(grants, titles, area, fixes or {})
        over += issue["money"] * covered
        under += issue["money"]
    return 1 - over / under


def corners(issues: Sequence[Mapping[str, Any]], grants: Grants, titles: Sequence[str]) -> tuple[float, float]:
    """The least and the most the chasm is with each amount at its least or its most."""
    found = []
    for amounts in product(*((issue["money.low"], issue["money.high"]) for issue in issues)):
        if sum(amounts) > 0:
            moved = [{**issue, "money": amount} for issue, amount in zip(issues, amounts, strict=True)]
            found.append(chasm(moved, grants, titles))
    return min(found), max(found)


def reach(issues: Sequence[Mapping[str, Any]], grants: Grants, titles: Sequence[str], clout: Mapping[str, float]) -> float:
    over = under = 0.0
    for issue in issues:
        for area, share in issue["areas"].items():
            over += issue["money"] * share * (0.0 if area == "unknown" else max(auth(grants, titles, area, {}), clout.get(area, 0.0)))
        under += issue["money"]
    return over / under
