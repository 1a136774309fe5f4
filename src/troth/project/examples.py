"""The example projects that come with Troth."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from troth.project.storage import saving
from troth.terms.errors import RequestError, did_you_mean

FEW_ORDERS = 4_000
"""Orders of the made shop where nobody asks for another size: its causes are all found, and its study takes seconds."""

_HERE = Path(__file__).parents[1]
_PLACES = (_HERE / "examples", _HERE.parents[1] / "examples")
"""Inside the installed package, or in a checkout."""


@dataclass(frozen=True, slots=True)
class Example:
    """A project folder that runs as it is.

    :param as_of: the day its study speaks of.
    :param world: its data are made, in any size (:mod:`troth.engine.worlds.shop`), and do not come as a package.
    """

    name: str
    title: str
    as_of: str
    world: bool = False

    @property
    def origin(self) -> Path:
        """Where it came with the package."""
        return next(place for root in _PLACES if (place := root / self.name).is_dir())

    def lay_out(self, folder: Path) -> Path:
        """Copy its configuration to ``folder``; what is there already stays as it is.

        :raises StorageError: the folder cannot be written.
        """
        if not (folder / "troth.toml").is_file():
            with saving(folder):
                shutil.copytree(self.origin, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".troth", "data", "truth"))
        return folder

    def check(self, size: int | None) -> None:
        """Whether the example can be had in this size.

        :raises RequestError: it is not made, or cannot be made in this size.
        """
        if size is None:
            return
        if not self.world:
            raise RequestError(f"the example “{self.name}” is real data, and as large as it is.", place="--size", mend="leave it out.")
        from troth.engine.worlds.shop.making import LEAST_ORDERS, MOST_ORDERS

        if not LEAST_ORDERS <= size <= MOST_ORDERS:
            mend = f"ask for {LEAST_ORDERS:,} to {MOST_ORDERS:,}."
            raise RequestError(f"a shop of {size:,} orders cannot be made.", place="--size", mend=mend)

    def make(self, folder: Path, size: int | None = None) -> int | None:
        """Make the data of a made world in ``folder``; those of this size that are there already stay.

        :param size: about how many orders; where left out, those that are there, and :data:`FEW_ORDERS` where none are.
        :return: how many orders were made; ``None`` where nothing had to be.
        :raises RequestError: the example is not made, or cannot be made in this size.
        :raises StorageError: the folder cannot be written.
        """
        self.check(size)
        if not self.world:
            return None
        from troth.engine.worlds.shop.making import made, shop, size_of

        wanted = size if size is not None else size_of(folder) or FEW_ORDERS
        if made(folder, wanted):
            return None
        with saving(folder):
            return shop(folder, wanted).orders


EXAMPLES = (
    Example("flights", "Every flight that left New York in 2013: 336,776 promises", "2014-01-01"),
    Example("shop", "A made shop, its year 2024, and nine causes planted in it", "2024-12-31", world=True),
)
"""Those whose data come as a package or are made; others need a folder of data and are run by ``troth run``."""


def find(name: str) -> Example:
    """The example of this name.

    :raises RequestError: there is none.
    """
    for example in EXAMPLES:
        if example.name == name:
            return example
    raise RequestError(f"there is no example “{name}”.", mend=did_you_mean(name, [example.name for example in EXAMPLES]))
