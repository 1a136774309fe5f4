"""Studies, those in the making, and schedules that ask for them."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from troth.engine.findings import Calibration
from troth.terms.errors import RequestError
from troth.workspace.api.asking import LARGEST_NUMBER, By
from troth.workspace.api.documents import Body, Key, Listed, Text
from troth.workspace.api.paging import USUAL, Cursor, Limit, cursor_to, position_of, sliced
from troth.workspace.people.guard import actor, standing
from troth.workspace.studies import operations
from troth.workspace.studies.cadences import AsOfRule, Every
from troth.workspace.studies.models import Run, Schedule
from troth.workspace.studies.reading import open_study, project

router = Router(tags=["Studies"])

RunState = Literal["queued", "running", "published", "failed", "cancelled"]
"""What has become of a run: the values of :class:`studies.models.State`."""

StudyNumber = Annotated[int, Query(..., ge=1, lt=LARGEST_NUMBER)]


class StudyOut(Schema):
    """One published study."""

    number: int
    current: bool
    published_at: datetime | None


class StudyWhole(StudyOut):
    """A study, and what it was made from."""

    name: str
    as_of: datetime
    timezone: str
    currency: str
    charter: str
    charter_digest: str
    made_with: dict[str, str]
    digest: str = Field(description="Studies of equal digests are equal, to the byte.")
    coverage: dict[str, tuple[int, int]] = Field(description="Promise to rows with one on record, and rows that should bear one.")
    facts: dict[str, Any]
    calibration: list[Calibration]


class Changes(Schema):
    """What changed from one study to another."""

    before: int
    after: int
    identical: bool
    rows: list[dict[str, Any]]
    verdicts: list[dict[str, Any]]
    integrity: list[dict[str, Any]]
    account: list[dict[str, Any]]
    made_from: list[dict[str, Any]]
    notes: list[str]


class RunOut(Schema):
    """A study that was asked for, and what became of it."""

    id: int
    state: RunState
    requested_by: str = Field(alias="requested_by_name")
    requested_at: datetime
    asked: str = Field(description="The as-of somebody named, in UTC; empty is when it starts.")
    as_of: datetime | None
    step: str
    share: float | None = Field(description="Share that is done, by the time the last study took.")
    started_at: datetime | None
    ended_at: datetime | None
    study: int | None = Field(description="Number of the study it published.")
    message: str
    place: str
    mend: str


class RunIn(Body):
    """A study to be made."""

    as_of: Text = Field("", description="A day, or a time with its offset; empty is when it starts.")


class ScheduleOut(Schema):
    """A cadence at which a study is asked for."""

    id: int
    every: Every
    weekday: int = Field(description="Monday is 0; of a weekly one.")
    day: int = Field(description="Day of the month; of a monthly one.")
    local_time: time
    as_of_rule: AsOfRule
    on: bool
    made_by_name: str
    made_at: datetime


class ScheduleIn(Body):
    """A cadence."""

    every: Every
    local_time: Text = Field(description="Hours and minutes in the project's zone, as in 05:15.")
    as_of_rule: AsOfRule
    weekday: int = Field(0, ge=0, le=6)
    day: int = Field(1, ge=1, le=31)


@router.get("", response=Listed[StudyOut], url_name="studies", summary="Every study")
def studies(request: HttpRequest, limit: Limit = USUAL, cursor: Cursor = "") -> dict[str, Any]:
    """Published studies, the latest first. A study never changes."""
    rows, following = sliced(request, cursor, limit, sorted(project().studies(), key=lambda one: -one.number))
    return {"rows": rows, "next": following}


@router.get("/changes", response=Changes, url_name="changes", summary="What changed between two studies?")
def changes(request: HttpRequest, before: StudyNumber, after: StudyNumber, by: By = []) -> Changes:  # noqa: B006 - a default of the document, never changed
    """Rows, verdicts, rates and parts that differ from an earlier study to a later one, and what they were made from that does."""
    earlier, later = open_study(before), open_study(after)
    found = earlier.remembered(("compared", after, tuple(by)), lambda: earlier.study.compare(later.study, by=by))
    parts = {name: getattr(found, name) for name in ("rows", "verdicts", "integrity", "account", "made_from")}
    notes = dict.fromkeys(note for one in parts.values() for note in one.notes)
    told = {name: one.records() for name, one in parts.items()}
    return Changes(before=before, after=after, identical=found.identical, notes=list(notes), **told)


@router.get("/runs", response=Listed[RunOut], url_name="runs", summary="Studies in the making, and those that are over")
def runs(request: HttpRequest, state: RunState | None = None, limit: Limit = USUAL, cursor: Cursor = "") -> dict[str, Any]:
    """Runs, the latest first."""
    found = Run.objects.order_by("-pk")
    found = found if state is None else found.filter(state=state)
    last = next(iter(position_of(request, cursor)), None)
    rows = list((found if last is None else found.filter(pk__lt=last))[: limit + 1])
    return {"rows": rows[:limit], "next": cursor_to(request, [rows[limit - 1].pk]) if len(rows) > limit else None}


@router.post("/runs", response={202: RunOut}, url_name="runs", summary="Have a study made")
def request_run(request: HttpRequest, body: RunIn) -> Status[Run]:
    """Ask for a study. It is made in the background: look at the run until it is published, failed or cancelled."""
    at = standing(request).at
    operations.settle_lost(at=at)
    return Status(202, operations.request(as_of=body.as_of, actor=actor(request), at=at))


@router.get("/runs/{key}", response=RunOut, url_name="run", summary="How far is a run?")
def run(request: HttpRequest, key: Key) -> Run:
    """One run."""
    return operations.run_with(str(key))


@router.post("/runs/{key}/cancel", response=RunOut, url_name="run-cancel", summary="Cancel a run")
def cancel(request: HttpRequest, key: Key) -> Run:
    """End a run: at once where it waits, within seconds where it runs. Nothing of it is published."""
    return operations.cancel(run=operations.run_with(str(key)), actor=actor(request), at=standing(request).at)


@router.get("/schedules", response=Listed[ScheduleOut], url_name="schedules", summary="Schedules")
def schedules(request: HttpRequest) -> dict[str, Any]:
    """Every schedule, those that are on first."""
    return {"rows": list(Schedule.objects.order_by("-on", "pk"))}


@router.post("/schedules", response={201: ScheduleOut}, url_name="schedules", summary="Ask for a study again and again")
def schedule(request: HttpRequest, body: ScheduleIn) -> Status[Schedule]:
    """A schedule, from the next time on."""
    at = standing(request).at
    return Status(
        201,
        operations.schedule(
            every=body.every,
            local_time=body.local_time,
            as_of_rule=body.as_of_rule,
            weekday=body.weekday,
            day=body.day,
            actor=actor(request),
            at=at,
        ),
    )


@router.post("/schedules/{key}/{switch}", response=ScheduleOut, url_name="schedule-switch", summary="Turn a schedule on or off")
def turn(request: HttpRequest, key: Key, switch: str) -> Schedule:
    """``on`` asks again from the next time on; ``off`` asks no more. The schedule stays on record."""
    acts = {"on": operations.resume, "off": operations.unschedule}
    if switch not in acts:
        raise RequestError(f"a schedule is not turned “{switch[:40]}”.", place="switch", mend="on or off.")
    return acts[switch](schedule=operations.schedule_with(str(key)), actor=actor(request), at=standing(request).at)


@router.get("/{number}", response=StudyWhole, url_name="study", summary="One study")
def study(request: HttpRequest, number: int) -> dict[str, Any]:
    """What a study was made from, and whether its account may be believed."""
    if not 0 < number < LARGEST_NUMBER:
        raise RequestError("studies are numbered from 1 on.", place="number", mend="the list holds those there are.")
    opened = open_study(number)
    manifest, entry = opened.study.manifest, opened.entry
    return {
        "number": entry.number,
        "current": entry.current,
        "published_at": entry.published_at,
        "name": manifest.name,
        "as_of": manifest.as_of,
        "timezone": manifest.timezone,
        "currency": manifest.currency,
        "charter": manifest.charter_version,
        "charter_digest": manifest.charter_digest,
        "made_with": dict(manifest.made_with),
        "digest": opened.study.digest,
        "coverage": dict(manifest.coverage),
        "facts": dict(manifest.facts),
        "calibration": list(opened.study.calibration),
    }
