"""What people wrote about their failure: of each issue quotes from three people, personal data masked (article sentence S0.7)."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
import numpy as np

from troth.engine.issues.leaving import ISSUE
from troth.engine.issues.result import Words
from troth.engine.voice.quotes import QUOTES, quotes
from troth.engine.voice.texts import corpus
from troth.engine.voice.vectors import CHARACTERS, embed

LOOKED_AT = 60
"""Texts of each issue that quotes are chosen from."""
SHORTEST, LONGEST = 20, 240


def words_of(failures: ir.Table, signals: ir.Table | None, interactions: ir.Table | None) -> Mapping[str, tuple[Words, ...]]:
    """Issue to quotes; an issue with words of fewer than three people has none.

    :param failures: one row per failure with its ``issue``. :param signals: the SIGNALS contract, known at the as-of instant;
        ``interactions`` likewise. Words belong to a failure if they are about its subject.
    """
    tables = [_texts(table) for table in (signals, interactions) if table is not None]
    if not tables:
        return {}
    said = ibis.union(*tables, distinct=True) if len(tables) > 1 else tables[0]
    mine = failures.filter(failures[ISSUE].notnull() & failures.subject.notnull()).select(ISSUE, __about="subject").distinct()
    joined = said.inner_join(mine, said.subject == mine["__about"])
    readable = joined.text.length().between(SHORTEST, LONGEST)
    # Keys read backwards mix early and late, near and far: their last figures say nothing.
    place = ibis.row_number().over(group_by=joined[ISSUE], order_by=[~readable, joined.row.reverse(), joined.text])
    chosen = joined.mutate(place=place)
    rows = chosen.filter(chosen.place < LOOKED_AT).order_by(ISSUE, "place").select(ISSUE, "text", "language", "customer").to_pyarrow()
    if not rows.num_rows:
        return {}
    # Words nobody is named for are told apart by what they say, as far as that goes.
    named = rows["customer"].null_count < rows.num_rows
    read = corpus(rows["text"], rows["language"], rows["customer"] if named else None)
    if not read.texts:
        return {}
    vectors = embed(read.texts, embedder=CHARACTERS).vectors
    issues = np.asarray(rows[ISSUE].to_pylist(), dtype=object)
    found: dict[str, tuple[Words, ...]] = {}
    for issue in sorted(set(issues.tolist())):
        taken = quotes(read, vectors, np.flatnonzero((issues == issue) & (read.which >= 0)))
        if len(taken) >= QUOTES:
            found[issue] = tuple(Words(one.text, one.language, one.person is not None) for one in taken)
    return found


def _texts(table: ir.Table) -> ir.Table:
    told = table.filter(table.text.notnull() & table.subject.notnull())
    if "direction" in told.columns:
        told = told.filter(told.direction == "in")  # what the company says is nobody's words about a failure
    language = told.language if "language" in told.columns else ibis.null("string")
    return told.select(
        text=told.text,
        language=language,
        customer=told.customer.cast("string"),
        subject=told.subject.cast("string"),
        row=told.row.cast("string"),
    )
