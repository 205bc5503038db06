"""The other steps of a case: confirmed by a second person, sent back, handed on, rested, opened again, closed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from registry.settings import RegistrySettings
from tests.registry.cases import (
    ACCEPT,
    accept,
    approve,
    close,
    done,
    item_of,
    news,
    outcome,
    put,
    read,
    report,
    reported,
    step,
    taken_over,
)
from tests.registry.house import COUNTY, OTHER_COUNTY, OTHER_VILLAGE, TOWN, VILLAGE, House


def areas(house: House, *codes: str) -> None:
    body = "code,name\n" + "".join(f"{code},某地\n" for code in codes)
    told = {"content": body.encode(), "headers": {"Content-Type": "text/csv"}}
    answer = house.call("POST", "/areas/import", "areas:write", area="000000000000", **told)
    assert answer.status_code == 200, answer.text


def accept_all(house: House, *cases: dict[str, Any], **words: Any) -> dict[str, Any]:
    body = {"cases": [{"case_id": case["case_id"], **ACCEPT, **words} for case in cases]}
    answer = house.call("POST", "/cases/accept", "cases:write", json=body)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    return result


def approve_all(house: House, *cases: dict[str, Any], **who: Any) -> dict[str, Any]:
    body = {"cases": [{"case_id": case["case_id"]} for case in cases]}
    result: dict[str, Any] = house.call("POST", "/cases/approve", "cases:approve", json=body, **who).json()
    return result


def said(result: dict[str, Any]) -> list[str]:
    return [one["errors"][0]["code"] if one["errors"] else one["result"] for one in result["results"]]


def test_many_cases_are_taken_over_at_once_each_by_itself(house: House) -> None:
    first, second = put(house).json(), put(house, "lead-2", household_key="F002").json()
    strange = {"case_id": "0" * 36}
    result = accept_all(house, first, strange, second, first)
    assert said(result) == ["taken", "not-found", "taken", "unchanged"]
    assert (result["taken"], result["unchanged"], result["refused"]) == (2, 1, 1)
    assert said(accept_all(house, first, second)) == ["unchanged", "unchanged"]
    assert said(accept_all(house, first, responsible_person="王主任")) == ["step-refused"]
    third = put(house, "lead-3", household_key="F003").json()
    assert said(accept_all(house, third, version=7)) == ["version-mismatch"]
    assert said(accept_all(house, third, version=third["version"])) == ["taken"]


def test_a_case_is_taken_over_once_however_many_try(house: House) -> None:
    case = put(house).json()
    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda _: accept(house, case).status_code, range(4)))
    assert sorted(codes) == [200, 412, 412, 412]


def test_the_county_confirms_many_and_again_changes_nothing(house: House) -> None:
    first, second = taken_over(house), taken_over(house, "lead-2", household_key="F002")
    third = taken_over(house, "lead-3", household_key="F003")
    report(house, outcome("02"), outcome("06", "lead-2"))
    result = approve_all(house, first, second, third)
    assert said(result) == ["taken", "taken", "step-refused"]
    assert [one["state"] for one in result["results"]] == ["in-progress", "closed", "verifying"]
    assert said(approve_all(house, first, second)) == ["unchanged", "unchanged"]


def test_nobody_confirms_what_the_same_client_reported(house: House) -> None:
    case = taken_over(house)
    both = ("cases:write", "cases:approve", "cases:read")
    sent = {"outcomes": [outcome("02")]}
    assert house.call("POST", "/cases/outcomes", *both, json=sent).json()["taken"] == 1
    headers = {"If-Match": f'"{read(house, case)["version"]}"'}
    alone = house.call("POST", f"/cases/{case['case_id']}/approve", *both, headers=headers)
    many = house.call("POST", "/cases/approve", *both, json={"cases": [{"case_id": case["case_id"]}]}).json()
    assert (alone.status_code, alone.json()["code"]) == (409, "second-person-needed")
    assert said(many) == ["second-person-needed"]
    assert read(house, case)["state"] == "awaiting-approval"
    assert approve(house, case)["state"] == "in-progress"


def test_a_township_without_the_scope_cannot_confirm_or_close(house: House) -> None:
    case = taken_over(house)
    reported(house, "02")
    for name, body in (("approve", None), ("return", {"reason": "材料不全"}), ("close", {"reason": "办结"})):
        assert step(house, case, name, body).status_code == 403


def test_a_returned_outcome_is_verified_and_reported_again(house: House) -> None:
    put(house)
    case = done(accept(house, put(house, "lead-2").json()))
    report(house, outcome("02"), outcome("06", "lead-2"))
    item = item_of(case, "lead-2")["item_id"]
    back = done(step(house, case, "return", {"reason": "缺收入核对", "items": [item]}, scope="cases:approve"))
    assert (back["state"], back["state_label"], back["word"]) == ("returned", "退回补充", "缺收入核对")
    assert [item_of(back, lead)["standing"] for lead in ("lead-1", "lead-2")] == ["awaiting-approval", "pending"]
    assert (item_of(back, "lead-2")["code"], back["due_on"]) == (None, "2021-06-15")
    reported(house, "08", "lead-2")
    assert approve(house, case)["state"] == "in-progress"
    empty = step(house, case, "return", {"reason": "x"}, scope="cases:approve")
    assert (empty.status_code, empty.json()["code"]) == (409, "step-refused")


def test_an_application_refused_is_verified_again_under_a_flag(house: House) -> None:
    case = taken_over(house)
    reported(house, "02")
    approve(house, case)
    again = done(step(house, case, "reopen", {"reason": "公示有异议"}))
    assert (again["state"], again["flag"], again["word"]) == ("verifying", "审批不通过", "公示有异议")
    assert (again["due_on"], again["reopened"]) == ("2021-06-15", 0)
    reported(house, "09")
    assert (read(house, case)["state"], read(house, case)["flag"]) == ("closed", None)


def test_an_application_is_refused_while_another_of_the_family_is_still_to_be_met(house: House) -> None:
    put(house)
    case = done(accept(house, put(house, "lead-2").json()))
    report(house, outcome("02"), outcome("15", "lead-2"))
    assert approve(house, case)["state"] == "verifying"
    again = done(step(house, case, "reopen", {"reason": "公示有异议"}))
    assert [item_of(again, lead)["standing"] for lead in ("lead-1", "lead-2")] == ["pending", "revisit"]
    refused = step(house, case, "reopen", {"reason": "公示有异议"})
    assert (refused.status_code, refused.json()["code"]) == (409, "step-refused")


def test_cases_are_narrowed_by_where_an_item_stands(house: House) -> None:
    put(house)
    case = done(accept(house, put(house, "lead-2").json()))
    taken_over(house, "lead-3", household_key="F002")
    report(house, outcome("02"), outcome("15", "lead-2"))
    for standing in ("awaiting-approval", "revisit"):
        page = house.call("GET", "/cases", "cases:read", params={"standing": standing}).json()["cases"]
        assert [one["case_id"] for one in page] == [case["case_id"]]


def test_a_closed_case_opened_again_waits_to_be_taken_over(house: House) -> None:
    case = taken_over(house)
    reported(house, "08")
    again = done(step(house, case, "reopen", {"reason": "群众反映"}))
    assert (again["state"], again["flag"], again["reopened"]) == ("awaiting-acceptance", "重新打开", 1)
    assert (again["accepted_at"], again["closed_at"], again["closed_reason"]) == (None, None, None)
    assert again["accept_due_on"] == "2021-06-04"
    assert done(accept(house, again))["state"] == "verifying"


def test_a_household_has_one_open_case_also_when_an_old_one_is_to_be_opened_again(house: House) -> None:
    old = taken_over(house)
    reported(house, "08")
    present = put(house, "lead-2").json()
    refused = step(house, old, "reopen", {"reason": "群众反映"})
    assert (refused.status_code, refused.json()["code"]) == (409, "household-has-open-case")
    assert present["case_id"] in refused.json()["detail"]


def test_a_case_goes_to_another_township_and_is_taken_over_there(house: House) -> None:
    areas(house, TOWN, VILLAGE, OTHER_VILLAGE, "640498100201")
    case = taken_over(house)
    cursor, _ = house.export()
    outside = step(house, case, "transfer", {"area": "640498100201", "reason": "户籍在外县"})
    unknown = step(house, case, "transfer", {"area": "640499101299", "reason": "户籍在此"})
    moved = done(step(house, case, "transfer", {"area": OTHER_VILLAGE, "reason": "户籍在此"}))
    assert (outside.status_code, unknown.status_code) == (400, 400)
    assert (moved["area"], moved["state"], moved["responsible_unit"]) == (OTHER_VILLAGE, "awaiting-acceptance", None)
    assert (moved["word"], moved["accept_due_on"]) == ("户籍在此", "2021-06-04")
    assert [one["area"] for one in news(house, cursor, area=OTHER_VILLAGE)] == [OTHER_VILLAGE]
    assert news(house, cursor, area=VILLAGE) == [None]  # it is gone from there
    put(house, version=2, area=VILLAGE)
    assert read(house, case)["area"] == OTHER_VILLAGE


def test_a_case_rests_until_a_day_and_goes_on_where_it_stood(house: House) -> None:
    case = taken_over(house)
    resting = done(step(house, case, "suspend", {"reason": "外出务工", "until": "2021-06-20"}))
    put(house, "lead-2")
    assert (resting["state"], read(house, case)["state"], resting["overdue"]) == ("suspended", "suspended", False)
    house.told(as_of=date(2021, 6, 21))
    assert read(house, case)["overdue"]
    back = done(step(house, case, "resume"))
    assert (back["state"], back["suspended_until"], len(back["items"])) == ("verifying", None, 2)
    assert step(house, case, "resume").status_code == 409


def test_another_person_becomes_responsible(house: House) -> None:
    case = taken_over(house)
    body = {"responsible_unit": "香山镇民政办", "responsible_person": "王主任", "due_on": "2021-06-30"}
    after = done(step(house, case, "assign", body))
    assert (after["responsible_person"], after["due_on"]) == ("王主任", "2021-06-30")
    assert after["measure"] == ACCEPT["measure"]


def test_closing_by_hand_settles_what_stood_open_and_keeps_what_was_settled(house: House) -> None:
    put(house)
    case = done(accept(house, put(house, "lead-2").json()))
    reported(house, "08")
    closed = done(close(house, case))
    first, second = item_of(closed), item_of(closed, "lead-2")
    assert (closed["state"], closed["closed_reason"], closed["word"]) == ("closed", "核查办结", "整户搬离")
    assert (first["code"], second["code"], second["closed_reason"]) == ("08", None, "人工办结")
    events = house.call("GET", f"/cases/{case['case_id']}/history", "cases:read").json()["events"]
    assert [one["action"] for one in events] == ["open", "lead", "lead", "accept", "report", "close"]
    assert second["outcome_id"] is not None
    assert step(house, case, "close", {"reason": "x"}, scope="cases:approve").status_code == 409


def test_a_person_named_by_hand_is_a_case_like_any_other_without_a_lead(house: House) -> None:
    areas(house, VILLAGE)
    body = {
        "kind": "missed", "area": VILLAGE, "title": "群众来电", "snapshot": {"name": "李四", "phone": "13800000002"},
        "reasons": ["独居，无人照料"], "due_on": "2021-06-11",
    }  # fmt: skip
    answer = house.call("POST", "/cases", "cases:write", json=body)
    case = answer.json()
    cursor, _ = house.export()
    assert (answer.status_code, answer.headers["location"]) == (201, f"/registry/v1/cases/{case['case_id']}")
    assert (case["origin"], case["title"], case["due_on"]) == ("hand", "群众来电", "2021-06-11")
    item = case["items"][0]
    assert (item["lead_id"], item["kind"], item["reasons"]) == (None, "missed", ["独居，无人照料"])
    done(accept(house, case))
    report(house, outcome("02", None, item_id=item["item_id"]))
    assert approve(house, case)["state"] == "in-progress"
    assert [one["items"] for one in news(house, cursor)][-1] == []  # the matcher has no such lead


def test_a_problem_without_a_person_is_taken_over_and_closed_by_hand(house: House) -> None:
    areas(house, TOWN)
    body = {"kind": "problem", "area": TOWN, "title": "补贴发放账目不清"}
    case = house.call("POST", "/cases", "cases:write", json=body).json()
    assert (case["state"], case["items"]) == ("awaiting-acceptance", [])
    assert done(accept(house, case))["state"] == "verifying"
    closed = done(close(house, case, "已整改"))
    assert (closed["state"], closed["closed_reason"], closed["closed_at"] is None) == ("closed", "人工办结", False)
    again = done(step(house, case, "reopen", {"reason": "复查未过"}))
    assert (again["state"], again["reopened"], again["accepted_at"]) == ("awaiting-acceptance", 1, None)


def test_a_case_by_hand_needs_a_known_area_of_the_callers_own_and_no_open_case_of_the_person(house: House) -> None:
    body = {"kind": "missed", "area": VILLAGE, "title": "群众来电"}
    outside = house.call("POST", "/cases", "cases:write", json={**body, "area": "640498100201"})
    unknown = house.call("POST", "/cases", "cases:write", json=body)
    person = {**body, "area": COUNTY, "person_id": "1" * 36}
    first = house.call("POST", "/cases", "cases:write", json=person)
    second = house.call("POST", "/cases", "cases:write", json=person)
    codes = [one.json().get("code") for one in (outside, unknown, first, second)]
    assert codes == ["area-outside", "area-unknown", None, "household-has-open-case"]
    joined = put(house, household_key=None, person_id="1" * 36).json()
    assert (joined["case_id"], len(joined["items"])) == (first.json()["case_id"], 2)


def test_whoever_is_late_is_found_by_the_list(house: House) -> None:
    put(house)
    taken_over(house, "lead-2", household_key="F002", due_on="2021-06-10")
    watched = taken_over(house, "lead-3", household_key="F003", tier="观察", due_on=None)
    given = taken_over(house, "lead-4", household_key="F004", due_on=None)

    def late(**more: Any) -> list[str]:
        page = house.call("GET", "/cases", "cases:read", params={"overdue": True, **more}).json()
        return [case["household_key"] for case in page["cases"]]

    assert (watched["due_on"], given["due_on"]) == (None, "2021-06-15")
    found = {}
    for day in (1, 4, 5, 10, 11, 15, 16):
        house.told(as_of=date(2021, 6, day))
        found[day] = late()
    assert found == {
        1: [], 4: [], 5: ["F001"], 10: ["F001"], 11: ["F001", "F002"], 15: ["F001", "F002"],
        16: ["F001", "F002", "F004"],
    }  # fmt: skip
    in_time = house.call("GET", "/cases", "cases:read", params={"overdue": False}).json()["cases"]
    assert [(case["household_key"], case["overdue"]) for case in in_time] == [("F003", False)]


def test_deadlines_follow_the_settings_and_the_years_holidays(house: House, tmp_path: Path) -> None:
    calendar = tmp_path / "holidays.csv"
    calendar.write_text("2021-06-14,休\n2021-06-05,班\n", encoding="utf-8")
    house.told(holidays_file=calendar, accept_working_days=4, verify_working_days=9)
    case = put(house, due_on=None).json()
    assert case["accept_due_on"] == "2021-06-05"  # a Saturday at work
    assert done(accept(house, case))["due_on"] == "2021-06-11"


@pytest.mark.parametrize("content", [None, "2021-06-14,放假\n"])
def test_a_calendar_that_cannot_be_read_stops_the_service_at_its_start(tmp_path: Path, content: str | None) -> None:
    calendar = tmp_path / "holidays.csv"
    if content is not None:
        calendar.write_text(content, encoding="utf-8")
    with pytest.raises(ValidationError, match="holidays"):
        RegistrySettings(holidays_file=calendar)


def test_cases_are_narrowed_by_flag(house: House) -> None:
    taken_over(house)
    taken_over(house, "lead-2", household_key="F002")
    put(house, version=2, state="withdrawn")
    page = house.call("GET", "/cases", "cases:read", params={"flag": "线索撤回"}).json()["cases"]
    assert [case["household_key"] for case in page] == ["F001"]


def test_the_catalogue_of_codes_can_be_read(house: House) -> None:
    codes = house.call("GET", "/cases/outcome-codes", "cases:read").json()["codes"]
    second = next(one for one in codes if one["code"] == "02")
    assert len(codes) == 28
    assert (second["title"], second["required"], second["forms"]) == ("符合低保", ["form"], ["household", "single"])
    assert "dibao-rural" in second["programmes"]


@pytest.mark.parametrize("name", ["history", "accept", "outcome", "approve", "return", "assign", "transfer", "close"])
def test_every_step_of_a_case_outside_the_callers_area_finds_nothing(house: House, name: str) -> None:
    case = put(house).json()
    bodies: dict[str, Any] = {
        "accept": ACCEPT, "outcome": outcome("08"), "return": {"reason": "x"}, "close": {"reason": "x"},
        "assign": {"responsible_unit": "x", "responsible_person": "y"}, "transfer": {"area": TOWN, "reason": "x"},
    }  # fmt: skip
    method = "GET" if name == "history" else "POST"
    scopes = ("cases:read", "cases:write", "cases:approve")
    answer = house.call(
        method, f"/cases/{case['case_id']}/{name}", *scopes, area=OTHER_COUNTY, json=bodies.get(name),
        headers={"If-Match": '"1"'},
    )  # fmt: skip
    assert answer.status_code == 404


def test_the_second_of_two_editors_is_told_what_was_altered_meanwhile(house: House) -> None:
    case = taken_over(house)
    handed = {"responsible_unit": "香山镇民政办", "responsible_person": "王干事", "due_on": "2021-08-01"}
    done(step(house, case, "assign", handed))
    reported(house, "08")
    late = house.call(
        "POST", f"/cases/{case['case_id']}/assign", "cases:write",
        json={**handed, "responsible_person": "赵干事"}, headers={"If-Match": f'"{case["version"]}"'},
    )  # fmt: skip
    assert (late.status_code, late.json()["code"]) == (412, "version-mismatch")
    told = {one["pointer"].rsplit("/", 1)[-1]: one["detail"] for one in late.json()["errors"]}
    assert told["responsible_person"] == "责任人：李主任 → 王干事"
    assert told["due_on"].endswith("→ 2021-08-01")
    assert told["code"] == "核查结果：（无） → 08 暂无困难，持续监测"
    assert told["state"] == "状态：核查中 → 已办结"
    assert "measure" not in told  # as it was
    again = house.call("POST", f"/cases/{case['case_id']}/reopen", "cases:write", json={"reason": "再看"})
    assert again.status_code == 428
