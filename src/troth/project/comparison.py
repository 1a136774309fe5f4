"""What changed between two studies: which verdicts, for what reason, and how far that moved the numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, NamedTuple

import ibis
import ibis.expr.types as ir

from troth.engine.findings import Account, Figure, Findings, Integrity, PartFigure
from troth.engine.gaps.account import without_interval
from troth.engine.promises.lines import line_value
from troth.engine.rounding import whole_numbers
from troth.project.manifest import Manifest
from troth.terms.charter import Charter, Line
from troth.terms.vocabulary import Part, Verdict

KEY = ("source", "row", "name")
"""What makes two ledger rows the same promise."""

_COMPARED = (
    "verdict", "made_at", "due_at", "counts_at", "level_promised", "quantifier", "received_at", "level_received", "reversed", "line",
    "stage", "segment", "persona", "tier",
)  # fmt: skip

_PROMISED = ("made_at", "due_at", "level_promised", "quantifier")
_PLACED = ("stage", "segment", "persona", "tier")
_RECEIVED = ("received_at", "level_received")

UNDECOMPOSED, BROKEN = "undecomposed", "broken"
"""What stands beside the four parts in a comparison of accounts."""

DIGITS = 12
"""Of a digest, so many tell two versions apart for a reader; the manifest holds all of them."""

NOT_SAID = "not said"
"""What a line says of a key that only the other names."""

MOST_FILES = 5
"""Of the files that differ, so many are named for a reader; the manifest holds all of them."""

AS_OF, DATA, MAPPING, CHARTER, ZONE = "as-of", "data", "mapping", "charter", "time zone"
"""What a study is made from, in the order it is named: the same of them all gives the same study, so what differs is a reason."""

VERSION = "version changed"

REASONS: dict[str, str] = {
    "made since": "the promise was made after the earlier study's as-of",
    "recorded late": "the promise was made before the earlier study's as-of, and reached the sources later",
    "left the sources": "the row is no longer in the sources",
    "promise changed": "the record of the promise itself differs: when it was made, when it is due, its level, or whom it was made to",
    "voided": "the promise was voided",
    "no longer void": "the promise was void and is not any more",
    "reversed": "a receipt was contradicted",
    "received since": "it was received after the earlier study's as-of",
    "receipt recorded late": "it was received before the earlier study's as-of, and reached the sources later",
    "receipt changed": "the record of the receipt differs",
    "fell due": "it fell due and was not received",
    "as-of moved": "the later study speaks of another instant",
    "data changed": "the data of its source differs, in more than the ledger shows of the promise",
    "mapping changed": "a file in sources/ reads the data otherwise",
    "charter changed": "the charter asks something else of it",
    "time zone changed": "its days begin and end at another time",
    VERSION: "another version of Troth or of its engine made the study, and nothing else differs",
    "other": "none of the above",
}
"""Why a promise's verdict differs; docs/numbers/what-changed.md explains each."""

SEVERAL = "all of these changed, and any of them may be why"


def meaning(reason: str) -> str:
    """What a reason says, in a sentence."""
    return REASONS.get(reason, SEVERAL)


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
    counts and have no limits. ``None`` is unknown: nothing could be decomposed, or the study does not have the slice (then ``broken`` is
    ``None`` too).
    """

    where: Mapping[str, Any]
    part: str
    before: PartFigure | None
    after: PartFigure | None
    change: float | None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One version of one file of a source; size and digest are unknown of a table in a database."""

    file: str
    size: int | None
    digest: str | None

    def __str__(self) -> str:
        """The file for a reader: its name, its size and the start of its digest."""
        size = None if self.size is None else f"{self.size:,} {'byte' if self.size == 1 else 'bytes'}"
        return ", ".join(part for part in (self.file, size, self.digest and self.digest[:DIGITS]) if part)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing the studies were made from that differs. ``None`` is “not there”.

    :param before_files: where a source's data differs, the files only the earlier study was made from, whole; ``after_files`` likewise.
    """

    what: str
    before: str | None
    after: str | None
    before_files: tuple[SourceFile, ...] = ()
    after_files: tuple[SourceFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from one study to another.

    :param identical: the studies are equal to the byte, and everything below is empty of change.
    :param alike: how many of the things the studies were made from are the same in both.
    """

    before: str
    after: str
    identical: bool
    rows: Findings[RowChange]
    verdicts: Findings[VerdictChange]
    integrity: Findings[FigureChange]
    account: Findings[PartChange]
    made_from: Findings[Difference]
    alike: int


class Causes(NamedTuple):
    """What the two studies were made from that differs, and so may have changed a verdict.

    :param then: as-of of the earlier study, in naive UTC; ``now`` of the later one.
    :param data: sources that hold other data; ``None`` is all of them: receipts and customers come from one that does.
    :param mapped: sources whose file in sources/ says something else; ``None`` likewise.
    :param charter: it agrees something else; ``areas``: it lists other areas, so that other rows are set aside.
    :param version: another version of Troth or of its engine made the later study.
    """

    then: datetime
    now: datetime
    data: frozenset[str] | None
    mapped: frozenset[str] | None
    charter: bool
    areas: bool
    zone: bool
    version: bool

    @property
    def moved(self) -> bool:
        """Whether the studies speak of two instants."""
        return self.then != self.now


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
    verdicts = _verdict_changes(joined, _causes(before, after), before.charter, after.charter)
    made_from, alike = _differences(before, after)
    return Comparison(
        before=before.label,
        after=after.label,
        identical=old.digest == new.digest,
        rows=Findings(_row_changes(joined)),
        verdicts=Findings(verdicts),
        integrity=Findings(_figure_changes(before.integrity, after.integrity), by=by),
        account=Findings(_part_changes(before.account, after.account), by=by, notes=_interval_notes(before, after)),
        made_from=Findings(made_from),
        alike=alike,
    )


def _causes(before: Side, after: Side) -> Causes:
    old, new = before.manifest, after.manifest
    mapped = {name for name in {*old.mappings, *new.mappings} if old.mappings.get(name) != new.mappings.get(name)}
    data = {
        name for name in old.fingerprints.keys() & new.fingerprints.keys() if not _same_data(old.fingerprints[name], new.fingerprints[name])
    }
    # What answers promises of another source, or describes their customers, is no mapping of promises.
    beside = {account.source for manifest in (old, new) for account in manifest.sources if account.promise is None}
    return Causes(
        then=old.as_of.astimezone(UTC).replace(tzinfo=None),
        now=new.as_of.astimezone(UTC).replace(tzinfo=None),
        data=None if data & beside else frozenset(data),
        mapped=None if mapped & beside else frozenset(mapped),
        charter=old.charter_digest != new.charter_digest,
        areas={area.name for area in before.charter.areas} != {area.name for area in after.charter.areas},
        zone=old.timezone != new.timezone,
        version=old.made_with != new.made_with,
    )


def _same_data(old: Any, new: Any) -> bool:
    """Whether a source's data is known to be the same; of a table in a database it never is."""
    return bool(old == new) and not (isinstance(new, list) and any(one.get("digest") is None for one in new))


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
    return _on_both(joined) & ~_same(joined, *_PROMISED)


def _on_both(joined: ir.Table) -> ir.BooleanValue:
    return joined.b_verdict.notnull() & joined.a_verdict.notnull()


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


def _verdict_changes(joined: ir.Table, causes: Causes, old: Charter, new: Charter) -> tuple[VerdictChange, ...]:
    row = joined.filter(~joined.b_verdict.identical_to(joined.a_verdict))
    reasoned = row.mutate(event=_event(row, causes), **_suspects(row, causes, old, new))
    grouped = reasoned.group_by(
        promise=reasoned.name,
        before=reasoned.b_verdict,
        after=reasoned.a_verdict,
        **{f"is_{name}": reasoned[name] for name in ("event", *_FLAGS)},
    ).aggregate(promises=lambda t: t.count())
    counts: Counter[tuple[str, str | None, str | None, str]] = Counter()
    for found in grouped.to_pyarrow().to_pylist():
        reason = found["is_event"] or _reason({name for flag, name in _FLAGS.items() if found[f"is_{flag}"]}, causes)
        counts[found["promise"], found["before"], found["after"], reason] += found["promises"]
    ordered = sorted(counts.items(), key=lambda item: (-item[1], *(word or "" for word in item[0])))
    return tuple(VerdictChange(*what, promises) for what, promises in ordered)


_FLAGS = {"moved": AS_OF, "data": DATA, "mapped": MAPPING, "charter": CHARTER, "zone": ZONE}
"""Columns of :func:`_suspects`, and what they suspect."""


def _reason(suspected: set[str], causes: Causes) -> str:
    """What changed, in words: one thing, or several of which any may be why."""
    told = [name for name in _FLAGS.values() if name in suspected]
    if not told and causes.moved:
        told = [AS_OF]
    if not told:
        return VERSION if causes.version else "other"
    if told == [AS_OF]:
        return "as-of moved"
    return f"{', '.join(told[:-1])}{' or ' if told[:-1] else ''}{told[-1]} changed"


def _event(row: ir.Table, causes: Causes) -> ir.StringValue:
    """What happened to the promise, where that alone explains why the verdicts differ; NULL where it may not be said.

    That time went by is told from the later record. That a record came, went or changed is told only where nothing reads it otherwise.
    """
    then, now = (ibis.literal(instant, type="timestamp(6)") for instant in (causes.then, causes.now))
    open_then, answered = ~_answered(row, "b"), _answered(row, "a")
    read_alike = ~_in_source(row, causes.mapped) & ibis.literal(not causes.zone)
    kept_alike = read_alike & ibis.literal(not causes.areas)
    news = _in_source(row, causes.data) | ibis.literal(causes.moved)
    recorded = read_alike & news
    as_promised = _same(row, *_PROMISED)
    fell_due = (row.b_verdict == Verdict.PENDING) & (row.a_verdict == Verdict.BROKEN) & open_then & ~answered
    return ibis.cases(
        (row.b_verdict.isnull() & (row.a_made_at > then), "made since"),
        (row.b_verdict.isnull() & kept_alike & news, "recorded late"),
        (row.a_verdict.isnull() & kept_alike & _in_source(row, causes.data) & (row.b_made_at <= now), "left the sources"),
        (~_on_both(row), ibis.null("string")),
        (recorded & ~_same(row, *_PROMISED, *_PLACED), "promise changed"),
        (recorded & (row.a_verdict == Verdict.VOID), "voided"),
        (recorded & (row.b_verdict == Verdict.VOID), "no longer void"),
        (recorded & ~row.b_reversed & row.a_reversed, "reversed"),
        (as_promised & open_then & answered & (row.a_received_at > then), "received since"),
        (recorded & open_then & answered, "receipt recorded late"),
        (recorded & ~_same(row, *_RECEIVED), "receipt changed"),
        (fell_due & as_promised & (row.b_counts_at < now) & (row.a_counts_at < now), "fell due"),
        else_=ibis.null("string"),
    )


def _suspects(row: ir.Table, causes: Causes, old: Charter, new: Charter) -> dict[str, ir.BooleanValue]:
    """Which of the things that differ may have changed this verdict.

    The charter changes a verdict by the tolerance and the grace of the line that holds, and rows by the areas it lists. Where the record
    is the same and the charter asks something else of it, neither the data nor the day is suspected.
    """
    on_both, mapped = _on_both(row), _in_source(row, causes.mapped)
    terms = [line_value(row.b_line, old, name).identical_to(line_value(row.a_line, new, name)) for name in ("tolerance", "grace")]
    asked = on_both & ~(terms[0] & terms[1]) & ibis.literal(causes.charter)
    alike = on_both & _same(row, *_PROMISED, *_PLACED, *_RECEIVED, "reversed")
    settled = asked & alike
    return {
        "moved": ibis.literal(causes.moved) & ~settled & ~(alike & _answered(row, "a")),
        "data": _in_source(row, causes.data) & ~settled,
        "mapped": mapped,
        "charter": asked | (~on_both & ibis.literal(causes.areas)),
        "zone": ibis.literal(causes.zone),
    }


def _answered(row: ir.Table, side: str) -> ir.BooleanValue:
    return row[f"{side}_received_at"].notnull() | row[f"{side}_level_received"].notnull()


def _in_source(row: ir.Table, sources: frozenset[str] | None) -> ir.BooleanValue:
    """Whether the promise's source is one of these; ``None`` is any."""
    if not sources:
        return ibis.literal(sources is None)
    return ibis.coalesce(row.a_source, row.b_source).isin(sorted(sources))


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


def without_slice(changes: Iterable[PartChange]) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The slices the earlier study does not have, and those the later one does not have."""
    sums = [change for change in changes if change.part == BROKEN]
    return [one.where for one in sums if one.before is None], [one.where for one in sums if one.after is None]


def in_whole_parts(changes: Iterable[PartChange]) -> list[PartChange]:
    """The changes as they are printed: each study's parts in whole promises that make its broken ones, and the differences of these."""
    listed = list(changes)
    before, after = (_whole(listed, side) for side in ("before", "after"))
    return [
        replace(change, before=old, after=new, change=_minus(_value(new), _value(old)))
        for change, old, new in zip(listed, before, after, strict=True)
    ]


def _whole(changes: Sequence[PartChange], side: str) -> list[PartFigure | None]:
    """One study's figures, slice by slice in whole numbers that add up; limits stay as they are."""
    figures: list[PartFigure | None] = [getattr(change, side) for change in changes]
    for _, group in groupby(range(len(changes)), key=lambda place: changes[place].where):
        parts = [(place, figure) for place in group if changes[place].part in set(Part) and (figure := figures[place]) is not None]
        for (place, figure), count in zip(parts, whole_numbers([figure.value for _, figure in parts]), strict=True):
            figures[place] = replace(figure, value=float(count))
    return figures


def _value(figure: PartFigure | None) -> float | None:
    return None if figure is None else figure.value


def _minus(after: float | None, before: float | None) -> float | None:
    return None if after is None or before is None else after - before


def _differences(before: Side, after: Side) -> tuple[tuple[Difference, ...], int]:
    """What the studies were made from that differs, and how many things are the same in both."""
    old, new = before.manifest, after.manifest
    plain = {
        "as of": (old.as_of.isoformat(), new.as_of.isoformat()),
        "time zone": (old.timezone, new.timezone),
        "currency": (old.currency, new.currency),
        "charter version": (old.charter_version, new.charter_version),
        "journey map": (old.journeys_digest[:DIGITS] or None, new.journeys_digest[:DIGITS] or None),
        "measures": (old.measures_digest[:DIGITS] or None, new.measures_digest[:DIGITS] or None),
        **_keyed("made with", old.made_with, new.made_with),
        **_keyed("seed", old.seeds, new.seeds),
        **_keyed("mapping of source", _short(old.mappings), _short(new.mappings)),
        **_keyed("decisions in", _short(old.decisions), _short(new.decisions)),
        **_line_pairs(before.charter, after.charter),
    }
    said = tuple(Difference(what, b, a) for what, (b, a) in plain.items() if b != a)
    data = tuple(_data_differences(old.fingerprints, new.fingerprints))
    sources = {**old.fingerprints, **new.fingerprints}
    return (*said, *data), len(plain) - len(said) + len(sources) - len(data)


def _keyed(title: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[str | None, str | None]]:
    return {f"{title} “{key}”": (_text(old.get(key)), _text(new.get(key))) for key in {**old, **new}}


def _short(digests: Mapping[str, str]) -> dict[str, str]:
    return {name: digest[:DIGITS] for name, digest in digests.items()}


def _data_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    """Each source of which the files differ, with those only one of the studies was made from."""
    for source in {**old, **new}:
        before, after = _files(old.get(source, ())), _files(new.get(source, ()))
        gone, come = (tuple(one for one in some if one not in others) for some, others in ((before, after), (after, before)))
        if gone or come:
            yield Difference(f"data of source “{source}”", _listed(gone), _listed(come), gone, come)


def _files(fingerprints: Sequence[Mapping[str, Any]]) -> tuple[SourceFile, ...]:
    return tuple(SourceFile(str(one["file"]), one.get("size"), one.get("digest")) for one in fingerprints)


def _listed(files: Sequence[SourceFile]) -> str | None:
    """Files for a reader."""
    if not files:
        return None
    more = [f"and {len(files) - MOST_FILES:,} more"] if len(files) > MOST_FILES else []
    return "; ".join([*(str(one) for one in files[:MOST_FILES]), *more])


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _line_pairs(old: Charter, new: Charter) -> dict[str, tuple[str | None, str | None]]:
    """Each line of either charter, by the keys it names: of one that is in both, only what they say otherwise.

    A line that another version took the place of within one study stands in the other study, too, where that was judged by the earlier
    version: where it says the same there, it is no difference. That the versions differ is told beside it.
    """
    before, after = ({_title(line): line for line in charter.lines} for charter in (old, new))
    pairs: dict[str, tuple[str | None, str | None]] = {}
    for title in {**before, **after}:
        left, right = before.get(title), after.get(title)
        if not (_stands(left, right, new) or _stands(right, left, old)):
            pairs[f"charter line “{title}”"] = _otherwise(left, right)
    return pairs


def _stands(line: Line | None, beside: Line | None, other: Charter) -> bool:
    """Whether a line of an earlier version, which the other charter has not by this title, is a line of its own there."""
    if line is None or beside is not None or line.made_before is None:
        return False
    return any(one.keys == line.keys and _agreed(one) == _agreed(line) for one in other.lines)


def _otherwise(left: Line | None, right: Line | None) -> tuple[str | None, str | None]:
    """What two lines agree, where they differ; all of it where there is one alone. ``None`` is “not there”."""
    said = [None if line is None else _agreed(line) for line in (left, right)]
    if said[0] is not None and said[1] is not None and said[0] != said[1]:
        told = [key for key in {**said[0], **said[1]} if said[0].get(key) != said[1].get(key)]
        said = [{key: side.get(key, NOT_SAID) for key in told} for side in said if side is not None]
    texts = [None if side is None else ", ".join(f"{key} = {value}" for key, value in side.items()) for side in said]
    return texts[0], texts[1]


def _agreed(line: Line) -> dict[str, Any]:
    """What a line agrees; which promises its version judges is the version's, not the line's."""
    left_out = {*line.keys, "version", "made_from", "made_before"}
    return {key: value for key, value in asdict(line).items() if value is not None and key not in left_out}


def _title(line: Line) -> str:
    named = ", ".join(f"{key} = {value}" for key, value in line.keys.items()) or "every promise"
    return named if line.made_before is None else f"{named}, version {line.version}"
