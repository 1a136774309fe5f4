"""What a study remembers of its own making, as JSON: the charter and the mappings' words on each promise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from troth.terms.charter import Area, Charter, Line, Party, Touchpoint
from troth.terms.vocabulary import Aspect, Direction, Noun, PromiseSpec, PromiseType, StageStep


def spec_record(spec: PromiseSpec) -> dict[str, Any]:
    """A spec as JSON holds it."""
    return {**asdict(spec), "has": sorted(spec.has)}


def spec_from(record: Mapping[str, Any]) -> PromiseSpec:
    """The spec again."""
    return PromiseSpec(
        name=record["name"],
        type=PromiseType(record["type"]),
        direction=Direction(record["direction"]),
        unit=record["unit"],
        source=record["source"],
        context=tuple(record["context"]),
        dimensions=tuple(record["dimensions"]),
        stages=tuple(StageStep(**step) for step in record["stages"]),
        has=frozenset(record["has"]),
        each=None if record.get("each") is None else Noun(**record["each"]),
        flagged_kept=record.get("flagged_kept"),
    )


def charter_from(record: Mapping[str, Any]) -> Charter:
    """The charter again, from ``asdict``."""
    return Charter(
        stages=tuple(record["stages"]),
        parties=tuple(Party(p["title"], Aspect(p["aspect"]), p["signed"]) for p in record["parties"]),
        areas=tuple(Area(a["name"], Aspect(a["aspect"])) for a in record["areas"]),
        touchpoints=tuple(Touchpoint(**t) for t in record["touchpoints"]),
        lines=tuple(Line(**line) for line in record["lines"]),
        version=record["version"],
    )
