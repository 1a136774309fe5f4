"""The charter: what the officers agreed, line by line, and which line holds for a promise (domain.md b 2, S4.18).

A line's key is (stage, segment, persona, tier, promise); a key left out means every value. The most specific line wins: more keys
named beats fewer; on a tie the earlier key in :data:`KEYS` order counts more (promise first), then the earlier line in the file.
"""

from __future__ import annotations

from dataclasses import dataclass

from troth.terms.errors import RequestError
from troth.terms.vocabulary import Aspect

KEYS: tuple[str, ...] = ("promise", "stage", "segment", "persona", "tier")
"""The keys a line may name, in tie-break order."""

DEFAULT_KEEP_TARGET = 0.90
CONTRACT_KEEP_TARGET = 0.95
"""Keep targets where no line says one (domain.md c7): .95 for strength ``contract``, .90 otherwise."""


@dataclass(frozen=True, slots=True)
class Party:
    """One of the officers who sign (n keys, two by default)."""

    title: str
    aspect: Aspect
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Area:
    """Part of the organisation that works, holds money or capacity."""

    name: str
    aspect: Aspect


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """A point of contact in one channel, owned by an area."""

    name: str
    channel: str | None = None
    area: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the charter.

    :param standard: agreed level S in the promise's unit (days for durations); ``None`` where the line agrees no level.
    :param keep_target: tau, the share of promises the officers agree to keep (domain.md c7).
    :param tolerance: slack the customer was told, in the unit; replaces the mapping's where given.
    :param grace: days to wait for late evidence; replaces the mapping's where given.
    :param importance: weight a of the aspect in I, B and U (domain.md c5).
    :param up_to_share: share of buyers who must get the ``up_to`` level (domain.md c3).
    :param fee_scale: the scale h in money for “no hidden fees” (P = 0; domain.md c5).
    :param may_promise: the charter allows this promise to be made here (domain.md d4).
    """

    promise: str | None = None
    stage: str | None = None
    segment: str | None = None
    persona: str | None = None
    tier: str | None = None
    standard: float | None = None
    keep_target: float | None = None
    tolerance: float | None = None
    grace: float | None = None
    importance: float = 1.0
    up_to_share: float = 0.5
    fee_scale: float | None = None
    may_promise: bool = True
    lead: str | None = None
    priority: str | None = None
    cost_limit: float | None = None
    aspiration: str | None = None

    @property
    def keys(self) -> dict[str, str]:
        """The keys this line names."""
        return {key: value for key in KEYS if (value := getattr(self, key)) is not None}

    @property
    def specificity(self) -> tuple[int, ...]:
        """Larger is more specific."""
        named = self.keys
        return (len(named), *(int(key in named) for key in KEYS))


@dataclass(frozen=True, slots=True)
class Charter:
    """The agreement. An empty one (no lines) is valid: the break account then says what that means."""

    stages: tuple[str, ...] = ()
    parties: tuple[Party, ...] = ()
    areas: tuple[Area, ...] = ()
    touchpoints: tuple[Touchpoint, ...] = ()
    lines: tuple[Line, ...] = ()
    version: str = "0"

    @property
    def ranked(self) -> tuple[int, ...]:
        """Positions of the lines, most specific first."""
        return tuple(sorted(range(len(self.lines)), key=lambda i: (tuple(-n for n in self.lines[i].specificity), i)))

    def match(self, cell: dict[str, str | None]) -> Line | None:
        """The line that holds for one combination of :data:`KEYS`; the plain oracle of the engine's query."""
        for position in self.ranked:
            line = self.lines[position]
            if all(cell.get(key) == value for key, value in line.keys.items()):
                return line
        return None

    def aspect_of(self, area: str | None) -> Aspect | None:
        """Whose work an area is, or ``None`` where the charter does not list it."""
        return next((a.aspect for a in self.areas if a.name == area), None)


def in_force(charter: object) -> Charter:
    """The charter somebody gives, or one without a line where nothing is agreed (``None``).

    :raises RequestError: it is no charter.
    """
    if charter is None:
        return Charter()
    if not isinstance(charter, Charter):
        mend = "give a troth.Charter; troth.load_charter(file) reads a charter.toml."
        raise RequestError(f"{charter!r} is no charter.", place="charter", mend=mend)
    return charter
