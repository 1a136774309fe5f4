"""The app ``issues``."""

from __future__ import annotations

from django.apps import AppConfig


class Issues(AppConfig):
    """See the package."""

    name = "troth.workspace.issues"
    label = "issues"
