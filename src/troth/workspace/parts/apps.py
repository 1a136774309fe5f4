"""The app ``parts``."""

from __future__ import annotations

from django.apps import AppConfig


class Parts(AppConfig):
    """The design system."""

    name = "troth.workspace.parts"
    label = "parts"
