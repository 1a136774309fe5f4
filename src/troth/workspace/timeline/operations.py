"""The one write of this app: an entry more. Every operation of every app calls it, last, in its own transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from troth.workspace.timeline.models import NOTHING, Entry

LOCK = 7_402_655_210_446_131
"""Number of PostgreSQL's advisory lock that one writer of the chain holds at a time: arbitrary, and ours."""

LONGEST = 300
"""Characters of a thing's words that are kept."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, as they are named now, and from where.

    :param id: the person's key; ``None`` where it is nobody who signs in.
    :param name: the person's name.
    :param role: titles of the roles the person holds; empty where none.
    :param address: network address of the request; empty where there was none.
    """

    id: int | None
    name: str
    role: str = ""
    address: str = ""


TERMINAL = Actor(None, "the terminal")
"""Whoever gives commands on the machine the workspace runs on."""

STRANGER = Actor(None, "a stranger")
"""Somebody who has not signed in."""


@dataclass(frozen=True, slots=True)
class Thing:
    """What is acted on.

    :param kind: one word for what it is: person, role, grant, charter line.
    :param id: its key.
    :param words: how people call it, as it is called now.
    """

    kind: str
    id: str
    words: str


def record(
    *,
    actor: Actor,
    verb: str,
    thing: Thing,
    at: datetime,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> Entry:
    """Write the entry of an act, in the transaction of the act.

    Writers of the chain take turns until they commit: on SQLite because every transaction is IMMEDIATE, on PostgreSQL by an advisory
    lock. So call it last. Were both to fail, the number and the digest before can each be taken only once.

    :param at: when, with its zone.
    :param before: what changed, as it was; ``after`` as it is. Never a secret.
    :raises TransactionManagementError: there is no transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("an entry of the timeline is written in the transaction of the act it tells of")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    last = Entry.objects.order_by("-number").first()
    entry = Entry(
        number=last.number + 1 if last else 1,
        at=at,
        actor_id=actor.id,
        actor_name=actor.name,
        actor_role=actor.role[:200],
        verb=verb,
        thing_kind=thing.kind,
        thing_id=thing.id,
        thing_words=thing.words[:LONGEST],
        before=_text(before),
        after=_text(after),
        address=actor.address,
        previous=last.digest if last else NOTHING,
    )
    entry.digest = entry.chained()
    entry.save()
    return entry


def _text(said: Mapping[str, object] | None) -> str:
    """A side of a change as JSON text. Kept as text, so that no database writes it another way and changes the digest."""
    return "" if said is None else json.dumps(said, cls=DjangoJSONEncoder, sort_keys=True, allow_nan=False, ensure_ascii=False)
