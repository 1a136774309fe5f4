"""History: what came in of each customer beside promises, kept with the study in the order of customers.

Interactions, words, costs, receipts from sources of their own, and what is known of the customer; promises stand in the ledger. A cost and
a receipt name nobody: they go to the customer whose matter their subject is, where it is one customer's alone (article sentence S1.9).
Rows lie customer by customer, so that whoever asks for one reads the few row groups he is in.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import ibis
import ibis.expr.types as ir

from troth.engine.promises.clock import instant
from troth.terms.tables import HISTORY, names
from troth.terms.vocabulary import PromiseSpec

HISTORY_FILE = "history.parquet"
"""File of a study."""

INTERACTION, SIGNAL, COST, RECEIPT, CUSTOMER = "interaction", "signal", "cost", "receipt", "customer"
"""What a row of it tells of."""

_INT64 = 2**63


def history(
    ledger: ir.Table,
    receipts: ir.Table | None,
    interactions: ir.Table | None,
    signals: ir.Table | None,
    costs: ir.Table | None,
    customers: ir.Table | None,
    *,
    specs: Sequence[PromiseSpec],
    as_of: datetime,
) -> ir.Table | None:
    """Every row known at the as-of, in the columns of :data:`~troth.terms.tables.HISTORY`; ``None`` where there is none to tell of.

    :param ledger: the LEDGER contract. :param receipts: the RECEIPTS contract; the others likewise.
    :param as_of: naive UTC; what happened, or became known, later is left out.
    """
    now = instant(as_of)
    parts = []
    if interactions is not None:
        parts.append(_of(interactions.filter(interactions.at <= now), INTERACTION))
    if signals is not None:
        parts.append(_of(signals.filter(signals.at <= now), SIGNAL))
    if costs is not None:
        parts.append(_of(costs.filter(costs.at <= now), COST))
    if receipts is not None:
        parts.append(_of(_answering(_known(receipts, now), ledger, specs), RECEIPT, at="received_at", kind="name"))
    if customers is not None:
        held = customers.filter(customers.valid_from.isnull() | (customers.valid_from <= now))
        parts.append(_of(held, CUSTOMER, at="valid_from").distinct())
    if not parts:
        return None
    told = ibis.union(*parts) if len(parts) > 1 else parts[0]
    if costs is not None or receipts is not None or interactions is not None:
        told = _with_customers(told, ledger, interactions, signals)
    first = ("customer", "subject", "at", "tells", "source", "row", "kind")
    order = (*first, *(name for name in names(HISTORY) if name not in first))  # nothing tells equal rows apart: equal to the byte
    return told.order_by([told[name].asc(nulls_first=False) for name in order])


def receipts_joined(rows: ir.Table) -> ir.Table:
    """Receipts of sources of their own, counted: ``joined`` (to a promise) to ``n``.

    :param rows: what :func:`history` gave.
    """
    receipts = rows.filter(rows.tells == RECEIPT)
    return receipts.group_by(joined=receipts.joined.fill_null(False)).aggregate(n=receipts.count())


def about(table: ir.Table, customer: str | None, subject: str | None) -> ir.Table:
    """The rows of one customer, of one subject, or of one customer's subject; by exact keys.

    :param table: the ledger, or what :func:`history` gave.
    """
    for name, asked in (("customer", customer), ("subject", subject)):
        if asked is not None:
            table = table.filter(_is(table[name], asked))
    return table


def _is(column: ir.Value, key: str) -> ir.BooleanValue:
    """The column equals a key given as text, asked so that an engine can leave out what its statistics rule out."""
    if not column.type().is_integer():
        return column == key
    digits = key.removeprefix("-")
    whole = digits.isascii() and digits.isdigit() and str(int(key)) == key and abs(int(key)) < _INT64
    return column == ibis.literal(int(key), type="int64") if whole else ibis.literal(False)


def with_chances(coded: ir.Table, settings: ir.Table, forecasts: ir.Table) -> ir.Table:
    """Promises with the chance of a break, as it was known when each was made and, of those still open, as it is known now.

    ``chance_made`` and ``chance_open`` are NULL where the record is too thin; the latter also where the promise is not open.

    :param coded: coded promises, of few customers. :param settings: way-points by setting. :param forecasts: chances by setting and age.
    """
    known = settings.select(__setting="setting", chance_made=settings.as_of_p_promise.cast("float64"))
    made = coded.left_join(known, coded.code_setting == known["__setting"])
    opened = made.mutate(__open=(made.verdict == "PENDING").ifelse(made.code_setting, ibis.null("int64")))
    still = forecasts.select(__of="setting", __age="age", chance_open=forecasts.chance.cast("float64"))
    joined = opened.left_join(still, [opened["__open"] == still["__of"], opened.code_age == still["__age"]])
    return joined.select(*(name for name in coded.columns if not name.startswith("code_")), "chance_made", "chance_open")


def _known(receipts: ir.Table, now: ir.TimestampScalar) -> ir.Table:
    known = receipts.filter(receipts.recorded_at.isnull() | (receipts.recorded_at <= now))
    return known.filter(known.received_at.isnull() | (known.received_at <= now))


def _of(table: ir.Table, tells: str, *, at: str = "at", kind: str = "kind") -> ir.Table:
    """Rows of one contract in the columns of all; what it does not know is NULL."""
    held: dict[str, ir.Value] = {}
    for column in HISTORY:
        name = {"at": at, "kind": kind}.get(column.name, column.name)
        type_ = "string" if column.type == "id" else column.type
        if column.name == "tells":
            held[column.name] = ibis.literal(tells)
        elif tells == CUSTOMER and column.name == "row":
            held[column.name] = ibis.null("string")
        elif name in table.columns:
            held[column.name] = table[name].cast(type_)
        elif column.name == "value" and tells == RECEIPT:
            held[column.name] = table.received.cast(type_)
        else:
            held[column.name] = ibis.null(type_)
    return table.select(**held)


def _answering(receipts: ir.Table, ledger: ir.Table, specs: Sequence[PromiseSpec]) -> ir.Table:
    """Receipts with ``joined``: there is a promise of this name about this subject that is not younger."""
    later = sorted({spec.name for spec in specs if "received_later" in spec.has})
    mine = ledger.filter(ledger.name.isin(later)) if later else ledger
    made = mine.filter(mine.subject.notnull()).group_by(__name=mine.name, __subject=mine.subject.cast("string"))
    first = made.aggregate(__made=lambda rows: rows.made_at.min())
    joined = receipts.left_join(first, [receipts.name == first["__name"], receipts.subject.cast("string") == first["__subject"]])
    answers = joined["__made"].notnull() & (joined.received_at.isnull() | (joined.received_at >= joined["__made"]))
    return joined.select(*(joined[name] for name in receipts.columns), joined=answers.fill_null(False))


def _with_customers(told: ir.Table, ledger: ir.Table, interactions: ir.Table | None, signals: ir.Table | None) -> ir.Table:
    """Rows that name nobody go to the one customer whose matter their subject is; of a subject of several customers to nobody."""
    nameless = told.filter(told.customer.isnull() & told.subject.notnull()).select(__about=told.subject).distinct()
    owned = [_owned(table) for table in (ledger, interactions, signals) if table is not None]
    pairs = ibis.union(*owned) if len(owned) > 1 else owned[0]
    mine = pairs.semi_join(nameless, pairs.subject == nameless["__about"])
    whose = mine.group_by("subject").aggregate(least=mine.customer.min(), most=mine.customer.max())
    single = whose.filter(whose.least == whose.most).select(__subject=whose.subject, __customer=whose.least)
    # Equality alone: a further condition on the left keeps engines from joining by hash.
    asking = told.mutate(__asked=told.customer.isnull().ifelse(told.subject, ibis.null("string")))
    joined = asking.left_join(single, asking["__asked"] == single["__subject"])
    return joined.select(
        *(joined.customer.coalesce(joined["__customer"]).name(name) if name == "customer" else joined[name] for name in names(HISTORY))
    )


def _owned(table: ir.Table) -> ir.Table:
    named = table.filter(table.customer.notnull() & table.subject.notnull())
    return named.select(subject=named.subject.cast("string"), customer=named.customer.cast("string"))
