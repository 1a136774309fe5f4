"""What the OpenAPI document allows, and what it forbids, tried from every seat: never a 500, and every answer as the document has it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workspace.conftest import Shop, served
from tests.workspace.seats import SEATS

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)
EXAMPLES = 3
"""Requests made up for each address and seat."""

ALWAYS = "analyst"
"""The seat tried in every run; the others are tried in CI."""

AT_THE_EDGES = "service-officer"
"""The seat from which what lies on the edges of every field is tried too: some thousand requests."""

PROGRAM = """
import json, sys
from pathlib import Path
from troth.workspace.configuration import Configuration
from troth.workspace.serving import prepare
prepare(Configuration(Path(sys.argv[1]), origin="http://127.0.0.1:8000"))
from django.utils import timezone
from tests.workspace.seats import SEATS, sit
from troth.workspace.people.models import Scope
from troth.workspace.people.tokens import issue_token
from troth.workspace.timeline.operations import TERMINAL
now = timezone.now()
given = {seat: issue_token(person=sit(seat).person, name="trial", scopes=Scope.values, days=1, actor=TERMINAL, at=now)[1] for seat in SEATS}
print(json.dumps(given))
"""
"""Sits somebody in every seat of a workspace, and prints a token of each, with every scope."""


@pytest.fixture(scope="module")
def served_api(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """The API of a workspace of its own, which may be left as it likes, and a token for every seat."""
    folder = tmp_path_factory.mktemp("abused") / "shop"
    shutil.copytree(shop.folder, folder, ignore=shutil.ignore_patterns("workspace.sqlite3*"))
    made = subprocess.run([sys.executable, "-c", PROGRAM, str(folder)], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    with served(Shop(folder, shop.study)) as (origin, _, _):
        yield origin, json.loads(made.stdout.splitlines()[-1])


@pytest.mark.parametrize("seat", [seat if seat == ALWAYS else pytest.param(seat, marks=pytest.mark.long) for seat in SEATS])
def test_whatever_is_sent_is_answered_as_the_document_says(served_api: tuple[str, dict[str, str]], seat: str, tmp_path: Path) -> None:
    origin, tokens = served_api
    program = Path(sys.executable).with_name("schemathesis")
    found = subprocess.run(
        [
            program, "run", f"{origin}/api/openapi.json",
            "--header", f"Authorization: Bearer {tokens[seat]}",
            "--checks", ",".join(CHECKS),
            "--max-examples", str(EXAMPLES),
            "--phases", "coverage,fuzzing" if seat == AT_THE_EDGES else "fuzzing",
            "--seed", "1",
            "--suppress-health-check", "all",
            "--no-color",
        ],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout[-8000:]
