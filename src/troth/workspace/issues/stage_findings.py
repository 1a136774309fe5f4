"""What a study says of each stage of the life cycle and each area: promises kept, their break account, what was agreed, and issues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from troth.engine.findings import Account, Integrity
from troth.terms.charter import DEFAULT_KEEP_TARGET, Line
from troth.workspace.issues.facts import keys_in
from troth.workspace.studies.questions import AS_OF, Question
from troth.workspace.studies.reading import Agreed, OpenStudy

BY = ("stage", "kept_by")

Cell = tuple[str | None, str | None]
"""A stage and the area that keeps its promises; ``None`` is unknown."""


@dataclass(frozen=True, slots=True)
class AgreedPromise:
    """What the charter says of one promise in a cell; ``line`` is ``None`` where nothing is agreed.

    :param due: promises that fell due under it.
    """

    promise: str
    line: Line | None
    due: int


@dataclass(frozen=True)
class StageFindings:
    """The findings of one question, asked once each."""

    opened: OpenStudy
    question: Question

    @cached_property
    def found(self) -> dict[Cell, Integrity]:
        """Cells in which something fell due."""
        rows = self.opened.integrity(self.question.asked_by(BY))
        return {(row.where["stage"], row.where["kept_by"]): row for row in rows if row.due}

    @cached_property
    def whole(self) -> dict[str | None, Integrity]:
        """Stages in which something fell due."""
        return {row.where["stage"]: row for row in self.opened.integrity(self.question.asked_by(("stage",))) if row.due}

    @cached_property
    def accounts(self) -> dict[Cell, Account]:
        """The break account of each cell."""
        if not self.found:
            return {}
        rows = self.opened.account(self.question.asked_by(BY), AS_OF)
        return {(row.where["stage"], row.where["kept_by"]): row for row in rows}

    @cached_property
    def lines(self) -> Mapping[Cell, tuple[Agreed, ...]]:
        """What was agreed of the promises of each cell."""
        by_cell: dict[Cell, list[Agreed]] = {}
        for one in self.opened.agreed(self.question):
            by_cell.setdefault((one.stage, one.kept_by), []).append(one)
        return {cell: tuple(rows) for cell, rows in by_cell.items()}

    @cached_property
    def stages(self) -> tuple[str | None, ...]:
        """The charter's stages in order, then others on record, then none."""
        listed = self.opened.study.reading.charter.stages
        further = sorted({stage for stage in self.whole if stage is not None and stage not in listed})
        return (*listed, *further, *((None,) if None in self.whole else ()))

    @cached_property
    def issues(self) -> Mapping[Cell, tuple[str, ...]]:
        """Cell to keys of the issues most of whose failures lie in it, those that cost most first."""
        where = self.opened.places_of_issues()
        found: dict[Cell, tuple[str, ...]] = {}
        for key in keys_in(self.opened):
            if here := where.get(key, {}):
                cell = max(here, key=lambda one: (here[one], one[0] or "", one[1] or ""))
                found[cell] = (*found.get(cell, ()), key)
        return found

    def agreed(self, stage: str | None, area: str | None) -> tuple[AgreedPromise, ...]:
        """What the charter says of each promise of a cell, the promise most due first."""
        charter = self.opened.study.reading.charter
        due: dict[tuple[str, int], int] = {}
        for one in self.lines.get((stage, area), ()):
            due[one.name, one.line] = due.get((one.name, one.line), 0) + one.due
        return tuple(
            AgreedPromise(name, charter.lines[line] if line >= 0 else None, due[name, line])
            for name, line in sorted(due, key=lambda pair: (-due[pair], pair))
        )

    def target(self, stage: str | None, area: str | None) -> float | None:
        """The keep target of a cell, each promise by its own line; ``None`` where no line holds for any."""
        lines, rows = self.opened.study.reading.charter.lines, self.lines.get((stage, area), ())
        targets = [(lines[one.line].keep_target if one.line >= 0 else None, one.due) for one in rows]
        if not any(target is not None for target, _ in targets):
            return None
        whole = sum(due for _, due in targets)
        return sum((DEFAULT_KEEP_TARGET if target is None else target) * due for target, due in targets) / whole
