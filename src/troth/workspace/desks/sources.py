"""Sources: can I trust the numbers?"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from django.urls import reverse

from troth.engine.findings import Calibration, FlagAgreement, SourceAccount
from troth.terms.tables import NOTEWORTHY, REASONS
from troth.workspace.desks.both import LOW_COVERAGE
from troth.workspace.desks.contexts import (
    AsideRow,
    Condition,
    CoverageRow,
    FlagRow,
    GateRow,
    NoteRow,
    ReasonRow,
    Sentence,
    SetAsidePage,
    SourceRow,
    SourcesPage,
)
from troth.workspace.desks.customers import receipts_sentence
from troth.workspace.desks.exports import links
from troth.workspace.desks.paging import ROWS, pages_of
from troth.workspace.desks.sentences import spoken
from troth.workspace.parts import wording
from troth.workspace.studies.contexts import head_of
from troth.workspace.studies.periods import EVERYTHING
from troth.workspace.studies.questions import Question, address
from troth.workspace.studies.reading import OpenStudy
from troth.workspace.studies.rows import Aside, check_aside, rows_set_aside


def sources_page(opened: OpenStudy) -> SourcesPage:
    """Row accounting, freshness, coverage and the calibration gate."""
    sources = opened.study.sources
    rows = tuple(_source(row, opened) for row in sources)
    return SourcesPage(
        study=head_of(opened, "desks:sources"),
        sentence=_sentence(rows),
        sources=rows,
        coverage=tuple(_coverage(opened, name, *counts) for name, counts in opened.study.manifest.coverage.items()),
        flags=tuple(_flag(row) for row in opened.flags()),
        gates=tuple(_gate(gate) for gate in opened.study.calibration),
        set_aside=_aside_at(opened, Aside()) if any(row.set_aside for row in rows) else "",
        notes=tuple(note for note in sources.notes if not note.startswith("“")),
        receipts=receipts_sentence(opened),
    )


def set_aside_page(opened: OpenStudy, aside: Aside, number: int) -> SetAsidePage:
    """The rows set aside, a page at a time.

    :raises RequestError: a source, mapping or reason that set nothing aside.
    """
    check_aside(opened, aside)
    rows = rows_set_aside(opened, aside)
    count = opened.remembered(("set aside", aside), lambda: int(rows.count().to_pyarrow().as_py()))
    pages = pages_of(count, number, lambda n: _aside_at(opened, aside, page=n))
    found = rows.limit(ROWS, offset=(pages.number - 1) * ROWS).to_pyarrow().to_pylist()
    return SetAsidePage(
        study=head_of(opened, "desks:sources"),
        title=f"{wording.counted(count, 'row')} set aside",
        meaning=REASONS.get(aside.reason, "") if aside.reason else "",
        conditions=tuple(
            Condition(f"{name}: {value}", _aside_at(opened, Aside(**{**aside.pairs(), name: None})))
            for name, value in aside.pairs().items()
        ),
        rows=tuple(_aside_row(row) for row in found),
        pages=pages,
        exports=links(lambda name: _aside_at(opened, aside, format=name), ("csv", "parquet")),
    )


def _aside_at(opened: OpenStudy, aside: Aside, **further: object) -> str:
    return address(reverse("desks:set-aside"), None, **aside.pairs(), **further, study=None if opened.entry.current else opened.number)


def _source(row: SourceAccount, opened: OpenStudy) -> SourceRow:
    aside = sum(row.set_aside.values())
    return SourceRow(
        source=row.source,
        mapping=row.mapping,
        files=row.files,
        read=row.read,
        used=row.used,
        set_aside=aside,
        used_share=row.used / row.read if row.read else None,
        freshest=_freshest(row.freshest, opened),
        reasons=tuple(
            ReasonRow(reason, REASONS.get(reason, ""), count, count / row.read, _aside_at(opened, Aside(row.source, row.mapping, reason)))
            for reason, count in sorted(row.set_aside.items(), key=lambda pair: -pair[1])
            if count
        ),
        elsewhere=row.elsewhere,
        notes=tuple(NoteRow(word, NOTEWORTHY.get(word, ""), count) for word, count in row.noteworthy.items()),
    )


def _flag(row: FlagAgreement) -> FlagRow:
    words = {"yes": "kept", "no": "not kept", None: "nothing"}[row.flagged]
    agreed = {"yes": row.kept, "no": row.broken, None: None}[row.flagged]
    return FlagRow(row.name, words, row.due, row.kept, row.broken, None if agreed is None else agreed / row.due)


def _freshest(text: str | None, opened: OpenStudy) -> str:
    """The latest instant in a source, in the project's zone; as it stands where it is no instant."""
    if not text:
        return ""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return wording.moment(found if found.tzinfo else found.replace(tzinfo=UTC), opened.zone)


def _coverage(opened: OpenStudy, name: str, recorded: int, bearing: int) -> CoverageRow:
    share = recorded / bearing if bearing else None
    low = share is not None and share < LOW_COVERAGE
    words = "unknown" if share is None else f"{wording.percent(share)}{', below 90%: read with care' if low else ''}"
    study = None if opened.entry.current else opened.number
    rows = address(reverse("desks:ledger"), Question(("month",), (("name", name),)), period=EVERYTHING, study=study) if recorded else ""
    return CoverageRow(name, recorded, bearing, share, words, low, rows)


def _gate(gate: Calibration) -> GateRow:
    return GateRow(
        name=gate.name,
        mode=gate.mode,
        passed=gate.passed,
        n=gate.n,
        predicted=gate.predicted,
        observed=gate.observed,
        limit=None if math.isnan(gate.limit) else gate.limit,  # where nothing could be judged
        pit_distance=gate.pit_distance,
        slope=gate.slope,
        reached=gate.coverage_of_capability,
        banner=gate.banner or "",
    )


def _aside_row(row: dict[str, Any]) -> AsideRow:
    def text(name: str) -> str:
        return "" if row[name] is None else str(row[name])

    return AsideRow(text("source"), text("mapping"), text("file"), row["line"], text("row"), text("column"), text("value"), text("reason"))


def _sentence(rows: tuple[SourceRow, ...]) -> Sentence:
    read, used = sum(row.read - row.elsewhere for row in rows), sum(row.used for row in rows)
    aside = sum(row.set_aside for row in rows)
    if not read:
        return spoken("No row was read.")
    used_words = f"Of *{wording.whole(read)}* rows read, *{wording.whole(used)}* are used"
    if not aside:
        return spoken(f"{used_words}. Nothing was set aside.")
    return spoken(f"{used_words} and *{wording.whole(aside)}* set aside, each with its reason. Nothing was dropped in silence.")
