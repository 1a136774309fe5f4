"""What people write into the forms, as lines and terms of a charter, and back. The rules of each key are those of charter.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from troth.intake import Folder
from troth.intake.agreement import SHARES, write_charter
from troth.intake.folder import charter_of
from troth.terms.charter import KEYS, PRIORITIES, Area, Charter, Line, Party, Touchpoint
from troth.terms.errors import SettingError, did_you_mean
from troth.terms.vocabulary import TIMED, Aspect, Direction, PromiseType
from troth.workspace.charter.contexts import Differing, Field
from troth.workspace.charter.errors import CharterError

YES, NO = "yes", "no"
LONGEST = 2_000
LONGEST_KEY = 200
NUMBERS = ("standard", "tolerance", "grace", "importance", "fee_scale", "cost_limit", *SHARES)
NOT_BELOW_NOTHING = frozenset({"tolerance", "grace", "importance", "fee_scale", "cost_limit"})

IN_UNIT = frozenset({"standard", "tolerance"})
SPANS = frozenset({"days", "minutes"})
"""Units that are written out: a length in words means the same whatever its promise counts in."""

UNIT_OF_TYPE: Mapping[PromiseType, str] = {PromiseType.WINDOW: "minutes", **dict.fromkeys(TIMED, "days")}
"""What a level counts in where neither line nor mapping says."""

LINE_LABELS: Mapping[str, tuple[str, str]] = {
    "promise": ("Promise", "as the sources name it; empty holds for every promise"),
    "stage": ("Stage", "empty holds for every stage"),
    "segment": ("Segment", "empty holds for every segment"),
    "persona": ("Persona", "empty holds for every persona"),
    "tier": ("Value tier", "empty holds for every tier"),
    "standard": ("Standard", "the agreed level, as in 6 days or 90 minutes; a plain number counts in the promise's own unit"),
    "keep_target": ("Keep target", "share of promises to keep, as in 90%"),
    "lead": ("Lead", "the role, or the area, that leads the experience here"),
    "aspiration": ("Aspiration", "what the customer should come to say"),
    "priority": ("Priority", "when it is worked on"),
    "reason": ("Reason for “not now”", "needed where it is not worked on"),
    "cost_limit": ("Most it may cost to serve one matter", "in money of the project"),
    "unit": ("Unit", "of the standard; the promise's own where left empty"),
    "direction": ("Better is", "min: less is better; the promise's own where left empty"),
    "tolerance": ("Tolerance", "slack the customer was told; replaces the mapping's"),
    "grace": ("Grace", "days to wait for late evidence; replaces the mapping's"),
    "importance": ("Importance", "weight of the promise in integrity; 1 where nobody says otherwise"),
    "may_promise": ("May be promised here", "no: whoever promises it goes beyond the agreement"),
    "up_to_share": ("Share who must get the “up to” level", "as in 50%"),
    "fee_scale": ("Scale of hidden fees", "in money of the project, for “no hidden fees”"),
}
"""Every key of a line in the order of the form, with its label and what to write."""

TERMS_LABELS: Mapping[str, tuple[str, str]] = {
    "version": ("Name of the version", "as in 2 or 2026-04"),
    "effective_from": ("First day in force", "the day of the last signature or a later one"),
    "promises_since": (
        "Judges promises made since",
        "empty: those made from its first day in force on; an earlier day is part of what is signed",
    ),
    "tie_break": ("Tie-break role", "settles an objection that stands two weeks"),
    "parties": ("Parties who sign", "one per line: title: brand, service or operating"),
    "stages": ("Stages of the life cycle", "one per line, in order"),
    "areas": ("Areas", "one per line: name: brand, service or operating"),
    "touchpoints": ("Touchpoints", "one per line: name | channel | area"),
}
LONG = frozenset({"parties", "stages", "areas", "touchpoints", "aspiration", "reason"})
DAYS = frozenset({"effective_from", "promises_since"})


# Lines


def texts_of(line: Line, units: Mapping[str, str]) -> dict[str, str]:
    """What each field of the form shows for a line.

    :param units: promise to the unit of its level (:func:`units_of`).
    """
    unit = line.unit or units.get(line.promise or "", "")
    texts = {name: text_of(name, getattr(line, name)) for name in LINE_LABELS}
    return {name: f"{text} {unit}" if text and name in IN_UNIT and unit in SPANS else text for name, text in texts.items()}


def units_of(folder: Folder) -> dict[str, str]:
    """The unit in which the level of each promise counts, as the mappings have it."""
    made = (mapping for source in folder.sources for mapping in source.mappings if mapping.kind == "promises")
    return {m.name: unit for m in made if m.name and m.type and (unit := m.unit or UNIT_OF_TYPE.get(m.type))}


def written(form: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """What somebody wrote, field by field, ends trimmed; a field the form does not hold stays as it was.

    :raises CharterError: a text is too long, or holds a null character.
    """
    found = {}
    for name, was in before.items():
        text = form.get(name, was).strip().replace("\r\n", "\n")
        most = LONGEST_KEY if name in {*KEYS, "lead", "version", "tie_break", "unit"} else 20 * LONGEST if name in TERMS_LABELS else LONGEST
        if len(text) > most or "\x00" in text:
            raise CharterError("this text is too long.", place=name, mend=f"use at most {most:,} characters.")
        found[name] = text
    return found


def line_from(wanted: Mapping[str, str], before: Line, charter: Charter, folder: Folder) -> Line:
    """The line somebody wrote. What they left as it was stays what it was, to the last digit.

    :param charter: the version it belongs to: its stages are the ones to name.
    :raises CharterError: a value does not fit its key; ``place`` is the field.
    """
    known = texts_of(before, units_of(folder))
    values: dict[str, Any] = {}
    for name, text in wanted.items():
        value = getattr(before, name) if text == known[name] else _value(name, text)
        if value is not None and (name != "direction" or value):
            values[name] = str(value) if isinstance(value, Direction) else value
    for name in NOT_BELOW_NOTHING & values.keys():
        if isinstance(values[name], float) and values[name] < 0:
            raise CharterError(f"{values[name]:g} is below 0.", place=name, mend="write 0 or more.")
    raw = {"stages": list(charter.stages), "lines": [values]}
    try:
        return charter_of(raw, Path("line"), folder.sources).lines[0]
    except SettingError as error:
        place = (error.place or "").removeprefix("lines[1]").lstrip(".")
        raise CharterError(_sentence(error.what), place=place, mend=error.mend) from error


def line_fields(texts: Mapping[str, str], charter: Charter, folder: Folder, *, fixed: bool, wrong: Mapping[str, str]) -> tuple[Field, ...]:
    """The fields of a line's form.

    :param fixed: its keys cannot be changed. :param wrong: field to what is wrong with it.
    """
    options: dict[str, tuple[str, ...]] = {
        "priority": ("", *PRIORITIES),
        "direction": ("", *map(str, Direction)),
        "may_promise": (YES, NO),
    }
    if charter.stages:
        options["stage"] = ("", *charter.stages)
    promises = tuple(dict.fromkeys(m.name for s in folder.sources for m in s.mappings if m.kind == "promises" and m.name))
    suggestions = {"promise": promises, "lead": tuple(area.name for area in charter.areas)}
    return tuple(
        Field(
            name,
            label,
            texts[name],
            hint,
            options=options.get(name, ()),
            suggestions=suggestions.get(name, ()),
            long=name in LONG,
            wrong=wrong.get(name, ""),
            fixed=fixed and name in KEYS,
        )
        for name, (label, hint) in LINE_LABELS.items()
    )


# Terms


def terms_texts(charter: Charter) -> dict[str, str]:
    """What each field of the form shows for the terms of a version."""
    return {
        "version": charter.version,
        "effective_from": "" if charter.effective_from is None else charter.effective_from.isoformat(),
        "promises_since": "" if charter.promises_since is None else charter.promises_since.isoformat(),
        "tie_break": charter.tie_break or "",
        "parties": "\n".join(f"{one.title}: {one.aspect}" for one in charter.parties),
        "stages": "\n".join(charter.stages),
        "areas": "\n".join(f"{one.name}: {one.aspect}" for one in charter.areas),
        "touchpoints": "\n".join(" | ".join([one.name, one.channel or "", one.area or ""]).rstrip(" |") for one in charter.touchpoints),
    }


def terms_from(wanted: Mapping[str, str], before: Charter, folder: Folder) -> Charter:
    """The charter with the terms somebody wrote; its lines as they are.

    :raises CharterError: a value does not fit, or a line names a stage that is gone; ``place`` is the field.
    """
    known = terms_texts(before)
    changed = {name: text for name, text in wanted.items() if text != known[name]}
    said: dict[str, Any] = {}
    for name, text in changed.items():
        if name in DAYS:
            said[name] = _day(name, text)
        elif name == "tie_break":
            said[name] = text or None
        elif name == "version":
            said[name] = text
        elif name == "stages":
            said[name] = tuple(dict.fromkeys(_rows(text)))
        elif name == "parties":
            paper = {(one.title, one.aspect): one.signed for one in before.parties}
            pairs = [_pair(name, row) for row in _rows(text)]
            said[name] = tuple(Party(title, aspect, paper.get((title, aspect), False)) for title, aspect in pairs)
        elif name == "areas":
            said[name] = tuple(Area(*_pair(name, row)) for row in _rows(text))
        else:
            said[name] = tuple(_touchpoint(row) for row in _rows(text))
    after = replace(before, **said)
    try:
        charter_of(tomllib.loads(write_charter(replace(after, signatures=(), objections=()))), Path("terms"), folder.sources)
    except SettingError as error:
        place = (error.place or "").split("[")[0].split(".")[0]
        field = "stages" if place == "lines" else "touchpoints" if place == "touchpoints" else place
        what = f"{_sentence(error.what)} ({error.place})" if error.place else error.what
        raise CharterError(what, place=field, mend=error.mend) from error
    return after


def terms_fields(texts: Mapping[str, str], wrong: Mapping[str, str]) -> tuple[Field, ...]:
    """The fields of the form of the terms."""
    return tuple(
        Field(name, label, texts[name], hint, long=name in LONG, wrong=wrong.get(name, "")) for name, (label, hint) in TERMS_LABELS.items()
    )


# Two at once


def differing(opened: Mapping[str, str], theirs: Mapping[str, str], yours: Mapping[str, str]) -> tuple[Differing, ...]:
    """Every field that was changed by one or by both since it was opened."""
    labels = {**LINE_LABELS, **TERMS_LABELS}
    return tuple(
        Differing(labels[name][0], was, theirs[name], yours[name], theirs[name] != was != yours[name] != theirs[name])
        for name, was in opened.items()
        if theirs[name] != was or yours[name] != was
    )


def merged(opened: Mapping[str, str], theirs: Mapping[str, str], yours: Mapping[str, str]) -> dict[str, str]:
    """Theirs where you changed nothing, yours where you did."""
    return {name: yours[name] if yours[name] != was else theirs[name] for name, was in opened.items()}


# Words and values


def text_of(name: str, value: Any) -> str:
    """A value of a line as its field shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, float):
        percent = f"{100 * value:.12g}%"
        return percent if name in SHARES and float(percent[:-1]) / 100 == value else f"{value!r}".removesuffix(".0")
    return str(value)


def _value(name: str, text: str) -> Any:
    """What a text means, as TOML would hold it; ``None`` where nothing is said."""
    if not text:
        return None
    if name == "may_promise":
        if text not in {YES, NO}:
            raise CharterError(f"“{text[:40]}” is neither yes nor no.", place=name, mend="choose yes or no.")
        return text == YES
    if name not in NUMBERS:
        return text
    share = name in SHARES and text.endswith("%")
    try:
        number = float(text.removesuffix("%").strip().replace("_", " "))
    except ValueError:
        return text  # a length in words, or something the key refuses
    return number / 100 if share else number


def _day(name: str, text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError as error:
        raise CharterError(f"“{text[:40]}” is no day.", place=name, mend="write it as in 2026-03-31.") from error
    if day is not None and not date(1970, 1, 1) <= day <= date(9000, 1, 1):
        raise CharterError(f"“{text[:40]}” lies too far away.", place=name, mend="write a day as in 2026-03-31.")
    return day


def _rows(text: str) -> Sequence[str]:
    return [row.strip() for row in text.splitlines() if row.strip()]


def _pair(name: str, row: str) -> tuple[str, Aspect]:
    title, _, word = row.rpartition(":")
    aspects = [str(one) for one in Aspect]
    if not title.strip() or word.strip() not in aspects:
        mend = did_you_mean(word.strip(), aspects) if title.strip() else f"write it as in “{row[:40]}: service”."
        raise CharterError(f"“{row[:80]}” does not say whose work it is.", place=name, mend=mend)
    return title.strip(), Aspect(word.strip())


def _touchpoint(row: str) -> Touchpoint:
    name, channel, area, *further = [*(part.strip() for part in row.split("|")), "", ""]
    if not name or any(further):
        raise CharterError(f"“{row[:80]}” is no touchpoint.", place="touchpoints", mend="write it as in “parcel page | web | Fulfilment”.")
    return Touchpoint(name, channel or None, area or None)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
