"""Whatever is wrong with a project is said in one sentence: where, what, and how to mend it. Never a traceback, and nothing is lost."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.projects import AS_OF, TROTH

PROJECT, SOURCE, STUDY, REQUEST = 2, 3, 4, 5


def rewrite(file: str, old: str, new: str) -> Callable[[Path], None]:
    """Write something else into one file of the project."""

    def mischief(shop: Path) -> None:
        text = (shop / file).read_text()
        assert old in text
        (shop / file).write_text(text.replace(old, new, 1))

    return mischief


def content(file: str, data: bytes) -> Callable[[Path], None]:
    """Put other bytes into one file of the project."""

    def mischief(shop: Path) -> None:
        (shop / file).write_bytes(data)

    return mischief


def unreadable(file: str, data: bytes) -> Callable[[Path], None]:
    """Read the orders from a file that is not what its name says."""

    def mischief(shop: Path) -> None:
        rewrite("sources/orders.toml", "orders.csv", file)(shop)
        (shop / file).write_bytes(data)

    return mischief


def delete(file: str) -> Callable[[Path], None]:
    """Take one file of the project away."""
    return lambda shop: (shop / file).unlink()


CASES: list[tuple[str, Callable[[Path], None], int, tuple[str, ...]]] = [
    ("no settings", delete("troth.toml"), PROJECT, ("troth.toml", "missing")),
    ("no source", delete("sources/orders.toml"), PROJECT, ("sources",)),
    ("settings that are no TOML", content("troth.toml", b"name = "), PROJECT, ("troth.toml", "TOML")),
    ("settings that are no text", content("troth.toml", b"name = '\xff\xfe'"), PROJECT, ("troth.toml", "UTF-8")),
    ("unknown setting", rewrite("troth.toml", "currency", "curency"), PROJECT, ("troth.toml", "curency", "did you mean “currency”")),
    ("unknown zone", rewrite("troth.toml", "America/New_York", "America/NewYork"), PROJECT, ("troth.toml", "timezone", "America/NewYork")),
    ("unknown engine", rewrite("troth.toml", TROTH, TROTH + 'engine = "duckbd://"\n'), PROJECT, ("troth.toml", "engine", "duckdb")),
    (
        "database that is no engine",
        rewrite("troth.toml", TROTH, TROTH + 'engine = "postgres://root@127.0.0.1:5432/test"\n'),
        PROJECT,
        ("troth.toml", "engine", "“postgres” is a database to read from", "source's connection", "duckdb:// or pyspark://"),
    ),
    (
        "engine that is no address",
        rewrite("troth.toml", TROTH, TROTH + 'engine = "duckdb"\n'),
        PROJECT,
        ("engine", "did you mean duckdb://"),
    ),
    ("wrong type in the charter", rewrite("charter.toml", "0.9", '"most"'), PROJECT, ("charter.toml", "keep_target")),
    (
        "unknown key in a line",
        rewrite("charter.toml", "standard", "standart"),
        PROJECT,
        ("charter.toml", "standart", "did you mean “standard”"),
    ),
    ("unknown key of a promise", rewrite("sources/orders.toml", "made_at", "made_on"), PROJECT, ("orders.toml", "made_on", "did you mean")),
    ("unknown promise type", rewrite("sources/orders.toml", '"deadline"', '"dead line"'), PROJECT, ("orders.toml", "type", "deadline")),
    (
        "missing column",
        rewrite("sources/orders.toml", '"delivered_at"', '"deliverd_at"'),
        PROJECT,
        ("orders.toml", "deliverd_at", "delivered_at"),
    ),
    ("missing context column", rewrite("sources/orders.toml", '"lane"', '"lain"'), PROJECT, ("orders.toml", "lain", "lane")),
    (
        "SQL that does not parse",
        rewrite("sources/orders.toml", "status = 'cancelled'", "status = ("),
        PROJECT,
        ("orders.toml", "broken_when", "parse"),
    ),
    ("SQL of another kind", rewrite("sources/orders.toml", '"ordered_at"', '"select 1"'), PROJECT, ("orders.toml", "made_at")),
    (
        "function nobody has",
        rewrite("sources/orders.toml", '"ordered_at"', '"tomorow(ordered_at)"'),
        PROJECT,
        ("orders.toml", "made_at", "tomorow"),
    ),
    ("wrong type", rewrite("sources/orders.toml", "cast(promised_for as date)", "length(lane)"), PROJECT, ("orders.toml", "due")),
    ("no data file", delete("orders.csv"), SOURCE, ("orders.toml", "read", "orders.csv")),
    ("empty data file", content("orders.csv", b""), SOURCE, ("orders.csv", "empty")),
    (
        "data in another encoding",
        content("orders.csv", "order_id,status\no1,g\xfcltig\n".encode("latin-1")),
        SOURCE,
        ("orders.csv", "encoding"),
    ),
    ("quote left open", content("orders.csv", b'order_id,customer\n1,"ana\n'), SOURCE, ("orders.csv", "line 2", "never closed")),
    ("broken archive", unreadable("orders.csv.gz", b"no gzip"), SOURCE, ("orders.csv.gz",)),
    ("broken Parquet", unreadable("orders.parquet", b"PAR1"), SOURCE, ("orders.parquet",)),
    (
        "database that is down",
        rewrite("sources/orders.toml", 'read = "orders.csv"', 'connection = "postgres://nobody@127.0.0.1:1/shop"\ntable = "orders"'),
        SOURCE,
        ("orders.toml", "connection"),
    ),
]


@pytest.mark.parametrize(("mischief", "code", "words"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_fault_names_its_place_and_its_mend(
    shop: Path, troth: Command, mischief: Callable[[Path], None], code: int, words: tuple[str, ...]
) -> None:
    mischief(shop)
    run, check = troth("run", shop), troth("check", shop)
    assert (run.code, check.code) == (code, PROJECT), run.err + check.out
    for said in (run.err, check.out + check.err):
        assert "Mend:" in said
        assert "Traceback" not in said
        for word in words:
            assert word in said
    assert not list(shop.glob(".troth/studies/[0-9]*"))


def test_a_run_says_that_nothing_tells_what_was_received(shop: Path, troth: Command) -> None:
    source = shop / "sources" / "orders.toml"
    whole = troth("run", shop)
    source.write_text("\n".join(line for line in source.read_text().splitlines() if not line.startswith("received_at")))
    without = troth("run", shop)
    assert "Nothing says what was received of" not in whole.out
    assert "Nothing says what was received of" in without.out, without.err


@pytest.mark.parametrize(("as_of", "words"), [("", "is no date"), ("9999-12-31", "from 1000 to 9000"), ("0999-12-31", "out of reach")])
def test_an_as_of_that_is_no_day_makes_no_study(shop: Path, troth: Command, as_of: str, words: str) -> None:
    """Nothing written after --as-of is not the same as no --as-of."""
    run = troth("run", shop, "--as-of", as_of)
    assert (run.code, words in run.err, "Traceback" in run.err) == (REQUEST, True, False)
    assert not list(shop.glob(".troth/studies/[0-9]*"))


def test_a_fault_in_a_later_run_leaves_the_current_study(old_shop: Path, troth: Command) -> None:
    (old_shop / "orders.csv").write_text("")
    assert troth("run", old_shop).code == SOURCE
    assert "study 2" in troth("show", "integrity", "--project", old_shop).out


def test_a_column_that_holds_no_dates_leaves_nothing_to_judge_and_check_says_why(shop: Path, troth: Command) -> None:
    rewrite("sources/orders.toml", 'made_at = "ordered_at"', 'made_at = "lane"')(shop)
    run, check = troth("run", shop), troth("check", shop)
    assert (run.code, "troth check" in run.err) == (STUDY, True)
    assert "540 bad date" in check.out
    assert "Example of bad date: orders.csv, line 3, lane: “" in check.out


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_a_file_nobody_may_read_is_named(shop: Path, troth: Command) -> None:
    (shop / "orders.csv").chmod(0)
    said = troth("run", shop)
    assert said.code == SOURCE
    assert "orders.csv" in said.err


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, troth: Command) -> None:
    said = troth("run", tmp_path / "nowhere")
    assert (said.code, "nowhere" in said.err, "Mend:" in said.err) == (PROJECT, True, True)


def test_nothing_to_judge_is_not_an_empty_study(shop: Path, troth: Command) -> None:
    said = troth("run", shop, "--as-of", "2020-01-01")
    assert said.code == STUDY
    assert "not one promise" in said.err


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("show", "integrity", "--by", "lanes"), REQUEST, "did you mean “lane”"),
        (("show", "integrity", "--by", "due_month"), REQUEST, "did you mean “month”"),
        (("show", "account", "--by", "lane,lane"), REQUEST, "twice"),
        (("show", "integrity", "--where", "lane"), REQUEST, "dimension=value"),
        (("show", "integrity", "--where", "lain=south"), REQUEST, "where: There is no slice “lain”"),
        (("show", "integrity", "--where", "month=March"), REQUEST, "where, month: “March” is no day"),
        (("show", "sources", "--by", "lane"), REQUEST, "sources takes no --by"),
        (("show", "set-aside", "--since", "2024-01-01"), REQUEST, "set-aside takes no --since"),
        (("show", "set-aside", "--where", "raison=bad date"), REQUEST, "did you mean “reason”"),
        (("show", "ledger", "--by", "lane"), REQUEST, "ask for one of: integrity, account, campaigns"),
        (("show", "integrity", "--since", "June"), REQUEST, "2012-01-31"),
        (("show", "integrity", "--until", "9999-12-31"), REQUEST, "from 1000 to 9000"),
        (("show", "integrity", "--since", "2024-05-15", "--until", "2024-05-10"), REQUEST, "ends on 2024-05-10, before it begins"),
        (("show", "integrity", "--format", "parquet"), REQUEST, "--output"),
        (("show", "studies", "--format", "csv"), REQUEST, "--format table or json"),
        (("show", "integrity", "--study", "9"), STUDY, "the studies are 1, 2"),
        (("show", "integrity", "--study", "nowhere"), STUDY, "no study here"),
        (("show", "integrity", "--output", "/nowhere/at/all.json", "--format", "json"), STUDY, "could not be written"),
        (("show", "integrity", "--mode", "cross-fitted"), REQUEST, "integrity takes no --mode"),
        (("show", "calibration", "--mode", "as-of"), REQUEST, "ask for one of: account"),
        (("show", "integrity", "--limit", "3"), REQUEST, "ask for one of: ledger, set-aside"),
        (("show", "studies", "--limit", "0"), REQUEST, "studies takes no --limit"),
        (("show", "studies", "--study", "1"), REQUEST, "studies takes no --study"),
        (("show", "account", "--weighting", "customer"), REQUEST, "ask for one of: integrity"),
        (("show", "integrity", "--weighting", "value", "--format", "json"), REQUEST, "hold all three weightings"),
        (("show", "ledger", "--limit", "3", "--format", "csv"), REQUEST, "--limit changes nothing in csv"),
        (("show", "integrity", "--output", "table.txt"), REQUEST, "--output changes nothing in table"),
        (("show", "integrity", "--base", "2024-01-01"), REQUEST, "ask for one of: basket"),
        (("show", "basket", "--by", "lane"), REQUEST, "month,name"),
        (("show", "basket", "--base", "2031-01-01"), REQUEST, "Nothing fell due in the base period"),
        (("show", "everything"), PROJECT, "Invalid value"),
        (("compare", "1", "7"), STUDY, "there is no study 7"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(
    run_shop: Path, troth: Command, words: tuple[str, ...], code: int, sentence: str
) -> None:
    said = troth(*words, "--project", run_shop)
    assert said.code == code, said.err
    assert sentence in " ".join(said.err.split())


@pytest.mark.parametrize("question", ["ledger", "integrity", "account", "campaigns", "bunching", "ranges", "basket"])
def test_a_value_that_occurs_nowhere_is_told_with_the_nearest(run_shop: Path, troth: Command, question: str) -> None:
    words = ("show", question, "--where", "lane = 'Nroth'", "--project", run_shop)
    said = "No promise has lane “Nroth”; nearest values: “north”, “south”."
    assert f"· {said}" in troth(*words).out
    assert troth(*words, "--format", "json").document["notes"][0] == said


def test_rows_set_aside_for_a_reason_that_none_has_are_told_likewise(run_shop: Path, troth: Command) -> None:
    words = ("show", "set-aside", "--where", "reason=clock skiped", "--project", run_shop)
    said = "No row set aside has reason “clock skiped”; nearest value: “clock skipped”."
    assert said in troth(*words).out
    assert troth(*words, "--format", "json").document["notes"] == [said]


def test_spaces_and_quotes_are_no_part_of_the_value(run_shop: Path, troth: Command) -> None:
    written = ("lane=north", "lane = 'north'", 'lane="north"')
    plain, *others = (troth("show", "integrity", "--where", one, "--project", run_shop).out for one in written)
    assert others == [plain, plain]


@pytest.mark.parametrize("question", ["ledger", "integrity", "account", "sources", "set-aside", "calibration"])
@pytest.mark.parametrize("size", ["shorter", "as long"])
def test_whatever_is_asked_of_a_damaged_study_names_the_file_and_the_mend(old_shop: Path, troth: Command, question: str, size: str) -> None:
    for name in ("ledger", "set_aside", "settings"):
        table = old_shop / ".troth" / "studies" / "2" / f"{name}.parquet"
        table.write_bytes(b"x" * (1 if size == "shorter" else table.stat().st_size))
    said = troth("show", question, "--project", old_shop)
    if (question, size) in {("sources", "as long"), ("calibration", "as long")}:  # answered from what is whole
        assert said.code == 0
        return
    assert said.code == STUDY
    assert said.out == ""
    assert "ledger.parquet" in said.err
    assert "make it again with troth run" in " ".join(said.err.split())
    assert "Traceback" not in said.err


def test_a_run_says_that_it_made_a_damaged_study_again(old_shop: Path, troth: Command) -> None:
    (old_shop / ".troth" / "studies" / "2" / "ledger.parquet").unlink()
    said = troth("run", old_shop, "--as-of", AS_OF)
    assert said.code == 0, said.err
    assert "Published study 3" in said.out
    assert "Study 2 was damaged, and this is the same made again" in " ".join(said.out.split())
    assert troth("show", "integrity", "--project", old_shop).code == 0
    assert "Nothing new: this is study 3 again" in " ".join(troth("run", old_shop, "--as-of", AS_OF).out.split())


def test_before_the_first_run_there_is_nothing_to_show(shop: Path, troth: Command) -> None:
    said = troth("show", "integrity", "--project", shop)
    assert said.code == STUDY
    assert "troth run" in said.err


def test_two_folders_are_one_too_many(shop: Path, tmp_path: Path, troth: Command) -> None:
    assert troth("run", shop, "--project", tmp_path).code == REQUEST
