"""One issue: what it is, who is hit, why, how much, whose."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

from django.urls import reverse

from troth.engine.charts import fill
from troth.engine.charts.months import count_rows, limit_rows
from troth.engine.charts.waterfall import LABEL, undecomposed_broken, whole_parts
from troth.engine.findings import Account, PartFigure
from troth.engine.issues.cubes import MONTH, WHAT
from troth.engine.issues.months import MonthLimits, month_limits, tell_nothing
from troth.engine.issues.owning import UNKNOWN
from troth.engine.issues.result import NO_WORDS, Issue
from troth.engine.issues.spell import Spell
from troth.engine.nouns import counted
from troth.terms.vocabulary import Part
from troth.workspace.desks.accounts import interval, waterfall
from troth.workspace.desks.both import account_banners
from troth.workspace.desks.contexts import Fact, IssueMonth, IssuePage, IssuePart, IssueRow, MoneyRow, Quoted, RuleRow, Sentence
from troth.workspace.desks.exports import links
from troth.workspace.desks.issues import Told, amount, area_shares, broken_in, limits, silent_words, spell_words
from troth.workspace.desks.ownership import NOBODY
from troth.workspace.desks.sentences import bare, plain, spoken
from troth.workspace.issues.told import condition_words, dimension_words, issue_with, key_of
from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Link, Owner, Picture
from troth.workspace.studies.contexts import head_of
from troth.workspace.studies.periods import EVERYTHING, months_between
from troth.workspace.studies.questions import AS_OF, Question, address
from troth.workspace.studies.reading import OpenStudy

UNDECOMPOSED = "not decomposed"
READING = tuple(str(part) for part in Part)
"""Parts in the order they are read."""
LANGUAGES = ("en", "pt")
"""Languages that words are known to be in."""

CONFIDENCE = {
    "measured": "it stands out from its like on record, and where words were broken a calibrated account names the part that leads.",
    "likely": "either it stands out from its like, or a calibrated account names the part that leads, but not both.",
    "guessed": "more fails than was agreed, but neither a slice nor a part of the account stands out.",
}
ASSOCIATION = "What goes along with an issue need not be its cause: a change, tested against those who did not get it, tells."

OF_PEOPLE = "Of three different people, as they wrote about what failed; what would tell who they are is masked."
OF_NOBODY = "Three texts on what failed, as they stand in the record, which names nobody; what would tell who it was is masked."
BY_PARTS = "Its parts, given to the areas that own them. What nobody is on record for stays unknown. The shares add up to 100%."
BY_ANSWER = "Its failures, by the area that answers for them. What nobody is on record for stays unknown. The shares add up to 100%."

DOUBTED = " As computed: the account of this promise is not calibrated, so it cannot say whose they are."

ALLOWS = {
    "its like": "were to be expected from its like",
    "the charter": "the charter allows",
    "the usual target": "one in ten, the usual target, allows",
}
AGAINST = {
    "its like": "It stands out from its like: the same elsewhere fails less often.",
    "the charter": "It fails more often than its charter line allows.",
    "the usual target": "It fails more often than one in ten, the usual target of a promise that no charter line speaks of.",
}


def issue_page(opened: OpenStudy, key: str, areas: Collection[str] | None = None) -> IssuePage:
    """The card, and all that is known of the issue.

    :param areas: areas the reader may see; ``None`` is every area.
    :raises UnknownIssueError: the study has no such issue, or none that lies there.
    """
    told = Told(opened, areas)
    issue = issue_with(opened, key, areas)
    row = told.row(issue)
    owned = told.owned(issue)
    banners = account_banners(opened, AS_OF, Question(where=(("name", str(issue.rule[WHAT])),))) if issue.parts else ()
    broken = broken_in(issue)
    account = _account(issue, broken)
    months = _months(opened, issue)
    failures = told.failures_at(key)
    place = told.issues.index(issue)
    beside = ((place - 1, "The issue before it"), (place + 1, "The issue after it"))
    return IssuePage(
        study=head_of(opened, "desks:issues"),
        issue=row,
        sentence=card_sentence(row, issue),
        numbers=_numbers(row, issue, failures),
        rule=tuple(_rule_row(opened, name, issue.rule[name]) for name in sorted(issue.rule, key=lambda name: name != WHAT)),
        place_note=_place_note(issue),
        links=(Link("Its failures, one by one", failures), *_links(opened, issue)),
        parts=_parts(issue, account, owned) if broken else (),
        broken=broken,
        picture=waterfall(account, owned) if broken else None,
        whose_note=(BY_PARTS if issue.parts else BY_ANSWER) + (DOUBTED if row.doubted else ""),
        banners=tuple(banner for banner in banners if not banner.calm),
        part_sentence=_part_sentence(row, issue, account),
        spell=_spell_sentence(issue),
        confidence=issue.confidence,
        confidence_words=CONFIDENCE.get(issue.confidence, ""),
        association=ASSOCIATION,
        quotes=tuple(Quoted(one.text, one.language if one.language in LANGUAGES else "und") for one in issue.words),
        words_note=(OF_PEOPLE if all(one.named for one in issue.words) else OF_NOBODY) + _of_how_many(opened, issue, " {}."),
        no_words="" if issue.words else _no_words(opened, issue),
        months_sentence=_months_sentence(months),
        months_picture=_months_picture(issue, months),
        months_note=_months_note(months),
        months=months,
        money=_money_rows(row, issue),
        lost=Fact(
            "Customers expected to leave", "unknown" if issue.lost.value is None else wording.whole(issue.lost.value), limits(issue.lost)
        ),
        why_no_leaving=f"{issue.why_no_leaving.rstrip('.')}." if issue.why_no_leaving else "",
        areas=area_shares(opened, issue),
        followed=tuple(replace(fact, rows=failures) for fact in _followed(issue)),
        quiet=_quiet(issue),
        back=told.page_at(),
        others=tuple(Link(words, told.card_at(key_of(told.issues[other]))) for other, words in beside if 0 <= other < len(told.issues)),
        exports=links(lambda name: told.card_at(key, format=name)),
    )


def _of_how_many(opened: OpenStudy, issue: Issue, told: str) -> str:
    """Of how many of its failures, or of its leading sub-slice's, there are words; empty where the study does not tell."""
    if issue.written is None or issue.written_of is None:
        return ""
    where = f" where {condition_words(opened, issue.mostly[0].column, issue.mostly[0].value)}" if issue.mostly else ""
    of = f"{wording.whole(issue.written)} of {counted(issue.written_of, 'failure')}"
    return told.format(f"{of}{where} {'has' if issue.written == 1 else 'have'} words on record")


def _no_words(opened: OpenStudy, issue: Issue) -> str:
    """Why nothing is quoted."""
    told = _of_how_many(opened, issue, "{}") or "too few people on record wrote of it"
    return f"{NO_WORDS}: {told}{', of too few people or about other things' if issue.written else ''}."


def card_sentence(row: IssueRow, issue: Issue) -> Sentence:
    """The card in words; short enough that nobody needs another summary of it."""
    of = f" ({_of_promises(row, issue)})" if row.of else ""
    hit = f"*{wording.counted(row.people, 'person', 'people')}*" if row.people or not row.failures else "people nobody has on record"
    said = [f"*{wording.counted(row.failures, 'failure')}*{of} hit {hit}"]
    if row.excess is not None:
        against = ALLOWS.get(issue.held_against, "were to be expected")
        verb = "broke" if issue.parts else "went wrong"
        size = f"{wording.whole(abs(row.excess))} {'more' if row.excess >= 0 else 'fewer'} {verb} than {against}"
        said.append(size + (f" ({row.excess_interval})" if row.excess_interval else ""))
    if row.money.value is not None:
        span = f" ({row.money.interval})" if row.money.interval else ""
        parts = [f"{row.remedial.text} cash"]
        parts += [] if row.modelled.value is None else [f"{row.modelled.text} modelled margin"]
        parts += [] if row.lost_sales.value is None else [f"{row.lost_sales.text} of lost sales"]
        without = " and leaving is not in it" if row.modelled.value is None else ""
        said.append(f"*{row.money.text}*{span} is at risk: {wording.listed(parts)}{without}")
    if row.area is not None:
        unknown = row.area.owner.words == UNKNOWN
        whose = "nobody’s on record" if unknown else f"that of *{bare(row.area.owner.words)}*"
        doubt = ", as computed from an account that is not calibrated" if row.doubted else ""
        said.append(f"The largest share, {row.area.words}, is {whose}{doubt}")
    if issue.spell is not None and issue.spell.whole:
        said.append(f"It went on *{row.since}*")
    elif row.since:
        said.append(f"It was worst {'' if row.since.startswith('since') else 'from '}{row.since}")
    return spoken(". ".join(said) + ".")


def _of_promises(row: IssueRow, issue: Issue) -> str:
    """How many of all that could have failed did, and what these are."""
    return row.of.replace(" broken", " promises broken") if issue.parts else row.of


def _numbers(row: IssueRow, issue: Issue, failures: str) -> tuple[Fact, ...]:
    return (
        Fact("Failures", wording.whole(row.failures), _of_promises(row, issue), failures),
        Fact("People hit", row.people_words, "each counted once" if row.people else "nobody is named", failures),
        Fact("Money at risk", row.money.text, row.money.interval),
        Fact("Largest area", "unknown" if row.area is None else row.area.words, "" if row.area is None else row.area.owner.words),
    )


def _rule_row(opened: OpenStudy, name: str, value: str | None) -> RuleRow:
    if name == WHAT:
        return RuleRow("What failed", str(value))
    words = UNKNOWN if value is None else wording.month(value) if name == MONTH else value
    return RuleRow("Month" if name == MONTH else dimension_words(opened, name).capitalize(), words)


def _place_note(issue: Issue) -> str:
    found = "Its rule is kept from an earlier study." if issue.known else AGAINST.get(issue.held_against, "")
    chance = "" if issue.p is None else f" Where nothing is localised, chance makes a slice like it in {wording.percent(issue.p)} of cases."
    return f"{found}{chance}"


def _links(opened: OpenStudy, issue: Issue) -> tuple[Link, ...]:
    """The promises a rule holds, in the Ledger; nothing where it is about no promise, or by a column the Ledger has not."""
    what = issue.rule.get(WHAT)
    where = {"name" if name == WHAT else name: value for name, value in issue.rule.items()}
    if what is None or what not in opened.values("name") or not where.keys() <= opened.dimensions.keys():
        return ()
    question = Question(where=tuple(where.items()))
    study = None if opened.entry.current else opened.number

    def at(page: str, **further: object) -> str:
        return address(reverse(page), question, **further, period=EVERYTHING, study=study)

    return (
        Link("Its broken promises", at("desks:rows", state="broken")),
        Link("All promises its rule holds", at("desks:rows")),
        Link("The same in the Ledger", at("desks:ledger")),
    )


def _parts(issue: Issue, account: Account, owned: Mapping[Part, Owner]) -> tuple[IssuePart, ...]:
    ordered = sorted(issue.parts.items(), key=lambda part: READING.index(part[0]) if part[0] in READING else len(READING))
    counted = whole_parts(account)
    missing = undecomposed_broken(account)
    return tuple(
        IssuePart(
            name=LABEL.get(name, name.capitalize()),
            owner=owned[Part(name)] if name in set(Part) else NOBODY,
            value=value,
            count=wording.whole(missing if name == UNDECOMPOSED else counted[Part(name)]),
            low=issue.parts_low.get(name),
            high=issue.parts_high.get(name),
            interval=interval(PartFigure(value, issue.parts_low.get(name), issue.parts_high.get(name))),
        )
        for name, value in ordered
        if name != UNDECOMPOSED or value
    )


def _account(issue: Issue, broken: int) -> Account:
    """The parts of an issue as an account to be drawn, with their limits."""
    part = {name: PartFigure(value, issue.parts_low.get(name), issue.parts_high.get(name)) for name, value in issue.parts.items()}
    nothing = PartFigure(0.0)
    missing = round(issue.parts.get(UNDECOMPOSED, 0.0))
    return Account(
        where={},
        due=issue.exposed or broken,
        broken=broken,
        allowance=part.get(Part.ALLOWANCE, nothing),
        expectation=part.get(Part.EXPECTATION, nothing),
        standard=part.get(Part.STANDARD, nothing),
        delivery=part.get(Part.DELIVERY, nothing),
        undecomposed={UNDECOMPOSED: (missing, missing)} if missing else {},
    )


def _part_sentence(row: IssueRow, issue: Issue, account: Account) -> Sentence:
    broken = account.broken
    if not broken:
        return spoken("No promise is broken in it, so there is no account of parts.")
    step = "" if issue.step is None else f" Of the steps of the delivery, the one to *{bare(issue.step)}* took longest beyond the record."
    if not row.part:
        return spoken(f"No part of the account leads among its *{wording.counted(broken, 'broken promise')}*.{step}")
    counted = whole_parts(account)
    if len(issue.leading) > 1:
        sizes = wording.listed([f"{LABEL[Part(name)].lower()} {wording.whole(counted[Part(name)])}" for name in issue.leading])
        return spoken(
            f"Among its *{wording.counted(broken, 'broken promise')}* no part leads for certain: *{row.part.lower()}*, "
            f"as they lie within each other's limits ({sizes}).{step}"
        )
    size = wording.whole(counted[Part(str(issue.part))])
    doubt = ", as computed. But the account is not calibrated, so it cannot say whose they are" if row.doubted else ""
    return spoken(f"Of its *{wording.counted(broken, 'broken promise')}* the part that leads is *{row.part.lower()}*, {size}{doubt}.{step}")


def _spell_sentence(issue: Issue) -> Sentence:
    spell = issue.spell
    if spell is None:
        if issue.rule.get(MONTH) and not issue.why_no_spell:  # by a study made before days were looked at
            return spoken("No spell was looked for within the month; a new study looks for one.")
        return spoken(f"No spell in which it was worst is told: {issue.why_no_spell or 'no run of weeks stands out from the others'}.")
    when = spell_words(spell)
    if spell.whole:
        return spoken(
            f"It went on *{when}*: in every part of the record more failed than was to be expected, {wording.percent(spell.inside)} of "
            f"what could in all, against {wording.percent(spell.outside)}."
        )
    begun = when if spell.until is None else f"from {when}"
    still = ", and it was not over on the last day of the record" if spell.until is None else ""
    return spoken(
        f"It was worst *{begun}*{still}: {wording.percent(spell.inside)} of what could fail did, "
        f"against {wording.percent(spell.outside)} {_others(issue, spell)}."
    )


def _others(issue: Issue, spell: Spell) -> str:
    if not spell.by_days:
        return "in all other weeks"
    return "on all other days of the month" if issue.rule.get(MONTH) else "on all other days"


def _months(opened: OpenStudy, issue: Issue) -> tuple[IssueMonth, ...]:
    """Every month from the first to the last in which anything began or fell due."""
    key = key_of(issue)
    began = opened.failures_by_month(key)
    due = opened.due_by_month(key) if issue.parts else {}
    every = sorted({*began, *due})
    if not every:
        return ()
    days = months_between(every[0], every[-1])
    counted = [due.get(day, (0, 0)) for day in days]
    limits = _limits_of(issue, days, counted)
    return tuple(
        _month(day, began.get(day, 0), counts if issue.parts else None, within)
        for day, counts, within in zip(days, counted, limits, strict=True)
    )


def _month(day: date, failures: int, counted: tuple[int, int] | None, within: MonthLimits | None) -> IssueMonth:
    due, broken = (None, None) if counted is None else counted
    rate = None if not due or broken is None else broken / due
    share = "" if due is None or broken is None else wording.percent(rate)
    month = IssueMonth(f"{day:%Y-%m}", wording.month(f"{day:%Y-%m}"), failures, due, broken, share, rate)
    if within is None:
        return month
    outside = {1: "above", -1: "below", 0: ""}[within.outside]
    return replace(month, low=within.low, high=within.high, limits=wording.span(within.low, within.high, share=True), outside=outside)


def _months_sentence(months: tuple[IssueMonth, ...]) -> Sentence:
    if not months:
        return spoken("No failure of it has a date.")
    most = max(months, key=lambda month: month.failures)
    if len(months) == 1:
        return spoken(f"All {wording.whole(most.failures)} began in *{most.words}*.")
    if any(month.limits for month in months):
        return _outside_sentence(months)
    last = months[-1]
    then = "" if most is last else f"; in {last.words}, the last month, {wording.whole(last.failures)}"
    return spoken(f"Most began in *{most.words}*, {wording.whole(most.failures)}{then}.")


def _outside_sentence(months: tuple[IssueMonth, ...]) -> Sentence:
    """Which months lie outside the limits; where none does, a busiest month is not singled out."""
    said = [
        f"*{wording.listed([month.words for month in months if month.outside == side])}* {side}"
        for side in ("above", "below")
        if any(month.outside == side for month in months)
    ]
    limits = [(month.low, month.high) for month in months if month.low is not None and month.high is not None]
    if not said and tell_nothing(limits):
        return spoken("Its months differ too much, or hold too few promises, for limits to tell one from another.")
    if not said:
        return spoken("*No month* lies outside the limits: as far as chance can tell, it is the same month after month.")
    count = sum(bool(month.outside) for month in months)
    if count == len(limits) and len(said) == 1:
        return spoken(f"*Every month* lies {'above' if any(month.outside == 'above' for month in months) else 'below'} the limits.")
    verb = "lies" if count == 1 else "lie"
    return spoken(f"Outside the limits {verb} {' and '.join(said)} them; all other months are within.")


def _months_note(months: tuple[IssueMonth, ...]) -> str:
    if len(months) < 2:  # noqa: PLR2004 - one month is no strip
        return ""
    if any(month.limits for month in months):
        return (
            "Share of its promises broken, by the month they fell due. Band: 99% funnel limits around the rate to be expected (the tick), "
            "that outside its worst weeks, else what it was held against; fewer promises have wider limits. Diamonds lie outside. "
            "One month in a hundred does so by chance."
        )
    if months[0].due is None:
        return "No limits: how many could have failed in each month is not told of what is no promise."
    return "No limits: too few months, or nothing but kept, or broken, promises."


def _limits_of(issue: Issue, days: Sequence[date], counted: Sequence[tuple[int, int]]) -> tuple[MonthLimits | None, ...]:
    """Limits around the rate outside its spell; where it has none, around what it was held against."""
    due, broken = [of for of, _ in counted], [one for _, one in counted]
    spell = issue.spell
    if spell is not None and not spell.whole:
        ends = [*days[1:], date.max]
        inside = [(spell.until is None or day <= spell.until) and spell.since < end for day, end in zip(days, ends, strict=True)]
        return month_limits(due, broken, expected=spell.outside, spell=inside)
    if issue.excess.value is None or not issue.exposed:
        return month_limits(due, broken)
    return month_limits(due, broken, expected=max(0.0, (issue.failed or 0) - issue.excess.value) / issue.exposed)


def _months_picture(issue: Issue, months: tuple[IssueMonth, ...]) -> Picture | None:
    if len(months) < 2:  # noqa: PLR2004 - one month is no strip
        return None
    said = plain(_months_sentence(months))
    if any(month.limits for month in months):
        counted = [(month.due or 0, month.broken or 0) for month in months]
        within = _limits_of(issue, [date.fromisoformat(f"{month.month}-01") for month in months], counted)
        limited = limit_rows((month.month, month.rate, of) for month, of in zip(months, within, strict=True))
        return Picture(
            f"Share broken by month, with its limits. {said}", fill("limits", limited, width=520), fill("limits", limited, width=270)
        )
    rows = count_rows([(month.month, month.failures) for month in months], "failures")
    return Picture(f"Failures by the month they began. {said}", fill("counts", rows, width=520), fill("counts", rows, width=270))


def _money_rows(row: IssueRow, issue: Issue) -> tuple[MoneyRow, ...]:
    return (
        MoneyRow("Cash", "remedial: on record, and not spent without the failure", row.remedial),
        MoneyRow("Margin", "modelled: of 12 months, leaves with customers; computed, not paid", row.modelled),
        MoneyRow("Lost sales", "modelled: margin of sales that did not come about, and go along with it", row.lost_sales),
        MoneyRow("Money at risk", "all three together, as far as they are known", row.money),
        MoneyRow("A year of it", "money at risk at the pace of the latest whole quarter", amount(issue.yearly)),
        MoneyRow("A month of waiting", "what each month without a mend adds at that pace", amount(issue.delay)),
    )


def _quiet(issue: Issue) -> tuple[Fact, ...]:
    spoke = "neither asked nor complained" if issue.silent.value is not None else issue.silent.method
    estimated = issue.let_down.low != issue.let_down.high
    seen = "estimated: the record sees those who speak alone" if estimated else "the record sees it, whether they speak or not"
    return (
        Fact("People let down", silent_words(issue.let_down), "" if issue.let_down.value is None else seen),
        Fact("Said nothing", silent_words(issue.silent), spoke),
        Fact("Customer hours", _hours(issue.customer_hours), "waiting, talking, trips, as far as told"),
        Fact("Staff hours", _hours(issue.hours), "that its costs stand for"),
    )


def _hours(hours: int | None) -> str:
    return wording.UNKNOWN if hours is None else wording.whole(hours)


def _followed(issue: Issue) -> tuple[Fact, ...]:
    return (
        Fact("Contacts", wording.whole(issue.contacts), "somebody asked"),
        Fact("Repeats", wording.whole(issue.repeats), "beyond the first of a failure"),
        Fact("Complaints", wording.whole(issue.complaints), ""),
        Fact("Returns", wording.whole(issue.returns), ""),
        Fact("Low scores", wording.whole(issue.low_scores), "lowest quarter of the scale"),
    )
