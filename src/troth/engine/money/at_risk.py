"""Money at risk: remedial cash apart from modelled margin, per issue, with a range and never a bare point (domain.md e3).

    total_k = remedial_k + modelled_k
    remedial_k   cash on record, + staff hours x loaded rate; its range is chance in who is hit (compound Poisson: sum of squares per customer)
    modelled_k   sum over customers c hit by k of V_c lambda_ck phi(L_c)  (:mod:`~troth.engine.money.logshare`)
    its range    delta method through the shrunken chances of leaving, the error of their mean shared by all

Only rows per issue, and per pair of issues that hit the same customer, leave the database.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from troth.engine.findings import NO_DATA, Figure, Findings
from troth.engine.intervals import Numbers, normal_quantile
from troth.engine.money import logshare
from troth.engine.money.cents import UNIT, from_units, in_currency, shown, to_cents
from troth.engine.money.result import IssueMoney, Money, MoneyAtRisk
from troth.engine.money.shrinkage import Shrunk, shrink
from troth.engine.promises.contract import as_table
from troth.terms.errors import RequestError, did_you_mean

UNASSIGNED = "unassigned"
"""Failures of no issue; always shown."""
TOTAL = "total"

CASH = "recorded; chance in who is hit (compound Poisson on customers)"
MODELLED = "log-shares of shrunken chances of leaving; delta method"
NO_BEHAVIOUR = "no behaviour data for this issue, so leaving is not in it"
NO_VALUE = "no customer hit by it has a value on record"
BOTH = "remedial and modelled, taken as independent"
REMEDIAL_ONLY = "remedial only: "


@dataclass(frozen=True, slots=True)
class Leaving:
    """Extra chance of leaving caused by one issue: an effect on those hit.

    :param difference: the effect, a share. :param error: its standard error, above 0. :param n: rows it rests on.
    """

    difference: float
    error: float
    n: int = 0

    @classmethod
    def of(cls, figure: Figure) -> Leaving | None:
        """Of an effect's figure (that on the treated); ``None`` where it could not be told."""
        if figure.value is None or figure.low is None or figure.high is None or figure.high <= figure.low:
            return None
        return cls(figure.value, (figure.high - figure.low) / (2 * normal_quantile()), figure.n)


def money_at_risk(
    hits: Any,
    *,
    leaving: Mapping[str, Leaving],
    currency: str,
    costs: Any = None,
    rates: Mapping[str, Decimal] | None = None,
    hour_rate: Decimal | None = None,
) -> MoneyAtRisk:
    """Money at risk of every issue, and in all.

    :param hits: who was hit by what: ``customer``, ``issue`` (NULL for none) and ``value``, the margin of the customer's next 12 months;
        ``currency`` if not all are in one. Rows may repeat; a customer counts once per issue.
    :param leaving: issue to its :class:`Leaving`; an issue left out has no behaviour data, and is remedial only.
    :param currency: what is counted in. :param rates: other currency to what one unit of it is worth.
    :param costs: remedial cost lines: ``issue``, ``amount``, and if known ``customer``, ``hours`` of staff, ``currency``. Only what
        would not have been spent otherwise.
    :param hour_rate: what a staff hour costs, loaded. Where left out, hours are told and not priced.
    :returns: issues in the order of their money, ``unassigned`` last. Sums are exact, to the cent.
    :raises RequestError: a column is missing or of the wrong type; a currency has no rate; an error of an effect is not above 0.
    """
    for issue, one in leaving.items():
        if not (math.isfinite(one.difference) and math.isfinite(one.error) and one.error > 0):
            what = f"The chance of leaving of “{issue}” is {one.difference} with a standard error of {one.error}."
            raise RequestError(what, place="leaving", mend="leave the issue out where its effect cannot be told.")
    known = {name: Decimal(str(rate)) for name, rate in (rates or {}).items()}
    hit = _hits(hits, currency, known)
    people, everybody = _people(hit)
    cash, all_cash, has_hours = _costs(costs, currency, known, hour_rate)
    names = sorted(people.keys() | cash.keys() | leaving.keys())
    modelled = _modelled(hit, {name: one for name, one in leaving.items() if name in people and people[name]["named"]})
    listed = [name for name in names if name != UNASSIGNED]
    rows = [_Row(name, people.get(name, NOBODY), cash.get(name, NOTHING), leaving.get(name)) for name in (*listed, UNASSIGNED)]
    found = _assembled(rows, modelled, (everybody, all_cash), currency, has_hours=has_hours)
    issues = sorted(found[:-2], key=lambda row: (-(row.total.value or Decimal(0)), str(row.where["issue"])))
    return MoneyAtRisk(
        Findings((*issues, found[-2]), ("issue",), _notes(rows, everybody, modelled)),
        found[-1],
        None if modelled is None or not math.isfinite(modelled.shrunk.between) else math.sqrt(modelled.shrunk.between),
    )


NOBODY: Mapping[str, int] = {"customers": 0, "named": 0, "unvalued": 0, "unnamed": 0}
NOTHING: Mapping[str, Any] = {"amount": Decimal(0), "squares": 0.0, "hours": None}


@dataclass(frozen=True, slots=True)
class _Row:
    issue: str
    people: Mapping[str, int]
    cash: Mapping[str, Any]
    leaving: Leaving | None


@dataclass(frozen=True, slots=True)
class _Modelled:
    """Losses of the issues with behaviour data, in their order; money in whole ten-thousandths.

    :param spread: (J,) standard error of each loss, in money; ``lost_spread`` of the customers lost. :param bias: (J,) what a floor at 0 added.
    """

    names: list[str]
    shrunk: Shrunk
    loss: list[int]
    lost: list[int]
    spread: Numbers
    lost_spread: Numbers
    bias: Numbers
    lost_bias: Numbers
    total_spread: float
    lost_total_spread: float


def _hits(data: Any, currency: str, rates: Mapping[str, Decimal]) -> ir.Table:
    """One row per customer and issue: ``customer`` (NULL stays), ``issue``, ``value`` in ten-thousandths, ``times``."""
    table = as_table(data, "hits")
    _need(table, ("customer", "issue"), "hits")
    value = in_currency(table, "value", currency, rates) if "value" in table.columns else ibis.null("int64")
    if "value" in table.columns:
        value = ibis.ifelse(table["value"].isnull(), ibis.null("int64"), value)
    plain = table.select(customer=table["customer"], issue=table["issue"].cast("string").fill_null(UNASSIGNED), value=value)
    worth = plain["value"].max().over(ibis.window(group_by="customer"))  # one customer has one value, whichever row tells it
    plain = plain.mutate(value=ibis.ifelse(plain["customer"].isnull(), ibis.null("int64"), worth))
    return plain.group_by("customer", "issue").agg(value=plain["value"].max(), times=plain.count())


def _need(table: ir.Table, names: tuple[str, ...], what: str) -> None:
    for name in names:
        if name not in table.columns:
            raise RequestError(f"The table of {what} lacks “{name}”.", place=what, mend=did_you_mean(name, table.columns))


def _people(hit: ir.Table) -> tuple[dict[str, Mapping[str, int]], Mapping[str, int]]:
    """People hit by each issue, and in all."""
    named = hit["customer"].notnull()

    def counts(table: ir.Table) -> dict[str, ir.Value]:
        named = table["customer"].notnull()
        return {
            "named": table["customer"].nunique(),
            "valued": table["customer"].nunique(where=named & table["value"].notnull()),
            "unnamed": table["times"].sum(where=~named),
        }

    def told(row: Mapping[str, Any]) -> Mapping[str, int]:
        people = row["named"] or 0
        return {"customers": people, "named": people, "unvalued": people - (row["valued"] or 0), "unnamed": row["unnamed"] or 0}

    by_issue = hit.group_by("issue").agg(**counts(hit)).to_pyarrow().to_pylist()
    (everybody,) = hit.aggregate(**counts(hit)).to_pyarrow().to_pylist()
    return {row["issue"]: told(row) for row in by_issue}, told(everybody)


def _costs(
    data: Any, currency: str, rates: Mapping[str, Decimal], hour_rate: Decimal | None
) -> tuple[dict[str, Mapping[str, Any]], Mapping[str, Any], bool]:
    """Cash and hours of each issue, and in all; squares are sums over customers of what each cost, squared."""
    if data is None:
        return {}, NOTHING, False
    table = as_table(data, "costs")
    _need(table, ("issue", "amount"), "costs")
    has_hours = "hours" in table.columns
    hours = table["hours"].cast("float64") if has_hours else ibis.null("float64")
    amount = in_currency(table, "amount", currency, rates)
    if has_hours and hour_rate is not None:
        amount = amount + (hours * float(hour_rate) / float(UNIT) + 0.5).floor().cast("int64").fill_null(0)
    lines = table.select(
        issue=table["issue"].cast("string").fill_null(UNASSIGNED),
        customer=table["customer"].cast("string") if "customer" in table.columns else ibis.null("string"),
        amount=amount,
        hours=(hours / float(UNIT) + 0.5).floor().cast("int64"),
    )
    unnamed = lines["customer"].isnull()
    lines = lines.mutate(own=ibis.ifelse(unnamed, lines["amount"].cast("float64") ** 2, 0.0), shared=ibis.ifelse(unnamed, 0, lines["amount"]))

    def sums(by: list[str]) -> list[dict[str, Any]]:
        each = lines.group_by(*by, "customer").agg(
            amount=lines["amount"].sum(), shared=lines["shared"].sum(), own=lines["own"].sum(), hours=lines["hours"].sum()
        )
        totals = {
            "amount": each["amount"].sum(),
            "squares": (each["shared"].cast("float64") ** 2 + each["own"]).sum(),
            "hours": each["hours"].sum(),
        }
        found: list[dict[str, Any]] = (each.group_by(by).agg(**totals) if by else each.aggregate(**totals)).to_pyarrow().to_pylist()
        return found

    def told(row: Mapping[str, Any]) -> Mapping[str, Any]:
        hours = None if row["hours"] is None else from_units(row["hours"])
        return {"amount": from_units(row["amount"]), "squares": float(row["squares"] or 0.0) * float(UNIT) ** 2, "hours": hours}

    return {row["issue"]: told(row) for row in sums(["issue"])}, told(sums([])[0]), has_hours


def _modelled(hit: ir.Table, leaving: Mapping[str, Leaving]) -> _Modelled | None:
    """Losses by log-share, and how far the errors of the chances of leaving move them."""
    if not leaving:
        return None
    names = sorted(leaving)
    shrunk = shrink([leaving[name].difference for name in names], [leaving[name].error for name in names])
    rate = np.array([logshare.rate(d) for d in shrunk.value])
    rated = logshare.with_rates(hit.filter(hit["customer"].notnull()), dict(zip(names, rate.tolist(), strict=True)))
    place = {name: i for i, name in enumerate(names)}
    parts = {row["issue"]: row for row in logshare.parts(rated).to_pyarrow().to_pylist()}
    pairs = logshare.pairs(rated).to_pyarrow()
    one = np.array([place[name] for name in pairs["one"].to_pylist()], dtype=np.int64)
    other = np.array([place[name] for name in pairs["other"].to_pylist()], dtype=np.int64)
    # the chance itself, and not its floor, is what errs: below 0 the loss is told by its slope at 0
    steep = 1 / (1 - np.minimum(shrunk.value, logshare.MOST))
    below = np.minimum(-np.log1p(-np.minimum(shrunk.value, logshare.MOST)), 0.0)

    def moved(reach: str, bend: str) -> tuple[Numbers, Numbers, float]:
        own = np.array([float(parts[name][reach] or 0) if name in parts else 0.0 for name in names]) * float(UNIT)
        by_pair = rate[one] * np.array(pairs[bend].fill_null(0).to_pylist(), dtype=np.float64) * float(UNIT)
        rows = np.concatenate([np.arange(len(names)), one])
        columns = np.concatenate([np.arange(len(names)), other])
        gradient = np.concatenate([own, by_pair])
        dense_rows, where = np.unique(rows * len(names) + columns, return_inverse=True)
        value = np.bincount(where, gradient)
        row, column = dense_rows // len(names), dense_rows % len(names)
        per_d = value * steep[column]
        own_variance = np.bincount(row, per_d**2 * shrunk.own_variance[column], len(names))
        shared = np.bincount(row, per_d * shrunk.drawn[column], len(names))
        in_all = np.bincount(column, per_d, len(names))
        total = float(in_all**2 @ shrunk.own_variance) + float(in_all @ shrunk.drawn) ** 2 * shrunk.mean_variance
        return np.sqrt(own_variance + shared**2 * shrunk.mean_variance), np.bincount(row, value * below[column], len(names)), math.sqrt(total)

    spread, bias, total_spread = moved("reach", "bend")
    lost_spread, lost_bias, lost_total = moved("lost_reach", "lost_bend")
    loss = [int(parts[name]["loss"] or 0) if name in parts else 0 for name in names]
    lost = [int(parts[name]["lost"] or 0) if name in parts else 0 for name in names]
    return _Modelled(names, shrunk, loss, lost, spread, lost_spread, bias, lost_bias, total_spread, lost_total)


def _assembled(
    rows: list[_Row], modelled: _Modelled | None, whole: tuple[Mapping[str, int], Mapping[str, Any]], currency: str, *, has_hours: bool
) -> list[IssueMoney]:
    """A finding per row and one for the total. Cents, people and hours are rounded so that they add up."""
    everybody, all_cash = whole
    place = {name: i for i, name in enumerate(modelled.names)} if modelled is not None else {}
    cash = shown([row.cash["amount"] for row in rows])
    hours = _whole([row.cash["hours"] or Decimal(0) for row in rows])
    has = [row.issue in place and row.people["named"] > row.people["unvalued"] for row in rows]
    loss = shown([from_units(modelled.loss[place[row.issue]]) if modelled is not None and row.issue in place else Decimal(0) for row in rows])
    lost = _whole([from_units(modelled.lost[place[row.issue]]) if modelled is not None and row.issue in place else Decimal(0) for row in rows])
    found = []
    for i, row in enumerate(rows):
        spread, bias, used, people = 0.0, 0.0, NO_DATA, NO_DATA
        if modelled is not None and row.issue in place:
            j = place[row.issue]
            spread, bias = float(modelled.spread[j]), float(modelled.bias[j])
            used = _used(float(modelled.shrunk.value[j]), float(modelled.shrunk.error[j]), row)
            people = _people_figure(lost[i], float(modelled.lost_bias[j]), float(modelled.lost_spread[j]), row.people["named"])
        why = NO_VALUE if row.leaving is not None else NO_BEHAVIOUR
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
                _ranged(loss[i], bias, spread, currency, MODELLED) if has[i] else Money(None, None, None, currency, why),
                people,
                _both(cash[i], loss[i] if has[i] else None, bias, (math.sqrt(row.cash["squares"]), spread), currency, why),
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
        _people_figure(sum(lost), lost_bias, lost_spread, everybody["named"]) if modelled is not None else NO_DATA,
        _both(sum(cash, Decimal(0)), sum(loss, Decimal(0)) if some else None, bias, (of_cash, spread), currency, why),
    )
    return [*found, total]


def _ranged(value: Decimal, bias: float, spread: float, currency: str, method: str) -> Money:
    """Money with its limits; neither below 0, nor on the wrong side of the value."""
    half, middle = normal_quantile() * spread, float(value) + bias
    low, high = to_cents(Decimal(str(max(0.0, middle - half)))), to_cents(Decimal(str(max(0.0, middle + half))))
    return Money(value, min(low, value), max(high, value), currency, method)


def _both(cash: Decimal, loss: Decimal | None, bias: float, spreads: tuple[float, float], currency: str, why: str) -> Money:
    if loss is None:
        return _ranged(cash, 0.0, spreads[0], currency, REMEDIAL_ONLY + why)
    return _ranged(cash + loss, bias, math.hypot(*spreads), currency, BOTH)


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


def _notes(rows: list[_Row], everybody: Mapping[str, int], modelled: _Modelled | None) -> tuple[str, ...]:
    """What must be read beside the money."""
    told = ["Remedial is cash on record; modelled is margin of the next 12 months that leaves with customers, and is no cash."]
    without = [row.issue for row in rows if row.leaving is None and row.people["customers"]]
    if without:
        told.append(f"No behaviour data for {', '.join(without[:5])}{' and others' if len(without) > 5 else ''}: their money is remedial only.")  # noqa: PLR2004 - names that fit a line
    if modelled is not None:
        floored = [name for name, value in zip(modelled.names, modelled.shrunk.value, strict=True) if value < 0]
        if floored:
            told.append(f"Counted as 0, as those hit left less often than others alike: {', '.join(floored[:5])}.")
        if len(modelled.names) == 1:
            told.append("One issue alone has behaviour data, so its chance of leaving is not drawn to any mean.")
    if everybody["unvalued"]:
        told.append(f"{everybody['unvalued']:,} customers have no value on record; what leaves with them is not in the money.")
    if everybody["unnamed"]:
        told.append(f"{everybody['unnamed']:,} failures name no customer; what leaves with them is not in the money.")
    return tuple(told)
