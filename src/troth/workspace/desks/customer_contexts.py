"""What the pages of customers receive, for HTML and for ``?format=json`` alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from troth.workspace.desks.contexts import Choice, Condition, Fact, Quoted, Sentence
from troth.workspace.parts.contexts import Link, told
from troth.workspace.studies.contexts import Head


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One of the things that happened at one moment."""

    title: str = told("what happened")
    details: tuple[str, ...] = told("more of it, a sentence each")
    verdict: str = told("what became of the promise, as known at the instant the page speaks of; empty of all else")
    state: str = told("good, bad, or empty")
    known: tuple[str, ...] = told("what we knew at this moment, a sentence each")


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened to a customer at one moment, of one kind and about one matter."""

    at: datetime | None = told("when, with its offset; null where nobody says")
    day: str = told("the day in the project's zone, in words; empty where it is that of the entry before")
    time: str = told("the time in the project's zone; empty where it is that of the entry before")
    theirs: str = told("the same where the customer is; empty where that is not known")
    kind: str = told("promised, received, overdue, due, interaction, signal, cost or receipt")
    name: str = told("the kind in words")
    lines: tuple[EntryLine, ...] = told("what happened, a line each")
    state: str = told("good, bad, or empty")
    quote: Quoted | None = told("what was written, personal data masked; null where nothing was")
    subject: str = told("what it is about; empty where that is not known, or the page is about it alone")
    then: str = told("address of the page as it was known at this moment; empty where it is the page itself")


@dataclass(frozen=True, slots=True)
class PromiseLine:
    """One promise to a customer."""

    name: str = told("the promise's name")
    subject: str = told("what it is about")
    made: str = told("when it was made, in words")
    due: str = told("when it falls due, in words; empty where it has no date")
    received: str = told("when it was received, in words; empty while it was not")
    verdict: str = told("what became of it, as known at the instant the page speaks of")
    state: str = told("good, bad, or empty")
    difference: str = told("what was received beside what was promised")
    slip: str = told("whether it was moved, and what became of the last date; empty where it was not")
    chance: str = told("the chance of a break by the record as it was known when it was made; unknown where the record was too thin")


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """What happened to this person?"""

    study: Head = told("which study this is")
    customer: str = told("the customer's id; empty where nobody is named")
    subject: str = told("the subject the page is narrowed to; empty where it is not")
    sentence: Sentence = told("what happened, in whole numbers")
    at: datetime | None = told("the instant the page speaks of, where one was asked for; null is the study's as-of")
    at_words: str = told("the same in words; empty where none was asked for")
    at_local: str = told("the same as a form takes it, in the project's zone; empty where none was asked for")
    known: tuple[Fact, ...] = told("what was known at that instant")
    facts: tuple[Fact, ...] = told("what is known of the customer")
    subjects: tuple[Link, ...] = told("what the customer's matters are about, each alone")
    conditions: tuple[Condition, ...] = told("what the page is narrowed by, each with the address that drops it")
    entries: tuple[Entry, ...] = told("what happened, the earliest first")
    coming: tuple[Entry, ...] = told("what was still to come at that instant, the next first")
    promises: tuple[PromiseLine, ...] = told("promises as rows, the earliest made first")
    receipts: Sentence = told("how many receipts answer a promise, and how many are marked “no promise”")
    notes: tuple[str, ...] = told("what to know beside the timeline")
    search: str = told("address of the search")
    exports: tuple[Link, ...] = told("the timeline as a file")


@dataclass(frozen=True, slots=True)
class CustomersPage:
    """Whom do you look for?"""

    study: Head = told("which study this is")
    sentence: Sentence = told("whom the study knows, in whole numbers")
    keeps: tuple[Choice, ...] = told("what an address has to keep: name and value")
    receipts: Sentence = told("how many receipts answer a promise; empty where none came in")
    notes: tuple[str, ...] = told("what to know beside it")
    ways: tuple[Link, ...] = told("other ways to a customer")
