"""The options that several commands share, each worded once."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from troth.terms.errors import RequestError
from troth.terms.instants import day as read_day
from troth.terms.instants import within_reach


class Format(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


class Printed(StrEnum):
    """How the answer of a command that is not a table of rows is written."""

    TABLE = "table"
    JSON = "json"


class Mode(StrEnum):
    """Which record capability is judged by (domain.md d4)."""

    AS_OF = "as-of"
    CROSS_FITTED = "cross-fitted"


class Weighing(StrEnum):
    """Whose vote counts in K, I, B and U (domain.md c5)."""

    PROMISE = "promise"
    CUSTOMER = "customer"
    VALUE = "value"


class Of(StrEnum):
    """Which table of journeys (domain.md a), or of the charter (S4.18), is shown."""

    MOVES = "moves"
    STEPS = "steps"
    VARIANTS = "variants"
    DROP_OFF = "drop-off"
    CONFORMANCE = "conformance"
    DEPARTURES = "departures"
    DEVIATIONS = "deviations"
    SCENARIOS = "scenarios"
    CORDON = "cordon"
    TOUCHPOINTS = "touchpoints"
    LINES = "lines"
    MISSING = "missing"
    FEASIBILITY = "feasibility"


OF_CHARTER = (Of.LINES, Of.MISSING, Of.FEASIBILITY)
"""Those of the charter, the one shown where nobody says first; all others are of journeys."""


Folder = Annotated[Path | None, typer.Argument(help="Project folder; the current one where left out.", show_default=False)]
ProjectFolder = Annotated[
    Path | None, typer.Option("--project", "-p", help="Project folder; the current one where left out.", show_default=False)
]
Data = Annotated[Path | None, typer.Option(help="Folder that relative paths in sources start from.", show_default=False)]
AsOf = Annotated[
    str | None,
    typer.Option(
        help="A day (its end, in the project's time zone) or a time: 2012-01-31, 2012-01-31T18:00. Now where left out.", show_default=False
    ),
]
StudyChoice = Annotated[
    str | None, typer.Option("--study", help="Number of the study, or a folder; the current one where left out.", show_default=False)
]
By = Annotated[str | None, typer.Option(help="Slices, coarse to fine: --by kept_by,stage", show_default=False)]
Where = Annotated[
    list[str] | None,
    typer.Option(help="Only these promises: --where stage=fulfilment (“stage=” means unknown). May be repeated.", show_default=False),
]
Since = Annotated[str | None, typer.Option(help="Only promises due from this day on.", show_default=False)]
Until = Annotated[str | None, typer.Option(help="Only promises due until the end of this day.", show_default=False)]
Base = Annotated[
    str | None, typer.Option(help="A day in the period whose mix the basket keeps; the first whole one where left out.", show_default=False)
]
Before = Annotated[
    str | None,
    typer.Option(
        help="Period, or value of --by, to change from: --before 2024-08; of the charter, a version or a file.", show_default=False
    ),
]
After = Annotated[
    str | None, typer.Option(help="Period, or value of --by, to change to; of the charter, a version or a file.", show_default=False)
]
AccountMode = Annotated[
    Mode | None,
    typer.Option(help="Capability as known when the promise was made (where left out), or cross-fitted in the window.", show_default=False),
]
Weight = Annotated[
    Weighing | None,
    typer.Option("--weighting", help="Whose vote counts in K, I, B and U of the table: each promise (where left out).", show_default=False),
]
JourneyTable = Annotated[
    Of | None,
    typer.Option(
        "--of", help="Which table of journeys (moves where left out) or of the charter (lines where left out).", show_default=False
    ),
]
OutputFormat = Annotated[Format, typer.Option("--format", "-f", help="For people, or for programs.")]
DocumentFormat = Annotated[Printed, typer.Option("--format", "-f", help="For people, or for programs.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="File to write to; needed for parquet.", show_default=False)]
Limit = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="Rows of the ledger, or rows set aside, to print as a table or JSON: 50 where left out, 0 for all. CSV and Parquet hold all.",
        show_default=False,
    ),
]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")]
Browser = Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")]


def place(folder: Path | None, project: Path | None) -> Path:
    """The project folder a person means.

    :raises RequestError: two different ones.
    """
    if folder and project and folder != project:
        raise RequestError(f"two project folders: {folder} and {project}.", mend="name one.")
    return folder or project or Path()


def pairs(where: list[str] | None) -> dict[str, str | None] | None:
    """``stage=fulfilment`` as a pair; nothing after the sign means unknown.

    Spaces around the sign, and quotes around the value, are no part of it: ``region = 'North'`` is ``region=North``. Quotes keep the
    spaces they hold.

    :raises RequestError: there is no sign.
    """
    if not where:
        return None
    for text in where:
        if "=" not in text:
            raise RequestError(f"“{text}” names no value.", place="--where", mend="write dimension=value.")
    return {name.strip(): _unquoted(value.strip()) or None for name, _, value in (text.partition("=") for text in where)}


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value


def day(text: str | None, option: str) -> date | None:
    """A day as people write it.

    :raises RequestError: it is none.
    """
    if text is None:
        return None
    found = read_day(text, place=option)
    within_reach(found, place=option)
    return found
