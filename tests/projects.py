"""A small project folder for tests: a shop that promises delivery dates on two lanes, one of them slow in spring.

A plugin of the suite: one shop with two studies is made for all of it.
"""

from __future__ import annotations

import csv
import random
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import troth

TROTH = """\
name = "Harbour Shop"
timezone = "America/New_York"
currency = "USD"
"""

CHARTER = """\
version = "1"

[[parties]]
title = "Chief brand officer"
aspect = "brand"

[[areas]]
name = "Marketing"
aspect = "brand"

[[areas]]
name = "Fulfilment"
aspect = "operating"

[[lines]]
promise = "delivery date"
standard = "6 days"
keep_target = 0.9
"""

ORDERS = """\
read = "orders.csv"
id = "order_id"

[[promises]]
name = "delivery date"
type = "deadline"
customer = "customer"
subject = "order_id"
made_at = "ordered_at"
due = "cast(promised_for as date)"
received_at = "delivered_at"
made_by = "'Marketing'"
kept_by = "'Fulfilment'"
broken_when = "status = 'cancelled'"
context = ["lane"]
dimensions = ["campaign"]
"""

FIRST_DAY = datetime(2024, 1, 1, 9)
EARLIER, AS_OF = "2024-05-31", "2024-06-30"
NOW = datetime(2024, 7, 1, 8, tzinfo=UTC)
TIGHTER = CHARTER.replace("6 days", "5 days")
COLUMNS = ("order_id", "customer", "ordered_at", "promised_for", "delivered_at", "status", "lane", "campaign")


def write_shop(folder: Path, orders: int = 600) -> Path:
    """Lay out the project and its orders; the same orders every time."""
    (folder / "sources").mkdir(parents=True)
    (folder / "troth.toml").write_text(TROTH)
    (folder / "charter.toml").write_text(CHARTER)
    (folder / "sources" / "orders.toml").write_text(ORDERS)
    write_orders(folder / "orders.csv", orders)
    return folder


def write_orders(file: Path, orders: int = 600) -> None:
    """Orders over half a year: every tenth without a promised date, a few not delivered, a few cancelled."""
    dice = random.Random(1)
    with file.open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(COLUMNS)
        for number in range(orders):
            ordered = FIRST_DAY + timedelta(hours=number * 4380 / orders)
            lane = dice.choice(("north", "south"))
            slow = 1.5 if lane == "south" and ordered.month in (4, 5) else 1.0
            campaign = "spring" if ordered.month == 3 else ""
            promised = ordered + timedelta(days=3 if campaign else 6)
            delivered = ordered + timedelta(days=slow * dice.lognormvariate(1.4, 0.35))
            status = dice.choices(("done", "cancelled", "lost"), (96, 2, 2))[0]
            rows.writerow(
                (
                    f"o{number:05}",
                    f"c{dice.randrange(orders // 3):04}",
                    f"{ordered:%Y-%m-%d %H:%M:%S}",
                    "" if number % 10 == 0 else f"{promised:%Y-%m-%d}",
                    f"{delivered:%Y-%m-%d %H:%M:%S}" if status == "done" else "",
                    status,
                    lane,
                    campaign,
                )
            )


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project folder nobody has run."""
    return write_shop(tmp_path / "shop")


@pytest.fixture(scope="session")
def run_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with study 1 (the end of May) and study 2 (the end of June, the charter tightened in between). Read only."""
    folder = write_shop(tmp_path_factory.mktemp("run") / "shop")
    troth.open(folder).run(EARLIER, at=NOW)
    (folder / "charter.toml").write_text(TIGHTER)
    troth.open(folder).run(AS_OF, at=NOW)
    return folder


@pytest.fixture
def old_shop(run_shop: Path, tmp_path: Path) -> Path:
    """A copy of the shop with its two studies, to be harmed."""
    return Path(shutil.copytree(run_shop, tmp_path / "old shop"))


WALKS = """\
read = "steps.csv"
id = "row"

[[interactions]]
kind = "kind"
at = "at"
customer = "customer"
subject = "subject"
touchpoint = "touchpoint"
failure = "'broken form'"
failed_when = "failed = 'yes'"

[[promises]]
name = "delivery date"
type = "deadline"
where = "kind = 'order'"
customer = "customer"
subject = "subject"
made_at = "at"
due = "due"
received_at = "came"
"""
PATHS = {"visit order delivery": 24, "visit order contact delivery": 12, "visit": 30, "order delivery": 6, "visit order": 8}
"""Whole paths, a step a day, and how many orders or visits walk each."""

WALL = """\
patience = "5 days"
leave_out = ["newsletter"]

[[steps]]
name = "visit"

[[steps]]
name = "order"

[[steps]]
name = "delivery"

[[scenarios]]
name = "get it without asking"
steps = ["order", "delivery"]
within = "9 days"
stoppers = ["contact"]
"""
FENCE = """\
stages = ["all"]

[[areas]]
name = "Marketing"
aspect = "brand"

[[areas]]
name = "Fulfilment"
aspect = "operating"

[[touchpoints]]
name = "shop"
area = "Marketing"

[[touchpoints]]
name = "door"
area = "Fulfilment"
"""
TOUCHPOINTS = {"visit": "shop", "order": "shop", "delivery": "door", "contact": "phone", "newsletter": "mail"}


def write_walks(folder: Path, wall: str | None = WALL) -> Path:
    """A shop whose visits, orders, deliveries and contacts are on record, each order under one key; a visit names nobody."""
    (folder / "sources").mkdir(parents=True)
    (folder / "troth.toml").write_text('name = "Walks"\n')
    (folder / "charter.toml").write_text(FENCE)
    (folder / "sources" / "steps.toml").write_text(WALKS)
    if wall is not None:
        (folder / "journeys.toml").write_text(wall)
    with (folder / "steps.csv").open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(("row", "subject", "customer", "kind", "at", "touchpoint", "failed", "due", "came"))
        number = subject = 0
        for path, times in PATHS.items():
            for _ in range(times):
                subject += 1
                begin = FIRST_DAY + timedelta(hours=subject)
                steps = path.split()
                for place, kind in enumerate(steps):
                    number += 1
                    at = begin + timedelta(days=place)
                    promised = (f"{at + timedelta(days=2):%Y-%m-%d}", f"{begin + timedelta(days=len(steps) - 1):%Y-%m-%d %H:%M:%S}")
                    due, came = promised if kind == "order" else ("", "")
                    who = "" if kind == "visit" else f"c{subject % 40}"
                    when = f"{at:%Y-%m-%d %H:%M:%S}"
                    rows.writerow((number, f"s{subject}", who, kind, when, TOUCHPOINTS[kind], "no", due, came))
        for place in range(5):
            number += 1
            rows.writerow((number, "", f"c{place}", "newsletter", f"{FIRST_DAY:%Y-%m-%d %H:%M:%S}", "mail", "no", "", ""))
    return folder
