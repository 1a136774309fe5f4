"""What people wrote about their failure: of each issue quotes from three people, personal data masked (article sentence S0.7).

A text belongs to a failure if it is about the failure's subject, of the same customer where both are known, and written within the
episode: at or after its first event. Not everything written then speaks of the failure, so a text is quoted only if it holds a word that
the issue's texts hold more often than texts of the same sources at large, and more often than those of every other kind of failure: what
followed the failure, and what people ask of whom nothing else went wrong, is said elsewhere at least as often. Nor is praise quoted, of
what went well in the end: a text told as such, or given with a score above the middle of its scale, is of no failure.

Quotes speak for what an issue mostly is: whoever calls gives the failures of its leading sub-slice alone, and where fewer than a handful
of their people wrote there are no words yet. Texts that differ by a word or so say the same, and are quoted once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray
from scipy import special

from troth.engine.gaps.ratings import RATING
from troth.engine.intervals import Numbers
from troth.engine.issues.episodes import WINDOW
from troth.engine.issues.leaving import ISSUE
from troth.engine.issues.result import Words
from troth.engine.voice.quotes import QUOTES, quotes
from troth.engine.voice.results import Quote
from troth.engine.voice.spelled import spelled
from troth.engine.voice.texts import corpus
from troth.engine.voice.vectors import CHARACTERS, embed

READ, AT_LARGE = 150, 3_000
"""Texts of each issue and kind of failure whose words are counted, and texts of all on record that they are held against."""
FEWEST_OF_A_KIND = 20
"""Texts of a kind of failure from which its words are held against."""
LOOKED_AT = 30
"""Different texts of each issue that quotes are chosen from; of each as many rows as there are quotes, as people are to differ."""
HANDFUL = 5
"""People of an issue that have to have written, from which three of them are quoted."""
ALIKE = 4
"""Two texts are one if neither holds words the other has not, but for one, or one in so many."""
KIND, NONE = "what", ""
PRAISE, MIDDLE = "praise", 0.5
SHORTEST, LONGEST = 20, 240
FEWEST_TEXTS = 3
"""Texts of an issue that hold a word, from which the word may speak of it."""
BY_CHANCE = 0.05
"""Chance at which some word of an issue that is no more frequent there than elsewhere passes for one that is."""


@dataclass(frozen=True, slots=True)
class Written:
    """Of how many failures a text is on record.

    :param failures: all of them. :param written: those with a text. :param people: who wrote; a text of nobody counts with its subject.
    """

    failures: int
    written: int
    people: int

    @property
    def enough(self) -> bool:
        """A handful of people wrote."""
        return self.people >= HANDFUL


def written_of(failures: ir.Table, signals: ir.Table | None, interactions: ir.Table | None) -> Mapping[str, Written]:
    """Issue to how many of its failures have a text on record, whatever it says. Parameters as of :func:`words_of`."""
    of = failures.filter(failures[ISSUE].notnull())
    counts = {row[ISSUE]: row["n"] for row in of.group_by(ISSUE).agg(n=of.count()).to_pyarrow().to_pylist()}
    tables = [_texts(table).select("at", "customer", "subject") for table in (signals, interactions) if table is not None]
    told: dict[str, tuple[int, int]] = {}
    if tables and counts:
        said = ibis.union(*tables, distinct=True) if len(tables) > 1 else tables[0]
        mine = _within(said, of)
        one = mine.select(ISSUE, KIND, "subject", "__whose", "__from", who=ibis.coalesce(mine.customer, mine["__whose"], mine.subject))
        people = {row[ISSUE]: row["n"] for row in one.group_by(ISSUE).agg(n=one.who.nunique()).to_pyarrow().to_pylist()}
        each = one.drop("who").distinct()
        written = {row[ISSUE]: row["n"] for row in each.group_by(ISSUE).agg(n=each.count()).to_pyarrow().to_pylist()}
        told = {issue: (number, people[issue]) for issue, number in written.items()}
    return {issue: Written(number, *told.get(issue, (0, 0))) for issue, number in sorted(counts.items())}


def words_of(failures: ir.Table, signals: ir.Table | None, interactions: ir.Table | None) -> Mapping[str, tuple[Words, ...]]:
    """Issue to quotes; an issue of which fewer than three people speak, each saying something of their own, has none.

    :param failures: one row per failure with its ``issue``, ``None`` for those that do not speak for what the issue mostly is.
    :param signals: the SIGNALS contract, known at the as-of instant; ``interactions`` likewise.
    """
    tables = [_texts(table) for table in (signals, interactions) if table is not None]
    if not tables:
        return {}
    said = ibis.union(*tables, distinct=True) if len(tables) > 1 else tables[0]
    readable = said.filter(said.text.length().between(SHORTEST, LONGEST))
    said = readable.mutate(digest=_digest(readable))
    own = _of_failures(said, failures, signals).to_pyarrow()
    if not own.num_rows:
        return {}
    large = said.select("source", "digest", "text").distinct().order_by("digest", "text").limit(AT_LARGE).to_pyarrow()
    issues = np.asarray([one or NONE for one in own[ISSUE].to_pylist()], dtype=object)
    kinds = np.asarray([one or NONE for one in own[KIND].to_pylist()], dtype=object)
    worth = _speaking(issues, kinds, *([told[name].to_pylist() for name in ("source", "text")] for told in (own, large)))
    worth[np.asarray(own["praised"].to_pylist(), dtype=np.bool_)] = 0.0  # it counts among what is said, and is no quote
    place = np.lexsort((-worth, issues.astype(str)))  # stable: among equals the order of the digest
    texts = own["text"].to_pylist()
    kept: list[int] = []
    for issue in sorted(set(issues.tolist()) - {NONE}):
        mine = place[issues[place] == issue]
        kept += _of_different_texts(mine[worth[mine] > 0].tolist(), texts)
    if not kept:
        return {}
    rows, issues = own.take(kept), issues[kept]
    # Words nobody is named for are told apart by what they say, as far as that goes.
    named = rows["customer"].null_count < rows.num_rows
    read = corpus(rows["text"], rows["language"], rows["customer"] if named else None)
    if not read.texts:
        return {}
    vectors = embed(read.texts, embedder=CHARACTERS).vectors
    found: dict[str, tuple[Words, ...]] = {}
    for issue in sorted(set(issues.tolist())):
        taken = _of_several_languages(quotes(read, vectors, np.flatnonzero((issues == issue) & (read.which >= 0)), LOOKED_AT))
        if len(taken) >= QUOTES:
            found[issue] = tuple(Words(one.text, one.language, one.person is not None) for one in taken)
    return found


def _of_failures(said: ir.Table, failures: ir.Table, signals: ir.Table | None) -> ir.Table:
    """Up to :data:`READ` texts of the failures of each issue, or of none, and kind, in the order of their digest; is each ``praised``?"""
    joined = _within(said, failures)
    # What stands among signals and interactions alike counts once.
    mine = joined.group_by(ISSUE, KIND, "source", "digest", "text", "customer").agg(language=joined.language.max())
    placed = mine.mutate(place=ibis.row_number().over(group_by=[mine[ISSUE], mine[KIND]], order_by=[mine.digest, mine.text]))
    read = placed.filter(placed.place < READ)
    praised = ibis.literal(False)
    if signals is not None and "kind" in signals.columns:
        praise = signals.filter(_praises(signals)).select(digest=_digest(signals)).distinct()
        read = read.left_join(praise, "digest")
        praised = read.digest_right.notnull()
    return read.mutate(praised=praised).order_by(ISSUE, "place")


def _within(said: ir.Table, failures: ir.Table) -> ir.Table:
    """What was said of the subject of each failure, by its customer where both are known, within its episode."""
    of = failures.filter(failures.subject.notnull())
    of = of.select(ISSUE, KIND, __about=of.subject, __whose=of.customer.cast("string"), __from=of.first_at)
    joined = said.inner_join(of, said.subject == of["__about"])
    same = joined.customer.isnull() | joined["__whose"].isnull() | (joined.customer == joined["__whose"])
    within = (joined["at"] >= joined["__from"]) & (joined["at"] <= joined["__from"] + ibis.interval(days=WINDOW.days))
    return joined.filter(same & within)


def _of_different_texts(rows: Iterable[int], texts: Sequence[str]) -> list[int]:
    """The first rows of so many different texts, lest one form that stands on every other row leaves no place for another."""
    seen: Counter[str] = Counter()
    kept = []
    for row in rows:
        letters = _letters(texts[row])
        if seen[letters] == QUOTES or (letters not in seen and len(seen) == LOOKED_AT):
            continue
        seen[letters] += 1
        kept.append(row)
    return kept


def _letters(text: str) -> str:
    """A text without its signs, spaces and case."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _alike(one: str, other: str) -> bool:
    """Whether two texts say the same but for a word, or for one in :data:`ALIKE`; numbers and days are no words."""
    (mine, theirs) = (Counter(re.findall(r"[^\W\d_]+", text.casefold())) for text in (one, other))
    apart = max((mine - theirs).total(), (theirs - mine).total())
    return apart <= max(1, max(mine.total(), theirs.total()) // ALIKE)


def _speaking(
    issues: NDArray[np.object_], kinds: NDArray[np.object_], own: Sequence[Sequence[str]], large: Sequence[Sequence[str]]
) -> Numbers:
    """How much each text speaks of its issue: the log-lifts of its words that are surely more frequent there, summed; 0 where it has none.

    Expected is what texts at large of the same sources would hold, so that what one writes in a chat is held against chats.

    :param kinds: what each text's failure is. :param own: source and text of each text of an issue.
    :param large: likewise of texts on record.
    """
    (sources, texts), (known, record) = own, large
    read = spelled([*texts, *record])
    pairs = np.unique(np.column_stack([read.text[read.carries], read.word[read.carries]]), axis=0)
    mine, theirs = pairs[pairs[:, 0] < len(texts)], pairs[pairs[:, 0] >= len(texts)]
    names = sorted({*sources, *known})
    number = {name: place for place, name in enumerate(names)}
    source, at_large = (np.asarray([number[one] for one in column], dtype=np.int64) for column in (sources, known))
    held = np.zeros((len(names), len(read.roots)))
    np.add.at(held, (at_large[theirs[:, 0] - len(texts)], theirs[:, 1]), 1.0)
    rate = (held + 0.5) / (np.bincount(at_large, minlength=len(names)) + 1.0)[:, None]
    of_kind: dict[str, dict[int, Numbers]] = {}
    for kind in set(kinds.tolist()):
        # Source by source: who was let down otherwise may write elsewhere, and what is asked in tickets stands in no rating.
        for place in range(len(names)):
            there = np.flatnonzero((kinds == kind) & (source == place))
            if len(there) >= FEWEST_OF_A_KIND:
                of_kind.setdefault(kind, {})[place] = np.bincount(mine[np.isin(mine[:, 0], there), 1], minlength=len(read.roots)) / len(
                    there
                )
    worth = np.zeros(len(texts))
    for issue in set(issues.tolist()) - {NONE}:
        here = np.flatnonzero(issues == issue)
        of_issue = mine[np.isin(mine[:, 0], here)]
        often = np.bincount(of_issue[:, 1], minlength=len(read.roots))
        looked = np.flatnonzero(often >= FEWEST_TEXTS)
        if not len(looked):
            continue
        number_of = np.bincount(source[here], minlength=len(names))
        own_kinds = set(kinds[here].tolist())
        expected = number_of @ rate[:, looked]
        for kind, rates in of_kind.items():
            if kind not in own_kinds:
                there_too = [rates[place][looked] if place in rates else rate[place, looked] for place in range(len(names))]
                expected = np.maximum(expected, number_of @ np.asarray(there_too))
        # Of all its words, and not of those alone that came up often: that they did is what is asked.
        sure = special.pdtrc(often[looked] - 1, expected) < BY_CHANCE / np.count_nonzero(often)
        lift = np.zeros(len(read.roots))
        lift[looked[sure]] = np.log(often[looked[sure]] / expected[sure])
        np.add.at(worth, of_issue[:, 0], np.maximum(lift[of_issue[:, 1]], 0.0))
    return worth


def _of_several_languages(taken: Sequence[Quote]) -> tuple[Quote, ...]:
    """Three of these quotes, the first of each language before the second of any; what differs by a word or so is one."""
    seen: dict[str, int] = {}
    turns = []
    told: list[str] = []
    for place, one in enumerate(taken):
        if any(_letters(one.text) == _letters(other) or _alike(one.text, other) for other in told):
            continue
        told.append(one.text)
        turns.append((seen.get(one.language, 0), place))
        seen[one.language] = seen.get(one.language, 0) + 1
    return tuple(taken[place] for _, place in sorted(turns)[:QUOTES])


def _digest(rows: ir.Table) -> ir.StringValue:
    """Of the row a text stands in, so that the order of texts hangs on nothing else."""
    return (rows.source + " " + rows.row.cast("string")).hexdigest("md5")


def _praises(signals: ir.Table) -> ir.BooleanValue:
    """Told as praise, or given with a score above the middle of its scale."""
    reach = (signals.scale_high - signals.scale_low).nullif(0)
    well = (signals.kind == RATING) & ((signals.value - signals.scale_low) / reach > MIDDLE)
    return (signals.kind == PRAISE) | well.fill_null(False)


def _texts(table: ir.Table) -> ir.Table:
    told = table.filter(table.text.notnull() & table.subject.notnull())
    if "direction" in told.columns:
        told = told.filter(told.direction == "in")  # what the company says is nobody's words about a failure
    language = told.language if "language" in told.columns else ibis.null("string")
    return told.select(
        source=told.source,
        at=told["at"],
        text=told.text,
        language=language,
        customer=told.customer.cast("string"),
        subject=told.subject.cast("string"),
        row=told.row.cast("string"),
    )
