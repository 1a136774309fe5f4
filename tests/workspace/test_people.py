"""Who comes in by password, code and invitation; what a role is granted; and that nothing of it is deleted."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING

import pytest

from tests.workspace.conftest import Shop
from tests.workspace.seats import OUTSIDER, Seated

if TYPE_CHECKING:
    from django.test import Client

    from troth.workspace.people.models import Person, Role

GOOD = "long enough, and nobody's name"
_NEW = count(1)


@pytest.fixture
def browser(workspace: Shop) -> Client:
    """A browser nobody is signed in on; refusals of other tests are forgotten."""
    from django.test import Client

    from troth.workspace.people.models import Refusal

    Refusal.objects.all().delete()
    return Client(headers={"host": "127.0.0.1"})


@pytest.fixture
def person(workspace: Shop) -> Person:
    """Somebody new, with a password."""
    from django.utils import timezone

    from troth.workspace.people import operations
    from troth.workspace.timeline.operations import TERMINAL

    number, now = next(_NEW), timezone.now()
    made = operations.add_person(name=f"Pat {number}", email=f"Pat{number}@Example.org", actor=TERMINAL, at=now)
    operations.set_password(person=made, password=GOOD, actor=TERMINAL, at=now)
    return made


@pytest.fixture
def role(workspace: Shop) -> Role:
    """A new role."""
    from django.utils import timezone

    from troth.workspace.people.operations import add_role
    from troth.workspace.timeline.operations import TERMINAL

    return add_role(title=f"Post {next(_NEW)}", seat="area-head", actor=TERMINAL, at=timezone.now())


def sign_in(browser: Client, name: str, password: str = GOOD) -> int:
    status: int = browser.post("/sign-in/", {"name": name, "password": password}).status_code
    return status


def test_one_signs_in_by_name_or_by_e_mail_address(browser: Client, person: Person) -> None:
    for name in (person.name, str(person.email), str(person.email).upper()):
        assert sign_in(browser, name) == 302
        assert browser.get("/account/").status_code == 200
        browser.cookies.clear()


def test_a_wrong_password_and_an_unknown_name_are_told_alike(browser: Client, person: Person) -> None:
    wrong = browser.post("/sign-in/", {"name": person.name, "password": "not this one"})
    unknown = browser.post("/sign-in/", {"name": "nobody at all", "password": "not this one"})
    assert wrong.status_code == unknown.status_code == 403
    assert [re.findall(r"<strong>(.+?)</strong>", answer.text) for answer in (wrong, unknown)] == [
        ["This name and password let nobody in."]
    ] * 2


def test_an_account_waits_after_ten_refusals_wherever_they_come_from(browser: Client, person: Person) -> None:
    from django.utils import timezone

    from troth.workspace.people.models import Refusal
    from troth.workspace.people.operations import REFUSALS, hashed

    account, now = hashed(f"person {person.pk}"), timezone.now()
    for number in range(REFUSALS):
        Refusal.objects.create(address=f"192.0.2.{number}", account=account, at=now)
    assert sign_in(browser, person.name) == 429
    Refusal.objects.update(at=now - timedelta(minutes=16))
    assert sign_in(browser, person.name) == 302


def test_an_address_waits_after_ten_refusals_whoever_they_are_for(browser: Client, person: Person) -> None:
    from django.utils import timezone

    from troth.workspace.people.models import Refusal
    from troth.workspace.people.operations import REFUSALS

    for _ in range(REFUSALS):
        Refusal.objects.create(address="127.0.0.1", at=timezone.now())
    assert sign_in(browser, person.name) == 429


def test_an_invitation_lets_somebody_choose_a_password_once(browser: Client, seats: Callable[[str], Seated]) -> None:
    admin = seats("administrator").client
    page = admin.post("/people/", {"do": "invite", "name": "Ivy Ted", "email": "ivy@example.org"})
    [path] = re.findall(r"http://127\.0\.0\.1:8000(/sign-in/[\w-]+)", page.text)
    assert "choose a password" in browser.get(path).text
    for password, again, wrong in (
        (GOOD, "another", "differ"),
        ("short", "short", "too short"),
        ("ivy@example.org", "ivy@example.org", "similar"),
    ):
        answer = browser.post(path, {"password": password, "again": again})
        assert answer.status_code == 422
        assert wrong in answer.text
    assert browser.post(path, {"password": GOOD, "again": GOOD}).status_code == 302
    assert browser.get("/account/").status_code == 200
    assert browser.post(path, {"password": "quite another one", "again": "quite another one"}).status_code == 403
    browser.cookies.clear()
    assert sign_in(browser, "ivy@example.org") == 302


def test_an_invitation_holds_seven_days(person: Person) -> None:
    from django.utils import timezone

    from troth.workspace.people import operations
    from troth.workspace.people.errors import LinkError
    from troth.workspace.people.models import LinkPurpose
    from troth.workspace.timeline.operations import TERMINAL

    now = timezone.now()
    link = operations.issue_link(person=person, purpose=LinkPurpose.INVITATION, actor=TERMINAL, at=now)
    token = link.rsplit("/", 1)[1]
    with pytest.raises(LinkError):
        operations.redeem(token=token, address="192.0.2.77", at=now + timedelta(days=7), password=GOOD)
    assert operations.redeem(token=token, address="192.0.2.77", at=now + timedelta(days=6, hours=23), password=GOOD) == person


def test_with_two_factor_on_password_and_link_ask_for_a_code_that_works_once(browser: Client, person: Person) -> None:
    from django.utils import timezone

    from troth.workspace.people import codes, operations
    from troth.workspace.people.models import SecondFactor
    from troth.workspace.timeline.operations import TERMINAL

    assert sign_in(browser, person.name) == 302
    begun = browser.post("/account/second-factor", {"do": "begin"})
    salt = SecondFactor.objects.get(person=person).salt
    assert "<svg" in begun.text
    assert codes.secret_of(salt) in begun.text
    assert browser.post("/account/second-factor", {"do": "confirm", "code": "000 00"}).status_code == 422
    assert sign_in(browser, person.name) == 302  # begun is not on
    now = timezone.now()
    on = browser.post("/account/second-factor", {"do": "confirm", "code": codes.code_at(salt, now)})
    recovery = re.findall(r"<code>((?:[a-z2-7]{4}-){3}[a-z2-7]{4})</code>", on.text)
    assert len(set(recovery)) == codes.RECOVERY_CODES

    def second_step(first: str, code: str) -> int:
        from django.test import Client

        fresh = Client(headers={"host": "127.0.0.1"})
        data = {"name": person.name, "password": GOOD} if first == "/sign-in/" else {}
        asked = fresh.post(first, data)
        assert asked.status_code == 200
        assert fresh.get("/account/").status_code == 302  # not in yet
        [ticket] = re.findall(r'name="ticket" value="([^"]+)"', asked.text)
        status: int = fresh.post("/sign-in-code/", {"ticket": ticket, "code": code}).status_code
        assert (fresh.get("/account/").status_code == 200) == (status == 302)
        return status

    used = codes.code_at(salt, now)
    assert second_step("/sign-in/", used) == 403  # it confirmed, so it is used
    following = codes.code_at(salt, now + timedelta(seconds=codes.STEP))
    assert second_step("/sign-in/", following) == 302
    assert second_step("/sign-in/", following) == 403
    link = operations.issue_link(person=person, actor=TERMINAL, at=timezone.now())
    assert second_step(link, recovery[0].upper().replace("-", " ")) == 302
    link = operations.issue_link(person=person, actor=TERMINAL, at=timezone.now())
    assert second_step(link, recovery[0]) == 403
    assert browser.post("/account/second-factor", {"do": "turn off", "code": "123456"}).status_code == 403
    assert browser.post("/account/second-factor", {"do": "turn off", "code": recovery[1]}).status_code == 200
    assert sign_in(browser, person.name) == 302


def test_a_forged_or_old_ticket_leads_back_to_the_beginning(browser: Client, person: Person) -> None:
    for ticket in ("", "1:abc:def", "eyJ:1"):
        assert browser.post("/sign-in-code/", {"ticket": ticket, "code": "123456"}).headers["Location"] == "/sign-in/"


def test_the_database_holds_neither_secret_nor_code_nor_session(browser: Client, person: Person) -> None:
    from django.apps import apps
    from django.utils import timezone

    from troth.workspace.people import codes, operations
    from troth.workspace.timeline.operations import TERMINAL

    sign_in(browser, person.name)
    now = timezone.now()
    factor = operations.enrol_second_factor(person=person, actor=TERMINAL, at=now)
    made = operations.confirm_second_factor(person=person, code=codes.code_at(factor.salt, now), actor=TERMINAL, at=now)
    token = browser.session["session"]
    kept = " ".join(
        str(value)
        for app in ("people", "timeline")
        for model in apps.get_app_config(app).get_models()
        for row in model._default_manager.values()
        for value in row.values()
    )
    assert factor.salt in kept
    for secret in (codes.secret_of(factor.salt), token, GOOD, *made, *map(codes.plain_code, made)):
        assert secret not in kept


def test_sessions_are_listed_and_ended_one_by_one(browser: Client, person: Person, seats: Callable[[str], Seated]) -> None:
    from django.test import Client

    from troth.workspace.people.models import Session

    other = Client(headers={"host": "127.0.0.1", "user-agent": "Other browser <1>"})
    sign_in(browser, person.name)
    sign_in(other, person.name)
    listed = browser.get("/account/", {"format": "json"}).json()["data"]["sessions"]
    assert sorted((one["browser"], one["here"]) for one in listed) == [("", True), ("Other browser <1>", False)]
    [theirs] = [one["id"] for one in listed if not one["here"]]
    stranger = seats(OUTSIDER).client
    assert stranger.post("/account/sessions", {"session": theirs}).status_code == 404
    assert other.get("/account/").status_code == 200
    assert browser.post("/account/sessions", {"session": theirs}).status_code == 200
    assert other.get("/account/").status_code == 302
    assert browser.get("/account/").status_code == 200
    assert Session.objects.get(pk=theirs).ended_at is not None


def test_a_new_password_ends_every_other_session(browser: Client, person: Person) -> None:
    from django.test import Client

    other = Client(headers={"host": "127.0.0.1"})
    sign_in(browser, person.name)
    sign_in(other, person.name)
    new = "another one that is long"
    assert browser.post("/account/password", {"current": "wrong", "password": new, "again": new}).status_code == 422
    assert browser.post("/account/password", {"current": GOOD, "password": new, "again": new}).status_code == 200
    assert browser.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302
    assert sign_in(other, person.name) == 403
    assert sign_in(other, person.name, new) == 302


def test_somebody_deactivated_is_out_at_once_and_their_record_stays(
    browser: Client, person: Person, seats: Callable[[str], Seated]
) -> None:
    sign_in(browser, person.name)
    admin = seats("administrator").client
    assert admin.post("/people/", {"do": "deactivate", "person": person.pk}).status_code == 200
    assert browser.get("/account/").status_code == 302
    assert sign_in(browser, person.name) == 403
    assert admin.post("/people/", {"do": "link", "person": person.pk}).status_code == 422
    assert admin.post("/people/", {"do": "reactivate", "person": person.pk}).status_code == 200
    assert sign_in(browser, person.name) == 302


def test_a_new_grant_takes_the_place_of_the_one_that_holds_and_both_stay_on_record(role: Role) -> None:
    from django.utils import timezone

    from troth.workspace.people.models import Grant
    from troth.workspace.people.operations import end_grant, grant
    from troth.workspace.timeline.operations import TERMINAL

    now, hour = timezone.now(), timedelta(hours=1)
    grant(role=role, area="Fulfilment", decide=False, actor=TERMINAL, at=now)
    second = grant(role=role, area="Fulfilment", decide=True, spend_limit=Decimal(5000), currency="eur", actor=TERMINAL, at=now + hour)
    end_grant(grant=second, actor=TERMINAL, at=now + 2 * hour)
    end_grant(grant=second, actor=TERMINAL, at=now + 3 * hour)  # over already: its end stays
    rows = list(Grant.objects.filter(role=role).order_by("pk"))
    assert [(row.decide, row.valid_from, row.valid_to) for row in rows] == [(False, now, now + hour), (True, now + hour, now + 2 * hour)]
    assert rows[1].currency == "EUR"
    in_force = {at: [row.decide for row in Grant.in_force(at).filter(role=role)] for at in (now, now + hour, now + 2 * hour)}
    assert list(in_force.values()) == [[False], [True], []]


def test_moving_a_role_leaves_its_grants_and_a_role_never_reports_to_itself(role: Role) -> None:
    from django.utils import timezone

    from troth.workspace.people.errors import PeopleError
    from troth.workspace.people.models import Grant
    from troth.workspace.people.operations import add_role, grant, move_role
    from troth.workspace.timeline.operations import TERMINAL

    now = timezone.now()
    grant(role=role, area="IT", decide=True, actor=TERMINAL, at=now)
    before = list(Grant.objects.filter(role=role).values())
    beneath = add_role(title=f"Beneath {role.title}", seat="case-owner", reports_to=role, actor=TERMINAL, at=now)
    top = add_role(title=f"Above {role.title}", seat="executive", actor=TERMINAL, at=now)
    move_role(role=role, reports_to=top, dotted_to=None, actor=TERMINAL, at=now)
    assert list(Grant.objects.filter(role=role).values()) == before
    for ring in (role, beneath):
        with pytest.raises(PeopleError) as refused:
            move_role(role=role, reports_to=ring, dotted_to=None, actor=TERMINAL, at=now)
        assert refused.value.place == "reports_to"


@pytest.mark.parametrize(
    ("form", "place"),
    [
        ({"do": "invite", "name": ""}, "name"),
        ({"do": "invite", "name": "a@b"}, "name"),
        ({"do": "invite", "name": "Ada Admin"}, "name"),
        ({"do": "invite", "name": "x" * 201}, "name"),
        ({"do": "invite", "name": "nul\x00"}, "name"),
        ({"do": "invite", "name": "Somebody", "email": "no address"}, "email"),
        ({"do": "add role", "title": "New", "seat": "emperor"}, "seat"),
        ({"do": "add role", "title": "New", "seat": "analyst", "aspect": "other"}, "aspect"),
        ({"do": "add role", "title": "New", "seat": "analyst", "reports_to": "99999999"}, "reports_to"),
        ({"do": "seat", "role": "no number", "person": "1"}, "role"),
        ({"do": "grant", "role": "ROLE", "area": "Atlantis"}, "area"),
        ({"do": "grant", "role": "ROLE", "area": "Fulfilment", "spend_limit": "5000"}, "currency"),
        ({"do": "grant", "role": "ROLE", "area": "Fulfilment", "spend_limit": "-1", "currency": "EUR"}, "spend_limit"),
        ({"do": "grant", "role": "ROLE", "area": "Fulfilment", "spend_limit": "NaN", "currency": "EUR"}, "spend_limit"),
        ({"do": "grant", "role": "ROLE", "area": "Fulfilment", "spend_limit": "1e99", "currency": "EUR"}, "spend_limit"),
        ({"do": "grant", "role": "ROLE", "area": "Fulfilment", "spend_limit": "5", "currency": "EURO"}, "currency"),
        ({"do": "grant", "role": "ROLE", "area": "Fulfilment", "capacity_hours": "5"}, "capacity_per"),
        ({"do": "grant", "role": "ROLE", "area": "Fulfilment", "capacity_hours": "5", "capacity_per": "day"}, "capacity_per"),
        ({"do": "grant", "role": "ROLE", "area": "Fulfilment", "valid_from": "tomorrow"}, "valid_from"),
        ({"do": "grant", "role": "ROLE", "area": "Fulfilment", "valid_from": "2026-02-02", "valid_to": "2026-02-01"}, "valid_to"),
        ({"do": "end grant", "grant": "0"}, "grant"),
        ({"do": "unseat", "tenure": "9" * 30}, "tenure"),
        ({"do": "nothing"}, "do"),
        ({}, "do"),
    ],
)
def test_a_form_that_cannot_be_is_answered_in_place(seats: Callable[[str], Seated], role: Role, form: dict[str, str], place: str) -> None:
    sent = {name: str(role.pk) if value == "ROLE" else value for name, value in form.items()}
    answer = seats("administrator").client.post("/people/?format=json", sent)
    assert answer.status_code in {404, 422}
    problem = answer.json()["data"]["problem"]
    assert problem["place"] == place
    assert problem["mend"]


def test_everything_an_administrator_does_works_from_the_page(seats: Callable[[str], Seated]) -> None:
    from troth.workspace.people.models import Grant, Person, Role, Sight, Tenure

    admin = seats("administrator").client

    def send(**form: object) -> None:
        answer = admin.post("/people/", form)
        assert answer.status_code == 200, re.findall(r"<strong>(.+?)</strong>", answer.text)

    send(do="invite", name="Page Boy")
    person = Person.objects.get(name="Page Boy")
    send(do="add role", title="Head of pages", seat="area-head", aspect="operating")
    role = Role.objects.get(title="Head of pages")
    send(do="move role", role=role.pk, reports_to="", dotted_to="")
    send(do="seat", role=role.pk, person=person.pk, valid_to="2100-01-01")
    send(
        do="grant",
        role=role.pk,
        area="Fulfilment",
        decide="yes",
        spend_limit="5,000",
        currency="eur",
        capacity_hours="40",
        capacity_per="month",
    )
    send(do="let see", role=role.pk, area="Marketing")
    page = admin.get("/people/")
    assert "decides, spends EUR 5,000, 40 h a month" in page.text
    send(do="end sight", sight=Sight.objects.get(role=role).pk)
    send(do="end grant", grant=Grant.objects.get(role=role).pk)
    send(do="unseat", tenure=Tenure.objects.get(role=role).pk)
    send(do="link", person=person.pk, purpose="invitation")
    send(do="no second factor", person=person.pk)
    assert (Tenure.objects.filter(role=role).count(), Grant.objects.filter(role=role).count(), Sight.objects.filter(role=role).count()) == (
        1,
        1,
        1,
    )


def test_two_open_grants_of_one_role_in_one_area_are_refused_by_the_database(role: Role) -> None:
    from django.db import IntegrityError, transaction
    from django.utils import timezone

    from troth.workspace.people.models import Grant

    now = timezone.now()
    Grant.objects.create(role=role, area="IT", decide=True, valid_from=now)
    for wrong in (
        {"area": "IT"},
        {"area": "Finance", "valid_to": now - timedelta(hours=1)},
        {"area": "Finance", "spend_limit": Decimal(5)},
        {"area": "Finance", "capacity_hours": Decimal(-5), "capacity_per": "month"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Grant.objects.create(**{"role": role, "decide": True, "valid_from": now, **wrong})


def test_the_desk_is_the_administrator_whatever_was_done_to_it(workspace: Shop) -> None:
    from django.utils import timezone

    from troth.workspace.people import operations
    from troth.workspace.people.guard import standing_of
    from troth.workspace.people.models import Person, Tenure
    from troth.workspace.timeline.operations import TERMINAL

    now = timezone.now()
    operations.desk_link(at=now)
    desk = Person.objects.get(name="Desk")
    for tenure in Tenure.in_force(now).filter(person=desk):
        operations.unseat(tenure=tenure, actor=TERMINAL, at=now)
    operations.deactivate(person=desk, actor=TERMINAL, at=now)
    assert standing_of(desk, now).seats == set()
    operations.desk_link(at=now)
    desk.refresh_from_db()
    assert desk.is_active
    assert standing_of(desk, now).seats == {"administrator"}


def test_instants_are_told_with_the_zone_they_are_told_in(reader: Client) -> None:
    for path, places in (("/people/", 5), ("/account/", 2)):
        page = reader.get(path)
        assert reader.get(path, {"format": "json"}).json()["data"]["timezone"] == "America/New_York"
        assert page.text.count("America/New_York") == places, path
