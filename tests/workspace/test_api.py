"""The API answers as the pages do: whoever may see, with numbers, problems, cursors, and each write once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.workspace.conftest import Shop
from tests.workspace.seats import Seated

if TYPE_CHECKING:
    from django.test import Client


def test_smoke(seats: Callable[[str], Seated]) -> None:
    client = seats("service-officer").client
    doc = client.get("/api/openapi.json").json()
    print(doc["openapi"], len(doc["paths"]))
    bad = []
    for path, ops in doc["paths"].items():
        if "get" in ops and "{" not in path:
            extra = {"customer": "c0001"} if "customers" in path else {"before": 1, "after": 2} if "changes" in path else {"name":"delivery date","before":"2024-02","after":"2024-03"} if "ledger/change" in path else {}
            got = client.get(path, extra)
            print(path, got.status_code, got.text[:150].replace("\n", " "))
            if got.status_code >= 400:
                bad.append((path, got.text[:400]))
    print(client.get("/api/docs/").status_code)
    assert bad == []
