"""Addresses of the API, and of the page that tells of it."""

from __future__ import annotations

from functools import partial

from django.urls import URLPattern, include, path

from troth.workspace.api import views
from troth.workspace.api.interface import SPACE, api, methods_at
from troth.workspace.parts.methods import TAKES

routes = [one for one in api.urls[0] if isinstance(one, URLPattern) and one.name != "api-root"]
for one in routes:
    setattr(one.callback, TAKES, partial(methods_at, f"{SPACE}:{one.name}"))
urlpatterns = [path("api/", include(([path("", views.docs, name="api-root"), *routes], "api"), namespace=SPACE))]
