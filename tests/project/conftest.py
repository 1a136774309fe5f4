"""Studies to ask."""

from __future__ import annotations

from pathlib import Path

import pytest

import troth
from troth.project import current


@pytest.fixture
def published(run_shop: Path) -> troth.Study:
    """The current study of the shop. Read only."""
    return current(run_shop)
