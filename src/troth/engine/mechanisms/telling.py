"""A split in words. It says what moved along with what, and never why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from troth.engine.findings import Figure
from troth.engine.mechanisms.result import CANNOT_TELL, SplitPart

NO_CAUSE = "This is bookkeeping by the KPI's own definition: it says what moved along with the number, not why that moved."
PERCENT = 100.0


def amount(value: float, kpi: str, *, signed: bool = False) -> str:
    """A change in points of a percent, or in the unit of the mean."""
    if kpi == "rate":
        return f"{PERCENT * value:{'+' if signed else ''}.1f} points"
    return f"{value:{'+' if signed else ''}.3g}"


def answer(kpi: str, before: Figure, after: Figure, parts: Sequence[SplitPart]) -> str:
    """The finding in sentences."""
    first, last = before.value or 0.0, after.value or 0.0
    level = ".1%" if kpi == "rate" else ".4g"
    moved = f"The {kpi} went from {first:{level}} to {last:{level}} ({amount(last - first, kpi, signed=True)})."
    told = sorted((one for one in parts if one.change.value and one.kind != "chance"), key=lambda one: -abs(one.change.value or 0.0))
    if not told:
        return f"{moved} No part of that is told from chance. {NO_CAUSE}"
    words = ", ".join(f"{amount(one.change.value or 0.0, kpi, signed=True)} {_with(one)}" for one in told)
    left = sum(one.change.value or 0.0 for one in parts if one.kind == "chance")
    rest = f"; the remaining {amount(left, kpi, signed=True)} are not told from chance" if left else ""
    return f"{moved} Of that, {words}{rest}. {NO_CAUSE}"


def _with(part: SplitPart) -> str:
    owner = f" ({part.area})" if part.area else ""
    match part.kind:
        case "mix":
            return f"go along with the mix of {part.mechanism}{owner}" if part.mechanism != "mix" else f"go along with the mix{owner}"
        case "together":
            return f"with how promise and stages go together{owner}"
        case "rate":
            return f"go along with the rates within groups{owner}"
    if part.kind == "stage":
        return f"go along with the step “{part.mechanism}”{owner}"
    return f"go along with the {part.mechanism}{owner}"


def untold(reason: str) -> str:
    """A refusal as a sentence."""
    return f"{CANNOT_TELL.capitalize()}: {reason}"


def of_rows(sides: tuple[int, int], rows: int, elsewhere: int, set_aside: Mapping[str, int]) -> str:
    """What was counted and what was not."""
    left = [f"{number:,} set aside ({reason})" for reason, number in set_aside.items()]
    left += [f"{elsewhere:,} of neither side"] if elsewhere else []
    return f"{sides[0]:,} rows before, {sides[1]:,} after, of {rows:,}{'; ' if left else ''}{', '.join(left)}."
