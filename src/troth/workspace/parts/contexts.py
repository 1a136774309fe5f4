"""What every page shares: a number that never goes alone, an owner, a picture; and how contexts are described and written as JSON."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Any

from django.utils.safestring import SafeString

from troth.engine.charts import Chart, as_svg


def told(sentence: str, **options: Any) -> Any:
    """A field of a context, with the sentence that explains it to readers of the JSON document."""
    return field(metadata={"help": sentence}, **options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number with everything a reader needs to judge it."""

    name: str = told("what the number is called")
    slug: str = told("its page under /numbers/")
    value: float | None = told("the estimate; null means no data")
    low: float | None = told("lower 95% limit", default=None)
    high: float | None = told("upper 95% limit", default=None)
    n: int = told("how many it rests on")
    n_of: str = told("what n counts", default="promises")
    text: str = told("the estimate as the page prints it")
    interval: str = told("the interval as the page prints it; empty where none can be had", default="")
    method: str = told("how the interval was had", default="")
    coverage: str = told("share of promise-bearing events that have a promise on record, as the page prints it", default="")
    as_of: str = told("the instant the number speaks of", default="")
    rows: str = told("address of the rows behind it; empty where there are none to show", default="")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose something is."""

    key: str = told("brand, service, operating, sponsored (operating, with both officers), both or none")
    words: str = told("the owner in words")


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart with the sentence that says what to see. The JSON document carries the Vega-Lite definition instead of the drawing."""

    sentence: str = told("what to see in it")
    wide: Chart = told("the definition for wide pages")
    narrow: Chart = told("the definition for narrow pages")

    @property
    def wide_svg(self) -> SafeString:
        """Drawn for wide pages. Labels in it went through Vega's own escaping."""
        return SafeString(as_svg(self.wide))

    @property
    def narrow_svg(self) -> SafeString:
        """Drawn for narrow pages."""
        return SafeString(as_svg(self.narrow))


@dataclass(frozen=True, slots=True)
class Link:
    """An address with its words."""

    words: str = told("what the link says")
    address: str = told("where it leads")
    current: bool = told("this is where the reader is", default=False)


@dataclass(frozen=True, slots=True)
class Problem:
    """What an error page receives."""

    status: int = told("HTTP status")
    title: str = told("one sentence: what is wrong")
    place: str = told("where it is wrong: file, key, parameter", default="")
    mend: str = told("one sentence: what to do about it", default="")


def document(context: Any) -> dict[str, Any]:
    """A page's context as a JSON document: the data, and the help of every field in it."""
    return {"data": plain(context), "help": help_of(type(context))}


def plain(value: Any) -> Any:
    """Dataclasses, mappings, dates and charts as what JSON holds."""
    if isinstance(value, Chart):
        return value.document()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [plain(inner) for inner in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | bool | int | float):
        return value
    return str(value)


def help_of(context: type, before: str = "") -> dict[str, str]:
    """Field path to its sentence, for a context and every context inside it. A list adds ``[]`` to the path."""
    hints = typing.get_type_hints(context)
    helps: dict[str, str] = {}
    for item in dataclasses.fields(context):
        path = f"{before}{item.name}"
        helps[path] = item.metadata.get("help", "")
        inner, many = _inside(hints[item.name])
        if inner is not None:
            helps |= help_of(inner, f"{path}[]." if many else f"{path}.")
    return helps


def _inside(hint: Any) -> tuple[type | None, bool]:
    """The context a field holds, if any, and whether it holds many."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint) and hint is not Chart and not hint.__module__.startswith("troth.engine"):
        return hint, False
    origin = typing.get_origin(hint)
    if origin in {types.UnionType, typing.Union, tuple, list}:
        for argument in typing.get_args(hint):
            inner, _ = _inside(argument)
            if inner is not None:
                return inner, origin in {tuple, list}
    return None, False
