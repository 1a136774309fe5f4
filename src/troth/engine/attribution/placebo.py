"""What happened only after the event ought to go along with nothing; where it does, how surely, and what follows (domain.md e6).

Each placebo is fitted beside all exposures, and its share tested against 0. Where nothing stands behind exposures and event alike, the
test fails by chance as often as its level says, so that the level decides how many honest designs are refused:

- below :data:`REFUSED_BELOW` the placebo *failed*: whose the events are is not told;
- below :data:`DOUBTED_BELOW` it is *doubtful*: the answer is told, and a caution beside it;
- else it passed, which is no proof that nothing stands behind both.

Of several placebos one fails by chance the more easily the more there are: their p-values are first adjusted by Holm, which holds however
they hang together, so that both levels are those of all placebos of an answer together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from troth.engine.attribution.estimates import Limits
from troth.engine.attribution.ground import CANNOT_TELL, Ground
from troth.engine.attribution.reduced import Reduced
from troth.engine.attribution.shares import shares
from troth.engine.attribution.standing import tangled
from troth.engine.attribution.survival import Fit, Rows, fit
from troth.engine.findings import Figure, PlaceboShare
from troth.engine.multiplicity import holm
from troth.engine.nouns import listed

REFUSED_BELOW = 0.01
"""p below which whose the events are is not told. At 5% one honest design in twenty would get no answer."""

DOUBTED_BELOW = 0.05
"""p below which a caution stands beside the answer."""

PLACEBO_FAILED = "a placebo failed"
PLACEBO_DOUBTFUL = "with a caution: a placebo is in doubt"
"""How whatever rests on an answer says so, in its method."""

SAME = "it cannot be told apart from the exposures"
BEHIND_BOTH = "Something the covariates do not hold equal {verb} behind both, and may stand behind the exposures too."


def placebos(ground: Ground, data: Reduced, rows: Rows, free: Fit, limits: Limits) -> tuple[PlaceboShare, ...]:
    """What is booked to each placebo, by a fit of its own beside all exposures, and whether that may be chance.

    :param free: the fit of the exposures alone, to begin with.
    """
    return judged([_tested(ground, data, rows, free, limits, place) for place in range(len(ground.asked.placebo))])


def judged(tested: Sequence[PlaceboShare]) -> tuple[PlaceboShare, ...]:
    """The same placebos with the verdict on each: passed, doubtful or failed; ``None`` where there is no p-value.

    :param tested: every placebo of one answer, each with the p-value it has by itself.
    """
    return tuple(
        replace(one, p_adjusted=p, passed=None if p is None else p >= DOUBTED_BELOW, doubtful=p is not None and _doubtful(p))
        for one, p in zip(tested, holm([one.p_value for one in tested]), strict=True)
    )


def _doubtful(p: float) -> bool:
    return REFUSED_BELOW <= p < DOUBTED_BELOW


def _tested(ground: Ground, data: Reduced, rows: Rows, free: Fit, limits: Limits, place: int) -> PlaceboShare:
    """One placebo with its share and the p-value of its being 0, or why neither can be told."""
    name = ground.asked.placebo[place]
    where, present = {"placebo": name}, ground.seen.present[name]
    reason = ground.standing(name)
    if not reason:
        flag = data.flags[:, [len(ground.asked.exposures) + place]]
        beside = replace(rows, placebos=flag)
        entangled = tangled(np.column_stack([rows.exposures, flag]), data.weight)
        fitted = None if entangled else fit(beside, np.insert(free.coefficients, rows.exposures.shape[1], 0.0))
        if fitted is not None:
            of_it = shares(beside, fitted)
            value, error = float(of_it.value[-1]), limits.error(of_it.influence[:, -1])
            share = limits.figure(value, value, error, (-1.0, 1.0))
            return PlaceboShare(where, present, share, None, p_value=limits.p_value(value, error))
        reason = SAME
    return PlaceboShare(where, present, ground.figure(None, method=f"{CANNOT_TELL}: {reason}"), None, reason)


def refused(found: Iterable[PlaceboShare]) -> bool:
    """Whether any placebo failed, so that whose the events are cannot be told."""
    return any(one.failed for one in found)


def doubted(found: Iterable[PlaceboShare]) -> list[PlaceboShare]:
    """Placebos a caution is due for; none where the answer is refused."""
    every = list(found)
    return [] if refused(every) else [one for one in every if one.doubtful]


def placebo_notes(found: Sequence[PlaceboShare]) -> list[str]:
    """What a reader has to know of the placebos; nothing where all passed."""
    failed = [f"“{one.where['placebo']}”" for one in found if one.failed]
    untested = [f"“{one.where['placebo']}” ({one.reason})" for one in found if one.reason]
    notes = [f"Placebo not tested: {listed(untested)}. It says nothing of the answer."] if untested else []
    if failed:
        one = len(failed) == 1
        what = f"{', '.join(failed)} happened only after the event and {'goes' if one else 'go'} along with it all the same"
        notes.append(f"Placebo failed: {what}. {BEHIND_BOTH.format(verb='stands')}")
    if doubtful := [one for one in found if one.doubtful]:
        tested = sum(one.p_value is not None for one in found)
        chance = max(one.p_adjusted or 0.0 for one in doubtful)
        among = f" of {tested} placebos" if tested > 1 else ""
        notes.append(
            f"Placebo in doubt: {named_with_share(doubtful)} happened only after the event and "
            f"{'goes' if len(doubtful) == 1 else 'go'} along with it all the same. By chance as much would be seen{among} in "
            f"{chance:.1%} of studies with nothing behind it: below {DOUBTED_BELOW:.0%}, where a caution is due, and not below "
            f"{REFUSED_BELOW:.0%}, where the answer is refused. {BEHIND_BOTH.format(verb='may stand')}"
        )
    return notes


def named_with_share(found: Sequence[PlaceboShare]) -> str:
    """Placebos, each with the share of the events that goes along with it and its limits."""
    return listed([f"“{one.where['placebo']}” ({_limits(one.share)} of the events)" for one in found])


def _limits(share: Figure) -> str:
    return f"{share.value:.1%} [{share.low:.1%}, {share.high:.1%}]"
