"""What goes wrong with versions, lines and signatures."""

from __future__ import annotations

from troth.terms.errors import TrothError
from troth.workspace.people.errors import NotYoursError


class CharterError(TrothError):
    """Something asked of the charter cannot be. ``place`` names the field."""

    exit_code = 2
    status = 422


class UnknownVersionError(CharterError):
    """There is no such version, line or objection."""

    status = 404


class SettledError(CharterError):
    """This version is no draft any more: what is agreed stays as it was signed."""

    status = 409


class ChangedMeanwhileError(CharterError):
    """Somebody else has changed this since it was looked at. Nothing of either is lost: the page shows both."""

    status = 409


class NotYourPartyError(NotYoursError):
    """The person holds no role that speaks for this party."""
