"""journeys.toml: read as it stands, and refused with the key and the mend where it is not as it must be."""

from __future__ import annotations

from pathlib import Path

import ibis
import pytest

from tests.intake.projects import write
from troth.intake import Kind, check, read_folder
from troth.terms.errors import SettingError
from troth.terms.journeys import NOTHING_MAPPED, JourneyMap, MappedStep, Scenario

WALL = """\
follow = "customer"
step = "stage"
patience = "2 days 12 hours"
leave_out = ["club"]

[[steps]]
name = "visit"
next = ["visit", "order"]

[[steps]]
name = "search"
optional = true

[[steps]]
name = "order"
end = true

[[scenarios]]
name = "buy"
steps = ["visit", "order"]
within = "3 days"
stoppers = ["fault"]
"""


def written(tmp_path: Path, text: str) -> Path:
    folder = write(tmp_path)
    (folder / "journeys.toml").write_text(text)
    return folder


def test_a_journey_map_is_read_as_it_stands(tmp_path: Path) -> None:
    assert read_folder(written(tmp_path, WALL)).journeys == JourneyMap(
        follow="customer",
        step="stage",
        patience=2.5,
        leave_out=("club",),
        steps=(
            MappedStep("visit", next=("visit", "order")),
            MappedStep("search", optional=True),
            MappedStep("order", end=True),
        ),
        scenarios=(Scenario("buy", ("visit", "order"), 3.0, ("fault",)),),
    )


@pytest.mark.parametrize("text", [None, "", "# nothing yet\n"])
def test_a_project_without_one_maps_nothing(tmp_path: Path, text: str | None) -> None:
    folder = write(tmp_path)
    if text is not None:
        (folder / "journeys.toml").write_text(text)
    assert read_folder(folder).journeys == NOTHING_MAPPED


@pytest.mark.parametrize(
    ("text", "place", "what", "mend"),
    [
        ('folow = "subject"', "folow", "unknown", "did you mean “follow”?"),
        ('follow = "subjct"', "follow", "does not fit", "did you mean “subject”?"),
        ('step = "kinds"', "step", "does not fit", "did you mean “kind”?"),
        ('patience = "soon"', "patience", "does not fit", "patience:"),
        ("patience = -1", "patience", "nobody waits", "from 0 to"),
        ('leave_out = "club"', "leave_out", "list of texts", "leave_out:"),
        ('[steps]\nname = "a"', "steps", "does not fit", "write it as [[steps]]"),
        ("[[steps]]\noptional = true", "steps[1]", "“name” is missing", "add name"),
        ('[[steps]]\nname = "a"\n[[steps]]\nname = "a"', "steps[2].name", "on the map already", "stands in next"),
        ('[[steps]]\nname = "order"\nnext = ["ordr"]', "steps[1].next", "none of the steps", "did you mean “order”?"),
        ('leave_out = ["a"]\n[[steps]]\nname = "a"', "steps[1].name", "left out", "take it from leave_out"),
        ('[[scenarios]]\nname = "buy"\nsteps = ["order"]', "scenarios[1].steps", "no start and goal", "its start and its goal"),
        ('[[scenarios]]\nname = "buy"\nsteps = ["a", "b"]\nwithin = 0', "scenarios[1].within", "cannot take", "above 0"),
        ('[[scenarios]]\nname = "buy"\nsteps = ["a", "b"]\nstoppers = ["b"]', "scenarios[1].stoppers", "stop the show", "one of them"),
        (
            '[[scenarios]]\nname = "s"\nsteps = ["a", "b"]\n[[scenarios]]\nname = "s"\nsteps = ["a", "c"]',
            "scenarios[2].name",
            "there already",
            "another name",
        ),
        ('leave_out = ["b"]\n[[scenarios]]\nname = "s"\nsteps = ["a", "b"]', "scenarios[1].steps", "left out", "take it from leave_out"),
        ("".join(f'[[steps]]\nname = "{i}"\n' for i in range(61)), "steps", "61 steps", "at most 60"),
    ],
)
def test_a_wrong_key_is_named_with_its_mend(tmp_path: Path, text: str, place: str, what: str, mend: str) -> None:
    folder = written(tmp_path, text)
    with pytest.raises(SettingError) as caught:
        read_folder(folder)
    assert (caught.value.file, caught.value.place) == (str(folder / "journeys.toml"), place)
    assert what in caught.value.what
    assert mend in (caught.value.mend or "")
    assert caught.value.exit_code == 2


def test_a_check_tells_every_mistake_and_none_that_only_follows(tmp_path: Path) -> None:
    wrong = 'step = "kinds"\n[[steps]]\noptional = true\n[[steps]]\nname = "b"\nnext = ["a"]\n[[scenarios]]\nname = "s"\nsteps = ["a"]\n'
    folder = written(tmp_path, wrong)
    (folder / "orders.csv").write_text("id,customer,ordered,promised,delivered\n1,ana,2024-03-01,2024-03-05,2024-03-04\n")
    problems = [remark for remark in check(folder, ibis.duckdb.connect()) if remark.kind is Kind.PROBLEM]
    assert [remark.place for remark in problems] == ["step", "steps[1]", "scenarios[1].steps"]  # “a” may be the step without a name


def test_a_sound_one_is_no_problem(tmp_path: Path) -> None:
    folder = written(tmp_path, WALL)
    (folder / "orders.csv").write_text("id,customer,ordered,promised,delivered\n1,ana,2024-03-01,2024-03-05,2024-03-04\n")
    assert [remark for remark in check(folder, ibis.duckdb.connect()) if remark.kind is Kind.PROBLEM] == []
