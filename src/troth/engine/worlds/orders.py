"""A shop's orders at any size, written as Parquet with a project folder around them: what the benchmarks run on.

Every row is a function of its position and the seed, so files can be written chunk by chunk with bounded memory: 100 million rows take
a few minutes on two cores. The draws come from DuckDB's 64-bit hash of one integer, which is stable within a DuckDB version and may
change between versions. The world is that of :mod:`troth.engine.worlds.lanes` (domain.md i.2) at a company's scale: 2,000 combinations
of region, product group and supplier with Zipf sizes, 104 weeks, cancelled and lost orders, and orders still open at the end.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from troth.engine.worlds.leadtime import SPREAD, break_probability, capability, true_parts
from troth.engine.worlds.truth import Cause, Truth
from troth.terms.vocabulary import Part

START = datetime(2024, 1, 1)
KEEP_TARGET = 0.9
STANDARD = 8.0
SLOW_CELL = 7
"""Size rank of the chronically slow cell, always promised the charter's standard."""
LARGEST_CELL = 0
INCIDENT_DAYS = 4.0
CAMPAIGN = "spring sale"
NO_CAMPAIGN = "no campaign"
CAMPAIGN_HASTE = 3.0
CAMPAIGN_SHARE = 0.5
CANCELLED = 0.005
LOST = 0.003
CHUNK = 10_000_000
"""Rows per file."""

REGIONS = ("North", "South", "East", "West", "Centre", "Coast", "Hills", "Islands")
PRODUCT_GROUPS = ("books", "clothes", "food", "furniture", "garden", "health", "kitchen", "phones", "sports", "toys")
CARRIERS = ("Albatross", "Courser", "Gannet", "Heron", "Kestrel", "Swift")

CONTEXT = ("region", "product_group", "supplier")
"""What was knowable when the order was placed, coarse to fine."""

COLUMNS: tuple[str, ...] = (
    "order_id",
    "customer_id",
    "order_at",
    "promised_at",
    "delivered_at",
    "region",
    "product_group",
    "supplier",
    "campaign",
    "carrier",
    "cancelled_by_company",
)
"""The columns of the files, all of which the study reads."""


@dataclass(frozen=True, slots=True)
class Weeks:
    """When things happen, counted in weeks from :data:`START`."""

    total: int

    @property
    def campaign(self) -> tuple[int, int]:
        """First and last week, within each year, of the campaign."""
        return 20, 25

    @property
    def incident(self) -> tuple[int, int]:
        """First and last week of the incident: weeks 40 to 43 of the last year."""
        first = max(self.total - 12, 0)
        return first, first + 3

    @property
    def end(self) -> datetime:
        """The instant the files were taken: nothing after it is known."""
        return START + timedelta(weeks=self.total)

    @property
    def last_day(self) -> date:
        """The last day of the record: what to study it as of."""
        return self.end.date() - timedelta(days=1)


def orders(folder: Path, rows: int, *, cells: int = 2000, weeks: int = 104, seed: int = 1) -> Truth:
    """Write ``rows`` orders and a project to study them: ``troth run FOLDER --as-of DATE``.

    :param folder: made where missing; holds ``troth.toml``, ``charter.toml``, ``sources/orders.toml``, ``data/orders-*.parquet`` and
        ``truth.json`` (the causes of the returned truth).
    :param rows: orders to write.
    :param cells: combinations of region, product group and supplier, at least 8 so that the planted cells exist.
    :param weeks: length of the record.
    :returns: the planted causes; row-level truth is left out.
    :raises ValueError: too few rows, cells or weeks.
    """
    if rows < 1 or cells <= SLOW_CELL or weeks < 1:
        raise ValueError(f"A world needs rows, weeks and more than {SLOW_CELL} cells, not {rows} rows, {weeks} weeks, {cells} cells.")
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    for stale in data.glob("orders-*.parquet"):
        stale.unlink()
    calendar = Weeks(weeks)
    with duckdb.connect() as connection:
        table = cell_table(cells, seed)
        connection.register("cell", table)
        for number, first in enumerate(range(0, rows, CHUNK)):
            target = data / f"orders-{number:04d}.parquet"
            select = rows_sql(first, min(first + CHUNK, rows), rows=rows, cells=cells, calendar=calendar, seed=seed)
            connection.sql(select).write_parquet(target.as_posix())
        truth = planted(connection, data, calendar)
    write_project(folder, calendar)
    causes = json.dumps([asdict(cause) for cause in truth.causes], indent=2, default=str)
    (folder / "truth.json").write_text(causes + "\n", encoding="utf-8")
    return truth


def cell_table(cells: int, seed: int) -> pa.Table:
    """One row per cell, largest first: its names, the location of its log lead time, and the promise made in it."""
    generator = np.random.default_rng(seed)
    size_rank = np.arange(cells)
    place: NDArray[np.int64] = generator.permutation(cells)
    location = np.log(5.0) + generator.normal(0.0, 0.25, cells)
    location[SLOW_CELL] = np.log(9.0)
    promise = np.maximum(np.round(capability(location, KEEP_TARGET)), 1.0)
    promise[SLOW_CELL] = STANDARD
    groups = len(REGIONS) * len(PRODUCT_GROUPS)
    return pa.table(
        {
            "size_rank": size_rank,
            "region": [REGIONS[p % len(REGIONS)] for p in place],
            "product_group": [PRODUCT_GROUPS[p // len(REGIONS) % len(PRODUCT_GROUPS)] for p in place],
            "supplier": [f"supplier {p // groups + 1:03d}" for p in place],
            "location": location,
            "promise": promise,
        }
    )


def rows_sql(first: int, last: int, *, rows: int, cells: int, calendar: Weeks, seed: int) -> str:
    """The query that makes orders ``first`` to ``last - 1``.

    Sizes: rank r (from 1) is drawn as the whole part of (cells + 1)^u, so that P(r) = ln(1 + 1/r) / ln(cells + 1): Zipf's law.
    """

    def uniform(draw: int) -> str:
        """Uniform on [0, 1): 53 bits of the hash of one integer that no other row or draw shares."""
        return f"((hash({seed % 2**15 * 2**47} + i * 16 + {draw}) >> 11) * {2.0**-53!r})"

    day = 86_400_000_000
    span = calendar.total * 7 * day
    campaign_first, campaign_last = calendar.campaign
    incident_first, incident_last = calendar.incident
    start = f"epoch_us(timestamp '{START:%Y-%m-%d}')"
    carriers = ", ".join(f"'{name}'" for name in CARRIERS)
    return f"""
    with drawn as (
        select i,
            least(cast(floor(exp({uniform(0)} * {math.log(cells + 1)!r})) as integer), {cells}) - 1 as size_rank,
            cast(floor(i * {span / rows!r}) as bigint) as made,
            sqrt(-2 * ln(1 - {uniform(1)})) * cos({2 * math.pi!r} * {uniform(2)}) as normal,
            {uniform(3)} < {CAMPAIGN_SHARE} as offered,
            cast(floor({uniform(4)} * {max(rows // 3, 1)}) as bigint) as customer,
            {uniform(5)} as fate,
            cast(floor({uniform(6)} * {len(CARRIERS)}) as integer) as carrier
        from range({first}, {last}) as position(i)
    ), placed as (
        select i, made, customer, fate, carrier, region, product_group, supplier, promise, location, normal,
            made // {7 * day} as week,
            offered and made // {7 * day} % 52 between {campaign_first} and {campaign_last} and size_rank <> {SLOW_CELL} as hasty,
            made // {7 * day} between {incident_first} and {incident_last} and size_rank = {LARGEST_CELL} as disturbed
        from drawn join cell using (size_rank)
    ), timed as (
        select *,
            made + cast(greatest(promise - if(hasty, {CAMPAIGN_HASTE}, 0), 1) as bigint) * {day} as promised,
            made + cast((exp(location + {SPREAD} * normal) + if(disturbed, {INCIDENT_DAYS}, 0)) * {day} as bigint) as delivered
        from placed
    )
    select i + 1 as order_id,
        customer + 1 as customer_id,
        make_timestamp({start} + made) as order_at,
        make_timestamp({start} + promised) as promised_at,
        if(fate < {CANCELLED + LOST} or delivered > {span}, null, make_timestamp({start} + delivered)) as delivered_at,
        region,
        product_group,
        supplier,
        if(hasty, '{CAMPAIGN}', '{NO_CAMPAIGN}') as campaign,
        [{carriers}][carrier + 1] as carrier,
        fate < {CANCELLED} as cancelled_by_company
    from timed
    """  # noqa: S608 - every value is a number, or a constant of this module


def planted(connection: duckdb.DuckDBPyConnection, data: Path, calendar: Weeks) -> Truth:
    """The causes, from the orders that fell due: counts of rows times the true change in break probability.

    Cancelled and lost orders are broken with or without a cause, so they add nothing to it.
    """
    incident = (START + timedelta(weeks=calendar.incident[0]), START + timedelta(weeks=calendar.incident[1] + 1))
    counts = connection.execute(
        f"""
        select size_rank, location, promise,
            campaign = '{CAMPAIGN}' as hasty,
            size_rank = {LARGEST_CELL} and order_at >= ? and order_at < ? as disturbed,
            count(*) as n
        from read_parquet(?) join cell using (region, product_group, supplier)
        where not cancelled_by_company and promised_at <= ?
        group by all order by all
        """,  # noqa: S608 - constants of this module
        [*incident, f"{data.as_posix()}/orders-*.parquet", calendar.end],
    ).to_arrow_table()
    size_rank, location, usual, hasty, disturbed, rows = (column.to_numpy() for column in counts.columns)
    slow = size_rank == SLOW_CELL
    n = rows * (1 - LOST / (1 - CANCELLED))
    promise = np.where(hasty, np.maximum(usual - CAMPAIGN_HASTE, 1), usual)
    known = break_probability(promise, location)
    met = break_probability(promise - np.where(disturbed, INCIDENT_DAYS, 0), location)
    parts = true_parts(location, promise, met, standard=STANDARD, keep_target=KEEP_TARGET)
    names = connection.execute(
        f"select {', '.join(CONTEXT)} from cell where size_rank in (?, ?) order by size_rank",  # noqa: S608 - constants of this module
        [LARGEST_CELL, SLOW_CELL],
    ).fetchall()
    largest, slowest = ({column: (name,) for column, name in zip(CONTEXT, row, strict=True)} for row in names)

    def cause(
        name: str,
        part: Part,
        where: Mapping[str, tuple[str, ...]],
        touched: NDArray[np.bool_],
        added: NDArray[np.float64],
        made: tuple[datetime, datetime] | None = None,
    ) -> Cause:
        breaks, in_part = (float((n * change)[touched].sum()) for change in (added, parts[part]))
        return Cause(name, part, where, rows=int(rows[touched].sum()), breaks=breaks, in_part=in_part, made=made)

    return Truth(
        keep_target=KEEP_TARGET,
        causes=(
            cause("campaign", Part.EXPECTATION, {"campaign": (CAMPAIGN,)}, hasty, known - break_probability(usual, location)),
            cause("incident", Part.DELIVERY, largest, disturbed, met - known, incident),
            cause("slow cell", Part.STANDARD, slowest, slow, known - (1 - KEEP_TARGET)),
        ),
    )


def write_project(folder: Path, calendar: Weeks) -> None:
    """The three files that make the folder a project."""
    (folder / "sources").mkdir(exist_ok=True)
    for path, text in (("troth.toml", SETTINGS), ("charter.toml", CHARTER), ("sources/orders.toml", SOURCE)):
        (folder / path).write_text(text.replace("LAST_DAY", f"{calendar.last_day}"), encoding="utf-8")


SETTINGS = """\
# Made orders with known truth (truth.json). Study them as of LAST_DAY, the last day of the record.
name = "Made orders"
timezone = "UTC"
currency = "EUR"
engine = "duckdb://"
data = "data"
"""

CHARTER = """\
stages = ["order", "fulfilment"]

[[parties]]
title = "Chief customer brand & marketing experience officer"
aspect = "brand"

[[parties]]
title = "Chief customer service experience officer"
aspect = "service"

[[areas]]
name = "Marketing"
aspect = "brand"

[[areas]]
name = "Fulfilment"
aspect = "operating"

[[touchpoints]]
name = "checkout"
channel = "web"
area = "Marketing"

[[lines]]
stage = "fulfilment"
promise = "delivery date"
standard = "8 days"
keep_target = 0.9
lead = "Fulfilment"
aspiration = "You know the day, and it is that day."
"""

SOURCE = """\
read = "orders-*.parquet"
id = "order_id"

[[promises]]
name = "delivery date"
type = "deadline"
customer = "customer_id"
subject = "order_id"
made_at = "order_at"
due = "promised_at"
received_at = "delivered_at"
made_by = "'Marketing'"
kept_by = "'Fulfilment'"
touchpoint = "'checkout'"
stage = "'fulfilment'"
context = ["region", "product_group", "supplier"]
dimensions = ["campaign", "carrier"]
broken_when = "cancelled_by_company"
"""
