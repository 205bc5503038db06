"""Registers as sheets: what goes out comes back as it was, and every row that comes in is answered."""

import io
from typing import Any

import openpyxl

from tests.registry.house import OTHER_COUNTY, House
from tests.registry.test_registers import BOTH, CARER, OLD_MAN, PATH, add, agreement, person
from tests.sheets_seen import MARK, PAYLOADS, look
from tests.workbooks import Cell, workbook

HEADERS = (
    "特困人员姓名", "特困人员身份证号码", "照料服务人姓名", "照料服务人身份证号", "照料人电话", "自理能力", "服务内容",
    "照料服务要求", "权利义务", "违约责任", "签订日期", "协议终止日期", "监督举报电话",
)  # fmt: skip
ROW: tuple[Cell, ...] = (
    *OLD_MAN, *CARER, "13800000002", "半失能（部分丧失）", "做饭", "每日看望", "双方", "退还", "2021.1.1", "20211231",
    "12345",
)  # fmt: skip
AT = "/registers/care-agreement"


def take(house: House, content: bytes, **parameters: Any) -> dict[str, Any]:
    answer = house.call("POST", f"{AT}/import", *BOTH, content=content, params=parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert sum(found["counts"].values()) == found["rows_total"] == len(found["rows"])
    return found


def outcomes(found: dict[str, Any]) -> list[str]:
    return [row["outcome"] for row in found["rows"]]


def sheet(*rows: tuple[Cell, ...]) -> bytes:
    return workbook([["委托照料协议"], list(HEADERS), *(list(row) for row in rows), ["合计"]])


def text_of(content: bytes) -> str:
    page = openpyxl.load_workbook(io.BytesIO(content)).active
    assert page is not None
    return str([one.value for row in page.iter_rows() for one in row])


def edited(content: bytes, **cells: str) -> bytes:
    """The workbook with something typed into the first entry's row, by header."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    page = book.active
    assert page is not None
    head = next(row for row in page.iter_rows() if row[0].value == "登记编号")
    for one in head:
        if one.value in cells:
            page.cell(one.row + 1, one.column, cells[str(one.value)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_every_row_has_its_outcome_and_its_mistakes_at_their_cells(house: House) -> None:
    broken = (*ROW[:1], 640499194001020118, *ROW[2:5], "不知道", *ROW[6:10], "2021-12-01", "20210101", None)
    other = ("马有禄", "640499193907080175", *ROW[2:])
    content = sheet(ROW, ROW, broken, other)
    rehearsed = take(house, content, dry_run=True)
    assert house.call("GET", PATH, "registers:read").json()["entries"] == []
    taken = take(house, content)
    assert outcomes(taken) == outcomes(rehearsed)
    assert outcomes(taken)[:3] == ["created", "duplicate", "rejected"]
    told = {(one["pointer"], one["code"]) for one in taken["rows"][2]["issues"]}
    assert told == {
        ("B5", "id-number-was-numeric"), ("F5", "choice-unknown"), ("L5", "date-unordered"), ("M5", "required"),
    }  # fmt: skip
    assert taken["skipped"]["title"] == taken["skipped"]["closing"] == 1
    assert outcomes(take(house, content)) == [
        "unchanged",
        "duplicate",
        "rejected",
        outcomes(taken)[3].replace("created", "unchanged"),
    ]
    assert OLD_MAN[1] not in str(taken)


def test_an_export_sent_back_alters_nothing_masked_or_whole(house: House) -> None:
    payload = agreement(services=PAYLOADS[0], requirements=f"家人电话13700009876，{OLD_MAN[1]}", liability="无")
    add(house, values=payload)
    add(house, values=agreement(beneficiary=person(("马有禄", CARER[1])), carer=person(OLD_MAN), ends_on="2022-01-31"))
    masked = house.call("GET", f"{AT}/export.xlsx", "registers:read").content
    full = house.call(
        "GET", f"{AT}/export.xlsx", "registers:read", purpose="reveal", params={"identity": "full", "reason": "visit"}
    )
    assert full.status_code == 200, full.text
    seen = look(masked)
    assert (seen.formulas, seen.links) == (0, 0)
    assert MARK.search(seen.first_lines[0])
    text = text_of(masked)
    assert not [one for one in (OLD_MAN[1], CARER[1], "13700009876", "13800000002") if one in text]
    assert OLD_MAN[1] in str(
        [c.value for r in openpyxl.load_workbook(io.BytesIO(full.content)).active.iter_rows() for c in r]
    )  # type: ignore[union-attr]  # as above
    for content in (masked, full.content):
        assert outcomes(take(house, content)) == ["unchanged", "unchanged"]


def test_a_cell_altered_in_an_export_corrects_the_entry_and_with_a_day_changes_it(house: House) -> None:
    entry = add(house, values=agreement())
    masked = house.call("GET", f"{AT}/export.xlsx", "registers:read").content
    assert outcomes(take(house, edited(masked, 照料服务要求="每日两次"))) == ["updated"]
    at = f"{PATH}/{entry['entry_id']}"
    now = house.call("GET", at, "registers:read", purpose="reveal", params={"reason": "visit"}).json()
    assert (now["values"]["requirements"], now["values"]["carer"]["id_number"]) == ("每日两次", CARER[1])
    assert now["valid_from"] == "2021-01-01"
    stale = take(house, edited(masked, 照料服务人姓名="马大福"))
    assert [one["code"] for one in stale["rows"][0]["issues"]] == ["version-mismatch"]
    masked = house.call("GET", f"{AT}/export.xlsx", "registers:read").content
    changed = take(house, edited(masked, 照料服务人姓名="马大福", 变更日期="2021-03-01"))
    assert outcomes(changed) == ["updated"], changed
    now = house.call("GET", at, "registers:read", purpose="reveal", params={"reason": "visit"}).json()
    assert (now["values"]["carer"]["name"], now["valid_from"]) == ("马大福", "2021-03-01")
    masked = house.call("GET", f"{AT}/export.xlsx", "registers:read").content
    early = take(house, edited(masked, 照料服务人姓名="马二福", 变更日期="2020-03-01"))
    assert [one["code"] for one in early["rows"][0]["issues"]] == ["date-unordered"]
    unknown = take(house, edited(masked, 登记编号="11111111-1111-4111-8111-111111111111"))
    assert [one["code"] for one in unknown["rows"][0]["issues"]] == ["entry-unknown"]
    elsewhere = house.call("POST", f"{AT}/import", *BOTH, area=OTHER_COUNTY, content=masked).json()
    assert [one["code"] for one in elsewhere["rows"][0]["issues"]] == ["entry-unknown"]


def test_the_template_is_filled_in_and_taken_and_other_tables_are_refused(house: House) -> None:
    template = house.call("GET", f"{AT}/template.xlsx", "registers:read").content
    book = openpyxl.load_workbook(io.BytesIO(template))
    page = book.active
    assert page is not None
    (head,) = (row for row in page.iter_rows() if row[0].value == "登记编号")
    numbers = [one for one in head if "身份证号" in str(one.value)]
    assert {page.cell(one.row + 1, one.column).number_format for one in numbers} <= {"@", "General"}
    assert {page.column_dimensions[one.column_letter].width > 20 for one in numbers} == {True}
    names = {str(one.value): one.column for one in head}
    told = (
        "特困人员姓名", "特困人员身份证号", "照料服务人姓名", "照料服务人身份证号", "照料服务人电话",
        "生活自理能力认定类别", "照料服务内容",
        "照料服务要求", "权利义务", "违约责任", "协议开始日期", "协议终止日期", "监督举报电话",
    )  # fmt: skip
    values = dict(zip(told, ROW, strict=True))
    for name, value in values.items():
        page.cell(head[0].row + 1, names[name], value)
    out = io.BytesIO()
    book.save(out)
    assert outcomes(take(house, out.getvalue())) == ["created"]
    for content, code in (
        (b"\x00\x01", "sheet-unreadable"),
        (workbook([["特困人员姓名"], ["x"]]), "register-columns-wrong"),
    ):
        answer = house.call("POST", f"{AT}/import", *BOTH, content=content)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
