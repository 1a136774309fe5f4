"""The break account (domain.md d5): allowance, expectation-setting, standard, delivery."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.peer import capability as c
from troth.engine.capability.cells import HALF_YEAR
from troth.engine.capability.record import MOST_WAIT, QUARTERS

CONTEXT = ["region", "product_group", "supplier"]
LEVELS = [CONTEXT[:depth] for depth in range(len(CONTEXT) + 1)]
FIRST_MONDAY = pd.Timestamp("1970-01-05")
PARTS = ["allowance", "expectation", "standard", "delivery"]


def account(
    ledger: pd.DataFrame, *, target: float, standard: float, draws: int = 0
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
    """Parts by mode: ``as-of`` and ``cross-fitted``, each also ``(aware)``: with the promise's strictness as context.

    :param draws: bootstrap draws; the second result holds the standard error of each part by mode, empty without draws.
    """
    rows = coded(ledger)
    cells = c.Cells(rows, LEVELS, c.bins_for(rows.groupby(CONTEXT).ngroups, int(rows.week.max()) + 1))
    grid = c.add_grid(rows, cells)
    origin, step = rows[cells.leaf].map(grid.origin), rows[cells.leaf].map(grid.step)
    rows["promise"] = position(np.log(rows.promised_days), origin, step)
    rows["standard"] = position(np.log(standard), origin, step)

    rows["third"] = thirds(rows, cells.leaf)
    found, errors = {}, {}
    for mode, windows in (("as-of", c.as_of_windows(rows)), ("cross-fitted", c.cross_fitted_windows(rows))):
        curves = c.fit(rows, cells, grid, windows)
        kappas = c.choose_kappas(rows, cells, windows, curves, target)
        found[mode] = parts(rows, cells, windows, curves, kappas, target)
        aware = aware_of_promise(rows, cells, grid)
        found[f"{mode} (aware)"] = parts(*aware[:2], windows, c.fit(*aware, windows), kappas, target)
        if draws:
            errors[mode] = bootstrap(rows, cells, grid, windows, kappas, target, draws)
    return found, errors


def aware_of_promise(rows: pd.DataFrame, cells: c.Cells, grid: pd.DataFrame) -> tuple[pd.DataFrame, c.Cells, pd.DataFrame]:
    """Rows, cells and grids with each cell split by how strict the promise was; a third of the promises makes do with wider bins."""
    coarse = 2
    split = rows.copy()
    finer = c.Cells(split, [*LEVELS, [*CONTEXT, "third"]], cells.bins // coarse)
    wider = grid.loc[finer.parent(len(LEVELS))].reset_index(drop=True)
    wider["step"] *= coarse
    split["bin"] //= coarse
    c.add_centre(split, finer, wider)
    return split, finer, wider


def bootstrap(
    rows: pd.DataFrame,
    cells: c.Cells,
    grid: pd.DataFrame,
    windows: list[c.Window],
    kappas: list[float],
    target: float,
    draws: int,
) -> dict[str, float]:
    """Standard error of each part: clusters of cell and week drawn anew, everything fitted again."""
    generator = np.random.default_rng(0)
    cluster = rows.groupby([cells.leaf, "week"]).ngroup()
    drawn = []
    for _ in range(draws):
        times = generator.poisson(1.0, cluster.max() + 1)[cluster]
        sample = rows.loc[rows.index.repeat(times)].reset_index(drop=True)
        again = parts(sample, cells, windows, c.fit(sample, cells, grid, windows), kappas, target)
        drawn.append({part: again[part] / again["due"] for part in PARTS})
    return dict(pd.DataFrame(drawn).std() * float(rows.due.sum()))


def coded(ledger: pd.DataFrame) -> pd.DataFrame:
    """What capability learns from: week of promising, weeks waited, log of the lead time."""
    rows = ledger[[*CONTEXT, "promised_days", "due", "broken"]].copy()
    made, came = ((at - FIRST_MONDAY) // pd.Timedelta(weeks=1) for at in (ledger.order_at, ledger.received_at))
    wait = (came - made).clip(lower=0)
    rows["received"] = ledger.received_at.notna() & ~(ledger.broken & (ledger.shortfall <= 0)) & (wait < MOST_WAIT)
    rows["week"] = made.astype(int) - int(made.min())
    rows["half"] = came // HALF_YEAR
    rows["wait"] = wait.where(rows.received, 0).astype(int)
    rows["y"] = np.log(ledger.received_days.clip(lower=1e-4)).where(rows.received)
    return rows.reset_index(drop=True)


def position(badness: pd.Series | float, origin: pd.Series, step: pd.Series) -> pd.Series:
    """Badness to a quarter of a bin."""
    return origin + np.round((badness - origin) / step * QUARTERS) / QUARTERS * step


def thirds(rows: pd.DataFrame, leaf: str) -> pd.Series:
    """Which third of its cell's promises a row belongs to, by how strict the promise was."""
    rank = rows.groupby(leaf).promise.rank(method="max", pct=True)
    limits = [rows.promise.where(rank >= part - 1e-9).groupby(rows[leaf]).transform("min") for part in (1 / 3, 2 / 3)]
    return sum((rows.promise > limit + 1e-9).astype(int) for limit in limits)


def parts(
    rows: pd.DataFrame, cells: c.Cells, windows: list[c.Window], curves: list[c.Curves], kappas: list[float], target: float
) -> dict[str, float]:
    """Take every due promise apart."""
    settings = (
        rows[rows.due]
        .groupby(["week", cells.leaf, "promise", "standard"], as_index=False)
        .agg(due=("due", "sum"), broken=("broken", "sum"))
    )
    pieces = []
    for window, fitted, kappa in zip(windows, curves, kappas, strict=True):
        mine = settings[settings.week.isin(window.judges)]
        if mine.empty or not fitted.usable():
            continue
        leaf = mine[cells.leaf].to_numpy()
        able = c.capability(fitted, cells, leaf, target, kappa)
        middle = mine.standard.clip(np.minimum(mine.promise, able), np.maximum(mine.promise, able))
        at = [(1 - c.below(fitted, cells, leaf, np.asarray(level), kappa)).clip(0, 1) for level in (able, middle, mine.promise)]
        pieces.append(mine.assign(p_capability=at[0], p_middle=at[1], p_promise=at[2]))
    judged = pd.concat(pieces)
    at_capability, at_middle, at_promise = ((judged[f"p_{place}"] * judged.due).sum() for place in ("capability", "middle", "promise"))
    return {
        "due": float(judged.due.sum()),
        "broken": float(judged.broken.sum()),
        "allowance": at_capability,
        "expectation": at_promise - at_middle,
        "standard": at_middle - at_capability,
        "delivery": judged.broken.sum() - at_promise,
    }
