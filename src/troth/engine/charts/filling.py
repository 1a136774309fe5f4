"""Put rows, values and a theme into a Vega-Lite definition that stands as a JSON file beside this module.

A definition names what changes as ``"$name"``: colours and faces come from the theme, sizes from the caller. Rows go to the data set
called ``rows``. Nothing else in a definition changes, so each file can be opened in any Vega-Lite editor.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Theme = Literal["page", "light"]
"""``page`` leaves colours to the page's own style sheet, so one picture serves light, dark and print; ``light`` is for mail and PNG."""

SUFFIX = ".vl.json"


@dataclass(frozen=True, slots=True)
class Chart:
    """A filled definition.

    :param name: the definition's name.
    :param specification: complete Vega-Lite, rows included, as JSON text (text, so that a chart is hashable and cannot change).
    """

    name: str
    specification: str

    def document(self) -> dict[str, Any]:
        """The Vega-Lite document as plain dicts and lists."""
        document: dict[str, Any] = json.loads(self.specification)
        return document


def definitions() -> tuple[str, ...]:
    """Names of the definitions there are."""
    return tuple(sorted(entry.name.removesuffix(SUFFIX) for entry in files(__package__).iterdir() if entry.name.endswith(SUFFIX)))


def fill(name: str, rows: Sequence[Mapping[str, Any]], *, theme: Theme = "page", **values: float | str) -> Chart:
    """The definition ``name`` with its rows, its theme and the values it asks for.

    :param rows: one mapping per mark, as the definition's field names; colours in rows may be theme words such as ``$owner-brand``.
    :param values: what the definition names as ``$value`` and the theme does not know, such as ``width`` in pixels.
    :raises KeyError: the definition asks for a word that neither the theme nor ``values`` gives.
    """
    words: dict[str, float | str] = {**_themes()[theme], **values}
    filled = _replaced(json.loads(_definition(name)), words)
    filled["datasets"] = {"rows": [_replaced(dict(row), words) for row in rows]}
    return Chart(name, json.dumps(filled, ensure_ascii=False, sort_keys=True))


def _replaced(node: Any, words: Mapping[str, float | str]) -> Any:
    if isinstance(node, dict):
        return {key: value if key == "$schema" else _replaced(value, words) for key, value in node.items()}
    if isinstance(node, list):
        return [_replaced(value, words) for value in node]
    if isinstance(node, str) and node.startswith("$"):
        return words[node[1:]]
    return node


@cache
def _definition(name: str) -> str:
    return (files(__package__) / f"{name}{SUFFIX}").read_text(encoding="utf-8")


@cache
def _themes() -> dict[str, dict[str, str]]:
    themes: dict[str, dict[str, str]] = json.loads((files(__package__) / "themes.json").read_text(encoding="utf-8"))
    return themes
