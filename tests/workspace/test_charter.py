"""The charter in the workspace: drafts, lines, two people at once, objections, signatures, and the study that follows."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import troth
from tests.workspace.agreements import (
    BRAND,
    CHARTER,
    SERVICE,
    TIE,
    line_on,
    opened_draft,
    run,
    signed_by,
    terms_of,
    wanted,
)
from tests.workspace.conftest import Shop
from tests.workspace.seats import Seated
from tests.workspace.test_serving import report
from troth.terms.charter import Charter, Line, Objection, Party, Signature
from troth.terms.signing import content_digest
from troth.terms.vocabulary import Aspect, Direction

Seats = Callable[[str], Seated]
TODAY = datetime.now(UTC).date().isoformat()


# From file to rows and back


def full() -> Charter:
    """A charter that says something of everything there is to say."""
    lines = (
        Line(promise="answer", standard=0.1 + 0.2, unit="days", direction=Direction.MIN, keep_target=1 / 3, tolerance=0.0, grace=2.5),
        Line(segment="loyal “first”", tier="A", lead="Head", priority="not now", reason="too dear\nfor now", cost_limit=12.34),
        Line(stage="order", may_promise=False, importance=2.0, up_to_share=0.7, fee_scale=1.5, aspiration="Sie hielten Wort."),
        Line(),
    )
    charter = Charter(
        stages=("order", "fulfilment"),
        parties=(Party(BRAND, Aspect.BRAND, signed=True), Party(SERVICE, Aspect.SERVICE)),
        areas=(),
        lines=lines,
        version="2026 – spring",
        effective_from=datetime(2026, 4, 1, tzinfo=UTC).date(),
        promises_since=datetime(2026, 1, 1, tzinfo=UTC).date(),
        tie_break=TIE,
    )
    day = datetime(2026, 3, 1, tzinfo=UTC).date()
    said = Objection(SERVICE, "too tight", day, promise="answer", ruling="overruled", ruled_by=TIE, ruled_on=day, ruling_reason="no")
    return Charter(
        **{
            **{name: getattr(charter, name) for name in charter.__slots__},
            "signatures": (Signature(BRAND, content_digest(charter), day, "Bea"), Signature(SERVICE, "0" * 64, day)),
            "objections": (said, Objection(BRAND, "why", day, stage="order")),
        }
    )


def test_a_charter_taken_in_is_the_charter_given_out(company: Path) -> None:
    from troth.workspace.charter.documents import composed
    from troth.workspace.charter.operations import take_in

    (company / "charters").mkdir()
    troth.save_charter(full(), company / "charters" / "spring.toml")
    folder = troth.open(company).folder
    now = datetime.now(UTC)
    taken = take_in(folder=folder, at=now)
    assert {one.name: composed(one) for one in taken} == {one.version: one for one in folder.versions}
    assert {one.name: one.file for one in taken} == {"1": "charter.toml", "2026 – spring": "charters/spring.toml"}
    assert [(one.name, one.is_draft) for one in taken] == [("1", False), ("2026 – spring", True)]
    assert take_in(folder=folder, at=now) == ()


def test_what_is_changed_on_file_by_hand_is_what_is_agreed(company: Path, seats: Seats) -> None:
    reader = seats("analyst").client
    assert "1 line is agreed in version 1" in reader.get("/charter/").text
    (company / "charter.toml").write_text(CHARTER.replace("2 days", "3 days") + '\n[[lines]]\npromise = "delivery date"\n')
    page = reader.get("/charter/", {"format": "json"}).json()["data"]
    assert [line["standard"] for line in page["lines"]] == ["3 days", ""]
    from troth.workspace.timeline.models import Entry

    last = Entry.objects.order_by("-number").filter(thing_kind="charter version")[0]
    assert (last.actor_name, last.verb, last.thing_words) == ("the project folder", "changed on file", "version 1")
    (company / "charter.toml").unlink()
    assert "Nothing is agreed yet" in reader.get("/charter/").text


def test_a_charter_downloaded_is_the_charter_on_file(company: Path, seats: Seats, tmp_path: Path) -> None:
    answer = seats("service-officer").client.get("/charter/charter.toml")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="charter-1.toml"'
    (tmp_path / "down.toml").write_text(answer.text)
    assert troth.load_charter(tmp_path / "down.toml") == troth.load_charter(company / "charter.toml")


# A line signed moves the account


def test_a_draft_is_opened_before_the_grid_in_few_steps_of_the_keyboard(company: Path, seats: Seats) -> None:
    text = seats("brand-officer").client.get("/charter/").text
    before, after = text.split('value="open draft"')
    assert 'aria-labelledby="grid"' in after
    reached = re.findall(r'<(?:a|button|select|textarea|summary)\b|<input(?! type="hidden")|tabindex="0"', before)
    assert len(reached) < 30


def test_chronic_slowness_moves_from_expectation_setting_to_standard_once_the_line_is_signed(company: Path, seats: Seats) -> None:
    """Domain d2: without a line all that the record cannot do is charged to the promise; with it, to the standard both officers signed."""
    brand, service = seats("brand-officer").client, seats("service-officer").client
    delivery = {"name": "delivery date"}
    before = troth.open(company).current().account(where=delivery)[0]
    assert before.expectation.value > 0.5 * before.broken
    assert abs(before.standard.value) < 1
    draft = opened_draft(brand)
    new = {"promise": "delivery date", "standard": "6 days", "keep_target": "90%", "lead": "Head of fulfilment", "may_promise": "yes"}
    assert brand.post(f"/charter/versions/{draft.pk}/lines", new).status_code == 201
    form = terms_of(draft, effective_from=TODAY, promises_since="2020-01-01")
    assert service.post(f"/charter/versions/{draft.pk}/terms", form).status_code == 200
    assert signed_by(brand, draft, BRAND) == 200
    assert troth.open(company).folder.charter.version == "1", "one signature of two leaves it a draft"
    assert signed_by(service, draft, SERVICE) == 200
    assert (company / "charters" / "2.toml").is_file()
    assert (company / "charter.toml").read_text() == CHARTER, "what was agreed before stays as it was written"
    study = run(company)
    assert study.manifest.charter_version == "2"
    after = study.account(where=delivery)[0]
    assert (after.due, after.broken) == (before.due, before.broken)
    assert after.standard.value > 0.5 * after.broken
    assert abs(after.expectation.value) < 0.2 * before.expectation.value
    moved = after.standard.value - before.standard.value
    assert moved == pytest.approx(before.expectation.value - after.expectation.value, abs=0.35 * moved)
    page = seats("executive").client.get("/charter/", {"format": "json"}).json()["data"]
    assert page["version"]["state"] == "in force"
    assert "made with this version" in page["rests_on"]
    parts = {part["name"]: int(part["count"].replace("+", "").replace("−", "-")) for line in page["lines"][1:] for part in line["parts"]}
    assert parts["Standard"] == max(parts.values())


def test_an_earlier_study_knows_nothing_of_a_later_version(company: Path, seats: Seats) -> None:
    before = troth.open(company).current().digest
    draft = opened_draft(seats("brand-officer").client)
    seats("brand-officer").client.post(f"/charter/versions/{draft.pk}/terms", terms_of(draft, effective_from="2099-01-01"))
    for seat, party in (("brand-officer", BRAND), ("service-officer", SERVICE)):
        assert signed_by(seats(seat).client, draft, party) == 200
    assert run(company).digest == before
    page = seats("analyst").client.get("/charter/", {"format": "json", "version": "2"}).json()["data"]
    assert page["version"]["state"] == "signed"
    assert "comes into force on 1 January 2099" in page["sentence"]


# Two people at once


def test_the_second_of_two_editors_sees_both_and_loses_nothing(company: Path, seats: Seats) -> None:
    brand, service = seats("brand-officer").client, seats("service-officer").client
    draft = opened_draft(brand)
    line = line_on(draft, "answer")
    address = f"/charter/lines/{line.pk}/"
    first, second = wanted(line, standard="3 days", keep_target="95%"), wanted(line, standard="4 days", lead="Fulfilment")
    assert brand.post(address, first).status_code == 200
    refused = service.post(f"{address}?format=json", second)
    assert refused.status_code == 409
    page = refused.json()["data"]
    assert page["conflict"]["who"] == "Bea Brand"
    rows = {row["label"]: (row["opened"], row["theirs"], row["yours"], row["clash"]) for row in page["conflict"]["rows"]}
    assert rows == {
        "Standard": ("2 days", "3 days", "4 days", True),
        "Keep target": ("", "95%", "", False),
        "Lead": ("Head of fulfilment", "Head of fulfilment", "Fulfilment", False),
    }
    form = {field["name"]: field["value"] for field in page["fields"]}
    assert (form["standard"], form["keep_target"], form["lead"]) == ("4 days", "95%", "Fulfilment")
    assert page["revision"] == 2
    assert service.post(address, {**form, "revision": "2"}).status_code == 200
    history = service.get(address, {"format": "json"}).json()["data"]["history"]
    assert [one["by"] for one in history] == ["Sol Service", "Bea Brand", "Bea Brand"]
    assert "Standard: 3 days → 4 days" in history[0]["changes"]


def test_what_one_took_out_while_another_wrote_can_be_taken_up_again(company: Path, seats: Seats) -> None:
    brand, service = seats("brand-officer").client, seats("service-officer").client
    line = line_on(opened_draft(brand), "answer")
    address = f"/charter/lines/{line.pk}/"
    assert brand.post(address, {"do": "take out", "revision": "1"}).status_code == 200
    page = service.post(f"{address}?format=json", wanted(line, standard="4 days"))
    assert page.status_code == 409
    assert page.json()["data"]["conflict"]["removed"]
    assert service.post(address, {**wanted(line, standard="4 days"), "revision": "2"}).status_code == 200
    line.refresh_from_db()
    assert (line.removed_at, line.revision, '"standard": 4.0' in line.said) == (None, 3, True)


def test_terms_changed_by_two_are_shown_side_by_side(company: Path, seats: Seats) -> None:
    brand, service = seats("brand-officer").client, seats("service-officer").client
    draft = opened_draft(brand)
    address = f"/charter/versions/{draft.pk}/terms"
    assert brand.post(address, terms_of(draft, version="spring")).status_code == 200
    page = service.post(f"{address}?format=json", terms_of(draft, stages="order\nfulfilment\nreturns"))
    assert page.status_code == 409
    data = page.json()["data"]
    assert {row["label"] for row in data["conflict"]["rows"]} == {"Name of the version", "Stages of the life cycle"}
    form = {field["name"]: field["value"] for field in data["fields"]}
    assert (form["version"], form["stages"]) == ("spring", "order\nfulfilment\nreturns")
    assert service.post(address, {**form, "revision": str(data["revision"])}).status_code == 200


def test_what_was_left_alone_stays_to_the_last_digit(company: Path, seats: Seats) -> None:
    from troth.workspace.charter.documents import line_of
    from troth.workspace.charter.operations import change_line
    from troth.workspace.timeline.operations import TERMINAL

    brand = seats("brand-officer").client
    line = line_on(opened_draft(brand), "answer")
    odd = Line(promise="answer", standard=0.1 + 0.2, keep_target=1 / 3, lead="Head of fulfilment")
    change_line(line=line, said=odd, revision=1, actor=TERMINAL, at=datetime.now(UTC))
    line.refresh_from_db()
    assert brand.post(f"/charter/lines/{line.pk}/", wanted(line, aspiration="They answered.")).status_code == 200
    line.refresh_from_db()
    assert line_of(line.said) == Line(
        promise="answer", standard=0.1 + 0.2, keep_target=1 / 3, lead="Head of fulfilment", aspiration="They answered."
    )


# Signing


def test_a_change_after_signing_unsigns_and_says_so(company: Path, seats: Seats) -> None:
    brand, service = seats("brand-officer").client, seats("service-officer").client
    draft = opened_draft(brand)
    assert signed_by(brand, draft, BRAND) == 200
    line = line_on(draft, "answer")
    told = service.post(f"/charter/lines/{line.pk}/", wanted(line, standard="1 day")).text
    assert f"{BRAND} has no longer signed" in told
    page = service.get("/charter/", {"version": draft.name, "format": "json"}).json()["data"]
    party = page["parties"][0]
    assert (party["signed"], party["stale"].startswith("Bea Brand")) == (False, True)
    from troth.workspace.timeline.models import Entry

    assert f'"unsigned": ["{BRAND}"]' in Entry.objects.filter(verb="changed").order_by("-number")[0].after
    line.refresh_from_db()
    assert service.post(f"/charter/lines/{line.pk}/", wanted(line, standard="2 days")).status_code == 200
    again = service.get("/charter/", {"version": draft.name, "format": "json"}).json()["data"]["parties"][0]
    assert again["signed"], "the very content that was signed is signed"


def test_a_length_reads_alike_wherever_it_is_proposed_compared_signed_and_looked_back_at(company: Path, seats: Seats) -> None:
    """“10 min” on the charter is “10 min” in what is signed, and no fraction of a day."""
    brand = seats("brand-officer").client
    draft = opened_draft(brand)
    line = line_on(draft, "answer")
    at = f"/charter/lines/{line.pk}/"
    assert brand.post(at, wanted(line, standard="10 minutes", tolerance="90 minutes", grace="36 hours")).status_code == 200

    def read(path: str, **asked: str) -> Any:
        return brand.get(path, {"format": "json", **asked}).json()["data"]

    page, sign = read("/charter/", version=draft.name), read(f"/charter/versions/{draft.pk}/sign")
    assert page["lines"][0]["standard"] == "10 min"
    assert page["lines"][0]["further"] == ["tolerance 1 h 30 min", "grace 36 h 00 min"]
    assert "standard of answer: 2 days → 10 min" in page["changes"]
    assert "standard 10 min" in sign["lines"][0]["after"]
    assert "tolerance 1 h 30 min, grace 36 h 00 min" in sign["lines"][0]["after"]
    for changes in (sign["changes"], read("/charter/versions/", before="1", after=draft.name)["changes"]):
        assert [(one["before"], one["after"]) for one in changes if one["key"] == "standard"] == [("2 days", "10 min")]
    line = read(at)
    assert line["history"][0]["changes"] == ["Standard: 2 days → 10 min", "Tolerance: nothing → 1 h 30 min", "Grace: nothing → 36 h 00 min"]
    assert next(field["value"] for field in line["fields"] if field["name"] == "standard") == "10 minutes"
    for path in ("/charter/", f"/charter/versions/{draft.pk}/sign", at):
        assert "0.0069" not in brand.get(path, {"version": draft.name}).text


def test_a_draft_line_says_which_standard_each_figure_is_of(company: Path, seats: Seats) -> None:
    brand = seats("brand-officer").client
    draft = opened_draft(brand)
    line = line_on(draft, "answer")
    assert brand.post(f"/charter/lines/{line.pk}/", wanted(line, standard="1 day")).status_code == 200
    view = brand.get(f"/charter/lines/{line.pk}/", {"format": "json"}).json()["data"]["line"]
    assert view["standard_kept"]["name"] == "Received at the standard in force, 2 days"
    when = next(light["why"] for light in view["lights"] if light["name"] == "when")
    assert "received within the proposed standard of 24 h 00 min" in when
    assert not when.startswith(view["standard_kept"]["text"])
    assert "Received at the standard in force, 2 days" in brand.get(f"/charter/lines/{line.pk}/").text
    agreed = brand.get("/charter/", {"format": "json"}).json()["data"]["lines"][0]
    assert "received within the agreed standard of 2 days" in next(light["why"] for light in agreed["lights"] if light["name"] == "when")


def test_nobody_signs_for_another_party_nor_twice_nor_what_they_have_not_seen(company: Path, seats: Seats) -> None:
    brand, service = seats("brand-officer").client, seats("service-officer").client
    draft = opened_draft(brand)
    assert signed_by(brand, draft, SERVICE) == 403
    assert signed_by(seats("executive").client, draft, BRAND) == 403
    assert signed_by(brand, draft, "Nobody") == 409
    assert signed_by(brand, draft, BRAND, confirm="") == 422
    assert signed_by(brand, draft, BRAND, digest="0" * 64) == 409
    assert draft.signatures.count() == 0
    assert signed_by(brand, draft, BRAND) == 200
    assert signed_by(brand, draft, BRAND) == 409
    assert draft.signatures.count() == 1
    assert signed_by(service, draft, SERVICE) == 200
    draft.refresh_from_db()
    assert (draft.is_draft, draft.file) == (False, "charters/2.toml")
    line = line_on(draft, "answer")
    assert brand.post(f"/charter/lines/{line.pk}/", wanted(line, standard="9 days")).status_code == 409


def test_what_stands_in_the_way_of_signing_is_told(company: Path, seats: Seats) -> None:
    brand = seats("brand-officer").client
    draft = opened_draft(brand)
    brand.post(f"/charter/versions/{draft.pk}/terms", terms_of(draft, effective_from="2020-01-01"))
    assert signed_by(brand, draft, BRAND) == 409
    assert "before it was signed" in brand.get(f"/charter/versions/{draft.pk}/sign").text
    assert "Its first day in force is past" in brand.get("/my-desk/").text
    line = line_on(draft, "answer")
    brand.post(f"/charter/lines/{line.pk}/", wanted(line, priority="not now"))
    assert "“not now” needs a reason" in brand.get("/charter/", {"version": draft.name}).text


def test_a_first_day_that_is_past_is_told_at_its_field_as_soon_as_it_is_kept(company: Path, seats: Seats) -> None:
    brand = seats("brand-officer").client
    draft = opened_draft(brand)
    at = f"/charter/versions/{draft.pk}/terms?format=json"

    def note(page: Any) -> str:
        told: str = next(field["note"] for field in page["fields"] if field["name"] == "effective_from")
        return told

    assert note(brand.get(at).json()["data"]) == ""
    kept = brand.post(at, terms_of(draft, effective_from="2020-01-01")).json()["data"]
    assert note(kept) == "This day is past: nobody can sign what would have been in force before. Name today or a later day."
    assert kept["done"].startswith("Kept. First day in force: this day is past")
    assert "This day is past" in brand.get(f"/charter/versions/{draft.pk}/terms").text
    draft.refresh_from_db()
    again = brand.post(at, terms_of(draft, effective_from=TODAY)).json()["data"]
    assert (note(again), again["done"]) == ("", "Kept.")


def test_the_first_to_sign_is_told_what_no_study_could_be_made_with(company: Path, seats: Seats) -> None:
    brand, service = seats("brand-officer").client, seats("service-officer").client
    for told in (200, 400):  # another version comes into force on that day
        draft = opened_draft(brand)
        brand.post(f"/charter/versions/{draft.pk}/terms", terms_of(draft, effective_from="2090-01-01"))
        assert signed_by(brand, draft, BRAND) == told
        draft.refresh_from_db()
        assert signed_by(service, draft, SERVICE) == told
        assert draft.signatures.count() == (2 if told == 200 else 0)


def test_a_file_no_database_could_keep_is_told_with_its_place(company: Path, seats: Seats) -> None:
    for text in (CHARTER.replace('"1"', '"' + "x" * 201 + '"'), CHARTER.replace(BRAND, "Chief\\u0000")):
        (company / "charter.toml").write_text(text)
        answer = seats("analyst").client.get("/charter/")
        assert answer.status_code == 422
        assert "charter.toml" in answer.text


def test_a_version_that_cannot_be_written_is_not_signed(company: Path, seats: Seats, monkeypatch: pytest.MonkeyPatch) -> None:
    from troth.terms.errors import StorageError
    from troth.workspace.charter import operations

    brand, service = seats("brand-officer").client, seats("service-officer").client
    draft = opened_draft(brand)
    assert signed_by(brand, draft, BRAND) == 200

    def full_disk(*_: object) -> Path:
        raise StorageError("no space left.", file=company)

    monkeypatch.setattr(operations, "publish_charter", full_disk)
    assert signed_by(service, draft, SERVICE) == 507
    draft.refresh_from_db()
    assert (draft.is_draft, draft.signatures.count()) == (True, 1)
    monkeypatch.undo()
    assert signed_by(service, draft, SERVICE) == 200


def test_a_party_is_spoken_for_by_the_role_of_its_title(company: Path, seats: Seats) -> None:
    from troth.workspace.people import operations as people
    from troth.workspace.timeline.operations import TERMINAL

    finance = seats("finance")
    now = datetime.now(UTC)
    draft = opened_draft(seats("brand-officer").client)
    assert signed_by(finance.client, draft, BRAND) == 403
    role = people.add_role(title=BRAND.upper(), seat="finance", actor=TERMINAL, at=now)
    tenure = people.seat(role=role, person=finance.person, actor=TERMINAL, at=now)
    try:
        assert signed_by(seats("brand-officer").client, draft, BRAND) == 403
        assert signed_by(finance.client, draft, BRAND) == 200
    finally:
        people.unseat(tenure=tenure, actor=TERMINAL, at=datetime.now(UTC))
        role.tenures.all().delete()
        role.delete()


# Disagreements


def test_an_objection_stands_in_the_way_until_it_is_settled(company: Path, seats: Seats) -> None:
    from troth.workspace.charter.models import Objection as Row

    brand, service, tie = (seats(seat).client for seat in ("brand-officer", "service-officer", "tie-break"))
    draft = opened_draft(brand)
    line = line_on(draft, "answer")
    address = f"/charter/lines/{line.pk}/objections"
    assert service.post(address, {"party": SERVICE, "reason": " "}).status_code == 409
    assert service.post(address, {"party": BRAND, "reason": "no"}).status_code == 403
    assert service.post(address, {"party": SERVICE, "reason": "two days cannot be staffed"}).status_code == 200
    assert service.post(address, {"party": SERVICE, "reason": "again"}).status_code == 409
    assert "two days cannot be staffed" in brand.get("/charter/", {"version": draft.name}).text
    assert signed_by(brand, draft, BRAND) == 409
    row = Row.objects.get()
    settle = f"/charter/objections/{row.pk}"
    assert brand.post(settle, {"ruling": "withdrawn", "reason": "x"}).status_code == 403
    assert tie.post(settle, {"ruling": "overruled", "reason": "too early"}).status_code == 409
    Row.objects.update(on=datetime.now(UTC).date() - timedelta(days=14))
    assert service.post(settle, {"ruling": "overruled", "reason": "I say so"}).status_code == 403
    assert tie.post(settle, {"ruling": "sideways", "reason": "x"}).status_code == 409
    assert tie.post(settle, {"ruling": "overruled", "reason": "it can, with two more people"}).status_code == 200
    assert tie.post(settle, {"ruling": "upheld", "reason": "again"}).status_code == 409
    assert signed_by(brand, draft, BRAND) == 200


def test_whoever_objects_may_take_it_back(company: Path, seats: Seats) -> None:
    from troth.workspace.charter.models import Objection as Row

    service = seats("service-officer").client
    draft = opened_draft(seats("brand-officer").client)
    line = line_on(draft, "answer")
    service.post(f"/charter/lines/{line.pk}/objections", {"party": SERVICE, "reason": "no"})
    assert service.post(f"/charter/objections/{Row.objects.get().pk}", {"ruling": "withdrawn", "reason": "we agree"}).status_code == 200
    assert signed_by(service, draft, SERVICE) == 200


# Drafts by file


def test_an_edited_charter_toml_becomes_a_draft_with_its_differences(company: Path, seats: Seats) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    brand = seats("brand-officer").client
    text = brand.get("/charter/charter.toml").text
    same = brand.post("/charter/", {"do": "import", "file": SimpleUploadedFile("charter.toml", text.encode())})
    assert same.status_code == 422
    edited = (
        text.replace("standard = 2.0", 'standard = "36 hours"')
        + '\n[[signatures]]\nparty = "Chief brand officer"\ndigest = "0"\non = 2026-01-01\n'
    )
    assert edited != text
    answer = brand.post("/charter/", {"do": "import", "file": SimpleUploadedFile("mine.toml", edited.encode())})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/charter/?version=2")
    page = brand.get("/charter/", {"version": "2", "format": "json"}).json()["data"]
    assert page["changes"] == ["name of the charter: 1 → 2", "standard of answer: 2 days → 36 h 00 min"]
    assert [party["signed"] for party in page["parties"]] == [False, False]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"version = ", 400),
        (b"\xff\xfe", 422),
        (b'version = "3"\nnonsense = 1', 400),
        (b'[[lines]]\npromise = "answer"\nstage = "nowhere"\n', 302),
        (b'stages = ["order"]\n[[lines]]\nstage = "nowhere"\n', 400),
        (b'version = "a\\u0000b"', 422),
        (b"#" * 1_000_001, 422),
    ],
)
def test_a_file_that_is_no_charter_is_refused_with_its_place(company: Path, seats: Seats, content: bytes, status: int) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = seats("brand-officer").client
    answer = client.post("/charter/", {"do": "import", "file": SimpleUploadedFile("charter.toml", content)})
    assert answer.status_code == status
    assert status == 302 or 'role="alert"' in answer.text


# What nobody agreed


def test_what_is_on_record_and_agreed_by_nobody_is_kept_as_missing(company: Path, seats: Seats) -> None:
    from troth.workspace.charter.models import Missing
    from troth.workspace.charter.noting import after_study
    from troth.workspace.timeline.models import Entry

    reader = seats("cx-lead").client
    page = reader.get("/charter/", {"format": "json"}).json()["data"]
    assert {row["title"] for row in page["missing"]} == {
        "delivery date for new customers in fulfilment",
        "delivery date for loyal customers in fulfilment",
    }
    assert [row["people"] for row in page["missing"]] == sorted((row["people"] for row in page["missing"]), reverse=True)
    assert Missing.objects.filter(settled_at=None).count() == 2
    before = Entry.objects.count()
    after_study(datetime.now(UTC))
    reader.get("/charter/")
    assert Entry.objects.count() == before, "noted once"
    draft = opened_draft(reader)
    shown = reader.get("/charter/", {"version": draft.name, "format": "json"}).json()["data"]
    form = reader.get(f"{shown['missing'][0]['address']}&format=json").json()["data"]["fields"]
    assert {field["name"]: field["value"] for field in form}["promise"] == "delivery date"
    (company / "charter.toml").write_text(CHARTER + '\n[[lines]]\npromise = "delivery date"\nsegment = "loyal"\n')
    reader.get("/charter/")
    assert Missing.objects.filter(settled_at=None).count() == 1


# Bad input


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("standard", "soon"),
        ("standard", "nan"),
        ("standard", "1e400"),
        ("keep_target", "150%"),
        ("keep_target", "0"),
        ("tolerance", "-1"),
        ("importance", "much"),
        ("priority", "whenever"),
        ("direction", "up"),
        ("may_promise", "perhaps"),
        ("unit", "hours"),
        ("aspiration", "x" * 2001),
        ("lead", "a\x00b"),
        ("revision", "one"),
        ("revision", "99999999999"),
    ],
)
def test_a_field_that_does_not_fit_is_answered_in_place(company: Path, seats: Seats, field: str, text: str) -> None:
    client = seats("brand-officer").client
    line = line_on(opened_draft(client), "answer")
    answer = client.post(f"/charter/lines/{line.pk}/?format=json", wanted(line, **{field: text}))
    assert answer.status_code == 422
    page = answer.json()["data"]
    assert page["problem"]["place"] == field
    assert page["problem"]["mend"]
    if field != "revision":
        (shown,) = [one for one in page["fields"] if one["name"] == field]
        assert shown["wrong"]
        assert "\x00" in text or len(text) > 2000 or shown["value"] == text
    line.refresh_from_db()
    assert line.revision == 1


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("keep_target", "1.9", "Keep target: “1.9” is no share. Write more than 0% and less than 100%, as in 90%."),
        ("keep_target", "most", "Keep target: “most” is no share. Write more than 0% and less than 100%, as in 90%."),
        ("up_to_share", "90", "Share who must get the “up to” level: “90” is no share. Write more than 0% and less than 100%, as in 90%."),
        ("grace", "-4 days", "Grace: “-4 days” is neither a number nor a length of time. Write it as in 6, 6 days or 90 minutes."),
        (
            "standard",
            f"{'9' * 400} days",
            f"Standard: “{'9' * 40}” is neither a number nor a length of time. Write it as in 6, 6 days or 90 minutes.",
        ),
        ("tolerance", "-1", "Tolerance: “-1” is below 0. Write 0 or more."),
        ("cost_limit", "a lot", "Most it may cost to serve one matter: “a lot” is no number. Write it as in 1.5."),
        ("priority", "nowt", "Priority: “nowt” is none of the words to choose from. Did you mean “now”?"),
    ],
)
def test_what_does_not_fit_is_told_in_the_words_of_the_form(company: Path, seats: Seats, field: str, text: str, said: str) -> None:
    client = seats("brand-officer").client
    line = line_on(opened_draft(client), "answer")
    shown = client.post(f"/charter/lines/{line.pk}/?format=json", wanted(line, **{field: text})).json()["data"]["fields"]
    assert {one["name"]: one["wrong"] for one in shown if one["wrong"]} == {field: said}


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("version", ""),
        ("version", "x" * 61),
        ("version", "1"),
        ("effective_from", "tomorrow"),
        ("effective_from", "0001-01-01"),
        ("parties", "Chief"),
        ("parties", "Chief: boss"),
        ("touchpoints", "a | b | c | d"),
        ("touchpoints", "page | web | Nowhere"),
    ],
)
def test_terms_that_do_not_fit_are_answered_in_place(company: Path, seats: Seats, field: str, text: str) -> None:
    client = seats("brand-officer").client
    draft = opened_draft(client)
    answer = client.post(f"/charter/versions/{draft.pk}/terms?format=json", terms_of(draft, **{field: text}))
    assert answer.status_code == 422
    assert answer.json()["data"]["problem"]["place"] == field


def test_a_touchpoint_in_no_area_is_told_by_its_name(company: Path, seats: Seats) -> None:
    client = seats("brand-officer").client
    draft = opened_draft(client)
    answer = client.post(f"/charter/versions/{draft.pk}/terms?format=json", terms_of(draft, touchpoints="page | web | Nowhere"))
    assert answer.json()["data"]["problem"]["title"] == "Touchpoint “page”: “Nowhere” is none of the areas this charter lists."


def test_wrong_addresses_are_told(company: Path, seats: Seats) -> None:
    client = seats("brand-officer").client
    found = {
        path: client.get(path).status_code
        for path in (
            "/charter/?version=none",
            "/charter/lines/0/",
            "/charter/lines/x/",
            "/charter/versions/99999/sign",
            "/charter/versions/99999/terms",
            "/charter/versions/%C2%B2/lines",
            "/charter/charter.toml?version=9",
            "/charter/versions/?before=1&after=9",
            "/charter/lines/99999999999999999999999/",
        )
    }
    assert set(found.values()) == {404}, found
    assert client.post("/charter/", {"do": "dance"}).status_code == 422
    assert client.post("/charter/objections/1", {}).status_code == 404
    assert client.post("/charter/", {"do": "withdraw", "version": "1"}).status_code == 409
    assert client.post("/charter/", {"do": "import"}).status_code == 422


# Who may


def test_a_lead_that_is_neither_role_nor_area_is_told_with_the_nearest(company: Path, seats: Seats) -> None:
    """On the form, on the charter and before signing; it is taken as it is, and a lead there is says nothing."""
    client = seats("brand-officer").client
    seats("area-head")
    draft = opened_draft(client)
    line = line_on(draft, "answer")
    note = "“Fulfillment” is neither a role nor an area, so nobody leads here. Did you mean “Fulfilment”?"

    def told(path: str) -> Any:
        return client.get(path).json()["data"]

    for lead, said in (("Fulfillment", note), ("Fulfilment", ""), ("Head of fulfilment", ""), ("Chief service officer", ""), ("", "")):
        line.refresh_from_db()
        kept = client.post(f"/charter/lines/{line.pk}/?format=json", wanted(line, lead=lead, revision=str(line.revision)))
        assert kept.status_code == 200
        page = kept.json()["data"]
        [field] = [one for one in page["fields"] if one["name"] == "lead"]
        assert (field["value"], field["note"], page["line"]["lead_note"]) == (lead, said, said)
        assert {"Fulfilment", "Head of fulfilment", "Chief service officer"} <= set(field["suggestions"])
        assert told(f"/charter/versions/{draft.pk}/sign?format=json")["notes"] == ([f"answer: {said}"] if said else [])
        assert said in client.get(f"/charter/?version={draft.name}").text
        assert said in client.get(f"/charter/lines/{line.pk}/").text


def test_who_leads_a_line_changes_that_line_and_no_other(company: Path, seats: Seats) -> None:
    head, brand = seats("area-head").client, seats("brand-officer").client
    draft = opened_draft(brand)
    brand.post(f"/charter/versions/{draft.pk}/lines", {"promise": "delivery date", "lead": "Somebody else", "may_promise": "yes"})
    own, other = line_on(draft, "answer"), line_on(draft, "delivery date")
    assert head.post(f"/charter/lines/{own.pk}/", wanted(own, standard="3 days")).status_code == 200
    assert head.post(f"/charter/lines/{other.pk}/", wanted(other, standard="3 days")).status_code == 403
    assert head.post("/charter/", {"do": "withdraw", "version": draft.name}).status_code == 403
    for path in ("lines", "terms"):
        assert head.get(f"/charter/versions/{draft.pk}/{path}").status_code == 403
    page = head.get("/charter/", {"version": draft.name, "format": "json"}).json()["data"]
    assert [line["yours"] for line in page["lines"]] == [True, False]


def test_there_is_one_draft_at_a_time_and_it_can_be_given_up(company: Path, seats: Seats) -> None:
    client = seats("cx-lead").client
    draft = opened_draft(client)
    assert client.post("/charter/", {"do": "open draft"}).status_code == 422
    assert client.post("/charter/", {"do": "withdraw", "version": draft.name}).status_code == 302
    assert opened_draft(client).name == "3"
    listed = client.get("/charter/versions/", {"format": "json"}).json()["data"]["versions"]
    assert [(one["name"], one["state"]) for one in listed] == [("3", "draft"), ("2", "given up"), ("1", "in force")]


def test_every_change_is_on_the_timeline_and_the_chain_is_whole(company: Path, seats: Seats) -> None:
    from troth.workspace.timeline.chain import verify
    from troth.workspace.timeline.models import Entry

    brand = seats("brand-officer").client
    before = Entry.objects.count()
    draft = opened_draft(brand)
    line = line_on(draft, "answer")
    brand.post(f"/charter/lines/{line.pk}/", wanted(line, standard="3 days"))
    signed_by(brand, draft, BRAND)
    told = list(Entry.objects.filter(number__gt=before).order_by("number").values_list("actor_name", "verb", "thing_kind"))
    assert ("Bea Brand", "opened", "charter version") in told
    assert ("Bea Brand", "changed", "charter line") in told
    assert told[-1] == ("Bea Brand", "signed", "charter version")
    assert verify().whole


def test_a_page_and_its_json_say_the_same(company: Path, seats: Seats) -> None:
    client = seats("auditor").client
    page = client.get("/charter/")
    data = client.get("/charter/", {"format": "json"}).json()
    assert data["data"]["sentence"] in page.text.replace("&#x27;", "'")
    assert set(data["help"]) >= {"lines[].kept.interval", "grid.rows[].cells[].kind"}
    (line,) = data["data"]["lines"]
    assert (line["standard"], line["keep_target"], line["lead"]) == ("2 days", "90%, as usual", "Head of fulfilment")
    assert {light["name"] for light in line["lights"]} == {"what", "when", "how", "cost"}
    assert line["kept"]["n"] > 100
    assert re.search(r"n \d+", page.text)


# Several at once, on either database


AT_ONCE = """
from django.db import connection
from threading import Barrier, Thread
from datetime import UTC, datetime
from tests.workspace import agreements as a
from tests.workspace.seats import sit
from troth.workspace.charter.models import Version
from troth.workspace.timeline.chain import verify

officers = [sit(seat) for seat in ("brand-officer", "service-officer", "cx-lead")]
draft = a.opened_draft(officers[0].client)
line = a.line_on(draft, "answer")
start = Barrier(3)
answers = {}
def change(who, days):
    start.wait()
    answers[days] = who.client.post(f"/charter/lines/{line.pk}/", a.wanted(line, standard=f"{days} days")).status_code
    connection.close()
def all_at_once(act, *each):
    threads = [Thread(target=act, args=(who, one)) for who, one in zip(officers, each)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
all_at_once(change, 3, 4, 5)
line.refresh_from_db()
found["answers"], found["revisions"] = sorted(answers.values()), line.revisions.count()
(won,) = [days for days, status in answers.items() if status == 200]
found["kept"] = f'"standard": {won}.0' in line.said

signed = {}
def sign(who, party):
    start.wait()
    signed[party] = a.signed_by(who.client, draft, party) if party else 200
    connection.close()
all_at_once(sign, a.BRAND, a.SERVICE, "")
found["signed"] = sorted(signed.values())
draft.refresh_from_db()
found["file"], found["signatures"] = draft.file, draft.signatures.filter(superseded_at=None).count()
found["whole"], found["vendor"] = verify().whole, connection.vendor
"""


@pytest.fixture
def alone(studied: Path, tmp_path: Path) -> Shop:
    """The slow company with a workspace of its own."""
    folder = Path(shutil.copytree(studied, tmp_path / "alone", ignore=shutil.ignore_patterns("workspace.sqlite3*", "static")))
    return Shop(folder, troth.open(folder).current())


def check_at_once(found: dict[str, object]) -> None:
    assert found["answers"] == [200, 409, 409], "the first is kept, the others are told"
    assert (found["revisions"], found["kept"]) == (2, True)
    assert found["signed"] == [200, 200, 200]
    assert (found["file"], found["signatures"], found["whole"]) == ("charters/2.toml", 2, True)


def test_of_three_who_change_a_line_at_once_one_is_kept_and_two_are_told(alone: Shop) -> None:
    found = report(alone, AT_ONCE)
    assert found["vendor"] == "sqlite"
    check_at_once(found)


@pytest.mark.postgres
def test_of_three_who_change_a_line_at_once_one_is_kept_on_postgresql_too(alone: Shop, postgres_url: str) -> None:
    found = report(alone, AT_ONCE, database=postgres_url)
    assert found["vendor"] == "postgresql"
    check_at_once(found)


# From the terminal


def test_the_charter_is_kept_from_the_terminal_too(alone: Shop, tmp_path: Path) -> None:
    """In a process of its own: a process serves one project."""
    edited = tmp_path / "edited.toml"
    program = f"""
import contextlib, io
from troth.cli.app import main
def say(*words):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = main([*words, "--project", {str(alone.folder)!r}])
    return code, out.getvalue()
text = say("charter", "export")[1]
from pathlib import Path
Path({str(edited)!r}).write_text(text.replace("standard = 2.0", "standard = 1.5"))
found["import"] = say("charter", "import", {str(edited)!r})
found["again"] = say("charter", "import", {str(edited)!r})[0]
found["status"] = json.loads(say("charter", "status", "--format", "json")[1])
found["table"] = say("charter", "status")[1]
found["none"] = say("charter", "export", "--version", "9")[0]
found["draft"] = say("charter", "export", "--version", "2")[1]
"""
    found = report(alone, program)
    imported: Any = found["import"]
    assert imported[0] == 0
    assert "standard of answer: 2 → 1.5" in imported[1]
    assert (found["again"], found["none"]) == (2, 2)
    status: Any = found["status"]
    rows = status["rows"]
    assert [(row["name"], row["state"], row["unsigned"]) for row in rows] == [
        ("2", "draft", [BRAND, SERVICE]),
        ("1", "in force", [BRAND, SERVICE]),
    ]
    assert rows[0]["obstacles"] == ["No day is named from which it is in force (effective_from)."]
    assert "No day is named" in str(found["table"])
    assert "standard = 1.5" in str(found["draft"])
