"""Costs in several currencies are told in one, at the rates of troth.toml; without a rate a row is set aside, and never a silent zero."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.intake.projects import taken, write
from troth.intake import read_folder
from troth.terms.errors import SettingError
from troth.terms.vocabulary import Unpriced

COSTS = """\
id,kind,amount,currency,at,order
1,refund,100,EUR,2024-03-01,a
2,contact,4,,2024-03-01,a
3,credit,10,gbp,2024-03-02,b
4,refund,500,JPY,2024-03-02,b
5,refund,7,EUR,2024-03-03,c
"""
MAPPING = """\
read = "costs.csv"
id = "id"
[[costs]]
kind = "kind"
amount = "amount"
currency = "currency"
at = "at"
subject = "\\"order\\""
"""


def project(folder: Path, settings: str) -> Path:
    return write(folder, MAPPING, files={"costs.csv": COSTS}, settings=settings, name="costs")


def test_amounts_are_turned_into_the_currency_of_the_project(tmp_path: Path) -> None:
    one = taken(project(tmp_path, 'currency = "EUR"\nrates = { GBP = 1.2, JPY = 0.006 }\n'))
    assert one.rows("row", "amount", table=one.intake.costs) == [
        ("1", Decimal("100.0000")),
        ("2", Decimal("4.0000")),
        ("3", Decimal("12.0000")),
        ("4", Decimal("3.0000")),
        ("5", Decimal("7.0000")),
    ]


def test_a_cost_without_a_rate_is_set_aside_with_its_currency(tmp_path: Path) -> None:
    one = taken(project(tmp_path, 'currency = "EUR"\nrates = { GBP = 1.2 }\n'))
    assert one.reasons == {"no rate": 1}
    assert one.aside("row", "column", "value", "reason") == [("4", "currency", "500.00 JPY", "no rate")]
    assert one.intake.unpriced == (Unpriced("JPY", 1, Decimal("500.00")),)


def test_without_a_currency_of_its_own_a_cost_is_in_the_projects(tmp_path: Path) -> None:
    folder = write(tmp_path, MAPPING.replace('currency = "currency"\n', ""), files={"costs.csv": COSTS}, name="costs")
    assert taken(folder).rows("amount", table=taken(folder).intake.costs)[0] == (Decimal("100.0000"),)


@pytest.mark.parametrize(
    ("rates", "place"),
    [("{ euro = 1.1 }", "rates.euro"), ("{ EUR = 0 }", "rates"), ("{ EUR = 'much' }", "rates"), ("{ USD = 2.0 }", "rates.USD")],
)
def test_a_rate_is_of_another_currency_and_above_0(tmp_path: Path, rates: str, place: str) -> None:
    with pytest.raises(SettingError) as told:
        read_folder(project(tmp_path, f"rates = {rates}\n"))
    assert told.value.place == place
