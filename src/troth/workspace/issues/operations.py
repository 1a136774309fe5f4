"""Every write of this app. Each act is one transaction with its entry of the timeline; who acted in between is told what changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, transaction

from troth.workspace.issues.disagreements import CADENCE_DAYS, ESCALATES, disagreement_of
from troth.workspace.issues.errors import ChangedSinceError, IssueError, NotAllowedError, UnknownSplitError
from troth.workspace.issues.models import AgreedSplit, Appearance, Consent, IssueRecord, Opened, ProposedSplit, Standpoint
from troth.workspace.issues.shares import Split, in_words, ordered, rounded
from troth.workspace.issues.states import NEEDS_OWNER, State, step
from troth.workspace.parts import wording
from troth.workspace.people.models import Person, Role, Seat
from troth.workspace.people.permissions import OFFICERS
from troth.workspace.timeline.models import Entry
from troth.workspace.timeline.newest import newest_act
from troth.workspace.timeline.operations import Actor, Thing, record

KIND = "issue"
"""What the timeline calls it."""

LONGEST = 4_000
"""Characters of a reason, or of evidence."""

AT_ONCE = timedelta(minutes=1)
"""Within this, opening a thing again says nothing new, unless something was done in between."""

VISIT = timedelta(minutes=30)
"""Who opens a page again within this is on the same visit, and is shown the same news."""

LONGEST_LINK = 500
"""Letters of an address that a contest keeps."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An issue as the study tells it, or as it was last told where it is gone.

    :param key: its key, the same in every study.
    :param words: what failed and where.
    :param areas: areas it lies in.
    :param computed: area to its computed share of one; empty where the issue is gone.
    :param study: number of the study.
    """

    key: str
    words: str
    areas: tuple[str, ...]
    computed: Mapping[str, float]
    study: int


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks, and for which role.

    :param seat: the role's seat.
    """

    person: Person
    role: Role

    @property
    def seat(self) -> Seat:
        """The seat of the role they speak for."""
        return Seat(self.role.seat)


@transaction.atomic
def decide(
    *,
    subject: Subject,
    revision: int,
    to: State | None = None,
    owner: Role | None = None,
    due: date | None = None,
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> IssueRecord:
    """Move an issue to another state, or say whose it is and by when; all in one act.

    :param revision: acts on the issue that the actor has seen.
    :param to: the state it moves to; ``None`` keeps it.
    :param owner: the role that sees to it; ``None`` is nobody.
    :param due: the day by which.
    :raises NotAllowedError: that state does not follow; names those that do.
    :raises ChangedSinceError: somebody acted in between.
    :raises IssueError: a reason, an owner or a day is missing, or the day is past.
    """
    row = _held(subject, revision, at)
    before = State(row.state)
    after = before if to is None else to
    said = _said(reason, "reason", needed=to is not None and step(before, to).reason)
    if after in NEEDS_OWNER and owner is None:
        raise IssueError(f"an issue that is {after} needs an owner.", place="owner", mend="choose the role that sees to it.")
    if after in NEEDS_OWNER and due is None:
        raise IssueError(f"an issue that is {after} needs a day.", place="due", mend="say by when.")
    if due is not None and due != row.due and due < at.date():
        raise IssueError(f"{wording.day(due)} is past.", place="due", mend="choose a day to come.")
    old = {"state": row.state, "owner": _title(row.owner), "due": row.due}
    new = {"state": str(after), "owner": _title(owner), "due": due}
    if old == new:
        raise IssueError("nothing would change.", place="state", mend="choose another state, owner or day.")
    row.state, row.owner, row.due = after, owner, due
    row.reason = said or row.reason
    row.moved_at = at if before is not after else row.moved_at
    verb = f"moved to “{after}”" if before is not after else "set owner and day of"
    return _acted(row, verb, actor, at, before=old, after={**new, "reason": said})


@transaction.atomic
def accept_shares(*, subject: Subject, speaker: Speaker, revision: int, actor: Actor, at: datetime, reason: str = "") -> Standpoint:
    """Say that the computed shares are right. Takes a contest of the same role back.

    :raises ChangedSinceError: somebody acted in between.
    """
    return _stand(subject, speaker, revision, actor, at, contests=False, reason=_said(reason, "reason"))


@transaction.atomic
def contest_shares(
    *, subject: Subject, speaker: Speaker, revision: int, reason: str, evidence: str = "", link: str = "", actor: Actor, at: datetime
) -> Standpoint:
    """Say that the computed shares are wrong, and why. They stay what they are; the disagreement stands until it is agreed or settled.

    :param evidence: what shows it, in words.
    :param link: address of rows in this workspace that show it; empty where none.
    :raises ChangedSinceError: somebody acted in between.
    :raises IssueError: no reason, no evidence at all, or a link that leads elsewhere.
    """
    said, shown = _said(reason, "reason", needed=True), _said(evidence, "evidence")
    rows = _ours(link)
    if not shown and not rows:
        raise IssueError("what shows it is missing.", place="evidence", mend="say what shows it, or link to rows that do.")
    return _stand(subject, speaker, revision, actor, at, contests=True, reason=said, evidence=shown, link=rows)


@transaction.atomic
def propose_split(
    *, subject: Subject, speaker: Speaker, revision: int, shares: Split, reason: str, actor: Actor, at: datetime
) -> ProposedSplit:
    """Put another split to both officers. An officer who puts one agrees to it.

    :param shares: tenths of a per cent by area, 1,000 in all.
    :raises ChangedSinceError: somebody acted in between.
    :raises IssueError: no reason.
    """
    said = _said(reason, "reason", needed=True)
    row = _held(subject, revision, at)
    ProposedSplit.objects.filter(issue=row, role=speaker.role, ended_at=None).update(ended_at=at)
    split = ProposedSplit.objects.create(
        issue=row, role=speaker.role, by=speaker.person, shares=shares, reason=said, study=subject.study, at=at
    )
    if speaker.seat in OFFICERS:
        Consent.objects.create(split=split, seat=speaker.seat, role=speaker.role, by=speaker.person, at=at)
    _acted(row, "proposed a split of", actor, at, after={"split": split.pk, "shares": _told(shares), "reason": said}, shares=True)
    return split


@transaction.atomic
def agree(*, subject: Subject, split: int, speaker: Speaker, revision: int, actor: Actor, at: datetime) -> AgreedSplit | None:
    """Agree to a proposed split as an officer. Once both officers have, it counts; ``None`` until then.

    :param split: key of the proposed split.
    :raises UnknownSplitError: the issue has no such open proposal.
    :raises ChangedSinceError: somebody acted in between.
    :raises NotAllowedError: only an officer agrees, and once.
    """
    row = _held(subject, revision, at)
    proposed = _open_split(row, split)
    if speaker.seat not in OFFICERS:
        raise NotAllowedError("only the two officers agree to a split.", place="split", mend="accept or contest the shares instead.")
    if Consent.objects.filter(split=proposed, seat=speaker.seat).exists():
        raise NotAllowedError("your office has agreed to this split.", place="split", mend="it counts once the other officer agrees, too.")
    Consent.objects.create(split=proposed, seat=speaker.seat, role=speaker.role, by=speaker.person, at=at)
    both = set(Consent.objects.filter(split=proposed).values_list("seat", flat=True)) == {str(seat) for seat in OFFICERS}
    agreed = (
        AgreedSplit.objects.create(issue=row, shares=proposed.shares, proposed=proposed, reason=proposed.reason, study=subject.study, at=at)
        if both
        else None
    )
    if agreed is not None:
        _close(row, at)
    verb = "agreed on a split of" if both else "agreed to a proposed split of"
    _acted(row, verb, actor, at, after={"split": proposed.pk, "shares": _told(proposed.shares)}, shares=True)
    return agreed


@transaction.atomic
def settle(*, subject: Subject, speaker: Speaker, revision: int, split: int | None, reason: str, actor: Actor, at: datetime) -> AgreedSplit:
    """Settle a disagreement that both officers left standing for two cadences.

    :param split: key of the proposed split that is to count; ``None`` lets the computed one stand.
    :raises NotAllowedError: nothing is contested, it is too early, or the role is not the tie-break.
    :raises UnknownSplitError: the issue has no such open proposal.
    :raises ChangedSinceError: somebody acted in between.
    :raises IssueError: no reason.
    """
    row = _held(subject, revision, at)
    if speaker.seat is not Seat.TIE_BREAK:
        raise NotAllowedError("only the tie-break role settles.", place="split", mend="agree on a split, or wait for it to be settled.")
    standing = disagreement_of(row)
    if standing is None:
        raise NotAllowedError("nobody contests these shares.", place="split", mend="there is nothing to settle.")
    if at < standing.escalates_at:
        raise NotAllowedError(
            f"this disagreement is the officers’ to end until {wording.day(standing.escalates_at.date())}.",
            place="split",
            mend=f"it comes to the tie-break role {ESCALATES} cadences of {CADENCE_DAYS} days after it began.",
        )
    said = _said(reason, "reason", needed=True)
    proposed = None if split is None else _open_split(row, split)
    settled = AgreedSplit.objects.create(
        issue=row,
        shares=None if proposed is None else proposed.shares,
        proposed=proposed,
        settled_by=speaker.role,
        reason=said,
        study=subject.study,
        at=at,
    )
    _close(row, at)
    told = "as computed" if proposed is None else _told(proposed.shares)
    _acted(row, "settled the split of", actor, at, after={"shares": told, "reason": said}, shares=True)
    return settled


def mark_opened(*, person: Person, kind: str, key: str = "", at: datetime) -> datetime | None:
    """Note that somebody opened a thing, in a transaction of its own; when they did on an earlier visit, ``None`` where never.

    Opening twice is as opening once. A page never fails for it: where the database cannot take it, the page is shown and the thing stays
    unseen. It is no act, so it writes no entry of the timeline.
    """
    try:
        held = Opened.objects.filter(person=person, kind=kind, key=key).first()
        if held is not None and timedelta() <= at - held.at < AT_ONCE and _nothing_since(held.at):
            return held.before_at
        with transaction.atomic():
            row, new = Opened.objects.select_for_update().get_or_create(
                person=person, kind=kind, key=key, defaults={"first_at": at, "at": at, "visit_at": at}
            )
            if new:
                return None
            if at - row.at > VISIT:
                row.before_at, row.visit_at = row.at, at
            row.at = max(at, row.at)
            row.save(update_fields=["at", "visit_at", "before_at"])
            return row.before_at
    except DatabaseError:
        return None


def _nothing_since(at: datetime) -> bool:
    """No act was recorded since."""
    newest = newest_act().at
    return newest is None or newest <= at


def note_appeared(*, kinds: Mapping[str, Iterable[str]], study: int, at: datetime) -> None:
    """Note what stands in a published study; what stood in one before stays as it was noted then.

    A page never fails for it: where the database cannot take it, the next reader notes it. It is no act, so it writes no entry of the
    timeline.

    :param kinds: kind to the keys that stand there.
    """
    rows = [Appearance(kind=kind, key=key, study=study, at=at) for kind, keys in kinds.items() for key in keys]
    with suppress(DatabaseError), transaction.atomic():
        Appearance.objects.bulk_create(rows, ignore_conflicts=True)


def thing_of(row: IssueRecord) -> Thing:
    """An issue as the timeline names it."""
    return Thing(KIND, row.key, row.words)


def _held(subject: Subject, revision: int, at: datetime) -> IssueRecord:
    """The issue's row, held until the act is done; made where nobody has acted on it yet."""
    row, _ = IssueRecord.objects.get_or_create(
        key=subject.key,
        defaults={
            "words": subject.words[:300],
            "areas": list(subject.areas),
            "study": subject.study,
            "moved_at": at,
            "changed_at": at,
        },
    )
    row = IssueRecord.objects.select_for_update().get(pk=row.pk)
    if row.revision != revision:
        raise ChangedSinceError(
            f"since you opened the page, {_since(row, revision)}; so nothing of yours is written yet.",
            place="revision",
            mend="read it as it is now; what you wrote stands below, and can be sent again.",
        )
    if subject.computed:
        row.words, row.areas, row.study = subject.words[:300], list(subject.areas), subject.study
    return row


def _since(row: IssueRecord, revision: int) -> str:
    """Who did what since a revision: each act is one entry."""
    acts = Entry.objects.filter(thing_kind=KIND, thing_id=row.key).order_by("-number")[: max(1, row.revision - revision)]
    told = [f"{act.actor_name} {act.verb.removesuffix(' of')}" for act in reversed(acts)]
    return wording.listed(told) or "this issue was acted on"


def _acted(
    row: IssueRecord,
    verb: str,
    actor: Actor,
    at: datetime,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object],
    shares: bool = False,
) -> IssueRecord:
    row.revision += 1
    row.changed_at = at
    if shares:
        row.shares_changed_at = at
    row.save()
    record(actor=actor, verb=verb, thing=thing_of(row), at=at, before=before, after=after)
    return row


def _stand(
    subject: Subject,
    speaker: Speaker,
    revision: int,
    actor: Actor,
    at: datetime,
    *,
    contests: bool,
    reason: str,
    evidence: str = "",
    link: str = "",
) -> Standpoint:
    row = _held(subject, revision, at)
    if not subject.computed:
        raise NotAllowedError("this study computes no shares of it.", place="shares", mend="contest them in a study that holds the issue.")
    Standpoint.objects.filter(issue=row, role=speaker.role, ended_at=None).update(ended_at=at)
    held = Standpoint.objects.create(
        issue=row,
        role=speaker.role,
        by=speaker.person,
        contests=contests,
        reason=reason,
        evidence=evidence,
        link=link,
        of=rounded(subject.computed),
        study=subject.study,
        at=at,
    )
    after = {"shares": _told(held.of), "reason": reason, "evidence": evidence, "link": link}
    verb = "contested the shares of" if contests else "accepted the shares of"
    _acted(row, verb, actor, at, after={name: value for name, value in after.items() if value}, shares=True)
    return held


def _close(row: IssueRecord, at: datetime) -> None:
    """End what was open about the shares: there is a split now."""
    Standpoint.objects.filter(issue=row, ended_at=None).update(ended_at=at)
    ProposedSplit.objects.filter(issue=row, ended_at=None).update(ended_at=at)


def _open_split(row: IssueRecord, key: int) -> ProposedSplit:
    found = ProposedSplit.objects.filter(issue=row, pk=key, ended_at=None).first()
    if found is None:
        raise UnknownSplitError("there is no such split to agree to.", place="split", mend="choose one that is open.")
    return found


def _said(text: str, place: str, *, needed: bool = False) -> str:
    said = "\n".join(" ".join(line.split()) for line in text.splitlines()).strip()
    if needed and not said:
        raise IssueError(f"the {place} is missing.", place=place, mend="say why, in a sentence others can check.")
    if len(said) > LONGEST:
        raise IssueError(f"the {place} is too long.", place=place, mend=f"write {LONGEST:,} characters at most, and link to the rest.")
    if not said.replace("\n", "").isprintable():
        raise IssueError(f"the {place} holds what cannot be printed.", place=place, mend="write it without special characters.")
    return said


def _ours(link: str) -> str:
    """An address of this workspace, as a path."""
    said = link.strip()
    if not said:
        return ""
    path = "/" + said.split("//", 1)[-1].split("/", 1)[-1] if said.startswith(("http://", "https://")) else said
    elsewhere = (path != said and not _served_here(said)) or not path.startswith("/") or path.startswith("//")
    if elsewhere or "\\" in path or len(path) > LONGEST_LINK or not path.isprintable() or " " in path:
        raise IssueError("this is no address of this workspace.", place="link", mend="copy it from the page that shows the rows.")
    return path


def _served_here(address: str) -> bool:
    """Whether a whole address leads to this workspace, under a name it is served by."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return False
    return host in {one.strip("[]") for one in settings.ALLOWED_HOSTS}


def _told(shares: Mapping[str, int]) -> dict[str, str]:
    return {area: in_words(tenths) for area, tenths in ordered(shares)}


def _title(role: Role | None) -> str:
    return "" if role is None else role.title
