"""The embedded database is opened the same way by every room, and its memory has a ceiling."""

from __future__ import annotations

from pathlib import Path

from troth.terms.embedded import MEMORY, open_duckdb

ONE_GIB = 2**30


def setting(connection: object, name: str) -> str:
    (value,) = connection.raw_sql(f"SELECT current_setting('{name}')").fetchone()  # type: ignore[attr-defined]
    return str(value)


def gib(said: str) -> float:
    number, unit = said.split()
    return float(number) / {"GiB": 1, "MiB": 1024}[unit]


def test_memory_has_a_ceiling_whatever_the_machine() -> None:
    assert 0 < gib(setting(open_duckdb(), "memory_limit")) <= MEMORY / ONE_GIB + 0.1


def test_a_limit_of_ones_own_lifts_it() -> None:
    assert gib(setting(open_duckdb("duckdb://?memory_limit=7GiB"), "memory_limit")) == 7


def test_it_counts_in_utc_and_draws_nothing() -> None:
    connection = open_duckdb()
    assert setting(connection, "TimeZone") == "UTC"
    assert setting(connection, "enable_progress_bar") == "False"


def test_what_does_not_fit_goes_where_it_was_told_and_is_right_all_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "it's here"
    folder.mkdir()
    connection = open_duckdb("duckdb://?memory_limit=100MiB&threads=1", work=folder)
    assert setting(connection, "temp_directory") == str(folder)
    groups = "select i % 1500000 as g, count(*) as k from range(3000000) t(i) group by g"
    assert connection.raw_sql(f"select count(*), sum(k) from ({groups})").fetchone() == (1_500_000, 3_000_000)
