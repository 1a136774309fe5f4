"""Who decides what, as a study is held against it: roles and grants of the workspace, or those of roles.toml."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from troth.engine.purview import Chasm, chasm
from troth.terms.roles import Purview
from troth.workspace.parts import wording
from troth.workspace.people.mandates import mandates
from troth.workspace.studies.reading import OpenStudy, project


@dataclass(frozen=True, slots=True)
class Deciders:
    """Who may decide what.

    :param told: where it stands, as a sentence. :param notes: what could not be taken as it stands there.
    """

    purview: Purview
    told: str = "Roles and grants are those of roles.toml: the workspace holds no grant that was in force on the study’s day."
    notes: tuple[str, ...] = ()


def who_decides(at: datetime, currency: str) -> Deciders:
    """Who may decide what: the one place page and API have it from.

    Roles and grants of the workspace, where one is in force; those of roles.toml otherwise. What a fix takes, what was asked, what was
    decided and which structures are weighed stands in roles.toml alone.

    :param at: the study's as-of. :param currency: the project's.
    :raises ProjectError: roles.toml is not as it must be.
    :raises SourceError: the asks cannot be read.
    """
    file = project().purview
    held = mandates(at, currency)
    if not held.roles:
        return Deciders(file)
    decisions = {role.title: role.decisions for role in file.roles}
    roles = tuple(replace(role, decisions=decisions.get(role.title, ())) for role in held.roles)
    titles = {role.title for role in roles}
    structures = {name: named for name, named in file.structures.items() if titles.issuperset(named)}
    return Deciders(
        replace(file, roles=roles, structures=structures),
        f"Roles and grants are those of the workspace in force on {wording.day(at)}; fixes, asks and decisions are those of roles.toml.",
        held.notes
        + tuple(
            f"The structure “{name}” of roles.toml is left out: it names a role that holds no grant here."
            for name in file.structures
            if name not in structures
        ),
    )


def deciders_of(opened: OpenStudy) -> Deciders:
    """Who could decide what on the study's day."""
    return who_decides(opened.as_of, opened.study.manifest.currency)


def told_of(opened: OpenStudy, purview: Purview) -> Chasm:
    """The study's issues held against who may decide what, as of the study's day."""
    return opened.remembered(("chasm", repr(purview)), lambda: chasm(opened.issues(), purview, as_of=opened.as_of.date()))
