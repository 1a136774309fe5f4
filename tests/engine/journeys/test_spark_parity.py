"""Journeys have equal values on DuckDB and on Spark."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pytest

from tests.engine.journeys.logs import KINDS, drawn, on, table
from tests.engine.views import duckdb_table, spark_view
from troth.engine.findings import Findings
from troth.engine.journeys import Journeys, Scenario, journeys
from troth.engine.journeys.studying import document_of, follow
from troth.terms.charter import Area, Charter, Touchpoint
from troth.terms.journeys import JourneyMap, MappedStep
from troth.terms.vocabulary import Aspect

if TYPE_CHECKING:
    from ibis.backends import BaseBackend

pytestmark = [
    pytest.mark.java,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),  # pyspark 4.0 and Ibis 12 still ask for pandas 2's ways
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # and leaves its sockets to the collector
]

CHARTER = Charter(
    stages=("interest", "order", "fulfilment"),
    areas=(Area("Marketing", Aspect.BRAND), Area("Care", Aspect.SERVICE)),
    touchpoints=(Touchpoint("advert", area="Marketing"), Touchpoint("phone", area="Care")),
)
STAGE_OF = {"visit": "interest", "search": "interest", "order": "order"}
BUY = Scenario("buy", ("visit", "order", "delivery"), within=9, stoppers=("return",))


def log() -> pa.Table:
    """Orders with stages and touchpoints, one of them with hundreds of steps, so that its path does not fit into words."""
    rows = drawn(9, journeys=60)
    rows += [
        {"row": 10_000 + i, "subject": "long", "customer": 1, "kind": KINDS[(i * i) % 5], "at": on(i / 8)}  # eight words hold 160 of them
        for i in range(200)
    ]
    for row in rows:
        row["stage"] = STAGE_OF.get(row["kind"] or "", "fulfilment")
        row["touchpoint"] = ["advert", "phone", "warehouse", None][row["row"] % 4]
        row["good"] = [True, True, None, False][row["row"] % 4]
    return table(rows)


@pytest.fixture(scope="module")
def both(spark: BaseBackend, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """The same interactions in DuckDB and in Spark."""
    rows = log()
    return duckdb_table(ibis.duckdb.connect(), "log", rows), spark_view(spark, "log", rows, tmp_path_factory.mktemp("views"))


@pytest.mark.parametrize(
    "asked",
    [
        {
            "mapped": ["visit", "order", "delivery"],
            "journey": "subject",
            "scenarios": [BUY],
            "well": "good",
            "patience": 5.0,
            "by": "touchpoint",
        },
        {"mapped": CHARTER, "journey": "customer"},
        {"mapped": {"visit": ["search", "visit"], "search": ["order"]}, "journey": "subject", "person": "subject", "top": 3},
    ],
    ids=["list of orders", "stages of customers", "graph"],
)
def test_journeys_are_equal_on_both(both: tuple[Any, Any], asked: dict[str, Any]) -> None:
    here, there = (journeys(rows, **asked) for rows in both)
    assert here.moves
    assert told(here) == told(there)
    if "scenarios" not in asked:
        return
    behind = [sorted(found.behind(variant=0).to_pyarrow()["journey"].to_pylist()) for found in (here, there)]
    assert behind[0] == behind[1]


def told(found: Journeys) -> dict[str, Any]:
    """All fields, numbers to nine digits: Spark adds up durations in another order."""
    return {one.name: rounded(getattr(found, one.name)) for one in fields(found) if one.name != "_behind"}


def rounded(value: Any) -> Any:
    if isinstance(value, Findings):
        return [rounded(row) for row in value.records()], value.notes
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        return rounded({one.name: getattr(value, one.name) for one in fields(replace(value))})
    return round(value, 9) if isinstance(value, float) else value


def test_a_study_keeps_equal_journeys_on_both(spark: BaseBackend, tmp_path: Path) -> None:
    rows = log().to_pylist()
    told = [
        {
            **{name: None if row[name] is None else str(row[name]) for name in ("row", "subject", "customer")},
            **{name: row[name] for name in ("kind", "at", "touchpoint", "stage")},
            "failed": None if row["good"] is None else not row["good"],
        }
        for row in rows
    ]
    wall = JourneyMap(
        patience=5.0,
        leave_out=("return",),
        steps=(
            MappedStep("visit"),
            MappedStep("search", optional=True, next=("visit",)),
            MappedStep("order", end=True),
            MappedStep("delivery"),
        ),
        scenarios=(Scenario("buy", ("visit", "order", "delivery"), within=9, stoppers=("contact",)),),
    )
    made = pa.Table.from_pylist(told).cast(
        pa.schema([(name, pa.timestamp("us") if name == "at" else kind) for name, kind in TYPES.items()])
    )
    tables = (duckdb_table(ibis.duckdb.connect(), "interactions", made), spark_view(spark, "interactions", made, tmp_path))
    here, there = (follow(one, CHARTER, wall, as_of=on(300).replace(tzinfo=UTC), keep=lambda table: table.cache()) for one in tables)
    assert here.journeys > 60
    assert told_of(document_of(here, wall)) == told_of(document_of(there, wall))


TYPES = {
    **dict.fromkeys(("row", "subject", "customer", "kind"), pa.string()),
    "at": pa.timestamp("us"),
    **dict.fromkeys(("touchpoint", "stage"), pa.string()),
    "failed": pa.bool_(),
}


def told_of(value: Any) -> Any:
    """A document with its numbers rounded: the engines add floats up in another order."""
    if isinstance(value, dict):
        return {name: told_of(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [told_of(inner) for inner in value]
    return round(value, 9) if isinstance(value, float) else value
