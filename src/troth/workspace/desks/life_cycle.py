"""Where in the life cycle do we break our word? Stages as columns, two lanes and the operating areas under them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from troth.engine.charts.waterfall import LABEL, parts_of, undecomposed_broken
from troth.engine.findings import Account, Figure
from troth.engine.rounding import whole_numbers
from troth.terms.charter import Line
from troth.terms.vocabulary import Aspect, Part
from troth.workspace.desks.both import account_banners, gathered
from troth.workspace.desks.contexts import Sentence
from troth.workspace.desks.exports import links
from troth.workspace.desks.figures import Numbers
from troth.workspace.desks.issues import Told
from troth.workspace.desks.life_cycle_contexts import Agreement, Bar, Lane, LifeCyclePage, Slot, StageCell, StageColumn
from troth.workspace.desks.ownership import NOBODY, owners
from troth.workspace.desks.periods import period_of
from troth.workspace.desks.sentences import bare, spoken
from troth.workspace.issues.stage_findings import BY, Cell, StageFindings
from troth.workspace.issues.told import key_of
from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Link, Owner
from troth.workspace.studies.contexts import head_of
from troth.workspace.studies.questions import AS_OF, Question
from troth.workspace.studies.reading import OpenStudy

LANES = (
    (Aspect.BRAND, Owner("brand", "Brand & marketing")),
    (Aspect.SERVICE, Owner("service", "Service")),
    (Aspect.OPERATING, Owner("operating", "Operating areas")),
)
NOBODYS = Owner("none", "Nobody’s")
UNDECOMPOSED = "Not decomposed"
READING = (*map(str, Part), UNDECOMPOSED)
"""Parts in the order they are read, and drawn."""
MOST_SLOTS = 3
MOST_ROWS = 24
"""Rows the style sheet has room for; areas beyond them are told in a note."""


def life_cycle_page(opened: OpenStudy, question: Question) -> LifeCyclePage:
    """The stages in order, each with a cell per area."""
    told = LifeCycle(opened, question)
    stages = tuple(told.column(number, stage) for number, stage in enumerate(told.stages, start=1))
    return LifeCyclePage(
        study=head_of(opened, "desks:life-cycle"),
        period=period_of(opened, question),
        sentence=told.sentence(stages),
        beside=_beside(stages),
        banners=gathered(account_banners(opened, AS_OF, question)) if told.found else (),
        lanes=told.lanes,
        stages=stages,
        rows=len(told.lanes) + 1,
        parts=told.parts(),
        baseline=f"{told.baseline:.1f}",
        staged=any(stage is not None for stage, _ in told.found),
        notes=told.notes(),
        others=(
            Link("Journeys: what customers went through, step by step", told.numbers.page_at("desks:journeys")),
            Link("Ledger, by stage", told.numbers.page_at("desks:ledger", question.asked_by(("stage",)))),
        ),
        exports=links(lambda name: told.numbers.page_at("desks:life-cycle", question, format=name)),
    )


def records(opened: OpenStudy, question: Question) -> list[dict[str, object]]:
    """Stage and area to what was promised, kept, agreed and how it splits, as plain records."""
    told = LifeCycle(opened, question)
    rows: list[dict[str, object]] = []
    for (stage, area), found in told.found.items():
        account = told.accounts.get((stage, area))
        parts = {} if account is None else {str(part): figure.value for part, figure in parts_of(account)}
        limits = {"kept": found.K.value, "kept.low": found.K.low, "kept.high": found.K.high}
        split = {f"part.{part}": parts.get(str(part)) for part in Part}
        missing = None if account is None else undecomposed_broken(account)
        leads = ", ".join(dict.fromkeys(one.lead for one in told.agreements(stage, area) if one.lead)) or None
        rows.append(
            {
                "stage": stage,
                "area": area,
                "due": found.due,
                "broken": found.broken,
                **limits,
                **split,
                "undecomposed": missing,
                "lead": leads,
            }
        )
    return rows


class LifeCycle(StageFindings):
    """Makes the columns and cells of the page."""

    @cached_property
    def numbers(self) -> Numbers:
        """Numbers of one stage and area."""
        return Numbers(self.opened, self.question.asked_by(BY))

    @cached_property
    def areas(self) -> tuple[tuple[Owner, str | None], ...]:
        """Lanes and their areas: those of the charter, then others on record, then nobody."""
        charter = self.opened.study.reading.charter
        found: list[tuple[Owner, str | None]] = []
        for aspect, owner in LANES:
            mine = [area.name for area in charter.areas if area.aspect is aspect]
            found += [(owner, name) for name in mine]
        listed = {name for _, name in found}
        others = sorted({area for _, area in self.found if area is not None and area not in listed})
        found += [(NOBODYS, name) for name in others]
        return (*found, *([(NOBODYS, None)] if any(area is None for _, area in self.found) else []))[: MOST_ROWS - 1]

    @cached_property
    def lanes(self) -> tuple[Lane, ...]:
        """The rows of the picture."""
        rows = []
        for place, (owner, area) in enumerate(self.areas):
            first = place == 0 or self.areas[place - 1][0] != owner
            rows.append(Lane(area or "nobody named", owner.words, first, owner))
        return tuple(rows)

    def owned(self, stage: str | None, area: str | None) -> dict[str, Owner]:
        """Whose each part of a cell is, by the areas that made its promises and the one that keeps them."""
        made = sorted({one.made_by for one in self.lines.get((stage, area), ()) if one.made_by})
        found = owners(self.opened.study.reading.charter, made, () if area is None else (area,))
        return {**{str(part): owner for part, owner in found.items()}, UNDECOMPOSED: NOBODY}

    @cached_property
    def stage_parts(self) -> dict[str | None, dict[tuple[str, Owner], float]]:
        """Stage to part and its owner to broken promises: the sums over the cells, in reading order."""
        sums: dict[str | None, dict[tuple[str, Owner], float]] = {}
        for (stage, area), account in self.accounts.items():
            whose = self.owned(stage, area)
            mine = sums.setdefault(stage, {})
            for part, value in _values(account).items():
                mine[part, whose[part]] = mine.get((part, whose[part]), 0.0) + value
        return {stage: dict(sorted(parts.items(), key=lambda pair: READING.index(pair[0][0]))) for stage, parts in sums.items()}

    @cached_property
    def reach(self) -> tuple[float, float]:
        """How far the drawings reach above and below their line, in broken promises."""
        above = max((sum(value for value in parts.values() if value > 0) for parts in self.stage_parts.values()), default=0.0)
        below = max((-sum(value for value in parts.values() if value < 0) for parts in self.stage_parts.values()), default=0.0)
        return above, below

    @cached_property
    def baseline(self) -> float:
        """Where their line lies, in hundredths of their height."""
        above, below = self.reach
        return 100 * above / (above + below) if above + below else 100.0

    @cached_property
    def places(self) -> dict[Cell, list[Link]]:
        """Cell to the issues most of whose failures lie in it."""
        told = Told(self.opened)
        links = {key_of(issue): Link(f"{issue.rank}. {told.row(issue).title}", told.card_at(key_of(issue))) for issue in told.issues}
        return {cell: [links[key] for key in keys] for cell, keys in self.issues.items()}

    def column(self, number: int, stage: str | None) -> StageColumn:
        """One stage."""
        whole = self.whole.get(stage)
        parts = self.stage_parts.get(stage, {})
        cells = tuple(self.cell(stage, area, owner) for owner, area in self.areas)
        vacant = [cell.area for cell in cells if not cell.due]
        return StageColumn(
            name=stage or "no stage on record",
            number=number,
            charted=stage in self.opened.study.reading.charter.stages,
            due=whole.due if whole else 0,
            broken=whole.broken if whole else 0,
            kept=Numbers(self.opened, self.question.asked_by(("stage",))).kept(whole) if whole else None,
            bars=self._bars(parts),
            drawn=self._in_words(parts),
            cells=cells,
            vacant=f"Nothing promised by {wording.listed(vacant)}." if 0 < len(vacant) < len(cells) else "",
        )

    def cell(self, stage: str | None, area: str | None, lane: Owner) -> StageCell:
        """One stage and area."""
        found, account = self.found.get((stage, area)), self.accounts.get((stage, area))
        agreements = self.agreements(stage, area)
        alone = self.question.only({"stage": stage, "kept_by": area})
        leads = dict.fromkeys(one.lead for one in agreements if one.lead)
        return StageCell(
            area=area or "nobody named",
            owner=Owner(lane.key, area or "nobody named"),
            due=found.due if found else 0,
            broken=found.broken if found else 0,
            kept=self.numbers.kept(found) if found else None,
            below="" if found is None else _below(found.K, self.target(stage, area)),
            agreements=agreements,
            slots=self._slots(stage, area, account) if account else (),
            issues=tuple(self.places.get((stage, area), ())),
            leads=wording.listed(tuple(leads)),
            address=self.numbers.page_at("desks:ledger", alone.asked_by(("month",))) if found else "",
            broken_rows=self.numbers.rows_at(alone, "broken") if found and found.broken else "",
        )

    def agreements(self, stage: str | None, area: str | None) -> tuple[Agreement, ...]:
        """What the charter says of each promise of a cell, the promise most due first; of an empty cell, what it agrees all the same."""
        units = {spec.name: spec.unit for spec in self.opened.study.reading.specs}
        return tuple(_agreement(one.promise, one.line, units.get(one.promise, "")) for one in self.agreed(stage, area))

    def _slots(self, stage: str | None, area: str | None, account: Account) -> tuple[Slot, ...]:
        whose = self.owned(stage, area)
        told = _counted({(part, whose[part]): value for part, value in _values(account).items()})
        return tuple(sorted(told, key=lambda one: -abs(one.value))[:MOST_SLOTS])

    def _bars(self, parts: Mapping[tuple[str, Owner], float]) -> tuple[Bar, ...]:
        above, below = self.reach
        scale = 100 / (above + below) if above + below else 0.0
        bars, up, down = [], self.baseline, self.baseline
        for (part, owner), value in parts.items():
            height = abs(value) * scale
            if height < 0.5:  # noqa: PLR2004 - half a hundredth of the height is no longer seen
                continue
            top = up - height if value > 0 else down
            up, down = (top, down) if value > 0 else (up, down + height)
            bars.append(Bar(_named(part), owner.key, f"{top:.1f}", f"{height:.1f}"))
        return tuple(bars)

    @staticmethod
    def _in_words(parts: Mapping[tuple[str, Owner], float]) -> str:
        said = [f"{one.name.lower()} {one.count} ({one.owner.words})" for one in _counted(parts)]
        return f"Broken promises by part: {wording.listed(said)}." if said else "Nothing broken."

    def parts(self) -> tuple[Slot, ...]:
        """The parts over all stages, each by its owner."""
        sums: dict[tuple[str, Owner], float] = {}
        for parts in self.stage_parts.values():
            for key, value in parts.items():
                sums[key] = sums.get(key, 0.0) + value
        return _counted(dict(sorted(sums.items(), key=lambda pair: READING.index(pair[0][0]))))

    def sentence(self, stages: Sequence[StageColumn]) -> Sentence:
        """Where we break our word."""
        broken = sum(one.broken for one in stages)
        if not sum(one.due for one in stages):
            return spoken("No promise has fallen due in this period, so no stage can be told of yet.")
        if not broken:
            return spoken(f"Of *{wording.counted(sum(one.due for one in stages), 'promise')}* none was broken, at any stage.")
        stage = max(stages, key=lambda one: one.broken)
        cell = max(stage.cells, key=lambda one: one.broken, default=None)
        share = wording.percent(stage.broken / broken, 0)
        kept = stage.kept.text if stage.kept else wording.NO_DATA
        whose = f", most of them by *{bare(cell.area)}*" if cell is not None and cell.broken > stage.broken / 2 else ""
        if len([one for one in stages if one.due]) == 1:
            return spoken(
                f"Every promise due is of one stage, *{bare(stage.name)}*: {kept} were kept, *{wording.whole(broken)}* were broken{whose}."
            )
        return spoken(
            f"We break our word most at *{bare(stage.name)}*: *{wording.whole(stage.broken)}* of {wording.whole(broken)} broken promises "
            f"({share}){whose}; {kept} were kept there."
        )

    def notes(self) -> tuple[str, ...]:
        """What to know beside the picture."""
        said = []
        charted = self.opened.study.reading.charter.stages
        further = [one or "no stage" for one in self.stages if one not in charted]
        if charted and further:
            said.append(f"Not among the charter’s stages: {wording.listed(further)}.")
        if None in self.whole and len(self.whole) > 1:
            said.append(f"{wording.counted(self.whole[None].due, 'promise')} due name no stage.")
        hidden = {area for _, area in self.found} - {area for _, area in self.areas}
        if hidden:
            said.append(
                f"Too many areas for one picture: {wording.listed(sorted(str(one) for one in hidden))} stand in the file and in the Ledger."
            )
        return tuple(said)


def _values(account: Account) -> dict[str, float]:
    """Part to broken promises, what could not be decomposed last."""
    return {**{str(part): figure.value for part, figure in parts_of(account)}, UNDECOMPOSED: float(undecomposed_broken(account))}


def _counted(parts: Mapping[tuple[str, Owner], float]) -> tuple[Slot, ...]:
    """The parts in whole promises; those that come to none are left out."""
    counts = whole_numbers(list(parts.values()))
    rows = zip(parts.items(), counts, strict=True)
    return tuple(Slot(_named(part), owner, wording.signed(count), value) for ((part, owner), value), count in rows if count)


def _named(part: str) -> str:
    return LABEL.get(part, part)


def _agreement(name: str, line: Line | None, unit: str) -> Agreement:
    if line is None:
        return Agreement(name, "nothing agreed", "", agreed=False)
    told = [
        "" if line.standard is None else wording.level(line.standard, unit),
        "" if line.keep_target is None else f"keep {wording.percent(line.keep_target, 0)}",
    ]
    return Agreement(name, ", ".join(one for one in told if one) or "no level agreed", line.lead or "", agreed=True)


def _below(kept: Figure, target: float | None) -> str:
    if target is None or kept.high is None or kept.high >= target:
        return ""
    return f"below the {wording.percent(target, 0)} agreed"


def _beside(stages: Iterable[StageColumn]) -> Sentence:
    """What nobody answers for, and where nothing is agreed."""
    cells = [(column.name, cell) for column in stages for cell in column.cells if cell.due]
    unled = [f"{bare(cell.area)} at {bare(stage)}" for stage, cell in cells if not cell.leads]
    unagreed = sum(not any(one.agreed for one in cell.agreements) for _, cell in cells)
    said = []
    if unled:
        shown = wording.listed(unled) if len(unled) <= 3 else f"{', '.join(unled[:3])} and {len(unled) - 3} more"  # noqa: PLR2004 - three read at a glance
        said.append(f"*Nobody leads* {wording.counted(len(unled), 'cell')}: {shown}.")
    if unagreed:
        said.append(f"In {wording.counted(unagreed, 'cell')} nothing is agreed.")
    return spoken(" ".join(said)) if said else ()
