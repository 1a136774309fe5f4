"""One Spark for the whole suite.

A plugin of the suite: Java starts once in a process.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import ibis
import pytest

if TYPE_CHECKING:
    from ibis.backends import BaseBackend


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseBackend]:
    """A local Spark on the loopback interface, its session in UTC. Without Java or pyspark a test skips, and fails in CI.

    Hand tables in as temporary views: ``spark_view(spark, name, arrow_table)``.
    """
    if not shutil.which("java") or importlib.util.find_spec("pyspark") is None:
        reason = "Spark needs Java and the extra “spark” (pyspark)"
        if os.environ.get("CI"):
            pytest.fail(f"{reason}, and CI has to run every test", pytrace=False)
        pytest.skip(reason)
    from pyspark.sql import SparkSession

    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")  # every port of it on the loopback interface
    scratch = tmp_path_factory.mktemp("spark")
    builder = SparkSession.builder.master("local[1]").appName("troth-tests")
    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",  # what runs for a minute is not worth optimising
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
    }
    for name, setting in settings.items():
        builder = builder.config(name, setting)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    connection: BaseBackend = ibis.pyspark.connect(session)
    yield connection
    session.stop()


@pytest.fixture
def spark_elsewhere(spark: BaseBackend) -> Iterator[BaseBackend]:
    """The same, its session in another zone, as a company's may be: who counts in UTC has to say so."""
    zone: Any = spark._session.conf  # noqa: SLF001 - Ibis has no call for it
    zone.set("spark.sql.session.timeZone", "America/Sao_Paulo")
    yield spark
    zone.set("spark.sql.session.timeZone", "UTC")
