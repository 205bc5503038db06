"""Why was this household not on the March list, given what we knew? One request, sentence by sentence."""

from datetime import timedelta
from typing import Any

import pytest

from kit.columns import now
from tests.registry.cases import ACCEPT, outcome, put, report
from tests.registry.house import OTHER_COUNTY, House, id_number, person_row, workbook
from tests.registry.test_households import send, who

HEAD, WIFE = id_number("19700102", 11), id_number("19720304", 42)


@pytest.fixture
def home(house: House) -> dict[str, str]:
    """A household whose head has 单人保, and whose wife is on the export as a member of a 低保边缘 household."""
    rows = [
        person_row(身份证号=HEAD, 保障方式="单人保", 保障人数="1"),
        person_row(姓名="李秀英", 身份证号=WIFE, 性别="女", 出生日期="19720304", 与户主关系="妻", 救助类别="低保边缘",
                   保障方式=None, 保障人数="1"),
    ]  # fmt: skip
    house.take(workbook(rows), as_of="2021-02-01")
    head, wife = who(house, HEAD), who(house, WIFE)
    shown = house.call("GET", f"/persons/{head}", "registry:read").json()
    held = {one["programme"]: one["coverage_id"] for one in shown["coverage"]}
    return {"head": head, "wife": wife, "home": shown["household_id"], "coverage": held["dibao-rural"]}


def ask(house: House, home: dict[str, str], **asked: str) -> dict[str, Any]:
    answer = house.call("GET", f"/households/{home['home']}/standing", "registry:read", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def codes(told: dict[str, Any], who: str | None) -> set[str]:
    return {one["code"] for one in told["findings"] if one["person_id"] == who}


def words(told: dict[str, Any], code: str) -> str:
    return " ".join(one["text"] for one in told["findings"] if one["code"] == code)


def alter(house: House, home: dict[str, str], step: str, **body: Any) -> None:
    path = f"/coverage/{home['coverage']}"
    seen = house.call("GET", path, "registry:read").headers["ETag"]
    done = house.call("POST", f"{path}/{step}", "registry:write", json=body, headers={"If-Match": seen})
    assert done.status_code == 200, done.text


def test_each_member_is_told_why_in_words(house: House, home: dict[str, str]) -> None:
    told = ask(house, home, as_of="2021-03-31")
    assert codes(told, home["head"]) == {"covered", "category", "no-case"}
    assert codes(told, home["wife"]) == {"other-support", "beside-single", "category", "no-case"}
    assert words(told, "covered") == "马*福自2019年7月起享受农村低保（单人保），当天在保，不列入漏保名单。"
    assert "李*英是单人保家庭的成员，但只保马*福一人" in words(told, "beside-single")
    assert "第4类" in words(told, "category")
    assert "第1类" in words(told, "category")
    assert (told["later"], told["later_count"]) == ([], 0)
    assert all("马有福" not in one["text"] and "李秀英" not in one["text"] for one in told["findings"])


def test_what_came_later_is_told_to_have_come_and_not_mixed_in(house: House, home: dict[str, str]) -> None:
    march = now()
    alter(house, home, "suspend", on="2021-03-01", reason="away")
    between = now()
    alter(house, home, "end", on="2021-03-31", reason="income-above")
    then = ask(house, home, as_of="2021-03-15", known_at=march.isoformat())
    assert "covered" in codes(then, home["head"])
    assert {one["kind"] for one in then["later"]} == {"coverage", "suspension"}
    assert all(one["at"] > march.isoformat() and one["person_id"] in {home["head"], None} for one in then["later"])
    assert then["later_count"] == len(then["later"])
    later = ask(house, home, as_of="2021-03-15", known_at=between.isoformat())
    assert "suspended" in codes(later, home["head"])
    assert words(later, "suspended").endswith("自2021年3月1日起停发（外出未归），停发期间不算在保。")
    assert {one["kind"] for one in later["later"]} == {"coverage"}
    april = ask(house, home, as_of="2021-04-02")
    assert "原因：收入超标" in words(april, "ended")
    assert april["members"][0]["covered"] is False


def test_two_moments_are_compared(house: House, home: dict[str, str]) -> None:
    march = now()
    alter(house, home, "suspend", on="2021-03-01", reason="away")
    told = ask(house, home, as_of="2021-03-15", compared_to=march.isoformat())["difference"]
    assert [one["code"] for one in told["only_then"] if one["person_id"] == home["head"]] == ["covered"]
    assert {one["code"] for one in told["only_now"] if one["person_id"] == home["head"]} == {"suspended", "not-covered"}
    same = ask(house, home, as_of="2021-02-15", compared_to=march.isoformat())["difference"]
    assert (same["only_then"], same["only_now"]) == ([], [])


def test_cases_are_told_as_they_stood(house: House, home: dict[str, str]) -> None:
    before = now()
    case = put(house, person_id=home["wife"], household_key=home["home"]).json()
    opened = now()
    taken = {"cases": [{"case_id": case["case_id"], **ACCEPT}]}
    assert house.call("POST", "/cases/accept", "cases:write", json=taken).json()["taken"] == 1
    assert report(house, outcome("09"))["taken"] == 1

    def of_wife(**asked: str) -> dict[str, Any]:
        return ask(house, home, as_of="2021-06-01", **asked)

    assert "no-case" in codes(of_wife(known_at=before.isoformat()), home["wife"])
    open_then = of_wife(known_at=opened.isoformat())
    assert "当时状态：待签收" in words(open_then, "case-open")
    assert {one["kind"] for one in open_then["later"]} == {"case"}
    settled = of_wife()
    assert {"case-closed", "suppressed"} <= codes(settled, home["wife"])
    assert "结果：09 不符合条件" in words(settled, "case-closed")
    assert "2022年6月1日以前" in words(settled, "suppressed")


def test_a_household_nobody_had_recorded_yet_and_one_of_another_county(house: House, home: dict[str, str]) -> None:
    early = ask(house, home, known_at=(now() - timedelta(days=1)).isoformat())
    assert (early["known"], early["members"]) == (False, [])
    assert codes(early, None) == {"household-unknown"}
    assert {"member", "person", "coverage"} <= {one["kind"] for one in early["later"]}
    gone = house.call("GET", f"/households/{home['home']}/standing", "registry:read", area=OTHER_COUNTY)
    assert gone.status_code == 404


def test_a_member_who_joined_or_left_is_there_on_the_days_and_moments_said(house: House, home: dict[str, str]) -> None:
    known = now()
    left = {"person_id": home["wife"], "belongs": False, "on": "2021-03-10"}
    assert send(house, "POST", f"/households/{home['home']}/members", left).status_code == 200
    there = {one["person_id"] for one in ask(house, home, as_of="2021-03-15")["members"]}
    assert there == {home["head"]}
    assert len(ask(house, home, as_of="2021-03-09")["members"]) == 2
    then = ask(house, home, as_of="2021-03-15", known_at=known.isoformat())
    assert len(then["members"]) == 2
    assert [one["text"] for one in then["later"] if one["kind"] == "member"]


def test_of_a_protected_member_nothing_is_told(house: House, home: dict[str, str]) -> None:
    body = {"person_id": home["wife"], "state": "yes", "kind": "witness", "reason": "证人"}
    assert house.call("POST", "/protections", "cases:write", json=body).status_code in {200, 201}
    before = now()
    told = ask(house, home, as_of="2021-03-31", known_at=before.isoformat())
    assert codes(told, home["wife"]) == {"protected"}
    wife = next(one for one in told["members"] if one["person_id"] == home["wife"])
    assert (wife["name"], wife["coverage"], wife["households"], wife["cases"]) == ("（受保护）", [], [], [])
    assert "李" not in str(told)


BEFORE = "2020-03-31"  # supported since 2019-07, registered since the first import
ASSUMED = "户内成员自2021年2月1日起有登记；此前按当日在保人员认定。"


def correct_member(house: House, home: dict[str, str], who: str, **said: Any) -> None:
    """The wife or the head belonged, or did not, on other days than believed."""
    body = {"person_id": home[who], "belongs": True, **said}
    answer = send(house, "PATCH", f"/households/{home['home']}/members", body)
    assert answer.status_code == 200, answer.text


def people(told: dict[str, Any]) -> list[str]:
    return [one["person_id"] for one in told["members"]]


def test_before_anybody_was_registered_its_people_are_who_was_supported(house: House, home: dict[str, str]) -> None:
    told = ask(house, home, as_of=BEFORE)
    assert people(told) == [home["head"], home["wife"]]
    assert words(told, "members-by-coverage") == ASSUMED
    assert codes(told, None) == {"members-by-coverage"}
    assert codes(told, home["head"]) == {"covered", "category", "no-case"}
    assert {"other-support", "beside-single"} <= codes(told, home["wife"])
    assert [(one["relation"], one["is_head"], one["households"]) for one in told["members"]] == [(None, False, [])] * 2
    assert told["members"][0]["covered"] is True
    registered = ask(house, home, as_of="2021-02-01")
    assert people(registered) == people(told)
    assert codes(registered, None) == set()
    earlier = ask(house, home, as_of="2019-06-30")  # nobody was supported yet
    assert (people(earlier), codes(earlier, None)) == ([], {"nobody"})


def test_who_was_not_supported_on_the_day_or_under_another_household_is_not_taken(house: House) -> None:
    other, alone = id_number("19500607", 33), id_number("19550607", 35)
    row = {"性别": "男", "与户主关系": "其他"}
    old = person_row(姓名="赵有才", 身份证号=other, 出生日期="19500607", 户号="JY0000002", 起保年月="201801", **row)
    unplaced = person_row(姓名="钱有余", 身份证号=alone, 出生日期="19550607", 户号=None, 起保年月="201801", **row)
    house.take(workbook([person_row(), old, unplaced]), as_of="2021-02-01")
    moved = [person_row(停保年月="201912"), {**old, "户号": "JY0000001", "起保年月": "202103"},
             {**unplaced, "户号": "JY0000001"}]  # fmt: skip
    house.take(workbook(moved), as_of="2021-03-01")
    first = who(house, HEAD)
    found = house.call("GET", f"/persons/{first}", "registry:read").json()
    home = {"home": found["household_id"]}
    assert len(ask(house, home, as_of="2021-03-01")["members"]) == 3
    assert people(ask(house, home, as_of="2019-12-31")) == [first, who(house, alone)]
    assert people(ask(house, home, as_of="2020-01-01")) == [who(house, alone)]  # of the head's support nothing runs


def test_the_people_of_a_day_are_those_by_the_knowledge_of_the_moment(house: House, home: dict[str, str]) -> None:
    imported = now()
    correct_member(house, home, "head", valid_from="2015-01-01")
    known = ask(house, home, as_of=BEFORE)
    assert people(known) == [home["head"]]  # somebody is registered: nobody is assumed beside
    assert codes(known, None) == set()
    assumed = ask(house, home, as_of=BEFORE, known_at=imported.isoformat())
    assert people(assumed) == [home["head"], home["wife"]]
    assert words(assumed, "members-by-coverage") == ASSUMED
    assert {one["kind"] for one in assumed["later"]} == {"member"}
    unknown = ask(house, home, as_of=BEFORE, known_at=(imported - timedelta(days=1)).isoformat())
    assert codes(unknown, None) == {"household-unknown"}
    assert {"member", "person", "coverage"} <= {one["kind"] for one in unknown["later"]}


def test_two_moments_of_a_day_before_the_registration_are_compared(house: House, home: dict[str, str]) -> None:
    imported = now()
    alter(house, home, "suspend", on="2020-03-01", reason="away")
    told = ask(house, home, as_of=BEFORE, compared_to=imported.isoformat())["difference"]
    assert {one["code"] for one in told["only_then"] if one["person_id"] == home["head"]} == {"covered"}
    assert {one["code"] for one in told["only_now"] if one["person_id"] == home["head"]} == {"suspended", "not-covered"}
    assert all(one["person_id"] for one in told["only_then"] + told["only_now"])  # on who is there they agree
    correct_member(house, home, "wife", valid_from="2015-01-01")
    told = ask(house, home, as_of=BEFORE, compared_to=imported.isoformat())["difference"]
    assert {"members-by-coverage"} == {one["code"] for one in told["only_then"] if one["person_id"] is None}
    assert {home["wife"]} == {one["person_id"] for one in told["only_now"]}


def test_a_household_everybody_left_has_nobody_however_they_are_supported(house: House, home: dict[str, str]) -> None:
    for one in ("head", "wife"):
        left = {"person_id": home[one], "belongs": False, "on": "2021-03-10"}
        assert send(house, "POST", f"/households/{home['home']}/members", left).status_code == 200
    assert codes(ask(house, home, as_of="2021-03-10"), None) == {"nobody"}
    assert codes(ask(house, home, as_of=BEFORE), None) == {"members-by-coverage"}


def test_a_death_is_told_of_the_days_after_it(house: House, home: dict[str, str]) -> None:
    path = f"/persons/{home['head']}"
    seen = house.call("GET", path, "registry:read").headers["ETag"]
    done = house.call("PATCH", path, "registry:write", json={"died_on": "2021-04-05"}, headers={"If-Match": seen})
    assert done.status_code == 200, done.text
    assert "died" in codes(ask(house, home, as_of="2021-04-05"), home["head"])
    assert "died" not in codes(ask(house, home, as_of=BEFORE), home["head"])
    assert "died" not in codes(ask(house, home, as_of="2021-04-04"), home["head"])


def test_of_a_protected_person_nothing_is_told_of_before_either(house: House, home: dict[str, str]) -> None:
    body = {"person_id": home["wife"], "state": "yes", "kind": "witness", "reason": "证人"}
    assert house.call("POST", "/protections", "cases:write", json=body).status_code in {200, 201}
    told = ask(house, home, as_of=BEFORE, known_at=now().isoformat())
    assert codes(told, home["wife"]) == {"protected"}
    assert "李" not in str(told)
    assert told["later"] == []
