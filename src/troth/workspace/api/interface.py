"""The API itself: its routers, who may use it, how its errors are told, and the OpenAPI document of all that."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache, wraps
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import resolve
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, AuthorizationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.renderers import BaseRenderer
from ninja.responses import NinjaJSONEncoder
from ninja.security import APIKeyCookie, HttpBearer

from troth.terms.errors import RequestError, TrothError, did_you_mean
from troth.workspace.api import charter, customers, desks, explaining, issues, ledger, me, people, sources, studies, timeline
from troth.workspace.api.once import HEADER, REPLAYED, SAFE, once
from troth.workspace.parts.contexts import Problem
from troth.workspace.parts.errors import Wrong, error_page, problem_details
from troth.workspace.people.models import Person, Token
from troth.workspace.people.visits import token_here

SPACE = "api"
"""How the names of its routes begin."""

ABOUT = """What the pages show and do, for programs.

**Coming in.** Make a token under *Your account* and send it as `Authorization: Bearer troth_…`. It acts in your name: never more than you
may do yourself, and only what its scopes name. A browser that is signed in may use the API too; its writes need the form token as
`X-CSRFToken`.

**Errors** are problem details (RFC 9457): `detail` says what is wrong and the mend, `errors` which fields.

**Long lists** come a page at a time: `next` is the cursor of what follows.

**Writing twice** is doing once: send an `Idempotency-Key` of your own choosing, and the same request again within 24 hours is answered
alike.

**Acting on what changed.** What you act on has a `revision`. Send the one you have seen: where somebody acted in between, the answer is
409 and nothing is lost.
"""

REFUSED = {
    400: "What was sent cannot be read.",
    401: "No token, or one that lets nobody in.",
    403: "Not yours to see or to change; or the token has not the scope.",
    404: "There is no such thing, or none that you may know of.",
    405: "The address has no such method; Allow says which it has.",
    409: "Somebody acted in between, or it cannot be done as things stand.",
    422: "A field is wrong; the problem names it, and the mend.",
    429: "Refused too often of late.",
    503: "The study or the database cannot be read just now.",
}
"""Errors any address may answer."""


class ByToken(HttpBearer):
    """A program that shows a token. The doorkeeper has held it to its scopes."""

    openapi_description = "A personal token, made under “Your account”."

    def __call__(self, request: HttpRequest) -> Token | None:
        """The token, looked up with the visitor."""
        return token_here(request)

    def authenticate(self, request: HttpRequest, token: str) -> Token | None:  # noqa: ARG002 - the base class's own signature
        """The same, as the base class names it."""
        return token_here(request)


class BySession(APIKeyCookie):
    """A browser that is signed in; what it writes needs the form token, which the base class checks."""

    param_name = settings.SESSION_COOKIE_NAME
    openapi_description = "The cookie of a browser that is signed in."

    def authenticate(self, request: HttpRequest, key: str | None) -> Person | None:  # noqa: ARG002 - likewise
        """Whoever is signed in."""
        return request.user if isinstance(request.user, Person) else None


class Encoder(NinjaJSONEncoder):
    """Instants whole, to the microsecond: cut shorter, one that is sent back would lie before itself."""

    def default(self, o: Any) -> Any:
        """What JSON has no word for."""
        return o.isoformat().replace("+00:00", "Z") if isinstance(o, datetime) else super().default(o)


class Json(BaseRenderer):
    """JSON in which ``NaN`` and infinities are errors of ours, never data."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> str:  # noqa: ARG002 - likewise
        """The answer's text."""
        return json.dumps(data, cls=Encoder, ensure_ascii=False, allow_nan=False)


class Interface(NinjaAPI):
    """The API, whose document tells of every address the errors and headers all of them share."""

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None) -> OpenAPISchema:
        """The OpenAPI document."""
        document = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        document["components"]["schemas"]["Problem"] = PROBLEM
        for operations in document["paths"].values():
            for method, operation in operations.items():
                for status, words in REFUSED.items():
                    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
                    operation["responses"][status] = {"description": words, "content": content}
                if method.upper() not in SAFE:
                    operation.setdefault("parameters", []).append(ONCE)
        return document


class UnknownParameterError(RequestError):
    """A parameter the address does not take: left out in silence, the answer would be to another question."""

    status = 422


def known_only(answer: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Refuse a parameter that an address does not take, with the nearest it does."""

    @wraps(answer)
    def asked(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        match = request.resolver_match
        known = parameters().get((match.view_name if match else "", str(request.method)), frozenset())
        for name in request.GET:
            if name not in known:
                what = f"there is no parameter “{name[:60]}” here."
                return error_page(request, UnknownParameterError(what, place=name[:60], mend=did_you_mean(name, sorted(known))))
        return answer(request, *args, **named)

    return asked


@cache
def parameters() -> dict[tuple[str, str], frozenset[str]]:
    """Name of a route and method to the parameters it takes, as the document has them."""
    found = {}
    for path, operations in api.get_openapi_schema()["paths"].items():
        route = resolve(re.sub(r"{\w+}", "1", path)).view_name
        for method, operation in operations.items():
            taken = (one["name"] for one in operation.get("parameters", ()) if one["in"] == "query")
            found[route, method.upper()] = frozenset(taken)
    return found


@cache
def methods_at(route: str) -> frozenset[str]:
    """The methods a route of the API takes, as the document has them; the document itself is read."""
    return frozenset(method for name, method in parameters() if name == route) or frozenset({"GET"})


ONCE = {
    "in": "header",
    "name": HEADER,
    "required": False,
    "description": f"A key of your own choosing: the same request sent again is answered alike, with “{REPLAYED}: true”, and done once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}

_TEXT = {"type": "string"}
PROBLEM = {
    "title": "Problem",
    "description": "What is wrong, where, and the mend (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": {**_TEXT, "description": "What is wrong, and the mend."},
        "what": _TEXT,
        "mend": _TEXT,
        "place": {**_TEXT, "description": "The field, where there is one."},
        "instance": _TEXT,
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": {"place": _TEXT, "what": _TEXT}},
        },
    },
}

api = Interface(
    title="Troth",
    version=version("troth"),
    description=ABOUT,
    docs_url=None,
    urls_namespace=SPACE,
    auth=[ByToken(), BySession()],
    renderer=Json(),
)
api.add_decorator(once, mode="view")
api.add_decorator(known_only, mode="view")
for path, module in {
    "/me": me,
    "/desks": desks,
    "/studies": studies,
    "/ledger": ledger,
    "/sources": sources,
    "/issues": issues,
    "/explain": explaining,
    "/customers": customers,
    "/charter": charter,
    "/people": people,
    "/timeline": timeline,
}.items():
    api.add_router(path, module.router)


@api.exception_handler(TrothError)
def refused(request: HttpRequest, error: TrothError) -> HttpResponse:
    """What is raised on purpose, with its status and its mend."""
    return error_page(request, error)


@api.exception_handler(ValidationError)
def misread(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """422 with every field that is wrong."""
    wrong = [Wrong(_place(one.get("loc", ())), _sentence(str(one.get("msg", "")))) for one in error.errors]
    places = ", ".join(dict.fromkeys(one.place for one in wrong))
    told = "; ".join(f"{one.place}: {one.what}" for one in wrong[:3])
    problem = Problem(422, f"This cannot be taken as it is. {told}.", places, "The OpenAPI document says what each field takes.")
    return problem_details(request, problem, wrong)


@api.exception_handler(AuthenticationError)
@api.exception_handler(AuthorizationError)
@api.exception_handler(HttpError)
def turned_away(request: HttpRequest, error: Exception) -> HttpResponse:
    """What the framework refuses: a body that is no JSON, a browser's write without its form token."""
    status = getattr(error, "status_code", HTTPStatus.BAD_REQUEST)
    mend = "Send JSON in UTF-8, as the OpenAPI document has it."
    if status == HTTPStatus.FORBIDDEN:
        mend = "Send the form token as X-CSRFToken."
    return problem_details(request, Problem(int(status), _sentence(str(error)) + ".", mend=mend))


def _place(loc: Sequence[Any]) -> str:
    """``body.rows.0.share`` of a path through what was sent: without where the framework looked, and without the name of its argument."""
    parts = [str(one) for one in loc]
    kept = parts[2:] if parts[:1] == ["body"] and len(parts) > 2 else parts[1:]  # noqa: PLR2004 - place, argument, field
    return ".".join(kept) or ".".join(parts)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".")
