"""Long lists a page at a time: each answer names the cursor of what follows. A cursor holds on to the list it came from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any

import ibis.expr.types as ir
from django.core import signing
from django.http import HttpRequest
from ninja import Query

from troth.terms.errors import RequestError

MOST = 1_000
USUAL = 100
SALT = "troth.workspace.api.cursor"

Limit = Annotated[int, Query(USUAL, ge=1, le=MOST, description=f"Rows of one answer, at most {MOST:,}.")]
Cursor = Annotated[str, Query("", max_length=2_000, description="“next” of the answer before; empty for the first rows.")]


def position_of(request: HttpRequest, cursor: str) -> list[Any]:
    """Where a cursor stands in its list; nothing for the first rows.

    :raises RequestError: it is none of ours, or of another list.
    """
    if not cursor:
        return []
    try:
        of, position = signing.loads(cursor, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise RequestError("this is no cursor of ours.", place="cursor", mend="send “next” of the answer before as it is.") from error
    if of != _list(request):
        raise RequestError("this cursor belongs to another list.", place="cursor", mend="ask the same as before, or begin without one.")
    return list(position)


def cursor_to(request: HttpRequest, position: Sequence[Any]) -> str:
    """The cursor of what follows this position of the list that was asked for."""
    return signing.dumps([_list(request), list(position)], salt=SALT)


def sliced(request: HttpRequest, cursor: str, limit: int, rows: Sequence[Any]) -> tuple[list[Any], str | None]:
    """Rows of one answer, and the cursor of what follows, of a list that is in memory and never changes."""
    first = int(next(iter(position_of(request, cursor)), 0))
    last = first + limit
    return list(rows[first:last]), cursor_to(request, [last]) if last < len(rows) else None


def offset_rows(request: HttpRequest, cursor: str, limit: int, rows: ir.Table) -> tuple[list[dict[str, Any]], str | None]:
    """Rows of one answer, and the cursor of what follows, of an ordered table of a study, which never changes."""
    first = int(next(iter(position_of(request, cursor)), 0))
    found = rows.limit(limit + 1, offset=first).to_pyarrow().to_pylist()
    return found[:limit], cursor_to(request, [first + limit]) if len(found) > limit else None


def _list(request: HttpRequest) -> str:
    """What tells one list from another: its address without where in it somebody stands."""
    asked = sorted((name, value) for name, values in request.GET.lists() if name not in {"cursor", "limit"} for value in values)
    return hashlib.sha256(repr([request.path, asked]).encode()).hexdigest()[:16]
