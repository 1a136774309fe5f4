"""What a study says because of how its sources are: claims without a promise, and counts without people."""

from __future__ import annotations

import pytest

from troth.engine.findings import SourceAccount
from troth.project.claims import noun_of, unpromised
from troth.terms.vocabulary import Direction, Noun, PromiseSpec, PromiseType

REQUEST = Noun("request", "requests")


def spec(name: str, each: Noun | None = None, flag: str | None = None) -> PromiseSpec:
    return PromiseSpec(name, PromiseType.DEADLINE, Direction.MIN, "days", "calls", each=each, flagged_kept=flag)


def account(aside: int, flagged: int | None, promise: str = "done") -> SourceAccount:
    return SourceAccount(
        "calls", f"promises “{promise}”", 1, 100, 100 - aside, {"no promise": aside}, promise=promise, flagged_kept=flagged
    )


@pytest.mark.parametrize(
    ("aside", "flagged", "sentence"),
    [
        (40, 40, "40 requests bear no promise, yet the source “calls” flags all of them as kept (ok)."),
        (40, 12, "40 requests bear no promise, yet the source “calls” flags 12 of them as kept (ok)."),
        (1, 1, "1 request bears no promise, yet the source “calls” flags it as kept (ok)."),
    ],
)
def test_a_claim_without_a_promise_is_told(aside: int, flagged: int, sentence: str) -> None:
    assert unpromised([account(aside, flagged)], [spec("done", REQUEST, "ok")]) == (sentence,)


def test_no_claim_is_no_sentence() -> None:
    assert unpromised([account(40, 0), account(40, None)], [spec("done", REQUEST)]) == ()


def test_rows_without_a_word_of_their_own_are_rows_and_several_promises_are_told_apart() -> None:
    said = unpromised([account(40, 40, "answered")], [spec("done"), spec("answered", flag="ok")])
    assert said == ("40 rows bear no promise “answered”, yet the source “calls” flags all of them as kept (ok).",)


def test_one_word_stands_for_all_promises_only_where_they_agree() -> None:
    both = [spec("done", REQUEST), spec("answered", Noun("question", "questions"))]
    assert noun_of(both) is None
    assert noun_of(both, "done") == REQUEST
    assert noun_of([spec("done", REQUEST), spec("answered", REQUEST)]) == REQUEST
    assert noun_of([spec("done", REQUEST), spec("answered")]) is None
