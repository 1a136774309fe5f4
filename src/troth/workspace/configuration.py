"""From a project folder to a configured workspace. The choices travel in environment variables, so that worker processes see them too."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from troth.terms.errors import MissingFileError, SettingError

PROJECT = "TROTH_PROJECT"
DATA = "TROTH_DATA"
ORIGIN = "TROTH_ORIGIN"
DATABASE = "TROTH_DATABASE"
SECRET = "TROTH_SECRET_KEY"  # noqa: S105 - the variable's name, not a secret
DEFAULT_ORIGIN = "http://127.0.0.1:8000"
LAST_ORIGIN = "origin"
"""File of ``.troth/`` in which the origin of the last ``serve`` stands."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a workspace needs to know before it starts.

    :param project: the project folder (the one with troth.toml).
    :param data: folder that relative paths in sources start from, where not the one troth.toml names.
    :param origin: scheme, host and port people type; anything but this machine itself has to be https.
    :param database: where people and their sessions are kept: ``postgresql://user:password@host:port/name``; SQLite in
        ``<project>/.troth/workspace.sqlite3`` where empty.
    :param secret: key that signs sessions; made once and kept in ``<project>/.troth/secret-key`` where empty.
    """

    project: Path
    data: Path | None = None
    origin: str = DEFAULT_ORIGIN
    database: str = ""
    secret: str = ""

    @property
    def home(self) -> Path:
        """The folder of everything Troth itself writes for this project."""
        return self.project / ".troth"

    def remember_origin(self) -> None:
        """Keep the origin for commands that print addresses of this workspace while it is served, or after."""
        (self.home / LAST_ORIGIN).write_text(f"{self.origin}\n", encoding="utf-8")

    @property
    def host(self) -> str:
        """Host name of the origin."""
        return urlsplit(self.origin).hostname or ""

    @property
    def over_tls(self) -> bool:
        """Whether people reach the workspace through https."""
        return urlsplit(self.origin).scheme == "https"

    def checked(self) -> Configuration:
        """This configuration, if a workspace can run on it.

        :raises MissingFileError: the project folder holds no troth.toml.
        :raises SettingError: the origin would send sessions over a network in the clear, or cannot be read.
        """
        if not (self.project / "troth.toml").is_file():
            raise MissingFileError(
                "there is no project here.", file=self.project, mend="name a folder that holds a troth.toml, or make one with `troth init`."
            )
        address = urlsplit(self.origin)
        if address.scheme not in {"http", "https"} or not address.hostname or address.path not in {"", "/"}:
            raise SettingError(
                f"“{self.origin}” is no origin.", place=ORIGIN, mend="write scheme, host and port, as in https://troth.example.org."
            )
        if not self.over_tls and not is_this_machine(address.hostname):
            raise SettingError(
                f"“{self.origin}” would send the session over the network in the clear.",
                place=ORIGIN,
                mend="serve on 127.0.0.1, or put https before it and name that origin, as in https://troth.example.org.",
            )
        return self


def reached_at(host: str, port: int) -> str:
    """The origin people type where nothing stands before a workspace that listens on this address."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def origin_of(project: Path) -> str:
    """The origin people type: that of the environment, else the one this project was last served at, else the default."""
    try:
        last = (project / ".troth" / LAST_ORIGIN).read_text(encoding="utf-8").strip()
        known = bool(urlsplit(last).hostname)
    except (OSError, ValueError):
        last, known = "", False
    return os.environ.get(ORIGIN) or (last if known else DEFAULT_ORIGIN)


def is_this_machine(host: str) -> bool:
    """Whether a host name or address never leaves this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def from_environment() -> Configuration:
    """The configuration that :func:`configure`, or whoever started this process, has left in the environment.

    :raises SettingError: no project is named.
    """
    project = os.environ.get(PROJECT)
    if not project:
        raise SettingError(
            "the workspace does not know its project.", place=PROJECT, mend="set it to the project folder, or start with `troth serve`."
        )
    data = os.environ.get(DATA)
    return Configuration(
        project=Path(project),
        data=Path(data) if data else None,
        origin=os.environ.get(ORIGIN) or DEFAULT_ORIGIN,
        database=os.environ.get(DATABASE, ""),
        secret=os.environ.get(SECRET, ""),
    ).checked()


def configure(configuration: Configuration) -> None:
    """Set up Django for this project in this process and in those it starts.

    :raises ProjectError: as :meth:`Configuration.checked`.
    """
    configuration = configuration.checked()
    os.environ[PROJECT] = str(configuration.project.resolve())
    os.environ[ORIGIN] = configuration.origin
    for name, value in (
        (DATA, configuration.data and configuration.data.resolve()),
        (DATABASE, configuration.database),
        (SECRET, configuration.secret),
    ):
        if value:
            os.environ[name] = str(value)
    os.environ["DJANGO_SETTINGS_MODULE"] = "troth.workspace.settings"
    import django

    django.setup()
