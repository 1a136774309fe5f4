"""From a project folder to its first page: make the study of the flights, serve it, sign in, read the page both officers share."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from time import perf_counter, sleep
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

from benchmarks.measure import ROOT, run
from troth.project.examples import find

PATIENCE = 120.0
"""Seconds to wait for a server before giving up."""


def first_page(folder: Path) -> tuple[float, float]:
    """Seconds until the study is there, and until its first page is.

    :param folder: an empty folder, which becomes the example's.
    """
    example = find("flights")
    example.lay_out(folder)
    troth = Path(sys.executable).with_name("troth")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = perf_counter()
    run(troth, "run", folder, "--as-of", example.as_of)
    study = perf_counter() - began
    with served(troth, folder, port) as link:
        page = read_page(link)
    seconds = perf_counter() - began
    if "<h1" not in page:
        message = f"the first page has no heading:\n{page[:2000]}"
        raise RuntimeError(message)
    return study, seconds


@contextmanager
def served(troth: Path, folder: Path, port: int) -> Iterator[str]:
    """The workspace while it is served, as its one-time link."""
    words = [str(troth), "serve", str(folder), "--port", str(port), "--no-browser"]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = ""
    try:
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            found = re.search(r"https?://\S+", line) if "link" in line.lower() else None
            if found:
                yield found.group()
                return
        message = f"troth serve printed no link:\n{said}"
        raise RuntimeError(message)
    finally:
        process.terminate()
        process.wait(30)


def read_page(link: str) -> str:
    """Sign in with a one-time link as a browser does, and read where it leads."""
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    form = patiently(browser, link)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    if token is None:
        return form
    sent = Request(link, urlencode({"csrfmiddlewaretoken": token.group(1)}).encode(), {"Referer": link})  # noqa: S310 - our own server
    with browser.open(sent) as answer:
        if "/sign-in" in answer.url:
            message = f"signing in led back to {answer.url}"
            raise RuntimeError(message)
        return str(answer.read().decode())


def patiently(browser: OpenerDirector, address: str) -> str:
    """Read a page of a server that is still starting."""
    began = perf_counter()
    while True:
        try:
            with browser.open(address) as answer:
                return str(answer.read().decode())
        except URLError as error:
            if isinstance(error, HTTPError) or perf_counter() - began > PATIENCE:
                raise
            sleep(0.02)
