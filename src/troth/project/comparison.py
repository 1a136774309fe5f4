"""What changed between two studies: which verdicts, for what reason, and how far that moved the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import ibis
import ibis.expr.types as ir

from troth.engine.findings import Account, Figure, Findings, Integrity, PartFigure
from troth.engine.gaps.account import without_interval
from troth.project.manifest import Manifest
from troth.terms.charter import Charter, Line
from troth.terms.vocabulary import Part, Verdict

KEY = ("source", "row", "name")
"""What makes two ledger rows the same promise."""

_COMPARED = (
    "verdict", "made_at", "due_at", "counts_at", "level_promised", "quantifier", "received_at", "level_received", "reversed", "line"
)  # fmt: skip

UNDECOMPOSED, BROKEN = "undecomposed", "broken"
"""What stands beside the four parts in a comparison of accounts."""

DIGITS = 12
"""Of a digest, so many tell two versions apart for a reader; the manifest holds all of them."""

REASONS: dict[str, str] = {
    "made since": "the promise was made after the earlier study's as-of",
    "recorded late": "the promise was made before the earlier study's as-of, and reached the sources later",
    "left the sources": "the row is no longer in the sources",
    "promise changed": "the record of the promise itself differs: when it was made, when it is due, or its level",
    "voided": "the promise was voided",
    "no longer void": "the promise was void and is not any more",
    "reversed": "a receipt was contradicted",
    "received since": "it was received after the earlier study's as-of",
    "receipt recorded late": "it was received before the earlier study's as-of, and reached the sources later",
    "receipt changed": "the record of the receipt differs",
    "fell due": "it fell due and was not received",
    "mapping changed": "the file in sources/ says something else of the same data",
    "charter changed": "the charter asks something else of it",
    "mapping or charter changed": "both were changed, and either may be why",
    "other": "none of the above",
}
"""Why a promise's verdict differs, first that applies; docs/numbers/what-changed.md explains each."""


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """Promises that went from one verdict to another for one reason. ``None`` is “not in this study”."""

    name: str
    before: str | None
    after: str | None
    reason: str
    promises: int


@dataclass(frozen=True, slots=True)
class RowChange:
    """Ledger rows of one promise name: how many came, went, or had their promise rewritten."""

    name: str
    before: int
    after: int
    added: int
    removed: int
    superseded: int


@dataclass(frozen=True, slots=True)
class FigureChange:
    """One number of one slice in both studies. ``change`` is after minus before, ``None`` where either is unknown."""

    where: Mapping[str, Any]
    measure: str
    before: Figure
    after: Figure
    change: float | None


@dataclass(frozen=True, slots=True)
class PartChange:
    """One part of the break account of one slice in both studies, in broken promises.

    ``part`` is one of the four parts, ``undecomposed`` for what no part explains, or ``broken`` for the sum of them all; the last two are
    counts and have no limits. ``None`` is a slice the study does not have, or one in which nothing could be decomposed.
    """

    where: Mapping[str, Any]
    part: str
    before: PartFigure | None
    after: PartFigure | None
    change: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing the studies were made from that differs. ``None`` is “not there”."""

    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from one study to another.

    :param identical: the studies are equal to the byte, and everything below is empty of change.
    """

    before: str
    after: str
    identical: bool
    rows: Findings[RowChange]
    verdicts: Findings[VerdictChange]
    integrity: Findings[FigureChange]
    account: Findings[PartChange]
    made_from: Findings[Difference]


class Causes(NamedTuple):
    """What else than the world may have changed a verdict.

    :param charter: the charter agrees something else.
    :param mapped: sources whose file in sources/ says something else; ``only_mapped`` those of them whose data is the same.
    """

    charter: bool
    mapped: frozenset[str]
    only_mapped: frozenset[str]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two studies, as far as a comparison looks at it."""

    label: str
    manifest: Manifest
    charter: Charter
    ledger: ir.Table
    integrity: Findings[Integrity]
    account: Findings[Account]


def compare(before: Side, after: Side) -> Comparison:
    """What changed from ``before`` to ``after``, in the slices their findings have."""
    joined = _side_by_side(before.ledger, after.ledger)
    old, new = before.manifest, after.manifest
    by = after.integrity.by
    verdicts = _verdict_changes(joined, old.as_of, _causes(old, new))
    return Comparison(
        before=before.label,
        after=after.label,
        identical=old.digest == new.digest,
        rows=Findings(_row_changes(joined)),
        verdicts=Findings(verdicts),
        integrity=Findings(_figure_changes(before.integrity, after.integrity), by=by),
        account=Findings(_part_changes(before.account, after.account), by=by, notes=_interval_notes(before, after)),
        made_from=Findings(_differences(before, after)),
    )


def _causes(old: Manifest, new: Manifest) -> Causes:
    mapped = frozenset(name for name in old.mappings.keys() & new.mappings.keys() if old.mappings[name] != new.mappings[name])
    same_data = {name for name in mapped if old.fingerprints.get(name) == new.fingerprints.get(name)}
    return Causes(old.charter_digest != new.charter_digest, mapped, frozenset(same_data))


def _side_by_side(before: ir.Table, after: ir.Table) -> ir.Table:
    """One row per promise in either ledger: ``b_`` columns of the one, ``a_`` columns of the other, NULL where it is absent."""
    old, new = (
        table.select(**{f"{side}_{key}": table[key].cast("string") for key in KEY}, **{f"{side}_{c}": table[c] for c in _COMPARED})
        for side, table in (("b", before), ("a", after))
    )
    joined = old.outer_join(new, [old[f"b_{key}"] == new[f"a_{key}"] for key in KEY])
    return joined.mutate(name=ibis.coalesce(joined.b_name, joined.a_name))


def _same(joined: ir.Table, *columns: str) -> ir.BooleanValue:
    """Whether the columns are equal on both sides, NULL being equal to NULL."""
    same: ir.BooleanValue = ibis.literal(True)
    for column in columns:
        same = same & joined[f"b_{column}"].identical_to(joined[f"a_{column}"])
    return same


def _promise_changed(joined: ir.Table) -> ir.BooleanValue:
    present = joined.b_verdict.notnull() & joined.a_verdict.notnull()
    return present & ~_same(joined, "made_at", "due_at", "level_promised", "quantifier")


def _row_changes(joined: ir.Table) -> tuple[RowChange, ...]:
    counts = (
        joined.group_by("name")
        .aggregate(
            before=joined.b_verdict.count(),
            after=joined.a_verdict.count(),
            added=joined.b_verdict.isnull().sum(),
            removed=joined.a_verdict.isnull().sum(),
            superseded=_promise_changed(joined).sum(),
        )
        .order_by("name")
    )
    return tuple(RowChange(**row) for row in counts.to_pyarrow().to_pylist())


def _verdict_changes(joined: ir.Table, as_of: datetime, causes: Causes) -> tuple[VerdictChange, ...]:
    differing = joined.filter(~joined.b_verdict.identical_to(joined.a_verdict))
    reasoned = differing.mutate(reason=_reason(differing, as_of, causes))
    counts = (
        reasoned.group_by(name=reasoned.name, before=reasoned.b_verdict, after=reasoned.a_verdict, reason=reasoned.reason)
        .aggregate(promises=lambda t: t.count())
        .order_by([ibis.desc("promises"), "name", "before", "after", "reason"])
    )
    return tuple(VerdictChange(**row) for row in counts.to_pyarrow().to_pylist())


def _reason(row: ir.Table, as_of: datetime, causes: Causes) -> ir.StringValue:
    """The first of :data:`REASONS` that explains why the verdicts differ."""
    then = ibis.literal(as_of.astimezone(UTC).replace(tzinfo=None), type="timestamp(6)")
    unanswered = row.b_received_at.isnull() & row.b_level_received.isnull()
    answered = row.a_received_at.notnull() | row.a_level_received.notnull()
    source = ibis.coalesce(row.a_source, row.b_source)
    mapped = source.isin(sorted(causes.mapped)) if causes.mapped else ibis.literal(False)
    only_mapped = source.isin(sorted(causes.only_mapped)) if causes.only_mapped else ibis.literal(False)

    def of_record(reason: str) -> ir.StringValue:
        """The record differs; where the data is the same, it is read otherwise."""
        return ibis.ifelse(only_mapped, "mapping changed", reason)

    fell_due = (row.b_verdict == Verdict.PENDING) & (row.a_verdict == Verdict.BROKEN) & ~answered
    return ibis.cases(
        (row.b_verdict.isnull() & (row.a_made_at > then), "made since"),
        (row.b_verdict.isnull(), of_record("recorded late")),
        (row.a_verdict.isnull(), of_record("left the sources")),
        (_promise_changed(row), of_record("promise changed")),
        (row.a_verdict == Verdict.VOID, "voided"),
        (row.b_verdict == Verdict.VOID, "no longer void"),
        (~row.b_reversed & row.a_reversed, "reversed"),
        (unanswered & answered & (row.a_received_at <= then), "receipt recorded late"),
        (unanswered & answered, "received since"),
        (~_same(row, "received_at", "level_received"), of_record("receipt changed")),
        (fell_due, "fell due"),
        (mapped & ibis.literal(causes.charter), "mapping or charter changed"),
        (mapped, "mapping changed"),
        (ibis.literal(causes.charter), "charter changed"),
        (~_same(row, "line"), "promise changed"),
        else_="other",
    )


def _slices(before: Findings[Any], after: Findings[Any]) -> list[tuple[Mapping[str, Any], Any, Any]]:
    """Findings of both studies paired by slice, in the later study's order; slices only the earlier one has come last."""
    old, new = ({tuple(sorted(row.where.items(), key=str)): row for row in findings} for findings in (before, after))
    keys = [*new, *(key for key in old if key not in new)]
    return [((new.get(key) or old[key]).where, old.get(key), new.get(key)) for key in keys]


def _interval_notes(before: Side, after: Side) -> tuple[str, ...]:
    """Where parts have no limits, in which of the studies, and why."""
    said = ((side.label, without_interval(tuple(side.account))) for side in (before, after))
    return tuple(f"{label.capitalize()}: {sentence}" for label, sentence in said if sentence)


def _figure_changes(before: Findings[Integrity], after: Findings[Integrity]) -> tuple[FigureChange, ...]:
    empty = Figure(None)
    return tuple(
        FigureChange(where, measure, old := getattr(b, measure, empty), new := getattr(a, measure, empty), _minus(new.value, old.value))
        for where, b, a in _slices(before, after)
        for measure in ("F", "K", "I")
    )


def _part_changes(before: Findings[Account], after: Findings[Account]) -> tuple[PartChange, ...]:
    return tuple(
        PartChange(where, part, old := _parts(b).get(part), new := _parts(a).get(part), _minus(_value(new), _value(old)))
        for where, b, a in _slices(before, after)
        for part in (*(str(part) for part in Part), UNDECOMPOSED, BROKEN)
    )


def _parts(account: Account | None) -> dict[str, PartFigure]:
    """The parts of an account, what no part explains, and their sum; nothing where there is no account."""
    if account is None:
        return {}
    missing = sum(broken for _, broken in account.undecomposed.values())
    counts = {UNDECOMPOSED: PartFigure(float(missing)), BROKEN: PartFigure(float(account.broken))}
    if account.due and account.due == sum(promises for promises, _ in account.undecomposed.values()):
        return counts  # nothing could be decomposed: the parts are unknown, and not nothing
    return {
        Part.ALLOWANCE: account.allowance,
        Part.EXPECTATION: account.expectation,
        Part.STANDARD: account.standard,
        Part.DELIVERY: account.delivery,
        **counts,
    }


def _value(figure: PartFigure | None) -> float | None:
    return None if figure is None else figure.value


def _minus(after: float | None, before: float | None) -> float | None:
    return None if after is None or before is None else after - before


def _differences(before: Side, after: Side) -> tuple[Difference, ...]:
    old, new = before.manifest, after.manifest
    plain = {
        "as of": (old.as_of.isoformat(), new.as_of.isoformat()),
        "time zone": (old.timezone, new.timezone),
        "currency": (old.currency, new.currency),
        "charter version": (old.charter_version, new.charter_version),
        **_keyed("made with", old.made_with, new.made_with),
        **_keyed("seed", old.seeds, new.seeds),
        **_keyed("mapping of source", _short(old.mappings), _short(new.mappings)),
        **_keyed("data of source", _files(old.fingerprints), _files(new.fingerprints)),
        **_keyed("charter line", _lines(before.charter), _lines(after.charter)),
    }
    return tuple(Difference(what, b, a) for what, (b, a) in plain.items() if b != a)


def _keyed(title: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[str | None, str | None]]:
    return {f"{title} “{key}”": (_text(old.get(key)), _text(new.get(key))) for key in {**old, **new}}


def _short(digests: Mapping[str, str]) -> dict[str, str]:
    return {name: digest[:DIGITS] for name, digest in digests.items()}


def _files(fingerprints: Mapping[str, Any]) -> dict[str, str]:
    """The files each source was read from, with their size and the first digits of their digest."""
    return {
        source: "; ".join(_file(one) for one in files) if isinstance(files, list) else str(files) for source, files in fingerprints.items()
    }


def _file(fingerprint: Mapping[str, Any]) -> str:
    told = [str(fingerprint["file"])]
    if fingerprint.get("size") is not None:
        told.append(f"{fingerprint['size']:,} bytes")
    if fingerprint.get("digest"):
        told.append(str(fingerprint["digest"])[:DIGITS])
    return ", ".join(told)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _lines(charter: Charter) -> dict[str, str]:
    """What each line agrees, by the keys it names."""
    return {_title(line): ", ".join(f"{key} = {value}" for key, value in _agreed(line).items()) for line in charter.lines}


def _agreed(line: Line) -> dict[str, Any]:
    return {key: value for key, value in asdict(line).items() if value is not None and key not in line.keys}


def _title(line: Line) -> str:
    return ", ".join(f"{key} = {value}" for key, value in line.keys.items()) or "every promise"
