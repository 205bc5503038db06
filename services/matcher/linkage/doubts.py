"""What is odd about two sides as a whole: said before anybody trusts the links made of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from matcher.linkage.rows import Rows, Side

Warned = dict[str, str]  # code, and a Chinese message
FEW: Final = 20  # rows below which nothing can be said of a column
NEARLY_ALL: Final = 0.9
BURST: Final = 0.5  # share of records for which a key gave too many people
_NEW_YEAR: Final = 0x0101
_MISSING: Final[tuple[tuple[str, str, Callable[[Rows], np.ndarray]], ...]] = (
    ("numbers-missing", "几乎全部没有可用的身份证号", lambda rows: rows["tail"] < 0),
    ("names-missing", "几乎全部没有姓名", lambda rows: rows["name"] < 0),
    (
        "births-missing",
        "几乎全部没有出生日期",
        lambda rows: (rows["birth_number"] == 0) & (rows["birth_stated"] == 0),
    ),
    (
        "births-default",
        "出生日期几乎全部写成1月1日",
        lambda rows: (np.maximum(rows["birth_number"], rows["birth_stated"]) & 0xFFFF) == _NEW_YEAR,
    ),
)
_ALIKE: Final = (("names-alike", "几乎全部同名", "name"), ("villages-alike", "几乎全部在同一个村", "village"))


def warnings_of(people: Sequence[Warned], records: Side, yields: pl.DataFrame) -> list[Warned]:
    """Everything odd, `people` being what is odd of theirs; empty for ordinary files."""
    return [*people, *oddities(records, "记录"), *retired(len(records), yields)]


def retired(records: int, yields: pl.DataFrame) -> list[Warned]:
    """Keys under which too many of so many records found too many people."""
    found, asked = [], max(records, 1)
    for key, times in yields.select("key", "retired").iter_rows():
        if asked >= FEW and times > BURST * asked:
            text = f"检索键“{key}”下人员过多，对{times}次查询未使用，可能漏掉只能靠它找到的人"
            found.append({"code": "key-retired", "message": text})
    return found


class Alike(NamedTuple):
    """How many rows have a value at all, and how many share the commonest one."""

    known: int
    commonest: int


@dataclass(frozen=True)
class Looked:
    """What is counted of one side: its live rows, how many lack each thing of MISSING, how alike names and villages."""

    rows: int
    missing: tuple[int, ...]
    alike: tuple[Alike, ...]


def missing(rows: Rows) -> tuple[int, ...]:
    """How many of these rows lack each thing that a side should not lack nearly everywhere."""
    return tuple(int(holds(rows).sum()) for _, _, holds in _MISSING)


def oddities(side: Side, zh: str) -> list[Warned]:
    """What is odd of one side, which staff call `zh`."""
    rows = side.rows if side.rows["live"].all() else side.rows[side.rows["live"]]
    return odd(Looked(len(rows), missing(rows), tuple(_alike(rows[column]) for _, _, column in _ALIKE)), zh)


def _alike(values: np.ndarray) -> Alike:
    known = values[values >= 0]
    return Alike(len(known), int(np.unique(known, return_counts=True)[1].max(initial=0)))


def odd(looked: Looked, zh: str) -> list[Warned]:
    """What is odd of a side by its counts."""
    if not looked.rows:
        return [{"code": "side-empty", "message": f"{zh}为空，没有可比对的内容"}]
    if looked.rows < FEW:
        return []
    found = [
        {"code": code, "message": f"{zh}{text}，比对结果不可靠"}
        for (code, text, _), lacking in zip(_MISSING, looked.missing, strict=True)
        if lacking / looked.rows >= NEARLY_ALL
    ]
    for (code, text, _), alike in zip(_ALIKE, looked.alike, strict=True):
        if alike.known >= FEW and alike.commonest >= NEARLY_ALL * alike.known:
            found.append({"code": code, "message": f"{zh}{text}，比对结果不可靠"})
    return found
