"""Figures of every size: what can be reckoned with is judged, the rest is set aside with its reason; check and run agree."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.intake.projects import ORDERS, orders
from troth.engine.promises import judge

QUOTES = """\
read = "orders.csv"
id = "id"
[[promises]]
name = "quote"
type = "price"
customer = "customer"
made_at = "made"
promised = "promised"
received = "received"
value = "worth"
"""
HEADER = "id,customer,made,promised,received,worth\n"
END = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("promised", "received", "verdict", "shortfall"),
    [
        ("9300000000", "5", "EXCEEDED", 5 - 9.3e9),
        ("5", "9300000000", "BROKEN", 9.3e9 - 5),
        ("1e12", "0", "EXCEEDED", -1e12),
        ("8999999999", "0.5", "EXCEEDED", 0.5 - 8999999999),
        ("1.1", "1.2", "BROKEN", 0.1),
    ],
)
def test_a_price_of_any_size_is_judged(tmp_path: Path, promised: str, received: str, verdict: str, shortfall: float) -> None:
    one = orders(tmp_path, f"{HEADER}1,ana,2024-03-01,{promised},{received},7\n", QUOTES)

    (row,) = judge(one.intake.promises, as_of=END, specs=one.intake.specs).to_pyarrow().to_pylist()
    assert (row["verdict"], row["shortfall"]) == (verdict, shortfall)


@pytest.mark.parametrize(("promised", "received", "worth"), [("2e12", "5", "7"), ("5", "1e300", "7"), ("5", "4", "1e16")])
def test_what_nobody_can_add_up_is_set_aside(tmp_path: Path, promised: str, received: str, worth: str) -> None:
    one = orders(tmp_path, f"{HEADER}1,ana,2024-03-01,{promised},{received},{worth}\n2,ben,2024-03-01,5,4,1e12\n", QUOTES)

    assert (one.reasons, one.tally.used) == ({"too large": 1}, 1)


@pytest.mark.parametrize("days", ["1000001", "100000000", "9300000000"])
def test_an_answer_promised_in_a_million_days_is_no_promise_to_reckon_with(tmp_path: Path, days: str) -> None:
    source = ORDERS.replace("deadline", "response_time").replace('due = "promised"', 'promised = "promised"')
    text = f"id,customer,ordered,promised,delivered\n1,ana,2024-03-01,{days},\n2,ben,2024-03-01,3,2024-03-02\n"

    assert (orders(tmp_path, text, source).reasons) == {"too large": 1}


def test_a_cell_with_an_underscore_is_no_number(tmp_path: Path) -> None:
    assert orders(tmp_path, f"{HEADER}1,ana,2024-03-01,1_000,5,7\n", QUOTES).reasons == {"bad number": 1}
