"""Files of a county that was given another code: what is still written under the former one is taken as what it is."""

from typing import Any

import pytest

from kit.columns import now
from kit.database import transaction
from registry.payments.tables import PaymentImport
from tests.registry.house import COUNTY, OTHER_COUNTY, TOWN, VILLAGE, House, id_number, person_row, workbook
from tests.registry.payouts import listed, pay, payout, payouts, report

PREFECTURE, FORMER, OTHER_TOWN = "640400000000", "640497000000", "640499101000"
FORMER_TOWN, FORMER_VILLAGE = "640497100000", "640497100201"
CODES = f"""code12,name,level
{FORMER},老县,3
{FORMER_TOWN},香山镇,4
{FORMER_VILLAGE},暖水村,5
"""
RECODED = f"""原代码,原名称,现代码,现名称,变更日期
{FORMER},老县,{COUNTY},新县,2020-07-01
{FORMER_TOWN},香山镇,{TOWN},香山镇,2020-07-01
{FORMER_VILLAGE},暖水村,{VILLAGE},暖水村,2020-07-01
"""
MERGED = f"""原代码,原名称,现代码,现名称,变更日期
{FORMER},老县,{COUNTY},新县,2020-07-01
{OTHER_COUNTY},别县,{COUNTY},新县,2020-07-01
"""


def hand_over(house: House, text: str, **asked: Any) -> None:
    """A table of divisions from the prefecture, every row of which must be taken."""
    answer = house.call("POST", "/areas/tables", "areas:write", area=PREFECTURE, content=text.encode(), params=asked)
    assert answer.status_code == 200, answer.text
    assert "left" not in answer.json()["counts"], answer.text


@pytest.fixture
def recode(house: House) -> Any:
    """The county under its former code; called, it gets the new one."""
    hand_over(house, CODES, as_of="2019-06-30")
    return lambda: hand_over(house, RECODED)


ROWS = [
    (COUNTY, FORMER_VILLAGE, VILLAGE),
    (COUNTY, FORMER, COUNTY),
    (COUNTY, FORMER[:6], COUNTY),
    (COUNTY, "640497100999", TOWN),  # a village nobody handed over lies with its township
    (COUNTY, VILLAGE, VILLAGE),
    (COUNTY, None, COUNTY),
    (COUNTY, "640498100201", None),
    (COUNTY, "某村", None),
    (TOWN, FORMER_VILLAGE, VILLAGE),
    (OTHER_TOWN, FORMER_VILLAGE, None),
    (PREFECTURE, FORMER_VILLAGE, VILLAGE),
    (OTHER_COUNTY, FORMER_VILLAGE, None),
    (FORMER, FORMER_VILLAGE, FORMER_VILLAGE),  # whoever still calls for the former area says its codes
    (FORMER, None, FORMER),
    (FORMER, VILLAGE, None),
]


@pytest.mark.parametrize(("sender", "written", "stands"), ROWS)
def test_a_payment_under_a_former_code_is_taken_within_the_senders_area(
    house: House, recode: Any, sender: str, written: str | None, stands: str | None
) -> None:
    recode()
    done = pay(house, payouts([payout(区划代码=written)]), area=sender)
    if stands is None:
        assert report(house, done, sender) == {3: ("rejected", ["area-outside"])}
        assert listed(house, seen_from=PREFECTURE) == []
        return
    assert done["counts"] == {"accepted": 1}
    assert [one["area"] for one in listed(house, seen_from=sender)] == [stands]
    if sender == FORMER:
        assert len(listed(house, seen_from=COUNTY)) == 1  # and the new county sees it


@pytest.mark.parametrize(("sender", "written", "stands"), [row for row in ROWS if row[1] not in {None, "某村"}])
def test_an_export_under_a_former_code_likewise(
    house: House, recode: Any, sender: str, written: str, stands: str | None
) -> None:
    recode()
    done = house.take(workbook([person_row(区划代码=written)]), area=sender)
    assert done["counts"] == ({"created": 1} if stands else {"rejected": 1})
    _, people = house.export(PREFECTURE)
    assert [one["division"] for one in people] == ([stands] if stands else [])


@pytest.mark.parametrize("written", [FORMER_VILLAGE, VILLAGE])
def test_its_household_is_the_one_registered_under_the_former_code(house: House, recode: Any, written: str) -> None:
    house.take(workbook([person_row(区划代码=FORMER_VILLAGE)]), area=FORMER)
    before = who(house, FORMER)
    recode()
    nobody = {"户主姓名": "别人", "户主身份证号": None}
    done = pay(house, payouts([payout(区划代码=written), payout(发放年月="202102", 区划代码=written, **nobody)]))
    assert report(house, done) == {}
    found = listed(house)
    assert {one["household_id"] for one in found} == {before["household_id"]}
    assert {one["person_id"] for one in found} == {before["person_id"], None}
    told = house.take(workbook([person_row(区划代码=written)]), as_of="2021-06-01")
    assert set(told["counts"]) <= {"updated", "unchanged"}
    assert who(house, COUNTY)["household_id"] == before["household_id"]


def test_a_number_of_next_door_is_taken_whatever_code_it_was_registered_under(house: House, recode: Any) -> None:
    house.take(workbook([person_row(区划代码=FORMER_VILLAGE)]), area=FORMER)
    recode()
    done = pay(house, payouts([payout(区划代码=None, 户主身份证号=None)]), area=OTHER_TOWN)
    assert report(house, done, OTHER_TOWN) == {3: ("rejected", ["household-outside"])}
    other = person_row(姓名="赵有才", 身份证号=id_number("19500607", 33), 出生日期="19500607", 区划代码=OTHER_TOWN)
    done = house.take(workbook([other]), area=OTHER_TOWN)
    answer = house.call("GET", f"/imports/{done['import_id']}/rows", "imports:write", area=OTHER_TOWN)
    assert "household-outside" in {issue["code"] for row in answer.json()["rows"] for issue in row["issues"]}


def test_of_two_counties_that_became_one_no_household_is_taken_for_the_others(house: House) -> None:
    hand_over(house, f"code12,name,level\n{FORMER},老县,3\n{OTHER_COUNTY},别县,3\n", as_of="2019-06-30")
    other = person_row(姓名="赵有才", 身份证号=id_number("19500607", 33), 出生日期="19500607", 区划代码=OTHER_COUNTY)
    house.take(workbook([person_row(区划代码=FORMER)]), area=FORMER)
    house.take(workbook([other]), area=OTHER_COUNTY)
    hand_over(house, MERGED)
    nobody = {"户主姓名": "别人", "户主身份证号": None}
    done = pay(house, payouts([payout(区划代码=FORMER, **nobody)]))
    assert report(house, done) == {3: ("accepted", ["household-unknown"])}


def test_what_was_paid_before_is_not_paid_again_when_the_list_comes_under_the_new_code(
    house: House, recode: Any
) -> None:
    assert pay(house, payouts([payout(区划代码=FORMER_VILLAGE)]), area=FORMER)["counts"] == {"accepted": 1}
    recode()
    assert pay(house, payouts([payout(区划代码=FORMER_VILLAGE)]))["counts"] == {"updated": 1}  # it moved
    for written in (FORMER_VILLAGE, VILLAGE, None):
        assert pay(house, payouts([payout(区划代码=written)]))["counts"] == {"unchanged": 1}
    assert [one["area"] for one in listed(house)] == [VILLAGE]


def test_lists_of_the_former_and_the_new_area_are_not_taken_at_once(house: House, recode: Any) -> None:
    recode()
    done = pay(house, payouts([payout(区划代码=None)]), area=FORMER)
    with transaction(house.database) as session:
        row = session.get_one(PaymentImport, done["import_id"])
        row.state, row.holder, row.touched_at = "running", "elsewhere:1:x", now()
        session.add(row)
    for area, status in ((COUNTY, 409), (TOWN, 409), (FORMER, 409), (OTHER_COUNTY, 201)):
        content = payouts([payout(区划代码=None, 发放年月="202103")])
        answer = house.call("POST", "/payments/imports", "payments:write", area=area, content=content)
        assert (area, answer.status_code) == (area, status)


def who(house: House, area: str) -> dict[str, Any]:
    asked = {"id_number": id_number("19700102", 11)}
    answer = house.call("POST", "/persons/lookup", "registry:read", area=area, json=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
