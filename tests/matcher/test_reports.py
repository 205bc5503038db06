"""The sender's own file comes back as it was, with every issue at its cell and what became of each row at its end."""

import csv
import gzip
import io
import json
from typing import Any

import polars as pl
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font, PatternFill

from kit import marked_workbook
from kit.tables_in import read_table
from tests.matcher import county
from tests.matcher.conftest import Matcher

FEED = "health-illness"
TITLES = ["处理结果", "问题", "怎么改"]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PEOPLE = county.numbered(6)
ROWS = [county.illness(*one) for one in PEOPLE]
BROKEN = f"{PEOPLE[1][1][:17]}{'0' if PEOPLE[1][1][17] != '0' else '1'}"
ROWS[1][1] = BROKEN
ROWS[2][5] = "12345"
ROWS[3][10] = '=HYPERLINK("http://x")'
ROWS[4] = ["", "", *ROWS[4][2:]]


def book() -> bytes:
    """As an office makes one: a merged title, its own widths and formats, a date, a second sheet that explains."""
    made = Workbook()
    page = made.active
    page.title = "患者"
    page.append(["青石县重大疾病患者名单（2021年5月）"])
    page.merge_cells("A1:K1")
    page["A1"].font = Font(name="黑体", size=18, bold=True)
    page.append(county.ILLNESS)
    for row in ROWS:
        page.append([None if cell == "" else cell for cell in row])
        for cell in page[page.max_row]:
            cell.data_type = "s" if isinstance(cell.value, str) else cell.data_type
    page["J4"].value, page["J4"].number_format = 50000.5, '#,##0.00"元"'
    page["B4"].number_format = "@"
    page["G5"].fill = PatternFill("solid", start_color="FF00FF00")
    page.column_dimensions["B"].width = 33.5
    page.row_dimensions[3].height = 41
    page.append(["合计", None, None, None, None, None, None, None, None, 300000])
    notes = made.create_sheet("说明")
    notes["A1"] = "本表由信息科导出"
    notes.sheet_state = "visible"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def delivered(matcher: Matcher, content: bytes, media_type: str, feed: str = FEED) -> str:
    answer = matcher.push(feed, content, headers={"Content-Type": media_type})
    assert answer.status_code == 202, answer.text
    matcher.work()
    return str(answer.json()["batch_id"])


def report(matcher: Matcher, batch: str, form: str, feed: str = FEED) -> bytes:
    answer = matcher.http.get(f"/batches/{batch}/report.{form}", headers=matcher.agency(feed))
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.content


def told(matcher: Matcher, batch: str) -> dict[int, dict[str, Any]]:
    return {row["line"]: row for row in matcher.get(f"/batches/{batch}/rows", limit=1000)["rows"]}


def test_a_workbook_keeps_its_sheets_widths_formats_and_merged_cells(matcher: Matcher) -> None:
    content = book()
    before = load_workbook(io.BytesIO(content))
    after = load_workbook(io.BytesIO(report(matcher, delivered(matcher, content, XLSX), "xlsx")))
    assert after.sheetnames == before.sheetnames
    old, new = before["患者"], after["患者"]
    assert [str(one) for one in new.merged_cells.ranges] == ["A1:K1"]
    assert (new.column_dimensions["B"].width, new.row_dimensions[3].height) == (33.5, 41)
    for row in old.iter_rows():
        for cell in row:
            same = new[cell.coordinate]
            assert (same.value, same.number_format, same.font.name) == (cell.value, cell.number_format, cell.font.name)
            assert same.data_type == cell.data_type, "their own cells stay what they were"
    assert new["G5"].fill.start_color.rgb == "FF00FF00", "a cell with nothing wrong keeps its colour"
    assert new["J4"].number_format == '#,##0.00"元"'


def test_every_issue_stands_at_its_cell_and_every_row_says_what_became_of_it(matcher: Matcher) -> None:
    batch = delivered(matcher, book(), XLSX)
    page = load_workbook(io.BytesIO(report(matcher, batch, "xlsx")))["患者"]
    assert [page.cell(2, 12 + n).value for n in range(3)] == TITLES
    marked = {cell.coordinate: cell.comment.text for row in page.iter_rows() for cell in row if cell.comment}
    letters = {header: "ABCDEFGHIJK"[place] for place, header in enumerate(county.ILLNESS)}
    wanted: dict[str, list[str]] = {}
    for line, row in told(matcher, batch).items():
        for issue in row["issues"]:
            if issue["pointer"]:
                wanted.setdefault(f"{letters[issue['pointer'][1:]]}{line}", []).append(issue["message"])
    assert set(marked) == set(wanted)
    assert {"B4", "F5", "K6"} <= set(marked)
    for place, messages in wanted.items():
        assert all(message in marked[place] for message in messages)
        assert page[place].fill.start_color.rgb in ("FFFFC7CE", "FFFFEB9C")
    assert page["L7"].value == "未接收"
    assert page["M7"].value.startswith("既没有姓名")
    assert page["N7"].value.startswith("补齐姓名和证件号码")
    assert page["L9"].value is None, "the line of totals is no row"


def test_nothing_that_is_added_is_a_formula(matcher: Matcher) -> None:
    after = load_workbook(io.BytesIO(report(matcher, delivered(matcher, book(), XLSX), "xlsx")))["患者"]
    assert {cell.data_type for row in after.iter_rows(min_col=12) for cell in row if cell.value is not None} == {"s"}


@pytest.mark.parametrize(
    ("encoding", "mark"), [("gb18030", b""), ("utf-8", b""), ("utf-8-sig", b"\xef\xbb\xbf"), ("utf-16", b"\xff\xfe")]
)
def test_a_csv_comes_back_line_by_line_in_its_encoding(matcher: Matcher, encoding: str, mark: bytes) -> None:
    text = county.csv(county.ILLNESS, ROWS).decode("gb18030").replace("青石镇柳树村3组", '"青石镇,柳树村3组"', 1)
    content = f"重大疾病患者\r\n{text}".encode(encoding)
    batch = delivered(matcher, content, "text/csv")
    back = report(matcher, batch, "csv")
    assert back.startswith(mark)
    old, new = content.decode(encoding).splitlines(), back.decode(encoding).splitlines()
    assert len(new) == len(old)
    assert new[0] == old[0], "a title is no row"
    for before, after in zip(old[1:], new[1:], strict=True):
        assert after.startswith(before), "what was sent stands word for word"
    records = list(csv.reader(io.StringIO(back.decode(encoding), newline="")))
    assert records[1][-3:] == TITLES
    assert [len(one) for one in records[1:]] == [len(county.ILLNESS) + 3] * 7
    assert records[6][-3] == "未接收"
    for line, row in told(matcher, batch).items():
        assert all(issue["message"] in records[line - 1][-2] for issue in row["issues"])


def test_a_zipped_csv_and_its_repetition_come_back_too(matcher: Matcher) -> None:
    content = gzip.compress(county.csv(county.ILLNESS, ROWS), mtime=0)
    first = delivered(matcher, content, "application/gzip")
    again = delivered(matcher, content, "application/gzip")
    assert matcher.state_of(again) == "unchanged"
    assert report(matcher, first, "csv") == report(matcher, again, "csv")


def test_other_formats_come_as_rows_of_text(matcher: Matcher) -> None:
    lines = [dict(zip(county.ILLNESS, row, strict=True)) for row in ROWS]
    content = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()
    batch = delivered(matcher, content, "application/x-ndjson")
    table = read_table(report(matcher, batch, "xlsx"), [*county.ILLNESS, *TITLES])
    assert table.headers == ("原行号", *county.ILLNESS, *TITLES)
    assert table.frame["证件号码"].to_list() == [row[1] or None for row in ROWS]
    assert table.frame["处理结果"][4] == "未接收"
    page = load_workbook(io.BytesIO(report(matcher, batch, "xlsx"))).active
    assert {cell.data_type for row in page.iter_rows() for cell in row if cell.value is not None} == {"s"}
    text = report(matcher, batch, "csv").decode("utf-8-sig")
    assert next(row[-3] for row in csv.reader(io.StringIO(text))) == "处理结果"


def test_a_csv_comes_as_a_workbook_too_and_a_workbook_as_text(matcher: Matcher) -> None:
    batch = delivered(matcher, county.csv(county.ILLNESS, ROWS), "text/csv")
    assert read_table(report(matcher, batch, "xlsx"), county.ILLNESS).frame.height == len(ROWS)
    batch = delivered(matcher, book(), XLSX)
    rows = list(csv.reader(io.StringIO(report(matcher, batch, "csv").decode("utf-8-sig"))))
    assert len(rows) == 1 + len(ROWS)


def test_a_book_too_large_to_be_kept_comes_as_rows_and_says_so(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = delivered(matcher, book(), XLSX)
    monkeypatch.setattr(marked_workbook, "UNPACKED_BYTES", 100)
    monkeypatch.setattr("matcher.flows.mark_file.MOST_ROWS", 2)
    page = load_workbook(io.BytesIO(report(matcher, batch, "xlsx"))).active
    assert "无法保留原样" in page["A1"].value
    assert "只列有问题的行" in page["A2"].value
    assert page.max_row == 3 + 2


def test_the_file_goes_to_nobody_but_its_sender_and_is_on_record(matcher: Matcher) -> None:
    batch = delivered(matcher, book(), XLSX)
    for form in ("xlsx", "csv"):
        path = f"/batches/{batch}/report.{form}"
        assert matcher.http.get(path, headers=matcher.headers()).json()["code"] == "file-not-yours"
        assert matcher.http.get(path, headers=matcher.agency("disability-cards")).status_code == 404
        assert matcher.http.get(path, headers=matcher.headers("leads:read")).status_code == 403
        report(matcher, batch, form)
    entries = [one for one in matcher.get("/audit", limit=1000)["entries"] if one["action"] == "batch.report"]
    assert [(one["subject"], one["detail"]["form"]) for one in entries] == [(batch, "xlsx"), (batch, "csv")]


def test_what_was_not_read_yet_or_is_gone_says_so(matcher: Matcher) -> None:
    batch = matcher.push(FEED, book(), headers={"Content-Type": XLSX}).json()["batch_id"]
    answer = matcher.http.get(f"/batches/{batch}/report.xlsx", headers=matcher.agency(FEED))
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_sheets_per_township_are_marked_each_by_its_own_lines(matcher: Matcher) -> None:
    made = Workbook()
    made.remove(made.active)
    for number in range(2):
        page = made.create_sheet(f"{number + 1}镇")
        page.append(county.ILLNESS)
        for row in ROWS[number * 3 : number * 3 + 3]:
            page.append(row)
            for cell in page[page.max_row]:
                cell.data_type = "s"
    out = io.BytesIO()
    made.save(out)
    batch = delivered(matcher, out.getvalue(), XLSX)
    after = load_workbook(io.BytesIO(report(matcher, batch, "xlsx")))
    assert [page.cell(1, 12).value for page in after] == ["处理结果", "处理结果"]
    assert after["1镇"]["B3"].comment is not None
    assert "校验码" in after["1镇"]["B3"].comment.text
    assert after["2镇"]["L3"].value == "未接收"
    assert after["2镇"]["M2"].value.count("“个人自付”不是金额")


def test_frames_of_rows_from_before_say_their_line_only(matcher: Matcher) -> None:
    batch = delivered(matcher, county.csv(county.ILLNESS, ROWS), "text/csv")
    files = matcher.app.state.files
    files.write_rows(batch, files.rows(batch).select("line", "row_key", "outcome", "issues"))
    assert isinstance(files.rows(batch), pl.DataFrame)
    assert "未接收" in report(matcher, batch, "csv").decode("gb18030")
