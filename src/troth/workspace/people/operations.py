"""Every write of this app: issue a link, redeem it, end sessions. Each is one transaction."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from troth.terms.errors import TrothError
from troth.workspace.people.models import Link, Person, Refusal

LIFETIME = timedelta(hours=1)
"""How long a link can be used."""

REFUSALS = 10
WINDOW = timedelta(minutes=15)
"""An address refused this often within this time has to wait, even with a good link."""


class LinkError(TrothError):
    """This link lets nobody in: unknown, used or expired. Which of these it was is not told to strangers."""

    status = 403


class TooManyError(TrothError):
    """This address was refused too often."""

    status = 429


@transaction.atomic
def issue_link(*, name: str) -> str:
    """The path of a fresh one-time link for the person called ``name``, who is added if new. The token is not kept, only its hash."""
    person, new = Person.objects.get_or_create(name=name)
    if new:
        person.set_unusable_password()
        person.save(update_fields=["password"])
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    Link.objects.filter(expires_at__lt=now - LIFETIME).delete()
    Link.objects.create(person=person, token_hash=_hash(token), issued_at=now, expires_at=now + LIFETIME)
    # Only this app's addresses: the process that prints a link need not load the pages, and the engine under them.
    return reverse("link", urlconf="troth.workspace.people.urls", args=[token])


def redeem(*, token: str, address: str) -> Person:
    """The person a link belongs to. It works once: two requests at the same instant let one in.

    :raises LinkError: the link is unknown, used or expired; the refusal is counted.
    :raises TooManyError: the address was refused too often of late.
    """
    now = timezone.now()
    with transaction.atomic():
        Refusal.objects.filter(at__lt=now - WINDOW).delete()
        if Refusal.objects.filter(address=address).count() >= REFUSALS:
            raise TooManyError(
                "too many links were refused from here.", mend=f"wait {WINDOW.seconds // 60} minutes, then use a fresh link."
            )
        taken = Link.objects.filter(token_hash=_hash(token), used_at=None, expires_at__gt=now, person__is_active=True).update(used_at=now)
        if not taken:
            Refusal.objects.create(address=address, at=now)
    if not taken:
        raise LinkError("this link lets nobody in: it is used, too old, or not ours.", mend="ask for a fresh one: `troth serve` prints it.")
    return Link.objects.select_related("person").get(token_hash=_hash(token)).person


@transaction.atomic
def end_sessions(*, person: Person) -> None:
    """End every session of a person, on every device: sessions are bound to the unusable password."""
    person.set_unusable_password()
    person.save(update_fields=["password"])


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
