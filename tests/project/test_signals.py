"""Signals of a project folder reach the study: ratings as score points, stated expectations as E."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.projects import AS_OF, write_shop
from troth.project import Project

SURVEY = """\
read = "survey.csv"
id = "answer"

[[signals]]
kind = "'rating'"
at = "asked_at"
subject = "order_id"
value = "stars"
scale = [1, 5]

[[signals]]
kind = "'expectation'"
at = "ordered_at"
subject = "order_id"
value = "hoped_days"
"""


def test_a_survey_beside_the_orders_gives_an_account_in_score_points(tmp_path: Path) -> None:
    shop = write_shop(tmp_path)
    with (shop / "orders.csv").open(newline="") as file:
        delivered = [order for order in csv.DictReader(file) if order["delivered_at"]]
    with (shop / "survey.csv").open("w", newline="") as file:
        answers = csv.writer(file)
        answers.writerow(["answer", "order_id", "ordered_at", "asked_at", "stars", "hoped_days"])
        for number, order in enumerate(delivered):
            late = order["delivered_at"][:10] > order["promised_for"][:10]
            answers.writerow([f"a{number}", order["order_id"], order["ordered_at"], "2024-06-30 23:00:00", 2 if late else 4, 3])
    (shop / "sources" / "survey.toml").write_text(SURVEY)
    study = Project(shop).study(AS_OF)
    [row] = study.score(mode="cross-fitted")
    assert (row.name, row.scale_low, row.scale_high) == ("delivery date", 1.0, 5.0)
    assert row.received > 480
    assert row.scored == row.received
    assert row.listening_known == row.decomposed
    assert row.delivery is not None
    assert row.listening_by == {"stated": row.decomposed}
    assert {"scores.parquet", "score_curve.parquet"} <= set(study.manifest.tables)


def test_a_shop_nobody_asked_says_so(tmp_path: Path) -> None:
    found = Project(write_shop(tmp_path)).study(AS_OF).score()
    assert list(found) == []
    assert "No rating" in found.notes[0]
