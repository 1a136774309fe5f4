"""Text as numbers, moments and flags, the way a source writes them. What cannot be read becomes NULL; nothing raises.

Only operations that mean the same on DuckDB and Spark are used; both sessions run in UTC, so a text with an offset (“...T10:00:00Z”)
comes out as naive UTC.
"""

from __future__ import annotations

import re
import sys
from datetime import datetime

import ibis
import ibis.expr.types as ir

from troth.intake.writing import DIRECTIVES, TIME_OF_DAY, Writing

TRUE = ("true", "t", "yes", "y", "1")
FALSE = ("false", "f", "no", "n", "0")
"""Words read as true and false, whatever their case."""

EARLIEST, LATEST = datetime(1000, 1, 1), datetime(9999, 12, 31, 23, 59, 59)
"""Moments outside are no dates anyone wrote on purpose (and Python could not hold them)."""

DAYFIRST = r"^(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})(?:[ T]+(\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?))?$"
OFFSET = r":\d.*(?:[zZ]|UTC|[+-]\d{2}(?::?\d{2})?)$"
"""A time of day followed by a zone: the text names an instant, not a local time."""

MARKS = ("____-__-__", *(f"____-__-__{mark}__:__{rest}" for mark in "T " for rest in ("", ":__", ":__Z")))
"""Where the marks of nearly every text stand."""
ZONE = r"(?:[zZ]|UTC|[+-]\d{2}(?::?\d{2})?)"
USUAL = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})?)?$"
UNUSUAL = (
    r"^(\d{4}-\d{2}-\d{2}(?:[Tt]|\s+)\d{2}(?::\d{2}){0,2}|\d{8}(?:[Tt]\d{2}(?:\d{2}){0,2})?)"
    rf"(?:[.,]\d+)?\s*{ZONE}?$"
)
"""ISO 8601 in its other writings: parts without marks, hours alone, a comma before fractions, a zone behind any last part."""
CLOCK = r"(?:(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?|24:00(?::00(?:\.0+)?)?)"
SOUND = rf"^\d{{4}}-\d{{1,2}}-\d{{1,2}}(?:[T ]\s*{CLOCK}(?:Z|[+-](?:0\d|1[0-8])(?::?[0-5]\d)?)?)?$"
"""A whole day, or a whole time of day: what engines make of more, or of less, differs."""

HOUR_AT, MIDNIGHT = 11, "24"
"""Where the hour stands in a text in ISO 8601, and the one that ends a day."""

DAY_DIGITS, TIME_DIGITS, ZONE_SIGNS = 8, 14, 5
"""Width of what :func:`taken_apart` finds: digits of a day, of a day and a time, and signs of a zone."""

PIVOT = 69
"""Two-digit years from here on belong to the last century, as in ``strptime``."""

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def number(text: ir.StringValue, writing: Writing) -> ir.FloatingValue:
    """The number a text writes: “1234.56”, or “1.234,56” where the decimal mark is a comma."""
    plain = text.strip()
    if writing.decimal != "." or writing.thousands:
        mark, groups = re.escape(writing.decimal), re.escape(writing.thousands or "")
        whole = rf"\d{{1,3}}(?:{groups}\d{{3}})+|\d+" if groups else r"\d+"
        written = plain.re_search(rf"^[+-]?(?:(?:{whole})(?:{mark}\d*)?|{mark}\d+)(?:[eE][+-]?\d+)?$")
        if writing.thousands:
            plain = plain.replace(writing.thousands, "")
        plain = written.ifelse(plain.replace(writing.decimal, "."), ibis.null("string"))
    else:  # engines take “1_000” for 1000, which is as likely a code
        plain = plain.contains("_").ifelse(ibis.null("string"), plain)
    return finite(plain.try_cast("float64"))


def finite(value: ir.FloatingValue) -> ir.FloatingValue:
    """The number, or NULL where it is no number (NaN) or infinite."""
    return (value.abs() <= sys.float_info.max).ifelse(value, ibis.null("float64"))


def moment(text: ir.StringValue, writing: Writing) -> ir.TimestampValue:
    """The wall-clock time a text writes; midnight where it names only a day, UTC where it names an offset.

    In one expression, which is long: each step names the one before it several times. Where it is named often itself, let
    ``troth.intake.layers`` put each step into a column.
    """
    plain = in_iso(text, taken_apart(text), writing)
    return sound(plain, instant_or_local(plain, writing))


def taken_apart(text: ir.StringValue) -> ir.StringValue:
    """First step: the parts of a text in one of the rarer writings of ISO 8601; NULL for every other text.

    Nearly every text is in the usual one, and told by where its marks stand: only the others are looked at closely.

    :returns: digits of date and time, filled up with spaces to 14; sign and digits of the zone, to 5, without a sign where there is
        none; digits of a fraction.
    """
    plain = text.strip()
    digits = plain.re_extract(UNUSUAL, 1).re_replace("[^0-9]", "") + " " * TIME_DIGITS
    zone = plain.re_extract(ZONE + "$", 0).replace(":", "").upper().replace("UTC", "Z").replace("Z", "+00") + "00" + " " * ZONE_SIGNS
    parts = digits.left(TIME_DIGITS) + zone.left(ZONE_SIGNS) + plain.re_extract(r"[.,](\d+)", 1)
    return ibis.cases(
        (plain.like(MARKS), ibis.null("string")), (plain.re_search(USUAL), ibis.null("string")), (plain.re_search(UNUSUAL), parts)
    )


def in_iso(text: ir.StringValue, apart: ir.StringValue, writing: Writing) -> ir.StringValue:
    """Second step: the text with its parts in the order of ISO 8601, its marks in place.

    :param apart: what the first step found.
    """
    plain = text.strip()
    if writing.date_format is not None:
        return _by_format(plain, writing.date_format)
    iso = apart.isnull().ifelse(plain, _put_together(apart).fill_null(plain))
    if not writing.dayfirst:
        return iso
    time = plain.re_extract(DAYFIRST, 4)
    swapped = (
        plain.re_extract(DAYFIRST, 3) + "-" + plain.re_extract(DAYFIRST, 2).lpad(2, "0") + "-" + plain.re_extract(DAYFIRST, 1).lpad(2, "0")
    )
    return plain.re_search(DAYFIRST).ifelse(swapped + (time.fill_null("") == "").ifelse("", " " + time), iso)


def _put_together(apart: ir.StringValue) -> ir.StringValue:
    """The parts as every engine reads them, ``2024-03-01 10:00:00.5+01:00``; NULL where they do not go together.

    A fraction is one of seconds, and a zone goes with a time of day: a fraction of an hour, or a day somewhere, is not read.
    """
    fraction, zoned = apart.substr(TIME_DIGITS + ZONE_SIGNS), apart.substr(TIME_DIGITS, 1) != "0"
    timed, seconds = apart.substr(DAY_DIGITS, 1) != " ", apart.substr(TIME_DIGITS - 1, 1) != " "
    hour, minute, second = (apart.substr(at, 2).replace(" ", "0") for at in (8, 10, 12))
    written = (
        apart.left(4) + "-" + apart.substr(4, 2) + "-" + apart.substr(6, 2)
        + timed.ifelse(ibis.literal(" ") + hour + ":" + minute + ":" + second, "")
        + (ibis.literal(".") + fraction.left(6)).nullif(".").fill_null("")
        + zoned.ifelse(apart.substr(TIME_DIGITS, 3) + ":" + apart.substr(TIME_DIGITS + 3, 2), "")
    )  # fmt: skip
    whole = ((fraction == "") | seconds) & (timed | ~zoned)
    return whole.ifelse(written, ibis.null("string"))


def instant_or_local(plain: ir.StringValue, writing: Writing) -> ir.TimestampValue:
    """Third step: what the database reads in it."""
    read = plain.try_cast("timestamp(6)")
    if writing.date_format is not None:
        return read
    return plain.re_search(OFFSET).ifelse(plain.try_cast("timestamp('UTC', 6)").cast("timestamp(6)"), read)


def begun(plain: ir.StringValue) -> ir.StringValue:
    """The text with 0:00 for a 24:00, which not every engine reads; :func:`ended` adds the day."""
    return (plain.substr(HOUR_AT, 2) == MIDNIGHT).ifelse(plain.left(HOUR_AT) + "00" + plain.substr(HOUR_AT + 2), plain)


def ended(plain: ir.StringValue, read: ir.TimestampValue) -> ir.TimestampValue:
    """What was read of a text once :func:`begun`: a day later where it says 24:00."""
    return (plain.substr(HOUR_AT, 2) == MIDNIGHT).ifelse(read + ibis.interval(days=1), read)


def sound(plain: ir.StringValue, read: ir.TimestampValue) -> ir.TimestampValue:
    """Last step: only what a person would take for a date as well."""
    written = plain.re_search(SOUND) & read.between(ibis.timestamp(EARLIEST), ibis.timestamp(LATEST))
    return written.ifelse(read, ibis.null("timestamp(6)"))


def names_offset(plain: ir.StringValue, writing: Writing) -> ir.BooleanValue | None:
    """Whether the text, in ISO 8601, names an instant; ``None`` where the source's format cannot."""
    return None if writing.date_format is not None else plain.re_search(OFFSET)


def names_day_only(plain: ir.StringValue, writing: Writing) -> ir.BooleanValue | bool:
    """Whether the text, in ISO 8601, names a day and no time of day."""
    if writing.date_format is not None:
        return not any(directive in writing.date_format for directive in TIME_OF_DAY)
    return ~plain.contains(":")


def flag(text: ir.StringValue) -> ir.BooleanValue:
    """True or false in words."""
    word = text.strip().lower()
    return ibis.cases((word.isin(TRUE), True), (word.isin(FALSE), False))


def _by_format(text: ir.StringValue, date_format: str) -> ir.StringValue:
    """The text in ISO 8601; NULL where it does not follow the format."""
    pattern, order = "^", []
    for part in re.findall(r"%.|[^%]", date_format):
        if part in DIRECTIVES:
            order.append(part)
            pattern += f"({DIRECTIVES[part]})"
        else:
            pattern += r"\s+" if part.isspace() else re.escape(part)
    pattern += "$"

    def part_of(*names: str) -> ir.StringValue | None:
        found = next((name for name in names if name in order), None)
        return None if found is None else text.re_extract(pattern, order.index(found) + 1)

    def padded(value: ir.StringValue | None) -> ir.StringValue:
        return ibis.literal("00") if value is None else value.lpad(2, "0")

    year, short_year = part_of("%Y"), part_of("%y")
    if year is None and short_year is not None:
        century = (short_year.try_cast("int64") >= PIVOT).ifelse("19", "20")
        year = century + short_year
    month, name = part_of("%m"), part_of("%b", "%B")
    if month is None and name is not None:
        key = name.lower().substr(0, 3)
        month = ibis.cases(*((key == known, f"{position:02d}") for position, known in enumerate(MONTHS, start=1)))
    hour, half = part_of("%H", "%I"), part_of("%p")
    if hour is not None and half is not None:
        afternoon = half.lower().startswith("p").ifelse(12, 0)
        hour = (hour.try_cast("int64") % 12 + afternoon).cast("string")
    fraction = part_of("%f")
    written = (
        ibis.literal("") + year + "-" + padded(month) + "-" + padded(part_of("%d"))
        + " " + padded(hour) + ":" + padded(part_of("%M")) + ":" + padded(part_of("%S"))
    )  # fmt: skip
    if fraction is not None:
        written = written + "." + fraction
    return text.re_search(pattern).ifelse(written, ibis.null("string"))
