"""The locks satisfy pyproject.toml, and hold versions and hashes only."""

from __future__ import annotations

import re
import tomllib
from functools import cache

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.contracts.source_tree import ROOT

RUN_TIME, DEVELOPMENT = "requirements.lock", "requirements-dev.lock"
PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+?)(?: ; (?P<marker>.+?))? \\$")


@cache
def locked(file: str) -> dict[str, list[tuple[Version, Marker | None]]]:
    """Every pin of a lock: ``{name: [(version, marker)]}``; one name may be pinned per Python version."""
    pins: dict[str, list[tuple[Version, Marker | None]]] = {}
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        if found := PINNED.match(line):
            marker = Marker(found["marker"]) if found["marker"] else None
            pins.setdefault(canonicalize_name(found["name"]), []).append((Version(found["version"]), marker))
    return pins


def wanted(*extras: str, groups: tuple[str, ...] = ()) -> list[Requirement]:
    """What pyproject.toml asks for, with these extras and groups."""
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = stated["project"]
    lines = [*project["dependencies"]]
    for extra in extras or project["optional-dependencies"]:
        lines += project["optional-dependencies"][extra]
    for group in groups:
        lines += stated["dependency-groups"][group]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize(
    ("file", "asked"),
    [(RUN_TIME, wanted("flights", "postgres")), (DEVELOPMENT, wanted(groups=("dev",)))],
    ids=[RUN_TIME, DEVELOPMENT],
)
def test_every_requirement_is_pinned_within_its_caps(file: str, asked: list[Requirement]) -> None:
    pins = locked(file)
    for requirement in asked:
        versions = [version for version, _ in pins.get(canonicalize_name(requirement.name), [])]
        assert versions, f"{file} lacks {requirement.name}: run make lock"
        outside = [str(version) for version in versions if version not in requirement.specifier]
        assert outside == [], f"{file} pins {requirement.name} {outside}, outside {requirement.specifier}: run make lock"


def test_both_locks_agree() -> None:
    for name, pins in locked(RUN_TIME).items():
        assert locked(DEVELOPMENT)[name] == pins, f"{name} differs between the two locks: run make lock"


@pytest.mark.parametrize("file", [RUN_TIME, DEVELOPMENT])
def test_a_lock_holds_versions_and_hashes_and_no_address(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    entries = re.split(r"(?m)^(?=[A-Za-z0-9])", text)[1:]
    assert len(entries) > 20
    assert [entry.split(" ")[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert re.findall(r"\S*(?:https?:|file:|@ |--index|--find-links|/)\S*", text) == []


def test_every_dependency_has_a_cap() -> None:
    uncapped = {"pytz", "tzdata", "pandas-stubs"}  # dated releases: every one is the newest data or follows its library
    for requirement in wanted(groups=("dev",)):
        capped = any(item.operator in {"<", "<=", "==", "~="} for item in requirement.specifier)
        assert capped or requirement.name in uncapped, f"{requirement.name} has no upper bound (docs/decisions/0002-pins.md)"
