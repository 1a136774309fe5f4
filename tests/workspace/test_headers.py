"""What browsers are told: run only our scripts, frame us nowhere, keep the session to yourself."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.workspace.conftest import arrive
from tests.workspace.test_signing_in import PAGES

if TYPE_CHECKING:
    from django.test import Client


@pytest.mark.parametrize("path", [*PAGES, "/healthz", "/sign-in/", "/nowhere", "/ledger/?by=nonsense"])
def test_every_answer_carries_the_policy(reader: Client, path: str) -> None:
    headers = reader.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "private" in headers["Cache-Control"]


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_a_script_or_a_style_of_its_own(reader: Client, path: str) -> None:
    page = reader.get(path).text
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)
    assert all("src=" in script for script in re.findall(r"<script[^>]*>", page))


def test_nothing_is_fetched_from_elsewhere(reader: Client) -> None:
    for path in PAGES:
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', reader.get(path).text)


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(outsider: Client, link: Callable[[], str]) -> None:
    cookie = arrive(outsider, link()).cookies["troth"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["secure"]  # http on this machine alone; test_serving has the other case


def test_static_files_are_kept_for_good_and_pages_are_not(reader: Client) -> None:
    page = reader.get("/")
    assert "no-cache" in page.headers["Cache-Control"]
    assert re.search(r"/static/parts/tokens\.[0-9a-f]{12}\.css", page.text)


def test_another_host_name_is_refused(reader: Client) -> None:
    assert reader.get("/", headers={"host": "example.org"}).status_code == 400
