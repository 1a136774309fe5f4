"""The ledger and its integrity have equal values on DuckDB and on Spark."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

from tests.engine.promises.naive import Row
from tests.engine.promises.tables import at, day, deadline, promises
from tests.engine.views import duckdb_table, spark_view
from troth.engine.promises import bunching, campaigns, fixed_basket, integrity, judge, places, range_scores, skill_sums
from troth.terms.charter import Charter, Line

if TYPE_CHECKING:
    from ibis.backends import BaseBackend

pytestmark = [
    pytest.mark.java,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),  # pyspark 4.0 and Ibis 12 still ask for pandas 2's ways
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # and leaves its sockets to the collector
]

END = at(98)
CHARTER = Charter(
    lines=(Line(standard=4.0, importance=1.5), Line(promise="price", fee_scale=3.0, importance=0.75), Line(tier="gold", grace=2.0))
)


def every_kind_of_row() -> pa.Table:
    """Promises of every type with every optional feature: amended, bundled, voided, contradicted, failed, worth something."""
    rng = np.random.default_rng(31)
    kinds = ["deadline", "window", "response_time", "price", "quantity", "availability", "quality", "information", "effort"]
    causes, reasons = ["customer", "company", None], ["customer", "error", "company", "weather", None]
    rows: list[Row] = []
    for i in range(240):
        made, kind = float(rng.integers(0, 100)), kinds[i % 9]
        due = made + float(rng.integers(1, 8))
        received = made + float(rng.gamma(2, 2)) if rng.random() < 0.85 else None
        more: Row = {
            "name": kind,
            "customer": f"c{rng.integers(45)}",
            "subject": f"s{i // 2}",
            "kept_by": ["North", "South", None][i % 3],
            "tier": ["gold", None][i % 2],
            "value": float(rng.integers(1, 9999)) / 100,
            "promised": None if kind in {"deadline", "response_time", "window", "information"} else float(rng.integers(1, 9)),
            "received": float(rng.integers(0, 9)) if kind not in {"deadline", "response_time", "window"} else None,
            "window_start": day(due - 1 / 12) if kind == "window" else None,
            "bundle": f"b{i // 6}" if i % 6 in {1, 2} else None,
            "replaces": f"r{i - 9}" if i % 10 == 9 else None,
            "change_cause": causes[i % 3],
            "notice_at": day(made) if i % 10 == 9 else None,
            "void": bool(i % 13 == 5),
            "void_at": day(made + 1),
            "void_reason": reasons[i % 5],
            "broken": bool(i % 17 == 3),
            "reversed_at": day(received + 2) if received is not None and i % 11 == 0 else None,
            "confidence": [1.0, 1.0, 0.5][i % 3],
            "tolerance": [0.0, 0.25][i % 2],
            "evidence": ["customer", "own system"][i % 2],
        }
        rows.append({**deadline(made, due, received), "type": kind, **more})
    return promises(*rows)


@pytest.fixture(scope="module")
def both(spark: BaseBackend, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """The same promises in DuckDB and in Spark."""
    table = every_kind_of_row()
    here = duckdb_table(ibis.duckdb.connect(), "promises", table)
    return here, spark_view(spark, "promises", table, tmp_path_factory.mktemp("views"))


@pytest.fixture(scope="module")
def ledgers(both: tuple[Any, Any]) -> tuple[Any, Any]:
    """Both judged once."""
    here, there = (judge(table, as_of=END, charter=CHARTER).cache() for table in both)
    return here, there


def rows_of(expression: Any) -> list[Row]:
    """Rows in key order; doubles as they are: the arithmetic is the same on both."""
    rows: list[Row] = expression.to_pyarrow().to_pylist()
    return sorted(rows, key=lambda row: str(row["row"]))


def test_every_row_of_the_ledger_is_equal(ledgers: tuple[Any, Any]) -> None:
    here, there = (rows_of(ledger) for ledger in ledgers)
    assert len(here) == len(there) > 200
    for left, right in zip(here, there, strict=True):
        assert left == right
    verdicts = {row["verdict"] for row in here}
    assert verdicts == {"KEPT", "EXCEEDED", "BROKEN", "PENDING", "VOID"}
    assert all(row["met"] is None or isinstance(row["met"], Decimal) for row in there)


@pytest.mark.parametrize("by", [(), ("kept_by",), ("month", "tier")])
def test_integrity_is_equal(ledgers: tuple[Any, Any], by: tuple[str, ...]) -> None:
    here, there = (integrity(ledger, by, as_of=END, charter=CHARTER, coverage={"price": (9, 10)}) for ledger in ledgers)
    assert [one.where for one in here] == [one.where for one in there]
    assert here.notes == there.notes
    for left, right in zip(here.records(), there.records(), strict=True):
        numbers = {name for name, value in left.items() if isinstance(value, float)}
        assert {name: right[name] for name in numbers} == pytest.approx({name: left[name] for name in numbers}, rel=1e-12, abs=1e-12)
        assert {name: right[name] for name in right.keys() - numbers} == {name: left[name] for name in left.keys() - numbers}


def test_places_and_skill_are_equal(ledgers: tuple[Any, Any]) -> None:
    here, there = ledgers
    assert repr(places(here, ("name",))) == repr(places(there, ("name",)))
    sums = []
    for ledger in (here, there):
        t = ledger.mutate(capability=ledger.level_promised + 1.0, keep_target=ibis.literal(0.9))
        sums.append(t.agg(**skill_sums(t)).to_pyarrow().to_pylist()[0])
    assert sums[0] == sums[1]
    assert sums[0]["skill_n"] > 0


def test_the_checks_on_the_kept_rate_are_equal(ledgers: tuple[Any, Any]) -> None:
    checks = [
        (
            campaigns(ledger, charter=CHARTER),
            range_scores(ledger, ("kept_by",)),
            bunching(ledger),
            fixed_basket(ledger, charter=CHARTER),
        )
        for ledger in ledgers
    ]
    for here, there in zip(*checks, strict=True):
        assert repr(here) == repr(there)
    assert checks[0][1][0].score.value is not None
    assert len(checks[0][2]) > 1


def test_a_date_falls_due_at_the_same_instant_and_periods_are_the_same_days(spark: BaseBackend, tmp_path: Path) -> None:
    table = pa.table(
        {
            "row": ["a", "b", "c"],
            "type": ["deadline"] * 3,
            "made_at": pa.array([day(60)] * 3, pa.timestamp("us")),
            "due_at": pa.array([day(69).date(), day(70).date(), day(307).date()], pa.date32()),
            "timezone": ["America/New_York", "America/Sao_Paulo", "America/New_York"],
        }
    )
    here = judge(duckdb_table(ibis.duckdb.connect(), "dated", table), as_of=at(400))
    there = judge(spark_view(spark, "dated", table, tmp_path), as_of=at(400))
    assert rows_of(here) == rows_of(there)
    slices = [integrity(ledger, ("month", "week"), as_of=at(400), zone="Asia/Tokyo") for ledger in (here, there)]
    assert [one.where for one in slices[0]] == [one.where for one in slices[1]]
