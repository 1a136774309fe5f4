"""The app ``api``."""

from __future__ import annotations

from django.apps import AppConfig


class Api(AppConfig):
    """See the package."""

    name = "troth.workspace.api"
    label = "api"
