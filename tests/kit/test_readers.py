"""What was written is what is read, in every format; delimited text exactly as csv reads it; every bound is kept."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import delimited
from kit.delimited import read_delimited
from kit.grids import grids_of
from kit.tables_in import Limits, TableUnreadable, read_table
from tests.examples import examples
from tests.old_workbooks import old_workbook
from tests.workbooks import workbook

HEAD = ["姓名", "证件号码", "备注", "金额"]
KNOWN = set(HEAD)

# No cell that shows nothing or is unwrapped: those have tests of their own.
CELL = st.text(st.characters(codec="gb18030", exclude_categories=["C", "Z"], exclude_characters="="), max_size=8)
NOTE = st.one_of(CELL, CELL.map(lambda text: f'a"{text}",\r\n{text}x'), CELL.map(lambda text: f"{text},y;|\tz"))
TABLE = st.lists(st.tuples(CELL, NOTE, CELL), min_size=1, max_size=8)


def rows_of(table: list[tuple[str, str, str]]) -> list[list[str]]:
    return [HEAD, *([f"n{at}", *cells] for at, cells in enumerate(table))]


def text_of(rows: list[list[str]], quoting: int, mark: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=mark, quoting=quoting).writerows(rows)  # type: ignore[arg-type]  # one of csv's own
    return out.getvalue()


def parquet_of(rows: list[list[str]]) -> bytes:
    out = io.BytesIO()
    pl.DataFrame(rows[1:], schema=rows[0], orient="row").write_parquet(out)
    return out.getvalue()


def cells_read(content: bytes) -> list[list[str | None]]:
    return [list(row[1:]) for row in read_table(content, KNOWN).frame.iter_rows()]


def expected(table: list[tuple[str, str, str]]) -> list[list[str | None]]:
    return [[cell or None for cell in row] for row in rows_of(table)[1:]]


@given(
    TABLE,
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from("\t,"),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
def test_delimited_text_comes_back(table: list[tuple[str, str, str]], quoting: int, mark: str, encoding: str) -> None:
    text = text_of(rows_of(table), quoting, mark)
    assert cells_read(text.encode(encoding)) == expected(table)
    assert cells_read(gzip.compress(text.encode(encoding), 1)) == expected(table)


@given(TABLE)
def test_ndjson_and_workbooks_come_back(table: list[tuple[str, str, str]]) -> None:
    lines = (dict(zip(HEAD, row, strict=True)) for row in rows_of(table)[1:])
    assert cells_read("\n".join(json.dumps(line) for line in lines).encode()) == expected(table)
    assert cells_read(workbook(rows_of(table))) == expected(table)


def test_old_workbooks_and_parquet_come_back() -> None:
    """Each is read by a process of its own: one table with all that is odd."""
    table = [("张三", 'a"b",\r\nc', "𐮐"), ("", "，；|\t", ""), ("阿依·古丽", "Ⅳ", "\U00020000")]
    assert cells_read(parquet_of(rows_of(table))) == expected(table)
    assert cells_read(old_workbook(rows_of(table))) == expected(table)


@examples(400)
@given(
    st.lists(st.sampled_from(['"', '""', ",", '","', "\n", "\r\n", "\r", "a", "b c", '"a"', '"\n']), max_size=40),
    st.integers(1, 4),
)
def test_delimited_text_is_read_as_csv_reads_it(pieces: list[str], block: int) -> None:
    text = "x,y\n" + "".join(pieces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "BLOCK", block)
        try:
            found = read_delimited(text.encode(), Limits())
        except TableUnreadable as error:
            assert error.code == "quotes"  # noqa: PT017 - what is no error is compared below
            with pytest.raises(csv.Error):
                list(csv.reader(io.StringIO(text, newline=""), strict=True))
            return
    reader, begins, records = csv.reader(io.StringIO(text, newline=""), strict=True), [], []
    read = 0
    for record in reader:
        begins.append(read + 1)
        records.append([cell.strip() or None for cell in record])
        read = reader.line_num
    width = max(map(len, records))
    assert found.lines.to_list() == begins
    shown = [[cell and cell.strip() for cell in row] for row in found.frame.iter_rows()]
    assert shown == [record + [None] * (width - len(record)) for record in records]


# ---- bounds


def code_of(content: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(TableUnreadable) as caught:
        grids_of(content, None, limits or Limits())
    return caught.value.code


def with_part(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info.filename, change(data) if info.filename.endswith(name) else data)
    return out.getvalue()


BOOK = workbook([HEAD, ["张三", "640499199001011234", "甲", 1.5]])
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def test_entities_in_a_workbook_are_never_expanded() -> None:
    for part in ("sheet1.xml", "sharedStrings.xml", "workbook.xml"):
        assert code_of(with_part(BOOK, part, lambda data: data.replace(b"?>", b"?>" + LAUGHS, 1))) == "foreign-xml"


def test_one_long_text_named_by_every_cell_is_refused_before_it_is_copied() -> None:
    long = "甲" * 30_000
    cells = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(1, 20_001))
    sheet = with_part(workbook([[long]]), "sheet1.xml", lambda data: _rows_replaced(data, cells.encode()))
    assert code_of(sheet) == "too-large"


def _rows_replaced(data: bytes, rows: bytes) -> bytes:
    head, tail = data.split(b"<sheetData>")[0], data.split(b"</sheetData>")[1]
    return head + b"<sheetData>" + rows + b"</sheetData>" + tail


@pytest.mark.parametrize(
    "cell",
    [b'<c r="ZZZ1"', b"<c r='zzz1'", b'<c r = "ZZZ1"', b'<c  t="n" r\n=\n"ZZZ1"', b'<x:c r="ZZZ1"', b'<c r="A9999999"'],
)
def test_a_far_cell_is_seen_however_it_is_written(cell: bytes) -> None:
    far = with_part(BOOK, "sheet1.xml", lambda data: data.replace(b"</row>", cell + b"><v>1</v></c></row>", 1))
    assert code_of(far) in {"too-many-columns", "too-many-rows"}


def test_sheets_together_keep_the_bound_of_one() -> None:
    rows = [["x"]] * 40
    book = workbook({str(at): rows for at in range(5)})
    assert code_of(book, Limits(sheet_cells=3000)) == "too-many-cells"


def test_texts_are_bounded_by_line_by_cell_and_as_a_whole() -> None:
    assert code_of(b"x" * 3_000_000) == "line-too-long"
    assert code_of(b"a,b\n" + b"x" * 3_000_000 + b"\n") == "line-too-long"
    swallowed = 'a,"' + "\n".join(["x" * 1000] * 300) + '"\n'
    assert code_of(swallowed.encode()) == "cell-too-long"
    assert code_of(b"a,b\n" * 100, Limits(text_bytes=300)) == "too-large"
    assert code_of(b"\n" * 2_000_000 + b"x") == "too-many-rows"
    assert code_of(("a" + ",a" * 300 + "\n").encode()) == "too-many-columns"
    assert code_of(("a" + ",a" * 200 + "\n").encode() + b"b\n" * 200, Limits(cells=1000)) == "too-many-cells"


def test_json_is_bounded_in_depth_keys_and_cells() -> None:
    deep = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert code_of(deep) == "json-line"
    many = b"\n".join(json.dumps({f"k{at}": 1}).encode() for at in range(300))
    assert code_of(many) == "too-many-columns"
    assert code_of(b'{"' + b"k" * 2_000_000 + b'": 1}') == "line-too-long"


def test_packing_is_undone_once_and_within_its_bound() -> None:
    text = b"\xe5\xa7\x93\xe5\x90\x8d,b\n1,2\n"
    assert code_of(gzip.compress(gzip.compress(text))) == "archive"
    assert code_of(gzip.compress(b"0" * 200_000_000, 1), Limits(unpacked_bytes=1_000_000)) == "too-large"
    assert code_of(gzip.compress(text) + b"rest") == "broken"
    assert grids_of(gzip.compress(text) + bytes(512), None, Limits())[0].frame.height == 2
    many = b"".join([gzip.compress(b"1,2\n", 1)] * 20_000)
    assert grids_of(many, None, Limits())[0].frame.height == 20_000


@pytest.mark.parametrize("far", [(65535, 65535), (65535, 255)])
def test_an_old_workbook_that_asks_for_more_memory_than_there_is_ends_nothing_of_ours(far: tuple[int, int]) -> None:
    assert code_of(old_workbook([HEAD], far=far)) == "overloads"


def test_parquet_whose_figures_lie_is_refused() -> None:
    sound = parquet_of([HEAD, *[["a", "b", "c", "d"]] * 50])
    for at in range(4, len(sound) - 8, len(sound) // 2):
        torn = sound[:at] + b"\xff\xff\xff\x7f" + sound[at + 4 :]
        try:
            grids_of(torn, None, Limits())
        except TableUnreadable as error:
            assert error.code in {"broken", "overloads", "too-many-rows", "too-large"}  # noqa: PT017 - or it is read
    nested = io.BytesIO()
    pl.DataFrame({"姓名": ["a"], "号": [[1, 2]]}).write_parquet(nested)
    assert code_of(nested.getvalue()) == "nested"
    long = io.BytesIO()
    pl.DataFrame({"姓名": ["x" * 1_000_000] * 400}).write_parquet(long)
    assert code_of(long.getvalue()) == "too-large"
