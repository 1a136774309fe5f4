"""What is held equal: covariates as columns of a smooth fit.

A number becomes its place among all rows (0 to 1, so that outliers do not matter) and hinges at evenly spaced places; words become one
column per level; what is not known is a level of its own. Pairs of covariates add products, as many as the rows can bear.

By itself a number stands in normal scores of its places (van der Waerden). The ends of places are crowded: what the most extreme rows do
would have to rise within the last few hundredths, which no hinge follows, and what is left over passes for what exposures do. In products
it stands in places, which are bounded: the ends of two numbers at once are few rows, and would be left to a few of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from troth.engine.intervals import Numbers

KNOTS = (7, 4, 2, 0)
"""Hinges of a number, by what the rows can bear."""

PAIR_WIDTHS = (3, 2, 1, 0)
"""Columns of each of two covariates that are multiplied with each other."""

FEW_VALUES = 8
"""A number with at most so many values is told by levels."""

OUTERMOST = 0.005
"""Rows whose places are nearer than this to either end all score alike, so that outliers do not matter in scores either."""

MOST_LEVELS = 20
MOST_COLUMNS = 240
ROWS_A_COLUMN = 25


@dataclass(frozen=True, slots=True)
class Piece:
    """One covariate's columns.

    :param alone: by itself, shape (m, p). :param multiplied: in products with those of others, shape (m, p).
    """

    alone: Numbers
    multiplied: Numbers


def basis(covariates: Mapping[str, pa.Array], weight: Numbers, independent: float) -> Numbers:
    """The columns of the fit, shape (m, p), each of mean 0 and spread 1 after the first, which is 1 throughout.

    :param covariates: name to values, numbers or words, shape (m,) each.
    :param weight: rows of each pattern, shape (m,).
    :param independent: rows or, where they come in clusters, clusters: so many can bear so many columns.
    """
    room = min(MOST_COLUMNS, int(independent / ROWS_A_COLUMN))
    pieces: list[Piece] = []
    for knots in KNOTS:
        pieces = [piece for values in covariates.values() if (piece := _columns(values, weight, knots)).alone.shape[1]]
        if sum(piece.alone.shape[1] for piece in pieces) <= room:
            break
    used = sum(piece.alone.shape[1] for piece in pieces)
    products: list[Numbers] = []
    for width in PAIR_WIDTHS:
        narrow = [piece.multiplied[:, :width] for piece in pieces]
        products = [_products(one, other) for i, one in enumerate(narrow) for other in narrow[:i]]
        if used + sum(product.shape[1] for product in products) <= room:
            break
    ones = np.ones((len(weight), 1))
    every = np.column_stack([ones, *(piece.alone for piece in pieces), *products])
    mean = np.average(every, axis=0, weights=weight)
    spread = np.sqrt(np.average((every - mean) ** 2, axis=0, weights=weight))
    varies = spread > 1e-9  # noqa: PLR2004 - a column that is one value throughout holds nothing
    return np.column_stack([ones, (every[:, varies] - mean[varies]) / spread[varies]])


def modifiers(covariates: Mapping[str, pa.Array], weight: Numbers, most: int) -> Numbers:
    """What an exposure may act more or less strongly with: numbers as places of mean 0 and spread 1, shape (m, J) with J <= most."""
    found = []
    for values in covariates.values():
        if pa.types.is_floating(values.type) and pc.count_distinct(values).as_py() > 1:
            place = _places(values, weight) - 0.5
            spread = float(np.sqrt(np.average((place - np.average(place, weights=weight)) ** 2, weights=weight)))
            found.append((place - np.average(place, weights=weight)) / max(spread, 1e-9))
    return np.column_stack(found[:most]) if found and most else np.zeros((len(weight), 0))


def _columns(values: pa.Array, weight: Numbers, knots: int) -> Piece:
    """One covariate's columns: the place and its hinges, or a column per level but the commonest."""
    known = pc.drop_null(values)
    if not pa.types.is_floating(values.type) or pc.count_distinct(known).as_py() <= FEW_VALUES:
        levels = _levels(values, weight)
        return Piece(levels, levels)
    place, at = _places(values, weight), np.arange(1, knots + 1) / (knots + 1)
    missing = [] if values.null_count == 0 else [_flags(pc.is_null(values))]
    scores = _scores(place)
    return Piece(
        alone=np.column_stack([scores, _hinges(scores, _scores(at)), *missing]),
        multiplied=np.column_stack([place, _hinges(place, at), *missing]),
    )


def _hinges(number: Numbers, at: Numbers) -> Numbers:
    """By how much a number is beyond each of these, shape (m, knots)."""
    return np.maximum(number[:, None] - at, 0.0)


def _scores(place: Numbers) -> Numbers:
    """Normal scores of places, within :data:`OUTERMOST` of either end."""
    from scipy import special

    return np.asarray(special.ndtri(np.clip(place, OUTERMOST, 1 - OUTERMOST)), dtype=np.float64)


def _places(values: pa.Array, weight: Numbers) -> Numbers:
    """Where each value stands among all rows, 0 to 1; alike values stand alike, and what is not known in the middle."""
    known = _flags(pc.is_valid(values)).astype(bool)
    numbers = np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)
    place = np.full(len(numbers), 0.5)
    if known.any():
        _, at = np.unique(numbers[known], return_inverse=True)
        mass = np.bincount(at, weights=weight[known])
        place[known] = ((np.cumsum(mass) - mass / 2) / mass.sum())[at]
    return place


def _levels(values: pa.Array, weight: Numbers) -> Numbers:
    """A column of 1 and 0 for each of the commonest levels, but for the first of them; the rarest share one."""
    encoded = values.dictionary_encode()
    codes = np.asarray(encoded.indices.fill_null(len(encoded.dictionary)).to_numpy(zero_copy_only=False), dtype=np.int64)
    mass = np.bincount(codes, weights=weight)
    commonest = [level for level in np.argsort(-mass, kind="stable") if mass[level] > 0]
    columns = [(codes == level).astype(np.float64) for level in commonest[1:MOST_LEVELS]]
    if commonest[MOST_LEVELS:]:
        columns.append(np.isin(codes, commonest[MOST_LEVELS:]).astype(np.float64))
    return np.column_stack(columns) if columns else np.zeros((len(codes), 0))


def _products(one: Numbers, other: Numbers) -> Numbers:
    return (one[:, :, None] * other[:, None, :]).reshape(len(one), -1)


def _flags(array: pa.Array) -> Numbers:
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=np.float64)
