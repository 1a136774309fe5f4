"""Commands that keep the workspace: its people, their roles and grants, and the record of what was done."""

from __future__ import annotations

import sys
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from troth.cli import options as o
from troth.terms.errors import RequestError

PEOPLE = typer.Typer(help="The people of the workspace, their roles and what these may decide.", no_args_is_help=True)
AUDIT = typer.Typer(help="The record of what was done in the workspace.", no_args_is_help=True)

CHARTER = typer.Typer(help="The charter as the workspace keeps it: its versions, and who has to sign.", no_args_is_help=True)


class Lines(StrEnum):
    """How the record is written."""

    JSONL = "jsonl"
    CSV = "csv"


Origin = Annotated[str, typer.Option(help="Scheme, host and port people type, as in https://troth.example.org.", show_default=False)]
Name = Annotated[str, typer.Argument(help="Name of the person.")]
Email = Annotated[str, typer.Option(help="E-mail address; they may sign in with it, too.", show_default=False)]
GivenRole = Annotated[str, typer.Option("--role", help="Title of a role to give them.", show_default=False)]
Title = Annotated[str, typer.Argument(help="Title of the role.")]


@PEOPLE.command("list")
def list_(project: o.ProjectFolder = None, form: o.DocumentFormat = o.Printed.TABLE) -> None:
    """List the people of the workspace, with their roles and areas."""
    from troth.cli import documents, terminal
    from troth.workspace.administering import list_people

    found = list_people(o.place(None, project))
    if form is o.Printed.JSON:
        sys.stdout.write(documents.text(documents.of_people(found)))
        return
    terminal.table(found, terminal.person_cells)


@PEOPLE.command()
def add(name: Name, project: o.ProjectFolder = None, email: Email = "", role: GivenRole = "") -> None:
    """Add somebody. Without a role they see their own account and nothing else."""
    from troth.cli.terminal import say
    from troth.workspace.administering import add_person

    add_person(o.place(None, project), name, email=email, role=role)
    say(f"Added {name}. Next: troth people invite, for a link by which they choose a password.")


@PEOPLE.command()
def invite(
    name: Name,
    project: o.ProjectFolder = None,
    email: Email = "",
    role: GivenRole = "",
    origin: Origin = "",
) -> None:
    """Print a link by which somebody chooses a password and comes in; who is not there yet is added."""
    from troth.cli.terminal import say
    from troth.workspace.administering import invite_person

    say(f"Works once, for seven days: {invite_person(o.place(None, project), name, email=email, role=role, origin=origin)}")


@PEOPLE.command()
def link(name: Name, project: o.ProjectFolder = None, origin: Origin = "") -> None:
    """Print a link by which somebody who is there already signs in."""
    from troth.cli.terminal import say
    from troth.workspace.administering import link_person

    say(f"Works once, for an hour: {link_person(o.place(None, project), name, origin=origin)}")


@PEOPLE.command()
def token(
    name: Name,
    what_for: Annotated[str, typer.Argument(metavar="FOR", help="What it is for, as its holder will know it again.")],
    project: o.ProjectFolder = None,
    scope: Annotated[list[str], typer.Option(help="read, issues, charter, studies or people; repeat for more.")] = ["read"],  # noqa: B006 - typer's default
    days: Annotated[int, typer.Option(help="Days it holds, at most 365.")] = 90,
) -> None:
    """Print a token by which a program uses the API in somebody's name."""
    from troth.cli.terminal import say
    from troth.workspace.administering import make_token

    say(f"Shown this once: {make_token(o.place(None, project), name, what_for, scopes=scope, days=days)}")


@PEOPLE.command()
def role(
    title: Title,
    project: o.ProjectFolder = None,
    seat: Annotated[str, typer.Option(help="What a new role may see and change: brand-officer, analyst ...", show_default=False)] = "",
    aspect: Annotated[str, typer.Option(help="Of a new role: brand, service or operating.", show_default=False)] = "",
    reports_to: Annotated[str, typer.Option(help="Of a new role: title of the role it reports to.", show_default=False)] = "",
    to: Annotated[str, typer.Option(help="Name or e-mail address of who holds it from now on.", show_default=False)] = "",
) -> None:
    """Add a role where there is none with this title, and give it to somebody."""
    from troth.cli.terminal import say
    from troth.workspace.administering import give_role

    new = give_role(o.place(None, project), title, seat=seat, aspect=aspect, reports_to=reports_to, holder=to)
    said = f"The role “{title}” is {'new' if new else 'there'}"
    say(f"{said}, and {to} holds it." if to else f"{said}.")


@PEOPLE.command()
def grant(
    title: Title,
    area: Annotated[str, typer.Argument(help="Area of the charter.")],
    project: o.ProjectFolder = None,
    *,
    decide: Annotated[bool, typer.Option("--decide/--no-decide", help="It decides there.")] = False,
    spend: Annotated[str, typer.Option(help="What it may spend there at a time, with its currency: “5000 EUR”.", show_default=False)] = "",
    capacity: Annotated[str, typer.Option(help="Hours it can commit there, with their period: “40 month”.", show_default=False)] = "",
) -> None:
    """Say what a role may do in an area, in place of what it could there before. Its holders see the area."""
    from troth.cli.terminal import say
    from troth.workspace.administering import grant_area

    amount, currency = _pair(spend, "--spend", "5000 EUR")
    hours, per = _pair(capacity, "--capacity", "40 month")
    place = o.place(None, project)
    grant_area(place, title, area, decide=decide, spend_limit=amount, currency=currency, capacity_hours=hours, capacity_per=per)
    say(f"“{title}” holds a grant in {area}.")


@PEOPLE.command("import-roles")
def import_roles_(project: o.ProjectFolder = None) -> None:
    """Bring the roles of roles.toml and their grants into the workspace. A role that is there already stays as it is."""
    from troth.cli.terminal import notes, say
    from troth.workspace.seating import import_roles

    found = import_roles(o.place(None, project))
    say(f"New roles: {', '.join(found.roles) or 'none'}. Grants that came with them: {found.grants}.")
    notes(found.remarks)


@CHARTER.command()
def status(project: o.ProjectFolder = None, form: o.DocumentFormat = o.Printed.TABLE) -> None:
    """List the versions of the charter, which is in force, and what a draft waits for."""
    from troth.cli import documents, terminal
    from troth.workspace.administering import list_charters

    found = list_charters(o.place(None, project))
    if form is o.Printed.JSON:
        sys.stdout.write(documents.text(documents.of_charters(found)))
        return
    terminal.table(found, terminal.charter_version_cells)
    for one in found:
        for obstacle in one.obstacles:
            terminal.say(f"Version {one.name}: {obstacle}")


@CHARTER.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A charter.toml that was edited.")],
    project: o.ProjectFolder = None,
) -> None:
    """Bring an edited charter.toml into the workspace as a draft, and say what it changes. The parties sign it there."""
    from troth.cli.terminal import say
    from troth.workspace.administering import import_charter

    name, changes = import_charter(o.place(None, project), file)
    say(f"Version {name} is a draft. It judges nothing before every party has signed it in the workspace.")
    for one in changes:
        say(f"  {one}")


@CHARTER.command("export")
def export_charter_(
    project: o.ProjectFolder = None,
    version: Annotated[str, typer.Option(help="Name of the version; that in force where left out.", show_default=False)] = "",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write to; the terminal where left out.", show_default=False)
    ] = None,
) -> None:
    """Write a version as charter.toml: one that is signed, or the draft as it stands."""
    from troth.workspace.administering import export_charter

    text = export_charter(o.place(None, project), version)
    if output is None:
        sys.stdout.write(text)
        return
    output.write_text(text, encoding="utf-8")


@AUDIT.command()
def verify(
    project: o.ProjectFolder = None,
    noted: Annotated[str, typer.Option(help="A digest that was the last one earlier: is it in the chain still?", show_default=False)] = "",
    form: o.DocumentFormat = o.Printed.TABLE,
) -> None:
    """Walk along everything that was done: was an entry changed, taken out or put in? Exits with 6 where one was."""
    from troth.cli import documents
    from troth.cli.terminal import say
    from troth.workspace.administering import verify_timeline

    found = verify_timeline(o.place(None, project), noted=noted)
    if form is o.Printed.JSON:
        sys.stdout.write(documents.text(documents.of_audit(found.entries, found.head)))
        return
    say(f"The chain is whole: {found.entries:,} entries. The last digest, to be noted elsewhere: {found.head}")


@AUDIT.command()
def export(
    project: o.ProjectFolder = None,
    form: Annotated[Lines, typer.Option("--format", "-f", help="How it is written.")] = Lines.JSONL,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write to; the terminal where left out.", show_default=False)
    ] = None,
) -> None:
    """Write everything that was done, the earliest first, with each digest."""
    from troth.workspace.administering import export_timeline

    lines = export_timeline(o.place(None, project), str(form))
    if output is None:
        sys.stdout.writelines(lines)
        return
    with output.open("w", encoding="utf-8", newline="") as file:
        file.writelines(lines)


def _pair(text: str, option: str, example: str) -> tuple[Decimal | None, str]:
    """An amount and the word after it; ``None`` and nothing where the option is left out."""
    if not text.strip():
        return None, ""
    number, _, word = text.strip().partition(" ")
    try:
        return Decimal(number), word.strip()
    except InvalidOperation as error:
        raise RequestError(f"“{text[:40]}” is no amount with its unit.", place=option, mend=f"write it as in “{example}”.") from error
