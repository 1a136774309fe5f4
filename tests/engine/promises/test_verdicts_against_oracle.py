"""Random small ledgers, judged in the database and row by row in plain Python: every verdict, ratio and flag must agree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.engine.promises.naive import DEFAULTS, Row, naive_judge
from troth.engine.promises import judge
from troth.terms.charter import Charter, Line
from troth.terms.vocabulary import DIRECTION_OF, PromiseType

START = datetime(2024, 3, 1)
CHARTER = Charter(
    lines=(
        Line(standard=2.0),
        Line(promise="b", tolerance=0.5, grace=1.0, standard=3.0),
        Line(stage="order", tier="gold", fee_scale=5.0),
        Line(promise="b", stage="order", tolerance=0.0),
    )
)

TEXT = {"row", "name", "type", "direction", "stage", "tier", "quantifier", "change_cause", "void_reason", "bundle", "replaces", "customer"}
INSTANTS = {"made_at", "due_at", "window_start", "received_at", "reversed_at", "notice_at", "void_at", "broken_at", "recorded_at"}
NUMBERS = {"promised", "promised_to", "received", "tolerance", "grace", "confidence", "break_forecast_at_void"}
FLAGS_TOLD = ("verdict", "in_cohort", "eligible", "void_suspect", "reversed", "warned", "standard_kept", "latest_kept")
FLAGS = {"final", "void", "broken"}


def instants(low: int = 0, high: int = 40) -> st.SearchStrategy[datetime]:
    """Half days apart, so that receipts often fall exactly on the limit."""
    return st.integers(low, high).map(lambda step: START + timedelta(hours=12 * step))


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


@st.composite
def promises(draw: st.DrawFn, position: int) -> Row:
    kind = draw(st.sampled_from(list(PromiseType)))
    direction = str(DIRECTION_OF[kind])
    if kind in {PromiseType.QUALITY, PromiseType.AVAILABILITY, PromiseType.INFORMATION}:
        direction = draw(st.sampled_from([direction, "set", "min" if kind == PromiseType.INFORMATION else "max"]))
    made = draw(st.integers(0, 20))
    clock = kind in {PromiseType.DEADLINE, PromiseType.RESPONSE_TIME, PromiseType.WINDOW} or (
        kind == PromiseType.INFORMATION and direction == "min"
    )
    due = draw(instants(made, 40)) if clock else draw(maybe(instants(made, 40)))
    promised = None
    if not clock:
        levels = st.sampled_from([0.1, 1.0, 2.0, 49.9]) if direction == "max" else st.sampled_from([0.0, 0.1, 1.0, 2.0, 49.9])
        promised = draw(maybe(levels)) if direction == "set" else draw(levels)
    window_start = due - timedelta(hours=draw(st.sampled_from([0, 1, 12]))) if kind == PromiseType.WINDOW and due else None
    return {
        "row": f"r{position}",
        "name": draw(st.sampled_from(["a", "b"])),
        "type": str(kind),
        "direction": direction,
        "stage": draw(maybe(st.sampled_from(["order", "support"]))),
        "tier": draw(maybe(st.just("gold"))),
        "made_at": START + timedelta(hours=12 * made),
        "due_at": due,
        "window_start": max(window_start, START + timedelta(hours=12 * made)) if window_start else None,
        "promised": promised,
        "promised_to": promised + draw(st.sampled_from([0.0, 0.2, 1.0])) if promised is not None and draw(st.booleans()) else None,
        "quantifier": draw(st.sampled_from(["exact", "exact", "at_most", "range", "up_to"])),
        "received_at": draw(maybe(instants(made, 40))),
        "received": draw(maybe(st.sampled_from([0.0, 0.1, 0.2, 1.0, 1.1, 2.0, 50.0]))),
        "final": draw(st.sampled_from([True, True, True, False])),
        "reversed_at": draw(maybe(instants())),
        "tolerance": draw(st.sampled_from([0.0, 0.0, 0.1, 0.5, 1.0])),
        "grace": draw(st.sampled_from([0.0, 0.0, 0.5, 2.0])),
        "confidence": draw(st.sampled_from([1.0, 0.8, 0.79])),
        "notice_at": draw(maybe(instants())),
        "void": draw(st.sampled_from([False, False, True])),
        "void_at": draw(maybe(instants())),
        "void_reason": draw(maybe(st.sampled_from(["customer", "duplicate", "error", "legal", "company", "weather"]))),
        "broken": draw(st.sampled_from([False, False, False, True])),
        "broken_at": draw(maybe(instants())),
        "recorded_at": draw(maybe(instants())),
        "break_forecast_at_void": draw(maybe(st.sampled_from([0.5, 0.51]))),
        "bundle": draw(maybe(st.just(f"bundle {position // 3}"))),
        "replaces": draw(maybe(st.sampled_from([f"r{i}" for i in range(max(0, position - 4), position + 3)]))),  # loops, and itself, too
        "customer": draw(maybe(st.sampled_from(["ana", "ana", "ana", "ben"]))),
        "change_cause": draw(maybe(st.sampled_from(["customer", "company", "external"]))),
    }


ledgers = st.integers(1, 24).flatmap(lambda n: st.tuples(*(promises(i) for i in range(n)))).map(list)


def arrow(rows: list[Row]) -> pa.Table:
    kinds = {
        **dict.fromkeys(TEXT, pa.string()),
        **dict.fromkeys(INSTANTS, pa.timestamp("us")),
        **dict.fromkeys(NUMBERS, pa.float64()),
        **dict.fromkeys(FLAGS, pa.bool_()),
    }
    return pa.table({name: pa.array([row.get(name, DEFAULTS.get(name)) for row in rows], kind) for name, kind in kinds.items()})


@settings(
    max_examples=12,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking costs a query a step; the message names the row
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(rows=ledgers, as_of=instants(0, 44))
def test_every_verdict_agrees_with_the_rules_applied_row_by_row(rows: list[Row], as_of: datetime) -> None:
    expected = naive_judge(rows, as_of, CHARTER)
    ledger = judge(arrow(rows), as_of=as_of.replace(tzinfo=UTC), charter=CHARTER)
    found = {row["row"]: row for row in ledger.to_pyarrow().to_pylist()}
    assert found.keys() == expected.keys()
    for key, one in expected.items():
        row = found[key]
        told = {name: row[name] for name in FLAGS_TOLD}
        assert told == {name: getattr(one, name) for name in FLAGS_TOLD}, next(given for given in rows if given["row"] == key)
        if one.rho is None:
            assert (row["met"], row["surplus"]) == (None, None)
        else:
            assert float(row["met"]) == pytest.approx(min(one.rho, 1.0), abs=6e-9), key
            assert float(row["surplus"]) == pytest.approx(max(one.rho - 1.0, 0.0), abs=6e-9), key
