"""The execution chasm: what lies beyond the grants of whoever leads, as domain.md e7 says, on the fixture of i.5."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

import troth
from tests.engine.purview import oracle
from troth.engine.purview.readings import BY_INFLUENCE, CANNOT_EXECUTE, CHECK_CARING, NO_ASKS, SHARED, reading
from troth.terms.errors import RequestError
from troth.terms.roles import Grant, Purview, Role

ISSUES: list[dict[str, Any]] = [
    {"issue": "I1", "money": 640, "areas": {"Marketing": 0.84, "Fulfilment": 0.16}},
    {"issue": "I2", "money": 410, "areas": {"Fulfilment": 0.55, "IT": 0.30, "Marketing": 0.15}},
    {"issue": "I3", "money": 300, "areas": {"Service": 0.35, "IT": 0.55, "Fulfilment": 0.10}},
    {"issue": "I4", "money": 250, "areas": {"Finance": 0.70, "Service": 0.20, "IT": 0.10}},
    {"issue": "I5", "money": 180, "areas": {"Marketing": 0.60, "Product": 0.40}},
]
GRANTS: list[dict[str, Any]] = [
    {"role": "service officer", "area": "Service", "decide": True},
    {"role": "marketing officer", "area": "Marketing", "decide": True},
    {"role": "head of fulfilment", "area": "Fulfilment", "decide": True},
    {"role": "head of operations", "area": "Service", "decide": True},
    {"role": "head of operations", "area": "Fulfilment", "decide": True},
    {"role": "head of operations", "area": "IT", "decide": True},
    {"role": "head of operations", "area": "Finance", "decide": True, "spend_limit": 20},
]
FIXES = [{"area": "Finance", "cost": 40}]
STRUCTURES = {
    "service-led": ["service officer"],
    "marketing-led": ["marketing officer"],
    "both officers": ["service officer", "marketing officer"],
    "both + fulfilment": ["service officer", "marketing officer", "head of fulfilment"],
    "operations-led": ["head of operations"],
}


@pytest.fixture(scope="module")
def found() -> troth.Chasm:
    return troth.chasm(ISSUES, GRANTS, structures=STRUCTURES, fixes=FIXES, actual=STRUCTURES["both officers"])


def test_the_worked_example_comes_out_to_the_tenth_of_a_point(found: troth.Chasm) -> None:
    told = {name: f"{share:.1%}" for name, share in found.shares.items() if share is not None}
    assert told == {
        "service-led": "91.3%",
        "marketing-led": "60.3%",
        "both officers": "51.6%",
        "both + fulfilment": "31.5%",
        "operations-led": "48.7%",
    }


def test_it_is_what_loops_over_issues_areas_and_grants_find(found: troth.Chasm) -> None:
    for name, titles in STRUCTURES.items():
        assert found.shares[name] == pytest.approx(oracle.chasm(ISSUES, GRANTS, titles, {"Finance": {"cost": 40}}), abs=1e-12)


def test_areas_hold_what_the_fixture_says(found: troth.Chasm) -> None:
    held = {row.where["area"]: round(row.at_risk.value or 0) for row in found.closing("service-led")}
    assert held == {"Marketing": 707, "Fulfilment": 358, "IT": 313, "Finance": 175, "Service": 155, "Product": 72}
    assert found.at_risk.value == 1780


def test_the_list_that_closes_it_is_ordered_by_uncovered_money_and_each_item_closes_its_share(found: troth.Chasm) -> None:
    closing = found.closing()  # of the actual one
    assert [row.where["area"] for row in closing if row.missing] == ["Fulfilment", "IT", "Finance", "Product"]
    whole = found.structure("both officers").chasm.value
    assert whole is not None
    assert closing[0].chasm_after == pytest.approx(whole - 357.9 / 1780, abs=1e-12)
    after = troth.chasm(ISSUES, [*GRANTS, {"role": "service officer", "area": "Fulfilment", "decide": True}], structures=STRUCTURES)
    assert after.shares["both officers"] == pytest.approx(closing[0].chasm_after, abs=1e-12)
    assert closing[len(closing) - 1].chasm_after == 0


def test_each_area_names_the_instrument_that_is_missing() -> None:
    grants = [
        {"role": "lead", "area": "Marketing", "decide": True, "spend_limit": 30, "capacity": 100},
        {"role": "lead", "area": "Fulfilment", "decide": True, "spend_limit": 90, "capacity": 5},
        {"role": "lead", "area": "IT", "decide": False, "spend_limit": 90, "capacity": 100},
        {"role": "lead", "area": "Service", "decide": True},
    ]
    fixes = [{"area": area, "cost": 60, "hours": 20} for area in ("Marketing", "Fulfilment", "IT", "Service", "Finance")]
    rows = {row.where["area"]: row for row in troth.chasm(ISSUES, grants, fixes=fixes).closing("lead")}
    assert (rows["Marketing"].missing, rows["Marketing"].auth, rows["Marketing"].short_money) == (("money",), 0.5, 30)
    assert (rows["Fulfilment"].missing, rows["Fulfilment"].auth, rows["Fulfilment"].short_hours) == (("capacity",), 0.25, 15)
    assert rows["IT"].missing == ("decision right",)
    assert rows["Service"].missing == ()
    assert (rows["Finance"].missing, rows["Finance"].short_money) == (("decision right", "money", "capacity"), 60)
    assert rows["Product"].missing == ("decision right",), "what a fix there takes is not on record"


def test_moving_a_role_without_moving_its_grants_changes_nothing() -> None:
    def lead(sits_in: str, reports_to: str) -> troth.Chasm:
        grants = (Grant(("Marketing", "IT"), decide=True),)
        role = Role("lead", grants, aspect="brand", leads=True, sits_in=sits_in, reports_to=reports_to)
        return troth.chasm(ISSUES, Purview((role, Role("head", (Grant(("Service",), decide=True),), aspect="service"))))

    assert lead("Marketing", "head of marketing") == lead("Fulfilment", "chief executive")


def test_a_title_gives_no_authority() -> None:
    grants = [{"role": "chief of everything", "area": "Marketing", "decide": False}]
    assert troth.chasm(ISSUES, grants).shares == {"chief of everything": 1.0}


def test_what_no_area_is_named_for_is_covered_by_nobody() -> None:
    issues = [{"issue": "I1", "money": 100, "areas": {"Service": 0.6, "unknown": 0.4}}]
    found = troth.chasm(issues, [{"role": "lead", "area": "Service", "decide": True}, {"role": "lead", "area": "unknown", "decide": True}])
    assert found.shares == {"lead": pytest.approx(0.4)}
    assert found.unknown == pytest.approx(0.4)
    (unknown,) = (row for row in found.closing() if row.where["area"] == "unknown")
    assert unknown.missing == ("root cause",)
    assert unknown.chasm_after == pytest.approx(0.4), "no grant closes it"
    assert any("40% lies in no area that is known" in note for note in found.notes)


def test_what_no_grant_closes_stands_behind_what_one_would_however_large_it_is() -> None:
    issues = [{"issue": "I1", "money": 100, "areas": {"unknown": 0.7, "IT": 0.2, "Service": 0.1}}]
    closing = troth.chasm(issues, [{"role": "lead", "area": "Service", "decide": True}]).closing()
    assert [row.where["area"] for row in closing] == ["IT", "unknown", "Service"]


def test_issues_without_money_are_left_out_and_told_of_never_counted_as_nothing() -> None:
    issues = [{**issue, "failures": 10} for issue in ISSUES] + [{"issue": "I6", "money": None, "areas": {"Partners": 1.0}, "failures": 50}]
    found = troth.chasm(issues, GRANTS, structures=STRUCTURES)
    assert found.shares["service-led"] == pytest.approx(0.9129, abs=1e-4)
    assert found.left_out == 1
    assert found.outside == (found.notes[0],)
    assert "1 issue has no money on record, with 50% of the failures: left out, and in no number here." in found.notes
    assert "Partners" not in {row.where["area"] for row in found.areas}


def test_where_no_issue_has_money_nothing_is_told_and_it_says_why() -> None:
    found = troth.chasm([{**issue, "money": None} for issue in ISSUES], GRANTS, structures=STRUCTURES)
    assert (len(found), found.reason) == (0, "Cannot tell: no issue has money on record: nothing can be weighed.")
    assert found.reason in repr(found)
    assert troth.chasm([], GRANTS).reason == "Cannot tell: there are no issues to weigh."
    assert troth.chasm([{**ISSUES[0], "money": 0}], GRANTS).reason == "Cannot tell: no issue weighs anything."


def test_issues_may_weigh_by_something_else() -> None:
    issues = [{"issue": "I1", "failures": 30, "areas": {"Service": 1.0}}, {"issue": "I2", "failures": 70, "areas": {"IT": 1.0}}]
    found = troth.chasm(issues, GRANTS, structures={"service": "service officer"}, money="failures", unit="failures")
    assert found.shares == {"service": pytest.approx(0.7)}


def test_the_range_is_what_the_corners_of_all_ranges_give() -> None:
    issues = [{**issue, "money.low": issue["money"] * 0.5, "money.high": issue["money"] * 1.4} for issue in ISSUES]
    found = troth.chasm(issues, GRANTS, structures=STRUCTURES, fixes=[])
    for name, titles in STRUCTURES.items():
        figure = found.structure(name).chasm
        assert (figure.low, figure.high) == pytest.approx(oracle.corners(issues, GRANTS, titles), abs=1e-12)
    uncovered = found.structure("service-led").uncovered
    assert (uncovered.low, uncovered.high) == pytest.approx((1625 * 0.5, 1625 * 1.4))


def test_without_ranges_there_is_no_interval_that_would_look_certain(found: troth.Chasm) -> None:
    figure = found.structure("both officers").chasm
    assert (figure.low, figure.high, figure.n) == (None, None, 5)


def test_a_grant_holds_from_its_first_day_to_its_last() -> None:
    grants = [{"role": "lead", "area": "Marketing", "decide": True, "since": "2024-03-01", "until": "2024-06-30"}]
    told = {day: troth.chasm(ISSUES, grants, as_of=day).shares["lead"] for day in ("2024-02-29", "2024-03-01", "2024-06-30", "2024-07-01")}
    assert [share == 1.0 for share in told.values()] == [True, False, False, True]
    with pytest.raises(RequestError, match="depends on the day") as error:
        troth.chasm(ISSUES, grants)
    assert (error.value.place, error.value.mend) == ("as_of", "give as_of=.")


def test_limits_of_two_grants_do_not_add_up_and_the_better_one_counts() -> None:
    grants = [{"role": role, "area": "Marketing", "decide": True, "spend_limit": limit} for role, limit in (("one", 30), ("two", 20))]
    found = troth.chasm(ISSUES, grants, fixes=[{"area": "Marketing", "cost": 60}])
    assert found.shares["all roles"] == found.shares["one"]


def test_typical_structures_stand_side_by_side_with_the_actual_one() -> None:
    aspects = {"service officer": "service", "marketing officer": "brand", "head of fulfilment": "operating"}
    grants = [{**grant, "aspect": aspects[grant["role"]]} for grant in GRANTS if grant["role"] in aspects]
    found = troth.chasm(ISSUES, grants, actual="marketing officer")
    assert list(found.shares) == ["service-led", "marketing-led", "both officers", "both + head of fulfilment", "operations-led"]
    assert [round(share, 3) for share in found.shares.values() if share is not None] == [0.913, 0.603, 0.516, 0.315, 0.799]
    assert found.actual is not None
    assert found.actual.where == {"structure": "marketing-led"}
    mixed = troth.chasm(ISSUES, grants, actual=["marketing officer", "head of fulfilment"])
    assert mixed.actual is not None
    assert mixed.actual.where == {"structure": "actual"}


@pytest.mark.parametrize(
    ("chasm", "reach", "means"),
    [
        (0.6, 0.4, CANNOT_EXECUTE),
        (0.6, 0.5, BY_INFLUENCE),
        (0.6, None, NO_ASKS),
        (0.5, 0.1, SHARED),
        (0.2, None, SHARED),
        (0.19, 0.9, CHECK_CARING),
        (None, None, "cannot tell"),
    ],
)
def test_what_a_chasm_and_a_reach_mean_together(chasm: float | None, reach: float | None, means: str) -> None:
    assert reading(chasm, reach) == means


def test_nought_is_said_not_to_be_the_target(found: troth.Chasm) -> None:
    assert any(note.startswith("0% is not the target") for note in found.notes)


def test_what_is_not_held_against_grants_is_said(found: troth.Chasm) -> None:
    assert "What the best fix takes in hours is not on record for any area: not held against grants, the chasm may be wider." in found.notes


def test_a_grant_on_an_area_of_no_issue_is_told_with_the_nearest_one() -> None:
    found = troth.chasm(ISSUES, [{"role": "lead", "area": "Fulfillment", "decide": True}])
    assert any("No issue lies in “Fulfillment”, so" in note and "“Fulfillment”: did you mean “Fulfilment”?" in note for note in found.notes)


def test_a_table_with_a_row_per_area_says_the_same(found: troth.Chasm) -> None:
    rows = [
        {"issue": issue["issue"], "money": issue["money"], "area": area, "share": share}
        for issue in ISSUES
        for area, share in issue["areas"].items()
    ]
    table = pa.Table.from_pylist(rows)
    wide = pa.Table.from_pylist(ISSUES)
    for issues in (table, table.to_pandas(), wide):
        again = troth.chasm(issues, pa.Table.from_pylist(GRANTS), structures=STRUCTURES)
        assert again.shares["both officers"] == pytest.approx(found.shares["both officers"])


def test_the_result_prints_and_turns_into_tables(found: troth.Chasm) -> None:
    assert "both officers" in repr(found)
    assert "decision right" in repr(found)
    assert "<table>" in found._repr_html_()
    assert found.to_arrow().column("roles").to_pylist()[2] == "service officer, marketing officer"
    assert found.to_pandas()["chasm"].round(3).tolist() == [0.913, 0.603, 0.516, 0.315, 0.487]
    assert found.areas.to_arrow().num_rows == len(STRUCTURES) * 6
    with pytest.raises(RequestError, match="There is no structure"):
        found.structure("service led")


def test_which_discipline_a_lead_lacks_is_told_by_the_decisions_its_grants_made() -> None:
    decisions = [
        {"role": "marketing officer", "discipline": "measurement & segmentation", "on": "2024-05-01", "held": True},
        {"role": "service officer", "discipline": "closed-loop care", "on": "2024-05-02", "held": False},
        {"role": "service officer", "discipline": "closed-loop care", "on": "2023-05-02", "held": True},
    ]
    found = troth.chasm(ISSUES, GRANTS, structures=STRUCTURES, decisions=decisions, as_of="2024-06-30")
    told = {(row.where["structure"], row.where["discipline"]): row for row in found.disciplines}
    care = told["service-led", "closed-loop care"]
    assert (care.decided, care.of, care.missing, care.held.value) == (1, 1, False, 0.0), "older than 180 days is no evidence"
    assert told["marketing-led", "closed-loop care"].missing is True
    assert told["service-led", "IT change"].missing is None, "nobody decided of it: unknown, not missing"
    assert told["both officers", "measurement & segmentation"].share.value == 1.0
    assert len(troth.chasm(ISSUES, GRANTS, structures=STRUCTURES).disciplines) == 0
