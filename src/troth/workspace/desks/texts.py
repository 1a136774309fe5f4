"""The texts behind a figure of In whose words: exactly those it counts, each with who wrote it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.urls import reverse

from troth.workspace.desks.paging import ROWS, pages_of
from troth.workspace.desks.text_contexts import TextRow, TextsPage
from troth.workspace.desks.whom import customer_at
from troth.workspace.parts import wording
from troth.workspace.studies.behind.texts import COUNTED, Wanted, names_of, shown, texts
from troth.workspace.studies.contexts import head_of
from troth.workspace.studies.questions import address
from troth.workspace.studies.reading import OpenStudy


def texts_at(opened: OpenStudy, *, theme: str = "", group: int | None = None, of: str = "", week: date | None = None) -> str:
    """Address of the texts behind a figure."""
    study = None if opened.entry.current else opened.number
    number = None if group is None else group + 1
    return address(reverse("desks:texts"), None, theme=theme, group=number, of=of, week=week and week.isoformat(), study=study)


def texts_page(opened: OpenStudy, asked: Wanted, number: int) -> TextsPage:
    """The texts asked for, the latest first, a page at a time.

    :raises RequestError: the study has no such theme or group, or does not keep when texts were written.
    """
    names = names_of(opened)
    rows, told = texts(opened, asked)
    count = opened.remembered(("texts", asked), lambda: int(rows.count().to_pyarrow().as_py()))
    study = None if opened.entry.current else opened.number
    here = texts_at(opened, theme=asked.theme, group=asked.group, of="" if asked.of == COUNTED else asked.of, week=asked.week)
    pages = pages_of(count, number, lambda n: f"{here}{'&' if '?' in here else '?'}page={n}")
    found = rows.limit(ROWS, offset=(pages.number - 1) * ROWS).to_pyarrow().to_pylist()
    theme = asked.theme if asked.theme in names else None
    return TextsPage(
        study=head_of(opened, "desks:themes"),
        title=wording.counted(count, "text"),
        of=told,
        back=address(reverse("desks:themes"), None, theme=theme, study=study),
        rows=tuple(_row(opened, row, names, study) for row in found),
        pages=pages,
    )


def _row(opened: OpenStudy, row: dict[str, Any], names: dict[str, str], study: int | None) -> TextRow:
    at: datetime | None = row["at"]
    theme = names.get(row["theme"] or "", "")
    return TextRow(
        when="" if at is None else f"{at.replace(tzinfo=UTC).astimezone(opened.zone):%Y-%m-%d %H:%M}",
        who=row["customer"] or row["subject"] or "",
        address=customer_at(opened, row["customer"], row["subject"]),
        subject=row["subject"] or "",
        text=shown(row["text"]),
        language=row["language"] or "",
        theme=theme,
        theme_address=address(reverse("desks:themes"), None, theme=row["theme"], study=study) if theme else "",
        row=f"{row['source']}, row {row['row']}",
    )
