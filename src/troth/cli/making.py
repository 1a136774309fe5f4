"""Commands that make something: a project folder, a study, a served workspace."""

from __future__ import annotations

import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from troth.cli import options as o
from troth.terms.errors import ProjectError


def demo(
    example: Annotated[str, typer.Argument(help="Which example.")] = "shop",
    folder: Annotated[Path | None, typer.Option(help="Where to put it; troth-demo/EXAMPLE where left out.", show_default=False)] = None,
    size: Annotated[int | None, typer.Option(help="Orders of the made shop; 4,000 where left out.", show_default=False)] = None,
    host: o.Host = "127.0.0.1",
    port: o.Port = 8000,
    *,
    browser: o.Browser = True,
    pages: Annotated[bool, typer.Option("--serve/--no-serve", help="Open the workspace when the study is there.")] = True,
) -> None:
    """Run an example, on real data or in a made world, and open its workspace."""
    from troth.cli.terminal import say, working
    from troth.project.examples import find
    from troth.workspace.configuration import reached_at

    chosen = find(example)
    chosen.check(size)  # before anything is laid out
    place = chosen.lay_out(folder or Path("troth-demo") / example)
    say(f"{chosen.title}. Its folder is {place}: troth.toml, charter.toml and sources/ are all there is to it.")
    origin = reached_at(host, port) if pages else ""
    if chosen.world:
        _players(place, origin)
    elif origin:
        say(f"How to come in: as soon as the study is there, the workspace opens at {origin}, and prints a link that signs you in.")
    with working() as progress:
        progress("Making the data")
        orders = chosen.make(place, size)
    if orders is not None:
        say(f"Made {orders:,} orders and all that goes with them in {place / 'data'}; what is true of them stands in {place / 'truth'}.")
    _run(place, None, chosen.as_of, o.Printed.TABLE)
    if pages:
        _serve(place, host, port, browser=browser)


def init(
    folder: o.Folder = None,
    source: Annotated[Path | None, typer.Option("--from", help="Data file to propose a first mapping for.", show_default=False)] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of that file; UTF-8 where left out.", show_default=False)] = None,
) -> None:
    """Lay out a new project folder: troth.toml, charter.toml, journeys.toml, roles.toml, measures.toml and sources/, with words."""
    from troth.cli.terminal import say
    from troth.intake import TO_DECIDE
    from troth.intake import init as lay_out

    place = folder or Path()
    written = lay_out(place, source, encoding=encoding)
    for path in written:
        say(f"wrote {path}")
    for line in (line for path in written for line in path.read_text(encoding="utf-8").splitlines()):
        if line.startswith(TO_DECIDE):
            say(line.removeprefix("# "))
    say(f"Next: troth check {place}")


def check(
    folder: o.Folder = None,
    project: o.ProjectFolder = None,
    data: o.Data = None,
    form: o.DocumentFormat = o.Printed.TABLE,
) -> None:
    """Try everything the project folder says on its data, and say all that is wrong. Makes no study."""
    from troth.cli import documents, terminal
    from troth.project import open as open_project

    with terminal.working() as progress:
        progress("Reading the sources")
        remarks = open_project(o.place(folder, project), data).check()
    if form is o.Printed.JSON:
        sys.stdout.write(documents.text(documents.of_check(remarks)))
    else:
        terminal.remarks(remarks)
    if any(remark.kind == "problem" for remark in remarks):
        raise typer.Exit(ProjectError.exit_code)


def run(
    folder: o.Folder = None,
    project: o.ProjectFolder = None,
    as_of: o.AsOf = None,
    data: o.Data = None,
    form: o.DocumentFormat = o.Printed.TABLE,
) -> None:
    """Make a study of the project as of a day, and make it the current one."""
    _run(o.place(folder, project), data, as_of, form)


def serve(
    folder: o.Folder = None,
    project: o.ProjectFolder = None,
    host: o.Host = "127.0.0.1",
    port: o.Port = 8000,
    *,
    browser: o.Browser = False,
) -> None:
    """Open the workspace: pages on the current study, for everyone in the company."""
    _serve(o.place(folder, project), host, port, browser=browser)


def work(
    folder: o.Folder = None,
    project: o.ProjectFolder = None,
    data: o.Data = None,
    *,
    once: Annotated[bool, typer.Option("--once", help="Make what waits and what is due, then end.")] = False,
) -> None:
    """Make the studies the workspace asks for, and work its schedules. `troth serve` does this too."""
    from troth.workspace import work as work_on

    work_on(o.place(folder, project), data=data, once=once)


def _run(folder: Path, data: Path | None, as_of: str | None, form: o.Printed) -> None:
    from troth.cli import documents, terminal
    from troth.project import open as open_project

    began = perf_counter()
    now = datetime.now(UTC).replace(microsecond=0)
    with terminal.working() as progress:
        published = open_project(folder, data).run(now if as_of is None else as_of, at=now, progress=progress)
    study = published.study
    if form is o.Printed.JSON:
        sys.stdout.write(
            documents.text(
                {**documents.heading("run", study), "new": published.new, "folder": study.folder, "damaged": list(published.damaged)}
            )
        )
        return
    if published.new:
        terminal.say(f"Published {study.label}, as of {terminal.moment(study.as_of)}, in {perf_counter() - began:.1f} s.")
    else:
        terminal.say(f"Nothing new: this is {study.label} again, to the byte. It is the current one.")
    for number in published.damaged:
        terminal.say(f"Study {number} was damaged, and this is the same made again. Its folder is {number}.damaged now, and is not listed.")
    findings = study.integrity()
    terminal.table(findings.rows, terminal.integrity_cells)
    terminal.notes((*findings.notes, *study.unanswered, *study.unpromised, *terminal.key(findings.rows)))
    terminal.say(f"Next: troth show account --project {folder}, or troth serve {folder}")


def _serve(folder: Path, host: str, port: int, *, browser: bool) -> None:
    from troth.cli.terminal import say
    from troth.workspace import serve as serve_pages

    serve_pages(folder, host, port, browser=browser, tell=say)


def _players(folder: Path, origin: str = "") -> None:
    """Put somebody in every seat of the made shop, and say how to come in as each.

    :param origin: where the workspace will open; a link for each officer is printed then. Empty where it will not.
    """
    from troth.cli.terminal import player_cells, say, table
    from troth.workspace.administering import link_person
    from troth.workspace.configuration import DEFAULT_ORIGIN
    from troth.workspace.seating import seat_players

    players = seat_players(folder, origin=origin)
    place = shlex.quote(str(folder))
    say(f"How to come in, as soon as the study is there and the workspace is open{f' at {origin}' if origin else f': troth serve {place}'}")
    for one in players[:2] if origin else ():
        say(f"  as {one.name}, {one.role}, once, within an hour: {link_person(folder, one.name, origin=origin)}")
    elsewhere = f" --origin {origin}" if origin not in {"", DEFAULT_ORIGIN} else ""
    say(f'  as anybody of these, in a second terminal: troth people link "{players[0].name}" --project {place}{elsewhere}')
    say("  Two people at a time need two browsers, or a private window.")
    table(players, player_cells)
