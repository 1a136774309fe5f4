"""Draw a filled chart inside this process: SVG for pages and print, PNG for mail."""

from __future__ import annotations

import re
from functools import lru_cache

from troth.engine.charts.filling import Chart

_KEPT = 512
"""Pictures remembered: a study never changes, so neither do its pictures."""

_PRESENTATIONAL = re.compile(r' (?:role|aria-roledescription|aria-label|aria-hidden)="[^"]*"')
_OPENING = re.compile(r"^<svg[^>]*?viewBox=\"([^\"]+)\"[^>]*>")


@lru_cache(maxsize=_KEPT)
def as_svg(chart: Chart) -> str:
    """The chart as an SVG fragment for an HTML page.

    The picture is decoration to a screen reader: the page says it in a sentence and gives its rows as a table, so the hundreds of
    labels Vega writes into the marks are taken out. The opening tag keeps only its view box: the page's style sheet sets the size.
    """
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(chart.document())
    plain = _PRESENTATIONAL.sub("", drawn)
    return _OPENING.sub(r'<svg xmlns="http://www.w3.org/2000/svg" viewBox="\1" aria-hidden="true" focusable="false">', plain, count=1)


@lru_cache(maxsize=_KEPT)
def as_png(chart: Chart, scale: float = 2.0) -> bytes:
    """The chart as a PNG picture for mail; fill it with the theme ``light`` first."""
    import vl_convert

    drawn: bytes = vl_convert.vegalite_to_png(chart.document(), scale=scale)
    return drawn
