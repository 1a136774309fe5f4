"""The ledger: was our word kept, whose is the gap, and the promises behind every figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import ibis.expr.types as ir
from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from troth.engine.findings import (
    Account,
    AtRisk,
    Basket,
    Bunching,
    Campaign,
    Findings,
    Integrity,
    NativeAccount,
    RangeScore,
    Skill,
    StagePart,
)
from troth.workspace.api.asking import By, Number, Since, Until, Where, question_of, study_of
from troth.workspace.api.documents import OfStudy, Records, Table, of, table
from troth.workspace.api.paging import USUAL, Cursor, Limit, cursor_to, position_of, sliced
from troth.workspace.studies.questions import Question
from troth.workspace.studies.reading import OpenStudy
from troth.workspace.studies.rows import promises

router = Router(tags=["Ledger"])

Ask = Callable[[OpenStudy, Question], Findings[Any]]
State = Annotated[
    Literal["due", "broken", "kept", "pending", "void"],
    Query("due", description="Promises due by the as-of; those of them that were broken or kept; open ones; void ones."),
]
Apart = Annotated[str, Query("made_month", max_length=200, description="What tells the two apart: a period or a dimension.")]
NOTHING: list[str] = []
"""No dimension, no condition: a default of the document, never changed."""


class Dimension(Schema):
    """What the ledger can be sliced by."""

    name: str
    words: str
    values: list[str] = Field(description="The values it takes, the most frequent first, at most 300; empty for a period.")


class Dimensions(OfStudy):
    """Every dimension."""

    rows: list[Dimension]


class Changed(OfStudy):
    """What moved along when the late share of a promise changed."""

    answer: str
    reason: str
    rows: list[dict[str, Any]]
    notes: list[str]


@router.get("/dimensions", response=Dimensions, url_name="dimensions", summary="By what can it be sliced?")
def dimensions(request: HttpRequest, study: Number = None) -> dict[str, Any]:
    """Dimensions of the ledger, with the values each takes."""
    opened = study_of(study)
    periods = opened.dimensions.keys() - set(opened.study.ledger.columns)
    rows = [
        {"name": name, "words": words, "values": [] if name in periods else list(opened.values(name))}
        for name, words in opened.dimensions.items()
    ]
    return {**of(opened), "rows": rows}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question any slice can be asked.

    :param row: what each row of the answer is. :param by: dimensions where none are named.
    """

    path: str
    row: type
    summary: str
    about: str
    ask: Ask
    by: tuple[str, ...] = ()


ASKED = (
    Asked(
        "integrity",
        Integrity,
        "Was our word kept?",
        "F, K, I, B and U of each slice, with n, interval, coverage and evidence.",
        lambda opened, question: opened.integrity(question),
    ),
    Asked(
        "account",
        Account,
        "Whose is the gap?",
        "The break account of each slice: allowance, expectation-setting, standard and delivery add up to the broken promises.",
        lambda opened, question: opened.account(question, "as-of"),
    ),
    Asked(
        "native",
        NativeAccount,
        "The parts in the promise's own unit",
        "Five parts of each promise's gap, in days, minutes or money, summed over each slice.",
        lambda opened, question: opened.native(question),
    ),
    Asked(
        "stages",
        StagePart,
        "At which step was it late?",
        "The delivery part, step by step, in days.",
        lambda opened, question: opened.stages(question),
    ),
    Asked(
        "skill",
        Skill,
        "How good are our promises?",
        "Promise skill: 0 is as good as demonstrated capability.",
        lambda opened, question: opened.skill(question),
    ),
    Asked(
        "at-risk",
        AtRisk,
        "Which open promises will break?",
        "Open promises and how many of them are expected to break. They lie ahead, so the period does not matter.",
        lambda opened, question: opened.at_risk(question),
    ),
    Asked(
        "campaigns",
        Campaign,
        "Did “up to” hold?",
        "Promises worded “up to” or “from”, tested as campaigns.",
        lambda opened, question: opened.campaigns(question),
    ),
    Asked(
        "bunching",
        Bunching,
        "Do receipts bunch at the limit?",
        "Receipts just inside the limit of each promise, against a smooth fit.",
        lambda opened, question: opened.bunching(question),
    ),
    Asked(
        "ranges",
        RangeScore,
        "How good are promised windows?",
        "The interval score of windows and ranges.",
        lambda opened, question: opened.ranges(question),
    ),
    Asked(
        "basket",
        Basket,
        "Kept, at a mix that stays",
        "The kept rate of a fixed basket, by a period and by what makes two promises one kind.",
        lambda opened, question: opened.basket(question),
        by=("month", "name"),
    ),
)


def _answers(asked: Asked) -> Callable[..., dict[str, Any]]:
    """The view of one question."""

    def view(
        request: HttpRequest,
        study: Number = None,
        by: By = list(asked.by),  # noqa: B006 - a default of the document, never changed
        where: Where = NOTHING,
        since: Since = None,
        until: Until = None,
        limit: Limit = USUAL,
        cursor: Cursor = "",
    ) -> dict[str, Any]:
        opened = study_of(study)
        found = asked.ask(opened, question_of(request, opened, by, where, since, until))
        rows, following = sliced(request, cursor, limit, found.rows)
        return table(opened, found, rows, following)

    view.__name__, view.__doc__ = asked.path.replace("-", "_"), asked.about
    return view


for one in ASKED:
    router.get(f"/{one.path}", response=Table[one.row], url_name=one.path, summary=one.summary)(_answers(one))  # type: ignore[name-defined]


@router.get("/promises", response=Records, url_name="promises", summary="The promises behind a figure")
def promise_rows(
    request: HttpRequest,
    study: Number = None,
    state: State = "due",
    where: Where = NOTHING,
    since: Since = None,
    until: Until = None,
    limit: Limit = USUAL,
    cursor: Cursor = "",
) -> dict[str, Any]:
    """Rows of the ledger, as the figure counted them; instants are UTC."""
    opened = study_of(study)
    found = promises(opened, question_of(request, opened, [], where, since, until), "" if state == "due" else state)
    rows = _after(found, position_of(request, cursor)).order_by(KEY).limit(limit + 1).to_pyarrow().to_pylist()
    last = rows[limit - 1] if len(rows) > limit else None
    following = None if last is None else cursor_to(request, [last[name] for name in KEY])
    return {**of(opened), "rows": rows[:limit], "next": following}


@router.get("/change", response=Changed, url_name="ledger-change", summary="What changed, by mechanism?")
def change(
    request: HttpRequest,
    name: Annotated[str, Query(..., max_length=200, description="A promise on a clock.")],
    before: Annotated[str, Query(..., max_length=200, description="A period such as 2024-08, or a value of “by”.")],
    after: Annotated[str, Query(..., max_length=200)],
    by: Annotated[
        str, Query("made_month", max_length=200, description="What tells the two apart: a period or a dimension.")
    ] = "made_month",
    where: Where = NOTHING,
    study: Number = None,
) -> dict[str, Any]:
    """Mix, promise and each step of the delivery, exactly: what moved along when the late share changed. It tells no cause."""
    opened = study_of(study)
    narrowed = question_of(request, opened, [], where, None, None).narrowed
    found = opened.remembered(
        ("change by mechanism", name, before, after, by, tuple(sorted(narrowed.items(), key=str))),
        lambda: opened.study.change(name, before, after, by=by, where=narrowed),
    )
    return {**of(opened), "answer": found.answer, "reason": found.reason, "rows": found.records(), "notes": list(found.notes)}


KEY = ("source", "row", "name")
"""What tells one promise from another, and the order of their list."""


def _after(rows: ir.Table, position: list[Any]) -> ir.Table:
    """The rows that follow a position."""
    if not position:
        return rows
    source, row, name = position
    later = (rows.row > row) | ((rows.row == row) & (rows.name > name))
    return rows.filter((rows.source > source) | ((rows.source == source) & later))
