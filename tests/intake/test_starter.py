"""``troth init`` writes a project that runs at once."""

from __future__ import annotations

import tomllib
from pathlib import Path

import ibis
import pytest

from tests.intake.projects import taken
from troth.intake import Kind, check, init, read_folder
from troth.terms.errors import ProjectError, UnreadableFileError
from troth.terms.vocabulary import PromiseType

OLIST = (
    "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,"
    "order_delivered_customer_date,order_estimated_delivery_date,customer_state\n"
    "a1,c1,delivered,2017-10-02 10:56:33,2017-10-02 11:07:15,2017-10-04 19:55:00,2017-10-10 21:25:13,2017-10-18 00:00:00,SP\n"
    "a2,c2,delivered,2018-07-24 20:41:37,2018-07-26 03:24:27,2018-07-26 14:31:00,2018-08-07 15:27:45,2018-08-13 00:00:00,BA\n"
    "a3,c3,canceled,2018-08-08 08:38:49,2018-08-08 08:55:23,,,2018-09-04 00:00:00,SP\n"
)
TICKETS = (
    "Case Id;Opened;SLA Target;Closed;Team;Product Category\n"
    "1;2024-03-01 10:00;2024-03-02 10:00;2024-03-01 18:00;A;x\n2;2024-03-01 11:00;2024-03-02 11:00;;B;y\n"
)


def test_the_starter_project_runs_at_once(tmp_path: Path) -> None:
    files = init(tmp_path / "shop")

    assert {file.relative_to(tmp_path / "shop").as_posix() for file in files} == {
        "troth.toml",
        "charter.toml",
        "sources/orders.toml",
        "data/orders.csv",
    }
    assert Kind.PROBLEM not in {remark.kind for remark in check(tmp_path / "shop", ibis.duckdb.connect())}
    one = taken(tmp_path / "shop")
    assert (one.tally.used, one.reasons) == (6, {})
    assert read_folder(tmp_path / "shop").charter.lines[0].standard == 5.0


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        (
            "orders.csv",
            OLIST,
            {
                "id": "order_id",
                "customer": "customer_id",
                "made_at": "order_purchase_timestamp",
                "due": "cast(order_estimated_delivery_date as date)",
                "received_at": "order_delivered_customer_date",
            },
        ),
        (
            "tickets 2024.csv",
            TICKETS,
            {"id": '"Case Id"', "made_at": '"Opened"', "due": '"SLA Target"', "received_at": '"Closed"', "kept_by": '"Team"'},
        ),
    ],
    ids=["a shop's orders", "a desk's tickets"],
)
def test_a_data_file_is_proposed_as_promises(tmp_path: Path, name: str, content: str, expected: dict[str, str]) -> None:
    (tmp_path / name).write_text(content)
    init(tmp_path / "project", from_file=tmp_path / name)
    (file,) = (tmp_path / "project" / "sources").glob("*.toml")
    written = tomllib.loads(file.read_text())
    flat = {key: value for key, value in {**written, **written["promises"][0]}.items() if key in expected}

    assert flat == expected
    one = taken(tmp_path / "project")
    assert one.tally.used == one.tally.read > 0
    assert one.intake.specs[0].type is PromiseType.DEADLINE


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("who,when seen\nana,2024-03-01\n", "interactions"),
        ("client,score\nana,3\n", "customers"),
        ("x\n\n", "customers"),
        ('select,"a ""b"""\n1,2\n', "customers"),
    ],
    ids=["one date", "no date", "no rows", "odd names"],
)
def test_any_table_gives_a_project_that_runs(tmp_path: Path, content: str, kind: str) -> None:
    (tmp_path / "t.csv").write_text(content)
    init(tmp_path / "project", from_file=tmp_path / "t.csv")

    assert taken(tmp_path / "project").tally.kind == kind


def test_nothing_is_written_over(tmp_path: Path) -> None:
    init(tmp_path)
    (tmp_path / "charter.toml").write_text("# mine\n")

    with pytest.raises(ProjectError, match="a project here already"):
        init(tmp_path)
    assert (tmp_path / "charter.toml").read_text() == "# mine\n"


def test_a_missing_data_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError):
        init(tmp_path / "project", from_file=tmp_path / "none.csv")
    assert not (tmp_path / "project").exists()
