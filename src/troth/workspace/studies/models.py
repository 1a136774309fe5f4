"""Studies asked for, what became of them, and schedules that ask for them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from troth.workspace.people.models import Person
from troth.workspace.studies.cadences import AsOfRule, Cadence, Every

SILENCE = timedelta(seconds=60)
"""A running study of which nothing was heard for so long is lost."""


class State(models.TextChoices):
    """What has become of a run."""

    QUEUED = "queued", "waiting"
    RUNNING = "running", "running"
    PUBLISHED = "published", "published"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"


LIVE = (State.QUEUED, State.RUNNING)
"""States of a run that is not over."""


class Schedule(models.Model):
    """A cadence at which a study is asked for."""

    every = models.CharField(max_length=10, choices=[(str(one), str(one)) for one in Every])
    weekday = models.PositiveSmallIntegerField(default=0)
    day = models.PositiveSmallIntegerField(default=1)
    local_time = models.TimeField()
    as_of_rule = models.CharField(max_length=20, choices=[(str(one), str(one)) for one in AsOfRule])
    on = models.BooleanField(default=True)
    worked_until = models.DateTimeField()
    made_by_name = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(every__in=[str(one) for one in Every]), name="schedule_cadence_is_known"),
            models.CheckConstraint(condition=Q(as_of_rule__in=[str(one) for one in AsOfRule]), name="schedule_as_of_is_known"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="schedule_weekday_is_one"),
            models.CheckConstraint(condition=Q(day__gte=1, day__lte=31), name="schedule_day_is_one"),
        ]

    def __str__(self) -> str:
        return f"every {self.every} at {self.local_time:%H:%M}"

    @property
    def cadence(self) -> Cadence:
        """When it falls due."""
        return Cadence(Every(self.every), self.local_time, self.weekday, self.day)


class Run(models.Model):
    """A study that was asked for.

    ``asked`` is the as-of somebody named, as an instant in UTC, empty where the study speaks of when it starts; ``as_of`` is set when it
    starts. ``steps`` holds each step with the seconds after the start at which it began. ``heartbeat_at`` is renewed while it runs.
    """

    requested_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    requested_by_name = models.CharField(max_length=200)
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, null=True, related_name="runs")
    requested_at = models.DateTimeField(db_index=True)
    asked = models.CharField(max_length=40, blank=True)
    as_of = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    step = models.CharField(max_length=200, blank=True)
    share = models.FloatField(null=True)
    steps = models.JSONField(default=list)
    message = models.TextField(blank=True)
    place = models.TextField(blank=True)
    mend = models.TextField(blank=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    process = models.PositiveBigIntegerField(null=True)
    cancel_asked_at = models.DateTimeField(null=True)
    study = models.PositiveIntegerField(null=True)
    new = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="run_state_is_known"),
            models.UniqueConstraint(fields=["state"], condition=Q(state=State.RUNNING), name="one_run_at_a_time"),
            models.UniqueConstraint(fields=["asked"], condition=Q(state=State.QUEUED), name="one_run_waits_for_an_as_of"),
            models.CheckConstraint(condition=~Q(state=State.PUBLISHED) | Q(study__isnull=False), name="run_published_a_study"),
        ]
        indexes = [models.Index(fields=["state", "requested_at"], name="studies_run_state")]

    def __str__(self) -> str:
        return f"run {self.pk}, {self.state}"

    def lost(self, at: datetime) -> bool:
        """Whether it claims to run and nothing was heard of it for :data:`SILENCE`."""
        return self.state == State.RUNNING and (self.heartbeat_at is None or self.heartbeat_at < at - SILENCE)
