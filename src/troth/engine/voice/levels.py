"""The promise-like bit of a sentence: a duration, a date, a price or a percentage, in English and Portuguese."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from troth.engine.voice.masking import MONTHS
from troth.engine.voice.numerals import NUMERALS
from troth.engine.voice.prices import BARE, PRICE, Amount, amount, bare, priced
from troth.engine.voice.wording import plain

HOURS_OF_A_DAY = 24
MINUTES_OF_A_DAY = 1_440
NEAR = 160
"""Characters behind a cue that are looked at first."""

LARGEST_SPELLED = 30
"""Days, hours or weeks that people write as a word."""
SPELLED = {word: value for word, value in NUMERALS.items() if value <= LARGEST_SPELLED}
NUMBERS = {**{plain(word): value for word, value in SPELLED.items()}, **dict.fromkeys(("a", "an", "one", "um", "uma"), 1), "couple of": 2}
DAYS_OF = {
    "minute": 1 / MINUTES_OF_A_DAY, "min": 1 / MINUTES_OF_A_DAY, "minuto": 1 / MINUTES_OF_A_DAY, "hour": 1 / HOURS_OF_A_DAY,
    "hr": 1 / HOURS_OF_A_DAY, "hora": 1 / HOURS_OF_A_DAY, "h": 1 / HOURS_OF_A_DAY, "day": 1.0, "dia": 1.0, "week": 7.0, "semana": 7.0,
    "fortnight": 14.0, "month": 30.0, "mes": 30.0, "meses": 30.0, "year": 365.0, "ano": 365.0,
}  # fmt: skip
MONTH_NUMBERS = {
    stem: number
    for number, stems in enumerate(
        ("jan", "feb fev", "mar", "apr abr", "may mai", "jun", "jul", "aug ago", "sep set", "oct out", "nov", "dec dez"), start=1
    )
    for stem in stems.split()
}

_COUNT = rf"(?:\d{{1,3}}(?:[.,]\d{{1,2}})?|one|{'|'.join(SPELLED)}|a couple of|couple of|an?|um|uma)"
_UNIT = r"(?:minutes?|mins?|hours?|hrs?|days?|weeks?|fortnight|months?|years?|minutos?|horas?|h|dias?|semanas?|m[eê]s(?:es)?|anos?)"
DURATION = re.compile(
    rf"(?<!\d[.,])\b(?:{_COUNT}\s*(?:to|-|–|or|a|ou|e|até)\s*)?(?P<count>{_COUNT})[\s-]*(?:(?:business|working|full|calendar|more)\s+)?(?P<unit>{_UNIT})\b"
    r"(?:\s+(?:úteis|uteis|corridos))?",
    re.IGNORECASE,
)
AGO = re.compile(r"\s*(?:ago|atrás|atras|late|overdue|de atraso)\b", re.IGNORECASE)
SINCE = re.compile(r"\b(?:há|ha|faz|fazem)\s+(?:mais de\s+|uns\s+|quase\s+)?$", re.IGNORECASE)
"""Around a duration: so long ago, and no level of a promise."""
_NEXT = r"next[- ](?:working |business )?day|tomorrow|amanhã|overnight|dia seguinte"
SOON = re.compile(rf"\b(?:same[- ]day|no mesmo dia|hoje|today|(?P<next>{_NEXT}))\b", re.IGNORECASE)
PERCENT = re.compile(r"\b(?P<value>\d{1,3}(?:[.,]\d{1,2})?)\s?%")
WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:segunda|terça|quarta|quinta|sexta)(?:-feira)?|s[aá]bado|domingo"
DATED = re.compile(
    rf"\b(?P<iso>\d{{4}}-\d{{1,2}}-\d{{1,2}})\b|\b(?P<short>\d{{1,2}}[/.]\d{{1,2}}(?:[/.]\d{{2,4}})?)\b(?!\s?%)"
    rf"|\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|º)?\s+(?:of\s+|de\s+)?(?P<month>{MONTHS})\b\.?(?:,?\s+(?:de\s+)?(?P<year>\d{{4}}))?"
    rf"|\b(?P<month_>{MONTHS})\.?\s+(?P<day_>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(?P<year_>\d{{4}}))?"
    rf"|\b(?P<weekday>(?:next |this |last |próxima |proxima )?(?:{WEEKDAY}))\b|\bdia (?P<dia>\d{{1,2}})\b"
    r"|\b(?P<feast>christmas|easter|black friday|natal|páscoa|dia das mães"
    r"|(?:end of|fim d[eo]) (?:the )?(?:week|month|year|semana|mês|ano))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Level:
    """What was said. :param value: days, money or per cent; the upper end of a range. :param day: a date that cannot be mistaken."""

    kind: str | None
    said: str | None
    value: float | None = None
    unit: str | None = None
    day: date | None = None


NO_LEVEL = Level(None, None)


def level_of(sentence: str, after: int, *, day_first: bool) -> Level | None:
    """The level told nearest behind the cue, else the last one ahead of it; ``None`` where there is none.

    :param after: where the cue ends. :param day_first: 10/05/2024 is a day in May. Else it is told only where no doubt remains.
    """
    behind = _all(sentence, after, after + NEAR, day_first=day_first)
    if behind:
        return min(behind, key=lambda one: one[0])[1]
    ahead = _all(sentence, 0, after, day_first=day_first)
    return max(ahead, key=lambda one: one[0])[1] if ahead else None


def _all(sentence: str, start: int, end: int, *, day_first: bool) -> list[tuple[int, Level]]:
    """Every level between two places, with its own; of two that overlap the longer one."""
    part = sentence[:end]
    found: list[tuple[int, int, Level]] = []
    readers: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Level | None]], ...] = (
        (PRICE, lambda one: _price(one, priced(one))),
        (BARE, lambda one: _price(one, bare(part, one, day_first=day_first))),
        (DATED, lambda one: _date(one, day_first=day_first)),
        (DURATION, lambda one: None if _of_the_past(part, one) else _duration(one)),
        (SOON, lambda one: Level("duration", one.group(), 1.0 if one.group("next") else 0.0, "days")),
        (PERCENT, lambda one: Level("percent", one.group(), amount(one.group("value")), "%")),
    )
    for pattern, read in readers:
        for one in pattern.finditer(part, start):
            told = read(one)
            if told is not None:
                found.append((one.start(), one.end(), told))
    found.sort(key=lambda one: one[0] - one[1])
    kept: list[tuple[int, int, Level]] = []
    for first, last, level in found:
        if all(last <= other[0] or first >= other[1] for other in kept):
            kept.append((first, last, level))
    return [(first, level) for first, _, level in kept]


def _price(found: re.Match[str], told: Amount | None) -> Level | None:
    return None if told is None else Level("price", found.group(), *told)


def _of_the_past(part: str, found: re.Match[str]) -> bool:
    """“3 days ago”, “há 3 dias” count from today back: a delay that is complained of, and nothing that was said."""
    return bool(AGO.match(part, found.end()) or SINCE.search(part[: found.start()]))


def _duration(found: re.Match[str]) -> Level | None:
    unit = plain(found.group("unit"))
    one = DAYS_OF.get(unit) or DAYS_OF.get(unit.rstrip("s"))
    count = _count(found.group("count"))
    if one is None or count is None:
        return None
    return Level("duration", found.group(), count * one, "days")


def _count(word: str) -> float | None:
    simple = plain(word).removeprefix("a ")
    return amount(simple) if simple[:1].isdigit() else NUMBERS.get(simple)


def _date(found: re.Match[str], *, day_first: bool) -> Level | None:
    said = found.group()
    day: date | None = None
    if found.group("iso"):
        day = _made(*map(int, found.group("iso").split("-")))
    elif found.group("short"):
        parts = [int(part) for part in re.split(r"[/.]", found.group("short"))]
        if not (1 <= parts[0] <= 31 and 1 <= parts[1] <= 31) or ("." in said and len(parts) < 3):  # noqa: PLR2004 - a day, and 3.5 is none
            return None
        if len(parts) == 3:  # noqa: PLR2004 - day, month, year
            year = parts[2] if parts[2] > 99 else 2000 + parts[2]  # noqa: PLR2004 - two digits
            month_first = _made(year, parts[0], parts[1])
            by_day = _made(year, parts[1], parts[0])
            day = by_day if day_first or month_first is None else month_first if by_day is None or by_day == month_first else None
    elif found.group("month") or found.group("month_"):
        month = MONTH_NUMBERS.get(plain(found.group("month") or found.group("month_"))[:3])
        year_ = found.group("year") or found.group("year_")
        if year_ and month:
            day = _made(int(year_), month, int(found.group("day") or found.group("day_")))
    return Level("date", said, day=day)


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
