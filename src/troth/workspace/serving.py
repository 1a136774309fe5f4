"""Start the workspace: tables, files of the design system, the one-time link, the server."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path

from troth.intake.folder import read_settings
from troth.workspace.configuration import DEFAULT_ORIGIN, ORIGIN, Configuration, configure, is_this_machine, reached_at

THREADS = 4
"""Requests answered at once. Each reads studies through a DuckDB of its own, so more threads cost memory."""
IDLE_SECONDS = 30
"""How long a thread without work is kept."""

TRIES, PAUSE = 120, 0.25
"""How often, and after how many seconds each, a browser to be opened looks whether the workspace answers."""


def prepare(configuration: Configuration) -> None:
    """Configure Django, bring the workspace's tables up to date and gather the files of the design system.

    :raises ProjectError: as :meth:`Configuration.checked`.
    """
    migrate(configuration)
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)


def migrate(configuration: Configuration) -> None:
    """Configure Django and bring the workspace's tables up to date: what a command needs that serves no page.

    :raises ProjectError: as :meth:`Configuration.checked`.
    """
    configure(configuration)
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)


def sign_in_link(configuration: Configuration) -> str:
    """A fresh one-time link into the workspace of this project, for its administrator, “Desk”.

    :returns: the whole address; it works once, within the time people.operations.LIFETIME.
    :raises ProjectError: as :meth:`Configuration.checked`.
    """
    prepare(configuration)
    from django.utils import timezone

    from troth.workspace.people.operations import desk_link

    return configuration.origin.rstrip("/") + desk_link(at=timezone.now())


def serve(
    project_folder: Path | str,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    data: Path | None = None,
    origin: str | None = None,
    database: str = "",
    browser: bool = False,
    tell: Callable[[str], None] = print,
) -> None:
    """Serve the workspace until interrupted.

    :param host: address to listen on; another than this machine's needs ``origin`` to be https.
    :param origin: what people type, where a proxy stands before us; ``http://<host>:<port>`` otherwise.
    :param database: ``postgresql://...`` instead of SQLite in the project folder.
    :param browser: open the one-time link in this machine's browser as soon as the workspace answers.
    :param tell: takes each sentence for the person who started us: where the workspace is, and the one-time link.
    :raises ProjectError: the folder, its troth.toml, the origin or the database setting is not as it must be.
    """
    configuration = Configuration(Path(project_folder), data, origin or reached_at(host, port), database).checked()
    read_settings(configuration.project, data)  # what no study can be made by is told to whoever starts us, not to the first reader
    link = sign_in_link(configuration)
    configuration.remember_origin()
    tell(f"Workspace: {configuration.origin}")
    tell(f"Sign in once with this link: {link}")
    if not is_this_machine(host):
        tell(f"Listening on {host}: anyone on this network can reach the sign-in page.")
    sys.stdout.flush()
    if browser:
        threading.Thread(target=_open_when_up, args=(link, host, port), daemon=True).start()

    from granian.constants import Interfaces
    from granian.server import Server

    from troth.workspace.studies.supervising import supervised

    server = Server(
        "troth.workspace.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        blocking_threads=THREADS,
        blocking_threads_idle_timeout=IDLE_SECONDS,
        websockets=False,
        log_enabled=False,
    )
    with supervised():
        server.serve()


def work(project_folder: Path | str, *, data: Path | None = None, database: str = "", once: bool = False) -> None:
    """Make the studies the workspace asks for, until interrupted.

    :param once: end as soon as nothing waits and no schedule is due.
    :raises ProjectError: as :meth:`Configuration.checked`.
    """
    configuration = Configuration(Path(project_folder), data, os.environ.get(ORIGIN) or DEFAULT_ORIGIN, database)
    migrate(configuration)
    from troth.workspace.studies.working import stop_on_signals
    from troth.workspace.studies.working import work as work_on

    stop = threading.Event()
    stop_on_signals(stop)
    work_on(configuration, stop, once=once)


def _open_when_up(link: str, host: str, port: int) -> None:
    """Open the link once somebody listens; give up without a word where nobody does: the link stands in the terminal."""
    reachable = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    for _ in range(TRIES):
        try:
            socket.create_connection((reachable, port), timeout=1).close()
        except OSError:
            time.sleep(PAUSE)
        else:
            webbrowser.open(link)
            return
