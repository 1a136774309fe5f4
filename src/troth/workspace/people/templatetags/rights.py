"""Which links a reader may follow."""

from __future__ import annotations

from collections.abc import Collection

from django import template

from troth.workspace.parts.contexts import Link
from troth.workspace.people import rights

register = template.Library()


@register.simple_tag(takes_context=True)
def open_to_reader(context: template.Context, links: Collection[Link]) -> tuple[Link, ...]:
    """The links whoever reads may follow: ``{% open_to_reader page.study.rooms as rooms %}``."""
    return rights.open_to(links, context.get("reader"))
