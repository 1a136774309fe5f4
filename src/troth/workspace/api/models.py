"""Answers kept for programs that ask twice."""

from __future__ import annotations

from django.db import models

from troth.workspace.people.models import Person


class KeptAnswer(models.Model):
    """What a request with an ``Idempotency-Key`` was answered, so that the same request sent again is answered alike and done once.

    :param asked: SHA-256 of method, address and body.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    asked = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    content = models.TextField(blank=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="kept_answer_once")]

    def __str__(self) -> str:
        return f"answer to {self.key}"
