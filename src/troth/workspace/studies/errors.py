"""What goes wrong with asking for a study, and with schedules."""

from __future__ import annotations

from troth.terms.errors import TrothError


class RunError(TrothError):
    """Something asked of runs or schedules cannot be. ``place`` names the field."""

    exit_code = 2
    status = 422


class UnknownRunError(RunError):
    """There is no such run or schedule."""

    status = 404


class RunStateError(RunError):
    """The run is over, or one like it waits already."""

    status = 409
