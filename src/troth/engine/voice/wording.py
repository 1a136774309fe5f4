"""Words that carry no theme, and a guess at the language of a text by them: English, Portuguese, another, or unknown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

ENGLISH = "en"
PORTUGUESE = "pt"
OTHER = "other"
UNKNOWN = "unknown"

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ENGLISH_WORDS = _words(
    """a able about above after again against ago all almost already also although always am an and another any anybody anyone anything
    anyway are aren't around as at away back be became because been before being below between both but by came can can't cannot
    come comes coming could couldn't couple did didn't do does doesn't doing don't done down during each either else enough even
    ever every everything few for from further gave get gets getting give given gives giving go goes going gone gonna good got
    gotten had hadn't has hasn't have haven't having he hello help her here hers herself hey hi him himself his how however i i'd
    i'll i'm i've if in instead into is isn't it it's its itself just keep keeps kept kind know let let's like look looking lot made
    make makes making many may maybe me might mine more most much must my myself need needed needs neither never no nobody none nor
    not nothing now of off ok okay on once one only onto or other others our ours ourselves out over own perhaps please put quite
    rather really said same say says see seem seems she should shouldn't since so some somebody someone something sometimes still
    such sure take tell than thank thanks that that's the their theirs them themselves then there there's these they they're they've
    thing things think this times today those though through thus to told too toward tried tries try trying two under until up upon
    us use used using very via want wanted wants was wasn't way we we're we've well went were weren't what what's whatever when
    whenever where whether which while who whom whose why will with within without won't would wouldn't yes yesterday yet you you'd
    you'll you're you've your yours yourself"""
)

PORTUGUESE_WORDS = _words(
    """a agora aí ainda ajuda alguém algum alguma algumas alguns ali além ante antes ao aos apenas aquela aquelas aquele aqueles aquilo
    aqui as assim até bem boa bom cada com como consegui consigo conseguir contra cá da daí dar das de dela delas dele deles demais
    depois desde dessa desse desta deste devia disse disso disto do dos e ela elas ele eles em embora enquanto entre era eram essa
    essas esse esses esta estamos estar estas estava estavam este estes estou está estão eu ei fala falar faz fazer fez fica ficar
    ficou fiz foi fomos for foram fosse fui há hoje gostaria isso isto já la lhe lhes lá mais mas me meio mesma mesmas mesmo mesmos
    meu meus minha minhas muita muitas muito muitos na nada nas nela nele nem nenhum nenhuma nessa nesse nesta neste ninguém no nos
    nossa nossas nosso nossos num numa não né nós o obrigada obrigado oi olá onde ontem os ou outra outras outro outros para pela
    pelas pelo pelos per pode podem pois por porque porquê porém preciso pouca pouco poucos pra pro quais qual quando quanta quanto
    que quem quer quero se seja sem sempre sendo ser será seu seus sido sim sob sobre sou sua suas são só tal talvez também tanto te
    tem temos tenho ter teu teus teve tinha tinham tive toda todas todo todos tua tudo tá têm um uma umas uns vai vamos vem ver vez
    vezes vocês você vos vou à às é éramos"""
)

OTHER_WORDS = _words(
    """el los las una unos y pero muy también porque cuando donde está estoy fue ha he hay mi mis su sus nos usted ustedes ese esto del
    al con sin sobre le les des du et est sont pas pour avec dans sur mais très vous nous je tu il elle ils une aux ce cette mon ma
    mes votre notre j'ai c'est n'est der die das und ist nicht ein eine einen dem den mit auf für von zu im ich sie wir ihr mein
    meine aber auch noch nur wie wenn hat haben wurde sehr il lo gli e è sono non che per una del della dei alla mio mia ho hai
    abbiamo molto anche perché quando het een van en niet ik je wij maar ook"""
)

ONLY_ENGLISH = ENGLISH_WORDS - PORTUGUESE_WORDS - OTHER_WORDS - {"no", "me", "do", "as", "a", "for", "ok"}
ONLY_PORTUGUESE = PORTUGUESE_WORDS - ENGLISH_WORDS - OTHER_WORDS
ONLY_OTHER = OTHER_WORDS - ENGLISH_WORDS - PORTUGUESE_WORDS
PORTUGUESE_LETTERS = re.compile(r"[ãõ]|ção|ções|lh[aeo]|nh[aeo]\b", re.IGNORECASE)
OTHER_LETTERS = re.compile(r"[ñ¿¡ßøåæœ]", re.IGNORECASE)


def plain(word: str) -> str:
    """A word in lower case without accents: “Não” and “nao” are one."""
    return without_accents(word.casefold())


def without_accents(text: str) -> str:
    """The text without accents, its case kept."""
    if text.isascii():
        return text
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))


STOP_WORDS = frozenset(plain(word.replace("’", "'")) for word in ENGLISH_WORDS | PORTUGUESE_WORDS)
"""Of both languages, in lower case, without accents."""


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, accents kept, numbers left out."""
    return [word.replace("’", "'") for word in WORD.findall(text.casefold())]


def guess_language(text: str) -> str:
    """``en``, ``pt``, ``other``, or ``unknown`` where the words do not tell.

    Counts words that only one of the languages has among its stop words; letters of one language count as a word each. A text in
    a script without Latin letters is ``other``. Short texts without a stop word (“card lost”) stay ``unknown``: it is a guess, and
    nothing but centring, patterns and display rests on it.
    """
    letters = [letter for letter in text[:400] if letter.isalpha()]
    if not letters:
        return UNKNOWN
    if sum("LATIN" in unicodedata.name(letter, "") for letter in letters[:60]) < len(letters[:60]) / 2:
        return OTHER
    words = words_of(text)[:200]
    votes = {
        ENGLISH: sum(word in ONLY_ENGLISH for word in words),
        PORTUGUESE: sum(word in ONLY_PORTUGUESE for word in words) + len(PORTUGUESE_LETTERS.findall(text[:400])),
        OTHER: sum(word in ONLY_OTHER for word in words) + len(OTHER_LETTERS.findall(text[:400])),
    }
    (best, most), (_, next_most), _ = sorted(votes.items(), key=lambda vote: -vote[1])
    return best if most > next_most else UNKNOWN


def known_language(told: str | None, text: str) -> str:
    """The language of a text: as told (``pt-BR`` is ``pt``, ``de`` is ``other``), else guessed."""
    code = (told or "").strip().casefold().replace("_", "-").partition("-")[0]
    match code:
        case "en" | "eng" | "english":
            return ENGLISH
        case "pt" | "por" | "portuguese" | "português" | "portugues":
            return PORTUGUESE
        case "" | "unknown" | "und" | "auto" | "nan" | "none" | "null":
            return guess_language(text)
    return OTHER


def content_words(words: Iterable[str]) -> list[str]:
    """Those that are no stop word and longer than one letter."""
    return [word for word in words if len(word) > 1 and plain(word) not in STOP_WORDS]
