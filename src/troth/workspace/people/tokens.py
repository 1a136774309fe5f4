"""Tokens: how a program comes in through the API, in the name of a person, for what its scopes name."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from troth.terms.errors import did_you_mean
from troth.workspace.people.errors import PeopleError, RefusedError
from troth.workspace.people.models import Person, Scope, Token
from troth.workspace.people.operations import count_refusal, hashed, refuse_too_many, taken, text_of, thing_of
from troth.workspace.timeline.operations import Actor, record

PREFIX = "troth_"
"""How a token begins, so that scanners of leaked secrets know one."""

SHOWN = len(PREFIX) + 4
"""Letters of a token that are kept."""

MOST_DAYS = 365
MOST_TOKENS = 50
"""Live ones of one person."""


@transaction.atomic
def issue_token(*, person: Person, name: str, scopes: Collection[str], days: int, actor: Actor, at: datetime) -> tuple[Token, str]:
    """A new token, and its text, which is told this once.

    :param name: what it is for, in its holder's words; one live token of a name.
    :param scopes: values of :class:`Scope`; whoever may change something may read it, too.
    :param days: how long it holds, 1 to 365.
    :raises PeopleError: no name or one that is taken, no scope or an unknown one, days that are none, or too many tokens.
    """
    wanted = list(dict.fromkeys([*scopes, *([Scope.READ] if scopes else [])]))
    if not wanted:
        raise PeopleError("a token without a scope lets nobody do anything.", place="scopes", mend="choose at least “read”.")
    for one in wanted:
        if one not in Scope.values:
            raise PeopleError(f"there is no scope “{one[:40]}”.", place="scopes", mend=did_you_mean(one, Scope.values))
    if not 1 <= days <= MOST_DAYS:
        raise PeopleError(f"a token holds 1 to {MOST_DAYS} days.", place="days", mend="make a new one before it ends.")
    live = live_tokens(at).filter(person=person)
    if live.count() >= MOST_TOKENS:
        raise PeopleError(f"you have {MOST_TOKENS} tokens already.", place="name", mend="end those you do not use.")
    secret = PREFIX + secrets.token_urlsafe(32)
    Token.objects.filter(person=person, ended_at=None, expires_at__lte=at).update(ended_at=at)  # an expired one holds no name
    made = Token(
        person=person,
        name=text_of(name, "name", most=100),
        token_hash=hashed(secret),
        start=secret[:SHOWN],
        scopes=[str(one) for one in Scope if one in wanted],
        made_at=at,
        expires_at=at + timedelta(days=days),
    )
    with taken("name", f"you have a token “{made.name}” already.", "end that one, or choose another name."):
        made.save()
    record(actor=actor, verb="made", thing=thing_of(made), at=at, after={"scopes": made.scopes, "until": made.expires_at})
    return made, secret


@transaction.atomic
def end_token(*, token: Token, actor: Actor, at: datetime) -> None:
    """End a token now. That it was there stays on record."""
    if Token.objects.filter(pk=token.pk, ended_at=None).update(ended_at=at):
        record(actor=actor, verb="ended", thing=thing_of(token), at=at, before={"scopes": token.scopes})


def live_tokens(at: datetime) -> QuerySet[Token]:
    """Tokens that let somebody in at an instant."""
    return Token.objects.filter(Q(ended_at=None), expires_at__gt=at, person__is_active=True)


def token_of(*, text: str, address: str, at: datetime) -> Token:
    """The token a program shows. Says at most once an hour that it was used.

    :raises RefusedError: it is none, has ended or expired; the refusal is counted.
    :raises TooManyError: the address was refused too often of late.
    """
    refuse_too_many(address=address, at=at)
    found = live_tokens(at).select_related("person").filter(token_hash=hashed(text)).first() if text.startswith(PREFIX) else None
    if found is None:
        count_refusal(address=address, at=at)
        raise RefusedError("this token lets nobody in: it has ended, or is not ours.", mend="make one under “Your account”.")
    if found.seen_at is None or at - found.seen_at > timedelta(hours=1):
        Token.objects.filter(pk=found.pk).update(seen_at=at)
    return found
