"""The charter: what the officers agreed, line by line, and which line holds for a promise (domain.md b 2, S4.18).

A line's key is (stage, segment, persona, tier, promise); a key left out means every value. The most specific line wins: more keys
named beats fewer; on a tie the earlier key in :data:`KEYS` order counts more (promise first), then the earlier line in the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from troth.terms.errors import RequestError
from troth.terms.vocabulary import Aspect, Direction

KEYS: tuple[str, ...] = ("promise", "stage", "segment", "persona", "tier")
"""The keys a line may name, in tie-break order."""

DEFAULT_KEEP_TARGET = 0.90
CONTRACT_KEEP_TARGET = 0.95
"""Keep targets where no line says one (domain.md c7): .95 for strength ``contract``, .90 otherwise."""


PRIORITIES: tuple[str, ...] = ("now", "next", "not now")
"""When a line is worked on (S2.12)."""

UPHELD, OVERRULED, WITHDRAWN = "upheld", "overruled", "withdrawn"
RULINGS: tuple[str, ...] = (UPHELD, OVERRULED, WITHDRAWN)
"""How an objection is settled: the line has to change, it stands, or the objection is taken back."""


@dataclass(frozen=True, slots=True)
class Party:
    """One of the officers who sign (n keys, two by default).

    :param signed: the officer signed on paper; a :class:`Signature` of the same party counts instead of it.
    """

    title: str
    aspect: Aspect
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """One party's yes to exactly one content.

    :param party: title of the party. :param digest: SHA-256 of the content it signed (:func:`troth.terms.signing.content_digest`).
    :param on: the day. :param by: who held the post.
    """

    party: str
    digest: str
    on: date
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Objection:
    """One party’s disagreement with one line, and how it was settled.

    :param party: title of the party. :param reason: why. :param on: since when.
    :param ruling: ``upheld`` (the line has to change), ``overruled`` (it stands) or ``withdrawn``; ``None`` while it stands open.
    :param ruled_by: who settled it. :param ruled_on: when. :param ruling_reason: why so.

    The other fields are the keys of the line.
    """

    party: str
    reason: str
    on: date
    promise: str | None = None
    stage: str | None = None
    segment: str | None = None
    persona: str | None = None
    tier: str | None = None
    ruling: str | None = None
    ruled_by: str | None = None
    ruled_on: date | None = None
    ruling_reason: str | None = None

    @property
    def keys(self) -> dict[str, str]:
        """The keys of the line it is about."""
        return _keys_of(self)


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
    :param unit: what the standard counts in; the promise's own where left out. :param direction: which way is better, likewise.
    :param keep_target: tau, the share of promises the officers agree to keep (domain.md c7).
    :param tolerance: slack the customer was told, in the unit; replaces the mapping's where given.
    :param grace: days to wait for late evidence; replaces the mapping's where given.
    :param importance: weight a of the aspect in I, B and U (domain.md c5).
    :param up_to_share: share of buyers who must get the ``up_to`` level (domain.md c3).
    :param fee_scale: the scale h in money for “no hidden fees” (P = 0; domain.md c5).
    :param may_promise: the charter allows this promise to be made here (domain.md d4).
    :param lead: role that leads the experience here (S2.3). :param aspiration: what the customer should come to say.
    :param priority: one of :data:`PRIORITIES`; “not now” needs a ``reason`` (S2.12).
    :param cost_limit: most that serving one matter may cost, in money of the project (S2.8).
    :param version: version of the charter it stands in, where several versions judge one study. :param made_from: it judges promises made
        from this instant on (naive UTC), ``None`` is always; :param made_before: and before this one. These three are no keys of the file.
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
    unit: str | None = None
    direction: Direction | None = None
    reason: str | None = None
    version: str | None = None
    made_from: datetime | None = None
    made_before: datetime | None = None

    @property
    def keys(self) -> dict[str, str]:
        """The keys this line names."""
        return _keys_of(self)

    @property
    def bounded(self) -> bool:
        """Whether it judges only promises made in some span of time."""
        return self.made_from is not None or self.made_before is not None

    def judges(self, made_at: datetime | None) -> bool:
        """Whether it judges a promise made at this instant (naive UTC); ``None`` is now."""
        if made_at is None:
            return self.made_before is None
        return (self.made_from is None or made_at >= self.made_from) and (self.made_before is None or made_at < self.made_before)

    @property
    def specificity(self) -> tuple[int, ...]:
        """Larger is more specific."""
        named = self.keys
        return (len(named), *(int(key in named) for key in KEYS))


@dataclass(frozen=True, slots=True)
class Charter:
    """The agreement. An empty one (no lines) is valid: the break account then says what that means.

    :param stages: of the customer’s life cycle, in order. :param version: its name.
    :param effective_from: first day it is in force; ``None`` is always.
    :param promises_since: first day whose promises it judges; ``effective_from`` where left out. Earlier ones keep the version before it.
    :param tie_break: role that settles an objection that stands too long.
    :param lines: of one version; a study judged by several versions holds the lines of all of them, each with its span.
    """

    stages: tuple[str, ...] = ()
    parties: tuple[Party, ...] = ()
    areas: tuple[Area, ...] = ()
    touchpoints: tuple[Touchpoint, ...] = ()
    lines: tuple[Line, ...] = ()
    version: str = "0"
    effective_from: date | None = None
    promises_since: date | None = None
    tie_break: str | None = None
    signatures: tuple[Signature, ...] = ()
    objections: tuple[Objection, ...] = ()

    @property
    def in_force_lines(self) -> tuple[Line, ...]:
        """The lines of the version in force, without those of earlier versions."""
        return tuple(line for line in self.lines if line.made_before is None)

    @property
    def ranked(self) -> tuple[int, ...]:
        """Positions of the lines, most specific first."""
        return tuple(sorted(range(len(self.lines)), key=lambda i: (tuple(-n for n in self.lines[i].specificity), i)))

    def match(self, cell: Mapping[str, str | None], made_at: datetime | None = None) -> Line | None:
        """The line that holds for one combination of :data:`KEYS`; the plain oracle of the engine's query.

        :param made_at: when the promise was made (naive UTC); now where left out.
        """
        for position in self.ranked:
            line = self.lines[position]
            if line.judges(made_at) and all(cell.get(key) == value for key, value in line.keys.items()):
                return line
        return None

    def aspect_of(self, area: str | None) -> Aspect | None:
        """Whose work an area is, or ``None`` where the charter does not list it."""
        return next((a.aspect for a in self.areas if a.name == area), None)


def _keys_of(named: Line | Objection) -> dict[str, str]:
    return {key: value for key in KEYS if (value := getattr(named, key)) is not None}


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
