"""Who may come in, the posts they hold, and what a post may decide.

What is dated holds from ``valid_from`` until, not including, ``valid_to``; what has no end holds. Nothing is deleted: it ends.
"""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q

from troth.terms.vocabulary import Aspect


class Seat(models.TextChoices):
    """What a post is in this workspace: what its holder may see and change. Titles are free; seats are these."""

    ADMINISTRATOR = "administrator", "Administrator"
    BRAND_OFFICER = "brand-officer", "Brand & marketing officer"
    SERVICE_OFFICER = "service-officer", "Service officer"
    TIE_BREAK = "tie-break", "Tie-break"
    CX_LEAD = "cx-lead", "CX lead"
    AREA_HEAD = "area-head", "Area head"
    CASE_OWNER = "case-owner", "Case owner"
    ANALYST = "analyst", "Analyst"
    AUDITOR = "auditor", "Auditor"
    EXECUTIVE = "executive", "Executive"
    FINANCE = "finance", "Finance"


class People(BaseUserManager["Person"]):
    """The people of this workspace."""

    def called(self, name: str) -> Person | None:
        """The person with this name or, in whatever capitals, this e-mail address."""
        name = name.strip()
        return self.filter(name=name).first() or (self.filter(email=name.lower()).first() if "@" in name else None)


class Person(AbstractBaseUser):
    """Someone who may sign in: with a one-time link, and with a password where they have set one."""

    name = models.CharField(max_length=200, unique=True)
    email = models.EmailField(max_length=254, unique=True, null=True, blank=True)
    is_active = models.BooleanField(default=True)
    invited_at = models.DateTimeField(null=True, blank=True)

    objects = People()

    USERNAME_FIELD = "name"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="person_has_a_name"),
            models.CheckConstraint(condition=Q(email=None) | ~Q(email=""), name="person_email_is_one_or_none"),
        ]

    def __str__(self) -> str:
        return self.name


class LinkPurpose(models.TextChoices):
    """What a one-time link is for."""

    SIGN_IN = "sign-in", "signs in"
    INVITATION = "invitation", "sets a password and signs in"


class Link(models.Model):
    """A one-time link. Only the token's hash is kept, so a copy of the database lets nobody in."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="links")
    purpose = models.CharField(max_length=20, choices=LinkPurpose, default=LinkPurpose.SIGN_IN)
    token_hash = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(purpose__in=LinkPurpose.values), name="link_purpose_is_known")]

    def __str__(self) -> str:
        return f"link of {self.person}, issued {self.issued_at:%Y-%m-%d %H:%M}"


class Refusal(models.Model):
    """A link, password or code that was refused, counted per address and per account so that nobody can go on guessing."""

    address = models.GenericIPAddressField()
    account = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["address", "at"]), models.Index(fields=["account", "at"], name="people_refusal_account")]

    def __str__(self) -> str:
        return f"refused {self.address} at {self.at:%Y-%m-%d %H:%M}"


class Session(models.Model):
    """Where somebody is signed in. The browser's signed cookie names it; only the name's hash is kept."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="sessions")
    token_hash = models.CharField(max_length=64, unique=True)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    address = models.GenericIPAddressField()
    browser = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person", "ended_at"], name="people_session_person")]

    def __str__(self) -> str:
        return f"session of {self.person} since {self.opened_at:%Y-%m-%d %H:%M}"


class Scope(models.TextChoices):
    """What a token may be used for. It never lets its holder do what they could not do on a page."""

    READ = "read", "read what its holder may see"
    ISSUES = "issues", "decide on issues and their shares"
    CHARTER = "charter", "draft and sign the charter"
    STUDIES = "studies", "have studies made"
    PEOPLE = "people", "set up people, roles and grants"


class Token(models.Model):
    """A program's key to the API, in the name of a person. Only its hash is kept, so a copy of the database lets nobody in.

    :param start: its first letters, by which its holder knows it again.
    :param seen_at: when it was last used, to the hour.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    token_hash = models.CharField(max_length=64, unique=True)
    start = models.CharField(max_length=20)
    scopes = models.JSONField()
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="token_has_a_name"),
            models.UniqueConstraint(fields=["person", "name"], condition=Q(ended_at=None), name="token_name_once"),
        ]

    def __str__(self) -> str:
        return f"token “{self.name}” of {self.person}"


class SecondFactor(models.Model):
    """A person's one-time codes (TOTP, RFC 6238).

    The secret follows from ``salt`` and the workspace's key, so a copy of the database yields no code.
    """

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="second_factor")
    salt = models.CharField(max_length=64)
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"two-factor of {self.person}"


class RecoveryCode(models.Model):
    """Signs in once in place of a code. Only its hash is kept."""

    factor = models.ForeignKey(SecondFactor, on_delete=models.CASCADE, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["factor", "code_hash"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"recovery code of {self.factor.person}"


class DatedModel(models.Model):
    """What holds from ``valid_from`` until, not including, ``valid_to``."""

    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="%(class)s_ends_after_it_begins")
        ]

    @classmethod
    def in_force(cls, at: datetime) -> models.QuerySet[Self]:
        """Those that hold at an instant."""
        return cls._default_manager.filter(Q(valid_to=None) | Q(valid_to__gt=at), valid_from__lte=at)


class Role(models.Model):
    """A post: its title, its seat, whom it reports to. What it may decide are its grants, never its title."""

    title = models.CharField(max_length=200, unique=True)
    seat = models.CharField(max_length=20, choices=Seat)
    aspect = models.CharField(max_length=20, choices=[(str(one), str(one)) for one in Aspect], blank=True)
    reports_to = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="reports")
    dotted_to = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="dotted_reports")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="role_has_a_title"),
            models.CheckConstraint(condition=Q(seat__in=Seat.values), name="role_seat_is_known"),
            models.CheckConstraint(condition=Q(aspect__in=["", *map(str, Aspect)]), name="role_aspect_is_known"),
        ]

    def __str__(self) -> str:
        return self.title


class Tenure(DatedModel):
    """Who holds a role, from when until when. A role may have several holders, and a person several roles."""

    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="tenures")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="tenures")

    class Meta(DatedModel.Meta):
        constraints = [
            *DatedModel.Meta.constraints,
            models.UniqueConstraint(fields=["role", "person"], condition=Q(valid_to=None), name="tenure_open_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person} as {self.role}"


class Per(models.TextChoices):
    """The period a capacity is for."""

    WEEK = "week", "week"
    MONTH = "month", "month"
    QUARTER = "quarter", "quarter"
    YEAR = "year", "year"


class Grant(DatedModel):
    """What a role may do in an area: decide, spend, commit hours. Its holders see that area."""

    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="grants")
    area = models.CharField(max_length=200)
    decide = models.BooleanField()
    spend_limit = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    capacity_hours = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    capacity_per = models.CharField(max_length=10, choices=Per, blank=True)

    class Meta(DatedModel.Meta):
        constraints = [
            *DatedModel.Meta.constraints,
            models.UniqueConstraint(fields=["role", "area"], condition=Q(valid_to=None), name="grant_open_once"),
            models.CheckConstraint(condition=~Q(area=""), name="grant_names_an_area"),
            models.CheckConstraint(
                condition=Q(spend_limit=None, currency="") | Q(spend_limit__gte=0, currency__regex=r"^[A-Z]{3}$"),
                name="grant_money_has_a_currency",
            ),
            models.CheckConstraint(
                condition=Q(capacity_hours=None, capacity_per="") | Q(capacity_hours__gte=0, capacity_per__in=Per.values),
                name="grant_hours_have_a_period",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} in {self.area}"


class Sight(DatedModel):
    """An area a role sees without a say in it."""

    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="sights")
    area = models.CharField(max_length=200)

    class Meta(DatedModel.Meta):
        constraints = [
            *DatedModel.Meta.constraints,
            models.UniqueConstraint(fields=["role", "area"], condition=Q(valid_to=None), name="sight_open_once"),
            models.CheckConstraint(condition=~Q(area=""), name="sight_names_an_area"),
        ]

    def __str__(self) -> str:
        return f"{self.role} sees {self.area}"
