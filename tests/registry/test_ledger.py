"""Cases opened, kept up with and withdrawn by leads, and taken over by townships."""

from typing import Any

import pytest
from sqlalchemy import text

from kit.database import reading
from tests.registry.cases import ACCEPT, NUMBER, accept, put
from tests.registry.house import OTHER_COUNTY, OTHER_VILLAGE, TOWN, House


def listed(house: House, **parameters: Any) -> list[dict[str, Any]]:
    who = {"area": parameters.pop("caller")} if "caller" in parameters else {}
    answer = house.call("GET", "/cases", "cases:read", params=parameters, **who)
    cases: list[dict[str, Any]] = answer.json()["cases"]
    return cases


def test_a_households_leads_are_one_case_with_one_item_each(house: House) -> None:
    first = put(house).json()
    second = put(house, "lead-2", tier="必访", due_on="2021-06-20").json()
    other = put(house, "lead-3", household_key="F002").json()
    assert (first["state"], first["state_label"]) == ("awaiting-acceptance", "待签收")
    assert second["case_id"] == first["case_id"] != other["case_id"]
    assert [one["lead_id"] for one in second["items"]] == ["lead-1", "lead-2"]
    assert (second["tier"], second["due_on"]) == ("必访", "2021-06-20")


@pytest.mark.parametrize("who", [{"person_id": "p-1"}, {"subject_id": "s-1"}])
def test_without_a_household_the_person_is_the_case(house: House, who: dict[str, str]) -> None:
    cases = [put(house, lead, household_key=None, **who).json()["case_id"] for lead in ("lead-1", "lead-2")]
    assert cases[0] == cases[1]


def test_the_same_and_older_versions_of_a_lead_change_nothing(house: House) -> None:
    put(house, version=2)
    cursor, _ = house.export()
    again = put(house, version=2, tier="必访").json()
    older = put(house, version=1, state="withdrawn").json()
    changes = house.call("GET", "/changes", "registry:follow", params={"cursor": cursor}).json()["changes"]
    assert again == older
    assert (again["tier"], again["version"], changes) == ("电话核实", 1, [])


def test_a_newer_version_brings_the_item_up_to_date_and_followers_hear_of_it(house: House) -> None:
    first = put(house).json()
    cursor, _ = house.export()
    second = put(house, version=2, tier="必访", screens=["a", "b"]).json()
    changes = house.call("GET", "/changes", "registry:follow", params={"cursor": cursor}).json()["changes"]
    assert (second["tier"], second["items"][0]["screens"], second["version"]) == ("必访", ["a", "b"], 2)
    assert [(one["kind"], one["id"], one["person"]) for one in changes] == [("case", first["case_id"], None)]


def test_a_lead_withdrawn_before_acceptance_closes_its_case_and_coming_back_reopens_it(house: House) -> None:
    put(house)
    put(house, "lead-2")
    half = put(house, version=2, state="withdrawn").json()
    gone = put(house, "lead-2", version=2, state="withdrawn").json()
    back = put(house, "lead-2", version=3).json()
    assert half["state"] == "awaiting-acceptance"
    assert (gone["state"], gone["closed_reason"]) == ("closed", "线索撤回")
    assert gone["closed_at"] is not None
    assert (back["state"], back["closed_reason"], back["closed_at"]) == ("awaiting-acceptance", None, None)
    assert back["case_id"] == gone["case_id"]


def test_a_lead_withdrawn_after_acceptance_only_flags_the_case(house: House) -> None:
    taken = accept(house, put(house).json()).json()
    flagged = put(house, version=2, state="withdrawn").json()
    cleared = put(house, version=3).json()
    assert (taken["state"], taken["responsible_person"]) == ("verifying", "李主任")
    assert (flagged["state"], flagged["flag"]) == ("verifying", "线索撤回")
    assert (cleared["state"], cleared["flag"]) == ("verifying", None)


def test_after_a_case_is_closed_a_new_lead_of_the_household_opens_another(house: House) -> None:
    first = put(house).json()
    put(house, version=2, state="withdrawn")
    assert put(house, "lead-9").json()["case_id"] != first["case_id"]


def test_a_lead_moves_to_the_case_of_its_true_household_until_somebody_took_it_over(house: House) -> None:
    first = put(house).json()
    moved = put(house, version=2, household_key="F777").json()
    left = house.call("GET", f"/cases/{first['case_id']}", "cases:read").json()
    assert moved["case_id"] != first["case_id"]
    assert (left["state"], left["items"]) == ("closed", [])
    accept(house, moved)
    assert put(house, version=3, household_key="F888").json()["case_id"] == moved["case_id"]


def test_a_lead_whose_area_was_wrong_takes_its_waiting_case_along(house: House) -> None:
    put(house)
    moved = put(house, version=2, area=OTHER_VILLAGE).json()
    assert moved["area"] == OTHER_VILLAGE
    assert listed(house, caller=TOWN) == []


def test_acceptance_needs_the_version_seen_the_mandatory_fields_and_the_right_state(house: House) -> None:
    case = put(house).json()
    path = f"/cases/{case['case_id']}/accept"
    blind = house.call("POST", path, "cases:write", json=ACCEPT)
    stale = accept(house, case, version=9)
    short = house.call("POST", path, "cases:write", json={**ACCEPT, "measure": " "}, headers={"If-Match": '"1"'})
    taken = accept(house, case)
    twice = accept(house, taken.json())
    assert [one.status_code for one in (blind, stale, short, taken, twice)] == [428, 412, 422, 200, 409]
    assert twice.json()["code"] == "step-refused"
    assert taken.headers["etag"] == '"2"'


def test_lists_are_narrowed_by_area_state_and_deadline_within_the_callers_own(house: House) -> None:
    put(house)
    put(house, "lead-2", household_key="F002", area=OTHER_VILLAGE, due_on="2021-08-01")
    accept(house, put(house, "lead-3", household_key="F003").json())
    areas = f"code,name\n{TOWN},香山镇\n"
    house.call("POST", "/areas/import", "areas:write", content=areas.encode(), headers={"Content-Type": "text/csv"})

    def keys(**parameters: Any) -> list[str]:
        return [case["household_key"] for case in listed(house, **parameters)]

    assert keys() == ["F001", "F002", "F003"]
    assert keys(area=TOWN) == ["F001", "F003"]
    assert keys(state="verifying") == ["F003"]
    assert keys(due_before="2021-07-15") == ["F001", "F003"]
    assert keys(caller=TOWN) == ["F001", "F003"]
    assert keys(caller=OTHER_COUNTY) == []
    assert house.call("GET", "/cases", "cases:read", params={"state": "任意"}).status_code == 422


def test_a_case_is_hidden_and_a_lead_refused_outside_the_callers_area(house: House) -> None:
    case = put(house).json()
    hidden = house.call("GET", f"/cases/{case['case_id']}", "cases:read", area=OTHER_COUNTY)
    outside = put(house, "lead-7", area="640498100201")
    assert hidden.status_code == 404
    assert (outside.status_code, outside.json()["code"]) == (403, "area-outside")


def test_identity_in_a_case_is_sealed_at_rest_and_masked_until_revealed(house: House) -> None:
    case = put(house).json()
    with reading(house.database) as session:
        stored = str(session.execute(text("SELECT * FROM ledger_item")).mappings().one())
    masked = listed(house)[0]["items"][0]
    path = f"/cases/{case['case_id']}"
    revealed = house.call("GET", path, "cases:read", purpose="reveal", params={"reason": "visit"}).json()["items"][0]
    assert NUMBER not in stored
    assert "自付" not in stored
    assert masked["id_number"] == NUMBER[:3] + "*" * 11 + NUMBER[-4:]
    assert (revealed["id_number"], revealed["reasons"]) == (NUMBER, ["自付医疗费 32000 元"])
