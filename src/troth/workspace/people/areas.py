"""The areas a grant can name."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from troth.intake.folder import charter_files
from troth.terms.errors import TrothError, did_you_mean
from troth.workspace.people.errors import PeopleError
from troth.workspace.people.models import Grant, Sight


def known_areas() -> tuple[str, ...]:
    """Names of the areas of every version of the charter that can be read, and of those a grant or a role named before."""
    agreed: list[str] = []
    for file in reversed(charter_files(Path(settings.TROTH_PROJECT))):
        with suppress(OSError, TrothError):  # a charter that cannot be read is told by `troth check`, and must not lock the people page
            agreed += _agreed(file, file.stat().st_mtime_ns)
    named = [*Grant.objects.values_list("area", flat=True), *Sight.objects.values_list("area", flat=True)]
    return tuple(dict.fromkeys([*agreed, *sorted(set(named))]))


def checked_area(name: str) -> str:
    """The name, if the charter has such an area, or has none at all.

    :raises PeopleError: it has others; with the nearest.
    """
    known = known_areas()
    if known and name not in known:
        raise PeopleError(f"there is no area “{name[:60]}”.", place="area", mend=did_you_mean(name, known))
    return name


@lru_cache(maxsize=64)
def _agreed(file: Path, changed: int) -> tuple[str, ...]:
    """Areas of the charter file as it was at ``changed``."""
    from troth.project import load_charter

    return tuple(area.name for area in load_charter(file).areas)
