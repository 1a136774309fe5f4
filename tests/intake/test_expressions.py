"""SQL of a mapping: one plain expression over the source's own columns, the same on every engine."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any

import duckdb
import ibis
import pytest
from sqlglot import exp

from tests.intake.projects import at
from troth.intake.expressions import parse
from troth.intake.translation import GRAMMAR, KNOWN, Translator
from troth.intake.writing import Writing
from troth.terms.errors import ExpressionError

TYPED = {
    "n": (7, "int64"),
    "x": (2.5, "float64"),
    "s": ("Hello, World", "string"),
    "d": (date(2024, 2, 29), "date"),
    "t": (datetime(2024, 2, 29, 23, 59, 30), "timestamp(6)"),
    "u": (datetime(2024, 3, 1, 0, 1), "timestamp(6)"),
    "yes": (True, "boolean"),
    "none": (None, "int64"),
    "Order Date": ("2024-01-01", "string"),
}
ROW = ibis.memtable([{name: value for name, (value, _) in TYPED.items()}], schema={name: kind for name, (_, kind) in TYPED.items()})


def translator(table: Any = ROW) -> Translator:
    return Translator(table, Writing("UTC"), tuple(table.columns), GRAMMAR)


def value(sql: str) -> Any:
    expression = translator().value(parse(sql, file="orders.toml", place="x"))
    return ibis.duckdb.connect().to_pyarrow(ROW.select(x=expression)).column("x")[0].as_py()


@pytest.mark.parametrize("name", ["comment", "show", "set", "update", "describe", "use"])
def test_a_column_may_be_called_like_a_command(name: str) -> None:
    for sql in (name, f"{name} || '!'"):
        column = parse(sql, file="orders.toml", place="promises[1].due").tree.find(exp.Column)
        assert column is not None
        assert column.name == name


@pytest.mark.parametrize(
    "sql",
    [
        "n + 1", "n - 1", "n * 2", "n / 2", "n // 2", "n % 4", "-n", "n = 7", "n <> 7", "n >= 7 and x < 3", "n = 1 or x = 2.5", "not yes",
        "n in (1, 7)", "n not in (1, 7)", "n between 1 and 7", "none is null", "none is not null", "yes is true", "none is distinct from n",
        "s like 'Hello%'", "s ilike 'hello%'", "s || '!'", "concat(s, none)", "lower(s)", "upper(s)", "length(s)", "trim('  a ')",
        "left(s, 3)",
        "right(s, 3)", "substr(s, 2, 3)", "replace(s, 'l', 'L')", "contains(s, 'World')", "starts_with(s, 'He')", "strpos(s, 'W')",
        "lpad('7', 3, '0')", "rpad('7', 3, '0')", "split_part(s, ', ', 2)", "regexp_matches(s, 'W.r')", "regexp_extract(s, '(W)(.)', 2)",
        "case when n > 5 then 'big' else 'small' end", "case n when 7 then 'seven' end", "if(yes, 1, 2)", "coalesce(none, n)",
        "nullif(n, 7)",
        "greatest(n, 9)", "least(n, 9)", "abs(-n)", "sign(-n)", "round(x * 1.11, 1)", "floor(x)", "ceil(x)", "power(x, 2)", "sqrt(n)",
        "ln(x)",
        "cast('12' as integer)", "cast(n as varchar)", "cast(x as double)", "cast(t as date)", "cast(d as timestamp)",
        "try_cast('a' as integer)",
        "year(t)", "month(t)", "day(t)", "hour(t)", "minute(t)", "second(t)", "quarter(t)", "week(t)", "dayofweek(t)", "isodow(t)",
        "dayofyear(t)",
        "extract(dow from t)", "date_part('hour', t)", "date_trunc('month', t)", "date_trunc('week', d)", "date_trunc('hour', t)",
        "date_diff('day', t, u)", "date_diff('minute', t, u)", "date_diff('month', t, u)", "date_diff('hour', d, u)",
        "t + interval 36 hour",
        "t + interval '2' day", "t - interval 1 month", "t + to_minutes(n)", "t - to_days(n)", "t + n * interval 1 day",
        "d + interval 1 week", "t < u",
        "t >= timestamp '2024-02-29 12:00:00'", "d = date '2024-02-29'", "make_date(2024, 2, 29)", "make_timestamp(2024, 2, 29, n, 30, 0)",
        "strptime('29/02/2024', '%d/%m/%Y')", "epoch_ms(1709251170000)", "d - date '2024-02-01'", '"Order Date" || s', "N + 1",
        "n + 8 % 5", "2 * n % 4", "n - 8 // 3", "-n % 4", "n % 4 * 2", "not n = 8 or yes and n > 9", "2 + n * 3 - 1 / 4",
    ],
)  # fmt: skip
def test_an_expression_means_what_it_means_in_duckdb(sql: str) -> None:
    row = duckdb.connect()
    columns = ", ".join(
        f'? :: {kind.replace("int64", "bigint").replace("float64", "double").replace("string", "varchar")} as "{name}"'
        for name, (_, kind) in TYPED.items()
    )
    expected = row.execute(f"select {sql} from (select {columns})", [cell for cell, _ in TYPED.values()]).fetchone()
    assert expected is not None
    found = value(sql)

    if isinstance(expected[0], date) and type(expected[0]) is not type(found):  # a date cut or moved may come back as its midnight
        assert str(found)[:19].removesuffix(" 00:00:00") == str(expected[0])[:19].removesuffix(" 00:00:00")
    elif isinstance(found, float):
        assert math.isclose(found, float(expected[0]))
    else:
        assert found == expected[0]


@pytest.mark.parametrize(
    ("sql", "result"),
    [
        ("n / 0", None),
        ("n % 0", None),
        ("ln(0)", None),
        ("sqrt(-1)", None),
        ("make_date(2023, 2, 29)", None),
        ("make_timestamp(2024, 1, 1, 24, 0, 0)", None),
    ],
)
def test_what_has_no_value_is_empty_and_never_an_error(sql: str, result: None) -> None:
    assert value(sql) is result


def texts(**columns: list[str | None]) -> Any:
    return ibis.memtable(columns, schema=dict.fromkeys(columns, "string"))


def read(sql: str, **columns: list[str | None]) -> tuple[list[Any], list[tuple[str, list[Any]]]]:
    """Values of an expression over text columns, and the rows doubted for each reason."""
    table = texts(**columns)
    held = translator(table)
    expression = held.value(parse(sql, file="orders.toml", place="x"))
    connection = ibis.duckdb.connect()
    values = connection.to_pyarrow(table.select(x=expression)).column("x").to_pylist()
    doubts = []
    for doubt in held.doubts:
        found = connection.to_pyarrow(table.filter(doubt.holds).select(x=doubt.value)).column("x").to_pylist()
        doubts.append((doubt.reason, found))
    return values, doubts


def test_text_is_read_as_what_it_is_used_as() -> None:
    assert read("a + 1", a=["1", "2.5", None, " "])[0] == [2.0, 3.5, None, None]
    assert read("a >= 10", a=["9", "10"])[0] == [False, True]
    assert read("a >= b", a=["9"], b=["10"])[0] == [True]  # two texts compare as texts
    assert read("a > timestamp '2024-03-01 12:00:00'", a=["2024-03-01 13:00", "2024-03-01"])[0] == [True, False]
    assert read("cast(a as date)", a=["2024-03-01 13:00"])[0] == [date(2024, 3, 1)]
    assert read("a is true", a=["Yes", "n", "1", None])[0] == [True, False, True, False]
    assert read("date_diff('day', a, b)", a=["2024-03-01"], b=["2024-03-05 10:00"])[0] == [4]


def test_a_text_that_cannot_be_read_is_doubted() -> None:
    assert read("a + 1", a=["1", "one"]) == ([2.0, None], [("bad number", ["one"])])
    assert read("cast(a as date)", a=["2024-03-01", "soon"]) == ([date(2024, 3, 1), None], [("bad date", ["soon"])])
    assert read("a is true", a=["perhaps"]) == ([False], [("unknown word", ["perhaps"])])
    assert read("strptime(a, '%d.%m.%Y')", a=["1.3.2024", "2024-03-01"]) == ([at("2024-03-01"), None], [("bad date", ["2024-03-01"])])


def test_try_cast_doubts_nothing() -> None:
    assert read("try_cast(a as double)", a=["1", "one"]) == ([1.0, None], [])


def test_a_branch_not_taken_doubts_nothing() -> None:
    sql = "case when kind = 'date' then cast(a as date) when kind = 'none' then null end"
    values, doubts = read(sql, kind=["date", "none", "date", "else", None], a=["2024-03-01", "x", "y", "z", "w"])

    assert values == [date(2024, 3, 1), None, None, None, None]
    assert doubts == [("bad date", ["y"])]


@pytest.mark.parametrize(
    ("sql", "what", "mend"),
    [
        ("select 1", "queries and commands", "write an expression"),
        ("(select max(n) from orders)", "queries and commands", "write an expression"),
        ("exists (select 1)", "queries and commands", "write an expression"),
        ("n; drop table orders", "one expression", "write one"),
        ("drop table orders", "queries and commands", "write an expression"),
        ("attach 'file.db'", "not known", None),
        ("copy orders to 'x'", "queries and commands", "write an expression"),
        ("pragma version", "queries and commands", "write an expression"),
        ("sum(n)", "looks at other rows", "one row at a time"),
        ("row_number() over ()", "looks at other rows", "one row at a time"),
        ("*", "stands for all columns", "name the column"),
        ("n as m", "name of its own", "leave out"),
        ("n = ?", "placeholder", "write the value"),
        ("n +", "does not parse", "write one SQL expression"),
        ("'open", "does not parse", "write one SQL expression"),
        ("cast(d as date", "parenthesis is opened and never closed", "close it"),
        ("n as", "nothing follows “as”", "leave it out"),
        ("coalesce(n,)", "nothing follows “,”", "leave it out"),
        ("try_cast(s as integer", "parenthesis is opened and never closed", "close it"),
        ("", "one expression", "write one"),
        ("yess + 1", "no column “yess”", "did you mean “yes”?"),
        ("orders.n", "names a table", "name the column alone"),
        ("lenght(s)", "“lenght”", "did you mean “length”?"),
        ("read_csv('/etc/passwd')", "not known", None),
        ("getenv('HOME')", "not known", None),
        ("now()", "not known", None),
        ("random()", "not known", None),
        ("current_date", "not known", None),
        ("n + s + d", "where a number is needed", "date_diff"),
        ("t - u", "where a number is needed", "date_diff"),
        ("n and yes or d", "where true or false is needed", "compare"),
        ("case when yes then 1 else s end", "do not go together", "cast"),
        ("date '2024-02-30'", "is no date", "write date"),
        ("to_fortnights(n)", "not known", None),
        ("to_minutes(n)", "is an interval", "add it to a moment"),
        ("interval 1 day", "is an interval", "add it to a moment"),
        ("date_part('era', t)", "is no part of a date", "use one of"),
        ("like(s, n)", "", None),
        ("s like n", "has to be a fixed text", "quotes"),
        ("cast(n as blob)", "no kind to cast to", "cast to text"),
        ("[1, 2]", "not known", None),
        ("{'a': 1}", "not known", None),
        ("x -> x + 1", "", None),
        ("split_part(s)", "is missing", None),
        ("lower()", "", None),
        ("(" * 3000 + "1" + ")" * 3000, "", None),
        ("1 + " * 20_000 + "1", "longer than", "view"),
    ],
    ids=lambda text: text[:40] if isinstance(text, str) else "none",
)
def test_anything_else_is_refused_with_file_and_key(sql: str, what: str, mend: str | None) -> None:
    with pytest.raises(ExpressionError) as caught:
        translator().value(parse(sql, file="sources/orders.toml", place="promises[1].due"))
    assert what in caught.value.what
    assert (caught.value.file, caught.value.place) == ("sources/orders.toml", "promises[1].due")
    if mend is not None:
        assert mend in (caught.value.mend or "")


def test_the_functions_offered_as_mends_are_really_known() -> None:
    for name in KNOWN:
        try:
            translator().value(parse(f"{name}(s)", file="f", place="p"))
        except ExpressionError as error:
            assert "is not known on every engine" not in error.what, name
