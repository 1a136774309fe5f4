"""Themes as communities of a graph of nearest texts, agreed on by several runs.

1. Every text is tied to its k nearest (cosine); a tie weighs the share of neighbours both have (Jarvis & Patrick 1973).
2. Communities by modularity with a resolution (Blondel et al. 2008; Reichardt & Bornholdt 2006), several runs in different orders.
3. Ties are weighed again by how many runs put both ends together, and communities are found once more (consensus clustering,
   Lancichinetti & Fortunato 2012). That makes the answer the same, or nearly so, whatever the order: its stability is measured.
4. Groups are communities of themes over the same ties, so each theme lies in one group.

No number of themes is given. The resolution grows with the number of texts, because a modularity without it cannot see themes that are
small against the whole (Fortunato & Barthelemy 2007).
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from troth.engine.voice.texts import Labels
from troth.engine.voice.vectors import Vectors, unit

Weights = npt.NDArray[np.float64]

MOST_NEIGHBOURS = 10
RUNS = 6
FINEST, COARSEST = 4.0, 0.5
TEXTS_PER_RESOLUTION = 1_000
"""The resolution is the number of different texts over this, between :data:`COARSEST` and :data:`FINEST`."""
CHUNK = 1_024
FLOOR = 0.05
"""Weight of a tie between texts that share no further neighbour."""


@dataclass(frozen=True)
class Ties:
    """Edges of a graph of texts: ``start[e]`` to ``end[e]`` with ``weight[e]``; shape (E,)."""

    size: int
    start: Labels
    end: Labels
    weight: Weights


@dataclass(frozen=True)
class Communities:
    """A community for each text, shape (m,), and how far two sets of runs agree on it (adjusted Rand index; ``None`` below 3 texts)."""

    labels: Labels
    ties: Ties
    stability: float | None


def communities(vectors: Vectors, *, grain: float = 1.0, seed: int = 0) -> Communities:
    """Communities of texts.

    :param vectors: length 1, shape (m, d). :param grain: multiplies the resolution: above 1 finer themes, below 1 coarser.
    """
    size = len(vectors)
    if size < 3:  # noqa: PLR2004 - two texts make no graph
        return Communities(np.zeros(size, dtype=np.int64), Ties(size, *(np.zeros(0, np.int64),) * 2, np.zeros(0)), None)
    ties = nearest(vectors)
    resolution = grain * min(FINEST, max(COARSEST, size / TEXTS_PER_RESOLUTION))
    agreed, again = (_agreed(ties, resolution, seed=seed + shift) for shift in (0, RUNS))
    return Communities(agreed, ties, rand_index(agreed, again))


def groups(labels: Labels, ties: Ties) -> Labels:
    """A group for each theme, shape (themes,), by the ties between themes.

    :param labels: themes 0, 1, ... of the texts in ``ties``; -1 for none.
    """
    themes = int(labels.max(initial=-1)) + 1
    start, end = labels[ties.start], labels[ties.end]
    between = (start >= 0) & (end >= 0) & (start != end)
    sizes = np.maximum(np.bincount(labels[labels >= 0], minlength=themes), 1)
    weight = ties.weight[between] / np.sqrt(sizes[start[between]] * sizes[end[between]])
    return _louvain(Ties(themes, start[between], end[between], weight), 1.0, 0)


def neighbours(vectors: Vectors, among: Labels) -> tuple[Labels, Weights]:
    """The k nearest of each text among some and how close they are (cosine), shapes (m, k); k = log2 of their number, at most ten.

    :param among: places of the texts that may be neighbours, ascending. No text is its own.
    """
    k = min(MOST_NEIGHBOURS, max(2, math.ceil(math.log2(len(among)))), len(among) - 1)
    places = np.empty((len(vectors), k), dtype=np.int64)
    close = np.empty((len(vectors), k), dtype=np.float64)
    pool = vectors[among]
    spot = np.searchsorted(among, np.arange(len(vectors)))
    itself = (spot < len(among)) & (among[np.minimum(spot, len(among) - 1)] == np.arange(len(vectors)))
    for begin in range(0, len(vectors), CHUNK):
        similar = vectors[begin : begin + CHUNK] @ pool.T
        own = np.flatnonzero(itself[begin : begin + CHUNK])
        similar[own, spot[begin + own]] = -np.inf
        best = np.argpartition(-similar, k - 1, axis=1)[:, :k]
        places[begin : begin + CHUNK] = among[best]
        close[begin : begin + CHUNK] = np.take_along_axis(similar, best, axis=1)
    return places, close


def smoothed(vectors: Vectors, among: Labels) -> Vectors:
    """Each vector half itself and half the mean of its nearest among some, weighted by the square of their cosine, length 1.

    Letters that two texts share by chance fade, letters a neighbourhood shares stay.
    """
    if len(among) < 3:  # noqa: PLR2004 - two texts make no neighbourhood
        return vectors
    places, close = neighbours(vectors, among)
    weight = np.clip(close, 0, None) ** 2
    around = np.stack([weights @ vectors[near] for near, weights in zip(places, weight, strict=True)])
    return unit(vectors + unit(around))


def nearest(vectors: Vectors) -> Ties:
    """Each text tied to its nearest; a tie weighs the share of neighbours both have."""
    from scipy import sparse

    places, close = neighbours(vectors, np.arange(len(vectors)))
    size, k = places.shape
    start, end = np.repeat(np.arange(size), k), places.ravel()
    tied = sparse.csr_matrix((np.ones(size * k, dtype=np.float32), (start, end)), shape=(size, size))
    shared = np.empty(size * k)
    for begin in range(0, size, CHUNK):  # in stretches, so that memory follows the ties and not their square
        stretch = slice(begin * k, min(size, begin + CHUNK) * k)
        rows = start[stretch]
        shared[stretch] = np.asarray(tied[rows].multiply(tied[end[stretch]]).sum(axis=1)).ravel()
    positive = close.ravel() > 0
    return Ties(size, start[positive], end[positive], (shared / k + FLOOR)[positive])


def rand_index(one: Labels, other: Labels) -> float:
    """Adjusted Rand index of two labelings (Hubert & Arabie 1985): 1 = the same, 0 = as chance has it."""
    both = np.unique(np.stack([one, other]), axis=1, return_counts=True)[1]
    mine, theirs = (np.unique(labels, return_counts=True)[1] for labels in (one, other))
    together, ours, others = (float((counts * (counts - 1) / 2).sum()) for counts in (both, mine, theirs))
    by_chance = ours * others / max(1.0, len(one) * (len(one) - 1) / 2)
    most = (ours + others) / 2
    return 1.0 if most == by_chance else (together - by_chance) / (most - by_chance)


def _agreed(ties: Ties, resolution: float, seed: int) -> Labels:
    runs = [_louvain(ties, resolution, seed + run) for run in range(RUNS)]
    together = np.mean([labels[ties.start] == labels[ties.end] for labels in runs], axis=0)
    return _louvain(Ties(ties.size, ties.start, ties.end, ties.weight * together**2 + 1e-9), resolution, seed)


def _louvain(ties: Ties, resolution: float, seed: int) -> Labels:
    """Local moves and merging until nothing gains modularity; the order of moves comes from ``seed``."""
    order = random.Random(seed)  # noqa: S311 - an order, not a secret
    near = _symmetric(ties.size, ties.start, ties.end, ties.weight)
    inner = [0.0] * ties.size
    member = np.arange(ties.size)
    while True:
        community, moved = _moves(near, inner, resolution, order)
        renamed = {old: new for new, old in enumerate(dict.fromkeys(community))}
        community = [renamed[old] for old in community]
        member = np.asarray(community, dtype=np.int64)[member] if community else member
        if not moved or len(renamed) == len(near):
            return member.astype(np.int64)
        near, inner = _merged(near, inner, community, len(renamed))


def _symmetric(size: int, start: Labels, end: Labels, weight: Weights) -> list[dict[int, float]]:
    """Of each node its neighbours with the weight of ties in both directions."""
    from scipy import sparse

    one_way = sparse.coo_matrix((weight, (start, end)), shape=(size, size)).tocsr()
    both = (one_way + one_way.T).tocsr()
    both.setdiag(0)
    both.eliminate_zeros()
    both.sort_indices()
    ends, weights, pointers = both.indices.tolist(), both.data.tolist(), both.indptr.tolist()
    return [dict(zip(ends[a:b], weights[a:b], strict=True)) for a, b in itertools.pairwise(pointers)]


def _moves(near: Sequence[dict[int, float]], inner: Sequence[float], resolution: float, order: random.Random) -> tuple[list[int], bool]:
    """Nodes move to the neighbouring community with the greatest gain until none gains; only neighbours of what moved are asked again."""
    size = len(near)
    degree = [sum(ties.values()) + 2 * own for ties, own in zip(near, inner, strict=True)]
    scale = resolution / max(sum(degree), 1e-12)
    community, total = list(range(size)), degree.copy()
    waiting, queued, moved = list(range(size)), [True] * size, False
    order.shuffle(waiting)
    for node in waiting:  # the list grows while it is read
        queued[node] = False
        home, pull = community[node], degree[node] * scale
        total[home] -= degree[node]
        links: dict[int, float] = {}
        for other, weight in near[node].items():
            links[community[other]] = links.get(community[other], 0.0) + weight
        best, most = home, links.get(home, 0.0) - pull * total[home]
        for candidate, weight in links.items():
            gain = weight - pull * total[candidate]
            if gain > most + 1e-12:
                best, most = candidate, gain
        community[node] = best
        total[best] += degree[node]
        if best != home:
            moved = True
            for other in near[node]:
                if community[other] != best and not queued[other]:
                    queued[other] = True
                    waiting.append(other)
    return community, moved


def _merged(
    near: Sequence[dict[int, float]], inner: Sequence[float], community: Sequence[int], size: int
) -> tuple[list[dict[int, float]], list[float]]:
    """The graph of communities: ties between them added up, ties inside kept as their own weight."""
    ties: list[dict[int, float]] = [{} for _ in range(size)]
    own = [0.0] * size
    for node, neighbours in enumerate(near):
        home = community[node]
        own[home] += inner[node]
        for other, weight in neighbours.items():
            there = community[other]
            if there != home:
                ties[home][there] = ties[home].get(there, 0.0) + weight
            elif other > node:
                own[home] += weight
    return ties, own
