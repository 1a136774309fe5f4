"""What the pages of this app receive."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.safestring import SafeString

from troth.workspace.parts.contexts import Problem, told


@dataclass(frozen=True, slots=True)
class Arrival:
    """The page that signs somebody in: by name and password, by link, or by the code that is still to come."""

    action: str = told("address the form sends to")
    onward: str = told("where the reader wanted to go", default="/")
    name: str = told("the name that was typed", default="")
    ticket: str = told("says who passed the first step, for five minutes; empty before", default="")
    sets_password: bool = told("the link asks for a new password", default=False)
    problem: Problem | None = told("what was wrong with the form that was sent; null where nothing was", default=None)


@dataclass(frozen=True, slots=True)
class Typed:
    """A field of a form that was not taken."""

    name: str = told("its name")
    text: str = told("what was typed into it")

    @property
    def long(self) -> bool:
        """Whether it takes several lines to show."""
        return len(self.text) > 60 or "\n" in self.text  # noqa: PLR2004 - letters of a line on a phone


@dataclass(frozen=True, slots=True)
class SignedOut:
    """A form that was not taken, since nobody is signed in any more or its page is too old."""

    status: int = told("HTTP status")
    title: str = told("one sentence: what is wrong")
    mend: str = told("one sentence: what to do about it")
    sign_in: str = told("address of the sign-in page, which leads back; empty where the reader is signed in")
    typed: tuple[Typed, ...] = told("what was typed, so that nothing is lost; never a password or a code")


@dataclass(frozen=True, slots=True)
class SessionRow:
    """Where the reader is signed in."""

    id: int = told("its key")
    browser: str = told("what the browser calls itself")
    address: str = told("network address it signed in from")
    opened: str = told("when it signed in, in words")
    seen: str = told("when it was last seen, to the hour, in words")
    here: bool = told("this is the session that reads the page")


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A program's key to the API."""

    id: int = told("its key")
    name: str = told("what it is for")
    start: str = told("its first letters")
    scopes: tuple[str, ...] = told("what it may be used for")
    made: str = told("when it was made, in words")
    until: str = told("until when it holds, in words")
    seen: str = told("when it was last used, to the hour, in words; empty where never")


@dataclass(frozen=True, slots=True)
class Account:
    """The reader's own account."""

    timezone: str = told("the project's time zone, in which instants are told")
    name: str = told("the reader's name")
    email: str = told("their e-mail address; empty where unknown")
    roles: tuple[str, ...] = told("titles of the roles they hold")
    areas: tuple[str, ...] = told("areas their roles hold grants in or may see")
    has_password: bool = told("whether they have set a password")
    second_factor: str = told("off, begun or on")
    sessions: tuple[SessionRow, ...] = told("where they are signed in, the latest first")
    tokens: tuple[TokenRow, ...] = told("their tokens that let programs in, the latest first")
    scopes: tuple[tuple[str, str], ...] = told("scopes a token can have: key and words")
    token: str = told("a token just made, told this once", default="")
    picture: str = told("QR code an authenticator scans, as SVG; empty but while two-factor is begun", default="")
    secret: str = told("the same as text to type; empty but while two-factor is begun", default="")
    recovery_codes: tuple[str, ...] = told("recovery codes just made, told this once", default=())
    done: str = told("what was just done; empty where nothing was", default="")
    problem: Problem | None = told("what was wrong with the form that was sent; null where nothing was", default=None)

    @property
    def picture_svg(self) -> SafeString:
        """The picture, drawn by us."""
        return SafeString(self.picture)


@dataclass(frozen=True, slots=True)
class Holding:
    """A person in a role."""

    id: int = told("the tenure's key")
    person: str = told("who")
    since: str = told("from when, in words")
    until: str = told("until when, in words; empty where open")


@dataclass(frozen=True, slots=True)
class GrantRow:
    """What a role may do in an area, or that it may see it."""

    id: int = told("its key")
    area: str = told("the area")
    decides: bool = told("whether it decides there")
    money: str = told("what it may spend at a time, in words; empty where nothing")
    hours: str = told("hours it can commit, in words; empty where none")
    since: str = told("from when, in words")
    until: str = told("until when, in words; empty where open")
    only_sees: bool = told("it may see the area and has no say in it", default=False)


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role with its holders and its grants."""

    id: int = told("its key")
    title: str = told("its title")
    seat: str = told("its seat in words")
    aspect: str = told("brand, service or operating; empty where none")
    reports_to: str = told("title of the role it reports to; empty where none")
    dotted_to: str = told("title of the role it also answers to; empty where none")
    holders: tuple[Holding, ...] = told("who holds it, now or later")
    grants: tuple[GrantRow, ...] = told("what it may do or see, now or later")


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person in the list."""

    id: int = told("their key")
    name: str = told("their name")
    email: str = told("their e-mail address; empty where unknown")
    active: bool = told("whether they may sign in")
    roles: tuple[str, ...] = told("titles of the roles they hold")
    second_factor: bool = told("whether two-factor is on")
    signed_in: str = told("when they last signed in, in words; empty where never")


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Who may come in, and what they may do."""

    timezone: str = told("the project's time zone, in which instants are told and days begin")
    sentence: str = told("how many people and roles there are, and what is missing")
    people: tuple[PersonRow, ...] = told("everybody, by name")
    roles: tuple[RoleRow, ...] = told("every role, by title")
    may_change: bool = told("whether the reader may change them")
    seats: tuple[tuple[str, str], ...] = told("seats there are: key and words")
    areas: tuple[str, ...] = told("areas a grant can name")
    link: str = told("a one-time link just made, told this once", default="")
    done: str = told("what was just done; empty where nothing was", default="")
    doing: str = told("the form that was sent; empty where none was", default="")
    sent: dict[str, str] = told("what was typed into it", default_factory=dict)
    problem: Problem | None = told("what was wrong with it; null where nothing was", default=None)
