"""What customers say they were told, once somebody accepts it, moves the listening part of the account, and nothing else of it."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta

import pytest

import troth
from tests.projects import AS_OF, NOW, write_shop
from tests.worded import SOURCE, SPELT, TOLD
from troth.engine.findings import NativeAccount
from troth.engine.voice.expectations import expectations

SAID_OF = 3
"""Every third order's customer says it, a day after ordering."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[troth.Study, troth.Study]:
    """A shop whose customers say what they were told before it came, studied without a decision and with one."""
    folder = write_shop(tmp_path_factory.mktemp("told") / "shop", orders=240)
    (folder / "sources" / "notes.toml").write_text(SOURCE)
    with (folder / "troth.toml").open("a") as settings:
        settings.write(SPELT)
    with (folder / "orders.csv").open(newline="") as stream:
        orders = list(csv.DictReader(stream))
    with (folder / "notes.csv").open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(("note_id", "customer", "order_id", "written_at", "text"))
        for number, order in enumerate(orders[::SAID_OF]):
            said = datetime.fromisoformat(order["ordered_at"]) + timedelta(days=1)
            rows.writerow((f"n{number:04}", order["customer"], order["order_id"], said, f"{TOLD} It is order {number % 7}."))
    before = troth.open(folder).run(AS_OF, at=NOW).study
    (key,) = [one.key for one in expectations([TOLD])]
    (folder / "review.toml").write_text(f'[[decisions]]\nkey = "{key}"\nstatus = "accepted"\nby = "Ana"\non = 2024-06-01\n')
    return before, troth.open(folder).run(AS_OF, at=NOW).study


def account(study: troth.Study) -> NativeAccount:
    (row,) = [row for row in study.native() if row.name == "delivery date"]
    return row


def test_an_accepted_statement_makes_the_listening_part_known_and_moves_no_other(told: tuple[troth.Study, troth.Study]) -> None:
    before, after = map(account, told)
    assert (before.listening, before.listening_known) == (None, 0)
    assert after.listening_by.keys() == {"stated", "cell median"}  # of a cell in which enough customers told one
    assert after.listening_by["stated"] > 20
    assert sum(after.listening_by.values()) == after.listening_known
    assert (after.expectation, after.standard, after.delivery) == (before.expectation, before.standard, before.delivery)


def test_listening_is_the_promise_less_what_was_told(told: tuple[troth.Study, troth.Study]) -> None:
    """Told 3 days: a promise of P days was P - 3 longer than that; summed naively over the promises that have an E and were received."""
    study = told[1]
    rows = study.ledger.filter(study.ledger.name == "delivery date").to_pyarrow().to_pylist()
    stated = [row for row in rows if row["code_requested"] == "stated"]
    assert {row["level_requested"] for row in rows} <= {3.0, None}
    for row in stated:
        assert row["received_at"] is None or row["received_at"] >= row["made_at"] + timedelta(days=1)
    mine = account(study)
    spans = [row["level_promised"] - 3.0 for row in rows if row["level_received"] is not None and row["level_requested"] is not None]
    assert mine.listening is not None
    assert mine.listening_known <= len(spans)
    assert mine.listening / mine.listening_known == pytest.approx(sum(spans) / len(spans), rel=0.2)


def test_a_note_says_what_became_of_accepted_statements(told: tuple[troth.Study, troth.Study]) -> None:
    assert not any(note.startswith("Accepted statements") for note in told[0].expectation_statements.notes)
    (note,) = [note for note in told[1].expectation_statements.notes if note.startswith("Accepted statements")]
    assert "80 texts about a subject: 0 of them carry no level" in note
