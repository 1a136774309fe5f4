"""Addresses of the API, and of the page that tells of it."""

from __future__ import annotations

from django.urls import include, path

from troth.workspace.api import views
from troth.workspace.api.interface import SPACE, api

patterns = [path("", views.docs, name="api-root"), *(one for one in api.urls[0] if getattr(one, "name", "") != "api-root")]
urlpatterns = [path("api/", include((patterns, "api"), namespace=SPACE))]
