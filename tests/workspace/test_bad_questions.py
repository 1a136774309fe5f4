"""A wrong address gets a sentence with the mend, never a 500; before the first study, the page teaches."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workspace.conftest import Shop
from tests.workspace.test_seats import routes

if TYPE_CHECKING:
    from django.test import Client

WRONG = {
    "/ledger/?by=lan": (400, "did you mean “lane”?"),
    "/ledger/?by=lane&by=month&by=campaign": (400, "at most 2"),
    "/ledger/?only.lane=nort": (400, "did you mean “north”?"),
    "/ledger/?only.month=March": (400, "2013-09-01"),
    "/ledger/?unknown=nothing": (400, "cannot be sliced"),
    "/ledger/?since=yesterday": (400, "2013-09 for a month"),
    "/ledger/?since=2024-13": (400, "2013-09 for a month"),
    "/?until=9999-12": (400, "from 1000 to 9000"),
    "/ledger/?until=9999-12-31": (400, "from 1000 to 9000"),
    "/ledger/promises/?until=9999-12": (400, "from 1000 to 9000"),
    "/ledger/?since=0001-01-01": (400, "from 1000 to 9000"),
    "/ledger/?only.month=9999-12-01": (400, "from 1000 to 9000"),
    "/ledger/?since=2024-05&until=2024-01": (400, "swap the two dates"),
    "/ledger/?compare=befor": (400, "did you mean “before”?"),
    "/ledger/?page=0": (400, "from 1 on"),
    "/ledger/?page=99": (400, "the last one is"),
    "/ledger/?format=xlsx": (400, "use one of"),
    "/ledger/promises/?state=brokn": (400, "did you mean “broken”?"),
    "/ledger/promises/?page=999999": (400, "the last one is"),
    "/ledger/promises/?page=-1": (400, "from 1 on"),
    "/?mode=as-if": (400, "did you mean “as-of”?"),
    "/?format=csv": (400, "use one of"),
    "/?study=99": (404, "the studies are 1, 2"),
    "/?study=two": (400, "from 1 on"),
    "/issues/?sort=mony": (400, "did you mean “money”?"),
    "/issues/?format=xlsx": (400, "use one of"),
    "/issues/nothing/": (404, "use one of"),
    "/issues/total/": (404, "use one of"),
    "/journeys/?of=mooves": (400, "did you mean “moves”?"),
    "/journeys/?format=csv": (400, "there are no moves"),
    "/sources/set-aside/?reason=bad+dat": (400, "did you mean “bad date”?"),
    "/sources/set-aside/?source=order&format=csv": (400, "did you mean “orders”?"),
    "/studies/compare/": (400, "choose an earlier and a later one"),
    "/studies/compare/?before=1&after=9": (404, "the studies are 1, 2"),
    "/numbers/kep/": (404, "did you mean “kept”?"),
    "/nowhere": (404, "stand at the top"),
    "/ledger/?bye=lane": (400, "did you mean “by”?"),
    "/ledger/?onyl.lane=north": (400, "did you mean “only.lane”?"),
    "/ledger/?lane=north": (400, "did you mean “only.lane”?"),
    "/ledger/?sinse=2024-02": (400, "did you mean “since”?"),
    "/ledger/?by=lane&only.lane=north&untill=2024-02": (400, "did you mean “until”?"),
    "/ledger/promises/?stat=broken": (400, "did you mean “state”?"),
    "/?periode=all": (400, "did you mean “period”?"),
    "/issues/?sorted=pain": (400, "did you mean “sort”?"),
    "/issues/?only.lane=north": (400, "takes no parameter “only.lane”"),
    "/my-desk/?aria=Fulfilment": (400, "did you mean “area”?"),
    "/charter/?verson=1": (400, "did you mean “version”?"),
    "/timeline/?persons=Ada": (400, "did you mean “person”?"),
    "/studies/?pages=2": (400, "did you mean “page”?"),
    "/people/?nmae=Ada": (400, "takes no parameter “nmae”"),
}


@pytest.mark.parametrize("page", ["/", "/ledger/", "/ledger/?compare=before", "/ledger/?compare=year", "/ledger/promises/"])
def test_the_longest_period_anybody_may_ask_for_is_answered(reader: Client, page: str) -> None:
    asked = "since=1000-01-01&until=9000-12-31"
    assert reader.get(f"{page}{'&' if '?' in page else '?'}{asked}").status_code == 200


@pytest.mark.parametrize(("address", "expected"), WRONG.items(), ids=WRONG.keys())
def test_a_wrong_address_is_told_the_mend(reader: Client, address: str, expected: tuple[int, str]) -> None:
    status, mend = expected
    answer = reader.get(address)
    assert answer.status_code == status
    if "Content-Type" in answer.headers and answer.headers["Content-Type"] == "application/json":
        assert mend.lower() in answer.text.lower()
    else:
        from html import unescape

        assert mend.lower() in unescape(answer.text).lower()


@pytest.mark.parametrize("page", ["/", "/ledger/?by=lane", "/issues/", "/sources/", "/people/"])
def test_what_a_mail_program_adds_to_a_link_asks_nothing(reader: Client, page: str) -> None:
    added = "utm_source=digest&utm_campaign=july&fbclid=x"
    assert reader.get(f"{page}{'&' if '?' in page else '?'}{added}").status_code == 200


def test_every_page_says_which_parameters_it_takes(workspace: Shop) -> None:
    from django.urls import resolve

    from troth.workspace.parts.parameters import PARAMETERS

    read = [route for route in routes() if route.closed and "GET" in route.methods and not route.name.startswith("api:")]
    assert len(read) > 30
    assert [route.name for route in read if not hasattr(resolve(route.path).func, PARAMETERS)] == []


@pytest.mark.slow
def test_no_link_of_a_page_asks_what_its_page_does_not_take(reader: Client) -> None:
    """Every page that is reached from the first one, each route once by what is asked of it. Samples on /design/ lead nowhere."""
    from html import unescape

    from django.urls import Resolver404, resolve

    waiting, seen, refused = ["/", "/?study=1", "/people/", "/timeline/", "/account/"], set[tuple[str, frozenset[str]]](), []
    while waiting:
        address = waiting.pop()
        answer = reader.get(address)
        if answer.status_code == 400:
            refused.append(address)
        if answer.status_code != 200 or not answer.headers["Content-Type"].startswith("text/html"):
            answer.close()
            continue
        for found in () if address.startswith("/design/") else re.findall(r'href="(/[^"]*|\?[^"]*)"', answer.text):
            path, _, query = unescape(found).partition("#")[0].partition("?")
            path = path or address.partition("?")[0]
            try:
                kind = (resolve(path).view_name, frozenset(re.split("[=.]", one)[0] for one in query.split("&")))
            except Resolver404:
                continue
            if kind not in seen and not kind[0].startswith("api:"):
                seen.add(kind)
                waiting.append(f"{path}?{query}" if query else path)
    assert len(seen) > 60
    assert refused == []


def test_a_program_gets_the_same_as_a_document(reader: Client) -> None:
    problem = reader.get("/ledger/?by=lan&format=json")
    assert problem.status_code == 400
    assert problem.json()["data"]["place"] == "by"
    assert problem.json()["data"]["mend"] == "Did you mean “lane”?"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(
        [
            "by",
            "only.lane",
            "only.month",
            "unknown",
            "since",
            "until",
            "compare",
            "page",
            "study",
            "mode",
            "state",
            "reason",
            "format",
            "sort",
            "theme",
        ]
    ),
    value=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20),
    path=st.sampled_from(["/", "/ledger/", "/ledger/promises/", "/issues/", "/themes/", "/sources/set-aside/"]),
)
def test_no_parameter_breaks_a_page(reader: Client, name: str, value: str, path: str) -> None:
    assert reader.get(path, {name: value}).status_code in {200, 400, 404}


def test_nul_bytes_break_nothing(reader: Client) -> None:
    for path in ("/ledger/?only.lane=%00", "/ledger/?by=%00", "/sources/set-aside/?reason=%00", "/sign-in/%00"):
        assert reader.get(path).status_code in {200, 400, 404}


def test_pages_are_only_read(reader: Client) -> None:
    token = reader.get("/").text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    for path in ("/", "/ledger/", "/ledger/promises/", "/issues/", "/issues/nothing/", "/themes/", "/sources/", "/studies/live/"):
        assert reader.post(path, {"csrfmiddlewaretoken": token}).status_code == 405
    assert reader.post("/healthz", {"csrfmiddlewaretoken": token}).status_code == 405


def test_text_from_the_data_is_text_on_the_page(reader: Client) -> None:
    page = reader.get("/ledger/promises/", {"only.lane": "north<script>"})
    assert page.status_code == 400
    assert "<script>" not in page.text.replace("<script src=", "")


def test_before_the_first_study_the_page_says_how_to_make_one(reader: Client, workspace: Shop, tmp_path: Path) -> None:
    from django.test import override_settings

    fresh = Path(shutil.copytree(workspace.folder, tmp_path / "fresh shop", ignore=shutil.ignore_patterns(".troth")))
    with override_settings(TROTH_PROJECT=fresh):
        for path in ("/", "/ledger/", "/issues/", "/issues/nothing/", "/themes/", "/sources/"):
            answer = reader.get(path)
            assert answer.status_code == 404
            assert "troth run" in answer.text
            assert "Run the first study" in answer.text
        assert "There is no study yet." in reader.get("/studies/").text
        assert reader.get("/numbers/").status_code == 200
        assert reader.get("/healthz").json()["checks"]["study"] == "none yet"


def test_a_study_that_is_damaged_says_so(reader: Client, workspace: Shop, tmp_path: Path) -> None:
    from django.test import override_settings

    harmed = Path(shutil.copytree(workspace.folder, tmp_path / "harmed shop"))
    (harmed / ".troth" / "studies" / "register.json").write_text("{")
    with override_settings(TROTH_PROJECT=harmed):
        answer = reader.get("/")
        assert answer.status_code == 507
        assert "register of studies cannot be read" in answer.text
        assert reader.get("/healthz").status_code == 503


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("ledger.parquet", "gone"),
        ("ledger.parquet", "shorter"),
        ("ledger.parquet", "as long"),
        ("study.json", "as long"),
        ("manifest.json", "gone"),
        ("manifest.json", "shorter"),
    ],
)
def test_every_page_on_a_damaged_study_names_what_is_damaged_and_the_mend(
    reader: Client, workspace: Shop, tmp_path: Path, name: str, size: str
) -> None:
    from django.test import override_settings

    harmed = Path(shutil.copytree(workspace.folder, tmp_path / "harmed shop"))
    file = harmed / ".troth" / "studies" / "2" / name
    length = file.stat().st_size
    file.unlink() if size == "gone" else file.write_bytes(b"x" * (1 if size == "shorter" else length))
    with override_settings(TROTH_PROJECT=harmed):
        for path in ("/", "/ledger/", "/ledger/promises/", "/ledger/promises/?format=csv", "/studies/compare/?before=1&after=2"):
            answer = reader.get(path)
            assert answer.status_code == 500
            assert f"{name} is missing, or not what it was" in answer.text
            assert "troth run" in answer.text
        assert reader.get("/?study=1").status_code == 200
        assert reader.get("/numbers/").status_code == 200
        assert reader.get("/studies/").status_code == 200  # where it can be made again
        if (name, size) != ("ledger.parquet", "as long"):  # health looks at sizes: to read every table takes too long
            assert reader.get("/healthz").status_code == 503


def test_a_table_that_goes_while_the_pages_are_open_is_named(reader: Client, workspace: Shop, tmp_path: Path) -> None:
    from django.test import override_settings

    harmed = Path(shutil.copytree(workspace.folder, tmp_path / "harmed shop"))
    with override_settings(TROTH_PROJECT=harmed):
        assert reader.get("/").status_code == 200
        (harmed / ".troth" / "studies" / "2" / "ledger.parquet").unlink()
        answer = reader.get("/ledger/promises/?only.lane=north")
        assert answer.status_code == 500
        assert "ledger.parquet is missing, or not what it was" in answer.text
