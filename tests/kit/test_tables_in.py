"""Tables as they are really exported: found under titles, ended by totals, bounded, never half understood."""

import csv
import gzip
import io
import json
import zipfile
from datetime import date

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kit.grids import opening_of
from kit.tables_in import Limits, Table, TableUnreadable, kind_of, plain_header, read_table
from tests.workbooks import workbook

KNOWN = {"姓名", "证件号码", "性别", "出生日期", "类别", "等级"}
NUMBER = "640499199001011234"


def rows_accounted(table: Table) -> bool:
    s = table.skipped
    return s.title + s.header + s.repeated_header + s.closing + s.blank + table.frame.height == table.rows_total


def refused(content: bytes, **options: object) -> TableUnreadable:
    with pytest.raises(TableUnreadable) as caught:
        read_table(content, KNOWN, **options)  # type: ignore[arg-type]  # options are the function's own
    assert NUMBER not in caught.value.zh + caught.value.en
    return caught.value


def test_title_total_blank_and_repeated_header_rows_are_counted_and_not_read() -> None:
    content = workbook(
        [
            ["某县信息表（2021年6月）"],
            ["姓名", "证件号码", "性别"],
            ["张三", NUMBER, "男"],
            [],
            ["姓名", "证件号码", "性别"],
            ["李四", NUMBER, "女"],
            ["合计：2人"],
            ["制表人：王五"],
        ]
    )
    table = read_table(content, KNOWN)
    assert table.frame.rows() == [(3, "张三", NUMBER, "男"), (6, "李四", NUMBER, "女")]
    s = table.skipped
    assert (s.title, s.header, s.repeated_header, s.closing, s.blank) == (1, 1, 1, 2, 1)
    assert rows_accounted(table)


def test_a_full_row_whose_first_cell_says_total_is_a_person() -> None:
    table = read_table(workbook([["姓名", "证件号码", "性别"], ["合计", NUMBER, "男"]]), KNOWN)
    assert table.frame["姓名"].to_list() == ["合计"]


def test_a_header_of_two_lines_is_joined_where_cells_are_merged_downwards() -> None:
    content = workbook(
        [["姓名", "证件号码", "残疾情况", None], [None, None, "类别", "等级"], ["张三", NUMBER, "肢体", "一级"]]
    )
    table = read_table(content, KNOWN)
    assert table.headers == ("姓名", "证件号码", "类别", "等级")
    assert table.frame.rows() == [(3, "张三", NUMBER, "肢体", "一级")]
    assert rows_accounted(table)


def test_headers_are_known_whatever_their_width_blanks_and_marks() -> None:
    assert plain_header(" 证 件\n号码＊：") == plain_header("证件号码")
    table = read_table(workbook([["姓  名", "*证件号码（必填）"], ["张三", NUMBER]]), KNOWN)
    assert table.headers == ("姓  名", "*证件号码（必填）")


def test_a_number_where_text_was_due_is_told_from_text_of_digits() -> None:
    table = read_table(workbook([["姓名", "证件号码"], ["张三", int(NUMBER)], ["李四", NUMBER]]), KNOWN)
    assert table.was_numeric("证件号码").to_list() == [True, False]
    assert table.was_numeric("姓名").to_list() == [False, False]
    assert table.frame["证件号码"][0] != NUMBER, "the digits are gone: 15 of 18 are kept"
    assert table.frame["证件号码"][1] == NUMBER


def test_cells_become_the_text_a_spreadsheet_shows() -> None:
    content = workbook(
        [["姓名", "出生日期", "等级", "类别"], ["张三", date(2021, 5, 1), 12774.0, True], ["李四", 1.5, None, " "]]
    )
    assert read_table(content, KNOWN).frame.rows() == [
        (2, "张三", "2021-05-01", "12774", "TRUE"),
        (3, "李四", "1.5", None, None),
    ]


def test_filled_cells_under_no_header_name_their_line() -> None:
    table = read_table(workbook([["姓名", "证件号码"], ["张三", NUMBER], ["李四", NUMBER, "移位"]]), KNOWN)
    assert table.unheaded == (3,)


def test_two_columns_of_one_name_stay_two() -> None:
    table = read_table(workbook([["姓名", "证件号码", "姓名"], ["张三", NUMBER, "李四"]]), KNOWN)
    assert table.headers == ("姓名", "证件号码", "姓名 (2)")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_delimited_text_is_read_in_every_encoding_agencies_use(encoding: str, delimiter: str) -> None:
    lines = [["姓名", "证件号码", "性别"], ["张䶮", f'="{NUMBER}"', "女"], ["阿依·古丽", NUMBER, ""]]
    text = "\r\n".join(delimiter.join(line) for line in lines)
    table = read_table(text.encode(encoding), KNOWN)
    assert table.frame.rows() == [(2, "张䶮", NUMBER, "女"), (3, "阿依·古丽", NUMBER, None)]
    assert rows_accounted(table)


def test_a_row_stands_in_the_line_it_begins_in_as_an_editor_shows_it() -> None:
    text = f'标题\n姓名,证件号码\n"张\n三",{NUMBER}\n\n李四,{NUMBER}\n'
    assert read_table(text.encode(), KNOWN).frame["line"].to_list() == [3, 6]


def test_an_unclosed_quote_is_refused_and_never_swallows_rows() -> None:
    text = f'姓名,证件号码\n"张三,{NUMBER}\n李四,{NUMBER}\n'
    assert refused(text.encode()).code == "quotes"


def test_bytes_in_no_known_encoding_are_refused_with_their_line() -> None:
    error = refused("姓名,证件号码\n".encode() + b"\xff\xff\xff,1\n")
    assert error.code == "encoding"
    assert error.args_by_name["line"] == 2


def test_ndjson_keeps_file_lines_and_knows_numbers_from_text() -> None:
    lines = [
        json.dumps({"姓名": "张三", "证件号码": NUMBER}),
        "",
        json.dumps({"证件号码": int(NUMBER), "姓名": "李四"}),
    ]
    table = read_table("\n".join(lines).encode(), KNOWN)
    assert table.frame["line"].to_list() == [1, 3]
    assert table.was_numeric("证件号码").to_list() == [False, True]
    assert refused(b'{"\xe5\xa7\x93\xe5\x90\x8d": 1}\n[1]\n').code == "json-line"
    assert rows_accounted(table)


def test_parquet_keeps_texts_and_marks_number_columns() -> None:
    out = io.BytesIO()
    pl.DataFrame({"姓名": ["张三"], "证件号码": [int(NUMBER)]}).write_parquet(out)
    table = read_table(out.getvalue(), KNOWN)
    assert table.frame.rows() == [(1, "张三", NUMBER)]
    assert table.was_numeric("证件号码").all()
    assert refused(out.getvalue()[:-9]).code == "broken"


def test_gzip_is_unpacked_within_its_bound_and_a_torn_file_is_refused() -> None:
    text = f"姓名,证件号码\n张三,{NUMBER}\n".encode()
    packed = gzip.compress(text)
    assert read_table(packed, KNOWN).frame.height == 1
    assert read_table(gzip.compress(text[:10]) + gzip.compress(text[10:]), KNOWN).frame.height == 1
    assert refused(packed[:-12]).code == "broken"
    assert refused(gzip.compress(b"0" * 200_000), limits=Limits(unpacked_bytes=100_000)).code == "too-large"


def test_a_far_cell_in_a_small_file_is_refused_before_it_costs_memory() -> None:
    """A reader would allocate the rectangle: 300 GB for a file of a few kB, and the process is gone."""
    for far, code in (
        ("XFD1048576", "too-many-columns"),
        ("Z9999999", "too-many-rows"),
        ("AA1048570", "too-many-cells"),
    ):
        content = _with_cell(workbook([["姓名", "证件号码"], ["张三", NUMBER]]), far)
        assert refused(content).code == code


def _with_cell(content: bytes, place: str) -> bytes:
    """The workbook with one more cell, which no honest program would write there."""
    row = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename.endswith("sheet1.xml"):
                extra = f'<row r="{row}"><c r="{place}"><v>1</v></c></row></sheetData>'
                data = data.replace(b"</sheetData>", extra.encode())
            new.writestr(info.filename, data)
    return out.getvalue()


def test_an_archive_that_lies_about_its_size_is_measured() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 3_000_000)
    content = out.getvalue().replace((3_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert refused(content, limits=Limits(unpacked_bytes=1_000_000)).code == "too-large"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (b"PK\x03\x04 torn", "broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 torn", "broken"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "web-page"),
        ("甲,乙\n1,2\n".encode(), "no-header"),
        (workbook([[]]), "empty"),
        (workbook({"甲": [["姓名", "证件号码"]], "乙": [["姓名", "证件号码"]]}), "several-sheets"),
    ],
)
def test_what_is_no_table_is_refused_with_a_code_and_a_way_out(content: bytes, code: str) -> None:
    error = refused(content)
    assert error.code == code
    assert error.zh.endswith("。")


def test_hidden_sheets_and_sheets_that_only_explain_are_not_the_table() -> None:
    data = [["姓名", "证件号码", "性别"], ["张三", NUMBER, "男"]]
    content = workbook({"数据": data, "旧": data, "说明": [["列", "含义"], ["姓名", "本人"]]}, hidden=["旧"])
    assert read_table(content, KNOWN).sheet == "数据"
    assert refused(content, sheet="没有").code == "sheet-unknown"


def test_rows_and_columns_are_bounded_in_every_format() -> None:
    text = "姓名,证件号码\n" + "张三,1\n" * 50
    assert refused(text.encode(), limits=Limits(rows=20)).code == "too-many-rows"
    assert refused(("姓名" + ",甲" * 30 + "\n").encode(), limits=Limits(columns=20)).code == "too-many-columns"
    assert refused(workbook([["姓名"], *[["张三"]] * 50]), limits=Limits(rows=20)).code == "too-many-rows"
    assert (
        refused(json.dumps({f"甲{i}": 1 for i in range(30)}).encode(), limits=Limits(columns=20)).code
        == "too-many-columns"
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.CSV.gz", "csv"), ("b.xlsx", "xlsx"), ("application/x-ndjson; charset=utf-8", "ndjson"), ("photo.png", None)],
)
def test_a_file_name_or_media_type_declares_a_kind(name: str, kind: str | None) -> None:
    assert kind_of(name) == kind


CELLS = st.text(st.characters(codec="gb18030", exclude_characters="\x00\ufeff"), max_size=12)


@example(rows=[("", ";", ";;"), ("", ";;", ";;")], encoding="utf-8-sig")  # more of another mark than of the comma
@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=12), st.sampled_from(["utf-8-sig", "gb18030"]))
def test_every_row_of_any_csv_is_accounted_for(rows: list[tuple[str, str, str]], encoding: str) -> None:
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    table = read_table("\r\n".join(["姓名,证件号码,性别", *quoted]).encode(encoding), KNOWN)
    assert rows_accounted(table)
    assert table.rows_total == len(rows) + 1


@settings(deadline=None)  # a busy machine is no failure
@given(
    st.lists(st.lists(CELLS.filter(lambda cell: not set(cell) & set('",\r\n\t;|')), max_size=4), min_size=1, max_size=8)
)
def test_text_reads_the_same_with_and_without_quotation_marks(rows: list[list[str]]) -> None:
    bare = "\n".join(["姓名,证件号码,性别,类别", *(",".join(row) for row in rows)])
    quoted = "\n".join(['"姓名",证件号码,性别,类别', *(",".join(f'"{cell}"' for cell in row) for row in rows)])
    assert read_table(bare.encode(), KNOWN).frame.equals(read_table(quoted.encode(), KNOWN).frame)


@settings(deadline=None)  # a busy machine is no failure
@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_or_a_refusal(content: bytes) -> None:
    refusals = set()
    for prefix in (b"", b"PK\x03\x04", b"PAR1", b"\x1f\x8b\x08", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{"):
        try:
            table = read_table(prefix + content, KNOWN)
        except TableUnreadable as error:
            refusals.add(error.code)
            continue
        assert rows_accounted(table)
    assert refusals, "a torn archive is never a table"


def test_a_cell_is_named_as_the_spreadsheet_names_it_also_beside_unheaded_and_far_columns() -> None:
    rows = [["清单"], [None, "姓名", None, *["x"] * 24, "等级"], [None, "张三", None, *["y"] * 24, "一级"]]
    table = read_table(workbook(rows), KNOWN)
    (line,) = table.frame["line"].to_list()
    assert (table.cell("姓名", line), table.cell("等级", line)) == ("B3", "AB3")


CELL = st.text(alphabet=st.sampled_from('ab"\n,张㐂'), max_size=6)


@given(
    rows=st.lists(st.lists(CELL, min_size=2, max_size=3), min_size=1, max_size=12),
    cut=st.integers(0, 300),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
    zipped=st.booleans(),
)
def test_what_a_text_begins_with_is_whole_records_of_it(
    rows: list[list[str]], cut: int, encoding: str, zipped: bool
) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)
    content = out.getvalue().encode(encoding)
    found = opening_of((gzip.compress(content) if zipped else content)[:cut])
    if found is None:
        return
    assert content.startswith(found)
    assert found.endswith(b"\n")
    read = list(csv.reader(io.StringIO(found.decode(encoding), newline=""), strict=True))
    assert read == rows[: len(read)] != []


def test_a_file_that_can_only_be_judged_whole_has_no_beginning() -> None:
    book = workbook([["姓名", "证件号码"], ["张三", NUMBER]])
    text = "姓名\t证件号码\n张三\t1\n"
    for content in (
        book,
        gzip.compress(book),
        text.encode("utf-16"),
        b"PAR1\n",
        "姓名,证件号码".encode(),
        b"\x1f\x8b\n",
    ):
        assert opening_of(content) is None


def test_what_parts_cells_is_told_by_what_stands_outside_of_quotation_marks() -> None:
    table = read_table('姓名,证件号码\r\n"a;b;c","d;e"\r\n"f;;g;","h"\r\n'.encode(), KNOWN)
    assert table.frame.select("姓名", "证件号码").rows() == [("a;b;c", "d;e"), ("f;;g;", "h")]
