"""A study: what was known as of one instant, kept as an immutable folder, and the questions it answers."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

import ibis.expr.types as ir

from troth.engine.attribution.answers import Answered, SideAnswer, shares_of
from troth.engine.charters.agreed_lines import AgreedLine
from troth.engine.charters.feasibility import Feasibility, Means
from troth.engine.charters.live import LineGap
from troth.engine.charters.missing import Agreed, MissingCell
from troth.engine.findings import (
    Account,
    AtRisk,
    Basket,
    Bunching,
    Calibration,
    Campaign,
    Findings,
    FlagAgreement,
    Integrity,
    NativeAccount,
    RangeScore,
    ScoreAccount,
    Skill,
    SourceAccount,
    StagePart,
)
from troth.engine.guards import Guards
from troth.engine.issues.result import FailureDemand, Issue
from troth.engine.journeys import Journeys
from troth.engine.mechanisms import Split, change_of
from troth.engine.mechanisms.of_promises import MADE_MONTH
from troth.engine.money import Money
from troth.engine.promises.basket import EACH_MONTH
from troth.engine.promises.flags import agreement
from troth.engine.promises.ranges import MAY_MISS
from troth.engine.promises.slices import slice_filter
from troth.engine.promises.unmet import unmet
from troth.engine.purview import Chasm, chasm
from troth.engine.reading import Reading
from troth.engine.voice.results import Emerging, StudyStatement, StudyTheme, TextsRead
from troth.project.claims import beside_issues, noun_of, per_noun, unanswered, unpromised
from troth.project.comparison import Comparison, Side
from troth.project.comparison import compare as compare_sides
from troth.project.manifest import Manifest
from troth.project.places import path_of
from troth.project.storage import saving, sync_folder, sync_tree
from troth.terms.charter import Charter
from troth.terms.embedded import open_duckdb
from troth.terms.errors import DamagedStudyError, NoStudyError, RequestError, StorageError, did_you_mean
from troth.terms.instants import Day
from troth.terms.vocabulary import Noun

SET_ASIDE = "set_aside.parquet"

_opened: WeakValueDictionary[int, Study] = WeakValueDictionary()
_guard = threading.Lock()

By = Sequence[str] | str
Where = Mapping[str, Any] | None


@dataclass(frozen=True)
class Study:
    """The handle of one study.

    :param folder: where its files are.
    :param number: its number among the project's studies; ``None`` for one saved elsewhere, or not published.

    Tables are Ibis expressions on a connection of this handle's own: use one handle per thread.
    """

    folder: Path
    number: int | None = None

    @cached_property
    def manifest(self) -> Manifest:
        """What the study was made from."""
        return Manifest.read(self.folder)

    @property
    def as_of(self) -> datetime:
        """The instant it speaks of."""
        return self.manifest.as_of

    @property
    def digest(self) -> str:
        """SHA-256 of its manifest, and through it of every table: studies of equal digests are equal, to the byte."""
        return self.manifest.digest

    @property
    def label(self) -> str:
        """How people call it."""
        return f"study {self.number}" if self.number is not None else str(self.folder)

    @cached_property
    def reading(self) -> Reading:
        """The engine's view of the study's tables.

        :raises DamagedStudyError: a table is missing, or is not as long as it was.
        """
        return self.read_with(None)

    def read_with(self, connection: Any) -> Reading:
        """The same over a connection shared with another study; ``None`` is one of its own."""
        self._open()
        try:
            return Reading(self.folder, connection)
        except ValueError:  # as long as it was, and no JSON
            self.refuse_damage()
            raise

    def refuse_damage(self) -> None:
        """Read every file of the study anew, and refuse it where one is not what it was: ask once something went wrong.

        :raises DamagedStudyError: the files that are missing, or are not what they were.
        """
        if damaged := self.manifest.damage(self.folder):
            raise DamagedStudyError(self.folder, damaged)

    def refuse_loss(self) -> None:
        """The same by the files' sizes, which takes no reading.

        :raises DamagedStudyError: as :meth:`refuse_damage`.
        """
        if lost := self.manifest.lost(self.folder):
            raise DamagedStudyError(self.folder, lost)

    def _open(self) -> None:
        self.refuse_loss()
        with _guard:
            _opened[id(self)] = self

    @property
    def ledger(self) -> ir.Table:
        """One row per promise, judged (terms.tables.LEDGER, then stage times, context and dimensions)."""
        return self.reading.ledger

    def rows(self, where: Where = None, since: Day = None, until: Day = None) -> ir.Table:
        """The ledger's rows in one slice, in the order the promises were made.

        :raises RequestError: a dimension the ledger does not have.
        """
        return self.reading.rows(where, since, until).order_by("made_at", "source", "row", "name")

    def unmet(self, where: Where = None) -> tuple[str, ...]:
        """What to tell beside rows that may be none: a sentence for each condition no promise meets, with the values nearest to it.

        :raises RequestError: a dimension the ledger does not have.
        """
        return self.reading.unmet(where)

    @cached_property
    def set_aside(self) -> ir.Table:
        """Every row that was not used, with file, row, column, value and reason (terms.tables.SET_ASIDE)."""
        self._open()
        return open_duckdb().read_parquet(self.folder / SET_ASIDE)

    def rows_set_aside(self, where: Where = None) -> ir.Table:
        """Rows that were not used, in the order of their files.

        :param where: column of :attr:`set_aside` to value: ``{"reason": "bad date"}``.
        :raises RequestError: a column it does not have.
        """
        rows = self.set_aside
        for name in where or {}:
            if name not in rows.columns:
                raise RequestError(f"rows set aside have no “{name}”.", place="where", mend=did_you_mean(name, rows.columns))
        return slice_filter(rows, where or {}).order_by("source", "mapping", "file", rows.line.asc(nulls_first=True), "row", "reason")

    def unmet_aside(self, where: Where = None) -> tuple[str, ...]:
        """The same of rows that were not used: a sentence for each condition none of them meets.

        :raises RequestError: a column they do not have.
        """
        return unmet(self.set_aside, where, of="row set aside")

    @property
    def sources(self) -> Findings[SourceAccount]:
        """Row accounting of every mapping: read = used + set aside + of another kind."""
        notes = tuple(
            f"“{name}”: {recorded:,} {'promise' if recorded == 1 else 'promises'} on record in {bearing:,} "
            f"{'row' if bearing == 1 else 'rows'} that could bear one: coverage {recorded / bearing:.1%}."
            for name, (recorded, bearing) in self.manifest.coverage.items()
            if bearing
        )
        return Findings(self.manifest.sources, notes=(*notes, *self.unanswered, *self.unpromised))

    @property
    def unanswered(self) -> tuple[str, ...]:
        """A sentence for each promise of which nothing says what was received: its kept rate is no finding."""
        return unanswered(self.reading.specs)

    @property
    def unpromised(self) -> tuple[str, ...]:
        """What the sources flag as kept without a promise: a sentence for each mapping it holds for (domain.md c6, attacks 7 and 8)."""
        return unpromised(self.manifest.sources, self.reading.specs)

    @cached_property
    def flags(self) -> Findings[FlagAgreement]:
        """What the sources claim of their promises beside our verdicts; empty where no mapping names a ``flagged_kept``."""
        return agreement(self.ledger)

    def noun(self, name: str | None = None) -> Noun | None:
        """What is counted where nobody is named; ``None`` where the mappings do not say (``each``), or do not agree.

        :param name: only the promise of this name.
        """
        return noun_of(self.reading.specs, name)

    def integrity(self, by: By = (), *, where: Where = None, since: Day = None, until: Day = None) -> Findings[Integrity]:
        """Was our word kept: F, K, I, B, U per slice, each with n, interval and coverage (domain.md c5).

        :param by: dimensions that name the slices.
        :param where: dimension to value: only these promises.
        :param since: only promises due from this day on; ``until`` likewise, that day included. A ``date``, or text such as 2012-01-31.
        :raises RequestError: a dimension the ledger does not have, or a day that is none.
        """
        found = self.reading.integrity(by, where=where, since=since, until=until)
        return per_noun(found, self.noun((where or {}).get("name")))

    def account(
        self, by: By = (), mode: str = "as-of", *, where: Where = None, since: Day = None, until: Day = None, skilled: bool = True
    ) -> Findings[Account]:
        """The break account: whose the broken promises are, in four parts that sum exactly (domain.md d5).

        Each part has its 95% limits, where enough was drawn to tell them, and each slice the promise skill to read expectation-setting by.

        :param mode: ``as-of`` (headline: capability as it was known when each promise was made) or ``cross-fitted`` (contrasts inside the
            window).
        :param skilled: ``False`` leaves promise skill out, which is half of the work.
        :raises RequestError: a dimension the ledger does not have, or an unknown mode.
        """
        return self.reading.account(by, mode=mode, where=where, since=since, until=until, skilled=skilled)

    def campaigns(self, by: By = ("name",), *, where: Where = None, since: Day = None, until: Day = None) -> Findings[Campaign]:
        """Promises worded “up to” or “from”, tested as campaigns: the share of buyers who got the level (domain.md c3).

        :param by: what names a campaign. Wordings, and declared shares of the charter, are told apart beside it.
        :param where: one slice and period, as for :meth:`integrity`.
        :raises RequestError: a dimension the ledger does not have.
        """
        return self.reading.campaigns(by, where=where, since=since, until=until)

    def bunching(
        self, by: By = (), *, width: float | None = None, where: Where = None, since: Day = None, until: Day = None
    ) -> Findings[Bunching]:
        """Receipts just inside the limit against what their neighbours say, per promise on a clock and slice (domain.md c6, attack 9).

        :param width: of a bin, in the promise's unit; chosen from the receipts where left out.
        :param where: one slice and period, as for :meth:`integrity`.
        :raises RequestError: a dimension the ledger does not have, or a width that is none.
        """
        return self.reading.bunching(by, width=width, where=where, since=since, until=until)

    def ranges(
        self, by: By = (), *, alpha: float = MAY_MISS, where: Where = None, since: Day = None, until: Day = None
    ) -> Findings[RangeScore]:
        """Interval score of promised windows and ranges: width and misses in one number (domain.md c6, attack 12).

        :param alpha: share of receipts that may fall outside.
        :param where: one slice and period, as for :meth:`integrity`.
        :raises RequestError: a dimension the ledger does not have, or an alpha that is no share.
        """
        return self.reading.ranges(by, alpha=alpha, where=where, since=since, until=until)

    def basket(
        self, by: By = EACH_MONTH, *, base: Day = None, where: Where = None, since: Day = None, until: Day = None
    ) -> Findings[Basket]:
        """Kept rate of a fixed basket, period by period: each kind of promise weighs what it weighed in the base period (attack 1).

        :param by: a period of due dates, and what makes two promises the same kind.
        :param base: a day in the base period; where left out the first whole period.
        :param where: one slice and period, as for :meth:`integrity`.
        :raises RequestError: no period, or several; a base in which nothing fell due.
        """
        return self.reading.basket(by, base=base, where=where, since=since, until=until)

    def score(
        self, by: By = (), mode: str = "as-of", *, where: Where = None, since: Day = None, until: Day = None
    ) -> Findings[ScoreAccount]:
        """The five parts in score points, per promise name, scale of rating and slice; empty, with a note, where nothing was rated.

        :param mode: ``as-of`` or ``cross-fitted``.
        :param where: one slice, as for :meth:`integrity`.
        :raises RequestError: unknown slices or mode.
        """
        return self.reading.score(by, mode=mode, where=where, since=since, until=until)

    def native(
        self, by: By = (), mode: str = "as-of", *, where: Where = None, since: Day = None, until: Day = None
    ) -> Findings[NativeAccount]:
        """The five parts in each promise's own unit, per promise name and slice (domain.md d2).

        :param mode: ``as-of`` or ``cross-fitted``.
        :param where: one slice and period, as for :meth:`integrity`.
        :raises RequestError: unknown slices or mode.
        """
        return self.reading.native(by, mode=mode, where=where, since=since, until=until)

    def stages(self, by: By = (), *, where: Where = None, since: Day = None, until: Day = None) -> Findings[StagePart]:
        """The delivery part of broken promises among the areas, stage by stage, in days; empty without stages (domain.md d6).

        :param where: one slice and period, as for :meth:`integrity`.
        :raises RequestError: a dimension the ledger does not have.
        """
        return self.reading.stages(by, where=where, since=since, until=until)

    def change(
        self,
        name: str,
        before: str,
        after: str,
        *,
        by: str = MADE_MONTH,
        mix: Sequence[str] | None = None,
        where: Where = None,
    ) -> Split:
        """What moved along when a promise's late share changed: mix, promise and each step, exactly (:func:`troth.split_change`).

        :param name: of a promise on a clock. :param before: a period such as 2024-08, or a value of ``by``. :param after: likewise.
        :param by: what tells the two apart: a period or a dimension. :param mix: context columns; the mapping's where left out.
        :param where: dimension to value: only these promises.
        :raises RequestError: there is no such promise, slice or column, or the promise is not on a clock.
        """
        reading = self.reading
        return change_of(self.ledger, reading.specs, name, before, after, by=by, mix=mix, where=where, zone=self.manifest.timezone)

    @property
    def charter(self) -> Charter:
        """The charter it was made with: the version in force at its as-of, then the lines of versions that judge older promises."""
        return self.reading.charter

    def charter_lines(self, cell: Mapping[str, str | None] | None = None) -> Findings[AgreedLine]:
        """The lines in force at its as-of; of a cell, the one line that holds there (S4.18).

        :param cell: promise, stage, segment, persona, tier to value; what is left out is unknown, and only lines that do not ask hold.
        :raises RequestError: a key that no line can name.
        """
        return self.reading.charter_lines(cell)

    def missing_cells(self, charter: Charter | None = None) -> Findings[MissingCell]:
        """Combinations of promise, stage, segment, persona and tier on record without a line, most people first (S4.18).

        :param charter: the one in force where left out; one that is proposed, or has come into force since, may be asked.
        """
        return self.reading.missing_cells(charter)

    def line_gaps(self, charter: Charter | None = None) -> tuple[LineGap, ...]:
        """Kept rate and break account of the promises of every line, each promise with the most specific line that names it.

        :param charter: the one in force where left out; of one that is proposed, the lines are slices of what was judged already.
        """
        return self.reading.line_gaps(charter)

    @property
    def agreed(self) -> Agreed:
        """How much of what occurs the charter speaks of: combinations, promises, people."""
        return self.reading.agreed()

    def feasibility(
        self, charter: Charter | None = None, *, means: Mapping[str, Means] | None = None, proposed: bool = False
    ) -> Findings[Feasibility]:
        """Can we deliver what, when, how, at which cost: four lights per line of the charter (S2.8).

        :param charter: the one in force where left out; one that is proposed may be asked before anybody signs it.
        :param means: role that leads to what it is known to hold.
        :param proposed: the charter is a draft: its standards are told as proposed.
        """
        return self.reading.feasibility(charter, means, proposed=proposed)

    def skill(self, by: By = (), *, where: Where = None, since: Day = None, until: Day = None) -> Findings[Skill]:
        """Promise skill: promises beside demonstrated capability, per slice (domain.md c6).

        :param where: one slice and period, as for :meth:`integrity`.
        :raises RequestError: a dimension the ledger does not have.
        """
        return self.reading.skill(by, where=where, since=since, until=until)

    def at_risk(self, by: By = (), *, where: Where = None, since: Day = None, until: Day = None) -> Findings[AtRisk]:
        """Promises still open, and how many of them are expected to break, per slice (domain.md c5).

        :param where: one slice, as for :meth:`integrity`.
        :param since: only promises that fall due from this day on; ``until`` likewise, that day included.
        :raises RequestError: a dimension the ledger does not have.
        """
        return self.reading.at_risk(by, where=where, since=since, until=until)

    @property
    def issues(self) -> Findings[Issue]:
        """Issues by what they cost, then ``unassigned``, then the ``total`` they add up to (domain.md e1 to e3)."""
        found = self.reading.issues
        beside = beside_issues(found.rows, self.calibration.rows, self.answers)
        return Findings(found.rows, found.by, (*found.notes, *beside))

    def chasm(
        self,
        grants: Any,
        *,
        structures: Mapping[str, Sequence[str] | str] | None = None,
        actual: Sequence[str] | str = (),
        fixes: Any = None,
        asks: Any = None,
        decisions: Any = None,
        money: str = "money",
    ) -> Chasm:
        """Can we execute? The study's issues held against who may decide what, as of the study's day (domain.md e7).

        :param grants: the project's ``purview``, or a table of grants, as for :func:`troth.chasm`, which says the rest too.
        :param money: ``money``, or ``failures`` to weigh issues by these. Where no issue has money on record, failures weigh.
        :raises RequestError: as :func:`troth.chasm`.
        """
        return chasm(
            self.issues,
            grants,
            structures=structures,
            actual=actual,
            fixes=fixes,
            asks=asks,
            decisions=decisions,
            as_of=self.as_of.astimezone(ZoneInfo(self.manifest.timezone)).date(),
            money=money,
        )

    @property
    def anyway(self) -> Money | None:
        """Cash that goes along with nothing that failed: with the money of all issues it is all cash on record (domain.md e3)."""
        return self.reading.anyway

    @property
    def failure_demand(self) -> FailureDemand | None:
        """Contacts that would not be, had nothing failed before them (M18); ``None`` where the study was made before that was told."""
        return self.reading.failure_demand

    @property
    def answers(self) -> tuple[Answered, ...]:
        """Marketing or service? Each question the project asks, with the unwanted events by side (domain.md e6; S4.21, S4.22)."""
        return self.reading.answers

    @property
    def shares(self) -> Findings[SideAnswer]:
        """The same as one table: question and side to events and share; nothing in it is a cause."""
        return shares_of(self.answers)

    @property
    def measures(self) -> Guards:
        """What local targets do to customers: each measure judged, conflicts of roles, watermelons (domain.md e8; S1.15, S2.7)."""
        return self.reading.guards

    @property
    def failures(self) -> ir.Table:
        """One row per failure: what it leads with, what followed, and the key of its issue, NULL where it is unassigned."""
        return self.reading.failures

    @property
    def themes(self) -> Findings[StudyTheme]:
        """What customers wrote about, the largest theme first, with quotes, weeks and what goes along with each (domain.md b 7)."""
        return self.reading.themes

    @property
    def emerging(self) -> Findings[Emerging]:
        """What was newly said in the last two weeks before the as-of; the notes state the rate of false alarms."""
        return self.reading.emerging

    @property
    def expectation_statements(self) -> Findings[StudyStatement]:
        """What customers say they were told or should have got, with what people decided on it (review.toml)."""
        return self.reading.statements

    @property
    def texts_read(self) -> TextsRead | None:
        """What became of every text on record; ``None`` where the study was made before that was told."""
        return self.reading.texts_read

    @property
    def texts(self) -> ir.Table:
        """One row per text read: its signal's ``source`` and ``row``, and the key of its ``theme``, NULL for none."""
        return self.reading.texts

    @property
    def journeys(self) -> Journeys:
        """What customers went through: moves, variants, drop-off, the mapped journey, scenarios (S2.11); counts, without :meth:`behind`."""
        return self.reading.followed.journeys

    @property
    def calibration(self) -> Findings[Calibration]:
        """May the account be believed (domain.md d4)."""
        return self.reading.calibration

    def compare(self, later: Study, *, by: By = ()) -> Comparison:
        """What changed from this study to ``later``, with the numbers followed in the slices ``by``.

        :raises RequestError: ``later`` is no study, or the ledgers lack a dimension.
        """
        if not isinstance(later, Study):
            raise RequestError(f"{later!r} is no study.", place="later", mend="compare two studies: troth.load_study(folder) opens one.")
        connection = open_duckdb()  # one for both ledgers: they are joined
        before, after = (
            Side(study.label, study.manifest, reading.charter, reading.ledger, reading.integrity(by), reading.account(by, skilled=False))
            for study in (self, later)
            for reading in (study.read_with(connection),)
        )
        return compare_sides(before, after)

    def save(self, folder: Path | str) -> Study:
        """Copy the study to ``folder``, whole or not at all.

        :raises RequestError: no folder is named.
        :raises StorageError: the folder holds something else already, or cannot be written.
        """
        target = path_of(folder, "folder")
        if target.exists():
            if (target / "manifest.json").is_file() and Manifest.read(target).digest == self.digest:
                return Study(target)
            raise StorageError("the folder is there already.", file=target, mend="name a new folder.")
        draft = target.with_name(f".{target.name}.new")
        with saving(target):
            shutil.rmtree(draft, ignore_errors=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copytree(self.folder, draft)
                sync_tree(draft)
                draft.rename(target)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
            sync_folder(target.parent)
        return Study(target)


def load_study(folder: Path | str) -> Study:
    """The study saved in ``folder``.

    :raises RequestError: no folder is named.
    :raises NoStudyError: there is none.
    :raises DamagedStudyError: a table is missing, or is not what the manifest says.
    """
    place = path_of(folder, "folder")
    if (place / "troth.toml").is_file():
        mend = f'open the project and take its current one: troth.project.current("{place}").'
        raise NoStudyError("this is a project, and not one of its studies.", file=place, mend=mend)
    study = Study(place)
    study.refuse_damage()
    return study


def refuse_damaged() -> None:
    """Look whether a study that was opened is damaged; ask once something nobody foresaw went wrong.

    :raises DamagedStudyError: one is.
    """
    with _guard:
        opened = list(_opened.values())
    for study in opened:
        study.refuse_damage()
