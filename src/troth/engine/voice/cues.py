"""Phrases that give an expectation away, in English and Portuguese. Each is a suggestion for people to judge, nothing more.

A phrase may hold ``{slots}``, the lists of words below. ``will``: the organisation said so; ``should``: the customer expected it.
"""

from __future__ import annotations

import re

SLOTS = {
    "says": "said says say saying promised? promises guaranteed? guarantees claims? claimed advertised? advertises stated? states"
    " quoted? quotes assured listed showed shows indicated",
    "told": "told promised assured quoted guaranteed informed advised offered",
    "site": r"web\s?site site web\s?page page listing app checkout description",
    "advert": "ads? advert advertisement commercial flyer brochure banner campaign promotion",
    "message": "e-?mail confirmation text sms message letter tracking invoice receipt",
    "paper": "contract agreement terms policy quote warranty",
    "agent": r"agents? representatives? reps? operator advis[oe]r assistant sales(?:man|woman|person) driver courier support"
    r" customer\sservice chat lady guy man woman person staff colleague technician manager",
    "happen": "be arrive come get have last take receive cost ship include work start deliver",
    "been": "been arrived come received got had told taken cost worked included",
    "able": "able delivered here free included quicker faster easier clearer cheaper refunded",
    "disseram": "disseram dizem falaram prometeram prometem prometido garantiram informaram avisaram combinaram",
    "disse": "disse(?:ram)? diz(?:em|ia|iam)? fal(?:ou|aram|ava|avam|a) prome(?:teu|teram|te|tia|tiam) garant(?:iu|iram|e|ia|iam)"
    " inform(?:ou|aram|a|ava|avam) avis(?:ou|aram) afirm(?:ou|aram|a) const(?:a|ava) mostr(?:a|ou|ava) anunci(?:a|ou|ava) marc(?:a|ava|ou)"
    " combin(?:ou|aram)",
    "sitio": r"site sítio página aplicativo app loja\svirtual descrição",
    "anuncio": "anúncio anuncio propaganda publicidade panfleto promoção campanha banner",
    "recado": "e-?mail mensagem sms carta rastreio rastreamento nota confirmação whatsapp",
    "contrato": "contrato regulamento termos proposta orçamento",
    "atendente": "atendentes? vendedor(?:a|es|as)? operador(?:a|es)? moç[oa] rapaz suporte atendimento sac técnico motorista entregador"
    " gerente funcionári[oa]s?",
}
"""Words that stand for one another in a phrase, each a pattern without spaces."""

PHRASES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "will",
        "site",
        (
            r"(?:your|the|their) {site}(?: clearly| also)? {says}",
            r"(?:according to|as per|per) (?:your|the) {site}",
            r"on (?:your|the) {site} it {says}",
            r"(?:n[oa]|[oa]|pelo|pela) {sitio}(?: de vocês)?(?: me| nos)? {disse}",
            r"(?:segundo|conforme|de acordo com) [oa] {sitio}",
            r"n[oa] {sitio} estava",
        ),
    ),
    (
        "will",
        "advert",
        (
            r"(?:your|the|their) {advert}(?: clearly)? {says}",
            r"(?:as|was|were|is) advertised",
            r"according to (?:your|the) {advert}",
            r"(?:n[oa]|[oa]) {anuncio} {disse}",
            r"(?:segundo|conforme) [oa] {anuncio}",
            r"(?:como|conforme) (?:foi )?anunciad[oa]s?",
            r"n[oa] {anuncio} estava",
        ),
    ),
    (
        "will",
        "message",
        (
            r"(?:your|the|an?|my) {message}(?: \w+){{0,2}} {says}",
            r"according to (?:your|the|my) {message}",
            r"(?:n[oa]|[oa]|uma?|por) {recado} {disse}",
            r"(?:segundo|conforme) [oa] {recado}",
        ),
    ),
    (
        "will",
        "agreement",
        (
            r"(?:the|your|my) {paper} (?:clearly )?{says}",
            r"according to (?:the|your|my) {paper}",
            r"(?:n[oa]|[oa]) {contrato} {disse}",
            r"(?:segundo|conforme|de acordo com) [oa] {contrato}",
        ),
    ),
    (
        "will",
        "agent",
        (
            r"(?:an?|the|your|one of your|another) (?:\w+ )?{agent} (?:\w+ly )?(?:{says}|{told})",
            r"{agent} (?:said|promised|assured me|told (?:me|us))",
            r"(?:[oa]s?|uma?) {atendente}(?: de vocês)?(?: me| nos)? {disse}",
            r"(?:segundo|conforme) [oa] {atendente}",
        ),
    ),
    (
        "will",
        "company",
        (
            r"(?:i|we)(?:'ve| have|'d| had)?(?: \w+ly)? (?:was|were|been|am|got)(?: \w+ly| also| first| even)? {told}",
            r"(?:i|we) (?:was|were) (?:led to believe|given to understand)",
            r"(?:you|they|he|she|someone|somebody)(?: \w+ly| guys| all| even)? {told} (?:me|us|my|that|it|the|a|delivery|same|next|(?=\d))",
            r"(?:you|they)(?: guys| all)? (?:said|say|claim(?:ed)?|advertised?|promised)",
            r"(?:was|were|is|are) (?:supposed|meant) to {happen}",
            r"promised (?:delivery|date|for|to|by|within)",
            r"(?:delivery|arrival) (?:was|is) (?:promised|estimated|quoted|scheduled) (?:for|by|in|within)",
            r"estimated delivery (?:date )?(?:was|is)",
            r"(?:me|nos) {disse}",
            r"(?:você|voce|vc|o senhor|a senhora) (?:me |nos )?(?:disse|falou|prometeu|garantiu|informou)",
            r"(?:vocês|voces|vcs|eles|elas) (?:me |nos |tinham |haviam )?{disseram}",
            r"{disseram}(?:-me)? (?:que|pra|para|o prazo|a entrega|entrega|entregar|uma?)",
            r"f(?:ui|omos) (?:informad|avisad)[oa]s?",
            r"(?:como|conforme) (?:foi |o )?(?:prometido|combinado|informado)",
            r"(?:era|eram) (?:para|pra) (?:ter|chegar|ser|vir|estar|entregar|durar|receber|custar)",
            r"(?:foi|fora|estava|era) prometid[oa]s?",
            r"(?:prazo|previsão)(?: de entrega| da entrega)?(?: (?:prometid|informad|combinad)[oa])? (?:era|foi|estava)",
            r"prazo (?:prometido|informado|combinado)",
        ),
    ),
    (
        "should",
        "self",
        (
            r"(?:i|we)(?: \w+ly)? (?:expect(?:ed)?|assumed|(?:was|were|am|are) expecting)",
            r"(?:i|we) (?:had|would have|would) (?:expect(?:ed)?|thought)",
            r"should(?:n't| not)? have {been}",
            r"should(?:n't| not)? (?:be {able}|take (?:no|less|more))",
            r"(?:eu |nós )?(?:esperava|esperávamos|espero|esperamos) (?:que|receber|mais|uma?|ter|no|o mínimo|ser|pelo)",
            r"(?:deveria|deveriam|devia|deviam) (?:ter|ser|estar|vir|chegar|durar|entregar|avisar|informar|haver|custar)",
            r"achei que (?:ia|iria|fosse|seria|vinha|chegaria|era|viria)",
            r"imagin(?:ei|ava) que",
        ),
    ),
)

NOT_SAID = (
    r"(?:nobody|no one|no-one|never|not|n't|neither|none of you|ninguém|ninguem|nunca|não|nao|nem|sem que)(?:\W+\w+){0,2}\W*$",
    r"(?:was|were|been|am)(?:n't| not| never)\b",
    r"haven't\b",
    r"(?:nunca|nunca me|não me|não nos)\s",
    r"never (?:told|promised|said)\b",
)
"""The first ahead of a cue, the others inside it: nothing was said."""

SAID_NOTHING = (
    r"\W*(?:(?:to )?(?:me|us)\W+|(?:para|pra) (?:mim|nós|a gente)\W+)?(?:(?:absolutely|literally|absolutamente)\W+)?"
    r"(?:nothing|nada|not a word|no word|nenhuma palavra)\b"
    r"(?!\W+(?:would|will|is|was|had|has|needs?|could|can|iria|ia|vai|seria|será|é|foi|mudaria|muda)\b)"
)
"""Behind a cue: nothing was said. “They said nothing would change” says something."""

QUESTION = re.compile(r"^\s*(?:what|when|can|could|do|does|would|is|are|how|qual|quando|como|posso|pode|podem)\b[^.!]*\?$", re.IGNORECASE)
COMPARED = re.compile(r"(?:as|as per|per|according|como|conforme|segundo|de acordo)\b", re.IGNORECASE)
"""“Not as advertised” denies that it was kept, and not that it was said."""
COURTESY = re.compile(
    r"\b(?:i|we) (?:expect|am expecting) (?:a|your|an) (?:reply|response|answer)\b"
    r"|\bespero (?:que (?:vocês |vcs )?(?:resolvam|respondam|poss(?:am|a) (?:me |nos )?(?:ajudar|resolver|responder))|resposta|retorno)\b",
    re.IGNORECASE,
)


def cues() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """Kind, source and pattern of every cue, in the order they are asked: what was said before what should have been."""
    lists = {slot: f"(?:{'|'.join(words.split())})" for slot, words in SLOTS.items()}
    return tuple(
        (kind, source, re.compile("|".join(rf"\b(?:{phrase.format(**lists)})\b" for phrase in phrases), re.IGNORECASE))
        for kind, source, phrases in PHRASES
    )


def not_said() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """What denies a cue: ahead of it, inside it, and right behind it."""
    ahead = re.compile(rf"\b{NOT_SAID[0]}|{NOT_SAID[0]}", re.IGNORECASE)
    inside = re.compile("|".join(rf"\b{one}" for one in NOT_SAID[1:]), re.IGNORECASE)
    return ahead, inside, re.compile(SAID_NOTHING, re.IGNORECASE)
