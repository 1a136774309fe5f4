"""Could the kept rate be flattered: campaigns, receipts just inside the limit, wide ranges, another mix (domain.md c3, c6)."""

from __future__ import annotations

from troth.engine.findings import Basket, Bunching, Campaign, Findings, RangeScore
from troth.engine.promises.slices import PERIODS
from troth.workspace.desks.contexts import BasketRow, BunchingRow, CampaignRow, Checks, RangeRow, Sentence
from troth.workspace.desks.figures import Numbers, period_words
from troth.workspace.desks.sentences import bare, spoken
from troth.workspace.parts import wording
from troth.workspace.studies.questions import Question
from troth.workspace.studies.reading import OpenStudy

ONE_KIND = "Only one kind of promise is in view, so its basket is the kept rate itself. Slice by what makes promises differ to follow one."
WORDED = {"up_to": "up to", "from": "from"}


def checks_of(opened: OpenStudy, question: Question, numbers: Numbers) -> Checks:
    """The four checks on what the Ledger has in view."""
    plain = question.asked_by(())
    campaigns, bunching, ranges = opened.campaigns(plain), opened.bunching(plain), opened.ranges(plain)
    basket = _basket_of(opened, question)
    return Checks(
        campaigns=tuple(_campaign(row, numbers) for row in campaigns),
        campaigns_sentence=_campaigns(campaigns),
        bunching=tuple(_bunching(row, numbers) for row in bunching),
        bunching_sentence=_bunched(bunching),
        ranges=tuple(_range(row, numbers) for row in ranges),
        ranges_sentence=_ranged(ranges),
        basket=() if basket is None else tuple(_month(row, numbers) for row in basket),
        basket_sentence=_carried(opened, question, basket),
    )


def _told(findings: Findings[Campaign] | Findings[Bunching] | Findings[RangeScore] | Findings[Basket]) -> Sentence:
    """Why there is nothing: the last thing the finding says."""
    return spoken(bare(findings.notes[-1]))


def _campaign(row: Campaign, numbers: Numbers) -> CampaignRow:
    name = row.where["name"]
    return CampaignRow(
        promise=name,
        wording=WORDED[row.quantifier],
        due=row.share.n,
        got=row.got,
        share=numbers.check("Share of buyers who got it", "campaigns", row.share, share=True),
        declared=wording.percent(row.declared, 0),
        holds="too few to say" if row.kept is None else "holds" if row.kept else "does not hold",
        kept=row.kept,
    )


def _campaigns(found: Findings[Campaign]) -> Sentence:
    if not len(found):
        return _told(found)
    known = [row for row in found if row.kept is not None]
    failed, few = sum(not row.kept for row in known), len(found) - len(known)
    apart = "Promises so worded stay out of the kept rate."
    if not known:
        too_few = "The one campaign here has" if few == 1 else f"All *{few} campaigns* have"
        return spoken(f"{too_few} too few buyers to say whether enough got what was said. {apart}")
    if few:
        apart = f"Of {few:,} more there are too few buyers to say. {apart}"
    if len(known) == 1:
        said = "does *not* give" if failed else "gives"
        return spoken(f"The one campaign {'with enough buyers' if few else 'here'} {said} enough buyers what was said. {apart}")
    counted = f"*{failed} of {len(known)} campaigns* do not give" if failed else f"All *{len(known)} campaigns* give"
    return spoken(f"{counted} enough buyers what was said. {apart}")


def _bunching(row: Bunching, numbers: Numbers) -> BunchingRow:
    few = row.excess.value is None
    return BunchingRow(
        promise=row.name,
        near=row.excess.n,
        bin=wording.level(row.width, row.unit),
        observed=row.observed,
        expected="" if row.expected is None else wording.whole(row.expected),
        excess=numbers.check("Receipts beyond the expected", "bunching", row.excess),
        state="too few near it" if few else "bunched" if row.bunched else "as expected",
        bunched=bool(row.bunched),
    )


def _bunched(found: Findings[Bunching]) -> Sentence:
    if not len(found):
        return _told(found)
    known = [row for row in found if row.bunched is not None]
    if not known:
        return spoken("No data: fewer than a hundred receipts lie near the limit.")
    bunched = [bare(row.name) for row in known if row.bunched]
    if not bunched:
        return spoken("As many receipts lie just inside the limit as their neighbours let expect, within the interval.")
    return spoken(f"More receipts of *{wording.listed(bunched)}* lie just inside the limit than their neighbours let expect.")


def _range(row: RangeScore, numbers: Numbers) -> RangeRow:
    return RangeRow(
        promise=row.name,
        received=row.score.n,
        unanswered=row.unanswered,
        width="" if row.width is None else wording.level(row.width, row.unit),
        hits=numbers.check("Received inside the range", "ranges", row.hits, share=True),
        score=numbers.check("Interval score", "ranges", row.score, unit=row.unit),
    )


def _ranged(found: Findings[RangeScore]) -> Sentence:
    if not len(found):
        return _told(found)
    unanswered = sum(row.unanswered for row in found)
    left = f" {wording.counted(unanswered, 'range')} fell due without a receipt and cannot be scored." if unanswered else ""
    return spoken(f"Width and misses in one number, less is better: a wider range with the same hits scores worse.{left}")


def _basket_of(opened: OpenStudy, question: Question) -> Findings[Basket] | None:
    """The basket of what the page is sliced by; ``None`` where only one kind of promise is in view."""
    mix = tuple(name for name in question.by if name not in PERIODS) or ("name",)
    if all(name in question.narrowed or len(opened.values(name, 2)) < 2 for name in mix):  # noqa: PLR2004 - a mix takes two
        return None
    return opened.basket(question.asked_by(("month", *mix)))


def _month(row: Basket, numbers: Numbers) -> BasketRow:
    return BasketRow(
        month=period_words("month", row.where["month"]),
        due=row.due,
        basket=numbers.check("Kept, in the basket", "fixed-basket", row.K, share=True),
        plain=numbers.check("Kept, at the month’s own mix", "kept", row.plain, share=True),
        covered=wording.percent(row.covered),
        outside=row.outside,
    )


def _carried(opened: OpenStudy, question: Question, found: Findings[Basket] | None) -> Sentence:
    if found is None:
        return spoken(ONE_KIND)
    if not len(found):
        return _told(found)
    mix = [bare(opened.dimensions[name]) for name in question.by if name not in PERIODS] or ["promise"]
    return spoken(
        f"Each month’s kept rate at the mix of *{period_words('month', found[0].base)}*, by {wording.listed(mix)}: "
        "what is promised more of since cannot lift it."
    )
