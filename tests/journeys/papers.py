"""A county's files as rows that a test adds to, alters and takes away: next month is this month, edited."""

import csv
import io
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

from kit.tables_in import read_table
from tests.workbooks import workbook

Row = dict[str, str | None]

HEADERS: Mapping[str, tuple[str, ...]] = {
    "registry.xlsx": (
        "户号", "救助类别", "保障方式", "家庭人口", "保障人数", "户主姓名", "姓名", "身份证号", "性别", "出生日期",
        "民族", "与户主关系", "区划代码", "户籍地址", "联系电话", "起保年月", "停保年月", "月保障金", "开户姓名",
        "银行账号",
    ),
    "disability.xlsx": (
        "姓名", "残疾人证号", "性别", "民族", "残疾类别", "残疾等级", "乡镇", "户籍地址", "联系电话", "发证日期",
        "状态",
    ),
    "health.csv": (
        "姓名", "证件号码", "性别", "出生日期", "现住址", "联系电话", "诊断名称", "病种编码", "确诊日期", "总费用",
        "个人自付",
    ),
    "deaths.csv": ("姓名", "证件号码", "性别", "出生日期", "户籍地址", "死亡日期"),
    "rural.xlsx": (
        "省", "市", "县", "乡", "村", "户编号", "人口编号", "姓名", "证件号码", "性别", "民族", "与户主关系",
        "健康状况", "劳动技能", "是否享受低保", "人均纯收入", "户联系电话", "户类型", "监测对象类别", "风险是否消除",
    ),
}  # fmt: skip


@dataclass
class Papers:
    """What the agencies have on paper this month: rows by file name, and the divisions."""

    areas: str
    sheets: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in HEADERS})

    @classmethod
    def read(cls, folder: Path) -> "Papers":
        """The files of a folder as `doudi county` writes them."""
        papers = cls((folder / "areas.csv").read_text(encoding="utf-8"))
        for name, headers in HEADERS.items():
            kind = name.rsplit(".", 1)[1]
            frame = read_table((folder / name).read_bytes(), set(headers), declared=kind).frame
            papers.sheets[name] = [dict(row) for row in frame.select(headers).iter_rows(named=True)]
        return papers

    def copy(self) -> "Papers":
        """The same once more, to be edited."""
        return Papers(self.areas, deepcopy(self.sheets))

    def add(self, name: str, **cells: str | None) -> None:
        """One row more."""
        assert set(cells) <= set(HEADERS[name]), set(cells) - set(HEADERS[name])
        self.sheets[name].append(dict.fromkeys(HEADERS[name]) | cells)

    def drop(self, name: str, **where: str) -> None:
        """Take the rows away whose cells are `where`; there must be some."""
        kept = [row for row in self.sheets[name] if not _is(row, where)]
        assert len(kept) < len(self.sheets[name]), (name, where)
        self.sheets[name] = kept

    def alter(self, name: str, where: Mapping[str, str], **cells: str | None) -> None:
        """Write `cells` into the rows whose cells are `where`; there must be some."""
        found = [row for row in self.sheets[name] if _is(row, where)]
        assert found, (name, where)
        for row in found:
            row.update(cells)

    def write(self, folder: Path) -> Path:
        """The files as the agencies send them: workbooks of text, and GB18030 for the hospitals."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "areas.csv").write_text(self.areas, encoding="utf-8")
        for name, rows in self.sheets.items():
            lines = [list(HEADERS[name]), *([row[header] for header in HEADERS[name]] for row in rows)]
            content = workbook(lines) if name.endswith(".xlsx") else _csv(lines)
            (folder / name).write_bytes(content)
        return folder


def _is(row: Row, where: Mapping[str, str]) -> bool:
    return all(row[header] == value for header, value in where.items())


def _csv(lines: list[list[str | None]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([["" if cell is None else cell for cell in line] for line in lines])
    return out.getvalue().encode("gb18030")
