"""The results as a table, and whether each target is met."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measure import GIB
from troth.engine.gaps.draws import DRAWS

DREW = "peer drew"
"""The peer with bootstrap draws."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement.

    :param what: floor; ours, the ledger and the account; study, the whole of it; as peer, ours asked as the peer is; peer.
    :param rows: promises.
    """

    what: str
    rows: int
    seconds: float
    cpu: float
    peak: int


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked, and what was measured. ``limit`` is the most, or the least where ``at_least``."""

    what: str
    value: float
    limit: float
    unit: str = ""
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the measurement is on the right side of the limit."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def table(rows: Sequence[Row]) -> str:
    """Times, ratios to the floor and to ours, rows a second, peak memory and growth."""
    lines = [
        f"{'promises':>12}  {'what':<10}{'seconds':>10}{'cpu s':>9}{'x floor':>10}{'x ours':>9}{'rows/s':>14}{'peak GiB':>10}{'growth':>8}"
    ]
    for row in rows:
        floor, ours = find(rows, "floor", row.rows), find(rows, "ours", row.rows)
        lines.append(
            f"{row.rows:>12,}  {row.what:<10}{row.seconds:>10.2f}{row.cpu:>9.2f}"
            + (f"{row.seconds / floor.seconds:>10.1f}" if floor else f"{'':>10}")
            + (f"{row.seconds / ours.seconds:>9.2f}" if ours else f"{'':>9}")
            + f"{row.rows / row.seconds:>14,.0f}{row.peak / GIB:>10.2f}"
            + (f"{exponent:>8.2f}" if (exponent := growth(rows, row)) is not None else "")
        )
    return "\n".join(lines)


def find(rows: Sequence[Row], what: str, size: int) -> Row | None:
    """The measurement of something at a size."""
    return next((row for row in rows if (row.what, row.rows) == (what, size)), None)


def growth(rows: Sequence[Row], row: Row) -> float | None:
    """The exponent e of seconds ~ rows^e since the next smaller size of the same."""
    smaller = max((other for other in rows if other.what == row.what and other.rows < row.rows), key=lambda other: other.rows, default=None)
    return None if smaller is None else math.log(row.seconds / smaller.seconds) / math.log(row.rows / smaller.rows)


def targets(rows: Sequence[Row], draws: int = 0) -> list[Target]:
    """The targets these measurements can answer.

    :param draws: of the peer that drew.
    """
    million = 1_000_000
    found = []
    if study := find(rows, "study", million):
        found.append(Target("the whole study at 1 million", study.seconds, 10, " s"))
    for size, limit in ((10 * million, 25), (100 * million, 10)):
        ours, floor, study = (find(rows, what, size) for what in ("ours", "floor", "study"))
        if ours and floor:
            found.append(Target(f"ours at {size // million} million, against the floor", ours.seconds / floor.seconds, limit, " x"))
        if ours and study:
            added = study.seconds / ours.seconds - 1
            found.append(Target(f"what a study adds to ledger and account at {size // million} million", added, 2, " x"))
    if large := find(rows, "ours", 100 * million):
        if (exponent := growth(rows, large)) is not None:
            found.append(Target("growth exponent to 100 million", exponent, 1.0))
        peak = max(row.peak for row in rows if row.rows == large.rows and row.what in {"ours", "study"})
        found.append(Target("peak memory at 100 million", peak / GIB, 6, " GiB"))
    ours, peer, drew = (find(rows, what, million) for what in ("as peer", "peer", DREW))
    if ours and peer:
        bare = peer.seconds / ours.seconds
        found.append(Target("the peer at 1 million without intervals, against ours with them", bare, 1, " x", at_least=True))
        if drew and draws:
            whole = peer.seconds + DRAWS * max(drew.seconds - peer.seconds, 0.0) / draws
            what = f"the peer at 1 million with our {DRAWS} draws, reckoned from {draws}, against ours"
            found.append(Target(what, whole / ours.seconds, 10, " x", at_least=True))
    return found


def verdicts(found: Sequence[Target]) -> str:
    """One line per target."""
    return "\n".join(
        f"{'met   ' if each.met else 'MISSED'}  {each.what}: {each.value:.2f}{each.unit}, "
        f"{'at least' if each.at_least else 'at most'} {each.limit:g}{each.unit}"
        for each in found
    )
