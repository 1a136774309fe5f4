"""The manifest: what a study was made from, and the fingerprint of every table in it.

It holds nothing that changes between two runs on the same input and the same as-of: no time of writing, no place on a disk. So two
studies are the same study exactly when their manifests are equal to the byte.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from troth.engine.facts import charter_record
from troth.engine.findings import SourceAccount
from troth.project.shelf import MANIFEST
from troth.project.storage import sha256
from troth.terms.charter import Charter
from troth.terms.errors import DamagedStudyError, NoStudyError, StorageError
from troth.terms.journeys import JourneyMap
from troth.terms.measures import Measures

FORMAT = 1
"""Raised when a reader of older studies would misread a new one."""

_AS_STORED = ("name", "timezone", "currency", "made_with", "charter_version", "charter_digest", "fingerprints", "facts", "seeds")


@dataclass(frozen=True, slots=True)
class TableFacts:
    """One file of the study."""

    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a study and where it came from.

    :param as_of: the instant the study speaks of, with its offset.
    :param made_with: versions of Troth and of the engine.
    :param charter_version: what the charter in force at the as-of calls itself. :param charter_since: first day it was in force; empty
        where it always was.
    :param charter_digest: SHA-256 of the charter's content, whatever its version is called; the content is in the engine's tables.
    :param mappings: SHA-256 of what each file of sources/ says, by source; comments and layout do not count.
    :param sources: row accounting of each mapping.
    :param fingerprints: what each source's data was, by source.
    :param coverage: promise name to (recorded, promise-bearing events).
    :param facts: what the engine counted.
    :param seeds: the seed of everything drawn at random.
    :param kept_rules: keys of the issues whose rules were kept from the study before.
    :param kept_themes: keys of the themes handed on from it, by which themes stay themselves.
    :param decisions: SHA-256 of what curation.toml and review.toml say, where they are there.
    :param journeys_digest: SHA-256 of what journeys.toml says; empty where the study follows none.
    :param measures_digest: SHA-256 of what measures.toml says.
    :param tables: every other file of the study.
    """

    name: str
    as_of: datetime
    timezone: str
    currency: str
    made_with: Mapping[str, str]
    charter_version: str
    charter_digest: str
    mappings: Mapping[str, str]
    sources: tuple[SourceAccount, ...]
    fingerprints: Mapping[str, Any]
    coverage: Mapping[str, tuple[int, int]]
    facts: Mapping[str, Any]
    seeds: Mapping[str, int]
    kept_rules: tuple[str, ...] = ()
    kept_themes: tuple[str, ...] = ()
    decisions: Mapping[str, str] = field(default_factory=dict)
    journeys_digest: str = ""
    measures_digest: str = ""
    charter_since: str = ""
    tables: Mapping[str, TableFacts] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of the manifest, and through it of every table: studies of equal digests are equal, to the byte."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """The manifest as it stands in the study's folder."""
        document = {
            "format": FORMAT,
            "name": self.name,
            "as_of": self.as_of.isoformat(),
            "timezone": self.timezone,
            "currency": self.currency,
            "made_with": dict(self.made_with),
            "charter_version": self.charter_version,
            "charter_digest": self.charter_digest,
            "charter_since": self.charter_since,
            "mappings": dict(self.mappings),
            "sources": [asdict(source) for source in self.sources],
            "fingerprints": dict(self.fingerprints),
            "coverage": {name: list(counts) for name, counts in self.coverage.items()},
            "facts": dict(self.facts),
            "seeds": dict(self.seeds),
            "kept_rules": list(self.kept_rules),
            "kept_themes": list(self.kept_themes),
            "decisions": dict(self.decisions),
            "journeys_digest": self.journeys_digest,
            "measures_digest": self.measures_digest,
            "tables": {name: asdict(facts) for name, facts in self.tables.items()},
        }
        return _canonical(document)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The manifest of the study in ``folder``.

        :raises NoStudyError: the folder holds none.
        :raises DamagedStudyError: it cannot be read.
        :raises StorageError: a newer Troth wrote it.
        """
        file = folder / MANIFEST
        if not file.is_file():
            raise NoStudyError("there is no study here.", file=folder, mend="name a folder that holds a manifest.json.")
        try:
            document = json.loads(file.read_bytes())
            if document["format"] > FORMAT:
                raise StorageError("a newer Troth wrote this study.", file=file, mend="read it with that version.")
            return cls(
                as_of=datetime.fromisoformat(document["as_of"]),
                sources=tuple(SourceAccount(**source) for source in document["sources"]),
                coverage={name: (recorded, bearing) for name, (recorded, bearing) in document["coverage"].items()},
                tables={name: TableFacts(**facts) for name, facts in document["tables"].items()},
                mappings=document.get("mappings", {}),  # the first studies did not note them
                kept_rules=tuple(document.get("kept_rules", ())),  # nor these
                kept_themes=tuple(document.get("kept_themes", ())),
                decisions=document.get("decisions", {}),
                journeys_digest=document.get("journeys_digest", ""),  # nor this
                measures_digest=document.get("measures_digest", ""),
                charter_since=document.get("charter_since", ""),
                **{key: document[key] for key in _AS_STORED},
            )
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedStudyError(folder, [MANIFEST]) from error

    def lost(self, folder: Path) -> tuple[str, ...]:
        """The tables in ``folder`` that are missing or of another size: what can be told without reading them."""
        sizes = {name: (folder / name).stat().st_size if (folder / name).is_file() else None for name in self.tables}
        return tuple(name for name, facts in self.tables.items() if sizes[name] != facts.bytes)

    def damage(self, folder: Path) -> tuple[str, ...]:
        """The tables in ``folder`` that are missing or differ from the manifest, read anew from the disk where their size is right."""
        lost = self.lost(folder)
        return tuple(name for name, facts in self.tables.items() if name in lost or sha256(folder / name) != facts.sha256)


def tables_of(folder: Path) -> dict[str, TableFacts]:
    """Facts of every file under ``folder`` but the manifest, by its path inside, sorted."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    return {path.relative_to(folder).as_posix(): TableFacts(sha256(path), path.stat().st_size) for path in files}


def digest_of(charter: Charter) -> str:
    """SHA-256 of what a charter agrees; its version is only a name, and a signature judges nothing."""
    content = charter_record(charter)
    later = {"effective_from", "promises_since", "tie_break"}  # keys the first studies did not know count where they say something
    content = {key: value for key, value in content.items() if key not in later or value is not None}
    later = {"unit", "direction", "reason", "version", "made_from", "made_before"}
    content["lines"] = [{key: value for key, value in line.items() if key not in later or value is not None} for line in content["lines"]]
    for key in ("version", "signatures", "objections"):
        del content[key]
    return hashlib.sha256(_canonical(content)).hexdigest()


def digest_of_journeys(journeys: JourneyMap) -> str:
    """SHA-256 of how journeys are followed, and what they are held against."""
    return hashlib.sha256(_canonical(asdict(journeys))).hexdigest()


def digest_of_measures(measures: Measures) -> str:
    """SHA-256 of what people are judged by, and what it is paired with."""
    return hashlib.sha256(_canonical(asdict(measures))).hexdigest()


def digest_of_mapping(said: Mapping[str, object]) -> str:
    """SHA-256 of what a file of sources/ says, as TOML reads it: its comments, its layout and the order of its keys do not count."""
    return hashlib.sha256(_canonical(said)).hexdigest()


def _canonical(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True, allow_nan=False, default=str) + "\n").encode()
