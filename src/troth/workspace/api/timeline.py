"""Who did what to which thing, and when: the audit log."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from troth.workspace.api.documents import Listed
from troth.workspace.api.paging import USUAL, Cursor, Limit, cursor_to, position_of
from troth.workspace.timeline.chain import verify
from troth.workspace.timeline.models import Entry

router = Router(tags=["Timeline"])

Word = Annotated[str | None, Query(None, max_length=200)]


class EntryOut(Schema):
    """One act."""

    number: int
    at: datetime
    person: str = Field(alias="actor_name")
    role: str = Field(alias="actor_role")
    verb: str
    kind: str = Field(alias="thing_kind")
    thing: str = Field(alias="thing_words")
    before: Any
    after: Any
    address: str
    previous: str = Field(description="Digest of the entry before.")
    digest: str

    @staticmethod
    def resolve_before(row: Entry) -> Any:
        """What was, as JSON."""
        return json.loads(row.before) if row.before else None

    @staticmethod
    def resolve_after(row: Entry) -> Any:
        """What is since, as JSON."""
        return json.loads(row.after) if row.after else None


class Checked(Schema):
    """Is the chain whole?"""

    whole: bool
    entries: int
    head: str = Field(description="Digest of the last entry.")
    why: str


@router.get("", response=Listed[EntryOut], url_name="timeline", summary="Who did what?")
def entries(
    request: HttpRequest,
    person: Word = None,
    kind: Word = None,
    verb: Word = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: Limit = USUAL,
    cursor: Cursor = "",
) -> dict[str, Any]:
    """Every act, the latest first. Nothing is changed or taken out: each entry holds the digest of the one before."""
    found = Entry.objects.order_by("-number")
    asked = {"actor_name": person, "thing_kind": kind, "verb": verb, "at__gte": since, "at__lt": until}
    found = found.filter(**{name: value for name, value in asked.items() if value is not None})
    last = next(iter(position_of(request, cursor)), None)
    rows = list((found if last is None else found.filter(number__lt=last))[: limit + 1])
    return {"rows": rows[:limit], "next": cursor_to(request, [rows[limit - 1].number]) if len(rows) > limit else None}


@router.get("/check", response=Checked, url_name="timeline-check", summary="Is the record as it was written?")
def check(request: HttpRequest) -> dict[str, Any]:
    """Follow the chain from the first entry to the last."""
    found = verify()
    return {"whole": found.whole, "entries": found.entries, "head": found.head, "why": found.why}
