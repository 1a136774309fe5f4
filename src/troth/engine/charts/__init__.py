"""Charts: Vega-Lite definitions as JSON files, the rows that fill them, and the drawing.

One definition gives the picture on the page, the picture in a mail and the document an interactive page reads. ``filling`` puts rows
and a theme into a definition, ``waterfall`` and ``months`` make the rows from findings, ``drawing`` turns a filled definition into SVG
or PNG inside this process, without a network and without a browser.
"""

from troth.engine.charts.drawing import as_png, as_svg
from troth.engine.charts.filling import Chart, definitions, fill

__all__ = ["Chart", "as_png", "as_svg", "definitions", "fill"]
