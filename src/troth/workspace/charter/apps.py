"""The app ``charter``."""

from __future__ import annotations

from django.apps import AppConfig


class Charters(AppConfig):
    """See the package."""

    name = "troth.workspace.charter"
    label = "charter"
