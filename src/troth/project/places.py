"""What people name as a folder or a file."""

from __future__ import annotations

import os
from pathlib import Path

from troth.terms.errors import RequestError


def path_of(named: object, place: str, noun: str = "folder") -> Path:
    """The path somebody names, as text or as a path.

    :param place: what the caller calls it.
    :param noun: what the path leads to.
    :raises RequestError: nothing, or something that is no path.
    """
    if isinstance(named, str | os.PathLike) and isinstance(path := os.fspath(named), str) and path:
        return Path(path)
    raise RequestError(f"{named!r} names no {noun}.", place=place, mend="give its path, as text or as a pathlib.Path.")
