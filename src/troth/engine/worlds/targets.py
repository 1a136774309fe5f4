"""Calls of several teams, one of which has to end them within two minutes from the fifth month on (domain.md e8).

What the target does is planted: it cuts calls short, and cut calls come again more often, less often or as often as they would have.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

TARGET = 120
FIRST_MONTH = 4
MONTHS = 12
TALKED, SPREAD = 290.0, 0.5
"""Median length of a call nobody hurries, in seconds, and the spread of its logarithm."""

CUT_FROM = 80
USUAL = 0.12
HARDER = 0.06
"""Share of calls that come again, and by how much more where the reason is a late parcel."""

TEAM_APART = 0.04
"""How far teams lie apart anyway: each next one by this, the fourth as the first."""


def calls(
    n: int = 6_000,
    seed: int = 0,
    *,
    harm: float = 0.0,
    cut: float = 0.6,
    drift: float = 0.004,
    shock: float = 0.0,
    teams: int = 3,
    everybody: bool = False,
) -> pa.Table:
    """Calls, a row each: ``customer``, ``seconds``, ``minutes``, ``waited``, ``team``, ``reason``, ``at``, ``pressed``, ``again``.

    :param harm: share of cut calls that come again beyond those that would have; below 0 they come again less often.
    :param cut: share of calls under the target that are cut. :param drift: by which the share that come again grows a month, in all teams.
    :param shock: standard deviation of what befalls a team in a month. :param everybody: all teams work under the target throughout.
    """
    rng = np.random.default_rng(seed)
    team, month, reason = rng.integers(0, teams, n), rng.integers(0, MONTHS, n), rng.integers(0, 3, n)
    pressed = np.ones(n, dtype=np.bool_) if everybody else (team == 0) & (month >= FIRST_MONTH)
    short = pressed & (rng.random(n) < cut)
    seconds = np.where(short, CUT_FROM + rng.random(n) * (TARGET - CUT_FROM - 1), rng.lognormal(np.log(TALKED), SPREAD, n)).round()
    befell = rng.normal(0.0, shock, (teams, MONTHS))[team, month] if shock else 0.0
    usual = USUAL + TEAM_APART * (team % 3) + drift * month + HARDER * (reason == 0) + befell
    again = rng.random(n) < np.where(short, usual + harm, usual)
    first = np.datetime64("2024-01-10T12:00:00", "us")
    return pa.table(
        {
            "customer": rng.integers(0, max(n // 2, 1), n),
            "seconds": seconds,
            "minutes": seconds / 60,
            "waited": np.full(n, 3.0),
            "team": np.array([f"team {number}" for number in range(teams)])[team],
            "reason": np.array(["late", "broken", "other"])[reason],
            "at": first + (month * 30).astype("timedelta64[D]"),
            "pressed": pressed,
            "again": again,
        }
    )
