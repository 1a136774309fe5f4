"""In whose area an issue lies: its parts routed to who owns them, shares that sum to 1, ``unknown`` among them (domain.md d6, d7, e1).

    expectation-setting   the area that made the promise
    standard              the area that keeps it
    delivery              the areas of its steps, by days beyond the record; the area that keeps it where no step is on record

Only parts above 0 are routed. The allowance is nobody's: the charter accepts it. Broken promises that could not be decomposed are
``unknown``, and so is all that no area is named for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from troth.engine.findings import Account, StagePart
from troth.terms.vocabulary import Part

UNKNOWN = "unknown"

OWNED = (Part.EXPECTATION.value, Part.STANDARD.value, Part.DELIVERY.value)
"""Parts somebody owns."""

Shares = Mapping[str, float]


def area_shares(
    account: Account,
    made_by: Mapping[str | None, int],
    kept_by: Mapping[str | None, int],
    steps: Sequence[StagePart],
) -> Shares:
    """Area to share of one issue, the largest first.

    :param account: of the issue's promises. :param made_by: area to its broken promises; ``None`` where nobody is named.
    :param steps: the delivery part of these promises, step by step.
    """
    parts = positive_parts(account)
    weights: dict[str, float] = {UNKNOWN: float(sum(broken for _, broken in account.undecomposed.values()))}

    def give(amount: float, areas: Mapping[str | None, float]) -> None:
        whole = sum(areas.values())
        for area, share in areas.items() if whole > 0 else [(None, 1.0)]:
            name = area or UNKNOWN
            weights[name] = weights.get(name, 0.0) + amount * (share / whole if whole > 0 else 1.0)

    by_step: dict[str | None, float] = {}
    keeper = max(kept_by, key=lambda area: (kept_by[area], area or ""), default=None)
    for step in steps:
        if step.share:
            area = step.area or keeper  # the last step belongs to whoever keeps the promise
            by_step[area] = by_step.get(area, 0.0) + step.share
    give(parts[Part.EXPECTATION], {area: float(n) for area, n in made_by.items()})
    give(parts[Part.STANDARD], {area: float(n) for area, n in kept_by.items()})
    give(parts[Part.DELIVERY], by_step or {area: float(n) for area, n in kept_by.items()})
    return _as_shares(weights)


def named_shares(areas: Mapping[str | None, int]) -> Shares:
    """Area to share where there is no account: failures by the area that answers for them."""
    weights: dict[str, float] = {}
    for area, number in areas.items():
        weights[area or UNKNOWN] = weights.get(area or UNKNOWN, 0.0) + number
    return _as_shares(weights)


def positive_parts(account: Account) -> dict[Part, float]:
    """The three parts somebody owns, none below 0."""
    return {
        Part.EXPECTATION: max(0.0, account.expectation.value),
        Part.STANDARD: max(0.0, account.standard.value),
        Part.DELIVERY: max(0.0, account.delivery.value),
    }


def dominant(account: Account) -> Part | None:
    """The largest of the three; ``None`` where none is above 0, or most broken promises could not be decomposed."""
    parts = positive_parts(account)
    part = max(parts, key=lambda one: parts[one])
    aside = sum(broken for _, broken in account.undecomposed.values())
    return part if parts[part] > 0 and aside <= account.broken / 2 else None


def leading(part: str | None, parts: Mapping[str, float], low: Mapping[str, float], high: Mapping[str, float]) -> tuple[str, ...]:
    """The part that leads, and those it does not lead for certain: within its limits, or with limits that hold it.

    :param part: the largest, ``None`` where none is. :param parts: name to broken promises; ``low`` and ``high`` their limits, as far as
        they have any.
    """
    if part is None or part not in parts:
        return ()
    size = parts[part]
    least = min(low.get(part, size), size)
    near = [name for name in OWNED if name != part and parts.get(name, 0.0) > 0]
    near = [name for name in near if parts[name] >= least or high.get(name, parts[name]) >= size]
    return (part, *sorted(near, key=lambda name: (-parts[name], name)))


def _as_shares(weights: Mapping[str, float]) -> Shares:
    total = sum(weights.values())
    if total <= 0:
        return {UNKNOWN: 1.0}
    ordered = sorted(weights.items(), key=lambda item: (item[0] == UNKNOWN, -item[1], item[0]))
    return {area: weight / total for area, weight in ordered if weight > 0}
