"""Every act is on record, nothing on record changes, and a change made behind our back shows."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from io import StringIO
from itertools import pairwise

import pytest

from tests.workspace.conftest import Shop
from tests.workspace.seats import Seated
from tests.workspace.test_serving import report

DAYS = ("2019-07-01", "2019-07-02")

CHAIN = """
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone
from threading import Barrier, Thread
from troth.workspace.timeline.chain import verify
from troth.workspace.timeline.models import Entry
from troth.workspace.timeline.operations import TERMINAL, Thing, record
from troth.workspace.people.operations import desk_link

desk_link(at=timezone.now())
start = Barrier(4)
def write():
    start.wait()
    for number in range(10):
        with transaction.atomic():
            thing = Thing("trial", str(number), "a trial – “quoted”")
            record(actor=TERMINAL, verb="tried", thing=thing, at=timezone.now(), after={"a": 1.5})
    connection.close()
threads = [Thread(target=write) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
found["written"] = Entry.objects.filter(verb="tried").count()
whole = verify()
found["whole"], found["noted"], found["strange"] = whole.whole, verify(noted=whole.head).whole, verify(noted="f" * 64).whole

def refused(statement):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as error:
        return str(error)
    return "let through"
found["update"] = refused("UPDATE timeline_entry SET actor_name = 'somebody else' WHERE number = 3")
found["delete"] = refused("DELETE FROM timeline_entry WHERE number = 3")

# An entry put in the place of one there is, by any key of it.
columns = [field.column for field in Entry._meta.fields]
def forged(*, keeps):
    chosen = {name: f"'other {name}'" for name in ("digest", "previous")} | {"number": "999", "actor_name": "'somebody else'"}
    said = ", ".join(name if name in keeps else chosen.get(name, name) for name in columns)
    return f"SELECT {said} FROM timeline_entry WHERE number = 3"
names = ", ".join(columns)
for key in ("number", "digest", "previous"):
    put = {
        "sqlite": f"INSERT OR REPLACE INTO timeline_entry ({names}) {forged(keeps=[key])}",
        "postgresql": f"INSERT INTO timeline_entry ({names}) {forged(keeps=[key])}"
        f" ON CONFLICT ({key}) DO UPDATE SET actor_name = EXCLUDED.actor_name",
    }[connection.vendor]
    found[f"replace by {key}"] = refused(put)
if connection.vendor == "sqlite":
    put = forged(keeps=[]).replace("SELECT", "SELECT (SELECT rowid FROM timeline_entry WHERE number = 3),", 1)
    found["replace by rowid"] = refused(f"INSERT OR REPLACE INTO timeline_entry (rowid, {names}) {put}")
found["whole after all"] = verify().whole

# Somebody who may change tables takes the guard away.
off = {
    "sqlite": ["DROP TRIGGER timeline_entry_no_update", "DROP TRIGGER timeline_entry_no_delete"],
    "postgresql": ["ALTER TABLE timeline_entry DISABLE TRIGGER USER"],
}[connection.vendor]
class Undo(Exception): ...
def after(*statements):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in (*off, *statements):
                cursor.execute(statement)
            broken = verify()
            raise Undo
    except Undo:
        return [broken.broken_at, broken.why]
found["changed"] = after("UPDATE timeline_entry SET actor_name = 'somebody else' WHERE number = 3")
found["taken out"] = after("DELETE FROM timeline_entry WHERE number = 3")
found["vendor"] = connection.vendor
"""


def check_chain(found: dict[str, object]) -> None:
    assert found["written"] == 40
    assert (found["whole"], found["noted"], found["strange"]) == (True, True, False)
    assert "stays as it was written" in str(found["update"])
    assert "stays as it was written" in str(found["delete"])
    replaced = {name: told for name, told in found.items() if name.startswith("replace")}
    assert len(replaced) >= 3
    assert all("stays as it was written" in str(told) for told in replaced.values()), replaced
    assert found["whole after all"]
    assert found["changed"] == [3, "entry 3 is not as it was written."]
    assert found["taken out"] == [3, "entry 3 is missing: the next one there is 4."]


def test_four_writers_make_one_chain_that_nobody_changes_unseen(bare: Shop) -> None:
    found = report(bare, CHAIN)
    assert found["vendor"] == "sqlite"
    check_chain(found)


@pytest.mark.postgres
def test_four_writers_make_one_chain_on_postgresql_too(bare: Shop, postgres_url: str) -> None:
    found = report(bare, CHAIN, database=postgres_url)
    assert found["vendor"] == "postgresql"
    check_chain(found)


def test_an_entry_belongs_to_the_transaction_of_its_act(workspace: Shop) -> None:
    from django.db import transaction
    from django.utils import timezone

    from troth.workspace.people.errors import PeopleError
    from troth.workspace.people.operations import add_person
    from troth.workspace.timeline.models import Entry
    from troth.workspace.timeline.operations import TERMINAL, Thing, record

    before = Entry.objects.count()
    with pytest.raises(transaction.TransactionManagementError):
        record(actor=TERMINAL, verb="tried", thing=Thing("trial", "1", "a trial"), at=timezone.now())
    with pytest.raises(PeopleError):
        add_person(name=" ", actor=TERMINAL, at=timezone.now())
    assert Entry.objects.count() == before


def test_an_entry_is_neither_saved_again_nor_deleted(workspace: Shop) -> None:
    from django.utils import timezone

    from troth.workspace.people.operations import desk_link
    from troth.workspace.timeline.models import Entry, WrittenOnceError

    desk_link(at=timezone.now())
    entry = Entry.objects.order_by("number")[0]
    for change in (entry.save, entry.delete, Entry.objects.all().delete, lambda: Entry.objects.update(verb="did not")):
        with pytest.raises(WrittenOnceError):
            change()


def test_the_auditor_finds_who_did_what_when(seats: Callable[[str], Seated]) -> None:
    admin, auditor = seats("administrator").client, seats("auditor").client
    assert admin.post("/people/", {"do": "invite", "name": "=Nell()", "email": "nell@example.org"}).status_code == 200
    data = auditor.get("/timeline/", {"format": "json", "person": "Ada Admin", "verb": "added", "thing": "nell"}).json()["data"]
    [act] = data["acts"]
    assert (act["person"], act["role"], act["thing"]) == ("Ada Admin", "Administrator of the workspace", "=Nell()")
    assert json.loads(act["after"]) == {"email": "nell@example.org", "name": "=Nell()"}
    assert auditor.get("/timeline/", {"since": "2020-01-01", "until": "2020-01-02", "format": "json"}).json()["data"]["acts"] == []
    for bad in (
        {"since": "yesterday"},
        {"page": "0"},
        {"page": "99999"},
        {"since": "2024-02-02", "until": "2024-02-01"},
        {"thing": "\x00"},
    ):
        assert auditor.get("/timeline/", bad).status_code in {400, 404}


def test_the_page_tells_acts_in_the_projects_zone_and_files_in_utc(seats: Callable[[str], Seated]) -> None:
    """The shop's days begin in New York: an act at two at night in London was done there the evening before."""
    from datetime import UTC, datetime

    from django.db import transaction

    from troth.workspace.timeline.operations import TERMINAL, Thing, record

    auditor = seats("auditor").client
    with transaction.atomic():
        record(actor=TERMINAL, verb="tried at night", thing=Thing("trial", "1", "a trial"), at=datetime(2019, 7, 2, 1, 30, tzinfo=UTC))
    asked = {"verb": "tried at night"}
    page = auditor.get("/timeline/", {**asked, "format": "json"}).json()["data"]
    assert page["timezone"] == "America/New_York"
    assert [act["at"] for act in page["acts"]] == ["1 July 2019, 21:30"]
    assert 'When <span class="sub">America/New_York</span>' in auditor.get("/timeline/", asked).text
    found = {day: auditor.get("/timeline/", {**asked, "since": day, "until": day, "format": "json"}).json()["data"]["acts"] for day in DAYS}
    assert {day: len(acts) for day, acts in found.items()} == {"2019-07-01": 1, "2019-07-02": 0}
    [row] = [json.loads(line) for line in b"".join(streamed(auditor.get("/timeline/", {**asked, "format": "jsonl"}))).splitlines()]
    assert row["at"] == "2019-07-02T01:30:00.000000+00:00"


def test_the_record_is_checked_and_exported_as_it_is_chained(seats: Callable[[str], Seated]) -> None:
    from troth.workspace.timeline.models import Entry

    auditor = seats("auditor").client
    assert "The chain is whole" in auditor.get("/timeline/", {"check": "yes"}).text
    text = b"".join(streamed(auditor.get("/timeline/", {"format": "jsonl"}))).decode()
    rows = [json.loads(line) for line in text.splitlines()]
    assert [row["number"] for row in rows] == list(range(1, Entry.objects.count() + 1))
    assert all(row["previous"] == before["digest"] for before, row in pairwise(rows))
    table = list(csv.DictReader(StringIO(b"".join(streamed(auditor.get("/timeline/", {"format": "csv"}))).decode())))
    assert [row["digest"] for row in table] == [row["digest"] for row in rows]
    assert not any(value.startswith("=") for row in table for value in row.values())


def streamed(answer: object) -> Iterator[bytes]:
    """The body of a download."""
    yield from answer.streaming_content  # type: ignore[attr-defined]
