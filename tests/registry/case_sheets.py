"""A township's month: cases by the hundred, its list filled in as a clerk would, and the mistakes clerks make."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any

import httpx
import openpyxl
from openpyxl.utils import get_column_letter

from tests.registry.house import COUNTY, OTHER_VILLAGE, TOWN, VILLAGE, House, id_number

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEET = "核查清单"
# Few tokens, because each costs a slow hash; who may do what has tests of its own.
AS_TOWN = ("cases:read", "cases:write")
AS_COUNTY = ("areas:write", "cases:lead", "cases:read", "cases:write", "registry:follow")
HEADER_LINE = 5
ACCEPTED = {"责任单位": "香山镇民政办", "责任人": "李主任", "措施": "入户核查"}
VISITED = {"核查方式": "入户", "核查日期": "2021-05-28"}
CANDIDATES = [
    {"person_id": f"00000000-0000-7000-8000-00000000000{number}", "name": name}
    for number, name in ((1, "马有福"), (2, "马有才"))
]


def open_cases(house: House, count: int, area: str = VILLAGE, first: int = 0) -> None:
    """One lead per household: every fifth may be wrong support, every tenth means one of two people."""
    leads = [
        {
            "lead_id": f"lead-{number}", "lead_version": 1, "state": "open", "area": area,
            "kind": "missed" if number % 5 else "wrong", "household_key": f"F{number:05d}",
            "subject_id": f"subject-{number}", "candidates": [] if number % 10 else CANDIDATES,
            "snapshot": {"name": "马有福", "id_number": id_number("19700102", 11), "phone": "13800000001",
                         "address": "某村3组1号"},
            "tier": "必访", "screens": ["uncovered-serious-illness"], "reasons": ["自付医疗费 32000 元", "=1+1"],
        }
        for number in range(first, first + count)
    ]  # fmt: skip
    for start in range(0, count, 500):
        answer = house.call("PUT", "/cases/by-lead", *AS_COUNTY, json={"leads": leads[start : start + 500]})
        assert answer.status_code == 200, answer.text
        assert not any(one["code"] for one in answer.json()["results"])


def name_areas(house: House) -> None:
    names = f"code,name\n{COUNTY},某县\n{TOWN},香山镇\n{VILLAGE},向阳村\n{OTHER_VILLAGE},外乡村\n"
    house.call("POST", "/areas/import", *AS_COUNTY, content=names.encode(), headers={"Content-Type": "text/csv"})


def exported(house: House, **parameters: Any) -> bytes:
    who = {name: parameters.pop(name) for name in ("area_of_caller", "purpose") if name in parameters}
    who["area"] = who.pop("area_of_caller", TOWN)
    answer = house.call("GET", "/cases/export.xlsx", *AS_TOWN, params=parameters, **who)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == XLSX
    return answer.content


def send(house: House, content: bytes, kind: str = XLSX, area: str = TOWN, **headers: str) -> httpx.Response:
    return house.call(
        "POST", "/cases/outcomes", *AS_TOWN, content=content, area=area, headers={"Content-Type": kind, **headers}
    )


@dataclass
class Clerk:
    """A workbook in a clerk's hands."""

    content: bytes
    header_line: int = HEADER_LINE
    columns: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.book = openpyxl.load_workbook(io.BytesIO(self.content))
        self.page = self.book[SHEET]
        headers = self.page[self.header_line]
        self.columns = {cell.value: cell.column for cell in headers if cell.value}

    def lines(self) -> list[int]:
        """The lines of people."""
        return list(range(self.header_line + 1, self.page.max_row + 1))

    def read(self, line: int, header: str) -> Any:
        return self.page.cell(line, self.columns[header]).value

    def write(self, line: int, **cells: Any) -> None:
        for header, value in cells.items():
            self.page.cell(line, self.columns[header]).value = value

    def append(self, like: int, **cells: Any) -> int:
        """A copy of a line below the last, with other cells."""
        line = self.page.max_row + 1
        for column in self.columns.values():
            self.page.cell(line, column).value = self.page.cell(like, column).value
        self.write(line, **cells)
        return line

    def cell(self, line: int, header: str) -> str:
        return f"{get_column_letter(self.columns[header])}{line}"

    def saved(self) -> bytes:
        out = io.BytesIO()
        self.book.save(out)
        return out.getvalue()


@dataclass(frozen=True)
class Mistake:
    """What a clerk gets wrong: the cells as filled in, the cell to blame, the code expected; on which kind of row."""

    kind: str  # missed | wrong | doubt (wrong, of two people)
    cells: dict[str, Any]
    header: str
    code: str


_M02 = {"核查结果": "02 符合低保", "保障方式": "整户保"}
_W1 = {"核查结果": "W1 属实，停发", "停发年月": "202106"}
MISTAKES = (
    Mistake("missed", {"核查结果": "99 其他"}, "核查结果", "code-unknown"),
    Mistake("missed", {"核查结果": "符合"}, "核查结果", "code-unclear"),
    Mistake("missed", {"核查结果": "02 符合特困"}, "核查结果", "code-unclear"),
    Mistake("missed", {"核查结果": "02 符合低保"}, "保障方式", "required"),
    Mistake("missed", {"核查结果": "09 不符合条件"}, "不符合原因", "required"),
    Mistake("missed", {"核查结果": "10 死亡"}, "死亡日期", "required"),
    Mistake("missed", {"核查结果": "07 转介"}, "转介单位", "required"),
    Mistake("missed", {"核查结果": "14 重复线索"}, "重复线索编号", "required"),
    Mistake("missed", {**_M02, "核查方式": None}, "核查方式", "required"),
    Mistake("missed", {**_M02, "核查日期": None}, "核查日期", "required"),
    Mistake("missed", {**_M02, "核查日期": "2021-06-02"}, "核查日期", "date-in-future"),
    Mistake("missed", {**_M02, "核查日期": "2021-13-45"}, "核查日期", "date-unreadable"),
    Mistake("missed", {**_M02, "核查日期": "上周五"}, "核查日期", "date-unreadable"),
    Mistake("missed", {**_M02, "核查日期": "2021年5月"}, "核查日期", "date-incomplete"),
    Mistake("missed", {**_M02, "核查日期": "1921-05-28"}, "核查日期", "date-too-early"),
    Mistake("missed", {**_M02, "补充身份证号": int("640499197001020110")}, "补充身份证号", "number-destroyed"),
    Mistake("missed", {**_M02, "补充身份证号": "640499197001020110"}, "补充身份证号", "id-number-invalid"),
    Mistake("missed", dict(_W1), "核查结果", "code-kind"),
    Mistake("wrong", dict(_M02), "核查结果", "code-kind"),
    Mistake("missed", {**_M02, "对象编号": "没有这个", "线索编号": None}, "对象编号", "item-unknown"),
    Mistake("missed", {**_M02, "对象编号": None, "线索编号": "没有这个"}, "线索编号", "item-unknown"),
    Mistake("missed", {**_M02, "对象编号": None, "线索编号": None}, "线索编号", "item-missing"),
    Mistake("missed", {**_M02, "事项编号": "另一事项"}, "线索编号", "key-mixed"),
    Mistake("doubt", dict(_W1), "是哪一位(候选)", "candidate-missing"),
    Mistake("doubt", {**_W1, "是哪一位(候选)": "马有禄"}, "是哪一位(候选)", "candidate-unknown"),
    Mistake("doubt", {**_W1, "是哪一位(候选)": "3"}, "是哪一位(候选)", "candidate-unknown"),
    Mistake("doubt", {**_W1, "是哪一位(候选)": "1 马有才"}, "是哪一位(候选)", "candidate-unclear"),
    Mistake("missed", {**_M02, **dict.fromkeys(ACCEPTED)}, "责任单位", "not-accepted"),
    Mistake("missed", {**_M02, "责任人": None}, "责任人", "required"),
    Mistake("wrong", {**_W1, "停发年月": "明年"}, "停发年月", "month-unreadable"),
    Mistake("wrong", {**_W1, "停发年月": "2021-17"}, "停发年月", "month-unreadable"),
    Mistake("wrong", {**_W1, "停发年月": "2031-07"}, "停发年月", "month-unlikely"),
    Mistake("wrong", {**_W1, "停发年月": None}, "停发年月", "required"),
    Mistake("wrong", {**_W1, "多发金额(元)": -319}, "多发金额(元)", "amount-negative"),
    Mistake("wrong", {**_W1, "追回金额(元)": "三百"}, "追回金额(元)", "amount-unreadable"),
    Mistake("wrong", {**_W1, "多发金额(元)": 319.005}, "多发金额(元)", "amount-unreadable"),
    Mistake("missed", {**_M02, "备注": "长" * 501}, "备注", "too-long"),
    Mistake("missed", {**_M02, "核查方式": "托梦"}, "核查方式", "choice-unknown"),
    Mistake("missed", {**_M02, "保障方式": "半户"}, "保障方式", "choice-unknown"),
    Mistake("missed", {**_M02, "保障方式": "集中供养"}, "保障方式", "form-unfit"),
    Mistake("missed", {"核查结果": "09", "不符合原因": "不喜欢"}, "不符合原因", "choice-unknown"),
    Mistake("missed", {"核查结果": "14", "重复线索编号": "lead-x"}, "重复线索编号", "duplicate-unknown"),
    Mistake("missed", {"核查结果": "15", "再访日期": "2021-05-30"}, "再访日期", "date-past"),
    Mistake("missed", {"核查结果": "10", "死亡日期": "2021-07-01"}, "死亡日期", "date-in-future"),
)  # fmt: skip


@dataclass
class Planted:
    """A list with mistakes: cell → code expected, and how many rows state a result."""

    content: bytes
    expected: dict[str, str]
    stated: int


def month_with_mistakes(content: bytes, foreign: dict[str, str], planted: int) -> Planted:
    """Every row filled in soundly, except the first of each kind; among those one twin, one of another township."""
    clerk = Clerk(content)
    by_kind: dict[str, list[int]] = {"missed": [], "wrong": [], "doubt": []}
    for line in clerk.lines():
        kind = (
            "missed" if clerk.read(line, "类别") == "疑似漏保" else "doubt" if clerk.read(line, "候选人员") else "wrong"
        )
        by_kind[kind].append(line)
    for kind, lines in by_kind.items():
        for line in lines:
            clerk.write(line, **ACCEPTED, **VISITED, **SOUND[kind])
    left = {kind: iter(lines) for kind, lines in by_kind.items()}
    expected = dict(_spoil(clerk, left, planted - 3))
    stranger = next(left["missed"])
    clerk.write(stranger, **foreign)
    expected[clerk.cell(stranger, "对象编号")] = "item-unknown"
    first = next(left["missed"])
    twin = clerk.append(first, 核查结果="08", 保障方式=None)
    expected |= {clerk.cell(line, "核查结果"): "row-twice" for line in (first, twin)}
    return Planted(clerk.saved(), expected, len(clerk.lines()))


SOUND: dict[str, dict[str, Any]] = {
    "missed": {"核查结果": "符合低保", "保障方式": "整户保"},
    "wrong": {"核查结果": "W1", "停发年月": "2021-06", "多发金额(元)": 957.5},
    "doubt": {**_W1, "是哪一位(候选)": "2"},
}


def _spoil(clerk: Clerk, left: dict[str, Iterator[int]], count: int) -> Iterator[tuple[str, str]]:
    for mistake in islice(cycle(MISTAKES), count):
        line = next(left[mistake.kind])
        clerk.write(line, **dict.fromkeys(SOUND[mistake.kind]))
        clerk.write(line, **mistake.cells)
        yield clerk.cell(line, mistake.header), mistake.code
