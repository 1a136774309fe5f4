"""The rows behind the figures of a study: promises of one state, and rows set aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir

from troth.terms.errors import RequestError, did_you_mean
from troth.terms.tables import REASONS
from troth.workspace.studies.questions import Question
from troth.workspace.studies.reading import OpenStudy

STATES: Mapping[str, tuple[str, ...] | None] = {
    "": None,
    "broken": ("BROKEN",),
    "kept": ("KEPT", "EXCEEDED"),
    "pending": ("PENDING",),
    "void": ("VOID",),
}
"""Which promises to look at, and their verdicts; the due cohort by default."""

KEYS = ("source", "mapping", "reason")


def promises(opened: OpenStudy, question: Question, state: str) -> ir.Table:
    """Ledger rows of one state behind a question: the same rows the figure counted.

    :raises RequestError: an unknown state.
    """
    if state not in STATES:
        raise RequestError(
            f"promises cannot be “{state[:40]}”.", place="state", mend=did_you_mean(state, [word for word in STATES if word])
        )
    rows = opened.rows(question)
    verdicts = STATES[state]
    kept = rows.eligible & (rows.in_cohort if verdicts is None else rows.verdict.isin(verdicts))
    return rows.filter(kept)


@dataclass(frozen=True, slots=True)
class Aside:
    """Which of the rows set aside are looked at; ``None`` is all."""

    source: str | None = None
    mapping: str | None = None
    reason: str | None = None

    def pairs(self) -> dict[str, str]:
        """The conditions that are set."""
        return {name: value for name in KEYS if (value := getattr(self, name))}


def rows_set_aside(opened: OpenStudy, aside: Aside) -> ir.Table:
    """The rows themselves, in the order of their files."""
    return opened.study.rows_set_aside(aside.pairs())


def check_aside(opened: OpenStudy, aside: Aside) -> None:
    """Refuse a source, mapping or reason there is not.

    :raises RequestError: with the nearest one there is.
    """
    sources = opened.study.sources
    known = {
        "source": {row.source for row in sources},
        "mapping": {row.mapping for row in sources},
        "reason": {reason for row in sources for reason in row.set_aside} | set(REASONS),
    }
    for name, value in aside.pairs().items():
        if value not in known[name]:
            raise RequestError(f"there is no {name} “{value[:60]}”.", place=name, mend=did_you_mean(value, known[name]))
