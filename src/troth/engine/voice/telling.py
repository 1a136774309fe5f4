"""Levels that customers say they were told, of the statements somebody accepted: what makes the expected level E of a promise.

A statement carries a level that can be read where it names a duration (“within 3 days”), a date that cannot be mistaken, a price (“free”
is one of 0) or a percentage. “Tomorrow”, “Friday” and “3 more days” count from the day on which it was said, which nobody tells: such a
statement stays a signal. Which promise a level is of is decided where promises are (``gaps/expected.py``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import ibis.expr.types as ir
import pyarrow as pa

from troth.engine.promises.clock import instant, naive_utc
from troth.engine.voice.expectations import ACCEPTED, Review, stated
from troth.engine.voice.results import Statement
from troth.engine.voice.texts import corpus

MOST_TOLD = 20_000
"""Texts that are looked through for accepted statements at most."""
TIME, MONEY, SHARE = "time", "money", "share"
"""What a level is of."""
FROM_THE_DAY = re.compile(r"\b(?:tomorrow|amanhã|amanha|today|hoje|more|mais)\b", re.IGNORECASE)
UNITS: Mapping[str, tuple[str, ...]] = {"R$": ("BRL", "R$"), "€": ("EUR", "€"), "£": ("GBP", "£"), "$": ("USD", "US$", "$")}
"""A currency as customers write it, to what the unit of a promise may be."""
SCHEMA = pa.schema(
    {
        **{name: pa.string() for name in ("source", "row", "customer", "subject")},
        "at": pa.timestamp("us"),
        "of": pa.string(),
        "level": pa.float64(),
        "until": pa.timestamp("us"),
        "units": pa.string(),
    }
)


@dataclass(frozen=True)
class ToldLevels:
    """Levels of accepted statements.

    :param rows: one per text and statement with a level that can be read and a subject: ``source``, ``row``, ``customer``, ``subject``,
        ``at`` (naive UTC), ``of`` (time, money, share), ``level`` (days, money or per cent; NULL for a date), ``until`` (the last instant
        of a date, naive UTC), ``units`` (units a promise may have, between bars; NULL for any).
    :param accepted: texts that say an accepted statement. :param unread: of them those without a level that can be read.
    """

    rows: pa.Table
    accepted: int
    unread: int


def told_levels(signals: ir.Table | None, review: Review, *, as_of: datetime, zone: str) -> ToldLevels | None:
    """The levels of accepted statements in texts about a subject, known at the as-of; ``None`` where nobody accepted any.

    :param signals: the SIGNALS contract. :param zone: where days end.
    """
    if signals is None or all(review.status(one.key) != ACCEPTED for one in review.decisions):
        return None
    known = signals.filter(
        signals.text.notnull() & signals.subject.notnull() & signals.source.notnull() & (signals.at <= instant(naive_utc(as_of)))
    )
    once = known.select(
        source=known.source,
        row=known.row.cast("string"),
        customer=known.customer.cast("string"),
        subject=known.subject.cast("string"),
        at=known.at,
        text=known.text,
        language=known.language,
    ).distinct()
    keyed = once.mutate(digest=(once.source + " " + once.row).hexdigest("md5"))
    order = [keyed[name] for name in ("digest", "source", "row", "text", "at", "customer", "subject", "language")]
    texts = keyed.order_by(order).limit(MOST_TOLD).to_pyarrow()
    heard = [one for one in stated(corpus(texts), review) if one.status == ACCEPTED]
    columns = {name: texts[name].to_pylist() for name in ("source", "row", "customer", "subject", "at")}
    read = [(one, level) for one in heard if (level := _level(one, zone)) is not None]
    rows = [{**{name: column[one.row] for name, column in columns.items()}, **level} for one, level in read]
    return ToldLevels(pa.Table.from_pylist(rows, SCHEMA), len(heard), len(heard) - len(read))


def _level(one: Statement, zone: str) -> dict[str, object] | None:
    """What the statement says of a level; ``None`` where none can be read."""
    match one.level:
        case "date" if one.day is not None:
            return {"of": TIME, "level": None, "until": _end(one.day, zone), "units": None}
        case "duration" if one.value is not None and not FROM_THE_DAY.search(one.said or ""):
            return {"of": TIME, "level": one.value, "until": None, "units": None}
        case "price" if one.value is not None:
            units = UNITS.get(one.unit or "", (one.unit,)) if one.unit else None
            return {"of": MONEY, "level": one.value, "until": None, "units": None if units is None else f"|{'|'.join(map(str, units))}|"}
        case "percent" if one.value is not None:
            return {"of": SHARE, "level": one.value, "until": None, "units": "|%|"}
    return None


def _end(day: date, zone: str) -> datetime:
    """The last instant of a day, naive UTC."""
    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
    return naive_utc(midnight) - timedelta(microseconds=1)
