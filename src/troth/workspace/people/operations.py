"""Every write of this app. Each is one transaction, and writes its entry of the timeline in it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Model, Q
from django.urls import reverse

from troth.terms.errors import did_you_mean
from troth.terms.vocabulary import Aspect
from troth.workspace.people import codes
from troth.workspace.people.errors import LinkError, PeopleError, RefusedError, TooManyError, UnknownPersonError
from troth.workspace.people.models import (
    DatedModel,
    Grant,
    Link,
    LinkPurpose,
    Per,
    Person,
    RecoveryCode,
    Refusal,
    Role,
    Seat,
    SecondFactor,
    Session,
    Sight,
    Tenure,
)
from troth.workspace.timeline.operations import STRANGER, TERMINAL, Actor, Thing, record

DESK = "Desk"
"""The administrator `troth serve` makes, who comes in by the link it prints."""

LIFETIMES = {LinkPurpose.SIGN_IN: timedelta(hours=1), LinkPurpose.INVITATION: timedelta(days=7)}
"""How long a link can be used."""

LIFETIME = LIFETIMES[LinkPurpose.SIGN_IN]

REFUSALS = 10
WINDOW = timedelta(minutes=15)
"""An address or an account refused this often within this time has to wait, even with what is right."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """Somebody new, and the path of the link that lets them in. The token is not kept, only its hash."""

    person: Person
    path: str


# People


@transaction.atomic
def add_person(*, name: str, email: str = "", actor: Actor, at: datetime) -> Person:
    """Somebody who may sign in from now on, by link only until they set a password, and who sees nothing until they hold a role.

    :raises PeopleError: no name, a name or e-mail address that is taken, an e-mail address that is none.
    """
    person = Person(name=text_of(name, "name", most=200), email=_email(email), invited_at=at)
    if "@" in person.name:
        raise PeopleError("a name cannot hold an @.", place="name", mend="write the name here and the e-mail address in its own field.")
    person.set_unusable_password()
    with taken("name", f"“{person.name}”, or this e-mail address, is taken.", "choose another, or invite that person anew."):
        person.save()
    record(actor=actor, verb="added", thing=thing_of(person), at=at, after={"name": person.name, "email": person.email})
    return person


@transaction.atomic
def invite(*, name: str, email: str = "", actor: Actor, at: datetime) -> Invitation:
    """Add somebody, with a link by which they set a password and come in.

    :raises PeopleError: as :func:`add_person`.
    """
    person = add_person(name=name, email=email, actor=actor, at=at)
    return Invitation(person, issue_link(person=person, purpose=LinkPurpose.INVITATION, actor=actor, at=at))


@transaction.atomic
def deactivate(*, person: Person, actor: Actor, at: datetime) -> None:
    """Let somebody in no more, and end their sessions and links. Their roles and what they did stay on record."""
    if Person.objects.filter(pk=person.pk, is_active=True).update(is_active=False):
        Link.objects.filter(person=person, used_at=None, expires_at__gt=at).update(expires_at=at)
        Session.objects.filter(person=person, ended_at=None).update(ended_at=at)
        record(actor=actor, verb="deactivated", thing=thing_of(person), at=at, before={"active": True}, after={"active": False})
    person.is_active = False


@transaction.atomic
def reactivate(*, person: Person, actor: Actor, at: datetime) -> None:
    """Let somebody in again."""
    if Person.objects.filter(pk=person.pk, is_active=False).update(is_active=True):
        record(actor=actor, verb="reactivated", thing=thing_of(person), at=at, before={"active": False}, after={"active": True})
    person.is_active = True


# Links


@transaction.atomic
def issue_link(*, person: Person, purpose: LinkPurpose = LinkPurpose.SIGN_IN, actor: Actor, at: datetime) -> str:
    """The path of a fresh one-time link: to sign in, or to set a password and sign in.

    :raises PeopleError: the person is not active.
    """
    if not person.is_active:
        raise PeopleError(f"{person.name} is deactivated.", place="person", mend="reactivate them first.")
    token = secrets.token_urlsafe(32)
    Link.objects.filter(expires_at__lt=at - LIFETIME).delete()
    Link.objects.create(person=person, purpose=purpose, token_hash=hashed(token), issued_at=at, expires_at=at + LIFETIMES[purpose])
    record(actor=actor, verb="issued a link to", thing=thing_of(person), at=at, after={"purpose": str(purpose)})
    # Only this app's addresses: the process that prints a link need not load the pages, and the engine under them.
    return reverse("link", urlconf="troth.workspace.people.urls", args=[token])


@transaction.atomic
def desk_link(*, at: datetime) -> str:
    """The path of a fresh link for the workspace's administrator, “Desk”, made where there is none.

    Whoever runs commands on this machine can read its database, so they are let in, whatever was done to Desk since.
    """
    person = Person.objects.filter(name=DESK).first() or add_person(name=DESK, actor=TERMINAL, at=at)
    reactivate(person=person, actor=TERMINAL, at=at)
    if not Tenure.in_force(at).filter(person=person, role__seat=Seat.ADMINISTRATOR).exists():
        role = Role.objects.filter(seat=Seat.ADMINISTRATOR).order_by("pk").first() or add_role(
            title=Seat.ADMINISTRATOR.label, seat=Seat.ADMINISTRATOR, actor=TERMINAL, at=at
        )
        seat(role=role, person=person, actor=TERMINAL, at=at)
    return issue_link(person=person, actor=TERMINAL, at=at)


def redeem(*, token: str, address: str, at: datetime, password: str = "") -> Person:
    """The person a link belongs to. It works once: two requests at the same instant let one in.

    :param password: what an invited person chooses; of no use to a link that signs in.
    :raises LinkError: the link is unknown, used or expired; the refusal is counted.
    :raises TooManyError: the address was refused too often of late.
    :raises PeopleError: the password will not do; the link stays good.
    """
    refuse_too_many(address=address, at=at)
    with transaction.atomic():
        taken = Link.objects.filter(token_hash=hashed(token), used_at=None, expires_at__gt=at, person__is_active=True).update(used_at=at)
        if taken:
            link = Link.objects.select_related("person").get(token_hash=hashed(token))
            if link.purpose == LinkPurpose.INVITATION:
                _set_password(link.person, password, actor=_self(link.person, address), at=at)
            return link.person
    count_refusal(address=address, at=at)
    raise LinkError("this link lets nobody in: it is used, too old, or not ours.", mend="whoever gave it to you can give you a new one.")


# Passwords and codes


def authenticate(*, name: str, password: str, address: str, at: datetime) -> Person:
    """The person with this name or e-mail address, and this password. A second factor, where on, is still to come.

    :raises RefusedError: no such person, not this password, or nobody active; told alike, after the same work. The refusal is counted.
    :raises TooManyError: the address or the account was refused too often of late.
    """
    person = Person.objects.called(name[:254])
    account = _account(person, name)
    refuse_too_many(address=address, account=account, at=at)
    if person is None:
        make_password(password)  # takes as long as a check does, so that nobody learns who has an account
    elif person.check_password(password) and person.is_active:
        return person
    count_refusal(address=address, account=account, at=at, person=person)
    raise RefusedError("this name and password let nobody in.", place="password", mend="try again, or ask an administrator for a link.")


def confirm_code(*, person: Person, code: str, address: str, at: datetime) -> None:
    """Check the second step of signing in: a code of the authenticator, or a recovery code. Each works once.

    :raises RefusedError: it is neither; the refusal is counted.
    :raises TooManyError: the address or the account was refused too often of late.
    """
    account = _account(person, "")
    refuse_too_many(address=address, account=account, at=at)
    with transaction.atomic():
        if _use_code(person, code, at):
            return
        if RecoveryCode.objects.filter(
            factor__person=person, factor__confirmed_at__isnull=False, code_hash=hashed(codes.plain_code(code)), used_at=None
        ).update(used_at=at):
            left = RecoveryCode.objects.filter(factor__person=person, used_at=None).count()
            record(actor=_self(person, address), verb="used a recovery code", thing=thing_of(person), at=at, after={"left": left})
            return
    count_refusal(address=address, account=account, at=at, person=person)
    raise RefusedError("this code is not right, or was used already.", place="code", mend="wait for the next code, or use a recovery code.")


@transaction.atomic
def set_password(*, person: Person, password: str, actor: Actor, at: datetime, keep: Session | None = None) -> None:
    """Give a person a password, and end every session but ``keep``.

    :raises PeopleError: the password is too short, too common, or too like the name.
    """
    _set_password(person, password, actor=actor, at=at, keep=keep)


def change_password(*, person: Person, current: str, password: str, actor: Actor, at: datetime, keep: Session | None = None) -> None:
    """Set one's own password. Who has one already has to know it; who has none came by link.

    :raises PeopleError: the current password is not this one (counted as a refusal), or the new one will not do.
    :raises TooManyError: refused too often of late.
    """
    if person.has_usable_password():
        account, address = _account(person, ""), actor.address or "0.0.0.0"  # noqa: S104 - no socket address
        refuse_too_many(address=address, account=account, at=at)
        if not person.check_password(current):
            count_refusal(address=address, account=account, at=at, person=person)
            raise PeopleError("this is not your current password.", place="current", mend="type the one you signed in with.")
    set_password(person=person, password=password, actor=actor, at=at, keep=keep)


@transaction.atomic
def enrol_second_factor(*, person: Person, actor: Actor, at: datetime) -> SecondFactor:
    """Begin two-factor: a fresh secret, not asked for until a first code confirms it.

    :raises PeopleError: it is on already.
    """
    factor = SecondFactor.objects.select_for_update().filter(person=person).first()
    if factor and factor.confirmed_at:
        raise PeopleError("two-factor is on already.", place="code", mend="turn it off first, with a code.")
    factor = factor or SecondFactor(person=person)
    factor.salt, factor.last_step = codes.new_salt(), 0
    factor.save()
    record(actor=actor, verb="began two-factor for", thing=thing_of(person), at=at)
    return factor


@transaction.atomic
def confirm_second_factor(*, person: Person, code: str, actor: Actor, at: datetime) -> list[str]:
    """Turn two-factor on with a first code.

    :returns: recovery codes, told this once: only their hashes are kept.
    :raises PeopleError: two-factor was not begun or is on, or the code is not the authenticator's.
    """
    factor = SecondFactor.objects.select_for_update().filter(person=person, confirmed_at=None).first()
    step = codes.step_of(factor.salt, code, at) if factor else None
    if factor is None or step is None:
        raise PeopleError(
            "this is not the code your authenticator shows now.", place="code", mend="scan the picture again and type the six digits."
        )
    factor.confirmed_at, factor.last_step = at, step
    factor.save(update_fields=["confirmed_at", "last_step"])
    made = codes.new_recovery_codes()
    RecoveryCode.objects.filter(factor=factor).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(factor=factor, code_hash=hashed(codes.plain_code(one))) for one in made)
    record(actor=actor, verb="turned on two-factor for", thing=thing_of(person), at=at, after={"recovery codes": len(made)})
    return made


@transaction.atomic
def disable_second_factor(*, person: Person, actor: Actor, at: datetime) -> None:
    """Turn two-factor off. A person does so with a code (:func:`confirm_code`); an administrator for one whose authenticator is lost."""
    if SecondFactor.objects.filter(person=person).delete()[0]:
        record(actor=actor, verb="turned off two-factor for", thing=thing_of(person), at=at)


# Sessions


@transaction.atomic
def open_session(*, person: Person, address: str, browser: str, actor: Actor, at: datetime) -> str:
    """Sign a person in.

    :param browser: what the browser calls itself.
    :returns: the token the browser's signed cookie holds; only its hash is kept.
    """
    token = secrets.token_urlsafe(32)
    Session.objects.create(
        person=person,
        token_hash=hashed(token),
        opened_at=at,
        seen_at=at,
        expires_at=at + timedelta(seconds=settings.SESSION_COOKIE_AGE),
        address=address,
        browser="".join(one for one in browser if one.isprintable())[:200],
    )
    record(actor=actor, verb="signed in", thing=thing_of(person), at=at)
    return token


def session_of(*, token: str, at: datetime) -> Session | None:
    """The live session a token names. Says at most once an hour that it was seen."""
    found = Session.objects.select_related("person").filter(token_hash=hashed(token), ended_at=None, expires_at__gt=at).first()
    if found and at - found.seen_at > timedelta(hours=1):
        Session.objects.filter(pk=found.pk).update(seen_at=at)
    return found


@transaction.atomic
def end_session(*, session: Session, actor: Actor, at: datetime) -> None:
    """End one session: a copy of its cookie ends too."""
    if Session.objects.filter(pk=session.pk, ended_at=None).update(ended_at=at):
        record(actor=actor, verb="ended a session of", thing=thing_of(session.person), at=at, before={"browser": session.browser})


@transaction.atomic
def end_sessions(*, person: Person, actor: Actor, at: datetime, keep: Session | None = None) -> None:
    """End every session of a person, on every device, but ``keep``."""
    live = Session.objects.filter(person=person, ended_at=None)
    if ended := (live.exclude(pk=keep.pk) if keep else live).update(ended_at=at):
        record(actor=actor, verb="ended the sessions of", thing=thing_of(person), at=at, after={"ended": ended})


# Roles


@transaction.atomic
def add_role(
    *,
    title: str,
    seat: str,
    aspect: str = "",
    reports_to: Role | None = None,
    dotted_to: Role | None = None,
    actor: Actor,
    at: datetime,
) -> Role:
    """A post. It decides nothing until it is granted something.

    :param seat: one of :class:`Seat`.
    :param aspect: brand, service or operating; empty where it is none of them.
    :raises PeopleError: no title, a title that is taken, an unknown seat or aspect.
    """
    role = Role(
        title=text_of(title, "title", most=200),
        seat=_known(seat, Seat.values, "seat"),
        aspect=_known(aspect, [str(one) for one in Aspect], "aspect") if aspect else "",
        reports_to=reports_to,
        dotted_to=dotted_to,
        added_at=at,
    )
    with taken("title", f"there is a role “{role.title}” already.", "choose another title, or give that role to the person."):
        role.save()
    record(actor=actor, verb="added", thing=thing_of(role), at=at, after=_told(role, "title", "seat", "aspect", "reports_to", "dotted_to"))
    return role


@transaction.atomic
def move_role(*, role: Role, reports_to: Role | None, dotted_to: Role | None, actor: Actor, at: datetime) -> None:
    """Let a role report elsewhere. Its grants stay what they are, so what it can decide does not change.

    :raises PeopleError: it would report to itself, directly or on a way round.
    """
    role = Role.objects.select_for_update().get(pk=role.pk)
    above, seen = reports_to, {role.pk}
    while above is not None:
        if above.pk in seen:
            raise PeopleError(f"{role.title} would report to itself.", place="reports_to", mend="choose a role that is not beneath it.")
        seen.add(above.pk)
        above = above.reports_to
    if dotted_to is not None and dotted_to.pk == role.pk:
        raise PeopleError(f"{role.title} would report to itself.", place="dotted_to", mend="choose another role.")
    before = _told(role, "reports_to", "dotted_to")
    role.reports_to, role.dotted_to = reports_to, dotted_to
    role.save(update_fields=["reports_to", "dotted_to"])
    record(actor=actor, verb="moved", thing=thing_of(role), at=at, before=before, after=_told(role, "reports_to", "dotted_to"))


@transaction.atomic
def seat(
    *, role: Role, person: Person, actor: Actor, at: datetime, valid_from: datetime | None = None, valid_to: datetime | None = None
) -> Tenure:
    """Give a role to a person, from now on where no other instant is named.

    :raises PeopleError: they hold it already, or the dates are the wrong way round.
    """
    tenure = Tenure(role=role, person=person, valid_from=valid_from or at, valid_to=valid_to)
    _save_dated(tenure, "person", f"{person.name} holds “{role.title}” already.")
    record(actor=actor, verb="gave a role to", thing=thing_of(person), at=at, after=_told(tenure, "role", "valid_from", "valid_to"))
    return tenure


@transaction.atomic
def unseat(*, tenure: Tenure, actor: Actor, at: datetime) -> None:
    """Take a role from a person, from now on. That they held it stays on record."""
    if _end(tenure, at):
        record(actor=actor, verb="took a role from", thing=thing_of(tenure.person), at=at, before=_told(tenure, "role", "valid_from"))


# Grants


@transaction.atomic
def grant(
    *,
    role: Role,
    area: str,
    decide: bool,
    spend_limit: Decimal | None = None,
    currency: str = "",
    capacity_hours: Decimal | None = None,
    capacity_per: str = "",
    actor: Actor,
    at: datetime,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> Grant:
    """Say what a role may do in an area. One that holds there ends in its place, so a change is a new grant.

    :param area: name of an area of the charter; who holds the role sees it.
    :param spend_limit: what it may spend there at a time without another's approval, in ``currency`` (EUR); ``None`` is nothing granted.
    :param capacity_hours: hours it can commit there each ``capacity_per`` (:class:`Per`); ``None`` is nothing granted.
    :raises PeopleError: money without a currency, hours without a period, a number below zero, dates the wrong way round.
    """
    begins = valid_from or at
    if spend_limit is not None and (spend_limit < 0 or not spend_limit.is_finite()):
        raise PeopleError("a spend limit cannot be below zero.", place="spend_limit", mend="write 0 where nothing may be spent.")
    currency = currency.strip().upper()
    if (spend_limit is None) != (not currency) or (currency and not (len(currency) == 3 and currency.isascii() and currency.isalpha())):  # noqa: PLR2004 - ISO 4217
        raise PeopleError(
            "a spend limit is an amount and its currency.", place="currency", mend="write both, as in 5000 and EUR, or neither."
        )
    if capacity_hours is not None and (capacity_hours < 0 or not capacity_hours.is_finite()):
        raise PeopleError("hours cannot be below zero.", place="capacity_hours", mend="write 0 where none can be committed.")
    if (capacity_hours is None) != (not capacity_per):
        raise PeopleError("a capacity is hours and their period.", place="capacity_per", mend="write both, as in 40 and month, or neither.")
    made = Grant(
        role=role,
        area=text_of(area, "area", most=200),
        decide=decide,
        spend_limit=spend_limit,
        currency=currency,
        capacity_hours=capacity_hours,
        capacity_per=_known(capacity_per, Per.values, "capacity_per") if capacity_per else "",
        valid_from=begins,
        valid_to=valid_to,
    )
    holding = Grant.objects.select_for_update().filter(role=role, area=made.area, valid_to=None).first()
    if holding is not None:
        if holding.valid_from > begins:
            raise PeopleError(
                f"a later grant in {made.area} stands already.", place="valid_from", mend="end that one first, or begin after it."
            )
        holding.valid_to = begins
        holding.save(update_fields=["valid_to"])
    _save_dated(made, "area", f"{role.title} holds a grant in {made.area} already.")
    record(
        actor=actor,
        verb="granted",
        thing=thing_of(made),
        at=at,
        before=_told(holding, *_GRANTED) if holding else None,
        after=_told(made, *_GRANTED),
    )
    return made


@transaction.atomic
def end_grant(*, grant: Grant, actor: Actor, at: datetime) -> None:
    """End a grant now. That it held stays on record."""
    if _end(grant, at):
        record(actor=actor, verb="ended", thing=thing_of(grant), at=at, before=_told(grant, *_GRANTED))


@transaction.atomic
def let_see(*, role: Role, area: str, actor: Actor, at: datetime) -> Sight:
    """Let a role's holders see an area in which it has no say.

    :raises PeopleError: they see it already, or no area is named.
    """
    sight = Sight(role=role, area=text_of(area, "area", most=200), valid_from=at)
    _save_dated(sight, "area", f"{role.title} sees {sight.area} already.")
    record(actor=actor, verb="let see", thing=thing_of(sight), at=at, after={"role": role.title, "area": sight.area})
    return sight


@transaction.atomic
def end_sight(*, sight: Sight, actor: Actor, at: datetime) -> None:
    """Let a role's holders see an area no more."""
    if _end(sight, at):
        record(actor=actor, verb="ended", thing=thing_of(sight), at=at, before={"role": sight.role.title, "area": sight.area})


_GRANTED = ("role", "area", "decide", "spend_limit", "currency", "capacity_hours", "capacity_per", "valid_from", "valid_to")


def thing_of(acted_on: Model) -> Thing:
    """A row of this app as the timeline names it."""
    return Thing(str(acted_on._meta.verbose_name), str(acted_on.pk), str(acted_on))


def _told(row: Model, *names: str) -> dict[str, object]:
    """Fields of a row as the timeline keeps them; a role by its title."""
    return {name: str(value) if isinstance(value := getattr(row, name), Model) else value for name in names}


def _set_password(person: Person, password: str, *, actor: Actor, at: datetime, keep: Session | None = None) -> None:
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise PeopleError(" ".join(error.messages), place="password", mend="choose a longer one that says nothing of you.") from error
    person.set_password(password)
    person.save(update_fields=["password"])
    live = Session.objects.filter(person=person, ended_at=None)
    (live.exclude(pk=keep.pk) if keep else live).update(ended_at=at)
    record(actor=actor, verb="set the password of", thing=thing_of(person), at=at)


def _use_code(person: Person, code: str, at: datetime) -> bool:
    """Take a code of the authenticator, once: a step that was used is no step any more."""
    factor = SecondFactor.objects.filter(person=person, confirmed_at__isnull=False).first()
    step = codes.step_of(factor.salt, code, at) if factor else None
    return step is not None and bool(SecondFactor.objects.filter(person=person, last_step__lt=step).update(last_step=step))


def refuse_too_many(*, address: str, at: datetime, account: str = "") -> None:
    """Refuse an address, or an account, that was refused too often of late.

    :raises TooManyError: it was.
    """
    with transaction.atomic():
        Refusal.objects.filter(at__lt=at - WINDOW).delete()
    lately = Refusal.objects.filter(at__gte=at - WINDOW)
    if lately.filter(address=address).count() >= REFUSALS or (account and lately.filter(account=account).count() >= REFUSALS):
        raise TooManyError("too many tries were refused.", mend=f"wait {WINDOW.seconds // 60} minutes, then try again.")


@transaction.atomic
def count_refusal(*, address: str, at: datetime, account: str = "", person: Person | None = None) -> None:
    """Count a refusal."""
    Refusal.objects.create(address=address, account=account, at=at)
    if person is not None:
        record(actor=replace(STRANGER, address=address), verb="was refused to sign in as", thing=thing_of(person), at=at)


def _self(person: Person, address: str) -> Actor:
    return Actor(person.pk, person.name, address=address)


def _account(person: Person | None, name: str) -> str:
    """What refusals are counted by: the person, or what somebody typed for one, hashed, for it may be a password in the wrong field."""
    return hashed(f"person {person.pk}" if person else f"name {name.strip().lower()}")


def _save_dated(row: DatedModel, place: str, twice: str) -> None:
    if row.valid_to is not None and row.valid_to <= row.valid_from:
        raise PeopleError("it would end before it begins.", place="valid_to", mend="choose a later end, or none.")
    with taken(place, twice, "end that one first."):
        row.save()


def _end(row: DatedModel, at: datetime) -> bool:
    """End what holds, or is to hold; say whether it did."""
    held = type(row)._default_manager.filter(Q(valid_to=None) | Q(valid_to__gt=at), pk=row.pk)
    row.valid_to = max(at, row.valid_from)
    return bool(held.update(valid_to=row.valid_to))


@contextmanager
def taken(place: str, what: str, mend: str) -> Iterator[None]:
    """Say in a sentence what the database refuses to have twice.

    :raises PeopleError: it is there already.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise PeopleError(what, place=place, mend=mend) from error


def text_of(text: str, place: str, *, most: int) -> str:
    """What somebody wrote, on one line.

    :raises PeopleError: nothing, too much, or what cannot be printed.
    """
    said = " ".join(text.split())
    if not said or len(said) > most or not said.isprintable():
        raise PeopleError(
            f"“{place}” has to be a text of 1 to {most} characters.", place=place, mend="write it without special characters."
        )
    return said


def _email(text: str) -> str | None:
    said = text.strip().lower()
    try:
        if said:
            validate_email(said)
    except ValidationError as error:
        raise PeopleError(f"“{said[:60]}” is no e-mail address.", place="email", mend="write it as in ana@example.org.") from error
    return said or None


def _known(word: str, known: list[str], place: str) -> str:
    if word not in known:
        raise PeopleError(f"there is no {place} “{word[:60]}”.", place=place, mend=did_you_mean(word, known))
    return word


def hashed(token: str) -> str:
    """What is kept of a token: its SHA-256, in hexadecimal."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def person_called(name: str) -> Person:
    """The person with this name or e-mail address.

    :raises UnknownPersonError: there is none; with the nearest name.
    """
    if found := Person.objects.called(name):
        return found
    names = list(Person.objects.values_list("name", flat=True))
    raise UnknownPersonError(f"there is nobody called “{name[:60]}”.", place="person", mend=did_you_mean(name, names))


def role_titled(title: str) -> Role:
    """The role with this title.

    :raises UnknownPersonError: there is none; with the nearest title.
    """
    if found := Role.objects.filter(title=title.strip()).first():
        return found
    titles = list(Role.objects.values_list("title", flat=True))
    raise UnknownPersonError(f"there is no role “{title[:60]}”.", place="role", mend=did_you_mean(title, titles))
