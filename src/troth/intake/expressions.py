"""The SQL of a mapping: parsed once, checked for being one plain expression over the columns of its own source.

Text from a project folder is never pasted into a query. It becomes a tree here; troth.intake.translation turns the tree into an
Ibis expression, node by node, and knows only nodes that mean the same on every engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import SqlglotError

from troth.terms.errors import ExpressionError, MissingColumnError


class MappingSQL(DuckDB):
    """DuckDB's SQL, with ``%`` binding as tightly as ``*``: sqlglot 30 reads ``a + b % 7`` as ``(a + b) % 7``, DuckDB and Spark do not."""

    class Parser(DuckDB.Parser):  # type: ignore[misc, valid-type]  # sqlglot makes its parsers in a metaclass
        """The parser, ``%`` moved beside ``*`` and ``/``."""

        TERM: ClassVar = {token: node for token, node in DuckDB.Parser.TERM.items() if token is not TokenType.MOD}
        FACTOR: ClassVar = {**DuckDB.Parser.FACTOR, TokenType.MOD: exp.Mod}


LONGEST = 20_000
"""Characters an expression may have; a longer one is a mistake, and deep nesting would exhaust the parser."""


@dataclass(frozen=True)
class Expression:
    """One parsed expression and where it stands.

    :param sql: the text as written.
    :param tree: its syntax tree.
    :param file: file it stands in.
    :param place: key it stands under, such as ``promises[0].due``.
    """

    sql: str
    tree: exp.Expr
    file: str
    place: str

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns it reads, each once, in order of appearance."""
        return tuple(dict.fromkeys(column.name for column in self.tree.find_all(exp.Column)))

    def error(self, what: str, mend: str | None = None, *, column: str | None = None) -> ExpressionError:
        """An error that points at this expression.

        :param column: the column the source lacks, where that is the error.
        """
        sentence = f"{what}, in: {shortened(self.sql)}"
        if column is not None:
            return MissingColumnError(sentence, column=column, file=self.file, place=self.place, mend=mend)
        return ExpressionError(sentence, file=self.file, place=self.place, mend=mend)


def shortened(sql: str, longest: int = 160) -> str:
    """The text in one line, cut where it is long."""
    line = " ".join(sql.split())
    return line if len(line) <= longest else line[: longest - 3] + "..."


def parse(sql: str, *, file: Path | str, place: str) -> Expression:
    """Read one SQL expression.

    :raises ExpressionError: it does not parse, is more than one expression, or is a query or a command.
    """

    def wrong(what: str, mend: str) -> ExpressionError:
        return ExpressionError(f"{what}, in: {shortened(sql)}", file=file, place=place, mend=mend)

    if len(sql) > LONGEST:
        raise wrong(
            f"the expression is longer than {LONGEST:,} characters", "move the work into a view, or into a query = of a connection."
        )
    try:
        trees = _trees(sql)
        unfinished = _unfinished(sql)
    except (SqlglotError, RecursionError, ValueError) as error:
        raise wrong(f"the SQL does not parse ({_reason(error)})", "write one SQL expression, texts in 'single quotes'.") from error
    if len(trees) != 1 or trees[0] is None:
        raise wrong("one expression is needed, without a semicolon", "write one SQL expression.")
    if unfinished:
        raise wrong(*unfinished)
    tree = trees[0]
    for node in tree.walk():
        if isinstance(node, (exp.Query, exp.DDL, exp.DML, exp.Command, exp.Drop, exp.Set, exp.Use, exp.Pragma, exp.Exists)):
            raise wrong("queries and commands have no place in a mapping", "write an expression over this source's own columns.")
        if isinstance(node, (exp.Window, exp.AggFunc)):
            raise wrong(
                f"{node.sql_name().lower() if isinstance(node, exp.AggFunc) else 'a window'} looks at other rows",
                "a mapping sees one row at a time: compute it in a view, or in a query = of a connection.",
            )
        if isinstance(node, exp.Star):
            raise wrong("* stands for all columns", "name the column.")
        if isinstance(node, exp.Alias):
            raise wrong("the expression carries a name of its own", "leave out “as ...”: the key is its name.")
        if isinstance(node, exp.Placeholder):
            raise wrong("a placeholder has nothing to stand for", "write the value itself.")
    return Expression(sql=sql, tree=tree, file=str(file), place=place)


def _trees(sql: str) -> list[exp.Expr | None]:
    """The parsed text: as an expression, in which a column may be called ``comment`` or ``show``; else as whatever else it is."""
    try:
        return list(MappingSQL().parse_into(exp.Condition, sql))
    except SqlglotError:
        return list(sqlglot.parse(sql, read=MappingSQL))


def _unfinished(sql: str) -> tuple[str, str] | None:
    """What the parser would end by itself, or pass over, and the mend: a parenthesis left open, a word that nothing follows."""
    tokens = list(MappingSQL().tokenize(sql))
    kinds = [token.token_type for token in tokens]
    for what, opens, closes in (
        ("parenthesis", TokenType.L_PAREN, TokenType.R_PAREN),
        ("bracket", TokenType.L_BRACKET, TokenType.R_BRACKET),
    ):
        if kinds.count(opens) > kinds.count(closes):
            return f"a {what} is opened and never closed", "close it."
    for token, following in zip(tokens, [*kinds[1:], None], strict=False):
        if token.token_type in {TokenType.ALIAS, TokenType.COMMA} and following in {TokenType.R_PAREN, TokenType.R_BRACKET, None}:
            return f"nothing follows “{token.text}”", "write what is missing, or leave it out."
    return None


def column(name: str, *, file: Path | str, place: str) -> Expression:
    """The expression that is one column, whatever characters its name has."""
    return Expression(sql=name, tree=exp.column(name, quoted=True), file=str(file), place=place)


def _reason(error: Exception) -> str:
    """The parser's own words, without its terminal colours and its copy of the text."""
    errors = getattr(error, "errors", None)
    if errors:
        first = errors[0]
        return f"{first.get('description')}, at “{first.get('highlight')}”" if first.get("highlight") else str(first.get("description"))
    return str(error).splitlines()[0].replace("\x1b[4m", "").replace("\x1b[0m", "") if str(error) else type(error).__name__
