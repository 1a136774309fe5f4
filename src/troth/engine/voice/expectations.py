"""What people say they were told, or should have got: signals for the voice of the customer on expectations (S3.18, domain.md d1).

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
from troth.engine.voice.levels import level_of
from troth.engine.voice.quotes import shortened
from troth.engine.voice.results import Statement
from troth.engine.voice.texts import Corpus, corpus
from troth.engine.voice.wording import PORTUGUESE
from troth.terms.errors import RequestError, did_you_mean

SUGGESTED, ACCEPTED, REJECTED = "suggested", "accepted", "rejected"
STATUSES = (SUGGESTED, ACCEPTED, REJECTED)

SENTENCE = re.compile(r"(?<=[.!?;])(?<!\bno\.)(?<!\bSr\.)(?<!\bMr\.)\s+(?=\S)|\n+")
LONGEST_SENTENCE = 400

_SAYS = r"(?:said|says|say|saying|promised?|promises|guaranteed?|guarantees|claim(?:s|ed)?|advertis(?:e|es|ed)|stat(?:e|es|ed)|quoted?|quotes|assured|listed|showed|shows|indicated)"
_TOLD = r"(?:told|promised|assured|quoted|guaranteed|informed|advised|given to understand|led to believe|offered)"
_SITE = r"(?:web\s?site|site|web\s?page|page|listing|app|checkout|product description|description)"
_ADVERT = r"(?:ad|ads|advert|advertisement|commercial|flyer|brochure|banner|campaign|promotion)"
_MESSAGE = r"(?:e-?mail|confirmation|text|sms|message|letter|tracking(?: page)?|invoice|receipt)"
_AGENT = r"(?:agent|representative|rep|operator|advisor|adviser|assistant|salesman|saleswoman|salesperson|driver|courier|support|customer service|chat|lady|guy|man|woman|person|staff|colleague|technician|manager)"

_DISSE = r"(?:disse(?:ram|mos)?|diz(?:em|ia|iam)?|fal(?:ou|aram|ava|avam|a)|prome(?:teu|teram|te|tia|tiam)|garant(?:iu|iram|e|ia|iam)|inform(?:ou|aram|a|ava|avam)|avis(?:ou|aram)|afirm(?:ou|aram|a)|const(?:a|ava)|mostr(?:a|ou|ava)|anunci(?:a|ou|ava)|marc(?:a|ava|ou)|combin(?:ou|aram))"
_SITIO = r"(?:site|sítio|página|aplicativo|app|loja virtual|descrição|produto)"
_ANUNCIO = r"(?:anúncio|anuncio|propaganda|publicidade|panfleto|promoção|campanha|banner)"
_RECADO = r"(?:e-?mail|mensagem|sms|carta|rastreio|rastreamento|nota|confirmação|whatsapp)"
_CONTRATO = r"(?:contrato|regulamento|termos|proposta|orçamento)"
_ATENDENTE = r"(?:atendentes?|vendedor(?:a|es|as)?|operador(?:a|es)?|moç[oa]|rapaz|suporte|atendimento|sac|técnico|motorista|entregador|gerente|funcionári[oa]s?)"

CUES: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (kind, source, re.compile(pattern, re.IGNORECASE))
    for kind, source, pattern in (
        # The organisation said so: English
        ("will", "site", rf"\b(?:your|the|their|on (?:your|the)) {_SITE}(?: clearly)? {_SAYS}\b|\b(?:on|according to|as per|per) (?:your|the) {_SITE}\b(?=.*\b(?:it|that|said|says|would|will|was|within|in \d))|\baccording to (?:your|the) {_SITE}\b"),
        ("will", "advert", rf"\b(?:your|the|their) {_ADVERT}(?: clearly)? {_SAYS}\b|\b(?:as|was|were|is) advertised\b|\baccording to (?:your|the) {_ADVERT}\b"),
        ("will", "message", rf"\b(?:your|the|an?|my) {_MESSAGE}(?: \w+){{0,2}} {_SAYS}\b|\baccording to (?:your|the) {_MESSAGE}\b"),
        ("will", "agreement", r"\b(?:the|your|my) (?:contract|agreement|terms|policy|quote|warranty) (?:clearly )?(?:said|says|states?|stated|promises|guarantees)\b|\baccording to (?:the|your|my) (?:contract|agreement|terms|policy|quote|warranty)\b"),
        ("will", "agent", rf"\b(?:an?|the|your|one of your|another) (?:\w+ )?{_AGENT}s? (?:\w+ )?(?:{_SAYS}|{_TOLD})\b|\b{_AGENT}s? (?:said|promised|assured me|told (?:me|us))\b"),
        ("will", "company", rf"\b(?:i|we|i've|we've|i had|we had|i have|we have)(?: \w+ly)? (?:was|were|been|am|got)(?: \w+ly| also| first| even)? {_TOLD}\b|\b(?:i|we)(?:'ve| have|'d| had) been {_TOLD}\b|\b(?:you|they|he|she|someone|somebody)(?: \w+ly| guys| all| even)? (?:told|promised|assured|quoted|guaranteed|advised|informed) (?:me|us|my|that|it|the|a|delivery|same|next|\d)\b|\b(?:you|they) (?:said|say|claim(?:ed)?|advertised?|promised?)\b|\b(?:was|were|is|are) (?:supposed|meant) to (?:be|arrive|come|get|have|last|take|receive|cost|ship|include|include|work|start|deliver)\w*\b|\bpromised (?:delivery|date|for|to|by|within)\b|\b(?:delivery|arrival) (?:was|is) (?:promised|estimated|quoted|scheduled) (?:for|by|in|within)\b|\bestimated delivery (?:date )?(?:was|is)\b"),
        # The organisation said so: Portuguese
        ("will", "site", rf"\b(?:n[oa]|[oa]|d[oa]|pelo|pela|segundo [oa]|conforme [oa]) {_SITIO}(?: de vocês)? (?:\w+ )?{_DISSE}\b|\b(?:segundo|conforme|de acordo com) [oa] {_SITIO}\b|\bno {_SITIO} estava\b"),
        ("will", "advert", rf"\b(?:n[oa]|[oa]) {_ANUNCIO} {_DISSE}\b|\b(?:segundo|conforme) [oa] {_ANUNCIO}\b|\b(?:como|conforme) (?:foi )?anunciad[oa]s?\b|\bno {_ANUNCIO} estava\b"),
        ("will", "message", rf"\b(?:n[oa]|[oa]|um|uma|por) {_RECADO} (?:\w+ )?{_DISSE}\b|\b(?:segundo|conforme) [oa] {_RECADO}\b"),
        ("will", "agreement", rf"\b(?:n[oa]|[oa]) {_CONTRATO} {_DISSE}\b|\b(?:segundo|conforme|de acordo com) [oa] {_CONTRATO}\b"),
        ("will", "agent", rf"\b(?:[oa]s?|um|uma) {_ATENDENTE}(?: de vocês)? (?:me |nos )?{_DISSE}\b|\b(?:segundo|conforme) [oa] {_ATENDENTE}\b"),
        ("will", "company", rf"\b(?:me|nos) {_DISSE}\b|\b(?:vocês|voces|vcs|eles|elas) (?:me |nos |tinham |haviam )?(?:disseram|dizem|falaram|prometeram|prometem|prometido|garantiram|informaram|combinaram)\b|\b(?:disseram|falaram|prometeram|garantiram|informaram|avisaram)(?:-me)? (?:que|pra|para|o prazo|a entrega|entrega|entregar|um|uma)\b|\bf(?:ui|omos) (?:informad|avisad)[oa]s?\b|\b(?:como|conforme) (?:foi )?(?:prometido|combinado|informado)\b|\b(?:era|eram) (?:para|pra) (?:ter|chegar|ser|vir|estar|entregar|durar|receber|custar)\b|\b(?:foi|fora|estava|era) prometid[oa]s?\b|\b(?:[oa] )?(?:prazo|previsão|data)(?: de entrega| da entrega)? (?:prometid[oa]|informad[oa]|combinad[oa])?\s?(?:era|foi|estava)\b|\bprazo (?:prometido|informado|combinado)\b"),
        # The customer expected it
        ("should", "self", r"\b(?:i|we)(?: \w+ly)? (?:expect(?:ed)?|was expecting|were expecting|am expecting|had expected|would expect|would have expected|assumed|would have thought)\b|\bshould(?:n't| not)? (?:have (?:been|arrived|come|received|got|had|told|taken|cost|worked|included)|be (?:able|delivered|here|free|included|quicker|faster|easier|clearer|cheaper|refunded)|take (?:no|less|more)|not (?:take|cost|have))\b"),
        ("should", "self", r"\b(?:eu |nós )?(?:esperava|esperávamos|espero|esperamos) (?:que|receber|mais|um|uma|ter|no|o mínimo|ser|pelo)\b|\b(?:deveria|deveriam|devia|deviam) (?:ter|ser|estar|vir|chegar|durar|entregar|avisar|informar|haver|custar)\b|\bachei que (?:ia|iria|fosse|seria|vinha|chegaria|era|viria)\b|\bimagin(?:ei|ava) que\b"),
    )
)  # fmt: skip

DENIED = re.compile(
    r"\b(?:nobody|no one|no-one|noone|never|not|n't|neither|none of you)\b(?:\W+\w+){0,2}\W*$|\b(?:ninguém|ninguem|nunca|não|nao|nem|sem que)\b(?:\W+\w+){0,2}\W*$",
    re.IGNORECASE,
)
"""Before a cue: nothing was said."""
DENIED_WITHIN = re.compile(
    r"\b(?:was|were|been|am)(?:n't| not| never)\b|\bhaven't\b|\bnunca\b|\bnão (?:me|nos)\b|\bnever (?:told|promised|said)\b", re.IGNORECASE
)
ASKED = re.compile(r"^\s*(?:what|when|can|could|do|does|would|is|are|how|qual|quando|como|posso|pode|podem|vocês podem)\b[^.!]*\?$", re.IGNORECASE)
COURTESY = re.compile(r"\b(?:i|we) (?:expect|am expecting) (?:a|your|an) (?:reply|response|answer)\b|\bespero (?:que (?:vocês )?(?:resolvam|respondam)|resposta|retorno)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided on one statement. :param key: the statement's. :param status: ``accepted`` or ``rejected``.
    :param by: who, :param on: the day; both as told, for the record.
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
            {"key": one.key, "status": one.status, "by": one.by} | ({} if one.on is None else {"on": one.on.isoformat()}) for one in self.decisions
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
        notes.append(f"{told:,} texts are neither surely English nor Portuguese; patterns know no other language.")
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
        level = level_of(whole, end, day_first=language == PORTUGUESE)
        simple = " ".join(whole.casefold().split())
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
                level=level and level.kind,
                said=level and level.said,
                value=level and level.value,
                unit=level and level.unit,
                day=level and level.day,
                status=SUGGESTED,
            )
        )
    return tuple(found)


def _cue(sentence: str) -> tuple[str, str, str, int] | None:
    """Kind, source, the words that gave it away and where they end; ``None`` where nothing was said, or it was denied or asked."""
    if ASKED.search(sentence):
        return None
    for kind, source, pattern in CUES:
        for found in pattern.finditer(sentence):
            denied = DENIED.search(sentence[: found.start()]) or DENIED_WITHIN.search(found.group())
            if (kind == "will" and denied) or COURTESY.match(sentence, found.start()):
                continue
            return kind, source, found.group(), found.end()
    return None


def _day(told: Any) -> date | None:
    return told if told is None or isinstance(told, date) else date.fromisoformat(str(told))
