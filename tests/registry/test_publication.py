"""The list that is put up: only what may be, of whom it may be, and until when."""

import io
from typing import Any

import openpyxl
import pytest

from tests.registry.house import COUNTY, OTHER_VILLAGE, TOWN, VILLAGE, House, id_number, person_row, workbook
from tests.registry.staff import journal

DECISION = "安民发〔2021〕12号"
LIST = {"area": COUNTY, "programme": "dibao-rural"}
AREAS = {COUNTY: "安宁县", TOWN: "青石镇", VILLAGE: "柳树村", OTHER_VILLAGE: "杏花村"}


def row(household: str, name: str, born: str, sequence: int, **more: Any) -> dict[str, Any]:
    number = id_number(born, sequence)
    own = {"户号": household, "户主姓名": name, "姓名": name, "身份证号": number, "出生日期": born}
    return person_row(**own | {"联系电话": f"1390000{sequence:04d}", "银行账号": f"622900000000{sequence:04d}"} | more)


ROWS = [
    row("A1", "马有福", "19700102", 11, 保障人数="3"),
    row("A1", "李秀英", "19720203", 22, 户主姓名="马有福", 与户主关系="配偶", 保障人数="3"),
    row("A2", "王永贵", "19550505", 55, 区划代码=OTHER_VILLAGE, 保障方式="单人保", 保障人数="1", 月保障金=450),
    row("A3", "赵小宝", "20100101", 77),
    row("A4", "钱边缘", "19600101", 61, 救助类别="低保边缘"),
    row("A5", "孙停保", "19600101", 63, 停保年月="202104"),
]
SECRETS = [
    str(one[name]) for one in ROWS for name in ("身份证号", "联系电话", "银行账号")
] + ["单人", "赵小宝", "钱边缘", "孙停保", "某镇某村3组1号", "19700102"]  # fmt: skip


@pytest.fixture
def village(house: House) -> House:
    areas = [{"code": code, "name": name} for code, name in AREAS.items()]
    assert house.call("POST", "/areas/import", "areas:write", json={"areas": areas}).status_code == 200
    house.take(workbook(ROWS))
    return house


def listed(house: House, **asked: str) -> dict[str, Any]:
    area = asked.pop("by", COUNTY)
    answer = house.call("GET", "/publication", "publication:read", params={**LIST, **asked}, area=area)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def say(house: House, number: str, state: str) -> None:
    found = house.call("POST", "/persons/lookup", "registry:read", json={"id_number": number}).json()
    said = {"person_id": found["person_id"], "state": state, "reason": "入户核实"}
    said |= {"kind": "domestic-violence"} if state == "yes" else {}
    assert house.call("POST", "/protections", "cases:write", "persons:protected", json=said).status_code == 200


def test_the_list_says_what_may_be_public_and_nothing_else(village: House) -> None:
    told = listed(village, decision=DECISION)
    assert told["rows"] == [
        {"name": "马*福", "category": "农村低保", "persons": 3, "amount_fen": 31900, "village": "柳树村"},
        {"name": "王*贵", "category": "农村低保", "persons": 1, "amount_fen": 45000, "village": "杏花村"},
    ]
    assert (told["as_of"], told["ends_on"], told["held_back"]) == ("2021-06-01", "2021-06-08", 1)
    text = village.call("GET", "/publication", "publication:read", params={**LIST, "decision": DECISION}).text
    assert [secret for secret in SECRETS if secret in text] == []


def test_of_whom_nothing_is_known_stands_on_it_by_a_decision_only(village: House) -> None:
    assert (listed(village)["rows"], listed(village)["held_back"]) == ([], 3)
    say(village, ROWS[2]["身份证号"], "no")
    say(village, ROWS[0]["身份证号"], "no")
    assert [one["name"] for one in listed(village)["rows"]] == ["王*贵"], "of the wife nobody knows"
    say(village, ROWS[1]["身份证号"], "no")
    assert [one["name"] for one in listed(village)["rows"]] == ["马*福", "王*贵"]


@pytest.mark.parametrize("who", [0, 1])
def test_the_household_of_somebody_protected_never_stands_on_it(village: House, who: int) -> None:
    say(village, ROWS[who]["身份证号"], "yes")
    assert [one["name"] for one in listed(village, decision=DECISION)["rows"]] == ["王*贵"]


def test_a_child_is_not_named_and_is_grown_up_on_its_birthday(village: House) -> None:
    village.take(workbook([row("A6", "周成年", "20030601", 81), row("A7", "周未满", "20030602", 83)]))
    names = {one["name"] for one in listed(village, decision=DECISION)["rows"]}
    assert {"周*年"} == {name for name in names if name.startswith("周")}


def test_names_are_full_where_the_setting_says_so(village: House) -> None:
    village.told(publication_names="full", publication_days=10)
    told = listed(village, decision=DECISION)
    assert ([one["name"] for one in told["rows"]], told["ends_on"]) == (["马有福", "王永贵"], "2021-06-11")


def test_it_is_bound_to_the_area_and_an_unknown_one_is_refused(village: House) -> None:
    assert [one["name"] for one in listed(village, area=VILLAGE, decision=DECISION)["rows"]] == ["马*福"]
    assert [one["name"] for one in listed(village, by=OTHER_VILLAGE, decision=DECISION)["rows"]] == ["王*贵"]
    answer = village.call("GET", "/publication", "publication:read", params={**LIST, "area": "999999999999"})
    assert (answer.status_code, answer.json()["code"]) == (400, "area-unknown")


def test_the_workbook_holds_the_same_as_text_with_its_end(village: House) -> None:
    answer = village.call("GET", "/publication.xlsx", "publication:read", params={**LIST, "decision": DECISION})
    (sheet,) = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets
    lines = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert lines[0][0] == "农村低保公示名单　公示期 2021-06-01 至 2021-06-08，期满即撤下。"
    assert lines[1][0] == f"依据：{DECISION}"
    assert lines[3:] == [
        [1, "柳树村", "马*福", "农村低保", 3, "319.00"], [2, "杏花村", "王*贵", "农村低保", 1, "450.00"],
    ]  # fmt: skip
    assert all(cell.data_type != "f" for line in sheet.iter_rows() for cell in line)


def test_the_call_is_in_the_journal_with_its_decision(village: House) -> None:
    listed(village, decision=DECISION)
    (noted,) = [detail for action, _, detail in journal(village) if action == "publication.list"]
    assert (noted["of"], noted["decision"], noted["rows"], noted["held_back"]) == (COUNTY, DECISION, 2, 1)
