"""Coverage entered, corrected, suspended, phased out and ended by hand: dated, versioned, and nothing overwritten."""

from datetime import UTC, datetime
from typing import Any

import pytest

from kit.database import transaction
from kit.scope import NATION
from registry.standards import store as standards
from registry.standards.store import Said
from tests.registry.house import COUNTY, OTHER_COUNTY, House, id_number, person_row, workbook

OPEN = {"programme": "dibao-rural", "form": "household", "start": "2020-01-01", "household_size": 3, "covered_count": 2}
NUMBER = id_number("19700102", 11)


def person(house: House, name: str = "马有福") -> str:
    answer = house.call("POST", "/persons", "registry:write", json={"name": name, "valid_from": "2019-01-01"})
    return str(answer.json()["person_id"])


def entered(house: House, person_id: str, **more: Any) -> str:
    answer = house.call("POST", "/coverage", "registry:write", json={"person_id": person_id, **OPEN, **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["coverage_id"])


def get(house: House, coverage_id: str, on: str | None = None, **more: str) -> dict[str, Any]:
    asked = {**({"as_of": on} if on else {}), **more}
    answer = house.call("GET", f"/coverage/{coverage_id}", "registry:read", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def does(house: House, coverage_id: str, step: str, body: dict[str, Any], version: int | None = None) -> Any:
    seen = get(house, coverage_id)["version"] if version is None else version
    path, method = f"/coverage/{coverage_id}/{step}", "POST"
    if step == "correct":
        path, method = f"/coverage/{coverage_id}", "PATCH"
    return house.call(method, path, "registry:write", json=body, headers={"If-Match": f'"{seen}"'})


def done(house: House, coverage_id: str, step: str, **body: Any) -> dict[str, Any]:
    answer = does(house, coverage_id, step, body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def check(house: House, person_id: str, on: str) -> tuple[str, list[tuple[str, bool]]]:
    body = {"on_date": on, "queries": [{"person_id": person_id}]}
    answer = house.call("POST", "/coverage/check", "coverage:check", json=body).json()["answers"][0]
    return answer["status"], [(one["status"], one["covers"]) for one in answer["holdings"]]


def test_an_entry_keeps_form_size_and_number_of_covered_apart(house: House) -> None:
    who = person(house)
    coverage_id = entered(house, who, start="2020-01-15", ground="illness", uplift_grounds=["old-age", "illness"])
    found = get(house, coverage_id, "2020-02-01")
    assert (found["form"], found["household_size"], found["covered_count"]) == ("household", 3, 2)
    assert (found["start"], found["uplift_grounds"]) == ("2020-01-01", ["illness", "old-age"])
    assert (found["status"], found["covers"], found["mode"]) == ("running", True, None)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"programme": "dibao-urban", "start": "2020-06-01"}, 409, "coverage-overlaps"),
        ({"programme": "tekun-home", "form": None, "start": "2019-01-01"}, 409, "coverage-overlaps"),
        ({"covered_count": 4, "programme": "temporary-aid", "form": None}, 422, "coverage-unfit"),
        ({"programme": "temporary-aid", "form": None, "self_care": "none"}, 422, "coverage-unfit"),
        ({"programme": "temporary-aid", "form": None, "end": "2019-12-31"}, 422, "coverage-unfit"),
        ({"programme": "temporary-aid"}, 422, "coverage-unfit"),
        ({"programme": "temporary-aid", "form": None, "ground": "因病"}, 422, "body-invalid"),
        ({"programme": "bread"}, 422, "body-invalid"),
    ],
)
def test_what_does_not_fit_is_refused_and_leaves_nothing(
    house: House, body: dict[str, Any], status: int, code: str
) -> None:
    who = person(house)
    entered(house, who)
    answer = house.call("POST", "/coverage", "registry:write", json={"person_id": who, **OPEN, **body})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    listed = house.call("GET", "/coverage", "registry:read", params={"person_id": who}).json()["coverage"]
    assert len(listed) == 1


def test_a_suspended_day_is_told_and_does_not_cover(house: House) -> None:
    who = person(house)
    coverage_id = entered(house, who)
    done(house, coverage_id, "suspend", on="2020-03-10", reason="review-overdue")
    assert check(house, who, "2020-03-09") == ("covered", [("running", True)])
    assert check(house, who, "2020-06-01") == ("not-covered", [("suspended", False)])
    before = datetime.now(UTC).isoformat()
    done(house, coverage_id, "resume", on="2020-05-01")
    assert check(house, who, "2020-04-30") == ("not-covered", [("suspended", False)])
    assert check(house, who, "2020-05-01") == ("covered", [("running", True)])
    assert get(house, coverage_id, "2020-06-01", known_at=before)["status"] == "suspended"
    history = house.call("GET", f"/coverage/{coverage_id}/history", "registry:read").json()
    assert [(one["end"], one["superseded_at"] is None) for one in history["suspensions"]] == [
        (None, False),
        ("2020-04-30", True),
    ]
    assert [one["version"] for one in history["versions"]] == [1, 2, 3]


def test_suspended_support_is_counted_as_no_support(house: House) -> None:
    coverage_id = entered(house, person(house))
    figures = ("GET", "/statistics/coverage", "statistics:read")
    assert house.call(*figures, params={"area": COUNTY}).json()["total"]["persons"] == 1
    done(house, coverage_id, "suspend", on="2021-05-01", reason="away")
    assert house.call(*figures, params={"area": COUNTY}).json()["total"]["persons"] == 0


def test_steps_that_cannot_be_are_refused(house: House) -> None:
    coverage_id = entered(house, person(house), end="2020-12-31")
    refused: list[tuple[str, dict[str, Any]]] = [
        ("suspend", {"on": "2021-01-01", "reason": "away"}),
        ("suspend", {"on": "2020-03-01", "until": "2020-02-01", "reason": "away"}),
        ("resume", {"on": "2020-03-01"}),
        ("end", {"on": "2021-01-31", "reason": "died"}),
        ("requalify", {"decided_on": "2020-05-01", "income_fen": 0}),
        ("correct", {"covered_count": 9}),
    ]
    for step, body in refused:
        answer = does(house, coverage_id, step, body)
        assert (answer.status_code, answer.json()["code"]) == (422, "coverage-unfit"), step
    assert does(house, coverage_id, "end", {"on": "2020-05-01", "reason": "died"}, 9).status_code == 412
    assert get(house, coverage_id)["version"] == 1


def test_an_end_is_of_a_whole_month_and_has_its_reason(house: House) -> None:
    who = person(house)
    coverage_id = entered(house, who)
    done(house, coverage_id, "end", on="2020-05-03", reason="income-above")
    found = get(house, coverage_id, "2020-05-31")
    assert (found["end"], found["end_reason"], found["covers"]) == ("2020-05-31", "income-above", True)
    assert get(house, coverage_id, "2020-06-01")["status"] == "ended"
    entered(house, who, start="2020-06-01", programme="dibao-urban")


def standard(house: House, *said: Said) -> None:
    with transaction(house.database) as session:
        for one in said:
            standards.correct(session, one)


def rural(house: House) -> None:
    day = datetime(2019, 1, 1, tzinfo=UTC).date()
    later = datetime(2020, 7, 1, tzinfo=UTC).date()
    standard(
        house,
        Said("640400000000", "dibao-rural", 320_00, day),
        Said(COUNTY, "dibao-rural", 632_00, later),
        Said(COUNTY, "amount-step", 100, later),
    )


def test_a_phase_out_needs_income_strictly_between_and_begins_next_month(house: House) -> None:
    rural(house)
    coverage_id = entered(house, person(house))
    for income, months, code in (
        (320_00, 3, "phase-out-unfit"),
        (640_00, 3, "phase-out-unfit"),
        (500_00, 7, "phase-out-months"),
    ):
        body = {"decided_on": "2020-01-20", "income_per_head_fen": income, "months": months}
        answer = does(house, coverage_id, "phase-out", body)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    done(house, coverage_id, "phase-out", decided_on="2020-01-20", income_per_head_fen=639_99, months=4)
    found = get(house, coverage_id, "2020-01-31")
    assert (found["phase_out_from"], found["phase_out_until"]) == ("2020-02-01", "2020-05-31")
    assert (found["status"], get(house, coverage_id, "2020-02-01")["status"]) == ("running", "phasing-out")
    assert (get(house, coverage_id, "2020-06-01")["status"], get(house, coverage_id, "2020-06-01")["covers"]) == (
        "phase-out-over",
        True,
    )


def test_phase_outs_that_run_out_are_on_a_list(house: House) -> None:
    rural(house)
    coverage_id = entered(house, person(house))
    done(house, coverage_id, "phase-out", decided_on="2020-01-20", income_per_head_fen=500_00, months=4)
    for day, found in (("2020-05-30", []), ("2020-05-31", [coverage_id])):
        answer = house.call("GET", "/coverage", "registry:read", params={"expiring": day})
        assert [one["coverage_id"] for one in answer.json()["coverage"]] == found


def test_without_a_standard_nobody_is_phased_out(house: House) -> None:
    coverage_id = entered(house, person(house))
    body = {"decided_on": "2020-01-20", "income_per_head_fen": 500_00, "months": 3}
    answer = does(house, coverage_id, "phase-out", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "standard-missing")


def test_who_qualifies_again_is_paid_the_difference_from_next_month_by_the_standard_of_then(house: House) -> None:
    rural(house)
    coverage_id = entered(house, person(house), household_size=3, covered_count=3)
    done(house, coverage_id, "phase-out", decided_on="2020-05-20", income_per_head_fen=500_00, months=6)
    too_rich = {"decided_on": "2020-06-10", "income_fen": 1896_00}
    assert does(house, coverage_id, "requalify", too_rich).json()["code"] == "nothing-owed"
    done(house, coverage_id, "requalify", decided_on="2020-06-10", income_fen=1894_00)
    found = get(house, coverage_id, "2020-07-01")
    assert (found["phase_out_until"], found["amount_fen"]) == ("2020-06-30", 2_00)


def test_a_step_for_the_whole_household_is_taken_for_all_or_for_none(house: House) -> None:
    second = {"姓名": "马二", "身份证号": id_number("20050102", 13), "出生日期": "20050102", "与户主关系": "子"}
    house.take(workbook([person_row(), person_row(**second)]))
    rows = house.call("GET", "/coverage", "registry:read").json()["coverage"]
    one, other = (row["coverage_id"] for row in rows)
    done(house, other, "suspend", on="2020-03-01", until="2020-03-31", reason="away")
    both = {"on": "2020-03-15", "reason": "away", "whole_household": True}
    assert does(house, one, "suspend", both).status_code == 422
    assert get(house, one)["suspensions"] == []
    assert done(house, one, "suspend", **both | {"on": "2020-04-01"})["others"] == [other]
    assert get(house, other, "2020-04-01")["status"] == "suspended"


def test_a_correction_keeps_what_was_believed_and_is_told(house: House) -> None:
    who = person(house)
    coverage_id = entered(house, who, amount_fen=100_00)
    before = datetime.now(UTC).isoformat()
    cursor, _ = house.export()
    done(house, coverage_id, "correct", amount_fen=120_00, uplift_grounds=["minor"], uplift_fen=30_00)
    assert get(house, coverage_id, known_at=before)["amount_fen"] == 100_00
    assert (get(house, coverage_id)["amount_fen"], get(house, coverage_id)["uplift_grounds"]) == (120_00, ["minor"])
    told = house.call("GET", "/changes", "registry:follow", params={"cursor": cursor}).json()["changes"]
    assert [(one["kind"], one["id"]) for one in told] == [("person", who)]


def test_another_county_finds_nothing_to_read_or_to_alter(house: House) -> None:
    coverage_id = entered(house, person(house))
    for method, step in (("GET", ""), ("GET", "/history"), ("POST", "/end")):
        body = {"json": {"on": "2020-05-01", "reason": "died"}} if method == "POST" else {}
        answer = house.call(method, f"/coverage/{coverage_id}{step}", area=OTHER_COUNTY, **body)
        assert answer.status_code == 404
    assert house.call("GET", "/coverage", area=OTHER_COUNTY).json()["coverage"] == []
    assert house.call("GET", "/coverage", area=NATION).json()["coverage"][0]["coverage_id"] == coverage_id
