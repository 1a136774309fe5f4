"""What customers write: put together of phrases (``words/*.toml``), in two languages, and in the ways people write.

A text is an opening, what it is about, a detail, what was expected, a mood, an ask and a closing, most of them left out; the phrases come
in eight ways of writing (plain, small letters, without accents, three kinds of slips, capitals, as in a chat). Each language has far more
than a hundred thousand different texts per topic. Which topic a text is about is known: that is its truth.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from troth.engine.worlds.shop import company as k
from troth.engine.worlds.shop.draws import Draws, Flags, Ints

LANGUAGES = ("en", "pt")
ABOUT = (
    *("delivery", "lost", "damaged", "not as described", "item missing", "price", "locker code"),
    *("invoice", "address", "how to use", "cancel", "refund", "no help", "changed mind", "praise"),
    *("size", "stock", "arrival", "payment", "fit"),
)
"""What a text may be about: the themes."""
OTHER = tuple(ABOUT.index(name) for name in ("invoice", "address", "how to use", "cancel", "refund"))
NO_HELP, CHANGED_MIND, PRAISE = (ABOUT.index(name) for name in ("no help", "changed mind", "praise"))
QUESTIONS = tuple(ABOUT.index(name) for name in ("size", "stock", "arrival", "payment", "fit"))
CALM, ANGRY, PLAIN = range(3)
EXPECTS_NOTHING, EXPECTS_DAYS, EXPECTS_PAGE = range(3)

PARTS = ("opening", "again", "core", "detail", "expected_days", "expected_page", "angry", "calm", "ask", "personal", "closing")
"""The parts of a text, in their order."""
STYLES = ("plain", "small", "no accents", "slip one", "slip two", "slip three", "capitals", "chat")
STYLE_SHARES = np.array([0.45, 0.24, 0.07, 0.05, 0.05, 0.04, 0.03, 0.07])
SLIPS = (3, 5)
"""Positions of the styles that slip."""
SLOTS = ("thing", "days", "carrier", "number")
DAYS = SLOTS.index("days")
ONE_DAY = re.compile(r"^( day| dia| minute| minuto)s\b")
MOST_DAYS = 60
NUMBERS = 10_000
CHAT: dict[str, dict[str, str]] = {
    "pt": {"vocês": "vcs", "por favor": "pfv", "porque": "pq", "não": "n", "também": "tb", "hoje": "hj"},
    "en": {"you": "u", "please": "pls", "your": "ur", "are": "r", "because": "cuz", "and": "&"},
}
"""What is cut short in a chat."""
MARKS = ("", ".", "!", "...", "!!", "?")
MARK_SHARES = np.array([0.22, 0.5, 0.14, 0.08, 0.06, 0.0])
ASKING = len(MARKS) - 1


@dataclass(frozen=True, slots=True)
class Brief:
    """What each text is to say.

    :param kind: what the texts are (tickets, chats ...): their draws go by it.
    :param id: number of each text among its kind.
    :param about: position in :data:`ABOUT`; ``mood`` calm, angry or neither.
    :param thing: the goods, 6 to a product group; ``days`` a number the text may speak of; ``carrier`` likewise.
    :param again: it is not the first time.
    :param expected: nothing, a number of days (``said_days``), or what the page says.
    """

    kind: str
    id: Ints
    portuguese: Flags
    about: Ints
    mood: Ints
    thing: Ints
    days: Ints
    carrier: Ints
    again: Flags
    expected: Ints
    said_days: Ints


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts, and the truth about them.

    :param personal: the text holds a number or an address by which a person can be found.
    """

    text: pa.Array
    personal: Flags


def texts(draws: Draws, brief: Brief) -> Texts:
    """One text for each."""
    bank = phrases()
    kind, ids, n = brief.kind, brief.id, len(brief.id)
    language = brief.portuguese.astype(np.int64)
    style = draws.pick(f"{kind} style", ids, STYLE_SHARES)
    tidy = np.where((style >= SLIPS[0]) & (style <= SLIPS[1]), ids % 2, style)  # one slip or two in a text, not one in every phrase
    chatty = draws.uniform(f"{kind} chatty", ids)

    def said(part: str, least: float, most: float) -> Flags:
        return draws.uniform(f"{kind} {part}?", ids) < least + (most - least) * chatty

    question = np.isin(brief.about, QUESTIONS)
    personal = said("personal", 0.0, 0.05) & ~question & (brief.about != PRAISE)
    spoken = {
        "opening": said("opening", 0.15, 0.85),
        "again": brief.again & said("again", 0.6, 1.0),
        "core": np.ones(n, dtype=np.bool_),
        "detail": said("detail", 0.1, 0.95),
        "expected_days": brief.expected == EXPECTS_DAYS,
        "expected_page": brief.expected == EXPECTS_PAGE,
        "angry": (brief.mood == ANGRY) & said("angry", 0.2, 0.9),
        "calm": (brief.mood == CALM) & said("calm", 0.1, 0.6),
        "ask": (brief.about != PRAISE) & ~question & said("ask", 0.05, 0.75),
        "personal": personal,
        "closing": said("closing", 0.05, 0.7),
    }
    pieces: list[pa.Array] = []
    for position, part in enumerate(PARTS):
        topic = brief.about if part in {"core", "detail"} else np.zeros(n, dtype=np.int64)
        first, count = bank.first[position, language, topic], bank.count[position, language, topic]
        which = first + draws.whole(f"{kind} {part}", ids, count)
        variant = which * len(STYLES) + (style if part in {"core", "detail"} else tidy)
        slot = bank.slot[which]
        days = np.clip(brief.said_days if part == "expected_days" else brief.days, 1, MOST_DAYS)
        filled = np.select(
            [slot == place for place in range(len(SLOTS))],
            [
                bank.things + brief.thing + language * len(k.GROUPS) * k.THINGS_A_GROUP,
                bank.days + days,
                bank.carriers + brief.carrier,
                bank.numbers + draws.whole(f"{kind} {part} number", ids, NUMBERS),
            ],
            default=-1,
        )
        mark = draws.pick(f"{kind} {part} mark", ids, MARK_SHARES)
        if part == "core":
            mark = np.where(question & draws.below(f"{kind} asks", ids, 0.8), ASKING, mark)
        absent = ~spoken[part]
        pieces += [
            _taken(bank.heads, variant, absent),
            _taken(bank.fillings, filled, absent | (filled < 0)),
            _taken(bank.tails, np.where((slot == DAYS) & (days == 1), variant + bank.of_one, variant), absent),
            _taken(bank.marks, np.full(n, len(MARKS)) if part == "opening" else mark, absent),
        ]
    joined = pc.binary_join_element_wise(*pieces, "", null_handling="replace", null_replacement="")
    return Texts(pc.utf8_trim_whitespace(joined), personal)


def _taken(values: pa.Array, index: Ints, absent: Flags) -> pa.Array:
    return values.take(pa.array(index, pa.int32(), mask=absent))


@dataclass(frozen=True, slots=True)
class Phrases:
    """All phrases of both languages on one list, each split at its slot, in every way of writing.

    :param heads: what stands before the slot, a space first; ``tails`` what stands after it. Phrase p in style s is p * 8 + s.
    :param of_one: where the tails begin again, as they are behind a single day.
    :param slot: per phrase, which slot it has, -1 for none.
    :param first: per part, language and topic, the first phrase; ``count`` how many there are.
    :param fillings: what fills slots; ``things``, ``days``, ``carriers`` and ``numbers`` are where each kind begins.
    """

    heads: pa.Array
    tails: pa.Array
    of_one: int
    slot: Ints
    first: Ints
    count: Ints
    fillings: pa.Array
    things: int
    days: int
    carriers: int
    numbers: int
    marks: pa.Array


@cache
def phrases() -> Phrases:
    """The phrases, read once."""
    heads: list[str] = []
    tails: list[str] = []
    of_one: list[str] = []
    slots: list[int] = []
    shape = (len(PARTS), len(LANGUAGES), len(ABOUT))
    first, count = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for number, language in enumerate(LANGUAGES):
        words = _words(language)
        for position, part in enumerate(PARTS):
            for topic, name in enumerate(ABOUT):
                if part not in {"core", "detail"} and topic:
                    continue
                listed = words["about"][name][part] if part in {"core", "detail"} else words[part]
                first[position, number, topic], count[position, number, topic] = len(slots), len(listed)
                for phrase in listed:
                    head, slot, tail = _split(phrase)
                    slots.append(slot)
                    heads += [" " + head_in for head_in in styled(head, language, opens=True)]
                    tails += styled(tail, language, opens=False)
                    of_one += styled(ONE_DAY.sub(r"\1", tail), language, opens=False)
    things = [english for group in k.THINGS for english, *_ in group] + [portuguese for group in k.THINGS for _, portuguese, _ in group]
    numerals, carriers = [str(n) for n in range(MOST_DAYS + 1)], list(k.CARRIERS)
    days = len(things)
    carriers_at = days + len(numerals)
    return Phrases(
        heads=pa.array(heads),
        tails=pa.array([*tails, *of_one]),
        of_one=len(tails),
        slot=np.array(slots, dtype=np.int64),
        first=first,
        count=count,
        fillings=pa.array([*things, *numerals, *carriers, *(f"{n:04d}" for n in range(NUMBERS))]),
        things=0,
        days=days,
        carriers=carriers_at,
        numbers=carriers_at + len(carriers),
        marks=pa.array([*MARKS, ","]),
    )


def _words(language: str) -> dict[str, Any]:
    return tomllib.loads((k.WORDS / f"{language}.toml").read_text(encoding="utf-8"))


def _split(phrase: str) -> tuple[str, int, str]:
    found = re.search(r"\{(\w+)\}", phrase)
    if found is None:
        return phrase, -1, ""
    return phrase[: found.start()], SLOTS.index(found[1]), phrase[found.end() :]


def styled(text: str, language: str, *, opens: bool) -> list[str]:
    """A phrase in every way of writing, in the order of :data:`STYLES`."""
    small = text.lower()
    chat = small
    for word, short in CHAT[language].items():
        chat = re.sub(rf"\b{word}\b", short, chat)
    bare = "".join(sign for sign in unicodedata.normalize("NFD", small) if not unicodedata.combining(sign))
    plain = text[:1].upper() + text[1:] if opens else text
    return [plain, small, bare, *(slipped(text, turn) for turn in range(3)), text.upper(), chat]


def slipped(text: str, turn: int) -> str:
    """The phrase with one slip of the fingers in a long word: two letters swapped, one doubled, one left out."""
    words = list(re.finditer(r"\w{5,}", text))
    if not words:
        return text
    word = words[(turn + len(text)) % len(words)]
    at = word.start() + 1 + len(text) % (len(word[0]) - 3)
    first, second, rest = text[at], text[at + 1], text[at + 2 :]
    return text[:at] + (second + first, first + first + second, second)[turn] + rest
