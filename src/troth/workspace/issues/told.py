"""Issues of a study as somebody may see them: which there are, what they are called, and what an act on one is about."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import ibis.expr.types as ir

from troth.engine.findings import Findings
from troth.engine.issues.cubes import MONTH, WHAT
from troth.engine.issues.owning import UNKNOWN
from troth.engine.issues.result import TOTAL, UNASSIGNED, Issue
from troth.terms.errors import RequestError, did_you_mean
from troth.workspace.issues.facts import keys_in
from troth.workspace.issues.models import IssueRecord
from troth.workspace.issues.operations import Subject
from troth.workspace.parts import wording
from troth.workspace.studies.reading import TEXT_DIMENSIONS, OpenStudy

HEADS = {UNASSIGNED: "Unassigned", TOTAL: "Total"}
"""Rows beneath the issues."""

MOST_FIRST = 3
"""Issues that Both desks names."""


class UnknownIssueError(RequestError):
    """An issue the study does not have."""

    status = 404


def issues_of(opened: OpenStudy, areas: Collection[str] | None) -> Findings[Issue]:
    """The issues somebody sees, with what is in none and the total; who sees only their areas, those their areas share, made or keep.

    :param areas: areas the reader may see; ``None`` is every area.
    """
    found = opened.issues()
    if areas is None:
        return found
    sides = opened.areas_of_issues()

    def mine(issue: Issue) -> bool:
        made, kept = sides.get(key_of(issue), ((), ()))
        return key_of(issue) not in HEADS and not set(areas).isdisjoint([*issue.areas, *made, *kept])

    return replace(found, rows=tuple(row for row in found if mine(row)), notes=())


def issue_with(opened: OpenStudy, key: str, areas: Collection[str] | None = None) -> Issue:
    """The issue of this key.

    :param areas: areas the reader may see; ``None`` is every area.
    :raises UnknownIssueError: there is none, or none that lies there; with the nearest key there is.
    """
    known = {key_of(issue): issue for issue in issues_of(opened, areas) if key_of(issue) not in HEADS}
    if key not in known:
        mend = did_you_mean(key, known) or "this study has no issues; run it again to look for them."
        raise UnknownIssueError(f"there is no issue “{key[:60]}” in this study.", place="issue", mend=mend)
    return known[key]


def failures_of(opened: OpenStudy, key: str, areas: Collection[str] | None = None) -> ir.Table:
    """The failures of one issue, the earliest first.

    :raises UnknownIssueError: as :func:`issue_with`.
    """
    issue_with(opened, key, areas)
    failed = opened.study.failures
    return failed.filter(failed.issue == key).order_by("first_at", "source", "row")


def subject_of(opened: OpenStudy, key: str, areas: Collection[str] | None) -> Subject:
    """An issue as the study tells it, or as somebody last acted on it where the study does not hold it.

    :param areas: areas the reader may see; ``None`` is every area.
    :raises UnknownIssueError: there is none, or none that lies there.
    """
    known = {key_of(issue) for issue in issues_of(opened, areas)} - HEADS.keys()
    named = key not in known and key not in keys_in(opened) and key.isprintable()  # PostgreSQL is asked for no text it cannot hold
    row = IssueRecord.objects.filter(key=key).first() if named else None
    if row is not None and (areas is None or not set(areas).isdisjoint(row.areas)):
        return Subject(key, row.words, tuple(row.areas), {}, row.study)
    issue = issue_with(opened, key, areas)
    made, kept = opened.areas_of_issues().get(key, ((), ()))
    lies_in = tuple(area for area in dict.fromkeys([*issue.areas, *made, *kept]) if area != UNKNOWN)
    return Subject(key, place_words(opened, issue.rule), lies_in, issue.areas, opened.number)


def key_of(issue: Issue) -> str:
    """The issue's key; ``unassigned`` or ``total``."""
    return str(issue.where["issue"])


def place_words(opened: OpenStudy, rule: Mapping[str, str | None]) -> str:
    """What failed and where: ``“delivery date” in September 2024 where region is North``."""
    when = rule.get(MONTH)
    told = f"“{rule.get(WHAT)}”" + (f" in {wording.month(when)}" if when else "")
    conditions = [condition_words(opened, name, value) for name, value in rule.items() if name != WHAT and not (name == MONTH and value)]
    return f"{told} where {wording.listed(conditions)}" if conditions else told


def condition_words(opened: OpenStudy, name: str, value: str | None) -> str:
    """One condition of a rule."""
    if name in {"made_by", "kept_by"}:
        did = "made it" if name == "made_by" else "keeps it"
        return f"{'nobody on record' if value is None else value} {did}"
    if name == MONTH and value:
        return f"{dimension_words(opened, name)} is {wording.month(value)}"
    return f"{dimension_words(opened, name)} is {UNKNOWN if value is None else value}"


def dimension_words(opened: OpenStudy, name: str) -> str:
    """A column of a rule in words; a rule may name one that no promise has."""
    return opened.dimensions.get(name) or TEXT_DIMENSIONS.get(name) or name.replace("_", " ")
