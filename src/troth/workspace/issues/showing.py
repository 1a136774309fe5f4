"""Decisions on issues as pages show them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from troth.engine.issues.owning import UNKNOWN
from troth.terms.charter import Charter
from troth.workspace.issues.contexts import HistoryRow, IssueActs, ProposedRow, SplitRow, Stand, StandpointRow, StepRow
from troth.workspace.issues.disagreements import CADENCE_DAYS, ESCALATES, Disagreement, disagreement_of
from troth.workspace.issues.models import AgreedSplit, IssueRecord, ProposedSplit, Standpoint
from troth.workspace.issues.operations import KIND, Subject
from troth.workspace.issues.proposals import Proposal
from troth.workspace.issues.shares import Split, in_words, ordered, rounded
from troth.workspace.issues.splits import agreed_at
from troth.workspace.issues.states import MEANING, TRANSITIONS, State
from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Owner
from troth.workspace.people.guard import Right, Standing
from troth.workspace.people.models import Role, Seat
from troth.workspace.people.permissions import OFFICERS, Extent
from troth.workspace.timeline.models import Entry

MOVE, SHARES, SETTLE = "desks:issue-state", "desks:issue-shares", "desks:issue-settle"
"""Pages whose rows in the table of permissions say who may do what."""

MOST_HISTORY = 50
EMPTY_ROWS = (("", ""), ("", ""))
"""Room for areas that have no share yet."""
NOBODY_SPOKE = "Nobody has accepted or contested these shares yet."
OVER = frozenset({State.FIXED, State.HELD, State.ACCEPTED})
"""Nothing is due any more."""


def stand_of(row: IssueRecord | None, proposal: Proposal | None, *, contested: bool, today: date) -> Stand:
    """Where an issue stands; one nobody has acted on is open."""
    if row is None:
        return Stand(str(State.OPEN), "", "", late=False, contested=False, proposal="" if proposal is None else proposal.words)
    return Stand(
        state=row.state,
        owner="" if row.owner is None else row.owner.title,
        due="" if row.due is None else wording.day(row.due),
        late=row.due is not None and row.due < today and State(row.state) not in OVER,
        contested=contested,
        proposal="" if proposal is None else proposal.words,
    )


def acts_of(
    subject: Subject, standing: Standing, *, charter: Charter, zone: ZoneInfo, proposal: Proposal | None, acting: bool
) -> IssueActs:
    """What was decided about an issue, and what whoever reads may do.

    :param acting: forms are offered: the study is the current one.
    """
    row = IssueRecord.objects.filter(key=subject.key).select_related("owner").first()
    state = State.OPEN if row is None else State(row.state)
    standing_now = None if row is None else disagreement_of(row)
    agreed = agreed_at(subject.key, standing.at)
    may_move, may_contest = (acting and may(standing, page, subject.areas) for page in (MOVE, SHARES))
    tie_break = acting and may(standing, SETTLE, subject.areas)
    shares = _shares(subject, agreed, charter)
    seats = frozenset[Seat]() if not acting else standing.seats & OFFICERS
    return IssueActs(
        key=subject.key,
        revision=0 if row is None else row.revision,
        stand=stand_of(row, proposal, contested=standing_now is not None, today=standing.at.astimezone(zone).date()),
        meaning=MEANING[state],
        since="" if row is None or not row.revision else wording.day(row.moved_at.astimezone(zone).date()),
        reason="" if row is None else row.reason,
        steps=tuple(StepRow(str(after), one.words, one.reason) for after, one in TRANSITIONS[state].items()),
        may_move=may_move,
        roles=tuple(Role.objects.order_by("title").values_list("pk", "title")) if may_move else (),
        owner_id=None if row is None else row.owner_id,
        due="" if row is None or row.due is None else row.due.isoformat(),
        shares=shares,
        in_force="computed" if agreed is None or agreed.shares is None else "agreed",
        agreed_note="" if agreed is None else _agreed_note(agreed, zone),
        standpoints=() if row is None else _standpoints(row, zone),
        proposed=() if row is None else _proposed(row, zone, seats),
        disagreement="" if standing_now is None else disagreement_words(standing_now, zone, standing.at),
        held=_held(row, standing_now, agreed, zone, standing.at),
        may_contest=may_contest and bool(subject.computed),
        may_settle=tie_break and standing_now is not None and standing.at >= standing_now.escalates_at,
        history=history_of(subject.key, zone),
        areas=tuple(dict.fromkeys([*(area.name for area in charter.areas), *subject.areas, UNKNOWN])) if may_contest else (),
        form_rows=(*((one.area.words, one.tenths) for one in shares), *EMPTY_ROWS) if may_contest else (),
    )


def may(standing: Standing, page: str, areas: Iterable[str]) -> bool:
    """May somebody change what is on a page, of something that lies in these areas?"""
    extent = standing.extent(page, Right.CHANGE)
    return extent is Extent.ALL or (extent is Extent.OWN and not standing.areas.isdisjoint(areas))


def disagreement_words(one: Disagreement, zone: ZoneInfo, at: datetime) -> str:
    """Who contests, since when, and whose it is to end."""
    who = wording.listed([held.role.title for held in one.contests])
    since, then = (wording.day(when.astimezone(zone).date()) for when in (one.since, one.escalates_at))
    contest = "contests" if len(one.contests) == 1 else "contest"
    if at >= one.escalates_at:
        over = f"{ESCALATES} cadences of {CADENCE_DAYS} days are over"
        return f"{who} {contest} these shares, since {since}. {over}: the tie-break role settles."
    return f"{who} {contest} these shares, since {since}. It is the officers’ to end; on {then} it goes to the tie-break role."


def _held(row: IssueRecord | None, contested: Disagreement | None, agreed: AgreedSplit | None, zone: ZoneInfo, at: datetime) -> str:
    """How the shares stand with people now: what was agreed or ruled, then the contest that stands, or who accepts and what is put."""
    if row is None:
        return NOBODY_SPOKE
    over = "" if agreed is None else _agreed_note(agreed, zone)
    if contested is not None:
        return " ".join([*([over] if over else []), disagreement_words(contested, zone, at)])
    live = Standpoint.objects.filter(issue=row, ended_at=None).select_related("role").order_by("at", "pk")
    accept = list(dict.fromkeys(one.role.title for one in live))
    told = [over] if over else []
    if accept:
        told.append(f"{wording.listed(accept)} {'accepts' if len(accept) == 1 else 'accept'} the computed shares; nobody contests them.")
    if ProposedSplit.objects.filter(issue=row, ended_at=None).exists():
        told.append("Another split is put to both officers; they have not both agreed to it.")
    return " ".join(told) or NOBODY_SPOKE


def split_words(split: Mapping[str, int]) -> str:
    """``Fulfilment 66.7%, Marketing 33.3%``."""
    return ", ".join(f"{area} {in_words(tenths)}" for area, tenths in ordered(split))


def history_of(key: str, zone: ZoneInfo) -> tuple[HistoryRow, ...]:
    """Acts on an issue, the latest first, as the timeline has them."""
    entries = Entry.objects.filter(thing_kind=KIND, thing_id=key).order_by("-number")[:MOST_HISTORY]
    return tuple(
        HistoryRow(
            when=wording.moment(entry.at, zone),
            person=entry.actor_name,
            role=entry.actor_role,
            what=act_words(entry.verb),
            details=_details(entry),
        )
        for entry in entries
    )


def act_words(verb: str) -> str:
    """A verb of the timeline without its object, which is the issue."""
    return verb.removesuffix(" of")


def _details(entry: Entry) -> tuple[str, ...]:
    after = json.loads(entry.after) if entry.after else {}
    before = json.loads(entry.before) if entry.before else {}
    said = []
    if after.get("owner") and after["owner"] != before.get("owner"):
        said.append(f"Owner: {after['owner']}")
    if after.get("due") and after["due"] != before.get("due"):
        said.append(f"By {wording.day(date.fromisoformat(after['due']))}")
    shares = after.get("shares")
    if isinstance(shares, dict):
        said.append(", ".join(f"{area} {words}" for area, words in sorted(shares.items(), key=lambda one: _largest_first(*one))))
    elif shares:
        said.append(f"The split stands {shares}")
    said += [str(after[name]) for name in ("reason", "evidence") if after.get(name)]
    return tuple(said)


def _largest_first(area: str, words: str) -> tuple[bool, float, str]:
    return area == UNKNOWN, -float(words.rstrip("%")), area


def _shares(subject: Subject, agreed: AgreedSplit | None, charter: Charter) -> tuple[SplitRow, ...]:
    computed = rounded(subject.computed)
    beside: Split = {} if agreed is None or agreed.shares is None else agreed.shares
    counts = beside or computed
    return tuple(
        SplitRow(
            area=owner_of(charter, area),
            computed=in_words(computed.get(area, 0)) if computed else "",
            agreed=in_words(beside.get(area, 0)) if beside else "",
            tenths=in_words(counts.get(area, 0)).rstrip("%"),
        )
        for area, _ in ordered({area: max(computed.get(area, 0), beside.get(area, 0)) for area in [*computed, *beside]})
    )


def owner_of(charter: Charter, area: str) -> Owner:
    """An area with its aspect in the charter."""
    aspect = None if area == UNKNOWN else charter.aspect_of(area)
    return Owner("none" if aspect is None else str(aspect), area)


def _agreed_note(agreed: AgreedSplit, zone: ZoneInfo) -> str:
    when = wording.day(agreed.at.astimezone(zone).date())
    by = "Agreed by both officers" if agreed.settled_by is None else f"Settled by {agreed.settled_by.title}"
    what = "the computed split stands" if agreed.shares is None else "funding uses it; the computed split stays beside it"
    return f"{by} on {when}, on study {agreed.study}: {what}."


def _standpoints(row: IssueRecord, zone: ZoneInfo) -> tuple[StandpointRow, ...]:
    live: Sequence[Standpoint] = list(Standpoint.objects.filter(issue=row, ended_at=None).select_related("role", "by").order_by("at", "pk"))
    return tuple(
        StandpointRow(
            role=one.role.title,
            person=one.by.name,
            contests=one.contests,
            reason=one.reason,
            evidence=one.evidence,
            link=one.link,
            when=wording.day(one.at.astimezone(zone).date()),
            study=one.study,
        )
        for one in live
    )


def _proposed(row: IssueRecord, zone: ZoneInfo, seats: frozenset[Seat]) -> tuple[ProposedRow, ...]:
    found = (
        ProposedSplit.objects.filter(issue=row, ended_at=None)
        .select_related("role")
        .prefetch_related("consents__role")
        .order_by("at", "pk")
    )
    return tuple(
        ProposedRow(
            id=one.pk,
            role=one.role.title,
            shares=split_words(one.shares),
            reason=one.reason,
            when=wording.day(one.at.astimezone(zone).date()),
            agreed_by=tuple(consent.role.title for consent in one.consents.all()),
            may_agree=bool(seats - {Seat(consent.seat) for consent in one.consents.all()}),
        )
        for one in found
    )
