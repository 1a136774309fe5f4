"""The newest act: whatever is told of acts stays right until there is a newer one."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from troth.workspace.timeline.models import Entry


class Newest(NamedTuple):
    """Number and instant of the newest entry; 0 and ``None`` before the first."""

    number: int
    at: datetime | None


def newest_act() -> Newest:
    """The newest entry of the timeline."""
    found = Entry.objects.order_by("-number").values_list("number", "at").first()
    return Newest(0, None) if found is None else Newest(*found)
