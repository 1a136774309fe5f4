"""What two versions of a charter say otherwise, in words that can be read out in a meeting."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from troth.project.charter_changes import Change, charter_changes
from troth.terms.charter import Area, Charter, Line, Party, Signature, Touchpoint
from troth.terms.vocabulary import Aspect

LINE = Line(promise="delivery date", stage="fulfilment", segment="loyal", standard=8.0, unit="days", keep_target=0.9)
BEFORE = Charter(
    version="1",
    stages=("order", "fulfilment"),
    parties=(Party("Service officer", Aspect.SERVICE),),
    areas=(Area("Shop", Aspect.BRAND),),
    touchpoints=(Touchpoint("checkout", "web", "Shop"),),
    lines=(LINE,),
)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"lines": (replace(LINE, keep_target=0.95),)}, "keep target of delivery date for loyal customers in fulfilment: 90% → 95%"),
        ({"lines": (replace(LINE, standard=5.5),)}, "standard of delivery date for loyal customers in fulfilment: 8 days → 5.5 days"),
        ({"lines": (replace(LINE, standard=None),)}, "standard of delivery date for loyal customers in fulfilment: 8 days → nothing"),
        ({"lines": (replace(LINE, grace=2.0),)}, "grace of delivery date for loyal customers in fulfilment: nothing → 2 days"),
        (
            {"lines": (replace(LINE, may_promise=False),)},
            "whether it may be promised of delivery date for loyal customers in fulfilment: yes → no",
        ),
        ({"lines": (LINE, Line(promise="refund", standard=5.0))}, "line added: refund (standard 5)"),
        ({"lines": ()}, "line removed: delivery date for loyal customers in fulfilment (standard 8 days, keep target 90%)"),
        ({"parties": (Party("Service officer", Aspect.BRAND),)}, "aspect of Service officer: service → brand"),
        ({"parties": (*BEFORE.parties, Party("Brand officer", Aspect.BRAND))}, "party added: Brand officer (aspect brand)"),
        ({"areas": ()}, "area removed: Shop (aspect brand)"),
        ({"touchpoints": (Touchpoint("checkout", "app", "Shop"),)}, "channel of checkout: web → app"),
        ({"stages": ("order",)}, "stages: order, fulfilment → order"),
        ({"tie_break": "Chief executive"}, "tie-break role of the charter: nothing → Chief executive"),
        ({"effective_from": date(2024, 3, 1)}, "first day in force of the charter: nothing → 2024-03-01"),
        ({"version": "2"}, "name of the charter: 1 → 2"),
    ],
)
def test_one_change_is_one_sentence(changed: dict[str, object], said: str) -> None:
    (found,) = charter_changes(BEFORE, replace(BEFORE, **changed))  # type: ignore[arg-type]
    assert found.said == said


def test_the_same_charter_changes_nothing_whoever_signed_it() -> None:
    signed = replace(BEFORE, signatures=(Signature("Service officer", "0", date(2024, 1, 1)),))
    found = charter_changes(BEFORE, signed)
    assert not found.rows
    assert found.notes == ("Both say the same.",)


def test_lines_that_only_moved_are_the_same_lines() -> None:
    other = Line(promise="refund", standard=5.0)
    assert not charter_changes(replace(BEFORE, lines=(LINE, other)), replace(BEFORE, lines=(other, LINE))).rows


def test_another_cell_is_another_line() -> None:
    found = charter_changes(BEFORE, replace(BEFORE, lines=(replace(LINE, segment="new"),)))
    assert [(one.change, one.about) for one in found] == [
        (Change.ADDED, "delivery date for new customers in fulfilment"),
        (Change.REMOVED, "delivery date for loyal customers in fulfilment"),
    ]


def test_forwards_and_backwards_say_the_same_the_other_way_round() -> None:
    after = replace(BEFORE, lines=(replace(LINE, keep_target=0.95),), areas=(*BEFORE.areas, Area("IT", Aspect.OPERATING)))
    forwards, backwards = charter_changes(BEFORE, after), charter_changes(after, BEFORE)
    assert {(one.about, one.before, one.after) for one in forwards} == {(one.about, one.after, one.before) for one in backwards}
