"""The made shop: how long it takes to make and to study, and whether the account and the issues find what was planted.

``python -m benchmarks.shop FOLDER ORDERS`` makes a shop there, as a process of its own; :func:`targets` measures that and the study.
"""

from __future__ import annotations

import json
import math
import shutil
import sys
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.measure import GIB, run
from troth.engine.issues.result import Issue
from troth.engine.worlds.shop import causes as c
from troth.engine.worlds.shop.making import ORDERS, shop
from troth.project.examples import find

MAKE_SECONDS, MAKE_GIB = 30.0, 1.5
STUDY_SECONDS, STUDY_GIB = 60.0, 3.0
FIRST, STRANGERS = 10.0, 2.0
MISSED = 0.0
OFF = 0.15
"""How far a part of the account may lie from what was planted, as a share of it."""


def targets(folder: Path, orders: int = ORDERS) -> list[report.Target]:
    """Make the shop, study it, and face its truth."""
    project = find("shop").lay_out(folder)
    print(f"making a shop of {orders:,} orders", file=sys.stderr)
    making = run(sys.executable, "-m", "benchmarks.shop", project, str(orders))
    print("studying it", file=sys.stderr)
    shutil.rmtree(project / ".troth", ignore_errors=True)
    study = run(Path(sys.executable).with_name("troth"), "run", project, "--as-of", find("shop").as_of)
    return [
        report.Target(f"make {orders:,} orders", making.cpu, MAKE_SECONDS, "s of processor"),
        report.Target(f"make {orders:,} orders, memory", making.peak / GIB, MAKE_GIB, "GiB"),
        report.Target(f"study {orders:,} orders", study.seconds, STUDY_SECONDS, "s"),
        report.Target(f"study {orders:,} orders, memory", study.peak / GIB, STUDY_GIB, "GiB"),
        *(report.Target(f"{name}: off by", off, OFF) for name, off in parts(project).items()),
        *(report.Target(f"{name}: place among the issues", place, FIRST) for name, place in places(project).items()),
        report.Target(f"of the first {FIRST:.0f} issues, not planted", strangers(project), STRANGERS),
        report.Target("of twelve planted shares, outside their intervals", missed(project), MISSED),
    ]


def places(project: Path) -> dict[str, float]:
    """Rank of the first issue that holds each planted cause, with its owner and its part; endless where there is none.

    The two fixes are no issues: what they did is an effect.
    """
    return {
        cause.name: min((one.rank for one in _listed(project) if one.rank and _is(one, cause)), default=math.inf)
        for cause in c.CAUSES
        if not cause.fix
    }


def strangers(project: Path) -> int:
    """How many of the first issues are of no planted cause."""
    first = [one for one in _listed(project) if one.rank and one.rank <= FIRST]
    return sum(not any(_holds(one, cause) for cause in c.CAUSES) for one in first)


QUESTIONS = {"browsed and did not buy": "browsed, not bought", "returned the order": "returned", "cancelled the trial": "trial cancelled"}
"""Questions of the example, and what the truth calls them."""


def missed(project: Path) -> int:
    """How many of the planted shares of the questions lie outside their intervals."""
    import troth

    planted = json.loads((project / "truth" / "truth.json").read_text(encoding="utf-8"))["fractions"]
    found = 0
    for one in troth.open(project).current().answers:
        for side, share in planted[QUESTIONS[one.question]]["expected"].items():
            figure = one.found.side(side).share
            found += figure.low is None or figure.high is None or not figure.low <= share <= figure.high
    return found


def _listed(project: Path) -> list[Issue]:
    import troth

    return list(troth.open(project).current().issues)


def _is(one: Issue, cause: c.Planted) -> bool:
    """It lies where the cause was planted, is of its area, and of its part where it breaks a promise of the account."""
    owner = max(one.areas, key=lambda area: one.areas[area], default="")
    return _holds(one, cause) and owner == cause.area and (cause.part is None or one.part == cause.part)


def _holds(one: Issue, cause: c.Planted) -> bool:
    return all(one.rule.get(name) in values for name, values in cause.rule.items() if name != "table")


def parts(project: Path) -> dict[str, float]:
    """How far each planted part lies from its truth, as a share of it."""
    import troth

    study = troth.open(project).current()
    known = json.loads((project / "truth" / "truth.json").read_text(encoding="utf-8"))
    excess = {cause["name"]: cause["excess"] for cause in known["causes"]}
    dates: dict[str, Any] = {"name": "delivery date"}
    (rash,) = study.account(where={**dates, "campaign": c.RASH_CAMPAIGN}, skilled=False)
    (slow,) = study.account(where={**dates, "region": c.SLOW_REGION, "carrier": c.SLOW_CARRIER}, skilled=False)
    months = study.account(["made_month"], where={**dates, "warehouse": c.INCIDENT_WAREHOUSE}, skilled=False)
    incident = sum(row.delivery.value for row in months if f"{row.where['made_month']:%m}" in {"09", "10"})
    too_early = sum(broken for _, broken in slow.undecomposed.values())
    return {
        f"{c.RASH} in expectation-setting": abs(rash.expectation.value / excess[c.RASH] - 1),
        f"{c.INCIDENT} in delivery": abs(incident / excess[c.INCIDENT] - 1),
        f"{c.SLOW_LANE} in standard": abs(slow.standard.value / (excess[c.SLOW_LANE] - too_early) - 1),
    }


if __name__ == "__main__":
    shop(Path(sys.argv[1]), int(sys.argv[2]))
