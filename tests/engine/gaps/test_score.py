"""The account in score points (domain.md d2, d3): what a late day costs in the customer's own marks, and whose it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize

from tests.engine.gaps.studies import agreed, day, duckdb, instants, promises, spec
from tests.engine.views import spark_view
from troth.engine.findings import Findings, ScoreAccount
from troth.engine.gaps import response, score_curve
from troth.engine.gaps.expected import CELL_MEDIAN, LEAST_STATED, REQUESTED, STATED
from troth.engine.gaps.score import CONTRAST, NO_SCORES, TOO_FEW
from troth.engine.gaps.scoring import LEAST_SCORES
from troth.engine.gaps.settings import NO_RECORD
from troth.engine.history import HISTORY_FILE
from troth.engine.issues.reckoning import Heard
from troth.engine.reading import Reading
from troth.engine.study import compute
from troth.terms.charter import Charter
from troth.terms.errors import RequestError
from troth.terms.vocabulary import PromiseSpec

if TYPE_CHECKING:
    from ibis.backends import BaseBackend

Floats = NDArray[np.float64]

DELIVERY = spec()
END = day(400)
PARTS = ("listening", "expectation", "standard", "delivery")


def planted(late: ArrayLike) -> Floats:
    """The score to expect: flat near 4.3 up to a day late, falling until a week late, then a floor (domain.md d3)."""
    return np.interp(np.asarray(late, dtype=np.float64), [1.0, 7.0], [4.3, 1.55])


def signals(
    kind: str, subject: Sequence[str], at: ArrayLike, value: ArrayLike, *, customer: Sequence[str] | None = None, scale: Any = (1.0, 5.0)
) -> pa.Table:
    """Signals of one kind in the contract's columns; ``at`` in days after Monday 1 January 2024."""
    n = len(subject)
    return pa.table(
        {
            "source": pa.array(["survey"] * n, pa.string()),
            "row": pa.array([f"{kind} {i}" for i in range(n)], pa.string()),
            "kind": pa.array([kind] * n, pa.string()),
            "at": instants(np.broadcast_to(np.asarray(at, dtype=np.float64), (n,))),
            "customer": pa.array([None] * n if customer is None else list(customer), pa.string()),
            "subject": pa.array(list(subject), pa.string()),
            "value": pa.array(np.broadcast_to(np.asarray(value, dtype=np.float64), (n,))),
            "scale_low": pa.array([scale[0]] * n, pa.float64()),
            "scale_high": pa.array([scale[1]] * n, pa.float64()),
            "text": pa.nulls(n, pa.string()),
            "language": pa.nulls(n, pa.string()),
        }
    )


def study(
    table: pa.Table,
    *told: pa.Table,
    folder: Path,
    charter: Charter | None = None,
    as_of: datetime = END,
    specs: Sequence[PromiseSpec] = (DELIVERY,),
) -> Reading:
    """A study of promises and what was told of them."""
    database = duckdb()
    folder.mkdir(parents=True, exist_ok=True)
    compute(
        database.create_table("promises", table),
        specs=specs,
        charter=Charter() if charter is None else charter,
        as_of=as_of.replace(tzinfo=UTC),
        connection=database,
        folder=folder,
        coverage={},
        timezone="UTC",
        draws=0,
        heard=Heard(signals=database.create_table("signals", pa.concat_tables(told)) if told else None),
    )
    return Reading(folder)


def orders(n: int = 6000, seed: int = 3, **columns: Any) -> tuple[pa.Table, Floats, Floats]:
    """Orders promised for some day between the third and the eighth; when made, and how late they came."""
    rng = np.random.default_rng(seed)
    made = np.sort(rng.uniform(0, 364, n))
    promised = rng.integers(3, 9, n).astype(float)
    received = np.exp(rng.normal(np.log(5), 0.45, n))
    table = promises(DELIVERY, made, promised, received, **columns)
    return table, made + received, received - promised


def subjects(table: pa.Table, chosen: NDArray[np.bool_] | None = None) -> list[str]:
    """The subjects of (some of) the promises."""
    column: list[str] = table["subject"].to_pylist()
    return column if chosen is None else [word for word, yes in zip(column, chosen, strict=True) if yes]


def whole(found: Findings[ScoreAccount]) -> ScoreAccount:
    """The one account there is."""
    (row,) = found
    return row


def points(row: ScoreAccount, part: str) -> float:
    """Score points of one part, per promise."""
    value = row.perception.value if part == "perception" else getattr(row, part)
    assert value is not None
    return float(value) / row.speaks_for


def identity_error(row: ScoreAccount) -> float:
    """Gap - (listening + expectation + standard + delivery + perception)."""
    assert row.gap is not None
    assert row.perception.value is not None
    return row.gap - sum(getattr(row, part) or 0.0 for part in PARTS) - row.perception.value


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    """6,000 orders, every second one scored by the planted curve; a third of them got no update, and 0.6 points less for it."""
    silent = np.arange(6000) % 3 == 0
    table, arrived, late = orders(update=np.where(silent, "none", "sent"), touchpoint=np.where(np.arange(6000) % 7 == 0, "shop", "web"))
    rng = np.random.default_rng(4)
    score = planted(late) - 0.6 * silent + rng.normal(0, 0.4, 6000)
    answered = rng.random(6000) < 0.5
    rated = signals("rating", subjects(table, answered), (arrived + 1)[answered], score[answered])
    specs = (spec(dimensions=("update",)),)
    return study(table, rated, folder=tmp_path_factory.mktemp("world"), charter=agreed(5.0), specs=specs, as_of=day(420))


# Whose the points are


@pytest.mark.parametrize(
    ("levels", "parts"),
    [
        ({"E": 3, "P": 3, "S": 5, "C": 6, "R": 7, "V": 8}, (0, 2, 1, 1, 1)),
        ({"E": 5, "P": 5, "S": 5, "C": 8, "R": 8, "V": 8}, (0, 0, 3, 0, 0)),
        ({"E": 10, "P": 10, "S": 6, "C": 6, "R": 12, "V": 12}, (0, -4, 0, 6, 0)),
        ({"E": 2, "P": 4, "S": 4, "C": 4, "R": 4, "V": 5}, (2, 0, 0, 0, 1)),
        ({"E": 5, "P": 5, "S": 5, "C": 5, "R": 4, "V": 6}, (0, 0, 0, -1, 2)),
    ],
    ids=["campaign", "slow lane", "padded", "needed sooner", "felt late"],
)
def test_the_parts_are_the_same_way_points_in_another_currency(levels: dict[str, float], parts: tuple[float, ...], tmp_path: Path) -> None:
    """The worked rows of domain.md d6, with a score that falls by one point a day: each day of a part is one point of it.

    200 orders of the record take C days each, so that capability is C; then one order is promised, received and felt as the row says.
    100 scored orders of every lateness teach the curve.
    """
    rng = np.random.default_rng(5)
    teach = rng.integers(2, 13, 4000).astype(float)
    e, p, s, c, r, v = (levels[letter] for letter in "EPSCRV")
    made = np.concatenate([np.sort(rng.uniform(0, 200, 4000)), np.sort(rng.uniform(0, 300, 4000)), [301.0]])
    promised = np.concatenate([np.full(4000, p), np.full(4000, p), [p]])
    received = np.concatenate([teach, np.full(4000, float(c)), [r]])
    lane = ["teaching"] * 4000 + ["known"] * 4001
    table = promises(
        spec(context=("lane",)), made, promised, received, lane=lane, requested=pa.array([None] * 8000 + [float(e)], pa.float64())
    )
    chosen = np.concatenate([np.full(4000, True), np.full(4000, False), [True]])
    felt = np.concatenate([20 - teach, [20.0 - v]])
    rated = signals("rating", subjects(table, chosen), (made + received + 0.5)[chosen], felt, scale=(0.0, 20.0))
    reading = study(table, rated, folder=tmp_path / "study", charter=agreed(s), specs=(spec(context=("lane",)),))
    row = whole(reading.score(where={"row": "delivery 8000"}))
    assert row.listening_known == 1
    assert [points(row, part) for part in (*PARTS, "perception")] == pytest.approx(parts, abs=0.25)
    assert identity_error(row) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("mode", ["as-of", "cross-fitted"])
@pytest.mark.parametrize("by", [(), ("update",), ("month", "touchpoint")], ids=str)
def test_the_parts_add_up_to_the_gap(world: Reading, by: tuple[str, ...], mode: str) -> None:
    found = world.score(by, mode=mode)
    decomposed = [row for row in found if row.decomposed]
    assert decomposed
    assert max(abs(identity_error(row)) for row in decomposed) < 1e-9
    assert sum(row.scored for row in found) == whole(world.score(mode=mode)).scored


def test_slices_add_up_to_the_whole(world: Reading) -> None:
    everything, slices = whole(world.score()), list(world.score(["month"]))
    for part in ("expectation", "standard", "delivery", "gap"):
        assert sum(getattr(row, part) or 0.0 for row in slices) == pytest.approx(getattr(everything, part), abs=1e-9)
    assert sum(row.received for row in slices) == everything.received


def test_a_mode_there_is_not_is_refused(world: Reading) -> None:
    with pytest.raises(RequestError, match="there is no mode"):
        world.score(mode="asof")


# The score to expect


def curve_at(reading: Reading, late: ArrayLike, promised: float = 5.0) -> Floats:
    """The fitted curve at some latenesses of a promise, mean over folds, its constant included."""
    table = pq.read_table(reading.folder / "score_curve.parquet")
    values = []
    for fold in range(score_curve.FOLDS):
        total = np.zeros(len(np.atleast_1d(late)))
        for term, at in (("lateness", np.asarray(late)), ("level", np.asarray(late) + promised)):
            rows = [row for row in table.to_pylist() if row["term"] == term and row["fold"] == fold]
            edges, steps = np.array([row["up_to"] for row in rows]), np.array([float(row["points"]) for row in rows])
            total += steps[np.minimum(np.searchsorted(edges, at), len(steps) - 1)]
        values.append(total)
    return np.asarray(np.mean(values, axis=0))


def test_a_known_curve_is_found_again(world: Reading) -> None:
    late = np.array([-3.0, -1.0, 0.0, 1.0, 2.5, 4.0, 5.5])
    assert curve_at(world, late) == pytest.approx(planted(late) - 0.2, abs=0.25)  # a third of them were told nothing: 0.2 less on average


def test_the_curve_never_rises_as_things_get_worse(world: Reading) -> None:
    assert np.diff(curve_at(world, np.linspace(-6, 20, 200))).max() <= 1e-9


def test_a_curve_may_jump_at_the_promise() -> None:
    late = np.array([4, 5, 6, 7])
    found = score_curve.falling(late, np.array([4.5, 4.5, 2.0, 2.0]), np.ones(4), 12, 6)
    assert found == pytest.approx([4.5] * 6 + [2.0] * 6)
    gap = score_curve.falling(np.array([2, 9]), np.array([4.5, 2.0]), np.ones(2), 12, 6)
    assert gap == pytest.approx([4.5] * 6 + [2.0] * 6)  # no straight line across it


def test_a_falling_fit_is_the_least_squares_one() -> None:
    """Against a general optimiser on the sum of squares, falls as its unknowns."""
    rng = np.random.default_rng(6)
    value, weight = rng.normal(0, 1, 8) - np.arange(8) / 4, rng.uniform(0.5, 2, 8)
    found = score_curve.falling(np.arange(8), value, weight, 8)

    def loss(falls: Floats) -> float:
        return float((weight * (value - falls[0] + np.concatenate([[0], np.cumsum(falls[1:])])) ** 2).sum())

    best = minimize(loss, np.zeros(8), bounds=[(None, None), *[(0, None)] * 7], options={"ftol": 1e-14, "gtol": 1e-10})
    assert found == pytest.approx(best.x[0] - np.concatenate([[0], np.cumsum(best.x[1:])]), abs=1e-4)


def test_no_customer_is_judged_by_a_curve_his_own_scores_fitted() -> None:
    """Two entries, each alone in its fold: each is judged by the other."""
    alone = score_curve.Scores(
        fold=np.array([0, 1]),
        situation=np.array([0, 0]),
        late=np.array([3, 3]),
        level=np.array([3, 3]),
        weight=np.ones(2),
        count=np.array([400.0, 400.0]),
        mean=np.array([5.0, 1.0]),
        group={"cell": np.array([0])},
        bins=6,
        on_time=3,
    )
    curves = score_curve.fit(alone)
    judged = [curve.lateness[3] + curve.level[3] + curve.offsets["cell"][0] for curve in curves]
    assert judged[:2] == pytest.approx([1.0, 5.0], abs=1e-3)


def test_a_customer_s_promises_are_judged_by_one_curve(world: Reading) -> None:
    """Equal promises have equal expected scores within a customer, and up to five different ones among all."""
    ledger = world.ledger.select("row", "customer", "touchpoint", days=world.ledger.level_promised.round())
    rows = world.scores.inner_join(ledger, "row").select("customer", "touchpoint", "days", "u_promised").to_pyarrow().to_pylist()
    among_all: dict[Any, set[Any]] = {}
    within: dict[Any, list[Any]] = {}
    for row in rows:
        among_all.setdefault((row["touchpoint"], row["days"]), set()).add(row["u_promised"])
        within.setdefault((row["customer"], row["touchpoint"], row["days"]), []).append(row["u_promised"])
    assert all(len(values) == score_curve.FOLDS for values in among_all.values())
    twice = [values for values in within.values() if len(values) > 1]
    assert len(twice) > 50
    assert all(len(set(values)) == 1 for values in twice)


# What was felt


@pytest.mark.parametrize("mode", ["as-of", "cross-fitted"])
def test_perception_nets_to_about_nothing_over_everyone_who_answered(world: Reading, mode: str) -> None:
    assert points(whole(world.score(mode=mode)), "perception") == pytest.approx(0, abs=0.02)
    assert CONTRAST in world.score().notes


def test_where_no_update_was_sent_the_same_receipt_is_felt_as_worse(world: Reading) -> None:
    by_update = {row.where["update"]: row for row in world.score(["update"])}
    told, silent = by_update["sent"], by_update["none"]
    assert points(silent, "perception") - points(told, "perception") == pytest.approx(0.6, abs=0.06)
    assert silent.perception.low is not None
    assert told.perception.high is not None
    assert silent.perception.low > 0 > told.perception.high


def test_a_promise_is_scored_by_the_last_rating_after_its_receipt(tmp_path: Path) -> None:
    """Asked before it came, after it came, again a week later, and once more after the study's instant: the third counts."""
    table, arrived, _ = orders(400)
    names = subjects(table)
    asked = [(-0.5, 1.0), (1.0, 2.0), (7.0, 3.0), (99.0, 5.0)]
    told = [signals("rating", names, np.where(shift == 99.0, 460.0, arrived + shift), value) for shift, value in asked]
    reading = study(table, *told, folder=tmp_path / "study", as_of=day(420))
    assert set(reading.scores.score.to_pyarrow().to_pylist()) == {3}
    assert reading.facts["scores"]["ratings"] == 3 * 400
    assert reading.facts["scores"]["used"] == 400


def test_another_customer_s_rating_of_the_same_subject_does_not_count(tmp_path: Path) -> None:
    table, arrived, _ = orders(400)
    mine: list[str] = table["customer"].to_pylist()
    told = signals("rating", subjects(table), arrived + 1, 4.0, customer=mine)
    others = signals("rating", subjects(table), arrived + 2, 1.0, customer=["a stranger"] * 400)
    reading = study(table, told, others, folder=tmp_path / "study", as_of=day(420))
    assert set(reading.scores.score.to_pyarrow().to_pylist()) == {4}


def test_ratings_on_two_scales_are_two_accounts(tmp_path: Path) -> None:
    table, arrived, late = orders(400)
    five = signals("rating", subjects(table), arrived + 1, planted(late))
    ten = signals("rating", subjects(table), arrived + 1, 2 * planted(late), scale=(0.0, 10.0))
    found = study(table, five, ten, folder=tmp_path / "study", as_of=day(420)).score()
    assert [(row.scale_low, row.scale_high, row.scored) for row in found] == [(0.0, 10.0, 400), (1.0, 5.0, 400)]
    double, single = found
    assert double.delivery == pytest.approx(2 * (single.delivery or 0.0), rel=0.02)


# Who answers


def test_those_who_answered_speak_for_those_who_were_silent(tmp_path: Path) -> None:
    """The late answer five times as often: plain means of the answers overstate the loss, the weighted account does not."""
    table, arrived, late = orders(8000, seed=8)
    rng = np.random.default_rng(9)
    answered = rng.random(8000) < np.where(late > 0, 0.5, 0.1)
    score = planted(late) + rng.normal(0, 0.3, 8000)
    rated = signals("rating", subjects(table, answered), (arrived + 1)[answered], score[answered])
    everyone = signals("rating", subjects(table), arrived + 1, score)
    few = study(table, rated, folder=tmp_path / "few", as_of=day(420))
    all_ = study(table, everyone, folder=tmp_path / "all", as_of=day(420))
    row, truth = whole(few.score()), whole(all_.score())
    assert row.received == truth.received
    assert row.speaks_for / truth.speaks_for == pytest.approx(1, abs=0.03)
    for part in ("expectation", "delivery", "gap"):
        assert points(row, part) == pytest.approx(points(truth, part), abs=0.08)
    plain = float(np.mean(planted(0) - score[answered]))
    assert plain > points(truth, "gap") + 0.25  # what the answers alone would say


def test_weights_are_the_inverse_of_how_often_they_answer() -> None:
    """Two situations, two classes of lateness, counts so large that nothing is shrunken."""
    situation, late = np.array([0, 0, 1, 1]), np.array([2, 5, 2, 5])
    received, scored = np.full(4, 1e6), np.array([1e5, 5e5, 2e5, 4e5])
    found = response.weights(situation, late, received, scored, on_time=4)
    assert found.value == pytest.approx([10, 2, 5, 2.5], rel=1e-3)
    assert found.capped == 0


def test_one_silent_corner_does_not_outshout_the_rest() -> None:
    situation, late = np.array([0, 1]), np.array([2, 2])
    found = response.weights(situation, late, np.array([1e6, 1e6]), np.array([1e6, 100.0]), on_time=4)
    assert found.value[1] == pytest.approx(response.MOST_TIMES * 2, rel=1e-3)
    assert found.capped == 100


def test_classes_keep_on_time_and_late_apart_and_large_enough() -> None:
    late, received = np.arange(10), np.array([100.0, 100, 50, 300, 30, 20, 10, 250, 5, 1])
    kind = response.classes(late, received, on_time=5)
    assert set(kind[:5]) & set(kind[5:]) == set()
    assert [received[kind == k].sum() for k in np.unique(kind)] == [200, 380, 286]


# What was expected


def test_no_expected_level_is_unknown_and_not_nothing(world: Reading) -> None:
    row = whole(world.score())
    assert row.listening is None
    assert row.listening_known == 0
    assert row.listening_by == {}


def test_expected_levels_come_from_the_record_then_from_words_then_from_the_cell(tmp_path: Path) -> None:
    """Ten orders with a need-by date of 2 days, ten whose customer said 3, and the rest; the cell's median is 2.5."""
    table, arrived, late = orders(300)
    table = table.append_column("requested", pa.array([2.0] * 10 + [None] * 290, pa.float64()))
    made = arrived - np.asarray(promises_days(table)) - late
    said = signals("expectation", subjects(table)[:20], made[:20], 3.0, scale=(None, None))
    rated = signals("rating", subjects(table), arrived + 1, planted(late))
    reading = study(table, said, rated, folder=tmp_path / "study", as_of=day(420))
    levels = reading.ledger.select("level_requested", "code_requested").to_pyarrow().to_pylist()
    counts = {how: [row["level_requested"] for row in levels if row["code_requested"] == how] for how in (REQUESTED, STATED, CELL_MEDIAN)}
    assert counts == {REQUESTED: [2.0] * 10, STATED: [3.0] * 10, CELL_MEDIAN: [2.5] * 280}
    row, native = whole(reading.score()), reading.native()[0]
    assert row.listening is not None
    assert sum(row.listening_by.values()) == row.listening_known
    assert set(native.listening_by) <= {REQUESTED, STATED, CELL_MEDIAN}
    assert sum(native.listening_by.values()) == native.listening_known
    assert identity_error(row) == pytest.approx(0, abs=1e-9)


def promises_days(table: pa.Table) -> list[float]:
    """Days promised."""
    return [
        (due - made).total_seconds() / 86_400 for due, made in zip(table["due_at"].to_pylist(), table["made_at"].to_pylist(), strict=True)
    ]


def test_a_cell_needs_fifteen_stated_levels(tmp_path: Path) -> None:
    table, arrived, _ = orders(300, segment=["north"] * 150 + ["south"] * 150)
    made = arrived - 20
    names = subjects(table)
    said = signals("expectation", [*names[:LEAST_STATED], *names[150 : 150 + LEAST_STATED - 1]], made[0], 3.0, scale=(None, None))
    reading = study(table, said, folder=tmp_path / "study", as_of=day(420))
    rows = reading.ledger.select("segment", "code_requested").to_pyarrow().to_pylist()
    how = {segment: {row["code_requested"] for row in rows if row["segment"] == segment} for segment in ("north", "south")}
    assert how == {"north": {STATED, CELL_MEDIAN}, "south": {STATED, None}}


def test_what_is_said_after_the_receipt_is_hindsight(tmp_path: Path) -> None:
    table, arrived, _ = orders(300)
    said = signals("expectation", subjects(table), arrived + 1, 3.0, scale=(None, None))
    reading = study(table, said, folder=tmp_path / "study", as_of=day(420))
    assert reading.ledger.level_requested.notnull().sum().to_pyarrow().as_py() == 0


def test_a_stated_level_is_not_taken_for_a_promise_of_another_unit(tmp_path: Path) -> None:
    """“3” about an order with a delivery date and a price: days or euros? Nobody can tell, so neither."""
    price = spec("price", name="price", unit="EUR")
    table, arrived, _ = orders(100)
    quoted = promises(price, arrived - 20, 30.0, 30.0, subject=subjects(table))
    dates = table.append_column("promised", pa.nulls(100, pa.float64())).append_column("received", pa.nulls(100, pa.float64()))
    both = pa.concat_tables([dates, quoted.select(dates.column_names)])
    said = signals("expectation", subjects(table), arrived - 25, 3.0, scale=(None, None))
    reading = study(both, said, folder=tmp_path / "study", as_of=day(420), specs=(DELIVERY, price))
    assert reading.ledger.level_requested.notnull().sum().to_pyarrow().as_py() == 0


# What is not known


def test_without_signals_the_study_is_the_same_to_the_byte(tmp_path: Path) -> None:
    table, arrived, _ = orders(300)
    silent = study(table, folder=tmp_path / "silent", as_of=day(420))
    praise = study(table, signals("praise", subjects(table), arrived + 1, 5.0), folder=tmp_path / "praise", as_of=day(420))
    files = sorted(path.name for path in silent.folder.iterdir())
    assert {path.name for path in praise.folder.iterdir()} - set(files) == {HISTORY_FILE}  # what was said is kept of its customer
    assert all((silent.folder / name).read_bytes() == (praise.folder / name).read_bytes() for name in files)
    assert silent.score().notes == (NO_SCORES,)
    assert list(silent.score(["month"])) == []


def test_scores_are_written_alike_to_the_byte_whatever_the_order_of_the_rows(tmp_path: Path) -> None:
    table, arrived, late = orders(800)
    rated = signals("rating", subjects(table), arrived + 1, planted(late))
    order = pa.array(np.random.default_rng(1).permutation(800))
    one = study(table, rated, folder=tmp_path / "one", as_of=day(420))
    other = study(table, rated.take(order), folder=tmp_path / "other", as_of=day(420))
    for name in ("scores.parquet", "score_curve.parquet"):
        assert (one.folder / name).read_bytes() == (other.folder / name).read_bytes()


def test_too_few_scores_are_counted_and_not_explained(tmp_path: Path) -> None:
    table, arrived, late = orders(300)
    few = LEAST_SCORES - 1
    rated = signals("rating", subjects(table)[:few], (arrived + 1)[:few], planted(late)[:few])
    row = whole(study(table, rated, folder=tmp_path / "study", as_of=day(420)).score())
    assert (row.scored, row.decomposed, row.undecomposed) == (few, 0, {TOO_FEW: few})
    assert (row.delivery, row.gap, row.perception.value) == (None, None, None)


def test_scored_promises_before_there_was_a_record_are_counted(world: Reading) -> None:
    row = whole(world.score())
    assert row.undecomposed[NO_RECORD] > 0
    assert row.decomposed + sum(row.undecomposed.values()) == row.scored
    assert row.scored < row.received


def test_a_slice_nobody_scored_is_shown_with_nothing_known(world: Reading) -> None:
    """Orders that fall due on a day no scored order does."""
    unscored = [row for row in world.score(["due_at"]) if not row.scored]
    assert unscored
    assert all(row.received and row.gap is None and row.perception.value is None for row in unscored)


# Another engine


@pytest.mark.java
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_spark_gives_equal_scores(spark: BaseBackend, tmp_path: Path) -> None:
    table, arrived, late = orders(400, touchpoint=["web", "shop"] * 200)
    said = signals("expectation", subjects(table)[:40], arrived[:40] - 20, 3.0, scale=(None, None))
    rated = signals("rating", subjects(table)[::2], (arrived + 1)[::2], planted(late)[::2])
    here = study(table, said, rated, folder=tmp_path / "here", as_of=day(420))
    there = tmp_path / "there"
    there.mkdir()
    compute(
        spark_view(spark, "scored_promises", table, tmp_path),
        specs=(DELIVERY,),
        charter=Charter(),
        as_of=day(420).replace(tzinfo=UTC),
        connection=spark,
        folder=there,
        coverage={},
        timezone="UTC",
        draws=0,
        heard=Heard(signals=spark_view(spark, "signals", pa.concat_tables([said, rated]), tmp_path)),
    )
    assert pq.read_table(there / "scores.parquet").to_pylist() == pq.read_table(here.folder / "scores.parquet").to_pylist()
    assert list(Reading(there).score(["month"])) == list(here.score(["month"]))
