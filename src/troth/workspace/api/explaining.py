"""Why: in whose words, on which journeys, marketing or service, and within whose purview."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from troth.engine.attribution.answers import Answered
from troth.engine.guards.result import Conflict, Guard, Watermelon
from troth.engine.purview import AreaPurview, AskRecord, DisciplineShare, Structure
from troth.engine.voice.results import Emerging, StudyStatement, StudyTheme, TextsRead
from troth.workspace.api.asking import LARGEST_NUMBER, Number, study_of
from troth.workspace.api.documents import OfStudy, Records, Table, of, table
from troth.workspace.api.paging import USUAL, Cursor, Limit, offset_rows, sliced
from troth.workspace.studies.behind import occasions as occasions_behind
from troth.workspace.studies.behind import texts as texts_behind
from troth.workspace.studies.behind import walks as walks_behind
from troth.workspace.studies.deciders import deciders_of, told_of

router = Router(tags=["Explain"])

Which = Annotated[str, Query("moves", alias="of", max_length=60, description="steps, moves, variants, drop-off, departures ...")]


class Texts(OfStudy):
    """What became of every text on record."""

    texts: TextsRead | None = Field(description="Null where the study read none.")


class Answers(OfStudy):
    """The questions the project asks, answered."""

    rows: list[Answered]


class Journeys(OfStudy):
    """One table on what customers went through."""

    rows: list[dict[str, Any]]
    notes: list[str]
    next: str | None


class Purview(OfStudy):
    """Can we execute? The chasm of each structure."""

    unit: str = Field(description="What failures weigh in.")
    reason: str = Field(description="Why nothing can be told; empty where something can.")
    structures: list[Structure]
    areas: list[AreaPurview]
    asks: list[AskRecord]
    disciplines: list[DisciplineShare]
    source: str = Field(description="Where roles and grants are from, as a sentence.")
    notes: list[str]


class Measures(OfStudy):
    """What local targets do to customers."""

    measures: list[Guard]
    conflicts: list[Conflict]
    watermelons: list[Watermelon]
    notes: list[str]


@router.get("/themes", response=Table[StudyTheme], url_name="themes", summary="What did people write about?")
def themes(request: HttpRequest, study: Number = None, limit: Limit = USUAL, cursor: Cursor = "") -> dict[str, Any]:
    """Themes of what people wrote, the largest first, with masked quotes."""
    opened = study_of(study)
    found = opened.themes()
    return table(opened, found, *sliced(request, cursor, limit, found.rows))


@router.get("/emerging", response=Table[Emerging], url_name="emerging", summary="What is newly said?")
def emerging(request: HttpRequest, study: Number = None) -> dict[str, Any]:
    """What is newly said, with its rate of false alarms."""
    opened = study_of(study)
    return table(opened, opened.emerging())


@router.get("/statements", response=Table[StudyStatement], url_name="statements", summary="What do people say they were told?")
def statements(request: HttpRequest, study: Number = None, limit: Limit = USUAL, cursor: Cursor = "") -> dict[str, Any]:
    """Statements of expectation, those nobody decided on first."""
    opened = study_of(study)
    found = opened.statements()
    return table(opened, found, *sliced(request, cursor, limit, found.rows))


@router.get("/texts", response=Texts, url_name="texts", summary="What became of every text?")
def texts(request: HttpRequest, study: Number = None) -> dict[str, Any]:
    """Texts read = used + set aside, with the reasons."""
    opened = study_of(study)
    return {**of(opened), "texts": opened.texts_read()}


@router.get("/texts/written", response=Records, url_name="texts-written", summary="The texts behind a figure")
def texts_written(
    request: HttpRequest,
    theme: Annotated[str, Query("", max_length=200, description="Key of a theme.")] = "",
    group: Annotated[int | None, Query(None, ge=1, lt=LARGEST_NUMBER, description="Number of a group of themes, from 1.")] = None,
    of_what: Annotated[str, Query("", alias="of", max_length=60, description="counted, read or none, where no theme is named.")] = "",
    week: Annotated[str, Query("", max_length=60, description="Last local day of a week.")] = "",
    study: Number = None,
    limit: Limit = USUAL,
    cursor: Cursor = "",
) -> dict[str, Any]:
    """Each with who wrote it; personal data masked. Instants are UTC."""
    opened = study_of(study)
    asked = texts_behind.wanted(theme, "" if group is None else str(group), of_what, week)
    rows, following = offset_rows(request, cursor, limit, texts_behind.texts(opened, asked)[0])
    return {**of(opened), "rows": [{**row, "text": texts_behind.shown(row["text"])} for row in rows], "next": following}


@router.get("/journeys", response=Journeys, url_name="journeys", summary="What did customers go through?")
def journeys(
    request: HttpRequest,
    of_what: Which = "moves",
    study: Number = None,
    limit: Limit = USUAL,
    cursor: Cursor = "",
) -> dict[str, Any]:
    """One table of the study's journeys."""
    opened = study_of(study)
    found = opened.journeys()
    rows, following = sliced(request, cursor, limit, found.table_of(of_what).records())
    return {**of(opened), "rows": rows, "notes": list(found.notes), "next": following}


@router.get("/journeys/walked", response=Records, url_name="journeys-walked", summary="The journeys behind a figure")
def journeys_walked(
    request: HttpRequest,
    of_what: Annotated[str, Query("moves", alias="of", max_length=60, description=f"One of {', '.join(walks_behind.KINDS)}.")] = "moves",
    step: Annotated[str, Query("", max_length=200, description="The step, the number of the path, the deviation, the touchpoint.")] = "",
    to: Annotated[str, Query("", max_length=200, description="Where a move or a departure went.")] = "",
    study: Number = None,
    limit: Limit = USUAL,
    cursor: Cursor = "",
) -> dict[str, Any]:
    """Exactly those a number of the journeys counts, the latest first, each with whose it is. Instants are UTC."""
    opened = study_of(study)
    found = walks_behind.walks(opened, walks_behind.Wanted(of_what, step, to))
    rows, following = offset_rows(request, cursor, limit, found)
    return {**of(opened), "rows": rows, "next": following}


@router.get("/answers", response=Answers, url_name="answers", summary="Marketing or service?")
def answers(request: HttpRequest, study: Number = None) -> dict[str, Any]:
    """Unwanted events by the side whose exposures they go along with. Nothing in it is a cause."""
    opened = study_of(study)
    return {**of(opened), "rows": list(opened.answers())}


@router.get("/answers/occasions", response=Records, url_name="answer-occasions", summary="The occasions behind a count")
def answer_occasions(
    request: HttpRequest,
    answer: Annotated[int, Query(1, ge=1, lt=LARGEST_NUMBER, description="Number of the answer, from 1.")] = 1,
    exposure: Annotated[str, Query("", max_length=200, description="Those on which it was met.")] = "",
    event: Annotated[str, Query("", max_length=60, description="“yes” for those with the event.")] = "",
    study: Number = None,
    limit: Limit = USUAL,
    cursor: Cursor = "",
) -> dict[str, Any]:
    """Exactly those the count is of, the latest first, each with the exposures met. Instants are UTC."""
    opened = study_of(study)
    found = occasions_behind.occasions(opened, occasions_behind.Wanted(answer, exposure, event)).drop("number", "exposure")
    rows, following = offset_rows(request, cursor, limit, found)
    met = occasions_behind.met_on(opened, answer, rows)
    told = [{**row, "met": met.get((row["source"], row["row"]), [])} for row in rows]
    return {**of(opened), "rows": told, "next": following}


@router.get("/purview", response=Purview, url_name="purview", summary="Can we execute?")
def purview(request: HttpRequest, study: Number = None) -> dict[str, Any]:
    """What each structure of leads can get done, area by area, and what was asked of areas."""
    opened = study_of(study)
    deciders = deciders_of(opened)
    found = told_of(opened, deciders.purview)
    return {
        **of(opened),
        "unit": found.unit,
        "reason": found.reason,
        "structures": list(found),
        "areas": list(found.areas),
        "asks": list(found.asks),
        "disciplines": list(found.disciplines),
        "source": deciders.told,
        "notes": [*found.notes, *deciders.notes],
    }


@router.get("/measures", response=Measures, url_name="measures", summary="Which targets hurt?")
def measures(request: HttpRequest, study: Number = None) -> dict[str, Any]:
    """Each local target as customers feel it; conflicts between roles; scenarios that fail under passed audits."""
    opened = study_of(study)
    found = opened.measures()
    told = {name: list(getattr(found, name)) for name in ("measures", "conflicts", "watermelons", "notes")}
    return {**of(opened), **told}
