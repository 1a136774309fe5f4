"""What every answer about a study is put into: which study, as of when, and what must be read beside the rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from ninja import Schema
from pydantic import AfterValidator, ConfigDict, Field

from troth.engine.findings import Findings
from troth.workspace.studies.reading import OpenStudy

Row = TypeVar("Row")


class Listed(Schema, Generic[Row]):
    """A page of a list."""

    rows: list[Row]
    next: str | None = Field(None, description="Cursor of what follows; null where nothing does.")


class OfStudy(Schema):
    """What is said of one study."""

    study: int = Field(description="Number of the study.")
    as_of: datetime = Field(description="The instant it speaks of.")


class Table(OfStudy, Generic[Row]):
    """Findings of one study."""

    by: list[str] = Field(description="Dimensions that name a row, in “where”.")
    rows: list[Row]
    notes: list[str] = Field(description="Sentences that must be read beside the rows.")
    next: str | None = Field(None, description="Cursor of what follows; null where nothing does.")


class Records(OfStudy):
    """Rows of one study's tables, with the columns the study has."""

    rows: list[dict[str, Any]]
    next: str | None = Field(None, description="Cursor of what follows; null where nothing does.")


class Done(Schema):
    """What was done, in a sentence."""

    done: str


def _whole(text: str) -> str:
    """A text a database can hold."""
    if "\x00" in text:
        raise ValueError("a text cannot hold a null character")
    return text


Text = Annotated[str, Field(max_length=2_000), AfterValidator(_whole)]
"""A text somebody writes."""

Key = Annotated[int, Field(ge=1, lt=2**63)]
"""A row's key."""


class Body(Schema):
    """What is sent: a field there is not is refused, not left out in silence."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


def table(opened: OpenStudy, findings: Findings[Any], rows: Sequence[Any] | None = None, following: str | None = None) -> dict[str, Any]:
    """Findings in their envelope.

    :param rows: some of them, where the list is long. :param following: cursor of the rest.
    """
    shown = findings.rows if rows is None else rows
    return {**of(opened), "by": list(findings.by), "rows": list(shown), "notes": list(findings.notes), "next": following}


def of(opened: OpenStudy) -> dict[str, Any]:
    """Which study it is said of."""
    return {"study": opened.number, "as_of": opened.as_of}
