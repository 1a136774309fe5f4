"""How long a new issue waits until both officers have opened it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.workspace.conftest import Shop
from tests.workspace.seats import SEATS, Seated

if TYPE_CHECKING:
    from troth.workspace.issues.seen import Office
    from troth.workspace.issues.waiting import Wait

HOURS, DAYS = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def unopened(workspace: Shop) -> Iterator[None]:
    """Nobody has opened anything, and nothing was noted as new."""
    from troth.workspace.issues.models import Appearance, Opened
    from troth.workspace.issues.noting import NOTED

    def forget() -> None:
        NOTED.clear()
        for kind in (Appearance, Opened):
            kind._default_manager.all().delete()

    forget()
    yield
    forget()


@pytest.fixture
def keys(workspace: Shop) -> list[str]:
    return [str(issue.where["issue"]) for issue in workspace.study.issues if issue.rank]


def new_issues(seated: Seated) -> Any:
    return seated.client.get("/", {"format": "json"}).json()["data"]["acts"]["new_issues"]


def both(seats: Callable[[str], Seated]) -> tuple[Seated, Seated]:
    return seats("brand-officer"), seats("service-officer")


def appeared(key: str) -> datetime:
    from troth.workspace.issues.models import Appearance

    return Appearance.objects.get(kind="issue", key=key).at


def test_an_issue_appears_with_the_first_study_that_holds_it(workspace: Shop, keys: list[str]) -> None:
    import troth
    from troth.workspace.issues.models import Appearance
    from troth.workspace.issues.noting import after_study

    first, second = troth.open(workspace.folder).studies()
    assert second.published_at is not None
    after_study(second.published_at + DAYS)
    earlier = {str(issue.where["issue"]) for issue in troth.open(workspace.folder).published(1).issues if issue.rank}
    for key in keys:
        assert appeared(key) == (first if key in earlier else second).published_at
    assert set(Appearance.objects.filter(kind="study").values_list("key", flat=True)) == {"1", "2"}
    Appearance.objects.filter(kind="issue", key=keys[0]).update(study=1, at=second.published_at - 9 * DAYS)
    after_study(second.published_at + 2 * DAYS)
    assert appeared(keys[0]) == second.published_at - 9 * DAYS  # noted once


def test_both_desks_counts_who_has_opened_the_issues_and_how_long_they_waited(seats: Callable[[str], Seated], keys: list[str]) -> None:
    from troth.workspace.issues.operations import mark_opened

    brand, service = both(seats)
    start = new_issues(brand)
    assert (start["both"], start["one"], start["neither"]) == (0, 0, len(keys))
    since = appeared(keys[0])
    for seated, after in ((brand, 2 * DAYS), (service, 5 * DAYS + HOURS), (service, 60 * DAYS)):
        assert mark_opened(person=seated.person, kind="issue", key=keys[0], at=since + after) is None or after == 60 * DAYS
    for seat in ("brand-officer", "service-officer", "cx-lead", "area-head", "executive"):
        told = new_issues(seats(seat))
        assert (told["both"], told["one"], told["neither"]) == (1, 0, len(keys) - 1)
        assert "had waited no longer than 5 days; the longest wait was 5 days." in told["words"]


def test_an_issue_an_officer_has_not_opened_in_fourteen_days_is_listed(seats: Callable[[str], Seated], keys: list[str]) -> None:
    """The shop's studies were published long ago."""
    from troth.workspace.issues.operations import mark_opened

    brand, _ = both(seats)
    assert len(new_issues(brand)["overdue"]) + new_issues(brand)["more"] == len(keys)
    mark_opened(person=brand.person, kind="issue", key=keys[0], at=appeared(keys[0]) + DAYS)
    told = new_issues(brand)
    assert (told["one"], told["neither"]) == (1, len(keys) - 1)
    assert "days; not opened by Chief service officer." in next(row["why"] for row in told["overdue"] if keys[0] in row["address"])
    assert "not opened by" in brand.client.get("/").text


@pytest.mark.parametrize("seat", sorted(SEATS.keys() - {"brand-officer", "service-officer"}))
def test_nobody_elses_look_counts(seats: Callable[[str], Seated], keys: list[str], seat: str) -> None:
    both(seats)
    seats(seat).client.get(f"/issues/{keys[0]}/")
    assert new_issues(seats("executive"))["neither"] == len(keys)


def test_my_desk_tells_an_officer_what_waits_for_both(seats: Callable[[str], Seated], keys: list[str]) -> None:
    """As many as Both desks counts; nobody else is told so."""

    def told(seated: Seated, path: str) -> Any:
        return seated.client.get(path, {"format": "json"}).json()["data"]

    def said(desk: Any, name: str) -> str:
        return "".join(run["words"] for run in desk[name])

    brand, service = both(seats)
    service.client.get(f"/issues/{keys[0]}/")
    for seated, missed in ((brand, len(keys)), (service, len(keys) - 1)):
        acts, desk = told(seated, "/")["acts"], told(seated, "/my-desk/")
        decisions = len(acts["waiting"]) + acts["waiting_more"]
        assert decisions == len(keys)
        assert {row["issues"] for row in acts["unseen"]} == {len(keys), len(keys) - 1}
        assert said(desk, "common").startswith(f"{decisions} decisions wait for both officers. {missed} issue")
        assert said(desk, "sentence") == "Nothing waits for you alone."
        assert desk["both"] == "/"
        assert "See Both desks" in seated.client.get("/my-desk/").text
    for seat in ("area-head", "executive"):
        desk = told(seats(seat), "/my-desk/")
        assert (desk["common"], desk["both"], said(desk, "sentence")) == ([], "", "Nothing waits for you.")


def test_the_wait_ends_with_the_second_officer_and_is_never_below_nothing() -> None:
    from troth.workspace.issues.seen import Office
    from troth.workspace.issues.waiting import LISTED_AFTER, Wait, counted
    from troth.workspace.people.models import Seat

    brand, service = (Office(seat, str(seat.label), frozenset({1})) for seat in (Seat.BRAND_OFFICER, Seat.SERVICE_OFFICER))
    since = datetime(2026, 3, 2, 9)

    def wait(first: timedelta | None, second: timedelta | None) -> Wait:
        opened: dict[Office, datetime | None] = {
            office: None if after is None else since + after for office, after in ((brand, first), (service, second))
        }
        return Wait("key", since, opened)

    waits = [wait(DAYS, 4 * DAYS), wait(-DAYS, -2 * DAYS), wait(3 * DAYS, 2 * DAYS), wait(DAYS, None), wait(None, None)]
    assert [one.waited for one in waits] == [4 * DAYS, timedelta(), 3 * DAYS, None, None]
    for age, late in ((LISTED_AFTER * DAYS - HOURS, 0), (LISTED_AFTER * DAYS, 2)):
        told = counted(waits, since + age)
        assert (told.by_both, told.by_one, told.by_none) == (3, 1, 1)
        assert (told.half_within, told.longest, told.oldest) == (3 * DAYS, 4 * DAYS, age)
        assert len(told.overdue) == late


def test_of_nothing_opened_no_wait_is_told() -> None:
    from troth.workspace.issues.waiting import counted

    told = counted([], datetime(2026, 3, 2))
    assert (told.half_within, told.longest, told.oldest, told.overdue) == (None, None, None, ())
