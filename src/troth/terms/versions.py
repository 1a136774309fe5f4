"""Which version of the charter is in force, and which one judges a promise (domain.md d1, b 2).

A study knows the versions that are in force by its as-of: the latest of them is *the* version in force. Each promise is judged by the
version in force when it was made; what was promised before there was any agreement matches no line. A version may say otherwise of
itself: with ``promises_since`` the parties sign that it judges promises made since an earlier day, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from troth.terms.charter import Charter, Line
from troth.terms.signing import State, state_of

NOTHING_AGREED = "none"
"""Version of the charter where no version is in force."""


def in_order(versions: Sequence[Charter]) -> tuple[Charter, ...]:
    """The signed versions, by the day they come into force; drafts judge nothing and are left out."""
    return _by_day(version for version in versions if state_of(version) is State.SIGNED)


def in_force_on(versions: Sequence[Charter], day: date) -> Charter | None:
    """The version in force on a day; ``None`` where none is yet.

    :param versions: those that may judge, as :func:`in_order` gives them.
    """
    known = _by_day(version for version in versions if version.effective_from is None or version.effective_from <= day)
    return known[-1] if known else None


def judging(versions: Sequence[Charter], as_of: datetime, zone: str) -> Charter:
    """The charter a study as of an instant is made with.

    Its header, parties, areas, stages and touchpoints are those of the version in force at ``as_of``, and so are its first lines; lines of
    earlier versions follow, for the promises that those still judge. A version that always was in force comes back as it is.

    :param versions: those that may judge, as :func:`in_order` gives them.
    :param as_of: instant with a zone. :param zone: where days begin.
    """
    day = as_of.astimezone(ZoneInfo(zone)).date()
    known = _by_day(version for version in versions if version.effective_from is None or version.effective_from <= day)
    if not known:
        return Charter(version=NOTHING_AGREED)
    lines: list[Line] = []
    until: date | None = None
    for version in reversed(known):
        since = _since(version)
        if until is None or since is None or since < until:
            first, last = _start(since, zone), _start(until, zone)
            name = version.version if len(known) > 1 else None
            lines += [replace(line, version=name, made_from=first, made_before=last) for line in version.lines]
            until = since
        if since is None:  # it judges all that is older
            break
    return replace(known[-1], lines=tuple(lines))


def clashes(versions: Sequence[Charter]) -> Iterator[tuple[Charter, str, str, str]]:
    """What keeps versions from standing side by side: the version, the key, what is wrong, and the mend.

    Drafts may clash with anything: they judge nothing.
    """
    names: set[str] = set()
    days: dict[date | None, str] = {}
    for version in versions:
        if version.version in names:
            yield version, "version", f"there is a version “{version.version}” already", "give each version a name of its own."
        names.add(version.version)
    for version in in_order(versions):
        since, day = version.promises_since, version.effective_from
        if day in days:
            yield version, "effective_from", f"version “{days[day]}” comes into force on the same day", "name another day."
        days.setdefault(day, version.version)
        if day is not None and since is not None and since > day:
            yield (
                version,
                "promises_since",
                "it is in force before the first promise it judges",
                "name the day of effective_from or earlier.",
            )
        late = max((one.on for one in version.signatures), default=None)
        if day is not None and late is not None and late > day:
            yield version, "effective_from", f"it was signed later, on {late.isoformat()}", "name that day or a later one, and sign anew."


def _by_day(versions: Iterator[Charter]) -> tuple[Charter, ...]:
    return tuple(sorted(versions, key=lambda version: version.effective_from or date.min))


def _since(version: Charter) -> date | None:
    return version.promises_since or version.effective_from


def _start(day: date | None, zone: str) -> datetime | None:
    """The first instant of a day, as tables hold it: naive UTC."""
    return None if day is None else datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)
