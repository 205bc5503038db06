"""The list a township downloads, fills in with Excel and sends back: every mistake at its cell, the rest taken once."""

import csv
import io
import random
import time
from typing import Any

import openpyxl
import pytest
from sqlalchemy import text

from kit.database import reading
from tests.registry.case_sheets import (
    ACCEPTED,
    AS_COUNTY,
    AS_TOWN,
    CANDIDATES,
    HEADER_LINE,
    MISTAKES,
    SHEET,
    VISITED,
    XLSX,
    Clerk,
    exported,
    month_with_mistakes,
    name_areas,
    open_cases,
    send,
)
from tests.registry.house import COUNTY, OTHER_VILLAGE, TOWN, House, id_number

SOUND = {**ACCEPTED, **VISITED, "核查结果": "08 暂无困难，持续监测"}


def count(house: House, table: str) -> int:
    with reading(house.database) as session:
        return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def cases(house: House, **parameters: Any) -> list[dict[str, Any]]:
    answer = house.call("GET", "/cases", *AS_COUNTY, area=COUNTY, params={"limit": 1000, **parameters})
    found: list[dict[str, Any]] = answer.json()["cases"]
    return found


def item(house: House, lead: str) -> dict[str, Any]:
    return next(one for case in cases(house) for one in case["items"] if one["lead_id"] == lead)


def months_list(house: House, size: int) -> None:
    """The goal: a month's list with 50 planted mistakes; each named at its cell, the rest taken; again: nothing."""
    name_areas(house)
    open_cases(house, size)
    open_cases(house, 1, OTHER_VILLAGE, first=90_001)
    other = next(case for case in cases(house, area=OTHER_VILLAGE))
    foreign = {"事项编号": other["case_id"], "线索编号": "lead-90001", "对象编号": other["items"][0]["item_id"]}
    started = time.monotonic()
    content = exported(house)
    out = time.monotonic() - started
    planted = month_with_mistakes(content, foreign, 50)
    assert len(planted.expected) == 50
    assert len(set(planted.expected.values())) >= 15
    started = time.monotonic()
    first = send(house, planted.content)
    back = time.monotonic() - started
    assert first.status_code == 200, first.text
    body = first.json()
    named = {error["cell"]: error["code"] for row in body["results"] for error in row["errors"]}
    assert named == planted.expected
    assert (body["taken"], body["unchanged"], body["refused"]) == (planted.stated - 50, 0, 50)
    assert planted.stated == size + 1
    assert len(body["results"]) == planted.stated
    outcomes = count(house, "ledger_outcome")
    assert outcomes == body["taken"]
    events = count(house, "ledger_event")
    again = send(house, planted.content).json()
    assert (again["taken"], again["unchanged"], again["refused"], again["accepted"]) == (0, body["taken"], 50, 0)
    assert {error["cell"]: error["code"] for row in again["results"] for error in row["errors"]} == planted.expected
    assert (count(house, "ledger_outcome"), count(house, "ledger_event")) == (outcomes, events)
    print(f"{size} cases: list written in {out:.1f} s, read back in {back:.1f} s")  # noqa: T201 - the figure asked for


def test_a_months_list_with_fifty_mistakes_names_each_at_its_cell_and_takes_the_rest_once(house: House) -> None:
    months_list(house, 300)


@pytest.mark.soak
def test_a_list_of_two_thousand_cases_with_fifty_mistakes(house: House) -> None:
    months_list(house, 2000)


def test_a_mistake_says_the_way_out_in_chinese_and_quotes_no_cell(house: House) -> None:
    name_areas(house)
    open_cases(house, 100)
    clerk = Clerk(exported(house))
    lines = iter(clerk.lines())
    for mistake in MISTAKES:
        clerk.write(next(lines), **{**SOUND, **mistake.cells})
    clerk.write(next(lines), **{**SOUND, "补充姓名": "x" * 101, "措施": "长" * 501})
    rows = send(house, clerk.saved()).json()["results"]
    details = [error["detail"] for row in rows for error in row["errors"]]
    assert len(details) >= len(MISTAKES) + 1
    for detail in details:
        assert any("\u4e00" <= letter <= "\u9fff" for letter in detail)
        assert not any(word in detail for word in ("托梦", "马有禄", "上周五", "640499", "长长", "xx"))


def test_the_list_is_fit_for_excel(house: House) -> None:
    name_areas(house)
    open_cases(house, 12)
    open_cases(house, 3, first=1000)
    with_many = {"lead_version": 1, "state": "open", "area": "640499100201", "household_key": "F00002",
                 "snapshot": {"name": "马小福"}, "reasons": ["低保户内"]}  # fmt: skip
    house.call("PUT", "/cases/by-lead/lead-second", *AS_COUNTY, json=with_many)
    book = openpyxl.load_workbook(io.BytesIO(exported(house)))
    page = book[SHEET]
    clerk = Clerk(exported(house))
    assert page.freeze_panes == f"A{HEADER_LINE + 1}"
    assert len(clerk.lines()) == 16
    assert not any(cell.data_type == "f" for row in page.iter_rows() for cell in row)
    for header in ("事项编号", "线索编号", "对象编号", "补充身份证号", "停发年月"):
        letter = clerk.cell(6, header)[:-1]
        assert page.column_dimensions[letter].width
        assert page[f"{letter}6"].number_format == "@" or page[f"{letter}6"].value is None
    rules = {str(rule.sqref).split("6:")[0]: rule.formula1 for rule in page.data_validations.dataValidation}
    assert len(rules) == 4
    assert rules[clerk.cell(6, "核查方式")[:-1]] == '"入户,电话,村级,比对"'
    households = [clerk.read(line, "事项编号") for line in clerk.lines()]
    assert len(set(households)) == 15
    at = [index for index, one in enumerate(households) if households.count(one) == 2]
    assert at[1] == at[0] + 1, "a household stands together"
    guide = book["填写说明"]
    assert [cell.value for cell in guide["A"]][2:4] == ["01", "02"]
    assert (clerk.read(6, "村（社区）"), clerk.read(6, "类别"), clerk.read(6, "状态")) == (
        "向阳村",
        "疑似错保",
        "待签收",
    )
    assert (clerk.read(6, "是否逾期"), clerk.read(6, "候选人员")) == ("否", "1 马*福；2 马*才")


def test_identity_is_masked_unless_revealed_and_both_are_on_record(house: House) -> None:
    open_cases(house, 1)
    masked, revealed = Clerk(exported(house)), Clerk(exported(house, purpose="reveal", identity="full", reason="visit"))
    number = id_number("19700102", 11)
    assert masked.read(6, "身份证号") == number[:3] + "*" * 11 + number[-4:]
    assert (revealed.read(6, "身份证号"), revealed.read(6, "电话")) == (number, "13800000001")
    with reading(house.database) as session:
        noted = session.execute(
            text("SELECT detail FROM journal_entry WHERE action = 'case.export' ORDER BY number")
        ).scalars()
        told = [str(one) for one in noted]
    assert ['"revealed":false' in told[0], '"revealed":true' in told[1]] == [True, True]
    assert all(cases(house)[0]["case_id"] in one for one in told)


def test_the_list_is_narrowed_like_any_list_and_holds_only_the_callers_area(house: House) -> None:
    name_areas(house)
    open_cases(house, 3)
    open_cases(house, 2, OTHER_VILLAGE, first=50)
    clerk = Clerk(exported(house))
    clerk.write(6, **SOUND, 备注="已走访")
    clerk.write(6, 核查结果="02", 保障方式="单人保") if clerk.read(6, "类别") == "疑似漏保" else clerk.write(
        6, 核查结果="W5"
    )
    assert send(house, clerk.saved()).json()["taken"] == 1

    def listed(**parameters: Any) -> int:
        return len(Clerk(exported(house, **parameters)).lines())

    assert (listed(), listed(area_of_caller=COUNTY), listed(area_of_caller=COUNTY, area=OTHER_VILLAGE)) == (3, 5, 2)
    assert listed(state="awaiting-acceptance") == 2
    assert listed(area_of_caller="640498000000") == 0
    assert house.call("GET", "/cases/export.xlsx", *AS_TOWN, params={"nam": "x"}).status_code == 400
    assert house.call("GET", "/cases/export.xlsx", "cases:write").status_code == 403


def test_rows_without_a_result_are_not_touched_and_a_household_is_taken_over_once(house: House) -> None:
    open_cases(house, 3, first=1)
    extra = {"lead_version": 1, "state": "open", "area": "640499100201", "household_key": "F00001",
             "snapshot": {"name": "马小福"}}  # fmt: skip
    house.call("PUT", "/cases/by-lead/lead-child", *AS_COUNTY, json=extra)
    clerk = Clerk(exported(house))
    by_lead = {clerk.read(line, "线索编号"): line for line in clerk.lines()}
    clerk.write(by_lead["lead-1"], **VISITED, 核查结果="08")  # 签收 stands in the row of the other member
    clerk.write(by_lead["lead-child"], **SOUND)
    clerk.write(by_lead["lead-2"], **ACCEPTED, **VISITED)
    body = send(house, clerk.saved()).json()
    assert (body["taken"], body["blank"], body["accepted"], body["refused"]) == (2, 2, 1, 0)
    states = {case["household_key"]: case["state"] for case in cases(house)}
    assert states == {"F00001": "closed", "F00002": "awaiting-acceptance", "F00003": "awaiting-acceptance"}


def test_a_sheet_in_any_order_with_other_columns_titles_and_as_csv_in_gb18030_is_understood(house: House) -> None:
    open_cases(house, 4, first=1)
    rows = [
        ["香山镇五月核查情况", "", "", "", "", "", ""],
        ["备 注", "结果代码", "核查日期", "序号", "*线索编号", "核查方式", "村干部"],
        ["放羊去了", "15", "2021.5.28", "1", "lead-1", "入户核查", "王五"],
        ["", "12身份不符", "20210528", "2", "lead-2", "phone", ""],
        ["", "", "", "3", "lead-3", "", ""],
        ["合计：3人", "", "", "", "", "", ""],
    ]
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    met = [case["case_id"] for case in cases(house) if case["household_key"] in ("F00001", "F00002")]
    house.call("POST", "/cases/accept", *AS_COUNTY, json={"cases": [{"case_id": one, **ACCEPT} for one in met]})
    body = send(house, out.getvalue().encode("gb18030"), "text/csv").json()
    assert (body["taken"], body["blank"], body["refused"]) == (2, 1, 0)
    assert item(house, "lead-1")["standing"] == "revisit"
    assert item(house, "lead-2")["code"] == "12"


ACCEPT = {"responsible_unit": "香山镇民政办", "responsible_person": "李主任", "measure": "入户核查"}


def test_what_the_clerk_wrote_arrives_as_stated(house: House) -> None:
    open_cases(house, 2)
    clerk = Clerk(exported(house))
    by_lead = {clerk.read(line, "线索编号"): line for line in clerk.lines()}
    clerk.write(by_lead["lead-0"], **ACCEPTED, 核查结果="w2", 核查方式="村级", 核查日期="44344", 停发年月="2021年7月")
    clerk.write(by_lead["lead-0"], **{"是哪一位(候选)": "马有才", "多发金额(元)": "1,276.50元", "追回金额(元)": 0})
    number = id_number("19700102", 12)
    clerk.write(by_lead["lead-1"], **SOUND, 补充姓名="马有禄", 补充身份证号=number, 录入编号="0012", 核查人="王五")
    clerk.write(by_lead["lead-1"], 核查结果=2, 保障方式="单人", 录入日期="2021/5/30")
    answer = send(house, clerk.saved())
    assert answer.json()["taken"] == 2, answer.text
    history = [
        house.call("GET", f"/cases/{case['case_id']}/history", *AS_COUNTY).json()["outcomes"][0]
        for case in cases(house)
    ]
    missed, wrong = sorted(history, key=lambda one: str(one["code"]))
    assert (wrong["code"], wrong["how"], wrong["visited_on"], wrong["stop_from"]) == (
        "W2",
        "village",
        "2021-05-28",
        "2021-07",
    )
    assert (wrong["overpaid_fen"], wrong["recovered_fen"]) == (127650, 0)
    assert (missed["code"], missed["form"], missed["entered_on"]) == ("02", "single", "2021-05-30")
    cursor = None
    news = house.call("GET", "/changes", *AS_COUNTY, params={"cursor": cursor} if cursor else {}).json()
    told = {one["lead_id"]: one for change in news["changes"] if change["case"] for one in change["case"]["items"]}
    assert told["lead-0"]["person_id"] == CANDIDATES[1]["person_id"]
    assert (told["lead-1"]["name"], told["lead-1"]["id_number"]) == ("马有禄", number)


def test_the_answer_as_a_workbook_is_the_senders_rows_and_can_be_corrected_and_sent_back(house: House) -> None:
    open_cases(house, 4, first=1)
    clerk = Clerk(exported(house))
    first, second, third, _ = clerk.lines()
    clerk.write(first, **SOUND)
    clerk.write(second, **{**SOUND, "核查日期": "2021-06-31"})
    clerk.write(third, **{**SOUND, "补充身份证号": int("640499197001020110")})
    content = clerk.saved()
    answer, again = (send(house, content, Accept=XLSX, **{"Idempotency-Key": "sheet-1"}) for _ in range(2))
    assert answer.headers["content-type"] == again.headers["content-type"] == XLSX
    assert answer.content == again.content
    told = Clerk(answer.content, header_line=2)
    results = [(told.read(line, "原行号"), told.read(line, "结果")) for line in told.lines()]
    assert results == [(6, "已登记"), (7, "未登记"), (8, "未登记"), (9, "未填")]
    assert told.read(4, "错误").startswith(f"{clerk.cell(7, '核查日期')} 看不懂的日期")
    assert told.read(5, "补充身份证号") is None, "the ghost of a number must not come back as text"
    assert told.page.data_validations.dataValidation
    told.write(4, 核查日期="2021-05-31")
    told.write(5, 补充身份证号=id_number("19700102", 11))
    body = send(house, told.saved()).json()
    assert (body["taken"], body["unchanged"], body["refused"], body["blank"]) == (2, 1, 0, 1)


def test_the_same_person_twice_with_the_same_result_is_one_outcome(house: House) -> None:
    open_cases(house, 1, first=1)
    clerk = Clerk(exported(house))
    clerk.write(6, **SOUND)
    clerk.append(6, 核查结果="08", 对象编号=None)
    body = send(house, clerk.saved()).json()
    assert (body["taken"], body["unchanged"], body["refused"]) == (1, 1, 0)
    assert count(house, "ledger_outcome") == 1


def test_a_file_that_is_no_list_is_refused_whole_with_the_way_out(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_cases(house, 3, first=1)
    clerk = Clerk(exported(house))
    clerk.write(6, **SOUND)
    sound = clerk.saved()
    clerk.page.cell(HEADER_LINE, clerk.columns["核查结果"]).value = "结论"
    headless = clerk.saved()
    answers = [send(house, content) for content in (b"", b"PK\x03\x04broken", "今天没有数据\n".encode(), headless)]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [
        (422, "sheet-unreadable"), (422, "sheet-unreadable"), (422, "sheet-unreadable"), (422, "sheet-columns-wrong"),
    ]  # fmt: skip
    assert "核查结果" in answers[3].json()["detail"]
    monkeypatch.setattr("registry.ledger.sheet_api.MOST_ROWS", 2)
    long, list_ = send(house, sound), house.call("GET", "/cases/export.xlsx", *AS_TOWN, area=TOWN)
    assert [(one.status_code, one.json()["code"]) for one in (long, list_)] == [
        (413, "sheet-too-long"), (422, "list-too-long"),
    ]  # fmt: skip
    assert count(house, "ledger_outcome") == 0


def test_json_and_sheets_share_one_address_and_the_contract_tells_both(house: House) -> None:
    open_cases(house, 1, first=1)
    clerk = Clerk(exported(house))
    clerk.write(6, **SOUND)
    assert send(house, clerk.saved()).json()["taken"] == 1
    one = {"outcome_id": "0190f5a0-0000-7000-8000-000000000001", "lead_id": "lead-1", "code": "08", "how": "visit",
           "visited_on": "2021-05-28"}  # fmt: skip
    late = house.call("POST", "/cases/outcomes", *AS_COUNTY, json={"outcomes": [one]}).json()
    assert (late["refused"], late["results"][0]["errors"][0]["code"]) == (1, "already-reported")
    broken = house.call("POST", "/cases/outcomes", *AS_COUNTY, json={"outcomes": []})
    assert (broken.status_code, broken.json()["code"]) == (422, "body-invalid")
    path = "/registry/v1/cases/outcomes"
    nobody = house.client.post(path, content=clerk.saved(), headers={"Content-Type": XLSX})
    reader = house.call("POST", "/cases/outcomes", "cases:read", content=b"", headers={"Content-Type": XLSX})
    assert [(one.status_code, one.json()["code"]) for one in (nobody, reader)] == [
        (401, "token-missing"), (403, "scope-missing"),
    ]  # fmt: skip
    described = house.app.openapi()["paths"]["/registry/v1/cases/outcomes"]["post"]
    assert {"application/json", XLSX, "text/csv"} <= set(described["requestBody"]["content"])
    assert XLSX in described["responses"]["200"]["content"]
    assert described["operationId"] == "report_outcomes"


@pytest.mark.parametrize("who", ["1", "1、马有福", "1 马*福", "马有福", "马*福", CANDIDATES[0]["person_id"]])
def test_which_of_two_people_is_said_by_number_by_name_or_by_both(house: House, who: str) -> None:
    open_cases(house, 1)
    clerk = Clerk(exported(house))
    clerk.write(6, **{**SOUND, "核查结果": "W1", "停发年月": "2021-06", "是哪一位(候选)": who})
    assert send(house, clerk.saved()).json()["taken"] == 1
    news = house.call("GET", "/changes", *AS_COUNTY).json()["changes"]
    assert news[-1]["case"]["items"][0]["person_id"] == CANDIDATES[0]["person_id"]


def test_whatever_stands_in_the_cells_every_row_is_answered(house: House) -> None:
    size, seed = 40, random.Random(20210601)
    open_cases(house, size)
    clerk = Clerk(exported(house))
    nasty = [
        "", " ", "2", "02", "W1", 0, -1, 1e300, "1e300", "nan", "=1+1", "'", "\u200b", "长" * 600, "2021-05-28", "是",
        44344, 44344.7, True, "入户", "整户保", "lead-1", "\ufffd", "9" * 40, "①", "½", "٣", "😀", "0" * 36,
    ]  # fmt: skip
    for line in clerk.lines():
        clerk.write(line, **SOUND)
        for header in seed.sample(list(clerk.columns), 6):
            clerk.write(line, **{header: seed.choice(nasty)})
    answer = send(house, clerk.saved())
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["taken"] + body["unchanged"] + body["refused"] + body["blank"] == size
    assert body["refused"] > 10
    refused = [row for row in body["results"] if row["result"] == "refused"]
    assert all(
        row["errors"] and all(one["cell"].endswith(str(row["line"])) for one in row["errors"]) for row in refused
    )
    assert count(house, "ledger_outcome") == body["taken"]
    assert send(house, clerk.saved()).json()["unchanged"] == body["taken"]
