"""charter.toml as a :class:`troth.terms.charter.Charter`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from troth.intake.durations import minutes
from troth.intake.settings import AREAS, CHARTER, LEFT_OUT, LINES, PARTIES, TOUCHPOINTS, checked, checked_rows
from troth.terms.charter import Area, Charter, Line, Party, Touchpoint
from troth.terms.errors import SettingError, UnknownNameError, did_you_mean
from troth.terms.vocabulary import Aspect

SHARES = ("keep_target", "up_to_share")


def read_charter(raw: Mapping[str, object], file: Path, *, counted_in_minutes: frozenset[str] = frozenset()) -> Charter:
    """The agreement a charter.toml describes.

    :param counted_in_minutes: names of promises whose unit is minutes (windows): durations in words are turned into those there,
        into days everywhere else.
    :raises SettingError: an unknown key, a wrong type or value, an area, stage or touchpoint that is named but not listed.
    """
    top = checked(raw, CHARTER, file=file)
    stages = tuple(cast("list[str]", top.get("stages", [])))
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
        lines.append(Line(**row))
    return Charter(
        stages=stages,
        parties=tuple(Party(**{**row, "aspect": Aspect(row["aspect"])}) for _, row in checked_rows(top, "parties", PARTIES, file)),
        areas=areas,
        touchpoints=tuple(touchpoints),
        lines=tuple(lines),
        version=str(top.get("version", "1")),
    )


def _in_minutes(row: dict[str, Any], written: Mapping[str, object]) -> None:
    """Durations in words, which are in days so far, in minutes; plain numbers are in the promise's unit already."""
    for name in ("standard", "tolerance"):
        words = written.get(name)
        if isinstance(words, str) and (length := minutes(words)) is not None:
            row[name] = length


def _known(name: object, listed: set[str], *, file: Path, place: str, noun: str) -> None:
    """Refuse a name the charter uses but does not list; a charter that lists none is free to name any."""
    if isinstance(name, str) and listed and name not in listed:
        what = f"“{name}” is none of the {noun}s this charter lists"
        raise UnknownNameError(what, kind=f"{noun}s", name=name, file=file, place=place, mend=did_you_mean(name, listed))
