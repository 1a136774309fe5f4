"""Reads what the charter's pages show: rows of this app, and what the current study says of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse

from troth.intake import Folder
from troth.intake.folder import binding
from troth.project.charter_changes import WORDS, CharterChange, charter_changes
from troth.terms import levels, signing
from troth.terms.charter import DEFAULT_KEEP_TARGET, KEYS, Charter, Party
from troth.terms.charter import Line as Said
from troth.terms.versions import in_force_on
from troth.workspace.charter import documents as d
from troth.workspace.charter import forms, parties
from troth.workspace.charter.contexts import (
    ChangeRow,
    CharterPage,
    Choice,
    Conflict,
    Field,
    Grid,
    GridCell,
    GridRow,
    LinePage,
    LineView,
    MissingRow,
    ObjectionRow,
    PartyRow,
    RevisionRow,
    SignPage,
    TermsPage,
    VersionRow,
    VersionsPage,
)
from troth.workspace.charter.errors import UnknownVersionError
from troth.workspace.charter.evidence import (
    Evidence,
    evidence_of,
    kept_number,
    lights_of,
    part_texts,
    standard_number,
    study_here,
    undecomposed,
)
from troth.workspace.charter.models import Line, Missing, Objection, Version
from troth.workspace.charter.operations import whose
from troth.workspace.charter.waiting import settled_by, signed_before
from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Link
from troth.workspace.people.guard import Right, Standing
from troth.workspace.people.permissions import Extent
from troth.workspace.studies.contexts import Head, head_of
from troth.workspace.studies.questions import address
from troth.workspace.studies.reading import OpenStudy

DRAFT, SIGNED, IN_FORCE, SUPERSEDED, GIVEN_UP, GONE = "draft", "signed", "in force", "superseded", "given up", "gone from file"
MOST_ROWS, MOST_MISSING = 60, 15
"""Rows of the grid and missing combinations that are shown; how many more there are is said."""

NO_STAGE, EVERY_STAGE = "no stage on record", "every stage"


@dataclass(frozen=True)
class Desk:
    """Everything a page of the charter is read from.

    :param standing: who reads. :param folder: the project folder, read. :param today: where its days begin.
    """

    standing: Standing
    folder: Folder
    today: date

    @property
    def at(self) -> datetime:
        """The instant of reading."""
        return self.standing.at

    @cached_property
    def zone(self) -> ZoneInfo:
        """In which instants are shown."""
        return ZoneInfo(self.folder.settings.timezone)

    @cached_property
    def units(self) -> dict[str, str]:
        """The unit in which each promise counts."""
        return forms.units_of(self.folder)

    def unit_of(self, line: Said) -> str:
        """What the standard of a line counts in: the line's own unit, else its promise's; empty where nobody says."""
        return line.unit or self.units.get(line.promise or "", "")

    @cached_property
    def versions(self) -> tuple[tuple[Version, Charter], ...]:
        """Every version with its content, the latest first."""
        return tuple((row, d.composed(row)) for row in Version.objects.order_by("-pk"))

    @cached_property
    def in_force(self) -> tuple[Version, Charter] | None:
        """The version in force today."""
        return in_force(self.versions, self.today)

    @cached_property
    def draft(self) -> tuple[Version, Charter] | None:
        """The draft that is open."""
        return next(((row, charter) for row, charter in self.versions if row.is_draft), None)

    @cached_property
    def opened(self) -> OpenStudy | None:
        """The current study."""
        return study_here()

    @cached_property
    def agreed(self) -> Charter:
        """What is agreed today; nothing where no version is in force."""
        return Charter() if self.in_force is None else self.in_force[1]

    def head(self, here: str) -> Head | None:
        """The study a page speaks of."""
        return None if self.opened is None else head_of(self.opened, here)

    def named(self, name: str) -> tuple[Version, Charter]:
        """The version of this name.

        :raises UnknownVersionError: there is none.
        """
        found = next((pair for pair in self.versions if pair[0].name == name), None)
        if found is None:
            raise UnknownVersionError(
                f"there is no version “{name[:60]}”.", place="version", mend="the page of the versions lists what there is."
            )
        return found

    def may(self, page: str) -> bool:
        """Whether the reader may change everything on a page."""
        return self.standing.extent(page, Right.CHANGE) is Extent.ALL

    def may_change(self, version: Version, line: Said | None) -> bool:
        """Whether the reader may change a line: all lines of a draft, or those they lead."""
        if not version.is_draft:
            return False
        extent = self.standing.extent("charter:line", Right.CHANGE)
        return extent is Extent.ALL or (extent is Extent.OWN and line is not None and parties.leads(line.lead, self.standing))

    def leads(self, charter: Charter) -> tuple[str, ...]:
        """Whom a line of a charter can name as its lead."""
        return parties.leads_of(charter, self._posts)

    def nobody_leads(self, charter: Charter, line: Said) -> str:
        """Why whom a line names as its lead leads nothing; empty where somebody does, or nobody is named."""
        return parties.nobody_leads(line.lead, self.leads(charter))

    @cached_property
    def _posts(self) -> tuple[str, ...]:
        return parties.posts()

    def state(self, row: Version, charter: Charter) -> str:
        """How far a version has come."""
        return state_of(row, charter, None if self.in_force is None else self.in_force[0], self.today)

    def changes(self, before: Charter, after: Charter) -> Sequence[CharterChange]:
        """What two versions say otherwise, in words that name the unit of each level, whoever says it."""
        plain = charter_changes(before, after)
        told = {(one.of, one.about, one.key, one.change): one for one in charter_changes(self._with_units(before), self._with_units(after))}
        return [told.get((one.of, one.about, one.key, one.change), one) for one in plain]

    def _with_units(self, charter: Charter) -> Charter:
        lines = (
            line
            if line.unit or (line.standard is None and line.tolerance is None)
            else replace(line, unit=self.units.get(line.promise or ""))
            for line in charter.lines
        )
        return replace(charter, lines=tuple(lines))

    def moment(self, at: datetime) -> str:
        """An instant in words."""
        return wording.moment(at, self.zone)

    def row(self, row: Version, charter: Charter, *, shown: bool = False) -> VersionRow:
        """A version as a page lists it."""
        missing = signing.unsigned(charter)
        whole, state = len(charter.parties), self.state(row, charter)
        return VersionRow(
            name=row.name,
            state=state,
            since="always" if charter.effective_from is None and state != DRAFT else _day(charter.effective_from),
            judges=_day(charter.promises_since),
            lines=len(charter.lines),
            signed=f"{whole - len(missing)} of {whole} signed" if whole else "nobody named to sign",
            opened=f"{self.moment(row.opened_at)}, {row.opened_by}",
            address=address(reverse("charter:charter"), version=row.name),
            download=address(reverse("charter:download"), version=row.name),
            sign=reverse("charter:sign", args=[row.pk]) if row.is_draft else "",
            terms=reverse("charter:terms", args=[row.pk]) if row.is_draft else "",
            shown=shown,
        )


def in_force(versions: Iterable[tuple[Version, Charter]], today: date) -> tuple[Version, Charter] | None:
    """The version in force on a day; ``None`` where none is."""
    judging = {id(charter): (row, charter) for row, charter in versions if row.published_at and not row.withdrawn_at}
    found = in_force_on(binding([charter for _, charter in judging.values()]), today)
    return None if found is None else judging[id(found)]


def state_of(row: Version, charter: Charter, agreed: Version | None, today: date) -> str:
    """How far a version has come.

    :param agreed: the version in force on the day ``today``.
    """
    if row.withdrawn_at:
        return GONE if row.published_at else GIVEN_UP
    if row.published_at is None:
        return DRAFT
    if agreed is not None and agreed.pk == row.pk:
        return IN_FORCE
    return SIGNED if charter.effective_from is not None and charter.effective_from > today else SUPERSEDED


def agreed_on(rows: Iterable[Version], today: date) -> Charter:
    """What is agreed on a day; nothing where no version is in force."""
    found = in_force([(row, d.composed(row)) for row in rows], today)
    return Charter() if found is None else found[1]


# The charter


def charter_page(desk: Desk, name: str, stage: str, promise: str) -> CharterPage:
    """What did we agree?

    :param name: of the version; where empty that in force, or the draft where none is.
    :param stage: narrows grid and lines; ``promise`` likewise.
    """
    pair = desk.named(name) if name else desk.in_force or desk.draft
    version, charter = pair or (None, Charter())
    found = evidence_of(charter, desk.at, desk.opened, proposed=version is not None and version.is_draft)
    rows = _rows(version, charter) if version else ()
    objections = objection_rows(desk, version, charter) if version else ()
    may_add = desk.may("charter:new-line") and version is not None and version.is_draft
    draft_open = desk.draft
    may_open = desk.may("charter:charter") and draft_open is None
    views = [
        _line_view(desk, version, charter, row, line, position, found, objections)
        for position, (row, line) in enumerate(rows)
        if version is not None and _narrowed(line, stage, promise)
    ]
    missing = missing_rows(desk, version, found, may_add=may_add)
    return CharterPage(
        study=desk.head("charter:charter"),
        sentence=_sentence(desk, version, charter),
        coverage="" if found is None or not found.missing.notes else found.missing.notes[0],
        rests_on=_rests_on(found, version, charter),
        version=desk.row(version, charter, shown=True) if version else None,
        versions=tuple(
            desk.row(one, said, shown=version is not None and one.pk == version.pk) for one, said in desk.versions if not one.withdrawn_at
        ),
        parties=party_rows(desk, version, charter) if version else (),
        as_it_is=version is not None and desk.state(version, charter) == IN_FORCE and bool(signing.unsigned(charter)),
        obstacles=signing.obstacles(charter) if version and version.is_draft else (),
        changes=tuple(one.said for one in desk.changes(desk.agreed, charter)) if version and version.is_draft else (),
        grid=_grid(desk.units, charter, rows, found, stage, promise, version if may_add else None),
        lines=tuple(views),
        missing=missing[:MOST_MISSING],
        missing_more=max(0, len(missing) - MOST_MISSING),
        standing=tuple(one for one in objections if one.standing),
        stages=_choices(_stages(charter, found), stage, "every stage"),
        promises=_choices(_promises(charter, found), promise, "every promise"),
        may_change=desk.may("charter:charter"),
        may_add=reverse("charter:new-line", args=[version.pk]) if may_add and version else "",
        open_from=(desk.in_force[0].name if desk.in_force else "nothing agreed yet") if may_open else "",
        draft=_link(draft_open[0]) if draft_open and (version is None or draft_open[0].pk != version.pk) else None,
    )


def _rows(version: Version, charter: Charter) -> tuple[tuple[Line, Said], ...]:
    """The rows of a version, each with its line of the charter that was composed of them."""
    return tuple(zip((row for row, _ in d.lines_of(version)), charter.lines, strict=True))


def missing_rows(desk: Desk, version: Version | None, found: Evidence | None, *, may_add: bool) -> tuple[MissingRow, ...]:
    """Combinations on record that the version shown does not speak of, most people first, with the day they were noted first."""
    if found is None:
        return ()
    noted = {row.cell: row for row in Missing.objects.filter(settled_at=None)}
    told = []
    for cell in found.missing:
        row = noted.get(d.cell_text(dict(cell.where)))
        link = _proposal(version, cell.where) if may_add and version else ""
        since = "" if row is None else wording.day(row.noted_at.astimezone(desk.zone))
        told.append(MissingRow(signing.title(d.line_of(d.cell_text(dict(cell.where)))), cell.promises, cell.people, since, link))
    return tuple(told)


def _proposal(version: Version, where: Mapping[str, str | None]) -> str:
    """Where a line is proposed for a combination."""
    keys = {key: value for key, value in where.items() if value is not None}
    return f"{reverse('charter:new-line', args=[version.pk])}?{urlencode(keys)}"


def party_rows(desk: Desk, version: Version, charter: Charter) -> tuple[PartyRow, ...]:
    """Who signs, and who has."""
    yours = parties.parties_of(charter, desk.standing)
    return tuple(_party(desk, version, charter, party, yours=party.title in yours) for party in charter.parties)


def _party(desk: Desk, version: Version, charter: Charter, party: Party, *, yours: bool) -> PartyRow:
    signed = signing.has_signed(charter, party)
    said = signed_before(version, party.title)
    return PartyRow(
        title=party.title,
        aspect=str(party.aspect),
        holders=parties.holders_of(charter, party, desk.at),
        signed=signed,
        by=said if signed and said else "on paper" if signed else "",
        stale="" if signed else said,
        yours=yours,
    )


def objection_rows(desk: Desk, version: Version, charter: Charter) -> tuple[ObjectionRow, ...]:
    """Every objection to a version, with what the reader may do about it."""
    yours = parties.parties_of(charter, desk.standing)
    rules = parties.settles(charter, desk.standing)
    rows = version.objections.filter(removed_at=None).order_by("pk")
    return tuple(_objection(desk, version, charter, row, yours, rules=rules) for row in rows)


def _objection(desk: Desk, version: Version, charter: Charter, row: Objection, yours: Sequence[str], *, rules: bool) -> ObjectionRow:
    said = d.objection_of(row)
    stands = said in signing.standing(charter)
    waits = said.ruling is None and signing.waits_for_tie_break(said, desk.today)
    settled = "" if said.ruling is None else f"{said.ruling} by {said.ruled_by}, {_day(said.ruled_on)}: {said.ruling_reason}"
    return ObjectionRow(
        id=row.pk,
        line=signing.title(said),
        party=row.party,
        reason=row.reason,
        on=_day(row.on),
        settled=settled,
        standing=stands,
        waits=settled_by(said, charter, desk.today),
        may_withdraw=stands and version.is_draft and row.party in yours,
        may_rule=waits and version.is_draft and rules,
        address=reverse("charter:objection", args=[row.pk]),
    )


def _line_view(
    desk: Desk,
    version: Version | None,
    charter: Charter,
    row: Line,
    line: Said,
    position: int | None,
    found: Evidence | None,
    objections: Sequence[ObjectionRow],
) -> LineView:
    gap = None if found is None or position is None else found.gaps[position]
    exact = not any(one is not line and line.keys.items() < one.keys.items() for one in charter.lines)
    return LineView(
        id=row.pk,
        title=signing.title(line),
        named=tuple(f"{key} {value}" for key, value in line.keys.items()),
        standard=_level(line, desk.units),
        keep_target=_share(line.keep_target) if line.keep_target is not None else f"{DEFAULT_KEEP_TARGET:.0%}, as usual",
        lead=line.lead or "",
        lead_note=desk.nobody_leads(charter, line),
        aspiration=line.aspiration or "",
        priority=f"{line.priority}: {line.reason}" if line.priority and line.reason else line.priority or "",
        further=_further(line, desk.units),
        lights=() if found is None or position is None else lights_of(found.lights[position]),
        kept=None if found is None or gap is None else kept_number(found, gap, line, exact=exact),
        standard_kept=None if found is None or gap is None else standard_number(found, gap, line, desk.unit_of(line)),
        due=0 if gap is None or gap.kept is None else gap.kept.due,
        broken=0 if gap is None or gap.kept is None else gap.kept.broken,
        parts=() if gap is None else part_texts(gap.parts),
        undecomposed="" if gap is None else undecomposed(gap.parts),
        objections=tuple(one for one in objections if one.line == signing.title(line)),
        address=reverse("charter:line", args=[row.pk]),
        yours=version is not None and desk.may_change(version, line),
    )


def _further(line: Said, units: Mapping[str, str]) -> tuple[str, ...]:
    told = []
    if not line.may_promise:
        told.append("may not be promised here")
    if line.cost_limit is not None:
        told.append(f"at most {line.cost_limit:,g} to serve one matter")
    if line.tolerance is not None:
        told.append(f"tolerance {levels.agreed(line.tolerance, line.unit or units.get(line.promise or '') or 'in its unit')}")
    if line.grace is not None:
        told.append(f"grace {levels.agreed(line.grace, 'days')}")
    if line.importance != 1:
        told.append(f"importance {line.importance:g}")
    return tuple(told)


def _share(share: float) -> str:
    """A share that somebody agreed: no digit more than they wrote."""
    return f"{round(100 * share, 9):g}%"


def _level(line: Said, units: Mapping[str, str]) -> str:
    """The standard with its unit: the line's own, else the promise's."""
    if line.standard is None:
        return ""
    unit = line.unit or units.get(line.promise or "")
    return levels.agreed(line.standard, unit) if unit else f"{line.standard:,.12g}"


def _grid(
    units: Mapping[str, str],
    charter: Charter,
    rows: Sequence[tuple[Line, Said]],
    found: Evidence | None,
    stage: str,
    promise: str,
    propose: Version | None,
) -> Grid:
    """Which line holds for every combination on record, and for every cell a line names itself."""
    people: dict[tuple[str | None, ...], int] = {}
    for cell in () if found is None else found.observed:
        key = tuple(cell.where[name] for name in KEYS)
        people[key] = people.get(key, 0) + cell.people
    cells = dict.fromkeys([*people, *(tuple(getattr(line, key) for key in KEYS) for _, line in rows)])
    stages = [one for one in (*_stages(charter, found), None) if not stage or one == stage]
    by_row: dict[tuple[str | None, ...], set[str | None]] = {}
    for name, at_stage, *who in cells:
        if (not promise or name in (None, promise)) and (not stage or at_stage in (None, stage)):
            by_row.setdefault((name, *who), set()).add(at_stage)
    used = {one for there in by_row.values() for one in there}
    columns = [one for one in stages if one in used] or [one for one in used if one not in stages]
    unstaged = NO_STAGE if any(key[1] is None for key in people) else EVERY_STAGE
    if None in used:
        columns = [None, *(one for one in columns if one is not None)]
    ranked = sorted(by_row, key=lambda row: (row[0] is not None, row[0] or "", [(part is not None, part or "") for part in row[1:]]))
    addresses = {id(line): reverse("charter:line", args=[row.pk]) for row, line in rows}
    told = []
    for row in ranked[:MOST_ROWS]:
        found_cells = tuple(
            _cell((row[0], column, *row[1:]), charter, units, addresses, people, propose, known=column in by_row[row]) for column in columns
        )
        who_words = " · ".join(part for part in row[1:] if part is not None)
        told.append(GridRow(row[0] or "every promise", who_words, found_cells))
    return Grid(tuple(one or unstaged for one in columns), tuple(told), max(0, len(ranked) - MOST_ROWS))


def _cell(
    key: tuple[str | None, ...],
    charter: Charter,
    units: Mapping[str, str],
    addresses: Mapping[int, str],
    people: Mapping[tuple[str | None, ...], int],
    propose: Version | None,
    *,
    known: bool,
) -> GridCell:
    if not known:
        return GridCell("none", "", "", "", "", "")
    where = dict(zip(KEYS, key, strict=True))
    line = charter.match(where)
    if line is None:
        many = people.get(key, 0)
        link = _proposal(propose, where) if propose else ""
        return GridCell("missing", "", "", "", wording.counted(many, "person", "people") if many else "", link)
    own = line.keys == {name: value for name, value in where.items() if value is not None}
    return GridCell(
        "own" if own else "inherited",
        _level(line, units),
        "" if line.keep_target is None else _share(line.keep_target),
        line.lead or "",
        "" if own else f"from “{signing.title(line)}”",
        addresses[id(line)],
    )


def _stages(charter: Charter, found: Evidence | None) -> list[str]:
    seen = [] if found is None else sorted({cell.where["stage"] for cell in found.observed if cell.where["stage"] is not None} - {None})
    return list(dict.fromkeys([*charter.stages, *(line.stage for line in charter.lines if line.stage), *[one for one in seen if one]]))


def _promises(charter: Charter, found: Evidence | None) -> list[str]:
    seen = [] if found is None else [cell.where["promise"] for cell in found.observed]
    return sorted({one for one in [*seen, *(line.promise for line in charter.lines)] if one})


def _choices(values: Iterable[str], chosen: str, whole: str) -> tuple[Choice, ...]:
    return (Choice("", whole, not chosen), *(Choice(one, one, one == chosen) for one in values))


def _narrowed(line: Said, stage: str, promise: str) -> bool:
    return (not stage or line.stage in (None, stage)) and (not promise or line.promise in (None, promise))


def _sentence(desk: Desk, version: Version | None, charter: Charter) -> str:
    if version is None:
        return "Nothing is agreed yet: every slow promise is charged to whoever made it."
    lines = wording.counted(len(charter.lines), "line")
    state = desk.state(version, charter)
    if state == DRAFT:
        missing = signing.unsigned(charter)
        if not charter.parties:
            return f"Version {version.name} is a draft of {lines}, and nobody is named to sign it."
        waits = wording.listed([f"“{one}”" for one in missing])
        return f"Version {version.name} is a draft of {lines}: {waits} {'has' if len(missing) == 1 else 'have'} to sign it."
    since = "" if charter.effective_from is None else f" since {_day(charter.effective_from)}"
    words = {
        IN_FORCE: f"{lines} {'is' if len(charter.lines) == 1 else 'are'} agreed in version {version.name}, in force{since}.",
        SIGNED: f"Version {version.name} is signed, and comes into force on {_day(charter.effective_from)}.",
        SUPERSEDED: f"Version {version.name} was in force{since}, and judges what was promised then.",
        GIVEN_UP: f"Version {version.name} was given up.",
        GONE: f"Version {version.name} stands in no file any more, and judges nothing.",
    }
    return words[state]


def _rests_on(found: Evidence | None, version: Version | None, charter: Charter) -> str:
    if found is None or version is None:
        return ""
    made = found.opened.study.charter
    as_of = f"Live figures are those of study {found.opened.number}, as of {wording.day(found.opened.as_of)}"
    if made.version == charter.version and [line.keys for line in made.in_force_lines] == [line.keys for line in charter.lines]:
        return f"{as_of}, made with this version."
    judged = "without a charter" if not made.lines else f"with version {made.version}"
    return f"{as_of}, made {judged}: whose the gap is moves with the next study that knows this version."


# One line


def line_page(
    desk: Desk,
    row: Line,
    *,
    texts: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    conflict: Conflict | None = None,
) -> LinePage:
    """What do we agree here?

    :param texts: what the form holds; what the line says where left out. :param wrong: field to what is wrong with it.
    """
    version = row.version
    charter = d.composed(version)
    found = evidence_of(charter, desk.at, desk.opened, proposed=version.is_draft)
    rows = _rows(version, charter)
    position = next((place for place, (one, _) in enumerate(rows) if one.pk == row.pk), None)
    line = d.line_of(row.said) if position is None else charter.lines[position]
    may = desk.may_change(version, line)
    objections = objection_rows(desk, version, charter)
    open_here = {one.party for one in objections if one.line == signing.title(line) and one.standing and not one.settled}
    object_as = [one for one in parties.parties_of(charter, desk.standing) if one not in open_here] if version.is_draft else []
    return LinePage(
        study=desk.head("charter:charter"),
        version=desk.row(version, charter),
        title=signing.title(line),
        line=_line_view(desk, version, charter, row, line, position, found, objections),
        fields=forms.line_fields(
            texts or forms.texts_of(line, desk.units), charter, desk.folder, desk.leads(charter), fixed=True, wrong=wrong or {}
        ),
        revision=row.revision,
        removed=row.removed_at is not None,
        conflict=conflict,
        history=history_of(desk, row),
        object_as=tuple(object_as) if row.removed_at is None else (),
        may_change=may,
        may_not="" if may else _may_not(version),
        back=address(reverse("charter:charter"), version=version.name),
    )


def new_line_page(desk: Desk, version: Version, texts: Mapping[str, str], wrong: Mapping[str, str] | None = None) -> LinePage:
    """A line that is not there yet."""
    charter = d.composed(version)
    return LinePage(
        study=desk.head("charter:charter"),
        version=desk.row(version, charter),
        title="a new line",
        line=None,
        fields=forms.line_fields(texts, charter, desk.folder, desk.leads(charter), fixed=False, wrong=wrong or {}),
        revision=0,
        removed=False,
        conflict=None,
        history=(),
        object_as=(),
        may_change=version.is_draft,
        may_not="" if version.is_draft else _may_not(version),
        back=address(reverse("charter:charter"), version=version.name),
    )


def conflict_of(desk: Desk, row: Line, revision: int, yours: Mapping[str, str]) -> tuple[Conflict, dict[str, str]]:
    """What two people changed, side by side, and the form that holds both.

    :param revision: what the second one had opened; an unknown one is taken as the first.
    """
    opened = row.revisions.filter(number=revision).first() or row.revisions.first()
    last = row.revisions.last()
    theirs = forms.texts_of(d.line_of(row.said), desk.units)
    before = theirs if opened is None else forms.texts_of(d.line_of(opened.said), desk.units)
    who, when = ("somebody", "") if last is None else (last.by, desk.moment(last.at))
    return Conflict(who, when, row.removed_at is not None, forms.differing(before, theirs, yours)), forms.merged(before, theirs, yours)


def history_of(desk: Desk, row: Line) -> tuple[RevisionRow, ...]:
    """Every revision of a line, the latest first, with what it says otherwise than the one before."""
    told = []
    before: dict[str, str] | None = None
    for one in row.revisions.order_by("number"):
        texts = forms.words_of(d.line_of(one.said), desk.units)
        if one.removed:
            changes: tuple[str, ...] = ("taken out",)
        elif before is None:
            changes = ("as it was put in",)
        else:
            changes = tuple(
                f"{forms.LINE_LABELS[name][0]}: {before[name] or 'nothing'} → {text or 'nothing'}"
                for name, text in texts.items()
                if before[name] != text
            ) or ("taken up again",)
        before = texts
        told.append(RevisionRow(one.number, one.by, desk.moment(one.at), changes))
    return tuple(reversed(told))


def _may_not(version: Version) -> str:
    if not version.is_draft:
        return f"Version {version.name} is no draft: what was agreed stays. Open a draft to change it."
    return "The officers and the CX lead change every line; who leads a line changes that one."


# Terms


def terms_page(
    desk: Desk, version: Version, *, texts: Mapping[str, str] | None = None, wrong: Mapping[str, str] | None = None
) -> TermsPage:
    """Who agrees, from when, on which stages and areas?"""
    charter = d.composed(version)
    fields: tuple[Field, ...] = forms.terms_fields(texts or forms.terms_texts(charter), wrong or {}, desk.today)
    return TermsPage(
        study=desk.head("charter:charter"),
        version=desk.row(version, charter),
        fields=fields,
        revision=version.revision,
        conflict=None,
        back=address(reverse("charter:charter"), version=version.name),
    )


def terms_opened(version: Version, revision: int) -> Charter:
    """A version with the terms it had at a revision, and its lines as they are now; the latest terms where there is no such revision."""
    now = d.composed(version)
    opened = version.revisions.filter(number=revision).first()
    if opened is None:
        return now
    return replace(d.charter_of_header(opened.header), lines=now.lines, signatures=now.signatures, objections=now.objections)


def terms_conflict_of(desk: Desk, version: Version, revision: int, yours: Mapping[str, str]) -> tuple[Conflict, dict[str, str]]:
    """What two people changed of the terms, side by side, and the form that holds both."""
    version.refresh_from_db()
    before = forms.terms_texts(terms_opened(version, revision))
    theirs = forms.terms_texts(d.composed(version))
    last = version.revisions.last()
    who, when = ("somebody", "") if last is None else (last.by, desk.moment(last.at))
    return Conflict(who, when, removed=False, rows=forms.differing(before, theirs, yours)), forms.merged(before, theirs, yours)


# Versions and signing


def versions_page(desk: Desk, before: str, after: str) -> VersionsPage:
    """What did we agree when?

    :param before: name of the earlier version to compare; ``after`` of the later. Where empty: the last two.
    """
    names = [row.name for row, _ in desk.versions if not row.withdrawn_at]
    later = after or (names[0] if names else "")
    earlier = before or next((name for name in names if name != later), "")
    changes: tuple[ChangeRow, ...] = ()
    if later and earlier:
        changes = change_rows(desk.changes(desk.named(earlier)[1], desk.named(later)[1]))
    return VersionsPage(
        study=desk.head("charter:charter"),
        sentence=f"{wording.counted(len(names), 'version')} of the charter {'is' if len(names) == 1 else 'are'} on record."
        if names
        else "No version of the charter is on record.",
        versions=tuple(desk.row(row, charter, shown=row.name in {earlier, later}) for row, charter in desk.versions),
        before=earlier,
        after=later if earlier else "",
        changes=changes,
        may_change=desk.may("charter:versions"),
        draft=None if desk.draft is None else _link(desk.draft[0]),
    )


def sign_page(desk: Desk, version: Version) -> SignPage:
    """What exactly is signed?"""
    charter = d.composed(version)
    base = desk.in_force
    agreed = replace(desk.agreed, version=charter.version) if base is None else desk.agreed
    rows = party_rows(desk, version, charter)
    yours = tuple(one.title for one in rows if one.yours and not one.signed)
    obstacles = list(signing.obstacles(charter))
    if charter.effective_from is not None and charter.effective_from < desk.today:
        obstacles.append(f"It would be in force since {_day(charter.effective_from)}, before it was signed: name today or later.")
    may_not = ""
    if not yours:
        held = [one.title for one in rows if one.yours]
        ask = "; ".join(f"{one.title}: {whose(charter, one.title, desk.at)}" for one in rows if not one.signed)
        may_not = "You have signed it." if held else f"You speak for none of its parties. {ask}"
    return SignPage(
        study=desk.head("charter:charter"),
        version=desk.row(version, charter),
        digest=signing.content_digest(charter),
        against="" if base is None else base[0].name,
        changes=change_rows(desk.changes(agreed, charter)),
        lines=tuple(row for row in change_rows(desk.changes(Charter(), charter)) if row.key == "" and row.about.startswith("line: ")),
        days=_days(charter),
        parties=rows,
        yours=yours,
        obstacles=tuple(obstacles),
        notes=tuple(f"{signing.title(line)}: {note}" for line in charter.lines if (note := desk.nobody_leads(charter, line))),
        may_not=may_not,
        back=address(reverse("charter:charter"), version=version.name),
    )


def change_rows(found: Iterable[CharterChange]) -> tuple[ChangeRow, ...]:
    """What two versions say otherwise, as a page tells it."""
    told = []
    for one in found:
        about = one.about if one.of == "agreement" else f"{one.of}: {one.about}"
        told.append(ChangeRow(about, str(one.change), _key(one), one.before or "", one.after or ""))
    return tuple(told)


def _key(change: CharterChange) -> str:
    return "" if change.key is None else WORDS.get(change.key, change.key.replace("_", " "))


def _days(charter: Charter) -> tuple[str, ...]:
    if charter.effective_from is None:
        return ("No day is named from which it is in force.",)
    since = charter.promises_since
    judged = f"It judges promises made from {_day(since or charter.effective_from)} on"
    earlier = ", also those made before it was in force." if since and since < charter.effective_from else "."
    return (f"It is in force from {_day(charter.effective_from)} on.", judged + earlier)


def _link(version: Version) -> Link:
    return Link(f"version {version.name}", address(reverse("charter:charter"), version=version.name))


def _day(day: date | None) -> str:
    return "" if day is None else wording.day(day)


def keys_from(asked: Mapping[str, str]) -> dict[str, str]:
    """The keys of a line an address names."""
    return {key: asked[key] for key in KEYS if asked.get(key)}
