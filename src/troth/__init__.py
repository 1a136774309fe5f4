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
    from troth.engine.effects import effect
    from troth.engine.promises import judge
    from troth.engine.study import break_account
    from troth.project import Project, Study, load_charter, load_study, open  # noqa: A004 - the settled name: troth.open(folder)
    from troth.terms.charter import Charter, Line

__all__ = ["Charter", "Line", "Project", "Study", "break_account", "effect", "judge", "load_charter", "load_study", "open"]

_PLACES = {
    "Charter": "troth.terms.charter",
    "Line": "troth.terms.charter",
    "Project": "troth.project",
    "Study": "troth.project",
    "break_account": "troth.engine.study",
    "effect": "troth.engine.effects",
    "judge": "troth.engine.promises",
    "load_charter": "troth.project",
    "load_study": "troth.project",
    "open": "troth.project",
}


def __getattr__(name: str) -> Any:
    """The public name, from the room it stands in."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
