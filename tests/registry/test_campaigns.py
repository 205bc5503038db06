"""Campaigns with stages and deadlines, their boards, and the calendar of reports."""

from datetime import date
from typing import Any

import pytest

from tests.registry.cases import approve, item_of, put, reported, taken_over
from tests.registry.house import COUNTY, OTHER_COUNTY, TOWN, VILLAGE, House
from tests.registry.test_entries import enter
from tests.registry.test_ledger_steps import areas

PLAN: dict[str, Any] = {
    "area": COUNTY, "title": "困难群众摸排", "citation": "某厅通知", "first": "2021-04-01", "last": "2021-12-31",
    "stages": [
        {"title": "摸排", "first": "2021-04-01", "last": "2021-06-30", "target": 4},
        {"title": "自查整改", "first": "2021-06-01", "last": "2021-10-31"},
        {"title": "长效机制", "first": "2021-11-01", "last": "2021-12-31"},
    ],
    "entry_due_on": "2021-06-25",
}  # fmt: skip


@pytest.fixture(autouse=True)
def known(house: House) -> None:
    areas(house, COUNTY, TOWN, VILLAGE)


def planned(house: House, **changes: Any) -> dict[str, Any]:
    answer = house.call("POST", "/campaigns", "cases:approve", json={**PLAN, **changes})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def board(house: House, made: dict[str, Any]) -> dict[str, Any]:
    answer = house.call("GET", f"/campaigns/{made['campaign_id']}/progress", "cases:read")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    for row in (*told["rows"], told["total"]):
        assert row["opened"] == row["closed"] + row["still_open"]
        assert row["recognised"] == row["entered"] + row["to_enter"]
    return told


def test_stages_overlap_and_the_board_tells_who_was_visited_recognised_and_entered_in_time(house: House) -> None:
    made = planned(house)
    assert [one["running"] for one in made["stages"]] == [True, True, False]
    first, second = taken_over(house), taken_over(house, "lead-2", household_key="F002")
    put(house, "lead-3", household_key="F003", screens=["uncovered-severe-disability"])
    reported(house, "02")
    reported(house, "18", "lead-2")
    approve(house, first)
    house.told(as_of=date(2021, 6, 24))
    assert enter(house, item_of(second, "lead-2")["item_id"], "2021-06-24")["result"] == "taken"
    house.told(as_of=date(2021, 6, 28))
    assert board(house, made)["total"]["to_enter"] == 1
    assert enter(house, item_of(first)["item_id"], "2021-06-26")["result"] == "taken"
    told = board(house, made)
    figures = {"opened": 3, "accepted": 2, "visited": 2, "closed": 1, "entered": 2, "entered_late": 1}
    assert told["total"].items() >= figures.items()
    assert told["shares"] == [0.25, None, None]
    assert [row["area"] for row in told["rows"]] == [TOWN]
    narrowed = planned(house, screens=["uncovered-severe-disability"])
    assert board(house, narrowed)["total"]["opened"] == 1
    assert board(house, planned(house, first="2021-07-01", stages=PLAN["stages"][2:], entry_due_on=None))["rows"] != []


@pytest.mark.parametrize(
    "changes",
    [
        {"last": "2021-03-01"},
        {"stages": [{"title": "摸排", "first": "2021-03-01", "last": "2021-06-30"}]},
        {"stages": [{"title": "摸排", "first": "2021-06-01", "last": "2021-05-30"}]},
        {"stages": []},
        {"entry_due_on": "2021-01-01"},
    ],
)
def test_days_that_cannot_be_are_refused(house: House, changes: dict[str, Any]) -> None:
    answer = house.call("POST", "/campaigns", "cases:approve", json={**PLAN, **changes})
    assert (answer.status_code, answer.json()["code"]) == (422, "body-invalid")


def test_a_campaign_is_planned_anew_in_the_version_seen(house: House) -> None:
    made = planned(house)
    path = f"/campaigns/{made['campaign_id']}"
    body = {**PLAN, "title": "困难群众摸排（延长）"}
    stale = house.call("PUT", path, "cases:approve", json=body, headers={"If-Match": '"2"'})
    assert stale.status_code == 412
    after = house.call("PUT", path, "cases:approve", json=body, headers={"If-Match": '"1"'}).json()
    assert (after["title"], after["version"]) == (body["title"], 2)
    assert [one["version"] for one in house.call("GET", "/campaigns", "cases:read").json()["campaigns"]] == [2]
    assert house.call("GET", path, "cases:read", area=OTHER_COUNTY).status_code == 404


def test_the_calendar_says_what_is_due_overdue_and_done(house: House) -> None:
    made = planned(house)
    for day in ("2021-04-20", "2021-06-05", "2021-11-30"):
        body = {
            "area": COUNTY,
            "title": "实施方案",
            "receiver": "市民政局",
            "due_on": day,
            "campaign_id": made["campaign_id"],
        }
        assert house.call("POST", "/report-duties", "cases:approve", json=body).status_code == 201

    def states(**params: Any) -> list[tuple[str, str]]:
        told = house.call("GET", "/report-duties", "cases:read", params=params).json()["duties"]
        return [(one["due_on"], one["state"]) for one in told]

    assert states() == [("2021-04-20", "overdue"), ("2021-06-05", "due"), ("2021-11-30", "open")]
    first = house.call("GET", "/report-duties", "cases:read", params={"limit": 1}).json()
    rest = house.call("GET", "/report-duties", "cases:read", params={"cursor": first["cursor"]}).json()
    assert [one["due_on"] for one in rest["duties"]] == ["2021-06-05", "2021-11-30"]
    summary = {"basics": "已摸排", "problems": "人手不足"}
    path = f"/report-duties/{first['duties'][0]['duty_id']}/submit"
    done = house.call("POST", path, "cases:write", json=summary).json()
    assert (done["state"], done["late"], done["summary"]["problems"]) == ("done", True, "人手不足")
    assert states(unfinished=True) == [("2021-06-05", "due"), ("2021-11-30", "open")]
    assert house.call("POST", path, "cases:write", json={}).status_code == 422
