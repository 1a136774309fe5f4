"""An answer that is empty because no promise has the value asked for says so, and names what was probably meant."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import ibis
import pyarrow as pa
import pytest

from tests.engine.promises.tables import deadline, stored
from troth.engine.promises import integrity
from troth.engine.promises.slices import PERIODS, meant
from troth.engine.promises.unmet import unmet
from troth.terms.errors import RequestError

LEDGER = ibis.memtable(
    pa.table(
        {
            "region": ["North", "North", "South", "Norte", "Nord", None],
            "lane": ["sea"] * 6,
            "weekday": [1, 2, 3, 4, 5, 6],
            "warehouse": pa.nulls(6, pa.string()),
            "due_at": [datetime(2024, 3, 5)] * 6,
        }
    )
)


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({"region": "Nroth"}, ["No promise has region “Nroth”; nearest values: “North”, “South”, “Norte”."]),
        ({"region": "north"}, ["No promise has region “north”; nearest values: “North”, “Norte”, “Nord”."]),
        ({"region": "SOUTH"}, ["No promise has region “SOUTH”; nearest values: “South”, “North”."]),
        ({"region": "East"}, ["No promise has region “East”; its values: “Nord”, “Norte”, “North”, “South”."]),
        ({"weekday": 9}, ["No promise has weekday “9”; its values: “1”, “2”, “3”, “4”, “5”, “6”."]),
        ({"lane": None}, ["No promise has an unknown lane."]),
        ({"warehouse": "W1"}, ["No promise has warehouse “W1”; it is unknown throughout."]),
        ({"month": date(2024, 2, 1)}, ["No promise has month “2024-02-01”; nearest value: “2024-03-01”."]),
        (
            {"region": "Nroth", "lane": "see"},
            [
                "No promise has region “Nroth”; nearest values: “North”, “South”, “Norte”.",
                "No promise has lane “see”; nearest value: “sea”.",
            ],
        ),
    ],
    ids=["letters swapped", "lower case", "upper case", "nothing like it", "a number", "unknown", "never known", "a period", "two"],
)
def test_a_value_no_promise_has_is_told_with_the_nearest(where: dict[str, Any], said: list[str]) -> None:
    assert list(unmet(LEDGER, where)) == said


@pytest.mark.parametrize(
    "where",
    [{}, {"region": "North"}, {"region": None}, {"month": "2024-03-01"}, {"region": "South", "weekday": 1}],
    ids=["everything", "it occurs", "unknown occurs", "the period occurs", "each occurs, and not together"],
)
def test_values_that_occur_need_no_word(where: dict[str, Any]) -> None:
    assert unmet(LEDGER, where) == ()


def test_of_many_values_the_nearest_are_found_and_no_list_is_made() -> None:
    many = ibis.memtable(pa.table({"order": [f"A-{number:05d}" for number in range(3_000)]}))
    (said,) = unmet(many, {"order": "A-02999x"})
    assert said.startswith("No promise has order “A-02999x”; nearest values: “A-02999”, ")
    assert unmet(many, {"order": "quite another"}) == ("No promise has order “quite another”; no value is like it.",)


def test_integrity_of_a_value_that_occurs_nowhere_says_so_first() -> None:
    ledger = stored(deadline(0, 5, 4, kept_by="Fulfilment"), as_of=datetime.fromisoformat("2024-12-31T00:00:00+00:00"))
    found = integrity(ledger, as_of=datetime.fromisoformat("2024-12-31T00:00:00+00:00"), where={"kept_by": "Fulfillment"})
    assert (found[0].due, found.notes[0]) == (0, "No promise has kept_by “Fulfillment”; nearest value: “Fulfilment”.")


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("due_month", "did you mean “month”? (it is the month a promise falls due; there is “made_month”, too)"),
        ("due_week", "did you mean “week”? (it is the week a promise falls due; there is “made_week”, too)"),
        ("months", "did you mean “month”? (it is the month a promise falls due; there is “made_month”, too)"),
        ("month_due", "did you mean “month”? (it is the month a promise falls due; there is “made_month”, too)"),
        ("Weekly", "did you mean “week”? (it is the week a promise falls due; there is “made_week”, too)"),
        ("due_date", "did you mean “day”? (it is the day a promise falls due; there is “made_day”, too)"),
        ("made_weeks", "did you mean “made_week”? (it is the week a promise was made; there is “week”, too)"),
        ("month_made", "did you mean “made_month”? (it is the month a promise was made; there is “month”, too)"),
        ("mnth", "did you mean “month”?"),
        ("regoin", "did you mean “region”?"),
    ],
)
def test_a_period_under_another_name_is_told_as_it_is_called_here(name: str, mend: str) -> None:
    assert meant(name, ["region", *PERIODS]) == mend
    with pytest.raises(RequestError) as caught:
        unmet(ibis.memtable(pa.table({"region": ["a"]})), {name: "x"})
    assert caught.value.mend == mend
