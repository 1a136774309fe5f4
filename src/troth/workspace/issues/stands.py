"""Where issues stand on a study, which of them somebody may open, and where each is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.urls import reverse

from troth.workspace.issues.contexts import Stand
from troth.workspace.issues.disagreements import disagreements
from troth.workspace.issues.facts import keys_in, proposed_by
from troth.workspace.issues.models import IssueRecord
from troth.workspace.issues.showing import stand_of
from troth.workspace.issues.told import issues_of, key_of
from troth.workspace.people.guard import Standing
from troth.workspace.people.permissions import Extent
from troth.workspace.studies.links import Shown, may_follow, with_open_links
from troth.workspace.studies.questions import address
from troth.workspace.studies.reading import OpenStudy


def stands_of(opened: OpenStudy, rows: Mapping[str, IssueRecord], standing: Standing) -> dict[str, Stand]:
    """Key to where the issue stands, of those somebody has acted on."""
    proposed = proposed_by(opened, rows.values())
    contested = {one.issue.key for one in disagreements()}
    today = standing.at.astimezone(opened.zone).date()
    return {key: stand_of(row, proposed.get(key), contested=key in contested, today=today) for key, row in rows.items()}


def openable(opened: OpenStudy, standing: Standing) -> Callable[[str], bool]:
    """Tells whether somebody may open the card of an issue, as :func:`subject_of` finds it for them."""
    extent, there = standing.extent("desks:issue"), set(keys_in(opened))
    acted_on = IssueRecord.objects.values_list("key", "areas") if extent is not Extent.NONE else ()
    if extent is Extent.ALL:
        return (there | {key for key, _ in acted_on}).__contains__
    mine = {key_of(issue) for issue in issues_of(opened, standing.areas)} if extent is Extent.OWN else set[str]()
    mine |= {key for key, areas in acted_on if key not in there and not standing.areas.isdisjoint(areas)}
    return mine.__contains__


def with_own_links(shown: Shown, opened: OpenStudy, standing: Standing) -> Shown:
    """A page on the whole company, whose links lead somebody to what lies in their areas alone; as it is for who reads every area."""
    if standing.extent("desks:rows") is Extent.ALL:
        return shown
    return with_open_links(shown, may_follow(standing, standing.areas, openable(opened, standing)))


def told_at(opened: OpenStudy, key: str) -> str:
    """Address of an issue's card on this study."""
    return address(reverse("desks:issue", args=[key]), None, study=None if opened.entry.current else opened.number)
