"""What goes wrong with decisions on an issue."""

from __future__ import annotations

from troth.terms.errors import TrothError


class IssueError(TrothError):
    """Something asked of an issue cannot be. ``place`` names the field."""

    exit_code = 2
    status = 422


class NotAllowedError(IssueError):
    """This does not follow from the state the issue is in, or it is too early for it. Names what may be done."""

    status = 409


class ChangedSinceError(IssueError):
    """Somebody acted on the issue since the page was opened. Says who did what."""

    status = 409


class UnknownSplitError(IssueError):
    """There is no such split on the issue."""

    status = 404
