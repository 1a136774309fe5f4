"""What unwanted events cost in margin, by the exposure and the side they go along with (domain.md e3, prospects).

    money of exposure e = share_e x events x mean margin of the events before which e was met

The share and its limits are those of the answer; margins are those the occasions tell. So it is modelled, and no cash: how many of the
events go along with e is told, and not which. An answer whose placebo failed is not to be relied on and makes no money; one whose placebo
is in doubt makes money that says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.attribution.ground import CANNOT_TELL
from troth.engine.attribution.placebo import PLACEBO_DOUBTFUL, PLACEBO_FAILED, doubted, refused
from troth.engine.attribution.sides import UNEXPLAINED
from troth.engine.findings import Attribution, ExposureShare, Figure
from troth.engine.money.cents import from_units, shown, to_cents, units
from troth.engine.money.forgone import Quota
from troth.engine.money.result import Money
from troth.engine.money.whole import whole_parts
from troth.engine.rounding import whole_numbers
from troth.terms.vocabulary import Exposure

METHOD = "share of the events that goes along with it, times their mean margin; limits of the share"
NO_MARGIN = "no margin is told of its occasions"
MARGIN, SUBJECT = "margin", "subject"


@dataclass(frozen=True, slots=True)
class LostSales:
    """Margin that did not come about, and goes along with one exposure, with all of a side, or with all exposures.

    :param where: ``side`` and ``exposure``; the exposure is ``None`` for a whole side, both are for all sides together.
    :param events: events before which it was met; ``None`` of sides, where one event may have met several.
    :param unpriced: of these, events whose margin nobody told; they count with the mean of the others.
    :param money: what goes along with it, over the whole study. Exposures add up to their side, sides to all, to the cent.
    """

    where: Mapping[str, Any]
    events: int | None
    unpriced: int | None
    money: Money


@dataclass(frozen=True, slots=True)
class LostRows:
    """The events behind lost sales, one row for each event and exposure met before it.

    :param table: ``subject`` (text), ``exposure``, ``margin`` in whole ten-thousandths. :param quotas: by exposure.
    :param total: what goes along with all exposures together.
    :param caution: what to know of the answer they rest on; empty where its placebos passed, or there are none.
    """

    question: str
    table: ir.Table
    quotas: Mapping[str, Quota]
    total: Money
    caution: str = ""


def lost_sales(
    counted: ir.Table, event: str, found: Attribution, exposures: Sequence[Exposure], currency: str
) -> tuple[tuple[LostSales, ...], dict[str, Quota]]:
    """The lost sales of one answer, by exposure, by side, and in all; and the quotas of its exposures.

    :param counted: the occasions that count, flags as 1 and 0, with their :data:`MARGIN`.
    """
    sums = _sums(counted, event, [one.name for one in exposures])
    rows = {str(row.where["exposure"]): _relied_on(row, found) for row in found.exposures}
    exact: dict[str, Decimal | None] = {}
    each: dict[str, float] = {}
    quotas: dict[str, Quota] = {}
    for one in exposures:
        row, (met, priced, margin) = rows[one.name], sums[one.name]
        each[one.name] = float(from_units(margin)) / priced if priced else 0.0
        known = row.share.value is not None and (priced > 0 or not met)
        exact[one.name] = Decimal(str(row.share.value * found.events * each[one.name])) if known and row.share.value is not None else None
        quotas[one.name] = _quota(one, row, found.events, met, priced)
    told = [name for name, amount in exact.items() if amount is not None]
    cents = dict(zip(told, shown([exact[name] or Decimal(0) for name in told]), strict=True))
    whole = [
        LostSales(
            rows[one.name].where,
            sums[one.name][0],
            sums[one.name][0] - sums[one.name][1],
            _of_share(cents.get(one.name), rows[one.name].share, found.events * each[one.name], currency, quotas[one.name].why),
        )
        for one in exposures
    ]
    whole.sort(key=lambda row: [*found.shares].index(str(row.where["side"])))
    sides = [
        _side(side, [row for row in whole if row.where["side"] == side], found, currency) for side in found.shares if side != UNEXPLAINED
    ]
    every = (*whole, *sides, _in_all(whole, found, currency))
    return tuple(_cautioned(row) for row in every) if doubted(found.placebo) else every, quotas


def caution(question: str, found: Attribution) -> str:
    """What to know of the money that rests on an answer; empty where its placebos passed, or there are none."""
    if refused(found.placebo):
        return f"Of “{question}” no lost sales are told: {PLACEBO_FAILED}, so that whose they are cannot be told."
    if doubted(found.placebo):
        return f"Lost sales of “{question}” are told {PLACEBO_DOUBTFUL}, so that more may stand behind them than what we did."
    return ""


def _relied_on(row: ExposureShare, found: Attribution) -> ExposureShare:
    """The row, or one that tells nothing where the answer is refused."""
    return replace(row, share=Figure(None), reason=PLACEBO_FAILED) if refused(found.placebo) else row


def _cautioned(row: LostSales) -> LostSales:
    return row if row.money.value is None else replace(row, money=replace(row.money, method=f"{row.money.method}; {PLACEBO_DOUBTFUL}"))


def whole_lost(rows: Sequence[LostSales]) -> dict[tuple[str | None, str | None], int | None]:
    """Side and exposure to lost sales in whole units, as they are printed: exposures add up to their side, sides to all.

    :param rows: of one answer, as :func:`lost_sales` gives them. :returns: (side, ``None``) for a side, (``None``, ``None``) for all.
    """
    amounts = {(row.where["side"], row.where["exposure"]): row.money.value for row in rows}
    sides = [side for side, exposure in amounts if side is not None and exposure is None]
    _, of_sides = whole_parts({}, [amounts[side, None] for side in sides])
    found: dict[tuple[str | None, str | None], int | None] = dict.fromkeys(amounts)
    for side, whole in zip(sides, of_sides, strict=True):
        found[side, None] = whole
        told = {key: value for key, value in amounts.items() if key[0] == side and key[1] is not None and value is not None}
        found |= dict(zip(told, whole_numbers([*told.values()], whole), strict=True)) if told else {}
    if amounts.get((None, None)) is not None:
        found[None, None] = sum(whole or 0 for whole in of_sides)
    return found


def rows_of(counted: ir.Table, event: str, exposures: Sequence[str]) -> ir.Table:
    """One row for each event and exposure met before it, whose margin is told: ``subject``, ``exposure``, ``margin``."""
    happened = counted.filter((counted[event] == 1) & counted[MARGIN].notnull())
    parts = [
        happened.filter(happened[name] == 1).select(
            **{SUBJECT: happened[SUBJECT].cast("string"), "exposure": ibis.literal(name), MARGIN: units(happened[MARGIN])}
        )
        for name in exposures
    ]
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _sums(counted: ir.Table, event: str, names: Sequence[str]) -> dict[str, tuple[int, int, int]]:
    """Exposure to the events before which it was met, those of them with a margin, and the sum of it in ten-thousandths."""
    happened = counted.filter(counted[event] == 1)
    margin = units(happened[MARGIN])
    asked: dict[str, ir.Value] = {}
    for place, name in enumerate(names):
        met = happened[name] == 1
        priced = met & happened[MARGIN].notnull()
        asked |= {
            f"met_{place}": met.cast("int64").sum(),
            f"priced_{place}": priced.cast("int64").sum(),
            f"margin_{place}": margin.sum(where=priced),
        }
    (found,) = happened.aggregate(**asked).to_pyarrow().to_pylist()
    return {
        name: (int(found[f"met_{place}"] or 0), int(found[f"priced_{place}"] or 0), int(found[f"margin_{place}"] or 0))
        for place, name in enumerate(names)
    }


def _quota(one: Exposure, row: ExposureShare, events: int, met: int, priced: int) -> Quota:
    share = row.share
    if share.value is None or share.low is None or share.high is None:
        return Quota(one.failure, 0.0, 0.0, 0.0, why=f"{CANNOT_TELL}: {row.reason or share.method}")
    if met and not priced:
        return Quota(one.failure, 0.0, 0.0, 0.0, why=NO_MARGIN)
    per = events / met if met else 0.0
    return Quota(one.failure, share.value * per, share.low * per, share.high * per, met / priced if priced else 1.0)


def _of_share(value: Decimal | None, share: Figure, worth: float, currency: str, why: str) -> Money:
    if value is None or share.low is None or share.high is None:
        return Money(None, None, None, currency, why)
    low, high = (to_cents(Decimal(str(limit * worth))) for limit in (share.low, share.high))
    return Money(value, min(low, value), max(high, value), currency, METHOD)


def _side(side: str, rows: Sequence[LostSales], found: Attribution, currency: str) -> LostSales:
    return LostSales({"side": side, "exposure": None}, None, None, _together(rows, found.side(side).share, currency))


def _in_all(rows: Sequence[LostSales], found: Attribution, currency: str) -> LostSales:
    rest = found.side(UNEXPLAINED).share
    share = Figure(None)
    if rest.value is not None and rest.low is not None and rest.high is not None:
        share = Figure(1 - rest.value, 1 - rest.high, 1 - rest.low)
    return LostSales({"side": None, "exposure": None}, None, None, _together(rows, share, currency))


def _together(rows: Sequence[LostSales], share: Figure, currency: str) -> Money:
    """The sum of exposures, its limits those of their share together; what cannot be told is named."""
    untold = [str(row.where["exposure"]) for row in rows if row.money.value is None]
    # What was never met costs nothing, and says nothing of the others.
    known = [row.money for row in rows if row.money.value is not None and (row.events or not untold)]
    if not known:
        return Money(None, None, None, currency, next((row.money.method for row in rows if row.money.value is None), NO_MARGIN))
    value = sum((one.value or Decimal(0) for one in known), Decimal("0.00"))
    method = METHOD + (f"; without {', '.join(f'“{name}”' for name in untold)}, of which it cannot be told" if untold else "")
    if share.value and share.low is not None and share.high is not None:
        low, high = (to_cents(value * Decimal(str(max(0.0, limit) / share.value))) for limit in (share.low, share.high))
    else:
        low, high = Decimal(0), sum((one.high or Decimal(0) for one in known), Decimal(0))
    return Money(value, min(low, value), max(high, value), currency, method)
