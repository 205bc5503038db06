"""A county's folder as the evaluation reads it: what each row says by itself, and whose row it is.

This applies the rules of the county's truth to single rows, with nothing linked: who links them (perfectly, or by the
number alone) is the caller's choice.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from kit.tables_in import read_table

AS_OF = date(2021, 6, 1)
HIGH_COST = 10_000.0
COVERING = ("农村低保", "城市低保", "集中供养", "分散供养")
COVERING_ROLLS = ("整户保", "单人保")
GRADES = {"一级": 1, "二级": 2, "三级": 3, "四级": 4, "1": 1, "2": 2, "3": 3, "4": 4}
MENTAL = ("智力", "精神")

NUMBER_COLUMN = {
    "registry.xlsx": "身份证号",
    "disability.xlsx": "残疾人证号",
    "health.csv": "证件号码",
    "deaths.csv": "证件号码",
    "rural.xlsx": "证件号码",
}


@dataclass(frozen=True)
class CountyFolder:
    """`rows`: file, line, person, name, number (as written, first 18 characters; null where missing), and what the row
    says: covered, severe, ill, monitored, dead. `people`: truth_people.csv, expected "" where nothing is expected."""

    rows: pl.DataFrame
    people: pl.DataFrame

    def of_kind(self, kind: str) -> pl.DataFrame:
        """The rows that say `kind`."""
        return self.rows.filter(pl.col(kind))

    def at_risk(self) -> pl.DataFrame:
        """The rows that put a person at risk."""
        return self.rows.filter(pl.col("severe") | pl.col("ill") | pl.col("monitored"))


def read_county(folder: Path, as_of: date = AS_OF) -> CountyFolder:
    """Read a county with truth. Raises FileNotFoundError for a missing file, ValueError where a row has no truth."""
    people = pl.read_csv(folder / "truth_people.csv", infer_schema=False).with_columns(
        pl.col("person").cast(pl.Int64), pl.col("expected").fill_null("")
    )
    owners = pl.read_csv(folder / "truth_rows.csv", infer_schema=False).with_columns(
        pl.col("line").cast(pl.Int32), pl.col("person").cast(pl.Int64)
    )
    parts = [_rows_of(folder, name, as_of) for name in NUMBER_COLUMN]
    rows = pl.concat(parts).join(owners, on=["file", "line"], how="left", maintain_order="left")
    if rows["person"].null_count():
        raise ValueError(f"{rows['person'].null_count()} rows of {folder.name} are not in truth_rows.csv")
    return CountyFolder(rows, people)


def _rows_of(folder: Path, name: str, as_of: date) -> pl.DataFrame:
    content = (folder / name).read_bytes()
    frame = read_table(content, {"姓名", NUMBER_COLUMN[name]}, declared=name.rsplit(".", 1)[1]).frame
    says = {
        "registry.xlsx": {"covered": _covered(as_of)},
        "disability.xlsx": {"severe": _severe()},
        "health.csv": {"ill": pl.col("个人自付").cast(pl.Float64) >= HIGH_COST} if "个人自付" in frame.columns else {},
        "deaths.csv": {"dead": pl.lit(True)},
        "rural.xlsx": {"monitored": pl.col("监测对象类别").is_not_null() & (pl.col("风险是否消除") == "否")}
        if "监测对象类别" in frame.columns
        else {},
    }[name]
    number = pl.col(NUMBER_COLUMN[name]).str.strip_chars().str.slice(0, 18)
    return frame.select(
        pl.lit(name).alias("file"),
        "line",
        pl.col("姓名").alias("name"),
        pl.when(number.str.len_chars() >= 15).then(number).alias("number"),
        *(
            says.get(kind, pl.lit(False)).fill_null(False).alias(kind)
            for kind in ("covered", "severe", "ill", "monitored", "dead")
        ),
    )


def _covered(as_of: date) -> pl.Expr:
    """起保年月 has come, and the month of 停保年月 has not gone by."""
    month = as_of.strftime("%Y%m")
    running = (pl.col("起保年月") <= month) & (pl.col("停保年月").is_null() | (pl.col("停保年月") >= month))
    whole_or_single = pl.col("保障方式").is_in(COVERING_ROLLS)
    kept = pl.col("救助类别").is_in(COVERING[2:])
    return running & (kept | (pl.col("救助类别").is_in(COVERING[:2]) & whole_or_single))


def _severe() -> pl.Expr:
    grade = pl.col("残疾等级").replace_strict(GRADES, default=None)
    grave = (grade <= 2) | ((grade == 3) & pl.col("残疾类别").is_in(MENTAL))
    return grave & (pl.col("状态") == "有效")
