"""A run publishes a whole study or nothing, and whatever happens to it, the last study stays current."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import troth
from tests.projects import AS_OF, EARLIER, NOW, write_orders
from troth.project import current, studies
from troth.terms.errors import BusyError, StorageError

RUN = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
import troth
from troth.project import shelf

folder, as_of, moment = sys.argv[1:]

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def progress(step):
    if step.startswith(moment):
        die()

if moment == "syncing":
    shelf.sync_tree = die
if moment == "renamed, not yet current":
    write = shelf.replace_file
    shelf.replace_file = lambda file, content: die() if file.name == "register.json" else write(file, content)
if moment == "register drafted":
    Path.replace = lambda self, target: die() if self.name == ".register.json.new" else os.replace(self, target)
troth.open(folder).run(as_of, at=datetime.now(UTC), progress=progress)
"""

NEXT = "2024-07-31"
MOMENTS = ("Reading", "Judging", "Writing the ledger", "Writing the manifest", "syncing", "register drafted")


def run_apart(folder: Path, as_of: str, moment: str = "never", limit: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run in a process of its own, killed at a moment, or unable to write files longer than ``limit`` bytes."""

    def narrow() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [sys.executable, "-c", RUN, str(folder), as_of, moment]
    return subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=narrow)


def strays(folder: Path) -> list[str]:
    """What a run left behind beside studies, register and lock."""
    known = {"register.json", ".run.lock"}
    return [path.name for path in (folder / ".troth" / "studies").iterdir() if path.name not in known and not path.name.isdigit()]


def numbers(folder: Path) -> list[tuple[int, bool]]:
    """The studies of a project, and which is current."""
    return [(entry.number, entry.current) for entry in studies(folder)]


def test_the_first_run_publishes_study_1_and_leaves_nothing_else(shop: Path) -> None:
    published = troth.open(shop).run(AS_OF, at=NOW)
    assert (published.new, published.study.number) == (True, 1)
    assert current(shop).digest == published.study.digest
    assert strays(shop) == []


def test_the_same_run_again_publishes_nothing_and_says_so_and_another_day_is_another_study(old_shop: Path) -> None:
    before = current(old_shop).digest
    again = troth.open(old_shop).run(AS_OF, at=NOW)
    assert (again.new, again.study.number, again.study.digest) == (False, 2, before)
    assert numbers(old_shop) == [(1, False), (2, True)]
    assert troth.open(old_shop).run(EARLIER, at=NOW).new  # the charter is another than it was at the end of May
    assert numbers(old_shop) == [(1, False), (2, False), (3, True)]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_killed_at_any_moment_leaves_the_old_study_current(old_shop: Path, moment: str) -> None:
    before = current(old_shop).digest
    killed = run_apart(old_shop, NEXT, moment)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert current(old_shop).digest == before
    assert current(old_shop).manifest.damage(current(old_shop).folder) == ()
    with troth.open(old_shop).shelf.held(NOW):  # what the next run begins with
        assert strays(old_shop) == [".run.json"]


def test_a_run_killed_between_its_two_renames_is_found_whole_by_the_next(old_shop: Path) -> None:
    killed = run_apart(old_shop, NEXT, "renamed, not yet current")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert numbers(old_shop) == [(1, False), (2, True), (3, False)]
    published = troth.open(old_shop).run(NEXT, at=NOW)
    assert (published.new, published.study.number) == (False, 3)
    assert numbers(old_shop) == [(1, False), (2, False), (3, True)]


def test_a_file_that_cannot_grow_publishes_nothing(old_shop: Path) -> None:
    before = current(old_shop).digest
    run = run_apart(old_shop, NEXT, limit=4096)
    assert "StorageError" in run.stderr
    assert os.strerror(errno.EFBIG) in run.stderr
    assert current(old_shop).digest == before
    assert numbers(old_shop) == [(1, False), (2, True)]
    assert strays(old_shop) == []


@pytest.fixture
def tiny_disk(shop: Path) -> Iterator[Path]:
    """A shop whose studies lie on a disk of 256 kB."""
    studies = shop / ".troth" / "studies"
    studies.mkdir(parents=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(studies)], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a small disk needs more rights than this user has")
    yield shop
    subprocess.run(["umount", str(studies)], check=True)


def test_a_disk_with_no_space_left_is_an_error_that_says_so(tiny_disk: Path) -> None:
    write_orders(tiny_disk / "orders.csv", orders=20_000)
    with pytest.raises(StorageError, match="Nothing was published") as error:
        troth.open(tiny_disk).run(AS_OF, at=NOW)
    assert error.value.exit_code == 4
    assert os.strerror(errno.ENOSPC) in str(error.value)
    assert studies(tiny_disk) == ()
    assert strays(tiny_disk) == []


def test_two_runs_at_once_do_not_collide(old_shop: Path) -> None:
    project = troth.open(old_shop)
    with project.shelf.held(NOW), pytest.raises(BusyError, match="another run"):
        project.run(NEXT, at=NOW)
    assert numbers(old_shop) == [(1, False), (2, True)]


def test_a_study_not_published_is_gone_with_its_handle_and_kept_by_saving(shop: Path, tmp_path: Path) -> None:
    study = troth.open(shop).study(AS_OF)
    scratch = study.folder
    saved = study.save(tmp_path / "kept")
    assert saved.digest == study.digest
    assert scratch.is_dir()
    del study
    assert not scratch.exists()
    assert troth.load_study(tmp_path / "kept").integrity()[0].due > 0
    assert studies(shop) == ()


def deadlines(folder: Path, rows: str, more: str) -> None:
    """A project of one source of delivery dates, with one more key of its own."""
    (folder / "sources").mkdir()
    (folder / "troth.toml").write_text('name = "Dated"\ndata = "."\n')
    (folder / "sources" / "orders.toml").write_text(
        'read = "orders.csv"\nid = "id"\n[[promises]]\nname = "delivery"\ntype = "deadline"\ncustomer = "customer"\n'
        f'made_at = "made"\ndue = "due"\nreceived_at = "received"\n{more}\n'
    )
    (folder / "orders.csv").write_text(rows)


AMENDED = """\
id,customer,made,due,received,replaces
1,ana,2024-03-01,2024-03-10,,
2,ana,2024-03-08,2024-03-20,2024-03-15,1
3,ben,2024-03-01,2024-03-10,2024-03-09,
4,mia,2024-03-01,2024-03-10,,5
5,mia,2024-03-02,2024-03-11,,4
"""
"""Amendments, a loop among them: their chains are tables the engine holds while it is asked."""


@pytest.mark.parametrize("words", [("run", "--as-of", "2024-05-02"), ("check",)], ids=lambda words: words[0])
def test_what_the_engine_held_is_dropped_before_it_is_closed(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Otherwise the interpreter tries to at its end, and prints a traceback per table after a command that succeeded."""
    deadlines(tmp_path, AMENDED, 'replaces = "replaces"')
    command = [str(Path(sys.executable).with_name("troth")), words[0], str(tmp_path), *words[1:]]
    for _ in range(2):  # the second time its study is there already
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert "ignored" not in done.stderr


LATER = """\
id,customer,made,due,received,recorded
1,ana,2024-03-01,2024-03-10,2024-03-09,
2,ben,2024-03-01,2024-03-10,2024-03-09,2024-05-20
3,mia,2024-05-10,2024-05-20,,
4,eva,2024-03-01,,,
5,zoe,2024-05-11,,,
"""
"""As of the second of May: one kept, one recorded later, one made later, one row without a promise, and one such of later."""


def test_rows_of_after_the_as_of_are_not_yet_known_and_one_coverage_is_told(tmp_path: Path) -> None:
    deadlines(tmp_path, LATER, 'recorded_at = "recorded"')
    study = troth.open(tmp_path).study("2024-05-02")
    (source,) = study.sources
    assert (source.read, source.used, dict(source.set_aside), dict(source.noteworthy)) == (5, 3, {"no promise": 2}, {"not yet known": 2})
    coverage = study.integrity()[0].coverage
    assert (coverage.value, coverage.n) == (0.5, 2)
    assert study.manifest.coverage == {"delivery": (1, 2)}
    assert study.integrity(since="2024-03-01")[0].coverage.value == coverage.value
    assert "1 promise on record in 2 rows that could bear one: coverage 50.0%" in study.sources.notes[0]
    after = troth.open(tmp_path).study("2024-06-02")
    assert (dict(after.sources[0].noteworthy), after.manifest.coverage) == ({}, {"delivery": (3, 5)})
