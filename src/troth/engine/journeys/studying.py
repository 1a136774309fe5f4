"""The journeys of a study: interactions known at the as-of instant, followed as the project says (domain.md a; S0.13, S1.4, S2.11).

Where a project follows subjects, a journey is one order or request of one customer: its interactions, and those of the same subject at
which nobody was named, if only one customer is on record with it. Keys of two kinds of subject may clash: where several customers share
one, each has a journey, and so have the anonymous interactions. What is about nothing in particular is one journey of its customer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.findings import NO_DATA, Figure, Findings
from troth.engine.journeys.findings import Conformance, Contact, Cordon, Days, Departure, Deviation, DropOff, Move, Quality, Step, Variant
from troth.engine.journeys.log import read_log
from troth.engine.journeys.overview import Behind, Journeys, behind_of, journeys
from troth.engine.journeys.scenarios import NEVER, each_journey, succeeds
from troth.engine.promises.clock import MICROSECONDS_PER_DAY, instant, microseconds, naive_utc
from troth.terms.charter import Charter
from troth.terms.journeys import SUBJECT, JourneyMap, MappedStep, Scenario

JOURNEYS, WALKS = "journeys.json", "walks.parquet"
"""Files of a study: what is told of journeys, and the rows by which each is found again."""

NO_INTERACTIONS = "No interaction is on record: [[interactions]] in sources/*.toml say which rows are one, and fill this."
NO_JOURNEYS = "this study was made before journeys were followed; run it again to have them."
NOBODY = "neither subject nor customer"
NOT_NAMED = "customer is empty"
LEFT_OUT = "left out of journeys"

TOP, TOP_VARIANTS = 200, 25
"""Steps, moves, touchpoints and variants a study keeps; of the others it says how many they are."""

JOURNEY, PERSON, ASIDE, WELL = "journey", "person", "aside", "well"
Hold = Callable[[ir.Table], None]
Keep = Callable[[ir.Table], ir.Table]
"""Computes a table once and gives it back from where it is kept."""


@dataclass(frozen=True, slots=True)
class Followed:
    """The journeys a study keeps, and how they were followed."""

    wall: JourneyMap
    journeys: Journeys


def follow(
    interactions: ir.Table | None, charter: Charter, wall: JourneyMap, *, as_of: datetime, keep: Keep, hold: Hold = lambda _: None
) -> Journeys:
    """The journeys of a project's interactions.

    :param interactions: the INTERACTIONS contract; ``None`` where no source has any.
    :param charter: whose each touchpoint is. :param wall: what is followed, and what it is held against.
    :param as_of: instant with a zone; nothing known later is used. :param hold: takes the rows by which journeys are found again.
    """
    if interactions is None:
        return nothing_followed(NO_INTERACTIONS)
    known = interactions.filter(interactions["at"] <= instant(naive_utc(as_of)))
    keyed = keep(_keyed(known, wall, keep))
    hold(_walks(keyed, wall))
    found = journeys(
        keyed,
        wall,
        journey=JOURNEY,
        step=wall.step,
        person=PERSON,
        charter=charter if charter.touchpoints else None,
        touchpoint="touchpoint",
        scenarios=wall.scenarios,
        well=WELL if wall.scenarios else None,
        merge=wall.step != "kind",
        as_of=as_of,
        patience=wall.patience,
        aside=ASIDE,
        top=TOP,
        top_variants=TOP_VARIANTS,
    )
    return nothing_followed(NO_INTERACTIONS) if not found.read else found


@dataclass(frozen=True, slots=True)
class Attempts:
    """Journeys that set out on a scenario, and have ended.

    :param ended: ``journey``, ``failed``. :param touched: ``journey``, ``began``, ``touchpoint``: where they were on the way.
    """

    scenario: Scenario
    ended: ir.Table
    touched: ir.Table


def attempts(interactions: ir.Table, wall: JourneyMap, *, as_of: datetime, keep: Keep) -> list[Attempts]:
    """Who set out on each scenario, whether it failed, and which touchpoints it met on the way.

    :param interactions: the INTERACTIONS contract. :param as_of: instant with a zone; nothing known later is used.
    """
    known = interactions.filter(interactions["at"] <= instant(naive_utc(as_of)))
    asked = {"journey": JOURNEY, "step": wall.step, "at": "at", "person": PERSON}
    log = read_log(
        keep(_keyed(known, wall, keep)),
        asked,
        step=wall.step,
        merged=False,
        as_of=as_of,
        timezone=None,
        further={"well": WELL, "met": "touchpoint"},
        aside=ASIDE,
    )
    found = []
    for scenario in wall.scenarios:
        each = each_journey(log, scenario)
        each = keep(each.filter(~each.open).mutate(failed=~succeeds(each, scenario)).select("journey", "began", "goal", "failed"))
        began = each.select(of_journey=each.journey, began=each.began, goal=each.goal)
        rows = log.rows.filter(log.rows.reason.isnull(), log.rows.met.notnull())
        on = rows.inner_join(began, rows.journey == began.of_journey)
        lag = microseconds(on["at"], on.began)
        far = NEVER if scenario.within is None else round(scenario.within * MICROSECONDS_PER_DAY)
        on = on.filter(lag >= 0, lag <= ibis.coalesce(on.goal, ibis.literal(far, "int64")))
        found.append(
            Attempts(scenario, each.select("journey", "failed"), keep(on.select("journey", "began", touchpoint=on.met).distinct()))
        )
    return found


def nothing_followed(why: str) -> Journeys:
    """No journey at all, and the reason."""
    nothing: Findings[Any] = Findings(())
    return Journeys(
        0, 0, {}, 0, 0, 0, NO_DATA, nothing, nothing, nothing, 0, nothing, None, nothing, nothing, None, nothing, nothing, (why,)
    )


def document_of(found: Journeys, wall: JourneyMap) -> dict[str, Any]:
    """What a study keeps, as JSON holds it: counts and figures, and no rows."""
    told = {one.name: getattr(found, one.name) for one in fields(found) if not one.name.startswith("_")}
    return {"map": asdict(wall), **{name: _plain(value) for name, value in told.items()}}


def followed_from(document: Mapping[str, Any]) -> Followed:
    """The journeys again, from :func:`document_of` and JSON."""
    told = dict(document)
    wall = dict(told.pop("map"))
    wall["leave_out"] = tuple(wall["leave_out"])
    wall["steps"] = tuple(MappedStep(**{**one, "next": tuple(one["next"])}) for one in wall["steps"])
    wall["scenarios"] = tuple(
        Scenario(one["name"], tuple(one["steps"]), one["within"], tuple(one["stoppers"])) for one in wall["scenarios"]
    )
    for name, kind in _ROWS.items():
        table = told.get(name, NO_ROWS)  # a study of an earlier version may lack one
        told[name] = Findings(tuple(_made(kind, row) for row in table["rows"]), tuple(table["by"]), tuple(table["notes"]))
    for name, kind in (("conformance", Conformance), ("cordon", Cordon)):
        told[name] = None if told[name] is None else _made(kind, told[name])
    return Followed(JourneyMap(**wall), Journeys(**{**told, "repeating": Figure(**told["repeating"]), "notes": tuple(told["notes"])}))


_ROWS: Mapping[str, type[Any]] = {
    "steps": Step,
    "moves": Move,
    "variants": Variant,
    "drop_off": DropOff,
    "departures": Departure,
    "deviations": Deviation,
    "touchpoints": Contact,
    "scenarios": Quality,
}
"""Tables of journeys, and what stands in each."""

NO_ROWS: Mapping[str, Any] = {"rows": (), "by": (), "notes": ()}

_PARTS: Mapping[str, type[Any]] = {
    "share": Figure,
    "fitness": Figure,
    "end_to_end": Figure,
    "days": Days,
    "waiting": Days,
    "inside": Days,
}
"""Fields of the rows that are a finding of their own; steps of a scenario are figures by name."""


def _made(kind: type[Any], record: Mapping[str, Any]) -> Any:
    told = {name: _PARTS[name](**value) if name in _PARTS else value for name, value in record.items()}
    if kind is Quality:
        told["steps"] = {name: Figure(**figure) for name, figure in told["steps"].items()}
    for name in ("mapped", "expected"):
        if isinstance(told.get(name), list):
            told[name] = tuple(told[name])
    return kind(**told)


def _plain(value: Any) -> Any:
    if isinstance(value, Findings):
        return value.plain()
    return asdict(value) if isinstance(value, Figure | Conformance | Cordon) else value


def _keyed(rows: ir.Table, wall: JourneyMap, keep: Keep) -> ir.Table:
    """Interactions with their journey, the person behind it, and why they are in none."""
    customer, subject = rows.customer.cast("string"), rows.subject.cast("string")
    if wall.follow == SUBJECT:
        shared = keep(_shared(rows))  # few, if any: the table itself is gone through once more, and is not grouped while it is written
        rows = rows.left_join(shared, rows.subject == shared.about)
        customer, subject = rows.customer.cast("string"), rows.subject.cast("string")
        whose = ibis.ifelse(rows.clash.notnull(), ibis.literal(" of ") + customer.fill_null("nobody known"), ibis.literal(""))
        journey, why = ibis.coalesce(subject + whose, ibis.literal("customer ") + customer), NOBODY
    else:
        journey, why = customer, NOT_NAMED
    step = rows[wall.step]
    reasons = [(step.isin(list(wall.leave_out)).fill_null(False), LEFT_OUT)] if wall.leave_out else []
    aside = ibis.cases(*reasons, (journey.isnull(), why), else_=ibis.null("string"))
    names = ("touchpoint", wall.step, "at", "row")
    well = {WELL: ~rows.failed} if wall.scenarios else {}
    return rows.select(**{JOURNEY: journey, PERSON: customer, ASIDE: aside}, **{name: rows[name] for name in names}, **well)


def _walks(keyed: ir.Table, wall: JourneyMap) -> ir.Table:
    """The rows that journeys were followed on: ``journey``, ``person``, ``step``, ``at``, ``row``."""
    used = keyed.filter(keyed[ASIDE].isnull() & keyed[wall.step].notnull() & keyed["at"].notnull())
    rows = used.select(journey=used[JOURNEY], person=used[PERSON], step=used[wall.step].cast("string"), at=used["at"], row=used.row)
    return rows.order_by(["journey", "at", "row", "step", "person"])


def walked(walks: ir.Table, wall: JourneyMap, as_of: datetime) -> Behind:
    """What finds the journeys behind a number of a study.

    :param walks: what :func:`follow` gave to be held. :param as_of: of the study, an instant with a zone.
    """
    return behind_of(walks, wall, merged=wall.step != "kind", as_of=as_of, patience=wall.patience)


def _shared(rows: ir.Table) -> ir.Table:
    """The subjects that several customers share."""
    each = rows.filter(rows.subject.notnull()).group_by(about=rows.subject).agg(one=rows.customer.min(), other=rows.customer.max())
    return each.filter(each.one < each.other).select("about").mutate(clash=True)
