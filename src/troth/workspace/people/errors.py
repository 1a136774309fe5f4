"""What goes wrong with people, sessions, roles and grants."""

from __future__ import annotations

from troth.terms.errors import TrothError


class PeopleError(TrothError):
    """Something asked of people, roles or grants cannot be. ``place`` names the field."""

    exit_code = 2
    status = 422


class UnknownPersonError(PeopleError):
    """There is no such person, role, grant or session."""

    status = 404


class RefusedError(PeopleError):
    """This lets nobody in. Which part of it was wrong is not told to strangers."""

    status = 403


class LinkError(RefusedError):
    """This link lets nobody in: unknown, used or expired. Which of these it was is not told to strangers."""


class TooManyError(PeopleError):
    """This address or this account was refused too often."""

    status = 429


class NotYoursError(PeopleError):
    """No seat of this person may see this page, or change what is on it."""

    status = 403


class NotThereError(PeopleError):
    """There is no such thing, or none that this person may know of: the two are told alike."""

    status = 404
