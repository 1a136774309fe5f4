"""Answer what the first readers will ask before they come: every page of the current study, as soon as it is current."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from time import sleep

from django.db import close_old_connections
from django.db.utils import DatabaseError
from django.utils import timezone

from troth.terms.errors import TrothError
from troth.workspace.charter.evidence import evidence_of
from troth.workspace.charter.models import Version
from troth.workspace.charter.noting import read_project
from troth.workspace.charter.operations import today_in
from troth.workspace.charter.pages import agreed_on
from troth.workspace.desks.accounts import MODES
from troth.workspace.desks.answers import answers_page
from troth.workspace.desks.both import both_desks
from troth.workspace.desks.change import Sides, change_page
from troth.workspace.desks.customers import customers_page
from troth.workspace.desks.figures import PROMISES_VOTE
from troth.workspace.desks.issue_card import issue_page
from troth.workspace.desks.issues import issues_page
from troth.workspace.desks.journeys import journeys_page
from troth.workspace.desks.ledger import Ask, first_dimension, ledger_page, rows_page
from troth.workspace.desks.life_cycle import life_cycle_page
from troth.workspace.desks.measures import measures_page
from troth.workspace.desks.purview import purview_page
from troth.workspace.desks.sources import sources_page
from troth.workspace.desks.themes import themes_page
from troth.workspace.issues.facts import keys_in
from troth.workspace.issues.owed import accounts_by
from troth.workspace.studies.limits import SIDES
from troth.workspace.studies.periods import settled
from troth.workspace.studies.questions import AS_OF, Question
from troth.workspace.studies.reading import OpenStudy, lending, open_study, project

log = logging.getLogger("troth.workspace")

LOOK = 5.0
"""Seconds between two looks whether another study is current."""

MOST_CARDS = 30
"""Cards of issues that are made ahead, those that cost most first."""


def warm() -> None:
    """Make every page of the current study once and throw it away: its answers and its pictures are remembered."""
    try:
        with lending.desk():
            opened = open_study()
            for make in pages(opened):
                _made(make)
    except TrothError as error:  # the reader who asks will be told
        log.info("nothing to warm up: %s", error)


def pages(opened: OpenStudy) -> Iterator[Callable[[], object]]:
    """What makes each page, the first that is opened first."""
    question = settled(opened, Question(), everything=False)
    by = first_dimension(opened)
    yield lambda: both_desks(opened, question, mode=AS_OF)
    yield lambda: life_cycle_page(opened, question)
    yield lambda: ledger_page(opened, question, Ask("", 1, PROMISES_VOTE))
    yield lambda: ledger_page(opened, question.asked_by(by), Ask("", 1, PROMISES_VOTE))
    yield from (lambda side=side: accounts_by(opened, question, side) for side in SIDES if side in opened.dimensions)
    yield lambda: issues_page(opened)
    yield from (lambda key=key: issue_page(opened, key) for key in keys_in(opened)[:MOST_CARDS])
    yield lambda: _charter(opened)
    yield lambda: themes_page(opened)
    yield lambda: journeys_page(opened)
    yield lambda: answers_page(opened)
    yield lambda: purview_page(opened, "")
    yield lambda: measures_page(opened)
    yield lambda: change_page(opened, Question(), Sides("", "", "", ""))
    yield lambda: rows_page(opened, question, state="", number=1)
    yield lambda: rows_page(opened, question, state="broken", number=1)
    yield lambda: customers_page(opened)
    yield lambda: sources_page(opened)
    yield from (lambda mode=mode: both_desks(opened, question, mode=mode) for mode in MODES if mode != AS_OF)


def warm_aside() -> None:
    """Warm up, and again whenever another study has become current, in a thread of its own, which ends with the process."""
    threading.Thread(target=_keep_warm, name="warm-up", daemon=True).start()


def _keep_warm() -> None:
    warmed = None
    while True:
        current = _current()
        if current is not None and current != warmed:
            warm()
            warmed = current
        close_old_connections()
        sleep(LOOK)


def _current() -> str | None:
    """The folder of the current study."""
    try:
        return str(project().shelf.current().folder)
    except (TrothError, OSError):
        return None


def _charter(opened: OpenStudy) -> None:
    now = timezone.now()
    evidence_of(agreed_on(Version.objects.all(), today_in(read_project(now), now)), now, opened)


def _made(make: Callable[[], object]) -> None:
    try:
        make()
    except (TrothError, DatabaseError) as error:  # the reader who asks for it will be told
        log.info("a page was not made ahead: %s", error)
