"""Every write of this app. Each is one transaction, and writes its entry of the timeline in it where the state of something changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from troth.terms.errors import RequestError, TrothError, did_you_mean
from troth.terms.instants import LAST_INSTANT
from troth.workspace.people.models import Person
from troth.workspace.studies.cadences import AsOfRule, Every, as_of_at
from troth.workspace.studies.errors import RunError, RunStateError, UnknownRunError
from troth.workspace.studies.models import LIVE, Run, Schedule, State
from troth.workspace.studies.progress import Steps, share_done
from troth.workspace.studies.reading import project
from troth.workspace.timeline.operations import Actor, Thing, record

WORKER = Actor(None, "the worker")
"""The process that makes studies, and works schedules."""

WAITING = 10
"""Runs that may wait."""

SCHEDULES = 20
"""Schedules that may be there."""

LAST_DAY = 31

LOST = "the process that made this study ended before it was whole."
STOPPED = "the worker was stopped while it made this study, and one like it waits."
AGAIN = "run it again; the current study is untouched."


# What people ask for


@transaction.atomic
def request(*, as_of: str, actor: Actor, at: datetime) -> Run:
    """Ask for a study; the worker makes it as soon as none other is in the making.

    :param as_of: a day, or a time, as for ``troth run``; empty is when it starts.
    :raises RunError: no date, one that lies ahead, or too many runs wait.
    :raises RunStateError: one as of the same instant waits already.
    :raises ProjectError: the project folder is not as it must be.
    """
    asked = _asked(as_of, at)
    if Run.objects.filter(state=State.QUEUED).count() >= WAITING:
        raise RunError(f"{WAITING} studies wait already.", place="as_of", mend="cancel one of them, or come back when they are done.")
    run = Run(
        requested_by=None if actor.id is None else Person.objects.get(pk=actor.id),
        requested_by_name=actor.name,
        requested_at=at,
        asked=asked,
    )
    with _waits_once():
        run.save()
    record(actor=actor, verb="requested", thing=thing_of(run), at=at, after={"as_of": asked or "when it starts"})
    return run


@transaction.atomic
def cancel(*, run: Run, actor: Actor, at: datetime) -> Run:
    """End a run: at once where it waits, within seconds where it runs. Nothing of it is published.

    :raises RunStateError: it is over.
    """
    run = Run.objects.select_for_update().get(pk=run.pk)
    before = run.state
    if before not in LIVE:
        raise RunStateError(f"this run is over: it is {State(before).label}.", place="run", mend="look at the list of runs.")
    if run.cancel_asked_at:
        return run
    run.cancel_asked_at = at
    if before == State.QUEUED:
        run.state, run.ended_at = State.CANCELLED, at
    run.message = f"cancelled by {actor.name}."
    run.save(update_fields=["cancel_asked_at", "state", "ended_at", "message"])
    record(actor=actor, verb="cancelled", thing=thing_of(run), at=at, before={"state": before}, after={"state": State.CANCELLED})
    return run


@transaction.atomic
def schedule(*, every: str, local_time: str, as_of_rule: str, actor: Actor, at: datetime, weekday: int = 0, day: int = 1) -> Schedule:
    """Ask for a study again and again, from the next time on.

    :param every: ``day``, ``week`` or ``month``.
    :param local_time: hours and minutes in the project's zone, as in 05:15.
    :param as_of_rule: a value of :class:`AsOfRule`.
    :param weekday: Monday is 0; of a weekly one.
    :param day: day of the month; the last one where a month is shorter; of a monthly one.
    :raises RunError: one of these is none, or there are too many schedules.
    """
    made = Schedule(
        every=_one_of(every, Every, "every"),
        weekday=_within(weekday, 0, 6, "weekday"),
        day=_within(day, 1, LAST_DAY, "day"),
        local_time=_time(local_time),
        as_of_rule=_one_of(as_of_rule, AsOfRule, "as_of_rule"),
        worked_until=at,
        made_by_name=actor.name,
        made_at=at,
    )
    if Schedule.objects.filter(on=True).count() >= SCHEDULES:
        raise RunError(f"there are {SCHEDULES} schedules already.", place="every", mend="turn one of them off.")
    made.save()
    record(actor=actor, verb="scheduled", thing=thing_of_schedule(made), at=at, after=_told(made))
    return made


@transaction.atomic
def unschedule(*, schedule: Schedule, actor: Actor, at: datetime) -> Schedule:
    """Ask for it no more. The schedule stays on record, and can be turned on again."""
    return _turn(schedule, on=False, actor=actor, at=at)


@transaction.atomic
def resume(*, schedule: Schedule, actor: Actor, at: datetime) -> Schedule:
    """Turn a schedule on again, from the next time on."""
    return _turn(schedule, on=True, actor=actor, at=at)


# What the worker notes


@transaction.atomic
def request_due(*, schedule: Schedule, due: datetime, zone: ZoneInfo, at: datetime) -> Run | None:
    """Ask for the study of a schedule that fell due.

    :returns: the run; ``None`` where somebody turned it off or worked it meanwhile, or a run as of the same instant waits.
    """
    held = Schedule.objects.select_for_update().get(pk=schedule.pk)
    if not held.on or held.worked_until >= due:
        return None
    held.worked_until = due
    held.save(update_fields=["worked_until"])
    as_of = as_of_at(AsOfRule(held.as_of_rule), due, zone)
    asked = "" if as_of is None else _text(as_of)
    if Run.objects.filter(state=State.QUEUED, asked=asked).exists():
        return None
    run = Run(requested_by_name=f"schedule of {held.made_by_name}"[:200], schedule=held, requested_at=at, asked=asked)
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError:  # somebody asked for the same between the two
        return None
    record(actor=WORKER, verb="requested", thing=thing_of(run), at=at, after={"as_of": asked or "when it starts", "schedule": held.pk})
    return run


@transaction.atomic
def start(*, at: datetime) -> Run | None:
    """Take the run that has waited longest, unless one is running; ``None`` where there is none."""
    if Run.objects.filter(state=State.RUNNING).exists():
        return None
    run = Run.objects.select_for_update().filter(state=State.QUEUED).order_by("requested_at", "pk").first()
    if run is None:
        return None
    run.state, run.started_at, run.heartbeat_at = State.RUNNING, at, at
    run.as_of = datetime.fromisoformat(run.asked) if run.asked else at.replace(microsecond=0)
    run.step, run.share, run.steps = "", None, []
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError:  # another worker has started one between the two: the database lets one run at a time
        return None
    record(actor=WORKER, verb="started", thing=thing_of(run), at=at, before={"state": State.QUEUED}, after={"state": State.RUNNING})
    return run


@transaction.atomic
def beat(*, run: Run, process: int, steps: Steps, at: datetime) -> bool:
    """Note that a run goes on, and how far it has come. No entry: its state is what it was.

    :returns: whether it is to go on: it runs still, and nobody has cancelled it.
    """
    held = Run.objects.select_for_update().get(pk=run.pk)
    if held.state != State.RUNNING or held.started_at != run.started_at:
        return False
    held.heartbeat_at, held.process = at, process
    if steps and held.started_at:
        held.step, held.steps = steps[-1][0][:200], [list(one) for one in steps]
        held.share = _share(steps, (at - held.started_at).total_seconds())
    held.save(update_fields=["heartbeat_at", "process", "step", "steps", "share"])
    return held.cancel_asked_at is None


@transaction.atomic
def publish(*, run: Run, study: int, new: bool, at: datetime) -> None:
    """Note that a run has published a study."""
    if held := _running(run):
        held.study, held.new, held.message, held.share = study, new, "", 1.0
        _end(held, State.PUBLISHED, at, {"study": study, "new": new})


@transaction.atomic
def fail(*, run: Run, error: TrothError, at: datetime) -> None:
    """Note why a run came to nothing."""
    if held := _running(run):
        held.message, held.place, held.mend = error.what, _where(error), error.mend or ""
        _end(held, State.FAILED, at, {"why": error.what})


@transaction.atomic
def end_cancelled(*, run: Run, at: datetime) -> None:
    """Note that the process of a cancelled run has ended."""
    if held := _running(run):
        _end(held, State.CANCELLED, at, {})


@transaction.atomic
def put_back(*, run: Run, at: datetime) -> None:
    """Let a run wait again, because the worker is being stopped; where one like it waits already, that one stands for both."""
    held = _running(run)
    if held is None:
        return
    if held.cancel_asked_at:
        _end(held, State.CANCELLED, at, {})
    elif Run.objects.filter(state=State.QUEUED, asked=held.asked).exists():
        held.message, held.mend = STOPPED, ""
        _end(held, State.FAILED, at, {"why": STOPPED})
    else:
        held.state, held.started_at, held.heartbeat_at, held.process, held.as_of = State.QUEUED, None, None, None, None
        held.step, held.share, held.steps = "", None, []
        held.save()
        record(actor=WORKER, verb="put back", thing=thing_of(held), at=at, before={"state": State.RUNNING}, after={"state": State.QUEUED})


def settle_lost(*, at: datetime, every: bool = False) -> int:
    """Say of running studies whose process is gone what has become of them: published just before, cancelled, or failed.

    :param every: whoever calls is the only worker and runs none, so that no running one has a process.
    :returns: how many there were.
    """
    lost = [run for run in Run.objects.filter(state=State.RUNNING) if every or run.lost(at)]
    for run in lost:
        number = None if run.started_at is None else published_at(run.started_at)
        if number is not None:
            publish(run=run, study=number, new=True, at=at)
        elif run.cancel_asked_at:
            end_cancelled(run=run, at=at)
        else:
            fail(run=run, error=RunError(LOST, mend=AGAIN), at=at)
    return len(lost)


# Helpers


def thing_of(run: Run) -> Thing:
    """A run, as the timeline calls it."""
    return Thing("run", str(run.pk), f"study as of {run.asked or 'when it starts'}" if run.study is None else f"study {run.study}")


def thing_of_schedule(schedule: Schedule) -> Thing:
    """A schedule, as the timeline calls it."""
    return Thing("schedule", str(schedule.pk), str(schedule))


def published_at(instant: datetime) -> int | None:
    """The study whose run started at this instant, which it notes as the time of its publishing; ``None`` where there is none."""
    try:
        return next((entry.number for entry in project().studies() if entry.published_at == instant), None)
    except TrothError:  # the shelf cannot be read: nothing says that it was published
        return None


def run_with(key: str) -> Run:
    """The run with this key.

    :raises UnknownRunError: there is none.
    """
    run = Run.objects.filter(pk=int(key)).first() if _is_key(key) else None
    if run is None:
        raise UnknownRunError("there is no such run.", place="run", mend="choose one from the list.")
    return run


def schedule_with(key: str) -> Schedule:
    """The schedule with this key.

    :raises UnknownRunError: there is none.
    """
    found = Schedule.objects.filter(pk=int(key)).first() if _is_key(key) else None
    if found is None:
        raise UnknownRunError("there is no such schedule.", place="schedule", mend="choose one from the list.")
    return found


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19  # noqa: PLR2004 - what a database's key can hold


def _running(run: Run) -> Run | None:
    """The run, held, where it runs still as it was started then."""
    held = Run.objects.select_for_update().get(pk=run.pk)
    return held if held.state == State.RUNNING and held.started_at == run.started_at else None


def _end(run: Run, state: State, at: datetime, told: dict[str, object]) -> None:
    run.state, run.ended_at = state, at
    run.save()
    verb = "ended" if state == State.CANCELLED else str(state)
    record(actor=WORKER, verb=verb, thing=thing_of(run), at=at, before={"state": State.RUNNING}, after={"state": state, **told})


def _where(error: TrothError) -> str:
    """File and place of an error; a file of the project as it is called in its folder."""
    file = error.file and error.file.removeprefix(f"{project().path.resolve()}/")
    return ", ".join(part for part in (file, error.place) if part)


def _turn(schedule: Schedule, *, on: bool, actor: Actor, at: datetime) -> Schedule:
    held = Schedule.objects.select_for_update().get(pk=schedule.pk)
    if held.on != on:
        held.on = on
        held.worked_until = max(held.worked_until, at)
        held.save(update_fields=["on", "worked_until"])
        verb = "resumed" if on else "unscheduled"
        record(actor=actor, verb=verb, thing=thing_of_schedule(held), at=at, before={"on": not on}, after={"on": on})
    return held


def _share(steps: Steps, seconds: float) -> float | None:
    last = Run.objects.filter(state=State.PUBLISHED, started_at__isnull=False).order_by("-ended_at").first()
    if last is None or last.started_at is None or last.ended_at is None:
        return None
    return share_done(steps, seconds, [(words, second) for words, second in last.steps], (last.ended_at - last.started_at).total_seconds())


def _asked(as_of: str, at: datetime) -> str:
    """The as-of somebody named, as text in UTC; nothing where they named none."""
    text = as_of.strip()
    if not text:
        return ""
    try:
        instant = project().instant(text).astimezone(UTC)
    except RequestError as error:
        raise RunError(f"“{text[:40]}” is no date.", place="as_of", mend=error.mend) from error
    except OverflowError as error:
        raise RunError(f"“{text[:40]}” lies too far away.", place="as_of", mend="write a day as 2012-01-31.") from error
    zone = ZoneInfo(project().folder.settings.timezone)
    if instant > datetime.combine(at.astimezone(zone), LAST_INSTANT, zone):
        raise RunError(
            f"“{text[:40]}” lies ahead.", place="as_of", mend="name a day until today, or leave it empty: a study of the present."
        )
    return _text(instant)


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()


@contextmanager
def _waits_once() -> Iterator[None]:
    """Turn the refusal of the database, where one like it waits, into an error of ours."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise RunStateError(
            "a study as of then waits already.", place="as_of", mend="wait for it; it is made as soon as none other is in the making."
        ) from error


def _one_of(text: str, kind: type[Every | AsOfRule], place: str) -> str:
    known = [str(one) for one in kind]
    if text not in known:
        raise RunError(f"“{text[:40]}” is none of {', '.join(known)}.", place=place, mend=did_you_mean(text, known))
    return text


def _within(number: int, low: int, high: int, place: str) -> int:
    if not low <= number <= high:
        raise RunError(f"{number} lies outside {low} to {high}.", place=place, mend="choose one of the list.")
    return number


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text.strip()).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError as error:
        raise RunError(f"“{text[:40]}” is no time of day.", place="local_time", mend="write it as 05:15.") from error


def _told(schedule: Schedule) -> dict[str, object]:
    return {
        "every": schedule.every,
        "weekday": schedule.weekday,
        "day": schedule.day,
        "local_time": f"{schedule.local_time:%H:%M}",
        "as_of": schedule.as_of_rule,
    }
