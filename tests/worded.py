"""Notes customers wrote to the shop of ``tests.projects``: known themes, one of them about orders that came late, one of them new."""

from __future__ import annotations

import csv
import random
from datetime import datetime, timedelta
from pathlib import Path

from tests.engine.voice.made import sentences

SOURCE = """\
read = "notes.csv"
id = "note_id"

[[signals]]
kind = "'problem'"
at = "written_at"
customer = "customer"
subject = "order_id"
text = "text"
language = "'en'"
"""
SPELT = '\n[text]\nembedder = "characters"\n'
LOCKER = ("The locker code", "Your locker", "A locker code"), ("does not open", "is refused", "has expired", "was never sent")
TOLD = "I was told it would arrive within 3 days."
CALL = "My parcel never came, call me at +1 (555) 123-4567."


def write_notes(folder: Path, *, new_from: str = "2024-06-17", told: int = 3) -> Path:
    """Lay the notes into a shop: late parcels of late orders, breakage, and from a day on lockers that do not open."""
    (folder / "sources" / "notes.toml").write_text(SOURCE)
    with (folder / "troth.toml").open("a") as settings:
        settings.write(SPELT)
    with (folder / "orders.csv").open(newline="") as stream:
        orders = [row for row in csv.DictReader(stream) if row["promised_for"] and row["delivered_at"]]
    dice = random.Random(7)
    late, broken = sentences("en", "late"), sentences("en", "damaged")
    locker = [f"{one} {other} {number}." for number in ("again", "today", "here") for one in LOCKER[0] for other in LOCKER[1]]
    with (folder / "notes.csv").open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(("note_id", "customer", "order_id", "written_at", "text"))
        for number, order in enumerate(orders):
            came = datetime.fromisoformat(order["delivered_at"])
            was_late = f"{came:%Y-%m-%d}" > order["promised_for"]
            words = late if was_late else broken
            if came.isoformat() >= new_from and number % 2:
                words = locker
            elif not was_late and number % 3:
                continue
            text = " ".join([dice.choice(words), *([TOLD] if was_late and number % 40 < told else [])])
            rows.writerow((f"n{number:04}", order["customer"], order["order_id"], came + timedelta(hours=2), text))
        rows.writerow(("n9000", "c9000", "", "2024-05-02 10:00:00", CALL))
        rows.writerow(("n9001", "c9001", "", "2024-05-02 11:00:00", "👍 !!"))
        rows.writerow(("n9002", "c9002", "", "2024-05-02 12:00:00", ""))
    return folder
