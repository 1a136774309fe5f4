"""What cannot be told is said so, with its reason; what cannot be understood is refused in a sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import troth
from tests.engine.localisation.cubes import DIMENSIONS, shop
from troth.engine.localisation import locate_cube
from troth.terms.errors import RequestError

LEAF = {"a": ["x", "y"], "b": ["u", "u"]}


@pytest.mark.parametrize(
    ("cube", "reason"),
    [
        ({"a": pa.array([], pa.string()), "observed": [], "trials": []}, "there are no rows."),
        ({"a": ["x"], "observed": [5], "trials": [100]}, "every dimension has one value alone."),
        ({"a": ["x", "y"], "observed": [1, 0], "trials": [2, 1]}, "3 trials are too few, 20 are needed."),
        ({"a": ["x", "y"], "observed": [0, 0], "trials": [500, 100]}, "nothing was observed: every combination is 0."),
        ({"a": ["x", "y"], "observed": [3, 9], "expected": [0, 0]}, "nothing was expected: every combination is 0."),
        ({"a": ["x", "y"], "observed": [30, 9], "before": [0, 0]}, "nothing was observed in the time before."),
        (
            {"a": ["x", "y"], "observed": [30, 9], "trials": [90, 90], "before": [0, 0], "trials_before": [0, 0]},
            "the time before has no trials.",
        ),
        ({"a": list("abcdefgh"), "observed": [1] * 8, "expected": [1] * 8}, "no slice has 20 counts."),
    ],
)
def test_a_cube_that_tells_nothing_says_why(cube: dict[str, Any], reason: str) -> None:
    found = locate_cube(cube, ["a"])
    assert (found.answer, found.reason, found.rules, found.p) == ("cannot tell", reason, (), None)
    assert reason in repr(found)


def test_a_dimension_with_one_value_is_looked_past() -> None:
    table = shop({("north", "web", None): 2.0}).append_column("country", pa.repeat("BR", 60))
    found = troth.locate(table, "failed", "expected", [*DIMENSIONS, "country"], trials="orders")
    assert found.rules == ({"region": "north", "channel": "web"},)


@pytest.mark.parametrize(
    ("asked", "place", "mend"),
    [
        ({"dimensions": ["regoin"]}, "dimensions", "did you mean “region”?"),
        ({"dimensions": []}, "dimensions", "name the columns"),
        ({"dimensions": ["region", "region"]}, "dimensions", "name each once"),
        ({"dimensions": [f"d{number}" for number in range(13)]}, "dimensions", "at most 12"),
        ({"observed": "faild"}, "observed", "did you mean “failed”?"),
        ({"observed": "region"}, "observed", "cast it to numbers"),
        ({"trials": "order"}, "trials", "did you mean “orders”?"),
        ({"expected": "expcted"}, "expected", "did you mean “expected”?"),
        ({"expected": None, "trials": None}, "expected", "baseline="),
        ({"baseline": "then"}, "baseline", "give one of them"),
        ({"expected": None, "baseline": "thn"}, "baseline", None),
        ({"expected": None, "baseline": "region"}, "baseline", "true where a row"),
        ({"side": "worse"}, "side", "did you mean “more”?"),
        ({"measure": "rates"}, "measure", "did you mean “rate”?"),
        ({"measure": "rate", "trials": None}, "trials", "could have been observed"),
        ({"deepest": 0}, "deepest", "at least one dimension"),
        ({"alpha": 5}, "alpha", "0.05"),
        ({"trials": "failed", "observed": "orders"}, "trials", "leave trials out"),
    ],
)
def test_a_question_that_cannot_be_understood_is_refused(asked: dict[str, Any], place: str, mend: str | None) -> None:
    settings: dict[str, Any] = {"observed": "failed", "expected": "expected", "trials": "orders", "dimensions": DIMENSIONS}
    with pytest.raises(RequestError) as refused:
        troth.locate(shop(), **{**settings, **asked})
    assert refused.value.place == place
    assert mend is None or mend in (refused.value.mend or "")


def test_a_count_below_zero_is_refused_and_an_amount_is_offered() -> None:
    with pytest.raises(RequestError, match='measure="amount"'):
        locate_cube({**LEAF, "observed": [-1, 5], "expected": [2, 3]}, ["a", "b"], measure="count")


@pytest.mark.parametrize("column", ["failed", "orders", "expected"])
def test_a_row_that_counts_below_zero_is_refused_by_name_even_where_others_make_up_for_it(column: str) -> None:
    rows = pa.concat_tables([shop(), shop()]).to_pandas()
    rows[column] = rows[column].astype("int64")
    at = rows.index[(rows.region == "north") & (rows.channel == "web") & (rows["product"] == "b")]
    rows.loc[at[0], column] = -3
    rows.loc[at[1], column] = 90
    with pytest.raises(RequestError, match=f"“{column}” is below 0 in 1 row, the first at region = north, channel = web, product = b"):
        troth.locate(rows, "failed", "expected", DIMENSIONS, trials="orders")


@pytest.mark.parametrize("settings", [{}, {"measure": "count"}])
def test_whole_numbers_below_zero_are_no_amount_unless_they_are_said_to_be(settings: dict[str, Any]) -> None:
    rows = shop().to_pandas()
    rows.loc[:1, "failed"] = [-2, -1]
    with pytest.raises(RequestError, match=r"“failed” is below 0 in 2 rows.*\n.*measure=\"amount\""):
        troth.locate(rows, "failed", "expected", DIMENSIONS, **settings)
    troth.locate(rows, "failed", "expected", DIMENSIONS, measure="amount")


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_number_that_is_none_is_refused(number: float) -> None:
    with pytest.raises(RequestError, match="not finite"):
        locate_cube({**LEAF, "observed": [number, 5.0], "expected": [2.0, 3.0]}, ["a", "b"])


def test_rows_with_an_unknown_number_are_left_out_and_counted() -> None:
    table = pa.concat_tables(
        [shop({("north", "web", None): 2.0}), shop().slice(0, 1).set_column(3, "failed", pa.array([None], pa.int64()))]
    )
    found = troth.locate(table, "failed", "expected", DIMENSIONS, trials="orders")
    assert "1 rows were left out: a number in them is unknown." in found.notes
    assert found[0].where == {"region": "north", "channel": "web"}


def test_lists_are_no_dimension() -> None:
    with pytest.raises(RequestError, match="lists or structures"):
        troth.locate(pa.table({"a": [["x"], ["y"]], "f": [True, False]}), "f", dimensions=["a"])


def test_more_than_a_hundred_thousand_combinations_are_refused_and_the_widest_dimension_is_named() -> None:
    table = pa.table({"order": np.arange(100_001), "half": np.arange(100_001) % 2, "f": np.ones(100_001, dtype=bool)})
    with pytest.raises(RequestError, match="leave out “order”"):
        troth.locate(table, "f", dimensions=["order", "half"])


def test_a_table_that_is_none_is_refused() -> None:
    with pytest.raises(RequestError, match="cannot be read as a table"):
        troth.locate(7, "failed", dimensions=["a"], trials="orders")


@pytest.mark.parametrize(
    ("said", "settings"),
    [
        ("observed", {"observed": "failed", "expected": "expected", "dimensions": ["region", "failed"]}),
        ("expected", {"observed": "failed", "expected": "expected", "dimensions": ["expected"]}),
    ],
)
def test_what_is_counted_is_no_place_to_look_in(said: str, settings: dict[str, Any]) -> None:
    with pytest.raises(RequestError, match=f"is the column of {said}, and no dimension"):
        troth.locate(shop(), **settings)
