"""measures.toml as :class:`troth.terms.measures.Measures`, and whether the readings of sources/ belong to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from troth.intake.settings import MEASURES, MEASURES_FILE, OUTCOMES, checked, checked_rows
from troth.intake.sources import Source
from troth.terms.errors import MissingKeyError, SettingError, UnknownNameError, did_you_mean
from troth.terms.measures import FOLLOWED_BY, MOST_MEASURES, MOST_OUTCOMES, REDIAL_MINUTES, CustomerOutcome, Measure, Measures
from troth.terms.vocabulary import Direction

MOST_DAYS = 36_525


def read_measures(raw: Mapping[str, object], file: Path, areas: Sequence[str] = (), roles: Sequence[str] = ()) -> Measures:
    """The measures and outcomes of a project.

    :param areas: those the charter lists, :param roles: and titles of roles.toml; where there are any, no other is named.
    :raises SettingError: an unknown key, a missing one, a wrong value; a measure or an outcome told of twice.
    :raises UnknownNameError: an outcome, an area or a role that is listed nowhere.
    """
    top = checked(raw, MEASURES_FILE, file=file)
    outcomes: dict[str, CustomerOutcome] = {}
    for at, row in checked_rows(top, "outcomes", OUTCOMES, file):
        _whose(row, at, file, areas, roles)
        _once(row["name"], outcomes, at, file, "outcome")
        outcomes[row["name"]] = _outcome(row, at, file)
    measures: dict[str, Measure] = {}
    for at, row in checked_rows(top, "measures", MEASURES, file):
        _whose(row, at, file, areas, roles)
        _once(row["name"], measures, at, file, "measure")
        measures[row["name"]] = _measure(row, at, file, list(outcomes))
    for name, listed, most in (("measures", measures, MOST_MEASURES), ("outcomes", outcomes, MOST_OUTCOMES)):
        if len(listed) > most:
            raise SettingError(f"there are {len(listed)} {name}", file=file, place=name, mend=f"keep the {most} that matter most.")
    return Measures(tuple(measures.values()), tuple(outcomes.values()))


def strange_readings(sources: Sequence[Source], measures: Measures) -> Iterator[UnknownNameError]:
    """Readings of a measure that measures.toml does not tell of, and outcomes of theirs that it does not list."""
    known, listed = [one.name for one in measures.measures], [one.name for one in measures.outcomes]
    for source in sources:
        for mapping in source.mappings:
            if mapping.kind != "readings":
                continue
            if mapping.name not in known:
                yield _unknown(
                    "measures", mapping.name or "", known, mapping.file, f"{mapping.place}.measure", "add its [[measures]] there."
                )
            for name, expression in mapping.outcomes.items():
                if name not in listed:
                    yield _unknown("outcomes", name, listed, mapping.file, expression.place or mapping.place, "add its [[outcomes]] there.")


def _outcome(row: Mapping[str, Any], at: str, file: Path) -> CustomerOutcome:
    kinds, promise, within = tuple(row.get("kinds", ())), row.get("promise"), row.get("within")
    if kinds and promise is not None:
        raise SettingError("an outcome is an interaction or a promise", file=file, place=f"{at}.promise", mend="write two outcomes.")
    if (kinds or promise is not None) and within is None:
        what, mend = f"“{row['name']}” needs to say how long after the reading it counts", 'add within = "7 days".'
        raise MissingKeyError(what, table=at, keys=("within",), file=file, place=f"{at}.within", mend=mend)
    if within is not None and not 0 < within <= MOST_DAYS:
        raise SettingError(f"nothing is followed for {within:g} days", file=file, place=f"{at}.within", mend='write within = "7 days".')
    return CustomerOutcome(
        name=row["name"],
        direction=Direction(row.get("direction", Direction.MIN)),
        role=row.get("role"),
        area=row.get("area"),
        kinds=kinds,
        promise=promise,
        within=within,
        follow=row.get("follow", FOLLOWED_BY[0]),
    )


def _measure(row: Mapping[str, Any], at: str, file: Path, outcomes: Sequence[str]) -> Measure:
    for key, names in (("paired_with", row.get("paired_with", ())), ("unresolved", [one for one in (row.get("unresolved"),) if one])):
        for name in names:
            if name not in outcomes:
                raise _unknown("outcomes", name, outcomes, file, f"{at}.{key}", "add its [[outcomes]].")
    for key, least in (("bin", "above 0"), ("matters", "above 0 and below 1"), ("redial_minutes", "0 or more")):
        value = row.get(key)
        if value is not None and (value < 0 or (key != "redial_minutes" and value == 0) or (key == "matters" and value >= 1)):
            raise SettingError(f"{value:g} cannot be its {key}", file=file, place=f"{at}.{key}", mend=f"write a number {least}.")
    given = {name: row[name] for name in ("role", "area", "unit", "target", "unresolved", "bin", "matters") if name in row}
    return Measure(
        name=row["name"],
        kind=row["class"],
        direction=Direction(row["direction"]),
        paired=tuple(dict.fromkeys(row.get("paired_with", ()))),
        redial=row.get("redial_minutes", REDIAL_MINUTES),
        **given,
    )


def _whose(row: Mapping[str, Any], at: str, file: Path, areas: Sequence[str], roles: Sequence[str]) -> None:
    for key, listed, where in (("area", areas, "the charter"), ("role", roles, "roles.toml")):
        name = row.get(key)
        if name is not None and listed and name not in listed:
            what = f"“{name}” is none of the {key}s that {where} lists"
            raise UnknownNameError(what, kind=f"{key}s", name=name, file=file, place=f"{at}.{key}", mend=did_you_mean(name, listed))


def _once(name: str, seen: Mapping[str, object], at: str, file: Path, noun: str) -> None:
    if name in seen:
        raise SettingError(f"the {noun} “{name}” is there already", file=file, place=f"{at}.name", mend="name each once.")


def _unknown(kind: str, name: str, known: Sequence[str], file: Path | str, place: str, otherwise: str) -> UnknownNameError:
    what = f"measures.toml has no {kind.removesuffix('s')} “{name}”"
    return UnknownNameError(what, kind=kind, name=name, file=file, place=place, mend=did_you_mean(name, known) or otherwise)
