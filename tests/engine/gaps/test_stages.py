"""The delivery part among the areas, stage by stage (domain.md d6)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest

from tests.engine.gaps.studies import day, instants, promises, spec, study
from troth.engine.gaps.stages import BUFFER, LAST
from troth.engine.reading import Reading
from troth.terms.vocabulary import StageStep

N, DAYS, PROMISED = 6_000, 7 * 78, 7.0
SLOW_FROM, SLOW_BY = 7 * 60, 2.0
OF = spec(context=["lane"], dimensions=["phase"], stages=[StageStep("picked", "Warehouse"), StageStep("handed_over", "Carrier")])


@cache
def reading() -> Reading:
    """Picking, handing over, delivering; the hand-over takes two days longer from week 60 on."""
    generator = np.random.default_rng(1)
    made = np.sort(generator.uniform(0, DAYS, N))
    lane = generator.choice(["near", "far"], N)
    slow = made >= SLOW_FROM
    picked = generator.gamma(4, 0.25, N)
    handed = generator.gamma(4, 0.25, N) + SLOW_BY * slow
    delivered = generator.gamma(8, np.where(lane == "far", 0.5, 0.35), N)
    table = promises(
        OF,
        made,
        PROMISED,
        picked + handed + delivered,
        lane=lane.tolist(),
        phase=np.where(slow, "since", "before").tolist(),
        reached_picked=instants(made + picked),
        reached_handed_over=instants(np.where(generator.random(N) < 0.1, np.nan, made + picked + handed)),
    )
    return study(table, OF, folder=Path(mkdtemp(prefix="troth-test-")), as_of=day(DAYS + 60))


@pytest.mark.parametrize("by", [(), ("phase",), ("lane", "phase")])
def test_stages_and_buffer_sum_to_what_was_received_beyond_capability(by: tuple[str, ...]) -> None:
    rows = reading().coded.to_pyarrow().to_pylist()
    capability = {row["setting"]: row["as_of_capability"] for row in reading().settings.to_pyarrow().to_pylist()}
    late: dict[tuple[str, ...], list[float]] = {}
    for row in rows:
        able = capability[row["code_setting"]]
        if row["verdict"] == "BROKEN" and able is not None and row["reached_handed_over"] is not None:
            late.setdefault(tuple(row[name] for name in by), []).append(row["level_received"] - able)
    found: dict[tuple[str, ...], list[tuple[int, float]]] = {}
    for part in reading().stages(by):
        found.setdefault(tuple(part.where[name] for name in by), []).append((part.n, part.days))
    assert found.keys() == late.keys()
    for key, parts in found.items():
        assert {n for n, _ in parts} == {len(late[key])}
        assert sum(days for _, days in parts) == pytest.approx(sum(late[key]), abs=1e-6)


def test_the_slow_stage_carries_the_delay() -> None:
    since = {part.stage: part for part in reading().stages(["phase"]) if part.where["phase"] == "since"}
    weeks_to_learn = since["handed_over"].days / since["handed_over"].n
    assert 0.6 * SLOW_BY < weeks_to_learn < 1.2 * SLOW_BY  # the rolling window learns the delay in time
    assert since["handed_over"].area == "Carrier"
    assert since["handed_over"].share is not None
    assert since["handed_over"].share > 0.5
    assert abs(since["picked"].days) < 0.25 * since["handed_over"].days


def test_before_the_delay_no_stage_stands_out() -> None:
    before = {part.stage: part for part in reading().stages(["phase"]) if part.where["phase"] == "before"}
    assert set(before) == {"picked", "handed_over", LAST, BUFFER}
    shares = [before[stage].share or 0.0 for stage in ("picked", "handed_over", LAST)]
    assert sum(shares) == pytest.approx(1.0)
    assert shares[1] < 0.5
    assert before[LAST].area is None
    assert before[BUFFER].share is None


def test_a_promise_without_stages_has_no_split(tmp_path: Path) -> None:
    of = spec()
    found = study(promises(of, np.arange(100.0), 5.0, 6.0), of, folder=tmp_path, as_of=day(200))
    assert len(found.stages()) == 0
