"""What people name as a folder."""

from __future__ import annotations

import os
from pathlib import Path

from troth.terms.errors import RequestError


def path_of(named: object, place: str) -> Path:
    """The path somebody names, as text or as a path.

    :param place: what the caller calls it.
    :raises RequestError: nothing, or something that is no path.
    """
    if isinstance(named, str | os.PathLike) and isinstance(path := os.fspath(named), str) and path:
        return Path(path)
    raise RequestError(f"{named!r} names no folder.", place=place, mend="give its path, as text or as a pathlib.Path.")
