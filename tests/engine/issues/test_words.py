"""Quotes of an issue: of its own failures, after they began, and speaking of what failed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from troth.engine.issues.assigning import led
from troth.engine.issues.words import Written, words_of, written_of

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


ENGLISH = ("my parcel is delayed, courier number {} never came", "delayed again, and nobody at your shop knows where box {} went")
PORTUGUESE = ("A entrega esta atrasada, o pacote {} nao chegou ainda", "Continua atrasada, ninguem sabe dizer onde ficou a caixa {}")


def late(count: int, first: int) -> list[Said]:
    """Texts about a delay, every other one in Portuguese, each said in one of two ways."""
    return [
        (str(first + n), f"c{first + n}", 2.0, f"{OPENINGS[n % 8]} {ENGLISH[n // 2 % 2].format(n)}", "en")
        if n % 2
        else (str(first + n), f"c{first + n}", 2.0, PORTUGUESE[n // 2 % 2].format(OTHER[n % 8]), "pt")
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


def test_praise_of_what_went_well_in_the_end_is_not_quoted_as_the_words_of_a_failure() -> None:
    """Whose checkout failed ordered all the same, and liked it: high scores say so, “praise” says so, and no text speaks of the failure."""
    of = failures({"checkout error": numbers(0, 40)})
    happy = [
        (str(n), f"c{n}", 5.0, f"{OPENINGS[n % 8]} better than imagined, friendly courier, my {OTHER[n % 8]} {n}", "en") for n in range(40)
    ]
    said = signals([*happy, *chatter(200, 1_000)])
    assert words_of(of, _scored(said, "rating", None), None)  # nobody says how they liked it: a quote is all there is to go by
    assert words_of(of, _scored(said, "rating", 3.0), None)
    assert not words_of(of, _scored(said, "rating", 5.0), None)
    assert not words_of(of, _scored(said, "praise", None), None)


def test_those_who_did_complain_are_quoted_beside_praise_that_is_left_out() -> None:
    of = failures({"late": numbers(0, 70)})
    happy = [(str(n), f"c{n}", 5.0, f"{OPENINGS[n % 8]} the delayed parcel was lovely, my {OTHER[n % 8]} {n}", "en") for n in range(30, 70)]
    praise, rest = _scored(signals(happy), "rating", 5.0), _scored(signals([*late(30, 0), *chatter(200, 1_000)]), "problem", None)
    found = words_of(of, ibis.union(praise.mutate(row="p" + praise.row), rest), None)
    assert len(found["late"]) == 3
    assert not any("lovely" in one.text for one in found["late"])


def _scored(said: ir.Table, kind: str, value: float | None) -> ir.Table:
    """What was written, each of a kind, with a score of five."""
    of_five = {"value": value, "scale_low": 1.0, "scale_high": 5.0}
    return said.mutate(kind=ibis.literal(kind), **{name: ibis.literal(number, "float64") for name, number in of_five.items()})


def test_a_word_that_came_up_a_few_times_more_than_elsewhere_does_not_speak_of_the_failure() -> None:
    """Eight of 24 ask for a receipt, as do nine in a hundred of all: of a hundred words one comes up as often as that by chance."""

    def writing(first: int, count: int, word: str) -> list[Said]:
        return [
            (str(n), f"c{n}", 1.0, f"{word} {' '.join(_odd(5 * n + place) for place in range(5))}", "en")
            for n in range(first, first + count)
        ]

    of = failures({"checkout error": numbers(100, 24), "": numbers(1_000, 200)})
    rest = [*writing(1_000, 18, "receipt"), *(one for n in range(182) for one in writing(1_018 + n, 1, _odd(90_000 + n)))]
    others = [one for n in range(16) for one in writing(108 + n, 1, _odd(80_000 + n))]
    assert not words_of(of, signals([*writing(100, 8, "receipt"), *others, *rest]), None)
    assert words_of(of, signals([*writing(100, 24, "receipt"), *rest]), None)


def _odd(number: int) -> str:
    """A word nobody else writes."""
    letters = "bcdfghjklmnpqrstvwxz"
    return "".join(f"{letters[number // 20**place % 20]}{'aeiou'[place]}" for place in range(5))


FORMS = (
    "NOVIO: no violation found at the place",
    "VIOCOR: violation corrected by the owner",
    "ADCLSD: closed by the administration",
)


def test_a_form_that_stands_on_most_rows_leaves_a_place_for_the_others() -> None:
    said = [(str(n), f"c{n}", 1.0, FORMS[0 if n < 80 else 1 + n % 2], "en") for n in range(100)]
    found = words_of(failures({"inspection": numbers(0, 100)}), signals([*said, *chatter(300, 1_000)]), None)
    assert {one.text for one in found["inspection"]} == set(FORMS)


def test_texts_that_differ_by_a_word_are_one_and_quoted_once() -> None:
    """All refer the matter to somebody else: that is one text and no three."""
    agencies = ("DCR", "NStar", "Mass DoT", "MBTA")
    said = [
        (str(n), f"c{n}", 1.0, f"Case referred to external agency {agencies[n % 4]} jurisdiction. Details forwarded.", "en")
        for n in range(40)
    ]
    of, rest = failures({"late": numbers(0, 60)}), chatter(300, 1_000)
    assert not words_of(of, signals([*said, *rest]), None)
    others = [(str(n), f"c{n}", 1.0, f"{FORMS[n % 2]}, case referred to an agency", "en") for n in range(40, 60)]
    found = words_of(of, signals([*said, *others, *rest]), None)
    assert sum("external agency" in one.text for one in found["late"]) == 1


def test_of_how_many_failures_words_are_on_record() -> None:
    of = failures({"late": numbers(0, 30), "": numbers(50, 5)})
    said = [*late(4, 0), *late(2, 2), *late(3, 900)]  # two wrote twice, three of something else
    assert written_of(of, signals(said), None) == {"late": Written(30, 4, 4)}
    assert not Written(30, 4, 4).enough
    assert Written(30, 5, 5).enough
    assert written_of(of, None, None) == {"late": Written(30, 0, 0)}


def test_only_the_leading_sub_slice_of_an_issue_speaks_for_it() -> None:
    rows = ibis.memtable(
        {"issue": ["a", "a", "a", "b", None], "queue": ["complaints", "other", None, "other", "complaints"]},
        schema={"issue": "string", "queue": "string"},
    )
    speaks = led(rows.issue, {"queue": rows.queue}, {"a": {"queue": "complaints"}})
    assert rows.filter(speaks).to_pyarrow().to_pylist() == [
        {"issue": "a", "queue": "complaints"},
        {"issue": "b", "queue": "other"},  # of an issue without a leading sub-slice all do
    ]
