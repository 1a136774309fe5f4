"""The account in the promise's own unit: its parts slice by slice, and its delivery part step by step (domain.md d2, d6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from troth.engine.findings import NativeAccount, StagePart
from troth.engine.gaps.stages import BUFFER, LAST, staged
from troth.terms.vocabulary import PromiseSpec
from troth.workspace.desks.contexts import NativeRow, NativeTable, Reason, StageRow, StageTable
from troth.workspace.desks.figures import period_words
from troth.workspace.desks.sentences import bare, spoken
from troth.workspace.parts import wording
from troth.workspace.studies.questions import Question
from troth.workspace.studies.reading import OpenStudy

UNKNOWN = "unknown"
EVERYTHING = "Everything"


def stage_tables(opened: OpenStudy, question: Question) -> tuple[StageTable, ...]:
    """The delivery part among the areas, for each promise in view whose stages are on record."""
    tables = []
    for spec in _in_view(opened, question).values():
        if staged(spec):
            parts = opened.stages(question.only({"name": spec.name})).rows
            if parts:
                tables.append(_stage_table(spec, parts))
    return tuple(tables)


def native_table(opened: OpenStudy, question: Question, shown: Sequence[Mapping[str, Any]]) -> NativeTable | None:
    """The parts in the promise's own unit, where one promise alone is in view: days and euros do not stand in one table.

    :param shown: the slices to show.
    """
    if len(_in_view(opened, question)) != 1:
        return None
    by_slice = {tuple(row.where.values()): row for row in opened.native(question)}
    total = next(iter(opened.native(question.asked_by(()))), None)
    if total is None or not total.decomposed:
        return None
    rows = [by_slice[key] for where in shown if (key := tuple(where.values())) in by_slice]
    fine = all(_below_two_days(row) for row in (*rows, total))  # one unit throughout a table: hours and minutes, or days
    return NativeTable(
        promise=total.name,
        unit=total.unit,
        rows=tuple(_native_row(row, fine=fine) for row in rows),
        total=_native_row(total, fine=fine),
        reasons=tuple(Reason(reason, count, None) for reason, count in total.undecomposed.items()),
    )


def _in_view(opened: OpenStudy, question: Question) -> dict[str, PromiseSpec]:
    """The promises a question may speak of, by name."""
    only = question.narrowed.get("name")
    return {spec.name: spec for spec in reversed(opened.study.reading.specs) if only in (None, spec.name)}


def _stage_table(spec: PromiseSpec, parts: Sequence[StagePart]) -> StageTable:
    steps = [part for part in parts if part.stage != BUFFER]
    worst = max(steps, key=lambda part: part.days)
    n = worst.n
    rows = [_stage_row(part, before) for part, before in zip(steps, ["made", *(step.stage for step in steps)], strict=False)]
    rows += [_stage_row(part, "") for part in parts if part.stage == BUFFER]
    counted = wording.counted(n, "broken promise")
    if worst.days > 0:
        lost = wording.level(worst.days / n, "days")
        step = bare(rows[steps.index(worst)].step)
        said = f"Of *{counted}* with every step on record, *{step}* lost most: {lost} each, beside the record."
    else:
        said = f"Of *{counted}* with every step on record, no step took longer than the record expects."
    return StageTable(promise=spec.name, sentence=spoken(said), n=n, rows=tuple(rows))


def _stage_row(part: StagePart, before: str) -> StageRow:
    buffer = part.stage == BUFFER
    whose = "nobody" if buffer else "area that keeps it" if part.stage == LAST else "no area named"
    return StageRow(
        step="slack beyond the steps" if buffer else f"{before} to {part.stage}",
        area=part.area or whose,
        n=part.n,
        days=part.days,
        each=wording.level(part.days / part.n, "days"),
        share=part.share,
        share_words="" if part.share is None else wording.percent(part.share),
    )


def _below_two_days(row: NativeAccount) -> bool:
    parts = (row.listening, row.expectation, row.standard, row.delivery, row.gap)
    return all(abs(part or 0.0) < 2 * row.decomposed for part in parts) or not row.decomposed


def _native_row(row: NativeAccount, *, fine: bool) -> NativeRow:
    def each(total: float | None) -> str:
        if not row.decomposed:
            return wording.NO_DATA
        if total is None:
            return UNKNOWN
        mean = total / row.decomposed
        return wording.level(mean, row.unit) if fine else f"{mean:,.2f} {row.unit}".replace("-", wording.MINUS)

    return NativeRow(
        names=tuple(period_words(name, value) for name, value in row.where.items()) or (EVERYTHING,),
        n=row.decomposed,
        left_out=sum(row.undecomposed.values()),
        listening=each(row.listening),
        listening_known=row.listening_known,
        expectation=each(row.expectation),
        standard=each(row.standard),
        delivery=each(row.delivery),
        perception=each(row.perception),
        gap=each(row.gap),
    )
