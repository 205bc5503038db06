"""Books of several sheets, merged cells, headers of two lines: what a spreadsheet shows is what is read."""

import io
import zipfile

import pytest

from kit.tables_in import TableUnreadable, read_lettered, read_table, read_tables
from tests.matcher.feeds.layouts import book

KNOWN = ["户主姓名", "户主号码", "姓名", "号码", "村"]


def test_a_title_over_two_columns_is_joined_with_what_stands_below_it_where_both_together_are_known() -> None:
    rows = [
        ["某县某表", None, None, None, None],
        ["村", "户主", None, "成员", None],
        [None, "姓名", "号码", "姓名", "号码"],
        ["甲村", "马一", "1", "马二", "2"],
        ["村", "户主", None, "成员", None],
        [None, "姓名", "号码", "姓名", "号码"],
        ["乙村", "马三", "3", "马四", "4"],
    ]
    table = read_table(book({"a": rows}, {"a": [(1, 1, 1, 2), (1, 3, 1, 4), (1, 0, 2, 0)]}), KNOWN)
    assert table.headers == ("村", "户主姓名", "户主号码", "姓名", "号码")
    assert table.frame["line"].to_list() == [4, 7]
    assert (table.skipped.title, table.skipped.header, table.skipped.repeated_header) == (1, 2, 2)  # a page break


def test_cells_merged_downwards_speak_for_each_row_and_blank_rows_stay_blank() -> None:
    rows = [["村", "姓名"], ["甲村", "马一"], [None, "马二"], [None, None], ["乙村", "马三"]]
    table = read_table(book({"a": rows}, {"a": [(1, 0, 3, 0)]}), KNOWN)
    assert table.frame.rows() == [(2, "甲村", "马一"), (3, "甲村", "马二"), (5, "乙村", "马三")]
    assert table.skipped.blank == 1


def test_every_sheet_with_the_header_is_a_table_and_the_others_are_named() -> None:
    sheets = {
        "甲镇": [["村", "姓名", "号码"], ["一村", "马一", "1"]],
        "乙镇": [["乙镇名单"], ["姓名", "村", "号码"], ["马二", "二村", "2"]],
        "说明": [["姓名", "照身份证"]],
        "旧表": [["村", "姓名", "号码"], ["三村", "马三", "3"]],
    }
    found = read_tables(book(sheets, hidden=["旧表"]), KNOWN)
    assert [(table.sheet, table.frame.height) for table in found.tables] == [("甲镇", 1), ("乙镇", 1)]
    assert (found.beside, found.hidden) == (("说明",), ("旧表",))
    with pytest.raises(TableUnreadable) as caught:
        read_table(book(sheets), KNOWN)
    assert caught.value.code == "several-sheets"


def test_a_sheet_with_few_columns_is_a_table_where_the_caller_says_they_are_enough() -> None:
    sheets = {"甲镇": [KNOWN, ["马一", "1", "马二", "2", "一村"]], "乙镇": [["姓名", "号码"], ["马三", "3"]]}
    assert len(read_tables(book(sheets), KNOWN).tables) == 1
    found = read_tables(book(sheets), KNOWN, enough=lambda headers: {"姓名", "号码"} <= set(headers))
    assert [table.sheet for table in found.tables] == ["甲镇", "乙镇"]


def test_a_list_without_a_header_is_called_by_its_letters_from_where_it_begins() -> None:
    found = read_lettered(book({"a": [["名单"], [None, "马一", "1"], [None, "马二", "2"]], "b": [["x"]]}),
                          lambda cells: 1 if cells.width > 1 else None)  # fmt: skip
    assert found.tables[0].headers == ("B列", "C列")
    assert found.tables[0].frame.rows() == [(2, "马一", "1"), (3, "马二", "2")]
    assert found.beside == ("b",)
    with pytest.raises(TableUnreadable):
        read_lettered(book({"a": [["x"]]}), lambda _: None)


def test_cells_merged_over_each_other_are_refused_before_they_cost_time() -> None:
    content = book({"a": [["村", "姓名"], *[["甲村", "马一"]] * 50]}, {"a": [(1, 0, 2, 0)]})
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith("sheet1.xml"):
                data = data.replace(b'<mergeCell ref="A2:A3"/>', b'<mergeCell ref="A2:A51"/>' * 200)
            new.writestr(name, data)
    with pytest.raises(TableUnreadable) as caught:
        read_table(out.getvalue(), KNOWN)
    assert caught.value.code == "broken"
