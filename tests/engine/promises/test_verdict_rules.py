"""The verdict rules of domain.md c4, and the acceptance tests c9 (4) and (6) to (11), as business rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa
import pytest

from tests.engine.promises.naive import Row
from tests.engine.promises.tables import at, day, deadline, judged, promises, verdict, verdicts
from troth.engine.promises import Problem, judge, problems
from troth.terms.charter import Charter, Line
from troth.terms.errors import RequestError
from troth.terms.vocabulary import Direction, PromiseSpec, PromiseType

END = at(100)
SECOND = 1 / 86_400


def date_only(received: datetime, zone: str, due: date = date(2024, 3, 10)) -> dict[str, Any]:
    """A deadline given as a date, made on the first of March, judged at the end of the year."""
    table = pa.table(
        {
            "type": ["deadline"],
            "made_at": pa.array([datetime(2024, 3, 1)], pa.timestamp("us")),
            "due_at": pa.array([due], pa.date32()),
            "received_at": pa.array([received], pa.timestamp("us")),
            "timezone": [zone],
        }
    )
    ledger = judge(table, as_of=datetime(2024, 12, 31, tzinfo=UTC))
    row: dict[str, Any] = ledger.to_pyarrow().to_pylist()[0]
    return row


# rule 2: receipts


def test_a_receipt_at_the_last_instant_is_kept_and_one_microsecond_later_is_broken() -> None:
    late = {**deadline(0, 5, 5), "received_at": day(5) + timedelta(microseconds=1)}
    assert verdicts(deadline(0, 5, 5), late, as_of=END) == ["KEPT", "BROKEN"]


def test_a_tolerance_the_customer_was_told_moves_the_limit() -> None:
    quarter = 15 / 1440
    told = [deadline(0, 5, 5 + quarter + more, tolerance=quarter) for more in (0, SECOND)]
    assert verdicts(*told, as_of=END) == ["KEPT", "BROKEN"]


def test_only_types_that_value_surplus_can_be_exceeded() -> None:
    cases = [
        ("price", 49.0, 49.0, "KEPT"),
        ("price", 49.0, 48.0, "EXCEEDED"),
        ("price", 49.0, 49.01, "BROKEN"),
        ("quantity", 10.0, 12.0, "KEPT"),  # more than ordered is worth nothing
        ("quantity", 10.0, 9.0, "BROKEN"),
        ("quality", 3.0, 4.0, "EXCEEDED"),
        ("effort", 2.0, 1.0, "EXCEEDED"),
        ("availability", 0.999, 0.9995, "KEPT"),
        ("information", 1.0, 1.0, "KEPT"),
        ("information", 1.0, 0.0, "BROKEN"),
    ]
    in_time: Row = {"made_at": day(0), "due_at": day(5), "received_at": day(4)}
    rows = [{**in_time, "type": kind, "promised": promised, "received": received} for kind, promised, received, _ in cases]
    assert verdicts(*rows, as_of=END) == [expected for *_, expected in cases]


def test_an_early_answer_exceeds_but_an_early_delivery_is_simply_kept() -> None:
    assert verdicts({**deadline(0, 5, 1), "type": "response_time"}, deadline(0, 5, 1), as_of=END) == ["EXCEEDED", "KEPT"]


def test_arriving_before_the_window_is_a_miss_too() -> None:
    slot: Row = {"type": "window", "made_at": day(0), "window_start": day(2), "due_at": day(2 + 2 / 24)}
    inside, early = judged({**slot, "received_at": day(2 + 1 / 24)}, {**slot, "received_at": day(2 - 0.5 / 24)}, as_of=END).values()
    assert inside["verdict"] == "KEPT"
    assert (early["verdict"], early["shortfall"]) == ("BROKEN", 30.0)
    assert float(early["met"]) == pytest.approx(120 / 150)


def test_a_range_is_tested_at_the_end_that_binds() -> None:
    price: Row = {"type": "price", "made_at": day(0), "promised": 40.0, "promised_to": 60.0, "quantifier": "range"}
    assert verdicts(*({**price, "received": level} for level in (60.0, 60.5, 39.0)), as_of=END) == ["KEPT", "BROKEN", "EXCEEDED"]
    cold: Row = {"type": "quality", "direction": "set", "made_at": day(0), "promised": 2.0, "promised_to": 8.0, "quantifier": "range"}
    levels = (1.9, 2.0, 8.0, 8.1)
    assert verdicts(*({**cold, "received": level} for level in levels), as_of=END) == ["BROKEN", "KEPT", "KEPT", "BROKEN"]


def test_units_that_come_after_the_due_instant_do_not_count() -> None:
    late: Row = {"type": "quantity", "made_at": day(0), "due_at": day(5), "promised": 10.0, "received": 10.0, "received_at": day(6)}
    row = judged(late, as_of=END)["r0"]
    assert (row["verdict"], row["level_received"], row["shortfall"], float(row["met"])) == ("BROKEN", 0.0, 10.0, 0.0)


# rule 3: nothing received yet


def test_an_open_promise_is_pending_until_due_plus_grace_and_broken_one_second_later() -> None:
    row = deadline(0, 5, None, grace=1.0)
    assert verdict(row, at(6)) == "PENDING"
    assert verdict(row, at(6 - SECOND)) == "PENDING"
    late = judged(row, as_of=at(6 + SECOND))["r0"]
    assert (late["verdict"], late["in_cohort"], late["censored"]) == ("BROKEN", True, True)
    assert late["shortfall"] == pytest.approx(1 + SECOND)


def test_a_pending_promise_is_outside_the_cohort_even_at_the_very_instant_it_falls_due() -> None:
    pending, received = judged(deadline(0, 5, None), deadline(0, 5, 4), as_of=at(5)).values()
    assert (pending["in_cohort"], received["in_cohort"]) == (False, True)


def test_early_receipts_enter_the_cohort_only_when_due() -> None:
    assert judged(deadline(0, 5, 1), as_of=at(4))["r0"]["in_cohort"] is False


def test_a_receipt_that_is_not_final_leaves_the_promise_open() -> None:
    assert verdict(deadline(0, 5, 4, final=False), at(4.5)) == "PENDING"
    assert verdict(deadline(0, 5, 4, final=False), END) == "BROKEN"


# c9 (4): as-of


def test_what_became_known_later_does_not_count() -> None:
    rows = [
        deadline(0, 5, 4),
        deadline(20, 25, 24),
        deadline(0, 5, 4, recorded_at=day(30)),
        deadline(0, 5, 4, reversed_at=day(9)),
        deadline(0, 50, None, void=True, void_at=day(12), void_reason="customer"),
        deadline(0, 50, None, broken=True, broken_at=day(12)),
    ]
    then = judged(*rows, as_of=at(8))
    assert {key: row["verdict"] for key, row in then.items()} == {"r0": "KEPT", "r3": "KEPT", "r4": "PENDING", "r5": "PENDING"}
    later = judged(*rows, as_of=END)
    assert {key: row["verdict"] for key, row in later.items()} == {
        "r0": "KEPT",
        "r1": "KEPT",
        "r2": "KEPT",
        "r3": "BROKEN",
        "r4": "VOID",
        "r5": "BROKEN",
    }


def test_once_broken_with_a_final_receipt_time_alone_changes_nothing() -> None:
    late, kept = deadline(0, 5, 7), deadline(0, 5, 4)
    assert {verdict(kept, at(moment)) for moment in (4, 5)} == {"KEPT"}
    assert {tuple(verdicts(late, kept, as_of=at(moment))) for moment in (7, 8, 20, 400)} == {("BROKEN", "KEPT")}


# c9 (6), (7): dates without a clock


def test_a_date_only_promise_delivered_at_six_that_evening_is_kept() -> None:
    assert date_only(datetime(2024, 3, 10, 18), "UTC")["verdict"] == "KEPT"
    assert date_only(datetime(2024, 3, 11), "UTC")["verdict"] == "BROKEN"


@pytest.mark.parametrize(
    ("zone", "due"),
    [
        ("America/New_York", date(2024, 3, 10)),  # 23 hours long
        ("America/New_York", date(2024, 11, 3)),  # 25 hours long
        ("America/New_York", date(2024, 3, 9)),
        ("Asia/Kolkata", date(2024, 3, 10)),
        ("America/Sao_Paulo", date(2018, 11, 3)),  # the next midnight does not exist
    ],
)
def test_due_at_the_end_of_the_day_where_the_customer_is_across_clock_changes(zone: str, due: date) -> None:
    midnight_after = datetime(due.year, due.month, due.day, tzinfo=ZoneInfo(zone)) + timedelta(days=1)
    limit = midnight_after.astimezone(UTC).replace(tzinfo=None)
    table = pa.table(
        {
            "type": ["deadline", "deadline"],
            "made_at": pa.array([limit - timedelta(days=9)] * 2, pa.timestamp("us")),
            "due_at": pa.array([due, due], pa.date32()),
            "received_at": pa.array([limit - timedelta(microseconds=1), limit], pa.timestamp("us")),
            "timezone": [zone, zone],
        }
    )
    ledger = judge(table, as_of=datetime(2025, 1, 1, tzinfo=UTC)).order_by("received_at").to_pyarrow()
    assert ledger["verdict"].to_pylist() == ["KEPT", "BROKEN"]
    assert ledger["due_at"].to_pylist()[0] == limit - timedelta(microseconds=1)


# c9 (8): zeros, gaps and impossible rows


def test_a_scale_of_fees_says_nothing_of_a_promise_of_no_time_at_all() -> None:
    fees = Charter(lines=(Line(fee_scale=5.0),))
    rows = judged(deadline(0, 0, 0), {**deadline(0, 0, 0), "received_at": day(0) + timedelta(microseconds=1)}, as_of=END, charter=fees)
    assert [(row["verdict"], float(row["met"])) for row in rows.values()] == [("KEPT", 1.0), ("BROKEN", 0.0)]


def test_zero_promised_and_zero_received() -> None:
    fees = Charter(lines=(Line(fee_scale=5.0),))
    free: Row = {"type": "price", "made_at": day(0), "promised": 0.0}
    rows = judged({**free, "received": 0.0}, {**free, "received": 5.0}, {**free, "promised": 4.0, "received": 0.0}, as_of=END, charter=fees)
    assert [(row["verdict"], float(row["met"]), float(row["surplus"])) for row in rows.values()] == [
        ("KEPT", 1.0, 0.0),
        ("BROKEN", 0.5, 0.0),
        ("EXCEEDED", 1.0, 1.0),
    ]


def test_a_receipt_before_its_promise_is_never_kept_and_stops_a_plain_judgement_with_the_count() -> None:
    rows = [deadline(2, 5, 1), deadline(0, 5, 4), deadline(2, 5, 1), {"type": "quantity", "made_at": day(0), "promised": 0.0}]
    with pytest.raises(RequestError, match="2 rows: received before made; 1 row: nothing was promised") as raised:
        judged(*rows, as_of=END)
    assert raised.value.place == "received_at"
    assert raised.value.mend
    found = problems(promises(*rows))
    assert [(one.reason, one.column, one.rows) for one in found] == [
        ("received before made", "received_at", 2),
        ("nothing was promised (0 where more is better)", "promised", 1),
    ]
    assert all(isinstance(one, Problem) for one in found)
    assert problems(promises(deadline(0, 5, 4))) == ()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (deadline(5, 2, None), "due before made"),
        ({**deadline(0, 5, None), "due_at": None}, "due_at is empty"),
        ({"type": "price", "made_at": day(0), "promised": -1.0}, "a level is negative"),
        ({"type": "price", "made_at": day(0)}, "the promised level is empty"),
        ({"type": "price", "made_at": day(0), "promised": 5.0, "promised_to": 4.0}, "the range ends below its start"),
        (deadline(0, 5, 4, quantifier="roughly"), "quantifier is unknown"),
        (deadline(0, 5, 4, direction="up"), "direction is neither min, max nor set"),
        (deadline(0, 5, 4, grace=-1.0), "tolerance or grace is negative"),
    ],
)
def test_every_impossible_row_is_named(row: Row, reason: str) -> None:
    assert [one.reason for one in problems(promises(row))] == [reason]


# rule 1 and c9 (10): void


def void(reason: str | None, at_day: float | None, **more: Any) -> Row:
    return deadline(0, 10, None, void=True, void_reason=reason, void_at=None if at_day is None else day(at_day), **more)


def test_void_needs_a_listed_reason_in_time() -> None:
    cases = [
        (void("customer", 4), "VOID", False),
        (void("customer", 11), "BROKEN", False),  # after it fell due
        (void("customer", None), "VOID", True),  # cannot show that it came in time
        (void("customer", 4, break_forecast_at_void=0.51), "VOID", True),
        (void("customer", 4, break_forecast_at_void=0.5), "VOID", False),
        (void("company", 4), "BROKEN", False),
        (void("weather", 4), "BROKEN", False),  # no listed reason: the promise stands
        (void(None, 4), "BROKEN", False),
        (void("weather", 4, received_at=day(9)), "KEPT", False),
        (void("error", 1 / 24), "VOID", False),
        (void("error", 1 / 24 + SECOND), "BROKEN", False),
        (void("duplicate", 4), "VOID", False),
        (void("duplicate", 11), "VOID", True),
        (void("legal", 4), "VOID", False),
        (void("customer", 4, broken=True, broken_at=day(3)), "BROKEN", False),
        (void("customer", 4, broken=True, broken_at=day(5)), "VOID", False),
    ]
    found = judged(*(row for row, *_ in cases), as_of=END)
    for i, (row, expected, suspect) in enumerate(cases):
        assert (found[f"r{i}"]["verdict"], found[f"r{i}"]["void_suspect"]) == (expected, suspect), row


def test_a_cancellation_by_the_company_is_broken_at_once_and_nothing_was_received() -> None:
    row = judged(deadline(0, 50, None, broken=True, broken_at=day(3)), as_of=at(10))["r0"]
    assert (row["verdict"], float(row["met"]), row["in_cohort"]) == ("BROKEN", 0.0, False)


# rule 4: contradictions


def test_a_receipt_contradicted_within_a_week_is_broken_and_keeps_both_states() -> None:
    rows = judged(deadline(0, 5, 4, reversed_at=day(11)), deadline(0, 5, 4, reversed_at=day(11 + SECOND)), as_of=END)
    row = rows["r0"]
    assert (row["verdict"], row["reversed"], row["received_at"], row["level_received"]) == ("BROKEN", True, day(4), None)
    assert rows["r1"]["verdict"] == "KEPT"


# rule 5 and c9 (11): bundles


def test_a_bundle_is_as_good_as_its_worst_member() -> None:
    cases = [
        (deadline(0, 5, 4), deadline(0, 5, 6), "BROKEN"),
        (deadline(0, 5, 4), deadline(0, 50, None), "PENDING"),
        (deadline(0, 5, 6), deadline(0, 50, None), "BROKEN"),
        (deadline(0, 5, 4), {**deadline(0, 5, 4), "type": "response_time"}, "KEPT"),
        (deadline(0, 5, 4), void("customer", 4), "KEPT"),
    ]
    bundles = [{**row, "row": f"{place} of {i}", "bundle": f"b{i}"} for i, pair in enumerate(cases) for place, row in enumerate(pair[:2])]
    rows = judged(*bundles, deadline(0, 5, 4, row="alone"), as_of=at(20))
    for i, (_, second, expected) in enumerate(cases):
        assert rows[f"0 of {i}"]["verdict"] == expected
        assert rows[f"1 of {i}"]["verdict"] == ("VOID" if second.get("void") else expected)
    assert rows["alone"]["verdict"] == "KEPT"


def test_a_broken_bundle_is_met_as_little_as_its_worst_member() -> None:
    rows = judged(deadline(0, 5, 4, bundle="b"), deadline(0, 5, 10, bundle="b"), as_of=END)
    assert [float(row["met"]) for row in rows.values()] == [0.5, 0.5]


# rule 6: amendments


def test_the_companys_new_date_does_not_replace_the_old_promise() -> None:
    old = deadline(0, 5, 8, row="old")
    new = deadline(4, 9, 8, row="new", replaces="old", change_cause="company", notice_at=day(4))
    rows = judged(old, new, as_of=END)
    assert (rows["old"]["verdict"], rows["old"]["eligible"], rows["old"]["warned"], rows["old"]["latest_kept"]) == (
        "BROKEN",
        True,
        True,
        True,
    )
    assert (rows["new"]["verdict"], rows["new"]["eligible"]) == ("KEPT", False)


def test_a_change_nobody_told_of_in_time_is_a_break_in_silence() -> None:
    old = deadline(0, 5, 8, row="old")
    for notice in (None, day(5), day(7)):
        new = deadline(4, 9, 8, row="new", replaces="old", change_cause="external", notice_at=notice)
        assert judged(old, new, as_of=END)["old"]["warned"] is False
    assert judged(old, as_of=END)["old"]["warned"] is None


def test_the_customers_own_change_voids_the_old_promise_and_the_new_one_counts() -> None:
    old = deadline(0, 5, 8, row="old")
    new = deadline(4, 9, 8, row="new", replaces="old", change_cause="customer")
    rows = judged(old, new, as_of=END)
    assert (rows["old"]["verdict"], rows["new"]["verdict"], rows["new"]["eligible"]) == ("VOID", "KEPT", True)
    too_late = {**new, "made_at": day(6)}
    assert judged(old, too_late, as_of=END)["old"]["verdict"] == "BROKEN"


def test_a_change_of_unstated_cause_is_taken_for_the_companys() -> None:
    rows = judged(deadline(0, 5, 8, row="old"), deadline(4, 9, 8, row="new", replaces="old"), as_of=END)
    assert (rows["old"]["verdict"], rows["new"]["eligible"]) == ("BROKEN", False)


def test_slip_looks_at_the_last_of_a_chain_of_amendments() -> None:
    chain = [deadline(0, 5, 30, row="p0")]
    chain += [deadline(i, 5 + 4 * i, 30, row=f"p{i}", replaces=f"p{i - 1}", change_cause="company") for i in range(1, 8)]
    rows = judged(*chain, as_of=END)
    assert rows["p0"]["latest_kept"] is True
    assert judged(*chain[:6], as_of=END)["p0"]["latest_kept"] is False


def test_what_the_customer_changes_later_does_not_void_what_the_company_had_moved_before() -> None:
    """domain.md c6, attack 5: a moved by the company to b, b changed by the customer to c."""
    a = deadline(0, 5, None, row="a")
    b = deadline(4, 9, None, row="b", replaces="a", change_cause="company")
    c = deadline(4.5, 12, 11, row="c", replaces="b", change_cause="customer")
    rows = judged(a, b, c, as_of=END)
    assert {key: (row["verdict"], row["eligible"]) for key, row in rows.items()} == {
        "a": ("BROKEN", True),
        "b": ("VOID", False),
        "c": ("KEPT", True),
    }


def test_the_customers_own_change_is_not_the_companys_latest_word() -> None:
    a = deadline(0, 5, 30, row="a")
    b = deadline(4, 9, 30, row="b", replaces="a", change_cause="company")
    c = deadline(6, 40, 30, row="c", replaces="b", change_cause="customer")
    rows = judged(a, b, c, as_of=END)
    assert (rows["a"]["latest_kept"], rows["c"]["verdict"]) == (False, "KEPT")


@pytest.mark.parametrize("length", [9, 11, 130])
def test_a_chain_is_followed_to_its_end_however_long(length: int) -> None:
    """The last estimate is met, none of those before."""
    chain = [deadline(0, 1, 30, row="p0")]
    chain += [deadline(i / 10, 1 + i / 10, 30, row=f"p{i}", replaces=f"p{i - 1}", change_cause="company") for i in range(1, length)]
    chain.append(deadline(length / 10, 30, 30, row=f"p{length}", replaces=f"p{length - 1}", change_cause="company"))
    rows = judged(*reversed(chain), as_of=END)
    assert (rows["p0"]["verdict"], rows["p0"]["latest_kept"]) == ("BROKEN", True)
    assert [key for key, row in rows.items() if row["eligible"]] == ["p0"]


@pytest.mark.parametrize("cause", ["customer", "company"])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"replaces": "b"}, {"replaces": "a"}),  # each other
        ({"replaces": "a"}, {}),  # itself
        ({}, {"replaces": "a", "made_at": day(-1)}),  # made before what it replaces
        ({"customer": "ana"}, {"replaces": "a", "customer": "ben"}),
    ],
    ids=["loop", "itself", "earlier", "another customer"],
)
def test_a_replacement_that_cannot_be_is_not_honoured(first: dict[str, Any], second: dict[str, Any], cause: str) -> None:
    a = deadline(0, 5, 8, row="a", change_cause=cause) | first
    b = deadline(0, 5, 4, row="b", change_cause=cause) | second
    rows = judged(a, b, as_of=END)
    assert [(row["verdict"], row["eligible"], row["latest_kept"]) for row in rows.values()] == [
        ("BROKEN", True, None),
        ("KEPT", True, None),
    ]


def test_what_hangs_below_a_loop_still_amends() -> None:
    loop = [deadline(0, 5, 8, row=f"l{i}", replaces=f"l{(i + 1) % 3}") for i in range(3)]
    tail = [deadline(1, 9, 8, row="t0", replaces="l0"), *(deadline(1 + i, 9, 8, row=f"t{i}", replaces=f"t{i - 1}") for i in range(1, 6))]
    rows = judged(*loop, *tail, as_of=END)
    assert [key for key, row in rows.items() if row["eligible"]] == ["l0", "l1", "l2"]
    assert [rows[f"l{i}"]["latest_kept"] for i in range(3)] == [True, None, None]


def test_the_receipt_of_a_subject_answers_every_version_of_its_promise() -> None:
    """domain.md c2: versions as rows, and the receipt stands on the last of them alone."""
    versions = [
        deadline(0, 9, None, row="a", subject="s1"),
        deadline(4, 12, None, row="b", subject="s1", replaces="a"),
        deadline(6, 15, 8, row="c", subject="s1", replaces="b"),
    ]
    assert [row["verdict"] for row in judged(*versions, as_of=END).values()] == ["KEPT", "KEPT", "KEPT"]
    assert judged(*versions, as_of=at(7))["a"]["verdict"] == "PENDING"
    unnamed = [{**row, "subject": None} for row in versions]
    assert [row["verdict"] for row in judged(*unnamed, as_of=END).values()] == ["BROKEN", "BROKEN", "KEPT"]
    other = [versions[0], {**versions[1], "subject": "s2"}, {**versions[2], "subject": "s2"}]
    assert [row["verdict"] for row in judged(*other, as_of=END).values()] == ["BROKEN", "KEPT", "KEPT"]
    own = [{**versions[0], "received_at": day(10)}, *versions[1:]]
    assert judged(*own, as_of=END)["a"]["verdict"] == "BROKEN"


# receipts from another source


def test_receipts_from_another_source_answer_by_name_and_subject_the_earliest_final_one_first() -> None:
    receipts = pa.table(
        {
            "name": ["deadline"] * 5,
            "subject": ["A", "A", "A", "B", "C"],
            "row": ["1", "2", "3", "4", "5"],
            "received_at": pa.array([day(3), day(6), day(4), day(1), day(90)], pa.timestamp("us")),
            "final": [False, True, True, True, True],
            "evidence": ["own system", "own system", "customer", "third party", "customer"],
        }
    )
    rows = judged(
        deadline(0, 5, None, subject="A"),
        deadline(2, 5, None, subject="B"),  # its only receipt lies before the promise
        deadline(0, 5, None, subject="C"),
        deadline(0, 5, 4, subject="D"),
        as_of=at(50),
        receipts=receipts,
    )
    assert [row["verdict"] for row in rows.values()] == ["KEPT", "BROKEN", "BROKEN", "KEPT"]
    assert (rows["r0"]["received_at"], rows["r0"]["evidence"]) == (day(4), "customer")


# the charter


def test_the_most_specific_line_gives_tolerance_and_grace() -> None:
    charter = Charter(
        lines=(Line(tolerance=1.0), Line(promise="deadline", tier="gold", tolerance=0.0), Line(promise="deadline", grace=3.0))
    )
    rows = judged(
        deadline(0, 5, 5.5),
        {**deadline(0, 5, 5.5), "name": "other"},
        deadline(0, 5, 5.5, tier="gold"),
        deadline(0, 5, 5.5, tolerance=0.75),
        as_of=END,
        charter=charter,
    )
    assert [(row["line"], row["verdict"], row["tolerance"]) for row in rows.values()] == [
        (2, "BROKEN", 0.0),  # the line that holds names no tolerance: the mapping's stays
        (0, "KEPT", 1.0),
        (1, "BROKEN", 0.0),
        (2, "KEPT", 0.75),
    ]
    assert judged(deadline(0, 5, None), as_of=at(7), charter=charter)["r0"]["verdict"] == "PENDING"


# plain tables


def test_a_table_of_three_columns_is_enough_and_further_columns_come_along() -> None:
    table = pa.table(
        {
            "type": ["deadline"],
            "made_at": pa.array([day(0)], pa.timestamp("us", tz="Europe/Paris")),
            "due_at": pa.array([day(2)], pa.timestamp("s")),
            "carrier": ["x"],
            "reached_packed": pa.array([day(1)], pa.timestamp("us")),
        }
    )
    row = judge(table, as_of=END).to_pyarrow().to_pylist()[0]
    assert (row["name"], row["direction"], row["unit"], row["verdict"]) == ("deadline", "min", "days", "BROKEN")
    assert (row["carrier"], row["reached_packed"]) == ("x", day(1))


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({"kind": ["deadline"], "made_at": [day(0)]}, "lacks “type”"),
        ({"type": ["deadline"], "made": [day(0)]}, "lacks “made_at” \\(did you mean “made” is there\\)|lacks “made_at”"),
        ({"type": ["deadline"], "made_at": ["yesterday"]}, "“made_at” holds string, not timestamps"),
        ({"type": ["price"], "made_at": [day(0)], "promised": ["12"]}, "“promised” holds string, not numbers"),
        ({"type": ["price"], "made_at": [day(0)], "promised": [1.0], "void": ["no"]}, "“void” holds string, not true or false"),
        ({"type": ["deadline"], "made_at": [date(2024, 1, 1)]}, "“made_at” holds dates, not instants"),
    ],
)
def test_a_table_that_cannot_be_judged_says_which_column_and_what_to_do(table: dict[str, list[Any]], sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence) as raised:
        judge(table, as_of=END)
    assert raised.value.place
    assert raised.value.mend


def test_noon_without_a_zone_is_no_as_of() -> None:
    with pytest.raises(RequestError, match="no time zone"):
        judge(promises(deadline(0, 5, 4)), as_of=day(3))


@pytest.mark.parametrize("as_of", ["2024-03-01", date(2024, 3, 1), "2024-03-01T23:59:59.999999", "2024-03-01T22:59:59.999999Z"])
def test_a_day_is_an_as_of_once_it_is_said_where_it_ends(as_of: str | date) -> None:
    """Due at 23:00 UTC on 1 March, which is midnight in Paris: not yet overdue when the day ends there."""
    table = {"type": ["deadline"], "made_at": [datetime(2024, 2, 1)], "due_at": [datetime(2024, 3, 1, 23)]}
    assert judge(table, as_of=as_of, timezone="Europe/Paris").to_pyarrow()["verdict"].to_pylist() == ["PENDING"]
    assert judge(table, as_of="2024-03-01", timezone="UTC").to_pyarrow()["verdict"].to_pylist() == ["BROKEN"]


@pytest.mark.parametrize("as_of", ["2024-03-01", date(2024, 3, 1), "yesterday", 5, None])
def test_an_as_of_that_is_no_instant_is_refused_in_a_sentence(as_of: Any) -> None:
    with pytest.raises(RequestError, match=r"no time zone|no date|nothing was given") as raised:
        judge(promises(deadline(0, 5, 4)), as_of=as_of)
    assert raised.value.place == "as_of"
    assert raised.value.mend


def test_something_that_is_no_table_is_refused() -> None:
    with pytest.raises(RequestError, match="cannot be read as a table"):
        judge(42, as_of=END)


def test_a_plain_deadline_is_judged_without_window_join_or_group() -> None:
    plain = PromiseSpec("deadline", PromiseType.DEADLINE, Direction.MIN, "days", "table")
    sql = str(ibis.to_sql(judge(promises(deadline(0, 5, 4)), as_of=END, specs=(plain,)))).upper()
    assert not any(word in sql for word in (" JOIN ", " OVER ", "GROUP BY"))


def test_what_the_mappings_say_saves_work_and_changes_no_verdict() -> None:
    rows = [
        *(deadline(0, 5, received, tolerance=0.5) for received in (4, 5, 5.5, 6, None)),
        deadline(0, 5, 4, reversed_at=day(6)),
        void("customer", 4),
        deadline(0, 50, None, broken=True),
    ]
    features = frozenset({"reversed_at", "void", "broken"})
    everything = PromiseSpec("deadline", PromiseType.DEADLINE, Direction.MIN, "days", "table", has=features)
    table = promises(*rows)
    plain, mapped = (judge(table, as_of=at(20), specs=specs).order_by("row").to_pyarrow() for specs in ((), (everything,)))
    assert mapped.equals(plain)
    bare = PromiseSpec("deadline", PromiseType.DEADLINE, Direction.MIN, "days", "table")
    first_five = judge(table.slice(0, 5), as_of=at(20), specs=(bare,)).order_by("row").to_pyarrow()
    assert first_five.equals(plain.slice(0, 5))


def test_receipts_from_another_source_can_be_contradicted_though_the_promises_mapping_names_no_contradiction() -> None:
    spec = PromiseSpec("deadline", PromiseType.DEADLINE, Direction.MIN, "days", "table", has=frozenset({"received_later"}))
    receipts = {"name": ["deadline"], "subject": ["A"], "received_at": [day(4)], "reversed_at": [day(6)]}
    ledger = judge(promises(deadline(0, 5, None, subject="A")), receipts, as_of=at(20), specs=(spec,)).to_pyarrow()
    assert (ledger["verdict"].to_pylist(), ledger["reversed"].to_pylist()) == (["BROKEN"], [True])
