"""What a study answers: figures from the tables it wrote, with a DuckDB of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
from ibis.util import gen_name as unique_name

from troth.engine.attribution.answers import Answered, read_answers
from troth.engine.attribution.met import OCCASIONS
from troth.engine.capability.scales import Scale
from troth.engine.charters.agreed_lines import AgreedLine, agreed_lines
from troth.engine.charters.feasibility import Feasibility, Means, ask, feasibility
from troth.engine.charters.live import LineGap, line_gaps
from troth.engine.charters.missing import Agreed, MissingCell, agreed, missing_cells
from troth.engine.facts import charter_from, spec_from
from troth.engine.findings import (
    Account,
    AtRisk,
    Basket,
    Bunching,
    Calibration,
    Campaign,
    Contrast,
    Findings,
    Integrity,
    NativeAccount,
    RangeScore,
    Row,
    ScoreAccount,
    Skill,
    StagePart,
)
from troth.engine.gaps import account as accounting
from troth.engine.gaps import contrast, native, stages
from troth.engine.gaps import forecast as forecasting
from troth.engine.gaps import score as points
from troth.engine.guards.keeping import read_guards
from troth.engine.guards.result import Guards
from troth.engine.history import HISTORY_FILE, about, with_chances
from troth.engine.issues.forming import Known
from troth.engine.issues.result import FAILURES, ISSUES, FailureDemand, Issue, demand_from, issue_from, money_from
from troth.engine.journeys.overview import Behind
from troth.engine.journeys.studying import JOURNEYS, NO_JOURNEYS, WALKS, Followed, followed_from, nothing_followed, walked
from troth.engine.ledger import coded, kept, kept_places
from troth.engine.money import Money
from troth.engine.promises import bunching, campaigns, fixed_basket, integrity, range_scores
from troth.engine.promises.basket import EACH_MONTH
from troth.engine.promises.clock import naive_utc
from troth.engine.promises.coverage import placeable
from troth.engine.promises.ranges import MAY_MISS
from troth.engine.promises.slices import names_of, slice_columns, slice_filter
from troth.engine.promises.unmet import unmet
from troth.engine.voice import keeping
from troth.engine.voice.identity import Memory
from troth.engine.voice.results import Emerging, StudyStatement, StudyTheme, TextsRead
from troth.engine.voice.studying import InWords
from troth.terms.charter import KEYS, Charter
from troth.terms.embedded import open_duckdb
from troth.terms.errors import RequestError
from troth.terms.instants import Day, day, within_reach
from troth.terms.journeys import NOTHING_MAPPED
from troth.terms.vocabulary import PromiseSpec

SETTINGS, DRAWS, FORECASTS, STAGES = "settings.parquet", "draws.parquet", "forecasts.parquet", "stages.parquet"
CELLS, SCORES, SCORE_CURVE, FACTS = "cells.parquet", "scores.parquet", "score_curve.parquet", "study.json"
MISSING = "missing.parquet"
COST_TO_SERVE = "cost_to_serve.parquet"
NO_ISSUES = "this study was made before issues were; run it again to have them."
NO_THEMES = "this study was made before themes were; run it again to have them."

NO_CHARTER = (
    "No charter is in force: no standard is agreed, so the standard part is 0 and chronic slowness is charged to the promise. "
    "Agree a line per promise to tell a broken agreement from a rash promise."
)


class Reading:
    """Answers from one study's tables.

    :param folder: what :func:`compute` wrote.
    :param connection: a DuckDB to read with, shared where two studies are joined; one of its own where left out. One reading per thread.
    """

    def __init__(self, folder: Path, connection: Any = None) -> None:
        self.folder = folder
        self.connection = open_duckdb() if connection is None else connection
        self._unmet: dict[str, tuple[str, ...]] = {}
        self.facts: dict[str, Any] = json.loads((folder / FACTS).read_text(encoding="utf-8"))

    @property
    def as_of(self) -> datetime:
        """The instant it speaks of."""
        return datetime.fromisoformat(self.facts["as_of"])

    @property
    def timezone(self) -> str:
        """Where its days begin."""
        zone: str = self.facts["timezone"]
        return zone

    @cached_property
    def charter(self) -> Charter:
        """The charter the study was made with."""
        return charter_from(self.facts["charter"])

    @cached_property
    def specs(self) -> tuple[PromiseSpec, ...]:
        """What the mappings said of each promise name."""
        return tuple(spec_from(record) for record in self.facts["specs"])

    def charter_lines(self, cell: Mapping[str, str | None] | None = None) -> Findings[AgreedLine]:
        """The lines in force, or the one that holds for a cell."""
        return agreed_lines(self.charter, self.specs, cell)

    def missing_cells(self, charter: Charter | None = None) -> Findings[MissingCell]:
        """Combinations on record without a line (S4.18), of the charter in force or of one that is proposed."""
        return missing_cells(self.ledger, self.charter if charter is None else charter)

    def agreed(self) -> Agreed:
        """How much of what occurs the charter speaks of."""
        return agreed(self.ledger, self.charter)

    def feasibility(
        self, charter: Charter | None = None, means: Mapping[str, Means] | None = None, *, proposed: bool = False
    ) -> Findings[Feasibility]:
        """Four lights per line (S2.8), of the charter in force or of one that is proposed."""
        spent = self.folder / COST_TO_SERVE
        costs = self.connection.read_parquet(spent) if spent.is_file() else None
        lines = self.charter if charter is None else charter
        asked = ask(self.ledger, lines, as_of=self.as_of, costs=costs, specs=self.specs, zone=self.timezone)
        return Findings(feasibility(asked, means, proposed=proposed), KEYS)

    def line_gaps(self, charter: Charter | None = None) -> tuple[LineGap, ...]:
        """Kept rate and break account of every line, of the charter in force or of one that is proposed."""
        lines = self.charter if charter is None else charter
        return line_gaps(self.ledger, self.coded, self.settings, self.draws, lines, as_of=self.as_of, zone=self.timezone)

    @property
    def coverage(self) -> dict[str, tuple[int, int]]:
        """Promise name to (promises recorded, promise-bearing rows)."""
        return {name: (pair[0], pair[1]) for name, pair in self.facts["coverage"].items()}

    @cached_property
    def ledger(self) -> ir.Table:
        """One row per promise: the LEDGER contract and further columns."""
        return self._view(kept(self.connection, self.folder, self.facts))

    @cached_property
    def coded(self) -> ir.Table:
        """The ledger and the codes of engine.capability.record, by which a row finds its setting."""
        places = kept_places(self.folder, self.facts["places"])
        # Over the file, not over the view of it: folding sees which columns are constant. Held, for its tables in memory go with it.
        self._codes = coded(kept(self.connection, self.folder, self.facts), places, self.charter, naive_utc(self.as_of))
        return self._view(self._codes)

    def _view(self, table: ir.Table) -> ir.Table:
        """A name for a long query: what is asked of it is short to translate, and the database reads both as one."""
        name = unique_name("study")
        return self.connection.create_view(name, table)

    @contextmanager
    def _holding(self) -> Iterator[Callable[[ir.Table], ir.Table]]:
        """Computes a query once for all that is asked of its answer; the answer is let go at the end."""
        held: list[str] = []

        def keep(query: ir.Table) -> ir.Table:
            held.append(unique_name("held"))
            table: ir.Table = self.connection.create_table(held[-1], query, temp=True)
            return table

        try:
            yield keep
        finally:
            for name in held:
                self.connection.drop_table(name, force=True)

    @cached_property
    def settings(self) -> ir.Table:
        """One row per setting: capability and probabilities at the way-points."""
        return self.connection.read_parquet(self.folder / SETTINGS)

    @cached_property
    def draws(self) -> ir.Table:
        """Bootstrap draws of the settings."""
        return self.connection.read_parquet(self.folder / DRAWS)

    @cached_property
    def scores(self) -> ir.Table:
        """One row per scored promise and scale: its score, its weight, and the score to expect at every way-point."""
        return self.connection.read_parquet(self.folder / SCORES)

    @cached_property
    def forecasts(self) -> ir.Table:
        """Chance of a break for every setting and age of a promise still open."""
        return self.connection.read_parquet(self.folder / FORECASTS)

    @cached_property
    def expectations(self) -> ir.Table:
        """Expected days of each stage, per cell and week."""
        return self.connection.read_parquet(self.folder / STAGES)

    @property
    def scales(self) -> dict[str, Scale]:
        """The transform of each promise name."""
        return {name: Scale(**record) for name, record in self.facts["scales"].items()}

    @cached_property
    def cells(self) -> ir.Table:
        """What each context cell stands for."""
        return self.connection.read_parquet(self.folder / CELLS)

    @property
    def calibration(self) -> Findings[Calibration]:
        """May the account be believed (domain.md d4)."""
        return Findings(tuple(Calibration(**gate) for gate in self.facts["calibration"]))

    @cached_property
    def issues(self) -> Findings[Issue]:
        """Issues by what they cost, then ``unassigned``, then the ``total`` (domain.md e1); a note alone where the study has none."""
        if not (self.folder / ISSUES).is_file():
            return Findings((), ("issue",), (NO_ISSUES,))
        document = json.loads((self.folder / ISSUES).read_text(encoding="utf-8"))
        return Findings(tuple(issue_from(record) for record in document["issues"]), ("issue",), tuple(document["notes"]))

    @cached_property
    def failure_demand(self) -> FailureDemand | None:
        """Contacts that would not be, had nothing failed before them; ``None`` where the study was made before that was told."""
        if not (self.folder / ISSUES).is_file():
            return None
        record = json.loads((self.folder / ISSUES).read_text(encoding="utf-8")).get("failure_demand")
        return None if record is None else demand_from(record)

    @cached_property
    def anyway(self) -> Money | None:
        """Cash that goes along with nothing that failed, in no money at risk; ``None`` where no cost is on record, or it was not told."""
        if not (self.folder / ISSUES).is_file():
            return None
        record = json.loads((self.folder / ISSUES).read_text(encoding="utf-8")).get("anyway")
        return None if record is None else money_from(record)

    @cached_property
    def rules(self) -> tuple[dict[str, str | None], ...]:
        """The rules of the issues, in the order in which a failure is asked."""
        return tuple(dict(one.rule) for one in self.known)

    @cached_property
    def known(self) -> tuple[Known, ...]:
        """The rules with what each issue was held against: what a later study begins with."""
        if not (self.folder / ISSUES).is_file():
            return ()
        rules = json.loads((self.folder / ISSUES).read_text(encoding="utf-8"))["rules"]
        return tuple(Known(**one) if one.keys() == {"rule", "held_against"} else Known(one) for one in rules)  # the first were rules alone

    @cached_property
    def answers(self) -> tuple[Answered, ...]:
        """Unwanted events by the side whose exposures they go along with, question by question (domain.md e6)."""
        return read_answers(self.folder)

    @cached_property
    def occasions(self) -> ir.Table | None:
        """The occasions that the answers count (engine.attribution.met); ``None`` where the study keeps none."""
        file = self.folder / OCCASIONS
        return self.connection.read_parquet(file) if file.is_file() else None

    @cached_property
    def guards(self) -> Guards:
        """What each measure does to customers, conflicts between measures, watermelons (domain.md e8, S1.15)."""
        return read_guards(self.folder)

    @cached_property
    def failures(self) -> ir.Table:
        """One row per failure: what it leads with, what followed, and its ``issue``, NULL where it is unassigned."""
        return self.connection.read_parquet(self.folder / FAILURES)

    @cached_property
    def history(self) -> ir.Table | None:
        """What came in of each customer beside promises (terms.tables.HISTORY); ``None`` where the study keeps none."""
        file = self.folder / HISTORY_FILE
        return self.connection.read_parquet(file) if file.is_file() else None

    def promises_about(self, customer: str | None = None, subject: str | None = None) -> ir.Table:
        """Promises of one customer, or about one subject, with the chance of a break as it was known (engine.history.with_chances)."""
        return with_chances(about(self.coded, customer, subject), self.settings, self.forecasts)

    def about_in_ledger(self, customer: str | None = None, subject: str | None = None) -> ir.Table:
        """The same promises as the ledger holds them."""
        return about(self.ledger, customer, subject)

    def history_about(self, customer: str | None = None, subject: str | None = None) -> ir.Table | None:
        """What else is on record of the same (terms.tables.HISTORY); ``None`` where the study keeps none."""
        return None if self.history is None else about(self.history, customer, subject)

    @cached_property
    def in_words(self) -> InWords | None:
        """What the study says of the words of its customers; ``None`` where it was made before that was told."""
        return keeping.kept(self.folder)

    @property
    def themes(self) -> Findings[StudyTheme]:
        """What people wrote about, the largest theme first; a note alone where the study has none."""
        return Findings((), ("theme",), (NO_THEMES,)) if self.in_words is None else self.in_words.themes

    @property
    def emerging(self) -> Findings[Emerging]:
        """What was newly said in the last two weeks before the as-of, with its rate of false alarms."""
        return Findings((), (), (NO_THEMES,)) if self.in_words is None else self.in_words.emerging

    @property
    def statements(self) -> Findings[StudyStatement]:
        """What people say they were told, those nobody decided on first."""
        return Findings((), ("statement",), (NO_THEMES,)) if self.in_words is None else self.in_words.statements

    @property
    def texts_read(self) -> TextsRead | None:
        """What became of every text on record; ``None`` where the study does not tell."""
        return None if self.in_words is None else self.in_words.read

    @property
    def theme_memory(self) -> Memory | None:
        """What a later study knows these themes by; ``None`` where there are none."""
        return keeping.kept_memory(self.folder)

    @property
    def texts(self) -> ir.Table:
        """One row per text read: ``source``, ``row`` and ``theme``, NULL for none; ``counted`` where it stands for all on record."""
        return self.connection.read_parquet(self.folder / keeping.TEXTS)

    @cached_property
    def followed(self) -> Followed:
        """The journeys of the study, and how they were followed; a note alone where the study has none."""
        if not (self.folder / JOURNEYS).is_file():
            return Followed(NOTHING_MAPPED, nothing_followed(NO_JOURNEYS))
        return followed_from(json.loads((self.folder / JOURNEYS).read_text(encoding="utf-8")))

    @property
    def walked(self) -> Behind | None:
        """What finds the journeys behind a number; ``None`` where the study keeps no rows of them. Asks the rows anew each time."""
        file = self.folder / WALKS
        return walked(self.connection.read_parquet(file), self.followed.wall, self.as_of) if file.is_file() else None

    def rows(self, where: Mapping[str, Any] | None = None, since: Day = None, until: Day = None) -> ir.Table:
        """Ledger rows of one slice.

        :param where: dimension to value (``None`` = unknown).
        :param since: first local day on which a promise may be due; ``until`` the last. A ``date``, or text such as 2012-01-31.
        :raises RequestError: unknown dimensions, a day that is none, or a period that ends before it begins.
        """
        return self._slice(self.ledger, where, since, until)

    def _coded_rows(self, where: Mapping[str, Any] | None, since: Day, until: Day) -> ir.Table:
        """The same with their codes."""
        return self._slice(self.coded, where, since, until)

    def _slice(self, table: ir.Table, where: Mapping[str, Any] | None, since: Day, until: Day) -> ir.Table:
        table = slice_filter(table, where or {}, self.timezone)
        zone = ZoneInfo(self.timezone)
        first, last = (None if when is None else _reached(when, place) for when, place in ((since, "since"), (until, "until")))
        if first is not None and last is not None and last < first:
            raise RequestError(f"the period ends on {last}, before it begins on {first}.", place="until", mend="swap the two days.")
        if first is not None:
            table = table.filter(table.counts_at >= _midnight(first, zone))
        if last is not None:
            table = table.filter(table.counts_at < _midnight(last + timedelta(days=1), zone))
        return table

    def unmet(self, where: Mapping[str, Any] | None) -> tuple[str, ...]:
        """A sentence for each condition that no promise of the study meets, with the values nearest to it."""
        asked = repr(where)
        if asked not in self._unmet:
            self._unmet[asked] = unmet(self.ledger, where, self.timezone)
        return self._unmet[asked]

    def _told(self, found: Findings[Row], where: Mapping[str, Any] | None) -> Findings[Row]:
        """The findings; before all else, what in the question no promise meets."""
        said = self.unmet(where)
        return Findings(found.rows, found.by, (*said, *found.notes)) if said else found

    def integrity(
        self, by: Sequence[str] = (), *, where: Mapping[str, Any] | None = None, since: Day = None, until: Day = None
    ) -> Findings[Integrity]:
        """F, K, I, B, U per slice (domain.md c5)."""
        found = integrity(
            self.rows(where, since, until),
            names_of(by),
            as_of=self.as_of,
            charter=self.charter,
            coverage=self.coverage,
            missing=self._missing(where, since, until),
            zone=self.timezone,
        )
        return self._told(found, where)

    def campaigns(
        self, by: Sequence[str] | str = ("name",), *, where: Mapping[str, Any] | None = None, since: Day = None, until: Day = None
    ) -> Findings[Campaign]:
        """Promises worded “up to” or “from”, tested as campaigns (domain.md c3)."""
        return self._as_of(campaigns(self.rows(where, since, until), by, charter=self.charter, zone=self.timezone), where)

    def bunching(
        self,
        by: Sequence[str] | str = (),
        *,
        width: float | None = None,
        where: Mapping[str, Any] | None = None,
        since: Day = None,
        until: Day = None,
    ) -> Findings[Bunching]:
        """Receipts just inside the limit (domain.md c6, attack 9)."""
        return self._as_of(bunching(self.rows(where, since, until), by, width=width, zone=self.timezone), where)

    def ranges(
        self,
        by: Sequence[str] | str = (),
        *,
        alpha: float = MAY_MISS,
        where: Mapping[str, Any] | None = None,
        since: Day = None,
        until: Day = None,
    ) -> Findings[RangeScore]:
        """Interval score of windows and ranges (domain.md c6, attack 12)."""
        return self._as_of(range_scores(self.rows(where, since, until), by, alpha=alpha, zone=self.timezone), where)

    def basket(
        self,
        by: Sequence[str] | str = EACH_MONTH,
        *,
        base: Day = None,
        where: Mapping[str, Any] | None = None,
        since: Day = None,
        until: Day = None,
    ) -> Findings[Basket]:
        """Kept rate of a fixed basket, period by period (domain.md c6, attack 1)."""
        rows = self.rows(where, since, until)
        return self._as_of(fixed_basket(rows, by, charter=self.charter, base=base, zone=self.timezone), where)

    def _as_of(self, found: Findings[Row], where: Mapping[str, Any] | None) -> Findings[Row]:
        """The findings with the instant they speak of."""
        said = Findings(found.rows, found.by, (f"As of {self.as_of.isoformat()}; promises count by due date.", *found.notes))
        return self._told(said, where)

    def _missing(self, where: Mapping[str, Any] | None, since: Day, until: Day) -> ir.Table | None:
        """Rows of the slice that should bear a promise and do not; ``None`` where they have no place in it: they fall due at no time."""
        if not (self.folder / MISSING).is_file() or since is not None or until is not None:
            return None
        missing = self.connection.read_parquet(self.folder / MISSING)
        return slice_filter(missing, where or {}, self.timezone) if placeable(missing, tuple(where or {})) else None

    def account(
        self,
        by: Sequence[str] = (),
        *,
        mode: str = "as-of",
        where: Mapping[str, Any] | None = None,
        since: Day = None,
        until: Day = None,
        skilled: bool = True,
    ) -> Findings[Account]:
        """The break account per slice (domain.md d5), with the promise skill to read its expectation-setting by.

        :param skilled: ``False`` leaves skill out, which is half of the work.
        """
        rows = self._coded_rows(where, since, until)
        columns = slice_columns(rows, names_of(by), self.timezone)
        notes = self._cautions(mode, self.rows(where, since, until))
        with self._holding() as keep:
            found = accounting.account(rows, self.settings, self.draws, columns, mode=mode, notes=notes, keep=keep)
        return self._told(accounting.with_skill(found, self._skill(rows, by)) if skilled else found, where)

    def _skill(self, rows: ir.Table, by: Sequence[str]) -> Findings[Skill]:
        return native.skill(rows, self.settings, self.charter, slice_columns(rows, names_of(by), self.timezone), self.scales)

    def _cautions(self, mode: str, rows: ir.Table) -> list[str]:
        """What a reader of an account of these rows in this mode must be told of the promises in it."""
        banners = {gate.name: gate.banner for gate in self.calibration if gate.banner and gate.mode == mode}
        due = rows.filter(rows.in_cohort & rows.eligible & rows.name.isin(sorted(banners))) if banners else None
        named = set() if due is None else set(due.select("name").distinct().to_pyarrow()["name"].to_pylist())
        notes = [banner for name, banner in banners.items() if name in named]
        return notes if self.charter.lines else [*notes, NO_CHARTER]

    def native(
        self,
        by: Sequence[str] = (),
        *,
        mode: str = "as-of",
        where: Mapping[str, Any] | None = None,
        since: Day = None,
        until: Day = None,
    ) -> Findings[NativeAccount]:
        """The five parts in each promise's own unit, per promise name and slice (domain.md d2, d3)."""
        rows = self._coded_rows(where, since, until)
        columns = slice_columns(rows, names_of(by), self.timezone)
        return self._told(native.account(rows, self.settings, self.charter, columns, self.scales, mode=mode), where)

    def score(
        self,
        by: Sequence[str] = (),
        *,
        mode: str = "as-of",
        where: Mapping[str, Any] | None = None,
        since: Day = None,
        until: Day = None,
    ) -> Findings[ScoreAccount]:
        """The five parts in score points, per promise name, scale of rating and slice (domain.md d2, d3)."""
        rows = self._coded_rows(where, since, until)
        columns = slice_columns(rows, names_of(by), self.timezone)
        if "scores" not in self.facts:
            return self._told(Findings((), names_of(by), (points.NO_SCORES,)), where)
        found = points.account(rows, self.scores, self.facts["scores"], columns, mode=mode)
        notes = self._cautions(mode, self.rows(where, since, until))
        return self._told(Findings(found.rows, found.by, (*found.notes, *notes)), where)

    def slice_contrast(self, where: Mapping[str, Any], *, mode: str = "as-of") -> Contrast:
        """Expectation-setting of a named slice (campaign, page, offer) against routine promises beside it (domain.md d4 rule 2).

        :param where: dimension to value (``None`` = unknown).
        """
        columns = slice_columns(self.coded, tuple(where), self.timezone)
        inside = ibis.literal(True)
        for name, value in where.items():
            inside = inside & (columns[name].isnull() if value is None else columns[name] == value)
        return contrast.slice_contrast(self.coded, self.settings, inside, mode=mode)

    def skill(
        self, by: Sequence[str] = (), *, where: Mapping[str, Any] | None = None, since: Day = None, until: Day = None
    ) -> Findings[Skill]:
        """Promise skill per slice (domain.md c6)."""
        return self._told(self._skill(self._coded_rows(where, since, until), by), where)

    def at_risk(
        self, by: Sequence[str] = (), *, where: Mapping[str, Any] | None = None, since: Day = None, until: Day = None
    ) -> Findings[AtRisk]:
        """Promises still open, and how many of them are expected to break (domain.md c5)."""
        rows = self._coded_rows(where, since, until)
        columns = slice_columns(rows, names_of(by), self.timezone)
        return self._told(forecasting.at_risk(rows, self.forecasts, columns, self._together), where)

    @cached_property
    def _together(self) -> forecasting.Together:
        return forecasting.together(self.coded, self.settings)

    def stages(
        self, by: Sequence[str] = (), *, where: Mapping[str, Any] | None = None, since: Day = None, until: Day = None
    ) -> Findings[StagePart]:
        """The delivery part of broken promises among the areas, stage by stage (domain.md d6)."""
        rows = self._coded_rows(where, since, until)
        columns = slice_columns(rows, names_of(by), self.timezone)
        return self._told(stages.split(rows, self.settings, self.expectations, self.specs, columns), where)


def _reached(when: Day, place: str) -> date:
    """One end of a period, if a calendar can go on from it."""
    found = day(when, place=place)
    within_reach(found, place=place)
    return found


def _midnight(when: date, zone: ZoneInfo) -> datetime:
    local = datetime(when.year, when.month, when.day, tzinfo=zone)
    return local.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
