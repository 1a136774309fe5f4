"""What people decide about an issue: its state, its owner, whose it is; and that nobody overwrites what the study computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workspace.conftest import Shop
from tests.workspace.seats import Seated, undo_acts
from tests.workspace.test_exports import body
from tests.workspace.test_pages import words

if TYPE_CHECKING:
    from troth.workspace.issues.operations import Speaker, Subject

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
COMPUTED = {"Fulfilment": 0.6666, "Marketing": 0.3333, "unknown": 0.0001}
Poster = Callable[..., Any]


@pytest.fixture(autouse=True)
def undone(workspace: Shop) -> Iterator[None]:
    """Each test begins with no decision on any issue."""
    undo_acts()
    yield
    undo_acts()


@pytest.fixture
def subject(workspace: Shop) -> Subject:
    from troth.workspace.issues.operations import Subject

    return Subject("aaaa1111", "“delivery date” where lane is south", ("Fulfilment", "Marketing"), COMPUTED, 2)


def speaker(seats: Callable[[str], Seated], seat: str) -> Speaker:
    from troth.workspace.issues.operations import Speaker
    from troth.workspace.people.models import Role, Seat, Tenure

    person = seats(seat).person
    return Speaker(person, Role.objects.get(pk=Tenure.objects.get(person=person, role__seat=Seat(seat), valid_to=None).role_id))


def who(name: str) -> Any:
    from troth.workspace.timeline.operations import Actor

    return Actor(None, name)


def moved(subject: Subject, path: str, owner: Any = None) -> Any:
    """Take an issue along a path of states."""
    from troth.workspace.issues.models import IssueRecord
    from troth.workspace.issues.operations import decide
    from troth.workspace.issues.states import State

    for name in path.split():
        row = IssueRecord.objects.filter(key=subject.key).first()
        decide(
            subject=subject,
            revision=row.revision if row else 0,
            to=State(name),
            owner=owner,
            due=date(2026, 4, 1),
            reason="because",
            actor=who("Bea"),
            at=NOW,
        )
    return IssueRecord.objects.get(key=subject.key)


# States

ALLOWED = {
    "open": "decided fixed accepted",
    "decided": "fixing fixed accepted open",
    "fixing": "fixed decided",
    "fixed": "held relapsed fixing",
    "held": "relapsed",
    "relapsed": "decided fixing fixed accepted",
    "accepted": "open",
}
WAYS = {
    "decided": "decided",
    "fixing": "decided fixing",
    "fixed": "decided fixing fixed",
    "held": "fixed held",
    "relapsed": "fixed relapsed",
    "accepted": "accepted",
    "open": "",
}


@pytest.mark.parametrize("before", ALLOWED)
def test_an_issue_moves_where_the_table_lets_it_and_is_told_where_else_it_could(
    workspace: Shop, subject: Subject, seats: Callable[[str], Seated], before: str
) -> None:
    from troth.workspace.issues.errors import NotAllowedError
    from troth.workspace.issues.models import IssueRecord
    from troth.workspace.issues.states import State

    owner = speaker(seats, "area-head").role
    moved(subject, WAYS[before], owner) if WAYS[before] else None
    went = []
    for after in State.values:
        if after == before:
            continue
        row = IssueRecord.objects.filter(key=subject.key).first()
        held = None if row is None else (row.state, row.revision)
        try:
            moved(subject, after, owner)
        except NotAllowedError as error:
            assert error.mend == "from here it can become " + listed_or(ALLOWED[before].split()) + "."
            row = IssueRecord.objects.filter(key=subject.key).first()
            assert (None if row is None else (row.state, row.revision)) == held
        else:
            went.append(after)
            IssueRecord.objects.filter(key=subject.key).update(state=before)
    assert set(went) == set(ALLOWED[before].split())


def listed_or(states: list[str]) -> str:
    quoted = [f"“{state}”" for state in states]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def test_what_is_decided_needs_an_owner_a_day_and_where_it_goes_back_a_reason(
    workspace: Shop, subject: Subject, seats: Callable[[str], Seated]
) -> None:
    from troth.workspace.issues.errors import IssueError
    from troth.workspace.issues.models import IssueRecord
    from troth.workspace.issues.operations import decide
    from troth.workspace.issues.states import State
    from troth.workspace.timeline.models import Entry

    owner = speaker(seats, "area-head").role
    entries = Entry.objects.count()
    for given_, place in (
        ({"to": State.DECIDED, "due": date(2026, 4, 1)}, "owner"),
        ({"to": State.DECIDED, "owner": owner}, "due"),
        ({"to": State.DECIDED, "owner": owner, "due": date(2026, 3, 1)}, "due"),
        ({"to": State.ACCEPTED}, "reason"),
        ({"to": State.ACCEPTED, "reason": "x" * 4_001}, "reason"),
        ({"to": State.ACCEPTED, "reason": "a\x00b"}, "reason"),
        ({}, "state"),
    ):
        with pytest.raises(IssueError) as refused:
            decide(subject=subject, revision=0, actor=who("Bea"), at=NOW, **given_)
        assert (refused.value.place, refused.value.status) == (place, 422)
        assert refused.value.mend
    assert not IssueRecord.objects.exists()
    assert Entry.objects.count() == entries


def test_every_act_is_one_entry_of_the_timeline(workspace: Shop, subject: Subject, seats: Callable[[str], Seated]) -> None:
    import json

    from troth.workspace.timeline.models import Entry

    before = Entry.objects.count()
    row = moved(subject, "decided fixing fixed", speaker(seats, "area-head").role)
    entries = list(Entry.objects.order_by("number")[before:])
    assert [entry.verb for entry in entries] == ["moved to “decided”", "moved to “fixing”", "moved to “fixed”"]
    assert {(entry.thing_kind, entry.thing_id) for entry in entries} == {("issue", "aaaa1111")}
    assert json.loads(entries[0].before)["state"] == "open"
    assert json.loads(entries[0].after) == {"state": "decided", "owner": "Head of fulfilment", "due": "2026-04-01", "reason": "because"}
    assert row.revision == 3


def test_the_second_of_two_is_told_who_did_what_and_nothing_is_lost(
    workspace: Shop, subject: Subject, seats: Callable[[str], Seated]
) -> None:
    from troth.workspace.issues.errors import ChangedSinceError
    from troth.workspace.issues.models import Standpoint
    from troth.workspace.issues.operations import accept_shares, contest_shares

    brand, service = speaker(seats, "brand-officer"), speaker(seats, "service-officer")
    accept_shares(subject=subject, speaker=service, revision=0, actor=who("Sol Service"), at=NOW)
    with pytest.raises(ChangedSinceError) as refused:
        contest_shares(subject=subject, speaker=brand, revision=0, reason="no", evidence="rows", actor=who("Bea Brand"), at=NOW)
    assert refused.value.status == 409
    assert "Sol Service accepted the shares" in refused.value.what
    assert [one.role for one in Standpoint.objects.all()] == [service.role]


# What a study proposes

STUDY = 7


@pytest.mark.parametrize(
    ("state", "fact", "proposed"),
    [
        ("open", None, "fixed"),
        ("decided", None, "fixed"),
        ("fixing", None, "fixed"),
        ("relapsed", None, "fixed"),
        ("accepted", None, ""),
        ("fixing", (40, 0, 100, 0), ""),
        ("fixed", (100, 10, 100, 10), "relapsed"),  # as often as before
        ("fixed", (100, 5, 100, 10), "relapsed"),  # half as often
        ("fixed", (100, 5, 100, 11), ""),  # less than half as often
        ("fixed", (100, 4, 100, 4), ""),  # too few to tell from chance
        ("held", (100, 10, 100, 10), "relapsed"),
        ("held", (0, 5, 0, 10), "relapsed"),  # no record before it was mended
        ("fixed", (100, 0, 100, 180), "held"),
        ("fixed", (100, 0, 100, 179), ""),
        ("fixed", (100, 1, 100, 400), ""),
        ("held", (100, 0, 100, 400), ""),
        ("fixed", "gone for 200", "held"),
        ("fixed", "gone for 20", ""),
    ],
)
def test_a_study_proposes_what_it_saw_and_nothing_more(workspace: Shop, state: str, fact: Any, proposed: str) -> None:
    from troth.workspace.issues.proposals import Kept, StudyFact, proposals
    from troth.workspace.issues.states import State, step

    if isinstance(fact, str):
        said = StudyFact(found=False, days_since=int(fact.rsplit(" ", 1)[1]))
    else:
        said = StudyFact(found=False) if fact is None else StudyFact(True, *fact)
    found = proposals([Kept("k", State(state), date(2026, 1, 10))], {"k": said}, STUDY)
    assert [str(one.to) for one in found] == ([proposed] if proposed else [])
    for one in found:
        step(State(state), one.to)  # what is proposed is allowed


def test_a_relapse_is_told_with_its_counts(workspace: Shop) -> None:
    from troth.workspace.issues.proposals import Kept, StudyFact, proposals
    from troth.workspace.issues.states import State

    [one] = proposals([Kept("k", State.FIXED, date(2026, 1, 10))], {"k": StudyFact(True, 100, 10, 100, 10)}, STUDY)
    assert one.words == "10 failures began since it was fixed on 10 January 2026: 7.0 a week, against 7.0 a week before. Has it come back?"


def test_facts_count_failures_on_both_sides_of_the_day(shop: Shop, workspace: Shop) -> None:
    from troth.workspace.issues.facts import study_fact
    from troth.workspace.issues.proposals import Kept
    from troth.workspace.issues.states import State
    from troth.workspace.studies.reading import open_study

    opened = open_study()
    key = shop.study.issues[0].where["issue"]
    rows = [row for row in shop.study.failures.to_pyarrow().to_pylist() if row["issue"] == key and row["first_at"] is not None]
    day = date(2024, 3, 5)
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(shop.study.manifest.timezone)
    since = sum(1 for row in rows if row["first_at"].replace(tzinfo=UTC).astimezone(zone).date() >= day)
    assert 0 < since < len(rows)
    fact = study_fact(opened, Kept(key, State.FIXED, day), found=True)
    assert (fact.failures_before, fact.failures_since) == (len(rows) - since, since)


# Splits


@given(st.dictionaries(st.sampled_from(["Fulfilment", "Marketing", "Service", "unknown"]), st.integers(0, 1000), min_size=1))
def test_a_split_adds_up_to_exactly_a_hundred_per_cent_or_is_refused(workspace: Shop, split: Mapping[str, int]) -> None:
    from troth.workspace.issues.errors import IssueError
    from troth.workspace.issues.shares import parsed

    written = [(area, str(Decimal(tenths) / 10)) for area, tenths in split.items()]
    if sum(split.values()) == 1000:
        assert parsed(written, ["Fulfilment", "Marketing", "Service"]) == {area: tenths for area, tenths in split.items() if tenths}
    else:
        with pytest.raises(IssueError, match="add up to"):
            parsed(written, ["Fulfilment", "Marketing", "Service"])


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ([("Fulfilment", "33.33"), ("unknown", "66.67")], "share"),
        ([("Fulfilment", "-1"), ("unknown", "101")], "share"),
        ([("Fulfilment", "NaN")], "share"),
        ([("Fulfilment", "1e2")], ""),
        ([("Fulfilment", "Infinity")], "share"),
        ([("Fulfilment", "all")], "share"),
        ([("Fulfillment", "100")], "area"),
        ([("Ful\x00filment", "100")], "area"),
        ([("Fulfilment", "50"), ("Fulfilment", "50")], "area"),
        ([], "share"),
        ([("unknown", "100 %")], ""),
        ([(" Fulfilment ", "66,7"), ("unknown", "33,3")], ""),
    ],
)
def test_a_split_that_is_none_is_refused_by_field(workspace: Shop, written: list[tuple[str, str]], place: str) -> None:
    from troth.workspace.issues.errors import IssueError
    from troth.workspace.issues.shares import parsed

    if not place:
        assert sum(parsed(written, ["Fulfilment", "Marketing"]).values()) == 1000
        return
    with pytest.raises(IssueError) as refused:
        parsed(written, ["Fulfilment", "Marketing"])
    assert refused.value.place == place


def test_the_split_both_officers_agree_to_counts_from_then_on_beside_the_computed_one(
    workspace: Shop, subject: Subject, seats: Callable[[str], Seated]
) -> None:
    from troth.workspace.issues.disagreements import disagreements
    from troth.workspace.issues.models import AgreedSplit
    from troth.workspace.issues.operations import agree, contest_shares, propose_split
    from troth.workspace.issues.splits import split_in_force

    brand, service = speaker(seats, "brand-officer"), speaker(seats, "service-officer")
    day = timedelta(days=1)
    contest_shares(subject=subject, speaker=brand, revision=0, reason="the lane was ours", evidence="carrier", actor=who("Bea"), at=NOW)
    shares = {"Fulfilment": 505, "Marketing": 395, "unknown": 100}
    split = propose_split(subject=subject, speaker=brand, revision=1, shares=shares, reason="half each", actor=who("Bea"), at=NOW + day)
    assert split_in_force(subject.key, COMPUTED, NOW + 2 * day) == COMPUTED  # one officer alone agrees to nothing
    assert len(disagreements()) == 1
    agreed = agree(subject=subject, split=split.pk, speaker=service, revision=2, actor=who("Sol"), at=NOW + 3 * day)
    assert agreed is not None
    assert (agreed.study, agreed.at) == (2, NOW + 3 * day)
    assert split_in_force(subject.key, COMPUTED, NOW + 3 * day) == {"Fulfilment": 0.505, "Marketing": 0.395, "unknown": 0.1}
    assert split_in_force(subject.key, COMPUTED, NOW + 2 * day) == COMPUTED  # dated: not before
    assert split_in_force("another", COMPUTED, NOW + 3 * day) == COMPUTED
    assert disagreements() == ()
    assert subject.computed == COMPUTED
    assert AgreedSplit.objects.count() == 1


def test_only_the_two_offices_agree_and_each_once(workspace: Shop, subject: Subject, seats: Callable[[str], Seated]) -> None:
    from troth.workspace.issues.errors import NotAllowedError, UnknownSplitError
    from troth.workspace.issues.models import AgreedSplit
    from troth.workspace.issues.operations import agree, propose_split

    brand, head = speaker(seats, "brand-officer"), speaker(seats, "area-head")
    split = propose_split(
        subject=subject, speaker=head, revision=0, shares={"unknown": 1000}, reason="nobody knows", actor=who("Ari"), at=NOW
    )
    assert agree(subject=subject, split=split.pk, speaker=brand, revision=1, actor=who("Bea"), at=NOW) is None
    for other in (brand, head):
        with pytest.raises(NotAllowedError):
            agree(subject=subject, split=split.pk, speaker=other, revision=2, actor=who("again"), at=NOW)
    with pytest.raises(UnknownSplitError):
        agree(subject=subject, split=split.pk + 1, speaker=brand, revision=2, actor=who("Bea"), at=NOW)
    assert not AgreedSplit.objects.exists()


def test_a_disagreement_is_settled_by_the_tie_break_after_two_cadences_and_not_before(
    workspace: Shop, subject: Subject, seats: Callable[[str], Seated]
) -> None:
    from troth.workspace.issues.disagreements import disagreements
    from troth.workspace.issues.errors import NotAllowedError
    from troth.workspace.issues.operations import contest_shares, propose_split, settle
    from troth.workspace.issues.splits import split_in_force

    brand, tie = speaker(seats, "brand-officer"), speaker(seats, "tie-break")
    contest_shares(subject=subject, speaker=brand, revision=0, reason="no", evidence="rows", actor=who("Bea"), at=NOW)
    split = propose_split(
        subject=subject, speaker=brand, revision=1, shares={"Fulfilment": 1000}, reason="all theirs", actor=who("Bea"), at=NOW
    )
    [standing] = disagreements()
    assert standing.escalates_at == NOW + timedelta(days=60)
    early, then = NOW + timedelta(days=60, seconds=-1), NOW + timedelta(days=60)
    for speaks, at in ((tie, early), (brand, then)):
        with pytest.raises(NotAllowedError):
            settle(subject=subject, speaker=speaks, revision=2, split=split.pk, reason="enough", actor=who("Tia"), at=at)
    settle(subject=subject, speaker=tie, revision=2, split=split.pk, reason="enough", actor=who("Tia"), at=then)
    assert split_in_force(subject.key, COMPUTED, then) == {"Fulfilment": 1.0}
    assert disagreements() == ()
    with pytest.raises(NotAllowedError):
        settle(subject=subject, speaker=tie, revision=3, split=None, reason="again", actor=who("Tia"), at=then)


def test_where_it_is_settled_that_the_computed_split_stands_each_study_computes_it_anew(
    workspace: Shop, subject: Subject, seats: Callable[[str], Seated]
) -> None:
    from troth.workspace.issues.operations import contest_shares, settle
    from troth.workspace.issues.splits import split_in_force

    then = NOW + timedelta(days=61)
    contest_shares(
        subject=subject, speaker=speaker(seats, "brand-officer"), revision=0, reason="no", evidence="rows", actor=who("Bea"), at=NOW
    )
    settle(subject=subject, speaker=speaker(seats, "tie-break"), revision=1, split=None, reason="it fits", actor=who("Tia"), at=then)
    assert split_in_force(subject.key, {"Service": 1.0}, then) == {"Service": 1.0}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("/ledger/promises/?state=broken", "/ledger/promises/?state=broken"),
        ("http://127.0.0.1:8000/ledger/?by=lane", "/ledger/?by=lane"),
        ("//elsewhere.example/x", None),
        ("https://elsewhere.example/x", None),
        ("http://[broken/x", None),
        ("javascript:alert(1)", None),
        ("/\\elsewhere.example", None),
    ],
)
def test_a_link_to_evidence_leads_into_this_workspace_only(
    workspace: Shop, subject: Subject, seats: Callable[[str], Seated], typed: str, kept: str | None
) -> None:
    from troth.workspace.issues.errors import IssueError
    from troth.workspace.issues.operations import contest_shares

    brand = speaker(seats, "brand-officer")
    if kept is None:
        with pytest.raises(IssueError) as refused:
            contest_shares(subject=subject, speaker=brand, revision=0, reason="no", link=typed, actor=who("Bea"), at=NOW)
        assert refused.value.place == "link"
    else:
        held = contest_shares(subject=subject, speaker=brand, revision=0, reason="no", link=typed, actor=who("Bea"), at=NOW)
        assert held.link == kept


# Pages


def card(shop: Shop) -> str:
    return f"/issues/{shop.study.issues[0].where['issue']}/"


def read(seated: Seated, path: str, **asked: str) -> dict[str, Any]:
    answer = seated.client.get(path, {"format": "json", **asked})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


def send(seated: Seated, path: str, status: int = 200, **form: Any) -> dict[str, Any]:
    answer = seated.client.post(f"{path}?format=json", form)
    assert answer.status_code == status, answer.text[:600]
    found: dict[str, Any] = answer.json()["data"]
    return found


def test_an_officer_contests_in_place_and_the_computed_split_stays(shop: Shop, seats: Callable[[str], Seated]) -> None:
    brand = seats("brand-officer")
    before = read(brand, card(shop))
    assert before["acts"]["stand"]["state"] == "open"
    assert before["acts"]["may_contest"]
    missing = send(brand, card(shop) + "shares", 422, do="contest", revision="0", reason="the lane", evidence="")
    assert missing["acts"]["problem"]["place"] == "evidence"
    assert missing["acts"]["sent"]["reason"] == "the lane"
    after = send(brand, card(shop) + "shares", do="contest", revision="0", reason="the lane", evidence="the carrier says so")
    assert after["areas"] == before["areas"]
    [held] = after["acts"]["standpoints"]
    assert (held["role"], held["contests"]) == ("Chief marketing officer", True)
    assert after["acts"]["disagreement"].startswith("Chief marketing officer contests these shares, since ")
    assert after["acts"]["history"][0]["what"] == "contested the shares"
    again = send(brand, card(shop) + "shares", 409, do="accept", revision="0")
    assert "Bea Brand contested the shares" in again["acts"]["problem"]["title"]
    both = read(seats("service-officer"), "/")["acts"]
    assert [one["words"] for one in both["disagreements"]] == [after["issue"]["title"]]


def test_the_card_says_how_the_shares_stand_in_every_state(
    shop: Shop, workspace: Shop, subject: Subject, seats: Callable[[str], Seated]
) -> None:
    """Not spoken of, accepted, contested, put otherwise, ruled on, agreed: one sentence, and true."""
    from troth.workspace.issues import operations as acts

    subject, at = replace(subject, key=shop.study.issues[0].where["issue"]), card(shop)
    brand, service, tie = (speaker(seats, seat) for seat in ("brand-officer", "service-officer", "tie-break"))

    def held(seat: str = "analyst") -> str:
        text = seats(seat).client.get(at).text
        said: str = read(seats(seat), at)["acts"]["held"]
        assert said in words_of(text)
        if said != nobody:
            assert nobody not in words_of(text)
        return said

    def words_of(text: str) -> str:
        return " ".join(unescape(text).split())

    nobody = "Nobody has accepted or contested these shares yet."
    assert held() == held("brand-officer") == nobody
    acts.accept_shares(subject=subject, speaker=brand, revision=0, actor=who("Bea"), at=NOW)
    assert held() == f"{brand.role.title} accepts the computed shares; nobody contests them."
    acts.contest_shares(subject=subject, speaker=service, revision=1, reason="no", evidence="rows", actor=who("Sol"), at=NOW)
    assert held().startswith(f"{service.role.title} contests these shares, since ")
    then = NOW + timedelta(days=60)
    acts.settle(subject=subject, speaker=tie, revision=2, split=None, reason="it fits", actor=who("Tia"), at=then)
    ruled = held()
    assert ruled.startswith(f"Settled by {tie.role.title} on ")
    assert ruled.endswith("the computed split stands.")
    split = acts.propose_split(
        subject=subject, speaker=brand, revision=3, shares={"Fulfilment": 1000}, reason="theirs", actor=who("Bea"), at=then
    )
    assert held() == f"{ruled} Another split is put to both officers; they have not both agreed to it."
    acts.agree(subject=subject, split=split.pk, speaker=service, revision=4, actor=who("Sol"), at=then)
    assert held().startswith("Agreed by both officers on ")


def test_a_split_is_put_agreed_and_shown_beside_the_computed_one(shop: Shop, seats: Callable[[str], Seated]) -> None:
    brand, service = seats("brand-officer"), seats("service-officer")
    wrong = send(
        brand, card(shop) + "shares", 422, do="propose", revision="0", reason="half", area=["Fulfilment", "unknown"], share=["50", "49"]
    )
    assert wrong["acts"]["problem"]["title"] == "These shares add up to 99%, and not to 100%."
    assert wrong["acts"]["form_rows"] == [["Fulfilment", "50"], ["unknown", "49"]]
    put = send(brand, card(shop) + "shares", do="propose", revision="0", reason="half", area=["Fulfilment", "unknown"], share=["50", "50"])
    [split] = put["acts"]["proposed"]
    assert not split["may_agree"]
    assert put["acts"]["in_force"] == "computed"
    waits = read(service, "/my-desk/")["asks"]
    assert any("agree, or propose another" in one["why"] for one in waits)
    done = send(service, card(shop) + "agree", revision="1", split=str(split["id"]))
    assert done["acts"]["in_force"] == "agreed"
    assert {row["area"]["words"]: row["agreed"] for row in done["acts"]["shares"]}["Fulfilment"] == "50%"
    assert done["areas"] == put["areas"]
    assert "on study 2" in done["acts"]["agreed_note"]


def test_the_state_is_moved_on_the_card_and_told_in_the_list(shop: Shop, seats: Callable[[str], Seated]) -> None:
    lead, head = seats("cx-lead"), seats("area-head")
    owner = speaker(seats, "area-head").role
    due = date(2030, 5, 1)
    done = send(lead, card(shop) + "state", to="decided", revision="0", owner=str(owner.pk), due=due.isoformat(), reason="")
    assert done["acts"]["stand"] | {"proposal": ""} == {
        "state": "decided",
        "owner": "Head of fulfilment",
        "due": "1 May 2030",
        "late": False,
        "contested": False,
        "proposal": "",
    }
    wrong = send(lead, card(shop) + "state", 409, to="held", revision="1", owner=str(owner.pk), due=due.isoformat())
    assert "“fixing”" in wrong["acts"]["problem"]["mend"]
    for bad, place in (({"to": "gone"}, "state"), ({"owner": "x"}, "owner"), ({"owner": "999999"}, "owner"), ({"due": "soon"}, "due")):
        refused = send(lead, card(shop) + "state", 422, **({"to": "", "revision": "1", "owner": str(owner.pk), "due": ""} | bad))
        assert refused["acts"]["problem"]["place"] == place
    listed = read(lead, "/issues/", state="decided")
    assert [row["stand"]["owner"] for row in listed["issues"]] == ["Head of fulfilment"]
    assert listed["rest"] == []
    assert read(lead, "/issues/", state="held")["issues"] == []
    assert lead.client.get("/issues/", {"state": "gone"}).status_code == 400
    [ask] = read(head, "/my-desk/")["asks"]
    assert (ask["when"], ask["late"]) == ("by 1 May 2030", False)
    rows = lead.client.get("/issues/?format=csv")
    assert b"decided,Head of fulfilment,2030-05-01" in body(rows)


def test_each_seat_may_do_what_the_table_has(shop: Shop, seats: Callable[[str], Seated]) -> None:
    may = {
        "state": {"brand-officer", "service-officer", "cx-lead", "area-head"},
        "shares": {"brand-officer", "service-officer", "area-head"},
        "agree": {"brand-officer", "service-officer"},
        "settle": {"tie-break"},
    }
    from tests.workspace.seats import SEATS

    for act, allowed in may.items():
        for seat in SEATS:
            answer = seats(seat).client.post(card(shop) + act, {"revision": "0"})
            assert (answer.status_code != 403) == (seat in allowed), (act, seat, answer.status_code)
            assert answer.status_code < 500


def test_an_area_head_speaks_for_their_area_alone(shop: Shop, seats: Callable[[str], Seated]) -> None:
    from django.utils import timezone

    from troth.workspace.people import operations as people
    from troth.workspace.people.models import Grant
    from troth.workspace.timeline.operations import TERMINAL

    head = seats("area-head")
    role = speaker(seats, "area-head").role
    assert send(head, card(shop) + "shares", do="accept", revision="0")["acts"]["standpoints"][0]["role"] == role.title
    held = Grant.objects.get(role=role, valid_to=None)
    people.end_grant(grant=held, actor=TERMINAL, at=timezone.now())
    other = people.grant(role=role, area="Returns", decide=True, actor=TERMINAL, at=timezone.now())
    try:
        assert head.client.post(card(shop) + "shares", {"do": "accept", "revision": "1"}).status_code == 404
        for key in ("no-such", "%00", "x" * 500):
            assert head.client.post(f"/issues/{key}/state", {"revision": "1"}).status_code == 404
    finally:
        people.end_grant(grant=other, actor=TERMINAL, at=timezone.now())
        people.grant(role=role, area="Fulfilment", decide=True, actor=TERMINAL, at=timezone.now())


def test_an_older_study_is_read_and_not_acted_on(shop: Shop, seats: Callable[[str], Seated]) -> None:
    brand = seats("brand-officer")
    key = shop.study.issues[0].where["issue"]
    page = brand.client.get(f"/issues/{key}/", {"study": "1", "format": "json"})
    if page.status_code == 200:
        assert not page.json()["data"]["acts"]["may_contest"]
        assert brand.client.post(f"/issues/{key}/shares?study=1", {"do": "accept", "revision": "0"}).status_code == 400


def test_an_issue_that_is_gone_keeps_its_page_and_its_history(shop: Shop, seats: Callable[[str], Seated], subject: Subject) -> None:
    moved(subject, "decided fixing", speaker(seats, "area-head").role)
    brand = seats("brand-officer")
    page = read(brand, f"/issues/{subject.key}/")
    assert page["acts"]["stand"]["proposal"] == "Study 2 does not find it any more: has it been fixed?"
    assert words(page["sentence"]) == f"Study 2 does not find {subject.words} any more."
    [gone] = read(brand, "/issues/")["gone"]
    assert gone["words"] == subject.words
    waits = read(brand, "/")["acts"]["waiting"]
    assert any(one["words"] == subject.words for one in waits)
    done = send(brand, f"/issues/{subject.key}/state", to="fixed", revision="2", owner="", due="")
    assert done["acts"]["stand"]["state"] == "fixed"
    assert seats("case-owner").client.get(f"/issues/{subject.key}/").status_code == 200
    refused = brand.client.post(f"/issues/{subject.key}/shares", {"do": "accept", "revision": "3"})
    assert refused.status_code == 409


# Unseen


def unseen_by(seats: Callable[[str], Seated], title: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = read(seats("executive"), "/")["acts"]["unseen"]
    return next(row for row in rows if row["role"] == title)


def test_what_an_officer_opened_is_seen_until_it_changes(shop: Shop, seats: Callable[[str], Seated]) -> None:
    brand, service = seats("brand-officer"), seats("service-officer")
    all_ = len([issue for issue in shop.study.issues if issue.rank])
    first = unseen_by(seats, "Chief marketing officer")
    assert (first["issues"], first["disagreements"], first["studies"]) == (all_, 0, 1)
    assert brand.client.get(card(shop)).status_code == 200
    assert brand.client.get(card(shop)).status_code == 200
    assert brand.client.get("/").status_code == 200
    seen = unseen_by(seats, "Chief marketing officer")
    assert (seen["issues"], seen["studies"]) == (all_ - 1, 0)
    assert unseen_by(seats, "Chief service officer")["issues"] == all_  # what one opened the other has not
    service.client.post(card(shop) + "shares", {"do": "contest", "revision": "0", "reason": "no", "evidence": "rows"})
    changed = unseen_by(seats, "Chief marketing officer")
    assert (changed["issues"], changed["disagreements"]) == (all_, 1)
    assert unseen_by(seats, "Chief service officer")["disagreements"] == 0  # who acts has seen it
    seats("analyst").client.get(card(shop))
    assert unseen_by(seats, "Chief marketing officer")["issues"] == all_


def test_a_page_is_shown_though_the_database_cannot_note_that_it_was_opened(
    shop: Shop, seats: Callable[[str], Seated], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError
    from django.db.models import QuerySet

    real = QuerySet.get_or_create

    def locked(self: Any, *given_: Any, **named: Any) -> Any:
        if "kind" in named:
            raise OperationalError("database is locked")
        return real(self, *given_, **named)

    monkeypatch.setattr(QuerySet, "get_or_create", locked)
    brand = seats("brand-officer")
    assert brand.client.get(card(shop)).status_code == 200
    assert brand.client.get("/my-desk/").status_code == 200


def test_opening_writes_no_entry_of_the_timeline(shop: Shop, seats: Callable[[str], Seated]) -> None:
    from troth.workspace.timeline.models import Entry

    brand = seats("brand-officer")
    before = Entry.objects.count()
    for path in (card(shop), "/", "/my-desk/"):
        brand.client.get(path)
    assert Entry.objects.count() == before


# My desk


def test_my_desk_tells_every_seat_what_is_theirs(shop: Shop, seats: Callable[[str], Seated]) -> None:
    from tests.workspace.seats import OUTSIDER, SEATS

    for seat in SEATS:
        answer = seats(seat).client.get("/my-desk/")
        assert answer.status_code == (403 if seat == OUTSIDER else 200), seat
        if seat != OUTSIDER:
            assert "Here will stand the issues your roles see to" in answer.text
    desk = read(seats("area-head"), "/my-desk/")
    [area] = desk["areas"]
    mine = read(seats("executive"), "/ledger/", **{"only.kept_by": "Fulfilment"})["total"]
    assert (area["area"]["words"], area["keeps"], area["broken"]) == ("Fulfilment", mine["due"], mine["broken"])
    assert read(seats("executive"), "/my-desk/")["no_areas"]


def test_my_desk_tells_what_others_did_since_i_looked_and_not_what_i_did(shop: Shop, seats: Callable[[str], Seated]) -> None:
    brand, head = seats("brand-officer"), seats("area-head")
    send(brand, card(shop) + "state", to="accepted", revision="0", owner="", due="", reason="it is known")
    news = [one for one in read(head, "/my-desk/")["changes"] if one["who"] == "Bea Brand" and one["address"]]
    assert "moved to “accepted”" in [one["what"] for one in news]
    assert all(one["who"] != "Bea Brand" for one in read(brand, "/my-desk/")["changes"])


def test_news_stays_for_a_visit_and_the_next_visit_begins_where_it_ended(workspace: Shop, seats: Callable[[str], Seated]) -> None:
    from troth.workspace.issues.operations import mark_opened

    person = seats("finance").person
    minutes = timedelta(minutes=1)
    looked = [mark_opened(person=person, kind="my desk", at=NOW + after * minutes) for after in (0, 5, 50, 60, 200)]
    assert looked == [None, None, NOW + 5 * minutes, NOW + 5 * minutes, NOW + 60 * minutes]


def test_the_card_with_its_state_stays_within_120_words_and_4_numbers(shop: Shop, seats: Callable[[str], Seated]) -> None:
    page = read(seats("brand-officer"), card(shop))
    assert len(page["numbers"]) == 4
    said = [words(page["sentence"]), *(str(part) for fact in page["numbers"] for part in fact.values()), page["acts"]["meaning"]]
    assert len(" ".join(said).split()) <= 120


BOTH_AT_ONCE = """
from datetime import datetime, timedelta, UTC
from threading import Barrier, Thread
from django.db import connection
from django.utils import timezone
from troth.workspace.issues import operations
from troth.workspace.issues.errors import ChangedSinceError
from troth.workspace.issues.models import AgreedSplit, Opened, ProposedSplit, Standpoint
from troth.workspace.issues.operations import Speaker, Subject
from troth.workspace.issues.splits import split_in_force
from troth.workspace.people import operations as people
from troth.workspace.people.models import Person
from troth.workspace.timeline.chain import verify
from troth.workspace.timeline.operations import TERMINAL, Actor

now = timezone.now()
speakers = []
for number, seat in enumerate(["brand-officer", "service-officer"]):
    person = people.add_person(name=f"Officer {number}", actor=TERMINAL, at=now)
    role = people.add_role(title=f"Role {number}", seat=seat, actor=TERMINAL, at=now)
    people.seat(role=role, person=person, actor=TERMINAL, at=now)
    speakers.append(Speaker(person, role))
subject = Subject("k", "an issue", ("Fulfilment",), {"Fulfilment": 1.0}, 1)
start, told = Barrier(2), []
def contest(speaker):
    start.wait()
    try:
        operations.contest_shares(subject=subject, speaker=speaker, revision=0, reason="no", evidence="rows",
                                  actor=Actor(speaker.person.pk, speaker.person.name), at=timezone.now())
        told.append("done")
    except ChangedSinceError as error:
        told.append(error.what)
    operations.mark_opened(person=speakers[0].person, kind="issue", key="k", at=timezone.now())
    connection.close()
threads = [Thread(target=contest, args=[speaker]) for speaker in speakers]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
found["told"] = sorted(told)
found["standpoints"], found["opened"] = Standpoint.objects.count(), Opened.objects.count()
split = operations.propose_split(subject=subject, speaker=speakers[0], revision=1, shares={"unknown": 1000}, reason="r",
                                 actor=TERMINAL, at=now)
operations.agree(subject=subject, split=split.pk, speaker=speakers[1], revision=2, actor=TERMINAL, at=now)
found["in force"] = split_in_force("k", {"Fulfilment": 1.0}, timezone.now())
found["whole"], found["vendor"] = verify().whole, connection.vendor
"""


def check_both(found: dict[str, Any]) -> None:
    assert found["told"][0] == "done"
    assert "contested the shares; so nothing of yours is written yet" in found["told"][1]
    assert (found["standpoints"], found["opened"]) == (1, 1)
    assert found["in force"] == {"unknown": 1.0}
    assert found["whole"] is True


def test_of_two_who_contest_at_once_one_is_told_what_the_other_did(bare: Shop) -> None:
    from tests.workspace.test_serving import report

    found = report(bare, BOTH_AT_ONCE)
    assert found["vendor"] == "sqlite"
    check_both(found)


@pytest.mark.postgres
def test_of_two_who_contest_at_once_on_postgresql_too(bare: Shop, postgres_url: str) -> None:
    from tests.workspace.test_serving import report

    found = report(bare, BOTH_AT_ONCE, database=postgres_url)
    assert found["vendor"] == "postgresql"
    check_both(found)
