"""My desk: what is mine, and what do I owe?"""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from troth.workspace.desks.accounts import part_counts
from troth.workspace.desks.contexts import PartCount, Sentence
from troth.workspace.desks.figures import Numbers
from troth.workspace.desks.limits import area_links
from troth.workspace.desks.my_desk_contexts import MyArea, MyDesk
from troth.workspace.desks.periods import period_of
from troth.workspace.desks.sentences import bare, spoken
from troth.workspace.issues.before_both import common_to_both
from troth.workspace.issues.contexts import Waiting
from troth.workspace.issues.owed import FIRST_LOOK, MOST_CHANGES, accounts_of, asks_of, changes_since, my_areas
from troth.workspace.issues.showing import owner_of
from troth.workspace.issues.speaking import roles_of
from troth.workspace.issues.stands import openable
from troth.workspace.parts import wording
from troth.workspace.people.guard import Standing
from troth.workspace.people.permissions import OFFICERS
from troth.workspace.studies.contexts import head_of
from troth.workspace.studies.links import may_follow, narrowed, with_open_links
from troth.workspace.studies.periods import settled
from troth.workspace.studies.questions import Question, address
from troth.workspace.studies.reading import OpenStudy


def my_desk(opened: OpenStudy, standing: Standing, chosen: str, looked: datetime | None) -> MyDesk:
    """The desk of whoever reads.

    :param chosen: the area it is narrowed to; empty where it is not.
    :param looked: when they looked before; ``None`` where never.
    """
    roles = roles_of(standing)
    question = settled(opened, Question(), everything=False)
    every = my_areas(opened, standing)
    areas = narrowed(frozenset(every), chosen, every) or ()
    opens, study = openable(opened, standing), None if opened.entry.current else opened.number
    asks = asks_of(opened, standing, roles, chosen)
    changes = changes_since(opened, standing, roles, looked or standing.at - FIRST_LOOK, chosen)
    common = _common(opened, standing)
    shown = MyDesk(
        study=head_of(opened, "desks:mine"),
        name=standing.person.name,
        roles=standing.roles,
        sentence=spoken(_sentence(asks, chosen, alone=bool(common))),
        common=common,
        both=address(reverse("desks:both"), None, study=study) if common else "",
        period=period_of(opened, question, counted=False),
        choose=area_links(every, chosen, lambda area: address(reverse("desks:mine"), area=area, study=study)),
        areas=tuple(area for name in every if name in areas and (area := _area(opened, question, name)) is not None),
        no_areas=""
        if every
        else "None of your roles holds a grant in an area, or may see one. The account of the whole company is on Both desks.",
        asks=asks,
        since="" if looked is None else wording.moment(looked, opened.zone),
        changes=changes[:MOST_CHANGES],
        more=max(0, len(changes) - MOST_CHANGES),
    )
    return with_open_links(shown, may_follow(standing, None, opens))


def _sentence(asks: tuple[Waiting, ...], area: str, *, alone: bool) -> str:
    """:param alone: something waits for the reader that waits for the other officer, too."""
    if not asks:
        return f"Nothing waits for you{' alone' if alone else ''}{f' in {bare(area)}' if area else ''}."
    late = sum(1 for one in asks if one.late)
    wait = "waits" if len(asks) == 1 else "wait"
    told = f"*{wording.counted(len(asks), 'ask')}* {wait} for you"
    return f"{told}; *{late}* {'is' if late == 1 else 'are'} past the day." if late else f"{told}, none past its day."


def _common(opened: OpenStudy, standing: Standing) -> Sentence:
    """What both officers have before them, whatever the area, as an officer is told; Both desks lists it."""
    if not standing.seats & OFFICERS:
        return ()
    decisions, unopened = common_to_both(opened, standing)
    waits = f"*{wording.counted(decisions, 'decision')}* {'waits' if decisions == 1 else 'wait'} for both officers."
    new = f"*{wording.counted(unopened, 'issue')}* you have not opened since {'it' if unopened == 1 else 'they'} appeared or changed."
    return spoken(" ".join(said for said, count in ((waits, decisions), (new, unopened)) if count))


def _area(opened: OpenStudy, question: Question, area: str) -> MyArea | None:
    """What of the account an area owns; nothing where no promise of the study names it."""
    found = accounts_of(opened, question, area)
    if found is None:
        return None
    keeps, makes = found.kept, found.made
    kept_parts, made_parts = part_counts(keeps), part_counts(makes)
    nothing = PartCount("none", "")
    return MyArea(
        area=owner_of(opened.study.reading.charter, area),
        keeps=0 if keeps is None else keeps.due,
        broken=0 if keeps is None else keeps.broken,
        rows=Numbers(opened, question).rows_at(question.only({"kept_by": area}), "broken") if keeps is not None else "",
        delivery=kept_parts[3] if keeps is not None else nothing,
        standard=kept_parts[2] if keeps is not None else nothing,
        made=0 if makes is None else makes.due,
        expectation=made_parts[1] if makes is not None else nothing,
    )
