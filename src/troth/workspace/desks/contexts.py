"""What each page receives, for HTML and for ``?format=json`` alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from troth.workspace.desks.numbers import About
from troth.workspace.issues.contexts import BothActs, GoneRow, IssueActs, Stand
from troth.workspace.parts.contexts import Link, Number, Owner, Picture, told
from troth.workspace.studies.contexts import Head, StudyRow


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a sentence."""

    words: str = told("the words")
    strong: bool = told("whether they carry the point", default=False)


Sentence = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a form."""

    value: str = told("what is sent")
    words: str = told("what is shown")
    chosen: bool = told("whether it is the present choice", default=False)


@dataclass(frozen=True, slots=True)
class Period:
    """The period the page speaks of."""

    words: str = told("the period in words")
    since: date | None = told("first day, in the project's zone; null where the ledger's own beginning is meant")
    until: date | None = told("last day, that day included")
    whole: bool = told("whether it is everything the study holds")
    starts: tuple[Choice, ...] = told("months a period may begin with")
    ends: tuple[Choice, ...] = told("months a period may end with")
    outside: str = told("how many promises fell due outside of it, in a sentence; empty where none did or it is not told", default="")


@dataclass(frozen=True, slots=True)
class Banner:
    """What must be known before the numbers are read."""

    title: str = told("what it is about")
    words: str = told("the sentence")
    calm: bool = told("a remark rather than a warning", default=False)


@dataclass(frozen=True, slots=True)
class AccountPart:
    """One part of the break account."""

    key: str = told("allowance, expectation-setting, standard, delivery or undecomposed")
    name: str = told("the part's name")
    owner: Owner = told("whose it is")
    count: str = told("broken promises in it, as the page prints them; may be below zero")
    value: float = told("broken promises in it")
    interval: str = told("95% limits, as the page prints them; empty where none can be had")
    low: float | None = told("lower 95% limit")
    high: float | None = told("upper 95% limit")
    aware: float | None = told("the promise-aware reading; null where there is none")
    bracket: str = told("from the promise-aware to the blind reading, as the page prints it")
    meaning: str = told("what a part of this sign says")
    skill: Number | None = told("promise skill, always read with expectation-setting; null for the other parts", default=None)


@dataclass(frozen=True, slots=True)
class PartCount:
    """One part in a row of a table."""

    count: str = told("broken promises in it, as the page prints them; may be below zero")
    interval: str = told("95% limits, as the page prints them; empty where none can be had")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why promises could not be decomposed."""

    words: str = told("the reason")
    promises: int = told("promises it holds for")
    broken: int | None = told("broken ones among them; null where they are not counted")


@dataclass(frozen=True, slots=True)
class AccountView:
    """The break account of one slice, drawn and told."""

    sentence: Sentence = told("in whole numbers: whose the gap is")
    due: int = told("promises in the due cohort")
    broken: int = told("broken ones among them")
    parts: tuple[AccountPart, ...] = told("the parts, in reading order; they add up to broken")
    reasons: tuple[Reason, ...] = told("why promises could not be decomposed")
    mode: str = told("as-of, or cross-fitted")
    mode_words: str = told("what that mode means")
    modes: tuple[Link, ...] = told("the other ways to read it")
    banners: tuple[Banner, ...] = told("what must be known before the parts are read")
    legend: str = told("how to read the marks of the picture, how the intervals were had, or why there are none")
    picture: Picture | None = told("the waterfall; null where nothing is broken")
    broken_rows: str = told("address of the broken promises", default="")


@dataclass(frozen=True, slots=True)
class StageRow:
    """One step of the delivery part."""

    step: str = told("from which step to which")
    area: str = told("whose time it is")
    n: int = told("broken promises it rests on")
    days: float = told("days longer than the record expects, over all of them; below zero is faster")
    each: str = told("the same per broken promise, as the page prints it")
    share: float | None = told("share of the time lost, of the steps that lost time; null for the slack")
    share_words: str = told("the share, as the page prints it")


@dataclass(frozen=True, slots=True)
class StageTable:
    """The delivery part of one promise among the areas, step by step."""

    promise: str = told("the promise's name")
    sentence: Sentence = told("what to see")
    n: int = told("broken promises with every step on record")
    rows: tuple[StageRow, ...] = told("the steps in order, then the slack between the steps and the record of the whole")


@dataclass(frozen=True, slots=True)
class NativeRow:
    """The parts of one slice in the promise's own unit, per promise, as the page prints them."""

    names: tuple[str, ...] = told("the slice's values, one per dimension")
    n: int = told("promises it rests on: received, with a record to judge them by")
    left_out: int = told("promises that could not be taken apart")
    listening: str = told("asked for and never promised")
    listening_known: int = told("promises of which it is known what was asked for")
    expectation: str = told("promised beyond agreement and record")
    standard: str = told("agreed beyond the record")
    delivery: str = told("received below the record")
    perception: str = told("felt below what was received")
    gap: str = told("the sum of the parts that are known")


@dataclass(frozen=True, slots=True)
class NativeTable:
    """The parts in the promise's own unit; more is worse for the customer."""

    promise: str = told("the promise's name")
    unit: str = told("its unit")
    rows: tuple[NativeRow, ...] = told("the slices of this page of the table")
    total: NativeRow = told("everything the conditions leave")
    reasons: tuple[Reason, ...] = told("why promises could not be taken apart")


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One month of the due date."""

    month: str = told("the month, as YYYY-MM")
    words: str = told("the month in words")
    kept: Number = told("kept rate")
    due: int = told("promises that fell due")
    broken: int = told("broken ones among them")
    parts: tuple[PartCount, ...] = told("allowance, expectation-setting, standard, delivery and not decomposed, in broken promises")
    left_out: str = told("why it can be neither the best nor the worst month; empty where it can")
    rows: str = told("address of the promises that fell due in it", default="")
    broken_rows: str = told("address of the broken ones among them", default="")


@dataclass(frozen=True, slots=True)
class Months:
    """The kept rate and the break account by month."""

    sentence: Sentence = told("what to see")
    account_sentence: Sentence = told("what to see in the account by month")
    note: str = told("which months best and worst leave out, and by which rule; empty where none")
    kept: Picture | None = told("kept rate by month")
    account: Picture | None = told("break account by month")
    rows: tuple[MonthRow, ...] = told("the same, as rows")
    no_interval: str = told("which months' parts have no interval, and why; empty where all have one")


@dataclass(frozen=True, slots=True)
class Worst:
    """The worst cell beside the mean: an average never hides those it goes worst for."""

    dimension: str = told("the dimension, in words")
    value: str = told("the slice's value")
    kept: Number = told("its kept rate")
    mean: Number = told("the kept rate of everything")
    sentence: Sentence = told("both in a sentence")
    address: str = told("the slice in the Ledger")


@dataclass(frozen=True, slots=True)
class RiskRow:
    """Open promises of one slice."""

    value: str = told("the slice's value")
    pending: int = told("promises still open and not yet due")
    known: int = told("those of them the record can tell of")
    expected: Number = told("how many of those are expected to break")
    rows: str = told("address of the open promises")


@dataclass(frozen=True, slots=True)
class AtRiskView:
    """Promises at risk now: known before the customer tells."""

    sentence: Sentence = told("the answer in whole numbers")
    noun: str = told("what is counted: promises, or what the company calls those that bear one")
    pending: int = told("promises still open and not yet due")
    expected: Number = told("how many of those are expected to break")
    unknown: int = told("open promises whose chance cannot be told")
    dimension: str = told("what the rows are by, in words")
    slices: tuple[RiskRow, ...] = told("where most are expected to break")
    rows: str = told("address of the open promises; empty where there are none")


@dataclass(frozen=True, slots=True)
class Amount:
    """Money with its range."""

    text: str = told("the amount in whole units, as the page prints it; “unknown” where it is not known")
    bare: str = told("the same without its currency")
    interval: str = told("its 95% range as the page prints it; empty where there is none")
    value: Decimal | None = told("the amount to the cent; null is unknown, never nothing")
    low: Decimal | None = told("lower 95% limit")
    high: Decimal | None = told("upper 95% limit")
    currency: str = told("what it is counted in")
    method: str = told("how the range was had, or why there is no amount")


@dataclass(frozen=True, slots=True)
class AreaShare:
    """One area's share of an issue."""

    owner: Owner = told("the area, with the aspect it is of in the charter; “unknown” where nobody is named")
    share: float = told("its share of the issue")
    words: str = told("the share, as the page prints it; all shares of an issue add up to 100%")


@dataclass(frozen=True, slots=True)
class IssueRow:
    """One issue; or the failures of none (unassigned), or all of them (total)."""

    mostly: str = told("what most of its failures have in common beside its rule; empty where nothing")
    key: str = told("its key, the same from study to study; or unassigned, or total")
    address: str = told("its card; empty for unassigned and total")
    rank: int | None = told("1 costs most beyond what was to be expected; null for unassigned and total")
    what: str = told("what failed; empty for unassigned and total")
    title: str = told("what failed and where, in words")
    failures: int = told("failures, each counted once whatever followed it")
    rows: str = told("address of its failures, one by one; empty for unassigned and total")
    exposed: int | None = told("what could have failed; null where that is not counted")
    of: str = told("how many of those failed, in words; several of one matter are one failure")
    people: int = told("people hit, each counted once; 0 too where nobody is named")
    people_words: str = told("the same, as the page prints it: unknown where nobody is named")
    silent: float | None = told("people it hit who neither asked nor complained; null where that is unknown")
    silent_words: str = told("the same, as the page prints it, with its limits where it is estimated")
    let_down: float | None = told("people let down, the silent among them: estimated where the record sees those who speak alone")
    hours: int | None = told("staff hours its costs stand for; null where no cost tells any")
    customer_hours: int | None = told("hours it took the customers; null where no interaction tells any")
    excess: float | None = told("failures beyond what was to be expected")
    excess_words: str = told("the same, as the page prints it; empty where nothing was expected")
    excess_interval: str = told("its 95% limits, as the page prints them")
    held_against: str = told("what it was held against: its like, the charter, or the usual target")
    area: AreaShare | None = told("the area with the largest share; null for unassigned and total")
    part: str = told("the part of the break account that leads; empty where none does")
    part_owner: Owner | None = told("whose that part is; null where none leads")
    doubted: bool = told("the account of this promise is not calibrated, so it cannot say whose the failures are")
    since: str = told("the weeks in which it was worst, in words; empty where none stand out")
    throughout: bool = told("it went on throughout, so that since is all year or throughout, and no time was the worst")
    remedial: Amount = told("cash on record")
    modelled: Amount = told("modelled margin of 12 months that leaves with customers")
    lost_sales: Amount = told("modelled margin of sales that did not come about; unknown where no occasion tells of them")
    money: Amount = told("money at risk: all three together, as far as they are known")
    points: float | None = told("points lost (pain); null where nobody gave a score; never merged with money")
    points_words: str = told("the same, as the page prints it")
    points_interval: str = told("its 95% limits, as the page prints them")
    stand: Stand | None = told("where it stands with the people who decide; null for unassigned and total", default=None)


@dataclass(frozen=True, slots=True)
class IssuesPage:
    """What should we fix, and what does it cost?"""

    study: Head = told("which study this is")
    sentence: Sentence = told("the answer in whole numbers")
    demand: str = told("failure demand: contacts that would not be, had nothing failed before; empty where the study does not tell it")
    hours: str = told("hours all failures took, of customers and of staff; empty where the study keeps no issues")
    money: Sentence = told("what all failures cost, cash apart from modelled margin; empty where the study keeps no issues")
    currency: str = told("what money is counted in; empty where the study keeps no issues")
    sorts: tuple[Link, ...] = told("by what the issues can be ordered")
    issues: tuple[IssueRow, ...] = told("the issues, in the order asked for")
    rest: tuple[IssueRow, ...] = told("unassigned, then the total, to which issues and unassigned add up; empty where the study keeps none")
    notes: tuple[str, ...] = told("what to know beside the table")
    exports: tuple[Link, ...] = told("the table as a file")
    states: tuple[Link, ...] = told("states the issues can be narrowed to", default=())
    areas: tuple[Link, ...] = told("areas the issues can be narrowed to, of a reader who sees several and not all", default=())
    gone: tuple[GoneRow, ...] = told("issues somebody decided on that the study does not hold", default=())


@dataclass(frozen=True, slots=True)
class FirstIssues:
    """The issues that cost most, on another page."""

    sentence: Sentence = told("how many issues there are, in whole numbers")
    issues: tuple[IssueRow, ...] = told("the first of them")
    address: str = told("the page of all issues")


@dataclass(frozen=True, slots=True)
class SideRow:
    """The unwanted events that go along with the exposures of one side, or with none."""

    side: str = told("marketing, service, operating, other, or unexplained")
    owner: Owner = told("the side, with the aspect of its areas")
    events: int | None = told("in whole events; all sides and unexplained add up to all; none where it cannot be told")
    events_words: str = told("the same, as the page prints it")
    share: float | None = told("of all events")
    share_words: str = told("the same, as the page prints it")
    interval: str = told("its 95% limits")
    lost_sales: Amount | None = told("margin that goes along with it, modelled; null where no margin is told of the occasions")
    reason: str = told("why it cannot be told, or is told without some exposure; empty where nothing stands in the way")


@dataclass(frozen=True, slots=True)
class ExposureRow:
    """The unwanted events that go along with one thing that went wrong."""

    exposure: str = told("its name")
    words: str = told("what it means")
    owner: Owner = told("the area whose work it is")
    present: int = told("occasions on which it was met")
    rows: str = told("address of these; empty where the study keeps none, or the reader may not open them")
    events_present: int = told("those of them with the event")
    event_rows: str = told("address of these; empty likewise")
    events: int | None = told("events that go along with it; none where it cannot be told")
    events_words: str = told("the same, as the page prints it")
    share_words: str = told("as a share of all events")
    interval: str = told("its 95% limits")
    turned: str = told("of those who would have been spared, the share that was not, where it was met")
    lost_sales: Amount | None = told("margin that goes along with it, modelled; null where no margin is told of the occasions")
    reason: str = told("why it cannot be told; empty where it can")


@dataclass(frozen=True, slots=True)
class PlaceboRow:
    """What happened only after the event, and ought to go along with nothing."""

    words: str = told("what it is")
    share: str = told("what goes along with it all the same, as a share of all events")
    interval: str = told("its 95% limits")
    passed: str = told("whether it is as it ought to be")


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One question: marketing or service?"""

    number: int = told("its place on the page")
    title: str = told("the question")
    stage: str = told("stage of the life cycle")
    event: str = told("the unwanted event in words")
    occasions: str = told("how many occasions count, of which source, and when they were")
    rows: str = told("address of these occasions; empty where the study keeps none, or the reader may not open them")
    event_rows: str = told("address of those on which the event took place; empty likewise")
    events: int = told("on how many the event took place")
    sentence: Sentence = told("the answer in whole numbers")
    against: Sentence = told("which of two sides holds more; empty where there is one side")
    lost_sales: Sentence = told("what all exposures together cost in margin; empty where no margin is told of the occasions")
    sides: tuple[SideRow, ...] = told("events by side, then unexplained; empty where nothing can be told")
    exposures: tuple[ExposureRow, ...] = told("events by what went wrong")
    placebo: tuple[PlaceboRow, ...] = told("what ought to go along with nothing")
    reason: str = told("why nothing can be told; empty where something can")
    notes: tuple[str, ...] = told("what to know beside it")


@dataclass(frozen=True, slots=True)
class AnswersPage:
    """Marketing or service?"""

    study: Head = told("which study this is")
    sentence: Sentence = told("all questions in whole numbers")
    answers: tuple[AnswerView, ...] = told("question by question")
    notes: tuple[str, ...] = told("what fills the page, where nothing is asked")
    exports: tuple[Link, ...] = told("the shares as a file")


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One question in a sentence."""

    title: str = told("the question")
    sentence: Sentence = told("the answer in whole numbers")


@dataclass(frozen=True, slots=True)
class AnswersCard:
    """The answers on another page."""

    lines: tuple[AnswerLine, ...] = told("question by question")
    address: str = told("the page of all answers")


@dataclass(frozen=True, slots=True)
class Fact:
    """One number of a card, with what it rests on beneath it."""

    name: str = told("what is counted")
    text: str = told("the number, as the page prints it")
    beneath: str = told("its range or what it is of; empty where there is nothing to add")
    rows: str = told("address of the rows behind it; empty where there are none to show", default="")


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One condition of an issue's rule."""

    dimension: str = told("the dimension, in words")
    value: str = told("the value, as the page prints it; “unknown” where nothing is on record")


@dataclass(frozen=True, slots=True)
class IssuePart:
    """One part of the break account to an issue's broken promises."""

    name: str = told("the part's name")
    owner: Owner = told("whose it is")
    value: float = told("broken promises in it")
    count: str = told("the same in whole promises; may be below zero")
    low: float | None = told("lower 95% limit; null where there is none")
    high: float | None = told("upper 95% limit")
    interval: str = told("the limits, as the page prints them; empty where there are none")


@dataclass(frozen=True, slots=True)
class Quoted:
    """What somebody wrote, personal data masked."""

    text: str = told("the words")
    language: str = told("their language as a code; und where it is not known")


@dataclass(frozen=True, slots=True)
class IssueMonth:
    """One month of an issue."""

    month: str = told("the month, as YYYY-MM")
    words: str = told("the month in words")
    failures: int = told("failures that began in it")
    due: int | None = told("promises of the issue that fell due in it; null where no promise is broken")
    broken: int | None = told("broken ones among them")
    share: str = told("broken of due, as the page prints it; empty where no promise is broken")
    rate: float | None = told("the same as a number; null where nothing was due", default=None)
    low: float | None = told(
        "lowest share not told from what most months have (99% funnel limits); null where there are none", default=None
    )
    high: float | None = told("highest such share", default=None)
    limits: str = told("both, as the page prints them", default="")
    outside: str = told("above or below the limits; empty within them, and where there are none", default="")


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """One amount of an issue."""

    name: str = told("what it is")
    meaning: str = told("what that means")
    amount: Amount = told("the amount")


@dataclass(frozen=True, slots=True)
class IssuePage:
    """What is it, who is hit, why, how much, whose?"""

    study: Head = told("which study this is")
    issue: IssueRow = told("the issue, as the list shows it")
    sentence: Sentence = told("the card: what it is, in at most 120 words with its four numbers")
    numbers: tuple[Fact, ...] = told("failures, people, money at risk and the share of the largest area")
    rule: tuple[RuleRow, ...] = told("the rule by which a failure belongs to it")
    place_note: str = told("how the rule was found, and what its rows are")
    links: tuple[Link, ...] = told("the rows behind it")
    parts: tuple[IssuePart, ...] = told("parts of the break account to its broken promises; empty where no promise is broken")
    broken: int = told("broken promises, to which the parts add up")
    picture: Picture | None = told("the waterfall; null where no promise is broken")
    whose_note: str = told("how the shares of the areas were had")
    banners: tuple[Banner, ...] = told("what must be known before the parts and the shares are read")
    part_sentence: Sentence = told("which part leads, and which step took longest beyond the record")
    spell: Sentence = told("when it was worst")
    confidence: str = told("how well it is known what drives it: measured, likely or guessed")
    confidence_words: str = told("what that means")
    association: str = told("what it does not say")
    quotes: tuple[Quoted, ...] = told("what three different people wrote; empty where fewer did")
    words_note: str = told("whose words they are, and of how many failures words are on record")
    no_words: str = told("why there are no quotes; empty where there are")
    months_sentence: Sentence = told("what to see month by month")
    months_picture: Picture | None = told(
        "the share broken by month with its limits, or failures by month; null where there is one month alone"
    )
    months_note: str = told("how to read the limits, or why there are none; empty where there is one month alone")
    months: tuple[IssueMonth, ...] = told("the same, as rows")
    money: tuple[MoneyRow, ...] = told("cash, modelled margin, lost sales, all together, a year of it and a month of waiting")
    lost: Fact = told("customers expected to leave for it")
    why_no_leaving: str = told("why leaving is not in the money; empty where it is")
    areas: tuple[AreaShare, ...] = told("areas and their shares, unknown among them; they add up to 100%")
    followed: tuple[Fact, ...] = told("contacts, repeats, complaints, returns and low scores that followed")
    quiet: tuple[Fact, ...] = told("people let down, the silent among them, and the hours it took customers and staff")
    back: str = told("address of all issues")
    others: tuple[Link, ...] = told("the issues before and after it")
    exports: tuple[Link, ...] = told("its failures as a file")
    acts: IssueActs | None = told("what people decided about it, and what the reader may do; null where nobody was asked", default=None)


@dataclass(frozen=True, slots=True)
class GonePage:
    """An issue that people decided on, and that the study does not hold."""

    study: Head = told("which study this is")
    title: str = told("what it was called")
    sentence: Sentence = told("where it was last found")
    note: str = told("why it may be gone")
    acts: IssueActs = told("what was decided about it, and what the reader may do")
    last: Link = told("its card on the study that last held it when somebody acted")
    back: str = told("address of all issues")


@dataclass(frozen=True, slots=True)
class BothDesks:
    """Did we do what we said, and whose is the gap?"""

    study: Head = told("which study this is")
    period: Period = told("the period the page speaks of")
    sentence: Sentence = told("the answer in whole numbers")
    remarks: tuple[str, ...] = told("what to know beside it")
    banners: tuple[Banner, ...] = told("what must be known before the numbers are read")
    headline: tuple[Number, ...] = told("F, K and I")
    beside: tuple[Number, ...] = told("B, U and their like")
    account: AccountView | None = told("whose the gap is; null where nothing is due")
    stages: tuple[StageTable, ...] = told("the delivery part step by step, for each promise whose stages are on record")
    months: Months | None = told("month by month; null where there is only one")
    worst: tuple[Worst, ...] = told("worst cell beside the mean, by dimension")
    at_risk: AtRiskView = told("promises at risk now")
    issues: FirstIssues | None = told("the issues that cost most; null where the study keeps none", default=None)
    answers: AnswersCard | None = told("marketing or service, question by question; null where none is asked", default=None)
    acts: BothActs | None = told(
        "decisions that wait, disagreements, and what an officer has not opened; null where nobody was asked", default=None
    )


@dataclass(frozen=True, slots=True)
class SliceRow:
    """One slice of the ledger."""

    names: tuple[str, ...] = told("the slice's values, one per dimension")
    narrow: str = told("address of this slice alone")
    rows: str = told("address of the promises in it")
    broken_rows: str = told("address of the broken ones")
    due: int = told("promises in the due cohort")
    people: int = told("people with a promise due (where nobody is named, what promises are about)")
    broken: int = told("broken promises")
    kept: Number = told("kept rate K")
    coverage: Number = told("promises on record over what should bear one, in this slice")
    thin: bool = told("coverage is below 90%")
    issue_free: Number = told("issue-free share F")
    integrity: Number = told("integrity I")
    ratio: Number = told("received : expected B")
    then: Number | None = told("kept rate of the compared period; null where none is compared")
    change: str = told("kept rate now minus then, in points")
    clear: str = told("whether the two intervals lie apart, in words")
    parts: tuple[PartCount, ...] = told("allowance, expectation-setting, standard, delivery and not decomposed, in broken promises")
    worst: bool = told("the lowest kept rate of the table among slices of a hundred promises or more, part periods left out")
    left_out: str = told("why its period can be neither the best nor the worst; empty where it can")


@dataclass(frozen=True, slots=True)
class WeighedRow:
    """K, I, B and U of everything in view, in one weighting."""

    weighting: str = told("promise, customer or value")
    words: str = told("whose vote counts")
    kept: Number = told("kept rate K")
    integrity: Number = told("integrity I")
    ratio: Number = told("received : expected B, which is I + U")
    surplus: Number = told("surplus U")
    why: str = told("why there are no figures; empty where there are")

    @property
    def numbers(self) -> tuple[Number, ...]:
        """The four in reading order: integrity and surplus, then their sum."""
        return (self.kept, self.integrity, self.surplus, self.ratio)


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """One promise worded “up to” or “from”, tested over all who relied on it."""

    promise: str = told("the promise's name")
    wording: str = told("up to, or from")
    due: int = told("buyers whose promise fell due")
    got: int = told("those who got the level")
    share: Number = told("the share who did")
    declared: str = told("the share who must, by the charter")
    holds: str = told("whether the claim holds, in words")
    kept: bool | None = told("whether the claim holds; null where buyers are too few to say")


@dataclass(frozen=True, slots=True)
class BunchingRow:
    """Receipts just inside the limit of one promise."""

    promise: str = told("the promise's name")
    near: int = told("receipts near the limit")
    bin: str = told("width of a bin, of which two lie just inside")
    observed: int = told("receipts just inside the limit")
    expected: str = told("receipts the neighbouring bins let expect there; empty where too few lie near")
    excess: Number = told("observed less expected")
    state: str = told("what that says")
    bunched: bool = told("the interval of the excess lies above nought")


@dataclass(frozen=True, slots=True)
class RangeRow:
    """Windows and ranges of one promise."""

    promise: str = told("the promise's name")
    received: int = told("ranges with a receipt")
    unanswered: int = told("ranges that fell due without one")
    width: str = told("mean width; empty where nothing was received")
    hits: Number = told("share received inside")
    score: Number = told("mean interval score, less is better")


@dataclass(frozen=True, slots=True)
class BasketRow:
    """One month's kept rate at the base month's mix."""

    month: str = told("the month, in words")
    due: int = told("promises due in it")
    basket: Number = told("kept rate at the mix of the base month")
    plain: Number = told("kept rate at its own mix")
    covered: str = told("share of the basket the month still promises")
    outside: int = told("due promises of kinds the base month did not know")


@dataclass(frozen=True, slots=True)
class Checks:
    """Could the kept rate be flattered? Four checks, each with a sentence; where there is nothing to look at, it says why."""

    campaigns: tuple[CampaignRow, ...] = told("promises worded “up to” or “from”")
    campaigns_sentence: Sentence = told("what to see in them")
    bunching: tuple[BunchingRow, ...] = told("receipts just inside the limit, by promise")
    bunching_sentence: Sentence = told("what to see in them")
    ranges: tuple[RangeRow, ...] = told("windows and ranges, by promise")
    ranges_sentence: Sentence = told("what to see in them")
    basket: tuple[BasketRow, ...] = told("the kept rate of a fixed basket, by month")
    basket_sentence: Sentence = told("what to see in it")


@dataclass(frozen=True, slots=True)
class Pages:
    """Where the reader is in a long table."""

    number: int = told("this page, from 1")
    last: int = told("the last page")
    count: int = told("rows in all pages")
    before: str = told("address of the page before; empty on the first")
    after: str = told("address of the next page; empty on the last")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition the ledger is narrowed by."""

    words: str = told("the condition in words")
    without: str = told("address without it")


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Show me."""

    study: Head = told("which study this is")
    period: Period = told("the period the page speaks of")
    compared: str = told("the compared period in words; empty where none is")
    sentence: Sentence = told("what to see")
    banners: tuple[Banner, ...] = told("what must be known before the numbers are read")
    account_banners: tuple[Banner, ...] = told("what must be known before the parts of the account are read")
    no_interval: str = told("which slices' parts have no interval, and why; empty where all have one")
    dimensions: tuple[Choice, ...] = told("first dimension to slice by")
    further: tuple[Choice, ...] = told("second dimension to slice by")
    comparisons: tuple[Choice, ...] = told("periods to compare with")
    weightings: tuple[Choice, ...] = told("whose vote counts in the table: each promise, each customer alike, each promise by its value")
    weighed: tuple[WeighedRow, ...] = told("everything in view, in each weighting")
    conditions: tuple[Condition, ...] = told("what the ledger is narrowed by")
    areas: tuple[Link, ...] = told("areas to look at, of a reader who sees several and not all: by who keeps a promise, by who made it")
    hidden: tuple[Choice, ...] = told("parameters a form of this page keeps")
    titles: tuple[str, ...] = told("what the slices are named by")
    note: str = told("which periods best and worst leave out, and by which rule; empty where none")
    total: SliceRow = told("everything the conditions leave")
    slices: tuple[SliceRow, ...] = told("the slices of this page of the table")
    pages: Pages = told("where the reader is in the slices")
    checks: Checks = told("whether the kept rate could be flattered")
    native: NativeTable | None = told("the parts in the promise's own unit; null where several promises are in view")
    picture: Picture | None = told("kept rate by month of the largest slices; null where it makes no sense")
    mechanism: Link | None = told("where the change of the promise in view is taken apart; null where it is on no clock")
    exports: tuple[Link, ...] = told("the table as a file")


@dataclass(frozen=True, slots=True)
class ChangePart:
    """The part of a change that goes along with one mechanism."""

    mechanism: str = told("a context column, promise, a step, together, or chance")
    name: str = told("the same in words")
    kind: str = told("mix, promise, stage, together or chance")
    meaning: str = told("what it is")
    owner: Owner | None = told("whose it is; null where it is nobody’s by nature")
    value: float | None = told("what is told of it, as a share; 0 where its limits hold 0; the parts add up to the change")
    low: float | None = told("lower 95% limit of the part as measured")
    high: float | None = told("upper 95% limit of the part as measured")
    words: str = told("what is told of it, in points, as the page prints it")
    interval: str = told("the limits in points, as the page prints them; empty where none can be had")
    measured: float = told("the part as measured, chance included; these add up as well")
    measured_words: str = told("the same in points, as the page prints it")
    reason: str = told("why it is 0, or has no interval; empty where nothing stands in the way")
    n: int = told("promises it rests on")


@dataclass(frozen=True, slots=True)
class ChangeArea:
    """The parts of one area, summed."""

    owner: Owner = told("the area; nobody’s where none is named")
    value: float | None = told("the sum of what is told of its parts, as a share")
    low: float | None = told("lower 95% limit of the sum as measured")
    high: float | None = told("upper 95% limit of the sum as measured")
    words: str = told("the sum in points, as the page prints it")
    interval: str = told("the limits in points, as the page prints them")
    measured: float = told("the sum as measured, chance included")
    of: str = told("which parts these are")


@dataclass(frozen=True, slots=True)
class ChangePage:
    """What changed, by mechanism."""

    study: Head = told("which study this is")
    promise: str = told("the promise it speaks of; empty where none is on a clock")
    sentence: Sentence = told("what to see")
    known: bool = told("whether anything can be told")
    reason: str = told("why nothing can be told; empty where something can")
    promises: tuple[Choice, ...] = told("promises on a clock")
    by: tuple[Choice, ...] = told("what may tell the two sides apart")
    by_now: str = told("what tells them apart")
    before: tuple[Choice, ...] = told("sides to change from")
    after: tuple[Choice, ...] = told("sides to change to")
    conditions: tuple[Condition, ...] = told("what the promises are narrowed by")
    hidden: tuple[Choice, ...] = told("parameters a form of this page keeps")
    facts: tuple[Fact, ...] = told("the late share on both sides, and the change")
    parts: tuple[ChangePart, ...] = told("the parts, in the order in which they act")
    areas: tuple[ChangeArea, ...] = told("the same by area")
    picture: Picture | None = told("the waterfall of the parts; null where nothing can be told")
    areas_picture: Picture | None = told("the waterfall of the areas; null where no area is named")
    notes: tuple[str, ...] = told("what must be read beside the tables")
    back: str = told("address of the same promises in the Ledger")
    exports: tuple[Link, ...] = told("the table as a file")


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """One promise of the ledger."""

    key: str = told("the source's row key")
    cells: tuple[str, ...] = told("its columns, as the page prints them")
    address: str = told("its customer's page, or its subject's where nobody is named; empty where neither is known", default="")


@dataclass(frozen=True, slots=True)
class RowsPage:
    """The promises behind a figure."""

    study: Head = told("which study this is")
    title: str = told("which promises these are")
    period: str = told("the period in words")
    conditions: tuple[Condition, ...] = told("what the ledger is narrowed by")
    states: tuple[Link, ...] = told("verdicts to look at")
    alike: tuple[str, ...] = told("columns that say the same in every row, told once")
    titles: tuple[str, ...] = told("names of the columns")
    rows: tuple[PromiseRow, ...] = told("the promises of this page")
    pages: Pages = told("where the reader is")
    exports: tuple[Link, ...] = told("all of these rows as a file")
    back: str = told("address of the slices")


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """Rows set aside for one reason."""

    reason: str = told("the reason")
    meaning: str = told("what it means")
    rows: int = told("how many")
    share: float = told("share of the rows read")
    address: str = told("where they can be looked at")


@dataclass(frozen=True, slots=True)
class NoteRow:
    """Rows that are used and worth a note."""

    note: str = told("the note")
    meaning: str = told("what it means")
    rows: int = told("how many")


@dataclass(frozen=True, slots=True)
class SourceRow:
    """Row accounting of one mapping of one source."""

    source: str = told("the source")
    mapping: str = told("what its rows were to become")
    files: int = told("files read")
    read: int = told("rows read")
    used: int = told("rows used")
    set_aside: int = told("rows set aside")
    used_share: float | None = told("share of rows used")
    freshest: str = told("the latest instant in its rows that the study could know, in words; empty where none has a date")
    reasons: tuple[ReasonRow, ...] = told("why rows were set aside")
    elsewhere: int = told("rows of another kind, which this mapping is not about")
    notes: tuple[NoteRow, ...] = told("what is worth a note of rows that are used")


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """Coverage of one promise name."""

    name: str = told("the promise's name")
    recorded: int = told("promises on record")
    bearing: int = told("events that should bear one")
    share: float | None = told("recorded of bearing")
    words: str = told("the share, and what it means")
    low: bool = told("below 90%")
    rows: str = told("address of its promises in the Ledger; empty where there are none", default="")


@dataclass(frozen=True, slots=True)
class FlagRow:
    """What a source claims of its promises beside our verdicts."""

    name: str = told("the promise's name")
    claim: str = told("what the source says: kept, not kept, or nothing")
    due: int = told("promises due of which it says so")
    kept: int = told("those we find kept")
    broken: int = told("those we find broken")
    agreed: float | None = told("share on which both agree; null where the source says nothing")


@dataclass(frozen=True, slots=True)
class GateRow:
    """The calibration gate of one promise name."""

    name: str = told("the promise's name")
    mode: str = told("as-of or cross-fitted")
    passed: bool = told("whether the account may be believed")
    n: int = told("promises judged")
    predicted: float = told("breaks the record predicted")
    observed: int = told("breaks there were")
    limit: float | None = told("largest difference that passes, in breaks; null where nothing could be judged")
    pit_distance: float | None = told("distance of the record's predictions from even spread")
    slope: float | None = told("calibration slope; 1 is right")
    reached: float | None = told("share of promises with a record to judge them by")
    banner: str = told("the sentence printed above the account; empty where all is well")


@dataclass(frozen=True, slots=True)
class SourcesPage:
    """Can I trust the numbers?"""

    study: Head = told("which study this is")
    sentence: Sentence = told("the answer in whole numbers")
    sources: tuple[SourceRow, ...] = told("row accounting of every mapping")
    coverage: tuple[CoverageRow, ...] = told("coverage by promise name")
    flags: tuple[FlagRow, ...] = told("what the sources claim of their promises beside our verdicts; empty where they claim nothing")
    gates: tuple[GateRow, ...] = told("calibration gates")
    set_aside: str = told("address of all rows set aside; empty where there are none")
    notes: tuple[str, ...] = told("what else to know")
    receipts: Sentence = told("how many receipts answer a promise or are marked “no promise”; empty where none came in", default=())


@dataclass(frozen=True, slots=True)
class AsideRow:
    """One row that was set aside."""

    source: str = told("its source")
    mapping: str = told("what it was to become")
    file: str = told("file it stands in")
    line: int | None = told("line of the file the row starts in, as an editor counts them; None for a database")
    key: str = told("the source's row key")
    column: str = told("column that is wrong")
    value: str = told("its value")
    reason: str = told("why")


@dataclass(frozen=True, slots=True)
class SetAsidePage:
    """The rows that were set aside."""

    study: Head = told("which study this is")
    title: str = told("which rows these are")
    meaning: str = told("what the reason means")
    conditions: tuple[Condition, ...] = told("what is looked at")
    rows: tuple[AsideRow, ...] = told("the rows of this page")
    pages: Pages = told("where the reader is")
    exports: tuple[Link, ...] = told("all of these rows as a file")


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One number in both studies."""

    slice: str = told("the slice")
    name: str = told("the number")
    before: Number = told("in the earlier study")
    after: Number = told("in the later study")
    change: str = told("after minus before, as the page prints it")


@dataclass(frozen=True, slots=True)
class PartRow:
    """One part of the break account in both studies."""

    slice: str = told("the slice")
    part: str = told("the part, not decomposed, or broken: the sum of them all")
    before: PartCount = told("in the earlier study")
    after: PartCount = told("in the later study")
    change: str = told("after minus before")


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """Promises whose verdict differs."""

    name: str = told("the promise's name")
    before: str = told("verdict in the earlier study")
    after: str = told("verdict in the later study")
    reason: str = told("why")
    meaning: str = told("what that reason means")
    promises: int = told("how many")


@dataclass(frozen=True, slots=True)
class CountRow:
    """Ledger rows of one promise name in both studies."""

    name: str = told("the promise's name")
    before: int = told("rows in the earlier study")
    after: int = told("rows in the later study")
    added: int = told("rows only the later one has")
    removed: int = told("rows only the earlier one has")
    superseded: int = told("rows whose promise was rewritten")


@dataclass(frozen=True, slots=True)
class OriginRow:
    """One thing the two studies were made from that differs."""

    what: str = told("the thing")
    before: str = told("in the earlier study")
    after: str = told("in the later study")


@dataclass(frozen=True, slots=True)
class ComparePage:
    """What changed between two studies?"""

    study: Head = told("which study is open")
    before: StudyRow = told("the earlier study")
    after: StudyRow = told("the later study")
    identical: bool = told("whether they are equal to the byte")
    sentence: Sentence = told("what changed, in whole numbers")
    figures: tuple[FigureRow, ...] = told("F, K and I in both")
    parts: tuple[PartRow, ...] = told("the break account in both")
    no_interval: tuple[str, ...] = told("in which study parts have no interval, and why")
    verdicts: tuple[VerdictRow, ...] = told("promises whose verdict differs, by reason")
    rows: tuple[CountRow, ...] = told("ledger rows by promise name")
    made_from: tuple[OriginRow, ...] = told("what they were made from that differs")
    alike: int = told("how many of the things they were made from are the same in both")


@dataclass(frozen=True, slots=True)
class NumbersPage:
    """What do the numbers mean?"""

    study: Head | None = told("which study is open; null before the first")
    numbers: tuple[About, ...] = told("every number the pages print")


@dataclass(frozen=True, slots=True)
class NumberPage:
    """What does this number mean?"""

    study: Head | None = told("which study is open; null before the first")
    number: About = told("the number")
    others: tuple[Link, ...] = told("the other numbers")


@dataclass(frozen=True, slots=True)
class Empty:
    """Before the first study: what will stand here, and the one step that fills it."""

    name: str = told("the page")
    step: str = told("the command that fills it")
    run: str = told("address of the page that has it made; empty where the reader may not")
    making: str = told("address of the page on the study in the making; empty where none is")


@dataclass(frozen=True, slots=True)
class Health:
    """Is the workspace up?"""

    status: str = told("ok or broken")
    checks: Mapping[str, str] = told("each part and its state")


@dataclass(frozen=True, slots=True)
class AlongWith:
    """One kind of failure among those who speak of a theme, beside those who do not. It goes along with the theme; no cause is claimed."""

    failure: str = told("the kind of failure")
    unit: str = told("people or texts: what is counted")
    with_theme: str = told("the share of those who speak of it, with how many they are")
    without: str = told("the share of the others, likewise")
    points: str = told("the difference, in points")
    interval: str = told("its 95% limits")
    clear: bool = told("it differs more than chance lets expect of so many pairs")
    more: bool = told("those who speak of it have it more often")


@dataclass(frozen=True, slots=True)
class ThemeRow:
    """One theme."""

    key: str = told("the theme's key, the same from study to study; decisions name it so")
    address: str = told("address of this theme alone")
    name: str = told("what it is called")
    named_by: str = told("who named it: words, people, endpoint or memory")
    known: bool = told("an earlier study had it")
    new: bool = told("the alert of this study is about it")
    texts: int = told("texts of it, among those that stand for all on record")
    rows: str = told("address of these texts")
    people: int | None = told("different people who wrote them; null where nobody is named")
    share: float | None = told("of the texts that could be read; null where there is none")
    low: float | None = told("its lower 95% limit")
    high: float | None = told("its upper 95% limit")
    share_words: str = told("the share, as the page prints it")
    interval: str = told("its limits, as the page prints them")
    weeks: tuple[int, ...] = told("texts week by week, oldest first, the last one ending with the day of the as-of")
    weeks_words: str = told("the last four weeks in words")
    quotes: tuple[Quoted, ...] = told("words of different people")
    along: tuple[AlongWith, ...] = told("kinds of failure that clearly go along with it, surest first")


@dataclass(frozen=True, slots=True)
class ThemeGroup:
    """Themes that lie near one another."""

    name: str = told("the words of its largest themes")
    texts: int = told("texts in it")
    rows: str = told("address of these texts")
    share_words: str = told("of the texts that could be read, as the page prints it")
    themes: tuple[ThemeRow, ...] = told("its themes, in the order asked for")


@dataclass(frozen=True, slots=True)
class ThemeWeek:
    """One week of a theme."""

    words: str = told("its days, in words")
    texts: int = told("texts of the theme in it")
    rows: str = told("address of these texts")


@dataclass(frozen=True, slots=True)
class ThemeCard:
    """One theme in full."""

    theme: ThemeRow = told("the theme, as the list shows it")
    sentence: Sentence = told("how many wrote it, in whole numbers")
    words: str = told("what sets it apart")
    languages: str = told("its languages, in words")
    along: tuple[AlongWith, ...] = told("every kind of failure looked at, surest first")
    along_sentence: Sentence = told("what goes along with it")
    weeks: tuple[ThemeWeek, ...] = told("its weeks, oldest first")
    picture: Picture | None = told("the same, drawn; null where it is in no week")
    lines: str = told("what to write into curation.toml to call it otherwise")
    back: str = told("address of all themes")


@dataclass(frozen=True, slots=True)
class AlertRow:
    """What more people speak of than before."""

    name: str = told("its words")
    address: str = told("address of the theme; empty where it is too new to be one of its own")
    sentence: Sentence = told("how many voices, now and before")
    quotes: tuple[str, ...] = told("words of different people")


@dataclass(frozen=True, slots=True)
class StatementRow:
    """What customers say they were told, or should have got, and how to decide on it."""

    key: str = told("its key, by which a decision names it")
    words: str = told("the sentence, masked")
    language: str = told("its language as a code; und where it is not known")
    kind: str = told("in words: they were told so, or they expected it")
    told_by: str = told("who is said to have told them")
    level: str = told("what was said, where it can be told: a duration, date, price or percentage")
    texts: int = told("how many of the texts read say it")
    row: str = told("source and row key of the first signal that says it")
    lines: str = told("what to write into review.toml")


@dataclass(frozen=True, slots=True)
class ThemesPage:
    """In whose words?"""

    study: Head = told("which study this is")
    sentence: Sentence = told("the answer in whole numbers")
    reading: Sentence = told("how the texts were read; empty where there are none")
    sorts: tuple[Link, ...] = told("by what the themes can be ordered")
    groups: tuple[ThemeGroup, ...] = told("groups of themes, each with its themes, in the order asked for; those of this page")
    pages: Pages = told("the pages of groups")
    theme: ThemeCard | None = told("the one theme asked for; null where all are")
    alert: tuple[AlertRow, ...] = told("what is newly said")
    alert_sentence: Sentence = told("whether anything is newly said")
    alert_notes: tuple[str, ...] = told("the rate of false alarms, or why no alarm can be raised")
    statements: tuple[StatementRow, ...] = told("statements nobody decided on, those said most often first; the first of them")
    statements_sentence: Sentence = told("how many wait, and how many were decided on")
    statements_notes: tuple[str, ...] = told("what to know of them")
    accounted: tuple[Fact, ...] = told("what became of every text on record")
    notes: tuple[str, ...] = told("what to know beside the themes")
    exports: tuple[Link, ...] = told("the themes as a file")
