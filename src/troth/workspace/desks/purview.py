"""Purview: can we execute? The chasm of each structure side by side, what closes it, and what was asked of areas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.urls import reverse

from troth.engine.charts import fill
from troth.engine.charts.structures import structure_rows
from troth.engine.findings import Figure
from troth.engine.purview import AreaPurview, AskRecord, Chasm, DisciplineShare, Structure
from troth.engine.purview.authority import CAPACITY, DECISION, MONEY, ROOT_CAUSE
from troth.terms.roles import UNKNOWN_AREA, Purview
from troth.workspace.desks.contexts import Sentence
from troth.workspace.desks.exports import links
from troth.workspace.desks.purview_contexts import AreaRow, AskRow, ClosingStep, DisciplineRow, PurviewPage, StructureRow
from troth.workspace.desks.sentences import bare, spoken
from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Owner, Picture
from troth.workspace.studies.contexts import head_of
from troth.workspace.studies.deciders import deciders_of, told_of
from troth.workspace.studies.questions import address
from troth.workspace.studies.reading import OpenStudy

WIDE, NARROW = 940, 320
"""Pixels a picture is laid out for."""

FAILURES = "failures"


def records(opened: OpenStudy) -> list[dict[str, object]]:
    """Every area under every structure, as plain records."""
    return told_of(opened, deciders_of(opened).purview).areas.records()


def purview_page(opened: OpenStudy, structure: str) -> PurviewPage:
    """What each structure can get done, and what closes the chasm of one of them.

    :param structure: its name; empty for the actual one, or the first.
    :raises RequestError: there is none of that name.
    """
    deciders = deciders_of(opened)
    purview = deciders.purview
    found = told_of(opened, purview)
    lead = found.structure(structure) if structure else found.actual or next(iter(found), None)
    shown = "" if lead is None else str(lead.where["structure"])
    closing = found.closing(shown).rows if shown else ()
    currency = opened.study.manifest.currency  # of limits and costs, whatever issues weigh by
    return PurviewPage(
        study=head_of(opened, "desks:purview"),
        sentence=_headline(found, lead, purview),
        second=_second(found, lead, closing),
        outside=found.outside,
        picture=_picture(found),
        unit=found.unit,
        structures=tuple(_structure(opened, found, row) for row in found),
        shown=shown,
        closing=tuple(_steps(found, lead, closing, currency)),
        areas=tuple(_area(opened, found, row) for row in closing),
        asks=tuple(_ask(row) for row in found.asks),
        disciplines=tuple(_discipline(row) for row in found.disciplines if row.where["structure"] == shown and row.of),
        anybody=bool(purview.roles),
        reason=found.reason,
        source=deciders.told,
        notes=(*(note for note in found.notes if note not in found.outside), *deciders.notes),
        exports=links(lambda name: _page_at(opened, form=name)) if found.areas.rows else (),
    )


def _page_at(opened: OpenStudy, form: str | None = None, structure: str | None = None) -> str:
    study = None if opened.entry.current else opened.number
    return address(reverse("desks:purview"), None, format=form, structure=structure, study=study)


def _headline(found: Chasm, lead: Structure | None, purview: Purview) -> Sentence:
    if not purview.roles:
        return spoken("Nobody is on record who may decide anything.")
    if lead is None or lead.chasm.value is None:
        return spoken("It *cannot be told* what whoever leads can get done.")
    who = "those who lead today" if lead.actual else f"“{bare(str(lead.where['structure']))}”"
    return spoken(
        f"Of *{_amount(found.at_risk.value, found.unit)}*{_kind(found)}, *{_amount(lead.uncovered.value, found.unit)}* "
        f"({wording.percent(lead.chasm.value, 0)}) lies beyond what {who} may decide."
    )


def _kind(found: Chasm) -> str:
    return "" if found.unit == FAILURES else " at risk"


def _second(found: Chasm, lead: Structure | None, closing: Sequence[AreaPurview]) -> Sentence:
    """What it means, and what would close most of it."""
    if lead is None or lead.chasm.value is None:
        return ()
    reach = (
        ""
        if lead.reach.value is None
        else f" Counting what areas do when they are asked, {wording.percent(lead.reach.value, 0)} gets done."
    )
    first = next((row for row in closing if row.missing and row.where["area"] != UNKNOWN_AREA and row.falls), None)
    step = (
        ""
        if first is None or first.chasm_after is None
        else f" What would close most: *{bare(str(first.where['area']))}*, to {wording.percent(first.chasm_after, 0)}."
    )
    return spoken(f"It {_verb(lead.reading)}.{reach}{step}")


def _verb(reading: str) -> str:
    """A reading as the end of a sentence."""
    if reading.startswith("check"):
        return f"covers nearly all: {reading}"
    return f"lies {reading}" if reading.startswith("beyond") else reading


def _picture(found: Chasm) -> Picture | None:
    if not found.rows:
        return None
    rows = structure_rows(found.rows)
    told = wording.listed([f"{one.where['structure']} {wording.percent(one.chasm.value, 0)}" for one in found])
    sentence = f"The chasm of each structure: {told}."
    return Picture(sentence, fill("structures", rows, width=WIDE), fill("structures", rows, width=NARROW))


def _structure(opened: OpenStudy, found: Chasm, row: Structure) -> StructureRow:
    name = str(row.where["structure"])
    return StructureRow(
        name=name,
        roles=wording.listed(row.roles),
        actual=row.actual,
        address=_page_at(opened, structure=name) + "#closing",
        chasm=row.chasm.value,
        chasm_words=wording.percent(row.chasm.value),
        chasm_range=_range(row.chasm),
        reach=row.reach.value,
        reach_words=wording.UNKNOWN if row.reach.value is None else wording.percent(row.reach.value),
        reach_range=_range(row.reach),
        influence_words=wording.UNKNOWN if row.influence.value is None else wording.percent(row.influence.value),
        uncovered_words=_amount(row.uncovered.value, found.unit),
        reading=row.reading[:1].upper() + row.reading[1:],
    )


def _steps(found: Chasm, lead: Structure | None, closing: Sequence[AreaPurview], currency: str) -> Iterator[ClosingStep]:
    """What is uncovered, in order."""
    for row, before in zip(closing, _before(lead, closing), strict=True):
        if row.missing:
            yield _step(found, row, before, currency)


def _before(lead: Structure | None, closing: Sequence[AreaPurview]) -> list[float | None]:
    """The chasm before each area of the list is covered."""
    start = None if lead is None else lead.chasm.value
    return [start, *(row.chasm_after for row in closing)][: len(closing)]


def _step(found: Chasm, row: AreaPurview, before: float | None, currency: str) -> ClosingStep:
    area = str(row.where["area"])
    uncovered = f"*{_amount(row.uncovered.value, found.unit)}* uncovered"
    if row.missing == (ROOT_CAUSE,):
        says = f"{uncovered}, and no area is named for it. Missing: *the root cause*. No grant closes it."
    else:
        missing = wording.listed([_instrument(one, row, currency) for one in row.missing])
        falls = "" if before is None or row.chasm_after is None else f" {_falls(before, row.chasm_after)}"
        says = f"{uncovered}. Missing: {missing}.{falls}"
    return ClosingStep(area, spoken(says))


def _falls(before: float, after: float) -> str:
    return f"Covered whole, the chasm falls from {wording.percent(before)} to {wording.percent(after)}."


def _instrument(missing: str, row: AreaPurview, currency: str) -> str:
    if missing == MONEY and row.short_money is not None:
        return f"*money*, {wording.money(row.short_money, currency)} for the best fix"
    if missing == CAPACITY and row.short_hours is not None:
        return f"*capacity*, {wording.counted(round(row.short_hours), 'hour')}"
    return f"*{'a ' if missing == DECISION else ''}{missing}*"


def _area(opened: OpenStudy, found: Chasm, row: AreaPurview) -> AreaRow:
    area = str(row.where["area"])
    aspect = opened.study.reading.charter.aspect_of(area)
    nobody = area == UNKNOWN_AREA
    n = wording.counted(row.clout.n, "ask") if row.clout.value is not None else ""
    return AreaRow(
        area=area,
        owner=Owner("none" if aspect is None else str(aspect), "no area named" if nobody else area),
        at_risk=row.at_risk.value,
        at_risk_words=_plain(row.at_risk.value),
        at_risk_range=wording.money_span(row.at_risk.low, row.at_risk.high),
        decide="nobody can" if nobody else "yes" if row.decide else "no",
        money="" if nobody else _of_fix(row.fund),
        hours="" if nobody else _of_fix(row.cap),
        clout="" if nobody else wording.UNKNOWN if row.clout.value is None else wording.percent(row.clout.value, 0),
        clout_range=", ".join(part for part in (_range(row.clout, 0), n) if part),
        uncovered=row.uncovered.value,
        uncovered_words="covered" if not row.uncovered.value else _plain(row.uncovered.value),
        uncovered_range=wording.money_span(row.uncovered.low, row.uncovered.high) if row.uncovered.value else "",
        missing=wording.listed(row.missing),
    )


def _of_fix(share: float | None) -> str:
    """Of what the best fix takes."""
    return "not on record" if share is None else "enough" if share >= 1 else f"{wording.percent(share, 0)} of the fix"


def _ask(row: AskRecord) -> AskRow:
    return AskRow(
        area=str(row.where["area"]),
        asked=row.asked,
        accepted=row.accepted,
        kept=row.kept,
        pending=row.pending,
        withdrawn=row.withdrawn,
        clout=wording.UNKNOWN if row.clout.value is None else wording.percent(row.clout.value, 0),
        limits=_range(row.clout, 0),
    )


def _discipline(row: DisciplineShare) -> DisciplineRow:
    return DisciplineRow(
        discipline=str(row.where["discipline"]),
        decided=row.decided,
        of=row.of,
        held="nobody looked yet" if row.held.value is None else f"{wording.percent(row.held.value, 0)} of {row.held.n:,}",
        missing="missing" if row.missing else "",
    )


def _range(figure: Figure, places: int = 1) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return ""
    return f"{wording.percent(figure.low, places)} to {wording.percent(figure.high, places)}"


def _amount(value: float | None, unit: str) -> str:
    if unit == FAILURES:
        return wording.UNKNOWN if value is None else f"{wording.whole(value)} failures"
    return wording.money(value, unit)


def _plain(value: float | None) -> str:
    return wording.UNKNOWN if value is None else wording.whole(value)
