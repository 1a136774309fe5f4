"""What a study remembers of its own making, as JSON: the charter and the mappings' words on each promise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date, datetime
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


def charter_record(charter: Charter) -> dict[str, Any]:
    """A charter as JSON holds it: what was agreed, without who signed and who objected, which judges nothing."""
    record = asdict(replace(charter, signatures=(), objections=()))
    days = {key: day.isoformat() for key in ("effective_from", "promises_since") if (day := record[key]) is not None}
    moments = [{key: at.isoformat() for key in ("made_from", "made_before") if (at := line[key]) is not None} for line in record["lines"]]
    return {**record, **days, "lines": [{**line, **spans} for line, spans in zip(record["lines"], moments, strict=True)]}


def charter_from(record: Mapping[str, Any]) -> Charter:
    """The charter again, from :func:`charter_record`; the first studies did not note its days."""
    return Charter(
        stages=tuple(record["stages"]),
        parties=tuple(Party(p["title"], Aspect(p["aspect"]), p["signed"]) for p in record["parties"]),
        areas=tuple(Area(a["name"], Aspect(a["aspect"])) for a in record["areas"]),
        touchpoints=tuple(Touchpoint(**t) for t in record["touchpoints"]),
        lines=tuple(_line_from(line) for line in record["lines"]),
        version=record["version"],
        effective_from=_day(record.get("effective_from")),
        promises_since=_day(record.get("promises_since")),
        tie_break=record.get("tie_break"),
    )


def _line_from(record: Mapping[str, Any]) -> Line:
    spans = {key: datetime.fromisoformat(at) for key in ("made_from", "made_before") if (at := record.get(key)) is not None}
    direction = record.get("direction")
    return Line(**{**record, **spans, "direction": None if direction is None else Direction(direction)})


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
