"""What a treatment does to an outcome, with what it may be trusted for (domain.md e3)."""

from troth.engine.effects.estimating import effect, effect_on_treated
from troth.engine.effects.result import Effect, Estimate, Overlap, Placebo, Sensitivity

__all__ = ["Effect", "Estimate", "Overlap", "Placebo", "Sensitivity", "effect", "effect_on_treated"]
