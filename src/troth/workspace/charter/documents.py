"""From a charter to rows and back, without loss."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from troth.intake.agreement import read_charter, write_charter
from troth.terms import charter as terms
from troth.terms.charter import KEYS, Charter
from troth.terms.vocabulary import Direction
from troth.workspace.charter.models import Line, Objection, Version

NOT_OF_A_LINE = frozenset({"version", "made_from", "made_before"})
LINE_FIELDS: tuple[str, ...] = tuple(field.name for field in fields(terms.Line) if field.name not in NOT_OF_A_LINE)
"""What a line can say, in the order of its fields."""

_DEFAULT = {field.name: field.default for field in fields(terms.Line)}


def header_of(charter: Charter) -> str:
    """The canonical text of everything but lines, signatures and objections."""
    return write_charter(replace(charter, lines=(), signatures=(), objections=()))


def charter_of_header(text: str) -> Charter:
    """The charter a header describes; it has no line."""
    return read_charter(tomllib.loads(text), Path("header"))


def said_by(line: terms.Line) -> str:
    """What a line says, as canonical JSON: what goes without saying is left out."""
    said = {name: value for name in LINE_FIELDS if (value := getattr(line, name)) != _DEFAULT[name]}
    return canonical(said)


def line_of(said: str) -> terms.Line:
    """The line that says this."""
    values: dict[str, Any] = json.loads(said)
    if "direction" in values:
        values["direction"] = Direction(values["direction"])
    return terms.Line(**values)


def json_of(said: str) -> dict[str, Any]:
    """Canonical JSON of a line, a combination or an objection's keys, as values."""
    found: dict[str, Any] = json.loads(said)
    return found


def canonical(said: Any) -> str:
    """JSON in one way only, so that equal content is equal text."""
    return json.dumps(said, ensure_ascii=False, sort_keys=True, allow_nan=False)


def lines_of(version: Version) -> tuple[tuple[Line, terms.Line], ...]:
    """The lines that stand, as rows and as what they say, in their order."""
    return tuple((row, line_of(row.said)) for row in version.lines.filter(removed_at=None).order_by("position", "pk"))


def composed(version: Version, *, lines: Iterable[terms.Line] | None = None) -> Charter:
    """The charter as it stands in the rows.

    :param lines: where they were read already.
    """
    standing = tuple(line for _, line in lines_of(version)) if lines is None else tuple(lines)
    return replace(
        charter_of_header(version.header),
        lines=standing,
        signatures=tuple(
            terms.Signature(row.party, row.digest, row.on, row.by) for row in version.signatures.filter(superseded_at=None).order_by("pk")
        ),
        objections=tuple(objection_of(row) for row in version.objections.filter(removed_at=None).order_by("pk")),
    )


def objection_of(row: Objection) -> terms.Objection:
    """The objection a row holds."""
    return terms.Objection(
        party=row.party,
        reason=row.reason,
        on=row.on,
        **json.loads(row.keys),
        ruling=row.ruling or None,
        ruled_by=row.ruled_by,
        ruled_on=row.ruled_on,
        ruling_reason=row.ruling_reason,
    )


def keys_text(named: terms.Line | terms.Objection) -> str:
    """The keys of a line as canonical JSON."""
    return canonical(named.keys)


def cell_text(where: dict[str, str | None]) -> str:
    """A combination on record as canonical JSON; unknown keys are left out."""
    return canonical({key: where[key] for key in KEYS if where.get(key) is not None})
