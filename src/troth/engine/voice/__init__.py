"""In whose words: themes, what goes along with them, what is new, and what people say they were told."""

from troth.engine.voice.curation import NO_DECISIONS, Curation, Merge, Name, Rule, curation_from
from troth.engine.voice.expectations import Decision, Review, expectations, review_from
from troth.engine.voice.identity import Memory, memory_from
from troth.engine.voice.masking import mask
from troth.engine.voice.results import Emerging, Lift, Quote, Statement, Theme, ThemesQuality
from troth.engine.voice.themes import Themes, themes

__all__ = [
    "NO_DECISIONS",
    "Curation",
    "Decision",
    "Emerging",
    "Lift",
    "Memory",
    "Merge",
    "Name",
    "Quote",
    "Review",
    "Rule",
    "Statement",
    "Theme",
    "Themes",
    "ThemesQuality",
    "curation_from",
    "expectations",
    "mask",
    "memory_from",
    "review_from",
    "themes",
]
