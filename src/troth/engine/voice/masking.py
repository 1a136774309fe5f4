"""Personal data masked before anything else sees a text: what is embedded, cached, quoted, named and sent is masked already.

Masked: e-mail addresses, links, IBAN (ISO 13616, mod 97), card numbers (ISO/IEC 7812, Luhn), CPF and CNPJ (check digits of Receita
Federal), telephone numbers, identifiers after words such as “order” and “pedido”, long numbers, IP addresses, handles, names after
“my name is”, “says” and their like or a title, secrets after “password”, postcodes and street addresses (English and Portuguese forms).
Dates, times, amounts and percentages stay: expectations live in them. No pattern finds every name; what is shown to people
outside still has to be read by people inside.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Replacement = str | Callable[[re.Match[str]], str]

MASK = re.compile(r"\[(?:e-mail|link|IBAN|card|CPF|CNPJ|phone|id|number|IP|handle|name|secret|postcode|address)\]")
"""What stands where personal data stood."""

HELD, RELEASED = "\ue000", "\ue001"
MONTHS = (
    "jan(?:uary|eiro)?|feb(?:ruary)?|fev(?:ereiro)?|mar(?:ch|ço)?|apr(?:il)?|abr(?:il)?|may|mai(?:o)?|june?|junho|july?|julho|"
    "aug(?:ust)?|ago(?:sto)?|sep(?:t(?:ember)?)?|set(?:embro)?|oct(?:ober)?|out(?:ubro)?|nov(?:ember|embro)?|dec(?:ember)?|dez(?:embro)?"
)
DATE = re.compile(
    r"\b(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}/\d{2,4}|\d{1,2}\.\d{1,2}\.\d{4}|\d{1,2}-\d{1,2}-\d{4}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+|de\s+)?(?:{MONTHS})\.?(?:,?\s+(?:de\s+)?\d{{4}})?"
    rf"|(?:{MONTHS})\.?\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?)(?![\w/])",
    re.IGNORECASE,
)
AMOUNT = re.compile(
    r"(?:R\$|US\$|[$€£¥])\s?\d{1,3}(?:[.,\s]\d{3})*(?:[.,]\d{1,2})?(?!\d)|(?<![\d.])\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{2})?(?![\d./-])"
)

EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
IBAN = re.compile(r"\b[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]{4}){2,7}(?:[ -]?[A-Za-z0-9]{1,3})?\b")
IP = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")
UUID = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE)
HANDLE = re.compile(r"(?<![\w@])@\w{2,30}\b")
DIGITS = re.compile(r"(?<![\w.,/$€£-])\+?\(?\d(?:[\s().\-/]{0,2}\d){5,22}(?![\w%])")
IDENTIFIED = re.compile(
    r"\b((?:order|ticket|case|tracking|invoice|account|reference|ref|booking|protocol|contract|customer|passport|policy|request"
    r"|pedido|protocolo|nota|conta|contrato|rastreio|rastreamento|chamado|reserva|matrícula|boleto|encomenda|solicitação)"
    r"(?:\s+(?:number|no|nr|id|code|número|numero|nº|n°|código|fiscal|is|é)\b\.?|\s?#|\s?:|\s?nº|\s?n°){0,3}\s*)"
    r"(#?(?=[\w-]*\d)[A-Za-z0-9][\w-]{3,40})",
    re.IGNORECASE,
)
SECRET = re.compile(r"\b((?:password|passcode|senha|pin(?: code)?|cvv|token)\s*(?:is|é|:|=)\s*)(\S{3,60})", re.IGNORECASE)
POSTCODE = re.compile(
    r"\b(?:(?:CEP:?\s*)?\d{5}-\d{3}|\d{4}-\d{3}(?=\s+[A-ZÀ-Ý])|[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}"
    r"|(?:[A-Z]{2}|ZIP(?: code)?)\s\d{5}(?:-\d{4})?)\b"
)
STREET_EN = re.compile(
    r"\b\d{1,5}[A-Za-z]?\s+(?:[A-Za-z][\w'.]{0,20}\s+){1,4}(?:street|road|rd|avenue|ave|lane|ln|drive|boulevard|blvd|crescent|terrace"
    r"|(?-i:St|Dr|Ct|Court|Place|Pl|Square|Close|Way))\b\.?(?:,?\s*(?:apt|flat|apartment|unit)\.?\s*\w{1,6})?",
    re.IGNORECASE,
)
STREET_PT = re.compile(
    r"\b(?:rua|avenida|av\.|travessa|alameda|praça|rodovia|estrada|largo)\s+(?:[^\W\d_][\w'.]{0,20}\s*){1,6}?,?\s*(?:n[ºo°.]{1,2}\s*)?\d{1,5}\b"
    r"(?!\s*(?:dias?|horas?|min|semanas?|meses|mês|vezes|h\b|x\b|%|reais|anos?))(?:,?\s*(?:ap|apto|apartamento|bloco)\.?\s*\w{1,6})?",
    re.IGNORECASE,
)
_CAPITAL = r"[A-ZÀ-Ý][\w'’-]{1,30}"
_FULL = rf"{_CAPITAL}(?:\s+(?:d[aeo]s?\s+)?{_CAPITAL}){{0,3}}"
_TITLE = "Mr|Mrs|Ms|Miss|Dr|Sr|Sra|Dra|Dona|Seu|Senhor|Senhora"
_GIVEN = r"[^\W\d_][\w'’-]{1,30}"
NAMED = re.compile(
    rf"\b((?i:my (?:full )?name(?: is|'s)|the name is|i am called|meu nome(?: completo)? é|me chamo|eu me chamo|nome:|name:)\s+)"
    rf"({_FULL}|{_GIVEN}(?:\s+(?!(?:and|e|i|my|but|mas|meu|minha|eu|com|with|from|o|a|the)\b){_GIVEN})?)"
)
SIGNED = re.compile(
    rf"((?i:\b(?:kind regards|best regards|regards|sincerely|cheers|atenciosamente|abraços|att)\b[,.]?)\s+)({_FULL})\s*[.!]?\s*$"
)
TITLED = re.compile(rf"\b((?:{_TITLE})\.?\s+)({_FULL})")
SPOKEN = re.compile(
    rf"\b((?i:this is|aqui é (?:o|a)|quem fala é|falei com (?:o|a)|spoke (?:to|with)|talked to)\s+)(?!(?:{_TITLE})\b)({_FULL})"
)
_NO_NAMES = (
    f"{MONTHS}|mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
    "|segunda|terça|quarta|quinta|sexta|sábado|domingo|today|tomorrow|tonight|hoje|amanhã|christmas|easter|natal|páscoa"
    "|the|an|it|it'?s|he|she|we|they|you|your|yours|my|our|his|her|their|this|that|there|these|those|if|when|in|on|by|at|to|for|from|with"
    "|no|not|nothing|nobody|yes|sorry|please|thank|thanks|next|same|all|one|just|only|do|don'?t|is|was|delivery|order|parcel|express|free|so"
    "|customer|client|support|sales|service|back|again|que|os|as|um|uma|não|nao|sim|nada|ninguém|eu|ele|ela|eles|elas|nós|você|vocês|seu|sua"
    "|meu|minha|isso|isto|este|esta|esse|essa|se|quando|em|na|no|para|pra|por|com|sem|já|agora|desculpe|obrigad[oa]|entrega|pedido|loja"
    "|frete|grátis|atendimento|suporte|sac|cliente"
)
QUOTED = re.compile(
    r"\b((?i:says|said|diz|disse|falei com|falou com|spoke (?:to|with)|called)\s+(?:[oa]\s+)?)"
    rf"(?!(?:{_TITLE})\b)(?!(?i:{_NO_NAMES})\b)(?![A-ZÀ-Ý]{{2,}}\b)({_FULL})"
)
"""A name right behind who speaks, or is spoken to; days, small words and abbreviations that stand there with a capital are none."""

LUHN_FEWEST, LUHN_MOST = 13, 19
PHONE_FEWEST, PHONE_MOST = 8, 15
CPF_DIGITS, CNPJ_DIGITS = 11, 14


def mask(text: str) -> str:
    """The text with personal data masked; masking twice changes nothing.

    :param text: any length; patterns are bounded, so the time grows with the length and no faster.
    """
    masked = text.replace(HELD, "").replace(RELEASED, "")
    for pattern, replacement in BEFORE_NUMBERS:
        masked = pattern.sub(replacement, masked)
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        held.append(found.group())
        return f"{HELD}{len(held) - 1}{RELEASED}"

    masked = AMOUNT.sub(hold, DATE.sub(hold, masked))
    masked = DIGITS.sub(_number, masked)
    for pattern, replacement in AFTER_NUMBERS:
        masked = pattern.sub(replacement, masked)
    for _ in range(2):  # an amount may hold a date
        masked = re.sub(f"{HELD}(\\d+){RELEASED}", lambda found: held[int(found.group(1))], masked)
    return masked


def bare(masked: str) -> str:
    """The text without its masks: what is clustered. Texts that differ by an identifier alone are one."""
    return " ".join(MASK.sub(" ", masked).split())


def luhn(digits: str) -> bool:
    """Does the check digit of a card number fit (ISO/IEC 7812-1, annex B)?"""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the digits of the product, added
    return total % 10 == 0


def iban(text: str) -> bool:
    """Is this an IBAN: letters and digits that leave 1 on division by 97 (ISO 13616)?"""
    compact = re.sub(r"[ -]", "", text).upper()
    rotated = compact[4:] + compact[:4]
    return rotated.isascii() and rotated.isalnum() and int("".join(str(int(sign, 36)) for sign in rotated)) % 97 == 1


def cpf(digits: str) -> bool:
    """Do both check digits of a CPF fit?"""
    return (
        len(digits) == CPF_DIGITS
        and len(set(digits)) > 1
        and all(_mod11(digits[:n], range(n + 1, 1, -1)) == int(digits[n]) for n in (9, 10))
    )


def cnpj(digits: str) -> bool:
    """Do both check digits of a CNPJ fit?"""
    weights = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]
    return (
        len(digits) == CNPJ_DIGITS
        and len(set(digits)) > 1
        and all(_mod11(digits[:n], weights[13 - n :]) == int(digits[n]) for n in (12, 13))
    )


def _mod11(digits: str, weights: range | list[int]) -> int:
    rest = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11
    return 0 if rest < 2 else 11 - rest  # noqa: PLR2004 - the rule of the check digit


def _number(found: re.Match[str]) -> str:
    """What a run of six digits or more is, by its check digits, its length and how it is written."""
    text = found.group()
    digits = re.sub(r"\D", "", text)
    written_out = not text.isdigit()
    if cpf(digits) and not text.startswith("+"):
        return "[CPF]"
    if cnpj(digits):
        return "[CNPJ]"
    if LUHN_FEWEST <= len(digits) <= LUHN_MOST and luhn(digits):
        return "[card]"
    if re.fullmatch(r"\d{5}-\d{3}", text):
        return "[postcode]"
    if PHONE_FEWEST <= len(digits) <= PHONE_MOST and written_out:
        return "[phone]"
    return "[number]"


def _kept_word(mask_: str) -> Callable[[re.Match[str]], str]:
    return lambda found: f"{found.group(1)}{mask_}"


BEFORE_NUMBERS: tuple[tuple[re.Pattern[str], Replacement], ...] = (
    (LINK, "[link]"),
    (EMAIL, "[e-mail]"),
    (UUID, "[id]"),
    (IBAN, lambda found: "[IBAN]" if iban(found.group()) else found.group()),
    (IP, "[IP]"),
    (SECRET, _kept_word("[secret]")),
    (STREET_EN, "[address]"),
    (STREET_PT, "[address]"),
    (POSTCODE, "[postcode]"),
)
AFTER_NUMBERS: tuple[tuple[re.Pattern[str], Replacement], ...] = (
    (IDENTIFIED, _kept_word("[id]")),
    (HANDLE, "[handle]"),
    (NAMED, _kept_word("[name]")),
    (TITLED, _kept_word("[name]")),
    (SPOKEN, _kept_word("[name]")),
    (QUOTED, _kept_word("[name]")),
    (SIGNED, _kept_word("[name]")),
)
