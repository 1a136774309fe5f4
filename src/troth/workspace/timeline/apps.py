"""The app ``timeline``."""

from __future__ import annotations

from django.apps import AppConfig


class Timeline(AppConfig):
    """See the package."""

    name = "troth.workspace.timeline"
    label = "timeline"
