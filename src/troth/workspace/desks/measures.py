"""Measures: which targets hurt customers, where roles are at cross purpose, and watermelons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from django.urls import reverse

from troth.engine.charts import fill
from troth.engine.charts.binning import bin_rows
from troth.engine.findings import Figure
from troth.engine.guards import Conflict, Guard, OutcomeTest, Watermelon
from troth.engine.guards.result import COMPARISONS, GAIN, HARM, HARMFUL, HELPFUL, LIMIT, NEUTRAL, NOT_JUDGED, NOTHING, UNKNOWN
from troth.terms.measures import AUDIT
from troth.workspace.desks.contexts import Fact, Sentence
from troth.workspace.desks.exports import links
from troth.workspace.desks.measure_contexts import Light, MeasuresPage, MeasureView, OutcomeRow, WatermelonRow
from troth.workspace.desks.sentences import bare, spoken
from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Owner, Picture
from troth.workspace.studies.contexts import head_of
from troth.workspace.studies.questions import address
from troth.workspace.studies.reading import OpenStudy

WIDE, NARROW = 1080, 320
"""Pixels a picture is laid out for."""

LIGHTS = {HARMFUL: ("red", "✕"), HELPFUL: ("green", "✓"), NEUTRAL: ("green", "○"), UNKNOWN: ("unknown", "?")}
PAIRED, ALONE, NEEDS_NONE = Light("green", "✓", "paired"), Light("amber", "!", "stands alone"), Light("unknown", "–", "no target")
ASPECTS = {"min": "at most", "max": "at least"}


def measures_page(opened: OpenStudy) -> MeasuresPage:
    """Every measure of the project."""
    told = opened.measures()
    judged = [one for one in told.measures if one.readings and one.measure.kind != AUDIT]
    waiting = [one for one in told.measures if one not in judged]
    views = tuple(_view(opened, number, one) for number, one in enumerate((*judged, *waiting), start=1))
    return MeasuresPage(
        study=head_of(opened, "desks:measures"),
        sentence=_headline(told.measures),
        measures=views,
        waiting=views[len(judged) :],
        conflicts=tuple(_conflict(one) for one in told.conflicts),
        watermelons=tuple(_watermelon(one) for one in told.watermelons),
        notes=() if told.measures else (NOT_JUDGED,),
        exports=links(lambda name: _page_at(opened, name)) if told.measures else (),
    )


def records(opened: OpenStudy) -> list[dict[str, object]]:
    """Measure and outcome to verdict and damage, as plain records."""
    return opened.measures().table.records()


def _page_at(opened: OpenStudy, form: str) -> str:
    return address(reverse("desks:measures"), None, format=form, study=None if opened.entry.current else opened.number)


def _headline(told: tuple[Guard, ...]) -> Sentence:
    if not told:
        return spoken("Nobody says yet what people here are judged by.")
    by = Counter(one.verdict for one in told)
    harmful = [f"*{bare(one.measure.name)}*" for one in told if one.verdict == HARMFUL]
    rest = [f"{by[word]} {'is' if by[word] == 1 else 'are'} {word}" for word in (HELPFUL, NEUTRAL, UNKNOWN) if by[word]]
    first = f"Of *{wording.counted(len(told), 'measure')}*, "
    if not harmful:
        return spoken(f"{first}none is shown to hurt customers: {wording.listed(rest)}.")
    hurt = "hurts" if len(harmful) == 1 else "hurt"
    after = f"; {wording.listed(rest)}" if rest else ""
    return spoken(f"{first}*{len(harmful)}* {hurt} customers, {wording.listed(harmful)}{after}.")


def _view(opened: OpenStudy, number: int, one: Guard) -> MeasureView:
    measure = one.measure
    aspect = opened.study.reading.charter.aspect_of(measure.area)
    return MeasureView(
        number=number,
        name=measure.name,
        light=Light(*LIGHTS[one.verdict], one.verdict),
        pairing=PAIRED if one.paired else NEEDS_NONE if measure.target is None else ALONE,
        owner=Owner("none" if aspect is None else str(aspect), measure.area or "nobody’s area"),
        role=measure.role or "",
        target=_target(one),
        sentence=_sentence(one),
        second=_cost(one),
        why=one.why,
        action=one.action,
        facts=tuple(_facts(one)),
        picture=_picture(one),
        outcomes=tuple(_outcome(test, one) for test in sorted(one.tests, key=lambda test: not test.paired)),
        comparison=COMPARISONS[one.comparison] if one.readings and measure.kind != AUDIT else "",
        notes=one.notes,
    )


def _target(one: Guard) -> str:
    measure = one.measure
    if measure.target is None:
        return "no target"
    return f"{ASPECTS[measure.direction]} {measure.target:,.6g} {measure.unit}".strip()


def _sentence(one: Guard) -> Sentence:
    """The paired outcome that says most, in whole cases."""
    order = {HARM: 0, GAIN: 1}
    known = [test for test in one.tests if test.paired and test.share.value is not None and test.otherwise.value is not None]
    if not known:
        return spoken(bare(one.why))
    test = min(known, key=lambda each: (order.get(each.says, 2), -abs(each.damage.value or 0)))
    seen, otherwise = (max(round(test.n * (figure.value or 0.0)), 0) for figure in (test.share, test.otherwise))
    name = bare(str(test.where["outcome"]))
    first = f"Of *{wording.counted(test.n, 'case')}* under the target, *{wording.whole(seen)}* saw “{name}”"
    if test.says in order:
        return spoken(f"{first}; without it *{wording.whole(otherwise)}* would have.")
    if test.says == NOTHING:
        return spoken(f"{first}: as many as without it, give or take {wording.percent(one.measure.matters, 0)} of cases.")
    return spoken(f"{first}. Whether that is more or fewer than without it *cannot be told*.")


def _cost(one: Guard) -> Sentence:
    matter = one.matter
    if matter is None or matter.company.value is None or matter.customer.value is None:
        return ()
    first = f"A closed matter takes the company *{_minutes(matter.company)}* and the customer *{_minutes(matter.customer)}*"
    if matter.company_otherwise.value is None or matter.customer_otherwise.value is None:
        return spoken(f"{first}.")
    otherwise = f"*{_minutes(matter.company_otherwise)}* and *{_minutes(matter.customer_otherwise)}*"
    return spoken(f"{first}; without the target {otherwise}. {_who_pays(one)}".strip())


def _who_pays(one: Guard) -> str:
    if one.matter is None or one.matter.saved.low is None or one.matter.paid.low is None:
        return ""
    saves, pays = one.matter.saved.low > 0, one.matter.paid.low > 0
    if saves and pays:
        return "The company saves; the customer pays."
    return "The customer pays." if pays else "The company saves." if saves else ""


def _minutes(figure: Figure) -> str:
    return f"{figure.value:.1f} minutes"


def _facts(one: Guard) -> Iterator[Fact]:
    if not one.readings or one.measure.kind == AUDIT:
        return
    measure = one.measure
    yield Fact("Cases under it", wording.whole(one.pressed), f"of {wording.whole(one.readings)}")
    if one.met.value is not None:
        yield Fact("Meet the target", wording.percent(one.met.value, 0), _limits(one.met))
    if one.moved.value is not None:
        yield Fact("Moved the reading by", f"{_signed(one.moved.value)} {measure.unit}".strip(), _numbers(one.moved))
    if one.excess.value is not None:
        yield Fact(
            "Too many just inside",
            wording.whole(max(round(one.excess.value), 0)),
            f"{wording.whole(one.observed)} in place of {one.expected:,.0f}",
        )


def _picture(one: Guard) -> Picture | None:
    rows = bin_rows(one)
    if not rows or one.expected is None:
        return None
    told = f"{wording.counted(one.observed, 'case')} just inside {_target(one)}, where a smooth curve expects {one.expected:,.0f}."
    return Picture(told, fill("bins", rows, width=WIDE), fill("bins", rows, width=NARROW))


def _outcome(test: OutcomeTest, one: Guard) -> OutcomeRow:
    placebo = {True: "shows nothing, as it ought to", False: "shows as much", None: ""}[test.passed]
    return OutcomeRow(
        outcome=str(test.where["outcome"]),
        whose=test.role or "",
        paired=test.paired,
        cases=test.n,
        share=wording.percent(test.share.value),
        otherwise=wording.percent(test.otherwise.value) if one.comparison != LIMIT else "",
        worse=wording.UNKNOWN if test.damage.value is None else wording.points(test.damage.value),
        interval=_limits_in_points(test.damage),
        near="" if test.near.value is None else wording.points(test.near.value),
        placebo=placebo,
        says=test.says,
        reason=test.reason,
    )


def _conflict(one: Conflict) -> Sentence:
    how = "worsens" if one.effect else "goes along with worse"
    return spoken(
        f"*{bare(str(one.where['measure']))}*, by which the {bare(one.role)} is judged, {how} *{bare(str(one.where['outcome']))}*, "
        f"which the {bare(one.against)} answers for{_by_how_much(one)}."
    )


def _by_how_much(one: Conflict) -> str:
    if not one.effect or one.damage.value is None:
        return ""
    return f": {wording.percent(one.damage.value)} of cases are made worse ({_limits(one.damage)})"


def _watermelon(one: Watermelon) -> WatermelonRow:
    return WatermelonRow(
        scenario=str(one.where["scenario"]),
        ended=one.ended,
        green=one.green,
        index=one.index.value,
        index_words=wording.UNKNOWN if one.index.value is None else wording.percent(one.index.value),
        interval=_limits(one.index),
        passed=wording.percent(one.passed.value),
        together=_rank(one.together),
        reason=one.reason,
    )


def _rank(figure: Figure) -> str:
    if figure.value is None:
        return ""
    return f"{figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f})".replace("-", wording.MINUS)


def _limits(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return ""
    return f"{wording.percent(figure.low)} to {wording.percent(figure.high)}"


def _limits_in_points(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return ""
    return f"{wording.points(figure.low).removesuffix(' points')} to {wording.points(figure.high)}"


def _numbers(figure: Figure) -> str:
    return "" if figure.low is None or figure.high is None else f"{_signed(figure.low)} to {_signed(figure.high)}"


def _signed(value: float) -> str:
    return wording.signed(value) if abs(value) >= 10 else f"{'+' if value > 0 else wording.MINUS if value < 0 else ''}{abs(value):.1f}"  # noqa: PLR2004 - below ten the first place tells
