"""The occasions behind a count of Marketing or service: exactly those it counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from django.urls import reverse

from troth.engine.attribution.answers import Answered
from troth.workspace.desks.occasion_contexts import OccasionRow, OccasionsPage
from troth.workspace.desks.paging import ROWS, pages_of
from troth.workspace.desks.whom import customer_at
from troth.workspace.parts import wording
from troth.workspace.studies.behind.occasions import HAPPENED, Wanted, answer_of, met_on, occasions
from troth.workspace.studies.contexts import head_of
from troth.workspace.studies.questions import address
from troth.workspace.studies.reading import OpenStudy


def occasions_at(opened: OpenStudy, number: int, *, exposure: str = "", event: bool = False) -> str:
    """Address of the occasions behind a count; empty where the study does not keep them.

    :param number: of the answer, from 1. :param exposure: those on which it was met. :param event: those on which the event took place.
    """
    if opened.study.reading.occasions is None:
        return ""
    study = None if opened.entry.current else opened.number
    return address(reverse("desks:occasions"), None, answer=number, exposure=exposure, event=HAPPENED if event else None, study=study)


def occasions_page(opened: OpenStudy, number: int, exposure: str, event: str, page: int) -> OccasionsPage:
    """The occasions asked for, the latest first, a page at a time.

    :raises UnknownOccasionsError: there is no such answer, or its occasions are not kept.
    :raises RequestError: it has no such exposure, or ``event`` is no word it can be.
    """
    asked = Wanted(number, exposure, event)
    rows, one = occasions(opened, asked), answer_of(opened, asked)
    count = opened.remembered(("occasions", number, exposure, event), lambda: int(rows.count().to_pyarrow().as_py()))
    here = occasions_at(opened, number, exposure=exposure, event=bool(event))
    pages = pages_of(count, page, lambda n: f"{here}&page={n}")
    found = rows.limit(ROWS, offset=(pages.number - 1) * ROWS).to_pyarrow().to_pylist()
    met = met_on(opened, number, found)
    study = None if opened.entry.current else opened.number
    return OccasionsPage(
        study=head_of(opened, "desks:answers"),
        title=wording.counted(count, "occasion"),
        of=_of(one, exposure, event=bool(event)),
        question=one.question,
        back=f"{address(reverse('desks:answers'), None, study=study)}#question-{number}",
        rows=tuple(_row(opened, one, row, met) for row in found),
        pages=pages,
    )


def _of(one: Answered, exposure: str, *, event: bool) -> str:
    said = [f"met “{one.words(exposure)}”"] if exposure else []
    said += [f"with the event: {one.event}"] if event else []
    return ", ".join(said) or "that count"


def _row(opened: OpenStudy, one: Answered, row: Mapping[str, Any], met: Mapping[tuple[str, str], list[str]]) -> OccasionRow:
    return OccasionRow(
        when=f"{row['at'].replace(tzinfo=UTC).astimezone(opened.zone):%Y-%m-%d %H:%M}",
        who=row["customer"] or row["subject"] or "",
        address=customer_at(opened, row["customer"], row["subject"]),
        subject=row["subject"] or "",
        event=row["event"],
        met=wording.listed([one.words(name) for name in met.get((row["source"], row["row"]), [])]),
        row=f"{row['source']}, row {row['row']}",
    )
