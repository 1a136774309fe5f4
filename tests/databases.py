"""Databases a workspace keeps its people in: each test that names one runs on both that Troth supports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest

DATABASES = ("sqlite", pytest.param("postgresql", marks=(pytest.mark.postgres, pytest.mark.long)))
"""What a fixture is parametrized by, so that whoever asks for it runs on SQLite and on PostgreSQL."""

_NUMBER = count(1)


@contextmanager
def empty_database(server: str) -> Iterator[str]:
    """A database of its own on this server: its address. It is dropped afterwards, whoever is still connected.

    :param server: address of the server, as the fixture ``postgres_url`` has it.
    """
    import psycopg

    name = f"own_{next(_NUMBER)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield f"{server.rsplit('/', 1)[0]}/{name}"
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
