"""Marketing or service? Unwanted events split over the exposures they go along with, and what would have happened anyway (domain.md e6)."""

from troth.engine.attribution.attribute import attribute
from troth.engine.attribution.sides import exposures_by_side
from troth.terms.questions import Question, question_named, questions

__all__ = ["Question", "attribute", "exposures_by_side", "question_named", "questions"]
