"""Recognised people and the provincial platform: who is to be entered, until when, and that it is said once."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.registry.cases import approve, item_of, put, reported, taken_over
from tests.registry.house import OTHER_COUNTY, House


def listed(house: House, **params: Any) -> list[dict[str, Any]]:
    answer = house.call("GET", "/ledger/entries", "cases:read", params=params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["recognised"]
    return found


def enter(house: House, item_id: str, day: str = "2021-06-01", number: str = "XJ-1", **who: Any) -> dict[str, Any]:
    said = {"entries": [{"item_id": item_id, "entered_on": day, "entry_number": number}]}
    answer = house.call("POST", "/ledger/entries", "cases:write", json=said, **who)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()["results"][0]
    return result


def test_whoever_is_recognised_is_to_be_entered_by_a_day_and_once_confirmed_only(house: House) -> None:
    case = taken_over(house)
    reported(house, "02")
    item = item_of(case)["item_id"]
    assert listed(house) == []
    assert [one["code"] for one in enter(house, item)["errors"]] == ["not-recognised"]
    approve(house, case)
    only = listed(house, entered=False)
    assert [(one["item_id"], one["due_on"], one["late"], one["name"]) for one in only] == [
        (item, "2021-06-15", False, "马*福")  # ten working days; no calendar of holidays is told here
    ]
    house.told(as_of=date(2021, 6, 30))
    assert listed(house)[0]["late"] is True
    assert enter(house, item)["result"] == "taken"
    assert enter(house, item)["result"] == "unchanged"
    assert enter(house, item, number="XJ-2")["result"] == "taken"
    assert listed(house, entered=False) == []
    assert (listed(house)[0]["entered_on"], listed(house)[0]["late"]) == ("2021-06-01", False)
    events = house.call("GET", f"/cases/{case['case_id']}/history", "cases:read").json()["events"]
    assert [one["action_label"] for one in events][-2:] == ["平台录入", "平台录入"]


@pytest.mark.parametrize("code", ["08", "09", "10"])
def test_who_is_not_recognised_is_not_to_be_entered(house: House, code: str) -> None:
    case = taken_over(house)
    reported(house, code)
    assert listed(house) == []
    assert [one["code"] for one in enter(house, item_of(case)["item_id"])["errors"]] == ["not-recognised"]


def test_an_entry_of_another_area_or_of_the_future_is_refused(house: House) -> None:
    case = taken_over(house)
    reported(house, "18")
    item = item_of(case)["item_id"]
    assert [one["code"] for one in enter(house, item, area=OTHER_COUNTY)["errors"]] == ["item-unknown"]
    assert [one["code"] for one in enter(house, item, day="2021-06-02")["errors"]] == ["date-in-future"]
    assert listed(house)[0]["entered_on"] is None


def test_the_sheet_has_the_order_of_the_form_and_tells_identities_only_to_reveal(house: House) -> None:
    taken_over(house)
    reported(house, "18", entered_on="2021-05-31", entry_number="XJ-7")
    taken_over(house, "lead-2", household_key="F002")
    reported(house, "18", "lead-2")

    def rows(**more: Any) -> list[list[Any]]:
        answer = house.call("GET", "/ledger/entries.xlsx", "cases:read", **more)
        assert answer.status_code == 200, answer.text
        lines = [[cell.value for cell in line] for line in load_workbook(BytesIO(answer.content)).active.iter_rows()]
        header = next(at for at, line in enumerate(lines) if line[0] == "对象编号")
        return lines[header:]

    assert rows()[0][2:9] == ["姓名", "身份证号", "认定类别", "核查日期", "录入期限", "录入日期", "平台编号"]
    assert len(rows()) == 2  # only who is still to be entered
    assert "*" in rows()[1][3]
    told = rows(params={"entered": True, "identity": "full", "reason": "visit"}, purpose="reveal")
    assert (told[1][2], "*" in told[1][3], told[1][8]) == ("马有福", False, "XJ-7")


def test_a_recognition_sent_back_is_no_longer_to_be_entered(house: House) -> None:
    case = taken_over(house)
    reported(house, "18")
    assert len(listed(house)) == 1
    put(
        house,
        version=2,
        knows_outcome=item_of(house.call("GET", f"/cases/{case['case_id']}", "cases:read").json())["outcome_id"],
    )
    assert listed(house) == []
