"""Troth keeps a company's word with it: every promise against what was received, and whose the gap is.

::

    import troth

    study = troth.open("myco").study("2024-06-30")
    study.integrity(by=["kept_by"])
    study.account(by=["kept_by"])

Each name is imported when it is first used, so that ``import troth`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from troth.project import Comparison, Project, Study, compare, current, load_study, open, studies  # noqa: A004 - troth.open is the settled name

_FACE = {
    "open": "troth.project",
    "load_study": "troth.project",
    "studies": "troth.project",
    "current": "troth.project",
    "compare": "troth.project",
    "Project": "troth.project",
    "Study": "troth.project",
    "Comparison": "troth.project",
}

__all__ = ["Comparison", "Project", "Study", "compare", "current", "load_study", "open", "studies"]


def __getattr__(name: str) -> Any:
    if name not in _FACE:
        raise AttributeError(f"module 'troth' has no attribute {name!r}")
    return getattr(import_module(_FACE[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
