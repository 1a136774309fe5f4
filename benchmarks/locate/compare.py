"""Ours and the peer on the same made cubes, in one run: ``python -m benchmarks locate``.

An element counts if its rule is exactly a planted one; counts are pooled over the cubes. Seconds are processor seconds of a cube, counting
in the database left out on both sides: each is given arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import process_time

from benchmarks.locate.adtributor import adtributor
from benchmarks.locate.cubes import KINDS, MadeCube, Where, additive, incidents, orders
from benchmarks.report import Target
from troth.engine.localisation import Causes, locate_cube

FIRST_SEED = 290_000
"""Seeds from here on were never looked at while the scan was made; 5,000 to 7,080, 90,000 to 90,200 and 190,000 to 190,200 were."""


@dataclass(slots=True)
class Score:
    """What one method found over many cubes."""

    name: str
    cubes: int = 0
    right: int = 0
    wrong: int = 0
    missed: int = 0
    alarms: int = 0
    exact: int = 0
    first: int = 0
    seconds: list[float] = field(default_factory=list)
    inside: list[bool] = field(default_factory=list)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, pooled."""
        return 2 * self.right / max(1, 2 * self.right + self.wrong + self.missed)

    def add(self, truth: Iterable[Where], found: list[Where], seconds: float) -> None:
        """Count one cube."""
        planted, told = set(truth), set(found)
        self.cubes += 1
        self.right += len(planted & told)
        self.wrong += len(told - planted)
        self.missed += len(planted - told)
        self.alarms += bool(told)
        self.exact += planted == told
        self.first += bool(found) and found[0] in planted
        self.seconds.append(seconds)

    def line(self) -> str:
        """One line of the table."""
        mean = sum(self.seconds) / len(self.seconds)
        share = f"{self.right}/{self.wrong}/{self.missed}"
        covered = f"{sum(self.inside) / len(self.inside):>9.3f}" if self.inside else f"{'':>9}"
        rates = f"{self.f1:>7.3f}{share:>15}{self.alarms / self.cubes:>8.3f}{self.exact / self.cubes:>8.3f}{self.first / self.cubes:>8.3f}"
        return f"{self.name:<32}{self.cubes:>6}{rates}{covered}{mean:>9.4f}{max(self.seconds):>8.3f}"


HEAD = f"{'':<32}{'cubes':>6}{'F1':>7}{'right/wrong/no':>15}{'alarms':>8}{'exact':>8}{'first':>8}{'covered':>9}{'cpu s':>9}{'most':>8}"


def ours(cube: MadeCube, deepest: int | None = None) -> Causes:
    """Our causes of a made cube, at the settings anyone gets."""
    numbers = {name: getattr(cube, name) for name in ("observed", "trials", "expected", "before", "trials_before")}
    columns = {name: values for name, values in numbers.items() if values is not None}
    dimensions = dict(zip(cube.names, cube.codes, strict=True))
    measure = "amount" if cube.trials is None else "rate"
    return locate_cube({**dimensions, **columns}, cube.names, measure=measure, deepest=deepest or cube.deepest)


def compare(title: str, cubes: Iterable[MadeCube], deepest: int | None = None) -> tuple[Score, Score]:
    """Both methods on the same cubes."""
    mine, peers = Score(f"{title}, ours"), Score(f"{title}, Adtributor k=1")
    for cube in cubes:
        began = process_time()
        found = ours(cube, deepest)
        mine.add(cube.truth, [tuple(rule.items()) for rule in found.rules], process_time() - began)
        for cause in found:
            rule = tuple(cause.where.items())
            if rule in cube.truth and cube.excess:
                low, high = cause.interval
                assert low is not None
                assert high is not None
                mine.inside.append(low <= cube.excess[cube.truth.index(rule)] <= high)
        began = process_time()
        told = adtributor(cube)
        peers.add(cube.truth, sorted(told), process_time() - began)
    print(mine.line(), peers.line(), sep="\n", flush=True)
    return mine, peers


def pooled(title: str, scores: Iterable[Score]) -> Score:
    """All cubes together."""
    whole = Score(title)
    for score in scores:
        for name in ("cubes", "right", "wrong", "missed", "alarms", "exact", "first", "seconds", "inside"):
            setattr(whole, name, getattr(whole, name) + getattr(score, name))
    print(whole.line(), flush=True)
    return whole


def locate(number: int) -> list[Target]:
    """Print the comparison and give the targets.

    :param number: cubes with a cause; as many without one.
    """
    print(HEAD)
    seeds = range(FIRST_SEED, FIRST_SEED + number)
    planted: list[tuple[Score, Score]] = []
    null: list[tuple[Score, Score]] = []
    for place, kind in enumerate(KINDS):
        mine = seeds[place :: len(KINDS)]
        planted.append(compare(kind, (orders(seed, kind, planted=True) for seed in mine)))
        null.append(compare(f"{kind}, null", (orders(seed, kind, planted=False) for seed in mine)))
    sparse = pooled("orders, ours", (mine for mine, _ in planted))
    pooled("orders, Adtributor k=1", (peers for _, peers in planted))
    alarms = pooled("orders null, ours", (mine for mine, _ in null))
    pooled("orders null, Adtributor k=1", (peers for _, peers in null))
    few: Callable[[], range] = lambda: range(FIRST_SEED, FIRST_SEED + max(1, number // 4))  # noqa: E731
    streams, _ = compare("incidents (made)", (incidents(seed) for seed in few()))
    compare("incidents (made), null", (incidents(seed, planted=False) for seed in few()))
    leaves: dict[str, Score] = {}
    for name in ("S", "L"):
        leaves[name], _ = compare(f"additive {name} (made)", (additive(seed, name) for seed in few()))
        compare(f"additive {name}, 3 deep", (additive(seed, name) for seed in few()), deepest=3)
    seconds = sum(sparse.seconds + alarms.seconds) / len(sparse.seconds + alarms.seconds)
    return [
        Target("F1 on sparse orders", sparse.f1, 0.75, at_least=True),
        Target("false alarms on null orders", alarms.alarms / alarms.cubes, 0.05),
        Target("processor seconds a cube of 8,640 leaves", seconds, 0.05, " s"),
        Target("F1 on made incidents", streams.f1, 0.72, at_least=True),
        Target("F1 on additive S", leaves["S"].f1, 0.65, at_least=True),
        Target("F1 on additive L", leaves["L"].f1, 0.75, at_least=True),
    ]
