"""``troth check`` tells everything at once, and makes nothing."""

from __future__ import annotations

from pathlib import Path

import ibis

from tests.intake.projects import ORDERS, write
from troth.intake import Kind, Remark, check

CSV = "id,customer,ordered,promised,delivered\n1,ana,2024-03-01,2024-03-05,2024-03-04\n2,ben,2024-03-01,,\n3,chi,soon,2024-03-05,\n"


def remarks(folder: Path, kind: Kind) -> list[Remark]:
    return [remark for remark in check(folder, ibis.duckdb.connect()) if remark.kind is kind]


def test_facts_account_for_every_row(tmp_path: Path) -> None:
    (fact,) = remarks(write(tmp_path, files={"orders.csv": CSV}), Kind.FACT)

    assert fact.text == "orders as promises “delivery date”: 3 rows read, 1 used; set aside: 1 no promise, 1 bad date; coverage 66.7%"
    assert (fact.file, fact.place) == (str(tmp_path / "sources" / "orders.toml"), "promises[1]")


def test_hints_say_what_would_make_the_numbers_say_more(tmp_path: Path) -> None:
    folder = write(tmp_path, files={"orders.csv": CSV}, charter='[[lines]]\npromise = "delivry date"\n')
    places = {remark.place for remark in remarks(folder, Kind.HINT)}

    assert places == {
        "lines[1].promise",
        "promises[1]",
        "promises[1].due",
        "promises[1].context",
        "promises[1].internal_estimate",
        "promises[1].kept_by",
    }
    assert all(remark.mend for remark in remarks(folder, Kind.HINT))


def test_a_complete_project_has_no_problem_and_no_hint(tmp_path: Path) -> None:
    source = ORDERS + 'context = ["customer"]\ninternal_estimate = "3"\nkept_by = "\'Fulfilment\'"\n'
    sound = "\n".join(CSV.splitlines()[:2])
    folder = write(tmp_path, source, files={"orders.csv": sound}, charter='[[lines]]\nstandard = "8 days"\n')

    assert {remark.kind for remark in check(folder, ibis.duckdb.connect())} == {Kind.FACT}


def test_every_problem_is_told_in_one_run(tmp_path: Path) -> None:
    source = (
        ORDERS.replace('"ordered"', '"orderd"')
        + 'madeby = "x"\nkept_by = "1 +"\ntouchpoint = "lenght(customer)"\n[[receipts]]\nsubject = "id"\n[[custmers]]\n'
    )
    folder = write(tmp_path, source, files={"orders.csv": CSV}, charter='stage = ["x"]\n[[areas]]\nname = "a"\naspect = "x"\n')
    write(tmp_path, ORDERS.replace("orders.csv", "none.csv").replace("delivery date", "other"), name="second")
    found = {(Path(remark.file or "").name, remark.place) for remark in remarks(folder, Kind.PROBLEM)}

    assert found == {
        ("orders.toml", "custmers"),
        ("orders.toml", "promises[1].madeby"),
        ("orders.toml", "promises[1].kept_by"),
        ("orders.toml", "promises[1].made_at"),
        ("orders.toml", "promises[1].touchpoint"),
        ("orders.toml", "receipts[1]"),
        ("charter.toml", "stage"),
        ("charter.toml", "areas[1].aspect"),
        ("charter.toml", "areas[1]"),
        ("second.toml", "read"),
    }
    assert all(remark.mend for remark in remarks(folder, Kind.PROBLEM))


def test_check_makes_nothing(tmp_path: Path) -> None:
    folder = write(tmp_path, files={"orders.csv": CSV})
    before = sorted(tmp_path.rglob("*"))
    check(folder, ibis.duckdb.connect())

    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_is_none_is_one_problem(tmp_path: Path) -> None:
    (problem,) = check(tmp_path / "none", ibis.duckdb.connect())

    assert problem.kind is Kind.PROBLEM
    assert str(problem).startswith(str(tmp_path / "none"))
