"""What is asked of a table of readings: which columns play which part, checked."""

from __future__ import annotations

from dataclasses import dataclass

import ibis.expr.types as ir

from troth.terms.errors import RequestError, did_you_mean
from troth.terms.measures import CustomerOutcome, Measure

MOST_ROWS_OF_A_KIND = 40
"""Units, and kinds of comparable case, that are told apart; the others count together."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Readings of one measure, a row each.

    :param value: column of the reading. :param cluster: whose case it is: cases of one cluster are not independent.
    :param outcomes: with the column of yes and no of each. :param pressed: column of yes and no; ``None``: all work under the target.
    :param at: of a moment, UTC. :param unit: who was measured. :param comparable: what makes cases alike.
    :param handled: minutes the company spent, :param waited: minutes the customer waited.
    """

    table: ir.Table
    measure: Measure
    value: str
    cluster: str
    outcomes: tuple[tuple[CustomerOutcome, str], ...]
    pressed: str | None = None
    at: str | None = None
    unit: str | None = None
    comparable: tuple[str, ...] = ()
    handled: str | None = None
    waited: str | None = None

    def check(self) -> None:
        """Refuse what cannot be read.

        :raises RequestError: a column that is not there, or holds something else than it is named for.
        """
        for place, name in self._named():
            if name not in self.table.columns:
                raise RequestError(f"There is no column “{name}”.", place=place, mend=did_you_mean(name, self.table.columns))
            kind = self.table[name].type()
            if place in {"value", "handled", "waited"} and not (kind.is_numeric() or kind.is_null()):
                raise RequestError(f"Column “{name}” holds {kind}, not numbers.", place=place, mend="cast it.")
            if place in {"pressed", "outcomes"} and not (kind.is_boolean() or kind.is_null()):
                mend = "say when it holds, such as `days_late > 2`, and hand that in."
                raise RequestError(f"Column “{name}” holds {kind}, not true and false.", place=place, mend=mend)
            if place == "at" and not (kind.is_timestamp() or kind.is_date()):
                raise RequestError(f"Column “{name}” holds {kind}, not moments.", place=place, mend="cast it.")

    def _named(self) -> list[tuple[str, str]]:
        parts = ("value", "cluster", "pressed", "at", "unit", "handled", "waited")
        found: list[tuple[str, str]] = [(part, getattr(self, part)) for part in parts if getattr(self, part) is not None]
        return [*found, *(("outcomes", column) for _, column in self.outcomes), *(("comparable", name) for name in self.comparable)]
