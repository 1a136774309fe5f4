"""The change of a promise's late share between two periods or slices, split over what the ledger says it is made of.

Late is what took longer than was promised, visible slack included, of promises that fell due and were received. It is made of the mix of
contexts, the promise, and each step between making and receiving (domain.md d6); a promise without steps has one, its delivery.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.engine.gaps.stages import staged
from troth.engine.mechanisms import telling
from troth.engine.mechanisms.asking import MOST_MECHANISMS
from troth.engine.mechanisms.result import Split
from troth.engine.mechanisms.rows import MOST_CELLS
from troth.engine.mechanisms.splitting import split_change
from troth.engine.promises.slices import local_clock, slice_column, slice_filter
from troth.terms.errors import RequestError, did_you_mean
from troth.terms.vocabulary import TIMED, PromiseSpec

MADE_MONTH = "made_month"
"""What sides are told apart by where nobody says: what is promised in a month goes along with what happened since."""

SIDE, PROMISED = "side", "promised"
LAST, DELIVERY = "last step", "delivery"
"""What the step to the receipt is called: the last of several, or the only one."""
MICROSECONDS_A_DAY = 86_400_000_000


def change_of(
    ledger: ir.Table,
    specs: Sequence[PromiseSpec],
    name: str,
    before: Any,
    after: Any,
    *,
    by: str = MADE_MONTH,
    mix: Sequence[str] | None = None,
    where: Mapping[str, Any] | None = None,
    zone: str = "UTC",
) -> Split:
    """Split the change of the late share of one promise.

    :param ledger: the LEDGER contract, then stages, context and dimensions. :param name: the promise's, one on a clock.
    :param before: the side before: a period such as 2024-08, or a value of ``by``. :param after: the side after.
    :param by: a period or a dimension. :param mix: context columns, in the order in which they come about; those of the mapping but
        ``by``, as far as they are few enough, where left out.
    :param where: dimension to value: only these promises.
    :raises RequestError: there is no such promise, slice or column, or the promise is not on a clock.
    """
    spec = next((one for one in specs if one.name == name), None)
    timed = {one.name: one for one in specs if one.type in TIMED}
    if spec is None or name not in timed:
        what = (
            f"There is no promise “{name}”." if spec is None else f"“{name}” is not on a clock, so it has no steps to split a change over."
        )
        raise RequestError(what, place="name", mend=did_you_mean(name, timed))
    rows = slice_filter(ledger.filter(ledger.name == name), where or {}, zone)
    rows = rows.filter(rows.in_cohort & rows.eligible)
    steps = _steps(rows, spec, zone)
    chosen = (
        _few_enough(rows, [name for name in spec.context if name != by], MOST_MECHANISMS - 1 - len(steps)) if mix is None else tuple(mix)
    )
    table = rows.select(
        **{SIDE: _side(slice_column(rows, by, zone))},
        **{column: slice_column(rows, column, zone, place="mix").cast("string") for column in chosen},
        **{PROMISED: _promised(rows, zone) + rows.tolerance.fill_null(0.0)},
        **steps,
    )
    split = split_change(
        table,
        by=SIDE,
        before=before,
        after=after,
        mix=chosen,
        promise=PROMISED,
        stages={step: step for step in steps},
        areas=_areas(rows, spec, tuple(steps)),
    )
    if not split.reason:
        return split
    reason = split.reason.replace(f"in “{SIDE}”", f"in “{by}”")  # as it was asked for
    return replace(split, reason=reason, answer=telling.untold(reason))


def _side(column: ir.Value) -> ir.Value:
    """What tells the sides apart: a date as it is, anything else as the text it is asked for by."""
    kind = column.type()
    return column if kind.is_date() or kind.is_timestamp() else column.cast("string")


def _promised(rows: ir.Table, zone: str) -> ir.Value:
    """Days promised, as clocks show them: five days are five days across the night on which the clocks are moved."""
    return ibis.coalesce(_days(local_clock(rows, "made_at", zone), local_clock(rows, "due_at", zone)), rows.level_promised)


def _steps(rows: ir.Table, spec: PromiseSpec, zone: str) -> dict[str, ir.Value]:
    """How long each step took, in days as clocks show them; a step nobody marked is unknown, and so is the one after it."""
    columns = ["made_at", *((step.column for step in spec.stages) if staged(spec) else ()), "received_at"]
    labels = [*(step.name for step in spec.stages), LAST] if staged(spec) else [DELIVERY]
    marks = [local_clock(rows, column, zone) for column in columns]
    return {label: _days(start, end) for label, start, end in zip(labels, marks, marks[1:], strict=False)}


def _days(start: ir.TimestampValue, end: ir.TimestampValue) -> ir.FloatingValue:
    return end.delta(start, unit="microsecond").cast("float64") / MICROSECONDS_A_DAY


def _few_enough(rows: ir.Table, context: Sequence[str], most: int) -> tuple[str, ...]:
    """The first context columns whose combinations are few enough to be counted each."""
    chosen: list[str] = []
    for name in context[: max(most, 0)]:
        if int(rows.select(*chosen, name).distinct().count().to_pyarrow().as_py()) > MOST_CELLS:
            break
        chosen.append(name)
    return tuple(chosen)


def _areas(rows: ir.Table, spec: PromiseSpec, steps: Sequence[str]) -> dict[str, str]:
    """Mechanism to the area that owns it: the promise whoever made it, the last step whoever keeps it, where that is one area."""
    (told,) = (
        rows.aggregate(
            **{
                column: ibis.ifelse(rows[column].nunique() == 1, rows[column].max(), ibis.null("string"))
                for column in ("made_by", "kept_by")
            }
        )
        .to_pyarrow()
        .to_pylist()
    )
    owned = {"promise": told["made_by"], steps[-1]: told["kept_by"]}
    owned |= {step.name: step.area for step in spec.stages if step.name in steps}
    return {mechanism: area for mechanism, area in owned.items() if area is not None}
