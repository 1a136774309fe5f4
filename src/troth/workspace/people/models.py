"""Who may come in, and the links that let them."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class People(BaseUserManager["Person"]):
    """The people of this workspace."""


class Person(AbstractBaseUser):
    """Someone who may sign in. Nobody has a password: ``password`` holds an unusable one, and changing it ends every session."""

    name = models.CharField(max_length=200, unique=True)
    is_active = models.BooleanField(default=True)

    objects = People()

    USERNAME_FIELD = "name"

    def __str__(self) -> str:
        return self.name


class Link(models.Model):
    """A one-time link. Only the token's hash is kept, so a copy of the database lets nobody in."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"link of {self.person}, issued {self.issued_at:%Y-%m-%d %H:%M}"


class Refusal(models.Model):
    """A link that was refused, counted per address so that nobody can go on guessing."""

    address = models.GenericIPAddressField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["address", "at"])]

    def __str__(self) -> str:
        return f"refused {self.address} at {self.at:%Y-%m-%d %H:%M}"
