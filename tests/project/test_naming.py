"""Names from an endpoint: masked words alone are sent, and whatever fails leaves a theme its own words and says so."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

import troth
from tests.engine.voice.made import heard
from troth.engine.voice import Curation, Name, Themes
from troth.project.naming import Endpoint, name_themes
from troth.terms.errors import RequestError

Answer = Callable[[dict[str, Any]], tuple[int, bytes]]


class Server:
    """A server of the protocol on this machine, that answers as it is told and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answer: Answer = lambda _: (200, said("A name"))
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked.append({"path": self.path, **body})
                outer.headers.append(dict(self.headers))
                status, content = outer.answer(body)
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", content.decode())
                self.send_header("Content-Length", str(len(content)))
                with suppress(BrokenPipeError):  # who asked may have given up
                    self.end_headers()
                    self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                """Nothing in the tests' output."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Close the port and wait for the thread."""
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


def said(content: str) -> bytes:
    """An answer in the protocol."""
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}).encode()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def themes() -> Themes:
    rows = heard(20)
    return troth.themes(
        [f"{text} Mail ana@example.com, order {10_000 + row}" for row, (text, _, _) in enumerate(rows)], embedder="characters"
    )


def test_names_come_from_the_endpoint(server: Server, themes: Themes) -> None:
    numbers = iter(range(100))
    server.answer = lambda _: (200, said(f"“Name number {next(numbers)}.”"))
    named = name_themes(themes, Endpoint(server.url, "some-model", key="secret"))
    assert list(named.names.values()) == [f"Name number {place}" for place in range(len(themes))]
    assert {row.named_by for row in named} == {"endpoint"}
    assert named.labels.tolist() == themes.labels.tolist()
    assert [one.name for one in named.memory.themes] == list(named.names.values())
    assert f"{len(themes)} of {len(themes)} themes were named by some-model at 127.0.0.1" in named.notes[-1]
    assert server.asked[0]["path"] == "/v1/chat/completions"
    assert server.headers[0]["Authorization"] == "Bearer secret"


def test_masked_words_and_quotes_alone_are_sent(server: Server, themes: Themes) -> None:
    name_themes(themes, Endpoint(server.url, "some-model"))
    sent = json.dumps(server.asked)
    assert len(server.asked) == len(themes)
    assert "@" not in sent
    assert "ana" not in sent.split()
    assert not any(str(10_000 + row) in sent for row in range(80))
    assert themes.examples[0][0].text in server.asked[0]["messages"][1]["content"]
    assert "Authorization" not in server.headers[0]


def test_two_themes_of_one_name_are_told_apart(server: Server, themes: Themes) -> None:
    assert len(set(name_themes(themes, Endpoint(server.url, "m")).names.values())) == len(themes)


def test_names_people_gave_are_not_asked_for(server: Server) -> None:
    texts = [text for text, _, _ in heard(20)]
    key = troth.themes(texts, embedder="characters")[0].key
    ours = troth.themes(texts, embedder="characters", curation=Curation(names=(Name(key, "Ours"),)))
    named = name_themes(ours, Endpoint(server.url, "m"))
    assert named.names[0] == "Ours"
    assert len(server.asked) == len(ours) - 1


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((500, b"broken"), "refused with 500"),
        ((401, b"{}"), "refused with 401"),
        ((200, b"<html>"), "an answer that is none"),
        ((200, b"[]"), "an answer that is none"),
        ((200, b'{"choices": []}'), "an answer that is none"),
        ((200, said("")), "no name in the answer"),
        ((200, said("...")), "no name in the answer"),
        ((200, said("This theme is about customers who wait for their parcels and would like to know")), "no name in the answer"),
        ((302, b"http://192.0.2.1/v1"), "refused with 302"),
    ],
)
def test_what_fails_leaves_the_themes_own_words_and_is_told(server: Server, themes: Themes, answer: tuple[int, bytes], why: str) -> None:
    server.answer = lambda _: answer
    named = name_themes(themes, Endpoint(server.url, "m"))
    assert named.names == themes.names
    assert {row.named_by for row in named} == {"words"}
    assert f"the others keep their own words: {why} (3)" in named.notes[-1] or why in named.notes[-1]
    assert len(server.asked) == min(3, len(themes))


def test_a_slow_endpoint_is_given_up(server: Server, themes: Themes) -> None:
    def slow(_: dict[str, Any]) -> tuple[int, bytes]:
        time.sleep(0.6)
        return 200, said("late")

    server.answer = slow
    named = name_themes(themes, Endpoint(server.url, "m", timeout=0.1))
    assert named.names == themes.names
    assert "too slow (3)" in named.notes[-1]


def test_nobody_at_the_address_is_told(themes: Themes) -> None:
    gone = Server()
    gone.stop()
    named = name_themes(themes, Endpoint(gone.url, "m"))
    assert named.names == themes.names
    assert "not reached (3)" in named.notes[-1]


def test_one_failure_does_not_stop_the_others(server: Server, themes: Themes) -> None:
    numbers = iter(range(100))

    def every_other(_: dict[str, Any]) -> tuple[int, bytes]:
        number = next(numbers)
        return (500, b"") if number % 2 else (200, said(f"Name {number}"))

    server.answer = every_other
    named = name_themes(themes, Endpoint(server.url, "m"))
    assert [row.named_by for row in named] == ["words" if row.theme % 2 else "endpoint" for row in named]


def test_a_thought_before_the_name_and_personal_data_in_it_are_left_out(server: Server, themes: Themes) -> None:
    server.answer = lambda _: (200, said("<think>hm\nhm</think>\n\n**Mail to ana@example.com**\n"))
    assert name_themes(themes, Endpoint(server.url, "m")).names[0] == "Mail to [e-mail]"


@pytest.mark.parametrize(
    ("url", "model", "key", "sentence"),
    [
        ("ftp://x/v1", "m", None, "is no address"),
        ("localhost", "m", None, "is no address"),
        ("http://example.com/v1", "m", "secret", "sent in the clear"),
        ("http://localhost/v1", " ", None, "needs a model"),
    ],
)
def test_an_endpoint_that_cannot_be_is_refused(url: str, model: str, key: str | None, sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        Endpoint(url, model, key)


def test_the_key_is_not_printed() -> None:
    assert "secret" not in repr(Endpoint("https://example.com/v1", "m", key="secret"))
