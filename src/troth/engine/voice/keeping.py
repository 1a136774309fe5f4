"""What a study says of words, as files: written once, read again as it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from troth.engine.findings import Figure, Findings
from troth.engine.voice.identity import Memory, Remembered
from troth.engine.voice.results import Emerging, Lift, Spoken, StudyStatement, StudyTheme, TextsRead
from troth.engine.voice.studying import InWords

THEMES, TEXTS, MEMORY = "themes.json", "texts.parquet", "theme_memory.parquet"
"""Files of a study: what is said, the theme of each text used, and what tells themes again in a later study (only where there are any)."""


def keep(found: InWords, folder: Path) -> dict[str, Any]:
    """Write it; give the facts for the manifest."""
    document = {
        "read": asdict(found.read),
        **{name: rows.plain() for name, rows in (("themes", found.themes), ("emerging", found.emerging), ("statements", found.statements))},
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=_plain)
    (folder / THEMES).write_text(text + "\n", encoding="utf-8")
    pq.write_table(found.rows, folder / TEXTS, compression="zstd")
    if found.memory is not None:
        pq.write_table(_remembered(found.memory), folder / MEMORY, compression="zstd")
    return {
        "texts": found.read.on_record,
        "texts_read": found.read.used,
        "themes": len(found.themes),
        "themes_known": sum(row.known for row in found.themes),
        "embedder": found.read.embedder,
    }


def kept(folder: Path) -> InWords | None:
    """What a study wrote; ``None`` where it was made before there were themes."""
    if not (folder / THEMES).is_file():
        return None
    document = json.loads((folder / THEMES).read_text(encoding="utf-8"))
    notes = {name: tuple(document[name]["notes"]) for name in ("themes", "emerging", "statements")}
    read = document["read"]
    return InWords(
        themes=Findings(tuple(_theme(one) for one in document["themes"]["rows"]), ("theme",), notes["themes"]),
        emerging=Findings(tuple(_emerging(one) for one in document["emerging"]["rows"]), (), notes["emerging"]),
        statements=Findings(tuple(_statement(one) for one in document["statements"]["rows"]), ("statement",), notes["statements"]),
        read=TextsRead(**{**read, "since": _day(read["since"]), "until": _day(read["until"])}),
        rows=pq.read_table(folder / TEXTS),
        memory=kept_memory(folder),
    )


def kept_memory(folder: Path) -> Memory | None:
    """The themes a later study has to know again; ``None`` where there are none."""
    if not (folder / MEMORY).is_file():
        return None
    table = pq.read_table(folder / MEMORY)
    rows = table.to_pylist()
    model = (table.schema.metadata or {}).get(MODEL, b"").decode()
    return Memory(
        model,
        tuple(
            Remembered(row["key"], row["name"], tuple(row["anchor"]), row.get("seen"), tuple(row.get("spellings") or ())) for row in rows
        ),
    )


MODEL = b"model"
"""Where the file says what made the vectors."""


def _remembered(memory: Memory) -> pa.Table:
    return pa.table(
        {
            "key": pa.array([one.key for one in memory.themes], pa.string()),
            "name": pa.array([one.name for one in memory.themes], pa.string()),
            "anchor": pa.array([list(one.anchor) for one in memory.themes], pa.list_(pa.float64())),
            "seen": pa.array([one.seen for one in memory.themes], pa.date32()),
            "spellings": pa.array([list(one.spellings) for one in memory.themes], pa.list_(pa.string())),
        }
    ).replace_schema_metadata({MODEL: memory.model.encode()})


def _theme(record: Mapping[str, Any]) -> StudyTheme:
    read = {
        "share": Figure(**record["share"]),
        "words": tuple(record["words"]),
        "quotes": tuple(Spoken(**one) for one in record["quotes"]),
        "weeks": tuple(record["weeks"]),
        "lifts": tuple(_lift(one) for one in record["lifts"]),
    }
    return StudyTheme(**{**record, **read})


def _lift(record: Mapping[str, Any]) -> Lift:
    figures = {name: Figure(**record[name]) for name in ("with_theme", "without", "difference", "ratio")}
    return Lift(**{**record, **figures})


def _emerging(record: Mapping[str, Any]) -> Emerging:
    return Emerging(**{**record, "first": date.fromisoformat(record["first"]), "quotes": tuple(record["quotes"])})


def _statement(record: Mapping[str, Any]) -> StudyStatement:
    return StudyStatement(**{**record, "day": _day(record["day"]), "at": datetime.fromisoformat(record["at"])})


def _day(told: str | None) -> date | None:
    return None if told is None else date.fromisoformat(told)


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")
