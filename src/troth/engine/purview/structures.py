"""Which roles lead together: the structures given, typical ones, and the actual one. A structure is data, never code (S0.1, S4.17)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from troth.terms.roles import Purview
from troth.terms.vocabulary import Aspect

SERVICE_LED, MARKETING_LED, BOTH, OPERATIONS_LED = "service-led", "marketing-led", "both officers", "operations-led"
ACTUAL, EVERYBODY = "actual", "all roles"

Structures = Mapping[str, tuple[str, ...]]


def structures_of(purview: Purview, chasm_of: Callable[[Sequence[str]], float]) -> Structures:
    """Name to titles, in reading order: what is given, else typical ones by the roles' aspects; the actual one last.

    Where no role has an aspect: each role by itself, and all together. Titles say nothing of what a role may do.

    :param chasm_of: the chasm of some titles together, to find who closes most beside both officers.
    """
    if purview.structures:
        return _with_actual(purview.structures, purview.actual)
    of = {aspect: tuple(role.title for role in purview.roles if role.aspect == aspect) for aspect in Aspect}
    brand, service, operating = of[Aspect.BRAND], of[Aspect.SERVICE], of[Aspect.OPERATING]
    both = (*brand, *service) if brand and service else ()
    found = {SERVICE_LED: service, MARKETING_LED: brand, BOTH: both}
    if both and operating:
        alone = chasm_of(both)
        helper = min(operating, key=lambda title: (chasm_of((*both, title)), title))
        if chasm_of((*both, helper)) < alone:
            found[f"both + {helper}"] = (*both, helper)
    found[OPERATIONS_LED] = operating
    typical = {name: titles for name, titles in found.items() if titles}
    if not typical:
        typical = {role.title: (role.title,) for role in purview.roles}
        if len(typical) > 1:
            typical[EVERYBODY] = tuple(typical)
    return _with_actual(typical, purview.actual)


def _with_actual(structures: Structures, actual: tuple[str, ...]) -> Structures:
    """The structures, and the actual one where it is none of them."""
    if not actual or any(set(titles) == set(actual) for titles in structures.values()):
        return structures
    return {**structures, ACTUAL: actual}
