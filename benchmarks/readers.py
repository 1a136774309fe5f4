"""Twenty readers at once: every page of a served study, first when it was just made, then again and again.

The server is `troth serve` itself. Readers sit in four seats, each signed in. *Flat out*, a reader opens the next page as soon as the last
one is there, which no person does; *paced*, one page a second, which is still fast. The floor is `/healthz`-like: the sign-in page, which
asks nothing of a study, under the same load.
"""

from __future__ import annotations

import json
import os
import random
import re
import socket
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from time import perf_counter, sleep

from benchmarks.measure import ROOT
from benchmarks.report import Target
from troth.workspace.configuration import DATABASE

READERS = 20
ROUNDS = 3
"""How often each reader opens each page once the first round is over."""
PAUSE = 1.0
"""Seconds a paced reader takes for a page."""
COLD, WARM, SLICE, PAINT, WEIGHT = 0.300, 0.100, 1.5, 1.0, 400
SETTLED = 3.0
"""Seconds without work after which a server that was just started has made its pages ahead."""
BUSY = 0.05
"""Processor seconds a second below which it is without work."""
PATIENCE = 900.0
FLOOR = "/sign-in/"

SIT = """
import json, sys
from pathlib import Path
from troth.workspace.configuration import Configuration
from troth.workspace.serving import prepare
prepare(Configuration(Path(sys.argv[1]), origin=sys.argv[2], database=sys.argv[3]))
from django.utils import timezone
from troth.workspace.people import operations as people
from troth.workspace.people.models import Person, Role
from troth.workspace.timeline.operations import TERMINAL
now, links = timezone.now(), []
for number in range(int(sys.argv[4])):
    seat = ("brand-officer", "service-officer", "executive", "analyst")[number % 4]
    name = f"Reader {number + 1}"
    person = Person.objects.filter(name=name).first()
    if person is None:
        person = people.add_person(name=name, actor=TERMINAL, at=now)
        role = Role.objects.filter(title=f"Reading {seat}").first()
        role = role or people.add_role(title=f"Reading {seat}", seat=seat, actor=TERMINAL, at=now)
        people.seat(role=role, person=person, actor=TERMINAL, at=now)
    links.append(people.issue_link(person=person, actor=TERMINAL, at=now))
print(json.dumps(links))
"""
"""Gives every reader a role, and prints a one-time link for each."""


@dataclass
class Answers:
    """Seconds each page took, and what was not answered as it ought to be."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: list[str] = field(default_factory=list)
    took: float = 0.0

    @property
    def all(self) -> list[float]:
        """Of every page."""
        return [one for page in self.seconds.values() for one in page]


class Reader:
    """A browser that keeps its connection and its cookies, and reads nothing but pages."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.line = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.cookies: dict[str, str] = {}

    def open(self, path: str, form: str | None = None) -> tuple[int, str, float]:
        """Status, text and seconds of a page."""
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Referer": f"http://127.0.0.1:{self.port}{path}",
        }
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = perf_counter()
        self.line.request("GET" if form is None else "POST", path, form, headers)
        answer = self.line.getresponse()
        text = answer.read().decode("utf-8", "replace")
        took = perf_counter() - began
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, text, took

    def come_in(self, link: str) -> None:
        """Sign in by a one-time link."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.open(link)[1])
        status = self.open(link, f"csrfmiddlewaretoken={token[1] if token else ''}")[0]
        if status != 302:
            message = f"signing in was answered {status}"
            raise RuntimeError(message)


def measure(project: Path, database: str, name: str) -> list[Target]:
    """Readers of a project with a study.

    :param database: address of a PostgreSQL database; empty for SQLite. :param name: what to call it in the results.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for file in (project / ".troth").glob("workspace.sqlite3*"):
        file.unlink()
    origin = f"http://127.0.0.1:{port}"
    given = subprocess.run(
        [sys.executable, "-c", SIT, str(project), origin, database, str(READERS)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    links = json.loads(given.stdout.splitlines()[-1])
    with served(project, port, database) as (process, ahead):
        readers = [Reader(port) for _ in range(READERS)]
        for reader, link in zip(readers, links, strict=True):
            reader.come_in(link)
        pages = addresses(readers[0])
        print(f"{name}: {len(pages)} pages, made ahead in {ahead:.0f} s", file=sys.stderr)
        cold = round_of(readers, pages, 1, 0.0)
        warm = round_of(readers, pages, ROUNDS, 0.0)
        paced = round_of(readers, pages, ROUNDS, PAUSE)
        floor = round_of(readers, [FLOOR], 10 * ROUNDS, 0.0)
        slices = sliced(readers[0])
        paints, weights = painted(origin, readers[0], pages)
        peak = memory(process.pid)
    told(name, cold, warm, paced, floor)
    heaviest, last = max(weights, key=weights.__getitem__), max(paints, key=paints.__getitem__)
    print(f"  heaviest {heaviest}, painted last {last}, slices {', '.join(f'{one:.1f} s' for one in slices)}", file=sys.stderr)
    print(f"  peak memory of the server {peak / 2**20:.2f} GiB; floor {len(floor.all) / floor.took:.0f} pages a second", file=sys.stderr)
    for wrong in sorted({*cold.wrong, *warm.wrong, *paced.wrong}):
        print(f"  WRONG {wrong}", file=sys.stderr)
    return [
        Target(f"{name}: p95 of the first round, 20 readers flat out", p95(cold.all), COLD, " s"),
        Target(f"{name}: p95 afterwards, 20 readers flat out", p95(warm.all), WARM, " s"),
        Target(f"{name}: p95 of the slowest page afterwards, 20 readers flat out", max(map(p95, warm.seconds.values())), WARM, " s"),
        Target(f"{name}: p95 of the slowest page, 20 readers of a page a second", max(map(p95, paced.seconds.values())), WARM, " s"),
        Target(f"{name}: slicing by two new dimensions, the slowest", max(slices), SLICE, " s"),
        Target(f"{name}: first contentful paint, the slowest page", max(paints.values()), PAINT, " s"),
        Target(f"{name}: the heaviest page", max(weights.values()), WEIGHT, " KB"),
    ]


@contextmanager
def served(project: Path, port: int, database: str) -> Iterator[tuple[subprocess.Popen[str], float]]:
    """The workspace while it is served, and how many seconds it took to make its pages ahead."""
    words = [str(Path(sys.executable).with_name("troth")), "serve", str(project), "--port", str(port), "--no-browser"]
    environment = {**os.environ, **({DATABASE: database} if database else {})}
    process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process, settled(process, port)
    finally:
        process.terminate()
        process.wait(60)


def settled(process: subprocess.Popen[str], port: int) -> float:
    """Seconds from the start until the server answers and has no work left."""
    began = perf_counter()
    while perf_counter() - began < PATIENCE:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            sleep(0.1)
    quiet = 0.0
    while quiet < SETTLED and perf_counter() - began < PATIENCE:
        before = processor(process.pid)
        sleep(0.5)
        quiet = quiet + 0.5 if processor(process.pid) - before < BUSY / 2 else 0.0
    return perf_counter() - began - quiet


def family(pid: int) -> list[int]:
    """A process and those it has started, by Linux's own account."""
    found = [pid]
    for one in found:
        children = Path(f"/proc/{one}/task/{one}/children")
        found += [int(child) for child in children.read_text().split()] if children.exists() else []
    return found


def processor(pid: int) -> float:
    """Processor seconds a process and those it has started have taken."""
    total = 0.0
    for one in family(pid):
        stat = Path(f"/proc/{one}/stat")
        if stat.exists():
            fields = stat.read_text().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def memory(pid: int) -> int:
    """Peak memory of a process and those it has started, in KiB."""
    total = 0
    for one in family(pid):
        status = Path(f"/proc/{one}/status")
        found = re.search(r"VmHWM:\s+(\d+)", status.read_text()) if status.exists() else None
        total += int(found[1]) if found else 0
    return total


def addresses(reader: Reader) -> list[str]:
    """Every page there is to read: the doors of the first one, and what stands one step behind them."""
    doors = re.search(r'<nav class="rooms".*?</nav>', reader.open("/")[1], re.DOTALL)
    pages = re.findall(r'href="(/[^"#]*)"', doors[0] if doors else "")
    issues = re.findall(r'href="(/issues/[0-9a-f]+/)"', reader.open("/issues/")[1])
    rows = reader.open("/ledger/promises/?state=broken")[1]
    customers = re.findall(r'href="(/customers/[^"?]+/)"', rows)
    further = ["/?mode=cross-fitted", "/ledger/?by=month", "/ledger/promises/?state=broken", "/ledger/change/", "/numbers/break-account/"]
    return list(dict.fromkeys([*pages, *issues[:3], *customers[:1], *further]))


def round_of(readers: list[Reader], pages: list[str], rounds: int, pause: float) -> Answers:
    """All readers at once, each through every page in an order of its own."""
    found, guard = Answers(), threading.Lock()

    def read(reader: Reader, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - an order, not a secret
        for _ in range(rounds):
            for path in chance.sample(pages, len(pages)):
                sleep(pause * chance.uniform(0.5, 1.5)) if pause else None
                status, _, seconds = reader.open(path)
                with guard:
                    found.seconds[path].append(seconds)
                    if status != 200:
                        found.wrong.append(f"{path} was answered {status}")

    threads = [threading.Thread(target=read, args=(reader, number)) for number, reader in enumerate(readers)]
    began = perf_counter()
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    found.took = perf_counter() - began
    return found


def sliced(reader: Reader) -> list[float]:
    """Seconds of the ledger by pairs of dimensions nobody has asked for."""
    page = reader.open("/ledger/")[1]
    names = list(dict.fromkeys(re.findall(r'<option value="([a-z_]+)"', page)))
    pairs = [(one, other) for place, one in enumerate(names) for other in names[place + 1 :]][:60:10]
    return [reader.open(f"/ledger/?by={one}&by={other}")[2] for one, other in pairs]


def painted(origin: str, reader: Reader, pages: list[str]) -> tuple[dict[str, float], dict[str, float]]:
    """Page to seconds until Chromium paints something, and to kilobytes it loads without pictures' scripts."""
    from playwright.sync_api import sync_playwright
    from tests.workspace.test_browser import ARGUMENTS

    paints: dict[str, float] = {}
    weights: dict[str, float] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(ARGUMENTS))
        for path in pages:
            context = browser.new_context()
            context.add_cookies([{"name": name, "value": value, "url": origin} for name, value in reader.cookies.items()])
            page = context.new_page()
            page.goto(origin + path)
            painted = None
            while painted is None:  # not waited for by a script of the browser: the content policy forbids to evaluate one
                painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null")
                sleep(0.01)
            paints[path] = painted / 1000
            weights[path] = (
                page.evaluate(
                    "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
                    ".filter(one => !/vega|chart/.test(one.name)).reduce((sum, one) => sum + one.transferSize, 0)"
                )
                / 1024
            )
            context.close()
        browser.close()
    return paints, weights


def p95(seconds: list[float]) -> float:
    """The 95th percentile."""
    return quantiles(seconds, n=20, method="inclusive")[-1] if len(seconds) > 1 else seconds[0]


def told(name: str, cold: Answers, warm: Answers, paced: Answers, floor: Answers) -> None:
    """Every page with its p95 in milliseconds, the slowest first."""
    paces = f"{len(cold.all) / cold.took:.0f} pages a second first, {len(warm.all) / warm.took:.0f} afterwards"
    lines = [f"{name}: p95 in ms; {paces}", f"  {'first':>7}{'again':>7}{'paced':>7}  page"]
    for path in sorted(warm.seconds, key=lambda one: -p95(warm.seconds[one])):
        figures = "".join(f"{p95(one.seconds[path]) * 1e3:>7.0f}" for one in (cold, warm, paced))
        lines.append(f"  {figures}  {path}")
    lines.append(f"  {'':>7}{p95(floor.all) * 1e3:>7.0f}{'':>7}  {FLOOR} (the floor)")
    print(*lines, sep="\n", file=sys.stderr)
