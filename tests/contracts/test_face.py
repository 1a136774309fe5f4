"""What ``import troth`` shows: light to import, documented, and nothing that is not there."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap

import pytest

import troth
from tests.contracts.documents import DOCS, text_of


def test_importing_troth_loads_no_library() -> None:
    program = textwrap.dedent("""
        import sys
        before = set(sys.modules)
        import troth
        print(*sorted({name.split(".")[0] for name in set(sys.modules) - before} - sys.stdlib_module_names))
    """)
    shown = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert shown.stdout.split() == ["troth"]


@pytest.mark.parametrize("name", troth.__all__)
def test_a_public_name_is_there_and_says_what_it_is(name: str) -> None:
    assert getattr(troth, name).__doc__


@pytest.mark.parametrize("name", troth.__all__)
def test_a_public_name_is_documented(name: str) -> None:
    assert re.search(rf"(?m)^\| `troth\.{name}\b", text_of(DOCS / "python.md"))


def test_no_name_is_documented_that_is_not_there() -> None:
    named = re.findall(r"(?m)^\| `troth\.(\w+)", text_of(DOCS / "python.md"))
    assert sorted(named) == sorted(troth.__all__)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'opne'"):
        getattr(troth, "opne")  # noqa: B009 - the name is the test
