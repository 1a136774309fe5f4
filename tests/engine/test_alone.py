"""The engine alone, on plain tables in a notebook: what people type is understood, or refused in a sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import troth
from tests.engine.gaps.studies import promises, spec
from troth.engine.findings import Account
from troth.terms.charter import Charter, Line
from troth.terms.errors import MissingFileError, RequestError

AS_OF = datetime(2024, 7, 18, 23, 59, 59, 999_999, tzinfo=UTC)


@pytest.fixture(scope="module")
def ledger() -> ir.Table:
    """300 deliveries in 200 days from 1 January 2024, promised in five days, most of them kept."""
    generator = np.random.default_rng(3)
    made = np.sort(generator.uniform(0, 200, 300))
    return troth.judge(promises(spec(), made, 5.0, generator.lognormal(1.3, 0.4, 300)), as_of=AS_OF)


@pytest.fixture(scope="module")
def account(ledger: ir.Table) -> tuple[Account, ...]:
    """Its break account as of the last instant of 18 July 2024."""
    return tuple(troth.break_account(ledger, as_of=AS_OF))


@pytest.mark.parametrize("as_of", ["2024-07-18", date(2024, 7, 18), "2024-07-18T23:59:59.999999", AS_OF])
def test_the_account_takes_a_day_as_its_end(ledger: ir.Table, account: tuple[Account, ...], as_of: Any) -> None:
    assert tuple(troth.break_account(ledger, as_of=as_of)) == account


@pytest.mark.parametrize("as_of", ["18/07/2024", 20240718])
def test_the_account_refuses_what_is_no_date(ledger: ir.Table, as_of: Any) -> None:
    with pytest.raises(RequestError, match="is no date") as error:
        troth.break_account(ledger, as_of=as_of)
    assert error.value.place == "as_of"


def test_a_judged_ledger_may_come_back_as_arrow_or_as_a_frame(ledger: ir.Table, account: tuple[Account, ...]) -> None:
    table = ledger.to_pyarrow()
    assert tuple(troth.break_account(table, as_of=AS_OF)) == account
    assert tuple(troth.break_account(table.to_pandas(), as_of=AS_OF)) == account


def test_promises_that_nobody_judged_are_no_ledger() -> None:
    with pytest.raises(RequestError, match="no verdicts") as error:
        troth.break_account(promises(spec(), [0.0], 5.0, 4.0))
    assert "troth.judge" in str(error.value.mend)


def test_a_ledger_that_lost_a_column_is_told_which(ledger: ir.Table) -> None:
    with pytest.raises(RequestError, match="lacks “counts_at”"):
        troth.break_account(ledger.drop("counts_at"))


@pytest.mark.parametrize("what", [None, 42, "ledger.csv", [1, 2]])
def test_what_is_no_table_is_no_ledger(what: Any) -> None:
    with pytest.raises(RequestError, match="cannot be read as a table"):
        troth.break_account(what)


def test_one_slice_may_be_named_without_a_list(ledger: ir.Table) -> None:
    assert troth.break_account(ledger, by="month", as_of=AS_OF) == troth.break_account(ledger, by=["month"], as_of=AS_OF)


def test_context_that_is_not_there_is_refused_as_context(ledger: ir.Table) -> None:
    with pytest.raises(RequestError, match="context: There is no slice “lane”"):
        troth.break_account(ledger, context="lane")


def test_a_ledger_judged_under_a_charter_needs_that_charter_again(ledger: ir.Table) -> None:
    under = ledger.mutate(line=ibis.literal(2, type="int32"))
    with pytest.raises(RequestError, match="as charter="):
        troth.break_account(under)
    for charter, given in ((None, "is missing"), (Charter(lines=(Line(promise="x"),)), "has 1")):
        with pytest.raises(RequestError, match=f"at least 3 lines, and the one given {given}") as refused:
            troth.break_account(under, charter)
        assert refused.value.place == "charter"


def test_a_path_is_no_charter(ledger: ir.Table) -> None:
    path: Any = "charter.toml"
    for ask in (lambda: troth.break_account(ledger, path), lambda: troth.judge(FRAME, as_of=AS_OF, charter=path)):
        with pytest.raises(RequestError, match="is no charter"):
            ask()


FRAME = pd.DataFrame(
    {
        "type": ["deadline"] * 3,
        "made_at": pd.to_datetime(["2024-01-01"] * 3),
        "due_at": pd.to_datetime(["2024-01-05"] * 3),
        "received_at": pd.to_datetime(["2024-01-04", "2024-01-06", "NaT"]),
    }
)


@pytest.mark.parametrize(("wrong", "right"), [("due", "due_at"), ("due_on", "due_at")])
def test_a_column_of_nearly_the_right_name_is_pointed_out(wrong: str, right: str) -> None:
    with pytest.raises(RequestError, match=f"did you mean “{wrong}”. Only “{right}” is read"):
        troth.judge(FRAME.rename(columns={right: wrong}), as_of=AS_OF)


def test_a_moment_in_the_column_of_a_level_is_pointed_out() -> None:
    with pytest.raises(RequestError, match="did you mean “received_at”"):
        troth.judge(FRAME.rename(columns={"received_at": "received"}), as_of=AS_OF)


def test_an_index_with_a_name_is_a_column_and_one_without_is_none() -> None:
    numbered = FRAME.assign(order=[5, 6, 7]).set_index("order")
    assert troth.judge(numbered, as_of=AS_OF).to_pyarrow()["order"].to_pylist() == [5, 6, 7]
    nameless = FRAME.set_index(pd.MultiIndex.from_tuples([("a", 1), ("b", 2), ("c", 9)]))
    for frame in (FRAME, FRAME.iloc[[0, 2]], FRAME.set_index(pd.Index([9, 1, 4])), nameless):
        ledger = troth.judge(frame, as_of=AS_OF)
        table = ledger.to_pyarrow()
        assert not [name for name in (*ledger.columns, *table.to_pandas().columns) if "index" in name]
        assert table.num_rows == len(frame)


def test_an_empty_direction_is_the_types_own() -> None:
    told = {"type": ["price", "quality"], "made_at": [datetime(2024, 1, 1)] * 2, "promised": [10.0, 0.9], "received": [9.0, 0.8]}
    ledger = troth.judge({**told, "direction": ["min", None]}, as_of=AS_OF).to_pyarrow()
    assert ledger["direction"].to_pylist() == ["min", "max"]
    assert ledger["verdict"].to_pylist() == ["EXCEEDED", "BROKEN"]
    assert troth.judge({**told, "direction": ["", ""]}, as_of=AS_OF).to_pyarrow()["direction"].to_pylist() == ["min", "max"]


def test_moments_finer_than_a_microsecond_are_taken() -> None:
    moments = {name: pd.to_datetime([text]) for name, text in (("made_at", "2024-01-01 00:00:00.123456789"), ("due_at", "2024-01-05"))}
    frame = pd.DataFrame({"type": ["deadline"], **moments, "received_at": pd.to_datetime(["2024-01-04 10:00:00.000000001"])})
    assert troth.judge(frame, as_of=AS_OF).to_pyarrow()["verdict"].to_pylist() == ["KEPT"]


def test_a_moment_no_calendar_holds_is_refused_by_its_column() -> None:
    far = pa.array([99_999_999_999_999], pa.timestamp("s"))
    with pytest.raises(RequestError, match="too far off") as refused:
        troth.judge(pa.table({"type": ["deadline"], "made_at": far, "due_at": far}), as_of=AS_OF)
    assert refused.value.place == "made_at"


def test_a_charter_is_read_from_its_file_or_built_and_judges_alike(tmp_path: Path) -> None:
    (tmp_path / "charter.toml").write_text('[[lines]]\npromise = "delivery"\nstandard = "6 days"\ntolerance = "1 day"\n')
    read = troth.load_charter(tmp_path / "charter.toml")
    built = troth.Charter(lines=(troth.Line(promise="delivery", standard=6.0, tolerance=1.0),), version="1")
    assert read == built
    late = {"type": ["deadline"], "name": ["delivery"], "made_at": [datetime(2024, 1, 1)], "due_at": [datetime(2024, 1, 5)]}
    ledger = troth.judge({**late, "received_at": [datetime(2024, 1, 5, 12)]}, as_of=AS_OF, charter=read)
    assert ledger.to_pyarrow()["verdict"].to_pylist() == ["KEPT"]
    assert troth.break_account(ledger, built)[0].due == 1


def test_the_lines_of_windows_count_in_minutes(tmp_path: Path) -> None:
    (tmp_path / "charter.toml").write_text('[[lines]]\npromise = "visit"\ntolerance = "1 hour"\n')
    assert troth.load_charter(tmp_path / "charter.toml", windows="visit").lines[0].tolerance == 60.0
    assert troth.load_charter(tmp_path / "charter.toml").lines[0].tolerance == pytest.approx(1 / 24)


def test_a_charter_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        troth.load_charter(tmp_path / "charter.toml")
    with pytest.raises(RequestError, match="names no file"):
        troth.load_charter(None)  # type: ignore[arg-type]
