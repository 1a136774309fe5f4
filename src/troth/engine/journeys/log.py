"""Any table of interactions as a log: who, what, when, in order; and what cannot be placed in one.

Order within a journey is by time; interactions at the same instant stand in the order of the row key the caller named, then of the map (a
tie is no finding: what is off the map comes last), then of the row key the table has anyway, then of the step's name, so the same rows give
the same journeys on every engine. Steps get whole numbers in the order of their names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.promises.clock import instant, microseconds, naive_utc
from troth.engine.promises.contract import as_table, to_contract
from troth.terms.errors import RequestError, did_you_mean
from troth.terms.instants import When
from troth.terms.tables import Column

LATER = "after the as-of instant"
LARGEST_SHORT = 2**15 - 1


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of the table play which part.

    :param person: whose journey it is; people are counted by it. :param row: settles the order at the same instant, where there is one.
    :param row_named: the caller named it, so it says more than the map.
    """

    journey: str
    step: str
    at: str
    person: str
    row: str | None = None
    row_named: bool = False


@dataclass(frozen=True, slots=True)
class Log:
    """Interactions ready to be put in order; nothing of their size is held.

    :param rows: ``journey``, ``step``, ``at``, ``reason`` (NULL = used), then ``person`` and ``row`` where they are columns of their own.
    :param alphabet: ``step`` and its ``code`` from 1, one row per step, and its ``rank`` at the same instant.
    :param size: how many steps there are. :param last: the latest instant of the record, or the as-of instant; ``None`` of an empty one.
    :param merged: interactions of the same step in a row count as one visit. :param mapped: there is a map, which settles ties.
    """

    columns: Columns
    rows: ir.Table
    alphabet: ir.Table
    size: int
    read: int
    used: int
    set_aside: Mapping[str, int]
    last: datetime | None
    merged: bool
    mapped: bool = False

    @property
    def named(self) -> bool:
        """The person is told by a column of its own, so one person may have several journeys."""
        return self.columns.person != self.columns.journey


def columns_of(table: ir.Table, asked: Mapping[str, str | None], defaults: Mapping[str, str]) -> Columns:
    """The columns asked for, or the usual ones.

    :param asked: part to column name, ``None`` where the caller did not say.
    :raises RequestError: a column there is not.
    """
    found = {part: _present(table, name or defaults[part], part, said=name is not None) for part, name in asked.items() if part in defaults}
    for part, fallback in (("person", found["journey"]), ("row", None)):
        name, usual = asked.get(part), {"person": "customer", "row": "row"}[part]
        if name is not None:
            found[part] = _present(table, name, part, said=True)
        else:
            found[part] = usual if usual in table.columns else fallback  # type: ignore[assignment]
    return Columns(**found, row_named=asked.get("row") is not None)


def read_log(
    data: Any,
    asked: Mapping[str, str | None],
    *,
    step: str,
    merged: bool,
    as_of: When | None,
    timezone: str | None,
    further: Mapping[str, str],
    aside: str | None = None,
    mapped: Sequence[str] = (),
) -> Log:
    """The log of a table of interactions.

    :param data: an Ibis table, or anything PyArrow reads. :param asked: as :func:`columns_of`. :param step: the usual column of the step.
    :param as_of: what happened later is set aside. :param timezone: where a day or a time without an offset belongs.
    :param further: columns to carry along under another name: ``well`` and the slices of scenarios.
    :param aside: column that says why a row is in no journey, NULL where it may be.
    :param mapped: steps of the map in its order, which they have at the same instant too.
    :raises RequestError: it is no table, lacks a column, or a column is of the wrong type.
    """
    table = as_table(data, "interactions")
    columns = columns_of(table, asked, {"journey": "customer", "step": step, "at": "at"})
    limit = None if as_of is None else naive_utc(as_of, timezone)
    rows = _rows(table, columns, limit, further, aside)
    tally = rows.group_by(rows.reason, step=ibis.ifelse(rows.reason.isnull(), rows.step, ibis.null("string"))).agg(
        n=rows.count(), last=rows.at.max()
    )
    tally = tally.cache()
    totals = tally.group_by("reason").agg(n=tally.n.sum(), steps=tally.count(), last=tally["last"].max()).to_pyarrow().to_pylist()
    by_reason = {row["reason"]: row for row in totals}
    used = by_reason.pop(None, {"n": 0, "steps": 0, "last": None})
    known = tally.filter(tally.reason.isnull())
    code = (ibis.row_number().over(ibis.window(order_by=known.step)) + 1).cast("int16" if used["steps"] <= LARGEST_SHORT else "int32")
    return Log(
        columns=columns,
        rows=rows,
        alphabet=known.select("step", code=code, rank=_rank(known.step, mapped)).cache(),
        size=used["steps"],
        read=used["n"] + sum(row["n"] for row in by_reason.values()),
        used=used["n"],
        set_aside={reason: row["n"] for reason, row in sorted(by_reason.items())},
        last=used["last"] if limit is None else limit,
        merged=merged,
        mapped=bool(mapped),
    )


def ties_settled_by(log: Log) -> str:
    """What gives the order at the same instant, in words."""
    row = f"by “{log.columns.row}”" if log.columns.row else ""
    wall = "that of the map" if log.mapped else ""
    return ", then ".join(part for part in ((row, wall) if log.columns.row_named else (wall, row)) + ("by the step's name",) if part)


def _rank(step: ir.StringValue, mapped: Sequence[str]) -> ir.IntegerValue:
    if not mapped:
        return ibis.literal(0, "int16")
    return ibis.cases(
        *((step == name, ibis.literal(i, "int16")) for i, name in enumerate(mapped)), else_=ibis.literal(len(mapped), "int16")
    )


def in_order(log: Log) -> ir.Table:
    """One row per step of a journey, with the one that came next.

    :returns: ``journey``, ``person`` (where it is a column of its own; the journey's), ``code``, ``next`` (NULL at the end), ``at``,
        where visits are merged ``left`` (when its last interaction was), ``wait`` (microseconds from its end to the next), ``place`` from
        1.
    """
    rows = log.rows.filter(log.rows.reason.isnull())
    coded = rows.inner_join(log.alphabet, "step")
    ranked = ("rank",) if log.mapped else ()
    kept = [name for name in ("journey", "person", "code", "at", "row", *ranked) if name in coded.columns]
    events = coded.select(*kept)
    by = [name for name in (("at", "row", "rank", "code") if log.columns.row_named else ("at", "rank", "row", "code")) if name in kept]
    order = [events[name] for name in by]
    window = ibis.window(group_by=events.journey, order_by=order)
    whole = ibis.window(group_by=events.journey)
    person = {"person": events.person.max().over(whole)} if "person" in kept else {}
    if not log.merged:
        return events.select(
            "journey",
            **person,
            code=events.code,
            next=events.code.lead().over(window),
            at=events["at"],
            wait=microseconds(events["at"].lead().over(window), events["at"]),
            place=(ibis.row_number().over(window) + 1).cast("int32"),
        )
    beside = events.mutate(
        **person,
        before=events.code.lag().over(window),
        left_before=events["at"].lag().over(window),
        end=events["at"].max().over(whole),
    )
    visits = beside.filter(beside.before.isnull() | (beside.before != beside.code))
    window = ibis.window(group_by=visits.journey, order_by=[visits[name] for name in by])
    placed = visits.mutate(
        next=visits.code.lead().over(window),
        next_at=visits["at"].lead().over(window),
        left=ibis.coalesce(visits.left_before.lead().over(window), visits.end),
        place=(ibis.row_number().over(window) + 1).cast("int32"),
    )
    names = ["journey", *person, "code", "next", "at", "left"]
    return placed.select(*names, "place", wait=microseconds(placed.next_at, placed.left))


def names_of_codes(log: Log, codes: set[int]) -> dict[int, str]:
    """The names of some steps."""
    if not codes:
        return {}
    found = log.alphabet.filter(log.alphabet.code.isin(sorted(codes))).to_pyarrow()
    return dict(zip(found["code"].to_pylist(), found["step"].to_pylist(), strict=True))


def codes_of_names(log: Log, names: tuple[str, ...]) -> dict[str, int]:
    """The numbers of some steps; one that never occurs has none."""
    found = log.alphabet.filter(log.alphabet.step.isin(list(names))).to_pyarrow()
    return dict(zip(found["step"].to_pylist(), found["code"].to_pylist(), strict=True))


def _present(table: ir.Table, name: str, part: str, *, said: bool) -> str:
    if name in table.columns:
        return name
    what = f"The table of interactions has no column “{name}”."
    mend = did_you_mean(name, table.columns) if said else f"name the column that tells it: {part}=..."
    raise RequestError(what, place=part, mend=mend)


def _rows(table: ir.Table, columns: Columns, limit: datetime | None, further: Mapping[str, str], aside: str | None) -> ir.Table:
    contract = {
        columns.journey: Column(columns.journey, "id", "which journey"),
        columns.person: Column(columns.person, "id", "whose journey"),
        columns.step: Column(columns.step, "string", "what"),
        columns.at: Column(columns.at, "timestamp(6)", "when, UTC"),
    }
    if columns.row is not None:
        contract[columns.row] = Column(columns.row, "id", "row key")
    if len({columns.journey, columns.step, columns.at}) < 3:  # noqa: PLR2004 - the three parts no two of which can be one column
        same = f"{columns.journey}, {columns.step}, {columns.at}"
        raise RequestError(f"Journey, step and time cannot be told by one column ({same}).", place="journey", mend="name three columns.")
    for new, name in further.items():
        _present(table, name, "by" if new.startswith("by_") else new, said=True)
        contract.setdefault(name, Column(name, "boolean" if new == "well" else "string", "carried along"))
    if aside is not None:
        _present(table, aside, "aside", said=True)
        contract.setdefault(aside, Column(aside, "string", "why it is in no journey"))
    typed = to_contract(table.select(*contract), tuple(contract.values()))
    journey, step, at = typed[columns.journey], typed[columns.step], typed[columns.at]
    branches: list[tuple[ir.BooleanValue, Any]] = [
        (part.isnull(), f"{name} is empty") for part, name in ((journey, columns.journey), (at, columns.at), (step, columns.step))
    ]
    if aside is not None:
        branches.insert(0, (typed[aside].notnull(), typed[aside]))
    if limit is not None:
        branches.append((at > instant(limit), LATER))
    more: dict[str, ir.Value] = {}
    if columns.person != columns.journey:
        more["person"] = typed[columns.person]
    if columns.row is not None:
        more["row"] = typed[columns.row]
    more |= {new: typed[name] for new, name in further.items()}
    return typed.select(journey=journey, step=step, at=at, **more, reason=ibis.cases(*branches, else_=ibis.null("string")))
