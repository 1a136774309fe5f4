"""What happened to one person."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from troth.terms.errors import RequestError
from troth.workspace.api.asking import Number, study_of
from troth.workspace.api.documents import OfStudy, of

router = Router(tags=["Customers"])

MOST = 500
"""Promises, and other rows, of one answer."""

Id = Annotated[str | None, Query(None, max_length=500, description="The exact id.")]


class Timeline(OfStudy):
    """What is on record of one customer, or about one subject."""

    promises: list[dict[str, Any]] = Field(description="Rows of the ledger with their chances, the first made first.")
    rows: list[dict[str, Any]] = Field(description="Everything else: interactions, words, costs, receipts without a promise.")
    left_out: int = Field(description="Earlier rows that are not among them.")


class UnknownError(RequestError):
    """Nobody and nothing has this id."""

    status = 404


@router.get("/timeline", response=Timeline, url_name="customer", summary="What happened to this person?")
def happened(request: HttpRequest, customer: Id = None, subject: Id = None, study: Number = None) -> dict[str, Any]:
    """Interactions, promises with due and received, words and costs, of a customer, of a subject, or of a customer's subject."""
    if not customer and not subject:
        raise RequestError("whose timeline is it?", place="customer", mend="name a customer, a subject, or both.")
    for name, key in (("customer", customer), ("subject", subject)):
        if key and "\x00" in key:
            raise RequestError("an id cannot hold a null character.", place=name, mend="leave it out.")
    opened = study_of(study)
    found = opened.happened(customer or None, subject or None, MOST)
    if not found.promises and not found.rows:
        raise UnknownError("nobody and nothing has this id in this study.", place="customer", mend="ids are exact, capitals counted in.")
    return {**of(opened), "promises": list(found.promises), "rows": list(found.rows), "left_out": found.left_out}
