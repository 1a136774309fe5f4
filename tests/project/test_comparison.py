"""What changed between two studies: each verdict that differs has one reason, and every promise is counted once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest

import troth
from troth.engine.findings import Findings
from troth.project.comparison import REASONS, Comparison, Side, compare
from troth.project.manifest import Manifest
from troth.terms.charter import Charter, Line

MAY = datetime(2024, 5, 31, 12)
DUE = datetime(2024, 5, 20, 12)

LEDGER = pa.schema(
    {
        "source": pa.string(),
        "row": pa.string(),
        "name": pa.string(),
        "verdict": pa.string(),
        "made_at": pa.timestamp("us"),
        "due_at": pa.timestamp("us"),
        "counts_at": pa.timestamp("us"),
        "level_promised": pa.float64(),
        "quantifier": pa.string(),
        "received_at": pa.timestamp("us"),
        "level_received": pa.float64(),
        "reversed": pa.bool_(),
        "line": pa.int32(),
    }
)

PLAIN: dict[str, Any] = {
    "source": "orders",
    "name": "delivery date",
    "verdict": "PENDING",
    "made_at": DUE - timedelta(days=5),
    "due_at": DUE,
    "counts_at": DUE,
    "level_promised": 5.0,
    "quantifier": "exact",
    "received_at": None,
    "level_received": None,
    "reversed": False,
    "line": 0,
}

MANIFEST = Manifest(
    name="Shop",
    as_of=MAY.replace(tzinfo=UTC),
    timezone="UTC",
    currency="USD",
    made_with={"troth": "0.1.0"},
    charter_version="1",
    charter_digest="a",
    mappings={"orders": "m"},
    sources=(),
    fingerprints={"orders": "abc"},
    coverage={},
    facts={},
    seeds={"study": 0},
)


def side(rows: dict[str, dict[str, Any] | None], manifest: Manifest = MANIFEST, charter: Charter | None = None) -> Side:
    """A study with these ledger rows, by key; ``None`` is a row it does not have."""
    table = pa.Table.from_pylist([{**PLAIN, "row": key, **row} for key, row in rows.items() if row is not None], schema=LEDGER)
    return Side("a study", manifest, charter or Charter(), ibis.memtable(table), Findings(()), Findings(()))


def changed(before: dict[str, Any] | None, after: dict[str, Any] | None, **manifest: Any) -> list[tuple[str | None, str | None, str, int]]:
    """What is said of one promise that was so and is so now."""
    found = compare(side({"o1": before}), side({"o1": after}, replace(MANIFEST, **manifest)))
    return [(change.before, change.after, change.reason, change.promises) for change in found.verdicts]


RECEIVED = {"verdict": "KEPT", "received_at": MAY - timedelta(days=12), "level_received": 4.0}
LATE = {"verdict": "BROKEN", "received_at": MAY + timedelta(days=3), "level_received": 17.0}


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (None, {"made_at": MAY + timedelta(days=1)}, "made since"),
        (None, {"made_at": MAY - timedelta(days=1)}, "recorded late"),
        (RECEIVED, None, "left the sources"),
        ({}, {**RECEIVED, "due_at": DUE + timedelta(days=9)}, "promise changed"),
        ({}, {"verdict": "VOID"}, "voided"),
        ({"verdict": "VOID"}, {}, "no longer void"),
        (RECEIVED, {**RECEIVED, "verdict": "BROKEN", "reversed": True}, "reversed"),
        ({"verdict": "BROKEN"}, RECEIVED, "receipt recorded late"),
        ({}, LATE, "received since"),
        (RECEIVED, {**LATE, "received_at": MAY - timedelta(days=1)}, "receipt changed"),
        ({}, {"verdict": "BROKEN"}, "fell due"),
        (RECEIVED, {**RECEIVED, "verdict": "BROKEN", "line": 1}, "promise changed"),
        (RECEIVED, {**RECEIVED, "verdict": "BROKEN"}, "other"),
    ],
)
def test_a_verdict_that_differs_has_one_reason(before: dict[str, Any] | None, after: dict[str, Any] | None, reason: str) -> None:
    assert reason in REASONS
    verdicts = tuple(None if row is None else row.get("verdict", "PENDING") for row in (before, after))
    assert changed(before, after) == [(*verdicts, reason, 1)]


def test_a_line_that_agrees_something_else_is_a_reason_though_its_position_is_the_same() -> None:
    assert changed(RECEIVED, {**RECEIVED, "verdict": "BROKEN"}, charter_digest="b") == [("KEPT", "BROKEN", "charter changed", 1)]


def test_a_mapping_that_reads_the_same_data_otherwise_is_the_reason_and_the_charter_is_not_blamed() -> None:
    mapped = {"mappings": {"orders": "m2"}}
    on_another_line = {**RECEIVED, "verdict": "BROKEN", "line": 1}
    assert changed(RECEIVED, on_another_line, **mapped) == [("KEPT", "BROKEN", "mapping changed", 1)]
    assert changed(RECEIVED, {**on_another_line, "due_at": DUE - timedelta(days=9)}, **mapped)[0][2] == "mapping changed"
    assert changed(RECEIVED, None, **mapped)[0][2] == "mapping changed"
    assert changed(RECEIVED, on_another_line, **mapped, charter_digest="b")[0][2] == "mapping or charter changed"


def test_where_mapping_and_data_both_changed_the_record_is_named() -> None:
    both = {"mappings": {"orders": "m2"}, "fingerprints": {"orders": "abd"}}
    assert changed(RECEIVED, None, **both)[0][2] == "left the sources"
    assert changed({}, {**RECEIVED, "due_at": DUE + timedelta(days=9)}, **both)[0][2] == "promise changed"


def test_the_mapping_of_another_source_changes_nothing_here() -> None:
    elsewhere = {"mappings": {"orders": "m", "returns": "x"}}
    assert changed(RECEIVED, {**RECEIVED, "verdict": "BROKEN"}, **elsewhere)[0][2] == "other"


def test_a_promise_whose_verdict_stands_is_not_listed() -> None:
    assert changed(RECEIVED, RECEIVED) == []
    assert changed({**RECEIVED, "level_promised": 6.0}, RECEIVED) == []


def test_rows_are_counted_as_added_removed_or_rewritten() -> None:
    found = compare(
        side({"stays": {}, "goes": {}, "is rewritten": {"level_promised": 5.0}, "other": {"name": "refund"}}),
        side({"stays": {}, "comes": {}, "comes too": {}, "is rewritten": {"level_promised": 7.0}, "other": {"name": "refund"}}),
    )
    delivery, refund = found.rows
    assert (delivery.before, delivery.after, delivery.added, delivery.removed, delivery.superseded) == (3, 4, 2, 1, 1)
    assert (refund.before, refund.after, refund.added, refund.removed, refund.superseded) == (1, 1, 0, 0, 0)


def test_the_same_row_key_under_two_promise_names_is_two_promises() -> None:
    old = side({"o1": {}})
    new = side({"o1": {"name": "refund", "made_at": MAY + timedelta(days=1)}})
    assert Counter(change.reason for change in compare(old, new).verdicts) == {"left the sources": 1, "made since": 1}


def test_what_the_studies_were_made_from_is_compared_line_by_line() -> None:
    old = side({}, charter=Charter(lines=(Line(promise="delivery date", standard=6.0), Line(promise="refund", standard=14.0))))
    new = side(
        {},
        replace(MANIFEST, charter_version="2", charter_digest="b", fingerprints={"orders": "abd"}, made_with={"troth": "0.2.0"}),
        Charter(lines=(Line(promise="delivery date", standard=5.0),), version="2"),
    )
    differences = {item.what: (item.before, item.after) for item in compare(old, new).made_from}
    assert "mapping of source “orders”" not in differences
    assert differences["charter version"] == ("1", "2")
    assert differences["made with “troth”"] == ("0.1.0", "0.2.0")
    assert differences["data of source “orders”"] == ("abc", "abd")
    before, after = differences["charter line “promise = delivery date”"]
    assert before is not None
    assert after is not None
    assert "standard = 6.0" in before
    assert "standard = 5.0" in after
    assert differences["charter line “promise = refund”"][1] is None
    assert len(differences) == 5


@pytest.fixture
def a_month_later(run_shop: Path) -> tuple[troth.Study, troth.Study, Comparison]:
    """The shop at the end of May and of June, after which the charter was tightened."""
    may, june = (troth.open(run_shop).published(number) for number in (1, 2))
    return may, june, may.compare(june, by=["lane"])


def test_verdict_changes_agree_with_the_two_ledgers_read_row_by_row(a_month_later: tuple[troth.Study, troth.Study, Comparison]) -> None:
    may, june, found = a_month_later
    old, new = ({row["row"]: row["verdict"] for row in study.ledger.to_pyarrow().to_pylist()} for study in (may, june))
    plain = Counter((old.get(key), new.get(key)) for key in {**old, **new} if old.get(key) != new.get(key))
    told: Counter[tuple[str | None, str | None]] = Counter()
    for change in found.verdicts:
        told[change.before, change.after] += change.promises
    assert told == plain
    assert not found.identical


def test_figures_and_parts_change_by_their_difference(a_month_later: tuple[troth.Study, troth.Study, Comparison]) -> None:
    may, june, found = a_month_later
    kept = {row.where["lane"]: row for row in found.integrity if row.measure == "K"}
    assert set(kept) == {"north", "south"}
    for lane, row in kept.items():
        old = next(slice_.K.value for slice_ in may.integrity(["lane"]) if slice_.where["lane"] == lane)
        new = next(slice_.K.value for slice_ in june.integrity(["lane"]) if slice_.where["lane"] == lane)
        assert old is not None
        assert new is not None
        assert row.change == pytest.approx(new - old)
    delivery = [row for row in found.account if row.part == "delivery"]
    assert len(delivery) == 2
    for part in delivery:
        assert part.before is not None
        assert part.after is not None
        assert part.change == pytest.approx(part.after.value - part.before.value)


def test_the_account_of_a_comparison_adds_up_and_carries_its_intervals(a_month_later: tuple[troth.Study, troth.Study, Comparison]) -> None:
    may, june, found = a_month_later
    for lane in ("north", "south"):
        rows = {row.part: row for row in found.account if row.where["lane"] == lane}
        assert list(rows) == ["allowance", "expectation-setting", "standard", "delivery", "undecomposed", "broken"]
        for side, study in (("before", may), ("after", june)):
            (account,) = study.account(["lane"], where={"lane": lane})
            figures = {name: getattr(row, side) for name, row in rows.items()}
            assert figures["delivery"] == account.delivery
            assert figures["broken"].value == account.broken
            assert figures["undecomposed"].value == sum(broken for _, broken in account.undecomposed.values()) > 0
            assert sum(figure.value for name, figure in figures.items() if name != "broken") == pytest.approx(account.broken)
            assert (figures["delivery"].low is None) == any(note.startswith(study.label.capitalize()) for note in found.account.notes)


def test_a_study_compared_with_itself_has_not_changed(published: troth.Study, tmp_path: Path) -> None:
    found = published.compare(published.save(tmp_path / "copy"))
    assert found.identical
    assert len(found.verdicts) == 0
    assert len(found.made_from) == 0


def test_changed_files_are_named_with_their_size_and_the_start_of_their_digest() -> None:
    files = [{"file": "orders.csv", "size": 12_345, "digest": "3f2a91c0ffee" + "0" * 52}]
    told = compare(side({}), side({}, replace(MANIFEST, fingerprints={"orders": files}, mappings={"orders": "n" * 64}))).made_from
    differences = {item.what: item.after for item in told}
    assert differences["data of source “orders”"] == "orders.csv, 12,345 bytes, 3f2a91c0ffee"
    assert differences["mapping of source “orders”"] == "n" * 12
