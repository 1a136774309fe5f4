"""The API answers as the pages do: who may see what, numbers to the same digit, problems, cursors, and each write once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.workspace.conftest import Shop
from tests.workspace.seats import SEATS, Seated

if TYPE_CHECKING:
    from django.test import Client

    from troth.workspace.people.models import Person

NEEDED: dict[str, dict[str, str | int]] = {
    "/api/customers/timeline": {"customer": "c0010"},
    "/api/studies/changes": {"before": 1, "after": 2},
    "/api/ledger/change": {"name": "delivery date", "before": "2024-02", "after": "2024-03"},
}
"""What an address cannot do without."""

UNWALKED = {"/api/explain/journeys/walked"}
"""What nothing can be asked of in this shop, which keeps no rows of journeys: test_rows_behind asks it of one that does."""

SINGLE = {"/api/timeline", "/api/timeline/check"}
"""Addresses open to the auditor and the administrator alone."""


def token_for(person: Person, *scopes: str, days: int = 1) -> str:
    """A token of this person, with a name of its own."""
    from django.utils import timezone

    from troth.workspace.people.models import Token
    from troth.workspace.people.tokens import issue_token
    from troth.workspace.timeline.operations import TERMINAL

    name = f"program {Token.objects.count() + 1}"
    return issue_token(person=person, name=name, scopes=scopes, days=days, actor=TERMINAL, at=timezone.now())[1]


class Program:
    """A program that shows a token."""

    def __init__(self, token: str) -> None:
        from django.test import Client

        self.client = Client(headers={"host": "127.0.0.1", "authorization": f"Bearer {token}"}, enforce_csrf_checks=True)

    def get(self, path: str, **asked: str | int) -> Any:
        return self.client.get(path, asked)

    def post(self, path: str, body: object = None, **headers: str) -> Any:
        sent = "" if body is None else json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(path, sent, content_type="application/json", headers=named)


@pytest.fixture
def program(seats: Callable[[str], Seated]) -> Callable[..., Program]:
    """Gives a program of somebody in a seat, with these scopes; every scope where none is named."""
    from troth.workspace.people.models import Scope

    return lambda seat, *scopes: Program(token_for(seats(seat).person, *(scopes or Scope.values)))


@pytest.fixture
def document(program: Callable[..., Program]) -> dict[str, Any]:
    found: dict[str, Any] = program("auditor").get("/api/openapi.json").json()
    return found


def lists(document: dict[str, Any]) -> Iterator[str]:
    """Addresses that can be read as they are."""
    return (path for path, methods in document["paths"].items() if "get" in methods and "{" not in path)


def test_the_document_is_openapi_3_1_and_tells_of_every_route(document: dict[str, Any]) -> None:
    from troth.workspace.people.permissions import LIKE_PAGES

    assert document["openapi"].startswith("3.1")
    assert len(document["paths"]) == len(LIKE_PAGES) - 2  # all but the document itself and the page that tells of it
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert operation["description"]
            assert {"401", "403", "422"} <= {str(status) for status in operation["responses"]}


def test_a_name_in_the_document_means_one_thing(workspace: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from ninja.openapi.schema import OpenAPISchema

    from troth.workspace.api.interface import api

    meanings: dict[str, set[str]] = {}
    add = OpenAPISchema.add_schema_definitions

    def noted(schema: OpenAPISchema, definitions: dict[str, Any]) -> None:
        for name, meaning in definitions.items():
            meanings.setdefault(name, set()).add(json.dumps(meaning, sort_keys=True))
        add(schema, definitions)

    monkeypatch.setattr(OpenAPISchema, "add_schema_definitions", noted)
    api.get_openapi_schema()
    assert len(meanings) > 50
    assert [name for name, said in meanings.items() if len(said) > 1] == []


def test_every_list_answers_whoever_may_see_its_page(program: Callable[..., Program], document: dict[str, Any]) -> None:
    auditor, officer = program("auditor"), program("service-officer")
    answers = {path: (auditor.get(path, **NEEDED.get(path, {})), officer.get(path, **NEEDED.get(path, {}))) for path in lists(document)}
    assert {path: (one.status_code, other.status_code) for path, (one, other) in answers.items()} == {
        path: (400, 400) if path in UNWALKED else (200, 403 if path in SINGLE else 200) for path in answers
    }


def test_a_figure_is_the_same_as_on_the_page(program: Callable[..., Program], workspace: Shop) -> None:
    row = program("analyst").get("/api/ledger/integrity", by="lane", since="2024-02-01", until="2024-04-30").json()["rows"][0]
    told = workspace.study.integrity(["lane"], since="2024-02-01", until="2024-04-30")[0]
    assert (row["due"], row["kept"], row["broken"]) == (told.due, told.kept, told.broken)
    assert row["K"] == {
        "value": told.K.value,
        "low": told.K.low,
        "high": told.K.high,
        "n": told.K.n,
        "clusters": told.K.clusters,
        "method": told.K.method,
    }


def test_an_area_head_is_told_of_their_area_alone(program: Callable[..., Program]) -> None:
    head, officer = program("area-head"), program("service-officer")
    mine = head.get("/api/ledger/integrity").json()["rows"][0]
    assert mine["due"] == officer.get("/api/ledger/integrity", where="kept_by=Fulfilment").json()["rows"][0]["due"]
    refused = head.get("/api/ledger/promises", where="kept_by=Marketing")
    assert refused.status_code == 404
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert all(row["where"]["issue"] not in {"total", "unassigned"} for row in head.get("/api/issues").json()["rows"])
    assert head.get("/api/sources/set-aside").status_code == 403


def test_cursors_give_every_row_once(program: Callable[..., Program]) -> None:
    analyst = program("analyst")
    whole = analyst.get("/api/ledger/promises", state="broken", limit=1000).json()
    assert whole["next"] is None
    seen, cursor = [], ""
    for _ in range(100):
        part = analyst.get("/api/ledger/promises", state="broken", limit=37, cursor=cursor).json()
        seen += part["rows"]
        cursor = part["next"]
        if cursor is None:
            break
    assert seen == whole["rows"]
    assert len(seen) == analyst.get("/api/ledger/integrity").json()["rows"][0]["broken"]


def test_a_cursor_of_another_list_and_a_forged_one_are_refused(program: Callable[..., Program]) -> None:
    analyst = program("analyst")
    cursor = analyst.get("/api/ledger/promises", limit=5).json()["next"]
    for asked in ({"state": "broken", "cursor": cursor}, {"cursor": cursor[:-2] + "xx"}, {"cursor": "1"}):
        refused = analyst.get("/api/ledger/promises", **asked)
        assert refused.status_code == 400
        assert refused.json()["place"] == "cursor"


def test_a_wrong_field_is_named_with_the_mend(program: Callable[..., Program]) -> None:
    analyst = program("analyst")
    refused = analyst.get("/api/ledger/integrity", by="lanes")
    assert refused.status_code == 400
    told = refused.json()
    assert (told["status"], told["place"], told["instance"]) == (400, "by", "/api/ledger/integrity")
    assert "lane" in told["mend"]
    refused = analyst.get("/api/ledger/promises", limit=0, since="soon")
    assert refused.status_code == 422
    assert {one["place"] for one in refused.json()["errors"]} == {"limit", "since"}
    refused = program("service-officer").post("/api/studies/runs", {"as_off": "2024-06-30"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["place"] == "as_off"
    refused = analyst.client.post("/api/studies/runs", "{", content_type="application/json")
    assert refused.status_code == 400
    assert "JSON" in refused.json()["detail"]


def test_without_a_token_the_answer_says_how_to_come_in(workspace: Shop) -> None:
    from django.test import Client

    from troth.workspace.people.models import Refusal

    Refusal.objects.all().delete()
    stranger = Client(headers={"host": "127.0.0.1"})
    answer = stranger.get("/api/issues")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert "Your account" in answer.json()["mend"]
    wrong = stranger.get("/api/issues", headers={"authorization": "Bearer troth_guessed"})
    assert (wrong.status_code, wrong.headers["WWW-Authenticate"]) == (401, 'Bearer error="invalid_token"')
    answers = [stranger.get("/api/me", headers={"authorization": "Bearer troth_guessed"}).status_code for _ in range(12)]
    assert answers[-1] == 429
    Refusal.objects.all().delete()


def test_a_token_does_what_its_scopes_name_and_no_page(program: Callable[..., Program]) -> None:
    reads = program("service-officer", "read")
    assert reads.get("/api/issues").status_code == 200
    refused = reads.post("/api/studies/runs", {})
    assert refused.status_code == 403
    assert "studies" in refused.json()["what"]
    assert reads.get("/ledger/").status_code == 302  # pages take no token: it leads to the sign-in page
    assert reads.get("/api/me").json()["scopes"] == ["read"]


def test_no_token_makes_a_token(program: Callable[..., Program], seats: Callable[[str], Seated]) -> None:
    assert program("administrator").post("/api/me/tokens", {"name": "child", "scopes": ["read"]}).status_code == 403
    browser = seats("administrator").client
    made = browser.post("/api/me/tokens", json.dumps({"name": "mother", "scopes": ["people"]}), content_type="application/json")
    assert made.status_code == 201
    assert set(made.json()["scopes"]) == {"read", "people"}
    Program(made.json()["token"]).get("/api/people/roles").json()
    ended = browser.post(f"/api/me/tokens/{made.json()['id']}/end")
    assert ended.status_code == 200
    assert Program(made.json()["token"]).get("/api/me").status_code == 401


def test_a_browser_writes_with_its_form_token_alone(seats: Callable[[str], Seated]) -> None:
    from django.test import Client

    person = seats("administrator").client
    strict = Client(headers={"host": "127.0.0.1"}, enforce_csrf_checks=True)
    strict.cookies = person.cookies
    assert strict.get("/api/me").status_code == 200
    body = json.dumps({"name": "x", "scopes": ["read"]})
    refused = strict.post("/api/me/tokens", body, content_type="application/json")
    assert refused.status_code == 403
    assert refused.headers["Content-Type"] == "application/problem+json"


def test_an_expired_token_and_one_of_somebody_gone_let_nobody_in(program: Callable[..., Program], workspace: Shop) -> None:
    from django.utils import timezone

    from troth.workspace.people import operations, tokens
    from troth.workspace.people.models import Refusal
    from troth.workspace.timeline.operations import TERMINAL

    now = timezone.now()
    person = operations.add_person(name="Temp Orary", actor=TERMINAL, at=now)
    old = tokens.issue_token(person=person, name="old", scopes=["read"], days=1, actor=TERMINAL, at=now - timedelta(days=2))[1]
    new = tokens.issue_token(person=person, name="old", scopes=["read"], days=1, actor=TERMINAL, at=now)[1]  # the name is free again
    assert [Program(one).get("/api/me").status_code for one in (old, new)] == [401, 200]
    operations.deactivate(person=person, actor=TERMINAL, at=now)
    assert Program(new).get("/api/me").status_code == 401
    Refusal.objects.all().delete()


def test_the_same_write_twice_is_done_once(program: Callable[..., Program], workspace: Shop) -> None:
    from troth.workspace.people.models import Role

    admin = program("administrator")
    body = {"title": "Head of once", "seat": "analyst"}
    first, second = (admin.post("/api/people/roles", body, Idempotency_Key="make-it-once") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert Role.objects.filter(title="Head of once").count() == 1
    other = admin.post("/api/people/roles", {**body, "title": "Another"}, Idempotency_Key="make-it-once")
    assert (other.status_code, other.json()["place"]) == (422, "Idempotency-Key")
    refused = admin.post("/api/people/roles", {**body, "seat": "analyst"}, Idempotency_Key="refused")
    assert refused.status_code == 422  # the title is taken
    mended = admin.post("/api/people/roles", {**body, "title": "Head of twice"}, Idempotency_Key="refused")
    assert mended.status_code == 201  # what was refused keeps no key


def test_two_at_the_same_instant_do_it_once(program: Callable[..., Program]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connections

    from troth.workspace.people.models import Role

    admin = program("administrator")

    def send(_: int) -> int:
        try:
            return int(admin.post("/api/people/roles", {"title": "Head of races", "seat": "analyst"}, Idempotency_Key="race").status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(send, range(4))) == [201] * 4
    assert Role.objects.filter(title="Head of races").count() == 1


def test_an_issue_is_contested_and_agreed_by_programs_as_on_its_card(
    program: Callable[..., Program], seats: Callable[[str], Seated]
) -> None:
    brand, service = program("brand-officer"), program("service-officer")
    key = brand.get("/api/issues", limit=1).json()["rows"][0]["where"]["issue"]
    before = brand.get(f"/api/issues/{key}").json()
    contested = brand.post(
        f"/api/issues/{key}/contest", {"revision": before["revision"], "reason": "They were asked twice.", "evidence": "Two forms."}
    )
    assert contested.status_code == 200, contested.text
    assert contested.json()["contested"] is True
    assert contested.json()["computed"] == before["computed"]
    late = service.post(f"/api/issues/{key}/accept", {"revision": before["revision"]})
    assert late.status_code == 409
    split = {"Marketing": 30, "Fulfilment": 70}
    seen = contested.json()["revision"]
    wrong = brand.post(f"/api/issues/{key}/propose", {"revision": seen, "reason": "x", "shares": {"Marketing": 30}})
    assert wrong.status_code == 422
    put = brand.post(f"/api/issues/{key}/propose", {"revision": seen, "reason": "As the forms say.", "shares": split}).json()
    agreed = service.post(f"/api/issues/{key}/agree", {"revision": put["revision"], "split": put["proposed"][-1]["id"]}).json()
    assert agreed["in_force"] == split
    assert agreed["computed"] == before["computed"]
    assert agreed["contested"] is False
    assert "Agreed" in seats("brand-officer").client.get(f"/issues/{key}/").text
    assert program("analyst").post(f"/api/issues/{key}/accept", {"revision": agreed["revision"]}).status_code == 403


def test_a_draft_is_opened_changed_and_given_up(program: Callable[..., Program]) -> None:
    brand = program("brand-officer")
    made = brand.post("/api/charter/versions")
    assert made.status_code == 201, made.text
    draft = made.json()
    line = draft["agreed"][0]
    changed = brand.post(f"/api/charter/lines/{line['id']}", {"revision": line["revision"], "keep_target": 0.93, "lead": None})
    assert changed.status_code == 200, changed.text
    assert changed.json()["said"]["keep_target"] == pytest.approx(0.93)
    assert {name: value for name, value in line["said"].items() if name not in {"keep_target", "lead"}}.items() <= changed.json()[
        "said"
    ].items()
    again = brand.post(f"/api/charter/lines/{line['id']}", {"revision": line["revision"], "keep_target": "80%"})
    assert again.status_code == 409
    wrong = brand.post(f"/api/charter/lines/{line['id']}", {"revision": changed.json()["revision"], "keep_target": "soon"})
    assert (wrong.status_code, wrong.json()["place"]) == (422, "keep_target")
    added = brand.post(f"/api/charter/versions/{draft['id']}/lines", {"promise": "delivery date", "segment": "vip", "standard": "2 days"})
    assert added.status_code == 201, added.text
    told = [one["said"] for one in brand.get(f"/api/charter/versions/{draft['id']}/changes/{brand_base(brand)}").json()["rows"]]
    assert len(told) >= 2
    file = brand.get(f"/api/charter/versions/{draft['id']}/file").json()["toml"]
    assert 'segment = "vip"' in file
    assert brand.post(f"/api/charter/versions/{draft['id']}/withdraw").status_code == 200
    assert program("analyst").post("/api/charter/versions").status_code == 403


def brand_base(program: Program) -> int:
    """Key of the version in force."""
    rows = program.get("/api/charter/versions").json()["rows"]
    return int(next(row["id"] for row in rows if row["state"] == "in force"))


@pytest.mark.parametrize("seat", SEATS)
def test_the_page_of_the_api_tells_of_it_to_whoever_is_signed_in(seats: Callable[[str], Seated], seat: str) -> None:
    page = seats(seat).client.get("/api/")
    assert page.status_code == 200
    assert "POST /api/issues/{key}/contest" in page.text


def test_a_token_is_made_and_ended_under_your_account(seats: Callable[[str], Seated]) -> None:
    client: Client = seats("analyst").client
    wanted = {"do": "make", "name": "dashboard", "scopes": ["read"], "days": "30"}
    made = client.post("/account/tokens", wanted, query_params={"format": "json"})
    account = made.json()["data"]
    assert account["token"].startswith("troth_")
    assert Program(account["token"]).get("/api/me").json()["name"] == "Ana List"
    [row] = [one for one in account["tokens"] if one["name"] == "dashboard"]
    twice = client.post("/account/tokens", wanted)
    assert twice.status_code == 422
    assert account["token"] not in client.get("/account/").text  # told once
    wrongs: tuple[dict[str, Any], ...] = ({"scopes": ["everything"]}, {"scopes": []}, {"days": "0"}, {"days": "soon"}, {"name": ""})
    for wrong in wrongs:
        assert client.post("/account/tokens", {"do": "make", "name": "n", "scopes": ["read"], "days": "1", **wrong}).status_code == 422
    assert client.post("/account/tokens", {"do": "end", "token": row["id"]}).status_code == 200
    assert Program(account["token"]).get("/api/me").status_code == 401
    assert seats("auditor").client.post("/account/tokens", {"do": "end", "token": row["id"]}).status_code == 404  # another's


def test_a_parameter_there_is_not_is_refused_with_the_nearest(program: Callable[..., Program]) -> None:
    analyst = program("analyst")
    refused = analyst.get("/api/ledger/integrity", untill="2024-02-01")
    assert (refused.status_code, refused.json()["place"]) == (422, "untill")
    assert "until" in refused.json()["mend"]
    assert analyst.get("/api/me", format="csv").status_code == 422
    assert program("service-officer").client.post("/api/studies/runs?study=1").status_code == 422


def test_what_lets_somebody_in_is_kept_nowhere(program: Callable[..., Program]) -> None:
    from troth.workspace.api.models import KeptAnswer
    from troth.workspace.people.models import Person

    admin = program("administrator")
    first, second = (admin.post("/api/people/invitations", {"name": "Only Once"}, Idempotency_Key="invite-once") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 409)
    assert Person.objects.filter(name="Only Once").count() == 1
    secret = first.json()["link"].rsplit("/", 1)[-1]
    assert not KeptAnswer.objects.filter(content__contains=secret).exists()
    assert secret not in second.text


SINCE, UNTIL = "2024-02-01", "2024-04-30"


def test_both_desks_puts_the_studys_own_findings_together(program: Callable[..., Program], workspace: Shop) -> None:
    told = program("analyst").get("/api/desks/both", since=SINCE, until=UNTIL).json()
    study = workspace.study
    total, account = study.integrity(since=SINCE, until=UNTIL)[0], study.account(since=SINCE, until=UNTIL)[0]
    assert (told["since"], told["until"]) == (SINCE, UNTIL)
    assert (told["integrity"]["due"], told["integrity"]["K"]["value"]) == (total.due, total.K.value)
    assert (told["account"]["broken"], told["account"]["delivery"]["value"]) == (account.broken, account.delivery.value)
    months = {str(row.where["month"]): (row.due, row.K.value) for row in study.integrity(["month"], since=SINCE, until=UNTIL) if row.due}
    assert {one["month"]: (one["integrity"]["due"], one["integrity"]["K"]["value"]) for one in told["months"]} == months
    assert [one["key"] for one in told["issues"]] == [one.where["issue"] for one in study.issues if one.rank][:3]
    assert told["at_risk"]["total"]["pending"] == study.at_risk()[0].pending


def test_the_worst_cells_of_both_desks_are_those_of_its_page(program: Callable[..., Program], seats: Callable[[str], Seated]) -> None:
    told = program("service-officer").get("/api/desks/both").json()
    page = seats("service-officer").client.get("/", {"format": "json"}).json()["data"]
    assert told["worst"]
    assert [one["cell"]["K"]["value"] for one in told["worst"]] == [one["kept"]["value"] for one in page["worst"]]
    assert told["acts"]["undecided"] == page["acts"]["undecided"]
    assert [one["words"] for one in told["acts"]["waiting"]] == [one["words"] for one in page["acts"]["waiting"]]


def test_who_sees_only_their_areas_is_given_no_key_that_does_not_open(program: Callable[..., Program]) -> None:
    head = program("area-head")
    told = head.get("/api/desks/both").json()
    assert {head.get(f"/api/issues/{one['key']}").status_code for one in told["issues"] if one["key"]} <= {200}
    waits = [one["address"] for one in (*told["acts"]["waiting"], *told["acts"]["disagreements"])]
    open_to_them = {f"/issues/{row['where']['issue']}/" for row in head.get("/api/issues").json()["rows"]}
    assert {address for address in waits if address.startswith("/issues/")} <= open_to_them
    stages = head.get("/api/desks/life-cycle").json()["stages"]
    named = {key for stage in stages for cell in stage["cells"] for key in cell["issues"]}
    assert {f"/issues/{key}/" for key in named} <= open_to_them
    assert program("case-owner").get("/api/desks/both").status_code == 403


def test_what_a_program_reads_is_opened_by_nobody(program: Callable[..., Program], seats: Callable[[str], Seated]) -> None:
    from troth.workspace.issues.models import Opened

    def looks() -> list[tuple[str, str, object]]:
        return list(Opened.objects.filter(person=person).order_by("pk").values_list("kind", "key", "at"))

    officer, person = program("service-officer"), seats("service-officer").person
    before = looks()
    for path in ("/api/desks/both", "/api/desks/mine"):
        assert officer.get(path).status_code == 200
    assert looks() == before
    assert seats("service-officer").client.get("/my-desk/").status_code == 200
    assert looks() != before


def test_my_desk_holds_the_account_of_my_areas_and_what_waits_for_me(program: Callable[..., Program], workspace: Shop) -> None:
    head = program("area-head")
    told = head.get("/api/desks/mine").json()
    assert (told["name"], told["roles"], told["common"]) == ("Ari Area", ["Head of fulfilment"], None)
    [mine] = told["areas"]
    kept = workspace.study.account(where={"kept_by": "Fulfilment"})[0]
    assert (mine["area"], mine["kept"]["due"], mine["kept"]["delivery"]["value"]) == ("Fulfilment", kept.due, kept.delivery.value)
    assert head.get("/api/desks/mine", area="Marketing").status_code == 404
    assert program("service-officer").get("/api/desks/mine").json()["common"]["decisions"] >= 0
    assert program("analyst").get("/api/desks/mine").json()["areas"] == []


def test_changes_are_those_after_the_instant_asked_for(program: Callable[..., Program]) -> None:
    from django.utils import timezone

    brand, service = program("brand-officer"), program("service-officer")
    before = timezone.now()
    key = brand.get("/api/issues", limit=1).json()["rows"][0]["where"]["issue"]
    seen = brand.get(f"/api/issues/{key}").json()["revision"]
    contest = {"revision": seen, "reason": "They were asked thrice.", "evidence": "Three forms."}
    assert brand.post(f"/api/issues/{key}/contest", contest).status_code == 200
    [change] = service.get("/api/desks/mine", after=before.isoformat()).json()["changes"]
    assert (change["who"], change["address"]) == ("Bea Brand", f"/issues/{key}/")
    assert service.get("/api/desks/mine", after=change["at"]).json()["changes"] == []
    taken_back = brand.post(f"/api/issues/{key}/accept", {"revision": brand.get(f"/api/issues/{key}").json()["revision"]})
    assert taken_back.json()["contested"] is False


def test_every_promise_due_is_in_one_cell_of_the_life_cycle(program: Callable[..., Program], workspace: Shop) -> None:
    stages = program("analyst").get("/api/desks/life-cycle", period="all").json()["stages"]
    assert sum(cell["integrity"]["due"] for stage in stages for cell in stage["cells"]) == workspace.study.integrity()[0].due
    for stage in stages:
        assert sum(cell["integrity"]["broken"] for cell in stage["cells"]) == stage["integrity"]["broken"]
        assert all(sum(one["due"] for one in cell["agreed"]) == cell["integrity"]["due"] for cell in stage["cells"])


def test_a_mode_there_is_not_is_told_the_nearest(program: Callable[..., Program]) -> None:
    refused = program("analyst").get("/api/desks/both", mode="as-if")
    assert (refused.status_code, refused.json()["place"]) == (400, "mode")
    assert "as-of" in refused.json()["mend"]
