"""Studies made in the background: by a real worker beside a real server, cancelled, killed, queued, scheduled."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from filelock import FileLock

import troth
from tests.projects import CHARTER, write_shop
from tests.workspace.conftest import Shop, served
from tests.workspace.seats import SEATS, Seated
from tests.workspace.test_serving import report
from troth.workspace.studies.progress import MOST, share_done

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from troth.workspace.studies.models import Run

SOON = 120.0
"""Seconds by which what is waited for has come on a machine with much else to do."""

MAKERS = {"administrator", "brand-officer", "service-officer", "cx-lead", "analyst"}
LAST = [("Reading the sources", 0.0), ("Judging promises", 4.0), ("Writing the ledger", 8.0)]


@dataclass
class Desk:
    """Somebody signed in to a served workspace, over HTTP, and what they found there first.

    :param database: address of its database on PostgreSQL; SQLite in the folder where empty.
    """

    folder: Path
    origin: str
    link: str
    server: Any
    database: str = ""
    seen: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.jar = CookieJar()
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.post(self.link)

    def get(self, path: str = "/studies/") -> tuple[int, str]:
        return self._open(self.origin + path if path.startswith("/") else path)

    def post(self, path: str = "/studies/", **form: str) -> tuple[int, str]:
        address = self.origin + path if path.startswith("/") else path
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(address if path == self.link else "/numbers/")[1])
        assert token
        sent = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], **form}).encode()
        return self._open(urllib.request.Request(address, data=sent, headers={"Origin": self.origin}))  # noqa: S310 - our own server

    def page(self) -> Any:
        return json.loads(self.get("/studies/?format=json")[1])["data"]

    def live(self) -> list[Any]:
        runs: list[Any] = self.page()["live"]["runs"]
        return runs

    def run(self, **form: str) -> int:
        """Ask for a study, and give its run's key."""
        assert self.post(do="run", **form)[0] == 200  # after the redirect
        page = self.page()
        return max(int(run["id"]) for run in [*page["live"]["runs"], *page["runs"]])

    def over(self, key: int) -> Any:
        return wait(lambda: next((run for run in self.page()["runs"] if run["id"] == key), None))

    def started(self, key: int) -> Any:
        """The run, once it is at a step."""
        return wait(lambda: next((run for run in self.live() if run["id"] == key and run["state"] == "running" and run["step"]), None))

    def told(self, question: str, *values: object) -> Any:
        """What the workspace's database answers."""
        if self.database:
            with psycopg.connect(self.database) as server:
                found = server.execute(question.replace("?", "%s"), values).fetchone()
            return found[0] if found else None
        with closing(sqlite3.connect(self.folder / ".troth" / "workspace.sqlite3", timeout=20)) as database, database:
            row = database.execute(question, values).fetchone()
        return row[0] if row else None

    def process(self, key: int, other_than: int = 0) -> int:
        found: int = wait(lambda: (p := self.told("SELECT process FROM studies_run WHERE id = ?", key)) != other_than and p)
        return found

    def published(self) -> list[tuple[int, bool]]:
        return [(entry.number, entry.current) for entry in troth.open(self.folder).studies()]

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """Another process holds the shelf, so that whatever starts here has to wait."""
        with FileLock(self.folder / ".troth" / "studies" / ".run.lock", timeout=20):
            yield

    def _open(self, request: str | urllib.request.Request) -> tuple[int, str]:
        try:
            with self.browser.open(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()


def wait(look: Callable[[], Any], seconds: float = SOON) -> Any:
    """Look until there is something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.1)
    pytest.fail("it has not come about in time")


def runs(process: int) -> bool:
    """Whether a process is there, and is no mere entry that nobody has asked about."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, shop: Shop, database: str) -> Iterator[Desk]:
    """A project without a study, served on SQLite and on PostgreSQL; the first one has been made from its empty page."""
    folder = write_shop(tmp_path_factory.mktemp("running") / "shop")
    with served(Shop(folder, shop.study), database=database) as (origin, link, server):
        desk = Desk(folder, origin, link, server, database)
        desk.seen["empty"], desk.seen["nothing"] = desk.get("/"), desk.get("/studies/")
        key = desk.run(as_of="2024-05-31")
        desk.seen["first"] = desk.over(key)
        yield desk
        with suppress(Exception), desk.held_up():
            last = desk.run()
            worker = parent(desk.process(last))
        server.send_signal(signal.SIGTERM)
        server.wait(30)
    assert wait(lambda: not runs(worker), 20), "the worker has outlived its server"


def test_the_first_study_is_run_from_the_empty_page_and_shown_at_once(desk: Desk) -> None:
    status, empty = desk.seen["empty"]
    assert status == 404
    assert "Run the first study" in empty
    assert desk.seen["nothing"][0] == 200
    assert "There is no study yet." in desk.seen["nothing"][1]
    first = desk.seen["first"]
    assert (first["state"], first["study"], first["who"]) == ("published", 1, "Desk")
    assert first["as_of"] == "31 May 2024, 23:59"
    assert desk.get("/")[0] == 200
    value = troth.open(desk.folder).published(1).integrity()[0].K.value
    shown = json.loads(desk.get("/?study=1&format=json")[1])["data"]
    assert shown["headline"][1]["value"] == value
    verbs = json.loads(desk.get("/timeline/?kind=run&format=json")[1])["data"]["acts"]
    assert {"requested", "started", "published"} <= {act["verb"] for act in verbs}
    steps = json.loads(desk.told("SELECT CAST(steps AS text) FROM studies_run WHERE id = ?", first["id"]))
    assert [step for step, _ in steps][:2] == ["Reading the sources", "Judging promises"]
    assert [second for _, second in steps] == sorted(second for _, second in steps)


def test_one_study_is_made_at_a_time_and_the_next_one_waits_its_turn(desk: Desk) -> None:
    before = desk.published()
    with desk.held_up():
        first = desk.run(as_of="2024-04-30")
        desk.started(first)
        assert wait(lambda: "Waiting for another run" in desk.live()[0]["step"])
        second = desk.run(as_of="2024-03-31")
        assert [(run["id"], run["state"]) for run in desk.live()] == [(first, "running"), (second, "queued")]
        status, page = desk.post(do="run", as_of="2024-03-31")
        assert status == 409
        assert "A study as of then waits already." in page
        assert desk.get("/ledger/")[0] == 200  # readers wait for nothing
        assert desk.get("/studies/live/")[1].count("<li>") == 2
        desk.post(do="cancel", run=str(second))
        assert (desk.over(second)["state"], desk.over(second)["took"]) == ("cancelled", "")
        began = time.monotonic()
        desk.post(do="cancel", run=str(first))
        assert desk.over(first)["why"] == "Cancelled by Desk."
        assert time.monotonic() - began < 30  # seconds on a machine at rest; a process that does not end takes two more
    status, page = desk.post(do="cancel", run=str(first))
    assert status == 409
    assert "This run is over" in page
    assert desk.published() == before


def test_a_study_cancelled_in_the_middle_leaves_nothing_behind_even_where_its_process_does_not_listen(desk: Desk) -> None:
    before, drafts = desk.published(), (desk.folder / ".troth" / "studies")
    key = desk.run(as_of="2024-06-15")
    desk.started(key)
    process = desk.process(key)
    os.kill(process, signal.SIGSTOP)  # it hears no other signal from here on
    assert list(drafts.glob(".new-*"))
    desk.post(do="cancel", run=str(key))
    assert desk.over(key)["state"] == "cancelled"
    assert not runs(process)
    assert desk.published() == before
    assert list(drafts.glob(".new-*")) == []
    assert "Cancelled by Desk." in desk.get()[1]


def test_a_study_whose_process_is_killed_has_failed_and_the_old_one_stays(desk: Desk) -> None:
    before = desk.published()
    with desk.held_up():
        key = desk.run(as_of="2024-06-16")
        desk.started(key)
        os.kill(desk.process(key), signal.SIGKILL)
        failed = desk.over(key)
    assert failed["state"] == "failed"
    assert "was ended from outside (SIGKILL)" in failed["why"]
    assert "run it again" in failed["mend"].lower()
    assert desk.published() == before


def test_a_killed_worker_takes_its_study_along_and_the_next_one_says_so(desk: Desk) -> None:
    before = desk.published()
    with desk.held_up():
        key = desk.run(as_of="2024-06-17")
        desk.started(key)
        process = desk.process(key)
        worker = parent(process)
        os.kill(worker, signal.SIGKILL)
        assert wait(lambda: not runs(process))
        failed = desk.over(key)
    assert failed["state"] == "failed"
    assert "ended before it was whole" in failed["why"]
    assert desk.published() == before


def test_a_worker_that_is_stopped_puts_its_study_back_and_the_next_one_makes_it(desk: Desk) -> None:
    with desk.held_up():
        key = desk.run(as_of="2024-06-18")
        desk.started(key)
        process = desk.process(key)
        os.kill(parent(process), signal.SIGTERM)
        other = desk.process(key, other_than=process)
        assert desk.started(key)["state"] == "running"
        assert wait(lambda: not runs(process))
        assert runs(other)
        desk.post(do="cancel", run=str(key))
        assert desk.over(key)["state"] == "cancelled"


def test_a_project_that_is_not_as_it_must_be_fails_with_its_sentence_and_its_mend(desk: Desk) -> None:
    charter = desk.folder / "charter.toml"
    charter.write_text(CHARTER.replace("standard =", "standrad ="))
    try:
        status, page = desk.post(do="run", as_of="2024-06-19")  # told at once, where the day has to be read
        assert status == 400
        assert "standrad" in page
        key = desk.run()
        failed = desk.over(key)
    finally:
        charter.write_text(CHARTER)
    assert failed["state"] == "failed"
    assert "standrad" in failed["why"] + failed["place"]
    assert "charter.toml" in failed["place"]
    assert failed["mend"] in desk.get()[1].replace("&quot;", '"').replace("&#x27;", "'")


def test_a_schedule_missed_for_days_asks_for_one_study(desk: Desk) -> None:
    with desk.held_up():
        desk.post(do="schedule", every="day", local_time="05:15", as_of_rule="yesterday")
        (made,) = [one for one in desk.page()["schedules"] if one["on"]]
        assert made["words"] == "Every day at 05:15, as of the end of the day before"
        assert desk.told("SELECT count(*) FROM studies_run WHERE schedule_id = ?", made["id"]) == 0
        missed = datetime.now(UTC) - timedelta(days=4)
        desk.told("UPDATE studies_schedule SET worked_until = ? WHERE id = ? RETURNING id", missed.isoformat(sep=" "), made["id"])
        run = wait(lambda: next((run for run in desk.live() if run["state"] == "running" and run["step"]), None))
        assert run["who"] == "schedule of Desk"
        due = datetime.fromisoformat(desk.told("SELECT CAST(worked_until AS text) FROM studies_schedule WHERE id = ?", made["id"]))
        due = due.replace(tzinfo=due.tzinfo or UTC)  # SQLite keeps UTC, and says no zone
        assert timedelta() < datetime.now(UTC) - due < timedelta(days=1, hours=1)
        desk.post(do="unschedule", schedule=str(made["id"]))
        desk.post(do="cancel", run=str(run["id"]))
        desk.over(run["id"])
        assert desk.told("SELECT count(*) FROM studies_run WHERE schedule_id = ?", made["id"]) == 1
    assert [one["on"] for one in desk.page()["schedules"]] == [False]


@pytest.mark.parametrize(
    ("form", "place"),
    [
        ({"do": "run", "as_of": "yesterday"}, "as_of"),
        ({"do": "run", "as_of": "2999-01-01"}, "as_of"),
        ({"do": "run", "as_of": "0001-01-01T00:00:00+14:00"}, "as_of"),
        ({"do": "cancel", "run": "9" * 30}, "run"),
        ({"do": "cancel", "run": "²"}, "run"),
        ({"do": "unschedule", "schedule": "0"}, "schedule"),
        ({"do": "schedule", "every": "hour", "local_time": "05:15", "as_of_rule": "start"}, "every"),
        ({"do": "schedule", "every": "day", "local_time": "25:15", "as_of_rule": "start"}, "local_time"),
        ({"do": "schedule", "every": "day", "local_time": "05:15", "as_of_rule": "never"}, "as_of_rule"),
        ({"do": "schedule", "every": "week", "weekday": "7", "local_time": "05:15", "as_of_rule": "start"}, "weekday"),
        ({"do": "schedule", "every": "month", "day": "0", "local_time": "05:15", "as_of_rule": "start"}, "day"),
        ({"do": "schedule", "every": "month", "day": "-1", "local_time": "05:15", "as_of_rule": "start"}, "day"),
        ({"do": "dance"}, "do"),
    ],
)
def test_a_wrong_form_is_answered_with_its_field_and_the_mend(
    seats: Callable[[str], Seated], quiet: None, form: dict[str, str], place: str
) -> None:
    answer = seats("analyst").client.post("/studies/?format=json", form)
    problem = answer.json()["data"]["problem"]
    assert 400 <= answer.status_code < 500
    assert (problem["place"], bool(problem["mend"])) == (place, True)
    assert seats("analyst").client.post("/studies/", form).status_code == answer.status_code


@pytest.fixture
def quiet(workspace: Shop) -> Iterator[None]:
    """What is asked for in a test is gone after it: a worker of another test would make it."""
    from troth.workspace.studies.models import Run, Schedule

    yield
    Run.objects.all().delete()
    Schedule.objects.all().delete()


@pytest.mark.parametrize("seat", SEATS)
def test_who_answers_for_the_numbers_has_studies_made_and_others_see(seats: Callable[[str], Seated], quiet: None, seat: str) -> None:
    from troth.workspace.studies.models import Run

    client, may = seats(seat).client, seat in MAKERS
    sent = client.post("/studies/", {"do": "run"})
    assert sent.status_code == (303 if may else 403)
    assert Run.objects.count() == may
    page = client.get("/studies/")
    sees = seat not in {"outsider", "case-owner"}
    assert page.status_code == (200 if sees else 403)
    assert ('value="run"' in page.text) == ("Add a schedule" in page.text) == may
    assert client.get("/studies/live/").status_code == (200 if sees else 403)
    if may:
        assert client.post("/studies/", {"do": "cancel", "run": str(Run.objects.get().pk)}).status_code == 303
        assert Run.objects.get().state == "cancelled"


def running(at: datetime, **columns: Any) -> Run:
    """A run that started two minutes before, as the worker would have it."""
    from troth.workspace.studies.models import Run

    began = at - timedelta(minutes=2)
    return Run.objects.create(
        **{
            "requested_by_name": "Ana List",
            "requested_at": began,
            "started_at": began,
            "heartbeat_at": began,
            "as_of": began,
            "state": "running",
            **columns,
        }
    )


def test_a_running_study_of_which_nothing_is_heard_for_a_minute_has_failed(seats: Callable[[str], Seated], quiet: None) -> None:
    from troth.workspace.studies import operations

    now = datetime.now(UTC)
    run = running(now, heartbeat_at=now - timedelta(seconds=59))
    assert operations.settle_lost(at=now) == 0
    assert operations.settle_lost(at=now + timedelta(seconds=2)) == 1
    run.refresh_from_db()
    assert (run.state, run.mend) == ("failed", operations.AGAIN)
    page = seats("auditor").client.get("/studies/").text
    assert "ended before it was whole" in page


def test_before_it_is_called_failed_the_page_says_that_nothing_is_heard(seats: Callable[[str], Seated], quiet: None) -> None:
    running(datetime.now(UTC))
    (run,) = seats("auditor").client.get("/studies/live/?format=json").json()["data"]["runs"]
    assert (run["state"], run["words"]) == ("lost", "no sign of life")


def test_a_study_published_just_before_its_process_was_lost_counts_as_published(workspace: Shop, quiet: None) -> None:
    from troth.workspace.studies import operations

    published = troth.open(workspace.folder).studies()[1].published_at
    assert published is not None
    run = running(datetime.now(UTC), started_at=published)
    operations.settle_lost(at=datetime.now(UTC), every=True)
    run.refresh_from_db()
    assert (run.state, run.study) == ("published", 2)


def test_a_run_that_is_over_stays_as_it_ended(workspace: Shop, quiet: None) -> None:
    from troth.workspace.studies import operations
    from troth.workspace.studies.errors import RunError

    now = datetime.now(UTC)
    run = running(now)
    operations.fail(run=run, error=RunError("it rained.", mend="wait."), at=now)
    operations.publish(run=run, study=2, new=True, at=now)
    operations.end_cancelled(run=run, at=now)
    operations.put_back(run=run, at=now)
    assert operations.beat(run=run, process=1, steps=[], at=now) is False
    run.refresh_from_db()
    assert (run.state, run.study, run.message) == ("failed", None, "it rained.")


def test_without_a_worker_the_page_says_how_to_start_one(seats: Callable[[str], Seated], workspace: Shop, quiet: None) -> None:
    alive = workspace.folder / ".troth" / "worker.alive"
    alive.unlink(missing_ok=True)
    seats("analyst").client.post("/studies/", {"do": "run"})
    assert "No worker is there to make it." in seats("analyst").client.get("/studies/").text
    alive.touch()
    assert "No worker is there to make it." not in seats("analyst").client.get("/studies/").text
    alive.unlink()


def test_more_than_ten_do_not_wait(seats: Callable[[str], Seated], quiet: None) -> None:
    client = seats("analyst").client
    answers = [client.post("/studies/", {"do": "run", "as_of": f"2024-01-{day:02}"}).status_code for day in range(1, 12)]
    assert answers == [303] * 10 + [422]


@pytest.mark.parametrize(
    ("steps", "seconds", "share"),
    [
        ([("Reading the sources", 0.0)], 0.0, 0.0),
        ([("Reading the sources", 0.0)], 2.0, 0.2),
        ([("Reading the sources", 0.0)], 60.0, 0.4),  # it takes longer than last time: the bar waits
        ([("Reading the sources", 0.0), ("Judging promises", 60.0)], 62.0, 0.6),
        ([("Reading the sources", 0.0), ("Writing the ledger", 1.0)], 900.0, MOST),
        ([("Something else", 0.0)], 5.0, None),
        ([], 5.0, None),
    ],
)
def test_how_far_a_study_has_come_is_told_by_the_time_the_last_one_took(
    steps: list[tuple[str, float]], seconds: float, share: float | None
) -> None:
    assert share_done(steps, seconds, LAST, 10.0) == pytest.approx(share)


def test_before_a_study_was_made_nothing_tells_how_far_one_has_come() -> None:
    assert share_done([("Reading the sources", 0.0)], 1.0, [], 0.0) is None


AT_ONCE = """
from concurrent.futures import ThreadPoolExecutor
from django.db import connection, connections
from django.utils import timezone
from troth.workspace.studies import operations
from troth.workspace.studies.errors import RunStateError
from troth.workspace.studies.models import Run
from troth.workspace.timeline.chain import verify
from troth.workspace.timeline.operations import TERMINAL

def at_once(act, times):
    def alone(_):
        try:
            return act()
        except RunStateError:
            return "told"
        finally:
            connections.close_all()
    with ThreadPoolExecutor(times) as people:
        return list(people.map(alone, range(times)))

def ask():
    return operations.request(as_of="2024-01-31", actor=TERMINAL, at=timezone.now()).pk

asked = at_once(ask, 4)
found["made"], found["told"] = len([one for one in asked if one != "told"]), asked.count("told")
operations.request(as_of="2024-02-29", actor=TERMINAL, at=timezone.now())
started = at_once(lambda: (run := operations.start(at=timezone.now())) and run.pk, 4)
found["started"] = len([one for one in started if one])
found["states"] = sorted(Run.objects.values_list("state", flat=True))
run = Run.objects.get(state="running")
found["cancelled"] = operations.cancel(run=run, actor=TERMINAL, at=timezone.now()).state
found["goes on"] = operations.beat(run=run, process=1, steps=[], at=timezone.now())
operations.end_cancelled(run=run, at=timezone.now())
found["next"] = operations.start(at=timezone.now()).asked[:10]
found["whole"], found["vendor"] = verify().whole, connection.vendor
"""


def check_at_once(found: dict[str, object]) -> None:
    assert (found["made"], found["told"]) == (1, 3)
    assert found["started"] == 1
    assert found["states"] == ["queued", "running"]
    assert (found["cancelled"], found["goes on"]) == ("running", False)
    assert found["next"] == "2024-03-01"  # the end of the 29th in New York, in UTC
    assert found["whole"] is True


def test_four_who_ask_at_once_get_one_study_and_four_workers_start_one(shop: Shop, tmp_path: Path) -> None:
    found = report(Shop(write_shop(tmp_path / "shop", 10), shop.study), AT_ONCE)
    assert found["vendor"] == "sqlite"
    check_at_once(found)


@pytest.mark.postgres
def test_four_who_ask_at_once_on_postgresql_too(shop: Shop, tmp_path: Path, postgres_url: str) -> None:
    found = report(Shop(write_shop(tmp_path / "shop", 10), shop.study), AT_ONCE, database=postgres_url)
    assert found["vendor"] == "postgresql"
    check_at_once(found)


@contextmanager
def visiting(desk: Desk, **settings: Any) -> Iterator[Page]:
    """The Studies page in Chromium, as whoever sits at the desk."""
    from playwright.sync_api import sync_playwright

    from tests.workspace.test_browser import ARGUMENTS

    cookies: Any = [{"name": one.name, "value": one.value or "", "url": desk.origin} for one in desk.jar]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(ARGUMENTS))
        context = browser.new_context(reduced_motion="reduce", **settings)
        context.add_cookies(cookies)
        page = context.new_page()
        page.goto(f"{desk.origin}/studies/")
        yield page
        browser.close()


@pytest.mark.chromium
def test_the_page_of_a_study_in_the_making_shuts_nobody_out_and_tells_how_it_goes_on(desk: Desk) -> None:
    from tests.workspace.test_browser import SCHEMES, WIDTHS, violations

    with desk.held_up(), visiting(desk) as page:
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.keyboard.press("Tab")
        page.locator("#as_of").fill("2024-06-20")
        page.locator("#as_of").press("Enter")
        page.wait_for_selector("[data-live]")
        page.get_by_text("Waiting for another run").wait_for(timeout=SOON * 1000)  # nobody has read the page anew
        for scheme in SCHEMES:
            for width in WIDTHS:
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size({"width": width, "height": 900})
                assert violations(page) == [], scheme
                assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.get_by_role("button", name=re.compile("Cancel the study")).press("Enter")
        page.wait_for_selector("[data-live]", state="detached", timeout=SOON * 1000)
        assert "Cancelled by Desk." in page.inner_text("main")
        assert said == []


@pytest.mark.chromium
def test_without_scripts_the_page_reads_itself_anew(desk: Desk) -> None:
    with desk.held_up():
        key = desk.run(as_of="2024-06-21")
        desk.started(key)
        with visiting(desk, java_script_enabled=False) as page:
            assert page.locator('meta[http-equiv="refresh"]').get_attribute("content") == "10"
            assert page.locator("progress").count() == 1
            page.get_by_role("button", name=re.compile("Cancel the study")).click()
            desk.over(key)
            page.reload()
            assert page.locator('meta[http-equiv="refresh"]').count() == 0
