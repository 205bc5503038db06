"""County files damaged in many ways: the report names every damage at its line, and accuses no other line of anything
new. And whatever comes in, rows in = sum of outcomes, counted here by csv and openpyxl alone."""

import csv
import io
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from openpyxl import load_workbook

from doudi.county import make_county
from tests.matcher.conftest import Matcher
from tests.workbooks import workbook

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "county"
FEEDS = {
    "health.csv": "health-illness",
    "deaths.csv": "health-deaths",
    "disability.xlsx": "disability-cards",
    "rural.xlsx": "rural-monitoring",
}
pytestmark = pytest.mark.same_anywhere  # what is read of a file stands in sealed files
EACH = 3  # lines damaged in each way
Row = dict[str, str | None]


@dataclass
class Table:
    """A file as lines; `head` is the index of its header, `rows` those below it that are people."""

    lines: list[list[str | None]]
    head: int = 0
    used: set[int] = field(default_factory=set)

    @property
    def headers(self) -> list[str]:
        return [str(name) for name in self.lines[self.head]]

    def row(self, line: int) -> Row:
        return dict(zip(self.headers, self.lines[line - 1], strict=False))

    def put(self, line: int, row: Row) -> None:
        self.lines[line - 1] = [row.get(name) for name in self.headers]


Change = Callable[[Table, int, Row], Row | None]  # None: this line will not do


def one_of(**cells: str) -> Change:
    return lambda _table, _line, row: {**row, **cells} if all(row.get(name) for name in cells) else None


def number_of(change: Callable[[str], str]) -> Change:
    def damaged(_table: Table, _line: int, row: Row) -> Row | None:
        number = row["证件号码"] or ""
        return {**row, "证件号码": change(number)} if len(number) == 18 else None

    return damaged


def swapped(_table: Table, _line: int, row: Row) -> Row | None:
    phone = row["联系电话"]
    sound = phone is not None and len(phone) == 11 and len(row["姓名"] or "") in (2, 3)
    return {**row, "姓名": phone, "联系电话": row["姓名"]} if sound else None


def other_sex(_table: Table, _line: int, row: Row) -> Row:
    return {**row, "性别": "女" if row["性别"] == "男" else "男"}


def copied(table: Table, line: int, _row: Row) -> Row | None:
    earlier = table.head + 2  # the first row, which is never damaged itself
    return table.row(earlier) if line > earlier else None


def borrowed(table: Table, line: int, row: Row) -> Row | None:
    other = table.row(table.head + 3)
    sound = line > table.head + 3 and other["姓名"] != row["姓名"] and len(other["证件号码"] or "") == 18
    return {**row, "证件号码": other["证件号码"]} if sound else None


def other_class(_table: Table, _line: int, row: Row) -> Row:
    return {**row, "残疾类别": "听力" if row["残疾类别"] == "视力" else "视力"}


def household(table: Table, row: Row) -> list[Row]:
    every = [table.row(line) for line in range(table.head + 2, len(table.lines) + 1)]
    return [one for one in every if one["户编号"] == row["户编号"]]


def second_head(table: Table, _line: int, row: Row) -> Row | None:
    heads = [one for one in household(table, row) if one["与户主关系"] == "户主"]
    fits = row["与户主关系"] == "之子" and len(heads) == 1 and _numbered(row) and _numbered(heads[0])
    return {**row, "与户主关系": "户主"} if fits else None


def same_sex(table: Table, _line: int, row: Row) -> Row | None:
    heads = [one for one in household(table, row) if one["与户主关系"] == "户主"]
    fits = row["与户主关系"] == "之子" and len(heads) == 1 and _numbered(row) and _numbered(heads[0])
    if not fits or int(str(row["证件号码"])[16]) % 2 != int(str(heads[0]["证件号码"])[16]) % 2:
        return None
    return {**row, "与户主关系": "配偶"}


def _numbered(row: Row) -> bool:
    return len(row["证件号码"] or "") >= 18


def wrong_check(number: str) -> str:
    return number[:17] + ("0" if number[17] != "0" else "1")


DAMAGES: dict[str, list[tuple[str, Change]]] = {
    "health.csv": [
        ("id-check-digit", number_of(wrong_check)),
        ("id-length", number_of(lambda number: number[:16])),
        ("id-damaged", number_of(lambda number: f"{number[0]}.{number[1:6]}E+17")),
        ("id-missing", number_of(lambda _: "无")),
        ("id-birth-impossible", number_of(lambda number: f"{number[:10]}13{number[12:]}")),
        ("id-birth-differs", one_of(出生日期="19010203")),
        ("id-sex-differs", other_sex),
        ("columns-swapped", swapped),
        ("name-decorated", lambda _t, _l, row: {**row, "姓名": f"{row['姓名']}（户主）"}),
        ("name-placeholder", one_of(姓名="某某")),
        ("name-illegible", lambda _t, _l, row: {**row, "姓名": f"{str(row['姓名'])[0]}□"}),
        ("date-future", one_of(确诊日期="2098-01-01")),
        ("date-unreadable", one_of(确诊日期="2021-02-30")),
        ("date-before-birth", one_of(确诊日期="1905-01-01")),
        ("date-implausible", one_of(确诊日期="1899-01-01")),
        ("amount-unreadable", one_of(个人自付="很多")),
        ("amount-negative", one_of(个人自付="-20000")),
        ("amount-implausible", one_of(总费用="900000000")),
        ("phone-invalid", one_of(联系电话="1380")),
        ("cell-broken", one_of(现住址="#REF!")),
        ("row-repeated", copied),
        ("id-shared", borrowed),
        ("row-without-identity", one_of(姓名="", 证件号码="")),
    ],
    "deaths.csv": [
        ("death-before-birth", one_of(死亡日期="1905-01-01")),
        ("name-missing", one_of(姓名="不详")),
        ("name-single", lambda _t, _l, row: {**row, "姓名": str(row["姓名"])[0]}),
    ],
    "disability.xlsx": [
        ("card-text-differs", other_class),
        ("value-unknown", one_of(残疾等级="九级")),
        ("name-is-number", lambda _t, _l, row: {**row, "姓名": "640499"}),
    ],
    "rural.xlsx": [
        ("heads-several", second_head),
        ("spouse-same-sex", same_sex),
        ("household-missing", lambda _t, _l, row: {**row, "户编号": ""} if row["与户主关系"] == "之父" else None),
        ("value-unknown", one_of(民族="火星族")),
        ("cell-broken", one_of(健康状况="####")),
    ],
}


def opened(path: Path) -> Table:
    if path.suffix == ".csv":
        return Table(list(csv.reader(io.StringIO(path.read_bytes().decode("gb18030"), newline=""))))
    page = load_workbook(io.BytesIO(path.read_bytes()), read_only=True).worksheets[0]
    lines = [[None if cell is None else str(cell) for cell in row] for row in page.iter_rows(values_only=True)]
    return Table(lines, next(at for at, line in enumerate(lines) if "姓名" in line))


def content(name: str, table: Table) -> bytes:
    if name.endswith(".csv"):
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerows(table.lines)
        return out.getvalue().encode("gb18030")
    return workbook([[None if cell == "" else cell for cell in line] for line in table.lines])


def report(matcher: Matcher, feed: str, sent: bytes) -> tuple[dict[int, set[str]], dict[str, int]]:
    """The codes of every line, and the account of the batch."""
    batch = matcher.push(feed, sent, mode="validate").json()["batch_id"]
    matcher.work()
    found: dict[int, set[str]] = {}
    cursor: dict[str, str] = {}
    while True:
        page = matcher.get(f"/batches/{batch}/rows", limit=1000, **cursor)
        found |= {row["line"]: {issue["code"] for issue in row["issues"]} for row in page["rows"]}
        if page["cursor"] is None:
            break
        cursor = {"cursor": page["cursor"]}
    return found, matcher.get(f"/batches/{batch}")["outcomes"]


def person(row: Row) -> set[str]:
    """What a row is known by."""
    return {value for name in ("姓名", "证件号码", "残疾人证号") if (value := row.get(name))}


def damage(name: str, table: Table, before: dict[int, set[str]], seed: int) -> dict[int, str]:
    """Damage lines in every way of this file; gives line → the code that is due there."""
    # What is said of a person twice in a file can be told at the other row when one of the two is changed: left out.
    told = Counter(value for line in before for value in person(table.row(line)))
    lines = [
        line
        for line in before
        if line > table.head + 3
        and not before[line] - {"id-area-unknown"}
        and all(told[value] == 1 for value in person(table.row(line)))
    ]
    random.Random(seed).shuffle(lines)
    done: dict[int, str] = {}
    homes: set[str | None] = set()
    for code, change in DAMAGES[name]:
        left = EACH
        for line in lines:
            row = table.row(line)
            if line in done or (row.get("户编号") in homes and "户编号" in row):
                continue
            if (changed := change(table, line, row)) is None:
                continue
            table.put(line, changed)
            done[line], left = code, left - 1
            homes.add(row.get("户编号"))
            if not left:
                break
        assert not left, f"{name}: no line fit for {code}"
    return done


def check_folder(matcher: Matcher, folder: Path, seed: int) -> None:
    for name, feed in FEEDS.items():
        table = opened(folder / name)
        before, _ = report(matcher, feed, content(name, table))
        due = damage(name, table, before, seed)
        after, outcomes = report(matcher, feed, content(name, table))
        unnamed = {line: (code, after[line]) for line, code in due.items() if code not in after[line] - before[line]}
        assert not unnamed, f"{name}: damages not named at their line: {unnamed}"
        accused = {line: more for line in after if line not in due and (more := after[line] - before[line])}
        assert not accused, f"{name}: lines accused that nobody touched: {accused}"
        assert sum(outcomes.values()) == len(after) == len(before)


def test_there_are_more_than_twenty_ways() -> None:
    assert len({code for ways in DAMAGES.values() for code, _ in ways}) > 20


@pytest.mark.parametrize(("seed", "level"), [(3, "typical"), (4, "dirty")])
def test_in_a_made_county_every_damage_is_named_at_its_line(
    matcher: Matcher, tmp_path: Path, seed: int, level: str
) -> None:
    make_county(tmp_path / "county", 12000, level, seed)
    check_folder(matcher, tmp_path / "county", seed)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared county does not stand beside this clone")
def test_in_the_shared_county_too(matcher: Matcher) -> None:
    check_folder(matcher, SHARED, 7)


# ---- rows in = sum of outcomes


def people_in(name: str, raw: bytes) -> int:
    """Data rows counted without any of our readers: non-blank records below the header, but for the line of totals."""
    if name.endswith(".csv"):
        lines: list[list[str | None]] = list(csv.reader(io.StringIO(raw.decode("gb18030"), newline="")))
    else:
        page = load_workbook(io.BytesIO(raw)).worksheets[0]
        lines = [[None if cell.value is None else str(cell.value) for cell in row] for row in page.iter_rows()]
    head = next(at for at, line in enumerate(lines) if "姓名" in line)
    below = [line for line in lines[head + 1 :] if any(cell and cell.strip() for cell in line)]
    return sum(not str(next(cell for cell in line if cell)).startswith(("合计", "制表")) for line in below)


@pytest.mark.parametrize("seed", range(3))
def test_rows_in_are_the_sum_of_outcomes_counted_by_others(matcher: Matcher, tmp_path: Path, seed: int) -> None:
    make_county(tmp_path / "county", 1500, ("typical", "dirty", "brutal")[seed], seed)
    rng = random.Random(seed)
    for name, feed in FEEDS.items():
        table = opened(tmp_path / "county" / name)
        for _ in range(12):  # doubled rows, blank ones, rows that name nobody, rows of garbage
            at = rng.randrange(table.head + 1, len(table.lines))
            width = len(table.headers)
            odd: list[str | None] = rng.choice(
                [
                    list(table.lines[at]),
                    [None] * width,
                    ["", *["某"] * (width - 1)],
                    [f"\u200b{n}" for n in range(width)],
                ]
            )
            table.lines.insert(at, odd)
        raw = content(name, table)
        found, outcomes = report(matcher, feed, raw)
        assert sum(outcomes.values()) == len(found) == people_in(name, raw), name


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared county does not stand beside this clone")
def test_rows_of_the_shared_county_too(matcher: Matcher) -> None:
    for name, feed in FEEDS.items():
        raw = (SHARED / name).read_bytes()
        found, outcomes = report(matcher, feed, raw)
        assert sum(outcomes.values()) == len(found) == people_in(name, raw), name
        assert Counter(outcomes)["accepted"] > 0
