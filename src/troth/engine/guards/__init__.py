"""Guards for local targets: what a target does to customers (domain.md e8; S1.14, S1.15, S2.7, S2.24)."""

from __future__ import annotations

from troth.engine.guards.guard import guard
from troth.engine.guards.result import Conflict, Guard, GuardRow, Guards, MatterCost, OutcomeTest, Watermelon

__all__ = ["Conflict", "Guard", "GuardRow", "Guards", "MatterCost", "OutcomeTest", "Watermelon", "guard"]
