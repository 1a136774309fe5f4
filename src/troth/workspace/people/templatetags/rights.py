"""Which links a reader may follow."""

from __future__ import annotations

from django import template

from troth.workspace.people import rights

register = template.Library()

register.filter("open_to", rights.open_to)
