"""Issues of few customers, in a study of a whole project."""

from __future__ import annotations

import csv
from pathlib import Path

import troth
from tests.projects import NOW, write_shop


def study(folder: Path, customers: int, as_of: str) -> troth.Study:
    """The shop, whose orders are all of so many customers."""
    write_shop(folder)
    with (folder / "orders.csv").open(newline="") as stream:
        orders = list(csv.DictReader(stream))
    with (folder / "orders.csv").open("w", newline="") as stream:
        rows = csv.DictWriter(stream, orders[0].keys())
        rows.writeheader()
        rows.writerows({**order, "customer": f"c{number % customers}"} for number, order in enumerate(orders))
    return troth.open(folder).run(as_of, at=NOW).study


def test_of_fewer_than_10_customers_there_are_counts_only(tmp_path: Path) -> None:
    few = [row for row in study(tmp_path / "few", 3, "2024-06-30").issues if row.rank]
    assert few
    for row in few:
        assert row.excess.value is not None
        assert (row.excess.low, row.excess.high, row.excess.clusters) == (None, None, 3)
        assert row.excess.method.startswith("fewer than 10 customers")
        assert row.confidence == "guessed"
    many = [row for row in study(tmp_path / "many", 40, "2024-06-30").issues if row.rank]
    assert all(row.excess.low is not None for row in many)
