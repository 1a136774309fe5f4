"""A shop with two studies, its workspace, and the seats people sit in: signed in, and outside."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import troth
from tests.databases import DATABASES, empty_database
from tests.projects import AS_OF, write_shop
from tests.workspace.agreements import run, workspace_of, write_company
from tests.workspace.seats import Seated, sit
from troth.workspace.configuration import Configuration

if TYPE_CHECKING:
    from django.test import Client
    from playwright.sync_api import Browser

EARLIER = "2024-05-15"
BROKEN_ROWS = (
    "b1,c0001,2024-02-01 10:00:00,not a date,2024-02-03 10:00:00,done,north,\n"
    "b2,c0002,2024-02-01 10:00:00,2024-02-05,2024-01-03 10:00:00,done,north,\n"
    '=cmd,c0003,2024-02-01 10:00:00,2024-02-05,2024-02-03 10:00:00,done,"=HYPERLINK(""x"")",\n'
)
"""A date that is none, a receipt before its promise, and texts a spreadsheet would run."""


OCCASIONS = """
[[occasions]]
question = "waited long"
stage = "fulfilment"
means = "the customer waited more than five days"
where = "delivered_at is not null"
at = "ordered_at"
customer = "customer"
subject = "order_id"
event = "delivered_at > ordered_at + interval 5 day"
covariates = ["campaign"]
placebo = { status_done = "status = 'done' and order_id like '%3'" }
[occasions.exposures]
southern_lane = { when = "lane = 'south'", area = "Fulfilment", means = "it went by the southern lane" }
spring_sale = { when = "order_id like '%7'", area = "Marketing", means = "it was ordered in the <sale>" }
"""
"""A question of the company's own."""


READINGS = """
[[readings]]
measure = "days to <deliver>"
where = "delivered_at is not null"
at = "ordered_at"
customer = "customer"
subject = "order_id"
value = "date_diff('hour', ordered_at, delivered_at) / 24.0"
unit = "lane"
pressed = "lane = 'south' and ordered_at >= timestamp '2024-04-01 00:00:00'"
handled_minutes = 4
comparable = ["campaign"]
outcomes = { "writes <angrily>" = "lane = 'south' and ordered_at >= timestamp '2024-04-01 00:00:00' or order_id like '%7'" }
"""
MEASURES = """
[[measures]]
name = "days to <deliver>"
class = "activity"
direction = "min"
role = "Head of fulfilment"
area = "Fulfilment"
unit = "days"
target = 4
paired_with = ["writes <angrily>"]

[[measures]]
name = "clicks"
class = "activity"
direction = "max"
role = "Chief <brand> officer"
area = "Marketing"
target = 100

[[outcomes]]
name = "writes <angrily>"
role = "Chief <brand> officer"
"""
"""A target that is met at the customer's cost, and one that stands alone."""


ROLES = """
[[roles]]
title = "Chief <brand> officer"
aspect = "brand"
leads = true
sits_in = "Marketing"
[[roles.grants]]
areas = ["Marketing"]
decide = true
[[roles.decisions]]
discipline = "closed-loop care"
on = 2024-05-01
held = true

[[roles]]
title = "Head of fulfilment"
aspect = "operating"
[[roles.grants]]
areas = ["Fulfilment"]
decide = true
spend_limit = 30_000

[[fixes]]
area = "Fulfilment"
cost = 40_000

[asks]
read = "asks.csv"
"""
"""Who may decide what."""

ASKS = """area,accepted,due,delivered,asked
Fulfilment,accepted,2024-03-01,2024-02-28,2024-02-01
Fulfilment,accepted,2024-04-01,2024-04-09,2024-03-01
Fulfilment,declined,,,2024-03-02
Fulfilment,,,,2024-06-20
"""


@dataclass(frozen=True)
class Shop:
    """The project folder and its current study."""

    folder: Path
    study: troth.Study


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Two studies of one shop: as of May, and, current, as of the end of June."""
    folder = write_shop(tmp_path_factory.mktemp("workspace") / "shop")
    with (folder / "orders.csv").open("a") as orders:
        orders.write(BROKEN_ROWS)
    with (folder / "sources" / "orders.toml").open("a") as source:
        source.write(OCCASIONS + READINGS)
    (folder / "measures.toml").write_text(MEASURES)
    (folder / "roles.toml").write_text(ROLES)
    (folder / "asks.csv").write_text(ASKS)
    project = troth.open(folder)
    project.run(EARLIER, at=datetime(2024, 5, 16, 8, tzinfo=UTC))
    return Shop(folder, project.run(AS_OF, at=datetime(2024, 7, 1, 8, tzinfo=UTC)).study)


@pytest.fixture(scope="session")
def workspace(shop: Shop) -> Iterator[Shop]:
    """The shop's workspace, set up in this process as `troth serve` sets it up."""
    from troth.workspace.serving import prepare

    before = dict(os.environ)
    prepare(Configuration(shop.folder, origin="http://127.0.0.1:8000"))
    yield shop
    from django.db import connections

    connections.close_all()
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(autouse=True)
def nothing_made_before(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No page another test has had made is kept: some tests let a study say something else."""
    if "workspace" not in request.fixturenames:
        return
    request.getfixturevalue("workspace")
    from troth.workspace.studies import kept_pages, reading

    monkeypatch.setattr(kept_pages, "pages", kept_pages.KeptPages(kept_pages.MOST))
    for key in [key for key in reading._memory if key[1][0] == "both desks"]:  # type: ignore[index]  # noqa: SLF001 - of all that is remembered, this alone holds whole pages
        del reading._memory[key]  # noqa: SLF001 - likewise


@pytest.fixture
def outsider(workspace: Shop) -> Client:
    """Someone without a session, whose forms need their token."""
    from django.test import Client

    from troth.workspace.people.models import Refusal

    Refusal.objects.all().delete()
    return Client(enforce_csrf_checks=True, headers={"host": "127.0.0.1"})


@pytest.fixture
def link(workspace: Shop) -> Callable[[], str]:
    """Makes fresh one-time links for the workspace's administrator."""
    from django.utils import timezone

    from troth.workspace.people.operations import desk_link

    return lambda: desk_link(at=timezone.now())


@pytest.fixture
def reader(outsider: Client, link: Callable[[], str]) -> Client:
    """Someone who came in through a link."""
    answer = arrive(outsider, link())
    assert answer.status_code == 302
    return outsider


@pytest.fixture(scope="module")
def server(shop: Shop) -> Iterator[tuple[str, str]]:
    """The same workspace as its own process: its origin, and the one-time link it printed."""
    with served(shop) as (origin, link, _):
        yield origin, link


@pytest.fixture(scope="module", params=DATABASES)
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where a served workspace keeps what people do, one after the other: SQLite (no address), and an empty database on PostgreSQL."""
    kept = nullcontext("") if request.param == "sqlite" else empty_database(request.getfixturevalue("postgres_url"))
    with kept as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. Mark the test ``chromium``."""
    from playwright.sync_api import sync_playwright

    from tests.workspace.test_browser import ARGUMENTS

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(ARGUMENTS))
        yield running
        running.close()


def copied(shop: Shop, folder: Path) -> Shop:
    """A shop's project and its studies, with nothing anybody did in its workspace."""
    shutil.copytree(shop.folder, folder, ignore=shutil.ignore_patterns("workspace.sqlite3*", "secret-key", "worker.*", "*.lock"))
    return Shop(folder, shop.study)


@contextmanager
def served(shop: Shop, before: str = "pass", *, database: str = "") -> Iterator[tuple[str, str, subprocess.Popen[str]]]:
    """The workspace as its own process: its origin, the one-time link it printed, and the process.

    :param before: a statement run first, on the module ``serving``.
    :param database: address of a database on PostgreSQL; SQLite in the project folder where empty.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = f"from troth.workspace import serving; {before}; serving.serve({str(shop.folder)!r}, port={port}, database={database!r})"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = "".join(process.stdout.readline() for _ in range(2))
        found = re.search(r"http://\S+/sign-in/\S+", said)
        assert found, said
        origin = f"http://127.0.0.1:{port}"
        wait_for(f"{origin}/healthz")
        yield origin, found[0], process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def arrive(client: Client, path: str, **form: str) -> Any:
    """Open a one-time link and send its form, as a browser without scripts does."""
    page = client.get(path)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token, page.text
    return client.post(path, {"csrfmiddlewaretoken": token[1], **form}, headers={"origin": "http://127.0.0.1:8000"})


def wait_for(address: str, tries: int = 900) -> None:
    """Wait until the address answers."""
    import time

    for _ in range(tries):
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - our own server
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"{address} does not answer", pytrace=False)


@pytest.fixture(scope="session")
def seats(workspace: Shop) -> Callable[[str], Seated]:
    """Gives somebody signed in, by their seat (a key of ``SEATS``); the same one each time."""
    return cache(sit)


@pytest.fixture
def bare(tmp_path: Path, shop: Shop) -> Shop:
    """The shop's project with a workspace of its own, and no study."""
    folder = tmp_path / "bare"
    folder.mkdir()
    for name in ("troth.toml", "charter.toml"):
        (folder / name).write_bytes((shop.folder / name).read_bytes())
    return Shop(folder, shop.study)


@pytest.fixture(scope="session")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The slow company with one study. Copied before it is changed."""
    folder = write_company(tmp_path_factory.mktemp("slow") / "company")
    run(folder)
    return folder


@pytest.fixture
def company(workspace: Shop, studied: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of the slow company, and the workspace on it."""
    with workspace_of(Path(shutil.copytree(studied, tmp_path / "company"))) as folder:
        yield folder
