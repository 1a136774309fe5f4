"""A draft of the charter waits for people: on Both desks for everybody to see, on My desk of whoever owes something."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.workspace.agreements import BRAND, SERVICE, TIE, line_on, opened_draft, signed_by, terms_of, wanted
from tests.workspace.seats import Seated

Seats = Callable[[str], Seated]


def both(seated: Seated, part: str) -> dict[str, Any]:
    """Rows of Both desks that lead to the charter, by where they lead."""
    rows = seated.client.get("/", {"format": "json"}).json()["data"]["acts"][part]
    return {row["address"]: row for row in rows if row["address"].startswith("/charter/")}


def asks(seated: Seated, **narrowed: str) -> dict[str, Any]:
    """What stands on somebody's own desk of the charter, by where it leads."""
    rows = seated.client.get("/my-desk/", {"format": "json", **narrowed}).json()["data"]["asks"]
    return {row["address"]: row["why"] for row in rows if row["address"].startswith("/charter/")}


def test_a_draft_waits_for_each_party_that_has_not_signed_it(company: Path, seats: Seats) -> None:
    brand, service, analyst = seats("brand-officer"), seats("service-officer"), seats("analyst")
    assert both(brand, "waiting") == {}
    draft = opened_draft(brand.client)
    sign = f"/charter/versions/{draft.pk}/sign"
    for seated in (brand, service, seats("executive"), analyst):
        assert both(seated, "waiting")[sign]["why"] == f"{BRAND} and {SERVICE} have to sign it."
    assert asks(brand) == {sign: f"Read it, and sign it for {BRAND}."}
    assert asks(service) == {sign: f"Read it, and sign it for {SERVICE}."}
    assert asks(analyst) == asks(seats("tie-break")) == {}
    assert f'href="{sign}"' in brand.client.get("/").text
    assert f'href="{sign}"' in brand.client.get("/my-desk/").text
    assert signed_by(brand.client, draft, BRAND) == 200
    assert both(analyst, "waiting")[sign]["why"] == f"{SERVICE} has to sign it."
    assert (asks(brand), set(asks(service))) == ({}, {sign})
    assert signed_by(service.client, draft, SERVICE) == 200
    assert (both(analyst, "waiting"), asks(service)) == ({}, {})


def test_my_desk_counts_the_draft_among_the_decisions_both_desks_lists(company: Path, seats: Seats) -> None:
    brand = seats("brand-officer")
    before = brand.client.get("/", {"format": "json"}).json()["data"]["acts"]
    opened_draft(brand.client)
    desk = brand.client.get("/my-desk/", {"format": "json"}).json()["data"]
    decisions = len(before["waiting"]) + before["waiting_more"] + 1
    assert "".join(run["words"] for run in desk["common"]).startswith(f"{decisions} decision")


def test_whose_signature_fell_away_is_asked_to_sign_anew(company: Path, seats: Seats) -> None:
    brand, service = seats("brand-officer"), seats("service-officer")
    draft = opened_draft(brand.client)
    sign = f"/charter/versions/{draft.pk}/sign"
    assert signed_by(brand.client, draft, BRAND) == 200
    line = line_on(draft, "answer")
    assert service.client.post(f"/charter/lines/{line.pk}/", wanted(line, standard="4 days")).status_code == 200
    assert f"{BRAND} signed it (Bea Brand, " in both(service, "waiting")[sign]["why"]
    assert asks(brand)[sign].startswith(f"You signed it for {BRAND} (Bea Brand, ")
    assert asks(brand)[sign].endswith("and it was changed since: read it again, and sign anew.")
    assert asks(service) == {sign: f"Read it, and sign it for {SERVICE}."}


def test_an_objection_is_a_disagreement_until_it_is_settled(company: Path, seats: Seats) -> None:
    from troth.workspace.charter.models import Objection

    brand, service, tie, head = (seats(seat) for seat in ("brand-officer", "service-officer", "tie-break", "area-head"))
    draft = opened_draft(brand.client)
    line = line_on(draft, "answer")
    at, sign = f"/charter/lines/{line.pk}/", f"/charter/versions/{draft.pk}/sign"
    assert service.client.post(f"{at}objections", {"party": SERVICE, "reason": "two days cannot be staffed"}).status_code == 200
    row = both(brand, "disagreements")[at]
    assert row["words"] == "Version 2 of the charter: answer"
    assert f"{SERVICE} objects to it" in row["why"]
    assert f"for the tie-break role ({TIE}) to settle" in row["why"]
    assert not row["late"]
    assert "First the disagreement on answer has to end." in both(brand, "waiting")[sign]["why"]
    assert "two days cannot be staffed). Answer it" in asks(brand)[at]
    assert "take it back" in asks(service)[at]
    assert "Answer it" in asks(head)[at], "who leads the line may change it"
    assert asks(tie) == {}, "it is not the tie-break role's before two cadences"
    Objection.objects.update(on=datetime.now(UTC).date() - timedelta(days=14))
    assert both(brand, "disagreements")[at]["late"]
    assert asks(tie)[at].endswith("It has stood 14 days: uphold or overrule it.")
    assert f'href="{at}"' in tie.client.get("/my-desk/").text
    settle = f"/charter/objections/{Objection.objects.get().pk}"
    assert tie.client.post(settle, {"ruling": "upheld", "reason": "two more people are not to be had"}).status_code == 200
    assert asks(tie) == {}
    assert "the line has to change" in asks(brand)[at]
    assert asks(service)[at] == f"{TIE} upheld your objection: once the line has changed, take it back."
    assert service.client.post(settle, {"ruling": "withdrawn", "reason": "it says four days now"}).status_code == 200
    assert both(brand, "disagreements") == {}
    assert set(asks(brand)) == set(asks(service)) == {sign}
    assert asks(head) == {}


def test_an_objection_nobody_is_named_to_settle_says_so_to_the_parties(company: Path, seats: Seats) -> None:
    from troth.workspace.charter.models import Objection

    brand, service = seats("brand-officer"), seats("service-officer")
    draft = opened_draft(brand.client)
    assert brand.client.post(f"/charter/versions/{draft.pk}/terms", terms_of(draft, tie_break="")).status_code == 200
    at = f"/charter/lines/{line_on(draft, 'answer').pk}/"
    service.client.post(f"{at}objections", {"party": SERVICE, "reason": "no"})
    Objection.objects.update(on=datetime.now(UTC).date() - timedelta(days=14))
    assert "nobody yet: the terms name no tie-break role" in asks(brand)[at]
    assert asks(seats("tie-break")) == {}


def test_a_desk_narrowed_to_an_area_asks_nothing_of_the_whole_charter(company: Path, seats: Seats) -> None:
    brand = seats("brand-officer")
    draft = opened_draft(brand.client)
    assert set(asks(brand)) == {f"/charter/versions/{draft.pk}/sign"}
    assert asks(brand, area="Marketing") == {}


def test_a_draft_given_up_waits_for_nobody(company: Path, seats: Seats) -> None:
    brand = seats("brand-officer")
    draft = opened_draft(brand.client)
    assert brand.client.post("/charter/", {"do": "withdraw", "version": draft.name}).status_code == 302
    assert (both(brand, "waiting"), asks(brand)) == ({}, {})
