"""Dates and times: parts, intervals, differences, and moments made of parts, texts and counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import and_
from typing import Any

import ibis
import ibis.expr.types as ir
from sqlglot import exp

from troth.intake import coercion
from troth.intake.translation.translator import Doubt, Node, Rule, Translator, Unknown, constant_number, constant_text
from troth.intake.writing import Writing, checked_format
from troth.terms.errors import SettingError, did_you_mean


def _interval_parts(self: Translator, node: Node) -> tuple[ir.NumericValue, str]:
    """An interval as an amount and the unit it counts."""
    if isinstance(node, exp.Paren):
        return _interval_parts(self, node.this)
    if isinstance(node, exp.Interval):
        unit = node.args.get("unit")
        if not isinstance(unit, exp.Var):
            raise Unknown("the interval has no single unit", "write interval 3 day, or interval (column) minute.")
        name = unit.name.lower().removesuffix("s")
        amount = node.this
        if isinstance(amount, exp.Literal) and amount.is_string:
            try:
                return ibis.literal(float(amount.this)), name
            except ValueError:
                raise Unknown(f"“{amount.this}” is no amount of time", "write interval 3 day.") from None
        return self.number(amount), name
    if isinstance(node, exp.Anonymous) and node.name.lower() in COUNTED and len(node.expressions) == 1:
        return self.number(node.expressions[0]), COUNTED[node.name.lower()]
    if isinstance(node, exp.ToDays):
        return self.number(node.this), "day"
    if isinstance(node, exp.Mul):
        for amount, interval in ((node.left, node.right), (node.right, node.left)):
            if is_interval(interval):
                one, name = _interval_parts(self, interval)
                return one * self.number(amount), name
    raise Unknown(f"{node.sql(dialect='duckdb')} is no interval", "write interval 3 day, or interval (column) minute.")


COUNTED = {f"to_{unit}s": unit for unit in ("second", "minute", "hour", "day", "week", "month", "year")}
MICROSECONDS = {
    "microsecond": 1,
    "millisecond": 1_000,
    "second": 1_000_000,
    "minute": 60_000_000,
    "hour": 3_600_000_000,
    "day": 86_400_000_000,
}
MICROSECONDS["week"] = 7 * MICROSECONDS["day"]
WITHIN_A_DAY = frozenset(MICROSECONDS) - {"day", "week"}
"""Units that lead from a date to a time of day."""
MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}


def is_interval(node: Node) -> bool:
    """Whether a node is an amount of time, which can only be added to a moment."""
    if isinstance(node, exp.Paren):
        return is_interval(node.this)
    if isinstance(node, exp.Mul):
        return is_interval(node.left) or is_interval(node.right)
    return isinstance(node, (exp.Interval, exp.ToDays)) or (isinstance(node, exp.Anonymous) and node.name.lower() in COUNTED)


def shifted(self: Translator, moment: Node, interval: Node, sign: int) -> ir.Value:
    """A moment moved by an interval, in local time. A date moved by days, weeks or more stays a date: the one it then falls on."""
    amount, unit = _interval_parts(self, interval)
    from_ = self.moment(moment)
    start = from_.cast("timestamp(6)")
    if unit in MICROSECONDS:
        microseconds = (amount.cast("float64") * (sign * MICROSECONDS[unit])).round().try_cast("int64")
        moved = start + microseconds.as_interval("us")
    elif unit in MONTHS_IN:
        moved = start + (amount.cast("float64") * (sign * MONTHS_IN[unit])).round().try_cast("int64").as_interval("M")
    else:
        raise Unknown(f"“{unit}” is no unit of time", did_you_mean(unit, (*MICROSECONDS, *MONTHS_IN)))
    return moved.cast("date") if from_.type().is_date() and unit not in WITHIN_A_DAY else moved


def by_days(node: Node) -> Node | None:
    """What a node moves by days, weeks or more; ``None`` where it is no such move."""
    if isinstance(node, exp.Paren):
        return by_days(node.this)
    if isinstance(node, (exp.Add, exp.Sub)) and is_interval(node.right):
        moment, interval = node.left, node.right
    elif isinstance(node, exp.Add) and is_interval(node.left):
        moment, interval = node.right, node.left
    elif isinstance(node, exp.DateAdd):
        moment, unit = node.this, node.args.get("unit") or exp.Var(this="DAY")
        interval = node.expression if is_interval(node.expression) else exp.Interval(this=node.expression, unit=unit)
    else:
        return None
    return None if _unit(interval) in WITHIN_A_DAY else by_days(moment) or moment


def _unit(interval: Node) -> str:
    """The unit an interval counts."""
    if isinstance(interval, exp.Paren):
        return _unit(interval.this)
    if isinstance(interval, exp.Mul):
        return _unit(interval.right if is_interval(interval.right) else interval.left)
    if isinstance(interval, exp.Anonymous):
        return COUNTED.get(interval.name.lower(), "")
    unit = interval.args.get("unit")
    return "day" if isinstance(interval, exp.ToDays) else unit.name.lower().removesuffix("s") if isinstance(unit, exp.Var) else ""


PARTS: dict[str, Callable[[Any], ir.Value]] = {
    "year": lambda moment: moment.year(),
    "quarter": lambda moment: moment.quarter(),
    "month": lambda moment: moment.month(),
    "week": lambda moment: moment.week_of_year(),
    "day": lambda moment: moment.day(),
    "doy": lambda moment: moment.day_of_year(),
    "dow": lambda moment: (moment.day_of_week.index() + 1) % 7,
    "isodow": lambda moment: moment.day_of_week.index() + 1,
    "hour": lambda moment: moment.hour(),
    "minute": lambda moment: moment.minute(),
    "second": lambda moment: moment.second(),
}
"""Parts of a moment: ``dow`` counts Sunday as 0, ``isodow`` Monday as 1, as in SQL."""

TRUNCATIONS = {"year": "Y", "quarter": "Q", "month": "M", "week": "W", "day": "D", "hour": "h", "minute": "m", "second": "s"}


def _part(name: str) -> Rule:
    return lambda self, node: PARTS[name](self.moment(node.this))


def part_named(self: Translator, name: str, node: Node) -> ir.Value:
    """One part of a moment, by the name SQL gives it."""
    if name.lower() not in PARTS:
        raise Unknown(f"“{name.lower()}” is no part of a date", did_you_mean(name.lower(), PARTS))
    moment = self.moment(node)
    if moment.type().is_date() and name.lower() in {"hour", "minute", "second"}:
        moment = moment.cast("timestamp(6)")
    return PARTS[name.lower()](moment)


def _extract(self: Translator, node: exp.Extract) -> ir.Value:
    return part_named(self, node.this.name, node.expression)


def _truncate(self: Translator, node: exp.TimestampTrunc) -> ir.Value:
    unit = node.args["unit"].name.lower()
    if unit not in TRUNCATIONS:
        raise Unknown(f"“{unit}” is no unit to cut to", did_you_mean(unit, TRUNCATIONS))
    moment = self.moment(node.this)
    if unit in {"hour", "minute", "second"}:
        moment = moment.cast("timestamp(6)")
    return moment.truncate(TRUNCATIONS[unit])


def _date_diff(self: Translator, node: exp.DateDiff) -> ir.Value:
    """Whole boundaries between two moments, as in DuckDB: from 23:59 to 00:01 is one day."""
    unit = (node.args.get("unit") or exp.Var(this="DAY")).name.lower()
    end, start = self.moment(node.this).cast("timestamp(6)"), self.moment(node.expression).cast("timestamp(6)")
    if unit in {"month", "year", "quarter"}:
        months = (end.year() - start.year()) * 12 + end.month() - start.month()
        if unit == "month":
            return months
        if unit == "year":
            return end.year() - start.year()
        return (end.year() - start.year()) * 4 + end.quarter() - start.quarter()
    if unit not in TRUNCATIONS:
        raise Unknown(f"“{unit}” is no unit of time", did_you_mean(unit, TRUNCATIONS))
    between = end.truncate(TRUNCATIONS[unit]).delta(start.truncate(TRUNCATIONS[unit]), unit="microsecond")
    return (between / MICROSECONDS[unit]).round().cast("int64")


def _date_add(sign: int) -> Rule:
    def rule(self: Translator, node: exp.DateAdd) -> ir.Value:
        if is_interval(node.expression):
            return shifted(self, node.this, node.expression, sign)
        unit = node.args.get("unit") or exp.Var(this="DAY")
        return shifted(self, node.this, exp.Interval(this=node.expression, unit=unit), sign)

    return rule


def _from_parts(self: Translator, node: exp.Func) -> ir.Value:
    """``make_date`` and ``make_timestamp``: NULL, and the row set aside, where the parts are no date."""
    names = ("year", "month", "day", "hour", "min", "sec")
    given = [self.number(node.args[name]) for name in names if node.args.get(name) is not None]
    year, month, day, *time = (part if part.type().is_integer() else part.floor().try_cast("int64") for part in given)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    longest = ibis.cases((month.isin([4, 6, 9, 11]), 30), (month != 2, 31), (leap, 29), else_=28)  # noqa: PLR2004
    limits = [
        (year, coercion.EARLIEST.year, coercion.LATEST.year),
        (month, 1, 12),
        (day, 1, longest),
        *zip(time, (0, 0, 0), (23, 59, 59), strict=False),
    ]
    sound = reduce(and_, [part.between(low, high) for part, low, high in limits])
    if isinstance(node, exp.DateFromParts):
        made = sound.ifelse(ibis.date(year, month, day), ibis.null("date"))
    else:
        made = sound.ifelse(ibis.timestamp(year, month, day, *time).cast("timestamp(6)"), ibis.null("timestamp(6)"))
    if not self.lenient:
        there = reduce(and_, [part.notnull() for part in given])
        text = reduce(lambda left, right: left + "-" + right, [part.cast("string") for part in (year, month, day, *time)])
        self.doubts.append(
            Doubt(node.sql(dialect="duckdb"), text, reduce(and_, [*self.guards, there & ~sound.fill_null(False)]), "bad date")
        )
    return made


def _strptime(self: Translator, node: exp.StrToTime) -> ir.Value:
    written = constant_text(node.args["format"])
    try:
        checked_format(written, file="")
    except SettingError as error:
        raise Unknown(error.what, error.mend) from None
    return self.moment_of(self.text(node.this), node.this, Writing(zone=self.writing.zone, date_format=written)).wall


def _from_epoch(self: Translator, node: exp.UnixToTime) -> ir.Value:
    """Seconds or milliseconds since 1970, an instant; given in the source's local time like every moment."""
    scale = node.args.get("scale")
    per_unit = 1_000_000 // 10 ** constant_number(scale, 0)
    microseconds = (self.number(node.this).cast("float64") * per_unit).round().try_cast("int64")
    utc = ibis.timestamp("1970-01-01 00:00:00").cast("timestamp(6)") + microseconds.as_interval("us")
    return self.local(utc, node)


def bare_interval(node: Node) -> ir.Value:
    """Refuse an interval that stands alone.

    :raises Unknown: always.
    """
    raise Unknown(f"{node.sql(dialect='duckdb')} is an interval and no value by itself", "add it to a moment: made + to_hours(n).")


RULES: Mapping[type[Node], Rule] = {
    exp.Extract: _extract,
    exp.Year: _part("year"),
    exp.Quarter: _part("quarter"),
    exp.Month: _part("month"),
    exp.Week: _part("week"),
    exp.Day: _part("day"),
    exp.DayOfWeek: _part("dow"),
    exp.DayOfWeekIso: _part("isodow"),
    exp.DayOfYear: _part("doy"),
    exp.Hour: lambda self, node: part_named(self, "hour", node.this),
    exp.Minute: lambda self, node: part_named(self, "minute", node.this),
    exp.Second: lambda self, node: part_named(self, "second", node.this),
    exp.TimestampTrunc: _truncate,
    exp.DateTrunc: _truncate,
    exp.DateDiff: _date_diff,
    exp.DateAdd: _date_add(1),
    exp.DateFromParts: _from_parts,
    exp.TimestampFromParts: _from_parts,
    exp.StrToTime: _strptime,
    exp.UnixToTime: _from_epoch,
    exp.ToDays: lambda _, node: bare_interval(node),
    exp.Interval: lambda _, node: bare_interval(node),
}
