"""The guards of a study as a file: JSON, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from troth.engine.findings import Figure
from troth.engine.guards.result import NOT_JUDGED, Conflict, Guard, Guards, LimitBin, MatterCost, OutcomeTest, Watermelon
from troth.terms.measures import Measure
from troth.terms.vocabulary import Direction

GUARDS = "measures.json"
"""File of the study."""


def write_guards(folder: Path, told: Guards) -> None:
    """Keep the guards in the folder of a study."""
    text = json.dumps(asdict(told), ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    (folder / GUARDS).write_text(text + "\n", encoding="utf-8")


def read_guards(folder: Path) -> Guards:
    """The guards a study keeps; none where it was made before there were any.

    :raises ValueError: the file is no JSON.
    """
    path = folder / GUARDS
    if not path.exists():
        return Guards(notes=(NOT_JUDGED,))
    told = json.loads(path.read_text(encoding="utf-8"))
    return Guards(
        tuple(_guard(one) for one in told["measures"]),
        tuple(_made(Conflict, one) for one in told["conflicts"]),
        tuple(_made(Watermelon, one) for one in told["watermelons"]),
        tuple(told["notes"]),
    )


def _guard(record: Mapping[str, Any]) -> Guard:
    measure = record["measure"]
    said = {**measure, "direction": Direction(measure["direction"]), "paired": tuple(measure["paired"])}
    matter = record["matter"]
    made: Guard = _made(
        Guard,
        record,
        measure=Measure(**said),
        tests=tuple(_made(OutcomeTest, one, direction=Direction(one["direction"])) for one in record["tests"]),
        bins=tuple(LimitBin(**one) for one in record["bins"]),
        matter=None if matter is None else _made(MatterCost, matter),
        notes=tuple(record["notes"]),
    )
    return made


def _made(kind: type[Any], record: Mapping[str, Any], **instead: Any) -> Any:
    """A dataclass from its record; what is a figure becomes one again."""
    figures = {one.name for one in fields(kind) if one.type == "Figure"}
    told = {name: Figure(**value) if name in figures else value for name, value in record.items()}
    return kind(**{**told, **instead})
