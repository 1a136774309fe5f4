"""Project folders: every key is known, of the right type and in its place, or the error names file, key and mend."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.intake.projects import ORDERS, orders, write
from troth.intake import SETTINGS, read_folder
from troth.intake.durations import days, minutes
from troth.intake.mapped import CONTRACTS
from troth.intake.settings import MAPPINGS, Gives, Takes, keys_of
from troth.intake.sources import read_source
from troth.terms.charter import Charter, Line
from troth.terms.errors import ExpressionError, MissingFileError, ProjectError, SettingError, TrothError
from troth.terms.vocabulary import Aspect, Direction, PromiseType

CHARTER = """\
stages = ["order", "fulfilment"]
[[parties]]
title = "Chief service officer"
aspect = "service"
[[areas]]
name = "Fulfilment"
aspect = "operating"
[[touchpoints]]
name = "checkout"
channel = "web"
area = "Fulfilment"
[[lines]]
stage = "fulfilment"
promise = "delivery date"
standard = "8 days"
grace = "36 hours"
keep_target = 0.9
"""


def test_a_folder_is_read_without_touching_data(tmp_path: Path) -> None:
    folder = read_folder(write(tmp_path, settings='timezone = "Europe/Madrid"\ncurrency = "EUR"\ndata = "in"\n', charter=CHARTER))

    assert (folder.settings.name, folder.settings.timezone, folder.settings.currency) == ("Test", "Europe/Madrid", "EUR")
    assert folder.settings.engine == "duckdb://"
    assert folder.settings.data == (tmp_path / "in").resolve()
    assert folder.charter.lines == (Line(stage="fulfilment", promise="delivery date", standard=8.0, grace=1.5, keep_target=0.9),)
    assert folder.charter.aspect_of("Fulfilment") is Aspect.OPERATING
    (source,) = folder.sources
    (mapping,) = source.mappings
    assert (source.name, source.read, mapping.label) == ("orders", "orders.csv", "promises “delivery date”")
    assert (mapping.type, mapping.direction, mapping.unit) == (PromiseType.DEADLINE, Direction.MIN, "days")


def test_a_folder_without_a_charter_has_an_empty_one(tmp_path: Path) -> None:
    assert read_folder(write(tmp_path)).charter == Charter()


@pytest.mark.parametrize(
    ("file", "text", "place", "what", "mend"),
    [
        ("troth.toml", 'nam = "x"', "nam", "unknown", "did you mean “name”?"),
        ("troth.toml", 'currency = "EUR"', None, "“name” is missing", "add name"),
        ("troth.toml", "name = 7", "name", "7 does not fit: this key takes text", "name:"),
        ("troth.toml", 'name = "x"\ntimezone = "Europe/Lodnon"', "timezone", "no time zone", "did you mean “Europe/London”?"),
        ("troth.toml", 'name = "x"\ncurrency = "euro"', "currency", "no currency code", "three capitals"),
        ("charter.toml", '[[area]]\nname = "x"', "area", "unknown", "did you mean “areas”?"),
        ("charter.toml", '[areas]\nname = "x"', "areas", "does not fit", "write it as [[areas]]"),
        ("charter.toml", '[[areas]]\nname = "x"\naspect = "brnad"', "areas[1].aspect", "does not fit", "did you mean “brand”?"),
        ("charter.toml", '[[areas]]\naspect = "brand"', "areas[1]", "“name” is missing", "add name"),
        ("charter.toml", "[[lines]]\nkeep_target = 90", "lines[1].keep_target", "is no share", "between 0 and 1"),
        ("charter.toml", '[[lines]]\n[[lines]]\nstandard = "soon"', "lines[2].standard", "does not fit", "standard:"),
        (
            "charter.toml",
            'stages = ["order"]\n[[lines]]\nstage = "orders"',
            "lines[1].stage",
            "none of the stages",
            "did you mean “order”?",
        ),
        (
            "charter.toml",
            '[[areas]]\nname = "A"\naspect = "brand"\n[[touchpoints]]\nname = "t"\narea = "B"',
            "touchpoints[1].area",
            "none of the areas",
            "A",
        ),
        ("sources/orders.toml", ORDERS + "[[promise]]\n", "promise", "unknown", "did you mean “promises”?"),
        ("sources/orders.toml", ORDERS + 'madeby = "x"\n', "promises[1].madeby", "unknown", "did you mean “made_by”?"),
        ("sources/orders.toml", ORDERS.replace('"deadline"', '"dedline"'), "promises[1].type", "does not fit", "did you mean “deadline”?"),
        ("sources/orders.toml", ORDERS.replace('made_at = "ordered"\n', ""), "promises[1]", "“made_at” is missing", "add made_at"),
        ("sources/orders.toml", ORDERS.replace('due = "promised"\n', ""), "promises[1].due", "needs to say when it is due", "add due"),
        ("sources/orders.toml", ORDERS.replace('"deadline"', '"price"'), "promises[1].promised", "needs its level", "promised"),
        ("sources/orders.toml", ORDERS.replace('"deadline"', '"window"'), "promises[1].window_start", "a window needs", "opens"),
        ("sources/orders.toml", ORDERS.replace('"promised"', '""'), "promises[1].due", "does not fit", "due:"),
        ("sources/orders.toml", ORDERS.replace('"promised"', '"promised +"'), "promises[1].due", "does not parse", "one SQL expression"),
        ("sources/orders.toml", ORDERS + "tolerance = true\n", "promises[1].tolerance", "does not fit", "tolerance:"),
        ("sources/orders.toml", ORDERS + "stages = { packed = 3 }\n", "promises[1].stages.packed", "needs the moment", "packed ="),
        (
            "sources/orders.toml",
            ORDERS + 'stages = { packed = { at = "x", are = "W" } }\n',
            "promises[1].stages.packed.are",
            "unknown",
            "“area”",
        ),
        ("sources/orders.toml", ORDERS + "context = [1]\n", "promises[1].context", "does not fit", "context:"),
        ("sources/orders.toml", 'read = "orders.csv"\n', None, "nothing of what its rows are", "[[promises]]"),
        ("sources/orders.toml", ORDERS.replace('read = "orders.csv"\n', ""), "read", "either read or connection", "read ="),
        (
            "sources/orders.toml",
            ORDERS + '[[receipts]]\nname = "delivry date"\nsubject = "id"\n',
            "receipts[1].name",
            "no source makes",
            "delivery date",
        ),
        (
            "sources/orders.toml",
            ORDERS + ORDERS.partition("\n")[2].partition("\n")[2],
            "promises[2].name",
            "defined already",
            "another name",
        ),
        ("sources/orders.toml", '[[signals]]\nkind = "rating"\nat = "x"\nscale = [1]\n', "signals[1].scale", "does not fit", "scale:"),
    ],
    ids=lambda text: (text or "none").replace("\n", " ")[-32:],
)
def test_a_wrong_key_is_named_with_its_mend(tmp_path: Path, file: str, text: str, place: str | None, what: str, mend: str) -> None:
    write(tmp_path, charter=CHARTER)
    if text.startswith("[[signals]]"):
        text = 'read = "orders.csv"\n' + text
    (tmp_path / file).write_text(text)

    with pytest.raises((SettingError, ExpressionError)) as caught:
        read_folder(tmp_path)
    error = caught.value
    assert (error.file, error.place) == (str(tmp_path / file), place)
    assert what in error.what
    assert mend in (error.mend or "")
    assert error.exit_code == 2


@pytest.mark.parametrize(
    ("file", "content"),
    [("troth.toml", b"name = "), ("troth.toml", b'name = "\xff"'), ("charter.toml", b"[["), ("sources/orders.toml", b"read = [" * 5000)],
    ids=["cut off", "not UTF-8", "open bracket", "nested too deeply"],
)
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, file: str, content: bytes) -> None:
    write(tmp_path)
    (tmp_path / file).write_bytes(content)

    with pytest.raises(ProjectError) as caught:
        read_folder(tmp_path)
    assert caught.value.file == str(tmp_path / file)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="no such project folder"):
        read_folder(tmp_path / "none")
    with pytest.raises(MissingFileError, match=r"troth\.toml is missing"):
        read_folder(tmp_path)
    (tmp_path / "troth.toml").write_text('name = "x"')
    with pytest.raises(MissingFileError, match="has no sources"):
        read_folder(tmp_path)


def test_a_column_of_the_ledger_cannot_mean_two_things(tmp_path: Path) -> None:
    csv = "id,customer,ordered,promised,delivered,type,kept_by\n1,ana,2024-03-01,2024-03-05,,gift,Ana\n"

    with pytest.raises(SettingError, match="“type” is a column of the ledger already") as caught:
        orders(tmp_path / "a", csv, ORDERS + 'context = ["type"]\n')
    assert 'orders_type = "type"' in (caught.value.mend or "")
    with pytest.raises(SettingError, match="“verdict”"):
        orders(tmp_path / "b", csv, ORDERS + 'context = { verdict = "type" }\n')
    named = orders(
        tmp_path / "c",
        csv,
        ORDERS + 'kept_by = "kept_by"\ncontext = { gift = "type", late = "hour(cast(ordered as timestamp))" }\ndimensions = ["kept_by"]\n',
    )
    assert named.rows("gift", "late", "kept_by") == [("gift", "0", "Ana")]
    assert named.intake.specs[0].context == ("gift", "late")


def test_everything_a_mapping_can_say_reaches_the_ledger(tmp_path: Path) -> None:
    csv = "id,customer,ordered,promised,delivered,packed,status\n"
    csv += "1,ana,2024-03-01,2024-03-05,,2024-03-02 10:00,lost\n2,ben,2024-03-01,2024-03-05,,,open\n"
    source = (
        ORDERS
        + """\
tolerance = 0.5
strength = "contract"
evidence = "third party"
quantifier = "case when status = 'open' then 'at_most' else 'exact' end"
final = "status <> 'open'"
broken_when = "status = 'lost'"
void_when = "status = 'void'"
void_reason = "'customer'"
value = 12
stages = { packed = { at = "packed", area = "Warehouse" } }
"""
    )
    one = orders(tmp_path, csv, source)

    columns = ("tolerance", "strength", "evidence", "quantifier", "final", "broken", "void", "void_reason", "value")
    assert one.rows(*columns) == [
        (0.5, "contract", "third party", "exact", True, True, False, "customer", 12.0),
        (0.5, "contract", "third party", "at_most", False, False, False, "customer", 12.0),
    ]
    (spec,) = one.intake.specs
    assert [(stage.name, stage.area, stage.column) for stage in spec.stages] == [("packed", "Warehouse", "reached_packed")]
    assert spec.has == {"broken", "void", "value"}
    assert [str(value) for value in one.column("reached_packed")] == ["2024-03-02 10:00:00", "None"]


def test_a_word_that_is_none_of_the_words_is_set_aside(tmp_path: Path) -> None:
    csv = "id,customer,ordered,promised,delivered\n1,ana,2024-03-01,2024-03-05,\n"

    assert orders(tmp_path, csv, ORDERS + 'strength = "customer"\n').aside("column", "value", "reason") == [
        ("customer", "ana", "unknown word")
    ]


@pytest.mark.parametrize(
    ("words", "length"),
    [("8 days", 8), ("1 day 12 hours", 1.5), ("15 minutes", 15 / 1440), ("2h", 2 / 24), ("1 week", 7), ("90 s", 90 / 86400), ("0 days", 0)],
)
def test_durations_in_words(words: str, length: float) -> None:
    assert days(words) == pytest.approx(length, abs=1e-12)
    assert minutes(words) == pytest.approx(length * 1440, abs=1e-9)


@pytest.mark.parametrize("words", ["", "days", "8", "8 months", "-1 day", "order_days", "1 day off", "1,5 days"])
def test_words_that_are_no_duration(words: str) -> None:
    assert days(words) is None


# The table of settings


def test_every_setting_is_described_once() -> None:
    assert len({(setting.table, setting.name) for setting in SETTINGS}) == len(SETTINGS)
    for setting in SETTINGS:
        assert setting.help
        assert setting.help[0].islower() or setting.help[0].isdigit() or setting.help.split()[0].isupper()
        assert bool(setting.words) == (setting.takes in {Takes.WORD, Takes.SQL_OR_WORD})
        assert setting.default is None or not setting.words or setting.default in setting.words


@pytest.mark.parametrize("kind", MAPPINGS)
def test_every_setting_of_a_mapping_fills_a_column_and_every_column_can_be_filled(kind: str) -> None:
    columns = {column.name: column for column in CONTRACTS[kind]}
    fills = {setting.fills for setting in keys_of(MAPPINGS[kind]).values()}
    given_by_troth = {"source", "row", "scale_low", "scale_high"}

    assert fills - columns.keys() == {"where"} | {
        "promises": {"stages", "context", "dimensions", "flagged_kept", "each", "each_plural"},
        "signals": {"scale"},
        "interactions": {"dimensions"},
        "costs": {"currency"},
        "occasions": {"stage", "means", "exposures", "covariates", "placebo", "settled_after"},
        "readings": {"comparable", "outcomes"},
    }.get(kind, set())
    assert columns.keys() - fills - given_by_troth == set()
    for setting in keys_of(MAPPINGS[kind]).values():
        column = columns.get(setting.fills)
        if column is not None and setting.default is not None:
            assert setting.default == column.default
        if column is not None and setting.gives in {Gives.MOMENT, Gives.LAST_MOMENT}:
            assert column.type == "timestamp(6)"


# Fuzz

WORDS = st.sampled_from(
    [setting.name for setting in SETTINGS] + ["deadline", "window", "8 days", "ordered", "1 + 1", "'x'", "(", "select 1", "名前", ""]
)
VALUES = st.recursive(
    st.one_of(WORDS, st.text(max_size=8), st.integers(), st.floats(), st.booleans(), st.none(), st.dates()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=4)),
    max_leaves=12,
)


@given(raw=st.dictionaries(st.one_of(WORDS, st.sampled_from(list(MAPPINGS))), VALUES, max_size=6))
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_any_toml_is_a_source_or_a_clear_error(raw: dict[str, object]) -> None:
    try:
        read_source(raw, Path("sources/any.toml"), timezone="UTC", currency="EUR")
    except ProjectError as error:
        assert error.file == "sources/any.toml"
        assert error.mend is None or error.mend.strip()


@given(values=st.dictionaries(st.sampled_from(sorted(keys_of("[[promises]]"))), st.one_of(WORDS, VALUES), max_size=8))
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_any_promise_is_a_mapping_or_a_clear_error(values: dict[str, object]) -> None:
    sound = tomllib.loads(ORDERS)
    sound["promises"][0] |= values
    try:
        read_source(sound, Path("sources/any.toml"), timezone="UTC", currency="EUR")
    except ProjectError as error:
        assert (error.place or "").startswith("promises[1]")


@given(content=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_folder_or_a_clear_error(tmp_path: Path, content: bytes) -> None:
    write(tmp_path)
    for file in ("troth.toml", "charter.toml"):
        (tmp_path / file).write_bytes(content)
        with suppress(TrothError):
            read_folder(tmp_path)
        (tmp_path / file).write_text('name = "Test"\n' if file == "troth.toml" else "")
