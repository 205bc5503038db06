"""What is exported in the civil affairs layout says everything again: read back, nothing changes."""

from typing import Any

import pytest

from kit.database import transaction
from kit.tables_in import read_table
from registry.imports import export as layout
from registry.imports.headers import COLUMNS, HEADERS
from registry.main import OPERATOR
from registry.persons import protections
from tests.registry.house import COUNTY, HEADER, OTHER_VILLAGE, House, id_number, person_row
from tests.registry.test_protections import said
from tests.sheets_seen import MARK, look
from tests.workbooks import workbook as saved

FULL = {"identity": "full", "reason": "handover"}
EXTRA = (
    "本人补助金额", "分类施保事由", "分类施保金", "致困原因", "办理依据", "供养方式", "自理能力", "渐退标志",
    "渐退起始年月", "渐退截止年月", "停保原因", "是否保障对象",
)  # fmt: skip
TEKUN = id_number("19400102", 21)


def file(*rows: dict[str, Any]) -> bytes:
    header = [*HEADER, *EXTRA]
    return saved([header, *([row.get(name) for name in header] for row in rows)])


def county() -> bytes:
    """A household whose head alone is supported, a person with two periods, two 特困, one phasing out, one homeless."""
    head = person_row(
        保障方式="单人保", 保障人数="1", 分类施保事由="重病、高龄", 分类施保金="63.80", 致困原因="因病",
        办理依据="某政发1号", 渐退标志="是", 渐退起始年月="202105", 渐退截止年月="202107", 本人补助金额="159.5",
        是否保障对象="是",
    )  # fmt: skip
    other = {"户号": "JY0000001", "户主姓名": "马有福", "姓名": "马小", "身份证号": id_number("19990102", 12)}
    member = {**other, "区划代码": OTHER_VILLAGE, "与户主关系": "子", "是否保障对象": "否", "出生日期": "19990102"}
    gone = person_row(
        户号="JY2", 姓名="丁一", 户主姓名="丁一", 身份证号=id_number("19800102", 31), 出生日期="19800102",
        停保年月="202003", 停保原因="收入超标",
    )  # fmt: skip
    again = gone | {"救助类别": "城市低保", "起保年月": "202008", "停保年月": None, "停保原因": None}
    kept = person_row(
        户号="JY3", 救助类别="特困人员", 供养方式="集中", 自理能力="半失能", 保障方式=None, 姓名="孤老",
        户主姓名="孤老", 身份证号=TEKUN, 出生日期="19400102", 民族=None, 月保障金=None, 银行账号=None, 开户姓名=None,
    )  # fmt: skip
    alone = person_row(户号=None, 姓名="散户", 户主姓名=None, 身份证号=id_number("19850102", 41), 出生日期="19850102",
                       与户主关系=None)  # fmt: skip
    return file(head, member, gone, again, kept, alone)


def export(house: House, form: str = "xlsx", **parameters: str) -> bytes:
    who = {"purpose": "reveal"} if "identity" in parameters else {}
    answer = house.call("GET", f"/coverage/export.{form}", "registry:read", params=parameters, **who)
    assert answer.status_code == 200, answer.text
    return answer.content


def test_every_new_column_is_read_and_kept(house: House) -> None:
    done = house.take(county())
    assert done["counts"] == {"created": 6}
    rows = house.call("GET", "/coverage", "registry:read").json()["coverage"]
    one = next(row for row in rows if row["form"] == "single")
    assert (one["ground"], one["basis"], one["own_amount_fen"]) == ("illness", "某政发1号", 159_50)
    assert (one["uplift_grounds"], one["uplift_fen"]) == (["illness", "old-age"], 63_80)
    assert (one["phase_out_from"], one["phase_out_until"]) == ("2021-05-01", "2021-07-31")
    kept = next(row for row in rows if row["mode"] is not None)
    assert (kept["programme"], kept["mode"], kept["self_care"]) == ("tekun-institution", "institution", "partial")
    assert {row["end_reason"] for row in rows if row["end"]} == {"income-above"}


def test_a_member_of_a_single_persons_household_is_kept_and_not_covered(house: House) -> None:
    house.take(county())
    head = house.call("POST", "/persons/lookup", "registry:read", json={"id_number": id_number("19700102", 11)}).json()
    home = house.call("GET", f"/households/{head['household_id']}", "registry:read").json()
    assert [one["is_head"] for one in home["members"]] == [True, False]
    member = house.call("GET", f"/persons/{home['members'][1]['person_id']}", "registry:read").json()
    assert member["coverage"] == []
    assert (head["coverage"][0]["household_size"], head["coverage"][0]["covered_count"]) == (2, 1)


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_an_exported_file_read_back_is_unchanged_in_every_row(house: House, form: str) -> None:
    house.take(county())
    cursor, _ = house.export()
    content = export(house, form, **FULL)
    done = house.take(content)
    assert done["counts"] == {"unchanged": 6}, house.rows(done["import_id"])
    assert house.call("GET", "/changes", "registry:follow", params={"cursor": cursor}).json()["changes"] == []
    codes = {one["code"] for row in house.rows(done["import_id"]) for one in row["issues"]}
    assert codes == {"id-number-doubtful", "household-missing"}


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_without_a_reason_the_file_is_masked_and_cannot_be_read_back(house: House, form: str) -> None:
    house.take(county())
    content = export(house, form)
    table = read_table(content, [name for names in HEADERS.values() for name in names])
    assert all(COLUMNS.knows(header) for header in table.headers)
    assert TEKUN not in "".join(table.frame["身份证号"].drop_nulls())
    assert "马有福" not in table.frame["姓名"].to_list()
    done = house.take(content)
    assert done["counts"] == {"rejected": 6}
    refused = house.call("GET", f"/coverage/export.{form}", "registry:read", params=FULL)
    assert refused.json()["code"] == "reveal-purpose-missing"


def cells(content: bytes) -> list[tuple[str | None, ...]]:
    return read_table(content, [name for names in HEADERS.values() for name in names]).frame.drop("line").rows()


@pytest.mark.parametrize("parameters", [{}, FULL])
def test_the_text_says_what_the_workbook_says_in_however_many_pieces(
    house: House, parameters: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    house.take(county())
    book, text = (cells(export(house, form, **parameters)) for form in ("xlsx", "csv"))
    assert text == book
    monkeypatch.setattr(layout, "PIECE", 2)
    assert cells(export(house, "csv", **parameters)) == text


def test_a_cell_written_for_excel_is_not_run_and_is_read_back_unchanged(house: House) -> None:
    odd = ["=1+1", "-3组", "+86", "@某村", "a,b", '他说"好"', "一行", "'-", "'"]
    rows = [
        person_row(户号=f"JY{at}", 姓名=f"马{at}", 户主姓名=f"马{at}", 身份证号=id_number("19700102", at), 户籍地址=one)
        for at, one in enumerate(odd)
    ]
    house.take(file(*rows))
    content = export(house, "csv", **FULL)
    starts = [cell[0] for line in content.decode("utf-8-sig").splitlines() for cell in line.split(",") if cell]
    assert not set(starts) & set("=+-@")
    assert house.take(content)["counts"] == {"unchanged": len(odd)}


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_an_export_names_everybody_on_it_in_the_journal_and_counts_whom_it_reveals(house: House, form: str) -> None:
    house.take(county())
    people = sorted(one["person_id"] for one in house.export()[1])
    content = export(house, form)
    mark = MARK.search(look(content).first_lines[0] if form == "xlsx" else content.decode("utf-8-sig").splitlines()[0])
    assert mark is not None
    entries = house.call("GET", "/audit", "audit:read", params={"subject": mark[1]}).json()["entries"]
    assert [(one["action"], sorted(one["detail"]["persons"])) for one in entries] == [("coverage.export", people)]
    house.told(reveals_per_client=len(people) - 1)
    asked = {"params": FULL, "purpose": "reveal"}
    refused = house.call("GET", f"/coverage/export.{form}", "registry:read", **asked)
    assert (refused.status_code, refused.json()["args"]["asked"]) == (429, len(people))


@pytest.mark.parametrize("others", [0, 40])  # fewer and more than stand on the list
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_protected_head_stands_on_no_line_of_the_household(house: House, form: str, others: int) -> None:
    house.take(county())
    said(house, id_number("19700102", 11), "yes")
    with transaction(house.database) as session:
        for at in range(others):
            word = {"who": f"stranger-{at}", "state": "yes", "kind": "other", "area": COUNTY}
            protections.say(session, house.ring, OPERATOR, word, "x")
    table = read_table(export(house, form, **FULL), [name for names in HEADERS.values() for name in names]).frame
    assert "马小" in table["姓名"].to_list()
    assert "马有福" not in table["姓名"].to_list() + table["户主姓名"].to_list()


def test_an_unknown_word_is_said_and_a_mark_alone_begins_with_the_month_of_the_import(house: House) -> None:
    row = person_row(致困原因="因为穷", 分类施保事由="重病、爱好", 渐退标志="是")
    done = house.take(file(row))
    issues = {one["code"] for one in house.rows(done["import_id"])[0]["issues"]}
    assert {"code-unknown", "phase-out-assumed"} <= issues
    found = house.call("GET", "/coverage", "registry:read").json()["coverage"][0]
    assert (found["ground"], found["uplift_grounds"], found["phase_out_from"]) == (None, ["illness"], "2021-06-01")
    again = house.take(file(row), as_of="2021-08-01")
    assert again["counts"]["unchanged"] == 1, again
