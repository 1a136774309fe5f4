"""The lines in force as findings: what was agreed, and which line holds for a cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from troth.engine.charters.missing import current
from troth.engine.findings import Findings
from troth.terms.charter import KEYS, Charter, Line
from troth.terms.errors import RequestError, did_you_mean
from troth.terms.vocabulary import PromiseSpec


@dataclass(frozen=True, slots=True)
class AgreedLine:
    """One line in force.

    :param where: the keys it names; what it does not name it holds for all of. :param position: in the charter, from 1.
    :param unit: of the standard: the line's own, else the promise's; ``None`` where nobody says. :param direction: likewise.

    The other fields are those of the file ([[lines]] in docs/settings.md); ``None`` is not agreed.
    """

    where: Mapping[str, str]
    position: int
    standard: float | None
    unit: str | None
    direction: str | None
    keep_target: float | None
    tolerance: float | None
    grace: float | None
    importance: float
    may_promise: bool
    lead: str | None
    priority: str | None
    reason: str | None
    cost_limit: float | None
    aspiration: str | None


def agreed_lines(charter: Charter, specs: Sequence[PromiseSpec] = (), cell: Mapping[str, str | None] | None = None) -> Findings[AgreedLine]:
    """The lines in force, in the order of the charter; of a cell, the one line that holds there.

    :param specs: what the mappings say of each promise: its unit and direction. :param cell: key to value, ``None`` for unknown.
    :raises RequestError: a key that no line can name.
    """
    lines = current(charter).lines
    notes = [in_force_since(charter)]
    for key in cell or {}:
        if key not in KEYS:
            raise RequestError(f"a cell of the charter has no “{key}”.", place="where", mend=did_you_mean(key, KEYS))
    if cell is not None:
        held = current(charter).match(cell)
        notes.append("This is the most specific line that holds there." if held else "No line speaks of this cell: it is missing.")
        lines = () if held is None else (held,)
    earlier: dict[str | None, int] = {}
    for line in charter.lines:
        if line.made_before is not None:
            earlier[line.version] = earlier.get(line.version, 0) + 1
    if earlier and cell is None:
        told = ", ".join(f"version {name} ({count:,} {'line' if count == 1 else 'lines'})" for name, count in earlier.items())
        notes.append(f"Promises made earlier are judged by {told}.")
    order = {id(line): number for number, line in enumerate(lines, start=1)}
    if cell is not None and lines:
        order = {id(lines[0]): current(charter).lines.index(lines[0]) + 1}
    kinds = {spec.name: spec for spec in specs}
    return Findings(tuple(_told(line, order[id(line)], kinds.get(line.promise or "")) for line in lines), KEYS, tuple(notes))


def in_force_since(charter: Charter) -> str:
    """Which version is in force, for a reader."""
    if not charter.in_force_lines and not charter.parties:
        return "No charter is in force."
    since = "" if charter.effective_from is None else f" since {charter.effective_from.isoformat()}"
    return f"Version {charter.version} is in force{since}."


def _told(line: Line, position: int, spec: PromiseSpec | None) -> AgreedLine:
    direction = line.direction or (None if spec is None else spec.direction)
    return AgreedLine(
        where=line.keys,
        position=position,
        standard=line.standard,
        unit=line.unit or (None if spec is None else spec.unit),
        direction=None if direction is None else str(direction),
        keep_target=line.keep_target,
        tolerance=line.tolerance,
        grace=line.grace,
        importance=line.importance,
        may_promise=line.may_promise,
        lead=line.lead,
        priority=line.priority,
        reason=line.reason,
        cost_limit=line.cost_limit,
        aspiration=line.aspiration,
    )
