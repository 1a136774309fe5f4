"""How `make test` shares the tests among processes: a module stays in one, and all that needs Spark stays beside one Java.

A plugin of the suite. `pytest` by itself runs everything in its own process, in the order of the files.
"""

from __future__ import annotations

import pytest
from xdist.scheduler import LoadScopeScheduling

DEAR = ("java", "chromium", "slow")
"""Marks of what takes longest."""


class ByModule(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Whole modules, so that what a module sets up is set up once; the tests of Spark, wherever they stand, count as one.

    What a module does again on PostgreSQL is set up again anyway, and counts as a module of its own.
    """

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.split("::", maxsplit=1)[0]
        return "Spark" if "spark" in nodeid.lower() else f"{module} on PostgreSQL" if "[postgresql" in nodeid else module


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByModule | None:
    """Ours is what ``--dist loadfile`` means here."""
    if config.getoption("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False  # by cost, as below, and not by the number of tests
    return ByModule(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a shared run dear modules come first and the quick contracts last, so that no process is left with a long one at the end."""
    if not hasattr(config, "workerinput"):
        return
    dear = {item.path for item in items if any(item.get_closest_marker(mark) for mark in DEAR)}
    items.sort(key=lambda item: (item.path not in dear, item.path.parent.name == "contracts"))
