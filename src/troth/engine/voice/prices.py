"""Prices in a sentence: with a currency, as “free”, and as a bare number where nothing but a price can be meant."""

from __future__ import annotations

import re
from typing import TypeAlias

from troth.engine.voice.cues import SLOTS
from troth.engine.voice.numerals import NUMERALS
from troth.engine.voice.wording import plain

Amount: TypeAlias = tuple[float, str | None]
"""How much, and in which currency; ``None`` where none is named."""

PRICE = re.compile(
    r"(?P<sign>R\$|US\$|[$€£])\s?(?P<value>\d[\d.,]*\d|\d)"
    r"|\b(?P<value_>\d[\d.,]*\d|\d)\s?(?P<sign_>reais|real|euros?|dollars?|dólares|pounds?|libras?|€|£|BRL|USD|EUR|GBP)(?!\w)"
    rf"|\b(?P<written>{'|'.join(NUMERALS)})\s(?P<sign__>reais|euros|dollars|dólares)\b"
    r"|\b(?P<free>free (?:delivery|shipping|of charge|returns?|installation)|no (?:extra )?(?:charge|fee|cost)|for free"
    r"|(?:frete |entrega )?gr[aá]tis"
    r"|de graça|sem custo|sem (?:nenhuma )?taxa)\b",
    re.IGNORECASE,
)
CURRENCY = {
    "reais": "R$", "real": "R$", "brl": "R$", "euro": "€", "eur": "€", "dollar": "$", "usd": "$", "us$": "$", "dolare": "$", "pound": "£",
    "libra": "£", "gbp": "£",
}  # fmt: skip

_MEASURED = (
    r"k?g|kilos?|quilos?|gramas?|grams?|mg|lbs?|oz|tons?|km|metros?|met(?:re|er)s?|m[²³]?|cm|mm|mi|miles?|milhas?|feet|ft|inch(?:es)?"
    r"|polegadas?|ml|l|lit(?:re|er)s?|litros?|[kmgt]b|[kmg]bps|[kmg]hz|hz|k?wh?|watts?|volts?|amps?|m?ah|mp|degrees|graus"
    r"|percent|per cent|por cento|pct|stars?|estrelas?|points?|pontos?|out of"
    r"|de (?:5|10|cinco|dez)|times|vezes|x|am|pm|a\.m|p\.m|h|hrs?|hours?|horas?|mins?|minutes?"
    r"|minutos?|seconds?|segundos?|days?|dias?|weeks?|semanas?|months?|m[eê]s(?:es)?|years?|anos?|business|working|úteis|people|pessoas"
)
"""Behind a number: it counts or measures something."""
BARE = re.compile(
    r"(?<![\w.,/:#@+-])(?:\d{1,6}[.,]\d\d\s?(?:-|–|to|a|até)\s?)?"
    r"(?P<value>(?:\d{1,3}(?:[.,]\d{3})+|(?P<whole>\d{1,6}))(?:(?P<mark>[.,])(?P<cents>\d\d))?)"
    rf"(?![\w°º\"”'’]|[.,:/-]\d|\s?%|[\s-]?(?:{_MEASURED})\b)",
    re.IGNORECASE,
)
"""A number that names no currency, and nothing else that it would be of."""
_SMALL = r"(?:\s(?:was|is|were|be|of|at|it|to|me|us|only|just|about|around|from|era|eram|é|foi|de|seria|ser|ficaria|em|uns|só|apenas|por))"
PRICED = re.compile(
    r"\b(?:prices?|priced|costs?|costing|charged?|charges|fees?|pay|paid|quoted|fare|rent"
    rf"|preços?|valor|cust(?:a|am|ava|avam|aria|ou|ar)|cobra(?:do|vam|va|riam|r|m)|pag(?:ar|aria|uei)|taxa|mensalidade){_SMALL}{{0,3}}\s$",
    re.IGNORECASE,
)
"""Ahead of a number: it is what something costs."""
ADVERT = re.compile(rf"\b(?:{'|'.join([*SLOTS['advert'].split(), *SLOTS['anuncio'].split()])})\b", re.IGNORECASE)
"""Adverts name prices, and seldom hours."""
NUMBERED = re.compile(
    r"\b(?:v|versions?|versão|release|firmware|ios|android|windows|models?|modelo|size|tamanho|n[oº°]\.?|number|número|refs?|reference|order"
    r"|pedido|protocolo|ticket|section|seção|clause|cláusula|artigo|item|page|página|chapter|grade|score[ds]?|rat(?:ed|ing)|nota|média|average"
    r"|flight|voo|room|quarto|gate|portão)(?:\s(?:of|de|was|is|era|é))?\s$",
    re.IGNORECASE,
)
"""Ahead of a number: it tells one thing from another, or how good it is."""
HOUR = re.compile(
    r"(?:\b(?:at|by|until|till?|before|after|around|from|between|since|até|antes|depois|pelas?|das|entre as|desde)|@)\s$",
    re.IGNORECASE,
)
AS_HOURS = re.compile(r"\b(?:às|as|pelas|das)\s$", re.IGNORECASE)
"""Ahead of a number: the time of day, in Portuguese for certain."""
WENT_ON = re.compile(
    r"\s*(?:$|[,.;!?)…]|(?:and|but|not|for|an?|per|each|with|plus|when|instead|in|all|total|e|mas|por|com|ou|cada|no|na|ao|à)\b)",
    re.IGNORECASE,
)
"""Behind a whole number that nothing is counted by."""
HOURS, MINUTES, DAYS, MONTHS = 24, 60, 31, 12


def priced(found: re.Match[str]) -> Amount | None:
    """What a match of :data:`PRICE` says."""
    if found.group("free"):
        return 0.0, None
    sign = plain(found.group("sign") or found.group("sign_") or found.group("sign__"))
    unit = CURRENCY.get(sign) or CURRENCY.get(sign.rstrip("s")) or sign.upper()
    written = found.group("written")
    value = float(NUMERALS[written.lower()]) if written else amount(found.group("value") or found.group("value_"))
    return None if value is None else (value, unit)


def bare(sentence: str, found: re.Match[str], *, day_first: bool) -> Amount | None:
    """What a match of :data:`BARE` says, if it is a price: it has cents, or a word for what things cost stands ahead of it.

    :param day_first: the sentence is Portuguese, where cents stand behind a comma.
    """
    ahead = sentence[: found.start()]
    if NUMBERED.search(ahead) or AS_HOURS.search(ahead):
        return None
    costs = bool(PRICED.search(ahead))
    if found.group("cents") is None:
        meant = costs and bool(WENT_ON.match(sentence, found.end()))
    else:
        meant = not _of_the_clock(found) or (not (HOUR.search(ahead) or day_first) and (costs or bool(ADVERT.search(ahead))))
    value = amount(found.group("value")) if meant else None
    return None if value is None else (value, None)


def _of_the_clock(found: re.Match[str]) -> bool:
    """19.30 may be a time of day, and 24.12 a day of December; 19.99 and 19,30 are neither."""
    if found.group("mark") != "." or found.group("whole") is None:
        return False
    whole, cents = int(found.group("whole")), int(found.group("cents"))
    return (whole < HOURS and cents < MINUTES) or (1 <= whole <= DAYS and 1 <= cents <= MONTHS)


def amount(text: str) -> float | None:
    """1.234,56 and 1,234.56 are one; three digits behind the only sign are thousands."""
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", text):
        text = re.sub(r"[.,]", "", text)
    elif "," in text and "." in text:
        decimal = max(text.rfind(","), text.rfind("."))
        text = re.sub(r"[.,]", "", text[:decimal]) + "." + text[decimal + 1 :]
    else:
        text = text.replace(",", ".")
    try:
        return float(text)
    except ValueError:
        return None
