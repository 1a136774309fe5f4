"""Say what they'll get, and deliver what you say: a ledger of every promise, and whose the gap is.

    project = troth.open("examples/flights")
    study = project.study(as_of="2014-01-02")
    study.integrity(by=["carrier"])
    study.account(by=["carrier"])

Names are imported when first used, so that ``import troth`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from troth.engine.attribution import attribute
    from troth.engine.effects import effect
    from troth.engine.guards import Guard, guard
    from troth.engine.journeys import Journeys, Scenario, journeys
    from troth.engine.localisation import locate
    from troth.engine.mechanisms import split_change
    from troth.engine.promises import judge
    from troth.engine.purview import Chasm, chasm
    from troth.engine.study import break_account
    from troth.engine.voice import themes
    from troth.project import Project, Study, load_charter, load_study, open, save_charter  # noqa: A004 - the settled name: troth.open(folder)
    from troth.terms.charter import Charter, Line

__all__ = [
    "Charter",
    "Chasm",
    "Guard",
    "Journeys",
    "Line",
    "Project",
    "Scenario",
    "Study",
    "attribute",
    "break_account",
    "chasm",
    "effect",
    "guard",
    "journeys",
    "judge",
    "load_charter",
    "load_study",
    "locate",
    "open",
    "save_charter",
    "split_change",
    "themes",
]

_PLACES = {
    "Charter": "troth.terms.charter",
    "Chasm": "troth.engine.purview",
    "Guard": "troth.engine.guards",
    "Journeys": "troth.engine.journeys",
    "Line": "troth.terms.charter",
    "Project": "troth.project",
    "Scenario": "troth.engine.journeys",
    "Study": "troth.project",
    "attribute": "troth.engine.attribution",
    "break_account": "troth.engine.study",
    "chasm": "troth.engine.purview",
    "guard": "troth.engine.guards",
    "journeys": "troth.engine.journeys",
    "effect": "troth.engine.effects",
    "judge": "troth.engine.promises",
    "load_charter": "troth.project",
    "load_study": "troth.project",
    "locate": "troth.engine.localisation",
    "open": "troth.project",
    "save_charter": "troth.project",
    "split_change": "troth.engine.mechanisms",
    "themes": "troth.engine.voice",
}


def __getattr__(name: str) -> Any:
    """The public name, from the room it stands in."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
