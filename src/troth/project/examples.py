"""The example projects that come with Troth."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from troth.project.storage import saving
from troth.terms.errors import RequestError, did_you_mean

_HERE = Path(__file__).parents[1]
_PLACES = (_HERE / "examples", _HERE.parents[1] / "examples")
"""Inside the installed package, or in a checkout."""


@dataclass(frozen=True, slots=True)
class Example:
    """A project folder that runs as it is.

    :param as_of: the day its study speaks of.
    """

    name: str
    title: str
    as_of: str

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
                shutil.copytree(self.origin, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".troth"))
        return folder


EXAMPLES = (Example("flights", "Every flight that left New York in 2013: 336,776 promises", "2014-01-01"),)
"""Those whose data come as a package; others need a folder of data and are run by ``troth run``."""


def find(name: str) -> Example:
    """The example of this name.

    :raises RequestError: there is none.
    """
    for example in EXAMPLES:
        if example.name == name:
            return example
    raise RequestError(f"there is no example “{name}”.", mend=did_you_mean(name, [example.name for example in EXAMPLES]))
