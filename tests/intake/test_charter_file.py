"""A charter written as charter.toml reads as the same charter again, whatever stands in it."""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contracts.source_tree import ROOT
from troth.intake.agreement import read_charter, write_charter
from troth.terms.charter import KEYS, PRIORITIES, RULINGS, Area, Charter, Line, Objection, Party, Signature, Touchpoint
from troth.terms.errors import SettingError, UnknownNameError
from troth.terms.vocabulary import Aspect, Direction

FILE = Path("charter.toml")

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(str.strip)
maybe = st.none() | words
days = st.dates(date(1990, 1, 1), date(2100, 1, 1))
numbers = st.none() | st.floats(-1e9, 1e9)
shares = st.floats(0.001, 0.999)
aspects = st.sampled_from(Aspect)


@st.composite
def charters(draw: st.DrawFn) -> Charter:
    stages = tuple(draw(st.lists(words, max_size=3)))
    titles = draw(st.lists(words, min_size=1, max_size=3, unique=True))
    areas = tuple(Area(name, draw(aspects)) for name in draw(st.lists(words, max_size=3)))
    area = st.none() | (st.sampled_from([one.name for one in areas]) if areas else words)
    stage = st.none() | (st.sampled_from(stages) if stages else words)
    cells = {key: stage if key == "stage" else maybe for key in KEYS}
    line = st.builds(
        Line,
        **cells,
        standard=numbers,
        unit=maybe,
        direction=st.none() | st.sampled_from(Direction),
        keep_target=st.none() | shares,
        tolerance=numbers,
        grace=numbers,
        importance=st.floats(0, 100),
        up_to_share=shares,
        fee_scale=numbers,
        may_promise=st.booleans(),
        lead=maybe,
        priority=st.none() | st.sampled_from(PRIORITIES),
        reason=maybe,
        cost_limit=numbers,
        aspiration=maybe,
        version=st.none(),
        made_from=st.none(),
        made_before=st.none(),
    )
    settled = draw(st.booleans())
    objection = st.builds(
        Objection,
        party=st.sampled_from(titles),
        reason=words,
        on=days,
        **dict.fromkeys(KEYS, maybe),
        ruling=st.sampled_from(RULINGS) if settled else st.none(),
        ruled_by=words if settled else st.none(),
        ruled_on=days if settled else st.none(),
        ruling_reason=maybe if settled else st.none(),
    )
    return Charter(
        stages=stages,
        parties=tuple(Party(title, draw(aspects), draw(st.booleans())) for title in titles),
        areas=areas,
        touchpoints=tuple(draw(st.lists(st.builds(Touchpoint, name=words, channel=maybe, area=area), max_size=3))),
        lines=tuple(draw(st.lists(line, max_size=4))),
        version=draw(words),
        effective_from=draw(st.none() | days),
        promises_since=draw(st.none() | days),
        tie_break=draw(maybe),
        signatures=tuple(draw(st.lists(st.builds(Signature, party=st.sampled_from(titles), digest=words, on=days, by=maybe), max_size=3))),
        objections=tuple(draw(st.lists(objection, max_size=2))),
    )


def reread(charter: Charter) -> Charter:
    return read_charter(tomllib.loads(write_charter(charter)), FILE)


@given(charters())
def test_what_is_written_reads_as_the_same_charter(charter: Charter) -> None:
    assert reread(charter) == charter


@pytest.mark.parametrize("file", sorted((ROOT / "examples").glob("*/charter.toml")), ids=lambda file: file.parent.name)
def test_the_charters_of_the_examples_survive(file: Path) -> None:
    read = read_charter(tomllib.loads(file.read_text(encoding="utf-8")), file)
    assert read.parties
    assert reread(read) == read


def test_an_empty_charter_keeps_its_name() -> None:
    assert reread(Charter()) == Charter()


def test_keys_that_say_nothing_new_are_not_written() -> None:
    text = write_charter(Charter(version="2", lines=(Line(promise="delivery date", standard=8.0),)))
    assert text == 'version = "2"\n\n[[lines]]\npromise = "delivery date"\nstandard = 8.0\n'


def test_the_lines_of_several_versions_are_no_file() -> None:
    with pytest.raises(ValueError, match="one version"):
        write_charter(Charter(lines=(Line(made_before=datetime(2024, 1, 1)),)))


PARTY = '[[parties]]\ntitle = "Service officer"\naspect = "service"\n'


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('effective_from = "2024-01-01"', "effective_from"),
        (PARTY + '[[signatures]]\nparty = "Nobody"\ndigest = "0"\non = 2024-01-01', "signatures[1].party"),
        (PARTY + '[[signatures]]\nparty = "Service officer"\ndigest = "0"', "signatures[1]"),
        (PARTY + '[[objections]]\nparty = "Service officer"\nreason = "no"\non = 2024-01-01\nruling = "upheld"', "objections[1].ruling"),
        ('[[lines]]\ndirection = "up"', "lines[1].direction"),
        ("[[lines]]\nmade_from = 2024-01-01", "lines[1].made_from"),
    ],
)
def test_a_wrong_key_is_refused_with_its_place(text: str, place: str) -> None:
    with pytest.raises((SettingError, UnknownNameError)) as refused:
        read_charter(tomllib.loads(text), FILE)
    assert refused.value.place == place
    assert refused.value.mend
