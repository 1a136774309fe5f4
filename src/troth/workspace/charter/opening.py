"""What a request about the charter is answered from: the desk, with what is on file taken in, and the row it names."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model

from troth.workspace.charter import operations
from troth.workspace.charter.errors import UnknownVersionError
from troth.workspace.charter.noting import read_project
from troth.workspace.charter.pages import Desk
from troth.workspace.people.guard import Admitted

Row = TypeVar("Row", bound=Model)

MOST_DIGITS = 18
"""Of a 64-bit key."""


def desk_of(admitted: Admitted) -> Desk:
    """What somebody reads the charter from.

    :raises ProjectError: a file of the project folder is not as it must be.
    """
    folder = read_project(admitted.standing.at)
    return Desk(admitted.standing, folder, operations.today_in(folder, admitted.standing.at))


def row_with(kind: type[Row], key: str, what: str) -> Row:
    """The row of this key.

    :param what: what it is, in words.
    :raises UnknownVersionError: there is none.
    """
    number = int(key) if key.isascii() and key.isdigit() and len(key) <= MOST_DIGITS else None
    found = None if number is None else kind._default_manager.filter(pk=number).first()
    if found is None:
        raise UnknownVersionError(f"there is no such {what}.", place=what, mend="the charter's pages link to what there is.")
    return found
