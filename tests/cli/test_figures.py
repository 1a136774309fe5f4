"""How a command prints a figure that has no value."""

from __future__ import annotations

import pytest

from troth.cli.terminal import percent, reasons
from troth.engine.findings import Figure


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (Figure(None), "no data"),
        (Figure(None, n=7, method="fewer than 10 customers"), "too few"),
        (Figure(None, n=2_281, method="cannot tell: a placebo failed"), "cannot tell"),
        (Figure(0.25, 0.2, 0.3, n=40), "25.0% [20.0, 30.0]"),
    ],
)
def test_a_figure_without_a_value_says_which_kind_of_nothing_it_is(figure: Figure, words: str) -> None:
    assert percent(figure) == words


def test_what_cannot_be_told_is_told_why() -> None:
    assert reasons([Figure(None, n=5, method="cannot tell: a placebo failed")]) == ["cannot tell: a placebo failed."]
