"""Lost sales of issues: margins of the events that hit them, each by the share that goes along with an exposure (domain.md e3)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from troth.engine.money.cents import UNIT


@dataclass(frozen=True, slots=True)
class Quota:
    """Of the events before which an exposure was met, the share that goes along with it.

    :param failure: the promise or failure it is; ``None`` where it is neither. :param why: where nothing can be told, the reason.
    :param scale: of their margins, what those whose margin is told have to be multiplied by to stand for all.
    """

    failure: str | None
    value: float
    low: float
    high: float
    scale: float = 1.0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Forgone:
    """Lost sales of one issue before they are rounded.

    :param amount: exact; ``None`` where it cannot be told, and ``why``. :param below: how far its limits lie below; ``above`` above it.
    """

    amount: Decimal | None
    below: float = 0.0
    above: float = 0.0
    why: str = ""

    @classmethod
    def of(cls, parts: Sequence[tuple[int, Quota]]) -> Forgone:
        """Sums of margins, in ten-thousandths, each with the quota of its exposure; shares of different exposures err independently."""
        known = [(float(margin) * float(UNIT) * quota.scale, quota) for margin, quota in parts if not quota.why]
        untold = sorted({quota.why for _, quota in parts if quota.why})
        if not known:
            return cls(None, why="; ".join(untold))
        return cls(
            Decimal(str(sum(margin * quota.value for margin, quota in known))),
            math.hypot(*(margin * (quota.value - quota.low) for margin, quota in known)),
            math.hypot(*(margin * (quota.high - quota.value) for margin, quota in known)),
            "; ".join(untold),
        )
