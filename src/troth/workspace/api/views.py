"""The page that tells of the API: every address, from the same document that programs read."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import resolve

from troth.workspace.api.contexts import DocsPage, Field, Operation, Topic
from troth.workspace.api.interface import api
from troth.workspace.parts.methods import only_read
from troth.workspace.parts.pages import page
from troth.workspace.people.permissions import TABLE

READ = "read"


@only_read
def docs(request: HttpRequest) -> HttpResponse:
    """What can a program ask and do?"""
    return page(request, "api/docs.html", docs_page())


@cache
def docs_page() -> DocsPage:
    """Every address by topic, as the OpenAPI document has it."""
    document = api.get_openapi_schema()
    topics: dict[str, list[Operation]] = {}
    for path, operations in document["paths"].items():
        for method, told in operations.items():
            topics.setdefault(told["tags"][0], []).append(_operation(path, method, told, document))
    return DocsPage(
        version=str(document["info"]["version"]),
        count=sum(map(len, topics.values())),
        topics=tuple(Topic(name, name.lower().replace(" ", "-"), tuple(found)) for name, found in topics.items()),
    )


def _operation(path: str, method: str, told: dict[str, Any], document: dict[str, Any]) -> Operation:
    sent = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    body = document["components"]["schemas"].get(sent.get("$ref", "").rsplit("/", 1)[-1], {})
    fields = [
        Field(one["name"], one["in"], bool(one.get("required")), one.get("description") or one["schema"].get("description", ""))
        for one in told.get("parameters", ())
        if one["in"] != "header"
    ]
    required = set(body.get("required", ()))
    fields += [Field(name, "body", name in required, said.get("description", "")) for name, said in body.get("properties", {}).items()]
    scope = READ if method == "get" else _scope(path)
    return Operation(method.upper(), path, told["summary"], told.get("description", ""), scope, tuple(fields))


def _scope(path: str) -> str:
    """What a token needs to write there; empty where none can."""
    row = TABLE.get(resolve(re.sub(r"{\w+}", "1", path)).view_name)
    return "" if row is None or row.scope is None else str(row.scope)
