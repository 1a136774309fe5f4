"""Can we execute? The chasm of every structure, side by side, and what closes it (domain.md e7).

    a_k(l)   = sum_s phi_ks auth_ls                                 formal purview: of issue k, what lies within the grants of l
    chasm(l) = 1 - sum_k MaR_k a_k(l) / sum_k MaR_k
    reach(l) = sum_k MaR_k sum_s phi_ks max(auth_ls, clout_ls) / sum_k MaR_k

What no area is named for is covered by nobody, so poor root-cause work widens every chasm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from troth.engine.findings import NO_DATA, Figure, Findings
from troth.engine.purview.authority import Authority, authority
from troth.engine.purview.clout import Clout, clout
from troth.engine.purview.disciplines import disciplines
from troth.engine.purview.ranges import RANGE, Weighed, highest, lowest, ratio
from troth.engine.purview.readings import NOT_THE_TARGET, reading
from troth.engine.purview.result import AreaPurview, Chasm, Structure
from troth.engine.purview.structures import Structures, structures_of
from troth.engine.purview.tables import Listed, issues_from, purview_from
from troth.terms.errors import did_you_mean
from troth.terms.instants import Day, day
from troth.terms.roles import UNKNOWN_AREA, Fix, Purview

NO_ISSUES = "there are no issues to weigh."
NO_MONEY = "no issue has money on record: nothing can be weighed."
NO_WEIGHT = "no issue weighs anything."
NO_RANGE = "no issue has a range"
NAMED = 5
DUST = 1e-12


def chasm(
    issues: Any,
    grants: Any,
    *,
    structures: Mapping[str, Sequence[str] | str] | None = None,
    actual: Sequence[str] | str = (),
    fixes: Any = None,
    asks: Any = None,
    decisions: Any = None,
    as_of: Day = None,
    money: str = "money",
    unit: str = "",
) -> Chasm:
    """Can we execute? Of the money at risk, how much lies beyond what a role, or roles together, may decide (domain.md e7).

    :param issues: a study's ``issues``; or a table, or a list of dicts: ``issue``, ``money`` (its range ``money.low``, ``money.high``), and
        ``areas``, area to share; or a row for each ``area`` and ``share``. Shares sum to 1, ``unknown`` among them. Money left empty is
        unknown.
    :param grants: a table: ``role``, ``area``, ``decide`` (true or false), and, where known, ``spend_limit``, ``capacity`` (hours),
        ``since``, ``until``, ``aspect`` and ``leads``. Or a :class:`troth.terms.roles.Purview`, such as a project's.
    :param structures: name to titles of roles; where left out, those of a purview, else typical ones by the roles' aspects, else each role
        by itself and all together.
    :param actual: titles of the roles that lead today.
    :param fixes: a table of the best fix in each ``area``: its one-off ``cost``, its ``hours``. Where none is, grants count whole.
    :param asks: a table of what was asked: ``area``, ``accepted``, ``due``, ``delivered``, and ``asked``, ``by`` (title), ``withdrawn``.
    :param decisions: a table of decisions: ``role``, ``discipline``, ``on``, ``held``; which disciplines a lead lacks is told from it.
    :param as_of: the day as of which grants are in force and asks have a fate.
    :param money: column that weighs; another one, such as ``failures``, where there is no money. :param unit: what it is counted in.
    :raises RequestError: a column is missing, shares do not sum to 1, a number is none, a title is no role's, a day is needed.
    """
    purview = purview_from(grants, fixes=fixes, asks=asks, decisions=decisions, actual=actual, structures=structures)
    return chasm_of(issues_from(issues, money, unit), purview, None if as_of is None else day(as_of, place="as_of"))


def chasm_of(listed: Listed, purview: Purview, on: date | None) -> Chasm:
    """:func:`chasm` of issues and roles at hand.

    :param on: as ``as_of`` of :func:`chasm`.
    """
    fixes = {fix.area: fix for fix in purview.fixes}
    areas = list(dict.fromkeys(area for issue in listed.issues for area in issue.shares))
    scale = _Scale(listed, purview, fixes, tuple(areas), on)
    every = clout(purview.asks, on)
    structures = structures_of(purview, lambda titles: scale.chasm(scale.authorities(titles)) or 0.0)
    reason = scale.reason
    lead = set(purview.actual)
    told = {name: scale.told(name, titles, actual=bool(lead) and set(titles) == lead) for name, titles in structures.items()}
    found = [one for one, _ in told.values()] if not reason else []
    return Chasm(
        tuple(found),
        ("structure",),
        _notes(scale, structures, every),
        areas=Findings(tuple(row for _, rows in told.values() for row in rows) if not reason else (), ("structure", "area")),
        asks=Findings(every.rows, ("area",)),
        disciplines=disciplines(purview.roles, structures, on),
        at_risk=scale.amount(lambda _: 1.0),
        unit=listed.unit,
        unknown=ratio(listed.issues, _share_in(UNKNOWN_AREA)),
        left_out=listed.left_out,
        outside=_outside(listed),
        reason=f"Cannot tell: {reason}" if reason else "",
    )


def _share_in(area: str) -> Callable[[Weighed], float]:
    return lambda issue: issue.shares.get(area, 0.0)


@dataclass(frozen=True)
class _Scale:
    """What issues weigh, held against roles as of a day."""

    listed: Listed
    purview: Purview
    fixes: Mapping[str, Fix]
    areas: tuple[str, ...]
    on: date | None

    @property
    def reason(self) -> str:
        """Why nothing can be told; empty where something can."""
        if not self.listed.issues:
            return NO_MONEY if self.listed.left_out else NO_ISSUES
        return "" if sum(one.money for one in self.listed.issues) > 0 else NO_WEIGHT

    def authorities(self, titles: Sequence[str]) -> dict[str, Authority]:
        """What these roles may do, area by area."""
        roles = [role for role in self.purview.roles if role.title in titles]
        return {area: authority(roles, area, self.fixes, self.on) for area in self.areas}

    def chasm(self, held: Mapping[str, Authority]) -> float | None:
        """The chasm where so much may be done in each area."""
        return ratio(self.listed.issues, partial(_uncovered, held))

    def amount(self, part: Callable[[Weighed], float]) -> Figure:
        """Money times ``part``, with its range."""
        issues = self.listed.issues
        if not issues:
            return NO_DATA
        sums = [sum(getattr(one, name) * part(one) for one in issues) for name in ("money", "low", "high")]
        return self._figure(sums[0], sums[1], sums[2])

    def _figure(self, value: float | None, low: float | None, high: float | None) -> Figure:
        """A figure, with its range where any issue has one."""
        ranged = any(one.low < one.high for one in self.listed.issues)
        n = len(self.listed.issues)
        return Figure(value, low, high, n, None, RANGE) if ranged else Figure(value, n=n, method=NO_RANGE)

    def told(self, name: str, titles: tuple[str, ...], *, actual: bool) -> tuple[Structure, list[AreaPurview]]:
        """One structure, and every area under it."""
        issues, held = self.listed.issues, self.authorities(titles)
        beyond = partial(_uncovered, held)
        gap = self._figure(ratio(issues, beyond), lowest(issues, beyond), highest(issues, beyond))
        known = clout(self.purview.asks, self.on, titles)
        reached = self._reach(held, known)
        influence = NO_DATA
        if gap.value is not None and reached.value is not None:
            influence = Figure(_rounded(reached.value - (1 - gap.value)), n=len(issues), method="reach less formal purview")
        row = Structure(
            {"structure": name}, titles, actual, gap, reached, influence, self.amount(beyond), reading(gap.value, reached.value)
        )
        return row, self._closing(name, held, known, gap.value)

    def _reach(self, held: Mapping[str, Authority], known: Clout) -> Figure:
        """Reach; an area nothing was asked of counts with its authority, and, at most, as if it did all."""
        chances = {area: known.of(area) for area in self.areas if area != UNKNOWN_AREA}
        if all(chance.value is None for chance in chances.values()):
            return NO_DATA
        issues = self.listed.issues

        def part(limit: Callable[[Figure], float]) -> Callable[[Weighed], float]:
            best = {area: max(one.auth, limit(chances[area]) if area in chances else 0.0) for area, one in held.items()}
            return lambda issue: sum(share * best[area] for area, share in issue.shares.items())

        return Figure(
            ratio(issues, part(lambda chance: chance.value or 0.0)),
            lowest(issues, part(lambda chance: chance.low or 0.0)),
            highest(issues, part(lambda chance: 1.0 if chance.high is None else chance.high)),
            len(issues),
            None,
            f"{RANGE} and clout within its limits; areas nothing was asked of, from nothing to all",
        )

    def _closing(self, name: str, held: Mapping[str, Authority], known: Clout, chasm: float | None) -> list[AreaPurview]:
        """Areas in the order that closes the chasm soonest: what is uncovered adds up, so the largest first is best."""
        rest = {area: self.amount(_beyond_in(area, held)) for area in self.areas}
        sizes = {area: figure.value or 0.0 for area, figure in rest.items()}
        ordered = sorted(self.areas, key=lambda area: (sizes[area] == 0, area == UNKNOWN_AREA, -sizes[area], area))
        whole = sum(one.money for one in self.listed.issues)
        after, rows = chasm, []
        for area in ordered:
            one = held[area]
            falls = sizes[area] / whole if whole > 0 and area != UNKNOWN_AREA else 0.0 if whole > 0 else None
            after = None if after is None or falls is None else _rounded(after - falls)
            rows.append(
                AreaPurview(
                    {"structure": name, "area": area},
                    self.amount(_share_in(area)),
                    one.decide,
                    one.fund,
                    one.cap,
                    one.auth,
                    NO_DATA if area == UNKNOWN_AREA else known.of(area),
                    rest[area],
                    falls,
                    after,
                    one.missing,
                    one.short_money,
                    one.short_hours,
                )
            )
        return rows


def _uncovered(held: Mapping[str, Authority], issue: Weighed) -> float:
    return sum(share * (1 - held[area].auth) for area, share in issue.shares.items())


def _rounded(share: float) -> float:
    """A difference of shares that cannot be below 0, without the dust of floating point."""
    return share if share > DUST else 0.0


def _beyond_in(area: str, held: Mapping[str, Authority]) -> Callable[[Weighed], float]:
    return lambda issue: issue.shares.get(area, 0.0) * (1 - held[area].auth)


def _notes(scale: _Scale, structures: Structures, asked: Clout) -> tuple[str, ...]:
    """What must be read beside a chasm."""
    listed, purview = scale.listed, scale.purview
    told = list(_outside(listed))
    unknown = ratio(listed.issues, _share_in(UNKNOWN_AREA))
    if unknown:
        told.append(f"{unknown:.0%} lies in no area that is known: nobody covers it, and finding the cause narrows every chasm.")
    exact = sum(one.low == one.high and one.money > 0 for one in listed.issues)
    if 0 < exact < len(listed.issues):
        told.append(f"{exact:,} of {len(listed.issues):,} issues have no range and count as exact: ranges here are too narrow.")
    if not purview.roles:
        told.append("No role is on record, so nobody may decide anything.")
    elif not structures:
        told.append("No structure can be put together.")
    elif not purview.actual:
        told.append("No role is marked as leading today, so the actual structure is not among them.")
    told += _untested(scale)
    strangers = sorted({area for role in purview.roles for grant in role.grants for area in grant.areas} - set(scale.areas))
    if strangers and scale.areas:
        near = {area: nearest for area in strangers if (nearest := did_you_mean(area, scale.areas)) and nearest.startswith("did you mean")}
        told.append(
            f"No issue lies in {_list([f'“{area}”' for area in strangers])}, so grants there cover nothing here."
            + "".join(f" “{area}”: {nearest}" for area, nearest in near.items())
        )
    if not purview.asks:
        told.append("No ask is on record, so clout and reach are unknown.")
    elif silent := [a for a in scale.areas if a != UNKNOWN_AREA and asked.of(a).value is None]:
        told.append(f"Nothing that was asked of {_list(silent)} is settled: clout there is unknown, and reach counts their grants alone.")
    told.append(NOT_THE_TARGET)
    return tuple(told)


def _outside(listed: Listed) -> tuple[str, ...]:
    """What is in no number of a chasm, and how much that is."""
    if not listed.left_out:
        return listed.notes
    much = "" if listed.share_left_out is None else f", with {listed.share_left_out:.0%} of the {listed.counts}"
    many = "issue has" if listed.left_out == 1 else "issues have"
    return (*listed.notes, f"{listed.left_out:,} {many} no money on record{much}: left out, and in no number here.")


def _untested(scale: _Scale) -> list[str]:
    """Where money or hours were not held against grants: the chasm is a lower limit there."""
    areas = [area for area in scale.areas if area != UNKNOWN_AREA]
    told = []
    for what, lacking in (
        ("money", [area for area in areas if scale.fixes.get(area, Fix(area)).cost is None]),
        ("hours", [area for area in areas if scale.fixes.get(area, Fix(area)).hours is None]),
    ):
        if lacking:
            where = "any area" if len(lacking) == len(areas) else _list(lacking)
            told.append(f"What the best fix takes in {what} is not on record for {where}: not held against grants, the chasm may be wider.")
    return told


def _list(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    shown = [*names[:NAMED], *([f"{more:,} more"] if more > 0 else [])]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
