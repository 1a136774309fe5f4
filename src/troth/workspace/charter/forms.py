"""What people write into the forms, as lines and terms of a charter, and back. The rules of each key are those of charter.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from troth.intake import Folder
from troth.intake.agreement import SHARES, write_charter
from troth.intake.durations import days
from troth.intake.folder import charter_of
from troth.terms.charter import KEYS, PRIORITIES, Area, Charter, Line, Party, Touchpoint
from troth.terms.errors import SettingError, did_you_mean
from troth.terms.levels import SHORT_OF, agreed
from troth.terms.signing import title
from troth.terms.vocabulary import TIMED, Aspect, Direction, PromiseType
from troth.workspace.charter.contexts import Differing, Field
from troth.workspace.charter.errors import CharterError
from troth.workspace.charter.parties import nobody_leads

YES, NO = "yes", "no"
LONGEST = 2_000
LONGEST_KEY = 200
NUMBERS = ("standard", "tolerance", "grace", "importance", "fee_scale", "cost_limit", *SHARES)
NOT_BELOW_NOTHING = frozenset({"tolerance", "grace", "importance", "fee_scale", "cost_limit"})
LENGTHS = frozenset({"standard", "tolerance", "grace"})
"""Numbers that may be lengths of time in words."""
WORDS: Mapping[str, tuple[str, ...]] = {"priority": PRIORITIES, "direction": tuple(map(str, Direction))}
"""What can be chosen in a field that takes one of a few words."""
LARGEST = 1e300
"""No number of a charter lies further from 0."""

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
    told = {name: f"{text} {unit}" if text and name in IN_UNIT and unit in SPANS else text for name, text in texts.items()}
    short = {name: _short(getattr(line, name)) for name in IN_UNIT if unit == "days"}
    return {name: short.get(name) or text for name, text in told.items()}


def words_of(line: Line, units: Mapping[str, str]) -> dict[str, str]:
    """What each field says, for a reader: as its form shows it, but every length in the words the charter is read and signed in."""
    unit = line.unit or units.get(line.promise or "", "")
    told = {**{name: (getattr(line, name), unit) for name in IN_UNIT}, "grace": (line.grace, "days")}
    lengths = {name: agreed(value, of) for name, (value, of) in told.items() if value is not None and of}
    return texts_of(line, units) | lengths


def _short(value: float | None) -> str:
    """Days below two as a form takes them, in whole hours or minutes; empty where they are none, or that many exactly."""
    if value is None or not 0 < value < SHORT_OF or value == 1:
        return ""
    minutes = round(value * 24 * 60)
    text = f"{minutes // 60} hours" if minutes % 60 == 0 else f"{minutes} minutes"
    return text if days(text) == value else ""


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
            raise _refused(name, f"{values[name]:g}", "below 0", "write 0 or more.")
    raw = {"stages": list(charter.stages), "lines": [values]}
    try:
        return charter_of(raw, Path("line"), folder.sources).lines[0]
    except SettingError as error:
        place = (error.place or "").removeprefix("lines[1]").lstrip(".")
        mend = f"leave “{LINE_LABELS[place][0]}” empty: the promise's own holds." if place in {"unit", "direction"} else error.mend
        raise CharterError(_sentence(error.what), place=place, mend=mend) from error


def line_fields(
    texts: Mapping[str, str], charter: Charter, folder: Folder, leads: Sequence[str], *, fixed: bool, wrong: Mapping[str, str]
) -> tuple[Field, ...]:
    """The fields of a line's form.

    :param leads: whom the line can name as its lead. :param fixed: its keys cannot be changed.
    :param wrong: field to what is wrong with it.
    """
    options: dict[str, tuple[str, ...]] = {**{name: ("", *words) for name, words in WORDS.items()}, "may_promise": (YES, NO)}
    if charter.stages:
        options["stage"] = ("", *charter.stages)
    promises = tuple(dict.fromkeys(m.name for s in folder.sources for m in s.mappings if m.kind == "promises" and m.name))
    suggestions = {"promise": promises, "lead": tuple(leads)}
    notes = {"lead": nobody_leads(texts["lead"], leads)}
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
            note=notes.get(name, ""),
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
        field = "stages" if place == "lines" else place
        raise CharterError(f"{_named_in(error.place or '', after)}{_sentence(error.what)}", place=field, mend=error.mend) from error
    return after


def _named_in(place: str, charter: Charter) -> str:
    """The line or touchpoint of a place such as ``lines[2].stage``, as a sentence begins with it; empty for another place."""
    found = re.match(r"(lines|touchpoints)\[(\d+)\]", place)
    if found is None:
        return ""
    position = int(found[2]) - 1
    if found[1] == "touchpoints":
        return f"Touchpoint “{charter.touchpoints[position].name}”: "
    return f"The line on {title(charter.lines[position])}: "


def terms_fields(texts: Mapping[str, str], wrong: Mapping[str, str], today: date) -> tuple[Field, ...]:
    """The fields of the form of the terms.

    :param today: where the project's days begin.
    """
    notes = {"effective_from": past_day(texts["effective_from"], today)}
    return tuple(
        Field(name, label, texts[name], hint, long=name in LONG, wrong=wrong.get(name, ""), note=notes.get(name, ""))
        for name, (label, hint) in TERMS_LABELS.items()
    )


def past_day(first: str, today: date) -> str:
    """Why nobody can sign a version with this first day in force; empty where it is today or later, or no day."""
    try:
        day = date.fromisoformat(first)
    except ValueError:
        return ""
    return "" if day >= today else "This day is past: nobody can sign what would have been in force before. Name today or a later day."


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
    """What a text means, as TOML would hold it; ``None`` where nothing is said.

    :raises CharterError: it does not fit the field, told in the words of the form.
    """
    if not text:
        return None
    if name == "may_promise":
        if text not in {YES, NO}:
            raise _refused(name, text, "neither yes nor no", "choose yes or no.")
        return text == YES
    if text not in WORDS.get(name, (text,)):
        raise _refused(name, text, "none of the words to choose from", did_you_mean(text, WORDS[name]))
    if name not in NUMBERS:
        return text
    number = _number(text.removesuffix("%") if name in SHARES else text)
    if name in SHARES:
        share = number / 100 if number is not None and text.endswith("%") else number
        if share is None or not 0 < share < 1:
            raise _refused(name, text, "no share", "write more than 0% and less than 100%, as in 90%.")
        return share
    if number is not None:
        return number
    if name not in LENGTHS:
        raise _refused(name, text, "no number", "write it as in 1.5.")
    length = days(text)
    if length is None or length >= LARGEST:
        raise _refused(name, text, "neither a number nor a length of time", "write it as in 6, 6 days or 90 minutes.")
    return text


def _refused(name: str, text: str, what: str, mend: str | None) -> CharterError:
    """A text that does not fit its field, which is told by its label."""
    return CharterError(f"{LINE_LABELS[name][0]}: “{text[:40]}” is {what}.", place=name, mend=mend)


def _number(text: str) -> float | None:
    """The number a text is, if it is one that can be written down."""
    try:
        number = float(text.strip().replace("_", " "))
    except ValueError:
        return None
    return number if -LARGEST < number < LARGEST else None


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
