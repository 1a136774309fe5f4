"""The money of a study's issues: costs without a rate are a lower limit or unknown, cash of nothing that failed is told beside."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

import troth
from tests.projects import AS_OF, NOW, write_shop
from troth.engine.issues.result import anyway_words
from troth.engine.issues.silence import NOT_ON_RECORD
from troth.engine.voice.studying import NO_TEXTS

COSTS = """\
read = "costs.csv"
id = "id"
[[costs]]
kind = "kind"
amount = "amount"
currency = "currency"
at = "at"
subject = "\\"order\\""
"""


def shop(folder: Path, currency: str, other: str) -> troth.Study:
    """A shop in USD that refunds every order that came late, 30.10 each, and pays 2.05 on every tenth that did not."""
    write_shop(folder)
    (folder / "sources" / "costs.toml").write_text(COSTS)
    with (folder / "orders.csv").open(newline="") as stream:
        orders = list(csv.DictReader(stream))
    with (folder / "costs.csv").open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(("id", "kind", "amount", "currency", "at", "order"))
        for number, order in enumerate(orders):
            late = order["delivered_at"][:10] > order["promised_for"][:10]
            if late:
                rows.writerow((f"r{number}", "refund", "30.10", currency if number % 2 else other, "2024-06-25", order["order_id"]))
            elif number % 10 == 0:
                rows.writerow((f"r{number}", "refund", "2.05", currency, "2024-06-25", order["order_id"]))
    return troth.open(folder).run(AS_OF, at=NOW).study


@pytest.fixture(scope="module")
def priced(tmp_path_factory: pytest.TempPathFactory) -> troth.Study:
    return shop(tmp_path_factory.mktemp("priced") / "shop", "USD", "USD")


def test_where_no_cost_has_a_rate_cash_is_unknown_and_not_0(tmp_path: Path) -> None:
    study = shop(tmp_path / "shop", "GBP", "GBP")
    *issues, rest, total = study.issues
    assert issues
    for row in (*issues, rest, total):
        assert (row.remedial.value, row.remedial.low, row.remedial.high) == (None, None, None)
        assert "GBP have no rate" in row.remedial.method
        if row.modelled.value is None:
            assert row.money.value is None
            assert (row.yearly.value, row.delay.value) == (None, None)
    assert any(f"{amount:,.2f} GBP" in note for note in study.issues.notes for amount in [spent(study, "GBP")])


def test_where_some_costs_have_no_rate_cash_is_a_lower_limit_and_says_so(tmp_path: Path) -> None:
    study = shop(tmp_path / "shop", "USD", "GBP")
    *issues, rest, total = study.issues
    assert total.remedial.value
    assert all(row.remedial.method.startswith("a lower limit") for row in (*issues, rest, total) if row.remedial.value is not None)
    assert total.money.method.startswith("a lower limit")
    for row in (*issues, rest, total):  # at least so much, and no less by chance
        assert row.remedial.value is None or row.remedial.low == row.remedial.value
        assert row.money.low is None or row.remedial.value is None or row.money.low >= row.remedial.value
    assert sum((row.money.value or Decimal(0) for row in (*issues, rest)), Decimal(0)) == total.money.value


def test_where_every_cost_has_a_rate_nothing_is_a_lower_limit_for_it(priced: troth.Study) -> None:
    assert not any("rate" in row.remedial.method for row in priced.issues)


def test_where_what_leaving_costs_is_unknown_of_some_the_total_is_a_lower_limit_too(priced: troth.Study) -> None:
    """No customer of this shop has a value on record: cash is all that is known, of issues, of the rest and in all."""
    *issues, rest, total = priced.issues
    assert issues
    assert rest.failures
    assert all(row.modelled.value is None for row in issues)
    for row in (*issues, rest, total):
        assert row.at_least, row.where
    (note,) = (note for note in priced.issues.notes if "how many customers leave" in note)
    assert note.startswith(f"Of {len(issues)} of {len(issues)} issue")
    assert f"and {rest.failures:,} unassigned failure" in note
    assert "which is a lower limit, and so is the total" in note


def test_where_no_money_at_all_is_known_nothing_is_said_to_be_in_it(tmp_path: Path) -> None:
    study = troth.open(write_shop(tmp_path / "shop")).run(AS_OF, at=NOW).study
    assert all(row.money.value is None for row in study.issues)
    (note,) = (note for note in study.issues.notes if "how many customers leave" in note)
    assert note.endswith("so that their money is unknown.")


def test_where_no_contact_is_on_record_it_is_not_known_who_was_silent(priced: troth.Study) -> None:
    for row in priced.issues:
        assert row.let_down.value == row.customers
        assert (row.silent.value, row.silent.method) == (None, NOT_ON_RECORD)


def test_money_says_why_leaving_is_not_in_it(priced: troth.Study) -> None:
    *issues, rest, _ = priced.issues
    for row in issues:
        assert row.money.method.endswith(f"leaving is not in it: {row.why_no_leaving.rstrip('.')}") or "value on record" in row.money.method
    assert rest.money.method.endswith("leaving is not in it: it is looked for issue by issue, and not of failures of none")


def test_cash_of_nothing_that_failed_is_in_no_money_at_risk_and_told_beside(priced: troth.Study) -> None:
    *issues, rest, total = priced.issues
    assert priced.anyway is not None
    assert total.remedial.value
    assert priced.anyway.value
    assert total.remedial.value + priced.anyway.value == spent(priced, "USD")
    assert sum((row.remedial.value or Decimal(0) for row in (*issues, rest)), Decimal(0)) == total.remedial.value
    assert sum((row.money.value or Decimal(0) for row in (*issues, rest)), Decimal(0)) == total.money.value
    assert priced.anyway.value >= Decimal("2.05")  # what was paid where nothing was late
    assert f"{round(priced.anyway.value):,} USD" in anyway_words(priced.anyway)


def spent(study: troth.Study, currency: str) -> Decimal:
    """All costs on record in a currency."""
    with (study.folder.parents[2] / "costs.csv").open(newline="") as stream:
        return sum((Decimal(row["amount"]) for row in csv.DictReader(stream) if row["currency"] == currency), Decimal(0))


def test_without_texts_it_is_said_why_no_statement_is_told(priced: troth.Study) -> None:
    assert not priced.reading.statements
    assert NO_TEXTS in priced.reading.statements.notes
