"""The parts in the promise's own unit, and promise skill (domain.md d2, d3, d6, c6, d9 tests 3 and 7)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from tests.engine.gaps.studies import agreed, day, promises, spec, study, study_of
from troth.engine.findings import NativeAccount
from troth.engine.gaps.native import NOT_RECEIVED, UNMEASURED
from troth.engine.gaps.settings import NO_RECORD
from troth.engine.reading import Reading
from troth.engine.worlds.lanes import lanes
from troth.engine.worlds.setters import shifted_promises
from troth.terms.charter import Charter
from troth.terms.errors import RequestError

YEAR = 7 * 60


def only(found: Reading, mode: str = "as-of") -> NativeAccount:
    (row,) = found.native(mode=mode)
    return row


def steady(tmp_path: Path, *, promised: float, received: float, standard: float | None, wanted: float | None = None) -> NativeAccount:
    """One promise after a year in which everything took 6 days, so that C is 6 (domain.md d6)."""
    of = spec()
    made = np.append(np.arange(0, 360, 1.0), 380.0)
    p, r = np.append(np.full(360, 20.0), promised), np.append(np.full(360, 6.0), received)
    extra = {"which": ["before"] * 360 + ["this"]}
    if wanted is not None:
        extra["requested"] = pa.array([None] * 360 + [wanted], pa.float64())
    charter = Charter() if standard is None else agreed(standard)
    found = study(promises(of, made, p, r, **extra), of, folder=tmp_path, as_of=day(420), charter=charter)
    (row,) = found.native(["which"], where={"which": "this"})
    return row


@pytest.mark.parametrize(
    ("promised", "standard", "received", "expected"),
    [
        (3.0, 5.0, 7.0, (2.0, 1.0, 1.0)),  # a campaign beyond charter and record, and late
        (5.0, 5.0, 6.0, (0.0, 1.0, 0.0)),  # as agreed, below the agreement
        (10.0, 6.0, 12.0, (-4.0, 0.0, 6.0)),  # padded, still late
        (6.0, 6.0, 4.0, (0.0, 0.0, -2.0)),  # better than the record
        (4.0, None, 6.0, (2.0, 0.0, 0.0)),  # nothing agreed: the haste is the promise's
    ],
)
def test_worked_rows(
    promised: float, standard: float | None, received: float, expected: tuple[float, float, float], tmp_path: Path
) -> None:
    row = steady(tmp_path, promised=promised, standard=standard, received=received)
    assert (row.expectation, row.standard, row.delivery) == pytest.approx(expected, abs=1e-6)
    assert row.gap == pytest.approx(received - promised, abs=1e-6)


def test_what_the_customer_wanted_and_was_never_promised_is_listening(tmp_path: Path) -> None:
    row = steady(tmp_path, promised=4.0, standard=4.0, received=6.0, wanted=2.0)
    assert row.listening == pytest.approx(2.0, abs=1e-6)
    assert row.listening_known == 1
    assert row.gap == pytest.approx(4.0, abs=1e-6)


def test_nobody_said_what_they_wanted_so_listening_is_unknown_and_not_nothing(tmp_path: Path) -> None:
    row = steady(tmp_path, promised=4.0, standard=4.0, received=6.0)
    assert row.listening is None
    assert row.listening_known == 0
    assert row.perception is None
    assert row.gap == pytest.approx(row.expectation + row.standard + row.delivery, abs=1e-9)


@pytest.fixture(scope="module")
def two_days_later(tmp_path_factory: pytest.TempPathFactory) -> tuple[Reading, Reading]:
    """Studies of the lanes, where everybody wanted their order within four days: as they are, and with two days more in every promise."""
    folder = tmp_path_factory.mktemp("two days later")
    world = lanes(5, orders=5_000, history=26)
    wanted = pa.array(np.full(world.promises.num_rows, 4.0))
    table = world.promises.append_column("requested", wanted)
    due = pa.array(table["due_at"].cast(pa.int64()).to_numpy() + 2 * 86_400_000_000, pa.timestamp("us"))
    later = table.set_column(table.column_names.index("due_at"), "due_at", due)
    as_of = day(366 + 60)
    first = study(table, *world.specs, folder=folder / "first", as_of=as_of, charter=world.charter)
    second = study(later, *world.specs, folder=folder / "second", as_of=as_of, charter=world.charter)
    return first, second


@pytest.mark.parametrize("mode", ["as-of", "cross-fitted"])
def test_a_later_promise_changes_only_what_the_promise_is_measured_against(mode: str, two_days_later: tuple[Reading, Reading]) -> None:
    """Adding two days to every promise: listening, expectation and standard move; capability and delivery do not."""
    first, second = two_days_later
    one, other = only(first, mode), only(second, mode)
    assert other.decomposed == one.decomposed > 3_000
    assert other.delivery == pytest.approx(one.delivery, abs=1e-6)
    assert one.listening is not None
    assert other.listening is not None
    assert other.listening == pytest.approx(one.listening + 2 * other.listening_known, abs=1e-6)
    moved = (other.expectation + other.standard) - (one.expectation + one.standard)
    assert moved == pytest.approx(-2 * one.decomposed, abs=1e-6)
    column = f"{'as_of' if mode == 'as-of' else 'cross'}_capability"

    def capabilities(found: Reading) -> list[float]:
        place = found.settings[column]
        return sorted(set(found.settings.filter(place.notnull()).to_pyarrow()[column].to_pylist()))

    assert capabilities(first) == capabilities(second)


@pytest.fixture(scope="module")
def on_lanes(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    """A study of 3,000 orders on the lanes."""
    return study_of(lanes(6, orders=3_000, history=26), tmp_path_factory.mktemp("lanes"))


@pytest.mark.parametrize("mode", ["as-of", "cross-fitted"])
def test_every_row_and_every_slice_add_up_in_days(mode: str, on_lanes: Reading) -> None:
    rows = {row["subject"]: row for row in on_lanes.coded.to_pyarrow().to_pylist()}
    singles = [row for row in on_lanes.native(["subject"], mode=mode) if row.decomposed]
    assert len(singles) > 3_000
    for row in singles:
        promise = rows[row.where["subject"]]
        late = promise["level_received"] - promise["level_promised"]
        assert row.expectation + row.standard + row.delivery == pytest.approx(late, abs=1e-9)
    whole = only(on_lanes, mode)
    assert sum(row.gap for row in singles) == pytest.approx(whole.gap, abs=1e-6)
    by_lane = on_lanes.native(["lane"], mode=mode)
    assert sum(row.gap for row in by_lane) == pytest.approx(whole.gap, abs=1e-6)
    assert sum(row.decomposed for row in by_lane) == whole.decomposed


def test_the_two_parts_that_share_the_median_never_pull_apart(on_lanes: Reading) -> None:
    """The sign lemma: expectation and standard have the sign of P - C, row by row."""
    for row in on_lanes.native(["subject"]):
        assert row.expectation * row.standard >= 0


def test_promises_that_cannot_be_measured_are_counted_with_their_reason(tmp_path: Path) -> None:
    of = spec()
    made = np.arange(0.0, 200.0)
    received = np.where(np.arange(200) % 10 == 0, np.nan, 4.0)
    row = only(study(promises(of, made, 5.0, received), of, folder=tmp_path / "days", as_of=day(300)))
    assert row.undecomposed[NOT_RECEIVED] == 20
    assert row.decomposed + sum(row.undecomposed.values()) == 200
    assert row.undecomposed[NO_RECORD] > 0
    yes_no = spec("information", unit="answers")
    told = study(promises(yes_no, made, np.nan, 1.0), yes_no, folder=tmp_path / "told", as_of=day(300))
    assert only(told).undecomposed == {UNMEASURED: 200}


def test_an_unknown_mode_names_the_near_miss(tmp_path: Path) -> None:
    of = spec()
    found = study(promises(of, [0.0], [5.0], [4.0]), of, folder=tmp_path, as_of=day(9))
    with pytest.raises(RequestError, match="cross") as caught:
        found.native(mode="cross-fit")
    assert "cross-fitted" in str(caught.value)
    with pytest.raises(RequestError):
        found.account(mode="asof")


@pytest.mark.parametrize("shift", [-3.0, -1.0, 0.0, 1.0, 3.0, 6.0])
def test_padding_and_overpromising_both_lose_in_a_study(shift: float, tmp_path: Path) -> None:
    """Skill -1.29, -.10, 0, -.07, -.42, -1.12: domain.md c6, against a capability the study found itself."""
    world = shifted_promises(1, shift, promises=10_000)
    (row,) = study_of(world, tmp_path).skill()
    assert row.skill.n > 9_000
    assert world.truth.skill is not None
    assert row.skill.value == pytest.approx(world.truth.skill, abs=0.05)


def test_skill_by_slice_and_where_nothing_was_received(tmp_path: Path) -> None:
    of = spec(dimensions=["page"])
    generator = np.random.default_rng(2)
    n = 3_000
    made = np.sort(generator.uniform(0, YEAR, n))
    page = generator.choice(["honest", "hasty", "silent"], n, p=[0.5, 0.46, 0.04])
    received = np.where(page == "silent", np.nan, np.exp(generator.normal(1.6, 0.35, n)))
    able = float(np.exp(1.6 + 0.35 * 1.2816))
    table = promises(of, made, np.where(page == "hasty", able - 3, able), received, page=page.tolist())
    found = {row.where["page"]: row for row in study(table, of, folder=tmp_path, as_of=day(500)).skill(["page"])}
    hasty, honest = found["hasty"].skill, found["honest"].skill
    assert hasty.value is not None
    assert hasty.high is not None
    assert honest.low is not None
    assert hasty.value < hasty.high < honest.low
    assert (found["silent"].skill.n, found["silent"].skill.value) == (0, None)


@pytest.fixture(scope="module")
def lanes_with_pages(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    """Two lanes, two pages of which one promises two days less; a few promises never received."""
    of = spec(context=["lane"], dimensions=["page"])
    generator = np.random.default_rng(9)
    n = 1_500
    made = np.sort(generator.uniform(0, YEAR, n))
    page = generator.choice(["honest", "hasty"], n)
    received = np.where(generator.random(n) < 0.03, np.nan, np.exp(generator.normal(1.6, 0.35, n)))
    lane = generator.choice(["north", "south"], n)
    table = promises(of, made, np.where(page == "hasty", 6.0, 8.0), received, page=page.tolist(), lane=lane.tolist())
    return study(table, of, folder=tmp_path_factory.mktemp("pages"), as_of=day(500))


def test_the_limits_of_skill_are_those_worked_out_cluster_by_cluster(lanes_with_pages: Reading) -> None:
    """Context cells in a week stand or fall together: the variance of a ratio of their losses, by hand."""
    found = lanes_with_pages
    capable = {row["setting"]: row["as_of_capability"] for row in found.settings.to_pyarrow().to_pylist()}
    rows = found.coded.filter(found.coded.in_cohort, found.coded.received_at.notnull()).to_pyarrow().to_pylist()
    clusters: dict[tuple[int, int], list[float]] = {}
    n = 0
    for row in rows:
        if (able := capable[row["code_setting"]]) is None:
            continue
        n += 1
        totals = clusters.setdefault((row["code_cell"], row["code_week"]), [0.0, 0.0])
        for place, level in enumerate((row["level_promised"], able)):
            late = row["level_received"] - level
            totals[place] += 0.9 * late if late > 0 else -0.1 * late
    promised, able_ = (np.array([totals[place] for totals in clusters.values()]) for place in (0, 1))
    ratio = promised.sum() / able_.sum()
    variance = len(clusters) / (len(clusters) - 1) * (((promised - ratio * able_) / able_.sum()) ** 2).sum()
    half = stats.t.ppf(0.975, len(clusters) - 1) * np.sqrt(variance)
    skill = found.skill()[0].skill
    assert (skill.n, skill.clusters) == (n, len(clusters))
    assert skill.value == pytest.approx(1 - ratio, abs=1e-6)
    assert (skill.low, skill.high) == pytest.approx((1 - ratio - half, 1 - ratio + half), abs=1e-6)


@pytest.mark.parametrize("by", [(), ("page",), ("page", "lane")])
def test_the_account_carries_the_skill_to_read_it_by(by: tuple[str, ...], lanes_with_pages: Reading) -> None:
    found = lanes_with_pages
    apart = {tuple(row.where.values()): row.skill for row in found.skill(by)}
    account = found.account(by)
    assert {tuple(row.where.values()): row.skill for row in account} == apart
    assert all(row.skill.value is not None for row in account)
    assert all(row.skill.value is None for row in found.account(by, skilled=False))


def test_a_handful_of_clusters_gives_no_skill(lanes_with_pages: Reading) -> None:
    found = lanes_with_pages
    (row,) = found.skill(since="2024-06-03", until="2024-06-12")
    assert row.skill.n > 10
    assert row.skill.clusters is not None
    assert row.skill.clusters < 10
    assert (row.skill.value, row.skill.low) == (None, None)
    assert "fewer than 10 clusters" in row.skill.method
