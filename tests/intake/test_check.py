"""``troth check`` tells everything at once, and makes nothing."""

from __future__ import annotations

from pathlib import Path

import ibis
import pytest

from tests.intake.projects import ORDERS, write
from troth.intake import Example, Kind, Remark, check

CSV = "id,customer,ordered,promised,delivered\n1,ana,2024-03-01,2024-03-05,2024-03-04\n2,ben,2024-03-01,,\n3,chi,soon,2024-03-05,\n"


def remarks(folder: Path, kind: Kind) -> list[Remark]:
    return [remark for remark in check(folder, ibis.duckdb.connect()) if remark.kind is kind]


def test_facts_account_for_every_row(tmp_path: Path) -> None:
    (fact,) = remarks(write(tmp_path, files={"orders.csv": CSV}), Kind.FACT)

    assert fact.text == "orders as promises “delivery date”: 3 rows read, 1 used; set aside: 1 no promise, 1 bad date; coverage 33.3%"
    assert (fact.file, fact.place) == (str(tmp_path / "sources" / "orders.toml"), "promises[1]")


def test_a_fact_shows_examples_of_each_reason_rows_were_set_aside_for(tmp_path: Path) -> None:
    (fact,) = remarks(write(tmp_path, files={"orders.csv": CSV}), Kind.FACT)

    assert [(one.reason, one.file, one.line, one.row, one.column, one.value) for one in fact.examples] == [
        ("no promise", "orders.csv", 3, "2", "promised", None),
        ("bad date", "orders.csv", 4, "3", "ordered", "soon"),
    ]
    assert str(fact).splitlines()[1:] == [
        "  Example of no promise: orders.csv, line 3, promised: empty",
        "  Example of bad date: orders.csv, line 4, ordered: “soon”",
    ]


@pytest.mark.parametrize(
    ("row", "reason", "mend"),
    [
        ("{n},ana,2024-03-05,2024-03-01,", "due before made", "wrong way round: swap"),
        ("{n},ana,2024-03-05,,", "no promise", "due (or promised) has no value"),
        ("{n},ana,soon,2024-03-05,", "bad date", "name a column that holds dates"),
    ],
)
def test_where_not_one_row_is_used_that_is_a_problem(tmp_path: Path, row: str, reason: str, mend: str) -> None:
    rows = "".join(row.format(n=n) + "\n" for n in range(12))
    found = check(write(tmp_path, files={"orders.csv": CSV.splitlines()[0] + "\n" + rows}), ibis.duckdb.connect())

    assert found[0].kind is Kind.PROBLEM
    assert found[0].text == f"not one of 12 rows is used; most often: {reason} (12)"
    assert mend in (found[0].mend or "")


def test_a_table_without_rows_and_one_whose_rows_are_left_out_are_no_problem(tmp_path: Path) -> None:
    assert not remarks(write(tmp_path / "empty", files={"orders.csv": CSV.splitlines()[0] + "\n"}), Kind.PROBLEM)
    left_out = ORDERS.replace('id = "id"', 'id = "id"\nfilter = "id < 0"')
    assert not remarks(write(tmp_path / "filtered", left_out, files={"orders.csv": CSV}), Kind.PROBLEM)


@pytest.mark.parametrize(
    ("dates", "lines"),
    [
        (["soon", "soon", "soon", "soon", "later"], [2, 3, 6]),
        (["soon", "later", "never", "once"], [2, 3, 4]),
        (["soon", "soon"], [2, 3]),
        (["2024-03-01"], []),
    ],
    ids=["another value further down", "many values", "one value", "no row set aside"],
)
def test_three_examples_of_a_reason_differ_where_its_rows_do(tmp_path: Path, dates: list[str], lines: list[int]) -> None:
    rows = "".join(f"{number},ana,{date},2024-03-05,\n" for number, date in enumerate(dates))
    (fact,) = remarks(write(tmp_path, files={"orders.csv": CSV.splitlines()[0] + "\n" + rows}), Kind.FACT)

    assert [one.line for one in fact.examples] == lines


def test_a_line_without_the_columns_of_its_file_is_an_example_as_it_stands(tmp_path: Path) -> None:
    (fact,) = remarks(write(tmp_path, files={"orders.csv": CSV + "4,dan,2024-03-04\n"}), Kind.FACT)

    assert str(fact).splitlines()[-1] == "  Example of unreadable row: orders.csv, line 5, “4,dan,2024-03-04”"


def test_rows_of_none_of_the_tables_are_examples_too(tmp_path: Path) -> None:
    folder = write(tmp_path, ORDERS + "where = \"customer <> 'ben'\"\n", files={"orders.csv": CSV})
    (hint,) = [remark for remark in remarks(folder, Kind.HINT) if remark.place == "where"]

    assert [(one.reason, one.line, one.row) for one in hint.examples] == [("belongs nowhere", 3, "2")]


def test_a_row_of_a_database_is_found_by_its_key() -> None:
    assert str(Example("bad date", "orders", None, "A-7", "ordered", "infinity")) == "bad date: orders, row A-7, ordered: “infinity”"


@pytest.mark.parametrize(
    ("value", "shown"),
    [("a\nb\x1b[31m", "“a b [31m”"), ("x" * 500, "“" + "x" * 59 + "…”")],
    ids=["what would move the cursor", "more than can be read"],
)
def test_a_value_is_printed_on_one_line(value: str, shown: str) -> None:
    assert str(Example("bad date", "t.csv", 2, "1", "ordered", value)) == f"bad date: t.csv, line 2, ordered: {shown}"


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


def test_a_promise_nothing_is_received_of_is_pointed_out(tmp_path: Path) -> None:
    without = ORDERS.replace('received_at = "delivered"\n', "")
    later = '[[receipts]]\nname = "delivery date"\nsubject = "id"\nreceived_at = "delivered"\n'
    row = "id,customer,ordered,promised,delivered\n1,ana,2024-03-01,2024-03-05,2024-03-04\n"

    def told(name: str, source: str) -> list[str | None]:
        hints = remarks(write(tmp_path / name, source, files={"orders.csv": row}), Kind.HINT)
        return [hint.place for hint in hints if "nothing says what was received of “delivery date”" in hint.text]

    assert told("none", without) == ["promises[1].received_at"]
    assert told("its own", ORDERS) == []
    assert told("later", without + later) == []


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
        ("second.toml", "read"),
    }
    assert all(remark.mend for remark in remarks(folder, Kind.PROBLEM))


SECOND = ORDERS.partition("[[promises]]\n")[2]


@pytest.mark.parametrize(
    ("source", "charter", "told"),
    [
        (ORDERS.replace('"deadline"', '"dedline"'), "", ["promises[1].type"]),
        (ORDERS.replace('due = "promised"', 'due = "promised +"'), "", ["promises[1].due"]),
        (ORDERS.replace('made_at = "ordered"', 'maid_at = "ordered"'), "", ["promises[1].maid_at"]),
        (ORDERS.replace("[[promises]]", "[[promise]]"), "", ["promise"]),
        (ORDERS.replace('read = "orders.csv"', "read = 7"), "", ["read"]),
        (ORDERS.replace('id = "id"', 'id = "id +"'), "", ["id"]),
        (ORDERS + 'each = 7\neach_plural = "orders"\n', "", ["promises[1].each"]),
        (ORDERS.replace('id = "id"', 'id = "id"\ndate_format = "%d/%m"'), "", ["date_format"]),
        (ORDERS.replace('"deadline"', '"dedline"') + '[[receipts]]\nname = "delivery date"\nsubject = "id"\n', "", ["promises[1].type"]),
        (ORDERS.replace('"deadline"', '"dedline"'), '[[lines]]\npromise = "delivery date"\n', ["promises[1].type"]),
        (ORDERS.replace('"promised"', '"promissed"') + 'void_when = "promissed is null"\n', "", ["promises[1].due"]),
        (
            ORDERS,
            '[[areas]]\nname = "A"\naspect = "x"\n[[areas]]\nname = "B"\naspect = "brand"\n[[touchpoints]]\nname = "t"\narea = "A"\n',
            ["areas[1].aspect"],
        ),
        (ORDERS, "[[lines]]\nstandrad = 3\n", ["lines[1].standrad"]),
        (ORDERS, "lines = 7\n", ["lines"]),
        (ORDERS, "[[lines", [None]),
        ("[[promises", '[[lines]]\npromise = "delivery date"\n', [None]),
    ],
    ids=lambda value: None if isinstance(value, str) else "-".join(str(place) for place in value),
)
def test_what_follows_from_a_mistake_is_not_told_beside_it(tmp_path: Path, source: str, charter: str, told: list[str | None]) -> None:
    folder = write(tmp_path, source, files={"orders.csv": CSV}, charter=charter)
    found = check(folder, ibis.duckdb.connect())

    assert [remark.place for remark in found if remark.kind is Kind.PROBLEM] == told
    if "lines" in charter:
        assert not {"lines", "lines[1].promise"} & {remark.place for remark in found if remark.kind is Kind.HINT}
    if source != ORDERS:
        assert not [remark for remark in found if remark.kind is Kind.FACT and (remark.place or "").startswith("promises")]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (ORDERS.replace('"deadline"', '"dedline"').replace('made_at = "ordered"\n', ""), {"promises[1].type", "promises[1]"}),
        (
            ORDERS.replace('"deadline"', '"dedline"') + '[[receipts]]\nname = "another"\nsubject = "id"\n',
            {"promises[1].type", "receipts[1].name"},
        ),
        (ORDERS.replace('"ordered"', '"orderd"').replace('"promised"', '"promissed"'), {"promises[1].made_at", "promises[1].due"}),
    ],
    ids=["another key", "another name", "another column"],
)
def test_what_does_not_follow_is_told(tmp_path: Path, source: str, told: set[str]) -> None:
    assert {remark.place for remark in remarks(write(tmp_path, source, files={"orders.csv": CSV}), Kind.PROBLEM)} == told


def test_a_column_that_is_not_there_is_one_mistake_wherever_it_is_named(tmp_path: Path) -> None:
    source = ORDERS.replace('"promised"', '"promissed"') + 'void_when = "promissed is null"\ncontext = { late = "promissed" }\n'
    (problem,) = remarks(write(tmp_path, source, files={"orders.csv": CSV}), Kind.PROBLEM)

    assert problem.place == "promises[1].due"
    assert problem.text.endswith("; also in promises[1].void_when, promises[1].context.late")


def test_tables_keep_their_places_where_one_before_them_is_wrong(tmp_path: Path) -> None:
    second = "[[promises]]\n" + SECOND.replace("delivery date", "visit").replace('due = "promised"', 'dew = "promised"')
    third = "[[promises]]\n" + SECOND.replace("delivery date", "call")
    source = ORDERS.replace('type = "deadline"\n', "") + second + third
    found = check(write(tmp_path, source, files={"orders.csv": CSV}), ibis.duckdb.connect())

    assert [remark.place for remark in found if remark.kind is Kind.PROBLEM] == ["promises[1]", "promises[2].dew"]
    assert [remark.place for remark in found if remark.kind is Kind.FACT] == ["promises[3]"]


def test_check_makes_nothing(tmp_path: Path) -> None:
    folder = write(tmp_path, files={"orders.csv": CSV})
    before = sorted(tmp_path.rglob("*"))
    check(folder, ibis.duckdb.connect())

    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_is_none_is_one_problem(tmp_path: Path) -> None:
    (problem,) = check(tmp_path / "none", ibis.duckdb.connect())

    assert problem.kind is Kind.PROBLEM
    assert str(problem).startswith(str(tmp_path / "none"))


DAILY = "id,customer,ordered,promised,delivered\n" + "".join(
    f"{number},c{number},2024-03-{number % 9 + 1:02d} 08:{number:02d}:00,2024-03-{number % 9 + 10} 00:00:00,\n" for number in range(1, 41)
)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_dues_that_all_lie_at_midnight_look_like_dates(zone: str, tmp_path: Path) -> None:
    def hints(name: str, due: str) -> list[Remark]:
        source = ORDERS.replace('due = "promised"', f'due = "{due}"')
        folder = write(tmp_path / name, source, files={"orders.csv": DAILY}, settings=f'timezone = "{zone}"\n')
        return [remark for remark in remarks(folder, Kind.HINT) if remark.place == "promises[1].due"]

    (hint,) = hints("as moments", "cast(promised as timestamp)")
    assert "100% of the 40 due moments are the first instant of a day" in hint.text
    assert 'due = "cast(cast(promised as timestamp) as date)"' in (hint.mend or "")
    (later,) = hints("a day later", "cast(promised as timestamp) + interval 1 day")
    assert "first instant of a day" in later.text
    assert hints("as dates, a day later", "cast(promised as date) + interval 1 day") == []
    assert hints("as dates", "cast(cast(promised as timestamp) as date)") == []
    assert hints("an hour later", "cast(promised as timestamp) + interval 1 hour") == []


def test_a_source_without_a_key_is_pointed_out(tmp_path: Path) -> None:
    folder = write(tmp_path, ORDERS.replace('id = "id"\n', ""), files={"orders.csv": CSV})
    (hint,) = [remark for remark in remarks(folder, Kind.HINT) if remark.place == "id"]
    assert "counts twice" in hint.text
