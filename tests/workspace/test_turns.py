"""Short requests are answered one after the other; none waits for a long one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from time import sleep

import pytest
from django.http import HttpRequest, HttpResponse

from troth.workspace.parts import turns
from troth.workspace.parts.turns import in_turn

pytestmark = pytest.mark.usefixtures("workspace")  # Django is set up
THREADS = 4


def test_short_requests_are_answered_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 60.0)  # however long the machine takes over one, it counts as short
    at_once, most, guard = 0, 0, Lock()

    def short(request: HttpRequest) -> HttpResponse:
        nonlocal at_once, most
        with guard:
            at_once += 1
            most = max(most, at_once)
        sleep(0.001)
        with guard:
            at_once -= 1
        return HttpResponse("short")

    answer = in_turn(short)
    with ThreadPoolExecutor(THREADS) as readers:
        answers = list(readers.map(lambda _: answer(HttpRequest()), range(5 * THREADS)))
    assert [one.status_code for one in answers] == [200] * 5 * THREADS
    assert most == 1


def test_nobody_waits_for_a_long_one() -> None:
    """A slice of ten million promises takes seconds; whoever reads beside it goes ahead without a turn."""
    began, others_are_done = Event(), Event()

    def long_or_short(request: HttpRequest) -> HttpResponse:
        if request.path == "/slice/":
            began.set()
            assert others_are_done.wait(60)
        return HttpResponse(status=202 if request.path == "/slice/" else 200)

    answer = in_turn(long_or_short)
    slow, quick = HttpRequest(), HttpRequest()
    slow.path, quick.path = "/slice/", "/"
    with ThreadPoolExecutor(1) as desk:
        waiting = desk.submit(answer, slow)
        assert began.wait(60)
        assert answer(quick).status_code == 200
        assert not waiting.done()
        others_are_done.set()
        assert waiting.result(60).status_code == 202


def test_a_request_that_fails_gives_its_turn_back() -> None:
    def fails(request: HttpRequest) -> HttpResponse:
        raise ZeroDivisionError

    failing, working = in_turn(fails), in_turn(lambda request: HttpResponse("well"))
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            failing(HttpRequest())
    assert not turns._turn.locked()  # noqa: SLF001 - whether somebody has the turn shows nowhere else
    assert working(HttpRequest()).status_code == 200
