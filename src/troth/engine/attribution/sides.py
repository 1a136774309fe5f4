"""Whose work an exposure is: the area that owns it, the area's aspect in the charter, and that aspect's side (domain.md e6)."""

from __future__ import annotations

from collections.abc import Mapping

from troth.terms.charter import Charter, in_force
from troth.terms.errors import RequestError, did_you_mean
from troth.terms.vocabulary import Aspect

OTHER = "other"
"""The side of exposures that no area owns."""

UNEXPLAINED = "unexplained"
"""What would have happened without any exposure, and what the exposures do not account for. No side may be called so."""

SIDE_OF: Mapping[Aspect, str] = {Aspect.BRAND: "marketing", Aspect.SERVICE: "service", Aspect.OPERATING: "operating"}


def exposures_by_side(charter: Charter | None, owners: Mapping[str, str | None]) -> dict[str, list[str]]:
    """Exposures by side, as :func:`troth.attribute` takes them.

    :param charter: whose areas say which aspect each works for.
    :param owners: exposure (a column) to the area that owns it; ``None`` where none does, which is the side “other”.
    :returns: side to its exposures, in the order marketing, service, operating, other; sides without one are left out.
    :raises RequestError: an owner is no area of the charter.
    """
    agreed = in_force(charter)
    found: dict[str, list[str]] = {side: [] for side in (*SIDE_OF.values(), OTHER)}
    for exposure, area in owners.items():
        aspect = agreed.aspect_of(area)
        if area is not None and aspect is None:
            known = [one.name for one in agreed.areas]
            mend = did_you_mean(area, known) or "list it under [[areas]] in the charter, with its aspect."
            raise RequestError(f"“{area}” is no area of the charter.", place=f"owners, {exposure}", mend=mend)
        found[OTHER if aspect is None else SIDE_OF[aspect]].append(exposure)
    return {side: columns for side, columns in found.items() if columns}
