"""Rows from a database: PostgreSQL for real, SQLite as another one Ibis reaches."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest

from tests.intake.projects import ORDERS, at, taken, write
from troth.intake import read_folder
from troth.terms.errors import DatabaseDownError, ExpressionError, SettingError, SourceError


@pytest.fixture
def shop(postgres_url: str) -> str:
    """A PostgreSQL database with a table of orders, one of them unsound."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("drop schema if exists shop cascade")
        connection.execute("create schema shop")
        connection.execute(
            "create table shop.orders (id bigint, customer text, ordered timestamptz, promised date, delivered timestamp,"
            " price numeric(10, 2), tags text[], status text)"
        )
        connection.execute(
            "insert into shop.orders values"
            " (1, 'Zoë', '2024-03-01 10:00+02', '2024-03-05', '2024-03-04 12:00', 12.50, '{a,b}', 'sent'),"
            " (2, 'Łukasz', '2024-03-01 10:00+00', null, null, null, null, 'open'),"
            " (3, 'Mia', '2024-03-09 10:00+00', '2024-03-05', null, 1, null, 'open')"
        )
    return postgres_url


def of(url: str, extra: str) -> str:
    return ORDERS.replace('read = "orders.csv"', f'connection = "{url}"\n{extra}')


@pytest.mark.postgres
def test_a_table_of_postgres_becomes_promises(tmp_path: Path, shop: str) -> None:
    source = of(shop, 'table = "shop.orders"\ntimezone = "Europe/Madrid"') + 'value = "price"\ndimensions = ["tags", "status"]\n'
    one = taken(write(tmp_path, source))

    assert one.rows("row", "customer", "made_at", "due_at", "received_at", "value", "tags", "status") == [
        (1, "Zoë", at("2024-03-01 08:00"), at("2024-03-05 22:59:59.999999"), at("2024-03-04 11:00"), 12.5, "{a,b}", "sent")
    ]
    assert one.aside("file", "line", "row", "column", "value", "reason") == [
        ("shop.orders", None, "2", "promised", None, "no promise"),
        ("shop.orders", None, "3", "promised", "2024-03-05", "due before made"),
    ]


@pytest.fixture
def endless(shop: str) -> str:
    """The same, with dates and numbers no calendar and no purse has."""
    with psycopg.connect(shop, autocommit=True) as connection:
        connection.execute("create table shop.endless (like shop.orders)")
        connection.execute("alter table shop.endless alter column promised type timestamptz")
        connection.execute(
            "insert into shop.endless (id, customer, ordered, promised, delivered, price) values"
            " (1, 'ana', '2024-03-01 10:00+02', '2024-03-05 10:00+02', '2024-03-04 12:00', 1234.50),"
            " (2, 'ben', '2024-03-01 10:00+00', 'infinity', '2024-03-04 12:00', 1),"
            " (3, 'chi', '2024-03-01 10:00+00', '2024-03-05', '-infinity', 1),"
            " (4, 'dag', '12000-03-01 10:00+00', '2024-03-05', null, 1),"
            " (5, 'eva', '2024-03-01 10:00+00', '2024-03-05 12:00', null, 'NaN')"
        )
    return shop


@pytest.mark.postgres
@pytest.mark.parametrize("writing", ["", 'decimal = ","\nthousands = "."', "dayfirst = true"])
def test_an_endless_date_and_a_number_that_is_none_set_their_rows_aside_and_no_other(tmp_path: Path, endless: str, writing: str) -> None:
    extra = f'table = "shop.endless"\ntimezone = "Europe/Madrid"\n{writing}'
    one = taken(write(tmp_path, of(endless, extra) + 'value = "price"\n'))

    assert one.rows("row", "made_at", "due_at", "received_at", "value") == [
        (1, at("2024-03-01 08:00"), at("2024-03-05 08:00"), at("2024-03-04 11:00"), 1234.5)
    ]
    assert one.aside("file", "row", "column", "value", "reason") == [
        ("shop.endless", "2", "promised", "infinity", "bad date"),
        ("shop.endless", "3", "delivered", "-infinity", "bad date"),
        ("shop.endless", "4", "ordered", "12000-03-01 10:00:00+00", "bad date"),
        ("shop.endless", "5", "price", "NaN", "bad number"),
    ]


@pytest.mark.postgres
def test_an_endless_date_beside_a_format_of_dates_is_named_with_its_column(tmp_path: Path, endless: str) -> None:
    with pytest.raises(SourceError, match=r"“ordered” of “shop\.endless” holds a date outside the calendar") as caught:
        taken(write(tmp_path, of(endless, 'table = "shop.endless"\ndate_format = "%d.%m.%Y"')))
    assert not isinstance(caught.value, DatabaseDownError)


@pytest.mark.postgres
def test_a_number_of_many_digits_is_used(tmp_path: Path, shop: str) -> None:
    query = "select *, 1 / 3.0 as third, 'NaN'::float8 as none from shop.orders where id = 1"
    one = taken(write(tmp_path, of(shop, f'query = "{query}"') + 'value = "third"\n'))

    assert one.column("value") == [pytest.approx(1 / 3)]


@pytest.mark.postgres
def test_what_the_database_refuses_while_it_reads_is_not_called_silence(tmp_path: Path, shop: str) -> None:
    with pytest.raises(DatabaseDownError, match=r"refuses \(division by zero\)"):
        taken(write(tmp_path, of(shop, 'query = "select *, 1 / (id - 3) as odd from shop.orders"')))


@pytest.mark.postgres
def test_a_query_of_postgres_in_its_own_sql(tmp_path: Path, shop: str) -> None:
    query = "select distinct on (customer) * from shop.orders where status ~ '^s' order by customer, id"
    one = taken(write(tmp_path, of(shop, f'query = "{query}"')))

    assert one.column("customer") == ["Zoë"]


@pytest.mark.postgres
def test_more_rows_than_one_batch_arrive_once_each(tmp_path: Path, shop: str) -> None:
    query = (
        "select n as id, 'c' as customer, timestamp '2024-03-01' as ordered, date '2024-03-05' as promised, null::timestamp as delivered"
        " from generate_series(1, 120001) n"
    )
    one = taken(write(tmp_path, of(shop, f'query = "{query}"')))

    assert one.tally.used == 120_001
    assert one.intake.promises["row"].nunique().to_pyarrow().as_py() == 120_001


@pytest.mark.postgres
@pytest.mark.parametrize(
    "query",
    [
        "delete from shop.orders",
        "select 1; drop table shop.orders",
        "with gone as (delete from shop.orders returning *) select * from gone",
        "selec 1",
        "truncate shop.orders",
    ],
)
def test_a_query_that_is_not_one_select_is_refused_before_it_runs(tmp_path: Path, shop: str, query: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        taken(write(tmp_path, of(shop, f'query = "{query}"')))
    assert caught.value.place == "query"
    with psycopg.connect(shop) as connection:
        assert connection.execute("select count(*) from shop.orders").fetchone() == (3,)


@pytest.mark.postgres
def test_a_missing_table_is_named(tmp_path: Path, shop: str) -> None:
    with pytest.raises(SettingError, match=r"no table “shop\.order”") as caught:
        taken(write(tmp_path, of(shop, 'table = "shop.order"')))
    assert caught.value.mend == "did you mean “shop.orders”?"


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("table", "mend"),
    [
        ("nowhere.orders", "there is no schema “nowhere”; did you mean “shop.orders”?"),
        ("bare.orders", "no table can be read in the schema “bare”; did you mean “shop.orders”?"),
        ("shopp.order", "there is no schema “shopp”; did you mean “shop.orders”?"),
    ],
)
def test_a_table_in_a_schema_that_holds_none_is_looked_for_in_the_others(tmp_path: Path, shop: str, table: str, mend: str) -> None:
    with psycopg.connect(shop, autocommit=True) as connection:
        connection.execute("create schema if not exists bare")
    with pytest.raises(SettingError, match="the database has no table") as caught:
        taken(write(tmp_path, of(shop, f'table = "{table}"')))
    assert caught.value.mend == mend


def test_an_empty_database_says_that_no_table_can_be_read(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="has no table “orders”") as caught:
        taken(write(tmp_path, of(f"sqlite://{tmp_path / 'empty.db'}", 'table = "orders"')))
    assert (caught.value.mend or "").startswith("no table can be read without naming its schema: write schema.table")


@pytest.mark.parametrize(
    ("address", "mend"),
    [("postgres://root:secret@h/d", 'write connection = "postgres://..."'), ("https://h/orders.csv", "fetch the file first")],
)
def test_an_address_where_a_file_is_read_is_told_apart_from_a_path(tmp_path: Path, address: str, mend: str) -> None:
    with pytest.raises(SettingError, match="is an address, and no path of a file") as caught:
        taken(write(tmp_path, ORDERS.replace("orders.csv", address)))
    assert caught.value.place == "read"
    assert mend in (caught.value.mend or "")
    assert "secret" not in str(caught.value)


@pytest.mark.postgres
def test_a_query_that_fails_is_told_without_the_password(tmp_path: Path, shop: str) -> None:
    with pytest.raises(DatabaseDownError, match="no_such_column") as caught:
        taken(write(tmp_path, of(shop.replace("postgres@", "postgres:secret@"), 'query = "select no_such_column from shop.orders"')))
    assert "secret" not in str(caught.value)
    assert caught.value.exit_code == 3


def test_a_database_that_is_down_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseDownError) as caught:
        taken(write(tmp_path, of("postgres://user:secret@127.0.0.1:1/none", 'table = "orders"')))
    assert caught.value.place == "connection"
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "what"), [("orders.db", "no URL"), ("nosuchthing://x", "cannot be reached"), ("$TROTH_NO_SUCH_URL", "has no variable")]
)
def test_a_connection_that_cannot_be_is_named(tmp_path: Path, url: str, what: str) -> None:
    with pytest.raises(SettingError, match=what) as caught:
        taken(write(tmp_path, of(url, 'table = "orders"')))
    assert caught.value.place == "connection"


@pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated")  # Ibis's SQLite reads through pandas
def test_another_database_by_a_url_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("create table orders (id integer, customer text, ordered text, promised text, delivered text)")
        connection.execute(
            "insert into orders values (1, 'ana', '2024-03-01 10:00:00', '2024-03-05', null), (2, 'ben', 'soon', '2024-03-05', null)"
        )
    connection.close()
    monkeypatch.setenv("SHOP_URL", f"sqlite://{tmp_path / 'shop.db'}")
    one = taken(write(tmp_path, of("$SHOP_URL", 'table = "orders"')))

    assert one.rows("row", "customer", "due_at") == [(1, "ana", at("2024-03-05 23:59:59.999999"))]
    assert one.aside("row", "value", "reason") == [("2", "soon", "bad date")]


def test_table_or_query_but_not_both(tmp_path: Path) -> None:
    for extra in ("", 'table = "a"\nquery = "select 1"'):
        with pytest.raises(SettingError, match="either table or query"):
            read_folder(write(tmp_path, of("sqlite://x.db", extra)))
