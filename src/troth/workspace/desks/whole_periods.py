"""Which periods compare with others: neither the best nor the worst is drawn from one that is cut short or holds next to nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from troth.engine.findings import Integrity
from troth.engine.promises.periods import PartPeriod, part_periods
from troth.engine.promises.slices import PERIODS
from troth.workspace.desks.figures import period_words
from troth.workspace.parts import wording
from troth.workspace.studies.questions import Question
from troth.workspace.studies.reading import OpenStudy

MADE = "made_"
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The periods of one table that compare with no other.

    :param dimension: the period the rows are sliced by; empty where they are sliced by none.
    """

    dimension: str = ""
    periods: Mapping[date, PartPeriod] = field(default_factory=dict)

    def holds(self, row: Integrity) -> bool:
        """The row stands for, or within, a period that is left out."""
        return self.dimension in row.where and row.where[self.dimension] in self.periods

    def small(self, row: Integrity) -> bool:
        """The row's period holds next to nothing: a picture drawn to its scale would show nothing else."""
        return self.holds(row) and self.periods[row.where[self.dimension]].small

    def reason(self, row: Integrity) -> str:
        """Why the row's period compares with no other; empty where it does."""
        return why(self.periods[row.where[self.dimension]]) if self.holds(row) else ""

    @property
    def not_drawn(self) -> str:
        """Which periods a picture leaves out because they hold next to nothing; empty where none does."""
        small = [period_words(self.dimension, start) for start, part in sorted(self.periods.items()) if part.small]
        return f"Not drawn, with next to nothing due: {wording.listed(_first_few(small))}." if small else ""

    @property
    def note(self) -> str:
        """Which periods are left out, and by which rule; empty where none is."""
        if not self.periods:
            return ""
        shown = _first_few([f"{period_words(self.dimension, start)} ({why(part)})" for start, part in sorted(self.periods.items())])
        unit = self.dimension.removeprefix(MADE)
        return (
            f"Best and worst leave out {wording.listed(shown)}. A {unit} is compared where the record covers nine tenths of its days and "
            f"it holds a tenth or more of what the median {unit} holds."
        )


def left_out(opened: OpenStudy, question: Question, rows: Sequence[Integrity]) -> LeftOut:
    """The periods among the slices of ``rows`` that the record, or the period asked for, cuts short.

    :param question: what the rows answer; nothing is left out where it slices by no period.
    """
    dimension = next((name for name in question.by if name in PERIODS), "")
    made = dimension.startswith(MADE)
    record = opened.record(made=made) if dimension else None
    if record is None:
        return LeftOut()
    first, last = record
    if not made:  # the period asked for is one of due dates
        first, last = max(first, question.since or first), min(last, question.until or last)
    return LeftOut(dimension, part_periods(_due(rows, dimension), dimension.removeprefix(MADE), first, last))


def why(part: PartPeriod) -> str:
    """What the record covers of a period, or how little it holds."""
    if part.cut:
        return f"{part.covered} of its {part.days} days on record"
    return f"{wording.counted(part.due, 'promise')} due, where the median is {wording.whole(part.median)}"


def _first_few(named: list[str]) -> list[str]:
    return named if len(named) <= MOST_NAMED else [*named[:MOST_NAMED], f"{len(named) - MOST_NAMED} more"]


def _due(rows: Iterable[Integrity], dimension: str) -> dict[date, int]:
    due: Counter[date] = Counter()
    for row in rows:
        if row.due and row.where[dimension] is not None:
            due[row.where[dimension]] += row.due
    return dict(due)
