"""Shares of an issue by area, in tenths of a per cent that add up to exactly 1,000."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation

from troth.engine.issues.owning import UNKNOWN
from troth.engine.rounding import whole_numbers
from troth.terms.errors import did_you_mean
from troth.workspace.issues.errors import IssueError

WHOLE = 1_000
"""Tenths of a per cent in a whole."""

LONGEST_NAME = 200

Split = dict[str, int]
"""Area, “unknown” among them, to tenths of a per cent."""


def rounded(computed: Mapping[str, float]) -> Split:
    """Computed shares in tenths that still add up to the whole; empty where nothing is computed."""
    if not computed:
        return {}
    return dict(zip(computed, whole_numbers([share * WHOLE for share in computed.values()], WHOLE), strict=True))


def parsed(written: Iterable[tuple[str, str]], known: Iterable[str]) -> Split:
    """A split as somebody wrote it: area and per cent, whole or with one decimal. Areas left empty have no share.

    :param known: areas there are; “unknown” is one always. Where there are none, any name is taken.
    :raises IssueError: an area is unknown or named twice, a share is no such number, or they do not add up to 100%.
    """
    areas = [*known, UNKNOWN]
    split: Split = {}
    for area, text in written:
        name, share = " ".join(area.split()), text.strip().rstrip("%").strip()
        if not name or not share:
            continue
        if not name.isprintable() or len(name) > LONGEST_NAME:
            raise IssueError("this is no name of an area.", place="area", mend="write it as the charter does.")
        if len(areas) > 1 and name not in areas:
            raise IssueError(f"there is no area “{name[:60]}”.", place="area", mend=did_you_mean(name, areas))
        if name in split:
            raise IssueError(f"“{name[:60]}” stands there twice.", place="area", mend="give each area one share.")
        if tenths := _tenths(name, share):
            split[name] = tenths
    total = sum(split.values())
    if total != WHOLE:
        gap = WHOLE - total
        raise IssueError(
            f"these shares add up to {in_words(total)}, and not to 100%.",
            place="share",
            mend=f"{'add' if gap > 0 else 'take away'} {in_words(abs(gap))}; what nobody is on record for goes to “{UNKNOWN}”.",
        )
    return split


def as_shares(split: Mapping[str, int]) -> dict[str, float]:
    """Tenths as shares of one, which funding multiplies with."""
    return {area: tenths / WHOLE for area, tenths in split.items()}


def in_words(tenths: int) -> str:
    """``66.7%``; whole percents without a decimal."""
    return f"{tenths // 10}%" if tenths % 10 == 0 else f"{tenths / 10:.1f}%"


def ordered(split: Mapping[str, int]) -> list[tuple[str, int]]:
    """The largest share first, “unknown” last."""
    return sorted(split.items(), key=lambda one: (one[0] == UNKNOWN, -one[1], one[0]))


def _tenths(area: str, text: str) -> int:
    try:
        tenths = Decimal(text.replace(",", ".")) * 10
    except InvalidOperation:
        tenths = Decimal("NaN")
    if not (tenths.is_finite() and 0 <= tenths <= WHOLE and tenths == tenths.to_integral_value()):
        raise IssueError(
            f"“{text[:20]}” is no share for {area[:60]}.", place="share", mend="write per cents from 0 to 100, whole or with one decimal."
        )
    return int(tenths)
