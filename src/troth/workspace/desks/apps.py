"""The app ``desks``."""

from __future__ import annotations

from django.apps import AppConfig


class Desks(AppConfig):
    """See the package."""

    name = "troth.workspace.desks"
    label = "desks"
