"""Sources: can the numbers be trusted? What became of every row."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router

from troth.engine.findings import FlagAgreement, SourceAccount
from troth.workspace.api.asking import Number, study_of
from troth.workspace.api.documents import Records, Table, of, table
from troth.workspace.api.paging import USUAL, Cursor, Limit, offset_rows
from troth.workspace.studies.rows import Aside, check_aside, rows_set_aside

router = Router(tags=["Sources"])

Word = Annotated[str | None, Query(None, max_length=200)]


@router.get("", response=Table[SourceAccount], url_name="sources", summary="What became of every row?")
def sources(request: HttpRequest, study: Number = None) -> dict[str, Any]:
    """Row accounting of each mapping: read = used + set aside + another mapping's, always."""
    opened = study_of(study)
    return table(opened, opened.study.sources)


@router.get("/flags", response=Table[FlagAgreement], url_name="flags", summary="What the sources claim")
def flags(request: HttpRequest, study: Number = None) -> dict[str, Any]:
    """What the sources claim of their promises beside our verdicts."""
    opened = study_of(study)
    return table(opened, opened.flags())


@router.get("/set-aside", response=Records, url_name="set-aside", summary="Rows that were set aside")
def set_aside(
    request: HttpRequest,
    study: Number = None,
    source: Word = None,
    mapping: Word = None,
    reason: Word = None,
    limit: Limit = USUAL,
    cursor: Cursor = "",
) -> dict[str, Any]:
    """Each with its file, row, column, value and reason, in the order of the files."""
    opened = study_of(study)
    aside = Aside(source or None, mapping or None, reason or None)
    check_aside(opened, aside)
    rows, following = offset_rows(request, cursor, limit, rows_set_aside(opened, aside))
    return {**of(opened), "rows": rows, "next": following}
