"""auth = decide x fund x cap, of a role or of several, area by area (domain.md e7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from troth.terms.roles import UNKNOWN_AREA, Fix, Grant, Role

DECISION, MONEY, CAPACITY, ROOT_CAUSE = "decision right", "money", "capacity", "root cause"
"""What may be missing; the last of what no area is named for."""


@dataclass(frozen=True, slots=True)
class Authority:
    """What a set of roles may do in one area, by the best of their grants there.

    :param decide: ``None`` of ``unknown``. :param fund: at most 1; ``None``: no cost to hold it against. :param cap: likewise.
    """

    decide: bool | None
    fund: float | None
    cap: float | None
    auth: float
    missing: tuple[str, ...]
    short_money: float | None = None
    short_hours: float | None = None


NONE_FOR_UNKNOWN = Authority(None, None, None, 0.0, (ROOT_CAUSE,))


def authority(roles: Iterable[Role], area: str, fixes: Mapping[str, Fix], on: date | None) -> Authority:
    """The most any one grant of these roles gives in an area. Each grant is a mandate of its own: limits of two do not add up.

    :param on: the day; grants not in force on it give nothing.
    """
    if area == UNKNOWN_AREA:
        return NONE_FOR_UNKNOWN
    fix = fixes.get(area, Fix(area))
    held = [grant for role in roles for grant in role.grants if area in grant.areas and grant.holds(on)]
    given = [_of(grant, fix) for grant in held]
    nothing = _of(Grant((area,), spend_limit=0.0, capacity=0.0), fix)
    return max(given, key=lambda one: (one.auth, bool(one.decide), (1.0 if one.fund is None else one.fund)), default=nothing)


def _of(grant: Grant, fix: Fix) -> Authority:
    fund, cap = _covered(grant.spend_limit, fix.cost), _covered(grant.capacity, fix.hours)
    auth = float(grant.decide) * (1.0 if fund is None else fund) * (1.0 if cap is None else cap)
    missing = [] if grant.decide else [DECISION]
    short_money = short_hours = None
    if fund is not None and fund < 1:
        missing.append(MONEY)
        short_money = (fix.cost or 0.0) - (grant.spend_limit or 0.0)
    if cap is not None and cap < 1:
        missing.append(CAPACITY)
        short_hours = (fix.hours or 0.0) - (grant.capacity or 0.0)
    return Authority(grant.decide, fund, cap, auth, tuple(missing), short_money, short_hours)


def _covered(limit: float | None, needed: float | None) -> float | None:
    """Of what is needed, what the limit allows, at most 1; ``None`` where what is needed is not on record."""
    if needed is None:
        return None
    return 1.0 if limit is None or needed <= 0 else min(1.0, limit / needed)
