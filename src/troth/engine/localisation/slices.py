"""Every slice of a cube: which leaves it holds, and sums over them.

A slice names one value in each of one to ``deepest`` dimensions. A leaf lies in one slice of each choice of dimensions, so the whole
lattice is one table, choices x leaves, of slice numbers, and a sum over every slice is one weighted count of that table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import comb, log
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy import sparse

from troth.engine.intervals import Numbers

Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Number = TypeVar("Number", bound=np.generic)

DENSE = 8
"""Up to this many possible slices a leaf, slices are numbered by their place among the possible ones; above, those that occur are."""

WITHIN_REACH = 4_000_000
"""Up to so many members, sums over slices are one product of matrices; above, that would take too much memory."""

DEPTH_COST = 1.0
"""Nats that naming one more dimension costs, beside the choice of dimensions and the choice of values."""


@dataclass(frozen=True)
class Slices:
    """The slices of a cube that are large enough to be looked at, choice of dimensions by choice of dimensions.

    What is too small shares one slot at the end of its choice, which nobody looks at. Shapes: C choices, S slots, L leaves.

    :param choices: places of the dimensions of each choice. :param starts: first slot of each choice, and S, shape (C + 1,).
    :param member: slot of each leaf in each choice, shape (L, C). :param looked: whether a slot is a slice to look at, shape (S,).
    :param penalty: description length of each choice's slices, in nats, shape (C,): which dimensions, which of their values, how deep.
    """

    choices: tuple[tuple[int, ...], ...]
    starts: Codes
    member: npt.NDArray[np.int32]
    looked: Mask
    penalty: Numbers

    @property
    def number(self) -> int:
        """S, the number of slots."""
        return int(self.starts[-1])

    @property
    def counts(self) -> Codes:
        """Slices to look at in each choice, shape (C,)."""
        return np.diff(self.starts) - 1

    @property
    def depths(self) -> Codes:
        """Dimensions each choice names, shape (C,)."""
        return np.array([len(choice) for choice in self.choices], dtype=np.int64)

    def spread(self, of_choice: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """What each choice has, for each of its slots, shape (S,)."""
        return np.repeat(of_choice, np.diff(self.starts))

    @cached_property
    def matrix(self) -> sparse.csc_array:
        """1 where a leaf (column) lies in a slot (row)."""
        leaves, choices = self.member.shape
        ends = np.arange(0, leaves * choices + 1, choices, dtype=np.int32)
        return sparse.csc_array((np.ones(leaves * choices), self.member.ravel(), ends), shape=(self.number, leaves))

    def sums(self, values: Numbers) -> Numbers:
        """Sums of the leaves' values over each slot.

        :param values: shape (..., L). :returns: shape (..., S).
        """
        if self.member.size <= WITHIN_REACH:
            return np.asarray((self.matrix @ values.T).T)
        total = np.empty((*values.shape[:-1], self.number))
        for column, start, end in zip(range(len(self.choices)), self.starts, self.starts[1:], strict=False):
            slot = self.member[:, column] - start
            for place in np.ndindex(values.shape[:-1]):
                total[(*place, slice(start, end))] = np.bincount(slot, values[place], minlength=end - start)
        return total

    def sums_over(self, leaves: Codes, values: Numbers) -> Numbers:
        """The part of :meth:`sums` that some leaves make up.

        :param leaves: their places, shape (k,). :param values: of these leaves, shape (k,).
        """
        return np.asarray(
            np.bincount(self.member[leaves].ravel(), np.repeat(values, len(self.choices)), minlength=self.number), dtype=np.float64
        )

    def choice_of(self, slot: int) -> int:
        """The choice of dimensions a slot is of."""
        return int(np.searchsorted(self.starts, slot, side="right")) - 1

    def leaves_of(self, slot: int) -> Mask:
        """Which leaves a slice holds, shape (L,)."""
        return np.asarray(self.member[:, self.choice_of(slot)] == slot)


def slices_of(codes: Codes, sizes: Codes, deepest: int, weight: Numbers, fewest: float) -> Slices:
    """The slices of a cube of at least some weight, except those that hold everything.

    :param codes: value of each leaf in each dimension, shape (D, L). :param sizes: values of each dimension, shape (D,).
    :param weight: what counts towards ``fewest``, shape (L,).
    """
    leaves = codes.shape[1]
    telling = int((sizes > 1).sum())  # a dimension with one value tells nothing apart
    choices: list[tuple[int, ...]] = []
    rows: list[npt.NDArray[np.int32]] = []
    starts = [0]
    for choice, number, possible in _numbered(codes, sizes, deepest):
        held = np.bincount(number, weight, minlength=possible)
        looked = (held >= fewest) & (np.bincount(number, minlength=possible) < leaves)
        if not looked.any():
            continue
        slots = int(looked.sum())
        slot = np.full(possible, starts[-1] + slots, dtype=np.int32)
        slot[looked] = np.arange(starts[-1], starts[-1] + slots, dtype=np.int32)
        choices.append(choice)
        rows.append(slot[number])
        starts.append(starts[-1] + slots + 1)
    looked_at = np.ones(starts[-1], dtype=bool)
    looked_at[np.array(starts[1:], dtype=np.int64) - 1] = False
    slots_of = np.diff(starts) - 1
    penalty = [
        log(comb(telling, len(choice))) + log(slots) + DEPTH_COST * len(choice) for choice, slots in zip(choices, slots_of, strict=True)
    ]
    member = np.stack(rows, axis=1) if rows else np.zeros((leaves, 0), dtype=np.int32)
    return Slices(tuple(choices), np.array(starts, dtype=np.int64), member, looked_at, np.array(penalty, dtype=np.float64))


def _numbered(codes: Codes, sizes: Codes, deepest: int) -> Iterator[tuple[tuple[int, ...], Codes, int]]:
    """Each choice of dimensions with a number per leaf, the same for leaves of one slice, and how many numbers there may be."""
    known: dict[tuple[int, ...], tuple[Codes, int]] = {(): (np.zeros(codes.shape[1], dtype=np.int64), 1)}
    telling = [int(place) for place in np.flatnonzero(sizes > 1)]
    for depth in range(1, min(deepest, len(telling)) + 1):
        longer: dict[tuple[int, ...], tuple[Codes, int]] = {}
        for choice in combinations(telling, depth):
            number, possible = known[choice[:-1]]
            number, possible = number * sizes[choice[-1]] + codes[choice[-1]], possible * int(sizes[choice[-1]])
            if possible > DENSE * codes.shape[1]:
                present, number = np.unique(number, return_inverse=True)
                possible = len(present)
            longer[choice] = number, possible
            yield choice, number, possible
        known = longer
