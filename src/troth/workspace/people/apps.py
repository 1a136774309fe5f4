"""The app ``people``."""

from __future__ import annotations

from django.apps import AppConfig


class People(AppConfig):
    """See the package."""

    name = "troth.workspace.people"
    label = "people"
