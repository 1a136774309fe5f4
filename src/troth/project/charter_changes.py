"""What two versions of the charter say otherwise, line by line and in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any

from troth.engine.findings import Findings
from troth.terms.charter import KEYS, Charter, Line
from troth.terms.levels import agreed
from troth.terms.signing import title


class Change(StrEnum):
    """How something differs."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class CharterChange:
    """One thing two versions say otherwise.

    :param of: what kind of thing: agreement, party, area, touchpoint, line. :param about: which one, in words. :param change: how.
    :param key: of the file; ``None`` where the whole thing came or went. :param before: what the earlier one says, in words; ``None`` is
        nothing. :param after: likewise. :param said: all of it in a sentence.
    """

    of: str
    about: str
    change: Change
    key: str | None
    before: str | None
    after: str | None
    said: str


WORDS: Mapping[str, str] = {
    "version": "name",
    "effective_from": "first day in force",
    "promises_since": "first day whose promises it judges",
    "tie_break": "tie-break role",
    "keep_target": "keep target",
    "may_promise": "whether it may be promised",
    "up_to_share": "share who must get the “up to” level",
    "fee_scale": "scale of hidden fees",
    "cost_limit": "limit on the cost to serve",
    "reason": "reason for “not now”",
}
"""What the keys are called in a sentence, where that is not their own name."""

SHARES = frozenset({"keep_target", "up_to_share"})
IN_UNIT = frozenset({"standard", "tolerance"})
NOT_SAID = "nothing"
_OWN = frozenset({*KEYS, "version", "made_from", "made_before"})


def charter_changes(before: Charter, after: Charter) -> Findings[CharterChange]:
    """Everything the later version says otherwise: header, stages, parties, areas, touchpoints, then lines. Signatures are no content.

    Lines are the same line where they name the same keys; a second one of the same keys is matched with the second one.
    """
    changes = [
        *_keys("agreement", "the charter", before, after, ("version", "effective_from", "promises_since", "tie_break")),
        *_stages(before.stages, after.stages),
        *_things("party", before.parties, after.parties, lambda one: str(one.title), ("aspect",)),
        *_things("area", before.areas, after.areas, lambda one: str(one.name), ("aspect",)),
        *_things("touchpoint", before.touchpoints, after.touchpoints, lambda one: str(one.name), ("channel", "area")),
        *_things("line", before.in_force_lines, after.in_force_lines, title, tuple(f.name for f in fields(Line) if f.name not in _OWN)),
    ]
    return Findings(tuple(changes), ("of", "about"), () if changes else ("Both say the same.",))


def _stages(before: Sequence[str], after: Sequence[str]) -> Iterator[CharterChange]:
    if before != after:
        told = [", ".join(stages) or None for stages in (before, after)]
        said = f"stages: {told[0] or NOT_SAID} → {told[1] or NOT_SAID}"
        yield CharterChange("agreement", "the charter", Change.CHANGED, "stages", told[0], told[1], said)


def _things(
    of: str, before: Sequence[Any], after: Sequence[Any], name: Callable[[Any], str], keys: Sequence[str]
) -> Iterator[CharterChange]:
    """Things that came, went, or say otherwise, in the order of the later charter; those that went last."""
    old, new = _named(before, name), _named(after, name)
    for key, thing in new.items():
        if key not in old:
            said = _whole(thing, keys)
            yield CharterChange(of, key[0], Change.ADDED, None, None, said, f"{of} added: {key[0]} ({said})")
        else:
            yield from _keys(of, key[0], old[key], thing, keys)
    for key, thing in old.items():
        if key not in new:
            said = _whole(thing, keys)
            yield CharterChange(of, key[0], Change.REMOVED, None, said, None, f"{of} removed: {key[0]} ({said})")


def _named(things: Sequence[Any], name: Callable[[Any], str]) -> dict[tuple[str, int], Any]:
    """Each thing by its name, and by how many of that name stood before it."""
    found: dict[tuple[str, int], Any] = {}
    for thing in things:
        called = name(thing)
        found[called, sum(key[0] == called for key in found)] = thing
    return found


def _keys(of: str, about: str, before: Any, after: Any, keys: Sequence[str]) -> Iterator[CharterChange]:
    for key in keys:
        if getattr(before, key) != getattr(after, key):
            old, new = _value(before, key), _value(after, key)
            said = f"{_word(key)} of {about}: {old or NOT_SAID} → {new or NOT_SAID}"
            yield CharterChange(of, about, Change.CHANGED, key, old, new, said)


def _whole(thing: Any, keys: Sequence[str]) -> str:
    """What one thing says, beside what it is about and what goes without saying."""
    default = {f.name: f.default for f in fields(thing)}
    if getattr(thing, "standard", None) is not None:  # told with its unit
        keys = [key for key in keys if key != "unit"]
    said = [f"{_word(key)} {_value(thing, key)}" for key in keys if getattr(thing, key) != default.get(key)]
    return ", ".join(said) or "nothing more"


def _word(key: str) -> str:
    return WORDS.get(key, key.replace("_", " "))


def _value(thing: Any, key: str) -> str | None:
    """What a thing says of a key, for a reader; ``None`` for nothing."""
    value = getattr(thing, key)
    if value is None or isinstance(value, date):
        return None if value is None else value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, float):
        return str(value)
    if key in SHARES:
        return f"{round(100 * value, 9):g}%"
    unit = getattr(thing, "unit", None) if key in IN_UNIT else "days" if key == "grace" else None
    return agreed(value, unit) if unit else f"{value:.12g}"
