"""Are targets that hurt found, and are others left alone? Worlds whose effect is planted, and the two targets of made shops.

    python -m benchmarks guard                          200 worlds of each kind, 20 shops
    python -m benchmarks guard --replications 40 --shops 4

A world has 6,000 calls of three teams, a quarter of a month's calls under the target. In a shop the call-time target of one team hurts, and
the case-note target of another is met without harm; a call counts as harmed where a further contact follows on it.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

import troth
from benchmarks.report import Target
from troth.engine.worlds.shop import causes as c
from troth.engine.worlds.shop.making import shop
from troth.engine.worlds.targets import TARGET, calls

FOUND, LEFT_ALONE = 0.95, 0.95
COVERED = 0.93
CUT = 0.6
ORDERS = 20_000

KINDS: Mapping[str, dict[str, Any]] = {
    "harmful, 30 points": {"harm": 0.30},
    "harmful, 15 points": {"harm": 0.15},
    "met without harm": {"harm": 0.0},
    "met without harm, 30,000 calls": {"harm": 0.0, "n": 30_000},
    "met without harm, months befall teams": {"harm": 0.0, "shock": 0.03},
    "nobody is hurried": {"cut": 0.0},
    "helpful, 12 points": {"harm": -0.12, "n": 12_000},
}
EVERYBODY: Mapping[str, dict[str, Any]] = {
    "everybody under it, harmful": {"harm": 0.30, "everybody": True},
    "everybody under it, no harm": {"harm": 0.0, "everybody": True},
}
ASKED: Mapping[str, Any] = {
    "target": TARGET,
    "outcomes": ["again"],
    "value": "seconds",
    "comparable": ["reason"],
    "at": "at",
    "unit": "team",
}


@dataclass
class Record:
    """What was found in the worlds of one kind."""

    verdicts: dict[str, int] = field(default_factory=dict)
    held: int = 0
    off: list[float] = field(default_factory=list)
    bunched: int = 0

    @property
    def runs(self) -> int:
        """Worlds judged."""
        return sum(self.verdicts.values())

    def share(self, verdict: str) -> float:
        """Share of the worlds with this verdict."""
        return self.verdicts.get(verdict, 0) / self.runs

    def note(self, found: troth.Guard, truth: float) -> None:
        """Count one world."""
        (test,) = found.tests
        figure = test.damage if found.comparison != "limit" else test.near
        self.verdicts[found.verdict] = self.verdicts.get(found.verdict, 0) + 1
        self.bunched += bool(found.bunched)
        if figure.low is not None and figure.high is not None:
            self.held += figure.low <= truth <= figure.high
            self.off.append((figure.value or 0.0) - truth)


def guard(worlds: int, shops: int, folder: Path) -> list[Target]:
    """Judge the targets and print what was found."""
    print(f"{'':<40}{'harmful':>9}{'helpful':>9}{'neutral':>9}{'unknown':>9}{'bunched':>9}{'limits hold':>13}{'bias, points':>14}")
    kinds: dict[str, Record] = {}
    for number, (name, said) in enumerate({**KINDS, **EVERYBODY}.items()):
        kinds[name] = Record()
        everybody = bool(said.get("everybody"))
        for seed in range(worlds):
            cases = calls(seed=1_000_000 * (number + 1) + seed, **said)
            found = troth.guard(cases, pressed=None if everybody else "pressed", bin=20, **ASKED)
            kinds[name].note(found, said.get("harm", 0.0) * (1.0 if everybody else said.get("cut", CUT)))
        _print(name, kinds[name])
    planted = _shops(shops, folder)
    for name, record in planted.items():
        _print(name, record, truth=False)
    targets = []
    for name, record in {**kinds, **planted}.items():
        if "harmful" in name and "15" not in name:
            targets.append(Target(f"{name}: found", record.share("harmful"), FOUND, at_least=True))
        elif "helpful" in name:
            targets.append(Target(f"{name}: found", record.share("helpful"), FOUND, at_least=True))
        elif "harmful" not in name:
            targets.append(Target(f"{name}: left alone", 1 - record.share("harmful"), LEFT_ALONE, at_least=True))
    targets += [
        Target(f"{name}: limits hold the truth", kinds[name].held / max(len(kinds[name].off), 1), COVERED, at_least=True) for name in KINDS
    ]
    return targets


def _print(name: str, record: Record, *, truth: bool = True) -> None:
    verdicts = "".join(f"{record.share(verdict):>9.1%}" for verdict in ("harmful", "helpful", "neutral", "unknown"))
    held = f"{record.held / len(record.off):>13.1%}{100 * float(np.mean(record.off)):>14.2f}" if truth and record.off else ""
    print(f"{name:<40}{verdicts}{record.bunched / record.runs:>9.1%}{held}", flush=True)


def _shops(shops: int, folder: Path) -> dict[str, Record]:
    """The two targets of shops of other seeds."""
    found = {"shop, call-time target, harmful": Record(), "shop, case-note target": Record()}
    for seed in range(2, 2 + shops):
        place = folder / f"shop_{seed}"
        shop(place, ORDERS, seed=seed)
        tickets = _tickets(place / "data" / "tickets.parquet")
        for name, record, team, since, value, target, width, only in (
            (*_pair(found, 0), c.TARGET_TEAM, "2024-05-06", "call_seconds", c.TARGET_SECONDS, 20, "channel = 'phone'"),
            (
                *_pair(found, 1),
                c.NOTE_TEAM,
                "2024-06-03",
                "note_seconds",
                c.NOTE_SECONDS,
                8,
                "not (channel = 'phone' and team = 'blue' and opened_at >= timestamp '2024-05-06')",
            ),
        ):
            cases = duckdb.sql(
                f"select *, team = '{team}' and opened_at >= timestamp '{since}' as pressed from tickets where {only}"  # noqa: S608
            ).to_arrow_table()
            judged = troth.guard(
                cases,
                target=target,
                outcomes=["again"],
                value=value,
                cluster="customer_id",
                pressed="pressed",
                at="opened_at",
                unit="team",
                comparable=["channel"],
                bin=width,
                name=name,
            )
            record.note(judged, 0.0)
        del tickets
        shutil.rmtree(place)
    return found


def _pair(found: dict[str, Record], place: int) -> tuple[str, Record]:
    return list(found.items())[place]


def _tickets(file: Path) -> pa.Table:
    """Tickets, with whether a further contact followed; those of the last week may still be followed by one, and are unknown."""
    return duckdb.sql(
        f"""select t.*, case when t.opened_at > timestamp '2024-12-24' then null else next.repeat_of is not null end as again
        from read_parquet('{file}') t left join read_parquet('{file}') next on next.repeat_of = t.ticket_id"""  # noqa: S608
    ).to_arrow_table()
