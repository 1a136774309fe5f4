"""How far a study in the making has come, told from how long each step of the last one took."""

from __future__ import annotations

from collections.abc import Sequence

Steps = Sequence[tuple[str, float]]
"""Steps in their order, each with the seconds after the start at which it began."""

MOST = 0.99
"""No study is whole before it is published."""


def share_done(steps: Steps, seconds: float, last: Steps, last_seconds: float) -> float | None:
    """The share of a study that is done, by the time the same steps took last time.

    :param steps: steps begun so far; the last of them is going on.
    :param seconds: since this study started.
    :param last: steps of a study that was made whole.
    :param last_seconds: how long that one took.
    :returns: between 0 and :data:`MOST`; ``None`` where no study tells: none was made yet, or it had no such step.
    """
    if not steps or last_seconds <= 0:
        return None
    name, began = steps[-1]
    begins = dict(reversed([(words, second) for words, second in last]))
    if name not in begins:
        return None
    start = begins[name]
    end = min((second for second in begins.values() if second > start), default=last_seconds)
    return min(MOST, max(0.0, start + min(max(0.0, seconds - began), max(0.0, end - start))) / last_seconds)
