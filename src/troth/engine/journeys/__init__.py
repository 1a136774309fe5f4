"""Journeys: what happened in which order, against the journey on the wall, end to end (S0.13, S1.4, S1.9, S2.11)."""

from troth.engine.journeys.cordon import cordon
from troth.engine.journeys.overview import Journeys, journeys
from troth.terms.journeys import Scenario

__all__ = ["Journeys", "Scenario", "cordon", "journeys"]
