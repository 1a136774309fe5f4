"""What texts write is read once, in layers: queries stay short whatever a mapping computes, and mean what they meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ibis
import pytest
from ibis.backends.duckdb import Backend

from tests.intake.projects import ORDERS, at, orders, taken, write
from troth.intake import check

BERLIN = 'timezone = "Europe/Berlin"\n'
DAYFIRST = ORDERS.replace('id = "id"', 'id = "id"\ndayfirst = true\ndecimal = ","')
HEADER = "id,customer,ordered,promised,delivered,picked,price\n"
ROWS = "".join(f'{n},c{n},0{n}.03.2024 10:15,1{n}.03.2024,0{n + 1}.03.2024 16:40,0{n}.03.2024 18:00,"1.234,{n}0"\n' for n in range(1, 9))

LONGEST = 50_000
"""Characters; the queries below had 20 million, and took minutes to translate, before their readings had layers."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every query Ibis writes for DuckDB."""
    found: list[str] = []
    compile_: Callable[..., str] = Backend.compile

    def noted(self: Any, *args: Any, **kwargs: Any) -> str:
        found.append(compile_(self, *args, **kwargs))
        return found[-1]

    monkeypatch.setattr(Backend, "compile", noted)
    return found


def test_dates_that_are_computed_with_make_no_long_query(tmp_path: Path, asked: list[str]) -> None:
    computed = DAYFIRST.replace('decimal = ","', 'decimal = ","\nfilter = "cast(ordered as date) < date \'2025-01-01\'"')
    computed = computed.replace('due = "promised"', 'due = "cast(promised as date)"')
    computed += """\
internal_estimate = "cast(picked as date)"
void_when = "delivered < cast(ordered as timestamp)"
value = "case when price > 1000 then cast(price as double) else 0 end"
stages = { picked = "picked", shipped = "cast(delivered as timestamp) - interval 1 hour" }
dimensions = { weekday = "dayofweek(cast(ordered as date))", late = "date_diff('day', cast(promised as date), cast(delivered as date))" }
"""
    one = orders(tmp_path, HEADER + ROWS, computed, settings=BERLIN)

    assert one.tally.used == 8
    assert max(map(len, asked)) < LONGEST
    assert one.rows("made_at", "due_at", "value", "reached_shipped", "weekday", "late")[0] == (
        at("2024-03-01 09:15"),
        at("2024-03-11 22:59:59.999999"),
        1234.1,
        at("2024-03-02 14:40"),
        "5",
        "-9",
    )


def test_nine_promises_of_one_file_read_its_texts_once(tmp_path: Path, asked: list[str]) -> None:
    head, _, promise = DAYFIRST.partition("[[promises]]\n")
    nine = head + "".join("[[promises]]\n" + promise.replace("delivery date", f"promise {n}") for n in range(9))
    check(write(tmp_path, nine, files={"orders.csv": HEADER + ROWS}, settings=BERLIN), ibis.duckdb.connect())

    reading = [sql for sql in asked if "REGEXP" in sql]
    assert len(reading) <= 2  # what the texts hold, and the texts themselves
    assert len(asked) <= 3 + 2 * 9


def test_a_text_made_of_a_date_made_of_a_text_is_read_as_if_step_by_step(tmp_path: Path, asked: list[str]) -> None:
    due = "strptime(cast(cast(promised as date) as text) || ' 17:30', '%Y-%m-%d %H:%M')"
    one = orders(tmp_path, HEADER + ROWS, DAYFIRST.replace('due = "promised"', f'due = "{due}"'), settings=BERLIN)

    assert one.column("due_at")[0] == at("2024-03-11 16:30")
    assert max(map(len, asked)) < LONGEST


def test_an_instant_is_a_local_day_where_expressions_ask_for_one(tmp_path: Path, asked: list[str]) -> None:
    csv = "id,customer,ordered,promised,delivered\n1,ana,2024-03-01 08:00,2024-03-30T23:30:00Z,\n2,ben,2024-03-01 08:00,2024-03-30 23:30,\n"
    one = orders(tmp_path, csv, ORDERS.replace('due = "promised"', 'due = "cast(promised as date)"'), settings=BERLIN)

    assert one.column("due_at") == [at("2024-03-31 21:59:59.999999"), at("2024-03-30 22:59:59.999999")]
    assert max(map(len, asked)) < LONGEST


def test_seconds_since_1970_are_local_times(tmp_path: Path, asked: list[str]) -> None:
    csv = "id,customer,ordered,promised,delivered\n1,ana,1709280000,2024-03-05,\n2,ben,1719820800,2024-07-05,\n"
    one = orders(tmp_path, csv, ORDERS.replace('"ordered"', '"to_timestamp(ordered)"'), settings=BERLIN)

    assert one.column("made_at") == [at("2024-03-01 08:00"), at("2024-07-01 08:00")]
    assert max(map(len, asked)) < LONGEST


def test_a_column_that_holds_one_value_is_a_literal_to_whoever_computes_with_it(tmp_path: Path) -> None:
    promises = orders(tmp_path, HEADER + ROWS, DAYFIRST + "kept_by = \"'Fulfilment'\"\n").intake.promises
    sql = ibis.to_sql(promises.select("kept_by", "tier", "type", "due_at"), dialect="duckdb")

    assert "'Fulfilment' AS \"kept_by\"" in sql
    assert "'deadline' AS \"type\"" in sql


def test_mappings_of_one_value_throughout_are_taken_all_the_same(tmp_path: Path) -> None:
    source = ORDERS + "[[customers]]\nid = \"'everyone'\"\n[[interactions]]\nkind = \"'visit'\"\nat = \"timestamp '2024-03-01 10:00:00'\"\n"
    one = taken(write(tmp_path, source, files={"orders.csv": "id,customer,ordered,promised,delivered\n1,ana,2024-03-01,2024-03-05,\n"}))

    assert [(tally.kind, tally.used) for tally in one.intake.accounting] == [("customers", 1), ("interactions", 1), ("promises", 1)]
