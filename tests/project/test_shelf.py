"""Studies on the shelf: numbered, never written to again, one of them current."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from troth.project.shelf import Shelf
from troth.terms.errors import BusyError, DamagedStudyError, NoStudyError, StorageError

NOON = datetime(2024, 6, 30, 12, tzinfo=UTC)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """An empty shelf."""
    return Shelf(tmp_path / "studies")


def publish(shelf: Shelf, content: str, at: datetime = NOON, *, whole: bool = True) -> tuple[int, bool]:
    """Put a study with this content on the shelf, where those of equal content are ``whole``."""
    with shelf.held(at), shelf.draft() as draft:
        (draft / "manifest.json").write_text(json.dumps(content))
        (draft / "ledger.parquet").write_text(f"rows of {content}")
        entry, new = shelf.publish(draft, at=at, whole=lambda _: whole)
    return entry.number, new


def names(shelf: Shelf) -> set[str]:
    """What stands in the folder, but the lock."""
    return {path.name for path in shelf.folder.iterdir()} - {".run.lock"}


@contextmanager
def holding(shelf: Shelf) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the shelf with a half-written draft, and is killed at the end."""
    program = f"""
import time
from datetime import UTC, datetime
from pathlib import Path
from troth.project.shelf import Shelf

shelf = Shelf(Path({str(shelf.folder)!r}))
with shelf.held(datetime.now(UTC)), shelf.draft() as draft:
    (draft / "ledger.parquet").write_text("half")
    print("held", flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder
        holder.kill()


def test_without_a_study_there_is_none_to_read(shelf: Shelf) -> None:
    assert shelf.entries() == ()
    with pytest.raises(NoStudyError, match="no study yet"):
        shelf.current()


def test_the_study_published_last_is_current(shelf: Shelf) -> None:
    assert publish(shelf, "one") == (1, True)
    assert publish(shelf, "two", NOON + timedelta(days=1)) == (2, True)
    assert [(entry.number, entry.current, entry.published_at) for entry in shelf.entries()] == [
        (1, False, NOON),
        (2, True, NOON + timedelta(days=1)),
    ]
    assert (shelf.current().folder / "ledger.parquet").read_text() == "rows of two"


def test_an_equal_study_is_not_published_twice(shelf: Shelf) -> None:
    publish(shelf, "one")
    assert publish(shelf, "one", NOON + timedelta(days=1)) == (1, False)
    assert names(shelf) == {"1", "register.json"}
    assert shelf.current().published_at == NOON


def test_a_damaged_equal_is_set_beside_under_another_name_and_its_number_is_not_given_again(shelf: Shelf) -> None:
    publish(shelf, "one")
    publish(shelf, "one again", whole=False)
    assert publish(shelf, "one", whole=False) == (3, True)
    assert names(shelf) == {"1.damaged", "2", "3", "register.json"}
    assert [(entry.number, entry.current) for entry in shelf.entries()] == [(2, False), (3, True)]
    assert publish(shelf, "one", whole=False) == (4, True)


def test_a_damaged_study_is_not_taken_for_none(shelf: Shelf) -> None:
    publish(shelf, "one")
    (shelf.folder / "1" / "manifest.json").unlink()
    assert shelf.began
    with pytest.raises(DamagedStudyError, match="manifest"):
        shelf.current()
    assert publish(shelf, "one") == (2, True)


def test_an_earlier_study_made_again_becomes_current_again(shelf: Shelf) -> None:
    publish(shelf, "one")
    publish(shelf, "two")
    assert publish(shelf, "one") == (1, False)
    assert shelf.current().number == 1


def test_asking_for_a_number_that_is_not_there_names_those_that_are(shelf: Shelf) -> None:
    publish(shelf, "one")
    with pytest.raises(NoStudyError, match="the studies are 1") as error:
        shelf.entry(7)
    assert error.value.exit_code == 4


def test_a_draft_that_fails_leaves_nothing(shelf: Shelf) -> None:
    def fail() -> None:
        with shelf.held(NOON), shelf.draft() as draft:
            (draft / "ledger.parquet").write_text("half")
            raise KeyError("halfway")

    with pytest.raises(KeyError):
        fail()
    assert names(shelf) == set()


def test_two_runs_do_not_meet(shelf: Shelf) -> None:
    with (
        holding(shelf) as holder,
        pytest.raises(BusyError, match=f"process {holder.pid}") as error,
        shelf.held(NOON),
    ):
        pass
    assert error.value.exit_code == 4


def test_the_lock_of_a_dead_process_is_free_and_its_draft_is_swept(shelf: Shelf) -> None:
    publish(shelf, "one")
    with holding(shelf):
        pass
    assert any(name.startswith(".new-") for name in names(shelf))
    assert shelf.current().number == 1
    assert publish(shelf, "two") == (2, True)
    assert names(shelf) == {"1", "2", "register.json"}


def test_a_draft_in_use_elsewhere_is_not_swept(shelf: Shelf) -> None:
    with shelf.draft() as draft:
        publish(shelf, "one")
        assert draft.is_dir()


def test_a_study_renamed_but_not_yet_current_is_kept_and_said_to_be_interrupted(shelf: Shelf) -> None:
    publish(shelf, "one")
    publish(shelf, "two")
    register = shelf.folder / "register.json"
    register.write_text(json.dumps({"current": 1, "published_at": {"1": NOON.isoformat()}}))  # as it was before the last rename
    assert [(entry.number, entry.current, entry.published_at) for entry in shelf.entries()] == [(1, True, NOON), (2, False, None)]
    assert publish(shelf, "two") == (2, False)
    assert shelf.current().number == 2


def test_a_register_that_cannot_be_read_says_what_to_do(shelf: Shelf) -> None:
    publish(shelf, "one")
    (shelf.folder / "register.json").write_text("{")
    with pytest.raises(StorageError, match="delete this one file"):
        shelf.current()
