"""The occasions behind a count of Marketing or service: exactly those it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir

from troth.engine.attribution.answers import Answered
from troth.terms.errors import RequestError, did_you_mean
from troth.workspace.studies.reading import OpenStudy

HAPPENED = "yes"
NOT_KEPT = "this study does not keep its occasions; run it again, to have them here."


class UnknownOccasionsError(RequestError):
    """An answer the study does not have, or whose occasions it does not keep."""

    status = 404


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which occasions are asked for.

    :param answer: its number, from 1. :param exposure: those on which it was met; empty for all.
    :param event: :data:`HAPPENED` for those with the event; empty for all.
    """

    answer: int
    exposure: str = ""
    event: str = ""


def answer_of(opened: OpenStudy, asked: Wanted) -> Answered:
    """The answer whose occasions are asked for.

    :raises UnknownOccasionsError: there is no such answer, or its occasions are not kept.
    """
    answers, kept = opened.answers(), opened.study.reading.occasions
    if kept is None or asked.answer > len(answers):
        why = NOT_KEPT if kept is None else f"open one of the {len(answers)} from Marketing or service."
        raise UnknownOccasionsError(f"there are no occasions of answer {asked.answer}.", place="answer", mend=why)
    return answers[asked.answer - 1]


def occasions(opened: OpenStudy, asked: Wanted) -> ir.Table:
    """The occasions asked for, the latest first.

    :raises UnknownOccasionsError: there is no such answer, or its occasions are not kept.
    :raises RequestError: it has no such exposure, or ``event`` is no word it can be.
    """
    names = [each.name for each in answer_of(opened, asked).exposures]
    if asked.exposure and asked.exposure not in names:
        raise RequestError(f"there is no exposure “{asked.exposure[:40]}”.", place="exposure", mend=did_you_mean(asked.exposure, names))
    if asked.event not in {"", HAPPENED}:
        raise RequestError(
            f"“{asked.event[:40]}” is nothing the event can be.", place="event", mend=f"write “{HAPPENED}”, or leave it out."
        )
    mine = _kept(opened, asked.answer)
    rows = mine.filter(mine.exposure == asked.exposure if asked.exposure else mine.exposure.isnull())
    rows = rows.filter(rows.event) if asked.event else rows
    return rows.order_by([rows["at"].desc(), "source", "row"])


def met_on(opened: OpenStudy, answer: int, found: list[dict[str, Any]]) -> Mapping[tuple[str, str], list[str]]:
    """Source and row to the exposures met there, of some occasions of an answer."""
    keys = {(row["source"], row["row"]) for row in found}
    if not keys:
        return {}
    mine = _kept(opened, answer)
    rows = mine.filter(mine.exposure.notnull() & mine.row.isin(sorted({row for _, row in keys})))
    told: dict[tuple[str, str], list[str]] = {}
    for row in rows.select("source", "row", "exposure").distinct().order_by("exposure").to_pyarrow().to_pylist():
        told.setdefault((row["source"], row["row"]), []).append(row["exposure"])
    return told


def _kept(opened: OpenStudy, answer: int) -> ir.Table:
    kept = opened.study.reading.occasions
    if kept is None:
        raise UnknownOccasionsError("there are no occasions.", place="answer", mend=NOT_KEPT)
    return kept.filter(kept.number == answer)
