"""Both desks: did we do what we said, and whose is the gap?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from troth.engine.charts import fill
from troth.engine.charts.months import account_rows, kept_rows
from troth.engine.charts.waterfall import LABEL, parts_of
from troth.engine.findings import NO_DATA, Account, AtRisk, Figure, Integrity
from troth.engine.gaps.account import without_interval
from troth.terms.vocabulary import Noun, Part
from troth.workspace.desks.accounts import MODES, account_view, decomposed, doubtful, fills, part_counts, part_owners
from troth.workspace.desks.answers import answers_card
from troth.workspace.desks.contexts import AtRiskView, Banner, BothDesks, MonthRow, Months, Period, RiskRow, Sentence, Worst
from troth.workspace.desks.figures import PROMISE, Numbers, counted_as, period_words
from troth.workspace.desks.issues import first_issues
from troth.workspace.desks.periods import period_of
from troth.workspace.desks.sentences import bare, plain, spoken
from troth.workspace.desks.units import stage_tables
from troth.workspace.desks.whole_periods import LeftOut, left_out
from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Link, Owner, Picture
from troth.workspace.studies.beside import WorstCell, ahead_of, doubted, worst_cells
from troth.workspace.studies.contexts import head_of
from troth.workspace.studies.questions import AS_OF, Question
from troth.workspace.studies.reading import OpenStudy

LOW_COVERAGE = 0.9

JUDGED = 0.5
"""Share of a month's promises that must have a record for its account to stand for the month."""


def both_desks(opened: OpenStudy, question: Question, *, mode: str) -> BothDesks:
    """The home page of both officers, as the study has it: remembered, since what people did since is put beside it."""
    return opened.remembered(("both desks", opened.entry.current, question, mode), lambda: _both_desks(opened, question, mode=mode))


def _both_desks(opened: OpenStudy, question: Question, *, mode: str) -> BothDesks:
    numbers = Numbers(opened, question)
    findings = opened.integrity(question)
    total = findings[0]
    account = opened.account(question, mode)
    owned = part_owners(opened)
    period, noun = period_of(opened, question), opened.noun(question)
    modes = [Link(name, numbers.page_at("desks:both", question, mode=name if name != AS_OF else None), name == mode) for name in MODES]
    skill = next((numbers.skill(row.skill) for row in opened.skill(question)), None)
    cautions = gathered(account_banners(opened, mode, question))
    return BothDesks(
        study=head_of(opened, "desks:both"),
        period=period,
        sentence=headline(total, period, noun),
        remarks=remarks(total, noun, outright=opened.fails_outright(question)),
        banners=(*coverage_banner(total, noun), *claim_banners(opened)),
        headline=(numbers.issue_free(total), numbers.kept(total), numbers.integrity(total)),
        beside=(numbers.ratio(total), numbers.surplus(total), numbers.coverage(total)),
        account=replace(
            account_view(account[0], owned, mode=mode, modes=modes, skill=skill, banners=cautions),
            broken_rows=numbers.rows_at(question, "broken"),
        )
        if total.due and len(account)
        else None,
        stages=stage_tables(opened, question) if total.broken else (),
        months=by_month(opened, question, numbers, total, owned, mode, doubted=doubtful(cautions)),
        worst=worst_beside(opened, question, numbers, total),
        at_risk=at_risk(opened, question, numbers, counted_as(total, noun)),
        issues=first_issues(opened),
        answers=answers_card(opened),
    )


def headline(total: Integrity, period: Period, noun: Noun | None = None) -> Sentence:
    """The answer in whole numbers: people where they are named; where nobody is, what the company counts, or promises.

    :param noun: what the company counts.
    """
    if not total.due:
        return spoken("No promise has fallen due in this period, so there is nothing to judge yet.")
    if total.anonymous and noun is not None:
        whole = wording.counted(total.customers, bare(noun.one), bare(noun.many))
        share = total.customers_kept / total.customers if total.customers else 0.0
        if total.customers == total.due:
            return spoken(
                f"Of *{whole}* with a promise due in {period.words}, we kept our word on "
                f"*{wording.whole(total.customers_kept)} ({_about(share)})* and broke it on *{wording.whole(total.broken)}*."
            )
        return spoken(
            f"Of *{whole}* with promises due in {period.words}, "
            f"*{wording.whole(total.customers_kept)} ({_about(share)})* had every one kept."
        )
    if total.anonymous:
        kept = total.kept + total.exceeded
        return spoken(
            f"Of *{wording.whole(total.due)}* promises that fell due in {period.words}, we kept "
            f"*{wording.whole(kept)} ({_about(kept / total.due)})* and broke *{wording.whole(total.broken)}*."
        )
    share = total.customers_kept / total.customers if total.customers else 0.0
    return spoken(
        f"Of *{wording.whole(total.customers)}* people who had a promise fall due in {period.words}, "
        f"*{wording.whole(total.customers_kept)} ({_about(share)})* had every promise kept."
    )


def remarks(total: Integrity, noun: Noun | None = None, *, outright: bool = False) -> tuple[str, ...]:
    """What to know beside the sentence.

    :param noun: what the company counts.
    :param outright: a source says of promises that the company cancelled or failed outright.
    """
    said: list[str] = []
    if total.anonymous and total.due and noun is not None:
        said.append(
            f"The sources name nobody, so people cannot be counted: each {noun.one} stands for one, and "
            f"{wording.counted(total.customers, f'{noun.one} is', f'{noun.many} are')} counted instead."
        )
    elif total.anonymous and total.due:
        said.append(
            "The sources name nobody, so people cannot be counted: the sentence counts promises, and each subject they are about "
            f"(a request, an order, a flight) stands for a person. There are {wording.whole(total.customers)}."
        )
    if total.broken_warned:
        said.append(
            f"Of the {wording.whole(total.broken)} broken ones, {wording.whole(total.broken_warned)} came with a warning before they "
            f"fell due, {wording.whole(total.broken_in_silence)} in silence."
        )
    unanswered = total.evidence.get("no receipt", 0)
    if unanswered:
        why = (
            "the source says that they were cancelled or failed outright, or else their date has passed"
            if outright
            else "their date has passed"
        )
        said.append(f"{wording.whole(unanswered)} of the due ones were never received on record: {why}. They are broken.")
    if total.slip is not None and round(total.slip * 1000):
        said.append(f"Judged by the last promise instead of the first, {wording.points(total.slip)}: that is re-promising, not keeping.")
    if total.void:
        said.append(f"{wording.counted(total.void, 'promise is', 'promises are')} void and counted nowhere.")
    return tuple(said)


def claim_banners(opened: OpenStudy) -> tuple[Banner, ...]:
    """Amber where a source claims to have kept what was never promised (domain.md c6, attacks 7 and 8)."""
    return (
        *(Banner("Nothing received on record.", sentence) for sentence in opened.study.unanswered),
        *(Banner("Kept, says the source.", sentence) for sentence in opened.study.unpromised),
    )


def coverage_banner(total: Integrity, noun: Noun | None = None) -> tuple[Banner, ...]:
    """Amber where too few of the promise-bearing events have a promise on record (domain.md c6, attack 8)."""
    covered = total.coverage
    if covered.value is None or covered.value >= LOW_COVERAGE:
        return ()
    missing = covered.n - round(covered.value * covered.n)
    of = "" if noun is None else f" {noun.many}"
    return (
        Banner(
            "Read with care.",
            f"Only {wording.percent(covered.value)} of what should bear a promise has one on record: "
            f"{wording.whole(missing)} of {wording.whole(covered.n)}{of} bear none that can be read, and cannot be counted as kept.",
        ),
    )


def account_banners(opened: OpenStudy, mode: str, question: Question) -> tuple[Banner, ...]:
    """The calibration gate’s sentences on the promises asked about, and what it means to have no charter."""
    banners = [Banner("The account is not calibrated.", str(gate.banner)) for gate in doubted(opened, question, mode)]
    if not opened.study.reading.charter.lines:
        banners.append(
            Banner(
                "No charter is in force.",
                "Nobody has agreed a standard, so the standard part is 0 and chronic slowness is charged to the promise. "
                "A line per promise in charter.toml tells a broken agreement from a rash promise.",
                calm=True,
            )
        )
    return tuple(banners)


MOST_TOLD = 2
"""Warnings of one kind told each by itself; of more only whom they are about."""


def gathered(banners: Sequence[Banner]) -> tuple[Banner, ...]:
    """Many warnings of one title as one: a reader sees the picture before the sixth of them. Sources tells each in full."""
    found: list[Banner] = []
    for title in dict.fromkeys(banner.title for banner in banners):
        mine = [banner for banner in banners if banner.title == title]
        if len(mine) <= MOST_TOLD:
            found += mine
            continue
        names = wording.listed([banner.words.partition(":")[0] for banner in mine])
        words = f"That holds for {len(mine)} promises: {names}. Sources tells of each how far it is off."
        found.append(Banner(title, words, calm=all(banner.calm for banner in mine)))
    return tuple(found)


def by_month(
    opened: OpenStudy,
    question: Question,
    numbers: Numbers,
    total: Integrity,
    owned: dict[Part, Owner],
    mode: str,
    *,
    doubted: bool,
) -> Months | None:
    """Kept rate and break account by month of the due date; ``None`` where there is one month alone.

    :param doubted: the account is not calibrated.
    """
    asked = question.asked_by(("month",))
    found = [row for row in opened.integrity(asked) if row.due and row.where["month"] is not None]
    if len(found) < 2:  # noqa: PLR2004 - one month is no strip
        return None
    accounts = {row.where["month"]: row for row in opened.account(asked, mode)}
    out = left_out(opened, asked, found)
    whole = [row for row in found if not out.holds(row)]
    kept = kept_rows(strip(found, out), mean=total.K, part={_key(month) for month in out.periods})
    charged = account_rows(
        [(_key(month), accounts[month]) for row in found if (month := row.where["month"]) in accounts], fills=fills(owned)
    )
    swing = _swing_sentence(whole, accounts, doubted=doubted)
    return Months(
        sentence=_months_sentence(whole),
        account_sentence=swing,
        note=out.note,
        kept=Picture(plain(_months_sentence(whole)), fill("months", kept, width=520), fill("months", kept, width=270)),
        account=Picture(plain(swing), fill("account-months", charged, width=520), fill("account-months", charged, width=270)),
        rows=tuple(
            MonthRow(
                month=_key(row.where["month"]),
                words=wording.month(_key(row.where["month"])),
                kept=numbers.kept(row),
                due=row.due,
                broken=row.broken,
                parts=part_counts(accounts.get(row.where["month"])),
                left_out=out.reason(row),
                rows=numbers.rows_at(question.only(row.where)),
                broken_rows=numbers.rows_at(question.only(row.where), "broken"),
            )
            for row in found
        ),
        no_interval=without_interval([accounts[row.where["month"]] for row in found if row.where["month"] in accounts], "months"),
    )


def strip(found: Sequence[Integrity], out: LeftOut) -> list[tuple[str, Figure]]:
    """The months of a strip with their kept rates; one that holds next to nothing keeps its place and draws nothing."""
    return [(_key(row.where["month"]), NO_DATA if out.small(row) else row.K) for row in found]


def worst_beside(opened: OpenStudy, question: Question, numbers: Numbers, total: Integrity) -> tuple[Worst, ...]:
    """The worst cells beside the mean, the worst of them first."""
    return tuple(_worst(opened, question, numbers, total, one) for one in worst_cells(opened, question, total))


def _worst(opened: OpenStudy, question: Question, numbers: Numbers, total: Integrity, one: WorstCell) -> Worst:
    cell = one.cell
    words, value = opened.dimensions[one.dimension], period_words(one.dimension, cell.where[one.dimension])
    return Worst(
        dimension=words,
        value=value,
        kept=numbers.kept(cell, f"Promises kept, {words} {value}"),
        mean=numbers.kept(total),
        sentence=spoken(f"{wording.whole(cell.kept + cell.exceeded)} of {wording.whole(cell.due)} kept"),
        address=numbers.page_at("desks:ledger", question.only(cell.where)),
    )


def at_risk(opened: OpenStudy, question: Question, numbers: Numbers, noun: Noun = PROMISE) -> AtRiskView:
    """Open promises, how many of them are expected to break, and where (domain.md c5, “forecast”).

    :param noun: what is counted.
    """
    found = ahead_of(opened, question)
    total, dimension, ahead = found.total, found.dimension, found.question
    return AtRiskView(
        sentence=_risk_sentence(total, wording.moment(opened.as_of, opened.zone), noun),
        noun=noun.many,
        pending=total.pending,
        expected=numbers.expected(total.expected, numbers.rows_at(ahead, "pending") if total.pending else ""),
        unknown=total.unknown,
        dimension=opened.dimensions.get(dimension, ""),
        slices=tuple(
            RiskRow(
                value=period_words(dimension, row.where[dimension]),
                pending=row.pending,
                known=row.pending - row.unknown,
                expected=numbers.expected(row.expected, numbers.rows_at(ahead.only(row.where), "pending")),
                rows=numbers.rows_at(ahead.only(row.where), "pending"),
            )
            for row in found.slices
        ),
        rows=numbers.rows_at(ahead, "pending") if total.pending else "",
    )


def _risk_sentence(total: AtRisk, as_of: str, noun: Noun = PROMISE) -> Sentence:
    if not total.pending:
        return spoken(f"No promise was open as of {as_of}: nothing is at risk.")
    bears = "is" if noun is PROMISE else "has a promise"
    bear = "are" if noun is PROMISE else "have a promise"
    counted = wording.counted(total.pending, f"{bare(noun.one)}* {bears}", f"{bare(noun.many)}* {bear}")
    still = f"*{counted} open as of {as_of}."
    if total.expected.value is None:
        return spoken(f"{still} The record is too short or too thin to say how many will break.")
    low, high = total.expected.low, total.expected.high
    limits = "" if low is None or high is None else f" ({wording.whole(low)} to {wording.whole(high)})"
    expected = wording.whole(total.expected.value or 0.0)
    if not total.unknown:
        return spoken(f"{still} By the record, *{expected}* of them{limits} will break unless something changes.")
    known = wording.whole(total.pending - total.unknown)
    return spoken(
        f"{still} Of the {known} that the record can tell of, *{expected}*{limits} will break unless something changes; "
        f"for the other {wording.whole(total.unknown)} it is too short or too thin."
    )


def _months_sentence(found: Sequence[Integrity]) -> Sentence:
    rated = [row for row in found if row.K.value is not None]
    if not rated:
        return spoken("No whole month has people enough for a rate." if found else "No month is whole, so none is the best or the worst.")
    if len(rated) == 1:
        (only,) = rated
        return spoken(f"*{wording.month(_key(only.where['month']))}* alone is whole: {wording.percent(only.K.value)} kept.")
    best, worst = max(rated, key=lambda row: row.K.value or 0.0), min(rated, key=lambda row: row.K.value or 0.0)
    return spoken(
        f"*{wording.month(_key(best.where['month']))}* was the best month ({wording.percent(best.K.value)} kept), "
        f"*{wording.month(_key(worst.where['month']))}* the worst ({wording.percent(worst.K.value)})."
    )


def _swing_sentence(found: Sequence[Integrity], accounts: dict[date | None, Account], *, doubted: bool = False) -> Sentence:
    """Which part moved most from the best month to the worst, per hundred promises with a record to judge them by.

    :param doubted: the account is not calibrated, and the sentence says so.
    """
    whole = [row for row in found if row.K.value is not None and row.where["month"] in accounts]
    rated = [row for row in whole if decomposed(accounts[row.where["month"]]) >= JUDGED * row.due]
    if len(rated) < 2:  # noqa: PLR2004 - a swing needs two months
        return spoken("Parts above the line add breaks, parts below it take them away.")
    best, worst = (choose(rated, key=lambda row: row.K.value or 0.0) for choose in (max, min))

    def per_hundred(month: Integrity) -> dict[Part, float]:
        account = accounts[month.where["month"]]
        return {part: 100 * figure.value / decomposed(account) for part, figure in parts_of(account)}

    before, after = per_hundred(best), per_hundred(worst)
    part = max(after, key=lambda part: after[part] - before[part])
    between = "From the best month to the worst"
    if len(rated) < len(whole):  # the best of all may have no record to judge it by
        between = f"Of the months with a record, from the best ({_month(best)}) to the worst ({_month(worst)})"
    moved = f"{between}, *{LABEL[part].lower()}* moved most: from {_one(before[part])} to {_one(after[part])} breaks per 100 promises due"
    return spoken(f"{moved}, as computed. But the account is not calibrated." if doubted else f"{moved}.")


def _month(row: Integrity) -> str:
    return wording.month(_key(row.where["month"]))


def _key(month: Any) -> str:
    return f"{month:%Y-%m}"


def _one(value: float) -> str:
    return f"{value:.1f}".replace("-", wording.MINUS)


def _about(share: float) -> str:
    """A share in whole per cent; what is not quite all never reads as all."""
    return wording.percent(share, 0) if 0 < share < 1 else f"{share:.0%}"
