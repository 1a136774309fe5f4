"""The City of Boston's requests of July to December 2011. Their data are not part of the repository: without them these tests skip."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import troth
from troth.engine.issues.result import Issue

ROOT = Path(__file__).parents[2]
FILE = "requests_2011h2.csv.gz"
PLACES = (Path(os.environ.get("TROTH_BOSTON311", "")), ROOT.parent / "shared" / "data" / "boston311")
DATA = next((place for place in PLACES if (place / FILE).is_file()), None)

pytestmark = pytest.mark.skipif(DATA is None, reason=f"set TROTH_BOSTON311 to the folder that holds {FILE}")

STREET_LIGHTS = "PWDx_Street Light_Pending_Contractor (Internal)"
COMPLAINTS = "INFO_General Comments Complaints Compliments"
HOUSING = "ISD_Housing (INTERNAL)"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def boston(tmp_path_factory: pytest.TempPathFactory) -> troth.Study:
    """The example as of the end of January 2012."""
    folder = tmp_path_factory.mktemp("boston") / "boston311"
    shutil.copytree(ROOT / "examples" / "boston311", folder, ignore=shutil.ignore_patterns(".troth"))
    return troth.open(folder, DATA).run("2012-01-31", at=NOW).study


def test_a_request_without_a_target_date_counts_against_coverage(boston: troth.Study) -> None:
    requests, _ = boston.sources  # promises, and the words they were closed with
    assert (requests.read, requests.used) == (58_251, 47_267)
    assert dict(requests.set_aside) == {"no promise": 10_981, "due before made": 3}
    assert boston.manifest.coverage == {"done by the target date": (47_270, 58_251)}
    coverage = boston.integrity()[0].coverage
    assert coverage.value is not None
    assert round(coverage.value, 3) == 0.811


def test_each_department_has_a_coverage_of_its_own(boston: troth.Study) -> None:
    shares = {row.where["kept_by"]: row.coverage for row in boston.integrity("kept_by")}
    assert {name: round(100 * (shares[name].value or 0.0), 1) for name in ("ISD", "PARK", "INFO", "BWSC")} == {
        "ISD": 100.0,
        "PARK": 97.8,
        "INFO": 74.0,
        "BWSC": 50.7,
    }
    assert sum(share.n for share in shares.values()) == 58_251
    without = [row for row in boston.integrity("kept_by") if row.coverage.value == 0]
    assert without
    assert all(row.due == 0 and row.K.value is None for row in without)


def test_coverage_by_due_month_is_that_of_the_whole_record_and_by_month_made_its_own(boston: troth.Study) -> None:
    assert {row.coverage.value for row in boston.integrity("month")} == {boston.integrity()[0].coverage.value}
    assert "of the whole record" in boston.integrity("month")[0].coverage.method
    made = {f"{row.where['made_month']:%B}": round(100 * (row.coverage.value or 0.0), 1) for row in boston.integrity("made_month")}
    assert (made["October"], made["December"]) == (89.4, 65.6)


def test_what_the_city_flags_as_on_time_without_a_target_is_told_and_not_counted(boston: troth.Study) -> None:
    assert boston.sources[0].flagged_kept == 10_981
    assert boston.unpromised == (
        "10,981 requests bear no promise, yet the source “requests” flags all of them as kept (ontime = 'ONTIME').",
    )
    assert boston.unpromised[0] in boston.sources.notes


def test_where_there_is_a_target_the_city_and_its_dates_agree(boston: troth.Study) -> None:
    found = {row.flagged: (row.due, row.kept, row.broken) for row in boston.flags}
    (everything,) = boston.integrity()
    assert found["yes"][:2] == (everything.kept, everything.kept)
    assert found["no"][0] == found["no"][2]
    assert sum(due for due, _, _ in found.values()) == everything.due


def test_nobody_is_named_so_requests_are_counted(boston: troth.Study) -> None:
    (note,) = (note for note in boston.integrity().notes if "No customer is named" in note)
    assert note.endswith("requests are instead: 41,716 requests had a promise fall due.")


def test_the_readme_says_what_the_study_says_of_what_had_fallen_due(boston: troth.Study) -> None:
    (everything,) = boston.integrity()
    said = (ROOT / "examples" / "boston311" / "README.md").read_text(encoding="utf-8")
    assert f"{everything.due:,} had fallen due and {everything.K.value:.1%} of them were kept" in said
    assert f"Of the {boston.sources[0].used + 3:,}, three more" in said


def test_three_in_four_of_those_fallen_due_were_kept(boston: troth.Study) -> None:
    (everything,) = boston.integrity()
    assert everything.due == 41_719 - 3  # the three whose target lies before their opening are set aside
    assert everything.K.value is not None
    assert round(everything.K.value, 3) == 0.752
    assert everything.anonymous
    assert everything.customers == everything.due


def test_what_was_never_closed_is_broken_once_due(boston: troth.Study) -> None:
    open_and_due = boston.ledger.filter(lambda row: row.received_at.isnull() & row.in_cohort)
    verdicts = open_and_due.verdict.value_counts().to_pyarrow().to_pylist()
    assert [row["verdict"] for row in verdicts] == ["BROKEN"]


def delivery(boston: troth.Study, queue: str, month: date) -> float:
    """Broken promises per promise due that the delivery part explains, in one queue and month."""
    account = {row.where["made_month"]: row for row in boston.account(["made_month"], "cross-fitted", where={"queue": queue})}
    return account[month].delivery.value / account[month].due


def test_street_lights_worsen_from_july_to_september_and_housing_improves_to_october(boston: troth.Study) -> None:
    july, september, october = date(2011, 7, 1), date(2011, 9, 1), date(2011, 10, 1)
    assert delivery(boston, STREET_LIGHTS, july) < 0 < delivery(boston, STREET_LIGHTS, september)
    assert delivery(boston, HOUSING, october) < 0 < delivery(boston, HOUSING, july)


def test_half_a_year_is_short_and_the_account_says_which_rows_it_could_not_decompose(boston: troth.Study) -> None:
    (account,) = boston.account()
    assert sum(rows for rows, _ in account.undecomposed.values()) > 1_000
    assert any("record" in reason for reason in account.undecomposed)
    assert any("No charter" in note for note in boston.account().notes)


def issues_by_queue(boston: troth.Study) -> dict[str | None, Issue]:
    """Each of the first issues by the queue its rule names, or most of it is of."""
    return {
        value: one
        for one in list(boston.issues)[:10]
        if one.rank is not None
        for value in (one.rule.get("queue"), *(each.value for each in one.mostly if each.column == "queue"))
    }


def test_the_first_issues_name_the_street_light_contractor_queue_with_quotes_and_the_complaints_queue_without_words(
    boston: troth.Study,
) -> None:
    named = issues_by_queue(boston)
    lights, complaints = named[STREET_LIGHTS], named[COMPLAINTS]
    assert len(lights.words) == 3
    assert not any(words.named for words in lights.words)  # the city's own words: nobody is named
    assert complaints.words == ()  # what other queues of the department wrote says nothing of this one
    assert complaints.written_words == f"0 of 1,254 failures where queue is {COMPLAINTS} have words on record"


def test_inspections_are_quoted_by_three_forms_of_closing_though_most_rows_hold_one(boston: troth.Study) -> None:
    (inspections,) = (one for one in boston.issues if one.rule.get("kept_by") == "ISD")
    assert len({words.text.split(":")[0] for words in inspections.words}) == 3


def test_the_days_of_a_spell_lie_within_the_record(boston: troth.Study) -> None:
    spells = [one.spell for one in boston.issues if one.spell is not None]
    assert spells
    assert all(one.since >= date(2011, 7, 1) and (one.until is None or one.until <= date(2012, 1, 31)) for one in spells)
