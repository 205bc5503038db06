"""Who may confirm what is set by the county, from a day on, and asked for any day."""

from typing import Any

import pytest

from kit.columns import now
from tests.registry.cases import approve, reported, step, taken_over
from tests.registry.house import COUNTY, OTHER_COUNTY, TOWN, House


def told(house: House, level: str, valid_from: str = "2021-01-01", code: str = "02", **who: Any) -> Any:
    body = {"valid_from": valid_from, "rules": {code: level}}
    return house.call("PUT", f"/authorities/{COUNTY}", "cases:approve", json=body, **who)


def rule(house: House, **params: Any) -> str:
    rules = house.call("GET", f"/authorities/{COUNTY}", "cases:read", params=params).json()["rules"]
    return next(str(one["level"]) for one in rules if one["code"] == "02")


@pytest.mark.parametrize(
    ("level", "area", "status"),
    [
        ("county", TOWN, 403),
        ("county", COUNTY, 200),
        ("township", COUNTY, 403),
        ("township", TOWN, 200),
        ("both", TOWN, 200),
    ],
)
def test_an_outcome_is_confirmed_at_the_level_the_county_set(house: House, level: str, area: str, status: int) -> None:
    assert told(house, level).status_code == 200
    case = taken_over(house)
    reported(house, "02")
    seen = house.call("GET", f"/cases/{case['case_id']}", "cases:read").json()["version"]
    listed = house.call(
        "POST",
        "/cases/approve",
        "cases:approve",
        area=area,
        json={"cases": [{"case_id": case["case_id"], "version": 0}]},
    ).json()["results"][0]
    assert [one["code"] for one in listed["errors"]] == ["version-mismatch"]
    answer = house.call(
        "POST", f"/cases/{case['case_id']}/approve", "cases:approve", area=area, headers={"If-Match": f'"{seen}"'}
    )
    assert answer.status_code == status, answer.text
    if status == 403:
        assert answer.json()["code"] == "authority-reserved"
        many = house.call(
            "POST", "/cases/approve", "cases:approve", area=area, json={"cases": [{"case_id": case["case_id"]}]}
        ).json()["results"][0]
        assert [one["code"] for one in many["errors"]] == ["authority-reserved"]


def test_a_rule_holds_from_its_day_and_what_was_believed_can_be_asked(house: House) -> None:
    assert rule(house) == "both"
    told(house, "county", "2021-01-01")
    told(house, "township", "2021-07-01")
    before = now()
    told(house, "both", "2021-01-01")
    assert [rule(house), rule(house, as_of="2021-07-01"), rule(house, as_of="2020-12-31")] == [
        "both",
        "township",
        "both",
    ]
    assert rule(house, known_at=before.isoformat()) == "county"
    case = taken_over(house)
    reported(house, "02")
    approve(house, case)


def test_a_township_sets_nothing_and_another_county_reads_nothing(house: House) -> None:
    assert told(house, "township", area=TOWN).json()["code"] == "area-outside"
    assert house.call("GET", f"/authorities/{COUNTY}", "cases:read", area=TOWN).status_code == 200
    assert house.call("GET", f"/authorities/{COUNTY}", "cases:read", area=OTHER_COUNTY).status_code == 404
    assert told(house, "nobody").status_code == 422
    assert step(house, taken_over(house), "approve", scope="cases:approve").status_code == 409
