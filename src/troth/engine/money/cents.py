"""Money as it is counted: decimals of one currency, and cents that add up when they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal

import ibis
import ibis.expr.types as ir

from troth.engine.rounding import whole_numbers
from troth.terms.errors import RequestError, did_you_mean

UNIT = Decimal("0.0001")
"""What amounts are summed in: sums of whole units do not depend on the order of rows."""

CENT = Decimal("0.01")


def units(amount: ir.NumericValue) -> ir.IntegerValue:
    """An amount in whole ten-thousandths, to the nearest; nothing where it is unknown."""
    return (amount.cast("float64") * 10_000 + 0.5).floor().cast("int64").fill_null(0)


def from_units(whole: int | Decimal | None) -> Decimal:
    """Ten-thousandths as money."""
    return Decimal(int(whole or 0)) * UNIT


def to_cents(amount: Decimal) -> Decimal:
    """One amount alone, to the nearest cent."""
    return amount.quantize(CENT, ROUND_HALF_EVEN)


def shown(amounts: Sequence[Decimal], total: Decimal | None = None) -> tuple[Decimal, ...]:
    """Amounts in cents that add up to their total in cents: the cents that rounding down leaves go to the largest remainders.

    :param total: what they must add up to; the nearest cent to their sum where left out.
    """
    whole = to_cents(sum(amounts, Decimal(0)) if total is None else total)
    return tuple(cents * CENT for cents in whole_numbers([amount / CENT for amount in amounts], int(whole / CENT)))


def split(amount: Decimal, shares: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """An amount over shares, exact to the ten-thousandth: the parts add up to it.

    :raises RequestError: the shares do not add up to 1, or one is below 0.
    """
    if any(share < 0 for share in shares.values()) or abs(sum(shares.values(), Decimal(0)) - 1) > Decimal("1e-9"):
        told = ", ".join(f"{name} {share}" for name, share in shares.items())
        raise RequestError(f"The shares {told} do not add up to 1.", place="shares", mend="give what is not known as “unknown”.")
    whole = shown([amount * share * 100 for share in shares.values()], amount * 100)  # cents of hundredths are ten-thousandths
    return {name: part / 100 for name, part in zip(shares, whole, strict=True)}


def by_area(amounts: Mapping[str, Decimal], shares: Mapping[str, Mapping[str, Decimal]]) -> dict[str, Decimal]:
    """Money of every area over all issues; an issue without shares is all ``unknown`` (domain.md e1).

    :param amounts: issue to money. :param shares: issue to area to share; the shares of an issue add up to 1.
    """
    found: dict[str, Decimal] = {}
    for issue, amount in amounts.items():
        for area, part in split(amount, shares.get(issue) or {"unknown": Decimal(1)}).items():
            found[area] = found.get(area, Decimal(0)) + part
    return found


def rate_of(currency: str, currencies: Iterable[str | None], rates: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """What one unit of every currency is worth in the one that is counted in.

    :raises RequestError: a currency has no rate.
    """
    known = {currency: Decimal(1), **{name: Decimal(str(rate)) for name, rate in rates.items()}}
    found = sorted({currency if name is None else name for name in currencies})
    missing = [name for name in found if name not in known]
    if missing:
        told = ", ".join(missing)
        near = did_you_mean(missing[0], [name for name in known if name != currency])
        hint = f"; {near}" if near is not None and near.startswith("did you mean") else ""
        mend = f"give what one unit is worth in {currency}: rates={{{missing[0]!r}: ...}}{hint}"
        raise RequestError(f"Amounts are in {told} and counted in {currency}, and no rate is given.", place="currency", mend=mend)
    return {name: known[name] for name in found}


def in_currency(table: ir.Table, column: str, currency: str, rates: Mapping[str, Decimal]) -> ir.IntegerValue:
    """The amounts of a column in ten-thousandths of one currency; a column ``currency`` says what each row is in, NULL is that one.

    :raises RequestError: a currency has no rate, or the column holds no numbers.
    """
    kind = table[column].type()
    if not (kind.is_numeric() or kind.is_null()) or kind.is_boolean():
        raise RequestError(f"Column “{column}” holds {kind}, not amounts.", place=column, mend="cast it to a decimal.")
    if "currency" not in table.columns:
        return units(table[column])
    found = table.select("currency").distinct().to_pyarrow()["currency"].to_pylist()
    worth = rate_of(currency, found, rates)
    factor = (
        ibis.cases(
            *((table["currency"].fill_null(currency) == name, ibis.literal(float(rate))) for name, rate in worth.items()),
            else_=ibis.literal(1.0),
        )
        if worth
        else ibis.literal(1.0)
    )
    return units(table[column].cast("float64") * factor)
