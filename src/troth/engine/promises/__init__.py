"""The promise ledger: verdicts, integrity, and the defences that keep both honest (domain.md c)."""

from troth.engine.promises.basket import fixed_basket
from troth.engine.promises.bunching import bunching
from troth.engine.promises.campaigns import campaigns
from troth.engine.promises.integrity import integrity
from troth.engine.promises.periods import Comparison, PartPeriod, Period, by_period, compare_periods, part_periods, rolling
from troth.engine.promises.problems import Problem, problems
from troth.engine.promises.ranges import range_scores
from troth.engine.promises.ranking import Place, WorstCell, difference, places, tier_gap, worst_cell
from troth.engine.promises.rules import STANDARD_RULES, Rules
from troth.engine.promises.skill import promise_skill, skill_sums
from troth.engine.promises.slices import slice_columns
from troth.engine.promises.verdicts import judge

__all__ = [
    "STANDARD_RULES",
    "Comparison",
    "PartPeriod",
    "Period",
    "Place",
    "Problem",
    "Rules",
    "WorstCell",
    "bunching",
    "by_period",
    "campaigns",
    "compare_periods",
    "difference",
    "fixed_basket",
    "integrity",
    "judge",
    "part_periods",
    "places",
    "problems",
    "promise_skill",
    "range_scores",
    "rolling",
    "skill_sums",
    "slice_columns",
    "tier_gap",
    "worst_cell",
]
