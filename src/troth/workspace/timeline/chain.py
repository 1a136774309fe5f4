"""Is the chain whole?"""

from __future__ import annotations

from dataclasses import dataclass

from troth.workspace.timeline.models import NOTHING, Entry

CHUNK = 2_000
"""Entries read at a time."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What a walk along the chain found.

    :param entries: entries that were walked, up to the first broken link.
    :param head: digest of the last good entry. Noted elsewhere, it shows later whether the end of the chain was cut off.
    :param broken_at: number at which the chain breaks first; ``None`` where it is whole.
    :param why: one sentence; empty where it is whole.
    """

    entries: int
    head: str
    broken_at: int | None = None
    why: str = ""

    @property
    def whole(self) -> bool:
        """Nothing was changed, taken out or put in."""
        return self.broken_at is None


def verify(*, noted: str = "") -> Verification:
    """Walk the whole chain, and stop at the first broken link.

    :param noted: a head that somebody noted earlier; the chain has to hold it still.
    """
    walked, head, seen = 0, NOTHING, noted in {"", NOTHING}
    for entry in Entry.objects.order_by("number").iterator(CHUNK):
        if entry.number != walked + 1:
            return Verification(walked, head, walked + 1, f"entry {walked + 1} is missing: the next one there is {entry.number}.")
        if entry.previous != head:
            return Verification(walked, head, entry.number, f"entry {entry.number} does not follow the one before it.")
        if entry.digest != entry.chained():
            return Verification(walked, head, entry.number, f"entry {entry.number} is not as it was written.")
        walked, head = entry.number, entry.digest
        seen = seen or head == noted
    if not seen:
        return Verification(
            walked, head, walked + 1, "the head that was noted is not in the chain: its end was cut off, or all of it was written anew."
        )
    return Verification(walked, head)
