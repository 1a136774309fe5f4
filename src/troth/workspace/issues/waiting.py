"""How long a new issue waits until both officers have opened it (domain.md S4.16)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from troth.workspace.issues.models import Appearance, Opened
from troth.workspace.issues.seen import ISSUE, Office

LISTED_AFTER = 14
"""Days after which a new issue that an officer has not opened is listed."""


@dataclass(frozen=True, slots=True)
class Wait:
    """One issue of the current study, and who has opened it.

    :param appeared_at: when the first study it stands in was published.
    :param opened_at: office to when one of its holders first opened it; ``None`` where none has.
    """

    key: str
    appeared_at: datetime
    opened_at: Mapping[Office, datetime | None]

    @property
    def missing(self) -> tuple[Office, ...]:
        """The officers who have not opened it."""
        return tuple(office for office, at in self.opened_at.items() if at is None)

    @property
    def waited(self) -> timedelta | None:
        """How long it was until both had opened it; ``None`` where one has not."""
        seen = [at for at in self.opened_at.values() if at is not None]
        return None if self.missing or not seen else max(max(seen) - self.appeared_at, timedelta())

    def age(self, at: datetime) -> timedelta:
        """How long it has been there."""
        return max(at - self.appeared_at, timedelta())


@dataclass(frozen=True, slots=True)
class Waits:
    """Issues of a study by who has opened them.

    :param by_both: opened by both officers, :param by_one: by one of them, :param by_none: by neither.
    :param half_within: half of those both opened were seen by both within this; ``None`` where there are none.
    :param longest: of those both opened, the longest wait. :param oldest: of those neither opened, the longest time it has been there.
    :param overdue: those an officer has not opened :data:`LISTED_AFTER` days after they appeared, the oldest first.
    """

    by_both: int
    by_one: int
    by_none: int
    half_within: timedelta | None
    longest: timedelta | None
    oldest: timedelta | None
    overdue: tuple[Wait, ...]


def waits_of(keys: Iterable[str], offices: Sequence[Office]) -> tuple[Wait, ...]:
    """How each of these issues waits; those nobody has noted as new yet are left out."""
    appeared = dict(Appearance.objects.filter(kind=ISSUE).values_list("key", "at"))
    first = {office: _first_by(office) for office in offices}
    return tuple(Wait(key, appeared[key], {office: first[office].get(key) for office in offices}) for key in keys if key in appeared)


def counted(waits: Sequence[Wait], at: datetime) -> Waits:
    """The issues of a study by who has opened them, as of an instant."""
    done = [wait for one in waits if (wait := one.waited) is not None]
    unseen = [one for one in waits if len(one.missing) == len(one.opened_at)]
    late = [one for one in waits if one.missing and one.age(at) >= timedelta(days=LISTED_AFTER)]
    return Waits(
        by_both=len(done),
        by_one=len(waits) - len(done) - len(unseen),
        by_none=len(unseen),
        half_within=timedelta(seconds=median(one.total_seconds() for one in done)) if done else None,
        longest=max(done, default=None),
        oldest=max((one.age(at) for one in unseen), default=None),
        overdue=tuple(sorted(late, key=lambda one: one.appeared_at)),
    )


def _first_by(office: Office) -> dict[str, datetime]:
    """Issue to when somebody who holds the post now first opened it."""
    rows = Opened.objects.filter(person__in=office.holders, kind=ISSUE).order_by("-first_at").values_list("key", "first_at")
    return dict(rows)  # of several holders' the earliest, which comes last
