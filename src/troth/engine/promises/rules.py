"""The fixed numbers of the verdict rules (domain.md c4 to c6), in one place and changeable by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Rules:
    """What the verdict rules leave open.

    :param contradiction_window: a receipt contradicted this soon after it flips KEPT to BROKEN (c4 rule 4).
    :param error_window: a promise made in error must be taken back this soon to be VOID (c4 rule 1).
    :param exceed_margin: how far beyond the promise a receipt must go to be EXCEEDED, in the unit (c4 rule 2).
    :param foreseeable: a void after this chance of a break counts as broken in the lower bound (c6, attack 4).
    :param confidence: below this a promise stays out of headline numbers (c3).
    :param shortest_window: length in minutes at which the ratio of a shorter window is taken (c5).
    :param ratio_cap: the largest ratio received over expected (c5).
    """

    contradiction_window: timedelta = timedelta(days=7)
    error_window: timedelta = timedelta(hours=1)
    exceed_margin: float = 0.0
    foreseeable: float = 0.5
    confidence: float = 0.8
    shortest_window: float = 60.0
    ratio_cap: float = 2.0


STANDARD_RULES = Rules()

LISTED_VOID_REASONS = ("customer", "duplicate", "error", "legal")
"""Reasons that can make a promise VOID (c4 rule 1). ``company`` is a break at once; with any other word, or none, the promise stands."""

CAMPAIGN_QUANTIFIERS = ("up_to", "from")
"""Wordings that promise something to a share of the buyers, so they are tested per campaign and not per row (c3)."""
