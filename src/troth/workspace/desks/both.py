"""Both desks: did we do what we said, and whose is the gap?"""

from __future__ import annotations

from datetime import date
from typing import Any


from troth.engine.charts import fill
from troth.engine.charts.months import account_rows, kept_rows
from troth.engine.charts.waterfall import LABEL, parts_of
from troth.engine.findings import Account, Integrity
from troth.terms.vocabulary import Part
from troth.workspace.desks.accounts import AS_OF, MODES, account_view, fills, part_counts, part_owners
from troth.workspace.desks.contexts import Banner, BothDesks, MonthRow, Months, Period, Run, Sentence, Worst
from troth.workspace.desks.figures import Numbers, period_words
from troth.workspace.desks.periods import period_of
from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Link, Owner, Picture
from troth.workspace.studies.contexts import head_of
from troth.workspace.studies.questions import Question
from troth.workspace.studies.reading import OpenStudy

LOW_COVERAGE = 0.9
ENOUGH = 100
"""Promises a cell needs to be called the worst one (domain.md c6, attack 10)."""

WATCHED = ("kept_by", "made_by", "stage", "touchpoint", "segment", "tier", "name")
"""Dimensions whose worst cell stands beside the mean; after them the first context column of the mappings."""

MOST_WORST = 3


def both_desks(opened: OpenStudy, question: Question, *, mode: str) -> BothDesks:
    """The home page of both officers."""
    numbers = Numbers(opened, question)
    findings = opened.integrity(question)
    total = findings[0]
    account = opened.account(question, mode)
    owned = part_owners(opened)
    period = period_of(opened, question)
    modes = [Link(name, numbers.page_at("desks:both", question, mode=name if name != AS_OF else None), name == mode) for name in MODES]
    return BothDesks(
        study=head_of(opened, "desks:both"),
        period=period,
        sentence=headline(total, period),
        remarks=remarks(total),
        banners=(*coverage_banner(total), *account_banners(opened, mode)),
        headline=(numbers.issue_free(total), numbers.kept(total), numbers.integrity(total)),
        beside=(numbers.ratio(total), numbers.surplus(total), numbers.coverage(total)),
        account=account_view(account[0], owned, mode=mode, modes=modes) if total.due and len(account) else None,
        months=by_month(opened, question, numbers, total, owned, mode),
        worst=worst_cells(opened, question, numbers, total),
        open_promises=total.pending,
        open_words=open_sentence(total, opened),
        open_rows=numbers.rows_at(question, "pending") if total.pending else "",
    )


def headline(total: Integrity, period: Period) -> Sentence:
    """The answer in whole numbers: people where they are named, promises where nobody is."""
    if not total.due:
        return (Run("No promise has fallen due in this period, so there is nothing to judge yet."),)
    if total.anonymous:
        kept = total.kept + total.exceeded
        return (
            Run("Of "), Run(wording.whole(total.due), strong=True), Run(f" promises that fell due in {period.words}, we kept "),
            Run(f"{wording.whole(kept)} ({_about(kept / total.due)})", strong=True), Run(" and broke "), Run(wording.whole(total.broken), strong=True), Run("."),
        )  # fmt: skip
    share = total.customers_kept / total.customers if total.customers else 0.0
    return (
        Run("Of "), Run(wording.whole(total.customers), strong=True), Run(f" people who had a promise fall due in {period.words}, "),
        Run(f"{wording.whole(total.customers_kept)} ({_about(share)})", strong=True), Run(" had every promise kept."),
    )  # fmt: skip


def remarks(total: Integrity) -> tuple[str, ...]:
    """What to know beside the sentence."""
    said: list[str] = []
    if total.anonymous and total.due:
        said.append(
            "The sources name nobody, so people cannot be counted: the sentence counts promises, "
            f"and each subject they are about (a request, an order, a flight) stands for a person. There are {wording.whole(total.customers)}."
        )
    if total.broken:
        said.append(
            f"Of the {wording.whole(total.broken)} broken ones, {wording.whole(total.broken_warned)} came with a warning before they fell due, "
            f"{wording.whole(total.broken_in_silence)} in silence."
            if total.broken_warned
            else "None of the broken ones came with a warning on record."
        )
    unanswered = total.evidence.get("no receipt", 0)
    if unanswered:
        said.append(f"{wording.whole(unanswered)} of the due ones were never received on record: they are broken by their date.")
    if total.slip is not None and round(total.slip * 1000):
        said.append(f"Judged by the last promise instead of the first, {wording.points(total.slip)}: that is re-promising, not keeping.")
    if total.void:
        said.append(f"{wording.counted(total.void, 'promise is', 'promises are')} void and counted nowhere.")
    return tuple(said)


def coverage_banner(total: Integrity) -> tuple[Banner, ...]:
    """Amber where too few of the promise-bearing events have a promise on record (domain.md c6, attack 8)."""
    covered = total.coverage
    if covered.value is None or covered.value >= LOW_COVERAGE:
        return ()
    missing = covered.n - round(covered.value * covered.n)
    return (
        Banner(
            "Read with care.",
            f"Only {wording.percent(covered.value)} of what should bear a promise has one on record: "
            f"{wording.whole(missing)} of {wording.whole(covered.n)} were given no date or level, and cannot be counted as kept.",
        ),
    )


def account_banners(opened: OpenStudy, mode: str) -> tuple[Banner, ...]:
    """The calibration gate’s sentences, and what it means to have no charter."""
    gates = [gate for gate in opened.study.calibration if gate.mode == mode and gate.banner]
    banners = [Banner(f"“{gate.name}”: the account is not calibrated.", str(gate.banner)) for gate in gates]
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


def by_month(
    opened: OpenStudy, question: Question, numbers: Numbers, total: Integrity, owned: dict[Part, Owner], mode: str
) -> Months | None:
    """Kept rate and break account by month of the due date; ``None`` where there is one month alone."""
    asked = question.asked_by(("month",))
    found = [row for row in opened.integrity(asked) if row.due and row.where["month"] is not None]
    if len(found) < 2:  # noqa: PLR2004 - one month is no strip
        return None
    accounts = {row.where["month"]: row for row in opened.account(asked, mode)}
    kept = kept_rows([(_key(row.where["month"]), row.K) for row in found], mean=total.K)
    charged = account_rows([(_key(month), accounts[month]) for row in found if (month := row.where["month"]) in accounts], fills=fills(owned))
    return Months(
        sentence=_months_sentence(found),
        account_sentence=_swing_sentence(found, accounts),
        kept=Picture(_plain(_months_sentence(found)), fill("months", kept, width=520), fill("months", kept, width=270)),
        account=Picture(_plain(_swing_sentence(found, accounts)), fill("account-months", charged, width=520), fill("account-months", charged, width=270)),
        rows=tuple(
            MonthRow(
                month=_key(row.where["month"]),
                words=wording.month(_key(row.where["month"])),
                kept=numbers.kept(row),
                due=row.due,
                broken=row.broken,
                parts=part_counts(accounts.get(row.where["month"])),
            )
            for row in found
        ),
    )


def worst_cells(opened: OpenStudy, question: Question, numbers: Numbers, total: Integrity) -> tuple[Worst, ...]:
    """The worst cell of each watched dimension beside the mean, the worst of them first."""
    told = [name for spec in opened.study.reading.specs for name in spec.context[:1]]
    watched = [name for name in dict.fromkeys((*WATCHED, *told)) if name in opened.dimensions and name not in dict(question.where)]
    found: list[Worst] = []
    for name in watched:
        rows = [row for row in opened.integrity(question.asked_by((name,))) if row.due >= ENOUGH and row.K.value is not None]
        if len(rows) < 2 or total.K.value is None:  # noqa: PLR2004 - a single cell is the mean
            continue
        worst = min(rows, key=lambda row: row.K.value or 0.0)
        if worst.K.high is None or worst.K.high >= total.K.value:
            continue
        words, value = opened.dimensions[name], period_words(name, worst.where[name])
        kept = worst.kept + worst.exceeded
        found.append(
            Worst(
                dimension=words,
                value=value,
                kept=numbers.kept(worst, f"Promises kept, {words} {value}"),
                mean=numbers.kept(total),
                sentence=(Run(wording.whole(kept)), Run(" of "), Run(wording.whole(worst.due)), Run(" kept")),
                address=numbers.page_at("desks:ledger", question.only(worst.where)),
            )
        )
    found.sort(key=lambda worst: worst.kept.value or 0.0)
    return tuple(found[:MOST_WORST])


def open_sentence(total: Integrity, opened: OpenStudy) -> Sentence:
    """How many promises are open and can still be kept."""
    as_of = wording.moment(opened.as_of, opened.zone)
    if not total.pending:
        return (Run(f"No promise of this period was open as of {as_of}."),)
    return (
        Run(wording.whole(total.pending), strong=True),
        Run(f" {'promise is' if total.pending == 1 else 'promises are'} open and not yet due as of {as_of}. They can still be kept, so no rate counts them."),
    )


def _months_sentence(found: list[Integrity]) -> Sentence:
    rated = [row for row in found if row.K.value is not None]
    if not rated:
        return (Run("Too few people in each month for a rate."),)
    best, worst = max(rated, key=lambda row: row.K.value or 0.0), min(rated, key=lambda row: row.K.value or 0.0)
    return (
        Run(wording.month(_key(best.where["month"])), strong=True), Run(f" was the best month ({wording.percent(best.K.value)} kept), "),
        Run(wording.month(_key(worst.where["month"])), strong=True), Run(f" the worst ({wording.percent(worst.K.value)})."),
    )  # fmt: skip


def _swing_sentence(found: list[Integrity], accounts: dict[date | None, Account]) -> Sentence:
    """Which part moved most from the best month to the worst, per hundred promises due."""
    rated = [row for row in found if row.K.value is not None and row.where["month"] in accounts]
    if len(rated) < 2:  # noqa: PLR2004 - a swing needs two months
        return (Run("Parts above the line add breaks, parts below it take them away."),)
    best, worst = (accounts[choose(rated, key=lambda row: row.K.value or 0.0).where["month"]] for choose in (max, min))

    def per_hundred(account: Account) -> dict[Part, float]:
        return {part: 100 * figure.value / account.due for part, figure in parts_of(account)}

    before, after = per_hundred(best), per_hundred(worst)
    part = max(after, key=lambda part: after[part] - before[part])
    return (
        Run("From the best month to the worst, "), Run(LABEL[part].lower(), strong=True),
        Run(f" moved most: from {_one(before[part])} to {_one(after[part])} breaks per 100 promises due."),
    )  # fmt: skip


def _plain(sentence: Sentence) -> str:
    return "".join(run.words for run in sentence)


def _key(month: Any) -> str:
    return f"{month:%Y-%m}"


def _one(value: float) -> str:
    return f"{value:.1f}".replace("-", wording.MINUS)


def _about(share: float) -> str:
    """A share in whole per cent; what is not quite all never reads as all."""
    return wording.percent(share, 0) if 0 < share < 1 else f"{share:.0%}"
