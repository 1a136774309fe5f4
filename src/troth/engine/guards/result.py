"""What guards say: of each measure what it does to customers, where two roles' measures are at cross purpose, and watermelons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from troth.engine.findings import NO_DATA, Figure, Findings
from troth.terms.measures import Measure
from troth.terms.vocabulary import Direction

HARMFUL, HELPFUL, NEUTRAL, UNKNOWN = "harmful", "helpful", "neutral", "unknown"
VERDICTS = (HARMFUL, HELPFUL, NEUTRAL, UNKNOWN)
HARM, GAIN, NOTHING, CANNOT_TELL = "harm", "gain", "nothing", "cannot tell"
"""What one outcome says: the interval lies on the customer's wrong side of 0, on the right side, within what matters, or none of these."""

BOTH, BESIDE, BEFORE, LIMIT = "before and beside", "beside", "before", "limit"
COMPARISONS: Mapping[str, str] = {
    BOTH: "the same units before the target, and units without it in the same months",
    BESIDE: "units without the target in the same months",
    BEFORE: "the same units before the target",
    LIMIT: "cases beyond the limit, for those moved inside it",
    "": "nothing: nobody works without this target",
}
"""What cases under a target are compared with, in words."""

ACTIONS: Mapping[str, str] = {
    HARMFUL: "Suspend the target, and judge by {paired} instead; or keep the number as information only.",
    HELPFUL: "Keep the target, together with {paired}.",
    NEUTRAL: "Keep it as information; it does customers neither harm nor good.",
    UNKNOWN: "Keep watching it together with {paired}.",
}
NOTHING_PAIRED = "Pair it: name an outcome at the customer’s that it is read together with."
NOT_JUDGED = "No target is on record: measures.toml says what people are judged by, and what it is paired with."


@dataclass(frozen=True, slots=True)
class OutcomeTest:
    """What a target does to one outcome at the customer's.

    :param where: ``measure`` and ``outcome``. :param paired: the measure is paired with it, so the verdict looks at it.
    :param role: title that answers for the outcome, :param area: whose work it is. :param direction: ``min``: it hurts where it happens.
    :param n: cases under the target of which the outcome is known. :param share: of them, how many saw it happen.
    :param otherwise: the share there would have been without the target.
    :param damage: share of cases the target makes worse for the customer; below 0 it makes them better. All outcomes of a measure at once
        lie within their limits in 95 of 100.
    :param placebo: the same, had the target begun earlier: ought to be 0. :param passed: it is; ``None`` where it cannot be told.
    :param near: among cases moved just inside the limit, the share made worse than cases beyond it are.
    :param along: how much better the outcome is where the reading is better by its spread: goes along with, and no more.
    :param says: ``harm``, ``gain``, ``nothing`` or ``cannot tell``. :param reason: why it cannot be told; empty where it can.
    """

    where: Mapping[str, Any]
    paired: bool
    role: str | None
    area: str | None
    direction: Direction
    n: int = 0
    share: Figure = NO_DATA
    otherwise: Figure = NO_DATA
    damage: Figure = NO_DATA
    placebo: Figure = NO_DATA
    passed: bool | None = None
    near: Figure = NO_DATA
    along: Figure = NO_DATA
    says: str = CANNOT_TELL
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MatterCost:
    """What one closed matter takes, under the target and without it: a matter that is not closed comes again (domain.md e8, 4).

    Contacts are ``1 / (1 - r)``, company minutes those times the minutes of a case, customer minutes those times minutes of the case, of
    waiting and of getting through again. ``saved`` is what the target saves the company, ``paid`` what customers pay for it, in minutes.
    """

    handled: Figure
    waited: Figure
    unresolved: Figure
    contacts: Figure
    company: Figure
    customer: Figure
    handled_otherwise: Figure = NO_DATA
    unresolved_otherwise: Figure = NO_DATA
    company_otherwise: Figure = NO_DATA
    customer_otherwise: Figure = NO_DATA
    saved: Figure = NO_DATA
    paid: Figure = NO_DATA


@dataclass(frozen=True, slots=True)
class LimitBin:
    """Cases under the target within one bin around it.

    :param low: level the bin begins at, in the measure's unit, and :param high: ends at. :param n: cases in it.
    :param expected: by a smooth curve through the bins further out. :param inside: it is one of the two just inside.
    """

    low: float
    high: float
    n: int
    expected: float
    inside: bool


@dataclass(frozen=True, slots=True)
class Guard:
    """One measure and what its target does to customers.

    :param source: where its readings come from; empty where there are none. :param readings: cases it was read on; ``pressed`` of them
        under the target, ``compared`` of the others stand beside them.
    :param comparison: a key of :data:`COMPARISONS`.
    :param met: share of the cases under the target that meet it. :param moved: what the target does to the reading itself, in its unit.
    :param excess: cases just inside the limit beyond a smooth fit of their neighbours; ``expected`` and ``observed`` there; ``width`` of a
        bin. :param bunched: the interval of the excess lies above 0; ``None`` where it cannot be told.
    :param bins: cases around the target, level by level; empty where it cannot be told.
    :param verdict: one of :data:`VERDICTS`. :param why: in words. :param action: what to do about it.
    """

    measure: Measure
    source: str = ""
    readings: int = 0
    pressed: int = 0
    compared: int = 0
    comparison: str = ""
    met: Figure = NO_DATA
    moved: Figure = NO_DATA
    excess: Figure = NO_DATA
    observed: int = 0
    expected: float | None = None
    width: float | None = None
    bunched: bool | None = None
    bins: tuple[LimitBin, ...] = ()
    tests: tuple[OutcomeTest, ...] = ()
    matter: MatterCost | None = None
    verdict: str = UNKNOWN
    why: str = ""
    action: str = ""
    notes: tuple[str, ...] = ()

    @property
    def paired(self) -> bool:
        """Whether it is read together with an outcome at the customer's; where it has a target and is not, it is amber."""
        return bool(self.measure.paired)

    @property
    def unrelated(self) -> bool | None:
        """Whether a better reading goes along with no outcome, by more than matters (S1.14); ``None`` where it cannot be told."""
        known = [one.along for one in self.tests if one.along.low is not None and one.along.high is not None]
        if not known:
            return None
        if any((one.low or 0) > 0 or (one.high or 0) < 0 for one in known):
            return False
        near = all(-self.measure.matters <= (one.low or 0) and (one.high or 0) <= self.measure.matters for one in known)
        return True if near else None


@dataclass(frozen=True, slots=True)
class Conflict:
    """The target of one role worsens the outcome another one answers for (S2.7).

    :param where: ``measure`` and ``outcome``. :param role: whose target it is, :param against: whose outcome.
    :param damage: share of cases made worse. :param effect: a comparison shows it; else it goes along with better readings, and no more.
    """

    where: Mapping[str, Any]
    role: str
    against: str
    damage: Figure
    effect: bool


@dataclass(frozen=True, slots=True)
class Watermelon:
    """Green outside, red inside: scenarios that failed although every audit of the channels they touched was passed (S1.15).

    :param where: ``scenario``. :param audited: scenarios that touched an audited channel, of :param ended: all that ended;
        :param green: of them, those all of whose audits were passed. :param index: share of the green ones that failed.
    :param passed: share of audits that were passed. :param together: rank correlation between the score of an audit and the share of
        scenarios that succeeded while it held, over channels and audits.
    """

    where: Mapping[str, Any]
    ended: int
    audited: int
    green: int
    index: Figure
    passed: Figure
    together: Figure
    reason: str = ""


@dataclass(frozen=True, slots=True)
class GuardRow:
    """One measure and one of its outcomes, as a row of a table; a measure without outcomes has a row without one."""

    where: Mapping[str, Any]
    role: str | None
    kind: str
    target: float | None
    unit: str
    paired: bool
    readings: int
    pressed: int
    bunched: bool | None
    excess: Figure
    share: Figure
    otherwise: Figure
    damage: Figure
    passed: bool | None
    near: Figure
    along: Figure
    says: str
    verdict: str
    why: str


@dataclass(frozen=True, slots=True)
class Guards:
    """All measures of a study: the harmful first; conflicts between roles; watermelons by scenario."""

    measures: tuple[Guard, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    watermelons: tuple[Watermelon, ...] = ()
    notes: tuple[str, ...] = field(default_factory=tuple)

    def measure(self, name: str) -> Guard | None:
        """The guard of a measure."""
        return next((one for one in self.measures if one.measure.name == name), None)

    @property
    def table(self) -> Findings[GuardRow]:
        """A row for each measure and outcome; what to read beside them in the notes."""
        rows = [row for one in self.measures for row in rows_of(one)]
        notes = [f"{one.measure.name}: {one.verdict}. {one.why}" for one in self.measures]
        notes += [conflict_words(one) for one in self.conflicts]
        notes += [watermelon_words(one) for one in self.watermelons]
        return Findings(tuple(rows), ("measure", "outcome"), (*notes, *self.notes))


def rows_of(one: Guard) -> Sequence[GuardRow]:
    """A guard as rows of a table."""
    nothing = OutcomeTest({"measure": one.measure.name, "outcome": None}, False, None, None, Direction.MIN, reason=one.why)
    return [
        GuardRow(
            where=test.where,
            role=one.measure.role,
            kind=one.measure.kind,
            target=one.measure.target,
            unit=one.measure.unit,
            paired=test.paired,
            readings=one.readings,
            pressed=one.pressed,
            bunched=one.bunched,
            excess=one.excess,
            share=test.share,
            otherwise=test.otherwise,
            damage=test.damage,
            passed=test.passed,
            near=test.near,
            along=test.along,
            says=test.says,
            verdict=one.verdict,
            why=one.why,
        )
        for test in one.tests or (nothing,)
    ]


def conflict_words(one: Conflict) -> str:
    """A conflict in a sentence."""
    how = "worsens" if one.effect else "goes along with worse"
    return f"Cross purpose: “{one.where['measure']}” ({one.role}) {how} “{one.where['outcome']}”, which {one.against} answers for."


def watermelon_words(one: Watermelon) -> str:
    """A watermelon in a sentence."""
    name = one.where["scenario"]
    if one.index.value is None:
        return f"Watermelon index of “{name}”: unknown. {one.reason}"
    audits = "" if one.passed.value is None else f" {one.passed.value:.1%} of audits were passed."
    return f"Watermelon index of “{name}”: {one.index.value:.1%} failed of those in which every channel passed its audit.{audits}"
