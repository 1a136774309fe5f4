"""One file of sources/ as frozen data: where the rows are, how their text is written, and what they become."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias, cast

from troth.intake.durations import days, minutes
from troth.intake.expressions import Expression, column, parse
from troth.intake.settings import LEFT_OUT, MAPPINGS, SOURCE, Takes, checked, keys_of
from troth.intake.writing import Writing, checked_format
from troth.intake.zones import known_zones
from troth.terms.errors import MissingKeyError, SettingError, did_you_mean
from troth.terms.questions import questions
from troth.terms.tables import OCCASIONS, names
from troth.terms.vocabulary import DIRECTION_OF, TIMED, Direction, Exposure, Noun, PromiseType

Filler: TypeAlias = Expression | str | float | bool
"""What fills a column: an expression, or one value for every row."""

SAID = ("stage", "means", "settled_after")
"""Keys of occasions that say one thing of all rows."""

OF_EXPOSURE = ("when", "area", "means", "failure")

WHERE = "where"
"""Key that says which rows a mapping is about."""

UNITS: dict[PromiseType, str] = {
    PromiseType.DEADLINE: "days",
    PromiseType.RESPONSE_TIME: "days",
    PromiseType.WINDOW: "minutes outside",
    PromiseType.QUANTITY: "units",
    PromiseType.AVAILABILITY: "share",
    PromiseType.QUALITY: "attributes",
    PromiseType.INFORMATION: "met or not",
    PromiseType.EFFORT: "steps",
}
"""Unit of the level where the mapping names none; a price is in the project's currency."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A step between making and keeping a promise, and the area whose time it is."""

    name: str
    at: Expression
    area: str | None = None


@dataclass(frozen=True, slots=True)
class Met:
    """An exposure, and when it was met."""

    exposure: Exposure
    when: Expression


@dataclass(frozen=True)
class RowMapping:
    """What one ``[[...]]`` table of a source says: which rows become which of our tables, and how.

    :param kind: ``promises``, ``receipts``, ``customers``, ``interactions``, ``signals``, ``costs``, ``occasions`` or
        ``readings``.
    :param file: file of the source.
    :param place: where in the file it stands, counted from 1: ``promises[2]``.
    :param name: name of the promise made or answered, of the question or of the measure; ``None`` for other kinds.
    :param fillers: what fills each key that is given.
    :param context: columns to judge capability within, each with its expression.
    :param dimensions: further columns to slice by, alike.
    :param each: what a promise is made for, in the company's own word.
    :param exposures: what may have gone wrong on an occasion; ``covariates`` and ``placebo`` as in the settings.
    :param comparable: what makes readings alike, :param outcomes: and what came of them, as their rows tell it.
    :param says: what else is said of all occasions: ``stage`` and ``means`` as texts, ``settled_after`` in days.
    """

    kind: str
    file: str
    place: str
    name: str | None
    fillers: Mapping[str, Filler]
    type: PromiseType | None = None
    direction: Direction | None = None
    unit: str | None = None
    stages: tuple[Stage, ...] = ()
    context: Mapping[str, Expression] = field(default_factory=dict)
    dimensions: Mapping[str, Expression] = field(default_factory=dict)
    scale: tuple[float, float] | None = None
    each: Noun | None = None
    exposures: tuple[Met, ...] = ()
    covariates: Mapping[str, Expression] = field(default_factory=dict)
    placebo: Mapping[str, Expression] = field(default_factory=dict)
    comparable: Mapping[str, Expression] = field(default_factory=dict)
    outcomes: Mapping[str, Expression] = field(default_factory=dict)
    says: Mapping[str, str | float] = field(default_factory=dict)

    @property
    def where(self) -> Expression | None:
        """Which rows of the source it is about; ``None`` for all."""
        filler = self.fillers.get(WHERE)
        return filler if isinstance(filler, Expression) else None

    @property
    def label(self) -> str:
        """How people call it: ``promises “delivery date”``, ``customers``."""
        return f"{self.kind} “{self.name}”" if self.name else self.kind

    @property
    def named(self) -> Iterator[tuple[str, Expression]]:
        """Every expression it holds, with the key it stands under: ``due``, ``stages.packed``, ``context.region``."""
        yield from ((name, filler) for name, filler in self.fillers.items() if isinstance(filler, Expression))
        yield from ((f"stages.{stage.name}", stage.at) for stage in self.stages)
        yield from ((f"context.{name}", expression) for name, expression in self.context.items())
        yield from ((f"dimensions.{name}", expression) for name, expression in self.dimensions.items())
        yield from ((f"exposures.{met.exposure.name}", met.when) for met in self.exposures)
        yield from ((f"covariates.{name}", expression) for name, expression in self.covariates.items())
        yield from ((f"placebo.{name}", expression) for name, expression in self.placebo.items())
        yield from ((f"comparable.{name}", expression) for name, expression in self.comparable.items())
        yield from ((f"outcomes.{name}", expression) for name, expression in self.outcomes.items())

    @property
    def expressions(self) -> Iterator[Expression]:
        """Every expression it holds."""
        return (expression for _, expression in self.named)


@dataclass(frozen=True)
class Source:
    """One file of sources/: a table that is somewhere, and what its rows become.

    :param name: stem of the file.
    :param file: the file itself.
    :param read: file, glob or package data; or
    :param connection: database, with
    :param table: or
    :param query:
    :param id: expression of the row key; ``None`` for file and line.
    :param filter: rows that are used.
    :param null: words that mean an empty cell.
    :param rates: code of a currency to what a unit of it is worth in the project's, whose own is 1.
    """

    name: str
    file: str
    writing: Writing
    mappings: tuple[RowMapping, ...]
    read: str | None = None
    connection: str | None = None
    table: str | None = None
    query: str | None = None
    id: Expression | None = None
    filter: Expression | None = None
    encoding: str = "utf-8"
    delimiter: str | None = None
    quote: str = '"'
    sheet: str | None = None
    null: tuple[str, ...] = ()
    rates: Mapping[str, float] = field(default_factory=dict)


def read_source(
    raw: Mapping[str, object], file: Path, *, timezone: str, currency: str, rates: Mapping[str, float] = MappingProxyType({})
) -> Source:
    """The source a file of sources/ describes.

    :raises SettingError: an unknown key, a wrong type or value, keys that exclude or need each other.
    :raises ExpressionError: SQL that does not parse or is no plain expression.
    """
    given = cast("dict[str, Any]", checked(raw, SOURCE, file=file))
    _one_place(given, file)
    for key in ("encoding", "delimiter", "quote", "timezone"):
        if key in given:
            _valid_writing(key, given[key], file)
    if "date_format" in given:
        checked_format(given["date_format"], file=str(file))
    decimal = given.get("decimal", ".")
    thousands = given.get("thousands", "." if decimal == "," else None)
    if thousands == decimal:
        raise SettingError(
            "the decimal mark and the mark between thousands are the same",
            file=file,
            place="thousands",
            mend="leave thousands out, or name another mark.",
        )
    mappings = tuple(
        _mapping(kind, position, cast("dict[str, object]", row), file=file, currency=currency)
        for kind in MAPPINGS
        for position, row in enumerate(given.get(kind, []), start=1)
        if row is not LEFT_OUT
    )
    if not mappings:
        raise MissingKeyError(
            "this source says nothing of what its rows are",
            table="",
            keys=MAPPINGS,
            file=file,
            place=None,
            mend="add [[promises]], or one of " + ", ".join(f"[[{kind}]]" for kind in MAPPINGS if kind != "promises") + ".",
        )
    return Source(
        name=file.stem,
        file=str(file),
        writing=Writing(
            zone=given.get("timezone", timezone),
            decimal=decimal,
            thousands=thousands,
            date_format=given.get("date_format"),
            dayfirst=given.get("dayfirst", False),
        ),
        mappings=mappings,
        id=None if "id" not in given else parse(given["id"], file=file, place="id"),
        filter=None if "filter" not in given else parse(given["filter"], file=file, place="filter"),
        null=tuple(given.get("null", ())),
        rates=MappingProxyType({currency: 1.0, **rates}),
        **{key: given[key] for key in ("read", "connection", "table", "query", "encoding", "delimiter", "quote", "sheet") if key in given},
    )


def valid_encoding(name: str, *, file: Path | str, place: str) -> str:
    """The name, if it is a text encoding."""
    try:
        "".encode(codecs.lookup(name).name)
    except (LookupError, UnicodeError, ValueError) as error:
        raise SettingError(
            f"“{name}” is no text encoding", file=file, place=place, mend="write utf-8, latin-1, cp1252, utf-16 ..."
        ) from error
    return name


def valid_zone(name: str, *, file: Path | str, place: str) -> str:
    """The name, if it is a time zone."""
    if name not in known_zones():
        near = did_you_mean(name, known_zones()) or ""
        raise SettingError(f"“{name}” is no time zone", file=file, place=place, mend=near if near.startswith("did") else ZONE_MEND)
    return name


ZONE_MEND = "write it as region and city, such as America/New_York or Europe/Madrid, or UTC."


def _one_place(given: Mapping[str, object], file: Path) -> None:
    """Rows come from files, or from a table or query of a connection: exactly one of these."""
    if ("read" in given) == ("connection" in given):
        raise MissingKeyError(
            "a source needs either read or connection",
            table="",
            keys=("read", "connection"),
            file=file,
            place="read",
            mend='write read = "orders.csv", or connection = "postgres://..." with table = "orders".',
        )
    if "connection" in given and ("table" in given) == ("query" in given):
        raise MissingKeyError(
            "a connection needs either table or query",
            table="",
            keys=("table", "query"),
            file=file,
            place="connection",
            mend='add table = "orders", or query = "select ...".',
        )
    for key in ("table", "query") if "read" in given else ("sheet", "encoding", "delimiter", "quote"):
        if key in given:
            raise SettingError(f"{key} has no meaning here", file=file, place=key, mend=f"leave {key} out.")


def _valid_writing(key: str, value: str, file: Path) -> None:
    """Encodings, separators and zones that exist."""
    match key:
        case "encoding":
            valid_encoding(value, file=file, place=key)
        case "timezone":
            valid_zone(value, file=file, place=key)
        case _:
            if len(value) != 1 or not value.isascii() or value in "\r\n":
                raise SettingError(
                    f"{value!r} is not one character", file=file, place=key, mend=r'write one character, such as ";" or "\t".'
                )


def _mapping(kind: str, position: int, raw: dict[str, object], *, file: Path, currency: str) -> RowMapping:
    table = MAPPINGS[kind]
    at = f"{kind}[{position}]"
    given = cast("dict[str, Any]", checked(raw, table, file=file, at=at))
    promise_type = PromiseType(given["type"]) if "type" in given else None
    in_minutes = promise_type is PromiseType.WINDOW
    fillers: dict[str, Filler] = {}
    for name, setting in keys_of(table).items():
        place = f"{at}.{name}"
        value = given.get(name)
        if value is None or setting.gives is None:
            continue
        measured = minutes if in_minutes and name != "grace" else days
        length = measured(value) if setting.takes is Takes.SQL_OR_NUMBER and isinstance(value, str) else None
        if not isinstance(value, str) or (setting.takes is Takes.SQL_OR_WORD and value in setting.words):
            fillers[name] = value
        elif length is not None:
            fillers[name] = length
        else:
            fillers[name] = parse(value, file=file, place=place)
    mapping = RowMapping(
        kind=kind,
        file=str(file),
        place=at,
        name=given.get("name", given.get("question", given.get("measure"))),
        fillers=MappingProxyType(fillers),
        type=promise_type,
        direction=None if promise_type is None else Direction(given.get("direction", DIRECTION_OF[promise_type])),
        unit=None if promise_type is None else given.get("unit", UNITS.get(promise_type, currency)),
        stages=_stages(given.get("stages", {}), file=file, at=at),
        context=_columns(given.get("context", []), file=file, place=f"{at}.context"),
        dimensions=_columns(given.get("dimensions", []), file=file, place=f"{at}.dimensions"),
        scale=None if "scale" not in given else (float(given["scale"][0]), float(given["scale"][1])),
        each=_noun(given, file=file, at=at),
        exposures=_exposures(given.get("exposures", {}), file=file, at=at),
        covariates=_columns(given.get("covariates", []), file=file, place=f"{at}.covariates"),
        placebo=_columns(given.get("placebo", []), file=file, place=f"{at}.placebo"),
        comparable=_columns(given.get("comparable", []), file=file, place=f"{at}.comparable"),
        outcomes=_columns(given.get("outcomes", []), file=file, place=f"{at}.outcomes"),
        says={name: given[name] for name in SAID if kind == "occasions" and name in given},
    )
    if promise_type is not None:
        _enough_to_judge(mapping, promise_type)
    if kind == "occasions":
        _enough_to_ask(mapping)
    return mapping


def _noun(given: Mapping[str, str], *, file: Path, at: str) -> Noun | None:
    if "each" in given:
        return Noun(given["each"].strip(), given.get("each_plural", f"{given['each'].strip()}s").strip())
    if "each_plural" in given:
        place, mend = f"{at}.each_plural", 'add each = "request".'
        raise MissingKeyError("each_plural needs each", table=at, keys=("each",), file=file, place=place, mend=mend)
    return None


def _enough_to_judge(mapping: RowMapping, promise_type: PromiseType) -> None:
    """A promise says what was promised, in the way its type asks for."""

    def missing(what: str, *keys: str, mend: str) -> MissingKeyError:
        place = f"{mapping.place}.{keys[0]}"
        return MissingKeyError(what, table=mapping.place, keys=keys, file=mapping.file, place=place, mend=mend)

    fillers = mapping.fillers
    if promise_type in TIMED and "due" not in fillers and "promised" not in fillers:
        raise missing(
            f"a {promise_type} needs to say when it is due", "due", "promised", mend='add due = "column", or promised = "8 days".'
        )
    if promise_type is PromiseType.WINDOW:
        for key in ("window_start", "due"):
            if key not in fillers:
                raise missing(f"a window needs {key}", key, mend="window_start is where the window opens, due where it closes.")
    if promise_type not in TIMED | {PromiseType.WINDOW} and "promised" not in fillers and mapping.direction is not Direction.SET:
        raise missing(
            f"a promise of type {promise_type} needs its level", "promised", mend='add promised = "column" and received = "column".'
        )


def _enough_to_ask(mapping: RowMapping) -> None:
    """Occasions say whether the event took place, and who meant otherwise where most people show the event anyway."""
    if "event" not in mapping.fillers and "event_at" not in mapping.fillers:
        raise MissingKeyError(
            "occasions need to say whether the event took place",
            table=mapping.place,
            keys=("event", "event_at"),
            file=mapping.file,
            place=f"{mapping.place}.event",
            mend='add event = "order_id is null", or event_at = "cancelled_at".',
        )
    asked = next((one for one in questions() if one.name == mapping.name), None)
    if asked is not None and asked.browsing and "intent" not in mapping.fillers:
        raise MissingKeyError(
            f"“{mapping.name}” counts only those who meant to buy: of the others nearly all leave without an order",
            table=mapping.place,
            keys=("intent",),
            file=mapping.file,
            place=f"{mapping.place}.intent",
            mend='add intent = "reached_basket", or whatever says who meant to buy.',
        )
    if asked is None and "means" not in mapping.says:
        known = [one.name for one in questions()]
        near = did_you_mean(mapping.name or "", known)
        raise MissingKeyError(
            f"“{mapping.name}” is none of the questions Troth knows",
            table=mapping.place,
            keys=("means",),
            file=mapping.file,
            place=f"{mapping.place}.question",
            mend=f"{near} A question of your own needs means = “the unwanted event, in words”.",
        )
    taken: dict[str, str] = dict.fromkeys(names(OCCASIONS), "a column of occasions")
    of_kind = {
        "exposures": [met.exposure.name for met in mapping.exposures],
        "covariates": list(mapping.covariates),
        "placebo": list(mapping.placebo),
    }
    for kind, given in of_kind.items():
        for name in given:
            if name in taken:
                raise SettingError(
                    f"“{name}” is {taken[name]} already",
                    file=mapping.file,
                    place=f"{mapping.place}.{kind}.{name}",
                    mend=f'give it another name: {kind} = {{ {mapping.kind[:-1]}_{name} = "{name}" }}.',
                )
            taken[name] = f"one of its {kind}"


def _exposures(raw: Mapping[str, object], *, file: Path, at: str) -> tuple[Met, ...]:
    found = []
    for name, value in raw.items():
        place = f"{at}.exposures.{name}"
        told = {"when": value} if isinstance(value, str) else value if isinstance(value, dict) else {}
        unknown = told.keys() - set(OF_EXPOSURE)
        if unknown:
            word = min(unknown)
            raise SettingError("this key is unknown", file=file, place=f"{place}.{word}", mend=did_you_mean(word, OF_EXPOSURE))
        when, *words = (told.get(key) for key in OF_EXPOSURE)
        if not isinstance(when, str) or not when.strip() or not all(isinstance(word, str | None) for word in words):
            raise SettingError(
                "an exposure needs to say when it was met",
                file=file,
                place=place,
                mend=f'write {name} = "column", or {name} = {{ when = "column", area = "Service", means = "what went wrong" }}.',
            )
        found.append(Met(Exposure(name, *cast("list[str | None]", words)), parse(when, file=file, place=f"{place}.when")))
    return tuple(found)


def _stages(raw: Mapping[str, object], *, file: Path, at: str) -> tuple[Stage, ...]:
    stages = []
    for name, value in raw.items():
        place = f"{at}.stages.{name}"
        if isinstance(value, str) and value.strip():
            stages.append(Stage(name, parse(value, file=file, place=place)))
            continue
        step = value if isinstance(value, dict) else {}
        unknown = step.keys() - {"at", "area"}
        if unknown:
            word = min(unknown)
            raise SettingError("this key is unknown", file=file, place=f"{place}.{word}", mend=did_you_mean(word, ("at", "area")))
        when, area = step.get("at"), step.get("area")
        if not isinstance(when, str) or not when.strip() or not isinstance(area, str | None):
            raise SettingError(
                "a stage needs the moment it was reached",
                file=file,
                place=place,
                mend=f'write {name} = "column", or {name} = {{ at = "column", area = "Warehouse" }}.',
            )
        stages.append(Stage(name, parse(when, file=file, place=f"{place}.at"), area))
    return tuple(stages)


def _columns(raw: list[str] | dict[str, str], *, file: Path, place: str) -> Mapping[str, Expression]:
    """Columns by name; those written as a list stand for themselves."""
    if isinstance(raw, dict):
        return MappingProxyType({name: parse(sql, file=file, place=f"{place}.{name}") for name, sql in raw.items()})
    return MappingProxyType({name: column(name, file=file, place=place) for name in raw})
