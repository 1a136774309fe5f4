"""What ``--format json`` prints: one document per question, stable for programs (docs/documents.md).

Every document names itself and its format number, and the study it speaks of. A field may be added without a new number; none is
renamed, removed or given another meaning.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from troth.engine.findings import Findings
from troth.engine.guards import Guards
from troth.engine.journeys import Journeys
from troth.engine.purview import Chasm
from troth.project import Comparison, Entry, Study

FORMAT = 1
GUARDED = ("measures", "conflicts", "watermelons")


def of_findings(name: str, study: Study, findings: Findings[Any]) -> dict[str, Any]:
    """The document of a table of findings; a figure is an object with its value, interval and n."""
    return {**heading(name, study), **findings.plain()}


def of_issues(study: Study, findings: Findings[Any]) -> dict[str, Any]:
    """The document of the issues, with failure demand and the cash of nothing that failed, ``null`` where the study does not tell them."""
    demand, anyway = study.failure_demand, study.anyway
    return {
        **of_findings("issues", study, findings),
        "failure_demand": None if demand is None else asdict(demand),
        "anyway": None if anyway is None else asdict(anyway),
    }


def of_journeys(study: Study, found: Journeys, of: str, told: Findings[Any]) -> dict[str, Any]:
    """The document of one table of journeys: which it is, how many journeys and interactions it is made of, and its rows."""
    counts = {name: getattr(found, name) for name in ("read", "used", "set_aside", "journeys", "people", "anonymous", "variant_count")}
    notes = [*told.notes, *found.notes]
    return {**heading("journeys", study), "of": of, **counts, "notes": notes, "rows": [asdict(row) for row in told]}


def of_chasm(study: Study, found: Chasm) -> dict[str, Any]:
    """The document of purview: a row per structure, every area under each, asks and disciplines, and what all of it weighs."""
    parts = {name: [asdict(row) for row in getattr(found, name)] for name in ("areas", "asks", "disciplines")}
    whole = {"unit": found.unit, "at_risk": asdict(found.at_risk), "unknown": found.unknown, "left_out": found.left_out}
    return {**of_findings("purview", study, found), "reason": found.reason, **whole, **parts}


def of_measures(study: Study, found: Guards) -> dict[str, Any]:
    """The document of measures: each with its tests and the whole cost of a matter; conflicts between roles; watermelons."""
    return {**heading("measures", study), "notes": list(found.notes), **{name: asdict(found)[name] for name in GUARDED}}


def of_charter(study: Study, of: str, told: Findings[Any]) -> dict[str, Any]:
    """The document of one table of the charter: which it is, the version in force, and its rows."""
    charter = study.charter
    since = None if charter.effective_from is None else charter.effective_from.isoformat()
    return {**heading("charter", study), "of": of, "version": charter.version, "effective_from": since, **told.plain()}


def of_charter_changes(before: str, after: str, told: Findings[Any]) -> dict[str, Any]:
    """The document of what two versions of the charter say otherwise."""
    return {"document": "charter changes", "format": FORMAT, "before": before, "after": after, **told.plain()}


def of_check(remarks: Findings[Any]) -> dict[str, Any]:
    """The document of a check: every problem, hint and fact, and whether a study can be made."""
    sound = not any(remark.kind == "problem" for remark in remarks)
    return {"document": "check", "format": FORMAT, "sound": sound, "rows": [asdict(remark) for remark in remarks]}


def of_rows(name: str, study: Study, rows: Sequence[Mapping[str, Any]], *, total: int, notes: Sequence[str] = ()) -> dict[str, Any]:
    """The document of rows of a table: those printed, and how many there are."""
    return {**heading(name, study), "notes": list(notes), "total": total, "rows": list(rows)}


def of_entries(entries: Sequence[Entry]) -> dict[str, Any]:
    """The document of a project's studies."""
    return {"document": "studies", "format": FORMAT, "rows": [{**which(Study(e.folder, e.number)), **_standing(e)} for e in entries]}


def of_people(people: Sequence[Any]) -> dict[str, Any]:
    """The document of the workspace's people."""
    return {"document": "people", "format": FORMAT, "rows": [asdict(one) for one in people]}


def of_charters(versions: Sequence[Any]) -> dict[str, Any]:
    """The document of the versions of the charter, as the workspace keeps them."""
    rows = [{**asdict(one), "since": None if one.since is None else one.since.isoformat()} for one in versions]
    return {"document": "charters", "format": FORMAT, "rows": rows}


def of_audit(entries: int, head: str) -> dict[str, Any]:
    """The document of a record that is whole: how many entries, and the digest of the last."""
    return {"document": "audit", "format": FORMAT, "whole": True, "entries": entries, "head": head}


def of_comparison(before: Study, after: Study, comparison: Comparison) -> dict[str, Any]:
    """The document of what changed."""
    parts = {name: _plain(part) for name, part in vars_of(comparison).items() if name not in {"before", "after"}}
    notes = list(comparison.account.notes)
    return {"document": "compare", "format": FORMAT, "before": which(before), "after": which(after), "notes": notes, **parts}


def heading(name: str, study: Study) -> dict[str, Any]:
    """What every document about a study begins with."""
    return {"document": name, "format": FORMAT, "study": which(study)}


def which(study: Study) -> dict[str, Any]:
    """Which study it is."""
    manifest = study.manifest
    return {"number": study.number, "digest": study.digest, "as_of": manifest.as_of.isoformat(), "timezone": manifest.timezone}


def text(document: Mapping[str, Any]) -> str:
    """The document as JSON, with a line break at the end."""
    return json.dumps(document, indent=2, ensure_ascii=False, default=_encode) + "\n"


def vars_of(value: Any) -> dict[str, Any]:
    """The fields of a dataclass, not copied."""
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _standing(entry: Entry) -> dict[str, Any]:
    return {"current": entry.current, "published_at": entry.published_at, "folder": entry.folder}


def _plain(value: Any) -> Any:
    if isinstance(value, Findings):
        return [asdict(row) for row in value]
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def _encode(value: object) -> Any:
    match value:
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return float(value)
        case Path():
            return str(value)
    raise TypeError(f"no JSON for {type(value).__name__}")
