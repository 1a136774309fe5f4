"""Versions of the charter, their lines with every revision, and what parties said of them.

Nothing is deleted: a line that was taken out, a signature that was given anew and an objection that was settled stay on record.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from troth.workspace.people.models import Person


class Version(models.Model):
    """One state of the charter.

    ``header`` is the canonical charter.toml of everything but lines, signatures and objections, which are rows.

    :param revision: counts changes of the header, so that two people do not overwrite each other unseen.
    :param based_on: the version it was opened from.
    :param file: where it stands in the project folder; empty for a draft that stands nowhere but here.
    :param published_at: since when it judges what the project's studies judge by it; empty for a draft.
    :param withdrawn_at: since when it is given up, or no longer on file.
    """

    name = models.CharField(max_length=200, unique=True)
    header = models.TextField()
    revision = models.PositiveIntegerField(default=1)
    based_on = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="drafts")
    file = models.CharField(max_length=300, blank=True)
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=200)
    published_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="version_has_a_name")]

    def __str__(self) -> str:
        return f"version {self.name}"

    @property
    def is_draft(self) -> bool:
        """Whether it can be changed and signed."""
        return self.published_at is None and self.withdrawn_at is None


class HeaderRevision(models.Model):
    """What the header of a version said once, and who made it say so. The revision it is at stands here too."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    header = models.TextField()
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["version", "number"], name="header_revision_once")]

    def __str__(self) -> str:
        return f"terms {self.number} of {self.version}"


class Line(models.Model):
    """One line of one version. What it says is canonical JSON; its keys never change: a line of other keys is another line.

    :param revision: of what it says now; counts up with every change.
    :param removed_at: since when it is taken out; what it said stays.
    """

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    said = models.TextField()
    revision = models.PositiveIntegerField(default=1)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["version", "position"], name="charter_line_place")]

    def __str__(self) -> str:
        return f"line {self.pk} of {self.version}"


class LineRevision(models.Model):
    """What a line said once, and who made it say so. The revision a line is at stands here too."""

    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    said = models.TextField(blank=True)
    removed = models.BooleanField(default=False)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["line", "number"], name="line_revision_once")]

    def __str__(self) -> str:
        return f"revision {self.number} of {self.line}"


class Signature(models.Model):
    """A party's yes to exactly one content.

    :param person: who signed here; empty where it was read from a file.
    :param by: who held the post, as the file says it.
    :param on: the day, in the project's time zone.
    :param superseded_at: since when another signature of the party stands in its place.
    """

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="signatures")
    party = models.TextField()
    digest = models.CharField(max_length=64)
    on = models.DateField()
    by = models.TextField(null=True)  # noqa: DJ001 - a file may name nobody, which is not an empty name
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "party", "digest"], condition=Q(superseded_at=None, person__isnull=False), name="signature_once"
            )
        ]

    def __str__(self) -> str:
        return f"signature of {self.party} under {self.version}"


class Objection(models.Model):
    """A party's disagreement with one line, and how it was settled. The words are those of :class:`troth.terms.charter.Objection`.

    :param keys: of the line, as canonical JSON.
    """

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="objections")
    party = models.TextField()
    keys = models.TextField()
    reason = models.TextField()
    on = models.DateField()
    ruling = models.CharField(max_length=20, blank=True)
    ruled_by = models.TextField(null=True)  # noqa: DJ001 - as in a file
    ruled_on = models.DateField(null=True)
    ruling_reason = models.TextField(null=True)  # noqa: DJ001 - as in a file
    at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"objection of {self.party} under {self.version}"


class Missing(models.Model):
    """A combination of promise, stage, segment, persona and tier on record that no line in force speaks of (S4.18).

    :param key: SHA-256 of ``cell``: the combination as canonical JSON, in which a key without a value is unknown.
    :param study: number of the study it was last seen in. :param promises: made in it by then. :param people: customers they were made to.
    :param settled_at: since when a line speaks of it, or it is on record no more.
    """

    key = models.CharField(max_length=64, unique=True)
    cell = models.TextField()
    study = models.PositiveIntegerField()
    promises = models.PositiveBigIntegerField()
    people = models.PositiveBigIntegerField()
    noted_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-people", "-promises", "cell"]

    def __str__(self) -> str:
        return f"missing {self.cell}"
