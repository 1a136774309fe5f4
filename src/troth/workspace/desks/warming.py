"""Answer what the first reader will ask before the first reader comes: Both desks of the current study."""

from __future__ import annotations

import logging
import threading

from django.template.loader import render_to_string

from troth.terms.errors import TrothError
from troth.workspace.desks.accounts import AS_OF
from troth.workspace.desks.both import both_desks
from troth.workspace.desks.periods import settled
from troth.workspace.studies.questions import Question
from troth.workspace.studies.reading import lending, open_study

log = logging.getLogger("troth.workspace")


def warm() -> None:
    """Make the home page once and throw it away: its answers and its pictures are remembered."""
    try:
        with lending.desk():
            opened = open_study()
            render_to_string("desks/both.html", {"page": both_desks(opened, settled(opened, Question(), everything=False), mode=AS_OF)})
    except TrothError as error:  # the reader who asks will be told
        log.info("nothing to warm up: %s", error)


def warm_aside() -> None:
    """The same in a thread of its own, which ends with the process."""
    threading.Thread(target=warm, name="warm-up", daemon=True).start()
