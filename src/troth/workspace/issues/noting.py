"""Since when an issue is known: the first published study it stands in, noted after a study and, where that was missed, by a page."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from troth.terms.errors import TrothError
from troth.workspace.issues.facts import keys_in
from troth.workspace.issues.models import Appearance
from troth.workspace.issues.operations import note_appeared
from troth.workspace.issues.seen import ISSUE, STUDY
from troth.workspace.studies.reading import open_study, project

NOTED: dict[str, tuple[str, int]] = {}
"""By database: the studies this process has looked through, so that it looks again only after another one."""


def note_issues(at: datetime) -> None:
    """Note the issues of every published study that was not noted before, the earliest first; one that cannot be read is passed over."""
    entries = project().studies()
    key, state = str(connection.settings_dict["NAME"]), (str(project().path), max((entry.number for entry in entries), default=0))
    if NOTED.get(key) == state:
        return
    noted = set(Appearance.objects.filter(kind=STUDY).values_list("key", flat=True))
    for entry in entries:
        if str(entry.number) in noted:
            continue
        try:
            keys = keys_in(open_study(entry.number))
        except TrothError:  # a damaged study says nothing, and must not keep anybody from the others
            continue
        note_appeared(kinds={ISSUE: keys, STUDY: [str(entry.number)]}, study=entry.number, at=entry.published_at or at)
    NOTED[key] = state


def after_study(at: datetime) -> None:
    """What is done once a study is published: issues that are new are noted as of that day."""
    note_issues(at)
