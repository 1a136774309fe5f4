"""Addresses of the API, and of the page that tells of it."""

from __future__ import annotations

from functools import partial

from django.urls import include, path

from troth.workspace.api import views
from troth.workspace.api.interface import SPACE, api, methods_at
from troth.workspace.parts.methods import TAKES

patterns = [path("", views.docs, name="api-root"), *(one for one in api.urls[0] if getattr(one, "name", "") != "api-root")]
for one in patterns[1:]:
    setattr(one.callback, TAKES, partial(methods_at, f"{SPACE}:{one.name}"))
urlpatterns = [path("api/", include((patterns, "api"), namespace=SPACE))]
