"""The orders the benchmarks run on."""

from __future__ import annotations

import json
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from troth.engine.worlds import orders as module
from troth.engine.worlds.orders import COLUMNS, START, Weeks, orders
from troth.engine.worlds.truth import Truth
from troth.terms.charter import Charter, Line

ROWS = 200_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shop")


@pytest.fixture(scope="module")
def truth(folder: Path) -> Truth:
    return orders(folder, ROWS, seed=1)


def ask(folder: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Rows of a query over the files, which are the table ``orders`` in it; ``values`` fill its question marks."""
    with duckdb.connect() as connection:
        connection.sql(f"create view orders as from '{folder.as_posix()}/data/orders-*.parquet'")
        return connection.execute(query, list(values)).fetchall()


@pytest.mark.usefixtures("truth")
class TestRows:
    def test_every_order_is_there_once_under_the_promised_columns(self, folder: Path) -> None:
        assert tuple(name for name, *_ in ask(folder, "describe orders")) == COLUMNS
        assert ask(folder, "select count(*), count(distinct order_id), min(order_id), max(order_id) from orders") == [(ROWS, ROWS, 1, ROWS)]

    def test_about_a_third_as_many_customers_as_orders(self, folder: Path) -> None:
        ((customers,),) = ask(folder, "select count(distinct customer_id) from orders")
        assert customers == pytest.approx(ROWS / 3 * (1 - np.exp(-3)), rel=0.01)

    def test_cells_follow_zipf_and_orders_spread_evenly_over_the_weeks(self, folder: Path) -> None:
        sizes = [n for (n,) in ask(folder, "select count(*) from orders group by region, product_group, supplier order by 1 desc")]
        assert 1_900 < len(sizes) <= 2_000
        for rank in (1, 2, 5):
            assert sizes[rank - 1] / ROWS == pytest.approx(np.log(1 + 1 / rank) / np.log(2_001), rel=0.03)
        weeks = ask(folder, "select count(*) from orders group by date_diff('day', ?, order_at) // 7", START)
        assert len(weeks) == 104
        assert {n for (n,) in weeks} <= {ROWS // 104, ROWS // 104 + 1}

    def test_nothing_is_known_after_the_record_ends(self, folder: Path) -> None:
        ((latest,),) = ask(folder, "select max(delivered_at) from orders")
        assert latest <= Weeks(104).end == datetime(2025, 12, 29)
        ((still_open,),) = ask(
            folder, "select count(*) from orders where delivered_at is null and not cancelled_by_company and order_at > '2025-12-20'"
        )
        assert still_open > 500

    def test_cancelled_orders_are_never_delivered(self, folder: Path) -> None:
        ((share, delivered),) = ask(
            folder, "select avg(cancelled_by_company::int), count(delivered_at) filter (cancelled_by_company) from orders"
        )
        assert share == pytest.approx(0.005, abs=0.001)
        assert delivered == 0

    def test_the_campaign_runs_in_its_weeks_on_half_the_orders(self, folder: Path) -> None:
        rows = ask(
            folder,
            """select (date_diff('day', ?, order_at) // 7) % 52 between 20 and 25 as during,
                avg((campaign = 'spring sale')::int) from orders group by all order by all""",
            START,
        )
        assert rows[0] == (False, 0.0)
        assert rows[1][1] == pytest.approx(0.5 * (1 - np.log(9 / 8) / np.log(2_001)), abs=0.01)


class TestTruth:
    """The plain oracle: the same orders, once with and once without the cause."""

    def test_campaign(self, folder: Path, truth: Truth) -> None:
        cause = truth.cause("campaign")
        ((rows, breaks),) = ask(
            folder,
            """select count(*), count(*) filter (delivered_at > promised_at and delivered_at <= promised_at + interval 3 days)
            from orders where campaign = 'spring sale' and not cancelled_by_company and promised_at <= '2025-12-29'""",
        )
        assert rows == cause.rows
        assert breaks == pytest.approx(cause.breaks, abs=2 * np.sqrt(rows))
        assert 0.85 * cause.breaks < cause.in_part < cause.breaks

    def test_incident(self, folder: Path, truth: Truth) -> None:
        cause = truth.cause("incident")
        assert cause.made is not None
        cell = [value for (value,) in cause.where.values()]
        ((rows, breaks),) = ask(
            folder,
            """select count(*), count(*) filter (delivered_at > promised_at and delivered_at <= promised_at + interval 4 days)
            from orders where region = ? and product_group = ? and supplier = ? and order_at >= ? and order_at < ?
                and not cancelled_by_company and promised_at <= '2025-12-29'""",
            *cell,
            *cause.made,
        )
        assert rows == cause.rows > 500
        assert breaks == pytest.approx(cause.breaks, abs=2 * np.sqrt(rows))

    def test_slow_cell(self, folder: Path, truth: Truth) -> None:
        cause = truth.cause("slow cell")
        cell = [value for (value,) in cause.where.values()]
        ((rows, late, campaign, shortest, longest),) = ask(
            folder,
            """select count(*), count(*) filter (delivered_at > promised_at), count(*) filter (campaign = 'spring sale'),
                min(promised_at - order_at) = interval 8 days, max(promised_at - order_at) = interval 8 days
            from orders where region = ? and product_group = ? and supplier = ? and not cancelled_by_company
                and promised_at <= '2025-12-29'""",
            *cell,
        )
        assert rows == cause.rows
        assert (campaign, shortest, longest) == (0, True, True)
        assert late - 0.1 * rows == pytest.approx(cause.breaks, abs=3 * np.sqrt(rows))

    def test_the_folder_keeps_the_truth(self, folder: Path, truth: Truth) -> None:
        stored = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        assert [(cause["name"], cause["breaks"]) for cause in stored] == [(cause.name, cause.breaks) for cause in truth.causes]


def test_rows_depend_on_seed_and_position_not_on_how_the_files_are_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    orders(tmp_path / "whole", 5_000, seed=2)
    monkeypatch.setattr(module, "CHUNK", 1_024)
    orders(tmp_path / "cut", 5_000, seed=2)
    orders(tmp_path / "other seed", 5_000, seed=3)
    query = "from orders order by order_id"
    assert len(list((tmp_path / "cut" / "data").iterdir())) == 5
    assert ask(tmp_path / "whole", query) == ask(tmp_path / "cut", query)
    assert ask(tmp_path / "whole", query) != ask(tmp_path / "other seed", query)


def test_writing_fewer_orders_leaves_no_file_of_the_larger_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 500)
    orders(tmp_path, 2_000)
    orders(tmp_path, 600)
    assert ask(tmp_path, "select count(*) from orders") == [(600,)]


def test_the_folder_is_a_project_with_one_charter_line(folder: Path, truth: Truth) -> None:
    settings, charter, source = (
        tomllib.loads((folder / name).read_text(encoding="utf-8")) for name in ("troth.toml", "charter.toml", "sources/orders.toml")
    )
    assert settings["data"] == "data"
    (line,) = charter["lines"]
    assert line["standard"] == "8 days"
    assert line["keep_target"] == truth.keep_target
    (promise,) = source["promises"]
    agreed = Charter(lines=(Line(promise=line["promise"], stage=line["stage"], keep_target=line["keep_target"]),))
    assert agreed.match({"promise": promise["name"], "stage": promise["stage"].strip("'")}) is not None
    named = {promise["customer"], promise["made_at"], promise["due"], promise["received_at"], promise["broken_when"], source["id"]}
    assert named | {*promise["context"], *promise["dimensions"]} == set(COLUMNS)


@pytest.mark.parametrize(("rows", "cells", "weeks"), [(0, 2_000, 104), (10, 7, 104), (10, 2_000, 0)])
def test_a_world_too_small_for_its_causes_is_refused(tmp_path: Path, rows: int, cells: int, weeks: int) -> None:
    with pytest.raises(ValueError, match="more than 7 cells"):
        orders(tmp_path / "none", rows, cells=cells, weeks=weeks)
    assert not (tmp_path / "none").exists()
