"""Whom a page of customers is about: exact ids, read from an address and written back into one; nobody is found by guessing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from troth.terms.errors import RequestError
from troth.terms.instants import instant
from troth.workspace.parts import wording
from troth.workspace.studies.questions import address
from troth.workspace.studies.reading import OpenStudy

MOST = 1_000
"""Promises, and other rows, shown of one customer; of more the latest are, and the page says so."""


class UnknownCustomerError(RequestError):
    """A customer or subject that is nowhere in the study."""

    status = 404


@dataclass(frozen=True)
class Asked:
    """Whose timeline, and as known when.

    :param at: instant with a zone; ``None`` is the study's as-of.
    """

    customer: str | None = None
    subject: str | None = None
    at: datetime | None = None


def asked_of(opened: OpenStudy, customer: str | None, subject: str | None, at: str | None) -> Asked:
    """What an address asks.

    :raises RequestError: the instant is none, or lies behind the study's as-of.
    """
    for key in (customer, subject):
        if key and "\x00" in key:
            raise RequestError("an id cannot hold a null character.", place="id", mend="leave it out.")
    if not at:
        return Asked(customer or None, subject or None)
    when = instant(at, opened.study.manifest.timezone, place="at")
    if when > opened.as_of:
        mend = f"name an instant until {wording.moment(opened.as_of, opened.zone)}, or make a later study."
        raise RequestError("the study does not know what comes after its as-of.", place="at", mend=mend)
    return Asked(customer or None, subject or None, when)


def customer_at(opened: OpenStudy, customer: object, subject: object = None, **further: object) -> str:
    """Address of a customer's page, or of a subject's where nobody is named; empty where there is neither."""
    study = None if opened.entry.current else opened.number
    if customer is not None:
        path = reverse("desks:customer", args=[str(customer)])
        return address(path, None, subject=subject, **further, study=study)
    return "" if subject is None else address(reverse("desks:customers"), None, subject=subject, **further, study=study)


def found_at(opened: OpenStudy, key: str) -> str:
    """Where a search by an exact id leads: the customer's page, or that of a subject, with its customer where there is one.

    :raises UnknownCustomerError: nobody and nothing has this id.
    """
    if there(opened, Asked(customer=key)):
        return customer_at(opened, key)
    if not there(opened, Asked(subject=key)):
        raise unknown(key)
    people = opened.customers_of(key)
    return customer_at(opened, people[0] if len(people) == 1 else None, key)


def there(opened: OpenStudy, asked: Asked) -> bool:
    """Whether anything is on record of whom is asked about."""
    found = opened.happened(asked.customer, asked.subject, MOST)
    return bool(found.promises or found.rows)


def unknown(key: str, asked: Asked | None = None) -> UnknownCustomerError:
    """The refusal that names the mend."""
    who = f"nobody and nothing on record has the id “{key[:60]}”"
    if asked is not None and asked.customer and asked.subject:
        who = f"customer “{asked.customer[:60]}” has nothing on record about “{asked.subject[:60]}”"
    return UnknownCustomerError(
        f"{who}.",
        place="id",
        mend="write the id of a customer or a subject exactly as its source does, or open one from a row of the Ledger; "
        "ids are never guessed.",
    )
