"""A made company that promises six days and needs eight: chronically slow, with two officers who can agree on it or not."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import troth

if TYPE_CHECKING:
    from django.test import Client

    from troth.workspace.charter.models import Line, Version

BRAND, SERVICE, TIE = "Chief brand officer", "Chief service officer", "Chief executive's delegate"

TROTH = 'name = "Slow Harbour"\ntimezone = "UTC"\n'

CHARTER = f"""\
# What was agreed before anybody signed.
version = "1"
tie_break = "{TIE}"
stages = ["order", "fulfilment"]

[[parties]]
title = "{BRAND}"
aspect = "brand"

[[parties]]
title = "{SERVICE}"
aspect = "service"

[[areas]]
name = "Marketing"
aspect = "brand"

[[areas]]
name = "Fulfilment"
aspect = "operating"

[[lines]]
promise = "answer"
standard = "2 days"
lead = "Head of fulfilment"
"""

SOURCE = """\
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
stage = "'fulfilment'"
segment = "segment"
context = ["lane"]

[[promises]]
name = "answer"
type = "response_time"
where = "asked_at is not null"
customer = "customer"
subject = "order_id"
made_at = "asked_at"
promised = 2
received_at = "answered_at"
made_by = "'Marketing'"
kept_by = "'Fulfilment'"
stage = "'order'"
"""


def write_company(folder: Path, *, orders: int = 400, today: date | None = None) -> Path:
    """Lay out the project: orders of the last 200 days before ``today``, each promised in six days and mostly delivered in eight."""
    first = datetime.combine(today or datetime.now(UTC).date(), datetime.min.time()) - timedelta(days=200)
    (folder / "sources").mkdir(parents=True)
    (folder / "troth.toml").write_text(TROTH)
    (folder / "charter.toml").write_text(CHARTER)
    (folder / "sources" / "orders.toml").write_text(SOURCE)
    dice = random.Random(5)
    with (folder / "orders.csv").open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(("order_id", "customer", "segment", "lane", "ordered_at", "promised_for", "delivered_at", "asked_at", "answered_at"))
        for number in range(orders):
            ordered = first + timedelta(hours=number * 185 * 24 / orders + 9)
            delivered = ordered + timedelta(days=dice.lognormvariate(2.08, 0.12))
            asked = ordered + timedelta(days=1) if number % 3 == 0 else None
            answered = asked + timedelta(days=dice.lognormvariate(0.1, 0.4)) if asked else None
            rows.writerow(
                (
                    f"o{number:04}",
                    f"c{dice.randrange(orders // 2):04}",
                    dice.choice(("loyal", "new")),
                    dice.choice(("north", "south")),
                    *(
                        "" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"
                        for moment in (ordered, ordered + timedelta(days=6), delivered, asked, answered)
                    ),
                )
            )
    return folder


@contextmanager
def workspace_of(folder: Path) -> Iterator[Path]:
    """The workspace in this process, serving another project folder; it knows no charter before and after."""
    from django.test import override_settings

    with override_settings(TROTH_PROJECT=folder, TROTH_DATA=None):
        forget()
        yield folder
        forget()


def forget() -> None:
    """Take every row of the charter away, as if nobody had opened its page."""
    from troth.workspace.charter import models as m
    from troth.workspace.charter import noting

    noting.TAKEN.clear()
    for kind in (m.Missing, m.Objection, m.Signature, m.LineRevision, m.Line, m.HeaderRevision):
        kind._default_manager.all().delete()
    m.Version.objects.update(based_on=None)
    m.Version.objects.all().delete()


def opened_draft(client: Client) -> Version:
    """Open a draft on the charter page, as somebody who may."""
    from troth.workspace.charter.models import Version

    answer = client.post("/charter/", {"do": "open draft"})
    assert answer.status_code == 302, answer.text
    return Version.objects.get(published_at=None, withdrawn_at=None)


def line_on(version: Version, promise: str) -> Line:
    """The line of a version on a promise."""
    return next(row for row in version.lines.filter(removed_at=None) if f'"promise": "{promise}"' in row.said)


def wanted(line: Line, **changed: str) -> dict[str, str]:
    """The form of a line as its page shows it, with some fields changed."""
    from troth.workspace.charter.documents import line_of
    from troth.workspace.charter.forms import texts_of

    return {**texts_of(line_of(line.said), {"answer": "days"}), "revision": str(line.revision), **changed}


def terms_of(draft: Version, **changed: str) -> dict[str, str]:
    """The form of the terms as its page shows it, with some fields changed."""
    from troth.workspace.charter.documents import composed
    from troth.workspace.charter.forms import terms_texts

    return {**terms_texts(composed(draft)), "revision": str(draft.revision), **changed}


def signed_by(client: Client, version: Version, party: str, **changed: str) -> int:
    """Sign what the sign page shows, and give the status."""
    page = client.get(f"/charter/versions/{version.pk}/sign", {"format": "json"}).json()["data"]
    form = {"party": party, "digest": page["digest"], "confirm": "yes", **changed}
    return client.post(f"/charter/versions/{version.pk}/sign", form).status_code


def run(folder: Path) -> troth.Study:
    """Make a study as of today and publish it."""
    now = datetime.now(UTC)
    return troth.open(folder).run(now.date(), at=now).study
