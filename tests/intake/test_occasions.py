"""Occasions on which an unwanted event could take place: what was met, what was known before, and whose it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.intake.projects import taken, write
from troth.intake import Kind, check, read_folder
from troth.terms.errors import ProjectError
from troth.terms.vocabulary import Exposure, OccasionSpec

TRIALS = """\
id,customer,began,cancelled,question,answered,crashes,fee,tier
1,ana,2024-03-01,2024-03-20,2024-03-02,,2,19.9,gold
2,ben,2024-03-01,,2024-03-02,2024-03-03,0,19.9,
3,chi,soon,,,,,,silver
"""
MAPPING = """\
read = "trials.csv"
id = "id"

[[occasions]]
question = "cancelled the trial"
at = "began"
customer = "customer"
subject = "id"
event_at = "cancelled"
settled_after = "30 days"
covariates = { tier = "tier", fee = "cast(fee as double)" }
placebo = { asked = "question is not null" }

[occasions.exposures]
unanswered = { when = "question is not null and answered is null", area = "Service", means = "a question was never answered" }
crashed = "crashes > 0"
"""


def test_an_occasion_tells_what_was_met_and_what_was_known_before(tmp_path: Path) -> None:
    one = taken(write(tmp_path, MAPPING, files={"trials.csv": TRIALS}, name="trials"))

    ((spec, table),) = one.intake.occasions
    assert spec == OccasionSpec(
        "cancelled the trial",
        "trials",
        exposures=(Exposure("unanswered", "Service", "a question was never answered"), Exposure("crashed")),
        covariates=("tier", "fee"),
        placebo=("asked",),
        settled_after=30.0,
    )
    assert one.rows("row", "question", "customer", "unanswered", "crashed", "asked", "tier", "fee", table=table) == [
        ("1", "cancelled the trial", "ana", True, True, True, "gold", 19.9),
        ("2", "cancelled the trial", "ben", False, False, True, None, 19.9),
    ]
    assert one.reasons == {"bad date": 1}


QUESTION = 'question = "cancelled the trial"'


@pytest.mark.parametrize(
    ("before", "after", "place", "mend"),
    [
        ('event_at = "cancelled"\n', "", "occasions[1].event", "add event ="),
        (
            '{ when = "question is not null and answered is null", area',
            '{ whn = "answered is null", area',
            "exposures.unanswered.whn",
            "when",
        ),
        ('"crashes > 0"', "3", "occasions[1].exposures.crashed", "write crashed ="),
        (QUESTION, 'question = "canceled the trial"', "occasions[1].question", "cancelled the trial"),
        (QUESTION, 'question = "browsed and did not buy"', "occasions[1].intent", "intent ="),
        ("placebo = { asked", "placebo = { crashed", "occasions[1].placebo.crashed", "another name"),
        ("placebo = { asked", "placebo = { event", "occasions[1].placebo.event", "another name"),
        ('settled_after = "30 days"', 'settled_after = "a while"', "occasions[1].settled_after", "settled_after"),
    ],
)
def test_what_is_wrong_with_a_question_is_told_with_its_place_and_mend(
    tmp_path: Path, before: str, after: str, place: str, mend: str
) -> None:
    assert before in MAPPING
    folder = write(tmp_path, MAPPING.replace(before, after), files={"trials.csv": TRIALS}, name="trials")
    with pytest.raises(ProjectError) as told:
        read_folder(folder)
    assert place in str(told.value.place)
    assert mend in str(told.value.mend)


def test_a_dimension_of_an_interaction_has_a_name_of_its_own(tmp_path: Path) -> None:
    mapping = 'read = "trials.csv"\nid = "id"\n[[interactions]]\nkind = "\'trial\'"\nat = "began"\ndimensions = { failed = "crashes" }\n'
    with pytest.raises(ProjectError, match="“failed” is a column of interactions already"):
        taken(write(tmp_path, mapping, files={"trials.csv": TRIALS}, name="trials"))


def test_an_exposure_belongs_to_an_area_of_the_charter(tmp_path: Path) -> None:
    charter = '[[areas]]\nname = "Care"\naspect = "service"\n'
    folder = write(tmp_path, MAPPING, files={"trials.csv": TRIALS}, name="trials", charter=charter)
    with pytest.raises(ProjectError, match="“Service” is none of the areas") as told:
        read_folder(folder)
    assert told.value.place == "occasions[1].exposures.unanswered.area"


def test_one_question_has_one_table_of_occasions(tmp_path: Path) -> None:
    folder = write(tmp_path, MAPPING + MAPPING.partition("\n\n")[2], files={"trials.csv": TRIALS}, name="trials")
    with pytest.raises(ProjectError, match="has its occasions already"):
        read_folder(folder)


def test_a_check_tells_what_an_exposure_cannot_compute(tmp_path: Path) -> None:
    import ibis

    folder = write(tmp_path, MAPPING.replace("crashes > 0", "crashs > 0"), files={"trials.csv": TRIALS}, name="trials")
    problems = [remark for remark in check(folder, ibis.duckdb.connect()) if remark.kind is Kind.PROBLEM]
    assert [remark.place for remark in problems] == ["occasions[1].exposures.crashed"] or "crashs" in str(problems[0])
