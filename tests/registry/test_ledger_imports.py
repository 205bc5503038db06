"""What the next civil affairs import does: it closes what waited for it and opens again what it contradicts."""

from datetime import date
from typing import Any

import pytest

from kit.columns import new_id, now
from kit.database import transaction
from registry.ledger.outcome_codes import OUTCOMES
from registry.persons.tables import Person
from tests.registry.cases import (
    NUMBER,
    accept,
    approve,
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
from tests.registry.house import OTHER_VILLAGE, TOWN, VILLAGE, House, id_number, person_row, workbook

HEAD = person_row()
OTHERS_NUMBER = id_number("19600303", 7)


def granted(**values: Any) -> dict[str, Any]:
    """The lead's person as next month's export has it: supported since July."""
    row = person_row(户号="JY0000009", 身份证号=NUMBER, 性别=None, 出生日期="19850102", 起保年月="202107")
    return {**row, "家庭人口": "1", "保障人数": "1", **values}


def in_progress(house: House, code: str = "02", **values: Any) -> dict[str, Any]:
    """A case that waits for the next import."""
    case = taken_over(house, kind="wrong" if code.startswith("W") else "missed", **values)
    reported(house, code)
    return approve(house, case) if OUTCOMES[code].second_person else read(house, case)


def july(house: House, *rows: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    """Next month's import."""
    house.told(as_of=date(2021, 7, 1))
    return house.take(workbook(rows), **parameters)


def paid(house: House) -> str:
    """Somebody supported since 2019; the person's id."""
    house.take(workbook([HEAD]))
    return str(house.export()[1][0]["person_id"])


@pytest.mark.parametrize(
    ("code", "programme", "closes"),
    [
        ("02", "农村低保", True), ("02", "城市低保", True), ("02", "集中供养", True), ("02", "低保边缘", False),
        ("02", "临时救助", False), ("03", "分散供养", True), ("03", "刚性支出困难家庭", False),
        ("04", "低保边缘", True), ("04", "农村低保", True), ("04", "刚性支出困难家庭", False),
        ("05", "刚性支出困难家庭", True), ("05", "农村低保", True), ("05", "临时救助", False),
        ("17", "农村低保", True), ("17", "低保边缘", True), ("17", "临时救助", False),
    ],
)  # fmt: skip
def test_an_item_closes_when_an_import_shows_what_was_applied_for(
    house: House, code: str, programme: str, closes: bool
) -> None:
    case = in_progress(house, code)
    july(house, granted(救助类别=programme))
    after = read(house, case)
    expected = ("closed", "settled", "已纳入保障") if closes else ("in-progress", "in-progress", None)
    assert (after["state"], item_of(after)["standing"], item_of(after)["closed_reason"]) == expected
    assert item_of(after)["settled_on"] == ("2021-07-01" if closes else None)


def test_support_that_begins_later_or_has_ended_is_not_there_yet(house: House) -> None:
    case = in_progress(house)
    july(house, granted(停保年月="202106"))
    july(house, {**granted(), "起保年月": "202108"})
    assert read(house, case)["state"] == "in-progress"


def test_a_person_found_by_number_carries_the_subjects_id_and_followers_hear_both(house: House) -> None:
    case = in_progress(house)
    cursor, _ = house.export()
    july(house, granted())
    person = house.export()[1][0]
    page = house.call("GET", "/changes", "registry:follow", params={"cursor": cursor}).json()["changes"]
    last = {(one["kind"], one["id"]): one for one in page}
    told = last[("case", case["case_id"])]["case"]["items"][0]
    assert person["subject_id"] == "subject-of-lead-1"
    assert last[("person", person["person_id"])]["person"]["subject_id"] == "subject-of-lead-1"
    assert (told["standing"], told["code"], told["closed_reason"]) == ("settled", "02", "已纳入保障")
    assert item_of(read(house, case))["person_id"] == person["person_id"]


def test_the_number_a_visit_completed_finds_the_person_and_outranks_the_snapshots(house: House) -> None:
    snapshot = {"name": "马有福", "id_number": OTHERS_NUMBER, "phone": None, "address": None}
    case = taken_over(house, snapshot=snapshot)
    reported(house, "02", id_number=NUMBER.lower())
    approve(house, case)
    stranger = person_row(
        户号="JY0000008", 姓名="王五", 户主姓名="王五", 身份证号=OTHERS_NUMBER, 性别=None, 出生日期="19600303"
    )
    july(house, stranger)
    assert read(house, case)["state"] == "in-progress"
    july(house, granted())
    assert read(house, case)["state"] == "closed"
    subjects = {one["name"]: one["subject_id"] for one in house.export()[1]}
    assert subjects == {"王五": None, "马有福": "subject-of-lead-1"}


@pytest.mark.parametrize(("name", "closes"), [("馬有福", True), ("马 有福", True), ("马有禄", False)])
def test_a_number_from_a_list_counts_only_with_the_name(house: House, name: str, closes: bool) -> None:
    case = in_progress(house, snapshot={"name": name, "id_number": NUMBER, "phone": None, "address": None})
    july(house, granted())
    assert read(house, case)["state"] == ("closed" if closes else "in-progress")


def test_without_any_number_an_item_waits_until_somebody_enters_one(house: House) -> None:
    snapshot = {"name": "马有福", "id_number": None, "phone": None, "address": None}
    case = in_progress(house, snapshot=snapshot)
    july(house, granted())
    assert read(house, case)["state"] == "in-progress"


def test_a_borrowed_number_closes_only_for_the_one_of_that_name(house: House) -> None:
    case = in_progress(house)
    july(house, granted(), granted(姓名="马有禄", 出生日期="19870102", 与户主关系="弟弟"))
    item = item_of(read(house, case))
    names = {one["person_id"]: one["name"] for one in house.export()[1]}
    assert (item["standing"], names[item["person_id"]]) == ("settled", "马有福")


@pytest.mark.parametrize("code", ["W1", "W2"])
def test_a_stop_closes_when_the_import_shows_no_support_any_more(house: House, code: str) -> None:
    person = paid(house)
    case = in_progress(house, code, person_id=person)
    july(house, HEAD)
    assert read(house, case)["state"] == "in-progress"
    july(house, {**HEAD, "停保年月": "202106"})
    after = read(house, case)
    assert (after["state"], item_of(after)["closed_reason"], item_of(after)["code"]) == ("closed", "已停发", code)


def test_a_rehearsed_import_touches_no_case(house: House) -> None:
    case = in_progress(house)
    july(house, granted(), dry_run=True)
    assert read(house, case) == {**case, "overdue": False}


def test_an_export_older_than_the_visit_stops_nothing(house: House) -> None:
    person = paid(house)
    case = in_progress(house, "W1", person_id=person)
    house.take(workbook([{**HEAD, "停保年月": "202104"}]), as_of="2021-05-15")
    assert read(house, case)["state"] == "in-progress"


@pytest.mark.parametrize("code", ["W1", "W2", "W3"])
def test_somebody_reported_as_stopped_who_is_still_paid_comes_back(house: House, code: str) -> None:
    person = paid(house)
    case = taken_over(house, kind="wrong", person_id=person)
    reported(house, code)
    if code != "W3":
        approve(house, case)
        july(house, {**HEAD, "停保年月": "202106"})
        assert read(house, case)["state"] == "closed"
        july(house, HEAD)
        assert read(house, case)["state"] == "closed"  # the same day: nothing is later than the settlement
        house.told(as_of=date(2021, 8, 1))
        house.take(workbook([{**HEAD, "停保年月": None, "起保年月": "202108"}]))
    else:
        july(house, HEAD)
    after = read(house, case)
    assert (after["state"], after["flag"], after["reopened"]) == ("awaiting-acceptance", "仍在发放", 1)
    assert (item_of(after)["standing"], item_of(after)["code"]) == ("pending", None)
    done(accept(house, after))
    reported(house, "W5")
    house.told(as_of=date(2021, 9, 1))
    house.take(workbook([{**HEAD, "月保障金": 320}]))
    assert read(house, case)["state"] == "closed"


def test_support_that_ends_with_the_month_of_the_import_is_stopped_already(house: House) -> None:
    person = paid(house)
    case = taken_over(house, kind="wrong", person_id=person)
    reported(house, "W3")
    july(house, {**HEAD, "停保年月": "202107"})
    assert read(house, case)["state"] == "closed"
    house.told(as_of=date(2021, 7, 2))
    house.take(workbook([{**HEAD, "停保年月": "202108"}]))
    assert read(house, case)["flag"] == "仍在发放"


def test_still_paid_joins_the_case_the_household_has_open_by_now(house: House) -> None:
    person = paid(house)
    old = taken_over(house, kind="wrong", person_id=person)
    reported(house, "W3")
    present = taken_over(house, "lead-2")
    july(house, HEAD)
    after = read(house, present)
    assert (read(house, old)["state"], read(house, old)["items"]) == ("closed", [])
    assert (after["flag"], after["state"], len(after["items"])) == ("仍在发放", "verifying", 2)


def test_a_withdrawal_on_its_way_does_not_close_what_the_import_opened_again(house: House) -> None:
    person = paid(house)
    case = taken_over(house, kind="wrong", person_id=person)
    reported(house, "W3")
    july(house, HEAD)
    after = put(house, version=2, kind="wrong", person_id=person, state="withdrawn").json()
    assert (after["case_id"], after["state"], after["flag"]) == (case["case_id"], "awaiting-acceptance", "仍在发放")


def test_the_person_a_two_candidate_outcome_named_is_the_one_looked_at(house: House) -> None:
    brother = person_row(姓名="马有禄", 身份证号=None, 出生日期="19720103", 与户主关系="弟弟")
    house.take(workbook([HEAD, brother]))
    people = {one["name"]: one["person_id"] for one in house.export()[1]}
    candidates = [{"person_id": one, "name": name} for name, one in people.items()]
    case = taken_over(house, kind="wrong", candidates=candidates)
    report(house, outcome("W1", person_id=people["马有禄"]))
    approve(house, case)
    put(house, version=2, kind="wrong", candidates=candidates, tier="必访")  # a new version keeps what was answered
    july(house, {**HEAD, "停保年月": "202106"}, brother)
    assert read(house, case)["state"] == "in-progress"
    july(house, {**HEAD, "停保年月": "202106"}, {**brother, "停保年月": "202106"})
    assert read(house, case)["state"] == "closed"


def test_a_merged_person_is_followed_to_the_one_that_remained(house: House) -> None:
    person = paid(house)
    gone = new_id()
    with transaction(house.database) as session:
        session.add(Person(person_id=gone, survivor_id=person, created_at=now()))
    case = in_progress(house, "W1", person_id=gone)
    july(house, HEAD)
    assert read(house, case)["state"] == "in-progress"
    july(house, {**HEAD, "停保年月": "202106"})
    assert read(house, case)["state"] == "closed"


def test_a_person_the_registry_never_knew_stops_nothing(house: House) -> None:
    case = in_progress(house, "W1", person_id=new_id())
    july(house, HEAD)
    assert read(house, case)["state"] == "in-progress"


def test_the_same_import_again_changes_no_case(house: House) -> None:
    case = in_progress(house)
    july(house, granted())
    after = read(house, case)
    cursor, _ = house.export()
    july(house, granted())
    assert (read(house, case), news(house, cursor)) == (after, [])


def test_a_case_with_two_people_closes_when_both_are_answered_and_rests_meanwhile(house: House) -> None:
    put(house, "lead-2", snapshot={"name": "马有禄", "id_number": OTHERS_NUMBER, "phone": None, "address": None})
    case = in_progress(house)
    assert case["state"] == "verifying"
    reported(house, "02", "lead-2")
    approve(house, case)
    done(step(house, case, "suspend", {"reason": "等待公示"}))
    july(house, granted())
    assert (read(house, case)["state"], item_of(read(house, case))["standing"]) == ("suspended", "settled")
    brother = {**granted(), "姓名": "马有禄", "身份证号": OTHERS_NUMBER, "出生日期": "19600303", "与户主关系": "弟弟"}
    july(house, granted(), brother)
    after = read(house, case)
    assert (after["state"], after["closed_reason"], after["suspended_until"]) == ("closed", "已纳入保障", None)


def test_an_import_of_one_township_leaves_the_cases_of_others_alone(house: House) -> None:
    case = in_progress(house, area=OTHER_VILLAGE)
    house.told(as_of=date(2021, 7, 1))
    house.take(workbook([granted(区划代码=VILLAGE)]), area=TOWN)
    assert read(house, case)["state"] == "in-progress"
    house.take(workbook([granted(区划代码=VILLAGE)]))
    assert read(house, case)["state"] == "closed"


def test_somebody_who_moved_to_the_next_township_and_is_paid_there_is_not_stopped(house: House) -> None:
    person = paid(house)
    case = in_progress(house, "W1", person_id=person)
    july(house, {**HEAD, "区划代码": OTHER_VILLAGE})
    house.take(workbook([person_row(户号="JY0000005", 姓名="张三", 户主姓名="张三", 身份证号=None)]), area=TOWN)
    assert read(house, case)["state"] == "in-progress"
