"""What a chasm and a reach mean together (domain.md e7). Accountability wider than control is often intended: 0% is not the target."""

from __future__ import annotations

WIDE, NARROW, ENOUGH = 0.5, 0.2, 0.5
"""Above the first a chasm is wide, below the second it is narrow; from the third on a reach is enough."""

CANNOT_EXECUTE = "cannot execute"
BY_INFLUENCE = "works by influence: protect it, write it down"
CHECK_CARING = "check that areas have not stopped caring"
SHARED = "executes part by itself, and needs others for the rest"
NO_ASKS = "beyond its grants; no ask is on record that would show influence"
CANNOT_TELL = "cannot tell"
NOT_THE_TARGET = "0% is not the target: accountability wider than control is often intended."


def reading(chasm: float | None, reach: float | None) -> str:
    """The rule of use that holds.

    :param chasm: 0 to 1; ``None`` is unknown. :param reach: likewise.
    """
    if chasm is None:
        return CANNOT_TELL
    if chasm < NARROW:
        return CHECK_CARING
    if chasm <= WIDE:
        return SHARED
    if reach is None:
        return NO_ASKS
    return BY_INFLUENCE if reach >= ENOUGH else CANNOT_EXECUTE
