"""The estimates as findings: a row for each side and exposure, and the answer in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from troth.engine.attribution.estimates import Estimates, Limits
from troth.engine.attribution.ground import CANNOT_TELL, NEVER, Ground, many
from troth.engine.attribution.people import whole
from troth.engine.attribution.placebo import PLACEBO_DOUBTFUL, PLACEBO_FAILED, doubted, named_with_share, refused
from troth.engine.attribution.sides import UNEXPLAINED
from troth.engine.attribution.standing import Standing, lost
from troth.engine.findings import Attribution, ExposureShare, Figure, Findings, PlaceboShare, SidePair, SideShare
from troth.engine.intervals import Numbers
from troth.engine.nouns import listed

LEAST_SIGNAL = 2.0
"""Standard errors the explained share has to lie above 0 before it is parted between the sides."""

ASKED = ("marketing", "service")
"""The two sides the question names: they are compared first, and then the two that hold most."""

NOTHING_TO_PART = "next to nothing goes along with any exposure"
NONE_COMPARED = "none of its exposures can be compared"
REFUSED = (
    "A placebo failed, so whose these events are: {cannot}. Something not held equal stands behind what came after the event, and may "
    "stand behind the exposures too. As computed, and not to be relied on: {sentence}"
)
CAUTIONED = (
    "A caution: what came only after the event goes along with it as well: {placebos}. That may be chance; if it is not, something not "
    "held equal stands behind both, and may stand behind the exposures too."
)


@dataclass(frozen=True, slots=True)
class Telling:
    """What was found, and what it rests on."""

    ground: Ground
    standing: Standing
    found: Estimates
    limits: Limits
    placebo: Sequence[PlaceboShare] = ()

    @property
    def refused(self) -> bool:
        """Something went along with the event that came after it: the shares stand as computed, and no side is held against another."""
        return refused(self.placebo)

    def cautioned(self, figure: Figure) -> Figure:
        """A figure that says whose the events are, with the caution that a placebo is in doubt where one is."""
        if figure.value is None or not doubted(self.placebo):
            return figure
        return replace(figure, method=f"{figure.method}; {PLACEBO_DOUBTFUL}")

    def told(self, notes: Sequence[str]) -> Attribution:
        """The whole result."""
        sides, found = self.ground.asked.sides, self.found
        values = [float(found.value[self.places(side)].sum()) for side in sides]
        unexplained = max(0.0, 1.0 - sum(values))
        *counts, rest = whole([*values, unexplained], self.ground.seen.events)
        rows = [self.side(side, value, count) for side, value, count in zip(sides, values, counts, strict=True)]
        share = self.share(range(len(found.value)), 1.0 - unexplained, rest=True)
        rows.append(SideShare({"side": UNEXPLAINED}, rest, share))
        exposures = [row for side, count in zip(sides, counts, strict=True) for row in self.exposures(side, count)]
        return self.ground.told(
            rows,
            notes,
            pairs=Findings(tuple(self.pair(*two) for two in combinations(sides, 2)), ("side", "against")),
            exposures=Findings(tuple(exposures), ("side", "exposure")),
            placebo=Findings(tuple(self.placebo), ("placebo",)),
            answer=self.answer(rows),
        )

    def places(self, side: str) -> list[int]:
        """Where the side's exposures stand among the estimates."""
        return [k for k, name in enumerate(self.standing.kept) if self.ground.asked.exposures[name] == side]

    def side(self, side: str, value: float, count: int) -> SideShare:
        """The row of one side.

        :param value: its share. :param count: the same in whole events.
        """
        where = {"side": side}
        reasons = {name: self.standing.reasons.get(name, "") for name, of in self.ground.asked.exposures.items() if of == side}
        places = self.places(side)
        if not places:
            why = self.why_untold(side)
            unknown = self.unknown(why)
            return SideShare(where, None, unknown, unknown, why)
        missing = ", ".join(f"“{name}”" for name, reason in reasons.items() if lost(reason))
        share = self.share(places, value)
        return SideShare(where, count, share, self.cautioned(self.of_explained(places)), f"without {missing}" if missing else "")

    def share(self, places: Sequence[int], value: float, *, rest: bool = False) -> Figure:
        """The share of these exposures in all events; with ``rest`` what they leave of them."""
        found, limits, at = self.found, self.limits, list(places)
        if found.drawn is not None:
            drawn = found.drawn[:, at].sum(axis=1)
            return limits.among(1.0 - value, 1.0 - drawn) if rest else limits.among(value, drawn)
        centre, error = float(found.free[at].sum()), limits.error(found.influence[:, at].sum(axis=1))
        return limits.figure(1.0 - value, 1.0 - centre, error) if rest else limits.figure(value, centre, error)

    def fewer(self, side: str) -> list[str]:
        """Exposures of a side that surely go along with fewer events."""
        found, reach = self.found, self.limits.reach
        return [self.standing.kept[k] for k in self.places(side) if found.turned_free[k] + reach * found.turned_error[k] < 0]

    @property
    def untold_sides(self) -> tuple[str, ...]:
        """Sides none of whose exposures can be compared."""
        return tuple(side for side in self.ground.asked.sides if not self.places(side))

    def why_untold(self, side: str) -> str:
        """Why such a side cannot be told: the reason of its exposures where they share one."""
        asked = self.ground.asked.exposures
        reasons = {self.standing.reasons.get(name, "") for name, of in asked.items() if of == side}
        return reasons.pop() if len(reasons) == 1 else NONE_COMPARED

    def of_explained(self, places: Sequence[int]) -> Figure:
        """The share of these exposures in what goes along with any."""
        if self.refused:
            return self.unknown(PLACEBO_FAILED)
        if missing := self.untold_sides:  # what they hold is a part of what goes along with any: the whole is not known
            return self.unknown("; ".join(f"{side} cannot be told ({self.why_untold(side)})" for side in missing))
        if not self.signal:
            return self.unknown(NOTHING_TO_PART)
        every, found = float(self.found.centre.sum()), self.found
        held = float(found.value.sum())
        value = float(found.value[places].sum()) / held if held else 0.0
        if found.drawn is not None:
            return self.limits.among(value, _part(found.drawn[:, places].sum(axis=1), found.drawn.sum(axis=1)))
        centre = float(found.free[places].sum()) / every
        influence = (found.influence[:, places].sum(axis=1) - centre * found.influence.sum(axis=1)) / every
        return self.limits.figure(value, centre, self.limits.error(influence))

    @property
    def signal(self) -> bool:
        """Whether enough goes along with exposures to be parted between the sides."""
        return self.enough(range(len(self.found.value)))

    def enough(self, places: Sequence[int]) -> bool:
        """Whether what goes along with these exposures stands out from 0; those that go along with fewer events take nothing from it."""
        found, at = self.found, self.found.counts(places)
        error = self.limits.error(found.influence[:, at].sum(axis=1))
        return float(found.free[at].sum()) >= LEAST_SIGNAL * error and float(found.value[at].sum()) > 0

    def exposures(self, side: str, count: int) -> list[ExposureShare]:
        """The rows of a side's exposures, whose whole events add up to the side's."""
        places = self.places(side)
        counts = dict(zip(places, whole([float(self.found.value[k]) for k in places], count), strict=True))
        at = {name: k for k, name in enumerate(self.standing.kept)}
        idle = self.why_untold(side) == NEVER
        rows = []
        for name in (name for name, of in self.ground.asked.exposures.items() if of == side):
            reason = self.standing.reasons.get(name, "")
            if reason == NEVER and not idle:  # beside others of its side it adds nothing
                never = self.ground.figure(0.0, 0.0, 0.0, method=NEVER)
                rows.append(self.ground.exposure(name, 0, never, self.unknown(NEVER), reason))
            elif reason:
                rows.append(self.ground.exposure(name, None, self.unknown(reason), self.unknown(reason), reason))
            else:
                k = at[name]
                share = self.share([k], float(self.found.value[k]))
                signed = self.limits.signed(float(self.found.free[k]), self.found.influence[:, k])
                rows.append(self.ground.exposure(name, counts[k], share, self.turned(k), "", signed))
        return rows

    def turned(self, k: int) -> Figure:
        """The share of the rows that would have been spared and, with the exposure, were not."""
        reach = self.limits.reach * self.found.turned_error[k]
        centre = 0.0 if self.found.held[k] else float(self.found.turned_free[k])
        low, high = (1 - float(np.exp(-max(centre + side * reach, 0.0))) for side in (-1, 1))
        value = 1 - float(np.exp(-self.found.turned[k]))
        return self.ground.figure(value, min(low, value), max(high, value), method=self.limits.method)

    def unknown(self, reason: str) -> Figure:
        """A figure that cannot be told."""
        return self.ground.figure(None, method=f"{CANNOT_TELL}: {reason}")

    def answer(self, rows: Sequence[SideShare]) -> str:
        """What is associated with whom, and whether one side clearly holds more than the next."""
        *sides, rest = rows
        each = ", ".join(f"{_percent(row.share)} with {row.where['side']}{_why(row)}{self.why_fewer(row)}" for row in sides)
        events = f"{many(self.ground.seen.events, 'event')} (“{self.ground.asked.event}”)"
        whole = all(row.share.value is not None for row in sides)
        with_none = "with none of the exposures named" if whole else "with none of those that can be told, what cannot be told among them"
        sentence = f"Of {events}, associated: {each}; {_percent(rest.share)} {with_none}."
        if missing := self.untold_sides:
            told = " and ".join(str(row.where["side"]) for row in sides if row.where["side"] not in missing)
            sentence += f" What {' and '.join(missing)} would hold is unknown, and so is what {told} holds of all that goes along with"
            sentence += " exposures."
        if self.refused:
            return REFUSED.format(cannot=CANNOT_TELL, sentence=f"{sentence[:1].lower()}{sentence[1:]}")
        known = [str(row.where["side"]) for row in sorted(sides, key=lambda row: -(row.share.value or 0.0))]
        known = [side for side in known if self.places(side)]
        caution = [CAUTIONED.format(placebos=named_with_share(found))] if (found := doubted(self.placebo)) else []
        if len(known) < 2:  # noqa: PLR2004 - two to compare
            return " ".join([sentence, *caution])
        pairs = [self.compared(*known[:2])]
        if set(ASKED) <= set(known) and set(known[:2]) != set(ASKED):  # the question comes first
            pairs.insert(0, self.compared(*(side for side in known if side in ASKED)))
        return " ".join([sentence, *pairs, *caution])

    def why_fewer(self, row: SideShare) -> str:
        """What of a side goes along with fewer events, in brackets: its 0 is no absence of any association."""
        names = [f"“{name}”" for name in self.fewer(str(row.where["side"]))]
        if not names:
            return ""
        return f" ({listed(names)} {'goes' if len(names) == 1 else 'go'} along with fewer)"

    def compared(self, more: str, less: str) -> str:
        """Whether the side with more clearly holds more."""
        difference = self.pair(more, less).difference
        low, high = difference.low or 0.0, difference.high or 0.0
        if low <= 0:
            between = f"the difference lies between {low:.1%} and {high:.1%} of the events"
            return f"Whether {more} or {less} holds more: {CANNOT_TELL} ({between})."
        return f"{more.capitalize()} holds more than {less}, by {low:.1%} to {high:.1%} of the events."

    def pair(self, side: str, against: str) -> SidePair:
        """Two sides held against each other."""
        found = self.against(side, against)
        return replace(found, of_both=self.cautioned(found.of_both), difference=self.cautioned(found.difference))

    def against(self, side: str, against: str) -> SidePair:
        """The same before any caution."""
        where = {"side": side, "against": against}
        one, other = self.places(side), self.places(against)
        if not one or not other:
            unknown = self.unknown(self.why_untold(against if one else side))
            return SidePair(where, unknown, unknown)
        if self.refused:
            unknown = self.unknown(PLACEBO_FAILED)
            return SidePair(where, unknown, unknown)
        found, limits = self.found, self.limits
        value = [float(found.value[places].sum()) for places in (one, other)]
        if found.drawn is not None:
            drawn = [found.drawn[:, places].sum(axis=1) for places in (one, other)]
            difference = limits.among(value[0] - value[1], drawn[0] - drawn[1])
            if not self.enough([*one, *other]):
                return SidePair(where, self.unknown(NOTHING_TO_PART), difference)
            return SidePair(where, limits.among(value[0] / sum(value), _part(drawn[0], drawn[0] + drawn[1])), difference)
        mine, theirs = found.influence[:, one].sum(axis=1), found.influence[:, other].sum(axis=1)
        centre = [float(found.free[places].sum()) for places in (one, other)]
        # no share is below 0, so that one side holds no more than the other by more than it holds
        bounds = (-(self.share(other, value[1]).high or 0.0), self.share(one, value[0]).high or 0.0)
        difference = limits.figure(value[0] - value[1], centre[0] - centre[1], limits.error(mine - theirs), bounds)
        if not self.enough([*one, *other]):
            return SidePair(where, self.unknown(NOTHING_TO_PART), difference)
        part = centre[0] / sum(centre)
        error = limits.error((mine - part * (mine + theirs)) / sum(centre))
        return SidePair(where, limits.figure(value[0] / sum(value), part, error), difference)


def _part(some: Numbers, whole: Numbers) -> Numbers:
    """What of the whole some are, draw by draw; of the draws in which there is nothing to part, nothing is known, and any part may be."""
    there = whole > 0
    return np.concatenate([some[there] / whole[there], np.tile([0.0, 1.0], int((~there).sum() + 1) // 2)])


def _percent(figure: Figure) -> str:
    if figure.value is None:
        return CANNOT_TELL
    return f"{figure.value:.0%}" if figure.low is None else f"{figure.value:.0%} [{figure.low:.0%}, {figure.high:.0%}]"


def _why(row: SideShare) -> str:
    """Why a share is unknown, in brackets; the notes say more where a side has several exposures."""
    return f" ({row.reason})" if row.share.value is None and row.reason else ""
