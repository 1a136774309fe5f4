"""The journeys behind a number of Journeys: exactly those it counts, each with whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.urls import reverse

from troth.engine.history import HISTORY_FILE
from troth.engine.journeys.studying import WALKS
from troth.workspace.desks.paging import ROWS, pages_of
from troth.workspace.desks.walk_contexts import WalkRow, WalksPage
from troth.workspace.desks.whom import customer_at
from troth.workspace.parts import wording
from troth.workspace.studies.behind.walks import DEPARTURE, DEVIATION, NOUNS, PLACES, REACHED, TOUCHPOINT, WORDS, Wanted, began, walks
from troth.workspace.studies.contexts import head_of
from troth.workspace.studies.questions import address
from troth.workspace.studies.reading import OpenStudy


def walks_at(opened: OpenStudy, of: str, step: str, to: str = "", *, count: int = 1) -> str:
    """Address of the journeys behind a number; empty where it is 0, or where the study does not keep their rows."""
    if not count or not (opened.study.reading.folder / (HISTORY_FILE if of == TOUCHPOINT else WALKS)).is_file():
        return ""
    study = None if opened.entry.current else opened.number
    return address(reverse("desks:walks"), None, of=of, step=step, to=to, study=study)


def walks_page(opened: OpenStudy, asked: Wanted, number: int) -> WalksPage:
    """The journeys asked for, the latest first, a page at a time.

    :raises UnknownWalksError: the study keeps no rows of them. :raises RequestError: there is no such step, path or deviation.
    """
    rows, moments, first = walks(opened, asked), asked.of in NOUNS, began(asked)
    count = opened.remembered(("walks", asked), lambda: int(rows.count().to_pyarrow().as_py()))
    here = walks_at(opened, asked.of, asked.step, asked.to)
    pages = pages_of(count, number, lambda n: f"{here}&page={n}")
    found = rows.limit(ROWS, offset=(pages.number - 1) * ROWS).to_pyarrow().to_pylist()
    return WalksPage(
        study=head_of(opened, "desks:journeys"),
        title=wording.counted(count, NOUNS.get(asked.of, "journey")),
        of=_of(opened, asked),
        moments=moments,
        back=address(reverse("desks:journeys"), None, study=None if opened.entry.current else opened.number),
        rows=tuple(_row(opened, row, first) for row in found),
        pages=pages,
    )


def _of(opened: OpenStudy, asked: Wanted) -> str:
    """What they have in common, in words."""
    if asked.of == DEVIATION:
        return WORDS[DEVIATION].format(f"{asked.step}, “{asked.to}”" if asked.to else asked.step)
    if asked.of == DEPARTURE and not asked.step:
        return f"that began off the map, with “{asked.to}”"
    if asked.of == REACHED and not opened.journey_map().steps:
        return f"that came to “{asked.step}”"
    return {**PLACES, **WORDS}[asked.of].format(asked.step, asked.to)


def _row(opened: OpenStudy, row: Mapping[str, Any], first: str) -> WalkRow:
    return WalkRow(
        journey=str(row["journey"]),
        who=row["person"] or "",
        address=customer_at(opened, row["person"]) if row["person"] else "",
        began=_moment(opened, row[first]),
        ended=_moment(opened, row["end"]) if "end" in row else "",
        steps=row.get("events"),
    )


def _moment(opened: OpenStudy, at: datetime) -> str:
    return f"{at.replace(tzinfo=UTC).astimezone(opened.zone):%Y-%m-%d %H:%M}"
