"""Who asks: roles, areas, and tokens."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema, Status

from troth.workspace.api.documents import Body, Done, Key, Listed, Text
from troth.workspace.people import tokens
from troth.workspace.people.errors import UnknownPersonError
from troth.workspace.people.guard import actor, standing
from troth.workspace.people.models import Scope, Seat, Token
from troth.workspace.people.visits import token_here

router = Router(tags=["You"])


class Me(Schema):
    """Whoever asks."""

    name: str
    email: str | None
    roles: list[str]
    seats: list[Seat]
    areas: list[str]
    scopes: list[Scope] | None
    """What the token is for; null for a browser, which is for everything."""


class TokenOut(Schema):
    """A token, without its text."""

    id: int
    name: str
    start: str
    scopes: list[Scope]
    made_at: datetime
    expires_at: datetime
    seen_at: datetime | None


class TokenIn(Body):
    """A token to be made."""

    name: Text
    scopes: list[Scope]
    days: int = 90


class NewToken(TokenOut):
    """A token with its text, which is told this once."""

    token: str


@router.get("", response=Me, url_name="me", summary="Who am I?")
def me(request: HttpRequest) -> Me:
    """Your name, roles, seats and areas, and what the token you sent is for."""
    holds, token = standing(request), token_here(request)
    return Me(
        name=holds.person.name,
        email=holds.person.email,
        roles=list(holds.roles),
        seats=sorted(holds.seats),
        areas=sorted(holds.areas),
        scopes=None if token is None else [Scope(one) for one in token.scopes],
    )


@router.get("/tokens", response=Listed[TokenOut], url_name="tokens", summary="Your tokens")
def mine(request: HttpRequest) -> dict[str, object]:
    """Tokens of yours that let programs in, the latest first."""
    holds = standing(request)
    return {"rows": list(tokens.live_tokens(holds.at).filter(person=holds.person).order_by("-pk"))}


@router.post("/tokens", response={201: NewToken}, url_name="tokens", summary="Make a token")
def make(request: HttpRequest, body: TokenIn) -> Status[NewToken]:
    """A token for a program. Only a browser makes one: a token cannot make others."""
    holds = standing(request)
    made, text = tokens.issue_token(
        person=holds.person, name=body.name, scopes=list(body.scopes), days=body.days, actor=actor(request), at=holds.at
    )
    return Status(201, NewToken(token=text, **TokenOut.from_orm(made).model_dump()))


@router.post("/tokens/{key}/end", response=Done, url_name="token-end", summary="End a token")
def end(request: HttpRequest, key: Key) -> Done:
    """A token of yours lets nobody in any more."""
    holds = standing(request)
    found = Token.objects.filter(pk=key, person=holds.person).first()
    if found is None:
        raise UnknownPersonError("there is no such token of yours.", place="key", mend="the list holds those there are.")
    tokens.end_token(token=found, actor=actor(request), at=holds.at)
    return Done(done=f"The token “{found.name}” lets nobody in any more.")
