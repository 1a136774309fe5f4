"""What a study must say in words because of how its sources are: claims without a promise behind them, and counts without people."""

from __future__ import annotations

from collections.abc import Sequence

from troth.engine.attribution.answers import Answered
from troth.engine.findings import Calibration, Findings, Integrity, SourceAccount
from troth.engine.gaps.settings import MODES
from troth.engine.issues.result import Issue
from troth.engine.promises.integrity import NOBODY_NAMED
from troth.terms.questions import questions
from troth.terms.vocabulary import Noun, PromiseSpec

NO_PROMISE = "no promise"
ROW = Noun("row", "rows")
SUBJECT = Noun("subject", "subjects")


def noun_of(specs: Sequence[PromiseSpec], name: str | None = None) -> Noun | None:
    """What is counted where nobody is named; ``None`` where the mappings do not say, or do not agree.

    :param name: only this promise.
    """
    told = {spec.each for spec in specs if name is None or spec.name == name}
    return told.pop() if len(told) == 1 else None


def unanswered(specs: Sequence[PromiseSpec]) -> tuple[str, ...]:
    """A sentence for each promise of which nothing says what was received."""
    return tuple(
        f"Nothing says what was received of “{spec.name}”: each of these promises reads as broken once it falls due, whatever came. "
        "Add received_at or received to its [[promises]], or [[receipts]] of that name."
        for spec in specs
        if "never_received" in spec.has
    )


def unpromised(accounts: Sequence[SourceAccount], specs: Sequence[PromiseSpec]) -> tuple[str, ...]:
    """A sentence per mapping whose source flags rows as kept that bear no promise."""
    return tuple(_unpromised(account, specs) for account in accounts if account.flagged_kept)


def _unpromised(account: SourceAccount, specs: Sequence[PromiseSpec]) -> str:
    mine = [spec for spec in specs if (spec.name, spec.source) == (account.promise, account.source)]
    noun = noun_of(mine) or ROW
    aside, flagged = account.set_aside.get(NO_PROMISE, 0), account.flagged_kept or 0
    which = f" “{account.promise}”" if len({spec.name for spec in specs}) > 1 else ""
    bear = f"1 {noun.one} bears" if aside == 1 else f"{aside:,} {noun.many} bear"
    how_many = ("all of them" if aside > 1 else "it") if flagged == aside else f"{flagged:,} of them"
    flag = next((f" ({spec.flagged_kept})" for spec in mine if spec.flagged_kept), "")
    return f"{bear} no promise{which}, yet the source “{account.source}” flags {how_many} as kept{flag}."


def beside_issues(issues: Sequence[Issue], gates: Sequence[Calibration], answers: Sequence[Answered]) -> tuple[str, ...]:
    """What must be read beside issues: parts that say nothing of whose they are, sales lost before."""
    broken = {str(one.rule["what"]) for one in issues if one.parts}
    doubted = sorted({gate.name for gate in gates if gate.mode == MODES[0] and gate.banner} & broken)
    unpriced_sales = [
        one.question
        for one in answers
        if not one.lost_sales and any(known.browsing and known.name == one.question for known in questions())
    ]
    elsewhere = sorted(
        f"“{one.words(str(row.where['exposure']))}”"
        for one in answers
        for row in one.lost_sales
        if row.where["exposure"] is not None and row.money.value and one.failure(str(row.where["exposure"])) is None
    )
    told = []
    if doubted:
        names = ", ".join(f"“{name}”" for name in doubted)
        told.append(f"The account of {names} is not calibrated: the parts and areas of these issues cannot say whose the failures are.")
    if unpriced_sales:
        told.append("Sales lost before an order are in no issue's money, as no margin is told of them; `troth show answers` counts them.")
    if elsewhere:
        listed = ", ".join(elsewhere)
        told.append(f"Sales lost to {listed} stand with unassigned: these exposures are no promise and no failure on record.")
    return tuple(told)


def per_noun(findings: Findings[Integrity], noun: Noun | None) -> Findings[Integrity]:
    """The findings, whose note on anonymous slices says what is counted instead of people."""
    if noun is None or NOBODY_NAMED not in findings.notes:
        return findings
    counted = sum(row.customers for row in findings if row.anonymous)
    whole = f"1 {noun.one}" if counted == 1 else f"{counted:,} {noun.many}"
    due = "" if findings.by else f": {whole} had a promise fall due"  # slices may share a subject, so that their counts do not add
    note = f"No customer is named, so people cannot be counted and {noun.many} are instead{due}."
    return Findings(findings.rows, findings.by, tuple(note if said == NOBODY_NAMED else said for said in findings.notes))
