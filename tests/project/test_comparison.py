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
from tests.projects import AS_OF, write_shop
from troth.engine.findings import Findings, PartFigure, SourceAccount
from troth.project.comparison import REASONS, Comparison, PartChange, Side, compare, in_whole_parts, meaning, without_slice
from troth.project.manifest import Manifest
from troth.terms.charter import Area, Charter, Line
from troth.terms.vocabulary import Aspect

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
        **dict.fromkeys(("stage", "segment", "persona", "tier"), pa.string()),
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
    fingerprints={"orders": [{"file": "orders.csv", "size": 12_000, "digest": "abc"}]},
    coverage={},
    facts={},
    seeds={"study": 0},
)


OTHER_DATA: dict[str, Any] = {"fingerprints": {"orders": [{"file": "orders.csv", "size": 12_345, "digest": "3f2a91c0ffee" + "0" * 52}]}}
OTHER_MAPPING: dict[str, Any] = {"mappings": {"orders": "m2"}}
A_MONTH_ON: dict[str, Any] = {**OTHER_DATA, "as_of": datetime(2024, 6, 30, 12, tzinfo=UTC)}


def side(rows: dict[str, dict[str, Any] | None], manifest: Manifest = MANIFEST, charter: Charter | None = None) -> Side:
    """A study with these ledger rows, by key; ``None`` is a row it does not have."""
    table = pa.Table.from_pylist([{**PLAIN, "row": key, **row} for key, row in rows.items() if row is not None], schema=LEDGER)
    return Side("a study", manifest, charter or Charter(), ibis.memtable(table), Findings(()), Findings(()))


def changed(
    before: dict[str, Any] | None, after: dict[str, Any] | None, charters: tuple[Charter, Charter] = (Charter(), Charter()), **manifest: Any
) -> list[tuple[str | None, str | None, str, int]]:
    """What is said of one promise that was so and is so now."""
    old = side({"o1": before}, charter=charters[0])
    found = compare(old, side({"o1": after}, replace(MANIFEST, **manifest), charters[1]))
    return [(change.before, change.after, change.reason, change.promises) for change in found.verdicts]


def why(before: dict[str, Any] | None, after: dict[str, Any] | None, *charters: Charter, **manifest: Any) -> str:
    """The reason alone; a charter after that of the earlier study is another one."""
    pair = (charters[0], charters[-1]) if charters else (Charter(), Charter())
    ((_, _, reason, _),) = changed(before, after, pair, **({"charter_digest": "b"} if len(charters) > 1 else {}), **manifest)
    return reason


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
        (RECEIVED, {**RECEIVED, "verdict": "BROKEN", "line": 1, "segment": "gold"}, "promise changed"),
        (RECEIVED, {**RECEIVED, "verdict": "BROKEN"}, "data changed"),
    ],
)
def test_a_verdict_that_differs_has_one_reason(before: dict[str, Any] | None, after: dict[str, Any] | None, reason: str) -> None:
    assert reason in REASONS
    verdicts = tuple(None if row is None else row.get("verdict", "PENDING") for row in (before, after))
    assert changed(before, after, **A_MONTH_ON) == [(*verdicts, reason, 1)]


BROKEN = {**RECEIVED, "verdict": "BROKEN"}
LENIENT, STRICT = (Charter(lines=(Line(promise="delivery date", tolerance=days),)) for days in (3.0, 0.0))


def test_a_line_that_agrees_something_else_is_the_reason_though_its_position_is_the_same() -> None:
    assert why(RECEIVED, BROKEN, LENIENT, STRICT) == "charter changed"
    assert why(RECEIVED, BROKEN, LENIENT, STRICT, **A_MONTH_ON) == "charter changed"


def test_a_charter_that_asks_the_same_of_a_promise_is_not_blamed_for_it() -> None:
    further = Charter(lines=(*LENIENT.lines, Line(promise="refund", tolerance=0.0)))
    assert why(RECEIVED, BROKEN, LENIENT, further, **OTHER_DATA) == "data changed"
    assert why(RECEIVED, BROKEN, LENIENT, further, **OTHER_MAPPING) == "mapping changed"


def test_rows_that_go_with_the_areas_a_charter_lists_have_not_left_the_sources() -> None:
    assert why(RECEIVED, None, Charter(), Charter(areas=(Area("Sales", Aspect.BRAND),))) == "charter changed"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (RECEIVED, {**BROKEN, "line": 1, "segment": "gold"}),  # another segment, and so another line of the same charter
        (RECEIVED, {**BROKEN, "due_at": DUE - timedelta(days=9)}),
        (RECEIVED, None),
        (None, RECEIVED),
        (RECEIVED, {**RECEIVED, "verdict": "VOID"}),
        ({"verdict": "BROKEN"}, RECEIVED),
        (RECEIVED, {"verdict": "BROKEN"}),
        (RECEIVED, {**BROKEN, "reversed": True}),
    ],
)
def test_where_only_a_mapping_changed_it_is_the_reason_whatever_differs(
    before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    assert why(before, after, **OTHER_MAPPING) == "mapping changed"


def test_where_several_things_changed_and_each_may_be_why_all_are_named() -> None:
    assert why(RECEIVED, BROKEN, LENIENT, STRICT, **OTHER_MAPPING) == "mapping or charter changed"
    assert why(RECEIVED, None, **OTHER_MAPPING, **OTHER_DATA) == "data or mapping changed"
    assert why({"verdict": "BROKEN"}, RECEIVED, **OTHER_MAPPING, **OTHER_DATA) == "data or mapping changed"
    assert why(RECEIVED, None, **OTHER_MAPPING, **A_MONTH_ON) == "as-of, data or mapping changed"
    assert meaning("data or mapping changed") == "all of these changed, and any of them may be why"


def test_that_time_went_by_is_a_reason_whatever_else_changed() -> None:
    due_later = {"due_at": MAY + timedelta(days=5), "counts_at": MAY + timedelta(days=5)}
    assert why(due_later, {**due_later, "verdict": "BROKEN"}, LENIENT, STRICT, **OTHER_MAPPING, **A_MONTH_ON) == "fell due"
    assert why({}, LATE, LENIENT, STRICT, **OTHER_MAPPING, **A_MONTH_ON) == "received since"
    assert why(None, {"made_at": MAY + timedelta(days=1)}, **OTHER_MAPPING, **A_MONTH_ON) == "made since"


def test_a_promise_that_is_due_sooner_by_the_charter_did_not_fall_due() -> None:
    patient, prompt = (Charter(lines=(Line(promise="delivery date", grace=days),)) for days in (30.0, 0.0))
    waited = {"counts_at": DUE + timedelta(days=30)}
    assert why(waited, {"verdict": "BROKEN"}, patient, prompt) == "charter changed"


def test_a_later_study_of_an_earlier_day_tells_that_the_day_moved() -> None:
    earlier = {"as_of": datetime(2024, 5, 15, 12, tzinfo=UTC)}
    assert why(RECEIVED, {}, **earlier) == "receipt changed"
    assert why({"verdict": "BROKEN"}, {}, **earlier) == "as-of moved"
    assert why({"made_at": DUE}, None, **earlier) == "as-of moved"


def test_other_data_is_the_reason_where_the_ledger_shows_nothing_else() -> None:
    assert why(RECEIVED, BROKEN, **OTHER_DATA) == "data changed"
    assert why(RECEIVED, BROKEN, timezone="Europe/Paris") == "time zone changed"
    assert why(RECEIVED, BROKEN, made_with={"troth": "0.2.0"}) == "version changed"
    assert why(RECEIVED, BROKEN) == "other"


def test_the_mapping_of_another_source_changes_nothing_here_unless_it_answers_for_others() -> None:
    elsewhere: dict[str, Any] = {"mappings": {"orders": "m", "returns": "x"}}
    answers = SourceAccount("returns", "receipts “delivery date”", 1, 5, 5, {})
    promises = replace(answers, mapping="promises “refund”", promise="refund")
    assert why(RECEIVED, BROKEN, **elsewhere, sources=(promises,)) == "other"
    assert why(RECEIVED, BROKEN, **elsewhere, sources=(answers,)) == "mapping changed"


def test_the_data_of_a_database_is_never_known_to_be_the_same() -> None:
    table: dict[str, Any] = {"fingerprints": {"orders": [{"file": "orders", "size": None, "digest": None}]}}
    old, new = (side({"o1": row}, replace(MANIFEST, **table)) for row in (RECEIVED, BROKEN))
    assert [change.reason for change in compare(old, new).verdicts] == ["data changed"]


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
    new = side({"o1": {"name": "refund", "made_at": MAY + timedelta(days=1)}}, replace(MANIFEST, **A_MONTH_ON))
    assert Counter(change.reason for change in compare(old, new).verdicts) == {"left the sources": 1, "made since": 1}


def test_what_the_studies_were_made_from_is_compared_line_by_line() -> None:
    old = side({}, charter=Charter(lines=(Line(promise="delivery date", standard=6.0), Line(promise="refund", standard=14.0))))
    new = side(
        {},
        replace(MANIFEST, charter_version="2", charter_digest="b", **OTHER_DATA, made_with={"troth": "0.2.0"}),
        Charter(lines=(Line(promise="delivery date", standard=5.0),), version="2"),
    )
    differences = {item.what: (item.before, item.after) for item in compare(old, new).made_from}
    assert "mapping of source “orders”" not in differences
    assert differences["charter version"] == ("1", "2")
    assert differences["made with “troth”"] == ("0.1.0", "0.2.0")
    assert differences["data of source “orders”"] == ("orders.csv, 12,000 bytes, abc", "orders.csv, 12,345 bytes, 3f2a91c0ffee")
    before, after = differences["charter line “promise = delivery date”"]
    assert before is not None
    assert after is not None
    assert "standard = 6.0" in before
    assert "standard = 5.0" in after
    assert differences["charter line “promise = refund”"][1] is None
    assert len(differences) == 5


def test_what_is_the_same_in_both_studies_is_counted_and_not_listed() -> None:
    charter = Charter(lines=tuple(Line(promise=f"promise {number}", standard=6.0, keep_target=0.9) for number in range(3)))
    other = Charter(lines=(*charter.lines[:2], replace(charter.lines[2], standard=5.0)))
    same, differs = (compare(side({}, charter=charter), side({}, charter=one)) for one in (charter, other))
    assert len(same.made_from) == 0
    (told,) = differs.made_from
    assert (told.what, told.before, told.after) == ("charter line “promise = promise 2”", "standard = 6.0", "standard = 5.0")
    assert same.alike == differs.alike + 1 > 3


def test_a_version_that_takes_the_place_of_another_within_a_study_lists_the_lines_that_say_otherwise_alone() -> None:
    """Study 1 was judged by version 1; study 2 by it until May, and by version 2 since."""
    first = tuple(Line(promise=name, standard=6.0, version="1") for name in ("delivery date", "refund"))
    earlier = tuple(replace(line, made_before=MAY) for line in first)
    later = tuple(replace(line, version="2", made_from=MAY) for line in (replace(first[0], standard=5.0), first[1]))
    old, new = Charter(lines=first, version="1"), Charter(lines=(*later, *earlier), version="2")
    found = compare(side({}, charter=old), side({}, replace(MANIFEST, charter_version="2"), new)).made_from
    assert {one.what: (one.before, one.after) for one in found} == {
        "charter version": ("1", "2"),
        "charter line “promise = delivery date”": ("standard = 6.0", "standard = 5.0"),
    }


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


def test_what_is_printed_of_a_comparison_adds_up_slice_by_slice() -> None:
    """717.3 + 781.4 + 0 + 140.3 + 215 broken promises are 1,854; each rounded by itself they would be 1,853. Unknown stays unknown."""
    parts = {"allowance": 717.3, "expectation-setting": 781.4, "standard": 0.0, "delivery": 140.3, "undecomposed": 215.0, "broken": 1854.0}
    changes = [
        PartChange({"month": month}, part, PartFigure(value) if month == "October" else None, PartFigure(value + 0.4), 0.4)
        for month in ("October", "November")
        for part, value in parts.items()
    ]
    printed = in_whole_parts(changes)
    for month in (printed[:6], printed[6:]):
        *summed, broken = [one.after.value for one in month if one.after is not None]
        assert sum(summed[:4]) == round(sum(parts[part] + 0.4 for part in list(parts)[:4]))
        assert broken == 1854.4
    before = [one.before.value for one in printed[:6] if one.before is not None]
    assert before == [717.0, 782.0, 0.0, 140.0, 215.0, 1854.0]
    assert [one.before for one in printed[6:]] == [None] * 6
    assert [one.change for one in printed[6:]] == [None] * 6


def test_a_study_compared_with_itself_has_not_changed(published: troth.Study, tmp_path: Path) -> None:
    found = published.compare(published.save(tmp_path / "copy"))
    assert found.identical
    assert len(found.verdicts) == 0
    assert len(found.made_from) == 0


def test_only_the_files_that_differ_are_named_with_their_size_and_the_start_of_their_digest() -> None:
    days = [{"file": f"{day}.csv", "size": day, "digest": f"{day}" * 64} for day in range(10)]
    old, new = (replace(MANIFEST, fingerprints={"orders": files}) for files in (days[:2], [days[0], *days[2:]]))
    (told,) = compare(side({}, old), side({}, new)).made_from
    assert (told.what, told.before) == ("data of source “orders”", "1.csv, 1 byte, 111111111111")
    assert told.after is not None
    assert told.after.startswith("2.csv, 2 bytes, 222222222222; 3.csv")
    assert told.after.endswith("6.csv, 6 bytes, 666666666666; and 3 more")
    assert [one.digest for one in told.after_files] == [str(day) * 64 for day in range(2, 10)]
    assert "{" not in str(compare(side({}, old), side({}, new)).made_from)


def test_a_mapping_that_changed_is_named_by_its_source() -> None:
    (told,) = compare(side({}), side({}, replace(MANIFEST, mappings={"orders": "n" * 64}))).made_from
    assert (told.what, told.before, told.after) == ("mapping of source “orders”", "m", "n" * 12)


def test_parts_of_a_slice_that_could_not_be_decomposed_are_unknown_and_those_of_one_that_is_not_there_are_none(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop")
    whole = troth.open(folder).study(AS_OF)
    source = folder / "sources" / "orders.toml"
    source.write_text(source.read_text().replace('received_at = "delivered_at"\n', ""))
    unanswered = troth.open(folder).study(AS_OF)
    found = whole.compare(unanswered)
    parts = {row.part: row for row in found.account}
    assert (parts["delivery"].after, parts["delivery"].change) == (None, None)
    assert parts["broken"].after is not None
    assert without_slice(found.account) == ([], [])
    assert {row.reason for row in found.verdicts} == {"mapping changed"}
    assert without_slice([replace(row, before=None) for row in found.account])[0] == [{}]
