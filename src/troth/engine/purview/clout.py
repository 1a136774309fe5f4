"""Clout: how likely an area accepts what is asked of it and delivers by the committed date (domain.md e7, S1.3).

    prior   Beta(2 m, 2 (1 - m)): the rate m of all areas, itself (kept + 1) / (settled + 2), worth two asks
    clout   (kept + 2 m) / (settled + 2) of the area, with the 95% limits of its Beta

Accepted alone is not enough: 9 of 10 accepted and 2 delivered makes a clout near .2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from troth.engine.findings import NO_DATA, Figure
from troth.engine.intervals import CONFIDENCE
from troth.engine.purview.result import AskRecord
from troth.terms.errors import RequestError
from troth.terms.roles import Ask

PRIOR = 2.0
"""Asks the rate of all areas is worth."""
ANSWER_WITHIN = timedelta(days=30)
"""Without an answer for longer, an ask counts as not accepted: silence is an answer too."""
METHOD = "beta-binomial, drawn to the rate of all areas (worth two asks)"

WITHDRAWN, PENDING, KEPT, FAILED = "withdrawn", "pending", "kept", "failed"


@dataclass(frozen=True, slots=True)
class Clout:
    """The clout in each area something was asked of."""

    rows: tuple[AskRecord, ...]

    def of(self, area: str) -> Figure:
        """The clout in one area; no data where nothing that was asked of it is settled."""
        return next((row.clout for row in self.rows if row.where["area"] == area), NO_DATA)


def clout(asks: Iterable[Ask], on: date | None, by: Sequence[str] | None = None) -> Clout:
    """Clout area by area.

    :param on: the day as of which fates are told. :param by: titles: only what these asked, and what nobody wrote down who asked.
    :raises RequestError: fates depend on the day, and none is given.
    """
    mine = [ask for ask in asks if by is None or ask.by is None or ask.by in by]
    fates = [(ask, fate(ask, on)) for ask in mine if ask.asked is None or on is None or ask.asked <= on]
    settled = Counter(kind for _, kind in fates)
    mean = (settled[KEPT] + 1) / (settled[KEPT] + settled[FAILED] + 2)
    rows = []
    for area in sorted({ask.area for ask, _ in fates}):
        here = [(ask, kind) for ask, kind in fates if ask.area == area]
        told = Counter(kind for _, kind in here)
        kept, all_told = told[KEPT], told[KEPT] + told[FAILED]
        accepted = sum(ask.accepted is True and kind != WITHDRAWN for ask, kind in here)
        figure = _figure(kept, all_told, mean) if all_told else NO_DATA
        rows.append(AskRecord({"area": area}, len(here), accepted, kept, all_told, told[PENDING], told[WITHDRAWN], figure))
    return Clout(tuple(rows))


def fate(ask: Ask, on: date | None) -> str:
    """What became of an ask as of a day: withdrawn, pending, kept (accepted, and delivered by the committed date) or failed.

    :raises RequestError: it depends on the day, and none is given.
    """
    if ask.withdrawn:
        return WITHDRAWN
    if ask.accepted is False:
        return FAILED
    delivered = ask.delivered is not None and (on is None or ask.delivered <= on)
    if ask.accepted and delivered:
        return KEPT if ask.due is None or (ask.delivered is not None and ask.delivered <= ask.due) else FAILED
    waits_for = ask.due if ask.accepted else None if ask.asked is None else ask.asked + ANSWER_WITHIN
    if waits_for is None:
        return PENDING
    if on is None:
        raise RequestError("Asks have dates, so what became of them depends on the day.", place="as_of", mend="give as_of=.")
    return FAILED if waits_for < on else PENDING


def _figure(kept: int, settled: int, mean: float) -> Figure:
    from scipy import special

    a, b = kept + PRIOR * mean, settled - kept + PRIOR * (1 - mean)
    tail = (1 - CONFIDENCE) / 2
    low, high = float(special.betaincinv(a, b, tail)), float(special.betaincinv(a, b, 1 - tail))
    return Figure(a / (a + b), low, high, settled, None, METHOD)
