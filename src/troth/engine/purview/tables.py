"""Plain tables as what is weighed and who may decide; a study's issues likewise. Few rows, read into memory as they are."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from troth.engine.findings import Findings
from troth.engine.issues.result import TOTAL, UNASSIGNED, Issue, whole_money
from troth.engine.promises.contract import as_table
from troth.engine.purview.ranges import Weighed
from troth.terms.errors import RequestError, did_you_mean
from troth.terms.instants import day
from troth.terms.roles import DISCIPLINES, NOBODY, Ask, Decision, Fix, Grant, Purview, Role
from troth.terms.vocabulary import Aspect

MOST_ROWS = 100_000
CLOSE = 1e-6
"""Shares may miss 1 by so much: they were rounded somewhere."""
MISSPELT = 0.8
"""A column so like one that is known is taken for it, mistyped."""

ACCEPTED = {"accepted": True, "yes": True, "true": True, "declined": False, "refused": False, "no": False, "false": False}
"""What an answer may be, beside true and false; ``withdrawn`` takes the ask back, and nothing means not answered yet."""

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Listed:
    """The issues that weigh, and what is left out.

    :param left_out: issues whose money is unknown. :param share_left_out: of the failures (or whatever counts them), those they hold.
    :param counts: what that is the share of, in words. :param notes: what must be read beside them.
    """

    issues: tuple[Weighed, ...]
    unit: str
    left_out: int = 0
    share_left_out: float | None = None
    counts: str = "failures"
    notes: tuple[str, ...] = ()


def issues_from(data: Any, money: str, unit: str) -> Listed:
    """Issues from a study, or from a table: ``issue``, money, and ``areas`` (area to share), or a row per ``area`` and ``share``.

    :param money: column that weighs; ``money.low`` and ``money.high`` hold its range, where they are there.
    :raises RequestError: a column is missing, shares do not sum to 1, a number is none, an issue is told of twice.
    """
    if isinstance(data, Findings) and all(isinstance(row, Issue) for row in data):
        return issues_of_study(data.rows, money)
    rows = rows_of(data, "issues")
    columns = list(dict.fromkeys(name for row in rows for name in row))
    low, high = f"{money}.low", f"{money}.high"
    _columns(columns, ("issue", money), ("areas", "area", "share", low, high, "low", "high", "failures"), "issues")
    wide = "areas" in columns
    if not wide:
        _columns(columns, ("area", "share"), (), "issues")
    shares: dict[str, dict[str, float]] = {}
    told: dict[str, tuple[float | None, float | None, float | None]] = {}
    sizes: dict[str, float | None] = {}
    for row in rows:
        name = _text(row.get("issue"), "issues.issue")
        place = f"issues[{name}]"
        amounts = (
            _number(row.get(money), f"{place}.{money}"),
            _number(row.get(low, row.get("low")), f"{place}.{low}"),
            _number(row.get(high, row.get("high")), f"{place}.{high}"),
        )
        if name in told and wide:
            raise RequestError(f"The issue “{name}” is there twice.", place=place, mend="give each issue one row.")
        if told.setdefault(name, amounts) != amounts:
            raise RequestError(f"The rows of issue “{name}” differ in {money}.", place=f"{place}.{money}", mend="give each the same.")
        sizes[name] = _number(row.get("failures"), f"{place}.failures")
        mine = shares.setdefault(name, {})
        for area, share in _areas(row.get("areas"), place) if wide else [(row.get("area"), row.get("share"))]:
            where = f"{place}.areas" if wide else place
            key = "unknown" if area is None else _text(area, where)
            value = _number(share, f"{where}.{key}")
            if value is None:
                raise RequestError(f"Issue “{name}” has no share in “{key}”.", place=f"{where}.{key}", mend="give the share, 0 to 1.")
            if key in mine:
                raise RequestError(f"Issue “{name}” names “{key}” twice.", place=f"{where}.{key}", mend="add its shares up.")
            mine[key] = value
    for name, mine in shares.items():
        total = math.fsum(mine.values())
        if abs(total - 1) > CLOSE:
            mend = "give what no area is named for to “unknown”." if total < 1 else "make them sum to 1."
            raise RequestError(f"The shares of issue “{name}” sum to {total:.6g}, not to 1.", place=f"issues[{name}].areas", mend=mend)
    return _listed([(name, *told[name], shares[name], sizes[name]) for name in told], unit)


def issues_of_study(issues: Iterable[Issue], money: str = "money") -> Listed:
    """A study's issues, by their money; by their failures where none has money on record, which is said.

    :param money: ``money`` or ``failures``.
    :raises RequestError: there is nothing else to weigh by.
    """
    if money not in {"money", "failures"}:
        raise RequestError(f"Issues are not weighed by “{money}”.", place="money", mend=did_you_mean(money, ("money", "failures")))
    all_of_them = tuple(issues)
    listed = [one for one in all_of_them if one.where["issue"] not in {UNASSIGNED, TOTAL}]
    rest = next((one for one in all_of_them if one.where["issue"] == UNASSIGNED), None)
    priced = money == "money" and any(one.money.value is not None for one in listed)
    notes = []
    if not priced:
        if money == "money" and listed:
            notes.append("No issue has money on record, so issues weigh by their failures.")
        found = _listed([(_name(one), float(one.failures), None, None, dict(one.areas), None) for one in listed], "failures")
    else:
        amounts = [(one, [_float(part) for part in (one.money.value, one.money.low, one.money.high)]) for one in listed]
        found = _listed(
            [(_name(one), *parts, dict(one.areas), float(one.failures)) for one, parts in amounts],  # type: ignore[misc]
            listed[0].money.currency,
        )
    if rest is not None and rest.failures:
        amount = "" if rest.money.value is None else f" ({found.unit} {whole_money(all_of_them)[UNASSIGNED][-1]:,})" if priced else ""
        many = "failure belongs" if rest.failures == 1 else "failures belong"
        notes.append(f"{rest.failures:,} {many} to no issue{amount}: what would fix them is not known, and they are in no chasm.")
    return replace(found, notes=(*notes, *found.notes))


def purview_from(
    grants: Any, *, fixes: Any = None, asks: Any = None, decisions: Any = None, actual: Sequence[str] = (), structures: Any = None
) -> Purview:
    """Who may decide, from tables; or a :class:`Purview` as it stands, with what is given beside it put in.

    :raises RequestError: a column is missing, a value is none, or a title is no role's.
    """
    held = grants if isinstance(grants, Purview) else replace(NOBODY, roles=_roles(grants))
    if decisions is not None:
        held = replace(held, roles=_with_decisions(held.roles, decisions))
    if fixes is not None:
        held = replace(held, fixes=_fixes(fixes))
    if asks is not None:
        held = replace(held, asks=asks_from(rows_of(asks, "asks")))
    if actual:
        titles = (actual,) if isinstance(actual, str) else tuple(actual)
        held.known(titles, "actual")
        held = replace(held, roles=tuple(replace(role, leads=role.title in titles) for role in held.roles))
    if structures is not None:
        named = {name: (titles,) if isinstance(titles, str) else tuple(titles) for name, titles in structures.items()}
        held = replace(held, structures=named)
    for name, titles in held.structures.items():
        held.known(titles, f"structures[{name}]")
    return held


def asks_from(rows: Rows, place: str = "asks") -> tuple[Ask, ...]:
    """What was asked: ``area``, ``accepted``, and ``due``, ``delivered``, ``asked``, ``by`` and ``withdrawn`` where they are known."""
    _columns(_names(rows), ("area", "accepted"), ("due", "delivered", "asked", "by", "withdrawn"), place)
    found = []
    for number, row in enumerate(rows, start=1):
        at = f"{place}[{number}]"
        accepted, withdrawn = _answer(row.get("accepted"), f"{at}.accepted")
        days = {name: _day(row.get(name), f"{at}.{name}") for name in ("due", "delivered", "asked")}
        by = row.get("by")
        taken_back = withdrawn or bool(_flag(row.get("withdrawn") or False, f"{at}.withdrawn"))
        found.append(Ask(_text(row.get("area"), f"{at}.area"), accepted, by=None if not by else str(by), withdrawn=taken_back, **days))
    return tuple(found)


def rows_of(data: Any, what: str) -> Rows:
    """A table, or a list of mappings, as plain rows.

    :raises RequestError: it is neither, or too long to be what it is said to be.
    """
    if isinstance(data, Findings):
        data = data.to_arrow()
    if isinstance(data, list | tuple):
        if not all(isinstance(row, Mapping) for row in data):
            mend = "give a table, or a list of dicts."
            raise RequestError(f"The {what} are a list of something else than rows.", place=what, mend=mend)
        return list(data)
    rows: list[dict[str, Any]] = as_table(data, what).limit(MOST_ROWS + 1).to_pyarrow().to_pylist()
    if len(rows) > MOST_ROWS:
        raise RequestError(f"The {what} have more than {MOST_ROWS:,} rows.", place=what, mend="give one row for each, not one per failure.")
    return rows


def _listed(rows: Iterable[tuple[str, float | None, float | None, float | None, dict[str, float], float | None]], unit: str) -> Listed:
    known: list[Weighed] = []
    left, left_size, size, sized = 0, 0.0, 0.0, True
    for name, value, low, high, shares, many in rows:
        size, sized = size + (many or 0.0), sized and many is not None
        if value is None:
            left, left_size = left + 1, left_size + (many or 0.0)
            continue
        lower, upper = value if low is None else low, value if high is None else high
        if not lower <= value <= upper:
            mend = "give low <= value <= high."
            raise RequestError(f"The range of issue “{name}” does not hold its value.", place=f"issues[{name}]", mend=mend)
        known.append(Weighed(name, value, lower, upper, shares))
    return Listed(tuple(known), unit, left, left_size / size if left and sized and size else None)


def _roles(grants: Any) -> tuple[Role, ...]:
    if isinstance(grants, list | tuple) and grants and all(isinstance(role, Role) for role in grants):
        return tuple(grants)
    rows = rows_of(grants, "grants")
    known = ("spend_limit", "capacity", "since", "until", "aspect", "leads")
    _columns(_names(rows), ("role", "area", "decide"), known, "grants")
    held: dict[str, list[Grant]] = {}
    facts: dict[str, dict[str, Any]] = {}
    for number, row in enumerate(rows, start=1):
        at = f"grants[{number}]"
        title = _text(row.get("role"), f"{at}.role")
        held.setdefault(title, []).append(
            Grant(
                (_text(row.get("area"), f"{at}.area"),),
                bool(_flag(row.get("decide"), f"{at}.decide")),
                _number(row.get("spend_limit"), f"{at}.spend_limit"),
                _number(row.get("capacity"), f"{at}.capacity"),
                _day(row.get("since"), f"{at}.since"),
                _day(row.get("until"), f"{at}.until"),
            )
        )
        mine = facts.setdefault(title, {})
        if row.get("aspect"):
            if row["aspect"] not in tuple(Aspect):
                mend = did_you_mean(str(row["aspect"]), tuple(Aspect))
                raise RequestError(f"“{row['aspect']}” is no aspect.", place=f"{at}.aspect", mend=mend)
            mine["aspect"] = str(row["aspect"])
        mine["leads"] = mine.get("leads", False) or bool(_flag(row.get("leads") or False, f"{at}.leads"))
    return tuple(Role(title, tuple(given), **facts[title]) for title, given in held.items())


def _with_decisions(roles: tuple[Role, ...], decisions: Any) -> tuple[Role, ...]:
    rows = rows_of(decisions, "decisions")
    _columns(_names(rows), ("role", "discipline", "on"), ("held",), "decisions")
    made: dict[str, list[Decision]] = {}
    titles = [role.title for role in roles]
    for number, row in enumerate(rows, start=1):
        at = f"decisions[{number}]"
        title, discipline = _text(row.get("role"), f"{at}.role"), _text(row.get("discipline"), f"{at}.discipline")
        for value, known, key in ((title, titles, "role"), (discipline, DISCIPLINES, "discipline")):
            if value not in known:
                raise RequestError(f"There is no {key} “{value}”.", place=f"{at}.{key}", mend=did_you_mean(value, known))
        on = _day(row.get("on"), f"{at}.on")
        if on is None:
            raise RequestError("A decision has no day.", place=f"{at}.on", mend="say when it was made.")
        held = row.get("held")
        made.setdefault(title, []).append(Decision(discipline, on, None if held is None else bool(_flag(held, f"{at}.held"))))
    return tuple(replace(role, decisions=(*role.decisions, *made.get(role.title, ()))) for role in roles)


def _fixes(data: Any) -> tuple[Fix, ...]:
    rows = rows_of(data, "fixes")
    _columns(_names(rows), ("area",), ("cost", "hours"), "fixes")
    found: dict[str, Fix] = {}
    for number, row in enumerate(rows, start=1):
        at = f"fixes[{number}]"
        area = _text(row.get("area"), f"{at}.area")
        if area in found:
            raise RequestError(f"The best fix in “{area}” is told of twice.", place=f"{at}.area", mend="give the one that is best.")
        found[area] = Fix(area, _number(row.get("cost"), f"{at}.cost"), _number(row.get("hours"), f"{at}.hours"))
    return tuple(found.values())


def _names(rows: Rows) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _columns(there: Sequence[str], needed: Sequence[str], further: Sequence[str], what: str) -> None:
    """Refuse a table that lacks a column, or has one that is nearly one it may have: a mistyped limit would be no limit.

    :raises RequestError: such a column.
    """
    for name in needed if there else ():  # what is empty lacks nothing
        if name not in there:
            raise RequestError(f"The {what} have no column “{name}”.", place=f"{what}.{name}", mend=did_you_mean(name, there))
    for name in there:
        if name in needed or name in further:
            continue
        near = difflib.get_close_matches(name, [one for one in (*needed, *further) if one not in there], n=1, cutoff=MISSPELT)
        if near:
            raise RequestError(f"The {what} have a column “{name}”.", place=f"{what}.{name}", mend=f"did you mean “{near[0]}”?")


def _areas(value: Any, place: str) -> list[tuple[Any, Any]]:
    """Area to share; of a struct, areas without a share are not named by this row."""
    if isinstance(value, Mapping):
        return [(area, share) for area, share in value.items() if share is not None]
    if isinstance(value, list) and all(isinstance(pair, tuple) for pair in value):  # a map column
        return [(area, share) for area, share in value if share is not None]
    raise RequestError("The areas are no table of area to share.", place=f"{place}.areas", mend='write {"Service": 0.6, "IT": 0.4}.')


def _number(value: Any, place: str) -> float | None:
    """A number from 0 up, or unknown.

    :raises RequestError: it is no number, NaN, infinite, or below 0.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise RequestError(f"{value!r} is no number.", place=place, mend="write a number, or leave it empty where it is unknown.")
    number = float(value)
    if not math.isfinite(number):
        raise RequestError(f"{number} is no amount.", place=place, mend="leave it empty where it is unknown.")
    if number < 0:
        raise RequestError(f"{number:g} is below 0.", place=place, mend="write 0 or more.")
    return number


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _text(value: Any, place: str) -> str:
    if value is None or not str(value).strip() or (isinstance(value, float) and math.isnan(value)):
        raise RequestError("A name is missing.", place=place, mend="write one.")
    return str(value)


def _flag(value: Any, place: str) -> bool:
    """Yes or no.

    :raises RequestError: it is neither; part of an area is a spend limit or a capacity.
    """
    if value in (True, False):  # 0 and 1 too
        return bool(value)
    if isinstance(value, str) and ACCEPTED.get(value.strip().lower()) is not None:
        return ACCEPTED[value.strip().lower()]
    mend = "write true or false; that only part can be done is said by spend_limit and capacity."
    raise RequestError(f"{value!r} is neither yes nor no.", place=place, mend=mend)


def _answer(value: Any, place: str) -> tuple[bool | None, bool]:
    """Whether an ask was accepted, and whether it was withdrawn."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None, False
    if isinstance(value, str) and value.strip().lower() == "withdrawn":
        return None, True
    if isinstance(value, str) and value.strip().lower() not in ACCEPTED:
        mend = did_you_mean(value.strip().lower(), (*ACCEPTED, "withdrawn"))
        raise RequestError(f"“{value}” is no answer.", place=place, mend=mend)
    return _flag(value, place), False


def _day(value: Any, place: str) -> date | None:
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, str):
        value = value.strip()
        value = value[:10] if value[10:11] in {"T", " "} else value  # a moment's day
    return day(value, place=place)


def _name(issue: Issue) -> str:
    return str(issue.where["issue"])
