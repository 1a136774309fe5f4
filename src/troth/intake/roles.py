"""roles.toml: who may decide what, what a fix takes, which structures are weighed, and where the asks are (domain.md b 4, e7)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from troth.intake.scan import open_source
from troth.intake.settings import ASKS, DECIDED, FIXES, GRANTS, LEFT_OUT, ROLE, ROLES, STRUCTURES, checked, checked_rows
from troth.intake.sources import Source
from troth.intake.writing import Writing
from troth.terms.embedded import open_duckdb
from troth.terms.errors import SettingError, UnknownNameError, UnreadableFileError, did_you_mean
from troth.terms.roles import Decision, Fix, Grant, Purview, Role

AREA, ACCEPTED = "area", "accepted"
MAY_LACK = ("due", "delivered", "asked", "by")
"""Columns a file of asks may do without, if roles.toml does not name them."""
MOST_ASKS = 100_000


@dataclass(frozen=True, slots=True)
class AskFile:
    """Where the asks are.

    :param read: file, as in sources. :param columns: what is told to the column that holds it, those that are named in roles.toml.
    """

    read: str
    columns: Mapping[str, str]
    file: str


@dataclass(frozen=True, slots=True)
class RolesFile:
    """What roles.toml says; the asks are not read yet."""

    purview: Purview = field(default_factory=Purview)
    asks: AskFile | None = None


NO_ROLES = RolesFile()


def read_roles(raw: Mapping[str, object], file: Path, areas: Sequence[str] = ()) -> RolesFile:
    """Who may decide what.

    :param areas: those the charter lists; where it lists any, grants and fixes name no other.
    :raises SettingError: an unknown key, a missing one, a wrong value; a role or a fix told of twice; dates the wrong way round.
    :raises UnknownNameError: an area or a role that is listed nowhere.
    """
    top = checked(raw, ROLES, file=file)
    roles = tuple(_roles(top, file, areas))
    titles = [role.title for role in roles]
    structures: dict[str, tuple[str, ...]] = {}
    for at, row in checked_rows(top, "structures", STRUCTURES, file):
        _once(row["name"], structures, file, f"{at}.name", "structure")
        for title in row["roles"]:
            if title not in titles:
                what = f"“{title}” is none of the roles of this file"
                raise UnknownNameError(what, kind="roles", name=title, file=file, place=f"{at}.roles", mend=did_you_mean(title, titles))
        structures[row["name"]] = tuple(row["roles"])
    fixes: dict[str, Fix] = {}
    for at, row in checked_rows(top, "fixes", FIXES, file):
        _once(row["area"], fixes, file, f"{at}.area", "best fix in")
        _known_area(row["area"], areas, file, f"{at}.area")
        fixes[row["area"]] = Fix(row["area"], _amount(row, "cost", file, at), _amount(row, "hours", file, at))
    asks = None
    if isinstance(top.get("asks"), dict):
        told = cast("dict[str, str]", checked(cast("dict[str, object]", top["asks"]), ASKS, file=file, at="asks"))
        asks = AskFile(told["read"], {name: column for name, column in told.items() if name != "read"}, str(file))
    return RolesFile(Purview(roles, tuple(fixes.values()), (), structures), asks)


def read_asks(asks: AskFile, data: Path, *, timezone: str) -> list[dict[str, Any]]:
    """The rows of the asks, each with ``area`` and ``accepted``, and ``due``, ``delivered``, ``asked`` and ``by`` where there are such.

    :param data: folder relative paths start from.
    :raises SourceError: the file is missing or cannot be read.
    :raises SettingError: it lacks a column.
    """
    connection = open_duckdb()
    source = Source(name="asks", file=asks.file, writing=Writing(timezone), mappings=(), read=asks.read)
    with tempfile.TemporaryDirectory(prefix="troth-asks-") as work:
        scan = open_source(source, data=data, work=Path(work), connection=connection, workbench=connection)
        held: dict[str, str] = {}
        for name in (AREA, ACCEPTED, *MAY_LACK):
            column = asks.columns.get(name, name)
            if column in scan.columns:
                held[name] = column
            elif name in asks.columns or name not in MAY_LACK:
                what = f"{asks.read} has no column “{column}”"
                raise SettingError(what, file=asks.file, place=f"asks.{name}", mend=did_you_mean(column, scan.columns))
        rows: list[dict[str, Any]] = (
            scan.table.select(**{name: scan.table[column] for name, column in held.items()}).limit(MOST_ASKS + 1).to_pyarrow().to_pylist()
        )
        connection.disconnect()
    if len(rows) > MOST_ASKS:
        raise UnreadableFileError(f"there are more than {MOST_ASKS:,} asks", file=asks.read, mend="keep those of the last years.")
    return rows


def _roles(top: Mapping[str, object], file: Path, areas: Sequence[str]) -> Iterator[Role]:
    seen: set[str] = set()
    for at, row in checked_rows(top, "roles", ROLE, file):
        _once(row["title"], seen, file, f"{at}.title", "role")
        seen.add(row["title"])
        grants = tuple(_grant(one, file, place, areas) for place, one in _inside(row, "grants", GRANTS, file, at))
        decisions = tuple(
            Decision(one["discipline"], one["on"], one.get("held")) for _, one in _inside(row, "decisions", DECIDED, file, at)
        )
        yield Role(**{**row, "grants": grants, "decisions": decisions})


def _inside(row: Mapping[str, Any], name: str, table: str, file: Path, at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for position, one in enumerate(row.get(name, []), start=1):
        if one is not LEFT_OUT:
            place = f"{at}.{name}[{position}]"
            yield place, checked(one, table, file=file, at=place)


def _grant(row: Mapping[str, Any], file: Path, at: str, areas: Sequence[str]) -> Grant:
    if not row["areas"]:
        raise SettingError("this grant is about no area", file=file, place=f"{at}.areas", mend='name one: areas = ["Service"].')
    for area in row["areas"]:
        _known_area(area, areas, file, f"{at}.areas")
    if "since" in row and "until" in row and row["until"] < row["since"]:
        raise SettingError("this grant ends before it begins", file=file, place=f"{at}.until", mend="write a later day, or leave it out.")
    amounts = {name: _amount(row, name, file, at) for name in ("spend_limit", "capacity")}
    return Grant(tuple(row["areas"]), row["decide"], **amounts, since=row.get("since"), until=row.get("until"))


def _amount(row: Mapping[str, Any], name: str, file: Path, at: str) -> float | None:
    value: float | None = row.get(name)
    if value is not None and value < 0:
        raise SettingError(f"{value:g} is below 0", file=file, place=f"{at}.{name}", mend="write 0 or more, or leave it out.")
    return value


def _known_area(name: str, areas: Sequence[str], file: Path, place: str) -> None:
    if areas and name not in areas:
        what = f"“{name}” is none of the areas the charter lists"
        raise UnknownNameError(what, kind="areas", name=name, file=file, place=place, mend=did_you_mean(name, areas))


def _once(name: str, seen: object, file: Path, place: str, noun: str) -> None:
    if name in cast("Sequence[str]", seen):
        raise SettingError(f"the {noun} “{name}” is there already", file=file, place=place, mend="name each once.")
