"""What periods of support say of people: phase-outs, exits, support held twice; on both sides of each boundary."""

from datetime import date
from typing import Any

import pytest

from registry.standards.store import Said as Standard
from tests.registry.fact_asks import facts, said
from tests.registry.house import COUNTY, OTHER_COUNTY, House, person_row, workbook
from tests.registry.payouts import HEAD
from tests.registry.test_coverage_entry import done, entered, person, standard
from tests.registry.test_facts_of_registers import ME, entry


def test_a_phase_out_is_told_while_the_support_runs(house: House) -> None:
    standard(
        house,
        Standard(COUNTY, "dibao-rural", 320_00, date(2019, 1, 1)),
        *(
            Standard(COUNTY, f"phase-out-{name}", value, date(2019, 1, 1))
            for name, value in (("factor", 20_000), ("months-least", 3), ("months-most", 6))
        ),
    )
    who = person(house)
    coverage_id = entered(house, who)
    assert facts(house, "phase-out") == []
    done(house, coverage_id, "phase-out", decided_on="2020-11-20", income_per_head_fen=500_00, months=4)
    (row,) = facts(house, "phase-out")
    assert said([row], "subject_id", "code", "count", "valid_from", "valid_to") == [
        (who, "running", 4, "2020-12-01", "2021-03-31")
    ]
    assert (row["batch_id"], row["line"]) == (coverage_id, 0)
    done(house, coverage_id, "end", on="2021-05-20", reason="income-above")  # ended on 31 May: today is 1 June
    assert facts(house, "phase-out") == []


@pytest.mark.parametrize(
    ("end", "told"),
    [("2021-05-31", True), ("2020-06-30", True), ("2020-05-31", False), ("2021-06-30", False)],
)
def test_an_exit_of_the_last_twelve_months(house: House, end: str, told: bool) -> None:
    who = person(house)
    entered(house, who, end=end, end_reason="income-above")
    expected = [(who, "收入超标", "not-needed", end)] if told else []
    assert said(facts(house, "exit"), "subject_id", "text", "code", "valid_from") == expected


@pytest.mark.parametrize(
    ("terms", "assessed", "code"),
    [
        ({"ground": "no-labour"}, None, "unassessed"),
        ({"ground": "no-labour"}, "2021-05-01", "assessed"),
        ({"ground": "no-labour"}, "2020-05-01", "unassessed"),
        ({"ground": "illness"}, None, "not-needed"),
        ({"ground": "no-labour", "end_reason": "died"}, None, "not-needed"),
    ],
)
def test_an_exit_says_whether_it_was_assessed(
    house: House, terms: dict[str, Any], assessed: str | None, code: str
) -> None:
    house.take(workbook([person_row(停保年月="202105", 家庭人口="1", 保障人数="1")]))
    person_id = registered_as(house)
    found = house.call("GET", "/coverage", "registry:read", params={"person_id": person_id}).json()["coverage"]
    if assessed is not None:
        who = {"beneficiary": ME, "programme": "dibao-rural", "labour": "lost", "assessed_on": assessed}
        entry(house, "exit-assessment", **who)
    answer = correct(house, found[0], {"end_reason": "income-above", **terms})
    assert answer.status_code == 200, answer.text
    assert said(facts(house, "exit"), "code") == [(code,)]


def registered_as(house: House) -> str:
    return str(
        house.call("POST", "/persons/lookup", "registry:read", json={"id_number": HEAD["身份证号"]}).json()["person_id"]
    )


def correct(house: House, period: dict[str, Any], terms: dict[str, Any]) -> Any:
    headers = {"If-Match": f'"{period["version"]}"'}
    return house.call("PATCH", f"/coverage/{period['coverage_id']}", "registry:write", json=terms, headers=headers)


def test_going_over_is_no_exit(house: House) -> None:
    who = person(house)
    entered(house, who, end="2021-04-30", end_reason="other-programme")
    entered(house, who, programme="dibao-urban", start="2021-05-01")
    assert facts(house, "exit") == []


def test_exits_that_stand_out_are_told_of_everybody_who_left_in_them(house: House) -> None:
    house.told(swing_least=3, mass_exits=3, mass_exit_percent=75)
    people = [person(house, f"人{at}") for at in range(4)]
    for who in people[:2]:
        entered(house, who, end="2021-04-30", end_reason="other")
    assert facts(house, "mass-exit") == []
    entered(house, people[2], end="2021-04-30", end_reason="other")
    rows = facts(house, "mass-exit")
    assert {row["subject_id"] for row in rows} == set(people[:3])
    assert sorted(set(said(rows, "text", "code", "number", "count", "valid_from"))) == [
        ("2021-04", "surge", None, 3, "2021-04-30"), ("2021-04-30", "mass-day", 1.0, 3, "2021-04-30"),
    ]  # fmt: skip
    entered(house, people[3], end=None)
    share = [row["number"] for row in facts(house, "mass-exit") if row["code"] == "mass-day"]
    assert share == [0.75] * 3
    house.told(mass_exit_percent=76)
    assert {row["code"] for row in facts(house, "mass-exit")} == {"surge"}


def merged(house: House, gone: str, kept: str) -> None:
    seen = house.call("GET", f"/persons/{gone}", "registry:read").json()["version"]
    headers = {"If-Match": f'"{seen}"'}
    answer = house.call("POST", f"/persons/{gone}/merge", "registry:write", json={"into": kept}, headers=headers)
    assert answer.status_code == 200, answer.text


TEKUN = {"programme": "tekun-home", "start": "2021-02-01", "form": None}


def ending(day: str) -> dict[str, Any]:
    return {"end": day, "end_reason": "other"}


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ({}, TEKUN, [("tekun-home", "same-county", "2021-02-01", None)]),
        (ending("2021-02-28"), TEKUN, [("tekun-home", "same-county", "2021-02-01", "2021-02-28")]),
        (ending("2021-01-31"), TEKUN, []),
        ({}, {**TEKUN, "programme": "temporary-aid"}, []),
        ({}, {"start": "2021-02-01"}, []),  # the same programme, household and county: an entry twice, and no more
    ],
)
def test_support_held_twice(house: House, first: dict[str, Any], second: dict[str, Any], told: list[Any]) -> None:
    one, other = person(house), person(house)
    entered(house, one, **first)
    entered(house, other, **second)
    assert facts(house, "double-coverage") == []
    merged(house, other, one)
    rows = facts(house, "double-coverage")
    assert said(rows, "text", "code", "valid_from", "valid_to") == told
    assert {row["subject_id"] for row in rows} <= {one}


def test_support_in_two_counties_is_seen_by_whoever_sees_both(house: House) -> None:
    one = person(house)
    entered(house, one)
    answer = house.call(
        "POST", "/persons", "registry:write", area=OTHER_COUNTY, json={"name": "马有福", "valid_from": "2019-01-01"}
    )
    other = str(answer.json()["person_id"])
    body = {"person_id": other, "programme": "dibao-rural", "start": "2021-02-01"}
    assert house.call("POST", "/coverage", "registry:write", area=OTHER_COUNTY, json=body).status_code == 201
    nation = "000000000000"
    seen = house.call("GET", f"/persons/{other}", "registry:read", area=nation).json()["version"]
    merge = house.call(
        "POST",
        f"/persons/{other}/merge",
        "registry:write",
        area=nation,
        json={"into": one},
        headers={"If-Match": f'"{seen}"'},
    )
    assert merge.status_code == 200, merge.text
    assert said(facts(house, "double-coverage", nation), "code", "text") == [("two-counties", "dibao-rural")]
    assert facts(house, "double-coverage", COUNTY) == []
