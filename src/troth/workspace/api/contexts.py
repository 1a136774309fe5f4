"""What the page of the API receives."""

from __future__ import annotations

from dataclasses import dataclass

from troth.workspace.parts.contexts import told


@dataclass(frozen=True, slots=True)
class Field:
    """Something an address takes."""

    name: str = told("its name")
    where: str = told("path, query or body")
    required: bool = told("whether it has to be there")
    about: str = told("what it says; empty where the name says it")


@dataclass(frozen=True, slots=True)
class Operation:
    """One address and what it does."""

    method: str = told("GET or POST")
    path: str = told("the address")
    summary: str = told("what it answers or does")
    about: str = told("the same at more length")
    scope: str = told("scope a token needs; empty where no token can")
    fields: tuple[Field, ...] = told("what it takes")


@dataclass(frozen=True, slots=True)
class Topic:
    """Addresses about one thing."""

    name: str = told("what they are about")
    anchor: str = told("its place on the page")
    operations: tuple[Operation, ...] = told("the addresses")


@dataclass(frozen=True, slots=True)
class DocsPage:
    """What can a program ask and do?"""

    version: str = told("version of Troth")
    count: int = told("how many addresses there are")
    topics: tuple[Topic, ...] = told("addresses by topic")
