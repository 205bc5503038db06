"""Files of people and records as `link` takes them: their identity columns as text, read whole or laid aside."""

import sys
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import polars as pl

from doudi.defects import Stop
from doudi.frame_files import read_frame, scan_frame, told_plainly
from matcher.frames import IDENTITY

IN_CHINESE: Final = {
    "姓名": "name",
    "身份证号": "id_number",
    "身份证号码": "id_number",
    "证件号码": "id_number",
    "公民身份号码": "id_number",
    "性别": "sex",
    "出生日期": "birth_date",
    "民族": "ethnic",
    "区划代码": "division",
    "地址": "address",
    "户籍地址": "address",
    "联系电话": "phone",
    "户编号": "household",
    "户号": "household",
}
NEAR: Final = 0.8  # how alike a column name must be to count as a misspelling


class LinkRefused(Stop):
    """The files cannot be linked as they are; the message says what to change. The command line exits with 2."""


def identities(path: Path, side: str) -> pl.DataFrame:
    """A file's identity columns as text. Others are passed over and named, but one that looks like a misspelt identity
    column is refused, lest evidence be lost silently."""
    frame = read_frame(path, side)
    frame = frame.select(_columns(path, side, frame.schema))
    _check_ids(frame.lazy(), path, side)
    return frame


def spooled(path: Path, side: str, out: Path) -> pl.LazyFrame:
    """The same rows, never all in memory, as IDENTITY with their place in the file (`row`) in a Parquet file `out`."""
    frame = scan_frame(path, side)
    with told_plainly(path, side):
        chosen = frame.select(_columns(path, side, frame.collect_schema())).with_row_index("row")
        have = chosen.collect_schema()
        shaped = [(pl.col(name) if name in have else pl.lit(None, pl.String)).alias(name) for name in IDENTITY]
        chosen.select(pl.col("row").cast(pl.Int64), *shaped).sink_parquet(out, row_group_size=100_000)
    kept = pl.scan_parquet(out)
    _check_ids(kept, path, side)
    return kept


def check_unique(records: pl.LazyFrame, feed: Path) -> None:
    """Raise LinkRefused where two records have one id."""
    if records.select(pl.col("id").is_duplicated().any()).collect().item():
        raise LinkRefused(f"feed {feed.name}: column id must be unique, one id per record")


def _columns(path: Path, side: str, schema: pl.Schema) -> list[pl.Expr]:
    """What to take of a file of these columns."""
    other = [name for name in schema if name not in IDENTITY]
    misspelt = {name: near for name in other if (near := _meant(name))}
    missing = {wanted for wanted in misspelt.values() if wanted not in schema}
    if "id" not in schema or len(schema) - len(other) < 2 or missing:
        hints = [f"{name} looks like {wanted}" for name, wanted in misspelt.items() if wanted in missing]
        raise LinkRefused(
            f"{side} {path.name}: columns must be id and any of {', '.join(list(IDENTITY)[1:])}; "
            f"found {', '.join(schema) or 'none'}" + (f" ({'; '.join(hints)}: rename it)" if hints else "")
        )
    if other:
        print(f"{side} {path.name}: passed over {', '.join(other)}", file=sys.stderr)
    nested = [name for name in schema if name in IDENTITY and schema[name].is_nested()]
    if nested:
        raise LinkRefused(f"{side} {path.name}: column {nested[0]} holds lists or records; one value per cell, please")
    return [pl.col(name).cast(pl.String) for name in schema if name in IDENTITY]


def _check_ids(frame: pl.LazyFrame, path: Path, side: str) -> None:
    empty = (pl.col("id").is_null() | (pl.col("id") == "")).any()
    if frame.select(empty).collect().item():
        raise LinkRefused(f"{side} {path.name}: column id must be filled in every row")


def _meant(name: str) -> str | None:
    """The identity column a header stands for in all likelihood."""
    near = get_close_matches(name.lower(), IDENTITY, 1, NEAR)
    return IN_CHINESE.get(name) or (near[0] if near else None)
