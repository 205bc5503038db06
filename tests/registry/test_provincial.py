"""Files to the province's system and back: a layout is data, an export comes in, a sheet goes out, answers are read."""

import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from registry.provincial.layout import LayoutInvalid, layouts, parse
from tests.registry.cases import NUMBER, approve, item_of, reported, taken_over
from tests.registry.house import OTHER_COUNTY, VILLAGE, House, id_number, person_row, workbook
from tests.workbooks import workbook as saved

LAYOUT = "low-income-sample"
FILE = Path(__file__).parents[2] / "services/registry/provincial/layouts" / f"{LAYOUT}.json"
THERE = (
    "家庭编号", "业务类型", "纳入方式", "共同生活人数", "享受人数", "申请人姓名", "人员姓名", "公民身份号码", "性别",
    "出生日期", "与申请人关系", "行政区划代码", "享受起始年月", "终止年月", "月救助金额", "人员状态",
)  # fmt: skip
WHY = {"identity": "full", "reason": "handover"}


def there(**values: Any) -> dict[str, Any]:
    """A row as the province writes it: one supported household's head, unless told otherwise."""
    return {
        "家庭编号": "JY0000001", "业务类型": "0102", "纳入方式": "1", "共同生活人数": "2", "享受人数": "2",
        "申请人姓名": "马有福", "人员姓名": "马有福", "公民身份号码": id_number("19700102", 11), "性别": "1",
        "出生日期": "1970-01-02", "与申请人关系": "户主", "行政区划代码": VILLAGE, "享受起始年月": "201907",
        "终止年月": None, "月救助金额": "319.00", "人员状态": "在享", **values,
    }  # fmt: skip


def table(header: Sequence[str], rows: Sequence[Mapping[str, Any]], title: str = "导出数据") -> bytes:
    return saved([[title], list(header), *([row.get(name) for name in header] for row in rows)])


def export(*rows: Mapping[str, Any]) -> bytes:
    return table(THERE, rows)


def post(house: House, path: str, content: bytes, *scopes: str, **more: Any) -> httpx.Response:
    params = {name: more.pop(name) for name in ("dry_run", "as_of", "on") if name in more}
    return house.call("POST", f"/provincial/{LAYOUT}/{path}", *scopes, content=content, params=params, **more)


def taken(house: House, content: bytes, **more: Any) -> dict[str, Any]:
    answer = post(house, "imports", content, "imports:write", **more)
    assert answer.status_code == 201, answer.text
    done: dict[str, Any] = answer.json()
    return done


def recognised(house: House, lead: str = "lead-1", **values: Any) -> str:
    """Somebody recognised, approved; the item."""
    case = taken_over(house, lead, **values)
    reported(house, "02", lead)
    approve(house, case)
    return str(item_of(case)["item_id"])


def answered(house: House, *rows: Mapping[str, Any], header: Sequence[str] = (), **more: Any) -> dict[str, Any]:
    columns = header or ("外部编号", "公民身份号码", "姓名", "处理结果", "对象编码", "入库日期", "失败原因")
    answer = post(house, "answers", table(columns, rows, "导入结果"), "cases:write", **more)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def listed(house: House) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = house.call("GET", "/ledger/entries", "cases:read").json()["recognised"]
    return found


def sheet(content: bytes) -> tuple[str, list[list[Any]]]:
    """The title of its sheet, and its cells from the header on."""
    page = load_workbook(BytesIO(content)).active
    lines = [[cell.value for cell in line] for line in page.iter_rows()]
    start = next(at for at, line in enumerate(lines) if line[0] in ("外部编号", "差异"))
    return page.title, lines[start:]


def test_the_provinces_export_comes_in_by_its_own_words_and_again_changes_nothing(house: House) -> None:
    wife = there(
        人员姓名="马秀英", 公民身份号码=id_number("19720304", 22), 性别="2", 出生日期="1972-03-04", 与申请人关系="配偶"
    )
    content = export(there(), wife)
    tried = taken(house, content, dry_run=True)
    assert (tried["dry_run"], tried["counts"]) == (True, {"created": 2})
    assert house.export()[1] == []
    assert taken(house, content)["counts"] == {"created": 2}
    people = {one["name"]: one for one in house.export()[1]}
    assert {name: one["sex"] for name, one in people.items()} == {"马有福": "1", "马秀英": "2"}
    held = people["马有福"]["coverage"][0]
    assert (held["programme"], held["form"], held["amount_fen"]) == ("dibao-rural", "household", 31900)
    again = taken(house, content)
    assert again["counts"] == {"unchanged": 2}
    assert {row["outcome"] for row in house.rows(again["import_id"])} == {"unchanged"}


def test_a_code_nobody_declared_is_named_by_its_line(house: House) -> None:
    done = taken(house, export(there(业务类型="9999")))
    issues = [issue["code"] for row in house.rows(done["import_id"]) for issue in row["issues"]]
    assert "programme-unknown" in issues


def test_who_is_not_supported_there_is_a_person_without_support(house: House) -> None:
    taken(house, export(there(人员状态="不享受")))
    assert house.export()[1][0]["coverage"] == []


def test_columns_that_are_missing_and_layouts_that_are_not_there_are_said(house: House) -> None:
    lacking = post(house, "imports", table(("家庭编号", "性别", "出生日期"), [there()]), "imports:write")
    assert (lacking.status_code, lacking.json()["code"]) == (422, "import-columns-wrong")
    assert "人员姓名" in lacking.json()["detail"]
    absent = house.call("POST", "/provincial/elsewhere/imports", "imports:write", content=b"x")
    assert (absent.status_code, absent.json()["code"]) == (404, "provincial-layout-unknown")
    assert LAYOUT in absent.json()["detail"]


def test_the_sheet_is_the_provinces_own(house: House) -> None:
    item = recognised(house)
    masked = house.call("GET", f"/provincial/{LAYOUT}/entries.xlsx", "cases:read")
    assert masked.status_code == 200, masked.text
    title, lines = sheet(masked.content)
    assert title == "低收入人口采集表"
    assert lines[0] == [column["header"] for column in json.loads(FILE.read_text())["outgoing"]["columns"]]
    (row,) = (dict(zip(lines[0], line, strict=True)) for line in lines[1:])
    assert (row["外部编号"], row["对象类别"], row["认定日期"], row["证件类型"]) == (
        item,
        "01",
        "2021/06/01",
        "居民身份证",
    )
    assert "*" in row["公民身份号码"]
    assert NUMBER not in str(lines)
    full = house.call("GET", f"/provincial/{LAYOUT}/entries.xlsx", "cases:read", params=WHY, purpose="reveal")
    row = dict(zip(*sheet(full.content)[1], strict=True))
    assert (row["姓名"], row["公民身份号码"], row["联系电话"]) == ("马有福", NUMBER, "13800000001")
    silent = house.call("GET", f"/provincial/{LAYOUT}/entries.xlsx", "cases:read", params={"identity": "full"})
    assert silent.json()["code"] == "reveal-reason-missing"


def test_answers_set_numbers_and_keep_refusals_until_they_are_mended(house: House) -> None:
    item = recognised(house)
    refusal = {"外部编号": item, "处理结果": "退回", "失败原因": "证件号码与公安不一致"}
    tried = answered(house, refusal, dry_run=True)
    assert (tried["dry_run"], tried["taken"], tried["declined"]) == (True, 1, 1)
    assert listed(house)[0]["refusal"] is None
    assert answered(house, refusal)["taken"] == 1
    assert answered(house, refusal)["unchanged"] == 1
    only = listed(house)[0]
    assert (only["refused_on"], only["refusal"], only["entered_on"]) == ("2021-06-01", "证件号码与公安不一致", None)
    entry = {"外部编号": item, "处理结果": "成功", "对象编码": "NX-000123", "入库日期": "2021-06-01"}
    told = answered(house, entry)
    assert (told["taken"], told["accepted"]) == (1, 1)
    only = listed(house)[0]
    assert (only["refusal"], only["entered_on"]) == (None, "2021-06-01")
    assert answered(house, entry)["unchanged"] == 1
    late = answered(house, refusal, on="2021-05-20")
    assert [one["code"] for one in late["results"][0]["errors"]] == ["entered-already"]
    case = house.call("GET", "/cases", "cases:read").json()["cases"][0]
    steps = house.call("GET", f"/cases/{case['case_id']}/history", "cases:read").json()["events"]
    assert [one["action_label"] for one in steps][-2:] == ["平台退回", "平台录入"]


def test_without_our_number_a_row_is_found_by_number_and_name(house: House) -> None:
    item = recognised(house)
    header = ("公民身份号码", "姓名", "处理结果", "平台编号")
    row = {"公民身份号码": NUMBER, "姓名": "马有福", "处理结果": "已入库", "平台编号": "7"}
    found = answered(house, row, header=header)
    assert (found["results"][0]["item_id"], found["taken"]) == (item, 1)
    other = answered(house, {**row, "姓名": "马有禄"}, header=header)
    assert [one["code"] for one in other["results"][0]["errors"]] == ["item-unknown"]


def test_every_line_is_answered_and_one_that_is_wrong_stops_no_other(house: House) -> None:
    item = recognised(house)
    told = answered(
        house,
        {"外部编号": "nobody", "处理结果": "成功", "对象编码": "1"},
        {"外部编号": item, "处理结果": "处理中"},
        {"外部编号": item, "处理结果": "成功"},
        {"外部编号": item, "处理结果": "成功", "对象编码": "1", "入库日期": "昨天"},
        {"外部编号": item, "处理结果": "成功", "对象编码": "1", "入库日期": "2022-01-01"},
        {"外部编号": item, "处理结果": "成功", "对象编码": "2", "入库日期": "20210601"},
    )
    codes = [[error["code"] for error in one["errors"]] for one in told["results"]]
    assert codes == [
        ["item-unknown"], ["answer-unclear"], ["answer-incomplete"], ["answer-incomplete"], ["date-in-future"], [],
    ]  # fmt: skip
    assert [one["line"] for one in told["results"]] == [3, 4, 5, 6, 7, 8]
    assert (told["rows"], told["taken"], told["refused"]) == (6, 1, 5)
    elsewhere = answered(house, {"外部编号": item, "处理结果": "成功", "对象编码": "9"}, area=OTHER_COUNTY)
    assert [one["code"] for one in elsewhere["results"][0]["errors"]] == ["item-unknown"]


def test_what_differs_between_the_two_systems(house: House) -> None:
    names = {"甲": "19500101", "乙": "19510101", "丙": "19520101", "丁": "19530101", "戊": "19540101"}
    ids = {name: id_number(born, 11 + 2 * place) for place, (name, born) in enumerate(names.items())}

    def ours(name: str, **more: Any) -> dict[str, Any]:
        return person_row(
            户号=f"H{name}", 户主姓名=name, 姓名=name, 身份证号=ids[name], 出生日期=names[name], **more
        )  # fmt: skip

    def theirs(name: str, **more: Any) -> dict[str, Any]:
        told = {"家庭编号": f"H{name}", "申请人姓名": name, "人员姓名": name, "公民身份号码": ids[name]}
        return there(**told, 出生日期=names[name], **more)

    house.take(workbook([ours("甲"), ours("乙"), ours("丙"), ours("丁")]))
    content = export(
        theirs("甲"), theirs("乙", 业务类型="0201"), theirs("丙", 月救助金额="400"), theirs("戊"),
        theirs("丁", 人员状态="停发"),
    )  # fmt: skip
    answer = post(house, "differences", content, "imports:write")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["counts"] == {"only-there": 1, "only-here": 0, "status": 1, "programme": 1, "amount": 1}
    assert (told["supported_there"], told["supported_here"], told["alike"]) == (4, 4, 1)
    rows = {row["kind"]: row for row in told["rows"]}
    assert (rows["only-there"]["line"], rows["only-there"]["person_id"]) == (6, None)
    assert (rows["programme"]["there"], rows["programme"]["here"]) == ("tekun-home", "dibao-rural")
    assert (rows["amount"]["there_fen"], rows["amount"]["here_fen"]) == (40000, 31900)
    assert (rows["status"]["there"], rows["status"]["here"]) == (None, "dibao-rural")
    fewer = post(house, "differences", export(theirs("甲")), "imports:write").json()
    assert fewer["counts"]["only-here"] == 3
    assert house.export()[1][0]["coverage"]  # nothing was written
    workbook_ = post(house, "differences.xlsx", content, "imports:write")
    _, lines = sheet(workbook_.content)
    assert [line[0] for line in lines[1:]] == ["只在省平台", "享受状态不同", "救助类别不同", "金额不同"]
    assert not any(number in str(lines) for number in ids.values())
    moment = post(house, "differences", export(theirs("甲")), "imports:write", as_of="2019-01-01").json()
    assert (moment["supported_there"], moment["supported_here"]) == (0, 0)


def test_layouts_are_listed_and_another_is_one_more_file(house: House, tmp_path: Path) -> None:
    told = json.loads(FILE.read_text()) | {"id": "elsewhere", "title": "他省"}
    (tmp_path / "elsewhere.json").write_text(json.dumps(told), encoding="utf-8")
    house.told(provincial_layouts=tmp_path)
    found = house.call("GET", "/provincial/layouts", "cases:read").json()["layouts"]
    assert {one["layout_id"]: one["title"] for one in found}["elsewhere"] == "他省"
    done = house.call("POST", "/provincial/elsewhere/imports", "imports:write", content=export(there()))
    assert done.status_code == 201, done.text


def out_of(column: dict[str, Any]) -> dict[str, Any]:
    return {"outgoing": {"sheet": "s", "title": "t", "columns": [column]}}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"incoming": {"columns": {"nme": ["x"]}}}, "nme is no column of ours"),
        ({"incoming": {"columns": {"sex": ["x"]}, "required": []}}, "name is needed"),
        (out_of({"header": "h"}), "either value or constant"),
        (out_of({"header": "h", "value": "category", "codes": {"02": "1"}}), "codes lack 03, 04, 05, 18"),
        (out_of({"header": "h", "value": "name", "format": "%Y"}), "only a date"),
        (
            {"answers": {"columns": {"result": ["r"]}, "results": {"accepted": ["a"], "refused": ["b"]}}},
            "entry_number, reason",
        ),
        ({"id": "Nicht So"}, "id"),
        ({"more": 1}, "more"),
    ],
)
def test_a_layout_that_does_not_fit_is_refused_by_its_file(change: dict[str, Any], words: str) -> None:
    with pytest.raises(LayoutInvalid) as told:
        parse(json.dumps(json.loads(FILE.read_text()) | change), "ours.json")
    assert "ours.json" in str(told.value)
    assert words in str(told.value)


def test_two_layouts_of_one_id_and_a_file_that_is_none_stop_the_service(tmp_path: Path) -> None:
    (tmp_path / "twin.json").write_text(FILE.read_text(), encoding="utf-8")
    with pytest.raises(LayoutInvalid, match="another file's already"):
        layouts(tmp_path)
    (tmp_path / "twin.json").write_text("{", encoding="utf-8")
    layouts.cache_clear()
    with pytest.raises(LayoutInvalid, match=r"twin\.json"):
        layouts(tmp_path)


def in_fen(house: House, folder: Path, written: str) -> httpx.Response:
    """A province that writes whole fen, taken in."""
    told = json.loads(FILE.read_text())
    told |= {"id": "in-fen", "incoming": {**told["incoming"], "money": "fen"}}
    (folder / "fen.json").write_text(json.dumps(told), encoding="utf-8")
    house.told(provincial_layouts=folder)
    return house.call("POST", "/provincial/in-fen/imports", "imports:write", content=export(there(月救助金额=written)))


@pytest.mark.parametrize("written", ["31905", " 31905 ", "３１９０５"])
def test_fen_are_read_as_fen(house: House, tmp_path: Path, written: str) -> None:
    done = in_fen(house, tmp_path, written)
    assert done.status_code == 201, done.text
    assert house.export()[1][0]["coverage"][0]["amount_fen"] == 31905


def test_fen_in_digits_of_another_script_are_named_by_their_line(house: House, tmp_path: Path) -> None:
    done = in_fen(house, tmp_path, "٣١٩")
    assert done.status_code == 201, done.text
    (row,) = house.rows(done.json()["import_id"])
    assert "number-unreadable" in [one["code"] for one in row["issues"]]
    assert house.export()[1][0]["coverage"][0]["amount_fen"] is None
