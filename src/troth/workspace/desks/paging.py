"""Long tables, a page at a time."""

from __future__ import annotations

from collections.abc import Callable

from troth.terms.errors import RequestError
from troth.workspace.desks.contexts import Pages

ROWS = 50
"""Rows of a table on one page."""


def pages_of(count: int, number: int, at: Callable[[int], str], size: int = ROWS) -> Pages:
    """Where page ``number`` stands among the pages of ``count`` rows.

    :param at: address of a page.
    :raises RequestError: there is no such page.
    """
    last = max(1, -(-count // size))
    if number > last:
        raise RequestError(f"there is no page {number}.", place="page", mend=f"the last one is {last}.")
    return Pages(number, last, count, at(number - 1) if number > 1 else "", at(number + 1) if number < last else "")
