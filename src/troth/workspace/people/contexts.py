"""What the sign-in pages receive."""

from __future__ import annotations

from dataclasses import dataclass

from troth.workspace.parts.contexts import told


@dataclass(frozen=True, slots=True)
class Arrival:
    """The page that asks for a link, or turns one into a session."""

    action: str = told("address the form sends to; empty where there is no link")
    onward: str = told("where the reader wanted to go", default="/")
