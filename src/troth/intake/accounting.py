"""Row accounting: every row read is used, or set aside for one reason. Nothing is dropped in silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NOT_EVENTS = ("filtered out", "duplicate key", "conflicting key", "unreadable row")
"""Reasons that say a row is no promise-bearing event at all; every other row counts in the coverage."""

NO_PROMISE = "no promise"

UNREAD = (NO_PROMISE, "bad date", "bad number", "missing value", "unknown word", "clock skipped")
"""Reasons that leave unknown what was promised, or whether it was kept: such a row is no promise on record."""


@dataclass(frozen=True, slots=True)
class SourceTally:
    """The rows of one mapping of one source.

    :param mapping: ``promises “delivery date”``, ``customers`` ...
    :param read: rows of the source, lines that could not be read counted in.
    :param used: rows that became rows of our table.
    :param set_aside: rows set aside by reason (a word of ``troth.terms.tables.REASONS``);
        ``read == used + sum(set_aside) + elsewhere``.
    :param elsewhere: rows the mapping is not about: its ``where`` does not hold, so they are another one's.
    :param noteworthy: rows used that are worth a note, by what (a word of ``troth.terms.tables.NOTEWORTHY``).
    :param flagged_kept: rows that bear no promise and that the source flags as kept; ``None`` where the mapping names no such flag.
    """

    source: str
    mapping: str
    kind: str
    promise: str | None
    read: int
    used: int
    set_aside: Mapping[str, int] = field(default_factory=dict)
    flagged_kept: int | None = None
    elsewhere: int = 0
    noteworthy: Mapping[str, int] = field(default_factory=dict)

    @property
    def balances(self) -> bool:
        """Every row is accounted for, once."""
        return self.read == self.used + sum(self.set_aside.values()) + self.elsewhere

    @property
    def events(self) -> int:
        """Promise-bearing events: rows of this kind, neither filtered out, nor repeated, nor unreadable (domain.md c6, attack 8)."""
        return self.read - self.elsewhere - sum(self.set_aside.get(reason, 0) for reason in NOT_EVENTS)

    @property
    def recorded(self) -> int:
        """Events whose promise can be read, whether it is possible or not."""
        return self.events - sum(self.set_aside.get(reason, 0) for reason in UNREAD)

    @property
    def coverage(self) -> float | None:
        """Share of events with a promise on record; ``None`` for other kinds of rows, and where there is no event."""
        return self.recorded / self.events if self.kind == "promises" and self.events else None
