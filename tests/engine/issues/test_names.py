"""A source may call its columns what it likes: those named like a column of issues are left out, with a note."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

import troth

ORDERS = """
read = "orders.csv"
id = "id"
[[promises]]
name = "delivery date"
type = "deadline"
customer = "who"
subject = "id"
made_at = "ordered"
due = "promised"
received_at = "delivered"
dimensions = ["{name}", "lane"]
"""


@pytest.mark.parametrize("name", ["failed", "at", "what", "month"])
def test_a_dimension_named_like_a_column_of_issues_is_no_place_to_look(tmp_path: Path, name: str) -> None:
    """400 orders; every other one goes by the southern lane, and there every second one is late."""
    (tmp_path / "sources").mkdir()
    (tmp_path / "troth.toml").write_text('name = "Names"\n')
    (tmp_path / "sources" / "orders.toml").write_text(ORDERS.format(name=name))
    with (tmp_path / "orders.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "who", "ordered", "promised", "delivered", name, "lane"])
        for number in range(400):
            ordered, late = date(2024, 1, 1) + timedelta(days=number % 180), number % 4 == 0
            lane = "south" if number % 2 == 0 else "north"
            came = ordered + timedelta(8 if late else 3)
            rows.writerow([number, f"c{number % 90}", ordered, ordered + timedelta(5), came, "on" if late else "off", lane])
    study = troth.open(tmp_path).study("2024-12-31")
    (one,) = [issue for issue in study.issues if issue.rank]
    assert one.rule == {"what": "delivery date", "lane": "south"}
    assert (one.failures, one.failed, sum(one.parts.values())) == (100, 100, 100)
    assert any(f"not looked for in “{name}”" in note for note in study.issues.notes)
