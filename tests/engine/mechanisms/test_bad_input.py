"""What cannot be told is told as such, with the reason; what cannot be read is refused in a sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import troth
from troth.engine.mechanisms import Split
from troth.terms.errors import RequestError

ROWS = 200


def table(**columns: Any) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    usual = {
        "month": np.repeat(["August", "September"], ROWS // 2),
        "region": rng.choice(["north", "south"], ROWS),
        "promised": rng.integers(3, 6, ROWS).astype(float),
        "took": rng.integers(1, 7, ROWS).astype(float),
        "customer": np.arange(ROWS) // 2,
    }
    return {**usual, **columns}


def asked(columns: dict[str, Any], **more: Any) -> Split:
    usual: dict[str, Any] = {"by": "month", "before": "August", "after": "September", "mix": ["region"], "promise": "promised"}
    return troth.split_change(columns, **{**usual, "stages": {"transit": "took"}, "draws": 20, **more})


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"by": "mnth"}, "There is no column “mnth”"),
        ({"mix": ["regoin"]}, "There is no column “regoin”"),
        ({"stages": {"transit": "tok"}}, "There is no column “tok”"),
        ({"promise": "region", "mix": []}, "not numbers"),
        ({"promise": None}, "Nothing says what the KPI is made of"),
        ({"stages": {}}, "Nothing says what the KPI is made of"),
        ({"event": "took"}, "Both event= and an identity"),
        ({"promise": None, "stages": None, "event": "took", "mix": []}, "No group is named"),
        ({"promise": None, "stages": None, "event": "region"}, "“region” is asked to be two things"),
        ({"promise": None, "stages": None, "event": "region", "mix": "customer"}, "not numbers or yes and no"),
        ({"after": "August"}, "Both sides are “August”"),
        ({"before": 8}, "no value of a column of string"),
        ({"mix": ["region", "region"]}, "“region” is asked to be two things"),
        ({"stages": {"region": "took"}}, "“region” names two mechanisms"),
        ({"areas": {"transitt": "carriers"}}, "There is no mechanism “transitt”"),
        ({"grace": float("nan")}, "grace is nan"),
        ({"draws": 1}, "draws is too small"),
        ({"stages": {f"s{i}": "took" for i in range(9)}}, "“took” is asked to be two things"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(more: dict[str, Any], words: str) -> None:
    with pytest.raises(RequestError, match=words) as error:
        asked(table(), **more)
    assert error.value.mend


def test_too_many_mechanisms_are_refused() -> None:
    columns = table(**{f"s{i}": np.ones(ROWS) for i in range(8)})
    with pytest.raises(RequestError, match="10 mechanisms make 2\\^10 worlds"):
        asked(columns, stages={f"stage {i}": f"s{i}" for i in range(8)})


def test_too_many_cells_are_refused() -> None:
    rows = 600
    columns = {"side": np.arange(rows) % 2, "seller": np.arange(rows), "p": np.ones(rows), "t": np.ones(rows)}
    with pytest.raises(RequestError, match="more than 500 cells"):
        troth.split_change(columns, by="side", before=0, after=1, mix="seller", promise="p", stages={"t": "t"})


def test_a_word_is_no_period_of_dates() -> None:
    columns = table(at=np.repeat(np.array(["2024-08-01", "2024-09-01"], "datetime64[us]"), ROWS // 2))
    with pytest.raises(RequestError, match="“August” is no period"):
        asked(columns, by="at")
    with pytest.raises(RequestError, match="“2024-13” is no day"):
        asked(columns, by="at", before="2024-08", after="2024-13")


def test_few_rows_tell_nothing() -> None:
    few = {name: column[80:120] for name, column in table().items()}
    found = asked(few)
    assert found.reason == "20 rows before are too few, 30 are needed."
    assert (found.parts, found.change.value) == ((), None)
    assert found.answer == "Cannot tell: 20 rows before are too few, 30 are needed."
    assert "Cannot tell" in repr(found)


def test_a_period_without_rows_tells_nothing() -> None:
    found = asked(table(), after="Augast")
    assert found.reason == "there is no “Augast” in “month”: did you mean “August”?"
    assert found.answer == f"Cannot tell: {found.reason}"
    columns = table(at=np.repeat(np.array(["2024-08-01", "2024-09-01"], "datetime64[us]"), ROWS // 2))
    of_dates = asked(columns, by="at", before="2024-08", after="2025-01")
    assert of_dates.reason == "there is no “2025-01” in “at”; it goes from 2024-08-01 to 2024-09-01."


@pytest.mark.parametrize(("took", "reason"), [(0.5, "nothing was late on either side."), (90.0, "everything was late on both sides.")])
def test_where_nothing_or_everything_was_late_on_both_sides_there_is_nothing_to_split(took: float, reason: str) -> None:
    columns = table()
    columns["took"] = took + np.random.default_rng(1).random(ROWS) / 4
    found = asked(columns)
    assert (found.reason, found.parts, found.change.value) == (reason, (), None)
    assert (found.before.value, found.after.value, found.before.n) == (float(took > 1), float(took > 1), ROWS // 2)
    assert found.answer == f"Cannot tell: {reason}"
    by_event = troth.split_change(
        {**columns, "late": np.full(ROWS, took > 1)}, by="month", before="August", after="September", event="late", mix="region"
    )
    assert by_event.reason == reason.replace("late", "“late”")


def test_rows_without_a_number_are_set_aside_and_counted() -> None:
    columns = table()
    columns["promised"][:5] = np.nan
    columns["took"][:7] = np.inf
    columns["took"][150] = np.nan
    found = asked(columns)
    assert found.set_aside == {"“promised” missing": 5, "“took” missing": 3}
    assert (found.before.n, found.after.n) == (93, 99)
    assert "5 set aside (“promised” missing)" in found.notes[0]


def test_an_empty_context_is_a_value_of_its_own() -> None:
    region = np.array(table()["region"], dtype=object)
    region[::5] = None
    found = asked(table(region=region))
    assert found.before.n + found.after.n == ROWS
    assert not found.set_aside


def test_rows_of_neither_side_are_counted() -> None:
    month = np.repeat(["August", "July", "September"], [80, 40, 80])
    assert "40 of neither side" in asked(table(month=month)).notes[0]


def test_a_few_clusters_give_no_interval() -> None:
    found = asked(table(customer=np.arange(ROWS) % 4), cluster="customer")
    promise = found.part("promise").change
    assert (promise.low, promise.high) == (None, None)
    assert promise.value == found.part("promise").measured
    assert promise.method == "fewer than 10 clusters"


def test_one_absurd_time_does_not_blur_the_others() -> None:
    columns = table()
    columns["took"][3] = 1e9
    assert sum(part.measured for part in asked(columns).parts) == pytest.approx(asked(columns).change.value, abs=1e-9)


@pytest.mark.parametrize("event", [None, "late"], ids=["identity", "groups"])
def test_without_one_context_on_both_sides_nothing_can_be_told(event: str | None) -> None:
    """All of August is of the north and all of September of the south: mix and rate cannot be told apart."""
    columns = table(region=np.repeat(["north", "south"], ROWS // 2), late=np.arange(ROWS) % 3 == 0)
    found = asked(columns) if event is None else asked(columns, event=event, promise=None, stages=None)
    assert found.reason.startswith("nothing can be compared")
    assert found.answer.startswith("Cannot tell")
    assert (found.parts, found.change.value) == ((), None)
    assert sum(found.set_aside.values()) + found.rows == ROWS


def test_one_shared_context_is_enough() -> None:
    columns = table(region=["north"] * 100 + ["south"] * 90 + ["north"] * 10)
    assert not asked(columns).reason
