"""Texts that say nothing in words are no themes, and no failure either, whatever reads them."""

from __future__ import annotations

import pytest

import troth


@pytest.mark.parametrize("embedder", ["auto", "characters"])
@pytest.mark.parametrize("texts", [[], ["", None], ["😀"] * 20], ids=["none", "blank", "signs"])
def test_nothing_said_in_words_cannot_be_told(texts: list[str | None], embedder: str) -> None:
    found = troth.themes(texts, embedder=embedder)
    assert len(found) == 0
    assert "too few different texts" in " ".join(found.notes)
