"""Which discipline is missing for a given lead: by the decisions its own grants made, never by titles (domain.md h4, S0.2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from troth.engine.findings import NO_DATA, Figure, Findings
from troth.engine.intervals import wilson
from troth.engine.purview.result import DisciplineShare
from troth.engine.purview.structures import Structures
from troth.terms.errors import RequestError
from troth.terms.roles import DISCIPLINES, Role

WINDOW = timedelta(days=180)


def disciplines(roles: Sequence[Role], structures: Structures, on: date | None) -> Findings[DisciplineShare]:
    """A row per structure and discipline: how many decisions of the last 180 days were its own, and how many of them held.

    :raises RequestError: there are decisions, and no day.
    """
    if not any(role.decisions for role in roles):
        return Findings((), ("structure", "discipline"))
    if on is None:
        raise RequestError("Decisions have dates, so which are recent depends on the day.", place="as_of", mend="give as_of=.")
    recent = [(role.title, one) for role in roles for one in role.decisions if on - WINDOW < one.on <= on]
    rows = []
    for name, titles in structures.items():
        for discipline in DISCIPLINES:
            every = [(title, one) for title, one in recent if one.discipline == discipline]
            own = [one for title, one in every if title in titles]
            looked = [one.held for one in own if one.held is not None]
            rows.append(
                DisciplineShare(
                    {"structure": name, "discipline": discipline},
                    len(own),
                    len(every),
                    _rate(len(own), len(every)),
                    _rate(sum(looked), len(looked)),
                    not own if every else None,
                )
            )
    return Findings(tuple(rows), ("structure", "discipline"))


def _rate(some: int, of: int) -> Figure:
    if not of:
        return NO_DATA
    limits = wilson(some / of, of)
    return Figure(some / of, limits.low, limits.high, of, None, limits.method)
