"""How a source writes what its text means: decimal marks, dates, zones."""

from __future__ import annotations

import re
from dataclasses import dataclass

from troth.terms.errors import SettingError, did_you_mean

DIRECTIVES: dict[str, str] = {
    "%Y": r"\d{4}",
    "%y": r"\d{2}",
    "%m": r"\d{1,2}",
    "%d": r"\d{1,2}",
    "%b": r"[A-Za-z]+",
    "%B": r"[A-Za-z]+",
    "%H": r"\d{1,2}",
    "%I": r"\d{1,2}",
    "%M": r"\d{2}",
    "%S": r"\d{2}",
    "%f": r"\d{1,6}",
    "%p": r"[AaPp]\.?[Mm]\.?",
}
"""The ``strptime`` directives a date_format may use (month names are English), and the text each stands for."""

TIME_OF_DAY = ("%H", "%I", "%M", "%S")


@dataclass(frozen=True)
class Writing:
    """How a source writes its text: needed wherever a text has to become a number or a moment.

    :param zone: zone a time without one belongs to.
    :param date_format: ``strptime`` format of its dates; ``None`` for ISO 8601.
    :param thousands: mark between groups of three digits; ``None`` where there is none.
    """

    zone: str
    decimal: str = "."
    thousands: str | None = None
    date_format: str | None = None
    dayfirst: bool = False


def checked_format(date_format: str, *, file: str) -> None:
    """Refuse a format that cannot be read, or that names no full day.

    :raises SettingError: an unknown directive, or year, month or day missing.
    """
    for directive in re.findall(r"%.?", date_format):
        if directive not in DIRECTIVES:
            raise SettingError(f"“{directive}” is unknown", file=file, place="date_format", mend=did_you_mean(directive, DIRECTIVES))
    for choices in (("%Y", "%y"), ("%m", "%b", "%B"), ("%d",)):
        if sum(date_format.count(choice) for choice in choices) != 1:
            raise SettingError(
                f"the format needs one of {', '.join(choices)}",
                file=file,
                place="date_format",
                mend="write it like %d/%m/%Y or %Y-%m-%d %H:%M.",
            )
