"""What a study says of issues that people decided on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time

from troth.engine.issues.result import TOTAL, UNASSIGNED
from troth.workspace.issues.models import IssueRecord
from troth.workspace.issues.proposals import Kept, Proposal, StudyFact, proposals
from troth.workspace.issues.states import MENDED, State
from troth.workspace.studies.reading import OpenStudy


def keys_in(opened: OpenStudy) -> tuple[str, ...]:
    """Keys of the issues a study holds, those that cost most first."""
    keys = (str(issue.where["issue"]) for issue in opened.issues())
    return tuple(key for key in keys if key not in {UNASSIGNED, TOTAL})


def proposed_by(opened: OpenStudy, rows: Iterable[IssueRecord]) -> dict[str, Proposal]:
    """Key to what a study proposes for it. One short query for each issue that was mended and is there."""
    found = set(keys_in(opened))
    kept = [Kept(row.key, State(row.state), row.moved_at.astimezone(opened.zone).date()) for row in rows]
    facts = {one.key: study_fact(opened, one, found=one.key in found) for one in kept if one.state in MENDED or one.key in found}
    return {one.key: one for one in proposals(kept, facts, opened.number)}


def study_fact(opened: OpenStudy, one: Kept, *, found: bool) -> StudyFact:
    """What a study says of one issue since the day it came into its state."""
    if one.state not in MENDED:
        return StudyFact(found=found)
    first, last = (opened.record() or (one.since, one.since))[0], opened.as_of.date()
    before, since = _failures(opened, one.key, one.since) if found else (0, 0)
    return StudyFact(found, before, since, days_before=(one.since - first).days, days_since=(last - one.since).days)


def _failures(opened: OpenStudy, key: str, day: date) -> tuple[int, int]:
    """Failures of an issue that began before a local day, and since."""

    def ask() -> tuple[int, int]:
        instant = datetime.combine(day, time(), opened.zone).astimezone(UTC).replace(tzinfo=None)
        failed = opened.study.failures
        mine = failed.filter((failed.issue == key) & failed.first_at.notnull())
        counted = mine.agg(n=mine.count(), since=(mine.first_at >= instant).sum()).to_pyarrow().to_pylist()[0]
        return counted["n"] - (counted["since"] or 0), counted["since"] or 0

    return opened.remembered(("failures since", key, day), ask)
