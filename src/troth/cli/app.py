"""The command line put together. Heavy libraries are imported by the command that needs them, so that ``troth --help`` answers at once."""

from __future__ import annotations

import typer

from troth.cli import asking, keeping, making
from troth.terms.errors import TrothError

EXIT_CODES = (
    "Exit codes: 0 done; 1 a fault of Troth's own; 2 the command line, the project folder or a key in it; "
    "3 what a source points to cannot be read; 4 a study cannot be made, saved or found; 5 a question the study cannot answer; "
    "6 the record of what was done is not as it was written."
)

app = typer.Typer(
    name="troth",
    help="Say what they'll get, and deliver what you say: a ledger of every promise, and whose the gap is.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (making.demo, making.init, making.check, making.run, asking.show, asking.studies, asking.compare, making.serve, making.work):
    app.command(epilog=EXIT_CODES)(command)
for name, group in (("people", keeping.PEOPLE), ("charter", keeping.CHARTER), ("audit", keeping.AUDIT)):
    app.add_typer(group, name=name, epilog=EXIT_CODES)


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    :param arguments: the words after ``troth``; those of the process where left out.
    :returns: the exit code (:data:`EXIT_CODES`).
    """
    try:
        app(args=arguments, prog_name="troth")
    except TrothError as error:
        from troth.cli.terminal import complain

        complain(error)
        return error.exit_code
    except SystemExit as end:
        return int(end.code or 0)
    except Exception:
        if (code := _damage()) is None:
            raise
        return code
    return 0


def _damage() -> int | None:
    """The exit code where a damaged study is behind what went wrong, having said so; ``None`` where none is."""
    from troth.cli.terminal import complain
    from troth.project.study import refuse_damaged

    try:
        refuse_damaged()
    except TrothError as error:
        complain(error)
        return error.exit_code
    return None
