"""What cannot be told is told as such, with the reason; what cannot be read is refused in a sentence."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import troth
from troth.engine.effects import Effect
from troth.terms.errors import RequestError

ROWS = 400


def table(**columns: Any) -> dict[str, Any]:
    """400 rows: ``late`` by chance, ``age``, and an outcome that both move; whatever is given replaces a column or joins it."""
    rng = np.random.default_rng(1)
    late, age = rng.random(ROWS) < 0.4, rng.normal(50, 10, ROWS)
    return {"late": late, "age": age, "y": 0.5 * late + 0.02 * age + rng.normal(size=ROWS), **columns}


def asked(columns: dict[str, Any], covariates: Any = ("age",), **more: Any) -> Effect:
    return troth.effect(columns, **{"outcome": "y", "treatment": "late", "covariates": covariates, **more})


def refused(found: Effect, reason: str) -> None:
    assert found.reason is not None
    assert reason in found.reason
    assert (found.estimate, found.interval) == (None, None)
    assert found.on_treated.value is None
    assert "Cannot tell: " in repr(found)


@pytest.mark.parametrize("treated", [True, False])
def test_without_variation_there_is_nothing_to_compare(treated: bool) -> None:  # noqa: FBT001 - pytest names its cases
    refused(asked(table(late=np.full(ROWS, treated))), "nothing to compare")


def test_an_outcome_that_never_varies_tells_nothing() -> None:
    refused(asked(table(y=np.zeros(ROWS))), "“y” is the same in every row")


def test_three_customers_are_too_few() -> None:
    found = asked(table(customer=np.arange(ROWS) % 3), cluster="customer")
    refused(found, "too few treated rows: 170 in 3 clusters, and at least 20 rows in at least 10 clusters are needed.")


def test_an_empty_table_tells_nothing() -> None:
    empty = pa.table({"y": pa.array([], pa.float64()), "late": pa.array([], pa.bool_()), "age": pa.array([], pa.float64())})
    refused(troth.effect(empty, outcome="y", treatment="late", covariates=["age"]), "there are no rows")


def test_one_row_tells_nothing() -> None:
    refused(troth.effect({"y": [1.0], "late": [True]}, outcome="y", treatment="late"), "nothing to compare")


def test_columns_of_nothing_tell_nothing() -> None:
    refused(asked(table(y=pa.nulls(ROWS))), "there are no rows")


@pytest.mark.parametrize("rows", [ROWS, 8 * ROWS])
def test_without_overlap_the_covariate_that_tells_the_sides_apart_is_named(rows: int) -> None:
    rng = np.random.default_rng(2)
    age = rng.normal(50, 10, rows)
    late = age > 52
    found = asked({"age": age, "late": late, "y": late + rng.normal(size=rows)})
    refused(found, "there is no overlap")
    assert found.reason is not None
    assert "“age” alone tells treated rows from the others" in found.reason


def test_a_region_where_everybody_is_treated_leaves_no_overlap_either() -> None:
    rng = np.random.default_rng(3)
    north = rng.random(3_000) < 0.4
    late = north | (rng.random(3_000) < 0.02)
    found = asked({"region": np.where(north, "north", "south"), "late": late, "y": late + rng.normal(size=3_000)}, ["region"])
    refused(found, "there is no overlap")


def test_where_only_the_treated_have_their_like_their_effect_alone_is_told() -> None:
    """Nobody under 40 is ever late: nothing can be said of them, and of the late ones it can."""
    rng = np.random.default_rng(4)
    age = rng.uniform(20, 80, 6_000)
    late = (age > 45) & (rng.random(6_000) < 0.4)
    found = asked({"age": age, "late": late, "y": 0.5 * late + 0.02 * age + rng.normal(size=6_000)})
    assert found.reason is None
    assert found.estimate is None
    assert found.on_treated.value == pytest.approx(0.5, abs=0.15)
    assert any(told.startswith("No effect over everybody: there is no overlap") for told in found.warnings)


def test_missing_covariates_are_told_apart_and_used() -> None:
    """Where the age is missing customers are late more often and unhappier: a gap is a fact, too."""
    rng = np.random.default_rng(5)
    missing = rng.random(4_000) < 0.3
    late = rng.random(4_000) < np.where(missing, 0.7, 0.3)
    y = 0.5 * late - 2.0 * missing + rng.normal(size=4_000)
    age = np.where(missing, np.nan, rng.normal(50, 10, 4_000))
    for column in (age, pd.Series([None if gap else "known" for gap in missing])):
        found = asked({"late": late, "y": y, "age": column})
        assert found.estimate == pytest.approx(0.5, abs=0.12)
        assert found.n == 4_000


def test_rows_without_outcome_or_treatment_are_set_aside_and_counted() -> None:
    columns = table()
    columns["y"][:7] = [np.nan, np.inf, -np.inf, *[np.nan] * 4]
    late: list[bool | None] = columns["late"].tolist()
    late[10:13] = [None] * 3
    found = asked({**columns, "late": late})
    assert found.set_aside == {"outcome missing": 7, "treatment missing": 3}
    assert (found.n, found.rows) == (390, 400)
    assert "7 rows set aside: outcome missing." in found.warnings


def test_a_covariate_that_never_varies_or_is_a_key_is_left_out_and_named() -> None:
    found = asked(table(country=["PT"] * ROWS, key=[f"k{i}" for i in range(ROWS)], gone=pa.nulls(ROWS)), ["age", "country", "key", "gone"])
    assert found.covariates == ("age",)
    assert sum("it has one value throughout" in told for told in found.warnings) == 2
    assert any("“key” is left out: nearly every row has a value of its own" in told for told in found.warnings)


def test_without_covariates_it_is_the_plain_difference_and_says_so() -> None:
    found = asked(table(), [])
    assert found.estimate == pytest.approx(found.difference.value, abs=0.02)
    assert "Nothing was held equal: this is the plain difference." in found.warnings


def test_words_dates_emoji_and_very_long_texts_are_covariates() -> None:
    rng = np.random.default_rng(6)
    word = rng.integers(0, 3, ROWS)
    columns = table(
        word=[["ótimo 😀", "x" * 100_000, ""][i] for i in word],
        day=[date(2024, 1, 1 + int(i)) for i in rng.integers(0, 28, ROWS)],
        at=[datetime(2024, 1, 1, int(i)) for i in rng.integers(0, 24, ROWS)],
        yes=rng.random(ROWS) < 0.5,
        price=pa.array(rng.integers(100, 999, ROWS)).cast(pa.decimal128(21, 2)),
    )
    found = asked(columns, ["age", "word", "day", "at", "yes", "price"])
    assert found.covariates == ("age", "word", "day", "at", "yes", "price")
    assert found.estimate is not None


def test_huge_and_tiny_numbers_do_no_harm() -> None:
    columns = table()
    found = asked({**columns, "y": columns["y"] * 1e12, "age": columns["age"] * 1e-12})
    assert found.estimate == pytest.approx(1e12 * (asked(columns).estimate or 0), rel=1e-6)


def test_a_cluster_that_is_a_covariate_too_is_pointed_out() -> None:
    found = asked(table(seller=[f"s{i % 40}" for i in range(ROWS)]), ["age", "seller"], cluster="seller")
    assert any("“seller” is both cluster and covariate" in told for told in found.warnings)


def test_rows_of_nobody_are_clusters_of_their_own() -> None:
    found = asked(table(customer=[None if i % 2 else i for i in range(ROWS)]), cluster="customer")
    assert found.everybody.clusters == ROWS


def test_groups_with_too_few_rows_have_no_effect_of_their_own() -> None:
    found = asked(table(region=[None if i < 5 else "north" for i in range(ROWS)]), by="region")
    north, unknown = found.groups
    assert (north.of, unknown.of) == ("north", "unknown")
    assert north.effect.value is not None
    assert unknown.effect.value is None
    assert "too few" in unknown.effect.method


def test_a_placebo_that_cannot_be_told_is_neither_passed_nor_failed() -> None:
    found = asked(table(before=np.where(np.arange(ROWS) < 30, 1.0, np.nan)), placebo_outcome="before")
    assert found.placebo[0].passed is None
    assert "too few" in found.placebo[0].effect.method


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"outcome": "Y"}, "no column “Y”"),
        ({"covariates": ["ages"]}, "no column “ages”"),
        ({"cluster": "customer"}, "no column “customer”"),
        ({"placebo_outcome": "b"}, "no column “b”"),
        ({"covariates": ["age", "age"]}, "“age” is named twice"),
        ({"covariates": ["late"]}, "“late” is a covariate of itself"),
        ({"outcome": "late", "treatment": "late", "covariates": ["age"]}, "both outcome and treatment"),
        ({"treatment": "age", "covariates": []}, "neither 0 nor 1"),
        ({"treatment": "word"}, "holds string, not numbers or yes and no"),
        ({"outcome": "word"}, "holds string, not numbers or yes and no"),
        ({"covariates": ["many"]}, "holds array<int64>, which nothing can be held equal by"),
        ({"weight": "debt"}, "weights below 0"),
        ({"placebo_treatment": "age"}, "neither 0 nor 1"),
        ({"most_rows": 0}, "most_rows is 0"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_mend(wrong: dict[str, Any], sentence: str) -> None:
    columns = table(word=["a"] * ROWS, many=[[1]] * ROWS, debt=[-1.0] * ROWS)
    with pytest.raises(RequestError, match=sentence) as error:
        asked(columns, **wrong)
    assert error.value.place in wrong
    assert error.value.mend


def test_a_near_miss_is_pointed_out() -> None:
    with pytest.raises(RequestError, match="no column") as error:
        asked(table(), ["agee"])
    assert error.value.mend == "did you mean “age”?"


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(RequestError, match="cannot be read as a table"):
        asked("orders.csv")  # type: ignore[arg-type]


def test_arrow_pandas_ibis_and_polars_tables_say_the_same() -> None:
    arrow = pa.table(table())
    first = asked(arrow)
    assert asked(arrow.to_pandas()) == first
    assert asked(ibis.memtable(arrow)) == first


def test_an_effect_prints_as_a_table_and_turns_into_others() -> None:
    found = asked(table(), by=None)
    assert "plain difference, nothing held equal" in repr(found)
    assert "<table>" in found._repr_html_()
    assert found.to_arrow().column_names[:4] == ["outcome", "treatment", "of", "effect"]
    assert len(found.to_pandas()) == len(found.records()) == 3


def test_a_covariate_without_end_is_refused() -> None:
    rng = np.random.default_rng(5)
    columns = {"y": rng.normal(size=200), "d": np.arange(200) % 2, "age": np.where(np.arange(200) == 7, np.inf, 30.0)}
    with pytest.raises(RequestError, match="“age” is infinite in 1 rows"):
        troth.effect(columns, outcome="y", treatment="d", covariates=["age"])
