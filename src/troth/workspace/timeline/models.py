"""The entries of the timeline."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC
from typing import Any, NoReturn

from django.db import models

from troth.terms.errors import TrothError

NOTHING = "0" * 64
"""The digest before the first entry."""


class WrittenOnceError(TrothError):
    """An entry of the timeline stays as it was written."""

    status = 409


class EntryRows(models.QuerySet["Entry"]):
    """Entries, to be read."""

    def update(self, **columns: object) -> NoReturn:  # noqa: ARG002 - Django's own signature
        """Refused.

        :raises WrittenOnceError: always.
        """
        raise _written_once()

    def delete(self) -> NoReturn:
        """Refused.

        :raises WrittenOnceError: always.
        """
        raise _written_once()


class Entry(models.Model):
    """One act: who did what to which thing, and when.

    The actor and the thing stand here as they were named then, not as references: an entry tells the same when they have changed since.
    Entries are numbered without a gap and each holds the digest of the one before, so that a change to any of them shows.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    actor_id = models.BigIntegerField(null=True, db_index=True)
    actor_name = models.CharField(max_length=200)
    actor_role = models.CharField(max_length=200, blank=True)
    verb = models.CharField(max_length=60, db_index=True)
    thing_kind = models.CharField(max_length=60)
    thing_id = models.CharField(max_length=200)
    thing_words = models.CharField(max_length=300)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    address = models.CharField(max_length=45, blank=True)
    previous = models.CharField(max_length=64, unique=True)
    digest = models.CharField(max_length=64, unique=True)

    objects = EntryRows.as_manager()

    class Meta:
        indexes = [models.Index(fields=["thing_kind", "thing_id"], name="timeline_thing")]

    def __str__(self) -> str:
        return f"{self.number}: {self.actor_name} {self.verb} {self.thing_words}"

    def save(self, *args: Any, **options: Any) -> None:
        """Write a new entry.

        :raises WrittenOnceError: it is written already.
        """
        if not self._state.adding:
            raise _written_once()
        super().save(*args, **{**options, "force_insert": True})

    def delete(self, *args: Any, **options: Any) -> NoReturn:  # noqa: ARG002 - Django's own signature
        """Refused.

        :raises WrittenOnceError: always.
        """
        raise _written_once()

    def content(self) -> dict[str, str | int | None]:
        """Everything the entry says, in the order of its columns: what is chained, and what is exported."""
        return {
            "number": self.number,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor_id": self.actor_id,
            "actor_name": self.actor_name,
            "actor_role": self.actor_role,
            "verb": self.verb,
            "thing_kind": self.thing_kind,
            "thing_id": self.thing_id,
            "thing_words": self.thing_words,
            "before": self.before,
            "after": self.after,
            "address": self.address,
        }

    def chained(self) -> str:
        """SHA-256, in hexadecimal, over the digest before and the entry's canonical JSON."""
        canonical = json.dumps(self.content(), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(f"{self.previous}\n{canonical}".encode("ascii")).hexdigest()


def _written_once() -> WrittenOnceError:
    return WrittenOnceError("an entry of the timeline stays as it was written.", mend="write a new entry that says what holds now.")
