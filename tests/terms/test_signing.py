"""Two keys, one content: when a charter is signed, what unsigns it, and who settles what the parties cannot."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from troth.terms.charter import Area, Charter, Line, Objection, Party, Touchpoint
from troth.terms.errors import SigningError
from troth.terms.signing import (
    State,
    content_digest,
    has_signed,
    object_to,
    obstacles,
    settle,
    sign,
    standing,
    state_of,
    title,
    unsigned,
    waits_for_tie_break,
)
from troth.terms.vocabulary import Aspect, Direction

BRAND, SERVICE, FINANCE, CEO = "Brand officer", "Service officer", "Finance officer", "Chief executive"
LINE = Line(promise="delivery date", stage="fulfilment", segment="loyal", standard=8.0, keep_target=0.9)
DRAFT = Charter(
    version="2",
    stages=("order", "fulfilment"),
    parties=(Party(BRAND, Aspect.BRAND), Party(SERVICE, Aspect.SERVICE)),
    areas=(Area("Shop", Aspect.BRAND),),
    touchpoints=(Touchpoint("checkout", "web", "Shop"),),
    lines=(LINE,),
    effective_from=date(2024, 3, 1),
    tie_break=CEO,
)
TODAY = date(2024, 2, 20)


def signed(charter: Charter = DRAFT, *parties: str) -> Charter:
    for party in parties or (BRAND, SERVICE):
        charter = sign(charter, party, on=TODAY, by="somebody")
    return charter


@pytest.mark.parametrize(
    ("signers", "state", "missing"),
    [
        ((), State.DRAFT, (BRAND, SERVICE)),
        ((BRAND,), State.DRAFT, (SERVICE,)),
        ((SERVICE,), State.DRAFT, (BRAND,)),
        ((SERVICE, BRAND), State.SIGNED, ()),
    ],
)
def test_a_charter_is_a_draft_until_every_party_has_signed(signers: tuple[str, ...], state: State, missing: tuple[str, ...]) -> None:
    charter = DRAFT
    for party in signers:
        charter = sign(charter, party, on=TODAY)
    assert (state_of(charter), unsigned(charter)) == (state, missing)


def test_as_many_keys_as_parties() -> None:
    three = replace(DRAFT, parties=(*DRAFT.parties, Party(FINANCE, Aspect.OPERATING)))
    assert state_of(signed(three)) is State.DRAFT
    assert state_of(signed(three, BRAND, SERVICE, FINANCE)) is State.SIGNED


def test_a_charter_without_a_party_is_nobodys_yes() -> None:
    assert state_of(replace(DRAFT, parties=())) is State.DRAFT


@pytest.mark.parametrize(
    "changed",
    [
        {"version": "3"},
        {"effective_from": date(2024, 4, 1)},
        {"promises_since": date(2024, 1, 1)},
        {"tie_break": None},
        {"stages": ("order",)},
        {"areas": ()},
        {"touchpoints": ()},
        {"lines": ()},
        {"lines": (replace(LINE, standard=9.0),)},
        {"lines": (replace(LINE, aspiration="in time"),)},
        {"lines": (replace(LINE, direction=Direction.MIN),)},
        {"lines": (replace(LINE, unit="days"),)},
    ],
)
def test_whatever_is_changed_after_signing_is_unsigned(changed: dict[str, object]) -> None:
    assert state_of(signed()) is State.SIGNED
    assert state_of(replace(signed(), **changed)) is State.DRAFT  # type: ignore[arg-type]


def test_a_change_taken_back_is_signed_again() -> None:
    changed = replace(signed(), lines=(replace(LINE, standard=9.0),))
    assert state_of(replace(changed, lines=(LINE,))) is State.SIGNED


def test_a_key_left_at_its_default_leaves_the_digest_as_it_was() -> None:
    assert content_digest(DRAFT) == content_digest(replace(DRAFT, lines=(replace(LINE, importance=1.0, may_promise=True),)))
    assert content_digest(DRAFT) != content_digest(replace(DRAFT, lines=(replace(LINE, importance=2.0),)))


def test_one_who_signed_another_content_signs_anew_and_has_one_signature() -> None:
    again = replace(signed(DRAFT, BRAND), version="3")
    assert not has_signed(again, again.parties[0])
    assert [one.party for one in sign(again, BRAND, on=TODAY).signatures] == [BRAND]


def test_a_signature_on_paper_counts_until_a_signature_of_the_party_says_otherwise() -> None:
    paper = replace(DRAFT, parties=tuple(replace(party, signed=True) for party in DRAFT.parties))
    assert state_of(paper) is State.SIGNED
    assert state_of(replace(paper, signatures=signed(DRAFT, BRAND).signatures)) is State.SIGNED
    stale = replace(signed(DRAFT, BRAND).signatures[0], digest="0" * 64)
    assert unsigned(replace(paper, signatures=(stale,))) == (BRAND,)


@pytest.mark.parametrize(
    ("day", "allowed"), [(date(2024, 2, 29), True), (date(2024, 3, 1), True), (date(2024, 3, 2), False)], ids=["before", "on", "after"]
)
def test_a_version_is_in_force_no_earlier_than_its_last_signature(day: date, *, allowed: bool) -> None:
    once = signed(DRAFT, BRAND)
    if allowed:
        assert state_of(sign(once, SERVICE, on=day)) is State.SIGNED
    else:
        with pytest.raises(SigningError, match="before it was signed"):
            sign(once, SERVICE, on=day)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"parties": ()}, "No party"),
        ({"parties": (*DRAFT.parties, DRAFT.parties[0])}, "named twice"),
        ({"effective_from": None}, "No day"),
        ({"promises_since": date(2024, 3, 2)}, "before the first promise"),
        ({"lines": (replace(LINE, priority="not now"),)}, "needs a reason"),
        ({"lines": (LINE, replace(LINE, standard=3.0))}, "two lines"),
        ({"objections": (Objection(SERVICE, "too fast", TODAY, "delivery date", "fulfilment", "loyal"),)}, "Service officer objects"),
    ],
)
def test_what_stands_in_the_way_of_signing_is_said(changed: dict[str, object], says: str) -> None:
    assert obstacles(DRAFT) == ()
    charter = replace(DRAFT, **changed)  # type: ignore[arg-type]
    assert len(obstacles(charter)) == 1
    assert says in obstacles(charter)[0]
    if charter.parties:
        with pytest.raises(SigningError, match=says):
            sign(charter, BRAND, on=TODAY)


def test_not_now_with_a_reason_can_be_signed() -> None:
    assert obstacles(replace(DRAFT, lines=(replace(LINE, priority="not now", reason="no carrier yet"),))) == ()


def test_nobody_else_signs_and_nobody_signs_twice() -> None:
    with pytest.raises(SigningError, match="no party"):
        sign(DRAFT, CEO, on=TODAY)
    with pytest.raises(SigningError, match="has signed"):
        sign(signed(DRAFT, BRAND), BRAND, on=TODAY)


# Objections

OBJECTED = object_to(DRAFT, SERVICE, LINE, reason=" too fast ", on=TODAY)
OBJECTION = OBJECTED.objections[0]


def test_an_objection_stands_with_its_line_party_reason_and_day() -> None:
    assert standing(OBJECTED) == (Objection(SERVICE, "too fast", TODAY, promise="delivery date", stage="fulfilment", segment="loyal"),)
    assert title(OBJECTION) == "delivery date for loyal customers in fulfilment"


@pytest.mark.parametrize(("days", "waits"), [(0, False), (13, False), (14, True), (40, True)])
def test_an_objection_goes_to_the_tie_break_role_after_two_cadences(days: int, *, waits: bool) -> None:
    assert waits_for_tie_break(OBJECTION, TODAY + timedelta(days=days)) is waits
    monthly = timedelta(days=30)
    assert not waits_for_tie_break(OBJECTION, TODAY + timedelta(days=59), monthly)
    assert waits_for_tie_break(OBJECTION, TODAY + timedelta(days=60), monthly)


LATER = TODAY + timedelta(days=14)


@pytest.mark.parametrize(
    ("ruling", "by", "on", "stands"),
    [("overruled", CEO, LATER, False), ("upheld", CEO, LATER, True), ("withdrawn", SERVICE, TODAY, False)],
)
def test_the_tie_break_role_decides_and_the_party_may_take_it_back(ruling: str, by: str, on: date, *, stands: bool) -> None:
    settled = settle(OBJECTED, OBJECTION, ruling, by=by, reason="heard", on=on)
    assert bool(standing(settled)) is stands
    assert bool(obstacles(settled)) is stands
    assert settled.objections[0].ruled_by == by


def test_an_upheld_objection_is_taken_back_once_the_line_has_changed() -> None:
    upheld = settle(OBJECTED, OBJECTION, "upheld", by=CEO, reason="too fast", on=LATER)
    slower = replace(upheld, lines=(replace(LINE, standard=10.0),))
    agreed = settle(slower, slower.objections[0], "withdrawn", by=SERVICE, reason="changed", on=LATER)
    assert obstacles(agreed) == ()


@pytest.mark.parametrize(
    ("ruling", "by", "on", "says"),
    [
        ("overruled", BRAND, LATER, "that is for Chief executive"),
        ("overruled", CEO, TODAY, "have until 2024-03-05"),
        ("withdrawn", BRAND, LATER, "only Service officer"),
        ("ignored", CEO, LATER, "settles nothing"),
    ],
)
def test_nobody_else_and_not_too_early(ruling: str, by: str, on: date, says: str) -> None:
    with pytest.raises(SigningError, match=says):
        settle(OBJECTED, OBJECTION, ruling, by=by, reason="because", on=on)


def test_without_a_tie_break_role_nobody_overrules() -> None:
    with pytest.raises(SigningError, match="names no tie-break role"):
        settle(replace(OBJECTED, tie_break=None), OBJECTION, "overruled", by=CEO, reason="because", on=LATER)


def test_what_is_settled_is_not_settled_again() -> None:
    settled = settle(OBJECTED, OBJECTION, "overruled", by=CEO, reason="heard", on=LATER)
    with pytest.raises(SigningError, match="is settled"):
        settle(settled, settled.objections[0], "upheld", by=CEO, reason="again", on=LATER)


@pytest.mark.parametrize(
    ("party", "line", "reason", "says"),
    [
        (CEO, LINE, "no", "no party"),
        (SERVICE, Line(promise="refund"), "no", "no such line"),
        (SERVICE, LINE, " ", "needs a reason"),
    ],
)
def test_an_objection_is_that_of_a_party_to_a_line_for_a_reason(party: str, line: Line, reason: str, says: str) -> None:
    with pytest.raises(SigningError, match=says):
        object_to(DRAFT, party, line, reason=reason, on=TODAY)


def test_one_party_objects_to_one_line_once_at_a_time() -> None:
    with pytest.raises(SigningError, match="already"):
        object_to(OBJECTED, SERVICE, LINE, reason="again", on=TODAY)
