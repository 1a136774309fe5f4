"""charter.toml as a :class:`troth.terms.charter.Charter`, and back, without loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

import tomli_w

from troth.intake.durations import minutes
from troth.intake.settings import (
    AREAS,
    CHARTER,
    LEFT_OUT,
    LINES,
    OBJECTIONS,
    PARTIES,
    SIGNATURES,
    TOUCHPOINTS,
    Takes,
    checked,
    checked_rows,
    keys_of,
)
from troth.terms.charter import Area, Charter, Line, Objection, Party, Signature, Touchpoint
from troth.terms.errors import SettingError, UnknownNameError, did_you_mean
from troth.terms.vocabulary import Aspect, Direction

TABLES: Mapping[str, str] = {
    "parties": PARTIES,
    "signatures": SIGNATURES,
    "areas": AREAS,
    "touchpoints": TOUCHPOINTS,
    "lines": LINES,
    "objections": OBJECTIONS,
}
"""The tables of a charter, in the order they are written."""

SHARES = ("keep_target", "up_to_share")


def read_charter(raw: Mapping[str, object], file: Path, *, counted_in_minutes: frozenset[str] = frozenset()) -> Charter:
    """The agreement a charter.toml describes.

    :param counted_in_minutes: names of promises whose unit is minutes (windows): durations in words are turned into those there,
        into days everywhere else.
    :raises SettingError: an unknown key, a wrong type or value, an area, stage or touchpoint that is named but not listed.
    """
    top = cast("dict[str, Any]", checked(raw, CHARTER, file=file))
    stages = tuple(top.get("stages", []))
    areas = tuple(Area(name=row["name"], aspect=Aspect(row["aspect"])) for _, row in checked_rows(top, "areas", AREAS, file))
    listed = {area.name for area in areas}
    touchpoints = []
    for at, row in checked_rows(top, "touchpoints", TOUCHPOINTS, file):
        _known(row.get("area"), listed, file=file, place=f"{at}.area", noun="area")
        touchpoints.append(Touchpoint(**row))
    lines: list[Line] = []
    for at, row in checked_rows(top, "lines", LINES, file):
        _known(row.get("stage"), set(stages), file=file, place=f"{at}.stage", noun="stage")
        for share in SHARES:
            if share in row and not 0 < row[share] < 1:
                raise SettingError(f"{row[share]} is no share", file=file, place=f"{at}.{share}", mend="write a number between 0 and 1.")
        if row.get("promise") in counted_in_minutes:
            _in_minutes(row, [line for line in cast("list[dict[str, object]]", raw["lines"]) if line is not LEFT_OUT][len(lines)])
        if "direction" in row:
            row["direction"] = Direction(row["direction"])
        lines.append(Line(**row))
    parties = tuple(Party(**{**row, "aspect": Aspect(row["aspect"])}) for _, row in checked_rows(top, "parties", PARTIES, file))
    titles = {party.title for party in parties}
    signatures, objections = [], []
    for at, row in checked_rows(top, "signatures", SIGNATURES, file):
        _known(row["party"], titles, file=file, place=f"{at}.party", noun="party")
        signatures.append(Signature(**row))
    for at, row in checked_rows(top, "objections", OBJECTIONS, file):
        _known(row["party"], titles, file=file, place=f"{at}.party", noun="party")
        if ("ruling" in row) != ("ruled_by" in row):
            mend = "write ruling and ruled_by, or neither."
            raise SettingError("an objection is settled by somebody, in some way", file=file, place=f"{at}.ruling", mend=mend)
        objections.append(Objection(**row))
    return Charter(
        stages=stages,
        parties=parties,
        areas=areas,
        touchpoints=tuple(touchpoints),
        lines=tuple(lines),
        version=str(top.get("version", "1")),
        effective_from=top.get("effective_from"),
        promises_since=top.get("promises_since"),
        tie_break=top.get("tie_break"),
        signatures=tuple(signatures),
        objections=tuple(objections),
    )


def write_charter(charter: Charter) -> str:
    """The text of a charter.toml that :func:`read_charter` reads as ``charter`` again.

    Keys that say no more than their default are left out. Levels are plain numbers in the promise's unit.

    :raises ValueError: the charter holds lines of several versions, as that of a study may: a file holds one.
    """
    if any(line.version is not None or line.bounded for line in charter.lines):
        raise ValueError("a file holds one version; this charter holds lines of several")
    top = {name: value for name in keys_of(CHARTER) if name not in TABLES and (value := getattr(charter, name))}
    rows = [(name, _written(row, of)) for name, of in TABLES.items() for row in getattr(charter, name)]
    return "\n".join([tomli_w.dumps(top), *(f"[[{name}]]\n{tomli_w.dumps(row)}" for name, row in rows)])


def _written(row: Any, table: str) -> dict[str, object]:
    """The keys of one table that say more than their default, in the order a reader meets them."""
    default = {field.name: field.default for field in fields(row)}
    return {
        name: str(value) if setting.takes is Takes.WORD else value
        for name, setting in keys_of(table).items()
        if (value := getattr(row, name)) != default[name]
    }


def _in_minutes(row: dict[str, Any], written: Mapping[str, object]) -> None:
    """Durations in words, which are in days so far, in minutes; plain numbers are in the promise's unit already."""
    for name in ("standard", "tolerance"):
        words = written.get(name)
        if isinstance(words, str) and (length := minutes(words)) is not None:
            row[name] = length


def _known(name: object, listed: set[str], *, file: Path, place: str, noun: str) -> None:
    """Refuse a name the charter uses but does not list; a charter that lists none is free to name any."""
    if isinstance(name, str) and listed and name not in listed:
        several = "parties" if noun == "party" else f"{noun}s"
        what = f"“{name}” is none of the {several} this charter lists"
        raise UnknownNameError(what, kind=several, name=name, file=file, place=place, mend=did_you_mean(name, listed))
