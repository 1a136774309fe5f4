"""Starting the workspace: what it refuses to start on, what it keeps, and how it ends; on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from tests.workspace.conftest import Shop, served
from troth.terms.errors import MissingFileError, SettingError
from troth.workspace.configuration import Configuration, origin_of
from troth.workspace.serving import serve

TLS = "https://troth.example.org"


def report(shop: Shop, program: str, *, origin: str = "http://127.0.0.1:8000", database: str = "") -> dict[str, object]:
    """What ``program`` finds in a fresh process on the shop's workspace; it fills the dict ``found``."""
    lines = (
        "import json, sys",
        "from pathlib import Path",
        "from troth.workspace.configuration import Configuration",
        "from troth.workspace.serving import prepare",
        f"prepare(Configuration(Path({str(shop.folder)!r}), origin={origin!r}, database={database!r}))",
        "from django.conf import settings",
        "from django.test import Client",
        "found = {}",
        program,
        "print(json.dumps(found))",
    )
    ran = subprocess.run([sys.executable, "-c", "\n".join(lines)], check=False, capture_output=True, text=True)
    if ran.returncode:
        raise RuntimeError(ran.stderr)
    answer: dict[str, object] = json.loads(ran.stdout.splitlines()[-1])
    return answer


SIGN_IN = """
from django.utils import timezone
from troth.workspace.people.operations import desk_link
reader = Client(headers={"host": settings.ALLOWED_HOSTS[0]})
answer = reader.post(desk_link(at=timezone.now()), secure=settings.SESSION_COOKIE_SECURE)
found["arrived"] = answer.status_code
found["cookies"] = {name: {key: str(value) for key, value in morsel.items()} for name, morsel in answer.cookies.items()}
home = reader.get("/", secure=settings.SESSION_COOKIE_SECURE)
found["home"], found["headers"] = home.status_code, dict(home.headers)
"""


def test_a_folder_without_a_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="no project here"):
        Configuration(tmp_path).checked()


def test_settings_no_study_can_be_made_by_are_told_before_anything_is_served(tmp_path: Path) -> None:
    (tmp_path / "troth.toml").write_text('name = "Shop"\nengine = "postgres://root@127.0.0.1:5432/test"\n')
    with pytest.raises(SettingError, match="no engine") as caught:
        serve(tmp_path, port=1)
    assert caught.value.place == "engine"
    assert not (tmp_path / ".troth").exists()


@pytest.mark.parametrize("origin", ["http://troth.example.org", "http://10.0.0.7:8000", "http://0.0.0.0:8000"])
def test_sessions_never_cross_a_network_in_the_clear(shop: Shop, origin: str) -> None:
    with pytest.raises(SettingError, match="in the clear") as refused:
        Configuration(shop.folder, origin=origin).checked()
    assert "https" in str(refused.value.mend)


@pytest.mark.parametrize("origin", ["troth.example.org", "ftp://127.0.0.1", "https://", "https://troth.example.org/deep"])
def test_an_origin_is_scheme_host_and_port(shop: Shop, origin: str) -> None:
    with pytest.raises(SettingError, match="no origin"):
        Configuration(shop.folder, origin=origin).checked()


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000", TLS])
def test_this_machine_and_https_are_taken(shop: Shop, origin: str) -> None:
    assert Configuration(shop.folder, origin=origin).checked().origin == origin


def test_over_https_cookies_are_for_this_host_and_https_alone(shop: Shop) -> None:
    found = report(shop, SIGN_IN, origin=TLS)
    assert (found["arrived"], found["home"]) == (302, 200)
    cookies, headers = found["cookies"], found["headers"]
    assert isinstance(cookies, dict)
    assert isinstance(headers, dict)
    assert cookies["__Host-troth"]["secure"] == "True"
    assert cookies["__Host-troth"]["httponly"] == "True"
    assert headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_host_that_is_not_ours_is_refused_without_a_traceback(shop: Shop) -> None:
    program = (
        "import os, tempfile\n"
        "heard = tempfile.TemporaryFile()\n"
        "os.dup2(heard.fileno(), 2)\n"
        "found['status'] = Client(headers={'host': 'elsewhere.example'}).get('/').status_code\n"
        "sys.stderr.flush()\n"
        "heard.seek(0)\n"
        "found['heard'] = heard.read().decode()"
    )
    found = report(shop, program)
    assert found["status"] == 400
    assert "Traceback" not in str(found["heard"])
    assert "DisallowedHost" not in str(found["heard"])


@pytest.mark.postgres
def test_people_can_be_kept_in_postgresql(shop: Shop, postgres_url: str) -> None:
    found = report(shop, SIGN_IN + "\nfrom django.db import connection\nfound['vendor'] = connection.vendor", database=postgres_url)
    assert (found["vendor"], found["arrived"], found["home"]) == ("postgresql", 302, 200)


def test_another_database_is_refused(shop: Shop) -> None:
    with pytest.raises(RuntimeError, match="no database the workspace knows"):
        report(shop, "", database="mysql://localhost/troth")


def test_sqlite_survives_a_power_cut(shop: Shop) -> None:
    program = (
        "from django.db import connection\n"
        "with connection.cursor() as cursor:\n"
        "    for pragma in ('journal_mode', 'synchronous'):\n"
        "        found[pragma] = cursor.execute(f'PRAGMA {pragma}').fetchone()[0]\n"
        "found['transaction'] = connection.transaction_mode"
    )
    assert report(shop, program) == {"journal_mode": "wal", "synchronous": 2, "transaction": "IMMEDIATE"}


def test_the_key_that_signs_sessions_is_made_once_and_readable_by_its_owner_alone(workspace: Shop) -> None:
    key = workspace.folder / ".troth" / "secret-key"
    before = key.read_text()
    assert len(before) > 60
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert report(workspace, "found['key'] = settings.SECRET_KEY")["key"] == before


def test_no_migration_is_missing(workspace: Shop) -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_the_served_workspace_answers_over_http(server: tuple[str, str]) -> None:
    origin, _ = server
    with urllib.request.urlopen(f"{origin}/healthz") as answer:  # noqa: S310 - our own server
        assert json.load(answer)["status"] == "ok"
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with opener.open(f"{origin}/") as answer:
        page = answer.read().decode()
    assert "one-time link" in page
    for asset in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        with opener.open(origin + asset) as answer:
            assert "immutable" in answer.headers["Cache-Control"]
    with pytest.raises(urllib.error.HTTPError, match="403"):
        opener.open(f"{origin}/?format=json")


def test_a_reader_may_pause(shop: Shop) -> None:
    idle = 5  # the least the server takes
    with served(shop, f"serving.IDLE_SECONDS = {idle}") as (origin, link, process):
        reader = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        with reader.open(link) as door:
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', door.read().decode())
        assert token
        form = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1]}).encode()
        reader.open(urllib.request.Request(link, data=form, headers={"Origin": origin})).close()  # noqa: S310 - our own server
        asked = ["/ledger/", "/ledger/?by=name&format=csv", "/ledger/promises/?format=parquet", "/sources/"]
        with ThreadPoolExecutor(len(asked)) as readers:  # at once, so that every thread of the server reads a study
            assert set(readers.map(lambda path: reader.open(origin + path).status, asked)) == {200}
        time.sleep(idle + 3)  # the threads have ended by now
        assert process.poll() is None, "the server ended with its idle threads"
        with reader.open(f"{origin}/ledger/?by=evidence") as page:
            assert page.status == 200


def test_a_link_from_the_terminal_goes_to_where_the_workspace_was_last_served(shop: Shop) -> None:
    asked = f"print(link_person(Path({str(shop.folder)!r}), 'Desk'))"
    program = f"from pathlib import Path; from troth.workspace.administering import link_person; {asked}"
    clear = {name: value for name, value in os.environ.items() if name != "TROTH_ORIGIN"}
    with served(shop) as (origin, _, _):
        said = [
            subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, env=env).stdout
            for env in (clear, {**clear, "TROTH_ORIGIN": TLS})
        ]
    assert said[0].startswith(f"{origin}/sign-in/")
    assert said[1].startswith(f"{TLS}/sign-in/")


@pytest.mark.parametrize("kept", ["", "not an origin", "http://[", "\xff"])
def test_an_origin_that_is_none_is_not_gone_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: str) -> None:
    monkeypatch.delenv("TROTH_ORIGIN", raising=False)
    (tmp_path / ".troth").mkdir()
    (tmp_path / ".troth" / "origin").write_bytes(kept.encode("latin-1"))
    assert origin_of(tmp_path) == "http://127.0.0.1:8000"


def test_the_token_is_in_no_table_of_the_served_workspace(server: tuple[str, str], shop: Shop) -> None:
    token = server[1].rsplit("/", 1)[1].encode()
    with sqlite3.connect(shop.folder / ".troth" / "workspace.sqlite3") as database:
        dump = "\n".join(database.iterdump()).encode()
    database.close()
    assert b"people_link" in dump
    assert token not in dump


def test_fonts_come_with_their_licences() -> None:
    from importlib.resources import files

    fonts = files("troth.workspace.parts") / "static" / "parts" / "fonts"
    names = {entry.name for entry in fonts.iterdir()}
    assert {"inter-LICENSE.txt", "source-serif-4-LICENSE.txt"} <= names
    assert all("SIL OPEN FONT LICENSE" in (fonts / name).read_text().upper() for name in names if name.endswith(".txt"))


def test_nothing_is_left_in_the_environment_by_a_refusal(shop: Shop) -> None:
    before = dict(os.environ)
    from troth.workspace.configuration import configure

    with pytest.raises(SettingError):
        configure(Configuration(shop.folder, origin="http://example.org"))
    assert dict(os.environ) == before
