"""The components as template tags, and the wordings as filters. Built into every template: no ``{% load %}`` needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from django import template
from django.utils.safestring import SafeString

from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Number, Owner, Picture, Problem

register = template.Library()

register.filter("whole", wording.whole)
register.filter("signed", wording.signed)
register.filter("month", wording.month)


@register.filter
def percent(value: float | None) -> str:
    """A share; ``no data`` where there is none."""
    return wording.percent(value)


@register.filter
def split_words(listed: str) -> list[str]:
    """Words listed in a template, apart by commas."""
    return listed.split(",")


@register.simple_tag
def wrong(problem: Problem | None, field: str, doing: str = "", *forms: str) -> SafeString:
    """Attributes of a field that was refused: it is marked, and what is wrong with it is read out with it.

    :param doing: which form was sent, and ``forms`` those the field stands in; none where the page has one field of that name.
    """
    refused = problem is not None and problem.place == field and (not forms or doing in forms)
    return SafeString(' aria-invalid="true" aria-describedby="problem"' if refused else "")


@register.inclusion_tag("parts/number.html", takes_context=True)
def number(context: template.Context, shown: Number) -> dict[str, Any]:
    """A number as a link to the rows behind it (or to its page), with n, interval, coverage and as-of on hover and on focus."""
    return {"number": shown, "id": f"n{next(_ids(context))}"}


@register.inclusion_tag("parts/figure.html", takes_context=True)
def figure(context: template.Context, shown: Number) -> dict[str, Any]:
    """A number with its name above and its interval and n beneath."""
    return {"number": shown, "id": f"n{next(_ids(context))}"}


@register.inclusion_tag("parts/owner.html")
def owner(shown: Owner, as_part: str = "") -> dict[str, str]:
    """An owner: pattern, hue and word; in a legend the word is the part's."""
    return {"key": shown.key, "words": as_part or shown.words}


@register.inclusion_tag("parts/picture.html")
def picture(shown: Picture) -> dict[str, Picture]:
    """A chart, drawn by the server."""
    return {"picture": shown}


@register.inclusion_tag("parts/share.html")
def share(value: float | None, low: float | None = None, high: float | None = None, mean: float | None = None) -> dict[str, str | None]:
    """A share as a bar from 0 to 100%, with its interval and a mark at the mean. The text beside it says the same in figures."""

    def place(level: float | None) -> str | None:
        return None if level is None else f"{max(0.0, min(1.0, level)) * 100:.2f}"

    width = None if low is None or high is None else f"{(high - low) * 100:.2f}"
    return {"value": place(value), "low": place(low), "width": width, "mean": place(mean)}


@register.inclusion_tag("parts/bars.html")
def bars(counts: Sequence[int]) -> dict[str, Any]:
    """Counts as small bars from left to right, the highest as high as there is room. The text beside it says the latest in figures."""
    most = max(counts, default=0)
    drawn = [(place, 23 * count / most) for place, count in enumerate(counts) if count]
    return {
        "width": 4 * len(counts),
        "bars": [{"x": 4 * place, "y": f"{23 - height:.1f}", "height": f"{height:.1f}"} for place, height in drawn],
    }


def _ids(context: template.Context) -> Iterator[int]:
    """One counter per rendered page, so that every tip has an id of its own."""
    page: Any = context.render_context.dicts[0]
    counter: Iterator[int] = page.setdefault("number ids", count(1))
    return counter
