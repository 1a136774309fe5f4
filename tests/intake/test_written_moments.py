"""The same writings of a moment, read from a file on DuckDB, out of PostgreSQL, and on Spark: one table, one answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.intake.projects import ORDERS, Taken, at, orders, taken, write
from troth.intake import coercion, engine
from troth.intake.writing import Writing

READ = {
    "2024-03-01": "2024-03-01 23:59:59.999999",  # a day alone: its end, where the customer is
    " 2024-03-01 ": "2024-03-01 23:59:59.999999",
    "20240301": "2024-03-01 23:59:59.999999",
    "2024-02-29": "2024-02-29 23:59:59.999999",
    "2199-12-30": "2199-12-30 23:59:59.999999",
    "2024-03-01 10:00": "2024-03-01 10:00",
    "2024-03-01T10:00": "2024-03-01 10:00",
    "2024-03-01T10:00:00": "2024-03-01 10:00",
    "2024-03-01  10:00:00": "2024-03-01 10:00",
    "2024-03-01t10:00:00": "2024-03-01 10:00",
    "2024-03-01T10": "2024-03-01 10:00",
    "20240301T10": "2024-03-01 10:00",
    "20240301T1000": "2024-03-01 10:00",
    "20240301t100000": "2024-03-01 10:00",
    "2024-03-01 10:00:00.5": "2024-03-01 10:00:00.5",
    "2024-03-01T10:00:00,5": "2024-03-01 10:00:00.5",
    "2024-03-01T10:00:00.123456789": "2024-03-01 10:00:00.123456",
    "2024-03-01T10:00:00.1234567890123": "2024-03-01 10:00:00.123456",
    "20240301T100000,25": "2024-03-01 10:00:00.25",
    "2024-03-01T10:00Z": "2024-03-01 10:00",
    "2024-03-01T10Z": "2024-03-01 10:00",
    "2024-03-01t10:00:00.5z": "2024-03-01 10:00:00.5",
    "2024-03-01 10:00:00 UTC": "2024-03-01 10:00",
    "20240301T100000Z": "2024-03-01 10:00",
    "2024-03-01T10:00:00+01:00": "2024-03-01 09:00",
    "2024-03-01T10:00:00+0100": "2024-03-01 09:00",
    "2024-03-01 10:00:00 +0100": "2024-03-01 09:00",
    "2024-03-01T10:00:00+01": "2024-03-01 09:00",
    "2024-03-01T10-05": "2024-03-01 15:00",
    "2024-03-01T10:00:00+05:45": "2024-03-01 04:15",
    "2024-03-01T10:00:00-00:00": "2024-03-01 10:00",
    "2024-03-01T10:00:00+14:00": "2024-02-29 20:00",
    "2024-03-01T10:00:00.123456+01:00": "2024-03-01 09:00:00.123456",
    "20240301T100000.5+0130": "2024-03-01 08:30:00.5",
    "2024-03-01T00:00:00": "2024-03-01 00:00",
    "2024-03-01T23:59:59.999999": "2024-03-01 23:59:59.999999",
    "2024-02-28T24:00": "2024-02-29 00:00",
    "2024-12-31 24:00:00": "2025-01-01 00:00",
    "2024-12-31T24:00:00.000+01:00": "2024-12-31 23:00",
    "20240301T240000": "2024-03-02 00:00",
    "20240301T24Z": "2024-03-02 00:00",
    "2024-3-1": "2024-03-01 23:59:59.999999",
    "2024-03-01 1:00": "2024-03-01 01:00",
    "2024-03-01T1:00": "2024-03-01 01:00",
}
"""Each with the moment it means."""

BAD = (
    "2024-03", "202403", "2024", "24-03-01", "2024-061", "2024061", "2024-W09-5", "2024W095", "2024-W09", "--03-01",
    "2024-02-30", "20240230", "2023-02-29", "2024-13-01", "2024-00-10", "2024-04-31", "0000-01-01", "0044-03-15",
    "2024-03-01T24:01", "2024-03-01T24:00:01", "2024-02-30T24:00", "20240301T243000", "2024-03-01T25:00:00", "2024-03-01T10:60:00",
    "2024-12-31T23:59:60", "2024-12-31T23:59:60Z", "2016-12-31T23:59:60+00:00", "2024-03-01T10:00:61",
    "2024-03-01T10:30,5", "2024-03-01T10.5", "20240301T100", "20240301100000", "20240301Z", "2024-03-01Z", "2024-03-01+01:00",
    "2024-03-01T10:00:00+25:00", "2024-03-01T10:00:00+01:75", "2024-03-01T10:00:00+1", "2024-03-01T10:00:00 EST",
    "2024-03-01T10:00:00 Europe/Madrid", "2024-03-01 10:00 AM", "2024/03/01", "2024-03-01T", "T10:00", "10:00",
    "2024-03-01T10:00:00.", "2024-03-01T10:", "+2024-03-01", "-2024-03-01", "12024-03-01", "2024-03-01 (BC)", "2024-03-01/2024-03-05",
    "infinity", "-infinity", "epoch", "now", "today", "yesterday", "tomorrow", "1709632800", "1709632800000", "45352", "P3D",
    "2024-03-01x", "2024-03-01 x", "2024-03-01T10:00:00x", "2024-03-01Tx", "March 1, 2024", "1 Mar 2024", "01/03/2024",
    "2024-03-01T10:0", "2024-03-01T10:00:0",
)  # fmt: skip
"""What names no day, or no time of day, of the calendar."""


WRITTEN = tuple(enumerate((*READ, *BAD)))
EXPECTED = {text: str(at(moment)) for text, moment in READ.items()} | dict.fromkeys(BAD, "bad date")

MADE = "\"timestamp '2000-01-01 00:00:00'\""
FROM_A_FILE = ORDERS.replace('received_at = "delivered"\n', "").replace('"ordered"', MADE)


def answers(one: Taken) -> dict[str, str]:
    """What became of each writing: the moment it is due, or why its row was set aside."""
    texts = {str(row): text for row, text in WRITTEN}
    read = {texts[str(row)]: str(moment) for row, moment in one.rows("row", "due_at")}
    return read | {texts[row]: reason for row, reason in one.aside("row", "reason")}


def test_out_of_a_file(tmp_path: Path) -> None:
    lines = "".join(f'{row},ana,"{text}"\n' for row, text in WRITTEN)

    assert answers(orders(tmp_path, "id,customer,promised\n" + lines, FROM_A_FILE)) == EXPECTED


@pytest.mark.postgres
def test_out_of_postgres(tmp_path: Path, postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("drop table if exists written")
        cursor.execute("create table written (id bigint, customer text, promised text)")
        cursor.executemany("insert into written values (%s, 'ana', %s)", WRITTEN)
    source = FROM_A_FILE.replace('read = "orders.csv"', f'connection = "{postgres_url}"\ntable = "written"')

    assert answers(taken(write(tmp_path, source))) == EXPECTED


@pytest.mark.java
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_on_spark(tmp_path: Path, spark_elsewhere: Any) -> None:
    """Step by step, as ``troth.intake.layers`` does it, in Spark itself: texts out of other files are read before it sees them."""
    engine.in_utc(spark_elsewhere)
    path = tmp_path / "written.parquet"
    pq.write_table(pa.table({"text": [text for _, text in WRITTEN]}), path)
    written = Writing(zone="UTC")
    table = engine.read_parquet(spark_elsewhere, [path])
    table = table.mutate(apart=coercion.taken_apart(table.text)).view()
    table = table.mutate(iso=coercion.in_iso(table.text, table.apart, written)).view()
    table = table.mutate(begun=coercion.begun(table.iso)).view()
    table = table.mutate(raw=coercion.instant_or_local(table.begun, written)).view()
    found = (
        table.select(
            "text", day=coercion.names_day_only(table.iso, written), at=coercion.sound(table.iso, coercion.ended(table.iso, table.raw))
        )
        .to_pyarrow()
        .to_pylist()
    )

    def told(row: dict[str, Any]) -> str:
        moment: datetime | None = row["at"]
        if moment is None:
            return "bad date"
        return str(moment + timedelta(days=1, microseconds=-1) if row["day"] else moment)

    assert {row["text"]: told(row) for row in found} == EXPECTED
