"""The sentence that says whose the gap is: in whole numbers, for every sign the parts can have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from troth.engine.findings import Account, PartFigure
from troth.terms.charter import Charter
from troth.workspace.desks.accounts import account_sentence, account_view, bracket, part_counts
from troth.workspace.desks.ownership import owners
from troth.workspace.desks.sentences import plain

OWNERS = owners(Charter(), (), ())


def account(broken: int, parts: tuple[float, float, float, float], undecomposed: dict[str, tuple[int, int]] | None = None) -> Account:
    allowance, expectation, standard, delivery = (PartFigure(part) for part in parts)
    return Account({}, 1_000, broken, allowance, expectation, standard, delivery, undecomposed or {})


GAP = "Of 300 broken promises, the keep target accepts 100. Of the 200 beyond it, "
SAID: list[tuple[Account, str]] = [
    (account(0, (90, 0, 0, -90)), "No promise that fell due was broken."),
    (
        account(300, (100, 10, 20, 170)),
        f"{GAP}most are delivery, 170: it went worse than the record predicted. That part belongs to the area that keeps it.",
    ),
    (
        account(300, (100, 300, 0, -100)),
        (
            f"{GAP}the largest part is expectation-setting, 300 (other parts took some away): the promise was set beyond the record. "
            "That part belongs to the area that made the promise."
        ),
    ),
    (
        account(300, (100, 70, 65, 65)),
        (
            f"{GAP}the largest part is expectation-setting, 70: the promise was set beyond the record. "
            "That part belongs to the area that made the promise."
        ),
    ),
    (
        account(300, (100, 0, 200, 0)),
        (
            f"{GAP}nearly all are standard, 200: the agreement asks more than the record shows can be done. "
            "That part belongs to operating areas, with both officers as sponsors."
        ),
    ),
    (
        account(60, (100, -10, 0, -30)),
        (
            "Of 60 broken promises, the keep target accepts 100. "
            "That is 40 more than were broken: as a whole, the word was kept better than agreed."
        ),
    ),
    (
        account(120, (100, 0, 0, 0), {"no record": (50, 20)}),
        "Of 120 broken promises, 100 have a record to judge them by. Of these, the keep target accepts 100. None is beyond it.",
    ),
    (
        account(20, (0, 0, 0, 0), {"no record": (50, 20)}),
        "Of 20 broken promises, 0 have a record to judge them by. So nobody’s share can be told yet.",
    ),
]


@pytest.mark.parametrize(("found", "said"), SAID)
def test_whose_the_gap_is_in_whole_numbers(found: Account, said: str) -> None:
    assert plain(account_sentence(found, OWNERS)) == said


def test_an_account_that_fails_the_gate_names_nobody() -> None:
    said = plain(account_sentence(account(300, (100, 10, 20, 170)), OWNERS, doubted=True))
    assert said == f"{GAP}most are delivery, 170, as computed. But the account is not calibrated, so it cannot say whose they are."


def test_what_is_printed_adds_up() -> None:
    """717.4 + 780.3 + 0 + 141.3 is 1,639, and rounded one by one it would be 1,638."""
    found = account(1639, (717.4, 780.3, 0.0, 141.3), {})
    counts = [int(part.count.replace(",", "").replace("−", "-")) for part in part_counts(found)]
    assert sum(counts) == 1639


def test_delivery_whose_limits_hold_nothing_is_not_called_worse() -> None:
    delivery = replace(account(300, (100, 10, 20, 170)), delivery=PartFigure(170.0, low=-628.0, high=792.0))
    shown = account_view(delivery, OWNERS, mode="as-of", modes=())
    assert shown.parts[3].meaning == "not to be told from what the record predicted"


def test_a_sentence_led_by_such_a_delivery_does_not_say_worse_either() -> None:
    found = replace(account(300, (100, 10, 20, 170)), delivery=PartFigure(170.0, low=-628.0, high=792.0))
    assert "170: that cannot be told from what the record predicted." in plain(account_sentence(found, OWNERS))


def test_a_bracket_runs_from_the_smaller_reading_to_the_larger() -> None:
    assert bracket(PartFigure(2282.0, aware=1829.0)) == "1,829 to 2,282"
    assert bracket(PartFigure(-995.0, aware=-563.0)) == "−995 to −563"
    assert bracket(PartFigure(10.0)) == bracket(PartFigure(10.0, aware=10.2)) == ""
