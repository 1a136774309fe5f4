"""A study is the same to the byte wherever and whenever it is made, answers questions, and can be kept elsewhere."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import troth
from tests.projects import AS_OF, EARLIER, NOW, ORDERS, TIGHTER, TROTH, write_shop
from troth.engine.worlds.orders import orders
from troth.terms.errors import DamagedStudyError, NoStudyError, RequestError, StorageError


def contents(folder: Path) -> dict[str, str]:
    """Every file of a study, by its SHA-256."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.mark.parametrize("threads", [1, 4])
def test_the_same_input_and_day_give_the_same_bytes_anywhere_at_any_time_on_any_number_of_threads(
    published: troth.Study, tmp_path: Path, threads: int
) -> None:
    elsewhere = write_shop(tmp_path / "elsewhere" / "deep")
    (elsewhere / "charter.toml").write_text(TIGHTER)
    (elsewhere / "troth.toml").write_text(TROTH + f'engine = "duckdb://?threads={threads}"\n')
    os.utime(elsewhere / "orders.csv", (0, 0))
    project = troth.open(elsewhere)
    project.run(EARLIER, at=NOW.replace(year=2029))  # whose issues keep their rules, as they do in the other folder
    study = project.run(AS_OF, at=NOW.replace(year=2030)).study
    assert contents(study.folder) == contents(published.folder)
    assert study.digest == published.digest


def test_the_manifest_tells_what_the_study_was_made_from(published: troth.Study) -> None:
    manifest = published.manifest
    assert manifest.as_of.isoformat() == "2024-06-30T23:59:59.999999-04:00"
    assert manifest.charter_version == "1"
    assert set(manifest.made_with) == {"troth", "ibis", "duckdb"}
    assert list(manifest.fingerprints) == ["orders"]
    assert manifest.seeds == {"study": 0}
    assert {"ledger.parquet", "settings.parquet", "set_aside.parquet"} <= set(manifest.tables)
    assert str(published.folder) not in (published.folder / "manifest.json").read_text()


def test_sources_account_for_every_row_and_coverage_counts_those_without_a_promise(published: troth.Study) -> None:
    (orders,) = published.sources
    assert (orders.read, orders.used, dict(orders.set_aside)) == (600, 539, {"no promise": 60, "clock skipped": 1})
    assert dict(orders.noteworthy) == {"not yet known": 2}
    assert published.manifest.coverage == {"delivery date": (539 - 2, 600 - 2)}
    assert published.integrity()[0].coverage.n == 600 - 2
    assert published.set_aside.count().to_pyarrow().as_py() == 61


def test_integrity_and_account_speak_of_the_same_promises(published: troth.Study) -> None:
    (everything,) = published.integrity()
    (account,) = published.account()
    assert everything.due == everything.kept + everything.exceeded + everything.broken
    assert (account.due, account.broken) == (everything.due, everything.broken)
    by_lane = published.integrity(by=["lane"])
    assert sum(row.due for row in by_lane) == everything.due


def test_rows_can_be_asked_for_by_slice(published: troth.Study) -> None:
    south = published.rows({"lane": "south"})
    assert 0 < south.count().to_pyarrow().as_py() < 539
    with pytest.raises(RequestError, match="lane"):
        published.rows({"lanes": "south"}).count().to_pyarrow().as_py()


def test_a_saved_study_is_whole_and_a_damaged_one_is_refused(published: troth.Study, tmp_path: Path) -> None:
    saved = published.save(tmp_path / "kept")
    assert contents(saved.folder) == contents(published.folder)
    assert published.save(tmp_path / "kept").digest == published.digest  # again is not an error: it is the same
    with (tmp_path / "kept" / "ledger.parquet").open("ab") as ledger:
        ledger.write(b"more")
    with pytest.raises(StorageError, match=r"ledger\.parquet is missing, or not what it was"):
        troth.load_study(tmp_path / "kept")


def test_saving_over_something_else_is_refused(published: troth.Study, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    with pytest.raises(StorageError, match="is there already"):
        published.save(tmp_path / "kept")


def test_a_folder_without_a_study_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoStudyError, match="no study here"):
        troth.load_study(tmp_path)


def test_a_manifest_of_a_newer_troth_is_refused(published: troth.Study, tmp_path: Path) -> None:
    saved = published.save(tmp_path / "kept")
    manifest = saved.folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(StorageError, match="newer Troth"):
        troth.load_study(saved.folder)


def test_what_is_the_same_for_every_promise_is_written_once(tmp_path: Path) -> None:
    orders(tmp_path, 3_000, weeks=8)
    study = troth.open(tmp_path).run("2024-02-25", at=NOW).study
    alike = {"name", "type", "direction", "kept_by", "tolerance", "source"}
    assert not alike & set(pq.read_schema(study.folder / "ledger.parquet").names)
    assert alike < set(study.ledger.columns)


@pytest.mark.parametrize("as_of", [None, 5, "the end of June"])
def test_an_as_of_that_is_no_date_is_refused_in_a_sentence(run_shop: Path, as_of: object) -> None:
    with pytest.raises(RequestError, match="2012-01-31") as error:
        troth.open(run_shop).study(as_of=as_of)  # type: ignore[arg-type]
    assert error.value.place == "as_of"


def test_a_period_is_asked_for_in_days_as_dates_or_as_text(published: troth.Study) -> None:
    april = published.integrity(since=date(2024, 4, 1), until=date(2024, 4, 30))[0]
    assert published.integrity(since="2024-04-01", until="2024-04-30")[0] == april
    with pytest.raises(RequestError, match=r"since.*is no day"):
        published.integrity(since="April")
    with pytest.raises(RequestError, match="ends on 2024-04-01, before it begins on 2024-04-30") as backwards:
        published.integrity(since="2024-04-30", until="2024-04-01")
    assert backwards.value.place == "until"


@pytest.mark.parametrize("named", [None, 3, "", b"study"])
def test_what_names_no_folder_is_refused_in_a_sentence(published: troth.Study, named: Any) -> None:
    for ask in (troth.open, troth.load_study, published.save):
        with pytest.raises(RequestError, match="names no folder"):
            ask(named)


def test_a_project_is_not_taken_for_a_study(run_shop: Path) -> None:
    with pytest.raises(NoStudyError, match="this is a project") as error:
        troth.load_study(run_shop)
    assert "current" in str(error.value.mend)


def test_a_study_is_compared_with_a_study(published: troth.Study) -> None:
    with pytest.raises(RequestError, match="is no study"):
        published.compare(None)  # type: ignore[arg-type]


def test_a_slice_is_named_alone_or_in_a_list_and_conditions_have_values(published: troth.Study) -> None:
    assert published.integrity("lane") == published.integrity(["lane"])
    assert published.account("lane") == published.account(["lane"])
    with pytest.raises(RequestError, match="names no values"):
        published.integrity(where=["lane"])  # type: ignore[arg-type]


def test_the_codes_of_a_study_are_not_offered_as_slices(published: troth.Study) -> None:
    with pytest.raises(RequestError) as error:
        published.integrity("zzzz")
    assert "code_" not in str(error.value)
    assert "lane" in str(error.value)


def test_a_value_of_another_type_is_read_as_text_and_a_day_that_is_none_refused(published: troth.Study) -> None:
    march = published.integrity(where={"month": date(2024, 3, 1)})[0]
    assert published.integrity(where={"month": "2024-03-01"})[0] == march
    assert published.integrity(where={"reversed": "false"})[0].due == published.integrity()[0].due
    with pytest.raises(RequestError, match=r"where, month.*is no day"):
        published.integrity(where={"month": "March"})


def test_a_damaged_study_is_refused_in_a_sentence_and_the_next_run_makes_it_whole(old_shop: Path) -> None:
    project = troth.open(old_shop)
    (project.current().folder / "ledger.parquet").write_bytes(b"x")
    for ask in (lambda: project.current().integrity(), lambda: project.current().ledger, lambda: project.current().set_aside):
        with pytest.raises(DamagedStudyError, match=r"ledger\.parquet is missing, or not what it was") as refused:
            ask()
        assert "troth run" in str(refused.value)
        assert refused.value.exit_code == 4
    again = project.run(AS_OF, at=NOW)
    assert (again.new, again.study.number, again.damaged) == (True, 3, (2,))
    assert again.study.integrity()[0].due > 0
    assert [(entry.number, entry.current) for entry in project.studies()] == [(1, False), (3, True)]
    once_more = project.run(AS_OF, at=NOW)
    assert (once_more.new, once_more.study.number, once_more.damaged) == (False, 3, ())


def test_a_table_of_the_right_size_and_other_bytes_is_no_equal_of_what_a_run_made(old_shop: Path) -> None:
    project = troth.open(old_shop)
    table = project.current().folder / "draws.parquet"
    table.write_bytes(b"x" * table.stat().st_size)
    assert project.run(AS_OF, at=NOW).damaged == (2,)


@pytest.mark.parametrize("mischief", [lambda file: file.unlink(), lambda file: file.write_text("x")], ids=["gone", "damaged"])
def test_a_study_without_its_manifest_is_damaged_and_the_others_stay_readable(old_shop: Path, mischief: Callable[[Path], None]) -> None:
    project = troth.open(old_shop)
    mischief(project.current().folder / "manifest.json")
    for ask in (project.current, lambda: project.published(2)):
        with pytest.raises(DamagedStudyError, match=r"manifest\.json"):
            ask()
    assert [entry.number for entry in project.studies()] == [1]
    assert project.run(AS_OF, at=NOW).study.number == 3
    assert project.current().integrity()[0].due > 0


def test_a_damaged_summary_is_damage_though_it_is_as_long_as_it_was(old_shop: Path) -> None:
    study = troth.open(old_shop).current()
    summary = study.folder / "study.json"
    summary.write_bytes(b"x" * summary.stat().st_size)
    with pytest.raises(DamagedStudyError, match=r"study\.json"):
        study.integrity()


def test_a_mapping_with_a_byte_order_mark_says_what_it_says_without(shop: Path) -> None:
    source = shop / "sources" / "orders.toml"
    plain = troth.open(shop).study(AS_OF)
    source.write_bytes(b"\xef\xbb\xbf" + source.read_bytes())
    assert troth.open(shop).study(AS_OF).digest == plain.digest


def test_a_source_of_one_row_counts_one(shop: Path) -> None:
    orders = (shop / "orders.csv").read_text().splitlines()
    (shop / "orders.csv").write_text("\n".join([orders[0], orders[2]]) + "\n")
    note = troth.open(shop).study(AS_OF).sources.notes[0]
    assert note.startswith("“delivery date”: 1 promise on record in 1 row that could bear one")


TWO_PROMISES = (
    ORDERS
    + """
[[promises]]
name = "call"
type = "deadline"
customer = "customer"
made_at = "ordered_at"
due = "cast(promised_for as date)"
received_at = "delivered_at"
kept_by = "'Marketing'"
"""
)


def test_an_account_is_read_with_the_cautions_of_its_own_promises_alone(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop", orders=60)
    (folder / "sources" / "orders.toml").write_text(TWO_PROMISES)
    study = troth.open(folder).study(AS_OF)

    def cautioned(where: dict[str, Any] | None = None, since: str | None = None) -> list[str]:
        notes = study.account(where=where, since=since).notes
        return [name for name in ("call", "delivery date") if any(note.startswith(f"{name}: ") for note in notes)]

    assert cautioned() == ["call", "delivery date"]
    assert cautioned({"name": "call"}) == ["call"]
    assert cautioned({"kept_by": "Fulfilment"}) == ["delivery date"]
    assert cautioned(since="2030-01-01") == []


def test_comments_in_a_mapping_change_no_study_and_what_it_says_does(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop")
    project = troth.open(folder)
    first = project.run(AS_OF, at=NOW).study
    source = folder / "sources" / "orders.toml"
    source.write_text("# a word of explanation\n" + source.read_text())
    assert not troth.open(folder).run(AS_OF, at=NOW).new
    source.write_text(source.read_text().replace("[[promises]]", "[[promises]]\ntouchpoint = \"'shop'\"", 1))
    second = troth.open(folder).run(AS_OF, at=NOW).study
    assert [item.what for item in first.compare(second).made_from] == ["mapping of source “orders”"]
