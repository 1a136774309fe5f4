"""Whose each part of the break account is (domain.md d7), as far as charter and ledger tell."""

from __future__ import annotations

from collections.abc import Iterable

from troth.terms.charter import Charter
from troth.terms.vocabulary import Aspect, Part
from troth.workspace.parts.contexts import Owner

BOTH = Owner("both", "both officers")
SPONSORED = Owner("sponsored", "operating areas, with both officers as sponsors")
NOBODY = Owner("none", "nobody yet")

_OFFICER = {
    Aspect.BRAND: Owner("brand", "brand & marketing officer"),
    Aspect.SERVICE: Owner("service", "service officer"),
    Aspect.OPERATING: Owner("operating", "operating area itself"),
}
_AREA = {
    Aspect.BRAND: Owner("brand", "brand & marketing areas"),
    Aspect.SERVICE: Owner("service", "service areas"),
    Aspect.OPERATING: Owner("operating", "operating areas"),
}


def owners(charter: Charter, made_by: Iterable[str], kept_by: Iterable[str]) -> dict[Part, Owner]:
    """Owner of each part for promises made and kept by these areas.

    Expectation-setting belongs to the officer of the area that made the promise, delivery to the areas that have to keep it. Where areas
    of several aspects share a part, it says so; where the charter lists none of them, it names the area by what it did.
    """
    return {
        Part.ALLOWANCE: BOTH,
        Part.EXPECTATION: _shared(charter, made_by, _OFFICER, Owner("brand", "area that made the promise")),
        Part.STANDARD: SPONSORED,
        Part.DELIVERY: _shared(charter, kept_by, _AREA, Owner("operating", "area that keeps it")),
    }


def _shared(charter: Charter, areas: Iterable[str], of: dict[Aspect, Owner], otherwise: Owner) -> Owner:
    aspects = list(dict.fromkeys(aspect for area in areas if (aspect := charter.aspect_of(area)) is not None))
    if len(aspects) <= 1:
        return of[aspects[0]] if aspects else otherwise
    return Owner("both", " and ".join(of[aspect].words for aspect in sorted(aspects)))
