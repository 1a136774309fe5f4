"""Purview: the page says what the study and roles.toml say, in whole numbers, and what closes the chasm in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

import troth
from tests.workspace.conftest import Shop
from tests.workspace.test_exports import body
from tests.workspace.test_pages import data, visible, words
from troth.engine.purview.readings import BY_INFLUENCE, CANNOT_EXECUTE
from troth.intake.folder import read_settings
from troth.terms.roles import NOBODY, Purview

if TYPE_CHECKING:
    from django.test import Client

    from troth.workspace.people.models import Role


@pytest.fixture
def purview(shop: Shop) -> Purview:
    return troth.open(shop.folder).purview


@pytest.fixture
def found(shop: Shop, purview: Purview) -> troth.Chasm:
    return shop.study.chasm(purview)


def decided_by(purview: Purview, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one place the page has roles from says this."""
    from troth.workspace.studies import deciders

    monkeypatch.setattr(deciders, "who_decides", lambda at, currency: deciders.Deciders(purview))


def test_the_page_says_in_whole_numbers_what_lies_beyond_whoever_leads(reader: Client, found: troth.Chasm) -> None:
    page = data(reader, "/purview/")
    lead = found.actual
    assert lead is not None
    assert lead.chasm.value is not None
    assert (found.at_risk.value or 0) > 0
    assert words(page["sentence"]) == (
        f"Of {found.at_risk.value:,.0f} failures, {lead.uncovered.value:,.0f} failures ({lead.chasm.value:.0%}) "
        "lies beyond what those who lead today may decide."
    )


def test_what_is_in_no_number_stands_beside_the_sentence(reader: Client, found: troth.Chasm) -> None:
    page = data(reader, "/purview/")
    assert page["outside"] == list(found.outside)
    assert "No issue has money on record, so issues weigh by their failures." in page["outside"]
    assert not set(page["outside"]) & set(page["notes"])


def test_structures_stand_side_by_side_with_the_one_that_leads_marked(reader: Client, found: troth.Chasm) -> None:
    rows = data(reader, "/purview/")["structures"]
    assert {row["name"]: row["chasm"] for row in rows} == found.shares
    assert [row["name"] for row in rows if row["actual"]] == ["marketing-led"]
    assert "Chief &lt;brand&gt; officer" in reader.get("/purview/").text


def test_what_closes_the_chasm_stands_in_order_with_what_is_missing(reader: Client, found: troth.Chasm) -> None:
    page = data(reader, "/purview/", structure="operations-led")
    closing = [row for row in found.closing("operations-led") if row.missing]
    assert [step["area"] for step in page["closing"]] == [row.where["area"] for row in closing]
    told = {step["area"]: words(step["sentence"]) for step in page["closing"]}
    assert "Missing: money, USD 10,000 for the best fix. Covered whole, the chasm falls from" in told["Fulfilment"]
    assert page["shown"] == "operations-led"


def test_areas_say_what_may_be_decided_there_and_how_much_of_the_fix_is_covered(reader: Client) -> None:
    areas = {row["area"]: row for row in data(reader, "/purview/", structure="operations-led")["areas"]}
    assert (areas["Fulfilment"]["decide"], areas["Fulfilment"]["money"], areas["Fulfilment"]["hours"]) == (
        "yes",
        "75% of the fix",
        "not on record",
    )


def test_what_was_asked_and_what_became_of_it_is_told_by_area(reader: Client) -> None:
    (row,) = data(reader, "/purview/")["asks"]
    assert (row["area"], row["asked"], row["accepted"], row["kept"], row["pending"]) == ("Fulfilment", 4, 2, 1, 1)


def test_which_discipline_is_missing_is_told_of_the_structure_shown(reader: Client) -> None:
    (lead,) = data(reader, "/purview/")["disciplines"]
    (other,) = data(reader, "/purview/", structure="operations-led")["disciplines"]
    assert (lead["discipline"], lead["decided"], lead["missing"]) == ("closed-loop care", 1, "")
    assert (other["decided"], other["missing"]) == (0, "missing")


def test_moving_a_role_without_its_grants_changes_no_figure(reader: Client, purview: Purview, monkeypatch: pytest.MonkeyPatch) -> None:
    before = data(reader, "/purview/")
    moved = tuple(replace(role, sits_in="Fulfilment", reports_to="nobody") for role in purview.roles)
    decided_by(replace(purview, roles=moved), monkeypatch)
    assert data(reader, "/purview/") == before


def forget(titles: Iterable[str]) -> None:
    """Take roles out again, for the tests that come after."""
    from troth.workspace.people.models import Grant, Role

    roles = Role.objects.filter(title__in=list(titles))
    roles.update(reports_to=None)
    Grant.objects.filter(role__in=roles).delete()
    roles.delete()


@pytest.fixture
def alone(workspace: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Roles that other tests have left in the shared workspace decide nothing here."""
    from troth.workspace.people import mandates
    from troth.workspace.people.models import Grant, Role

    left = set(Role.objects.values_list("pk", flat=True))
    granted = Grant.in_force
    monkeypatch.setattr(Grant, "in_force", lambda at: granted(at).exclude(role__in=left))
    monkeypatch.setattr(mandates, "Role", _Rest(Role, left))


class _Rest:
    """The roles beside those that were there."""

    def __init__(self, model: type[Role], left: set[int]) -> None:
        self.objects = model.objects.exclude(pk__in=left)


@pytest.fixture
def granted(workspace: Shop, alone: None) -> Iterator[dict[str, Role]]:
    """The service officer decides in Fulfilment with 10,000 of the USD 40,000 its fix takes; the brand officer has no grant.

    A head whose grant ended before the study's day, and one whose begins after it.
    """
    from troth.workspace.people import operations as people
    from troth.workspace.timeline.operations import TERMINAL

    began, now = datetime(2024, 1, 1, tzinfo=UTC), datetime.now(UTC)
    day = timedelta(days=1)
    asof = workspace.study.as_of
    told = {
        "Service head": ("service-officer", began, None),
        "Brand head": ("brand-officer", None, None),
        "Former head": ("area-head", began, asof - day),
        "Future head": ("area-head", asof + day, None),
    }
    made = {}
    for title, (seat, since, until) in told.items():
        made[title] = role = people.add_role(
            title=title, seat=seat, aspect="operating" if seat == "area-head" else "", actor=TERMINAL, at=now
        )
        if since is not None:
            people.grant(
                role=role,
                area="Fulfilment",
                decide=True,
                spend_limit=Decimal(10_000 if title == "Service head" else 40_000),
                currency="USD",
                actor=TERMINAL,
                at=now,
                valid_from=since,
                valid_to=until,
            )
    yield made
    forget(made)


def test_without_a_grant_of_the_workspace_on_the_studys_day_roles_toml_says_who_decides(reader: Client) -> None:
    assert "are those of roles.toml" in data(reader, "/purview/")["source"]
    assert "are those of roles.toml" in visible(reader.get("/purview/").text)


def test_grants_of_the_workspace_in_force_on_the_studys_day_come_first(reader: Client, granted: dict[str, Role]) -> None:
    page = data(reader, "/purview/")
    assert page["source"] == (
        "Roles and grants are those of the workspace in force on 30 June 2024; fixes, asks and decisions are those of roles.toml."
    )
    assert page["source"] in visible(reader.get("/purview/").text)
    assert {row["name"]: row["roles"] for row in page["structures"]} == {
        "service-led": "Service head",
        "marketing-led": "Brand head",
        "both officers": "Brand head and Service head",
    }
    assert [row["name"] for row in page["structures"] if row["actual"]] == ["both officers"]
    (row,) = [row for row in data(reader, "/purview/", structure="service-led")["areas"] if row["area"] == "Fulfilment"]
    assert (row["decide"], row["money"]) == ("yes", "25% of the fix")
    (row,) = [row for row in data(reader, "/purview/", structure="marketing-led")["areas"] if row["area"] == "Fulfilment"]
    assert row["decide"] == "no"


def test_moving_a_role_of_the_workspace_without_its_grants_changes_no_figure_and_moving_a_grant_does(
    reader: Client, granted: dict[str, Role]
) -> None:
    from troth.workspace.people import operations as people
    from troth.workspace.people.models import Grant
    from troth.workspace.timeline.operations import TERMINAL

    before = data(reader, "/purview/")
    people.move_role(role=granted["Service head"], reports_to=granted["Brand head"], dotted_to=None, actor=TERMINAL, at=datetime.now(UTC))
    assert data(reader, "/purview/") == before
    Grant.objects.filter(role=granted["Service head"]).update(role=granted["Brand head"])
    after = data(reader, "/purview/")
    shares = [{row["name"]: row["chasm"] for row in page["structures"]} for page in (before, after)]
    assert shares[0]["service-led"] == shares[1]["marketing-led"] < shares[0]["marketing-led"]


def test_money_in_another_currency_counts_as_none_and_says_so(reader: Client, granted: dict[str, Role]) -> None:
    from troth.workspace.people.models import Grant

    Grant.objects.filter(role=granted["Service head"]).update(currency="EUR")
    page = data(reader, "/purview/", structure="service-led")
    (row,) = [row for row in page["areas"] if row["area"] == "Fulfilment"]
    assert row["money"] == "0% of the fix"
    assert any("may spend in EUR in Fulfilment; costs are in USD" in note for note in page["notes"])


def test_roles_of_roles_toml_come_into_the_workspace_once_with_what_it_cannot_hold_told(reader: Client, shop: Shop, alone: None) -> None:
    from troth.workspace.people.models import Grant, Role
    from troth.workspace.seating import import_roles

    file, zone = shop.folder / "roles.toml", ZoneInfo(read_settings(shop.folder).timezone)
    text = file.read_text()
    more = "spend_limit = 30_000\ncapacity = 12.5\nsince = 2024-01-01\nuntil = 2024-06-30\n"
    file.write_text(text.replace("Head of fulfilment", "Head of parcels").replace("spend_limit = 30_000\n", more))
    titles = ("Chief <brand> officer", "Head of parcels")
    try:
        before = data(reader, "/purview/")
        found = import_roles(shop.folder)
        after = data(reader, "/purview/")
        again = import_roles(shop.folder)
        seats = {one.title: (one.seat, one.aspect) for one in Role.objects.filter(title__in=titles)}
        grant = Grant.objects.get(role__title="Head of parcels")
    finally:
        file.write_text(text)
        forget(titles)
    assert (found.roles, found.grants, again.roles, again.grants) == (titles, 2, (), 0)
    assert found.remarks == (
        "“Chief <brand> officer” holds no money in Marketing: a grant of the workspace needs an amount. Give it with troth people grant.",
    )
    assert seats == {titles[0]: ("brand-officer", "brand"), titles[1]: ("area-head", "operating")}
    assert (grant.spend_limit, grant.currency, grant.capacity_hours, grant.capacity_per) == (
        Decimal(30_000),
        "USD",
        Decimal("12.5"),
        "month",
    )
    assert (grant.valid_from, grant.valid_to) == (datetime(2024, 1, 1, tzinfo=zone), datetime(2024, 7, 1, tzinfo=zone))
    assert "those of the workspace" in after["source"]
    assert after["structures"] == before["structures"]


def test_a_wide_chasm_is_read_by_its_reach(reader: Client, found: troth.Chasm) -> None:
    readings = {row["name"]: row["reading"].lower() for row in data(reader, "/purview/")["structures"]}
    for row in found:
        assert readings[row.where["structure"]] == row.reading
        if (row.chasm.value or 0) > 0.5 and row.reach.value is not None:
            assert row.reading == (BY_INFLUENCE if row.reach.value >= 0.5 else CANNOT_EXECUTE)


def test_every_area_under_every_structure_comes_as_a_file(reader: Client, found: troth.Chasm) -> None:
    lines = body(reader.get("/purview/", {"format": "csv"})).decode().splitlines()
    assert lines[0].startswith("structure,area,at_risk")
    assert len(lines) == 1 + len(found.areas)
    assert body(reader.get("/purview/", {"format": "parquet"}))[:4] == b"PAR1"


def test_a_structure_there_is_not_is_refused_with_the_nearest_one(reader: Client) -> None:
    for form in ("html", "json", "csv"):
        answer = reader.get("/purview/", {"structure": "marketing led", "format": form})
        assert answer.status_code == 400
        assert "marketing-led" in answer.text


def test_before_anybody_is_on_record_the_page_teaches_what_to_write(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    decided_by(NOBODY, monkeypatch)
    answer = reader.get("/purview/")
    assert answer.status_code == 200
    page = visible(answer.text)
    assert "Nobody is on record who may decide anything." in page
    assert "[[roles.grants]]" in page
    assert "Take it with you" not in page
    answer = reader.get("/purview/", {"format": "csv"})
    assert (answer.status_code, "nothing to put in a file" in answer.text) == (400, True)


def test_a_file_of_roles_that_is_wrong_is_told_with_its_place_and_its_mend(reader: Client, shop: Shop) -> None:
    file = shop.folder / "roles.toml"
    before = file.read_text()
    try:
        file.write_text(before.replace("spend_limit", "spend_limt"))
        answer = reader.get("/purview/")
    finally:
        file.write_text(before)
    assert answer.status_code == 400
    assert "roles[2].grants[1].spend_limt" in answer.text
    assert "id you mean “spend_limit”?" in answer.text


def test_an_outsider_sees_no_purview(outsider: Client) -> None:
    answer = outsider.get("/purview/")
    assert answer.status_code in {302, 401, 403}
    assert "fulfilment" not in answer.text.lower()
