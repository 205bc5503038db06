"""A delivery of many rows, with the dirt of a real one: `reading_rows.py ROWS PATH {plain|quoted|xlsx}`.

In a process of its own, as are the three that are measured: `reading_rows.py ours|peer PATH` (see below).
"""

import csv
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import fastexcel
import polars as pl
import xlsxwriter

from china.id_numbers import CHECKS, WEIGHTS
from matcher.feeds.feed import load_feed
from matcher.feeds.read import read

HEADS = [
    "姓名",
    "证件号码",
    "性别",
    "出生日期",
    "区划代码",
    "乡镇",
    "现住址",
    "联系电话",
    "诊断名称",
    "病种编码",
    "确诊日期",
    "个人自付",
]
DAMAGED = ("", "无", "-")


def rows(count: int) -> Iterator[list[str]]:
    """Sound rows of the area that was never issued; one number in 25 is damaged in one way or another."""
    rng = random.Random(7)
    for at in range(count):
        birth = f"{rng.randint(1930, 2019)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
        first = f"640499{birth}{rng.randint(1, 999):03d}"
        number = first + CHECKS[sum(w * int(d) for w, d in zip(WEIGHTS, first, strict=True)) % 11]
        sex = "男" if int(first[-1]) % 2 else "女"
        name = rng.choice("马李王张刘杨") + rng.choice("秀英明红军玉兰志强") + rng.choice("国海建华金")
        phone = f"13{rng.randrange(10**9):09d}" if rng.random() < 0.95 else rng.choice(("", "139", "0953-2012345"))
        day = f"20{rng.randint(15, 20)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
        address = f"青石镇柳树村{rng.randint(1, 9)}组{rng.randint(1, 200)}号"
        if at % 25 == 0:
            number = rng.choice((number[:-1], number.lower(), f"'{number}", number[:15] + "000", *DAMAGED))
        if at % 100 == 0:
            day = rng.choice(("2020年", "43831", "2020-13-01", "不详"))
        born = rng.choice((birth, f"{birth[:4]}-{birth[4:6]}-{birth[6:]}", f"{birth[:4]}.{birth[4:6]}.{birth[6:]}"))
        said = [name, number, sex, born, f"640499{rng.randint(100000, 100400)}", "青石镇", address, phone]
        yield [*said, "肺癌", "C34.1", day, f"{rng.randint(100, 90000)}元"]


def write(count: int, path: Path, way: str) -> None:
    """The file, as CSV with or without quotation marks, or as a workbook of text cells."""
    if way == "xlsx":
        with xlsxwriter.Workbook(path, {"strings_to_numbers": False, "constant_memory": True}) as book:
            page = book.add_worksheet()
            for place, row in enumerate([HEADS, *rows(count)]):
                page.write_row(place, 0, row)
        return
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL if way == "quoted" else csv.QUOTE_MINIMAL)
        writer.writerows([HEADS, *rows(count)])


def peer(path: Path) -> int:
    """The least there is to do: read the file; of a CSV also check one column's check digits, in Polars."""
    if path.suffix == ".xlsx":
        return fastexcel.read_excel(path.read_bytes()).load_sheet(0).to_polars().height
    number = pl.col(HEADS[1])
    digits = [number.str.slice(at, 1).cast(pl.Int32, strict=False) for at in range(17)]
    rest = sum(weight * digit for weight, digit in zip(WEIGHTS, digits, strict=True)) % 11  # type: ignore[operator]  # expressions add
    due = rest.replace_strict(list(range(11)), list(CHECKS), return_dtype=pl.String, default=None)
    frame = pl.read_csv(path, infer_schema=False)
    sound = frame.select((number.str.contains(r"^[0-9]{17}[0-9X]$") & (due == number.str.slice(17, 1))).sum())
    return int(sound.item())


def main() -> None:
    """Prints the seconds the work itself took."""
    if sys.argv[1] not in {"ours", "peer"}:
        write(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
        return
    path = Path(sys.argv[2])
    begun = time.perf_counter()
    if sys.argv[1] == "ours":
        assert read(path.read_bytes(), load_feed("health-illness"), path.name, "b").rows.height
    else:
        assert peer(path)
    print(time.perf_counter() - begun)


if __name__ == "__main__":
    main()
