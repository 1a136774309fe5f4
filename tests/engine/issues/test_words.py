"""Quotes of an issue: of its own failures, after they began, and speaking of what failed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from troth.engine.issues.words import words_of

BEGAN = datetime(2024, 3, 1)
OTHER = ("invoice", "assembly", "colour", "voucher", "address", "warranty", "manual", "cushion")
OPENINGS = ("Hello there,", "Good morning,", "Hi all,", "One thing:", "Dear shop,", "Me again,", "Quick one,", "Listen,")

Said = tuple[str, str | None, float, str, str]
"""Subject, customer, days after the failure began, text, language."""


def failures(of: dict[str, Sequence[str]]) -> ir.Table:
    """Failures of these issues, one about each subject, of customers of the same number; an issue is a kind, and “” is of no issue."""
    rows = [(issue or None, issue or None, subject, f"c{subject}", BEGAN) for issue, subjects in of.items() for subject in subjects]
    names, kinds = ("issue", "what", "subject", "customer", "first_at"), (*[pa.string()] * 4, pa.timestamp("us"))
    return ibis.memtable(pa.table(list(map(list, zip(*rows, strict=True))), schema=pa.schema(list(zip(names, kinds, strict=True)))))


def signals(said: Sequence[Said]) -> ir.Table:
    """What was written."""
    names = ("source", "row", "at", "customer", "subject", "text", "language")
    kinds = (pa.string(), pa.string(), pa.timestamp("us"), *[pa.string()] * 4)
    rows = [("desk", str(n), BEGAN + timedelta(days=days), who, about, text, lang) for n, (about, who, days, text, lang) in enumerate(said)]
    return ibis.memtable(pa.table(list(map(list, zip(*rows, strict=True))), schema=pa.schema(list(zip(names, kinds, strict=True)))))


def chatter(count: int, first: int) -> list[Said]:
    """Texts about anything but a delay, a subject each."""
    return [
        (str(first + n), f"c{first + n}", 1.0, f"{OPENINGS[n % 8]} a question on the {OTHER[n // 8 % 8]} of my thing number {n}", "en")
        for n in range(count)
    ]


def late(count: int, first: int) -> list[Said]:
    """Texts about a delay, every other one in Portuguese."""
    return [
        (str(first + n), f"c{first + n}", 2.0, f"{OPENINGS[n % 8]} my parcel is delayed, courier number {n} never came", "en")
        if n % 2
        else (str(first + n), f"c{first + n}", 2.0, f"A entrega esta atrasada, o pacote {OTHER[n % 8]} nao chegou ainda", "pt")
        for n in range(count)
    ]


def numbers(first: int, count: int) -> list[str]:
    return [str(first + n) for n in range(count)]


def test_quotes_speak_of_what_failed_and_an_issue_nobody_speaks_of_has_none() -> None:
    said = [*late(30, 0), *chatter(30, 0), *chatter(40, 100), *chatter(200, 1_000)]
    found = words_of(failures({"late": numbers(0, 30), "checkout error": numbers(100, 40)}), signals(said), None)
    assert set(found) == {"late"}
    assert all("delayed" in one.text or "atrasada" in one.text for one in found["late"])
    assert {one.language for one in found["late"]} == {"en", "pt"}
    assert len({one.text for one in found["late"]}) == 3


def test_what_was_written_before_the_failure_or_long_after_it_or_by_somebody_else_is_not_of_it() -> None:
    of = failures({"late": numbers(0, 30)})
    rest = chatter(200, 1_000)
    assert words_of(of, signals([*late(30, 0), *rest]), None)
    for days in (-0.01, 31.0):
        assert not words_of(of, signals([*((one[0], one[1], days, one[3], one[4]) for one in late(30, 0)), *rest]), None)
    assert not words_of(of, signals([*((one[0], "another", *one[2:]) for one in late(30, 0)), *rest]), None)
    assert words_of(of, signals([*((one[0], None, 0.0, *one[3:]) for one in late(30, 0)), *rest]), None)


def test_what_another_kind_of_failure_is_spoken_of_in_says_nothing_of_this_one() -> None:
    """Three in ten of those with a checkout error had a late parcel later on, more than people at large: that is said of late parcels."""
    said = [*late(30, 0), *late(12, 100), *chatter(28, 112), *chatter(900, 1_000)]
    parcels, checkout = numbers(0, 30), numbers(100, 40)

    def quoted(of: dict[str, Sequence[str]]) -> set[str]:
        return set(words_of(failures(of), signals(said), None))

    assert quoted({"late": parcels, "checkout error": checkout}) == {"late"}
    assert quoted({"": parcels, "checkout error": checkout}) == set()  # failures of no issue are held against as well
    assert quoted({"checkout error": checkout}) == {"checkout error"}  # where nothing else fails nothing says otherwise
