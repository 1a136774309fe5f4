"""Disagreements that stand: somebody contests an issue's shares, and nothing was agreed or settled since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from troth.workspace.issues.models import IssueRecord, Standpoint

CADENCE_DAYS = 30
"""Days in which both officers meet at least once about what stands between them: one cadence, here and nowhere else."""

ESCALATES = 2
"""Cadences after which a disagreement goes to the tie-break role."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Shares of an issue that somebody contests.

    :param since: when the first contest that stands was made.
    :param contests: the standpoints that contest, the earliest first.
    """

    issue: IssueRecord
    since: datetime
    contests: tuple[Standpoint, ...]

    @property
    def escalates_at(self) -> datetime:
        """From when on it is the tie-break role's to settle."""
        return self.since + timedelta(days=CADENCE_DAYS * ESCALATES)


def disagreement_of(row: IssueRecord) -> Disagreement | None:
    """What stands between people on one issue; ``None`` where nothing does."""
    return next(iter(_gathered(Standpoint.objects.filter(issue=row))), None)


def disagreements() -> tuple[Disagreement, ...]:
    """Every disagreement that stands, the oldest first."""
    return _gathered(Standpoint.objects.all())


def _gathered(rows: QuerySet[Standpoint]) -> tuple[Disagreement, ...]:
    live = rows.filter(contests=True, ended_at=None).select_related("issue", "role", "by").order_by("at", "pk")
    found: dict[int, list[Standpoint]] = {}
    for one in live:
        found.setdefault(one.issue_id, []).append(one)
    return tuple(Disagreement(held[0].issue, held[0].at, tuple(held)) for held in found.values())
