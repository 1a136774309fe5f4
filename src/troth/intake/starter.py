"""``troth init``: a commented project folder that runs at once, around a data file where one is given.

The proposal looks at the file's own names and values: which columns hold dates, which of them reads like an order, a promise and a
receipt, which comes before which, and which column is a key. It is a start to correct, and says so in its comments.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from troth.intake.commented import KNOWN_EVENTS, Guess, further, journeys, quoted
from troth.intake.guesses import DAYFIRST, ISO, Dates, Style, day_of, style
from troth.intake.scan import open_source
from troth.intake.sources import Source, valid_encoding
from troth.intake.writing import Writing
from troth.terms.embedded import open_duckdb
from troth.terms.errors import ProjectError, StorageError

MADE = (
    r"order|purchas|creat|open|made|placed|book|request|submit|start|sold|sale|signed|bestell|auftrag|erstellt|angelegt|eingang|gekauft"
    r"|pedido|compra|criad|cread|abert|abiert|feit[oa]|hech[oa]|solicit|command|cr[ée]{2}|ouvert|achat|achet|demand"
)
UNTIL = (
    r"due|deadline|until|(?:\b|_)bis(?:\b|_)|f(?:ä|ae)llig|frist|vencim|(?:\b|_)vence|prazo|plazo|hasta|(?:\b|_)at[ée](?:\b|_)"
    r"|[ée]ch[ée]ance|jusqu"
)
DUE = (
    rf"{UNTIL}|target|promis|estim|expect|schedul|\beta\b|sla|commit|appoint|need.?by|planned"
    r"|zugesagt|zusage|versproch|soll(?!ic)|termin(?![éa])|geplant|prometid|previst|pr[ée]vu|l[ií]mite|combinad|acordad|agendad|convenu"
)
RECEIVED = (
    r"deliver|clos|complet|receiv|arriv|resolv|actual|finish|\bdone|fulfil|answer|end"
    r"|geliefert|lieferung|erhalten|erledigt|abgeschlossen|zugestellt|angekommen|beantwortet"
    r"|entreg|recebid|recibid|conclu|resuelt|fechad|cerrad|finaliz|terminad|cheg|llegad|livr[ée]|livrai|re[çc]ue?(?:\b|_)|r[ée]solu|cl[ôo]tur|termin[ée]"
)
CUSTOMER = r"customer|client|buyer|member|user|account|resident|patient|passenger|guest|contact|kunde"
SUBJECT = r"order|case|ticket|request|claim|booking|shipment|invoice|incident|contract|\bid\b|number|key|nummer|(?:_|\b)nr|auftrag|vorgang"
AREA = r"department|team|area|division|seller|supplier|carrier|warehouse|branch|unit|vendor|abteilung|bereich|filiale|standort|lieferant"
CONTEXT = (
    r"region|state|city|country|category|product|type|reason|subject|channel|source|queue|carrier|seller|neighbou?rhood"
    r"|origin|dest|priority|land|stadt|kategorie|produkt|artikel|kanal"
)
VALUE = r"amount|price|value|total|revenue|\bsum\b|betrag|preis|wert|summe|umsatz"
DATED = rf"{MADE}|{DUE}|{RECEIVED}|date|day|datum|\btag\b"
"""What the names of columns say; in English, and of dates in German, Portuguese, Spanish and French, too.

:data:`UNTIL` is a due date for sure: a date that something was “promised” may be the day on which somebody promised it.
"""

TO_DECIDE = "# To decide:"
"""What stands before a question the values of a file leave open."""

SAMPLE = 20_000
NEARLY = 0.95
"""Share of the rows in which a promise has to be made by its due date, for two columns to be made and due."""

MOST_CONTEXT = 4
MOST_VALUES = 500
"""A column of more words than this is no context: every cell would be alone."""

SAMPLE_ROWS = """\
order_id,customer,ordered,promised,delivered,region,cancelled_by,returned
1001,Ana,2024-03-01 10:15:00,2024-03-06,2024-03-05 16:40:00,north,,
1002,Ben,2024-03-01 11:02:00,2024-03-05,2024-03-07 09:12:00,south,,2024-03-15 12:20:00
1003,Ana,2024-03-02 09:30:00,2024-03-08,2024-03-08 18:05:00,north,,
1004,Chi,2024-03-03 14:45:00,2024-03-09,,south,company,
1005,Dag,2024-03-04 08:20:00,2024-03-11,2024-03-10 12:00:00,north,,
1006,Eva,2024-03-04 19:55:00,2024-03-10,2024-03-12 15:30:00,south,,
"""


@dataclass(frozen=True)
class Columns:
    """What the columns of a file look like.

    :param style: how their texts are written.
    :param typed: columns that hold dates or numbers as such, not as text; the numbers as ``None``.
    :param distinct: number of different values of each column.
    :param before: of two columns of dates, the share of the rows that have both in which the first is no later day; none where no row has.
    """

    names: tuple[str, ...]
    style: Style
    typed: Mapping[str, Dates | None]
    distinct: Mapping[str, int]
    rows: int
    before: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def by(self, first: str, then: str) -> bool:
        """The day of ``first`` is nearly never after that of ``then``, as far as rows tell."""
        return self.before.get((first, then), 1.0) >= NEARLY

    @property
    def moments(self) -> dict[str, Dates]:
        """The columns that hold dates, in their order."""
        held = {**{name: one for name, one in self.typed.items() if one is not None}, **self.style.dates}
        return {name: held[name] for name in self.names if name in held}

    @property
    def numbers(self) -> list[str]:
        """The columns that hold numbers."""
        return [name for name in self.names if name in self.style.numbers or (name in self.typed and self.typed[name] is None)]

    def moment(self, name: str, *, due: bool = False) -> str:
        """SQL of a column of dates, with its own format where the source's own does not read it."""
        column, held = _identifier(name), self.moments[name]
        apart = held.how not in {ISO, DAYFIRST} and self.style.date_format is None
        if apart:
            column = f"strptime({column}, '{held.how}')"
        return f"cast({column} as date)" if held.days_only and (due or apart) else column


def init(path: Path | str, from_file: Path | str | None = None, *, encoding: str | None = None) -> tuple[Path, ...]:
    """Write a project folder that runs at once.

    :param from_file: data file to propose a mapping for; a small made table where left out.
    :param encoding: of that file; UTF-8 where left out.
    :returns: the files of the project; those that were there are left as they are.
    :raises ProjectError: the folder holds a project already.
    :raises SettingError: there is no such encoding.
    :raises SourceError: the data file cannot be read.
    :raises StorageError: the folder cannot be written.
    """
    folder = Path(path)
    if (folder / "troth.toml").exists():
        raise ProjectError("there is a project here already", file=folder / "troth.toml", mend="name another folder; nothing was changed.")
    files: dict[Path, str] = {}
    if from_file is None:
        files[folder / "data" / "orders.csv"] = SAMPLE_ROWS
        files[folder / "sources" / "orders.toml"] = STARTER_SOURCE + "\n".join([*further(STARTER_GUESS, interactions=True), ""])
        files[folder / "charter.toml"] = STARTER_CHARTER
        files[folder / "journeys.toml"] = journeys(STARTER_GUESS)
        data, name = "data", folder.resolve().name
    else:
        file = Path(from_file).resolve()
        stem = re.sub(r"[^A-Za-z0-9_]+", "_", file.name.partition(".")[0]).strip("_") or "rows"
        columns = look(file, encoding)
        files[folder / "sources" / f"{stem}.toml"] = proposal(columns, file, encoding)
        files[folder / "charter.toml"] = COMMENTED_CHARTER
        files[folder / "journeys.toml"] = journeys(guess(columns))
        data, name = file.parent.as_posix(), stem.replace("_", " ")
    files[folder / "roles.toml"] = COMMENTED_ROLES
    files[folder / "measures.toml"] = COMMENTED_MEASURES
    files[folder / "troth.toml"] = STARTER_SETTINGS.format(name=quoted(name), data=quoted(data))
    try:
        for one, text in files.items():
            if one.exists():
                continue
            one.parent.mkdir(parents=True, exist_ok=True)
            one.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"the folder cannot be written ({error.strerror})", file=folder, mend="check its permissions and the disk."
        ) from error
    return tuple(files)


def proposal(columns: Columns, file: Path, encoding: str | None = None) -> str:
    """A source file that maps a data file, as far as names and values tell; what they leave open is marked :data:`TO_DECIDE`."""
    key = _key(columns)
    made, due, received, doubts = _dates(columns)
    left_open = list(columns.style.open)
    if key is None:
        left_open.append(
            "what is the row key? No column that looks like one differs in each row; without id = a repeated row counts twice."
        )
    left_open += doubts
    waiting = len(columns.moments) > 1 and not (made and due)
    if waiting:
        left_open.append(_missing_date(columns, made))
    lines = [
        "# A first mapping, proposed from the names and values of the columns. Correct it, then run `troth check`.",
        *(f"{TO_DECIDE} {sentence}" for sentence in left_open),
        f"read = {quoted(file.name)}",
    ]
    if encoding is not None:
        lines.append(f"encoding = {quoted(encoding)}")
    if key:
        lines.append(f"id = {_sql(key)}   # row key: importing twice changes nothing")
    lines += [*_writing(columns.style), ""]
    words = [name for name in columns.names if name not in columns.moments]
    customer = _named(CUSTOMER, words)
    if made and due:
        lines += _promises(columns, key, customer, made, due, received)
    elif waiting:
        asked = "due" if made else "made_at"
        lines += [
            f"# Without {asked} each row is something that happened.",
            f"# Fill in {asked} and take away the # before these lines, and each row is a promise.",
            *(f"# {line}" for line in _promises(columns, key, customer, made, due, received)),
            "",
            *_happened(columns, made or received or next(iter(columns.moments)), customer),
        ]
    elif made:
        lines += [
            "# One date column was found, so each row is something that happened. With a due date it could be a promise.",
            *_happened(columns, made, customer),
        ]
    else:
        lines += [
            "# No date column was found, so each row is a customer.",
            "[[customers]]",
            f"id = {_sql(customer or key or columns.names[0])}",
        ]
    if columns.moments:
        lines += further(guess(columns), interactions=bool(made and due))
    return "\n".join(lines) + "\n"


def guess(columns: Columns) -> Guess:
    """What journeys and occasions may be made of, by the names of the columns."""
    made, due, received, _ = _dates(columns)
    words = [name for name in columns.names if name not in columns.moments]
    customer, key = _named(CUSTOMER, words), _key(columns)
    subject = key or _named(SUBJECT, [name for name in words if name != customer])
    taken = {customer, subject, _named(VALUE, columns.numbers), made, due, received}
    question, event = next(
        ((asked, name) for asked, pattern in KNOWN_EVENTS if (name := _named(pattern, [one for one in columns.names if one not in taken]))),
        (None, None),
    )
    dated = event is not None and event in columns.moments
    context = _context(columns, {*taken, event})
    return Guess(
        steps=tuple((_plain(name), columns.moment(name)) for name in (made, received) if name is not None),
        customer=None if customer is None else _identifier(customer),
        subject=None if subject is None else _identifier(subject),
        late=None if due is None or received is None else f"{_day(columns, received)} > {_day(columns, due)}",
        question=question,
        event=None if event is None or dated else f"{_identifier(event)} is not null",
        event_at=columns.moment(event) if event is not None and dated else None,
        covariates=tuple((_safe(name), _identifier(name)) for name in context),
    )


def _context(columns: Columns, taken: AbstractSet[str | None]) -> list[str]:
    """Columns of few words that may tell promises, or occasions, of one kind from those of another."""
    words = [name for name in columns.names if name not in columns.moments and name not in taken]
    named = [name for name in words if re.search(CONTEXT, name, re.IGNORECASE) and 1 < columns.distinct[name] <= MOST_VALUES]
    return named[:MOST_CONTEXT]


def _day(columns: Columns, name: str) -> str:
    """SQL of the day of a column of dates."""
    moment = columns.moment(name)
    return moment if moment.startswith("cast(") else f"cast({moment} as date)"


def _plain(name: str) -> str:
    """A column's name as the name of a step."""
    return " ".join(re.sub(r"[_']+", " ", name).split()) or "step"


def _missing_date(columns: Columns, made: str | None) -> str:
    """The question of several dates among which one that a promise takes is missing."""
    names = [" ".join(name.split()) for name in columns.moments]
    found = f"{', '.join(names[:-1])} and {names[-1]} are dates, and none of them"
    if made is None:
        return f"when was each promise made? {found} reads like that."
    return f"until when was each due? {found} reads like a due date."


def _happened(columns: Columns, at: str, customer: str | None) -> list[str]:
    """Each row as an event."""
    named = [f"customer = {_sql(customer)}"] if customer else []
    return ["[[interactions]]", "kind = \"'event'\"", f"at = {quoted(columns.moment(at))}", *named]


def _promises(
    columns: Columns, key: str | None, customer: str | None, made: str | None, due: str | None, received: str | None
) -> list[str]:
    """Each row as a promise; a date that no column holds is left to fill in."""
    words = [name for name in columns.names if name not in columns.moments]
    area = _named(AREA, [name for name in words if columns.distinct.get(name, 0) <= MOST_VALUES])
    subject = _named(SUBJECT, [name for name in words if name != customer]) if key is None else key
    value = _named(VALUE, [name for name in columns.numbers if name not in {customer, key, subject, area}])
    lines = [
        "[[promises]]",
        f"name = {quoted((due or received or 'delivery date').replace('_', ' '))}   # what customers call it",
        'type = "deadline"   # deadline, window, response_time, price, quantity, availability, quality, information, effort',
        f"customer = {_sql(customer)}" if customer else '# customer = "..."   # who was promised: without it people cannot be counted',
    ]
    if subject:
        lines.append(f"subject = {_sql(subject)}")
    lines += [
        'made_at = "..."   # when it was promised: a column' if made is None else f"made_at = {quoted(columns.moment(made))}",
        f'due = "..."   # until when: a column, or what you promise everybody, such as {_in_three_days(columns, made)}'
        if due is None
        else f"due = {quoted(columns.moment(due, due=True))}"
        + ("   # a date is due at the end of that day where the customer is" if columns.moments[due].days_only else ""),
        *(
            [f"received_at = {quoted(columns.moment(received))}"]
            if received
            else [
                f"{TO_DECIDE} when was each received? No column looks like it, and without one every promise reads as broken.",
                '# received_at = "..."   # when it was received, or add [[receipts]] from another source',
            ]
        ),
        f"kept_by = {_sql(area)}   # area that has to keep it" if area else "# kept_by = \"'Fulfilment'\"   # area that has to keep it",
        "# made_by = \"'Marketing'\"   # area that made it",
    ]
    if value:
        lines.append(f"value = {_sql(value)}   # value at stake")
    held = {_safe(name): name for name in _context(columns, {customer, key, subject, area, value})}
    if held:
        pairs = ", ".join(f"{name} = {_sql(column)}" for name, column in held.items())
        lines.append(f"context = {{ {pairs} }}   # what was knowable when it was made")
    else:
        lines.append('# context = ["region", "product"]   # what was knowable when it was made: used to judge capability')
    lines.append('# internal_estimate = "..."   # what operations believed when it was made: ask them for it first')
    return lines


def _in_three_days(columns: Columns, made: str | None) -> str:
    """A due date that follows from when the promise was made, as TOML."""
    moment = columns.moment(made) if made else "made"
    return quoted(f"{moment if moment.startswith('cast(') else f'cast({moment} as date)'} + interval 3 day")


def _writing(style: Style) -> list[str]:
    """The keys that say how the file writes, where that is not as everybody does."""
    lines = []
    if style.date_format is not None:
        lines.append(f"date_format = {quoted(style.date_format)}")
    elif style.dayfirst:
        lines.append("dayfirst = true                # 31/12/2024")
    if style.decimal != ".":
        lines.append(f"decimal = {quoted(style.decimal)}")
    if style.thousands is not None:
        lines.append(f"thousands = {quoted(style.thousands)}")
    return lines


def look(file: Path, encoding: str | None = None) -> Columns:
    """How the columns of a file look, from the values of its first rows.

    :raises SettingError: there is no such encoding.
    :raises SourceError: the file cannot be read.
    """
    if encoding is not None:
        valid_encoding(encoding, file=file, place="--encoding")
    connection = open_duckdb()
    source = Source(name="proposal", file=str(file), writing=Writing("UTC"), mappings=(), read=str(file), encoding=encoding or "utf-8")
    with tempfile.TemporaryDirectory(prefix="troth-init-") as work:
        scan = open_source(source, data=file.parent, work=Path(work), connection=connection, workbench=connection)
        sample: pa.Table = scan.table.limit(SAMPLE).to_pyarrow()
        connection.disconnect()
    rows = sample.num_rows
    values = {name: _values(sample.column(name)) for name in scan.columns}
    kinds = {name: sample.schema.field(name).type for name in scan.columns}
    texts = {name: values[name] for name, kind in kinds.items() if pa.types.is_string(kind)}
    typed: dict[str, Dates | None] = {}
    for name, kind in kinds.items():
        if pa.types.is_temporal(kind) and (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
            dates = style({name: {str(value): count for value, count in values[name].items()}}, rows, dated=re.compile("$^")).dates
            typed |= dict(dates)
        elif pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            typed[name] = None
    distinct = {name: len(found) for name, found in values.items()}
    found = Columns(scan.columns, style(texts, rows, dated=re.compile(DATED, re.IGNORECASE)), typed, distinct, rows)
    days = {name: _days(sample.column(name), one.how) for name, one in found.moments.items()}
    return replace(
        found, before={(a, b): share for a in days for b in days if a != b and (share := _share_by(days[a], days[b])) is not None}
    )


def _days(column: pa.ChunkedArray, how: str) -> pa.Array:
    """The day of each row as its ordinal; null where it has none. Each different value is read once."""
    coded = column.combine_chunks().dictionary_encode()
    ordinals = pa.array([day_of(str(value), how) for value in coded.dictionary.to_pylist()], pa.int64())
    return ordinals.take(coded.indices)


def _share_by(first: pa.Array, then: pa.Array) -> float | None:
    """Share of the rows in which the first day is not after the second; ``None`` where no row has both."""
    share = pc.mean(pc.less_equal(first, then)).as_py()
    return None if share is None else float(share)


def _values(column: pa.ChunkedArray) -> dict[Any, int]:
    """The values of a column, with their counts."""
    counted = column.drop_null().value_counts().to_pylist()
    return {one["values"]: one["counts"] for one in counted}


def _dates(columns: Columns) -> tuple[str | None, str | None, str | None, list[str]]:
    """The columns that read like made, due and received, and what is open about them; of one date alone, it is the made.

    Names propose. Of made and due the rows decide the order: a promise is made by its due date.
    """
    moments = list(columns.moments)
    due = _named(UNTIL, moments) or _named(DUE, moments)
    rest = [name for name in moments if name != due]
    received = _named(rf"(?:{RECEIVED}).*customer|customer.*(?:{RECEIVED})", rest) or _named(RECEIVED, rest)
    rest = [name for name in rest if name != received]
    made = _named(MADE, rest)
    if made is due is received is None and len(rest) > 1:
        made = min(rest, key=lambda name: columns.moments[name].middle)
        due, *others = sorted((name for name in rest if name != made), key=lambda name: -columns.moments[name].share)
        doubt = f"which date is which? Their names do not say. Here {made} comes first, {due} has the fewest gaps."
        return made, due, others[0] if others else None, [doubt]
    named = made is not None
    made = made or max(rest, key=lambda name: (due is None or columns.by(name, due), columns.moments[name].share), default=None)
    if made is None and due is None and received is not None:
        return received, None, None, []
    if made is None and received is None and due is not None:
        return due, None, None, []
    if made is None or due is None:
        return made, due, received, []
    made, due, doubts = _ordered(columns, made, due, named=named)
    if not named and len(rest) > 1 and not doubts:
        doubts = [f"when was each made? No name says so; {made} is taken, of {' and '.join(rest)}."]
    return made, due, received, doubts


def _ordered(columns: Columns, made: str, due: str, *, named: bool) -> tuple[str, str, list[str]]:
    """Made and due in the order of their rows, and what is open about it.

    :param named: the name of ``made`` says that it is.
    """
    if columns.by(made, due):
        return made, due, []
    if not columns.by(due, made):
        share = f"{columns.before[made, due]:.0%}"
        return (
            made,
            due,
            [f"is {made} when each was made, and {due} when it was due? Only {share} of the rows that have both are in this order."],
        )
    clear = not named and re.search(DUE, made, re.IGNORECASE)
    doubt = (
        f"is {due} when each was made, and {made} when it was due? Their names do not say; by the rows {due} comes first, and is taken so."
    )
    return due, made, [] if clear else [doubt]


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
    return quoted(_identifier(name or ""))


STARTER_SETTINGS = """\
name = {name}
timezone = "UTC"              # where a time without a zone belongs, such as America/New_York
currency = "USD"
engine = "duckdb://"          # where numbers are computed: duckdb:// or pyspark://
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

STARTER_GUESS = Guess(
    steps=(("order", "ordered"), ("delivery", "delivered")),
    customer="customer",
    subject="order_id",
    late="cast(delivered as date) > cast(promised as date)",
    question="returned the order",
    event_at="returned",
    covariates=(("the_region", "region"),),
)

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

STARTER_ROLES = """\
# Who may decide what. Take away the # where it fits; `troth show purview` then says what lies beyond whose reach.
[[roles]]
title = "Chief brand officer"
holder = "Ana"
aspect = "brand"              # brand, service or operating
leads = true                  # leads customer experience today

[[roles.grants]]              # authority comes from grants, never from a title
areas = ["Marketing"]
decide = true
spend_limit = 50_000          # on one fix, without another's approval; left out: no limit
capacity = 200                # hours for one fix; left out: as many as it takes
since = 2024-01-01

[[roles]]
title = "Head of operations"
aspect = "operating"

[[roles.grants]]
areas = ["Fulfilment"]
decide = true

[[fixes]]                     # what the best fix in an area takes
area = "Fulfilment"
cost = 80_000
hours = 300

[asks]                        # what was asked of areas, and what became of it
read = "asks.csv"             # columns: area, accepted, due, delivered; asked and by where they are known
"""

STARTER_MEASURES = """\
# What people are judged by, and what it is paired with. Take away the # where it fits; `troth show measures` then says whom a target hurts.
[[measures]]
name = "length of a call"
class = "activity"            # activity, perception, channel audit or outcome
direction = "min"             # what is asked for: less of it (min) or more (max)
role = "Head of service"      # title of whoever is judged by it
area = "Service"
unit = "seconds"
target = 120
paired_with = ["calls again within a week"]
unresolved = "calls again within a week"   # says the matter was not closed: gives the whole cost of a matter
redial_minutes = 2            # to get through once more
bin = 20                      # width of a bin around the target; chosen by the readings where left out
matters = 0.02                # smallest difference that matters, as a share of cases

[[outcomes]]                  # what customers get of it
name = "calls again within a week"
direction = "min"             # min: it hurts where it happens; max: it helps
role = "Head of service"      # title of whoever answers for it
area = "Service"
kinds = ["contact"]           # it is an interaction of one of these kinds after the reading
within = "7 days"
follow = "subject"            # subject or customer: what reading and outcome have in common

[[outcomes]]
name = "delivered late"
promise = "delivery date"     # or a broken promise of this name
within = "30 days"

# Its cases come from [[readings]] in a file of sources/: measure, at, customer, subject, value; unit and pressed say who works under it.
"""


def _commented(text: str) -> str:
    """A file whose first line stands, and all of whose others are to be taken up."""
    first, *others = text.splitlines()
    lines = [first, *(line if line.startswith("# ") else f"# {line}" if line else "#" for line in others)]
    return "\n".join(lines) + "\n"


COMMENTED_ROLES, COMMENTED_MEASURES = _commented(STARTER_ROLES), _commented(STARTER_MEASURES)
