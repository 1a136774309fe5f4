"""Which rating scores which promise: the last one about it, given at or after its receipt (domain.md d1 “V”, d3).

Ratings on different scales are never mixed: a promise has one score per scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import ibis
import ibis.expr.types as ir

from troth.engine.capability.cells import UNKNOWN
from troth.engine.capability.scales import Scale
from troth.engine.gaps.expected import CELL, EXPECTATION, HOW, REQUESTED, about, known_signals
from troth.engine.gaps.native import levels
from troth.engine.gaps.score_curve import FOLDS
from troth.engine.gaps.settings import MODES, PREFIX
from troth.engine.promises.receipts import KEY
from troth.terms.charter import Charter
from troth.terms.vocabulary import Direction

RATING = "rating"
SITUATION = (*CELL, "touchpoint")
"""What a promise's expected score is corrected for, beside what was received."""
OWN = (
    *("subject", "customer", "made_at", "received_at", "direction", "tolerance", "line", "reversed"),
    *("level_promised", "level_received", "level_requested", "internal_estimate"),
)
"""What is read of a promise, beside its key and situation."""
LETTERS = "EPMCR"
"""The way-points a level stands for (domain.md d1)."""


def countable(ledger: ir.Table) -> ir.BooleanValue:
    """Promises of the due cohort that were received: what can be scored."""
    arrived = (ledger.received_at.notnull() | ledger.level_received.notnull()) & ~ledger.reversed
    return ledger.in_cohort & ledger.eligible & arrived


def kinds(signals: ir.Table, as_of: datetime) -> frozenset[str]:
    """Which of expectations and ratings were told by then: what is not there need not be looked for."""
    found = (kind for kind in (EXPECTATION, RATING) if known_signals(signals, kind, as_of).limit(1).count().to_pyarrow().as_py())
    return frozenset(found)


def answers(
    ledger: ir.Table, settings: ir.Table, signals: ir.Table, charter: Charter, scales: Mapping[str, Scale], as_of: datetime
) -> ir.Table:
    """Scored promises with their score and way-points: one row per promise and scale.

    :param ledger: judged and coded promises.
    :param signals: the SIGNALS contract; ratings count once they were given, and the last one of a scale counts.
    """
    own = ledger.select(
        *KEY,
        **{column: ledger[column].cast("string").fill_null(UNKNOWN) for column in SITUATION},
        **{column: ledger[column] for column in OWN},
        setting=ledger.code_setting,
        how=ledger[HOW] if HOW in ledger.columns else ledger.level_requested.notnull().ifelse(REQUESTED, ibis.null("string")),
        late=lateness(ledger, scales),
        fold=_fold(ledger),
        countable=countable(ledger),
    )
    rows = _last_ratings(own.filter(own.countable), known_signals(signals, RATING, as_of))
    for mode in MODES:
        found = levels(rows, settings, charter, scales, mode)
        rows = found.select(*rows.columns, **{f"{PREFIX[mode]}_{letter}": found[letter] for letter in LETTERS})
    first = PREFIX[MODES[0]]
    return rows.select(
        *(*KEY, *SITUATION, "scale_low", "scale_high", "score", "rating", "late", "fold", "how"),
        **{letter: rows[f"{first}_{letter}"] for letter in "EPR"},
        **{f"{PREFIX[mode]}_{letter}": rows[f"{PREFIX[mode]}_{letter}"] for mode in MODES for letter in "MC"},
    )


def _last_ratings(received: ir.Table, ratings: ir.Table) -> ir.Table:
    """Received promises with the last rating of each scale, given at or after the receipt (where its instant is known)."""
    signal = {"signal_at": ratings.at, "score": ratings.value, "scale_low": ratings.scale_low, "scale_high": ratings.scale_high}
    paired = about(received, ratings, signal)
    paired = paired.filter(paired.signal_at >= ibis.coalesce(paired.received_at, paired.made_at))
    order = ibis.row_number().over(
        group_by=[*(paired[column] for column in KEY), paired.scale_low, paired.scale_high],
        order_by=[paired.signal_at.desc(), paired.signal_source, paired.signal_row],
    )
    numbered = paired.mutate(code_order=order, rating=paired.signal_source.concat("\x1f", paired.signal_row))
    return numbered.filter(numbered.code_order == 0)


def lateness(rows: ir.Table, scales: Mapping[str, Scale]) -> ir.Value:
    """How far received lies beyond promised, in the unit and with the visible slack; more is worse. NULL for a yes/no promise."""
    sign = (rows.direction == Direction.MAX).ifelse(1.0, -1.0)
    late = sign * (rows.level_promised - rows.level_received) - rows.tolerance.fill_null(0.0)
    unmeasured = [name for name, scale in scales.items() if scale.kind == "binary"]
    return rows.name.isin(unmeasured).ifelse(ibis.null("float64"), late) if unmeasured else late


def _fold(rows: ir.Table) -> ir.Value:
    """Fold 0 to 4, alike for all promises of one customer (or subject) and on every engine."""
    digest = ibis.coalesce(rows.customer.cast("string"), rows.subject.cast("string")).hexdigest("md5")
    borders = [f"{16**4 * k // FOLDS:04x}" for k in range(1, FOLDS)]
    return ibis.cases(*((digest < border, number) for number, border in enumerate(borders)), else_=FOLDS - 1).cast("int64")
