"""A shop to run studies of."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

import troth
from tests.projects import AS_OF, write_shop

NOW = datetime(2024, 7, 1, 8, tzinfo=UTC)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project folder nobody has run."""
    return write_shop(tmp_path / "shop")


@pytest.fixture
def old_shop(published: troth.Study, tmp_path: Path) -> Path:
    """A copy of the shop with its study 1, to be harmed."""
    return Path(shutil.copytree(published.folder.parents[2], tmp_path / "old shop"))


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> troth.Study:
    """The current study of a shop. Read only."""
    folder = write_shop(tmp_path_factory.mktemp("published") / "shop")
    return troth.open(folder).run(AS_OF, at=NOW).study
