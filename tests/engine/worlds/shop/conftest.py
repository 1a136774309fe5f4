"""One made shop for all that look at one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from troth.engine.worlds.shop.making import Shop, shop

ORDERS = 15_000

Ask = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop of about 15,000 orders."""
    return shop(tmp_path_factory.mktemp("shop"), ORDERS, block=1_500)


@pytest.fixture(scope="session")
def ask(made: Shop) -> Ask:
    """Rows of a query over its tables, by their names; what is true of them is in the schema ``truth``."""
    connection = duckdb.connect()
    connection.execute("create schema truth")
    for path in sorted(made.folder.glob("*/*.parquet")):
        schema = "truth." if path.parent.name == "truth" else ""
        connection.execute(f"create view {schema}{path.stem} as from '{path.as_posix()}'")

    def answer(query: str) -> list[tuple[Any, ...]]:
        return connection.execute(query).fetchall()

    return answer
