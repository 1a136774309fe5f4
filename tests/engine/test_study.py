"""A study withstands whatever a ledger may hold, and is the same study whenever and wherever it is made."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from tests.engine.gaps.studies import PARTS, agreed, day, duckdb, identity_error, instants, promises, shuffled, spec, study, whole
from tests.engine.views import spark_view
from troth.engine.gaps.settings import NO_LEVEL, NO_RECORD
from troth.engine.promises import judge
from troth.engine.reading import Reading
from troth.engine.study import compute, decompose
from troth.engine.worlds.lanes import lanes
from troth.engine.worlds.truth import World
from troth.terms.errors import StudyError
from troth.terms.vocabulary import PromiseSpec, StageStep

N = 240
GENERATOR = np.random.default_rng(8)
MADE = np.sort(GENERATOR.uniform(0, 200, N))
DAYS = GENERATOR.lognormal(1.4, 0.5, N)
MODES = ("as-of", "cross-fitted")
LAST = day(6_000)
Floats = NDArray[np.float64]

D = spec()
QUANTITY, AVAILABILITY = spec("quantity", unit="pieces"), spec("availability", unit="share")
WINDOW, PRICE, INFORMATION = spec("window", unit="minutes outside"), spec("price", unit="EUR"), spec("information", unit="answers")
ESTIMATED = spec(has=["internal_estimate"])


def of(promise: PromiseSpec, promised: Any, received: Any, made: Floats = MADE, **columns: Any) -> tuple[PromiseSpec, pa.Table]:
    return promise, promises(promise, made, promised, received, **columns)


LEDGERS: dict[str, Callable[[], tuple[PromiseSpec, pa.Table]]] = {
    "one promise": lambda: of(D, 5.0, 4.0, MADE[:1]),
    "one open promise": lambda: of(D, 5.0, np.nan, MADE[:1]),
    "all open and overdue": lambda: of(D, 5.0, np.nan),
    "none due yet": lambda: of(D, 50_000.0, np.nan),
    "all broken": lambda: of(D, 5.0, 9.0),
    "all broken outright": lambda: of(D, 5.0, np.nan, broken=True),
    "all void": lambda: of(D, 5.0, np.nan, void=True, void_reason="duplicate"),
    "all alike": lambda: of(D, 5.0, 5.0),
    "received at once": lambda: of(D, 0.0, 0.0),
    "one week": lambda: of(D, 5.0, DAYS, np.sort(GENERATOR.uniform(0, 6, N))),
    "ten years": lambda: of(D, 5.0, DAYS, np.sort(GENERATOR.uniform(0, 3_650, N))),
    "no due date": lambda: of(D, np.nan, DAYS),
    "some due dates": lambda: of(D, np.where(np.arange(N) % 3 == 0, np.nan, 5.0), DAYS),
    "levels down to nothing": lambda: of(QUANTITY, 10.0, GENERATOR.integers(0, 12, N).astype(float)),
    "levels never stated": lambda: of(QUANTITY, np.nan, GENERATOR.uniform(0, 12, N)),
    "shares at both ends": lambda: of(AVAILABILITY, 0.99, GENERATOR.choice([0.0, 0.5, 1.0], N)),
    "a share of one": lambda: of(AVAILABILITY, 1.0, 1.0),
    "prices": lambda: of(PRICE, 10.0, np.where(np.arange(N) % 5 == 0, 11.0, 10.0)),
    "free of charge": lambda: of(PRICE, 0.0, np.where(np.arange(N) % 5 == 0, 1.0, 0.0)),
    "answers": lambda: of(INFORMATION, np.nan, (np.arange(N) % 5 > 0).astype(float)),
    "windows": lambda: of(
        WINDOW, np.nan, np.nan, window_start=instants(MADE + 0.7), received_at=instants(MADE + 1 + GENERATOR.normal(0, 0.3, N))
    ),
    "half the estimates": lambda: of(
        ESTIMATED, 5.0, DAYS, internal_estimate=pa.array([4.0 if number % 2 else None for number in range(N)], pa.float64())
    ),
    "no estimate at all": lambda: of(ESTIMATED, 5.0, DAYS, internal_estimate=pa.nulls(N, pa.float64())),
    "an estimate of nothing": lambda: of(ESTIMATED, 5.0, DAYS, internal_estimate=0.0),
    "unknown contexts": lambda: of(
        spec(context=["lane"]), 5.0, DAYS, lane=pa.array([("a", "b", None)[number % 3] for number in range(N)], pa.string())
    ),
    "only unknown contexts": lambda: of(spec(context=["lane"]), 5.0, DAYS, lane=pa.nulls(N, pa.string())),
    "a context of one promise each": lambda: of(spec(context=["lane"]), 5.0, DAYS, lane=[f"lane {number}" for number in range(N)]),
}


def ask_everything(found: Reading, by: tuple[str, ...] = ()) -> None:
    """Every question, in every mode; and the parts add up in each slice."""
    for mode in MODES:
        for row in found.account(by, mode=mode, skilled=mode == "as-of"):  # skill is the same in both
            assert abs(identity_error(row)) < 1e-9
        found.native(by, mode=mode)
    found.integrity(by)
    found.skill(by)
    found.at_risk(by)
    found.stages(by)
    assert {gate.mode for gate in found.calibration} == set(MODES)


@pytest.mark.parametrize("make", LEDGERS.values(), ids=LEDGERS.keys())
def test_whatever_a_ledger_holds_every_broken_promise_is_in_one_part_or_has_a_reason(
    make: Callable[[], tuple[PromiseSpec, pa.Table]], tmp_path: Path
) -> None:
    promise, table = make()
    found = study(table, promise, folder=tmp_path, as_of=LAST, charter=agreed(6.0), draws=2)
    ask_everything(found, promise.context)
    for mode in MODES:
        account = whole(found, mode)
        assert set(account.undecomposed) <= {NO_LEVEL, NO_RECORD}
        assert sum(n for n, _ in account.undecomposed.values()) <= account.due


@pytest.mark.parametrize("make", [lambda: of(D, 5.0, 4.0, MADE[:0]), lambda: of(D, 5.0, 4.0, MADE + 90_000)], ids=["none", "none yet"])
def test_without_a_promise_there_is_no_study(make: Callable[[], tuple[PromiseSpec, pa.Table]], tmp_path: Path) -> None:
    promise, table = make()
    with pytest.raises(StudyError, match="not one promise") as caught:
        study(table, promise, folder=tmp_path, as_of=LAST)
    assert "troth check" in (caught.value.mend or "")


def test_a_promise_without_the_estimate_the_others_have_is_undecomposed_and_teaches_nothing(tmp_path: Path) -> None:
    """It counts neither as received nor as never received: the others are judged as if it were not there."""
    estimates = np.where(np.arange(N) % 2 == 1, 4.0, np.nan)
    with_gaps = promises(ESTIMATED, MADE, 5.0, DAYS, internal_estimate=pa.array(estimates, from_pandas=True))
    known = with_gaps.filter(pa.array(np.isfinite(estimates)))
    found = study(with_gaps, ESTIMATED, folder=tmp_path / "gaps", as_of=LAST)
    alone = study(known, ESTIMATED, folder=tmp_path / "alone", as_of=LAST)
    account, other = whole(found), whole(alone)
    assert account.undecomposed[NO_LEVEL][0] == N // 2
    assert account.undecomposed[NO_RECORD] == other.undecomposed[NO_RECORD]
    for part in PARTS:
        assert getattr(account, part).value == pytest.approx(getattr(other, part).value, abs=1e-9)


AWKWARD = (
    "origin",
    "step",
    "cell",
    "week",
    "key",
    "P",
    "setting",
    "slice_0",
    "weight",
    "draw",
    "due",
    "promises",
    "mine",
    "half",
    "age",
    "M",
)


@pytest.mark.parametrize("names", [AWKWARD[:8], AWKWARD[8:]], ids=["first", "second"])
def test_columns_may_be_called_anything(names: tuple[str, ...], tmp_path: Path) -> None:
    awkward = spec(context=names[:2], dimensions=names[2:], stages=[StageStep("step", "Warehouse")])
    columns = {name: GENERATOR.choice(["x", "y"], N).tolist() for name in names}
    table = promises(awkward, MADE, 5.0, DAYS, reached_step=instants(MADE + 0.5), **columns)
    found = study(table, awkward, folder=tmp_path, as_of=LAST, charter=agreed(6.0), draws=2)
    ask_everything(found, names)
    account = found.account(names)
    assert {tuple(row.where) for row in account} == {names}
    assert {row.where[names[0]] for row in account} == {"x", "y"}
    assert found.slice_contrast({names[2]: "x"}).n > 0


def test_several_promise_names_are_judged_each_on_its_own(tmp_path: Path) -> None:
    """A name is decomposed alike alone and in company."""
    pieces = spec("quantity", name="pieces", unit="pieces", context=["lane"])
    lane = np.where(np.arange(N) % 2 == 0, "a", "b").tolist()
    deliveries = promises(spec(name="delivery", context=["lane"]), MADE, 5.0, DAYS, lane=lane)
    quantities = promises(pieces, MADE, 10.0, GENERATOR.integers(8, 12, N).astype(float), lane=lane)
    both = pa.concat_tables([deliveries, quantities], promote_options="default")
    delivery = spec(name="delivery", context=["lane"])
    found = study(both, delivery, pieces, folder=tmp_path / "both", as_of=LAST, charter=agreed(keep_target=0.9))
    ask_everything(found, ("name",))
    alone = study(quantities, pieces, folder=tmp_path / "alone", as_of=LAST, charter=agreed(keep_target=0.9))
    together = {row.where["name"]: row for row in found.account(["name"])}
    for part in PARTS:
        assert getattr(together["pieces"], part).value == pytest.approx(getattr(whole(alone), part).value, abs=1e-9)
    assert {row.name for row in found.native()} == {"delivery", "pieces"}


def write(world: World, folder: Path, *, threads: int | None = None, table: pa.Table | None = None) -> dict[str, bytes]:
    """A whole study, from promises to files, and its bytes."""
    folder.mkdir()
    connection = duckdb(threads)
    compute(
        connection.create_table("promises", world.promises if table is None else table),
        specs=world.specs,
        charter=world.charter,
        as_of=world.as_of.replace(tzinfo=UTC),
        connection=connection,
        folder=folder,
        coverage={"delivery date": (1, 1)},
        timezone="Europe/Berlin",
    )
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_study_is_the_same_to_the_byte_on_one_thread_or_two_and_in_any_order_of_rows(tmp_path: Path) -> None:
    world = lanes(2, orders=4_000)
    first = write(world, tmp_path / "first")
    assert write(world, tmp_path / "again") == first
    assert write(world, tmp_path / "one thread", threads=1) == first
    assert write(world, tmp_path / "two threads", threads=2) == first
    mixed = write(world, tmp_path / "mixed", table=shuffled(world.promises, 3))
    assert {name for name in first if mixed[name] != first[name]} <= {"ledger.parquet"}


def test_what_is_written_names_no_place_and_no_moment_of_making(tmp_path: Path) -> None:
    files = write(lanes(2, orders=1_000), tmp_path / "here")
    assert str(tmp_path).encode() not in b"".join(files.values())


def staged_world() -> tuple[PromiseSpec, pa.Table]:
    generator = np.random.default_rng(12)
    n = 3_000
    made = np.sort(generator.uniform(0, 300, n))
    lane = generator.choice(["a", "b", "c"], n)
    days = generator.lognormal(np.where(lane == "a", 1.6, 1.2), 0.4, n)
    shown = spec(context=["lane"], dimensions=["campaign"], stages=[StageStep("handed_over", "Warehouse")])
    table = promises(
        shown,
        made,
        np.where(lane == "a", 7.0, 5.0),
        np.where(generator.random(n) < 0.03, np.nan, days),
        lane=pa.array(lane.tolist(), pa.string(), mask=generator.random(n) < 0.1),
        campaign=generator.choice(["yes", "no"], n).tolist(),
        reached_handed_over=instants(made + 0.4 * days),
    )
    return shown, table


@pytest.mark.java
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # pyspark 4.0 and Ibis 12 still ask for pandas 2's ways
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # and leaves its sockets to the collector
def test_spark_gives_the_study_duckdb_gives(spark: Any, tmp_path: Path) -> None:
    """Survey, codes, counts, waits, settings, stages, forecasts: the same tables, value by value, and so the same answers."""
    shown, table = staged_world()
    instant, charter = day(298).replace(tzinfo=UTC), agreed(6.0)
    here = duckdb()
    judged = judge(here.create_table("promises", table), as_of=instant, charter=charter, specs=[shown]).to_pyarrow()
    folders = {}
    for name, connection in (("duckdb", here), ("spark", spark)):
        source = here.create_table("judged", judged) if name == "duckdb" else spark_view(spark, "judged", judged, tmp_path)
        folders[name] = tmp_path / name
        folders[name].mkdir()
        facts = decompose(source, specs=[shown], charter=charter, as_of=instant, connection=connection, folder=folders[name], draws=2)
        write_facts(folders[name], facts)
    ours, theirs = (Reading(folders[name]) for name in ("duckdb", "spark"))
    for name in ("settings", "draws", "forecasts", "expectations", "cells"):
        same_rows(getattr(ours, name).to_pyarrow(), getattr(theirs, name).to_pyarrow(), name)
    for mode in MODES:
        for by in ((), ("campaign", "lane"), ("month",)):
            assert ours.account(by, mode=mode).records() == theirs.account(by, mode=mode).records()
            assert ours.native(by, mode=mode).records() == theirs.native(by, mode=mode).records()
    assert ours.at_risk(["campaign"]).records() == theirs.at_risk(["campaign"]).records()
    assert ours.stages(["campaign"]).records() == theirs.stages(["campaign"]).records()
    assert whole(ours).due > 2_500


def write_facts(folder: Path, facts: dict[str, Any]) -> None:
    (folder / "study.json").write_text(json.dumps(facts | {"timezone": "UTC", "coverage": {}}), encoding="utf-8")


def same_rows(one: pa.Table, other: pa.Table, name: str) -> None:
    """Equal tables; floating-point columns to a millionth of a millionth."""
    assert one.column_names == other.column_names, name
    assert one.num_rows == other.num_rows > 0, name
    for column in one.column_names:
        if pa.types.is_floating(one.schema.field(column).type):
            np.testing.assert_allclose(one[column].to_numpy(), other[column].to_numpy(), rtol=1e-12, err_msg=f"{name} {column}")
        else:
            assert one[column].to_pylist() == other[column].to_pylist(), f"{name} {column}"
