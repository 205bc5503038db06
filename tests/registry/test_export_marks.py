"""The township's list: watermarked so that the journal finds it, without formulas, and read back as it went out."""

import json
from typing import Any

import pytest

from kit.sights import PURPOSES
from tests.registry.case_sheets import AS_COUNTY, AS_TOWN, CANDIDATES, XLSX, Clerk, exported, open_cases, send
from tests.registry.house import COUNTY, OTHER_COUNTY, TOWN, VILLAGE, House, person_row, workbook
from tests.sheets_seen import MARK, PAYLOADS, look

FULL = {"purpose": "reveal", "identity": "full", "reason": "handover"}
SOUND = {
    "责任单位": "民政办", "责任人": "李主任", "措施": "入户", "核查方式": "入户", "核查日期": "2021-05-28",
    "核查结果": "08 暂无困难，持续监测",
}  # fmt: skip


def entries(house: House, subject: str, area: str = COUNTY) -> list[dict[str, Any]]:
    answer = house.call("GET", "/audit", "audit:read", area=area, params={"subject": subject})
    found: list[dict[str, Any]] = answer.json()["entries"]
    return found


@pytest.mark.parametrize("full", [False, True])
def test_every_list_bears_a_mark_by_which_the_auditor_finds_it(house: House, full: bool) -> None:
    open_cases(house, 3)
    content = exported(house, **(FULL if full else {}))
    seen = look(content)
    found = MARK.search(seen.first_lines[0])
    assert found is not None
    mark = found[0]
    assert len(seen.first_lines) == len(seen.pages)
    assert [mark in line for line in seen.first_lines] == [True, True, False], "the last, hidden, holds choices only"
    assert all(page.count(mark) == 2 for page in seen.pages)
    assert mark in seen.properties
    assert ("身份信息未遮盖" if full else "身份信息已遮盖") in seen.first_lines[0]
    (entry,) = entries(house, found[1])
    assert (entry["action"], entry["actor"], PURPOSES[entry["purpose"]]) == ("case.export", found[3], found[4])
    assert (entry["detail"]["revealed"], entry["detail"]["reason"]) == (full, "handover" if full else None)
    assert len(entry["detail"]["cases"]) == 3
    assert entries(house, found[1], OTHER_COUNTY) == []
    assert MARK.search(look(exported(house)).first_lines[0])[1] != found[1]  # type: ignore[index]  # it is there


def test_in_full_only_with_purpose_and_reason_and_by_people(house: House) -> None:
    open_cases(house, 3)
    path = "/cases/export.xlsx"
    asked = {"identity": "full", "reason": "handover"}
    calls: list[tuple[dict[str, str], str, int, str]] = [
        (asked, "dynamic-monitoring", 403, "reveal-purpose-missing"),
        ({"identity": "full"}, "reveal", 422, "reveal-reason-missing"),
        ({"identity": "full", "reason": "because"}, "reveal", 422, "body-invalid"),
    ]
    for params, purpose, status, code in calls:
        refused = house.call("GET", path, *AS_TOWN, area=TOWN, purpose=purpose, params=params)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
    house.told(reveals_per_client=4)  # three people, and two whom a doubt may mean
    refused = house.call("GET", path, *AS_TOWN, area=TOWN, purpose="reveal", params=asked)
    assert (refused.status_code, refused.json()["args"]["asked"]) == (429, 5)
    house.told(reveals_per_client=5)
    assert [Clerk(exported(house, **FULL)).read(6, "姓名") for _ in range(2)] == ["马有福"] * 2
    assert "*" in Clerk(exported(house, purpose="reveal", reason="handover")).read(6, "姓名")


def poisoned(house: House) -> None:
    """A case for each payload, which stands in every text a list takes from a lead."""
    leads = [
        {
            "lead_id": f"lead-{number}", "lead_version": 1, "state": "open", "area": VILLAGE,
            "household_key": f"F{number:05d}", "subject_id": f"subject-{number}",
            "snapshot": {"name": text, "id_number": text[:40], "phone": text[:40], "address": text},
            "candidates": [{**one, "name": text} for one in CANDIDATES],
            "tier": "必访", "screens": ["uncovered-serious-illness"], "reasons": [text],
        }
        for number, text in enumerate(PAYLOADS)
    ]  # fmt: skip
    answer = house.call("PUT", "/cases/by-lead", *AS_COUNTY, json={"leads": leads})
    assert not any(one["code"] for one in answer.json()["results"]), answer.text
    named = {"areas": [{"code": VILLAGE, "name": "=1+1村"}, {"code": TOWN, "name": "+镇"}]}
    house.call("POST", "/areas/import", *AS_COUNTY, json=named)


def test_no_cell_of_a_list_runs_whatever_stands_in_names_addresses_titles(house: House) -> None:
    poisoned(house)
    content = exported(house, **FULL)
    seen = look(content)
    assert (seen.formulas, seen.links) == (0, 0)
    clerk = Clerk(content)
    told = {clerk.read(line, "姓名") for line in clerk.lines()}
    assert {text.strip() for text in told} >= {text.strip() for text in PAYLOADS}
    kinds = {cell.data_type for row in clerk.page.iter_rows(min_row=6) for cell in row if cell.value is not None}
    assert kinds <= {"s", "inlineStr", "d"}


def test_the_answered_list_is_marked_runs_nothing_and_reads_back_unchanged(house: House) -> None:
    poisoned(house)
    clerk = Clerk(exported(house))
    lines = clerk.lines()
    for line, text in zip(lines, PAYLOADS, strict=True):
        clerk.page.cell(line, clerk.columns["核查结果"]).value = SOUND["核查结果"]
        for header, value in SOUND.items():
            clerk.write(line, **{header: value})
        cell = clerk.page.cell(line, clerk.columns["备注"])
        cell.value, cell.data_type = text, "s"
    clerk.write(lines[0], 核查方式="托梦")
    filled = clerk.saved()
    answered = send(house, filled, Accept=XLSX)
    assert answered.status_code == 200, answered.text
    seen = look(answered.content)
    assert (seen.formulas, seen.links) == (0, 0)
    mark = MARK.search(seen.first_lines[0])
    assert mark is not None
    assert all(page.count(mark[0]) == 2 for page in seen.pages)
    (entry,) = entries(house, mark[1])
    assert (entry["action"], entry["detail"]["rows"]) == ("case.answer", len(PAYLOADS))
    told = Clerk(answered.content, header_line=2)
    assert [told.read(line, "结果") for line in told.lines()].count("已登记") == len(PAYLOADS) - 1
    again = send(house, answered.content).json()
    assert (again["taken"], again["unchanged"], again["refused"]) == (0, len(PAYLOADS) - 1, 1)
    told.write(3, 核查方式="入户")
    assert send(house, told.saved()).json()["taken"] == 1


def test_a_list_that_comes_back_untouched_states_nothing(house: House) -> None:
    open_cases(house, 4)
    answer = send(house, exported(house)).json()
    assert (answer["taken"], answer["refused"], answer["blank"], answer["results"]) == (0, 0, 4, [])


def test_what_people_typed_is_masked_where_it_holds_a_number(house: House) -> None:
    house.call("POST", "/areas/import", "areas:write", json={"areas": [{"code": VILLAGE, "name": "向阳村"}]})
    number, phone, account = "640499197001020110", "13812345678", "6229000000000001234"
    body = {
        "kind": "problem", "area": VILLAGE, "title": f"{number}的卡{account}被停，电话{phone}", "due_on": "2021-07-01",
    }  # fmt: skip
    answer = house.call("POST", "/cases", "cases:write", json=body)
    assert answer.json()["title"] == "640***********0110的卡****1234被停，电话138****5678"
    path = f"/cases/{answer.json()['case_id']}"
    query = {"reason": "complaint"}
    revealed = house.call("GET", path, "cases:read", purpose="reveal", params=query).json()
    assert revealed["title"] == body["title"]


def test_a_followers_export_bears_its_mark_in_the_header(house: House) -> None:
    house.take(workbook([person_row()]))
    first = house.call("GET", "/export", "registry:follow").text.splitlines()[0]
    mark = json.loads(first)["watermark"]
    (entry,) = entries(house, mark["id"])
    assert (entry["action"], entry["actor"]) == ("registry.export", mark["holder"])
