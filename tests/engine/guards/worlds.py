"""Made calls of three teams, one of which has to end them within two minutes from the fifth month on; what that does is planted."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

TEAMS = ("blue", "green", "yellow")
TARGET = 120
FIRST_MONTH = 4


def calls(
    n: int = 6000,
    seed: int = 0,
    *,
    harm: float = 0.0,
    cut: float = 0.6,
    drift: float = 0.004,
    teams: int = 3,
    months: int = 12,
    everybody: bool = False,
) -> pa.Table:
    """Calls, a row each.

    :param harm: share of cut calls that come again beyond those that would have anyway; below 0 it helps. :param cut: share of calls under
        the target that are cut. :param drift: by which the share that come again grows each month, in all teams.
    :param everybody: all teams work under the target throughout.
    """
    rng = np.random.default_rng(seed)
    team, month = rng.integers(0, teams, n), rng.integers(0, months, n)
    pressed = np.ones(n, dtype=bool) if everybody else (team == 0) & (month >= FIRST_MONTH)
    reason = rng.integers(0, 3, n)
    short = pressed & (rng.random(n) < cut)
    talk = np.exp(rng.normal(np.log(290), 0.5, n))
    seconds = np.where(short, 80 + rng.random(n) * 39, talk).round()
    usual = 0.12 + 0.05 * (team == 1) + drift * month + 0.06 * (reason == 0)
    again = rng.random(n) < np.where(short, usual + harm, usual)
    return pa.table(
        {
            "customer": rng.integers(0, n // 2, n),
            "seconds": seconds,
            "team": np.array([*TEAMS, *(f"team {i}" for i in range(3, 40))])[team],
            "reason": np.array(["late", "broken", "other"])[reason],
            "at": np.array([np.datetime64("2024-01-10") + np.timedelta64(30 * int(one), "D") for one in month], dtype="datetime64[us]"),
            "pressed": pressed,
            "again": again,
            "minutes": seconds / 60,
            "waited": np.full(n, 3.0),
        }
    )
