"""journeys.toml as a :class:`troth.terms.journeys.JourneyMap`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from troth.intake.settings import JOURNEYS, SCENARIOS, STEPS, checked, checked_rows
from troth.terms.errors import RequestError, SettingError, UnknownNameError, did_you_mean
from troth.terms.journeys import MOST_DAYS, MOST_STEPS, NOTHING_MAPPED, JourneyMap, MappedStep, Scenario


def read_journeys(raw: Mapping[str, object], file: Path) -> JourneyMap:
    """The journeys a journeys.toml describes.

    :raises SettingError: an unknown key, a wrong type or value, a step named twice or followed by one that is not listed, a scenario
        without start and goal.
    """
    top = checked(raw, JOURNEYS, file=file)
    patience = cast("float", top.get("patience", NOTHING_MAPPED.patience))
    if not 0 <= patience <= MOST_DAYS:
        raise SettingError(f"nobody waits {patience:g} days", file=file, place="patience", mend=f"write days, from 0 to {MOST_DAYS:,}.")
    steps = tuple(_steps(top, file))
    scenarios = tuple(_scenarios(top, file))
    left_out = tuple(cast("list[str]", top.get("leave_out", [])))
    for at, one in checked_rows(top, "steps", STEPS, file):
        if one["name"] in left_out:
            mend = "take it from leave_out, or from the steps."
            raise SettingError(f"“{one['name']}” is on the map and left out", file=file, place=f"{at}.name", mend=mend)
    for at, one in checked_rows(top, "scenarios", SCENARIOS, file):
        for key in ("steps", "stoppers"):
            gone = sorted(set(one.get(key, ())) & set(left_out))
            if gone:
                mend = "take it from leave_out, or from the scenario."
                raise SettingError(f"“{gone[0]}” is left out, so nobody can be seen to do it", file=file, place=f"{at}.{key}", mend=mend)
    return JourneyMap(
        follow=cast("str", top.get("follow", NOTHING_MAPPED.follow)),
        step=cast("str", top.get("step", NOTHING_MAPPED.step)),
        patience=patience,
        leave_out=left_out,
        steps=steps,
        scenarios=scenarios,
    )


def _steps(top: Mapping[str, object], file: Path) -> Iterator[MappedStep]:
    rows = list(checked_rows(top, "steps", STEPS, file))
    if len(rows) > MOST_STEPS:
        mend = f'map at most {MOST_STEPS} steps, or follow stages: step = "stage".'
        raise SettingError(f"the mapped journey has {len(rows):,} steps", file=file, place="steps", mend=mend)
    names = [row["name"] for _, row in rows]
    for place, (at, row) in enumerate(rows):
        if row["name"] in names[:place]:
            mend = "name each step once; what may come again stands in next."
            raise SettingError(f"the step “{row['name']}” is on the map already", file=file, place=f"{at}.name", mend=mend)
        for other in row.get("next", ()):
            if other not in names:
                what = f"“{other}” is none of the steps of this map"
                raise UnknownNameError(what, kind="steps", name=other, file=file, place=f"{at}.next", mend=did_you_mean(other, names))
        yield MappedStep(**{**row, "next": tuple(row.get("next", ()))})


def _scenarios(top: Mapping[str, object], file: Path) -> Iterator[Scenario]:
    seen: set[str] = set()
    for at, row in checked_rows(top, "scenarios", SCENARIOS, file):
        if row["name"] in seen:
            raise SettingError(
                f"the scenario “{row['name']}” is there already", file=file, place=f"{at}.name", mend="give it another name."
            )
        seen.add(row["name"])
        try:
            yield Scenario(row["name"], tuple(row["steps"]), row.get("within"), tuple(row.get("stoppers", ())))
        except RequestError as error:
            raise SettingError(error.what, file=file, place=f"{at}.{error.place}", mend=error.mend) from error
