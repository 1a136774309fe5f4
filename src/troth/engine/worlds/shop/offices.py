"""The shop's offices: areas, roles, who may decide and pay what, what was asked of whom and what became of it, what was changed when.

Small tables, the same at every size; only the asks are drawn. Only the audits are mapped: the others are there for whoever looks at purview
and funding.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from troth.engine.worlds.shop import causes as c
from troth.engine.worlds.shop import company as k
from troth.engine.worlds.shop.draws import Draws
from troth.engine.worlds.shop.tables import day, moment, word
from troth.engine.worlds.shop.year import END
from troth.engine.worlds.shop.year import moment as local_time

AREAS: tuple[tuple[str, str, int], ...] = (
    ("Marketing", "brand", 34),
    ("Product", "brand", 12),
    ("Service", "service", 88),
    ("Fulfilment", "operating", 240),
    ("IT", "operating", 46),
    ("Finance", "operating", 21),
)
"""Each area, its aspect, and its people."""
ACCEPTS = (0.6, 0.55, 0.8, 0.45, 0.35, 0.5)
"""Chance that an area accepts what is asked of it; ``DELIVERS`` that it then does it in time."""
DELIVERS = (0.7, 0.6, 0.75, 0.5, 0.45, 0.8)
ASKS = 240
AUDITED = ("shop", "checkout", "delivery", "service desk")
AUDIT_PASSED = 90.0
WITHDRAWN, NO_ANSWER = 0.06, 0.12

ROLES = (
    ("CCBMX", "Chief customer brand & marketing experience officer", "Marketing", "CEO"),
    ("CCSX", "Chief customer service experience officer", "Service", "CEO"),
    ("COO", "Head of operations", "Fulfilment", "CEO"),
    ("CIO", "Head of IT", "IT", "CEO"),
    ("CFO", "Finance director", "Finance", "CEO"),
    ("CPO", "Head of product", "Product", "CCBMX"),
    ("CX", "Customer experience lead", "Marketing", "CCBMX"),
    ("CEO", "Chief executive", None, None),
)
GRANTS = (
    ("CCBMX", "Marketing", "decide", 1.0, 250_000),
    ("CCBMX", "Product", "decide", 0.5, 60_000),
    ("CCSX", "Service", "decide", 1.0, 180_000),
    ("CCSX", "Finance", "credits and refunds", 0.2, 20_000),
    ("COO", "Fulfilment", "decide", 1.0, 400_000),
    ("CIO", "IT", "decide", 1.0, 220_000),
    ("CFO", "Finance", "decide", 1.0, 300_000),
    ("CPO", "Product", "decide", 0.5, 40_000),
    ("CX", "Marketing", "propose", 0.1, 5_000),
)
CHANGES = (
    ("address check at checkout", "fix", "IT", c.FIX, 38_000),
    ("new boxes", "fix", "Fulfilment", c.NO_FIX, 52_000),
    ("calls within two minutes", "target", "Service", c.TARGET, 0),
    ("Frete relâmpago", "campaign", "Marketing", c.RASH, 210_000),
    ("parcel lockers", "service", "Fulfilment", None, 90_000),
)
"""What was changed in the year: name, kind, area, the planted cause it is, and what it cost."""


def offices(draws: Draws) -> dict[str, pa.Table]:
    """The tables, by the name of their file."""
    return {
        "areas": _listed(("area", "aspect", "people"), AREAS),
        "roles": _listed(("role", "title", "area", "reports_to"), ROLES),
        "grants": _listed(("role", "area", "grant", "share", "limit"), GRANTS),
        "budgets": _listed(
            ("area", "purpose", "amount"),
            [
                ("Marketing", "campaigns", 1_180_000),
                ("Marketing", "research", 90_000),
                ("Marketing", "fixes", 25_000),
                ("Service", "staff", 2_400_000),
                ("Service", "fixes", 60_000),
                ("Fulfilment", "fixes", 150_000),
                ("IT", "fixes", 120_000),
            ],
        ),
        "campaigns": _listed(
            ("campaign", "medium", "claim", "from", "until", "spend", "impressions"),
            [
                (one.name, one.medium, one.claim, _date(one.span[0]), _date(one.span[1] - 1), one.spend, one.impressions)
                for one in k.CAMPAIGNS
            ],
        ),
        "changes": _listed(
            ("change", "kind", "area", "began", "where", "cost"),
            [
                (name, kind, area, _date(c.LOCKER_FROM if cause is None else c.span(cause)[0]), _where(cause), cost)
                for name, kind, area, cause, cost in CHANGES
            ],
        ),
        "measures": _listed(
            ("measure", "area", "team", "target", "unit", "from"),
            [
                ("length of a call", "Service", c.TARGET_TEAM, c.TARGET_SECONDS, "seconds", _date(c.span(c.TARGET)[0])),
                ("length of a case note", "Service", c.NOTE_TEAM, c.NOTE_SECONDS, "seconds", _date(c.NOTE_FROM)),
                ("touchpoint audit", "Service", None, AUDIT_PASSED, "points of 100", date(2024, 1, 1)),
                ("orders packed a day", "Fulfilment", None, 700, "orders", date(2024, 1, 1)),
                ("clicks", "Marketing", None, 120_000, "clicks a month", date(2024, 1, 1)),
            ],
        ),
        "asks": _asks(draws),
        "audits": _audits(draws),
    }


def _audits(draws: Draws) -> pa.Table:
    """Every month an auditor visits each touchpoint, and passes it: what was looked at was in order."""
    ids = np.arange(12 * len(AUDITED))
    month, touchpoint = ids // len(AUDITED), ids % len(AUDITED)
    score = AUDIT_PASSED + np.round(draws.uniform("audit", ids) * 9, 1)
    days = [date(2024, int(one) + 1, 1) for one in month]
    return pa.table({"audit_id": ids + 1, "audited_on": days, "touchpoint": [AUDITED[one] for one in touchpoint], "score": score})


def _asks(draws: Draws) -> pa.Table:
    """What one area asked of another: an answer may take weeks or never come, and what was accepted is not always done."""
    ids = np.arange(ASKS)
    names = [name for name, *_ in AREAS]
    to = draws.whole("ask to", ids, len(AREAS))
    asker = (to + 1 + draws.whole("ask from", ids, len(AREAS) - 1)) % len(AREAS)
    asked = np.sort(draws.uniform("asked", ids)) * (END - 20)
    withdrawn = draws.below("withdrawn", ids, WITHDRAWN)
    silent = draws.below("silent", ids, NO_ANSWER)
    answered = np.where(withdrawn | silent, np.inf, asked + draws.lognormal("until answered", ids, 9.0, 0.7))
    accepts = draws.below("accepts", ids, np.array(ACCEPTS)[to]) & np.isfinite(answered)
    due = answered + 20 + draws.whole("due in", ids, 50)
    in_time = draws.below("in time", ids, np.array(DELIVERS)[to])
    done = np.where(accepts, np.where(in_time, due - draws.uniform("early", ids) * 10, due + draws.exponential("late", ids, 40)), np.inf)
    verdict = np.select([withdrawn, ~np.isfinite(answered), accepts], [3, 2, 0], default=1)
    return pa.table(
        {
            "ask_id": pa.array(ids + 1),
            "asked_at": moment(asked),
            "from_area": word(names, asker).cast(pa.string()),
            "to_area": word(names, to).cast(pa.string()),
            "what": word(
                ("change a process", "change a page", "staff a desk", "share a report", "mend a fault"), draws.whole("what", ids, 5)
            ).cast(pa.string()),
            "answered_at": moment(answered),
            "answer": word(("accepted", "declined", None, "withdrawn"), verdict).cast(pa.string()),
            "due": day(np.where(accepts, due, np.inf)),
            "done_at": moment(done),
        }
    )


def _where(cause: str | None) -> str | None:
    if cause is None:
        return None
    return ", ".join(f"{column} = {value}" for column, values in c.cause(cause).rule.items() for value in values)


def _date(days: float) -> date:
    return local_time(days).date()


def _listed(columns: tuple[str, ...], listed: Any) -> pa.Table:
    lines = [tuple(value.date() if isinstance(value, datetime) else value for value in line) for line in listed]
    return pa.table({name: [line[position] for line in lines] for position, name in enumerate(columns)})
