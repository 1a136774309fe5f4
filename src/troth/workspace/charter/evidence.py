"""What the current study says of a version's lines: the live gap, the four lights, what is on record and nobody agreed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.urls import reverse

from troth.engine.charters.feasibility import Colour, Feasibility, Light, Means
from troth.engine.charters.live import LineGap
from troth.engine.charters.missing import MissingCell
from troth.engine.charts.waterfall import LABEL, parts_of, undecomposed_broken, whole_parts
from troth.engine.findings import Account, Figure, Findings, Integrity
from troth.engine.promises.lines import COLUMN_OF_KEY
from troth.terms.charter import Charter, Line
from troth.terms.errors import StudyError
from troth.terms.levels import agreed
from troth.terms.signing import content_digest
from troth.workspace.charter.contexts import LightView, PartText
from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Number
from troth.workspace.people.models import Grant
from troth.workspace.studies.questions import Question, address
from troth.workspace.studies.reading import OpenStudy, open_study

MARKS: Mapping[Colour, str] = {Colour.GREEN: "●", Colour.AMBER: "◐", Colour.RED: "○", Colour.UNKNOWN: "?"}
"""A light as a sign: full, half, empty, unknown."""

LIGHTS = ("what", "when", "how", "cost")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one study says of one charter, line by line.

    :param missing: combinations on record without a line. :param observed: every combination on record.
    """

    opened: OpenStudy
    gaps: tuple[LineGap, ...]
    lights: tuple[Feasibility, ...]
    missing: Findings[MissingCell]
    observed: Findings[MissingCell]


def study_here() -> OpenStudy | None:
    """The current study; ``None`` before the first."""
    try:
        return open_study()
    except StudyError:
        return None


def evidence_of(charter: Charter, at: datetime, opened: OpenStudy | None, *, proposed: bool = False) -> Evidence | None:
    """What the current study says of a version; ``None`` before the first study.

    :param proposed: the version is a draft.
    """
    if opened is None:
        return None
    key, means = content_digest(charter), means_of(at)
    study = opened.study
    return Evidence(
        opened,
        opened.remembered(("line gaps", key), lambda: study.line_gaps(charter)),
        tuple(
            opened.remembered(
                ("feasibility", key, tuple(sorted(means.items())), proposed),
                lambda: study.feasibility(charter, means=means, proposed=proposed),
            )
        ),
        missing_of(charter, opened),
        opened.remembered("combinations", lambda: study.missing_cells(Charter())),
    )


def missing_of(charter: Charter, opened: OpenStudy) -> Findings[MissingCell]:
    """Combinations on record that no line of a version speaks of."""
    return opened.remembered(("missing", content_digest(charter)), lambda: opened.study.missing_cells(charter))


def means_of(at: datetime) -> dict[str, Means]:
    """What each role, and each area, is known to hold: whether it decides somewhere, and how many hours it can commit."""
    decides: dict[str, bool] = {}
    hours: dict[str, Decimal] = {}
    for grant in Grant.in_force(at).select_related("role"):
        for name in {grant.role.title, grant.area}:
            decides[name] = decides.get(name, False) or grant.decide
            if grant.capacity_hours is not None:
                hours[name] = hours.get(name, Decimal(0)) + grant.capacity_hours
    return {name: Means(decides[name], float(hours[name]) if name in hours else None) for name in decides}


def lights_of(found: Feasibility) -> tuple[LightView, ...]:
    """The four lights of a line."""
    lights: list[tuple[str, Light]] = [(name, getattr(found, name)) for name in LIGHTS]
    return tuple(LightView(name, str(light.colour), MARKS[light.colour], light.why) for name, light in lights)


def kept_number(evidence: Evidence, gap: LineGap, line: Line, *, exact: bool) -> Number:
    """The kept rate of a line's promises.

    :param exact: no more specific line takes promises away, so that the line's keys name its promises.
    """
    figure = Figure(None) if gap.kept is None else gap.kept.K
    where = tuple((COLUMN_OF_KEY[key], value) for key, value in line.keys.items())
    rows = address(reverse("desks:rows"), Question(where=where), period="all") if exact and gap.kept is not None and gap.kept.due else ""
    return _number(evidence.opened, "Promises kept", figure, gap.kept, rows)


def standard_number(evidence: Evidence, gap: LineGap, line: Line, unit: str) -> Number | None:
    """Share of a line's promises received at least at the standard that judged them; ``None`` where none did.

    That is the standard in force when each was made, which a draft may propose to change: its name says which.

    :param unit: what the line's standard counts in; empty where nobody says.
    """
    if gap.kept is None or not gap.kept.K_standard.n:
        return None
    judged = {one.standard for one in evidence.opened.study.charter.lines if one.keys == line.keys}
    value = judged.pop() if len(judged) == 1 else None
    which = f", {agreed(value, unit)}" if value is not None and unit else ""
    return _number(evidence.opened, f"Received at the standard in force{which}", gap.kept.K_standard, gap.kept, "")


def part_texts(account: Account | None) -> tuple[PartText, ...]:
    """The parts of a line's broken promises, in whole promises."""
    if account is None or not account.broken:
        return ()
    counted = whole_parts(account)
    told = []
    for part, figure in parts_of(account):
        known = figure.low is not None and figure.high is not None
        limits = f"{wording.whole(figure.low or 0)} to {wording.whole(figure.high or 0)}" if known else ""
        told.append(PartText(LABEL[part], wording.signed(counted[part]), limits))
    return tuple(told)


def undecomposed(account: Account | None) -> str:
    """Broken promises of a line that no part explains, in words."""
    missing = 0 if account is None else undecomposed_broken(account)
    return f"{wording.counted(missing, 'broken promise')} could not be decomposed" if missing else ""


def _number(opened: OpenStudy, name: str, figure: Figure, row: Integrity | None, rows: str) -> Number:
    coverage = "" if row is None else "unknown" if row.coverage.value is None else wording.percent(row.coverage.value)
    return Number(
        name=name,
        slug="kept",
        value=figure.value,
        low=figure.low,
        high=figure.high,
        n=figure.n,
        text=wording.percent(figure.value) if figure.value is not None else "too few" if figure.n else wording.NO_DATA,
        interval=wording.span(figure.low, figure.high, share=True),
        method=figure.method,
        coverage=coverage,
        as_of=wording.moment(opened.as_of, opened.zone),
        rows=rows,
    )
