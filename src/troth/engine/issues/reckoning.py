"""The issues of a study: failures gathered, peeled into issues, and each one told in full (domain.md e1 to e3).

events -> episodes -> failures, and all that could have failed -> cubes -> rules -> every failure in one issue or unassigned ->
parts, areas, spell, money, pain and words of each. Rows stay in the database; cubes, weeks and samples come into memory.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from troth.engine.attribution.lost_sales import LostRows
from troth.engine.constants import constants_of, restore
from troth.engine.findings import NO_DATA, Account, Figure, Findings, PartFigure, StagePart
from troth.engine.folding import fold
from troth.engine.gaps import account as accounting
from troth.engine.gaps import stages
from troth.engine.gaps.ratings import RATING
from troth.engine.intervals import FEWEST_CLUSTERS
from troth.engine.issues import assigning, cubes, leaving, owning
from troth.engine.issues.costing import parted
from troth.engine.issues.cubes import WHAT, Cube
from troth.engine.issues.demand import failure_demand
from troth.engine.issues.episodes import MATTER, Keep, episodes
from troth.engine.issues.events import BROKEN_PROMISE, CONTACTS, DEMANDS, RULE, Ruled, failure_events, with_outcome
from troth.engine.issues.failures import COUNTS, failures
from troth.engine.issues.forming import CHARTER, USUAL, Allowed, Formed, Known, Rule, form
from troth.engine.issues.leaving import ISSUE
from troth.engine.issues.losing import lost_of
from troth.engine.issues.pace import at_this_pace, whole_quarters
from troth.engine.issues.result import AT_LEAST, FAILURES, ISSUES, TOTAL, UNASSIGNED, Issue, Words
from troth.engine.issues.silence import Silence, silence
from troth.engine.issues.spell import Spell, spell_of
from troth.engine.issues.unfound import no_issue_words
from troth.engine.issues.unpriced import cash_limited, limited, paid, unpriced_words, verb
from troth.engine.issues.words import Written, words_of, written_of
from troth.engine.ledger import write
from troth.engine.money import IssueMoney, Money, MoneyAtRisk, money_at_risk, pain
from troth.engine.money.at_risk import NO_OCCASION
from troth.engine.money.cents import to_cents
from troth.engine.money.pain import unscored
from troth.engine.nouns import counted
from troth.engine.promises.clock import instant, naive_utc
from troth.engine.promises.slices import local_clock
from troth.engine.rounding import whole_numbers
from troth.terms.charter import DEFAULT_KEEP_TARGET, Charter
from troth.terms.tables import INTERACTIONS
from troth.terms.tables import names as names_of
from troth.terms.vocabulary import Part, PromiseSpec, Unpriced

LONG_PAST = timedelta(weeks=8)
NO_COSTS = "no cost is on record"
TOO_FEW_PEOPLE = f"fewer than {FEWEST_CLUSTERS} customers: no interval"
NOT_ASKED = "it is looked for issue by issue, and not of failures of none"
ANYWAY = "recorded: all cash on record, less what goes along with something that failed"
KEPT = "kept_rules"
"""Fact of a study: keys of the issues whose rules were found before."""
STEPPED = (
    *("code_setting", "code_cell", "code_week", "in_cohort", "eligible", "verdict", "reversed", "name"),
    *("made_by", "kept_by", "made_at", "received_at"),
)
"""Columns of coded promises that their account and its steps are made of."""


@dataclass(frozen=True)
class Heard:
    """What came in beside promises, each a contract of terms.tables or ``None``; and what the failures of earlier studies were told by.

    :param lost: the events behind the lost sales of each answer. :param unpriced: costs that are in no money, as their currency has no
        rate.
    :param known: the rules of the issues of the study before, in their order, and what each was held against.
    """

    interactions: ir.Table | None = None
    signals: ir.Table | None = None
    costs: ir.Table | None = None
    customers: ir.Table | None = None
    known: Sequence[Known] = ()
    lost: Sequence[LostRows] = ()
    unpriced: Sequence[Unpriced] = ()


NOTHING_HEARD = Heard()


@dataclass(frozen=True)
class Decomposed:
    """Judged promises with their codes, the way-points by setting, the bootstrap draws, and the days of each stage to expect.

    :param doubted: promises whose account is not calibrated.
    """

    coded: ir.Table
    settings: ir.Table
    draws: ir.Table
    expected: ir.Table
    doubted: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Judged:
    """The study so far.

    :param ledger: judged promises. :param decomposed: gives their decomposition, which may still be made until then; asked once.
    """

    ledger: ir.Table
    specs: Sequence[PromiseSpec]
    decomposed: Callable[[], Decomposed]


@dataclass(frozen=True)
class Out:
    """Where the work is done, and what is found is written.

    :param folder: the study's. :param work: for intermediate tables; whoever calls empties it.
    """

    connection: Any
    folder: Path
    work: Path


def reckon(
    judged: Judged,
    heard: Heard,
    charter: Charter,
    *,
    as_of: datetime,
    zone: str,
    currency: str,
    out: Out,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Write :data:`FAILURES` and :data:`ISSUES`; give the facts for the manifest."""
    keep = _keeper(out)
    now = naive_utc(as_of)
    heard = _known_by(heard, now)
    say("Looking for issues")
    interactions = None if heard.interactions is None else keep(with_outcome(_may_fail(heard.interactions)))
    further = tuple(dict.fromkeys(name for spec in judged.specs for name in (*spec.context, *spec.dimensions)))
    exposed = fold(cubes.exposed(judged.ledger, further, zone, interactions))
    if zone != "UTC":  # the month of another clock is dear: it is worked out once
        exposed = keep(exposed)
    counted = cubes.cubes(exposed, keep)
    formed = form(counted, allowed(judged.ledger, charter), heard.known)
    rules = [one.rule for one in formed]
    columns = {name: exposed[name] for name in exposed.columns if name not in cubes.NO_DIMENSIONS}
    say("Gathering failures")
    events = episodes(failure_events(judged.ledger, interactions, heard.signals, _ruled(rules, columns, further, zone)), keep)
    failed = failures(events)
    failed = failed.mutate(**{ISSUE: assigning.issue_at(failed[RULE], rules)}).drop(RULE)
    write(failed.order_by("first_at", MATTER), out.connection, out.folder / FAILURES)
    failed = out.connection.read_parquet(out.folder / FAILURES)
    exposed = exposed.mutate(**{ISSUE: assigning.issue_of(columns, rules)})
    say("Telling the issues")
    told, anyway = _Telling(judged, heard, charter, exposed, failed, counted, formed, now, zone, currency, keep).issues()
    notes = [*told.notes, *_named_like_ours(further, heard.interactions)]
    held = [{"rule": dict(one.rule), "held_against": one.held_against} for one in formed]
    demand = failure_demand(events, heard.costs, currency)
    beside = {"failure_demand": asdict(demand), "anyway": None if anyway is None else asdict(anyway)}
    document = {"rules": held, "notes": notes, **beside, "issues": [asdict(one) for one in told]}
    text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True, default=_plain)
    (out.folder / ISSUES).write_text(text + "\n", encoding="utf-8")
    return {"issues": len(formed), "failures": int(failed.count().to_pyarrow().as_py()), KEPT: [one.key for one in formed if one.known]}


def _may_fail(interactions: ir.Table) -> ir.Table:
    """Those that are a failure in themselves, or say whether they failed; the others are no failure, and could be none."""
    told = interactions.filter(interactions.failed.notnull() | interactions.kind.isin(list(DEMANDS)))
    return told.drop("text", "wanted_channel")


def _named_like_ours(further: Sequence[str], interactions: ir.Table | None) -> list[str]:
    """What to say of the columns of sources in which causes are not looked for, as their names mean something else in issues."""
    told = set(() if interactions is None else interactions.columns) - set(names_of(INTERACTIONS))
    names = sorted(cubes.OURS & {*further, *told})
    listed = ", ".join(f"“{name}”" for name in names)
    return (
        [f"Causes were not looked for in {listed}: the name means something else in issues; give it another in dimensions."]
        if names
        else []
    )


def allowed(ledger: ir.Table, charter: Charter) -> dict[str, Allowed]:
    """Promise name to the share of its due promises that may break: by its charter lines, by the usual keep target where it has none."""
    lines = {place: 1 - line.keep_target for place, line in enumerate(charter.lines) if line.keep_target is not None}
    due = ledger.filter(ledger.in_cohort & ledger.eligible)
    found: dict[str, tuple[float, int, bool]] = {}
    for row in due.group_by("name", "line").agg(n=due.count()).to_pyarrow().to_pylist():
        agreed = row["line"] in lines
        share, number, by_line = found.get(row["name"], (0.0, 0, False))
        may = lines[row["line"]] if agreed else 1 - DEFAULT_KEEP_TARGET
        found[row["name"]] = (share + may * row["n"], number + row["n"], by_line or agreed)
    return {name: Allowed(share / number, CHARTER if by_line else USUAL) for name, (share, number, by_line) in sorted(found.items())}


def _keeper(out: Out) -> Keep:
    number = count()

    def keep(table: ir.Table) -> ir.Table:
        path = out.work / f"issues-{next(number)}.parquet"
        whole = fold(table)
        constants = constants_of(whole)
        if len(constants) == len(whole.columns):  # a file needs a column
            constants.popitem()
        write(whole.drop(*constants), out.connection, path)
        return restore(out.connection.read_parquet(path), constants, list(whole.columns))

    return keep


def _known_by(heard: Heard, now: datetime) -> Heard:
    """What was known at the as-of instant."""

    def until(table: ir.Table | None) -> ir.Table | None:
        return None if table is None else table.filter(table.at <= instant(now))

    customers = heard.customers
    if customers is not None:
        customers = customers.filter(customers.valid_from.isnull() | (customers.valid_from <= instant(now)))
    return replace(
        heard, interactions=until(heard.interactions), signals=until(heard.signals), costs=until(heard.costs), customers=customers
    )


def _ruled(rules: Sequence[Rule], columns: Mapping[str, ir.Value], further: Sequence[str], zone: str) -> Ruled:
    """Which rule holds an event, by what its row is among all that could have failed: ``columns`` it does not have are unknown there."""
    unknown = {name: ibis.null(column.type()) for name, column in columns.items()}
    return Ruled(
        lambda due: assigning.rule_of({**unknown, **cubes.of_promises(due, further, zone)}, rules),
        lambda told: assigning.rule_of({**unknown, **cubes.of_interactions(told, zone)}, rules),
    )


def _plain(value: object) -> str:
    if isinstance(value, Decimal | date):
        return str(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


@dataclass(frozen=True)
class _Telling:
    """All that is said of the issues, put together."""

    judged: Judged
    heard: Heard
    charter: Charter
    exposed: ir.Table
    failed: ir.Table
    counted: Sequence[Cube]
    formed: Sequence[Formed]
    now: datetime
    zone: str
    currency: str
    keep: Keep

    def issues(self) -> tuple[Findings[Issue], Money | None]:
        """Issues by what they cost, then unassigned, then the total; and the cash that goes along with nothing that failed."""
        answering = self._answering()
        spells, latest = self._spells()
        told_of = self._exposed_people()
        leaves = self._leaving()
        worth = self._worth()
        costs = self._costs()
        money = self._money(leaves, worth, None if costs is None else costs.filter(costs.due))
        anyway = self._anyway(costs, money)
        of_money = {row.where["issue"]: limited(row, self.heard.unpriced) for row in (*money.issues, money.total)}
        points, hours, scales = self._pained(money)
        told_of_people = self._people(hours, silence(self.failed, asked=_anybody_asked(self.heard.interactions)))
        written, words = self._words()
        sums = self._sums()
        quarters = self._quarters()
        accounts, makers, keepers, steps, doubted = self._accounts()  # last: until then what it is made of may be fitted beside
        rows = []
        for one in self.formed:
            key = one.key
            account = accounts.get(key)
            shares = (
                owning.area_shares(account, makers.get(key, {}), keepers.get(key, {}), steps.get(key, ()))
                if account is not None and account.broken
                else owning.named_shares(answering.get(key, {}))
            )
            part = None if account is None else owning.dominant(account)
            calibrated = account is None or not account.broken or str(one.rule[WHAT]) not in doubted
            spell, why_no_spell = spells.get(key, (None, "no day is on record"))
            over = cubes.MONTH in one.rule or _ended(spell, latest.get(key), self.now)
            few = told_of.get(key, FEWEST_CLUSTERS) < FEWEST_CLUSTERS
            pace = [] if over else quarters.get(key, [])
            yearly, delay = at_this_pace(
                of_money.get(key),
                pace,
                sums.get(key, {}).get("failures", 0),
                self.currency,
                known=not self._nothing_on_record(of_money.get(key)),
            )
            rows.append(
                self._row(
                    key,
                    sums.get(key, {}),
                    of_money.get(key),
                    rule=one.rule,
                    exposed=one.exposed,
                    failed=one.failures,
                    excess=_of_few(one.excess, told_of[key]) if few else one.excess,
                    held_against=one.held_against,
                    p=one.p,
                    known=one.known,
                    mostly=one.mostly,
                    parts={} if account is None else _parts(account),
                    parts_low=_limits_of_parts(account, "low"),
                    parts_high=_limits_of_parts(account, "high"),
                    part=part.value if part is not None else None,
                    step=_longest(steps.get(key, ())),
                    areas=shares,
                    spell=spell,
                    why_no_spell="" if spell is not None else why_no_spell,
                    why_no_leaving="" if key in leaves.leaving else leaves.untold.get(key, "no customer is named"),
                    yearly=yearly,
                    delay=delay,
                    **told_of_people.get(key, {}),
                    points=points.get(key, NO_DATA),
                    words=words.get(key, ()),
                    written=written[key].written if key in written else None,
                    written_of=written[key].failures if key in written else None,
                    confidence="guessed" if few else _confidence(account, part, one, calibrated=calibrated),
                    calibrated=calibrated,
                )
            )
        rows.sort(key=_order)
        ranked = [replace(row, rank=place) for place, row in enumerate(rows, start=1)]
        rest = self._row(
            UNASSIGNED,
            sums.get(UNASSIGNED, {}),
            of_money.get(UNASSIGNED),
            **told_of_people.get(UNASSIGNED, {}),
            points=points.get(UNASSIGNED, NO_DATA),
        )
        in_part = any(row.at_least or (row.failures and row.money.value is None) for row in (*ranked, rest))
        whole = {name: sum(each.get(name, 0) for each in sums.values()) for name in ("failures", *COUNTS, "repeats")}
        everything = self._row(
            TOTAL,
            {**whole, "customers": money.total.customers},
            of_money[TOTAL],
            **told_of_people.get(TOTAL, {}),
            points=points.get(TOTAL, NO_DATA),
        )
        if in_part and everything.money.value is not None and not everything.at_least:
            told_in_part = replace(everything.money, method=f"{AT_LEAST}{everything.money.method}; not all of every issue is known")
            everything = replace(everything, money=told_in_part)
        notes = (*self._notes(money, sums, (*ranked, rest)), *scales)
        return Findings(tuple(_paid(row) for row in (*ranked, rest, everything)), ("issue",), notes), anyway

    def _words(self) -> tuple[Mapping[str, Written], dict[str, tuple[Words, ...]]]:
        """Of how many failures of what each issue mostly is there are words; and quotes of them, where a handful of people wrote."""
        leading = {one.key: {one.mostly[0].column: one.mostly[0].value} for one in self.formed if one.mostly}
        failed = self.failed
        if leading:
            rows, keys = self.exposed, ("what", "source", "row")
            columns = {name: rows[name] for name in rows.columns}
            led = rows.filter(assigning.led(rows[ISSUE], columns, leading)).select(*(rows[name].cast("string").name(name) for name in keys))
            led = led.distinct().mutate(__led=True)
            known = failed.left_join(led, [failed[name].cast("string") == led[name] for name in keys])
            # what is not of the leading sub-slice of its issue speaks for none
            speaks = known["__led"].fill_null(False) | ~known[ISSUE].isin(list(leading))
            known = known.mutate(**{ISSUE: speaks.ifelse(known[ISSUE], ibis.null("string"))})
            failed = known.select(*failed.columns)
        heard = failed, self.heard.signals, self.heard.interactions
        written = written_of(*heard)
        if not any(one.enough for one in written.values()):
            return written, {}
        return written, {issue: words for issue, words in words_of(*heard).items() if written[issue].enough}

    def _people(self, lost: Mapping[str, int | None], quiet: Mapping[str, Silence]) -> dict[str, dict[str, Any]]:
        """Issue to the hours customers lost, and the people let down and silent; hours rounded together, so that they add up."""
        total = lost.get(TOTAL)
        each = {key: hours for key, hours in lost.items() if key != TOTAL and hours is not None}
        hours: dict[str, int | None] = dict(zip(each, whole_numbers([float(one) for one in each.values()], total), strict=True))
        hours[TOTAL] = total
        return {
            key: {
                "customer_hours": hours.get(key),
                "let_down": quiet[key].let_down if key in quiet else NO_DATA,
                "silent": quiet[key].silent if key in quiet else NO_DATA,
            }
            for key in {*lost, *quiet}
        }

    def _row(self, key: str, sums: Mapping[str, Any], money: IssueMoney | None, **told: Any) -> Issue:
        nothing = Money(Decimal("0.00"), Decimal("0.00"), Decimal("0.00"), self.currency, "nothing on record")
        nothing = cash_limited(nothing, self.heard.unpriced)
        unknown = Money(None, None, None, self.currency, NO_COSTS)
        plain: dict[str, Any] = {
            "rank": None,
            "rule": {},
            "exposed": None,
            "failed": None,
            "excess": NO_DATA,
            "held_against": "",
            "p": None,
            "known": False,
            "parts": {},
            "part": None,
            "step": None,
            "areas": {owning.UNKNOWN: 1.0} if key == UNASSIGNED else {},
            "spell": None,
            "why_no_leaving": "",
            "yearly": Money(None, None, None, self.currency, "told of issues"),
            "delay": Money(None, None, None, self.currency, "told of issues"),
        }
        return Issue(
            where={"issue": key},
            failures=sums.get("failures", 0),
            customers=sums.get("customers", 0) if money is None else money.customers,
            contacts=int(sums.get("contacts") or 0),
            repeats=int(sums.get("repeats") or 0),
            complaints=int(sums.get("complaints") or 0),
            returns=int(sums.get("returns") or 0),
            low_scores=int(sums.get("low_scores") or 0),
            remedial=unknown if self.heard.costs is None else nothing if money is None else money.remedial,
            modelled=Money(None, None, None, self.currency, "nobody was hit") if money is None else money.modelled,
            lost_sales=Money(None, None, None, self.currency, NO_OCCASION) if money is None else money.lost_sales,
            money=unknown if self._nothing_on_record(money) else nothing if money is None else money.total,
            lost=NO_DATA if money is None else money.lost,
            hours=None if money is None else money.hours,
            **{**plain, **told},
        )

    def _nothing_on_record(self, money: IssueMoney | None) -> bool:
        """Neither a cost, nor what leaving would cost, nor a lost sale is known: that is unknown, and not nothing."""
        return self.heard.costs is None and (money is None or (money.modelled.value is None and money.lost_sales.value is None))

    def _sums(self) -> dict[str, dict[str, Any]]:
        failed = self.failed
        each = failed.group_by(issue=failed[ISSUE].fill_null(UNASSIGNED)).agg(
            failures=failed.count(),
            customers=failed.customer.nunique(),
            repeats=failed.repeats.sum(),
            **{n: failed[n].sum() for n in COUNTS},
        )
        return {row["issue"]: row for row in each.to_pyarrow().to_pylist()}

    def _accounts(
        self,
    ) -> tuple[
        dict[str, Account],
        dict[str, dict[str | None, int]],
        dict[str, dict[str | None, int]],
        dict[str, list[StagePart]],
        frozenset[str],
    ]:
        """The break account of each issue's promises, who made and who keeps what was broken, its steps, and names not calibrated."""
        rules = [one.rule for one in self.formed]
        decomposed = self.judged.decomposed()
        coded = decomposed.coded
        column = assigning.issue_of(assigning.columns_of(coded, rules, self.zone), rules)
        rows = coded.mutate(**{ISSUE: column})
        rows = fold(rows.filter(rows[ISSUE].notnull() & rows.in_cohort & rows.eligible))
        marks = [step.column for spec in self.judged.specs for step in spec.stages if stages.staged(spec)]
        if marks:  # their steps ask for each promise, and not for counts alone
            rows = self.keep(rows.select(ISSUE, *(name for name in dict.fromkeys((*STEPPED, *marks)) if name in rows.columns)))
        found = accounting.account(rows, decomposed.settings, decomposed.draws, {ISSUE: rows[ISSUE]}, keep=self.keep)
        broken = rows.filter(rows.verdict == "BROKEN")
        makers: dict[str, dict[str | None, int]] = {}
        keepers: dict[str, dict[str | None, int]] = {}
        for row in broken.group_by(ISSUE, "made_by", "kept_by").agg(n=broken.count()).to_pyarrow().to_pylist():
            for told, area in ((makers, row["made_by"]), (keepers, row["kept_by"])):
                of = told.setdefault(row[ISSUE], {})
                of[area] = of.get(area, 0) + row["n"]
        steps: dict[str, list[StagePart]] = {}
        by = {ISSUE: rows[ISSUE]}
        for step in stages.split(rows, decomposed.settings, decomposed.expected, self.judged.specs, by):
            if step.stage != stages.BUFFER:
                steps.setdefault(step.where[ISSUE], []).append(step)
        return {row.where[ISSUE]: row for row in found}, makers, keepers, steps, decomposed.doubted

    def _answering(self) -> dict[str, dict[str | None, int]]:
        """Of failures where no word was broken, the area that answers: the mapping's, else the touchpoint's own."""
        owned = {point.name: point.area for point in self.charter.touchpoints if point.area}
        mine = self.failed.filter(self.failed[ISSUE].notnull() & (self.failed.kind != BROKEN_PROMISE))
        counted = mine.group_by(issue=mine[ISSUE], area=mine.area, touchpoint=mine.touchpoint).agg(n=mine.count()).to_pyarrow()
        found: dict[str, dict[str | None, int]] = {}
        for row in counted.to_pylist():
            area = row["area"] or owned.get(row["touchpoint"] or "")
            of = found.setdefault(row["issue"], {})
            of[area] = of.get(area, 0) + row["n"]
        return found

    def _exposed_people(self) -> dict[str, int]:
        """Issue to the people all that could have failed is of, where anybody is named; each row of nobody counts as one more."""
        rows = self.exposed.filter(self.exposed[ISSUE].notnull())
        each = rows.group_by(issue=rows[ISSUE]).agg(people=rows.customer.nunique(), unnamed=rows.customer.isnull().cast("int64").sum())
        return {row["issue"]: row["people"] + row["unnamed"] for row in each.to_pyarrow().to_pylist() if row["people"]}

    def _spells(self) -> tuple[dict[str, tuple[Spell | None, str]], dict[str, date]]:
        """The worst spell of each issue or why there is none, and the first day of the last week in which it could have failed."""
        rows = self.exposed.filter(self.exposed[ISSUE].notnull() & self.exposed.at.notnull())
        day = local_clock(rows, "at", self.zone).date()
        daily = rows.group_by(issue=rows[ISSUE], day=day).agg(n=rows.count(), k=rows[cubes.FAILED].cast("int64").sum())
        found: dict[str, list[dict[str, Any]]] = {}
        for row in daily.order_by("issue", "day").to_pyarrow().to_pylist():
            found.setdefault(row["issue"], []).append(row)
        usual = {one.key: max(one.failures - (one.excess.value or 0.0), 0.0) / one.exposed for one in self.formed if one.exposed}
        of_month = {one.key: one.rule[cubes.MONTH] for one in self.formed if cubes.MONTH in one.rule}
        spells = {
            issue: spell_of(
                *([row[name] for row in days] for name in ("day", "k", "n")),
                expected=usual.get(issue),
                closed=issue in of_month and of_month[issue] != f"{self.now:%Y-%m}-01",
            )
            for issue, days in found.items()
        }
        latest = {issue: days[-1]["day"] for issue, days in found.items()}
        if spells:
            first, last = local_clock(self.exposed, "at", self.zone).date().min().to_pyarrow().as_py(), self._today()
            spells = {issue: (None if one is None else one.within(first, last), why) for issue, (one, why) in spells.items()}
        return spells, {issue: day - timedelta(days=day.weekday()) for issue, day in latest.items()}

    def _today(self) -> date:
        """The day of the as-of instant, as the clock of the zone shows it."""
        return self.now.replace(tzinfo=UTC).astimezone(ZoneInfo(self.zone)).date()

    def _worth(self) -> ir.Table | None:
        """The value of each customer, as it was told last."""
        told = self.heard.customers
        if told is None:
            return None
        valued = told.filter(told.value.notnull())
        last = ibis.row_number().over(
            group_by=valued.customer, order_by=[valued.valid_from.desc(nulls_first=False), valued.source, valued.value]
        )
        latest = valued.mutate(place=last)
        latest = latest.filter(latest.place == 0)
        return latest.select(customer=latest.customer.cast("string"), value="value")

    def _leaving(self) -> leaving.Told:
        context: dict[str, tuple[str, ...]] = {}
        for cube in self.counted:
            own = next((spec.context for spec in self.judged.specs if spec.name == cube.what), ())
            told = [name for name in (own or cube.dimensions) if name in cube.dimensions and name != cubes.MONTH]
            context[cube.what] = tuple(told[: leaving.MOST_CONTEXT])
        asked = [(one.key, str(one.rule[WHAT]), context.get(str(one.rule[WHAT]), ())) for one in self.formed]
        if not asked:
            return leaving.Told({}, {})
        within = [name for *_, names in asked for name in names]
        rows = leaving.followed(self.exposed, self.judged.ledger, self._worth(), self.now, self.keep, within)
        return leaving.leaving_of(rows, asked)

    def _costs(self) -> ir.Table | None:
        """Every cost in parts, by the issue each falls to."""
        costs = self.heard.costs
        return None if costs is None else self.keep(parted(self.exposed, costs, self.zone, self.keep))

    def _money(self, leaves: leaving.Told, worth: ir.Table | None, lines: ir.Table | None) -> MoneyAtRisk:
        failed = self.failed
        hits = failed.select("customer", issue=failed[ISSUE])
        if worth is not None:
            told = worth.select(__who="customer", value="value")
            hits = hits.left_join(told, hits.customer == told["__who"]).drop("__who")
        lost, in_all = lost_of(self.heard.lost, self.exposed, [(one.key, str(one.rule[WHAT])) for one in self.formed], self.currency)
        return money_at_risk(
            hits,
            leaving=leaves.leaving,
            untold={**leaves.untold, UNASSIGNED: NOT_ASKED},
            currency=self.currency,
            costs=lines,
            lost_sales=lost,
            lost_in_all=in_all,
            keep=self.keep,
        )

    def _pained(self, money: MoneyAtRisk) -> tuple[dict[str, Figure], dict[str, int | None], tuple[str, ...]]:
        """Points and hours that customers lost, of each issue and in all; and notes on them.

        Points are the score given against the score of those whose word was kept.
        """
        failed = self.failed
        scores, interactions = self.heard.signals, self.heard.interactions
        if scores is None and (interactions is None or "hours" not in interactions.columns):
            hit = {row.where["issue"]: row.customers for row in money.issues if row.customers or row.unnamed}
            whole = {TOTAL: unscored(money.total.customers) if hit else NO_DATA}
            return {issue: unscored(customers) for issue, customers in hit.items()} | whole, {}, ()
        pained, notes = failed.select("customer", "hours", issue=failed[ISSUE]), tuple[str, ...]()
        if scores is not None:
            rated, notes = _on_one_scale(scores.filter((scores.kind == RATING) & scores.subject.notnull() & scores.value.notnull()))
            each = rated.group_by(about=rated.subject.cast("string")).agg(score=rated.value.mean())
            let_down = failed.filter(failed.subject.notnull()).select(about="subject").distinct()
            usual = each.anti_join(let_down, "about").score.mean().to_pyarrow().as_py()
            scored = failed.left_join(each, failed.subject == each.about)
            expected = ibis.literal(usual, "float64") if usual is not None else ibis.null("float64")
            pained = scored.select("customer", "score", "hours", issue=scored[ISSUE], expected=expected)
        pains = {str(row.where["issue"]): row for row in (*pain(pained).rows, *pain(pained.mutate(issue=ibis.literal(TOTAL))).rows)}
        return {key: row.points for key, row in pains.items()}, {key: row.hours for key, row in pains.items()}, notes

    def _quarters(self) -> dict[str, list[int]]:
        """Failures of each issue in each whole quarter of the record, oldest first; a quarter without one counts 0."""
        record = self.exposed.at.min().to_pyarrow().as_py()
        failed = self.failed
        every = [] if record is None else whole_quarters(record.date(), self.now.date())
        if not every:
            return {}
        placed = failed.filter(failed[ISSUE].notnull() & failed.first_at.notnull())
        rows = placed.group_by(issue=placed[ISSUE], quarter=placed.first_at.truncate("Q").date()).agg(n=placed.count())
        found: dict[str, dict[date, int]] = {}
        for row in rows.to_pyarrow().to_pylist():
            found.setdefault(row["issue"], {})[row["quarter"]] = row["n"]
        return {issue: [of.get(quarter, 0) for quarter in every] for issue, of in found.items()}

    def _anyway(self, costs: ir.Table | None, money: MoneyAtRisk) -> Money | None:
        """The cash that goes along with nothing that failed: what is left of all cash on record, so that both add up to it in cents."""
        if costs is None or money.total.remedial.value is None:
            return None
        whole = to_cents(Decimal(str(costs.amount.cast("decimal(18, 4)").sum().to_pyarrow().as_py() or 0)))
        aside = whole - money.total.remedial.value
        return cash_limited(Money(aside, aside, aside, self.currency, ANYWAY), self.heard.unpriced)

    def _notes(self, money: MoneyAtRisk, sums: Mapping[str, Mapping[str, Any]], rows: Sequence[Issue]) -> tuple[str, ...]:
        """What must be read beside the issues. :param rows: them, and what is unassigned."""
        rest = sums.get(UNASSIGNED, {}).get("failures", 0)
        whole = sum(each["failures"] for each in sums.values())
        told = [f"{counted(whole, 'failure')}: {whole - rest:,} in {counted(len(self.formed), 'issue')}, {rest:,} unassigned."]
        without = sorted({str(one.rule[WHAT]) for one in self.formed if one.held_against == USUAL})
        if without:
            names = ", ".join(f"“{name}”" for name in without)
            told.append(f"No charter line speaks of {names}: a keep target of {DEFAULT_KEEP_TARGET:.0%} was taken.")
        told += no_issue_words(self.counted, {one.what for one in self.formed})
        left_out: dict[str, dict[str, list[str]]] = {}
        for cube in self.counted:
            for name, why in cube.left_out.items():
                left_out.setdefault(why, {}).setdefault(cube.what, []).append(name)
        for why, of in left_out.items():
            columns = "; ".join(f"“{what}” by {', '.join(names)}" for what, names in of.items())
            told.append(f"Causes were not looked for in some columns, each of which {why}: {columns}.")
        untold = sum(row.modelled.value is None for row in rows if row.rank is not None)
        if untold or rest:
            priced = any(row.money.value is not None for row in rows if row.failures and row.modelled.value is None)
            told.append(_untold_words(untold, len(self.formed), rest, priced=priced))
        known = {cube.what for cube in self.counted}
        told += [answer.caution for answer in self.heard.lost if answer.caution]
        for answer in self.heard.lost:
            strange = sorted({quota.failure for quota in answer.quotas.values() if quota.failure} - known)
            told += [
                f"“{answer.question}” names “{name}” as the failure an exposure is; no such promise or failure is on record, "
                "so that its lost sales stand with unassigned."
                for name in strange
            ]
        if self.heard.unpriced:
            costs = f"{unpriced_words(self.heard.unpriced)} {verb(self.heard.unpriced, 'is', 'are')}"
            told.append(
                f"{costs} in no money, as troth.toml tells no rate: cash on record is a lower limit, and unknown where there is no other."
            )
        return (*told, *(note for note in money.issues.notes if not note.startswith(("No behaviour data", "Counted as 0"))))


def _anybody_asked(interactions: ir.Table | None) -> bool:
    """Whether a contact or complaint is on record; without any, silence cannot be told from a record nobody brought."""
    if interactions is None:
        return False
    asked = interactions.filter((interactions.direction == "in") & interactions.kind.isin(list(CONTACTS)))
    return bool(asked.limit(1).count().to_pyarrow().as_py())


def _on_one_scale(rated: ir.Table) -> tuple[ir.Table, tuple[str, ...]]:
    """The ratings on the scale most were given on, for points of two scales do not add up; and a note on the others."""
    scales = rated.group_by("scale_low", "scale_high").agg(n=rated.count()).order_by(ibis.desc("n"), "scale_low", "scale_high")
    first, *others = scales.to_pyarrow().to_pylist() or [None]
    if first is None or not others:
        return rated, ()
    for name in ("scale_low", "scale_high"):
        rated = rated.filter(rated[name].isnull() if first[name] is None else rated[name] == first[name])
    left = sum(other["n"] for other in others)
    scale = "without one" if first["scale_low"] is None else f"from {first['scale_low']:g} to {first['scale_high']:g}"
    return rated, (f"Points of pain are of the scale {scale}; {left:,} ratings on other scales are not among them.",)


def _untold_words(untold: int, issues: int, unassigned: int, *, priced: bool) -> str:
    """Whose leaving is in no money. :param priced: some of it is of known money all the same, which is then a lower limit."""
    of = [f"{untold:,} of {counted(issues, 'issue')}"] if untold else []
    rest = [counted(unassigned, "unassigned failure")] if unassigned else []
    said = f"Of {' and '.join([*of, *rest])} it is not known how many customers leave: "
    if not priced:
        return f"{said}nor is any cash or lost sale of theirs on record, so that their money is unknown."
    return f"{said}cash and lost sales alone are in their money, which is a lower limit, and so is the total."


def _paid(row: Issue) -> Issue:
    """Where money is “at least” so much its limits do not say less was paid than is on record."""
    cash = paid(row.remedial, row.remedial) if row.remedial.method.startswith(AT_LEAST) else row.remedial
    least = row.at_least or row.money.method.startswith(AT_LEAST)
    return replace(row, remedial=cash, money=paid(row.money, row.remedial) if least else row.money)


def _of_few(excess: Figure, people: int) -> Figure:
    """Counts only: of so few people no interval can be had, as what befalls one of them often befalls the same one again."""
    return replace(excess, low=None, high=None, clusters=people, method=f"{TOO_FEW_PEOPLE} ({people})")


def _ended(spell: Spell | None, latest: date | None, now: datetime) -> bool:
    """Whether an issue was worst in weeks that are long past, or could fail no more since then: it costs nothing to wait."""
    if latest is not None and latest + timedelta(days=6) < now.date() - LONG_PAST:
        return True
    return spell is not None and not spell.whole and spell.until is not None and spell.until < now.date() - LONG_PAST


def _order(row: Issue) -> tuple[float, float, str]:
    """What costs most first: the money of the failures beyond what was to be expected, not of all a rule happens to hold."""
    excess = max(0.0, row.excess.value or 0.0)
    of = row.failed or row.failures
    beyond = min(1.0, excess / of) if of else 0.0
    return -float(row.money.value or 0) * beyond, -excess, str(row.where["issue"])


def _figures(account: Account) -> dict[str, PartFigure]:
    return {
        Part.ALLOWANCE.value: account.allowance,
        Part.EXPECTATION.value: account.expectation,
        Part.STANDARD.value: account.standard,
        Part.DELIVERY.value: account.delivery,
    }


def _parts(account: Account) -> dict[str, float]:
    missing = float(sum(broken for _, broken in account.undecomposed.values()))
    return {**{name: figure.value for name, figure in _figures(account).items()}, "not decomposed": missing}


def _limits_of_parts(account: Account | None, which: Literal["low", "high"]) -> dict[str, float]:
    """The limits of the parts that have any; what could not be decomposed is counted, and has none."""
    figures = {} if account is None else _figures(account)
    return {name: limit for name, figure in figures.items() if (limit := getattr(figure, which)) is not None}


def _longest(steps: Sequence[StagePart]) -> str | None:
    worst = max(steps, key=lambda step: step.days, default=None)
    return worst.stage if worst is not None and worst.days > 0 else None


def _confidence(account: Account | None, part: Part | None, one: Formed, *, calibrated: bool) -> str:
    """How well it is known what drives an issue (domain.md e1): by its parts only where they are calibrated and one leads for certain."""
    settled = part is not None and calibrated and account is not None and len(_leading(account, part)) == 1
    if one.p is None:
        return "likely" if settled else "guessed"
    return "measured" if settled or account is None or not account.broken else "likely"


def _leading(account: Account, part: Part) -> tuple[str, ...]:
    return owning.leading(part.value, _parts(account), _limits_of_parts(account, "low"), _limits_of_parts(account, "high"))
