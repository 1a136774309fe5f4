"""What failed without an issue of its own is said, with how often: too little to tell is not nothing."""

from __future__ import annotations

import pyarrow as pa

from troth.engine.issues.cubes import Cube
from troth.engine.issues.unfound import no_issue_words


def cube(what: str, failed: int) -> Cube:
    return Cube(what, ("team",), {}, pa.table({"team": ["blue", "green"], "observed": [failed, 0], "trials": [1_000, 942]}))


def test_what_has_no_issue_is_named_with_its_failures_and_what_never_failed_is_not() -> None:
    (note,) = no_issue_words([cube("delivery date", 700), cube("refund", 0), cube("repeat contact", 254)], {"delivery date"})
    assert note.startswith("There is no issue of “repeat contact” (254 of 1,942): ")
    assert "refund" not in note
    assert "delivery date" not in note


def test_where_everything_that_failed_has_an_issue_there_is_nothing_to_say() -> None:
    assert no_issue_words([cube("delivery date", 700)], {"delivery date"}) == ()
