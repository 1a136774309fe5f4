"""What both officers have before them: decisions that wait, disagreements, and what one of them has not opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.http import HttpRequest
from django.urls import reverse

from troth.engine.issues.result import whole_money
from troth.workspace.charter.waiting import DAYS_BEFORE_TIE_BREAK, DraftWait, draft_waits
from troth.workspace.desks.issue_acts import stands_of, told_at
from troth.workspace.issues.contexts import BothActs, NewIssues, Stand, UnseenRow, Waiting
from troth.workspace.issues.disagreements import CADENCE_DAYS, ESCALATES, Disagreement, disagreements
from troth.workspace.issues.models import IssueRecord
from troth.workspace.issues.noting import note_issues
from troth.workspace.issues.seen import DISAGREEMENTS, ISSUE, ISSUES, STUDIES, STUDY, Office, Showing, offices, opened_by, unseen
from troth.workspace.issues.showing import disagreement_words
from troth.workspace.issues.states import UNDECIDED
from troth.workspace.issues.told import HEADS, key_of, place_words
from troth.workspace.issues.waiting import LISTED_AFTER, counted, waits_of
from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Link
from troth.workspace.people.guard import Standing, here
from troth.workspace.studies.questions import address
from troth.workspace.studies.reading import OpenStudy, project

MOST_WAITING = 5
MOST_UNSEEN = 3


def both_acts(request: HttpRequest, opened: OpenStudy) -> BothActs:
    """The same for both officers."""
    standing = here(request).standing
    rows, stands, named = _before_both(opened, standing)
    drafts = draft_waits(standing.at, opened.zone)
    waiting = waiting_of(opened, rows, stands, named, drafts)
    undecided = [key for key in named if key not in stands or stands[key].state in UNDECIDED]
    held = disagreements()
    shown = shown_to_both(opened, rows, named, held)
    note_issues(standing.at)
    posts = offices(standing.at)
    currency = next((issue.money.currency for issue in opened.issues()), "")
    return BothActs(
        waiting=waiting[:MOST_WAITING],
        waiting_more=max(0, len(waiting) - MOST_WAITING),
        undecided=len(undecided),
        disagreements=_disagreements(opened, held, drafts, standing),
        unseen=tuple(_unseen_row(office, shown, currency) for office in posts),
        new_issues=new_issues(opened, named, posts, standing.at),
        days=CADENCE_DAYS * ESCALATES,
        line_days=DAYS_BEFORE_TIE_BREAK,
        all_issues=address(reverse("desks:issues"), None, study=None if opened.entry.current else opened.number),
    )


def common_to_both(opened: OpenStudy, standing: Standing) -> tuple[int, int]:
    """How many decisions wait for both officers, and how many issues the reader's office has not opened; none of an office not held."""
    rows, stands, named = _before_both(opened, standing)
    issues = [one for one in shown_to_both(opened, rows, named, ()) if one.of == ISSUES]
    mine = [office for office in offices(standing.at) if standing.person.pk in office.holders]
    missed = {one.key for office in mine for one in unseen(issues, opened_by(office))}
    return len(waiting_of(opened, rows, stands, named, draft_waits(standing.at, opened.zone))), len(missed)


def _before_both(opened: OpenStudy, standing: Standing) -> tuple[dict[str, IssueRecord], dict[str, Stand], dict[str, str]]:
    """What was decided on issues, where each of these stands, and what the issues of the study are called, each by key."""
    rows = {row.key: row for row in IssueRecord.objects.select_related("owner")}
    named = {key_of(issue): place_words(opened, issue.rule) for issue in opened.issues() if key_of(issue) not in HEADS}
    return rows, stands_of(opened, rows, standing), named


def waiting_of(
    opened: OpenStudy,
    rows: Mapping[str, IssueRecord],
    stands: Mapping[str, Stand],
    named: Mapping[str, str],
    drafts: Sequence[DraftWait],
) -> tuple[Waiting, ...]:
    """What is late, then drafts to sign, then what the study proposes, then what nobody decided on.

    Issues stand in the order of their money, gone ones last of theirs.

    :param drafts: what drafts of the charter wait for; what is a disagreement there is none of these decisions.
    """
    keys = [*named, *(key for key in rows if key not in named and rows[key].revision)]
    late, proposed, undecided = [], [], []
    for key in keys:
        stand, words = stands.get(key), named.get(key) or rows[key].words
        if stand is not None and stand.late:
            late.append(Waiting(words, told_at(opened, key), f"{stand.owner or 'Nobody'} was to see to it", f"by {stand.due}", late=True))
        elif stand is not None and stand.proposal:
            proposed.append(Waiting(words, told_at(opened, key), stand.proposal, ""))
        elif stand is None or stand.state in UNDECIDED:
            again = stand is not None and stand.state != "open"
            undecided.append(
                Waiting(
                    words, told_at(opened, key), "It came back: mend it again, or accept it?" if again else "Mend it, or accept it?", ""
                )
            )
    return (*late, *(draft_row(one, one.why) for one in drafts if one.since is None), *proposed, *undecided)


def draft_row(one: DraftWait, why: str) -> Waiting:
    """What a draft of the charter waits for, in a line.

    :param why: what is asked, of everybody or of the reader.
    """
    return Waiting(one.words, one.address, why, one.when, late=one.late)


def _disagreements(opened: OpenStudy, held: Sequence[Disagreement], drafts: Sequence[DraftWait], standing: Standing) -> tuple[Waiting, ...]:
    """Disagreements on shares and on lines of a draft, the oldest first."""
    found = [(one.since.astimezone(opened.zone).date(), disagreement_row(opened, one, standing)) for one in held]
    found += [(one.since, draft_row(one, one.why)) for one in drafts if one.since is not None]
    return tuple(row for _, row in sorted(found, key=lambda pair: pair[0]))


def disagreement_row(opened: OpenStudy, one: Disagreement, standing: Standing) -> Waiting:
    """A disagreement in a line."""
    then = one.escalates_at.astimezone(opened.zone).date()
    return Waiting(
        words=one.issue.words,
        address=told_at(opened, one.issue.key),
        why=disagreement_words(one, opened.zone, standing.at),
        when=f"by {wording.day(then)}",
        late=standing.at >= one.escalates_at,
    )


def shown_to_both(
    opened: OpenStudy, rows: Mapping[str, IssueRecord], named: Mapping[str, str], held: tuple[Disagreement, ...]
) -> tuple[Showing, ...]:
    """What both officers should have opened: every issue of the study, every disagreement, every study up to this one."""
    whole = whole_money(opened.issues().rows)  # as the pages print it, so that a sum of issues is the sum of what is read there
    money = {key_of(issue): Decimal(whole[key_of(issue)][-1] or 0) or issue.money.value for issue in opened.issues()}
    issues = [
        Showing(ISSUES, ISSUE, key, words, told_at(opened, key), rows[key].changed_at if key in rows else None, money.get(key))
        for key, words in named.items()
    ]
    spoken_of = [
        Showing(DISAGREEMENTS, ISSUE, one.issue.key, one.issue.words, told_at(opened, one.issue.key), one.issue.shares_changed_at)
        for one in held
    ]
    studies = [
        Showing(STUDIES, STUDY, str(entry.number), f"Study {entry.number}", address(reverse("desks:both"), None, study=entry.number))
        for entry in project().studies()
    ]
    return (*issues, *spoken_of, *studies)


def new_issues(opened: OpenStudy, named: Mapping[str, str], posts: tuple[Office, ...], at: datetime) -> NewIssues | None:
    """How long the issues of a study wait, or waited, until both officers have opened them."""
    found = waits_of(named, posts)
    if not found:
        return None
    told = counted(found, at)
    words = (
        f"Of {wording.counted(len(found), 'issue')}, both of us have opened {wording.whole(told.by_both)}, "
        f"one of us {wording.whole(told.by_one)}, neither {wording.whole(told.by_none)}."
    )
    if told.half_within is not None and told.longest is not None:
        words += (
            f" Half of those both opened had waited no longer than {_for(told.half_within)}; the longest wait was {_for(told.longest)}."
        )
    overdue = [
        Waiting(
            named[one.key],
            told_at(opened, one.key),
            f"There for {_for(one.age(at))}; not opened by {wording.listed([office.title for office in one.missing], 'or')}.",
            "",
            late=True,
        )
        for one in told.overdue
    ]
    return NewIssues(
        both=told.by_both,
        one=told.by_one,
        neither=told.by_none,
        words=words,
        oldest="" if told.oldest is None else f"The oldest that neither opened has been there for {_for(told.oldest)}.",
        days=LISTED_AFTER,
        overdue=tuple(overdue[:MOST_UNSEEN]),
        more=max(0, len(overdue) - MOST_UNSEEN),
    )


def _for(time: timedelta) -> str:
    return wording.counted(time.days, "day") if time.days else "less than a day"


def _unseen_row(office: Office, shown: tuple[Showing, ...], currency: str) -> UnseenRow:
    opened = opened_by(office)
    latest = max((int(key) for kind, key in opened if kind == STUDY), default=0)
    newer = [one for one in shown if one.of != STUDIES or int(one.key) > latest]
    if not latest:  # whoever takes office has one study to open, the latest; it says all the earlier ones did
        newest = max((int(one.key) for one in shown if one.of == STUDIES), default=0)
        newer = [one for one in newer if one.of != STUDIES or int(one.key) == newest]
    missed = unseen(newer, opened)
    by = {of: [one for one in missed if one.of == of] for of in (ISSUES, DISAGREEMENTS, STUDIES)}
    first = list({one.address: one for of in (DISAGREEMENTS, STUDIES, ISSUES) for one in by[of]}.values())
    known = [one.money for one in by[ISSUES] if one.money is not None]
    return UnseenRow(
        role=office.title,
        held=bool(office.holders),
        issues=len(by[ISSUES]),
        disagreements=len(by[DISAGREEMENTS]),
        studies=len(by[STUDIES]),
        money="" if not known else wording.money(sum(known, Decimal()), currency),
        first=tuple(Link(one.words, one.address) for one in first[:MOST_UNSEEN]),
        more=max(0, len(first) - MOST_UNSEEN),
    )
