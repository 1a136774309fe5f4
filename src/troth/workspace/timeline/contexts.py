"""What the timeline's page receives."""

from __future__ import annotations

from dataclasses import dataclass

from troth.workspace.parts.contexts import Link, told


@dataclass(frozen=True, slots=True)
class Act:
    """One entry."""

    number: int = told("its number in the chain")
    at: str = told("when, in words")
    person: str = told("who, as they were named then")
    role: str = told("titles of the roles they held then; empty where none")
    verb: str = told("what they did")
    kind: str = told("what kind of thing they did it to")
    thing: str = told("which one, as it was called then")
    before: str = told("what changed, as it was, in JSON; empty where nothing")
    after: str = told("the same as it is since")
    address: str = told("network address it came from; empty where none")
    digest: str = told("digest of the entry")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a walk along the chain found."""

    whole: bool = told("nothing was changed, taken out or put in")
    entries: int = told("entries that were walked")
    head: str = told("digest of the last good entry")
    sentence: str = told("the same in words")


@dataclass(frozen=True, slots=True)
class Turning:
    """Where a page of the table stands among the others."""

    number: int = told("this page")
    last: int = told("the last one")
    before: str = told("address of the page before; empty on the first")
    after: str = told("address of the page after; empty on the last")


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """Who did what to which thing, and when."""

    sentence: str = told("how many acts there are")
    timezone: str = told("the zone in which the acts are told, and in which the days asked for begin; files stay in UTC")
    acts: tuple[Act, ...] = told("the acts, the latest first")
    asked: dict[str, str] = told("what was asked for: person, kind, thing, verb, since, until")
    persons: tuple[str, ...] = told("people who acted")
    kinds: tuple[str, ...] = told("kinds of things that were acted on")
    verbs: tuple[str, ...] = told("what was done")
    pages: Turning = told("the pages of the table")
    exports: tuple[Link, ...] = told("the acts asked for as files")
    check: str = told("address that walks along the chain")
    checked: Checked | None = told("what the walk found; null where it was not asked for", default=None)
