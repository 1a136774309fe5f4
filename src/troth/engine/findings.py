"""What the engine returns: frozen results in which no number goes without its n, its interval and how both were had."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import Field, asdict, dataclass, field, fields, is_dataclass
from datetime import date
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import pyarrow as pa

from troth.engine.printing import as_html, as_text
from troth.terms.errors import RequestError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its interval.

    :param value: the estimate; ``None`` means no data (n = 0) or too few clusters to print a rate, never 0.
    :param low: lower 95% limit, ``None`` where none can be had.
    :param high: upper 95% limit.
    :param n: promises (or customers) it rests on.
    :param clusters: independent customers behind it.
    :param method: how the interval was had, in words.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    clusters: int | None = None
    method: str = "no data"


NO_DATA = Figure(None)


@dataclass(frozen=True, slots=True)
class Weighting:
    """K, I, B and U of one slice in one weighting (domain.md c5). B = I + U in each."""

    K: Figure = NO_DATA
    I: Figure = NO_DATA  # noqa: E741 - the field's own letter (domain.md c5)
    B: Figure = NO_DATA
    U: Figure = NO_DATA


WEIGHTINGS = ("promise", "customer", "value")
"""Whose vote counts: each promise by its importance, each customer alike, each promise by its value."""


@dataclass(frozen=True, slots=True)
class Integrity:
    """Was our word kept, for one slice (domain.md c5). Counts are whole numbers of promises or customers in the due cohort.

    ``where`` names the slice: ``{}`` is everything, a ``None`` value is “unknown”. ``K``, ``I``, ``B`` and ``U`` count every promise by its
    importance; ``by_customer`` holds the same four with every customer alike, ``by_value`` with every promise by its value.
    """

    where: Mapping[str, Any]
    due: int
    kept: int
    exceeded: int
    broken: int
    pending: int
    void: int
    ineligible: int
    customers: int
    customers_kept: int
    K: Figure
    F: Figure
    I: Figure  # noqa: E741 - the field's own letter (domain.md c5)
    B: Figure
    U: Figure
    K_low: Figure
    K_standard: Figure
    by_customer: Weighting
    by_value: Weighting
    slip: float | None
    coverage: Figure
    evidence: Mapping[str, int]
    broken_warned: int
    broken_in_silence: int
    promises_per_customer: float | None
    breaks_per_100_customer_months: float | None
    anonymous: bool = False
    """No customer is named in this slice: people-counts are per subject (request, order), and pages must say so."""

    def weighted(self, by: str) -> Weighting:
        """K, I, B and U in one weighting.

        :param by: ``promise``, ``customer`` or ``value``.
        :raises RequestError: there is no such weighting.
        """
        match by:
            case "promise":
                return Weighting(self.K, self.I, self.B, self.U)
            case "customer":
                return self.by_customer
            case "value":
                return self.by_value
        raise RequestError(f"there is no weighting “{by[:40]}”.", place="weighting", mend=did_you_mean(by, WEIGHTINGS))


@dataclass(frozen=True, slots=True)
class Campaign:
    """One claim worded “up to” or “from”, over all who relied on it (domain.md c3). It stays out of K.

    :param where: what names the campaign. :param quantifier: ``up_to`` or ``from``.
    :param declared: share of buyers who must get the level (charter, else half). :param got: due promises whose buyer did.
    :param share: the share who did. :param kept: whether the claim holds: ``got`` reaches ``declared`` of all due; ``None`` where they are
        too few for a share.
    """

    where: Mapping[str, Any]
    quantifier: str
    declared: float
    got: int
    share: Figure
    kept: bool | None


@dataclass(frozen=True, slots=True)
class Bunching:
    """Receipts just inside the limit of one promise, against a smooth fit of their neighbours (domain.md c6, attack 9).

    :param width: of a bin, in the unit. :param observed: receipts in the two bins just inside.
    :param expected: what the fit says of them, ``None`` where too few lie near.
    :param excess: observed - expected; its n lies near the limit.
    :param bunched: the interval of the excess lies above 0; ``None`` where too few lie near.
    """

    where: Mapping[str, Any]
    name: str
    unit: str
    width: float
    observed: int
    expected: float | None
    excess: Figure
    bunched: bool | None


@dataclass(frozen=True, slots=True)
class RangeScore:
    """How good promised windows and ranges of one name are: width plus 2/alpha times what was missed (domain.md c6, attack 12).

    :param unanswered: due ranges without a receipt, which cannot be scored. :param width: mean width, in the unit.
    :param hits: share received inside. :param score: mean interval score, in the unit; less is better.
    """

    where: Mapping[str, Any]
    name: str
    unit: str
    unanswered: int
    width: float | None
    hits: Figure
    score: Figure


@dataclass(frozen=True, slots=True)
class Basket:
    """K of one period at the base period's mix of promises (domain.md c6, attack 1).

    :param base: first day of the base period. :param K: the kept rate of the basket. :param plain: the kept rate at the period's own mix.
    :param covered: share of the basket that the period still promises; the rest has no rate and its weight is shared out.
    :param outside: due promises of the period that the base period did not know.
    """

    where: Mapping[str, Any]
    base: date
    due: int
    K: Figure
    plain: Figure
    covered: float
    outside: int


@dataclass(frozen=True, slots=True)
class PartFigure:
    """One part of the break account, in broken promises (or the currency asked for).

    ``value`` is the blind model's; ``aware`` the promise-aware model's, ``None`` where an internal estimate makes the bracket needless
    (domain.md d4 rule 2). ``low``/``high`` are bootstrap limits.
    """

    value: float
    low: float | None = None
    high: float | None = None
    aware: float | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """The break account of one slice: broken = allowance + expectation + standard + delivery + undecomposed, exactly (domain.md d5).

    ``due`` and ``broken`` count the whole slice; ``undecomposed`` maps each reason a row could not be decomposed to (rows, broken).
    ``interval`` says in words how the limits of the parts were had, or why there are none.
    """

    where: Mapping[str, Any]
    due: int
    broken: int
    allowance: PartFigure
    expectation: PartFigure
    standard: PartFigure
    delivery: PartFigure
    undecomposed: Mapping[str, tuple[int, int]] = field(default_factory=dict, metadata={"pair": ("due", "broken")})
    skill: Figure = NO_DATA
    """Promise skill of the slice (domain.md c6): always read expectation-setting with it."""
    interval: str = ""


@dataclass(frozen=True, slots=True)
class NativeAccount:
    """The five parts in the promise's own unit, summed over one slice (domain.md d2).

    listening + expectation + standard + delivery + perception = gap, row by row. More is worse for the customer.
    ``decomposed`` rows were received and have a capability; ``undecomposed`` maps each reason the others were left out to their number.
    ``listening`` and ``perception`` are ``None`` (unknown) where no row records what the customer wanted or perceived.
    """

    where: Mapping[str, Any]
    name: str
    unit: str
    decomposed: int
    listening: float | None
    listening_known: int
    expectation: float
    standard: float
    delivery: float
    perception: float | None
    gap: float
    undecomposed: Mapping[str, int] = field(default_factory=dict)
    listening_by: Mapping[str, int] = field(default_factory=dict)
    """How the expected level was had, by number of promises: requested, stated, cell median (domain.md d1)."""


@dataclass(frozen=True, slots=True)
class ScoreAccount:
    """The five parts in score points, for one slice, promise name and scale of rating (domain.md d2, d3).

    listening + expectation + standard + delivery + perception = gap, the score to expect of what was expected less the score given.
    Sums over the decomposed promises, each with its weight (1 / response probability); divide by ``speaks_for`` for points per promise.
    ``received`` promises could have been scored, ``scored`` of them were. A part is ``None`` where no promise was decomposed,
    ``listening`` also where no expected level is known; ``listening_known`` promises have one, ``listening_by`` how it was had.
    """

    where: Mapping[str, Any]
    name: str
    scale_low: float | None
    scale_high: float | None
    received: int
    scored: int
    decomposed: int
    speaks_for: float
    listening: float | None
    listening_known: int
    listening_by: Mapping[str, int]
    expectation: float | None
    standard: float | None
    delivery: float | None
    perception: Figure
    gap: float | None
    undecomposed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Skill:
    """Promise skill of one slice (domain.md c6): 1 - sum L(P, R) / sum L(C, R); 0 = as good as demonstrated capability.

    ``skill.n`` promises were received and have a capability; its clusters are context cells in a week.
    """

    where: Mapping[str, Any]
    skill: Figure


@dataclass(frozen=True, slots=True)
class AtRisk:
    """Promises still open, and how many of them are expected to break (domain.md c5 “forecast”).

    ``expected`` is in promises; its limits hold if the record goes on as it was, its value is ``None`` where no chance can be told.
    ``unknown`` counts open promises whose chance cannot be told; they are not in ``expected``.
    """

    where: Mapping[str, Any]
    pending: int
    expected: Figure
    unknown: int


@dataclass(frozen=True, slots=True)
class Contrast:
    """Expectation-setting of a named slice, in broken promises, held against routine promises in the same cells and weeks (domain.md d4).

    :param n: due promises of the slice that could be decomposed.
    :param blind: what the blind model books; too much where the promise's setter knew more than the context.
    :param against_routine: the same less what the blind model books to routine promises there; ``None`` where there were none.
    :param routine: routine promises it was held against.
    """

    n: int
    blind: float
    against_routine: float | None
    routine: int

    @property
    def low(self) -> float:
        """Lower end of the bracket: what is expectation-setting at least, noise aside."""
        return self.blind if self.against_routine is None else min(self.blind, self.against_routine)

    @property
    def high(self) -> float:
        """Upper end of the bracket."""
        return self.blind if self.against_routine is None else max(self.blind, self.against_routine)


@dataclass(frozen=True, slots=True)
class StagePart:
    """One step of the delivery part (domain.md d6): received minus expected, in days, over the slice's promises that broke.

    ``stage`` is ``buffer`` for the last term, the slack between capability and the expected stages.
    """

    where: Mapping[str, Any]
    stage: str
    area: str | None
    n: int
    days: float
    share: float | None
    """Routing share of broken promises (never negative, sums to 1 over areas); ``None`` for the buffer."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The gate of domain.md d4: may the account be believed?

    ``banner`` is ``None`` where all is well, else the sentence to print above the account.
    """

    name: str
    mode: str
    n: int
    predicted: float
    observed: int
    limit: float
    pit_distance: float | None
    slope: float | None
    coverage_of_capability: float | None
    passed: bool
    banner: str | None


@dataclass(frozen=True, slots=True)
class SourceAccount:
    """Row accounting of one mapping of one source: ``read == used + sum(set_aside.values()) + elsewhere``, always.

    ``promise`` is the name of the promise its rows make, if they make one. ``flagged_kept`` counts rows set aside as bearing no promise
    that the source flags as kept all the same; ``None`` where the mapping names no such flag. ``freshest`` is the latest instant in
    its rows that the study could know, in ISO 8601 with its offset; ``None`` where they have no date. ``elsewhere`` counts the rows the
    mapping is not about (its ``where``): they are another mapping's. ``noteworthy`` counts rows that are used and worth a note, by what.
    """

    source: str
    mapping: str
    files: int
    read: int
    used: int
    set_aside: Mapping[str, int]
    freshest: str | None = None
    promise: str | None = None
    flagged_kept: int | None = None
    elsewhere: int = 0
    noteworthy: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FlagAgreement:
    """What a source claims of its promises beside our verdicts, for one promise name.

    ``flagged`` is ``yes`` (kept, says the source), ``no``, or ``None`` where it claims nothing. ``due`` counts the due cohort, ``kept``
    and ``broken`` are our verdicts in it.
    """

    name: str
    flagged: str | None
    due: int
    kept: int
    broken: int


Row = TypeVar("Row")


@dataclass(frozen=True, repr=False)
class Findings(Generic[Row]):
    """A frozen sequence of findings that prints well and turns into Arrow, pandas or Polars.

    :param rows: the findings, in reading order.
    :param by: the dimensions that name a slice.
    :param notes: sentences a reader must see beside the table (banners, what was left out, as-of).
    """

    rows: Sequence[Row]
    by: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, position: int) -> Row:
        return self.rows[position]

    def __repr__(self) -> str:
        """A table for people, with the notes beneath it."""
        return as_text(self.rows, self.notes)

    def _repr_html_(self) -> str:
        """The same in a notebook."""
        return as_html(self.rows, self.notes)

    def plain(self) -> dict[str, Any]:
        """As plain values for a document: ``rows``, ``by`` and ``notes``."""
        return {"rows": [asdict(cast(Any, row)) for row in self.rows], "by": list(self.by), "notes": list(self.notes)}

    def records(self) -> list[dict[str, Any]]:
        """One flat dict per finding, all with the same keys: a figure becomes ``K``, ``K.low``, ``K.high`` and so on."""
        flat = [flatten(row) for row in self.rows]
        columns = _columns(self.rows)
        return [{name: one.get(name, 0) for name in columns} for one in flat]  # what a row does not count, it counts as none

    def to_arrow(self) -> pa.Table:
        """As an Arrow table, one row per finding."""
        return pa.Table.from_pylist(self.records())

    def to_pandas(self) -> pd.DataFrame:
        """As a pandas frame.

        :raises RequestError: pandas is not installed.
        """
        _installed("pandas")
        frame: pd.DataFrame = self.to_arrow().to_pandas()
        return frame

    def to_polars(self) -> Any:
        """As a Polars frame.

        :raises RequestError: polars is not installed.
        """
        return _installed("polars").from_arrow(self.to_arrow())


class Tabled(ABC):
    """A result of several parts that prints, and turns into Arrow, pandas or Polars, as one table."""

    @property
    @abstractmethod
    def table(self) -> Findings[Any]:
        """The parts, a line each, with what must be read beside them."""

    def __repr__(self) -> str:
        """A table for people, with the notes beneath it."""
        return repr(self.table)

    def _repr_html_(self) -> str:
        """The same in a notebook."""
        return self.table._repr_html_()

    def records(self) -> list[dict[str, Any]]:
        """One flat dict per line."""
        return self.table.records()

    def to_arrow(self) -> pa.Table:
        """The lines as an Arrow table."""
        return self.table.to_arrow()

    def to_pandas(self) -> pd.DataFrame:
        """The lines as a pandas frame."""
        return self.table.to_pandas()

    def to_polars(self) -> Any:
        """The lines as a Polars frame."""
        return self.table.to_polars()


@dataclass(frozen=True, slots=True)
class SideShare:
    """The unwanted events that go along with the exposures of one side, or with none (``unexplained``; domain.md e6).

    :param events: in whole events; all sides and ``unexplained`` add up to all events. ``None`` where it cannot be told.
    :param share: of all events. :param of_explained: of those that go along with any exposure; unknown for ``unexplained``.
    :param reason: why a share cannot be told, or is told without some exposure; empty where nothing stands in the way.
    """

    where: Mapping[str, Any]
    events: int | None
    share: Figure
    of_explained: Figure = NO_DATA
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SidePair:
    """Two sides held against each other: marketing or service (domain.md e6, S4.21).

    :param of_both: what the first holds of what both hold. :param difference: its share of all events less the other's.
    """

    where: Mapping[str, Any]
    of_both: Figure
    difference: Figure


@dataclass(frozen=True, slots=True)
class ExposureShare:
    """The unwanted events that go along with one exposure (domain.md e6).

    :param present: rows with it; ``events_present`` of them saw the event.
    :param events: in whole events, ``None`` where it cannot be told.
    :param share: of all events. :param turned: of the rows that would have been spared, those with it that were not: 1 - exp(-lambda).
    :param reason: why it cannot be told; empty where it can.
    :param signed: its share where it may go along with fewer events than there were without it: below 0 where it does. ``share`` is never.
    """

    where: Mapping[str, Any]
    present: int
    events_present: int
    events: int | None
    share: Figure
    turned: Figure
    reason: str = ""
    signed: Figure = NO_DATA


@dataclass(frozen=True, slots=True)
class PlaceboShare:
    """What would be booked to something that happened only after the event: it ought to be nothing (domain.md e6).

    :param passed: a share like this is no rare thing where nothing stands behind it; ``None`` where it cannot be told.
    :param p_value: how often chance brings one as far from 0, two-sided. :param p_adjusted: the same after Holm, for all placebos of the
        answer: what the verdict goes by.
    :param doubtful: it did not pass, and yet not so surely that the answer is refused: a caution stands beside the answer.
    """

    where: Mapping[str, Any]
    present: int
    share: Figure
    passed: bool | None
    reason: str = ""
    p_value: float | None = None
    p_adjusted: float | None = None
    doubtful: bool = False

    @property
    def failed(self) -> bool:
        """It goes along with the event so surely that whose the events are is not told."""
        return self.passed is False and not self.doubtful


@dataclass(frozen=True, repr=False)
class Attribution(Findings[SideShare]):
    """Unwanted events by the side whose exposures they go along with: its rows are the sides, then ``unexplained`` (domain.md e6).

    :param event: the column of the event. :param stage: stage of the lifecycle, where a question names it.
    :param n: rows that count. :param events: events among them, which the rows' ``events`` add up to.
    :param pairs: every two sides held against each other.
    :param exposures: the same for each exposure. :param placebo: what ought to be nothing.
    :param set_aside: reason to rows that do not count.
    :param answer: the finding in a sentence. :param reason: why nothing can be told; empty where something can.
    """

    event: str = ""
    stage: str | None = None
    n: int = 0
    events: int = 0
    pairs: Findings[SidePair] = field(default_factory=lambda: Findings(()))
    exposures: Findings[ExposureShare] = field(default_factory=lambda: Findings(()))
    placebo: Findings[PlaceboShare] = field(default_factory=lambda: Findings(()))
    set_aside: Mapping[str, int] = field(default_factory=dict)
    answer: str = ""
    reason: str = ""

    def side(self, name: str) -> SideShare:
        """One side, or ``unexplained``.

        :raises RequestError: there is none of that name.
        """
        known = {str(row.where["side"]): row for row in self.rows}
        if name not in known:
            raise RequestError(f"There is no side “{name}”.", place="side", mend=did_you_mean(name, known))
        return known[name]

    @property
    def shares(self) -> dict[str, float | None]:
        """Side, and ``unexplained``, to its share of the events; they add up to 1."""
        return {str(row.where["side"]): row.share.value for row in self.rows}

    def __repr__(self) -> str:
        """The answer, the sides, the exposures and the placebos, with the notes beneath."""
        tables = [as_text(part, ()) for part in (self.rows, self.pairs.rows, self.exposures.rows, self.placebo.rows) if part]
        return "\n\n".join([self.answer, *tables, *(["\n".join(f"· {note}" for note in self.notes)] if self.notes else [])])

    def _repr_html_(self) -> str:
        """The same in a notebook."""
        tables = [as_html(part, ()) for part in (self.rows, self.pairs.rows, self.exposures.rows, self.placebo.rows) if part]
        return "".join([f"<p>{escape(self.answer)}</p>", *tables, *(f"<p>· {escape(note)}</p>" for note in self.notes)])


def _installed(library: str) -> Any:
    try:
        return import_module(library)
    except ModuleNotFoundError as error:
        mend = f"pip install {library}, or use .to_arrow(), which is always there."
        raise RequestError(f"{library} is not installed.", place=f"to_{library}", mend=mend) from error


def flatten(row: Any) -> dict[str, Any]:
    """A finding as one flat dict; ``where`` keys first, then fields; figures are spread over suffixed columns."""
    flat: dict[str, Any] = {}
    for item in fields(row):
        flat |= _field(row, item)
    return flat


def _columns(rows: Sequence[Any]) -> list[str]:
    """The columns of all rows, field by field: one row may count under a word that another has not."""
    of_field: dict[str, dict[str, None]] = {}
    for row in rows:
        for item in fields(row):
            of_field.setdefault(item.name, {}).update(dict.fromkeys(_field(row, item)))
    return list(dict.fromkeys(name for names in of_field.values() for name in names))


def _field(row: Any, item: Field[Any]) -> dict[str, Any]:
    value = getattr(row, item.name)
    if "flat" in item.metadata:  # what is no number is told in words where there is one column for it
        return {item.name: item.metadata["flat"](value)}
    return dict(value) if item.name == "where" else _spread(item.name, value, item.metadata.get("pair", ()))


def _spread(name: str, value: Any, pair: Sequence[str] = ()) -> dict[str, Any]:
    """One field as columns: ``K``, ``K.low`` of a figure, ``by_customer.K`` of several figures, ``evidence.customer`` of counts.

    :param pair: what two counts under one word are called, as in ``undecomposed.<reason>.due`` and ``undecomposed.<reason>.broken``.
    """
    if is_dataclass(value) and not isinstance(value, type):
        flat: dict[str, Any] = {}
        for part in fields(value):
            flat |= _spread(name if part.name == "value" else f"{name}.{part.name}", getattr(value, part.name))
        return flat
    if isinstance(value, tuple):
        return {name: [asdict(one) if is_dataclass(one) and not isinstance(one, type) else one for one in value]}
    if not isinstance(value, Mapping):
        return {name: value}
    if pair:
        return {f"{name}.{key}.{told}": count for key, counts in value.items() for told, count in zip(pair, counts, strict=True)}
    return {column: told for key, inner in value.items() for column, told in _spread(f"{name}.{key}", inner).items()}
