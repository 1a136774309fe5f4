"""What people say they were told, or should have got: signals for the voice of the customer on expectations (domain.md d1).

“Will” and “should” expectations act in opposite directions (Boulding, Kalra, Staelin & Zeithaml 1993), so each statement is one or the
other. Statements are suggestions: patterns of English and Portuguese, which people accept or reject. A decision is kept under a digest
of the words, so it holds for the same words on every run.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from troth.engine.findings import Findings
from troth.engine.nouns import counted
from troth.engine.voice.cues import COMPARED, COURTESY, QUESTION, cues, not_said
from troth.engine.voice.levels import NO_LEVEL, level_of
from troth.engine.voice.quotes import shortened
from troth.engine.voice.results import Statement
from troth.engine.voice.texts import Corpus, corpus
from troth.engine.voice.wording import PORTUGUESE
from troth.terms.errors import RequestError, did_you_mean

SUGGESTED, ACCEPTED, REJECTED = "suggested", "accepted", "rejected"
STATUSES = (SUGGESTED, ACCEPTED, REJECTED)

SENTENCE = re.compile(r"(?<=[.!?;])(?<!\bno\.)(?<!\bSr\.)(?<!\bMr\.)\s+(?=\S)|\n+")
LONGEST_SENTENCE = 400
CUES = cues()
AHEAD, WITHIN, BEHIND = not_said()


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided on one statement.

    :param key: the statement's. :param status: ``accepted`` or ``rejected``. :param by: who. :param on: the day, as told.
    """

    key: str
    status: str
    by: str = ""
    on: date | None = None

    def __post_init__(self) -> None:
        """Refuse a status that is no decision."""
        if self.status not in STATUSES[1:]:
            mend = did_you_mean(self.status, STATUSES[1:])
            raise RequestError(f"“{self.status[:40]}” is no decision on a statement.", place="status", mend=mend)


@dataclass(frozen=True, slots=True)
class Review:
    """The review queue's memory: decisions on statements, the last one on each holds."""

    decisions: tuple[Decision, ...] = ()

    def decided(self, *decisions: Decision) -> Review:
        """The review with further decisions."""
        return Review((*self.decisions, *decisions))

    def status(self, key: str) -> str:
        """``accepted``, ``rejected``, or ``suggested`` where nobody decided."""
        return next((one.status for one in reversed(self.decisions) if one.key == key), SUGGESTED)

    def record(self) -> list[dict[str, str]]:
        """As JSON and TOML hold it; ``review_from`` reads it again."""
        return [
            {"key": one.key, "status": one.status, "by": one.by} | ({} if one.on is None else {"on": one.on.isoformat()})
            for one in self.decisions
        ]


NOT_REVIEWED = Review()


def review_from(record: Iterable[Mapping[str, Any]]) -> Review:
    """The review again.

    :raises RequestError: this is none.
    """
    try:
        return Review(tuple(Decision(str(one["key"]), str(one["status"]), str(one.get("by", "")), _day(one.get("on"))) for one in record))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise RequestError("this is no record of a review.", place="review", mend="give what Review.record() gave.") from error


def expectations(texts: Any, languages: Any = None, *, people: Any = None, review: Review = NOT_REVIEWED) -> Findings[Statement]:
    """Statements of expectation in texts, those nobody decided on first, rejected ones last.

    :param texts: as for :func:`troth.themes`. :param review: what people decided so far.
    :raises RequestError: as :func:`troth.themes`.
    """
    return stated(corpus(texts, languages, people), review)


def stated(read: Corpus, review: Review = NOT_REVIEWED) -> Findings[Statement]:
    """The same of texts already read."""
    found: list[Statement] = []
    of_text = {place: statements(text, read.languages[place]) for place, text in enumerate(read.texts)}
    status = {one.key: one.status for one in review.decisions}
    for row, place in enumerate(read.which.tolist()):
        for one in of_text.get(place, ()):
            person = None if read.people is None else read.people[row]
            found.append(replace(one, row=row, person=person, status=status.get(one.key, SUGGESTED)))
    found.sort(key=lambda one: (STATUSES.index(one.status), one.row))
    told = sum(read.languages[place] in {"other", "unknown"} for place in read.which.tolist() if place >= 0)
    notes = ["Statements are suggestions until somebody accepts them."]
    if told:
        notes.append(f"{counted(told, 'text is', 'texts are')} neither surely English nor Portuguese; patterns know no other language.")
    return Findings(tuple(found), (), tuple(notes))


def statements(text: str, language: str) -> tuple[Statement, ...]:
    """The statements in one masked text, one a sentence at most, “will” before “should”."""
    found = []
    for sentence in SENTENCE.split(text):
        whole = sentence.strip()[:LONGEST_SENTENCE]
        cue = _cue(whole)
        if cue is None:
            continue
        kind, source, words, end = cue
        level = level_of(whole, end, day_first=language == PORTUGUESE) or NO_LEVEL
        simple = " ".join(whole.casefold().split()).rstrip(" .!?…")  # how loudly it was said makes it no other statement
        key = "e" + hashlib.sha256(f"{kind}:{simple}".encode()).hexdigest()[:12]
        found.append(
            Statement(
                key=key,
                row=0,
                kind=kind,
                source=source,
                language=language,
                words=shortened(whole),
                cue=words,
                level=level.kind,
                said=level.said,
                value=level.value,
                unit=level.unit,
                day=level.day,
                status=SUGGESTED,
            )
        )
    return tuple(found)


def _cue(sentence: str) -> tuple[str, str, str, int] | None:
    """Kind, source, the words that gave it away and where they end; ``None`` where nothing was said, or it was denied or asked."""
    if QUESTION.search(sentence):
        return None
    for kind, source, pattern in CUES:
        for found in pattern.finditer(sentence):
            nothing = AHEAD.search(sentence[: found.start()]) or WITHIN.search(found.group()) or BEHIND.match(sentence, found.end())
            denied = nothing and not COMPARED.match(found.group())
            if (kind == "will" and denied) or COURTESY.match(sentence, found.start()):
                continue
            return kind, source, found.group(), found.end()
    return None


def _day(told: Any) -> date | None:
    return told if told is None or isinstance(told, date) else date.fromisoformat(str(told))
