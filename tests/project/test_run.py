"""A run publishes a whole study or nothing, and whatever happens to it, the last study stays current."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import troth
from tests.project.conftest import NOW
from tests.projects import AS_OF, write_orders
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

MOMENTS = ("Reading", "Judging", "Writing the ledger", "Writing the manifest", "syncing", "renamed, not yet current", "register drafted")


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


def test_the_first_run_publishes_study_1(shop: Path) -> None:
    published = troth.open(shop).run(AS_OF, at=NOW)
    assert (published.new, published.study.number) == (True, 1)
    assert current(shop).digest == published.study.digest
    assert strays(shop) == []


def test_the_same_run_again_publishes_nothing_and_says_so(shop: Path) -> None:
    first = troth.open(shop).run(AS_OF, at=NOW)
    again = troth.open(shop).run(AS_OF, at=NOW)
    assert (again.new, again.study.number, again.study.digest) == (False, 1, first.study.digest)
    assert len(studies(shop)) == 1


def test_another_day_is_another_study(shop: Path) -> None:
    project = troth.open(shop)
    project.run("2024-05-31", at=NOW)
    project.run("2024-06-30", at=NOW)
    assert [(entry.number, entry.current) for entry in project.studies()] == [(1, False), (2, True)]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_killed_at_any_moment_leaves_the_old_study_current(shop: Path, moment: str) -> None:
    project = troth.open(shop)
    before = project.run("2024-05-31", at=NOW).study
    killed = run_apart(shop, AS_OF, moment)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert project.current().digest == before.digest
    assert project.current().manifest.damage(project.current().folder) == ()
    after = project.run(AS_OF, at=NOW).study
    assert project.current().digest == after.digest != before.digest
    assert strays(shop) == []


def test_a_full_disk_publishes_nothing(shop: Path) -> None:
    before = troth.open(shop).run("2024-05-31", at=NOW).study
    run = run_apart(shop, AS_OF, limit=4096)
    assert "StorageError" in run.stderr
    assert os.strerror(27) in run.stderr
    assert current(shop).digest == before.digest
    assert len(studies(shop)) == 1
    assert strays(shop) == []


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
    assert os.strerror(28) in str(error.value)
    assert studies(tiny_disk) == ()
    assert strays(tiny_disk) == []


def test_two_runs_at_once_do_not_collide(shop: Path) -> None:
    project = troth.open(shop)
    with project.shelf.held(NOW), pytest.raises(BusyError, match="another run"):
        project.run(AS_OF, at=NOW)
    assert project.run(AS_OF, at=NOW).new


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
