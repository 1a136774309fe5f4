"""The promise ledger: verdicts, integrity, and the defences that keep both honest (domain.md c)."""

from troth.engine.promises.integrity import integrity
from troth.engine.promises.problems import Problem, problems
from troth.engine.promises.rules import STANDARD_RULES, Rules
from troth.engine.promises.slices import slice_columns
from troth.engine.promises.verdicts import judge

__all__ = ["STANDARD_RULES", "Problem", "Rules", "integrity", "judge", "problems", "slice_columns"]
