"""``troth init``: a commented project folder that runs at once, around a data file where one is given.

The proposal looks at the file's own names and values: which columns hold dates, which of them reads like an order, a promise and a
receipt, which comes before which, and which column is a key. It is a start to correct, and says so in its comments.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from troth.intake import coercion, engine
from troth.intake.scan import open_source
from troth.intake.sources import Source
from troth.intake.writing import Writing
from troth.terms.errors import ProjectError, StorageError

MADE = r"order|purchas|creat|open|made|placed|book|request|submit|start|sold|sale|signed"
DUE = r"due|target|promis|estimat|expect|deadline|schedul|\beta\b|sla|commit|appoint|need.?by|planned"
RECEIVED = r"deliver|clos|complet|receiv|arriv|resolv|actual|finish|\bdone|fulfil|answer|end"
CUSTOMER = r"customer|client|buyer|member|user|account|resident|patient|passenger|guest|contact"
SUBJECT = r"order|case|ticket|request|claim|booking|shipment|invoice|incident|contract|\bid\b|number|key"
AREA = r"department|team|area|division|seller|supplier|carrier|warehouse|branch|unit|vendor"
CONTEXT = (
    r"region|state|city|country|category|product|type|reason|subject|channel|source|queue|carrier|seller|neighbou?rhood"
    r"|origin|dest|priority"
)

SAMPLE = 20_000
MOST_CONTEXT = 4
MOST_VALUES = 500
"""A column of more words than this is no context: every cell would be alone."""
MOSTLY = 0.8

SAMPLE_ROWS = """\
order_id,customer,ordered,promised,delivered,region,cancelled_by
1001,Ana,2024-03-01 10:15:00,2024-03-06,2024-03-05 16:40:00,north,
1002,Ben,2024-03-01 11:02:00,2024-03-05,2024-03-07 09:12:00,south,
1003,Ana,2024-03-02 09:30:00,2024-03-08,2024-03-08 18:05:00,north,
1004,Chi,2024-03-03 14:45:00,2024-03-09,,south,company
1005,Dag,2024-03-04 08:20:00,2024-03-11,2024-03-10 12:00:00,north,
1006,Eva,2024-03-04 19:55:00,2024-03-10,2024-03-12 15:30:00,south,
"""


@dataclass(frozen=True)
class Columns:
    """What the columns of a file look like.

    :param moments: columns that read as dates, each with the share of rows that have one.
    :param days_only: those of them whose values are midnight throughout.
    :param distinct: number of different values of each other column.
    """

    names: tuple[str, ...]
    moments: Mapping[str, float]
    days_only: frozenset[str]
    distinct: Mapping[str, int]
    rows: int


def init(path: Path | str, from_file: Path | str | None = None) -> tuple[Path, ...]:
    """Write a project folder that runs at once.

    :param from_file: data file to propose a mapping for; a small made table where left out.
    :returns: the files written.
    :raises ProjectError: the folder holds a project already.
    :raises SourceError: the data file cannot be read.
    :raises StorageError: the folder cannot be written.
    """
    folder = Path(path)
    if (folder / "troth.toml").exists():
        raise ProjectError("there is a project here already", file=folder / "troth.toml", mend="name another folder; nothing was changed.")
    files: dict[Path, str] = {}
    if from_file is None:
        files[folder / "data" / "orders.csv"] = SAMPLE_ROWS
        files[folder / "sources" / "orders.toml"] = STARTER_SOURCE
        files[folder / "charter.toml"] = STARTER_CHARTER
        data, name = "data", folder.resolve().name
    else:
        file = Path(from_file).resolve()
        stem = re.sub(r"[^A-Za-z0-9_]+", "_", file.name.partition(".")[0]).strip("_") or "rows"
        files[folder / "sources" / f"{stem}.toml"] = proposal(file)
        files[folder / "charter.toml"] = COMMENTED_CHARTER
        data, name = file.parent.as_posix(), stem.replace("_", " ")
    files[folder / "troth.toml"] = STARTER_SETTINGS.format(name=_quoted(name), data=_quoted(data))
    try:
        for one, text in files.items():
            one.parent.mkdir(parents=True, exist_ok=True)
            one.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"the folder cannot be written ({error.strerror})", file=folder, mend="check its permissions and the disk."
        ) from error
    return tuple(files)


def proposal(file: Path) -> str:
    """A source file that maps a data file, as far as names and values tell."""
    columns = look(file)
    key = _key(columns)
    made, due, received = _dates(columns)
    lines = [
        "# A first mapping, proposed from the names and values of the columns. Correct it, then run `troth check`.",
        f"read = {_quoted(file.name)}",
    ]
    if key:
        lines.append(f"id = {_sql(key)}   # row key: importing twice changes nothing")
    lines.append("")
    words = [name for name in columns.names if name not in columns.moments]
    customer = _named(CUSTOMER, words)
    if made and due:
        lines += _promises(columns, key, customer, made, due, received)
    elif made:
        lines += [
            "# One date column was found, so each row is something that happened. With a due date it could be a promise.",
            "[[interactions]]",
            "kind = \"'event'\"",
            f"at = {_sql(made)}",
        ]
        if customer:
            lines.append(f"customer = {_sql(customer)}")
    else:
        lines += [
            "# No date column was found, so each row is a customer.",
            "[[customers]]",
            f"id = {_sql(customer or key or columns.names[0])}",
        ]
    return "\n".join(lines) + "\n"


def _promises(columns: Columns, key: str | None, customer: str | None, made: str, due: str, received: str | None) -> list[str]:
    words = [name for name in columns.names if name not in columns.moments]
    area = _named(AREA, [name for name in words if columns.distinct.get(name, 0) <= MOST_VALUES])
    subject = _named(SUBJECT, [name for name in words if name != customer]) if key is None else key
    due_sql = f"cast({_identifier(due)} as date)" if due in columns.days_only else _identifier(due)
    lines = [
        "[[promises]]",
        f"name = {_quoted(due.replace('_', ' '))}   # what customers call it",
        'type = "deadline"   # deadline, window, response_time, price, quantity, availability, quality, information, effort',
        f"customer = {_sql(customer)}" if customer else '# customer = "..."   # who was promised: without it people cannot be counted',
    ]
    if subject:
        lines.append(f"subject = {_sql(subject)}")
    lines += [
        f"made_at = {_sql(made)}",
        f"due = {_quoted(due_sql)}"
        + ("   # a date is due at the end of that day where the customer is" if due in columns.days_only else ""),
        f"received_at = {_sql(received)}"
        if received
        else '# received_at = "..."   # when it was received, or add [[receipts]] from another source',
        f"kept_by = {_sql(area)}   # area that has to keep it" if area else "# kept_by = \"'Fulfilment'\"   # area that has to keep it",
        "# made_by = \"'Marketing'\"   # area that made it",
    ]
    taken = {customer, key, subject, area}
    context = [
        name
        for name in words
        if name not in taken and re.search(CONTEXT, name, re.IGNORECASE) and 1 < columns.distinct[name] <= MOST_VALUES
    ]
    held = {_safe(name): name for name in context[:MOST_CONTEXT]}
    if held:
        pairs = ", ".join(f"{name} = {_sql(column)}" for name, column in held.items())
        lines.append(f"context = {{ {pairs} }}   # what was knowable when it was made")
    else:
        lines.append('# context = ["region", "product"]   # what was knowable when it was made: used to judge capability')
    lines.append('# internal_estimate = "..."   # what operations believed when it was made: ask them for it first')
    return lines


def look(file: Path) -> Columns:
    """Names, dates and numbers of values of a file's columns, from its first rows."""
    connection = ibis.duckdb.connect()
    engine.in_utc(connection)
    source = Source(name="proposal", file=str(file), writing=Writing("UTC"), mappings=(), read=str(file))
    with tempfile.TemporaryDirectory(prefix="troth-init-") as work:
        scan = open_source(source, data=file.parent, work=Path(work), connection=connection, workbench=connection)
        table = scan.table.limit(SAMPLE)
        asked: dict[str, ir.Value] = {"rows": table.count()}
        for position, name in enumerate(scan.columns):
            value = table[name]
            moment = _as_moment(value)
            asked[f"present_{position}"] = value.count()
            asked[f"distinct_{position}"] = value.cast("string").nunique()
            if moment is not None:
                asked[f"moments_{position}"] = moment.count()
                asked[f"timed_{position}"] = (moment != moment.truncate("D")).any()
        found: dict[str, Any] = table.aggregate(**asked).to_pyarrow().to_pylist()[0]
        connection.disconnect()
    moments = {}
    days_only = set()
    for position, name in enumerate(scan.columns):
        dates, present = found.get(f"moments_{position}", 0), found[f"present_{position}"]
        if dates and dates >= MOSTLY * present:
            moments[name] = dates / found["rows"]
            if not found[f"timed_{position}"]:
                days_only.add(name)
    distinct = {name: found[f"distinct_{position}"] for position, name in enumerate(scan.columns)}
    return Columns(scan.columns, moments, frozenset(days_only), distinct, found["rows"])


def _as_moment(value: ir.Value) -> ir.TimestampValue | None:
    kind = value.type()
    if kind.is_string():
        return coercion.moment(value, Writing("UTC"))
    return value.cast("timestamp(6)") if kind.is_date() or kind.is_timestamp() else None


def _dates(columns: Columns) -> tuple[str | None, str | None, str | None]:
    """The columns that read like made, due and received; the fullest one first where names do not tell."""
    moments = list(columns.moments)
    due = _named(DUE, moments)
    rest = [name for name in moments if name != due]
    received = _named(rf"(?:{RECEIVED}).*customer|customer.*(?:{RECEIVED})", rest) or _named(RECEIVED, rest)
    rest = [name for name in rest if name != received]
    made = _named(MADE, rest) or (max(rest, key=lambda name: columns.moments[name]) if rest else None)
    if made is None and due is None and received is not None:
        return received, None, None
    if made is None and due is not None:
        return due, None, None
    return made, due, received


def _key(columns: Columns) -> str | None:
    """The column whose every value is its own."""
    unique = [name for name in columns.names if name not in columns.moments and columns.rows and columns.distinct[name] == columns.rows]
    return _named(SUBJECT, unique)


def _named(pattern: str, names: list[str]) -> str | None:
    """The first column whose name says it."""
    return next((name for name in names if re.search(pattern, name, re.IGNORECASE)), None)


def _safe(name: str) -> str:
    """A name for the ledger that none of our own columns has."""
    plain = re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_") or "column"
    return f"the_{plain}"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if not re.fullmatch(r"[a-z_][a-z0-9_]*", name) or name in RESERVED else name


_SQL_WORDS = """
all and any as asc between by case cast check column create current_date default desc distinct else end except false for from group having
in inner intersect interval into is join left like limit not null on or order outer primary references right select table then time
timestamp to true union unique using when where with date
"""
RESERVED = frozenset(_SQL_WORDS.split())
"""Words SQL keeps for itself: columns called so are quoted."""


def _sql(name: str | None) -> str:
    return _quoted(_identifier(name or ""))


def _quoted(text: str) -> str:
    """A TOML string: literal where it can be, so that SQL's double quotes stay as they are."""
    if '"' in text and "'" not in text and "\n" not in text:
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False)


STARTER_SETTINGS = """\
name = {name}
timezone = "UTC"              # where a time without a zone belongs, such as America/New_York
currency = "USD"
engine = "duckdb://"          # any Ibis URL
data = {data}
"""

STARTER_SOURCE = """\
# Expressions are SQL over this source's columns. `troth check` tries them all.
read = "orders.csv"
id = "order_id"               # row key: importing twice changes nothing

[[promises]]
name = "delivery date"        # what customers call it
type = "deadline"             # deadline, window, response_time, price, quantity, availability, quality, information, effort
customer = "customer"
subject = "order_id"
made_at = "ordered"
due = "cast(promised as date)"   # a date is due at the end of that day where the customer is
received_at = "delivered"
made_by = "'Marketing'"       # area that made it
kept_by = "'Fulfilment'"      # area that has to keep it
stage = "'fulfilment'"
context = ["region"]          # what was knowable when it was made: used to judge capability
broken_when = "cancelled_by = 'company'"
void_when = "cancelled_by = 'customer'"
# internal_estimate = "..."   # what operations believed when it was made: ask them for it first
"""

STARTER_CHARTER = """\
# What the officers agreed. Without a line, chronic slowness is charged to the promise.
stages = ["interest", "order", "fulfilment", "support"]

[[parties]]
title = "Chief brand officer"
aspect = "brand"

[[parties]]
title = "Chief service officer"
aspect = "service"

[[areas]]
name = "Marketing"
aspect = "brand"

[[areas]]
name = "Fulfilment"
aspect = "operating"

[[lines]]                     # the most specific match wins; a key left out means every value
stage = "fulfilment"
promise = "delivery date"
standard = "5 days"
keep_target = 0.9
lead = "Fulfilment"
aspiration = "You know the day, and it is that day."
"""

COMMENTED_CHARTER = "# What the officers agreed. Take away the # where it fits.\n" + "".join(
    f"# {line}\n" if line else "#\n" for line in STARTER_CHARTER.splitlines()[1:]
)
