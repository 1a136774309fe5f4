"""For which role somebody speaks when they act on an issue."""

from __future__ import annotations

from collections.abc import Collection

from troth.workspace.issues.operations import Speaker
from troth.workspace.people.errors import NotYoursError
from troth.workspace.people.guard import Standing
from troth.workspace.people.models import Grant, Role, Seat, Sight, Tenure


def roles_of(standing: Standing) -> list[Role]:
    """Roles a person holds, by title."""
    held = Tenure.in_force(standing.at).filter(person=standing.person).select_related("role").order_by("role__title")
    return [one.role for one in held]


def speaker_of(standing: Standing, seats: Collection[Seat], areas: Collection[str]) -> Speaker:
    """The person in the first of their roles that has one of these seats; an area head speaks for their areas alone.

    :param areas: areas the issue lies in.
    :raises NotYoursError: they hold no such role.
    """
    fit = [role for role in roles_of(standing) if role.seat in seats]
    for role in sorted(fit, key=lambda one: one.seat == Seat.AREA_HEAD):
        if role.seat != Seat.AREA_HEAD or _heads(role, areas, standing):
            return Speaker(standing.person, role)
    raise NotYoursError("no role of yours speaks for this issue.", mend="ask whoever gives roles.")


def _heads(role: Role, areas: Collection[str], standing: Standing) -> bool:
    mine = {"role": role, "area__in": list(areas)}
    return Grant.in_force(standing.at).filter(**mine).exists() or Sight.in_force(standing.at).filter(**mine).exists()
