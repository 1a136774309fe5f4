"""What somebody accepted as a statement of expectation tells the expected level of the promise it is about, and of no other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from troth.engine.gaps.expected import HOW, STATED, fill, told_note, told_of
from troth.engine.voice.expectations import Decision, Review, expectations
from troth.engine.voice.telling import ToldLevels, told_levels
from troth.terms.tables import SIGNALS
from troth.terms.vocabulary import Direction, PromiseSpec, PromiseType

MADE = datetime(2024, 5, 1, 12)
AS_OF = datetime(2024, 6, 30, tzinfo=UTC)
SPEC = PromiseSpec("delivery date", PromiseType.DEADLINE, Direction.MIN, "days", "orders")

Said = tuple[str, str | None, float]
"""Words, order, days since the promise was made."""


def signals(*said: Said) -> ir.Table:
    known: dict[str, list[Any]] = {
        "source": ["desk"] * len(said),
        "row": [f"s{place}" for place in range(len(said))],
        "kind": ["problem"] * len(said),
        "at": [MADE + timedelta(days=one[2]) for one in said],
        "subject": [one[1] for one in said],
        "text": [one[0] for one in said],
    }
    types: dict[str, Any] = {"at": pa.timestamp("us"), "value": pa.float64(), "scale_low": pa.float64(), "scale_high": pa.float64()}
    return ibis.memtable(
        pa.table({c.name: pa.array(known.get(c.name, [None] * len(said)), types.get(c.name, pa.string())) for c in SIGNALS})
    )


def promise(row: str, **other: Any) -> dict[str, Any]:
    """A delivery promised in 4 days and received after 6."""
    usual = {
        "source": "orders", "name": "delivery date", "row": row, "type": "deadline", "unit": "days", "subject": row, "customer": None,
        "made_at": MADE, "received_at": MADE + timedelta(days=6), "level_promised": 4.0, "level_requested": None,
        "stage": None, "segment": None, "persona": None, "tier": None,
    }  # fmt: skip
    return usual | other


def ledger(rows: Sequence[dict[str, Any]]) -> ir.Table:
    types = {
        "made_at": pa.timestamp("us"),
        "received_at": pa.timestamp("us"),
        "level_promised": pa.float64(),
        "level_requested": pa.float64(),
    }
    return ibis.memtable(pa.table({name: pa.array([row[name] for row in rows], types.get(name, pa.string())) for name in rows[0]}))


def accepted(*said: Said) -> ToldLevels:
    """The levels of these words, all of them accepted."""
    review = Review(tuple(Decision(one.key, "accepted") for one in expectations([one[0] for one in said])))
    found = told_levels(signals(*said), review, as_of=AS_OF, zone="America/Sao_Paulo")
    assert found is not None
    return found


def told(rows: Sequence[dict[str, Any]], *said: Said) -> dict[tuple[str, str], float]:
    """Name and row of each promise to what was expected of it."""
    found = told_of(ledger(rows), accepted(*said).rows).to_pylist()
    return {(row["said_name"], row["said_row"]): row["said"] for row in found}


def test_a_duration_tells_the_promise_that_was_open_when_it_was_said() -> None:
    said: list[Said] = [("I was told it would arrive within 3 days.", "a", 5), ("I was told it would arrive within 3 days.", "b", 7)]
    assert told([promise("a"), promise("b")], *said) == {("delivery date", "a"): 3.0}  # b had come: that is hindsight


def test_a_date_is_told_as_days_to_its_end_where_the_customer_is() -> None:
    """Promised at noon UTC on 1 May; 3 May ends at 03:00 UTC on the 4th in São Paulo."""
    (days,) = told([promise("a")], ("I was told it would arrive by 2024-05-03.", "a", 5)).values()
    assert days == pytest.approx(2 + 15 / 24, abs=1e-9)


def test_free_is_a_price_of_nothing_and_money_is_of_a_price_in_its_currency() -> None:
    fee = {"name": "delivery fee", "type": "price", "level_promised": 12.0}
    rows = [promise("a"), *(promise(row, **fee, unit=unit) for row, unit in (("a", "BRL"), ("b", "BRL"), ("c", "EUR")))]
    words = [("Your site says free delivery.", "a", 2), *(("I was told it would cost R$ 5.", row, 2) for row in "bc")]
    assert told(rows, *words) == {("delivery fee", "a"): 0.0, ("delivery fee", "b"): 5.0}


def test_where_two_promises_could_be_meant_none_is_told() -> None:
    answer = promise("a", name="answer to a contact", type="response_time")
    words: Said = ("I was told within 3 days.", "a", 5)
    assert told([promise("a"), answer], words) == {}
    assert told([promise("a"), answer | {"received_at": MADE + timedelta(days=1)}], words) == {("delivery date", "a"): 3.0}
    assert told([promise("a"), answer | {"made_at": MADE + timedelta(days=5)}], words) == {("delivery date", "a"): 3.0}


def test_the_last_word_counts() -> None:
    words: list[Said] = [("I was told within 3 days.", "a", 2), ("I was told within 2 days.", "a", 4)]
    assert told([promise("a")], *words) == {("delivery date", "a"): 2.0}


@pytest.mark.parametrize("words", ["I was told it would arrive on Friday.", "I was told it would arrive tomorrow.", "I expected better."])
def test_without_a_level_that_can_be_read_it_stays_a_signal_and_is_counted(words: str) -> None:
    found = accepted((words, "a", 2))
    assert (found.rows.num_rows, found.accepted, found.unread) == (0, 1, 1)
    assert told_note(found, told_of(ledger([promise("a")]), found.rows)).startswith(
        "Accepted statements are said in 1 texts about a subject: 1 of them carry no level"
    )


def test_what_nobody_accepted_or_nobody_knew_yet_tells_nothing() -> None:
    words: Said = ("I was told it would arrive within 3 days.", "a", 5)
    (key,) = [one.key for one in expectations([words[0]])]
    for review in (Review(), Review((Decision(key, "rejected"),)), Review((Decision(key, "accepted"), Decision(key, "rejected")))):
        assert told_levels(signals(words), review, as_of=AS_OF, zone="UTC") is None
    early = told_levels(signals(words), Review((Decision(key, "accepted"),)), as_of=datetime(2024, 5, 3, tzinfo=UTC), zone="UTC")
    assert early is not None
    assert early.rows.num_rows == 0


def test_accepted_words_and_mapped_levels_fill_e_by_the_same_road() -> None:
    """a: told in words alone; b: asked for on its own record; c: nobody said anything."""
    rows = [promise("a"), promise("b", level_requested=1.0), promise("c")]
    judged = ledger(rows)
    words = accepted(*(("I was told it would arrive within 3 days.", row, 2) for row in "ab"))
    filled = fill(judged, signals(), as_of=AS_OF, specs=(SPEC,), told=told_of(judged, words.rows)).order_by("row").to_pyarrow().to_pylist()
    assert [(row["row"], row["level_requested"], row[HOW]) for row in filled] == [
        ("a", 3.0, STATED),
        ("b", 1.0, "requested"),
        ("c", None, None),
    ]
