"""What people decided about issues. The study's own numbers are never written here but as they were when somebody spoke of them.

An issue is named by the study's key, which stays the same from study to study. Shares are tenths of a per cent by area.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from troth.workspace.issues.states import State
from troth.workspace.people.models import Role, Seat


class IssueRecord(models.Model):
    """An issue somebody has acted on; one nobody has is open, and has no row.

    :param revision: acts on it so far: who sends a form says which one they saw.
    :param words: how it was called when somebody last acted, for the day it is gone from the study.
    :param areas: areas it lay in then.
    :param moved_at: when it came into its state.
    """

    key = models.CharField(max_length=64, unique=True)
    words = models.CharField(max_length=300)
    areas = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    owner = models.ForeignKey(Role, on_delete=models.PROTECT, null=True, blank=True, related_name="issues")
    due = models.DateField(null=True, blank=True)
    reason = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=0)
    study = models.PositiveIntegerField()
    moved_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    shares_changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(key=""), name="issue_has_a_key"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="issue_state_is_known"),
        ]

    def __str__(self) -> str:
        return self.words


class Standpoint(models.Model):
    """What a role holds of an issue's shares: it accepts or contests them. A later one of the same role takes its place."""

    issue = models.ForeignKey(IssueRecord, on_delete=models.PROTECT, related_name="standpoints")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="standpoints")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="standpoints")
    contests = models.BooleanField()
    reason = models.TextField(blank=True)
    evidence = models.TextField(blank=True)
    link = models.CharField(max_length=500, blank=True)
    of = models.JSONField()
    study = models.PositiveIntegerField()
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issue", "role"], condition=Q(ended_at=None), name="standpoint_one_a_role"),
            models.CheckConstraint(condition=Q(contests=False) | ~Q(reason=""), name="standpoint_contests_with_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {'contests' if self.contests else 'accepts'} the shares of {self.issue}"


class ProposedSplit(models.Model):
    """A split put to both officers. It is open until both have agreed to it, or another is agreed or settled."""

    issue = models.ForeignKey(IssueRecord, on_delete=models.PROTECT, related_name="proposed")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="proposed_splits")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="proposed_splits")
    shares = models.JSONField()
    reason = models.TextField()
    study = models.PositiveIntegerField()
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="proposed_split_has_a_reason")]

    def __str__(self) -> str:
        return f"split of {self.issue} by {self.role}"


class Consent(models.Model):
    """An officer agrees to a proposed split."""

    split = models.ForeignKey(ProposedSplit, on_delete=models.PROTECT, related_name="consents")
    seat = models.CharField(max_length=20, choices=Seat)
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="consents")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="consents")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["split", "seat"], name="consent_once_a_seat")]

    def __str__(self) -> str:
        return f"{self.role} agrees to {self.split}"


class AgreedSplit(models.Model):
    """The split that counts from an instant on, beside the computed one: both officers agreed to it, or the tie-break role settled it.

    :param shares: ``None`` where it was settled that the computed split stands, whatever a study computes.
    :param study: number of the study it was agreed on.
    """

    issue = models.ForeignKey(IssueRecord, on_delete=models.PROTECT, related_name="agreed")
    shares = models.JSONField(null=True)
    proposed = models.ForeignKey(ProposedSplit, on_delete=models.PROTECT, null=True, related_name="agreed")
    settled_by = models.ForeignKey(Role, on_delete=models.PROTECT, null=True, related_name="settled_splits")
    reason = models.TextField(blank=True)
    study = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["issue", "at"], name="issues_agreed_at")]

    def __str__(self) -> str:
        return f"split of {self.issue} since {self.at:%Y-%m-%d}"


class Appearance(models.Model):
    """When something first stood in a published study: an issue by its key; or a study, whose issues are all noted then. No act."""

    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=64)
    study = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="appeared_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} since study {self.study}"


class Opened(models.Model):
    """When somebody first and last opened a thing, and when they did on the visit before. No act, so it does not stand on the timeline."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="opened")
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=64, blank=True)
    first_at = models.DateTimeField()
    at = models.DateTimeField()
    visit_at = models.DateTimeField()
    before_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "kind", "key"], name="opened_once")]

    def __str__(self) -> str:
        return f"{self.person} opened {self.kind} {self.key}"
