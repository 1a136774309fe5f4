"""Issues: what should we fix, and what does it cost? The list, and the first of it for other pages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.urls import reverse

from troth.engine.charts.waterfall import LABEL
from troth.engine.findings import Figure
from troth.engine.issues.cubes import WHAT
from troth.engine.issues.owning import UNKNOWN
from troth.engine.issues.result import TOTAL, Issue, anyway_words, demand_words, hours_words, whole_money
from troth.engine.issues.spell import Spell
from troth.engine.money import Money
from troth.engine.nouns import counted
from troth.engine.rounding import whole_numbers
from troth.terms.errors import RequestError, did_you_mean
from troth.terms.vocabulary import Part
from troth.workspace.desks.contexts import Amount, AreaShare, FirstIssues, IssueRow, IssuesPage, Sentence
from troth.workspace.desks.exports import links
from troth.workspace.desks.limits import area_links
from troth.workspace.desks.ownership import NOBODY, owners
from troth.workspace.desks.sentences import bare, spoken
from troth.workspace.issues.told import HEADS, MOST_FIRST, condition_words, issues_of, key_of, place_words
from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Link, Owner
from troth.workspace.studies.contexts import head_of
from troth.workspace.studies.questions import AS_OF, address
from troth.workspace.studies.reading import OpenStudy

MONEY, PAIN = "money", "pain"
SORTS = {MONEY: "Money first", PAIN: "Pain first"}
"""By what issues are ordered: one axis or the other, never both in one number."""

NOBODY_SCORED = "no score"
TENTHS = 1000
"""Tenths of a per cent in a whole."""


class Told:
    """Makes the rows of one study's issues; amounts are rounded together, so that what is printed adds up, too.

    :param areas: areas the reader may see: their issues alone are told, without the company's total; ``None`` is every area.
    """

    def __init__(self, opened: OpenStudy, areas: Collection[str] | None = None) -> None:
        self.opened = opened
        self.limited = areas is not None
        found = issues_of(opened, areas)
        self.issues = tuple(row for row in found if key_of(row) not in HEADS)
        self.notes = tuple(_without_keys(note, self.issues) for note in found.notes)
        self.rest = tuple(row for row in found if key_of(row) in HEADS)
        self.total = next((row for row in self.rest if key_of(row) == TOTAL), None)
        self._areas = opened.areas_of_issues()
        self._doubted = {gate.name for gate in opened.study.calibration if gate.mode == AS_OF and gate.banner}
        if self.total is not None:
            self.notes = tuple(
                note for note in self.notes if not note.startswith(f"{counted(self.total.failures, 'failure')}:")
            )  # the headline
        self._whole = whole_money(opened.issues().rows)  # all of the study, so that an amount is the same for whoever sees it

    def row(self, issue: Issue) -> IssueRow:
        """One issue, or one of the two rows beneath the issues."""
        key = key_of(issue)
        what = str(issue.rule.get(WHAT) or "")
        part = Part(issue.part) if issue.part in set(Part) else None
        cash, margin, sales, both = self._whole[key]
        points = issue.points.value
        return IssueRow(
            key=key,
            address="" if key in HEADS else self.card_at(key),
            rank=issue.rank,
            what=what,
            title=HEADS.get(key) or place_words(self.opened, issue.rule),
            mostly=mostly_in_words(self.opened, issue),
            failures=issue.failures,
            rows="" if key in HEADS else self.failures_at(key),
            exposed=issue.exposed,
            of=of_exposed(issue),
            people=issue.customers,
            people_words=people_words(issue),
            silent=issue.silent.value,
            silent_words=silent_words(issue.silent),
            let_down=issue.let_down.value,
            hours=issue.hours,
            customer_hours=issue.customer_hours,
            excess=issue.excess.value,
            excess_words="" if issue.excess.value is None else wording.signed(issue.excess.value),
            excess_interval=limits(issue.excess),
            held_against=issue.held_against,
            area=None if key in HEADS else next(iter(area_shares(self.opened, issue)), None),
            part="" if part is None else " or ".join(LABEL[Part(name)] for name in issue.leading).capitalize(),
            part_owner=None if part is None else _one_owner([self.owned(issue)[Part(name)] for name in issue.leading]),
            doubted=bool(issue.parts) and what in self._doubted,
            since="" if issue.spell is None else spell_words(issue.spell),
            throughout=issue.spell is not None and issue.spell.whole,
            remedial=amount(issue.remedial, cash),
            modelled=amount(issue.modelled, margin),
            lost_sales=amount(issue.lost_sales, sales),
            money=_at_least(amount(issue.money, both)) if issue.at_least else amount(issue.money, both),
            points=points,
            points_words=NOBODY_SCORED if points is None else wording.whole(points),
            points_interval=limits(issue.points),
        )

    def owned(self, issue: Issue) -> dict[Part, Owner]:
        """Owners of the parts, by the areas that made and keep the promises of this issue."""
        made, kept = self._areas.get(key_of(issue), ((), ()))
        return owners(self.opened.study.reading.charter, made, kept)

    def failures_at(self, key: str) -> str:
        """Address of an issue's failures, one by one."""
        return address(reverse("desks:failures", args=[key]), study=None if self.opened.entry.current else self.opened.number)

    def card_at(self, key: str, **further: object) -> str:
        """Address of one issue's card on this study."""
        return address(reverse("desks:issue", args=[key]), None, **further, study=self._study)

    def page_at(self, **further: object) -> str:
        """Address of the list on this study."""
        return address(reverse("desks:issues"), None, **further, study=self._study)

    @property
    def _study(self) -> int | None:
        return None if self.opened.entry.current else self.opened.number


def issues_page(opened: OpenStudy, sort: str = MONEY, areas: Collection[str] | None = None, area: str = "") -> IssuesPage:
    """Every issue, what is unassigned, and the total; for who sees only their areas, the issues that lie there.

    :param area: the area the list is narrowed to, which ``areas`` then holds alone; empty where it is not.
    :raises RequestError: issues cannot be ordered so.
    """
    if sort not in SORTS:
        raise RequestError(f"issues cannot be ordered by “{sort[:40]}”.", place="sort", mend=did_you_mean(sort, SORTS))
    told = Told(opened, areas)
    ordered = told.issues if sort == MONEY else sorted(told.issues, key=_pain)
    return IssuesPage(
        study=head_of(opened, "desks:issues"),
        sentence=headline(told, area),
        demand="" if opened.study.failure_demand is None or told.total is None else demand_words(opened.study.failure_demand, _in_words),
        hours="" if told.total is None or not told.total.failures else hours_words(told.total),
        money=_money_sentence(told),
        currency=next((row.money.currency for row in (told.total, *told.issues) if row is not None), ""),
        sorts=tuple(
            Link(words, told.page_at(sort=None if name == MONEY else name, area=area), name == sort) for name, words in SORTS.items()
        ),
        issues=tuple(told.row(issue) for issue in ordered),
        rest=tuple(told.row(row) for row in told.rest),
        notes=told.notes,
        exports=links(lambda name: told.page_at(format=name, area=area)) if told.rest or told.issues else (),
    )


def areas_to_choose(opened: OpenStudy, areas: Collection[str] | None, chosen: str) -> tuple[Link, ...]:
    """The areas of a reader who sees several and not all, to narrow the list to one."""
    told = Told(opened, areas)
    return area_links(areas, chosen, lambda area: told.page_at(area=area))


def first_issues(opened: OpenStudy) -> FirstIssues | None:
    """What costs most, for the home page; ``None`` where the study has no issue."""
    told = Told(opened)
    if not told.issues:
        return None
    return FirstIssues(headline(told), tuple(told.row(issue) for issue in told.issues[:MOST_FIRST]), told.page_at())


def headline(told: Told, area: str = "") -> Sentence:
    """How many failures lie in how many issues, in whole numbers."""
    if told.limited:
        lie = "lies" if len(told.issues) == 1 else "lie"
        return spoken(f"*{wording.counted(len(told.issues), 'issue')}* {lie} in {bare(area) or 'your areas'}.")
    if told.total is None:
        return spoken("This study keeps no issues.")
    whole = told.total.failures
    if not whole:
        return spoken("No failure is on record, so there is nothing to fix yet.")
    if not told.issues:
        return spoken(f"No issue was found: *{wording.counted(whole, 'failure')}* lie nowhere more than was to be expected.")
    inside = sum(issue.failures for issue in told.issues)
    lie, are = ("lies" if inside == 1 else "lie"), ("is" if whole - inside == 1 else "are")
    return spoken(
        f"Of *{wording.counted(whole, 'failure')}*, *{wording.whole(inside)}* {lie} in *{wording.counted(len(told.issues), 'issue')}*; "
        f"*{wording.whole(whole - inside)}* {are} unassigned."
    )


def records(opened: OpenStudy, areas: Collection[str] | None = None) -> list[dict[str, object]]:
    """The table as plain records, amounts to the cent."""
    return [_record(opened, issue) for issue in issues_of(opened, areas)]


def mostly_in_words(opened: OpenStudy, issue: Issue) -> str:
    """What most of its failures have in common beside the rule: ``queue is INFO (71% of them)``; empty where nothing."""
    return wording.listed([f"{condition_words(opened, one.column, one.value)} ({one.share:.0%} of them)" for one in issue.mostly])


def people_words(issue: Issue) -> str:
    """How many people it hit; where the record names nobody that is unknown, and not nobody."""
    return wording.UNKNOWN if issue.failures and not issue.customers else wording.whole(issue.customers)


def silent_words(figure: Figure) -> str:
    """People in whole numbers, with their limits where they are estimated."""
    if figure.value is None:
        return wording.UNKNOWN
    span = f" ({limits(figure)})" if figure.low != figure.high else ""
    return f"{wording.whole(figure.value)}{span}"


def broken_in(issue: Issue) -> int:
    """Its broken promises: several of one matter are one failure, so there may be more of them than failures."""
    return round(sum(issue.parts.values()))


def of_exposed(issue: Issue) -> str:
    """How many of all that could have failed did."""
    if issue.exposed is None:
        return ""
    did = "broken" if issue.parts else "went wrong"
    return f"{wording.whole(issue.failed or 0)} of {wording.whole(issue.exposed)} {did}"


def spell_words(spell: Spell) -> str:
    """When it was worst: ``5 August to 29 September 2024``, since when, or that it went on all year."""
    if spell.whole and spell.until is not None:
        return spell.words if spell.all_year else f"throughout, {wording.days(spell.since, spell.until)}"
    if spell.until is None:
        return f"since {wording.day(spell.since)}"
    return wording.days(spell.since, spell.until)


def area_shares(opened: OpenStudy, issue: Issue) -> tuple[AreaShare, ...]:
    """The areas of an issue, the largest first, “unknown” last; printed shares add up to 100%."""
    tenths = whole_numbers([share * TENTHS for share in issue.areas.values()], TENTHS) if issue.areas else ()
    told = [
        AreaShare(_area_owner(opened, area), share, _tenths(whole, share))
        for (area, share), whole in zip(issue.areas.items(), tenths, strict=True)
    ]
    return tuple(sorted(told, key=lambda one: (-one.share, one.owner.words)))


def amount(money: Money | None, whole: int | None = None) -> Amount:
    """Money as a page prints it.

    :param whole: the amount in whole units, where it was rounded together with others.
    """
    if money is None:
        return Amount(wording.UNKNOWN, wording.UNKNOWN, "", None, None, None, "", "")
    shown = money.value if whole is None or (whole == 0 and money.value) else Decimal(whole)
    return Amount(
        text=wording.money(shown, money.currency),
        bare=wording.money(shown, "").strip(),
        interval=wording.money_span(money.low, money.high) if money.low != money.high else "",
        value=money.value,
        low=money.low,
        high=money.high,
        currency=money.currency,
        method=money.method,
    )


def _in_words(money: Money) -> str:
    """An amount within a sentence, its range behind it."""
    shown = amount(money)
    return f"{shown.text} ({shown.interval})" if shown.interval else shown.text


def _at_least(shown: Amount) -> Amount:
    """An amount of which a part is unknown. Of less than one unit it is at least its cents, as there may be more than one."""
    if shown.value is not None and shown.text.startswith("under "):
        return replace(shown, text=f"at least {shown.currency} {shown.value:,.2f}", bare=f"at least {shown.value:,.2f}")
    return replace(shown, text=f"at least {shown.text}", bare=f"at least {shown.bare}")


def limits(figure: Figure) -> str:
    """Limits of a count in whole numbers; empty where there are none."""
    if figure.value is None or figure.low is None or figure.high is None:
        return ""
    return f"{wording.whole(figure.low)} to {wording.whole(figure.high)}"


def _without_keys(note: str, issues: Sequence[Issue]) -> str:
    """A note with the numbers of issues in place of their keys, which tell a reader nothing."""
    for issue in issues:
        note = note.replace(key_of(issue), f"number {issue.rank}")
    return note


def _one_owner(found: Sequence[Owner]) -> Owner:
    """The owner of parts of which one leads; nobody where they have several."""
    return found[0] if len(set(found)) == 1 else NOBODY


def _area_owner(opened: OpenStudy, area: str) -> Owner:
    aspect = None if area == UNKNOWN else opened.study.reading.charter.aspect_of(area)
    return Owner("none" if aspect is None else str(aspect), area)


def _tenths(whole: int, share: float) -> str:
    """A share in tenths of a per cent, as it was rounded together with others."""
    if whole in {0, TENTHS} and 0 < share < 1:
        return wording.percent(share)
    return f"{whole / TENTHS:.0%}" if whole in {0, TENTHS} else f"{whole / TENTHS:.1%}"


def _money_sentence(told: Told) -> Sentence:
    if told.total is None or not told.total.failures:
        return ()
    row = told.row(told.total)
    limits_of = f" ({row.money.interval})" if row.money.interval else ""
    margin = (
        "what leaving would cost is not known"
        if row.modelled.value is None
        else f"*{row.modelled.text}* margin of 12 months, modelled, that leaves with customers"
    )
    if row.money.value is None:
        return spoken("What all failures put at risk *is not known*: no cost is on record, and what leaving would cost is not known.")
    anyway = told.opened.study.anyway
    beside = "" if anyway is None or not (said := anyway_words(anyway, _in_words)) else f" {said}"
    parts = [f"*{row.remedial.text}* cash that would not have been spent otherwise", margin]
    if row.lost_sales.value is not None:
        parts.append(f"*{row.lost_sales.text}* margin of sales that did not come about, modelled")
    return spoken(f"All failures together put *{row.money.text}*{limits_of} at risk: {wording.listed(parts)}.{beside}")


def _pain(issue: Issue) -> tuple[float, int]:
    return -(issue.points.value if issue.points.value is not None else float("-inf")), issue.rank or 0


def _record(opened: OpenStudy, issue: Issue) -> dict[str, object]:
    def figure(name: str, value: Figure) -> dict[str, object]:
        return {name: value.value, f"{name}.low": value.low, f"{name}.high": value.high}

    def money(name: str, value: Money | None) -> dict[str, Any]:
        return {f"{name}{end}": None if value is None else getattr(value, field) for end, field in _ENDS.items()}

    area, share = next(iter(sorted(issue.areas.items(), key=lambda item: -item[1])), (None, None))
    key = key_of(issue)
    return {
        "issue": key,
        "rank": issue.rank,
        "what": issue.rule.get(WHAT),
        "where": HEADS.get(key) or place_words(opened, issue.rule),
        "failures": issue.failures,
        "exposed": issue.exposed,
        "customers": issue.customers,
        **figure("let_down", issue.let_down),
        **figure("silent", issue.silent),
        "hours": issue.hours,
        "customer_hours": issue.customer_hours,
        **figure("excess", issue.excess),
        "held_against": issue.held_against or None,
        "part": issue.part,
        "step": issue.step,
        "area": area,
        "area_share": share,
        "since": None if issue.spell is None else issue.spell.since,
        "until": None if issue.spell is None else issue.spell.until,
        "contacts": issue.contacts,
        "repeats": issue.repeats,
        "complaints": issue.complaints,
        "returns": issue.returns,
        "low_scores": issue.low_scores,
        **money("remedial", issue.remedial),
        **money("modelled", issue.modelled),
        **money("lost_sales", issue.lost_sales),
        **money("money", issue.money),
        **money("yearly", issue.yearly),
        **money("delay", issue.delay),
        "currency": issue.money.currency,
        **figure("lost", issue.lost),
        **figure("points", issue.points),
        "confidence": issue.confidence if key not in HEADS else None,
    }


_ENDS = {"": "value", ".low": "low", ".high": "high"}
