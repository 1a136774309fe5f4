"""One timeline of promises, receipts, interactions, words and costs, and what we knew at each moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from troth.engine.history import COST, CUSTOMER, INTERACTION, RECEIPT, SIGNAL
from troth.engine.voice.masking import mask
from troth.engine.voice.texts import cleaned
from troth.terms.vocabulary import TIMED, PromiseType, Verdict
from troth.workspace.desks.contexts import Fact, Quoted, Sentence
from troth.workspace.desks.customer_contexts import Entry, EntryLine, PromiseLine
from troth.workspace.desks.sentences import bare, spoken
from troth.workspace.desks.whom import MOST, Asked, customer_at, there, unknown
from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Link
from troth.workspace.studies.reading import OpenStudy

SUBJECTS = 12
"""Subjects offered to narrow the page by."""
LONGEST = 600
"""Signs of a text that are shown."""

KINDS = {INTERACTION: "Interaction", SIGNAL: "Words", COST: "Cost", RECEIPT: "Receipt"}
STATES = {str(Verdict.KEPT): "good", str(Verdict.EXCEEDED): "good", str(Verdict.BROKEN): "bad"}
ORDER = ("promised", INTERACTION, "received", RECEIPT, "overdue", SIGNAL, COST)
"""Of what happened at one instant, what is told first."""

NOT_KEPT = (
    "This study keeps promises alone: no interaction, word, cost or customer was read, or it was made before they were kept. "
    "Add their sources, or run it again, to have them here."
)
UNDATED = "When a promise was taken back, or a receipt contradicted, is not in the study: both are shown as they are known at its as-of."


class Timeline:
    """Makes the parts of one customer's page.

    :raises UnknownCustomerError: nobody, or nothing, is on record under this id.
    """

    def __init__(self, opened: OpenStudy, asked: Asked) -> None:
        self.opened, self.asked, self.zone = opened, asked, opened.zone
        if not there(opened, asked):
            raise unknown(asked.subject if asked.subject and not asked.customer else asked.customer or "", asked)
        self.at = asked.at or opened.as_of
        self.when = wording.moment(self.at, self.zone)
        found = opened.happened(asked.customer, asked.subject, MOST)
        self.left_out = found.left_out
        self.promises = [row for row in found.promises if _aware(row["made_at"]) <= self.at]
        self.rows = [row for row in found.rows if row["tells"] != CUSTOMER and self._known_by_then(row)]
        self.answers = {(row["name"], str(row["subject"])) for row in self.promises if row["received_at"] is not None}
        self.persons = [row for row in found.rows if row["tells"] == CUSTOMER and self._known_by_then(row)]
        self.theirs = self._their_zone()
        made = [*self._of_promises(), *(self._of_row(row) for row in self.rows if not self._told_already(row))]
        self.entries = self._in_order([one for one in made if one.kind != "due"])
        self.coming = self._in_order([one for one in made if one.kind == "due"])

    # What happened

    def _known_by_then(self, row: Mapping[str, Any]) -> bool:
        moments = (row["at"], row["recorded_at"])
        return all(moment is None or _aware(moment) <= self.at for moment in moments)

    def _told_already(self, row: Mapping[str, Any]) -> bool:
        """A receipt that answers a promise stands where the promise was received."""
        return bool(row["tells"] == RECEIPT and row["joined"] and (row["kind"], str(row["subject"])) in self.answers)

    def _in_order(self, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """By time; what happened at one moment, of one kind and about one matter, is one entry. Day and time are told once."""
        late = datetime.max.replace(tzinfo=UTC)
        ordered = sorted(entries, key=lambda one: (one.at or late, ORDER.index(one.kind) if one.kind in ORDER else 0, one.subject))
        merged: list[Entry] = []
        for one in ordered:
            if merged and _same_moment(merged[-1], one):
                both = (*merged[-1].lines, *one.lines)
                merged[-1] = replace(merged[-1], lines=both, state=_state_of(both))
            else:
                merged.append(one)
        found, before = [], ("", "")
        for one in merged:
            here = (one.day, one.time)
            day = "" if one.day == before[0] else one.day
            found.append(replace(one, day=day, time="" if here == before else one.time))
            before = here
        return tuple(found)

    def _of_promises(self) -> list[Entry]:
        found = []
        for row in self.promises:
            found.append(self._made(row))
            verdict, received = self._verdict(row), row["received_at"]
            if received is not None and _aware(received) <= self.at:
                found.append(self._entry("received", "Received", f"“{row['name']}”", received, row, verdict=verdict))
            elif verdict == Verdict.BROKEN:
                late = row["counts_at"] if row["counts_at"] is not None and _aware(row["counts_at"]) <= self.at else None
                name = "Fell due, nothing received" if late is not None else "Broken before it fell due"
                found.append(self._entry("overdue", name, f"“{row['name']}”", late, row, verdict=verdict))
            elif verdict == Verdict.PENDING:
                found.append(self._due(row, verdict))
            elif row["due_at"] is not None and _aware(row["due_at"]) <= self.at:  # answered without a date
                found.append(self._entry("received", "Fell due", f"“{row['name']}”", row["due_at"], row, verdict=verdict))
        return found

    def _made(self, row: Mapping[str, Any]) -> Entry:
        due = "" if row["due_at"] is None else f"due {self._moment(row['due_at'])}"
        level = "" if _timed(row) or row["level_promised"] is None else wording.level(row["level_promised"], row["unit"])
        details = [part for part in (level, due) if part]
        if row["made_by"] or row["kept_by"]:
            details.append(f"made by {row['made_by'] or 'nobody on record'}, kept by {row['kept_by'] or 'nobody on record'}")
        known = []
        if row["chance_made"] is not None:
            known.append(f"{wording.percent(row['chance_made'], 0)} of promises like it were expected to break, by the record then")
        if row["internal_estimate"] is not None and row["level_promised"] is not None:
            expected, promised = (wording.level(row[name], row["unit"]) for name in ("internal_estimate", "level_promised"))
            known.append(f"operations expected {expected}, {promised} were promised")
        return self._entry("promised", "Promised", f"“{row['name']}”", row["made_at"], row, details=details, known=known)

    def _due(self, row: Mapping[str, Any], verdict: str) -> Entry:
        known: tuple[str, ...] = ()
        if row["chance_open"] is not None and self.asked.at is None:
            known = (f"{wording.percent(row['chance_open'], 0)} chance to break, by the record now",)
        return self._entry("due", "Falls due", f"“{row['name']}”", row["due_at"], row, verdict=verdict, known=known)

    def _entry(
        self,
        kind: str,
        name: str,
        title: str,
        at: datetime | None,
        row: Mapping[str, Any],
        *,
        verdict: str = "",
        details: Sequence[str] = (),
        known: Sequence[str] = (),
        quote: Quoted | None = None,
    ) -> Entry:
        said = list(details)
        if verdict and kind != "due":
            said = [words for words in (_difference(row), _slip(row), "" if row["eligible"] else "not counted in the numbers") if words]
        when = None if at is None else _aware(at).astimezone(self.zone)
        return Entry(
            at=when,
            day="no date" if when is None else wording.day(when.date()),
            time="" if when is None else f"{when:%H:%M}",
            theirs=self._theirs(at),
            kind=kind,
            name=name,
            lines=(EntryLine(title, tuple(one for one in said if one), verdict.capitalize(), STATES.get(verdict, ""), tuple(known)),),
            state=STATES.get(verdict, ""),
            quote=quote,
            subject="" if self.asked.subject else str(row["subject"] or ""),
            then="" if when is None or kind == "due" or when == self.asked.at
            else customer_at(self.opened, self.asked.customer, self.asked.subject, at=when.isoformat()),
        )  # fmt: skip

    def _of_row(self, row: Mapping[str, Any]) -> Entry:
        tells, details, known = row["tells"], [], []
        title = str(row["kind"] or tells)
        if tells == INTERACTION:
            where = [part for part in (row["touchpoint"], row["area"]) if part]
            sent = ["from us"] if row["direction"] == "out" else []
            details = [", ".join([*where, *sent]), "it went wrong" if row["failed"] else ""]
        elif tells == COST:
            title = f"{title}: {wording.money(row['amount'], self.opened.study.manifest.currency)}"
            details = [f"cost of {row['area']}"] if row["area"] else []
        elif tells == RECEIPT:
            title = f"“{title}”"
            details = ["answers a promise" if row["joined"] else "no promise: it answers none on record"]
        elif row["value"] is not None:
            low, high = row["scale_low"], row["scale_high"]
            of = "" if high is None else f", on a scale from {low or 0:g} to {high:g}"
            details = [f"{row['value']:g}{of}"]
        if tells == SIGNAL or (tells == INTERACTION and row["direction"] != "out"):
            known = self._standing(row)
        return self._entry(tells, KINDS[tells], title, row["at"], row, details=details, known=known, quote=self._quote(row))

    def _quote(self, row: Mapping[str, Any]) -> Quoted | None:
        text = mask(cleaned(row["text"])) if row["text"] else ""
        if not text:
            return None
        language = (row["language"] or "und").split("-")[0].lower()
        return Quoted(text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()}…", language if language.isalpha() else "und")

    def _standing(self, row: Mapping[str, Any]) -> list[str]:
        """How our word to them stood when they came to us."""
        if row["at"] is None:
            return []
        at = _aware(row["at"])
        mine = [one for one in self.promises if _aware(one["made_at"]) <= at and row["subject"] in {None, one["subject"]}]
        verdicts = [self._verdict(one, at) for one in mine]
        told = [
            (verdicts.count(Verdict.BROKEN), "broken"),
            (verdicts.count(Verdict.PENDING), "open"),
        ]
        said = [f"{wording.counted(count, 'promise')} {words}" for count, words in told if count]
        return [f"{wording.listed(said)} at that moment"] if said else []

    # What it comes to

    def _verdict(self, row: Mapping[str, Any], at: datetime | None = None) -> str:
        """What was known of a promise at an instant."""
        when = at or self.at
        verdict, received, counts = str(row["verdict"]), row["received_at"], row["counts_at"]
        if verdict == Verdict.VOID or (at is None and self.asked.at is None):
            return verdict
        if received is not None and _aware(received) <= when:
            return verdict
        if counts is not None and _aware(counts) < when:
            return verdict if received is None and row["level_received"] is not None else str(Verdict.BROKEN)
        return str(Verdict.PENDING)

    def sentence(self) -> Sentence:
        """What happened, in whole numbers."""
        verdicts = [self._verdict(row) for row in self.promises]
        whom = f"Customer {bare(self.asked.customer)}" if self.asked.customer else f"Subject {bare(self.asked.subject or '')}"
        about = f", on {bare(self.asked.subject)}" if self.asked.customer and self.asked.subject else ""
        if not self.promises:
            return spoken(f"{whom}{about}: no promise was on record, and *{wording.counted(len(self.rows), 'other row')}*.")
        kept = sum(STATES.get(one) == "good" for one in verdicts)
        broken, void = verdicts.count(Verdict.BROKEN), verdicts.count(Verdict.VOID)
        rest = [
            f"*{broken}* {'was' if broken == 1 else 'were'} broken" if broken else "",
            f"{verdicts.count(Verdict.PENDING)} still open" if Verdict.PENDING in verdicts else "",
            f"{void} void" if void else "",
        ]
        told = wording.listed([f"*{kept}* {'was' if kept == 1 else 'were'} kept", *(one for one in rest if one)])
        return spoken(f"{whom}{about}: of *{wording.counted(len(self.promises), 'promise')}*, {told}.")

    def known(self) -> tuple[Fact, ...]:
        """What was known at the instant the page speaks of."""
        verdicts = [self._verdict(row) for row in self.promises]
        still = [row for row, one in zip(self.promises, verdicts, strict=True) if one == Verdict.PENDING]
        upcoming = min((row["due_at"] for row in still if row["due_at"]), default=None)
        chances = [row["chance_open"] for row in self.promises if row["chance_open"] is not None] if self.asked.at is None else []
        at_risk = f"{sum(chances):.1f} expected to break" if chances else ""
        costs = [row["amount"] for row in self.rows if row["tells"] == COST and row["amount"] is not None]
        currency = self.opened.study.manifest.currency
        return (
            Fact("Promises", wording.whole(len(verdicts)), ""),
            Fact("Broken", wording.whole(verdicts.count(Verdict.BROKEN)), ""),
            Fact("Open", wording.whole(verdicts.count(Verdict.PENDING)),
                 at_risk or ("" if upcoming is None else f"next due {self._moment(upcoming)}")),
            Fact("Contacts and words", wording.whole(sum(self._from_them(row) for row in self.rows)), ""),
            Fact("Cost on record", wording.money(sum(costs), currency) if costs else "none", "cash" if costs else ""),
        )  # fmt: skip

    @staticmethod
    def _from_them(row: Mapping[str, Any]) -> bool:
        return row["tells"] == SIGNAL or (row["tells"] == INTERACTION and row["direction"] != "out" and bool(row["text"]))

    def facts(self) -> tuple[Fact, ...]:
        """What is known of the customer: the latest of each kind."""
        found: dict[str, str] = {}
        ordered = sorted(self.persons, key=lambda row: (row["at"] is not None, row["at"] or datetime.min))  # noqa: DTZ901 - naive UTC, as tables hold it
        for row in ordered:
            found |= {name: str(row[name]) for name in ("segment", "persona", "tier") if row[name]}
            if row["value"] is not None:
                found["value of 12 months"] = wording.money(row["value"], self.opened.study.manifest.currency)
        if self.theirs is not None:
            found["their time zone"] = str(self.theirs)
        return tuple(Fact(name, words, "") for name, words in found.items())

    def subject_links(self, here: Mapping[str, object]) -> tuple[Link, ...]:
        """What the matters are about, those of the latest promises first."""
        named = [str(row["subject"]) for row in (*self.rows, *self.promises) if row["subject"] is not None]
        recent = list(dict.fromkeys(reversed(named)))[:SUBJECTS]
        return tuple(Link(one, customer_at(self.opened, self.asked.customer, one, **here)) for one in recent) if len(recent) > 1 else ()

    def line(self, row: Mapping[str, Any]) -> PromiseLine:
        """One promise as a row."""
        verdict = self._verdict(row)
        received = row["received_at"] is not None and _aware(row["received_at"]) <= self.at
        settled = verdict != Verdict.PENDING
        return PromiseLine(
            name=row["name"],
            subject=str(row["subject"] or ""),
            made=self._moment(row["made_at"]),
            due=self._moment(row["due_at"]),
            received=self._moment(row["received_at"]) if received else "",
            verdict=verdict.capitalize(),
            state=STATES.get(verdict, ""),
            difference=_difference(row) if settled else "",
            slip=_slip(row) if settled else "",
            chance=wording.UNKNOWN if row["chance_made"] is None else wording.percent(row["chance_made"], 0),
        )

    def receipts(self) -> Sentence:
        """How many receipts answer a promise."""
        mine = sum(row["received_at"] is not None and _aware(row["received_at"]) <= self.at for row in self.promises)
        none = sum(row["tells"] == RECEIPT and not row["joined"] for row in self.rows)
        if not mine + none:
            return ()
        return spoken(f"{wording.counted(mine + none, 'receipt')}: {mine} joined to a promise, {none} marked “no promise”.")

    def notes(self) -> tuple[str, ...]:
        """What to know beside the timeline."""
        said = [] if self.opened.study.reading.history is not None else [NOT_KEPT]
        if self.left_out:
            said.append(f"{wording.counted(self.left_out, 'earlier row')} more: the latest {MOST:,} of promises and of all else are shown.")
        if any(row["verdict"] == Verdict.VOID or row["reversed"] for row in self.promises):
            said.append(UNDATED)
        return tuple(said)

    # Words

    def _their_zone(self) -> ZoneInfo | None:
        zones = [row["timezone"] for row in self.persons if row["timezone"]]
        return ZoneInfo(zones[-1]) if zones and zones[-1] in _zones() else None

    def _theirs(self, at: datetime | None) -> str:
        return "" if at is None or self.theirs is None else f"{wording.moment(_aware(at), self.theirs)} where they are ({self.theirs})"

    def _moment(self, at: datetime | None) -> str:
        return "" if at is None else wording.moment(_aware(at), self.zone)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _same_moment(one: Entry, other: Entry) -> bool:
    same = (one.at, one.kind, one.name, one.subject) == (other.at, other.kind, other.name, other.subject)
    return same and one.at is not None and one.quote is None and other.quote is None


def _state_of(lines: Sequence[EntryLine]) -> str:
    """Bad where one line is; good where all are."""
    states = {line.state for line in lines}
    return "bad" if "bad" in states else "good" if states == {"good"} else ""


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _timed(row: Mapping[str, Any]) -> bool:
    return row["type"] in {str(kind) for kind in TIMED} | {str(PromiseType.WINDOW)}


def _difference(row: Mapping[str, Any]) -> str:
    """What was received beside what was promised."""
    shortfall, unit = row["shortfall"], row["unit"]
    if row["received_at"] is None and row["level_received"] is None:
        return f"nothing received; {wording.level(shortfall, unit)} late so far" if _timed(row) and shortfall and shortfall > 0 else ""
    if _timed(row):
        if shortfall is None:
            return ""
        return "to the minute" if not shortfall else f"{wording.level(abs(shortfall), unit)} {'late' if shortfall > 0 else 'early'}"
    if row["level_promised"] is None or row["level_received"] is None:
        return ""
    promised, received = (wording.level(row[name], unit) for name in ("level_promised", "level_received"))
    return f"{received} received, {promised} promised"


def _slip(row: Mapping[str, Any]) -> str:
    """Whether the promise was moved, and what became of the last date."""
    said = {None: "", True: "told before it fell due", False: "not told before it fell due"}[row["warned"]]
    if row["latest_kept"] is None:
        return said
    moved = "moved, and the last date was kept" if row["latest_kept"] else "moved, and the last date was broken too"
    return f"{moved}; {said}" if said else moved
