"""What we hand out keeps identifiers as text, runs nothing, and comes back word for word."""

import csv
import io
from datetime import date
from xml.sax.saxutils import escape

import openpyxl
import pytest

from kit.sheets_out import ROWS_PER_SHEET, Column, Sheet, csv_bytes, write_sheets
from kit.tables_in import read_table
from tests.sheets_seen import PAYLOADS, look

NUMBER = "640499199001011234"
COLUMNS = (Column("姓名", 12), Column("证件号码", 22), Column("金额", 10, text=False))


def written(*sheets: Sheet) -> bytes:
    out = io.BytesIO()
    write_sheets(out, sheets)
    return out.getvalue()


def test_an_identifier_comes_back_as_the_text_it_was() -> None:
    content = written(Sheet("清单", COLUMNS, [("张三", NUMBER, 12.5), ("李四", "007", None)], notes=("不得外传",)))
    table = read_table(content, {"姓名", "证件号码", "金额"})
    assert table.frame.rows() == [(3, "张三", NUMBER, "12.5"), (4, "李四", "007", None)]
    assert not table.was_numeric("证件号码").any()
    assert table.was_numeric("金额").to_list() == [True, False]


def test_identifier_columns_are_text_also_below_the_last_row_and_the_header_is_frozen() -> None:
    page = openpyxl.load_workbook(io.BytesIO(written(Sheet("清单", COLUMNS, [], notes=("一", "二"))))).active
    assert page.column_dimensions["B"].width > 20
    assert page.freeze_panes == "A4"
    assert (
        openpyxl.load_workbook(io.BytesIO(written(Sheet("甲", COLUMNS, [("a", NUMBER, 1)])))).active["B2"].number_format
        == "@"
    )


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "\t=1"])
def test_nothing_in_a_workbook_or_a_csv_is_a_formula(evil: str) -> None:
    page = openpyxl.load_workbook(io.BytesIO(written(Sheet("甲", COLUMNS, [(evil, NUMBER, 1)])))).active
    assert page["A2"].data_type == "s"
    assert page["A2"].value == evil
    safe = csv_bytes(["姓名"], [[evil]]).decode("utf-8-sig").splitlines()[1]
    assert safe.lstrip('"').startswith("'")
    assert csv_bytes(["姓名"], [["=1"]], neutralise=False).decode("utf-8-sig") == "姓名\r\n=1\r\n"


def test_negative_numbers_in_csv_stay_numbers() -> None:
    assert csv_bytes(["金额", "日"], [[-5, date(2021, 6, 1)]]).decode("utf-8-sig") == "金额,日\r\n-5,2021-06-01\r\n"


def test_csv_opens_in_chinese() -> None:
    assert csv_bytes(["姓名"], []).startswith(b"\xef\xbb\xbf")


def test_titles_are_made_fit_for_a_spreadsheet_and_unique() -> None:
    content = written(
        *(Sheet(title, COLUMNS, []) for title in ("香水镇[1]/2", "香水镇 1  2", "镇" * 40, "镇" * 40, ""))
    )
    names = openpyxl.load_workbook(io.BytesIO(content)).sheetnames
    assert len({name.lower() for name in names}) == len(names) == 5
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)


def test_control_characters_do_not_break_the_file() -> None:
    content = written(Sheet("甲", COLUMNS, [("张\x00\x0b三", NUMBER, 1)]))
    assert openpyxl.load_workbook(io.BytesIO(content)).active["A2"].value == "张三"


def test_a_long_table_goes_on_in_a_second_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ROWS_PER_SHEET == 1_048_576
    monkeypatch.setattr("kit.sheets_out.ROWS_PER_SHEET", 4)
    rows = [(str(i), NUMBER, i) for i in range(7)]
    out = io.BytesIO()
    assert write_sheets(out, [Sheet("甲", COLUMNS, iter(rows))]) == 7
    book = openpyxl.load_workbook(io.BytesIO(out.getvalue()))
    assert book.sheetnames == ["甲", "甲 (2)", "甲 (3)"]
    assert [page.max_row for page in book] == [4, 4, 2]


def test_columns_to_fill_offer_their_choices_however_many_and_the_lists_are_read_by_nobody_as_a_table() -> None:
    short, long = ("入户", "电话"), tuple(f"{number:02d} 核查结果的名称" for number in range(40))
    columns = (Column("姓名"), Column("方式", choices=short, fill=True), Column("结果", choices=long, fill=True))
    content = written(Sheet("清单", columns, [("张三", None, None), ("李四", None, None)], notes=("填黄色列",)))
    book = openpyxl.load_workbook(io.BytesIO(content))
    page = book["清单"]
    rules = {str(rule.sqref): rule.formula1 for rule in page.data_validations.dataValidation}
    assert rules == {"B3:B4": '"入户,电话"', "C3:C4": "'选项'!$A$1:$A$40"}
    assert [cell.value for cell in book["选项"]["A"]] == list(long)
    assert book["选项"].sheet_state == "hidden"
    assert page["A2"].fill.start_color.rgb != page["B2"].fill.start_color.rgb
    assert read_table(content, {"姓名", "方式", "结果"}).sheet == "清单"
    empty = openpyxl.load_workbook(io.BytesIO(written(Sheet("清单", columns, []))))
    assert not empty["清单"].data_validations.dataValidation


def test_a_mark_stands_above_every_table_on_every_page_and_in_the_properties_and_moves_no_header() -> None:
    mark = "水印 a&b " + "长" * 300
    sheets = [Sheet("甲", COLUMNS, [("张三", NUMBER, 1)], notes=("说明", "再说")), Sheet("乙", COLUMNS, [])]
    plain, marked = io.BytesIO(), io.BytesIO()
    write_sheets(plain, sheets)
    write_sheets(marked, sheets, mark)
    seen = look(marked.getvalue())
    assert seen.first_lines[0].count(escape(f"说明 {mark}")) == 1
    assert escape(mark) in seen.first_lines[1]
    assert all(page.count("a&amp;&amp;b") == 2 for page in seen.pages)
    assert all(len(page) < 2 * 255 + 40 for page in seen.pages), "Excel refuses longer ones"
    assert escape(mark) in seen.properties
    rows = [list(openpyxl.load_workbook(io.BytesIO(one.getvalue()))["甲"].values) for one in (plain, marked)]
    assert rows[0][1:] == rows[1][1:]


def test_payloads_stay_text_in_a_workbook_and_are_defused_in_csv() -> None:
    content = written(
        Sheet("甲", [Column("文", text=True), Column("数", text=False)], [(one, one) for one in PAYLOADS])
    )
    assert (look(content).formulas, look(content).links) == (0, 0)
    kinds = {cell.data_type for row in openpyxl.load_workbook(io.BytesIO(content))["甲"].iter_rows() for cell in row}
    assert kinds == {"s"}
    lines = list(
        csv.reader(io.StringIO(csv_bytes(["=头"], [[one] for one in PAYLOADS]).decode("utf-8-sig"), newline=""))
    )
    assert not [cell for row in lines for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
