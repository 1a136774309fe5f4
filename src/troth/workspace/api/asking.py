"""What a program asks of a study: which one, which slice, which period."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.http import HttpRequest, QueryDict
from ninja import Query

from troth.terms.errors import RequestError
from troth.workspace.people.guard import here
from troth.workspace.studies.limits import limited
from troth.workspace.studies.questions import ONLY, Question, asked
from troth.workspace.studies.reading import OpenStudy, known_value, open_study

LARGEST_NUMBER = 10**9

Number = Annotated[
    int | None, Query(None, alias="study", ge=1, lt=LARGEST_NUMBER, description="Number of a study; the current one where left out.")
]
By = Annotated[list[str], Query([], description="Dimensions that name the slices, two at most (/api/ledger/dimensions).")]
Where = Annotated[
    list[str],
    Query([], description="Only these promises: dimension=value, as in kept_by=Fulfilment; no value is “unknown”. Repeat it for more."),
]
Since = Annotated[date | None, Query(None, description="First local day on which the promises fall due.")]
Until = Annotated[date | None, Query(None, description="The last one.")]


def question_of(
    request: HttpRequest, opened: OpenStudy, by: list[str], where: list[str], since: date | None, until: date | None
) -> Question:
    """The question a program asks, of what its person may see.

    :raises RequestError: an unknown dimension or value, too many dimensions, or a period that is none.
    :raises NotThereError: it names an area that is another's.
    """
    parameters = QueryDict(mutable=True)
    parameters.setlist("by", by)
    for one in where:
        name, given, value = one.partition("=")
        if not given or not name.strip():
            raise RequestError(f"“{one[:60]}” is no condition.", place="where", mend="write it as in kept_by=Fulfilment.")
        parameters.appendlist(f"{ONLY}{name.strip()}" if value else "unknown", value or name.strip())
    for name, day in (("since", since), ("until", until)):
        if day is not None:
            parameters[name] = day.isoformat()
    question = limited(opened, asked(parameters, opened.dimensions), here(request).areas)
    known_value(opened, question)
    return question


def study_of(number: int | None) -> OpenStudy:
    """The study a program names, or the current one.

    :raises NoStudyError: there is none.
    """
    return open_study(number)
