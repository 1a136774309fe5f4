"""How a file writes its dates and numbers, told from its values.

Values decide where they can: a 31 in front puts the day first, “1.234,56” has a decimal comma. What they leave open (3/4/2024, 1.234) is
decided one way and said to be open (:class:`Style`). Works on the values of a sample with their counts, never on a whole source.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

MOSTLY = 0.8
"""Share of a column's values that have to read as dates, or numbers, for it to hold any."""

ISO, DAYFIRST = "iso", "dayfirst"
"""Ways to write a date that a source reads without a format of its own, the second one with ``dayfirst = true``."""

_TIME = r"(?:(?P<gap>[ T]+)(?P<time>\d{1,2}:\d{2})(?P<seconds>:\d{2})?(?P<fraction>\.\d{1,6})?(?P<space> ?)(?P<half>[AaPp]\.?[Mm]\.?)?)?"
_THREE = re.compile(rf"(?P<one>\d{{1,2}})(?P<mark>[/.\-])(?P<two>\d{{1,2}})(?P=mark)(?P<year>\d{{4}}|\d{{2}}){_TIME}")
_YEAR_FIRST = re.compile(rf"(?P<year>\d{{4}})(?P<mark>[/.])(?P<one>\d{{1,2}})(?P=mark)(?P<two>\d{{1,2}}){_TIME}")
_ISO = re.compile(r"(?P<year>\d{4})-(?P<one>\d{1,2})-(?P<two>\d{1,2})(?:[ T]+(?P<time>\d{1,2}:\d{2})(?P<rest>.*))?")
_COMPACT = re.compile(r"(?P<year>(?:19|20)\d{2})(?P<one>\d{2})(?P<two>\d{2})")
_NAMED = re.compile(rf"(?P<two>\d{{1,2}})(?P<mark>[ \-])(?P<month>[A-Za-z]{{3,9}})(?P=mark)(?P<year>\d{{4}}){_TIME}")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_NUMBER = re.compile(r"[+-]?(?:(?:\d{1,3}(?:[. ']\d{3})+|\d+)(?:,\d+)?|(?:\d{1,3}(?:[, ']\d{3})+|\d+)(?:\.\d+)?)")


@dataclass(frozen=True)
class Dates:
    """A column of dates.

    :param how: :data:`ISO`, :data:`DAYFIRST`, or a format as in ``date_format``.
    :param share: share of the rows that have one.
    :param days_only: no value has a time of day other than midnight.
    :param middle: mean of the days, as their ordinals: which column comes first.
    """

    how: str
    share: float
    days_only: bool
    middle: float


@dataclass(frozen=True)
class Style:
    """How a file writes.

    :param dates: its columns of dates, by name.
    :param numbers: its columns of numbers.
    :param decimal: decimal mark; ``thousands`` the mark between groups, ``None`` where it is the one that goes with it.
    :param open: what the values leave open, in sentences.
    """

    dates: Mapping[str, Dates]
    numbers: frozenset[str]
    decimal: str = "."
    thousands: str | None = None
    open: tuple[str, ...] = ()

    @property
    def dayfirst(self) -> bool:
        """The source has to say ``dayfirst = true``."""
        return any(one.how == DAYFIRST for one in self.dates.values())

    @property
    def date_format(self) -> str | None:
        """The format the source has to name: the one all its dates have."""
        found = {one.how for one in self.dates.values()}
        return found.pop() if len(found) == 1 and not found & {ISO, DAYFIRST} else None


def style(columns: Mapping[str, Mapping[str, int]], rows: int, *, dated: re.Pattern[str]) -> Style:
    """How the texts of a file are written.

    :param columns: the values of each column of text, with their counts.
    :param rows: number of rows they come from.
    :param dated: names of columns that may hold dates written as a mere number, such as 20240331.
    """
    read = {name: _Days.of(values, compact=bool(dated.search(name))) for name, values in columns.items()}
    dates, left_open = _settled({name: days for name, days in read.items() if days.hold}, rows)
    texts = {name: values for name, values in columns.items() if name not in dates}
    decimal, thousands, numbers, doubts = _marks(texts, german=any("." in one.how or one.how == DAYFIRST for one in dates.values()))
    return Style(dates, numbers, decimal, thousands, (*left_open, *doubts))


def day_of(text: str, how: str) -> int | None:
    """The day that a text tells, written so (:attr:`Dates.how`), as its ordinal; ``None`` where it tells none."""
    return next((one.day.toordinal() for one in _readings(text.strip(), compact=True) if one.how == how), None)


# Dates


@dataclass(frozen=True)
class _Read:
    """One way to read one value."""

    how: str
    first: str
    day: date
    timed: bool


@dataclass
class _Days:
    """What the values of a column may be read as.

    :param ways: for each way of writing, how many rows read so, how many of them have a time of day, and the sum of their days.
    """

    present: int
    ways: dict[tuple[str, str], list[int]]
    example: str = ""
    halves: bool = False

    @staticmethod
    def of(values: Mapping[str, int], *, compact: bool) -> _Days:
        """Read every value in every way it allows."""
        found = _Days(sum(values.values()), {})
        for text, count in values.items():
            for one in _readings(text.strip(), compact=compact):
                way = found.ways.setdefault((one.first, one.how), [0, 0, 0])
                way[0] += count
                way[1] += count * one.timed
                way[2] += count * one.day.toordinal()
                if one.first:
                    found.example, found.halves = text.strip(), found.halves or one.how.endswith("%p")
        return found

    @property
    def hold(self) -> bool:
        """Mostly dates, in some way."""
        return any(count >= MOSTLY * self.present for count, *_ in self.ways.values()) and self.present > 0

    def best(self, first: str) -> tuple[str, list[int]] | None:
        """The way most rows read in, day first (``d``), month first (``m``) or neither (empty)."""
        ways = [(how, tally) for (which, how), tally in self.ways.items() if which == first]
        return max(ways, key=lambda way: way[1][0], default=None)

    def count(self, first: str) -> int:
        """How many rows read with the day, or the month, first."""
        best = self.best(first)
        return 0 if best is None else best[1][0]


def _readings(text: str, *, compact: bool) -> Iterator[_Read]:
    """Every way to read a value as a date."""
    if match := _ISO.fullmatch(text):
        rest = re.sub(r"[^0-9]", "", match["time"] or "") + re.sub(r"[Zz]|[+-]\d{2}:?\d{2}$|[^0-9]", "", match["rest"] or "")
        yield from _one("", ISO, match, timed=bool(rest.strip("0")))
    elif match := _THREE.fullmatch(text):
        mark, time, timed = match["mark"], _time_format(match), _has_time(match)
        year = "%Y" if len(match["year"]) > 2 else "%y"  # noqa: PLR2004
        plain = year == "%Y" and not match["half"]
        yield from _one("d", DAYFIRST if plain else f"%d{mark}%m{mark}{year}{time}", match, timed=timed, day="one")
        yield from _one("m", f"%m{mark}%d{mark}{year}{time}", match, timed=timed)
    elif match := _YEAR_FIRST.fullmatch(text):
        yield from _one("", f"%Y{match['mark']}%m{match['mark']}%d{_time_format(match)}", match, timed=_has_time(match))
    elif match := _NAMED.fullmatch(text):
        yield from _one("", f"%d{match['mark']}%b{match['mark']}%Y{_time_format(match)}", match, timed=_has_time(match))
    elif compact and (match := _COMPACT.fullmatch(text)):
        yield from _one("", "%Y%m%d", match, timed=False)


def _one(first: str, how: str, match: re.Match[str], *, timed: bool, day: str = "two") -> Iterator[_Read]:
    """The reading, if there is such a day."""
    parts = match.groupdict()
    year = int(parts["year"])
    if year < 100:  # noqa: PLR2004  # two digits: which century does not matter here
        year += 2000
    name = parts.get("month")
    if name is not None:
        month = _MONTHS.index(name[:3].lower()) + 1 if name[:3].lower() in _MONTHS else 0
    else:
        month = int(parts["two" if day == "one" else "one"])
    try:
        yield _Read(how, first, date(year, month, int(parts[day])), timed)
    except ValueError:
        return


def _time_format(match: re.Match[str]) -> str:
    if not match["time"]:
        return ""
    hour = "%I" if match["half"] else "%H"
    gap = "T" if "T" in match["gap"] else " "
    half = f"{match['space']}%p" if match["half"] else ""
    return f"{gap}{hour}:%M{':%S' if match['seconds'] else ''}{'.%f' if match['fraction'] else ''}{half}"


def _has_time(match: re.Match[str]) -> bool:
    return bool(re.sub(r"[^0-9]", "", (match["time"] or "") + (match["seconds"] or "")).strip("0"))


def _settled(read: Mapping[str, _Days], rows: int) -> tuple[dict[str, Dates], list[str]]:
    """The way each column is written; where its own values do not tell day from month, those of the others do."""
    votes = Counter("d" if days.count("d") > days.count("m") else "m" for days in read.values() if days.count("d") != days.count("m"))
    dates: dict[str, Dates] = {}
    left_open = []
    for name, days in read.items():
        neither, day, month = days.count(""), days.count("d"), days.count("m")
        first = "" if neither >= max(day, month) else "d" if day > month else "m"
        if first and day == month:
            told = len(votes) == 1
            first = next(iter(votes)) if told else "m" if days.halves else "d"
            if not told and "." not in days.example:
                other = _says(days.example, "m" if first == "d" else "d")
                left_open.append(f"{name}: is {days.example} {_says(days.example, first)} or {other}? It is read as the former.")
        best = days.best(first)
        if best is None or best[1][0] < MOSTLY * days.present:
            continue
        how, (count, timed, total) = best
        dates[name] = Dates(how, count / rows, not timed, total / count)
    return dates, left_open


def _says(example: str, first: str) -> str:
    """“3 April”: the day a text names with the day, or the month, first."""
    match = _THREE.fullmatch(example)
    if match is None:
        return example
    day, month = (match["one"], match["two"]) if first == "d" else (match["two"], match["one"])
    return f"{int(day)} {_MONTHS[int(month) - 1].capitalize()}"


# Numbers


def _marks(columns: Mapping[str, Mapping[str, int]], *, german: bool) -> tuple[str, str | None, frozenset[str], list[str]]:
    """Decimal mark, mark between thousands, columns of numbers, and what is left open.

    :param german: the dates are written as where the decimal mark is a comma.
    """
    seen: dict[str, dict[str, str]] = {"comma": {}, "point": {}, "either ,": {}, "either .": {}}
    numbers: set[str] = set()
    groups: Counter[str] = Counter()
    for name, values in columns.items():
        read = {text.strip(): count for text, count in values.items() if _NUMBER.fullmatch(text.strip())}
        if not values or sum(read.values()) < MOSTLY * sum(values.values()):
            continue
        numbers.add(name)
        for text in read:
            kind = _kind(text)
            if kind is not None:
                seen[kind].setdefault(name, text)
            groups.update(re.findall(r"(?<=\d)([, '])(?=\d{3}(?:\D|$))", text))
    comma, point, either_comma, either_point = seen.values()
    doubts = []
    if comma and point:
        here, there = (", ".join(sorted(one)) for one in (comma, point))
        doubts.append(f"{here}: decimal commas; {there}: decimal points. A source has one mark: the other columns are text to it.")
    if comma or point:
        decimal = "," if comma and (german or not point) else "."
        numbers -= (point if decimal == "," else comma).keys()
    else:
        decimal = "," if german and (either_point or either_comma) else "."
        for held, mark in ((either_comma, ","), (either_point, ".")):
            for name, example in held.items():
                read_as = "decimals" if mark == decimal else "thousands"
                doubts.append(f"{name}: are the last digits of {example} thousands, or decimals? They are read as {read_as}.")
    between = next((mark for mark in (" ", "'", ",") if groups[mark] and mark != decimal), None)
    return decimal, between, frozenset(numbers), doubts


def _kind(text: str) -> str | None:
    """What the mark in a number shows; three digits behind the only one of its kind show nothing."""
    plain = text.lstrip("+-")
    if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}", plain):
        return "comma"
    if re.fullmatch(r"\d{1,3}(?:,\d{3}){2,}", plain):
        return "point"
    if re.search(r"[. ']\d{3},\d", plain) or re.search(r",(?:\d{1,2}|\d{4,})$", plain) or re.fullmatch(r"0,\d+", plain):
        return "comma"
    if re.search(r"[, ']\d{3}\.\d", plain) or re.search(r"\.(?:\d{1,2}|\d{4,})$", plain) or re.fullmatch(r"0\.\d+", plain):
        return "point"
    if re.search(r",\d{3}$", plain):
        return "either ,"
    return "either ." if re.search(r"\.\d{3}$", plain) else None
