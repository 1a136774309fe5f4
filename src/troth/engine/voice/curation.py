"""What people decide about themes, kept as data and applied anew on every run: rules, merges and names.

    [[rules]]
    theme = "Street light out"
    words = ["street light", "luz da rua"]

    [[merges]]
    themes = ["t3f9a1c20", "t77b0e2d1"]
    into = "Lost parcels"

    [[names]]
    theme = "t5c1d9e00"
    name = "Waiting for a refund"

Themes are named by their keys, which stay the same from run to run (``identity.py``). What a decision speaks of and is not there this
time is told in a note, and kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from troth.engine.voice.wording import plain, without_accents
from troth.terms.errors import RequestError, did_you_mean

LONGEST_PATTERN = 200
NESTED_REPEAT = re.compile(r"[+*}]\)?[+*{]|\([^()]*[+*][^()]*\)[+*{]")
"""Repeats of repeats, on which a search may take for ever."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Texts with any of these words, or matching the pattern, belong to a theme. The first rule that fits wins.

    :param theme: key of a theme, or a name: rules with one name make one theme.
    :param words: words or phrases, whole, whatever case and accents. :param pattern: a regular expression, searched for likewise.
    :param unless: words that keep a text out.
    """

    theme: str
    words: tuple[str, ...] = ()
    pattern: str | None = None
    unless: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a rule that fits nothing, or whose pattern cannot be searched for."""
        if not self.theme.strip():
            raise RequestError("a rule needs a theme.", place="rules.theme", mend="write the key or the name of a theme.")
        if not any(word.strip() for word in self.words) and not self.pattern:
            raise RequestError(f"the rule for “{self.theme}” fits nothing.", place="rules.words", mend="give it words or a pattern.")
        if self.pattern is not None:
            _searched(self.pattern)


@dataclass(frozen=True, slots=True)
class Merge:
    """Several themes are one. :param themes: their keys, two at least. :param into: the name of the one."""

    themes: tuple[str, ...]
    into: str

    def __post_init__(self) -> None:
        """Refuse a merge of nothing, or into nothing."""
        if len(set(self.themes)) < 2 or not self.into.strip():  # noqa: PLR2004 - one theme is no merge
            mend = "name the keys of two themes at least, and what they are called together."
            raise RequestError("a merge needs two themes and a name.", place="merges", mend=mend)


@dataclass(frozen=True, slots=True)
class Name:
    """A theme is called so. :param theme: its key. :param name: what people call it."""

    theme: str
    name: str

    def __post_init__(self) -> None:
        """Refuse an empty name."""
        if not self.theme.strip() or not self.name.strip():
            raise RequestError("a name needs a theme and words.", place="names", mend="write the key of the theme, and its name.")


@dataclass(frozen=True, slots=True)
class Curation:
    """All decisions, in the order they apply: rules, then merges, then names."""

    rules: tuple[Rule, ...] = ()
    merges: tuple[Merge, ...] = ()
    names: tuple[Name, ...] = ()

    def record(self) -> dict[str, list[dict[str, Any]]]:
        """As JSON and TOML hold it; ``curation_from`` reads it again."""
        kept = {kind: [asdict(one) for one in getattr(self, kind)] for kind in KINDS}
        return {
            kind: [
                {key: list(value) if isinstance(value, tuple) else value for key, value in one.items() if value not in (None, ())}
                for one in all_
            ]
            for kind, all_ in kept.items()
        }


KINDS: dict[str, type[Rule | Merge | Name]] = {"rules": Rule, "merges": Merge, "names": Name}
NO_DECISIONS = Curation()


def curation_from(record: Mapping[str, Any]) -> Curation:
    """Decisions from what JSON or TOML holds.

    :raises RequestError: an unknown key, a missing one, or a value of the wrong kind; it names the place and the mend.
    """
    if not isinstance(record, Mapping):
        raise RequestError("decisions on themes are a table.", place="curation", mend="write [[rules]], [[merges]] and [[names]].")
    for kind in record:
        if kind not in KINDS:
            raise RequestError(f"there is no “{kind}” among decisions on themes.", place=str(kind), mend=did_you_mean(str(kind), KINDS))
    return Curation(**{kind: tuple(_read(kind, place, one) for place, one in enumerate(record.get(kind, ()))) for kind in KINDS})  # type: ignore[arg-type]


def _read(kind: str, place: int, one: Any) -> Rule | Merge | Name:
    fields = KINDS[kind].__dataclass_fields__
    where = f"{kind}[{place}]"
    if not isinstance(one, Mapping):
        raise RequestError(f"{where} is no table.", place=where, mend=f"give it the keys {', '.join(fields)}.")
    values: dict[str, Any] = {}
    for key, value in one.items():
        if key not in fields:
            raise RequestError(f"there is no key “{key}”.", place=where, mend=did_you_mean(str(key), fields))
        several = "tuple" in str(fields[key].type)
        if several and isinstance(value, list | tuple) and all(isinstance(word, str) for word in value):
            values[key] = tuple(value)
        elif not several and isinstance(value, str):
            values[key] = value
        else:
            raise RequestError(f"“{key}” has to be {'a list of texts' if several else 'text'}.", place=where, mend=f"mend {key}.")
    try:
        return KINDS[kind](**values)
    except TypeError as error:
        needed = next(key for key in ("theme", "themes", "into", "name") if key in fields and key not in values)
        raise RequestError(f"“{needed}” is missing.", place=where, mend=f"add {needed}.") from error


def fitting_rule(rules: Sequence[Rule], texts: Iterable[str]) -> list[int]:
    """Of each text the place of the first rule that fits, -1 where none does."""
    compiled = [(_words(rule.words), None if rule.pattern is None else _searched(rule.pattern), _words(rule.unless)) for rule in rules]
    found: list[int] = []
    for text in texts:
        simple = plain(text)
        found.append(
            next(
                (
                    place
                    for place, (words, pattern, unless) in enumerate(compiled)
                    if ((words and words.search(simple)) or (pattern and pattern.search(simple))) and not (unless and unless.search(simple))
                ),
                -1,
            )
        )
    return found


def _words(words: Sequence[str]) -> re.Pattern[str] | None:
    given = [r"\s+".join(re.escape(part) for part in plain(word).split()) for word in words if word.strip()]
    return re.compile(rf"(?<!\w)(?:{'|'.join(given)})(?!\w)") if given else None


def _searched(pattern: str) -> re.Pattern[str]:
    if len(pattern) > LONGEST_PATTERN or NESTED_REPEAT.search(pattern):
        mend = f"keep it below {LONGEST_PATTERN} signs, without a repeat inside a repeat."
        raise RequestError("a rule's pattern could take for ever.", place="rules.pattern", mend=mend)
    try:
        return re.compile(without_accents(pattern), re.IGNORECASE)
    except re.error as error:
        raise RequestError(
            f"a rule's pattern is no regular expression: {error}.", place="rules.pattern", mend="mend it, or use words."
        ) from error
