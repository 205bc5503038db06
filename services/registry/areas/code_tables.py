"""The code tables agencies hand over → what each row states; three shapes, known by their headers.

*snapshot*: every division on one day (the yearly statistical table: code, name, level). *timeline*: six-digit codes
with the years they were in force. *alterations*: old code → new code on a day, as a 区划变更情况表 lists them: a rename
keeps its code, a merge names one new code on many rows, a split many new codes beside one old.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from china.areas import LEVELS, pad_column
from china.dates import read_column as dates_column
from kit.problems import FieldIssue
from kit.tables_in import Table, TableUnreadable, read_table
from registry.areas.problems import AreaFileInvalid

Shape = Literal["snapshot", "timeline", "alterations"]
_SHAPES: Mapping[Shape, Mapping[str, tuple[str, ...]]] = {
    "alterations": {
        "old": ("原代码", "原区划代码", "变更前代码", "old_code"),
        "old_name": ("原名称", "原区划名称", "变更前名称", "old_name"),
        "new": ("现代码", "现区划代码", "变更后代码", "new_code"),
        "new_name": ("现名称", "现区划名称", "变更后名称", "new_name"),
        "day": ("变更日期", "变更时间", "生效日期", "changed_on"),
    },
    "timeline": {
        "code": ("code6", "代码", "区划代码"),
        "name": ("name", "名称", "区划名称"),
        "start": ("start_year", "启用年份", "起始年份"),
        "end": ("end_year", "停用年份", "终止年份"),
    },
    "snapshot": {
        "code": ("code12", "统计用区划代码", "区划代码", "代码", "code"),
        "name": ("name", "名称", "区划名称"),
        "level": ("level", "级别", "层级"),
    },
}
_OPTIONAL = frozenset({"level", "old_name"})
# Units that are administered and coded like a division and are none of the state's: the statistical codes give them a
# place of their own below a county, and their names say so.
FUNCTIONAL = r"(开发区|产业园|工业园|园区|管理区|管委会|示范区|试验区|保税区|农场|林场|度假区|风景区)$"


@dataclass(frozen=True)
class CodeTable:
    """One table: `frame` has line and the shape's columns as text, codes padded to twelve digits."""

    shape: Shape
    frame: pl.DataFrame


def read_code_table(content: bytes) -> CodeTable:
    """The table of a file. Raises AreaFileInvalid for one of no known shape."""
    titles = [name for columns in _SHAPES.values() for names in columns.values() for name in names]
    try:
        table = read_table(content, titles)
    except TableUnreadable as error:
        raise AreaFileInvalid(errors=[FieldIssue("/", error.code, error.zh)]) from None
    for shape, columns in _SHAPES.items():
        found = {
            name: next((title for title in names if title in table.headers), None) for name, names in columns.items()
        }
        if all(found[name] for name in columns.keys() - _OPTIONAL):
            return CodeTable(shape, _frame(shape, table, found))
    expected = "code12,name,level | code6,name,start_year,end_year | 原代码,原名称,现代码,现名称,变更日期"
    raise AreaFileInvalid(errors=[FieldIssue("/", "columns", expected)])


def _frame(shape: Shape, table: Table, found: Mapping[str, str | None]) -> pl.DataFrame:
    frame = table.frame.select(
        "line", *((pl.col(title) if title else pl.lit(None, pl.String)).alias(name) for name, title in found.items())
    )
    codes = [name for name in ("code", "old", "new") if name in frame.columns]
    frame = frame.with_columns(pad_column(frame[name]).alias(name) for name in codes)
    frame = frame.with_columns(
        pl.col(*(n for n in ("name", "old_name", "new_name") if n in frame.columns)).str.strip_chars()
    )
    if shape == "alterations":
        return frame.with_columns(dates_column(frame["day"])["date"].alias("day"))
    if shape == "timeline":
        return frame.with_columns(
            _day(pl.col("start").cast(pl.Int32, strict=False)).alias("start"),
            # A code in force through 2000 holds until the first day of 2001.
            _day(pl.col("end").cast(pl.Int32, strict=False) + 1).alias("end"),
        )
    names = {str(number): level for number, level in enumerate(LEVELS, start=1)}
    return frame.with_columns(pl.col("level").replace(names))


def _day(year: pl.Expr) -> pl.Expr:
    return pl.date(year, 1, 1)


def stem(name: str) -> str:
    """What a county or a prefecture is called without its kind: 固原地区 and 固原市 are one."""
    for kind in ("自治县", "自治州", "自治旗", "地区", "林区", "特区", "县", "市", "区", "旗", "盟"):
        if name.endswith(kind) and len(name) > len(kind) + 1:
            return name.removesuffix(kind)
    return name
