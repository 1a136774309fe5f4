"""A small shop in which a few people's whole story is on record: promises, receipts of their own source, contacts, words, costs, zones."""

from __future__ import annotations

from pathlib import Path

TROTH = 'name = "Corner Shop"\ntimezone = "America/New_York"\ncurrency = "USD"\n'
CHARTER = """\
version = "3"
stages = ["order", "fulfilment", "support", "membership"]

[[areas]]
name = "Marketing"
aspect = "brand"

[[areas]]
name = "Service"
aspect = "service"

[[areas]]
name = "Fulfilment"
aspect = "operating"

[[areas]]
name = "Finance"
aspect = "operating"

[[lines]]
promise = "delivery date"
standard = "6 days"
keep_target = 0.9
lead = "Fulfilment"

[[lines]]
promise = "all in the box"
keep_target = 0.5
"""
ORDERS = """\
read = "orders.csv"
id = "order_id"

[[promises]]
name = "delivery date"
type = "deadline"
customer = "customer"
subject = "order_id"
made_at = "ordered_at"
due = "cast(promised_for as date)"
received_at = "delivered_at"
made_by = "'Marketing'"
kept_by = "'Fulfilment'"
stage = "'fulfilment'"

[[promises]]
name = "all in the box"
type = "quality"
customer = "customer"
subject = "order_id"
made_at = "ordered_at"
due = "cast(promised_for as date)"
unit = "parts"
promised = 3
made_by = "'Fulfilment'"
kept_by = "'Fulfilment'"
stage = "'fulfilment'"

[[promises]]
name = "first answer"
type = "response_time"
customer = "customer"
subject = "order_id"
made_at = "ordered_at"
due = "ordered_at + interval 1 day"
received_at = "answered_at"
kept_by = "'Service'"
stage = "'support'"
"""
SCANS = """\
read = "scans.csv"
id = "scan"

[[receipts]]
name = "all in the box"
subject = "order_id"
received_at = "at"
received = "parts"
"""
CALLS = """\
read = "calls.csv"
id = "call"

[[interactions]]
kind = "kind"
at = "at"
customer = "customer"
subject = "order_id"
touchpoint = "'phone'"
stage = "'support'"
area = "'Service'"
text = "said"
"""
REVIEWS = """\
read = "reviews.csv"
id = "review"

[[signals]]
kind = "'rating'"
at = "at"
customer = "customer"
subject = "order_id"
value = "stars"
scale = [1, 5]
text = "said"
"""
COSTS = """\
read = "costs.csv"
id = "cost"

[[costs]]
kind = "'refund'"
amount = "amount"
at = "at"
subject = "order_id"
area = "'Finance'"
"""
PEOPLE = """\
read = "people.csv"
id = "customer"

[[customers]]
id = "customer"
segment = "segment"
timezone = "zone"
"""
TABLES = {
    # a1: everything kept. a2: late, and short of a part. a3: nothing came, nobody counted the box. b1: somebody else's.
    "orders": """\
order_id,customer,ordered_at,promised_for,delivered_at,answered_at
a1,ann,2024-03-01 10:00:00,2024-03-05,2024-03-04 09:00:00,2024-03-01 12:00:00
a2,ann,2024-03-10 10:00:00,2024-03-12,2024-03-14 08:00:00,2024-03-13 10:00:00
a3,ann,2024-06-20 10:00:00,2024-06-25,,2024-06-20 11:00:00
a4,ann,2024-06-29 10:00:00,2024-07-09,,2024-06-29 11:00:00
b1,bob,2024-03-10 10:00:00,2024-03-12,2024-03-11 08:00:00,2024-03-10 12:00:00
""",
    # one scan of an order nobody knows, one known after a month only, one with a date that is none
    "scans": """\
scan,order_id,at,parts
1,a1,2024-03-04 09:00:00,3
2,a2,2024-03-14 08:00:00,2
3,zz,2024-03-14 08:00:00,3
4,b1,2024-03-11 08:00:00,3
5,b1,not a date,3
""",
    "calls": """\
call,kind,customer,order_id,at,said
1,contact,ann,a2,2024-03-13 09:00:00,Where is it? Write to ann@example.org or call 212 555 0187.
2,visit,ann,,2024-02-20 09:00:00,
3,contact,,walk-in,2024-04-01 09:00:00,"<script>alert(1)</script> is the shop open?"
""",
    "reviews": "review,customer,order_id,at,stars,said\n1,ann,a2,2024-03-15 09:00:00,1,A part was missing.\n",
    "costs": "cost,order_id,at,amount\n1,a2,2024-03-16 09:00:00,12.50\n2,nobodys,2024-03-16 09:00:00,3.00\n",
    "people": "customer,segment,zone\nann,regular,Asia/Tokyo\nbob,new,\n",
}
SOURCES = {"orders": ORDERS, "scans": SCANS, "calls": CALLS, "reviews": REVIEWS, "costs": COSTS, "people": PEOPLE}
AS_OF, EARLIER = "2024-06-30", "2024-03-13"


def write_happenings(folder: Path) -> Path:
    """Lay out the project."""
    (folder / "sources").mkdir(parents=True)
    (folder / "troth.toml").write_text(TROTH)
    (folder / "charter.toml").write_text(CHARTER)
    for name, source in SOURCES.items():
        (folder / "sources" / f"{name}.toml").write_text(source)
        (folder / f"{name}.csv").write_text(TABLES[name])
    return folder
