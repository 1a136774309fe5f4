"""The questions a project asks, answered for a study: marketing or service, for every kind of occasion it tells of (domain.md e6, S4.27).

An occasion counts once it was known at the as-of instant and is old enough for the event to have come, if it comes; then each is
followed for the same time. What is too young is counted, and said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.attribution.asked import asked_of, counting
from troth.engine.attribution.attribute import attribute
from troth.engine.attribution.ground import CANNOT_TELL
from troth.engine.attribution.lost_sales import MARGIN, NO_MARGIN, LostRows, LostSales, caution, lost_sales, rows_of, whole_lost
from troth.engine.attribution.sides import UNEXPLAINED, exposures_by_side
from troth.engine.findings import Attribution, ExposureShare, Figure, Findings, PlaceboShare, SidePair, SideShare
from troth.engine.money.result import Money, in_words
from troth.engine.promises.clock import instant
from troth.engine.promises.slices import local_clock
from troth.terms.charter import Charter
from troth.terms.questions import Question, questions
from troth.terms.vocabulary import Exposure, OccasionSpec

ANSWERS = "answers.json"
"""File of the study."""

ROWS, EVENTS, MOST_ROWS = 20_000, 2_500, 60_000
"""Occasions, or distinct patterns of them, that one answer is told from: more where events are rare, until so many are among them."""

NOTHING_ASKED = "No source tells of occasions on which an unwanted event could take place: add [[occasions]] to one."
TOO_YOUNG = "too young: the event may still come"
NO_EXPOSURE = "it goes along with no exposure"
NOT_ASKED = Money(None, None, None, "", NO_MARGIN)
INTENT, CUSTOMER = "intent", "customer"


@dataclass(frozen=True, slots=True)
class Occasions:
    """Occasions on which one unwanted event could take place.

    :param table: the OCCASIONS contract, then exposures, covariates and placebos, as ``spec`` names them.
    """

    spec: OccasionSpec
    table: ir.Table


@dataclass(frozen=True, slots=True)
class Answered:
    """One question, and what the occasions on record say to it.

    :param event: the unwanted event in words. :param exposures: what may have gone wrong, whose work it is, and what it means.
    :param since: first day an occasion counts from; ``until`` the last. ``None`` where none counts.
    :param found: the events by side; nothing in it is a cause.
    :param lost_sales: what they cost in margin, by exposure, by side and in all; empty where no margin is told, and ``no_lost_sales`` why.
    """

    question: str
    stage: str
    event: str
    source: str
    exposures: tuple[Exposure, ...]
    found: Attribution
    since: str | None = None
    until: str | None = None
    lost_sales: tuple[LostSales, ...] = ()
    no_lost_sales: str = NO_MARGIN

    def lost(self, side: str | None = None, exposure: str | None = None) -> LostSales | None:
        """Lost sales of an exposure, of a whole side, or of all; ``None`` where no margin is told."""
        return next((row for row in self.lost_sales if (row.where["side"], row.where["exposure"]) == (side, exposure)), None)

    def area(self, exposure: str) -> str | None:
        """The area whose work an exposure is."""
        return next((one.area for one in self.exposures if one.name == exposure), None)

    def failure(self, exposure: str) -> str | None:
        """The promise or failure an exposure is; ``None`` where it is neither."""
        return next((one.failure for one in self.exposures if one.name == exposure), None)

    def words(self, exposure: str) -> str:
        """What an exposure means; its name where nobody says."""
        return next((one.means for one in self.exposures if one.name == exposure and one.means), exposure.replace("_", " "))


def answers(
    asked: Sequence[Occasions], charter: Charter, as_of: datetime, *, zone: str = "UTC", currency: str = ""
) -> tuple[Answered, ...]:
    """Each question answered as of an instant, in the order of their names.

    :param as_of: naive UTC. :param zone: of the days that occasions are told to count from and to. :param currency: margins are in.
    """
    return tuple(one for one, _ in answers_and_losses(asked, charter, as_of, zone=zone, currency=currency))


def answers_and_losses(
    asked: Sequence[Occasions], charter: Charter, as_of: datetime, *, zone: str = "UTC", currency: str = ""
) -> tuple[tuple[Answered, LostRows | None], ...]:
    """The same, each with the events behind its lost sales; ``None`` where no margin is told of its occasions."""
    return tuple(_answer(one, charter, as_of, zone, currency) for one in in_order(asked))


def in_order(asked: Sequence[Occasions]) -> list[Occasions]:
    """In the order they are answered in: of the names of their questions."""
    return sorted(asked, key=lambda one: one.spec.question)


def counted_of(asked: Occasions, charter: Charter, as_of: datetime) -> tuple[ir.Table, str]:
    """The occasions that count in an answer, columns of yes and no as 1 and 0; and the column that says whether the event took place.

    :param as_of: naive UTC.
    """
    question, rows, _ = _followed(asked, as_of)
    intent = INTENT if asked.spec.intent else None
    checked = asked_of(
        rows, question.event, _sides(asked.spec, charter), asked.spec.covariates, asked.spec.placebo, intent=intent, cluster=None
    )
    counted, _ = counting(rows, checked)
    return counted, question.event


def _sides(spec: OccasionSpec, charter: Charter) -> Mapping[str, Sequence[str]]:
    """Side to its exposures."""
    owners = {one.name: one.area for one in spec.exposures}
    return exposures_by_side(charter if charter.areas else None, owners if charter.areas else dict.fromkeys(owners))


def _followed(asked: Occasions, as_of: datetime) -> tuple[Question, ir.Table, int]:
    """The question, the occasions old enough for its event to have come, and how many are too young."""
    spec = asked.spec
    known = next((one for one in questions() if one.name == spec.question), None)
    question = Question(
        name=spec.question,
        stage=spec.stage or (known.stage if known is not None else ""),
        event=spec.event or (known.event if known is not None else spec.question),
        browsing=known is not None and known.browsing,
    )
    rows = asked.table.filter(asked.table.at <= instant(as_of))
    happened = _happened(rows, spec, as_of)
    rows = rows.mutate(**{question.event: happened})  # under its name in words: it stands in sentences
    young = 0
    if spec.settled_after is not None:
        old = rows.at <= instant(as_of - timedelta(days=spec.settled_after))
        young = int(rows.filter(~old).count().to_pyarrow().as_py())
        rows = rows.filter(old)
    return question, rows, young


def _answer(asked: Occasions, charter: Charter, as_of: datetime, zone: str, currency: str) -> tuple[Answered, LostRows | None]:
    spec, sides = asked.spec, _sides(asked.spec, charter)
    question, rows, young = _followed(asked, as_of)
    intent: str | None = INTENT if spec.intent else None
    local = local_clock(rows, "at", zone)
    (told,) = (
        rows.aggregate(
            first=local.min(),
            last=local.max(),
            rows=rows.count(),
            events=rows[question.event].cast("int64").sum(),
            named=rows[CUSTOMER].count(),
        )
        .to_pyarrow()
        .to_pylist()
    )
    cluster = CUSTOMER if told["named"] else None
    enough = EVENTS * told["rows"] // max(1, told["events"] or 0)
    found = attribute(
        rows.drop(*(name for name in (MARGIN,) if name in rows.columns)),  # what is drawn must not hang on it
        event=question.event,
        exposures=sides,
        covariates=spec.covariates,
        intent=intent,
        placebo=spec.placebo,
        cluster=cluster,
        question=question,
        most_rows=min(max(ROWS, enough), MOST_ROWS),
    )
    if young:
        found = replace(found, set_aside={**found.set_aside, TOO_YOUNG: young})
    since, until = (None if told[name] is None else told[name].date().isoformat() for name in ("first", "last"))
    one = Answered(question.name, question.stage, question.event, spec.source, spec.exposures, found, since, until)
    if not spec.margin:
        return one, None
    checked = asked_of(rows, question.event, sides, spec.covariates, spec.placebo, intent=intent, cluster=cluster)
    counted, _ = counting(rows, checked)
    lost, quotas = lost_sales(counted, question.event, found, spec.exposures, currency)
    events = rows_of(counted, question.event, [each.name for each in spec.exposures])
    return replace(one, lost_sales=lost, no_lost_sales=""), LostRows(
        question.name, events, quotas, lost[-1].money, caution(question.name, found)
    )


def _happened(rows: ir.Table, spec: OccasionSpec, as_of: datetime) -> ir.BooleanValue:
    """Whether the event took place, as far as was known by then, and within the time all are followed for."""
    dated = rows.event_at.notnull() & (rows.event_at <= instant(as_of))
    if spec.settled_after is not None:
        dated = dated & (rows.event_at <= rows.at + ibis.interval(microseconds=round(spec.settled_after * 86_400_000_000)))
    return ibis.coalesce(rows.event, dated.fill_null(False))


@dataclass(frozen=True, slots=True)
class SideAnswer(SideShare):
    """The unwanted events of one question that go along with one side, and what they cost.

    :param lost_sales: margin that did not come about, modelled; unknown where no margin is told, and of what no exposure accounts for.
    """

    lost_sales: Money = NOT_ASKED


def shares_of(told: Sequence[Answered]) -> Findings[SideAnswer]:
    """All answers as one table: a row for each question and side, then ``unexplained``; what to read beside them in the notes."""
    rows = tuple(_side_answer(one, row) for one in told for row in one.found)
    notes = [f"{one.question}: {one.found.answer or one.found.reason}" for one in told]
    notes += [f"{one.question}: {note}" for one in told for note in (*one.found.notes, *lost_notes(one))]
    return Findings(rows, ("question", "side"), tuple(notes) if told else (NOTHING_ASKED,))


def _side_answer(one: Answered, row: SideShare) -> SideAnswer:
    side = str(row.where["side"])
    lost = one.lost(side)
    why = NO_EXPOSURE if side == UNEXPLAINED and one.lost_sales else one.no_lost_sales
    money = replace(NOT_ASKED, method=why) if lost is None else lost.money
    told = {field.name: getattr(row, field.name) for field in fields(SideShare)}
    return SideAnswer(**{**told, "where": {"question": one.question, **row.where}, "lost_sales": money})


def lost_notes(one: Answered) -> list[str]:
    """What to read beside lost sales: all of them, and each exposure, the dearest first."""
    in_all = one.lost()
    if in_all is None:
        return []
    if in_all.money.value is None:
        return [f"What it costs in margin cannot be told: {in_all.money.method.removeprefix(f'{CANNOT_TELL}: ')}."]
    each = [row for row in one.lost_sales if row.where["exposure"] is not None]
    each.sort(key=lambda row: -(row.money.value or Decimal(0)))
    whole = whole_lost(one.lost_sales)
    listed = "; ".join(
        f"{one.words(str(row.where['exposure']))} {in_words(row.money, whole[row.where['side'], row.where['exposure']])}" for row in each
    )
    notes = [f"Margin of {in_words(in_all.money, whole[None, None])} goes along with exposures, modelled: no cash. {listed}."]
    unpriced = max((row.unpriced or 0 for row in each), default=0)
    if unpriced:
        notes.append(f"Up to {unpriced:,} events of an exposure have no margin on record: they count with the mean of the others.")
    return notes


def write_answers(folder: Path, told: Sequence[Answered]) -> None:
    """Keep the answers in the folder of a study."""
    document = [asdict(one) | {"found": _record(one.found)} for one in told]
    (folder / ANSWERS).write_text(json.dumps(document, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")


def read_answers(folder: Path) -> tuple[Answered, ...]:
    """The answers a study keeps; none where it was made before there were any.

    :raises ValueError: the file is no JSON.
    """
    path = folder / ANSWERS
    if not path.exists():
        return ()
    return tuple(_answer_from(record) for record in json.loads(path.read_text(encoding="utf-8")))


_PARTS: Mapping[str, type[Any]] = {"pairs": SidePair, "exposures": ExposureShare, "placebo": PlaceboShare}
_FIGURES = ("share", "of_explained", "of_both", "difference", "turned", "signed")


def _record(found: Attribution) -> dict[str, Any]:
    """An attribution as plain data."""
    parts = {name: getattr(found, name).plain() for name in _PARTS}
    return {**asdict(found), **parts, "rows": [asdict(row) for row in found]}


def _answer_from(record: Mapping[str, Any]) -> Answered:
    told = dict(record["found"])
    parts = {name: _findings(kind, told.pop(name)) for name, kind in _PARTS.items()}
    rows = tuple(_row(SideShare, row) for row in told.pop("rows"))
    found = Attribution(rows, **{**told, **parts, "by": tuple(told["by"]), "notes": tuple(told["notes"])})
    exposures = tuple(Exposure(**one) for one in record["exposures"])
    lost = tuple(_lost_from(row) for row in record.get("lost_sales", ()))  # the first studies told of none
    return Answered(**{**record, "exposures": exposures, "found": found, "lost_sales": lost})


def _lost_from(record: Mapping[str, Any]) -> LostSales:
    money = record["money"]
    amounts = {name: None if money[name] is None else Decimal(money[name]) for name in ("value", "low", "high")}
    return LostSales(**{**record, "money": Money(**{**money, **amounts})})


def _findings(kind: type[Any], record: Mapping[str, Any]) -> Findings[Any]:
    return Findings(tuple(_row(kind, row) for row in record["rows"]), tuple(record["by"]), tuple(record["notes"]))


def _row(kind: type[Any], record: Mapping[str, Any]) -> Any:
    return kind(**{name: Figure(**value) if name in _FIGURES else value for name, value in record.items()})
