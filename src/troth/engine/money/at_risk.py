"""Money at risk: remedial cash apart from modelled margin, per issue, with a range and never a bare point (domain.md e3).

    total_k = remedial_k + modelled_k + lost_sales_k
    remedial_k   cash on record, + staff hours x loaded rate; its range is chance in who is hit (compound Poisson: squares per customer)
    modelled_k   sum over customers c hit by k of V_c lambda_ck phi(L_c)  (:mod:`~troth.engine.money.logshare`)
    lost_sales_k margin of sales that did not come about, by the shares of an answer (:mod:`~troth.engine.attribution.lost_sales`)
    its range    delta method through the shrunken chances of leaving, the error of their mean shared by all

Only rows per issue, and per pair of issues that hit the same customer, leave the database.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import ibis.expr.types as ir

from troth.engine.findings import NO_DATA, Figure, Findings
from troth.engine.intervals import normal_quantile
from troth.engine.money.cents import from_units, shown, to_cents
from troth.engine.money.forgone import Forgone
from troth.engine.money.losses import Leaving, Losses, losses_of
from troth.engine.money.result import IssueMoney, Money, MoneyAtRisk
from troth.engine.money.tallies import NOBODY, NOTHING, UNASSIGNED, costs_of, hits_of, people_of
from troth.terms.errors import RequestError

TOTAL = "total"
NAMED = 5
"""Issues that a note names."""

CASH = "recorded; chance in who is hit (compound Poisson on customers)"
MODELLED = "log-shares of shrunken chances of leaving; delta method"
NO_BEHAVIOUR = "no behaviour data for this issue, so leaving is not in it"
NO_VALUE = "no customer hit by it has a value on record"
BOTH = "remedial and modelled, taken as independent"
ALL = "remedial, modelled and lost sales, taken as independent"
WITHOUT_LEAVING = "remedial and lost sales, taken as independent: "
REMEDIAL_ONLY = "remedial only: "
LOST = "margins of the events that hit it, by the share that goes along with an exposure; limits of the shares"
NO_OCCASION = "no occasion tells of sales lost to it"
WHOLLY = "lost sales are not told"


def money_at_risk(
    hits: Any,
    *,
    leaving: Mapping[str, Leaving],
    currency: str,
    costs: Any = None,
    rates: Mapping[str, Decimal] | None = None,
    hour_rate: Decimal | None = None,
    untold: Mapping[str, str] | None = None,
    lost_sales: Mapping[str, Forgone] | None = None,
    lost_in_all: Money | None = None,
    keep: Callable[[ir.Table], ir.Table] | None = None,
) -> MoneyAtRisk:
    """Money at risk of every issue, and in all.

    :param hits: who was hit by what: ``customer``, ``issue`` (NULL for none) and ``value``, the margin of the customer's next 12 months;
        ``currency`` if not all are in one. Rows may repeat; a customer counts once per issue.
    :param leaving: issue to its :class:`Leaving`; an issue left out has no behaviour data, and is remedial only.
    :param currency: what is counted in. :param rates: other currency to what one unit of it is worth.
    :param costs: remedial cost lines: ``issue``, ``amount``, and if known ``customer``, ``hours`` of staff, ``currency``. Only what
        would not have been spent otherwise.
    :param hour_rate: what a staff hour costs, loaded. Where left out, hours are told and not priced.
    :param untold: issue to why its leaving is not known, where it was looked for; money says it.
    :param lost_sales: issue to the margin of sales that did not come about and go along with it; an issue left out has none told.
    :param lost_in_all: of all issues and ``unassigned`` together, with the limits of all shares together.
    :param keep: computes a table once and gives it back; without it who was hit by what is worked out anew for every question.
    :returns: issues in the order of their money, ``unassigned`` last. Sums are exact, to the cent.
    :raises RequestError: a column is missing or of the wrong type; a currency has no rate; an error of an effect is not above 0.
    """
    for issue, one in leaving.items():
        if not (math.isfinite(one.difference) and math.isfinite(one.error) and one.error > 0):
            what = f"The chance of leaving of “{issue}” is {one.difference} with a standard error of {one.error}."
            raise RequestError(what, place="leaving", mend="leave the issue out where its effect cannot be told.")
    known = {name: Decimal(str(rate)) for name, rate in (rates or {}).items()}
    hit = hits_of(hits, currency, known)
    hit = hit if keep is None else keep(hit)
    people, everybody = people_of(hit)
    cash, all_cash, has_hours = costs_of(costs, currency, known, hour_rate)
    lost, why = lost_sales or {}, untold or {}
    names = sorted(people.keys() | cash.keys() | leaving.keys() | lost.keys())
    modelled = losses_of(hit, {name: one for name, one in leaving.items() if name in people and people[name]["customers"]})
    listed = [name for name in names if name != UNASSIGNED]
    rows = [
        _Row(name, people.get(name, NOBODY), cash.get(name, NOTHING), leaving.get(name), lost.get(name), why.get(name, ""))
        for name in (*listed, UNASSIGNED)
    ]
    found = _assembled(rows, modelled, (everybody, all_cash), currency, has_hours=has_hours, lost_in_all=lost_in_all)
    issues = sorted(found[:-2], key=lambda row: (-(row.total.value or Decimal(0)), str(row.where["issue"])))
    return MoneyAtRisk(
        Findings((*issues, found[-2]), ("issue",), _notes(rows, everybody, modelled)),
        found[-1],
        None if modelled is None or not math.isfinite(modelled.shrunk.between) else math.sqrt(modelled.shrunk.between),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    issue: str
    people: Mapping[str, int]
    cash: Mapping[str, Any]
    leaving: Leaving | None
    lost: Forgone | None
    untold: str = ""

    @property
    def why(self) -> str:
        """Why leaving is not in its money."""
        if self.leaving is not None:
            return NO_VALUE
        return f"leaving is not in it: {self.untold.rstrip('.')}" if self.untold else NO_BEHAVIOUR


def _assembled(
    rows: list[_Row],
    modelled: Losses | None,
    whole: tuple[Mapping[str, int], Mapping[str, Any]],
    currency: str,
    *,
    has_hours: bool,
    lost_in_all: Money | None,
) -> list[IssueMoney]:
    """A finding per row and one for the total. Cents, people and hours are rounded so that they add up."""
    everybody, all_cash = whole
    place = {name: i for i, name in enumerate(modelled.names)} if modelled is not None else {}
    cash = shown([row.cash["amount"] for row in rows])
    hours = _whole([row.cash["hours"] or Decimal(0) for row in rows])
    has = [row.issue in place and row.people["customers"] > row.people["unvalued"] for row in rows]
    loss = shown(
        [from_units(modelled.loss[place[row.issue]]) if modelled is not None and row.issue in place else Decimal(0) for row in rows]
    )
    lost = _whole(
        [from_units(modelled.lost[place[row.issue]]) if modelled is not None and row.issue in place else Decimal(0) for row in rows]
    )
    sales = _sales(rows, lost_in_all, currency)
    found = []
    for i, row in enumerate(rows):
        spread, bias, used, people = 0.0, 0.0, NO_DATA, NO_DATA
        if modelled is not None and row.issue in place:
            j = place[row.issue]
            spread, bias = float(modelled.spread[j]), float(modelled.bias[j])
            used = _used(float(modelled.shrunk.value[j]), float(modelled.shrunk.error[j]), row)
            people = _people_figure(lost[i], float(modelled.lost_bias[j]), float(modelled.lost_spread[j]), row.people["customers"])
        found.append(
            IssueMoney(
                {"issue": row.issue},
                row.people["customers"],
                row.people["unvalued"],
                row.people["unnamed"],
                hours[i] if has_hours else None,
                _ranged(cash[i], 0.0, math.sqrt(row.cash["squares"]), currency, CASH),
                _raw(row.leaving),
                used,
                _ranged(loss[i], bias, spread, currency, MODELLED) if has[i] else Money(None, None, None, currency, row.why),
                people,
                sales[i],
                _together(cash[i], loss[i] if has[i] else None, bias, (math.sqrt(row.cash["squares"]), spread), sales[i], row.why),
            )
        )
    spread = modelled.total_spread if modelled is not None else 0.0
    bias = float(modelled.bias.sum()) if modelled is not None else 0.0
    some = any(has)
    of_cash = math.sqrt(all_cash["squares"])
    lost_bias, lost_spread = (float(modelled.lost_bias.sum()), modelled.lost_total_spread) if modelled is not None else (0.0, 0.0)
    why = "no customer has both a value on record and behaviour data"
    total = IssueMoney(
        {"issue": TOTAL},
        everybody["customers"],
        everybody["unvalued"],
        everybody["unnamed"],
        sum(hours) if has_hours else None,
        _ranged(sum(cash, Decimal(0)), 0.0, of_cash, currency, CASH),
        NO_DATA,
        NO_DATA,
        _ranged(sum(loss, Decimal(0)), bias, spread, currency, MODELLED) if some else Money(None, None, None, currency, why),
        _people_figure(sum(lost), lost_bias, lost_spread, everybody["customers"]) if modelled is not None else NO_DATA,
        sales[-1],
        _together(sum(cash, Decimal(0)), sum(loss, Decimal(0)) if some else None, bias, (of_cash, spread), sales[-1], why),
    )
    return [*found, total]


def _ranged(value: Decimal, bias: float, spread: float, currency: str, method: str) -> Money:
    """Money with its limits; neither below 0, nor on the wrong side of the value."""
    half, middle = normal_quantile() * spread, float(value) + bias
    low, high = to_cents(Decimal(str(max(0.0, middle - half)))), to_cents(Decimal(str(max(0.0, middle + half))))
    return Money(value, min(low, value), max(high, value), currency, method)


def _sales(rows: list[_Row], in_all: Money | None, currency: str) -> list[Money]:
    """Lost sales of each row, and of all: in cents that add up."""
    exact = {i: row.lost.amount for i, row in enumerate(rows) if row.lost is not None and row.lost.amount is not None}
    cents = dict(zip(exact, shown([*exact.values()], None if in_all is None else in_all.value), strict=True))
    found = []
    for i, row in enumerate(rows):
        if row.lost is None or i not in cents:
            found.append(Money(None, None, None, currency, NO_OCCASION if row.lost is None else row.lost.why))
            continue
        low, high = (to_cents(Decimal(str(max(0.0, float(cents[i]) + far)))) for far in (-row.lost.below, row.lost.above))
        method = f"{LOST}; part of it cannot be told: {row.lost.why}" if row.lost.why else LOST
        found.append(Money(cents[i], min(low, cents[i]), max(high, cents[i]), currency, method))
    nothing = Money(None, None, None, currency, WHOLLY)
    return [*found, nothing if in_all is None or not exact else in_all]


def _together(cash: Decimal, loss: Decimal | None, bias: float, spreads: tuple[float, float], sales: Money, why: str) -> Money:
    """Cash, what leaves with customers and lost sales, as far as each is known; their errors taken as independent."""
    currency, reach = sales.currency, normal_quantile()
    of_cash, of_loss = spreads if loss is not None else (spreads[0], 0.0)
    method = BOTH if loss is not None else REMEDIAL_ONLY + why
    value, below, above = cash + (loss or Decimal(0)), 0.0, 0.0
    if sales.value is not None and sales.low is not None and sales.high is not None:
        method = ALL if loss is not None else WITHOUT_LEAVING + why
        value += sales.value
        below, above = float(sales.value - sales.low), float(sales.high - sales.value)
    middle = float(value) + (bias if loss is not None else 0.0)
    half = reach * math.hypot(of_cash, of_loss)
    low, high = (to_cents(Decimal(str(max(0.0, middle + far)))) for far in (-math.hypot(half, below), math.hypot(half, above)))
    return Money(value, min(low, value), max(high, value), currency, method)


def _raw(leaving: Leaving | None) -> Figure:
    if leaving is None:
        return NO_DATA
    half = normal_quantile() * leaving.error
    return Figure(leaving.difference, leaving.difference - half, leaving.difference + half, leaving.n, None, "as it was found")


def _used(value: float, error: float, row: _Row) -> Figure:
    half = normal_quantile() * error
    n = row.leaving.n if row.leaving is not None else 0
    method = "drawn to the mean of the issues (Paule-Mandel), and no less than 0"
    return Figure(max(0.0, value), max(0.0, value - half), max(0.0, value + half), n, None, method)


def _people_figure(lost: int, bias: float, spread: float, n: int) -> Figure:
    half, middle = normal_quantile() * spread, lost + bias
    low, high = max(0.0, middle - half), max(0.0, middle + half)
    return Figure(float(lost), float(min(lost, math.floor(low))), float(max(lost, min(n, math.ceil(high)))), n, None, MODELLED)


def _whole(amounts: list[Decimal]) -> list[int]:
    """Whole numbers that add up to the nearest whole number of the sum."""
    return [int(amount * 100) for amount in shown([amount / 100 for amount in amounts])]


def _notes(rows: list[_Row], everybody: Mapping[str, int], modelled: Losses | None) -> tuple[str, ...]:
    """What must be read beside the money."""
    told = ["Remedial is cash on record; modelled is margin of the next 12 months that leaves with customers, and is no cash."]
    without = [row.issue for row in rows if row.leaving is None and row.people["customers"]]
    if without:
        told.append(f"No behaviour data for {_list(without)}: their money is remedial only.")
    if modelled is not None:
        floored = [name for name, value in zip(modelled.names, modelled.shrunk.value, strict=True) if value < 0]
        if floored:
            told.append(f"Counted as 0, as those hit left less often than others alike: {_list(floored)}.")
        if len(modelled.names) == 1:
            told.append("One issue alone has behaviour data, so its chance of leaving is not drawn to any mean.")
    outside = "what leaves with them is not in the money."
    if everybody["unvalued"]:
        told.append(f"{_counted(everybody['unvalued'], 'customer has', 'customers have')} no value on record; {outside}")
    if everybody["unnamed"]:
        told.append(f"{_counted(everybody['unnamed'], 'failure names', 'failures name')} no customer; {outside}")
    return tuple(told)


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _list(names: list[str]) -> str:
    more = len(names) - NAMED
    return f"{', '.join(names[:NAMED])} and {more:,} more" if more > 0 else ", ".join(names)
