"""What drafts of the charter wait for: signatures, and disagreements with a line. Both desks and My desk are told by the same rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.urls import reverse

from troth.terms import signing
from troth.terms.charter import UPHELD, Charter, Objection
from troth.workspace.charter import documents as d
from troth.workspace.charter import parties
from troth.workspace.charter.models import Version
from troth.workspace.parts import wording
from troth.workspace.people.guard import Standing
from troth.workspace.studies.questions import address

DAYS_BEFORE_TIE_BREAK = signing.CADENCES_BEFORE_TIE_BREAK * signing.CADENCE.days
"""Days after which an objection to a line goes to the tie-break role."""


@dataclass(frozen=True, slots=True)
class DraftWait:
    """Something a draft waits for.

    :param charter: what the draft says. :param words: what waits. :param address: where it is done.
    :param why: who has to do what, for every reader. :param when: by when, in words; empty where no day is named.
    :param late: that day is past. :param since: since when it is a disagreement; ``None`` where it is a signature that is missing.
    :param asked: party to what whoever speaks for it owes. :param lead: whom the line names as its lead; empty for nobody.
    :param asked_of_lead: what the lead owes. :param asked_of_tie_break: what the tie-break role owes; empty before it is due.
    """

    charter: Charter
    words: str
    address: str
    why: str
    when: str
    late: bool
    since: date | None
    asked: Mapping[str, str]
    lead: str = ""
    asked_of_lead: str = ""
    asked_of_tie_break: str = ""


def draft_waits(at: datetime, zone: ZoneInfo) -> tuple[DraftWait, ...]:
    """What every draft waits for at an instant: the disagreements with its lines, the oldest first, then its signatures.

    :param zone: in which the project's days begin.
    """
    today = at.astimezone(zone).date()
    found: list[DraftWait] = []
    for version in Version.objects.filter(published_at=None, withdrawn_at=None).order_by("-pk"):
        charter = d.composed(version)
        found += [_disagreement(version, charter, one, today) for one in signing.standing(charter)]
        found += _signatures(version, charter, today)
    return tuple(found)


def asked_of(one: DraftWait, standing: Standing) -> str:
    """What a reader owes of it, in a sentence; empty where they owe nothing."""
    mine = parties.parties_of(one.charter, standing)
    told = [said for party, said in one.asked.items() if party in mine]
    if one.asked_of_tie_break and parties.settles(one.charter, standing):
        told.append(one.asked_of_tie_break)
    if not told and one.lead and parties.leads(one.lead, standing):
        told.append(one.asked_of_lead)
    return " ".join(dict.fromkeys(told))


def settled_by(said: Objection, charter: Charter, today: date) -> str:
    """Who may settle an objection beside the party that raised it, and from when; empty once it is ruled on."""
    if said.ruling is not None:
        return ""
    who = charter.tie_break or "nobody yet: the terms name no tie-break role"
    from_when = "now" if signing.waits_for_tie_break(said, today) else f"from {wording.day(_due(said))}"
    return f"{from_when} for the tie-break role ({who}) to settle"


def signed_before(version: Version, party: str) -> str:
    """Who signed a draft for a party, and when, whatever it said then: “Bia Campos, 3 March 2026”; empty where nobody did."""
    given = version.signatures.filter(superseded_at=None, party=party)
    return "; ".join(f"{one.by or party}, {wording.day(one.on)}" for one in given)


def _due(said: Objection) -> date:
    return said.on + signing.CADENCES_BEFORE_TIE_BREAK * signing.CADENCE


def _signatures(version: Version, charter: Charter, today: date) -> Sequence[DraftWait]:
    """The signatures a draft lacks, as one decision; nothing where it lacks none."""
    missing = signing.unsigned(charter)
    if charter.parties and not missing:
        return ()
    first = _first(charter, today)
    stale = {party: said for party in missing if (said := signed_before(version, party))}
    told = [f"{wording.listed(missing)} {'has' if len(missing) == 1 else 'have'} to sign it." if missing else "Nobody is named to sign it."]
    told += [f"{party} signed it ({said}), and it was changed since." for party, said in stale.items()]
    asked = {
        party: f"You signed it for {party} ({stale[party]}), and it was changed since: read it again, and sign anew."
        if party in stale
        else f"Read it, and sign it for {party}."
        for party in missing
    }
    day = charter.effective_from
    return (
        DraftWait(
            charter,
            words=f"Version {version.name} of the charter, a draft",
            address=reverse("charter:sign", args=[version.pk]),
            why=" ".join([*told, *first]),
            when="" if day is None else f"in force from {wording.day(day)}",
            late=day is not None and day < today,
            since=None,
            asked={party: " ".join([said, *first]) for party, said in asked.items()},
        ),
    )


def _first(charter: Charter, today: date) -> Sequence[str]:
    """What has to be done before anybody can sign, a sentence each."""
    objections = {signing.title(one): None for one in signing.standing(charter)}
    told = [f"First the disagreement on {wording.listed([*objections])} has to end."] if objections else []
    if charter.effective_from is not None and charter.effective_from < today:
        told.append("Its first day in force is past: name a later one first.")
    return told


def _disagreement(version: Version, charter: Charter, said: Objection, today: date) -> DraftWait:
    """One objection that stands."""
    row = next((row for row, line in d.lines_of(version) if line.keys == said.keys), None)
    lead = next((line.lead or "" for line in charter.lines if line.keys == said.keys), "")
    party, due = said.party, signing.waits_for_tie_break(said, today)
    objects = f"{party} objects to it, since {wording.day(said.on)} ({said.reason})."
    back = f"{party} takes it back"
    if said.ruling == UPHELD:
        ruled = f"{said.ruled_by} upheld it: the line has to change; then {back}."
        why, others, own = (
            f"{objects} {ruled}",
            f"{objects} {ruled}",
            f"{said.ruled_by} upheld your objection: once the line has changed, take it back.",
        )
    else:
        why = f"{objects} {party} may take it back; {settled_by(said, charter, today)}."
        others = f"{objects} Answer it: change the line so that {back}, or it goes to the tie-break role."
        own = f"You object to it for {party}, since {wording.day(said.on)}: take it back once the line says what you can sign."
        if due:
            others = f"{objects} It is {settled_by(said, charter, today)}."
    return DraftWait(
        charter,
        words=f"Version {version.name} of the charter: {signing.title(said)}",
        address=address(reverse("charter:charter"), version=version.name) if row is None else reverse("charter:line", args=[row.pk]),
        why=why,
        when="" if said.ruling == UPHELD else f"by {wording.day(_due(said))}",
        late=due,
        since=said.on,
        asked={one.title: own if one.title == party else others for one in charter.parties},
        lead=lead,
        asked_of_lead=others,
        asked_of_tie_break=f"{objects} It has stood {DAYS_BEFORE_TIE_BREAK} days: uphold or overrule it." if due else "",
    )
