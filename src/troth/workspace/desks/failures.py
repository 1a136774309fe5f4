"""Who was let down, and how? The failures of an issue, a page at a time; each opens what happened to its customer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from django.urls import reverse

from troth.workspace.desks.exports import links
from troth.workspace.desks.failure_contexts import FailureRow, FailuresPage
from troth.workspace.desks.issues import Told
from troth.workspace.desks.paging import ROWS, pages_of
from troth.workspace.desks.whom import customer_at
from troth.workspace.issues.told import failures_of, issue_with
from troth.workspace.parts import wording
from troth.workspace.studies.contexts import head_of
from troth.workspace.studies.questions import address
from troth.workspace.studies.reading import OpenStudy

FOLLOWED = {
    "repeats": ("repeat contact", "repeat contacts"),
    "complaints": ("complaint", "complaints"),
    "returns": ("return", "returns"),
    "cancellations": ("cancellation", "cancellations"),
    "low_scores": ("low score", "low scores"),
}


def failures_page(opened: OpenStudy, key: str, number: int, areas: Collection[str] | None = None) -> FailuresPage:
    """The failures of one issue, the earliest first.

    :param areas: areas the reader may see; ``None`` is every area.
    :raises UnknownIssueError: the study has no such issue, or none that lies there.
    """
    told = Told(opened, areas)
    issue = issue_with(opened, key, areas)
    study = None if opened.entry.current else opened.number
    at = reverse("desks:failures", args=[key])
    pages = pages_of(issue.failures, number, lambda n: address(at, None, page=n, study=study))
    rows = failures_of(opened, key, areas).limit(ROWS, offset=(pages.number - 1) * ROWS).to_pyarrow().to_pylist()
    return FailuresPage(
        study=head_of(opened, "desks:issues"),
        title=wording.counted(issue.failures, "failure"),
        issue=told.row(issue).title,
        back=told.card_at(key),
        rows=tuple(_row(opened, row) for row in rows),
        pages=pages,
        exports=links(lambda name: told.card_at(key, format=name), ("csv", "parquet")),
    )


def _row(opened: OpenStudy, row: Mapping[str, Any]) -> FailureRow:
    contacts = [wording.counted(int(row["contacts"]), "contact")] if row["contacts"] else []
    said = [*contacts, *(wording.counted(int(row[name]), *words) for name, words in FOLLOWED.items() if row.get(name))]
    return FailureRow(
        who=row["customer"] or "nobody named",
        address=customer_at(opened, row["customer"], row["subject"]),
        subject=row["subject"] or "",
        what=str(row["what"] or row["kind"]),
        began=_moment(opened, row["first_at"]),
        ended=_moment(opened, row["last_at"]),
        where=", ".join(row[name] for name in ("stage", "touchpoint", "area") if row[name]),
        followed=wording.listed(said) or "nothing on record",
    )


def _moment(opened: OpenStudy, at: datetime | None) -> str:
    return wording.UNKNOWN if at is None else f"{at.replace(tzinfo=UTC).astimezone(opened.zone):%Y-%m-%d %H:%M}"
