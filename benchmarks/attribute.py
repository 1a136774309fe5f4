"""Are the shares of marketing and service right? Worlds with a planted 60/40, our shares, those of the peers, and what ours cost.

    python -m benchmarks attribute                    500 worlds of 6,000 visits, three ways exposures may act
    python -m benchmarks attribute --worlds 60        fewer

The peers are what is done without us: the last thing that went wrong before the event takes it all (last touch); the coefficients of a
plain logistic regression, without and with the covariates, share the events as they share their sum; Shapley values of that regression;
and the formula of domain.md e6 filled in with gradient-boosted trees that are monotone in the exposures.

Worlds in which something nobody records drives exposures, event and placebo alike say how often the placebo refuses an answer, how often
it comes with a caution, and how often neither.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import process_time

import numpy as np
import numpy.typing as npt
import pyarrow as pa

import troth
from benchmarks.report import Target
from troth.engine.attribution.placebo import doubted, refused
from troth.engine.findings import Attribution
from troth.engine.intervals import wilson
from troth.engine.worlds import unwanted as made

Numbers = npt.NDArray[np.float64]

KINDS: Mapping[str, dict[str, object]] = {
    "alone": {"way": "alone"},
    "alone, 3 visits a customer": {"way": "alone", "visits": 3.0},
    "alone, bent": {"way": "alone", "bend": 0.4},
    "uneven": {"way": "uneven"},
    "odds": {"way": "odds"},
}
AMOUNTS = ((0.25, 0.15), (0.25, 0.4), (0.45, 0.3))
"""How much the exposures explain, and how common the event is without them. Worlds take kinds and amounts in turn."""

PEER_EVERY = 10
"""The peers are asked in every so many worlds: trees take their time."""

HIDDEN = (0.2, 0.4, 0.6)
"""Log-odds by which one spread of what nobody records moves the event."""

HIDDEN_EVERY, HIDDEN_FROM = 5, 900_000
"""Of every so many worlds one more is made for each of these, from this seed on."""

VERDICTS = ("refused", "with a caution", "told as it is")

TURNS = tuple(name for columns in made.SIDES.values() for name in columns)


@dataclass
class Record:
    """What was found in the worlds of one kind."""

    held: dict[str, list[bool]] = field(default_factory=dict)
    errors: dict[str, list[float]] = field(default_factory=dict)
    widths: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def ask(world: made.UnwantedWorld, *, clusters: bool) -> Attribution:
    """Ours."""
    return troth.attribute(
        world.table,
        event=made.EVENT,
        exposures=made.exposures_of(),
        covariates=made.COVARIATES,
        placebo=[made.PLACEBO],
        cluster=made.CUSTOMER if clusters else None,
    )


def verdict(found: Attribution) -> str:
    """What the placebos make of an answer, one of :data:`VERDICTS`."""
    return VERDICTS[0] if refused(found.placebo) else VERDICTS[1] if doubted(found.placebo) else VERDICTS[2]


def held_by(found: Attribution, world: made.UnwantedWorld) -> dict[str, bool]:
    """Which truths lie within their intervals."""
    true = world.shares
    explained = 1 - true["unexplained"]
    marketing = found.side("marketing")
    held = {f"{side}, of all events": _holds(found.side(side).share, share) for side, share in true.items()}
    held["marketing, of what is explained"] = _holds(marketing.of_explained, true["marketing"] / explained)
    held["marketing, both at once"] = held["marketing, of all events"] and held["marketing, of what is explained"]
    both = next(pair.of_both for pair in found.pairs if pair.where == {"side": "marketing", "against": "service"})
    held["60/40, marketing of both"] = _holds(both, true["marketing"] / (true["marketing"] + true["service"]))
    held["placebo, 0"] = bool(found.placebo[0].passed)
    held["answered at all"] = not refused(found.placebo)
    for row in found.exposures:
        held.setdefault("single exposures", True)
        held[f"exposure {row.where['exposure']}"] = _holds(row.share, world.exposures[str(row.where["exposure"])])
    held.pop("single exposures")
    return held


def _holds(figure: object, truth: float) -> bool:
    low, high = getattr(figure, "low", None), getattr(figure, "high", None)
    return low is not None and high is not None and low <= truth <= high


def world_of(place: int, rows: int, seed: int, **more: float) -> tuple[str, made.UnwantedWorld]:
    """The world that comes at this place of the round, and its kind."""
    kind = list(KINDS)[place % len(KINDS)]
    explained, base = AMOUNTS[place // len(KINDS) % len(AMOUNTS)]
    return kind, made.unwanted(rows, seed, explained=explained, base=base, **KINDS[kind], **more)  # type: ignore[arg-type]


def confounded(worlds: int, rows: int) -> dict[float, dict[str, list[bool]]]:
    """Strength of what nobody records to what placebos make of the answers, each with whether it holds marketing's share of all events."""
    found: dict[float, dict[str, list[bool]]] = {}
    for strength in HIDDEN:
        found[strength] = {each: [] for each in VERDICTS}
        for place in range(worlds):
            kind, world = world_of(place, rows, HIDDEN_FROM + place, hidden=strength)
            told = ask(world, clusters="visits" in KINDS[kind])
            found[strength][verdict(told)].append(_holds(told.side("marketing").share, world.shares["marketing"]))
    return found


def measure(worlds: int, rows: int) -> dict[str, Record]:
    """Every world, ours and the peers."""
    kinds: dict[str, Record] = {}
    for seed in range(worlds):
        kind, world = world_of(seed, rows, 1_000 + seed)
        record = kinds.setdefault(kind, Record())
        began = process_time()
        found = ask(world, clusters="visits" in KINDS[kind])
        record.cpu.append(process_time() - began)
        for what, held in held_by(found, world).items():
            record.held.setdefault("single exposures" if what.startswith("exposure ") else what, []).append(held)
        width = found.side("marketing").share
        record.widths.append((width.high or 0.0) - (width.low or 0.0))
        told = {"ours": {side: share or 0.0 for side, share in found.shares.items()}}
        beside = seed // len(KINDS) // len(AMOUNTS) % PEER_EVERY == 0
        if beside:
            told |= {"ours, beside the peers": told["ours"]}
            told |= {name: peer(world.table) for name, peer in PEERS.items()}
        for name, shares in told.items():
            miss = np.mean([abs(shares[side] - world.shares[side]) for side in world.shares])
            both = shares["marketing"] + shares["service"]
            record.errors.setdefault(f"{name}: points of share", []).append(100 * float(miss))
            split = shares["marketing"] / both if both > 0 else 0.5
            record.errors.setdefault(f"{name}: points of 60/40", []).append(100 * abs(split - made.MARKETING_OF_BOTH))
    return kinds


def _arrays(table: pa.Table) -> tuple[Numbers, Numbers, Numbers]:
    """Event, exposures, and covariates with words as columns."""
    columns = [np.asarray(table[name]) for name in ("intent", "quality", "price")]
    for name in ("season", "device"):
        told = np.asarray(table[name].to_pylist())
        columns += [told == level for level in sorted(set(told))[1:]]
    exposures = np.column_stack([np.asarray(table[name]) for name in TURNS]).astype(np.float64)
    return np.asarray(table[made.EVENT]).astype(np.float64), exposures, np.column_stack(columns).astype(np.float64)


def _by_side(of: Numbers, explained: float | None = None) -> dict[str, float]:
    """Shares of exposures as shares of sides; scaled to ``explained`` where given."""
    place = iter(of if explained is None else of * explained / max(of.sum(), 1e-12))
    shares = {side: float(sum(next(place) for _ in columns)) for side, columns in made.SIDES.items()}
    return {**shares, "unexplained": 1 - sum(shares.values())}


def last_touch(table: pa.Table) -> dict[str, float]:
    """The last thing that went wrong takes the whole event. Nobody recorded the order, so each is last as often as the others present."""
    happened, exposures, _ = _arrays(table)
    present = exposures.sum(axis=1)
    each = (happened[:, None] * exposures / np.maximum(present, 1)[:, None]).sum(axis=0) / happened.sum()
    return _by_side(each)


def _logistic(columns: Numbers, happened: Numbers) -> tuple[Numbers, Numbers]:
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1e6, max_iter=500).fit(columns, happened)
    return fitted.coef_[0], fitted.predict_proba(columns)[:, 1]


def coefficients(table: pa.Table) -> dict[str, float]:
    """Log odds of a logistic regression share what it takes away from the events when every exposure is taken out; no covariates."""
    happened, exposures, _ = _arrays(table)
    beta, chance = _logistic(exposures, happened)
    score = np.log(chance / (1 - chance))
    without = 1 / (1 + np.exp(-(score - exposures @ beta)))
    weight = np.maximum(beta, 0) * exposures.sum(axis=0)
    return _by_side(weight, max(0.0, 1 - float(without.sum() / happened.sum())))


def coefficients_adjusted(table: pa.Table) -> dict[str, float]:
    """The same with the covariates in the regression, as they are."""
    happened, exposures, covariates = _arrays(table)
    beta, chance = _logistic(np.column_stack([exposures, covariates]), happened)
    own = beta[: exposures.shape[1]]
    score = np.log(chance / (1 - chance))
    without = 1 / (1 + np.exp(-(score - exposures @ own)))
    weight = np.maximum(own, 0) * exposures.sum(axis=0)
    return _by_side(weight, max(0.0, 1 - float(without.sum() / happened.sum())))


def shapley(table: pa.Table) -> dict[str, float]:
    """Shapley values of that regression's chance, side by side: each row's sides enter in every order."""
    happened, exposures, covariates = _arrays(table)
    beta, chance = _logistic(np.column_stack([exposures, covariates]), happened)
    score = np.log(chance / (1 - chance))
    side = np.repeat(np.arange(len(made.SIDES)), [len(columns) for columns in made.SIDES.values()])
    pull = np.column_stack([exposures[:, side == k] @ beta[: len(side)][side == k] for k in range(len(made.SIDES))])
    base = score - pull.sum(axis=1)
    value = np.zeros(len(made.SIDES))
    for order in itertools.permutations(range(len(made.SIDES))):
        reached = base.copy()
        for k in order:
            before = 1 / (1 + np.exp(-reached))
            reached = reached + pull[:, k]
            value[k] += float((1 / (1 + np.exp(-reached)) - before).sum())
    value /= math.factorial(len(made.SIDES)) * happened.sum()
    shares = dict(zip(made.SIDES, map(float, value), strict=True))
    return {**shares, "unexplained": 1 - sum(shares.values())}


def trees(table: pa.Table) -> dict[str, float]:
    """The formula of e6 with r from trees that are monotone in the exposures, out of fold."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    happened, exposures, covariates = _arrays(table)
    count = exposures.shape[1]
    columns = np.column_stack([exposures, covariates])
    fold = np.random.default_rng(0).permutation(len(happened)) % 3
    parts = np.zeros(count)
    for k in range(3):
        inside = fold == k
        model = HistGradientBoostingClassifier(monotonic_cst=[1] * count + [0] * covariates.shape[1], max_iter=80, early_stopping=False)
        model.fit(columns[~inside], happened[~inside])

        def chance(present: Numbers, inside: npt.NDArray[np.bool_] = inside, model: HistGradientBoostingClassifier = model) -> Numbers:
            told: Numbers = model.predict_proba(np.column_stack([present, covariates[inside]]))[:, 1]
            return told

        own = exposures[inside]
        with_any, without = chance(own), chance(np.zeros_like(own))
        depth = np.zeros_like(own)
        for e in range(count):
            only = np.zeros_like(own)
            only[:, e] = 1
            depth[:, e] = own[:, e] * -np.log((1 - chance(only)) / (1 - without))
        total = depth.sum(axis=1)
        parts += ((with_any - without)[:, None] * depth / np.where(total > 0, total, 1)[:, None]).sum(axis=0)
    return _by_side(parts / happened.sum())


PEERS: Mapping[str, Callable[[pa.Table], dict[str, float]]] = {
    "last touch": last_touch,
    "logistic coefficients, no covariates": coefficients,
    "logistic coefficients": coefficients_adjusted,
    "Shapley of the logistic": shapley,
    "monotone trees in the formula": trees,
}


def report(kinds: Mapping[str, Record], rows: int) -> str:
    """Coverage by kind of world, and errors beside the peers'."""
    lines = [f"worlds of {rows:,} visits; truths within their 95% intervals"]
    whats = list(dict.fromkeys(what for record in kinds.values() for what in record.held))
    for what in whats:
        cells = "  ".join(f"{kind}: {np.mean(record.held[what]):.3f} ({len(record.held[what])})" for kind, record in kinds.items())
        every = [held for record in kinds.values() for held in record.held[what]]
        limits = wilson(float(np.mean(every)), len(every))
        lines.append(f"  {what:<34} all: {np.mean(every):.3f} [{limits.low:.3f}, {limits.high:.3f}]  {cells}")
    lines.append("mean error, and how many times ours")
    for unit in ("points of share", "points of 60/40"):
        same = [miss for record in kinds.values() for miss in record.errors.get(f"ours, beside the peers: {unit}", ())]
        ours = float(np.mean(same))  # the ratio is to ours in the peers' own worlds
        for name in ("ours", "ours, beside the peers", *PEERS):
            misses = [miss for record in kinds.values() for miss in record.errors.get(f"{name}: {unit}", ())]
            lines.append(f"  {name:<38} {np.mean(misses):6.2f} {unit:<16} {np.mean(misses) / ours:6.1f} x  ({len(misses)} worlds)")
    width = np.mean([width for record in kinds.values() for width in record.widths])
    cpu = [seconds for record in kinds.values() for seconds in record.cpu]
    lines.append(f"interval of marketing: {100 * width:.1f} points wide; {np.mean(cpu):.2f} CPU seconds a call, {max(cpu):.2f} at most")
    return "\n".join(lines)


def report_confounded(found: Mapping[float, Mapping[str, list[bool]]]) -> str:
    """How often the placebo speaks up, by how strong what nobody records is."""
    lines = ["something nobody records drives exposures, event and placebo: what the placebo makes of it, and marketing held"]
    for strength, verdicts in found.items():
        worlds = sum(map(len, verdicts.values()))
        cells = [f"{each}: {len(held) / worlds:.3f}" + (f" (held {np.mean(held):.2f})" if held else "") for each, held in verdicts.items()]
        lines.append(f"  {strength:g} log-odds a spread ({worlds} worlds)   {'   '.join(cells)}")
    return "\n".join(lines)


def run(worlds: int, rows: int) -> tuple[str, list[Target]]:
    """The report, and whether the targets are met."""
    kinds = measure(worlds, rows)
    held = {what: [one for record in kinds.values() for one in record.held[what]] for what in next(iter(kinds.values())).held}
    large = made.unwanted(20_000, 1)
    began = process_time()
    ask(large, clusters=False)
    seconds = process_time() - began
    found = [
        Target(f"{what} within its interval, {len(held[what])} worlds", 100 * float(np.mean(held[what])), 93, " %", at_least=True)
        for what in (
            "60/40, marketing of both",
            "marketing, of what is explained",
            "marketing, of all events",
            "service, of all events",
            "placebo, 0",
        )
    ]
    hidden = report_confounded(confounded(-(-worlds // HIDDEN_EVERY), rows))
    return f"{report(kinds, rows)}\n{hidden}", [*found, Target("20,000 visits, CPU seconds", seconds, 2, " s")]
