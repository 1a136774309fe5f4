"""Marketing or service? Unwanted events by the side whose exposures they go along with (domain.md e6; S4.21, S4.22, S4.25, S4.27).

    total = sum event_i = sum r_i0                   unexplained: would have happened anyway
                        + sum (r_i - r_i0)           by side, in proportion to the log-shares of the exposures present
                        + sum (event_i - r_i)        nets to about 0, and is counted as unexplained

Shares of all sides and of what is unexplained add up to 1, events in whole numbers to all events. It is association: what no covariate
holds equal may stand behind both an exposure and the event. Placebos, exposures that happen only after the event, show whether
something does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from troth.engine.attribution.asked import REASONS, asked_of, check_flags, counting, never_known
from troth.engine.attribution.found import told_of
from troth.engine.attribution.ground import Ground, seen_in
from troth.engine.attribution.reduced import LEAST_ROWS, MOST_ROWS, reduced
from troth.engine.findings import Attribution
from troth.engine.promises.contract import as_table
from troth.engine.threads import one_thread
from troth.terms.errors import RequestError
from troth.terms.questions import Question, question_named


def attribute(
    events: Any,
    *,
    event: str,
    exposures: Mapping[str, Sequence[str] | str],
    covariates: Sequence[str] | str = (),
    intent: str | None = None,
    placebo: Sequence[str] | str = (),
    cluster: str | None = None,
    question: Question | str | None = None,
    most_rows: int = MOST_ROWS,
) -> Attribution:
    """Unwanted events by the side whose exposures they go along with, and what would have happened anyway.

    :param events: one row per occasion on which the event could take place (a visit, an order, a trial): an Ibis table, or anything PyArrow
        reads (Arrow, pandas, Polars, a dict of columns).
    :param event: column that says whether it took place: true and false, or 1 and 0.
    :param exposures: side to its columns, each saying whether one thing went wrong before the event. Sides are named freely;
        :func:`~troth.engine.attribution.exposures_by_side` takes them from the areas of a charter.
    :param covariates: columns known before the exposures, which may stand behind both them and the event: numbers, words, dates.
    :param intent: column that says who meant to do the opposite of the event (to buy). Only those rows count. Events of browsing need it.
    :param placebo: columns of things that happened only after the event: what is booked to them ought to be nothing.
    :param cluster: column of the customer, where one may stand in several rows.
    :param question: one of :func:`~troth.engine.attribution.questions` by name, or one of your own.
    :param most_rows: rows, or distinct patterns of them, to hold in memory; of more a sample is drawn, and its size told.
    :returns: shares of the events by side and ``unexplained``, adding up to 1, with intervals; where nothing can be told, the reason.
    :raises RequestError: the table, a column, a side or the question is not as it must be; a browsing event comes without intent.
    """
    asks = question_named(question)
    table = as_table(events, "events")
    asked = asked_of(table, event, exposures, covariates, placebo, intent=intent, cluster=cluster)
    if asks is not None and asks.browsing and intent is None:
        mend = "name the column that says who meant to buy: intent=“searched”, “basket_started” or the like."
        what = f"“{asks.name}” counts only those who meant to buy: of the others nearly all leave without an order, whatever they meet."
        raise RequestError(what, place="intent", mend=mend)
    bound: Any = most_rows
    if not isinstance(bound, int) or bound < LEAST_ROWS:
        raise RequestError(f"most_rows is {most_rows!r}.", place="most_rows", mend=f"give a whole number of at least {LEAST_ROWS:,}.")
    check_flags(table, (event, *asked.flags, *(() if intent is None else (intent,))))
    counted, told = counting(table, asked)
    tally = {row["reason"]: int(row["rows"]) for row in told.group_by("reason").aggregate(rows=told.count()).to_pyarrow().to_pylist()}
    seen = seen_in(counted, asked)
    if not seen.rows:
        seen = replace(seen, never_known=never_known(table, asked))
    ground = Ground(asked, asks, seen, {reason: tally[reason] for reason in REASONS if reason in tally})
    if ground.hindrance:
        return ground.untold(ground.hindrance)
    with one_thread():
        return told_of(ground, reduced(counted, asked, seen.rows, most=most_rows))
