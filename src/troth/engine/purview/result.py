"""What :func:`troth.chasm` answers: a row per structure, and beneath it what each area takes to be closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from troth.engine.findings import NO_DATA, Figure, Findings
from troth.engine.printing import as_html, as_text
from troth.terms.errors import RequestError, did_you_mean


@dataclass(frozen=True, slots=True)
class Structure:
    """What one structure can get done (domain.md e7).

    :param where: its name. :param roles: titles of its roles. :param actual: it is the one that leads today.
    :param chasm: share of the money at risk whose fix lies beyond the grants of these roles; its n counts issues.
    :param reach: share they get done, by grants or because areas do what is asked; ``None`` where no ask is on record.
    :param influence: reach less formal purview (1 - chasm). :param uncovered: money at risk beyond their grants.
    :param reading: what chasm and reach mean together; 0% is not the target.
    """

    where: Mapping[str, Any]
    roles: tuple[str, ...] = field(metadata={"flat": ", ".join})
    actual: bool
    chasm: Figure
    reach: Figure
    influence: Figure
    uncovered: Figure
    reading: str


@dataclass(frozen=True, slots=True)
class AreaPurview:
    """One area under one structure: what lies in it, what the structure may do there, and what is missing (S0.2).

    Areas stand in the order that closes the chasm soonest: by uncovered money, then ``unknown``, which no grant covers, then those covered.

    :param where: structure and area. :param at_risk: money at risk whose fix lies there.
    :param decide: the structure may decide there; ``None`` of ``unknown``.
    :param fund: of the cost of the best fix, what it may spend by itself, at most 1; ``None``: no cost is on record.
    :param cap: of the hours of the best fix, those it can commit, at most 1; ``None`` likewise. :param auth: decide x fund x cap.
    :param clout: chance that what is asked of the area is accepted and delivered by the committed date.
    :param uncovered: money there beyond the grants. :param falls: points (0 to 1) the chasm falls by once the area is covered whole.
    :param chasm_after: the chasm once this area and all above it are covered.
    :param missing: what is missing: ``decision right``, ``money``, ``capacity``; of ``unknown``: ``root cause``; nothing where covered.
    :param short_money: money missing for the best fix; ``None`` where no cost is on record, or money is not missing.
    :param short_hours: hours, likewise.
    """

    where: Mapping[str, Any]
    at_risk: Figure
    decide: bool | None
    fund: float | None
    cap: float | None
    auth: float
    clout: Figure
    uncovered: Figure
    falls: float | None
    chasm_after: float | None
    missing: tuple[str, ...] = field(default=(), metadata={"flat": ", ".join})
    short_money: float | None = None
    short_hours: float | None = None


@dataclass(frozen=True, slots=True)
class AskRecord:
    """What was asked of one area, and what became of it (S1.3, S1.11).

    :param where: the area. :param asked: asks on record. :param accepted: of them, accepted. :param kept: accepted, and delivered by the
        committed date. :param settled: asks whose fate can be told. :param pending: not yet. :param withdrawn: taken back; in no rate.
    :param clout: chance that the next one is accepted and delivered in time, drawn to the rate of all areas.
    """

    where: Mapping[str, Any]
    asked: int
    accepted: int
    kept: int
    settled: int
    pending: int
    withdrawn: int
    clout: Figure


@dataclass(frozen=True, slots=True)
class DisciplineShare:
    """One kind of decision, under one structure (domain.md h4).

    :param where: structure and discipline. :param decided: decisions of the last 180 days by its roles' own grants. :param of: by anybody.
    :param share: the one over the other; ``None`` where there is no record. :param held: of those looked at, the share that still holds.
    :param missing: others decide of it and this structure does not; ``None`` where there is no record.
    """

    where: Mapping[str, Any]
    decided: int
    of: int
    share: Figure
    held: Figure
    missing: bool | None


def _none() -> Findings[Any]:
    return Findings(())


@dataclass(frozen=True, repr=False)
class Chasm(Findings[Structure]):
    """The chasm of each structure, side by side; turns into Arrow, pandas or Polars as its rows do.

    :param areas: every area under every structure. :param asks: what was asked of each area. :param disciplines: see there.
    :param at_risk: what all issues weigh together; the n counts issues. :param unit: what it is counted in: a currency, or ``failures``.
    :param unknown: share of it that no area is named for, which no structure covers.
    :param left_out: issues whose money is unknown, and which are in no number here.
    :param outside: what is in no number here and how much that is, in sentences; the notes begin with them.
    :param reason: why no chasm can be told; empty where one can.
    """

    areas: Findings[AreaPurview] = field(default_factory=_none)
    asks: Findings[AskRecord] = field(default_factory=_none)
    disciplines: Findings[DisciplineShare] = field(default_factory=_none)
    at_risk: Figure = NO_DATA
    unit: str = ""
    unknown: float | None = None
    left_out: int = 0
    outside: tuple[str, ...] = ()
    reason: str = ""

    def structure(self, name: str) -> Structure:
        """One structure.

        :raises RequestError: there is none of that name.
        """
        known = {str(row.where["structure"]): row for row in self.rows}
        if name not in known:
            raise RequestError(f"There is no structure “{name}”.", place="structure", mend=did_you_mean(name, known))
        return known[name]

    @property
    def shares(self) -> dict[str, float | None]:
        """Structure to its chasm, 0 to 1."""
        return {str(row.where["structure"]): row.chasm.value for row in self.rows}

    @property
    def actual(self) -> Structure | None:
        """The structure that leads today; ``None`` where nobody says which."""
        return next((row for row in self.rows if row.actual), None)

    def closing(self, structure: str | None = None) -> Findings[AreaPurview]:
        """What closes the chasm of one structure, area by area, what helps most first.

        :param structure: its name; the actual one where left out, else the first.
        :raises RequestError: there is none of that name.
        """
        if structure is None:
            first = self.actual or next(iter(self.rows), None)
            structure = None if first is None else str(first.where["structure"])
        else:
            self.structure(structure)
        return Findings(tuple(row for row in self.areas if row.where["structure"] == structure), self.areas.by)

    def __repr__(self) -> str:
        """The structures, and what closes the actual one, with the notes beneath."""
        tables = [as_text(part, ()) for part in self._shown() if part]
        return "\n\n".join([*([self.reason] if self.reason else []), *tables, *(["\n".join(f"· {note}" for note in self.notes)])])

    def _repr_html_(self) -> str:
        """The same in a notebook."""
        reason = f"<p>{escape(self.reason)}</p>" if self.reason else ""
        return "".join([reason, *(as_html(part, ()) for part in self._shown() if part), *(f"<p>· {escape(n)}</p>" for n in self.notes)])

    def _shown(self) -> list[Any]:
        return [self.rows, self.closing().rows]
