"""One setting moves a project to Spark, and its study says the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import troth
from tests.projects import AS_OF, NOW, TIGHTER, TROTH


@pytest.mark.java
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # pyspark 4.0 and Ibis 12 still ask for pandas 2's ways
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # and leave their sockets to the collector
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_study_made_on_spark_says_what_the_one_made_on_duckdb_says(shop: Path, published: troth.Study, spark_elsewhere: Any) -> None:
    """The address without a host finds the session there is."""
    (shop / "charter.toml").write_text(TIGHTER)
    (shop / "troth.toml").write_text(TROTH + 'engine = "pyspark://"\n')
    study = troth.open(shop).run(AS_OF, at=NOW).study
    assert study.manifest.made_with["pyspark"].startswith("4.")
    assert study.sources.rows == published.sources.rows
    assert study.integrity(["lane"]).rows == published.integrity(["lane"]).rows
    assert study.account(["lane"]).rows == published.account(["lane"]).rows
    assert spark_elsewhere.raw_sql("select 1").count() == 1  # the session was there before, and goes on
