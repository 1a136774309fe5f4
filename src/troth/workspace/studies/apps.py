"""The app ``studies``."""

from __future__ import annotations

from django.apps import AppConfig


class Studies(AppConfig):
    """See the package."""

    name = "troth.workspace.studies"
    label = "studies"
