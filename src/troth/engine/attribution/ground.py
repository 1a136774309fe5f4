"""What is known of the rows before anything is fitted, why it may be that nothing can be told, and how a result is put together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir

from troth.engine.attribution.asked import Asked
from troth.engine.attribution.sides import UNEXPLAINED
from troth.engine.findings import NO_DATA, Attribution, ExposureShare, Figure, Findings, PlaceboShare, SideShare
from troth.engine.intervals import FEWEST_CLUSTERS
from troth.terms.questions import Question

CANNOT_TELL = "cannot tell"
NEVER = "it never occurred"
BROWSING = re.compile(
    r"brows|bounc|abandon|no_?(?:purchase|order|sale|buy|conversion)|not_?(?:bought|buy|purchased|ordered|converted)", re.IGNORECASE
)
"""How columns of browsing events are usually called: the caution where nobody said which question is asked."""
NEARLY_ALL = 0.9
"""Share of rows with the event from which somebody has to say who meant to buy."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was counted of all rows.

    :param present: rows with each exposure and placebo. :param with_event: those of them that saw the event.
    :param clusters: how many there are, rows where none are named.
    :param never_known: columns no row tells anything in; looked for only where no row counts.
    """

    rows: int
    events: int
    clusters: int
    present: Mapping[str, int]
    with_event: Mapping[str, int]
    never_known: tuple[str, ...] = ()


def seen_in(counted: ir.Table, asked: Asked) -> Seen:
    """The counts, in one query."""
    happened = counted[asked.event].cast("int64")
    sums: dict[str, ir.Value] = {"rows": counted.count(), "events": happened.sum()}
    for i, name in enumerate(asked.flags):
        present = counted[name].cast("int64")
        sums |= {f"present_{i}": present.sum(), f"with_{i}": (present * happened).sum()}
    if asked.cluster is not None:
        unknown = counted[asked.cluster].isnull().cast("int64").sum()  # each such row is one of its own
        sums["clusters"] = counted[asked.cluster].nunique() + unknown
    found: dict[str, Any] = counted.aggregate(**sums).to_pyarrow().to_pylist()[0]
    rows = int(found["rows"])
    return Seen(
        rows,
        int(found["events"] or 0),
        int(found["clusters"] or 0) if asked.cluster is not None else rows,
        {name: int(found[f"present_{i}"] or 0) for i, name in enumerate(asked.flags)},
        {name: int(found[f"with_{i}"] or 0) for i, name in enumerate(asked.flags)},
    )


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known before anything is fitted, and how it is told.

    :param set_aside: reason to rows that do not count.
    """

    asked: Asked
    asks: Question | None
    seen: Seen
    set_aside: Mapping[str, int]

    @property
    def hindrance(self) -> str:
        """Why nothing can be told, whatever the fit; empty where nothing stands in the way."""
        seen, event = self.seen, self.asked.event
        spared = seen.rows - seen.events
        if not seen.rows:
            if not seen.never_known:
                return "no row counts"
            names = ", ".join(f"“{name}”" for name in seen.never_known)
            return f"{names} {'is' if len(seen.never_known) == 1 else 'are'} unknown in every row: no row counts"
        if not seen.events:
            return f"“{event}” never took place in {many(seen.rows, 'row')}"
        if not spared:
            return f"“{event}” took place in every one of {many(seen.rows, 'row')}, so that there is nothing to compare with"
        if seen.clusters < FEWEST_CLUSTERS:
            return f"{seen.clusters} {'rows' if self.asked.cluster is None else 'customers'}, and {FEWEST_CLUSTERS} are needed"
        if min(seen.events, spared) < FEWEST_CLUSTERS:
            return f"“{event}” took place {times(seen.events)} and failed to {times(spared)}; {FEWEST_CLUSTERS} of each are needed"
        reasons = {name: self.standing(name) for name in self.asked.exposures}
        if all(reasons.values()):
            return "no exposure varies: " + "; ".join(f"“{name}”: {reason}" for name, reason in reasons.items())
        return ""

    def standing(self, name: str) -> str:
        """Why an exposure or placebo cannot be compared, by its counts; empty where it can."""
        present, rows = self.seen.present[name], self.seen.rows
        if not present:
            return NEVER
        if present == rows:
            return "it is always there, so that there is nothing to compare with"
        if present < FEWEST_CLUSTERS:
            return f"it is there {times(present)}, and {FEWEST_CLUSTERS} are needed"
        if rows - present < FEWEST_CLUSTERS:
            return f"it is missing {times(rows - present)}, and {FEWEST_CLUSTERS} are needed"
        return ""

    def notes(self) -> list[str]:
        """What a reader has to know of the rows and the question, whatever was found."""
        asked, seen = self.asked, self.seen
        notes = ["Associated with, and no more: what the covariates do not hold equal may stand behind an exposure and the event alike."]
        if not asked.covariates:
            notes.append("No covariates were named, so nothing is held equal: name what was known before and may stand behind both.")
        often = seen.rows > 0 and seen.events >= NEARLY_ALL * seen.rows
        if asked.intent is None and (BROWSING.search(asked.event) or often):
            why = f"{seen.events / seen.rows:.0%} of the rows saw it" if often else "its name says so"
            notes.append(
                f"“{asked.event}” looks like an event of browsing ({why}) and nobody said who meant to buy (intent=): "
                "with visitors who never meant to, nearly all of it is unexplained."
            )
        notes += [f"{many(rows, 'row')} set aside: {reason}." for reason, rows in self.set_aside.items()]
        return notes

    def told(self, rows: Sequence[SideShare], notes: Sequence[str], **more: Any) -> Attribution:
        """The result around what was found."""
        return Attribution(
            tuple(rows),
            ("side",),
            tuple(notes),
            event=self.asked.event,
            stage=None if self.asks is None else self.asks.stage,
            n=self.seen.rows,
            events=self.seen.events,
            set_aside=self.set_aside,
            **more,
        )

    def untold(self, reason: str, reasons: Mapping[str, str] | None = None, notes: Sequence[str] = ()) -> Attribution:
        """The result where nothing can be told: every figure unknown, with the reason.

        :param reasons: exposure or placebo to the reason of its own. :param notes: further cautions.
        """
        # Where no row counts, nobody looked whether an exposure occurred.
        own = {name: self.standing(name) if self.seen.rows else "" for name in self.asked.flags} | dict(reasons or {})
        unknown = self.figure(None, method=f"{CANNOT_TELL}: {reason}")
        sides = [SideShare({"side": side}, None, unknown, reason=reason) for side in (*self.asked.sides, UNEXPLAINED)]
        exposures = [self.exposure(name, None, unknown, unknown, own[name] or reason) for name in self.asked.exposures]
        placebo = [PlaceboShare({"placebo": name}, self.seen.present[name], unknown, None, reason) for name in self.asked.placebo]
        return self.told(
            sides,
            [*self.notes(), *notes],
            exposures=Findings(tuple(exposures), ("side", "exposure")),
            placebo=Findings(tuple(placebo), ("placebo",)),
            answer=f"{CANNOT_TELL.capitalize()}: {reason}.",
            reason=reason,
        )

    def exposure(
        self, name: str, events: int | None, share: Figure, turned: Figure, reason: str, signed: Figure = NO_DATA
    ) -> ExposureShare:
        """The row of one exposure."""
        where = {"side": self.asked.exposures[name], "exposure": name}
        return ExposureShare(where, self.seen.present[name], self.seen.with_event[name], events, share, turned, reason, signed)

    def figure(self, value: float | None, low: float | None = None, high: float | None = None, *, method: str) -> Figure:
        """A figure that rests on all rows that count; on none where it cannot be told."""
        if value is None:
            return Figure(None, method=method)
        return Figure(value, low, high, n=self.seen.rows, clusters=self.seen.clusters, method=method)


def many(count: int, what: str) -> str:
    """A count with its noun."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def times(count: int) -> str:
    """How often, in words."""
    return "never" if not count else "once" if count == 1 else f"{count:,} times"
