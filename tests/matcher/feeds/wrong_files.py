"""Files as they come by mistake, each with what its sender must be told: a problem's code, or an issue at a line."""

import csv
import gzip
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import openpyxl
import polars as pl
import xlsxwriter

from china.id_numbers import check_digit
from tests.old_workbooks import old_document, old_workbook
from tests.workbooks import Cell, Rows, workbook

FEED = "health-deaths"
HEADS = ["姓名", "证件号码", "性别", "户籍地址", "死亡日期"]
WRONG_COLUMNS = "feed-columns-wrong"


def number(sequence: int = 123, birth: str = "19500101") -> str:
    """A sound number of the area that was never issued."""
    first = f"640499{birth}{sequence:03d}"
    return first + check_digit(first)


def person(at: int, **changes: Cell) -> list[Cell]:
    """One sound row; `changes` by header."""
    sound: list[Cell] = [f"马{chr(0x4E00 + at)}", number(at * 2 + 1), "男", "某镇某村1组", "2021-03-05"]
    row = dict(zip(HEADS, sound, strict=True))
    return [{**row, **changes}[head] for head in HEADS]


ROWS: list[list[Cell]] = [list(HEADS), *(person(at) for at in range(1, 7))]


def text(rows: Rows = ROWS, mark: str = ",", quoting: int = csv.QUOTE_MINIMAL, end: str = "\r\n") -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=mark, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]  # one of csv's
    writer.writerows(rows)
    return out.getvalue()


def archive(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name.replace("__", "/").replace("_DOT_", "."), data)
    return out.getvalue()


def parquet() -> bytes:
    out = io.BytesIO()
    pl.DataFrame(ROWS[1:], schema=HEADS, orient="row").write_parquet(out)
    return out.getvalue()


def book(write: Callable[[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet], None], **options: object) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False, **options}) as made:
        page = made.add_worksheet("数据")
        for row, line in enumerate(ROWS):
            page.write_row(row, 0, line)
        write(made, page)
    return out.getvalue()


def only_hidden() -> bytes:
    def write(made: xlsxwriter.Workbook, page: xlsxwriter.worksheet.Worksheet) -> None:
        made.add_worksheet("空").activate()
        page.hide()

    return book(write)


def only_a_chart() -> bytes:
    def write(made: xlsxwriter.Workbook, page: xlsxwriter.worksheet.Worksheet) -> None:
        sheet = made.add_chartsheet("图")
        sheet.set_chart(_chart(made))
        sheet.activate()
        sheet.set_first_sheet()
        page.hide()

    return book(write)


def formulas_without_results() -> bytes:
    out, made = io.BytesIO(), openpyxl.Workbook()
    for line in ROWS[:1]:
        made.active.append(line)
    for _ in range(5):
        made.active.append([f'="{cell}"' for cell in HEADS])
    made.save(out)
    return out.getvalue()


def merged_everything() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        page = made.add_worksheet()
        page.merge_range(0, 0, 20, 6, "姓名 证件号码 性别 死亡日期")
    return out.getvalue()


def locked() -> bytes:
    """What Excel makes of a workbook with a password: an old container with an encrypted package in it."""
    return old_document().replace("WordDocument".encode("utf-16-le"), "EncryptedPackage".encode("utf-16-le")[:24]) + (
        "EncryptedPackage".encode("utf-16-le")
    )


def since_1904() -> bytes:
    def write(_made: xlsxwriter.Workbook, page: xlsxwriter.worksheet.Worksheet) -> None:
        for row in range(1, len(ROWS)):
            page.write_datetime(row, 4, date(2021, 3, 5))

    return book(write, date_1904=True, default_date_format="yyyy-mm-dd")


def beside_a_chart() -> bytes:
    def write(made: xlsxwriter.Workbook, _page: xlsxwriter.worksheet.Worksheet) -> None:
        made.add_chartsheet("图").set_chart(_chart(made))

    return book(write)


def blanks_to_the_end() -> bytes:
    return book(lambda made, page: page.write_blank(5000, 0, None, made.add_format({"bold": True})))


def _chart(made: xlsxwriter.Workbook) -> xlsxwriter.chart.Chart:
    chart = made.add_chart({"type": "pie"})
    chart.add_series({"values": ["数据", 1, 4, 2, 4]})
    return chart


@dataclass(frozen=True)
class Wrong:
    """A file, and either the problem's code (with the reason a file is unreadable for) or issues by line."""

    name: str
    content: bytes
    code: str | None = None
    reason: str | None = None
    issues: tuple[tuple[int, str], ...] = ()
    rows: int | None = None  # data rows, where the file is taken
    media_type: str = "text/csv"


def unreadable(name: str, content: bytes, reason: str) -> Wrong:
    return Wrong(name, content, "file-unreadable", reason)


def as_json(name: str, content: bytes) -> Wrong:
    return Wrong(name, content, "file-unreadable", "json-line", media_type="application/x-ndjson")


def refused(name: str, content: bytes) -> Wrong:
    return Wrong(name, content, WRONG_COLUMNS)


def taken(name: str, content: bytes, *issues: tuple[int, str], rows: int = 6) -> Wrong:
    return Wrong(name, content, issues=issues, rows=rows)


def with_row(name: str, *issues: str, **changes: Cell) -> Wrong:
    """A workbook whose second row has one thing wrong."""
    return taken(name, workbook([HEADS, person(1), person(2, **changes)]), *((3, issue) for issue in issues), rows=2)


BIG5 = "姓名,證件號碼,性別,戶籍地址,死亡日期\r\n" + "馬明,1,男,某鎮某村,2021-03-05\r\n" * 5
SHIFT_JIS = "姓名,証件番号,性別,住所,死亡日\r\n" + "馬明,1,男,青山の町,2021-03-05\r\n" * 5
XLSX = workbook(ROWS)
CSV = text().encode()
NDJSON = pl.DataFrame(ROWS[1:], schema=HEADS, orient="row").write_ndjson().encode()

SECOND: list[list[Cell]] = [[], ["姓名", "死亡日期", "证件号码"], ["李四", "2021-01-01", number()]]
CARDS = [["姓名", "残疾人证号", "残疾类别", "残疾等级"], ["张三", number() + "43", "肢体", "三级"]]

WRONG: list[Wrong] = [
    unreadable("a picture renamed .xlsx", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "not-a-table"),
    unreadable("a photograph", b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20, "not-a-table"),
    unreadable("a bitmap", b"BM" + (1024).to_bytes(4, "little") + bytes(1018), "not-a-table"),
    unreadable("a PDF", b"%PDF-1.7\n" + CSV, "not-a-table"),
    unreadable("a Word document", archive(word__document_DOT_xml=b"<w/>"), "not-a-table"),
    unreadable("a presentation", archive(ppt__presentation_DOT_xml=b"<p/>"), "not-a-table"),
    unreadable("an old Word document", old_document(), "not-a-table"),
    unreadable("rich text", b"{\\rtf1\\ansi ...}", "not-a-table"),
    unreadable("a zip of a csv", archive(data_DOT_csv=CSV), "archive"),
    unreadable("a rar", b"Rar!\x1a\x07\x00" + CSV, "archive"),
    unreadable("an empty zip", archive(), "archive"),
    unreadable("gzip of gzip", gzip.compress(gzip.compress(CSV)), "archive"),
    unreadable("an OpenDocument sheet", archive(mimetype=b"x", content_DOT_xml=b"<o/>"), "opendocument"),
    unreadable("a binary workbook", archive(xl__workbook_DOT_bin=b"\0"), "xlsb"),
    unreadable("a web page named .xls", b"<html><table><tr><td>1</td></tr></table></html>", "web-page"),
    unreadable("XML of a spreadsheet of 2003", b'<?xml version="1.0"?><Workbook/>', "web-page"),
    unreadable("a workbook with a password", locked(), "encrypted"),
    unreadable("an old workbook with a password", old_workbook(ROWS[:2], password=True), "encrypted"),  # type: ignore[arg-type]  # texts only
    unreadable("only blanks", b" \r\n\t \r\n" * 50, "empty"),
    unreadable("only a mark of UTF-8", b"\xef\xbb\xbf", "empty"),
    unreadable("a workbook without a cell", workbook([[]]), "empty"),
    unreadable("a workbook of blanks", workbook([[" ", "　"], [None, " "]]), "empty"),
    unreadable("a sheet nobody sees beside an empty one", only_hidden(), "empty"),
    unreadable("only a chart", only_a_chart(), "no-sheet"),
    unreadable("a header and no row", workbook([HEADS]), "no-rows"),
    unreadable("a header and no row in CSV", text([HEADS]).encode(), "no-rows"),
    unreadable("a header and formulas without results", formulas_without_results(), "no-rows"),
    unreadable("Big5", BIG5.encode("big5"), "encoding"),
    unreadable("Shift-JIS", SHIFT_JIS.encode("shift_jis"), "encoding"),
    unreadable("UTF-16 without its mark", text().encode("utf-16-le"), "nul-bytes"),
    unreadable("UTF-16 the other way round without its mark", text().encode("utf-16-be"), "nul-bytes"),
    unreadable("Latin-1", "姓名,x\r\n".encode() + "Ren\xe9,1\r\n".encode("latin-1") * 3, "encoding"),
    unreadable("NUL bytes in the middle", CSV[:90] + b"\0\0\0" + CSV[90:], "nul-bytes"),
    unreadable("an xlsx cut short", XLSX[: len(XLSX) * 2 // 3], "broken"),
    unreadable("an old workbook cut short", old_workbook(ROWS)[:700], "broken"),  # type: ignore[arg-type]  # texts only
    unreadable("a gzip cut short", gzip.compress(CSV)[:-20], "broken"),
    unreadable("a gzip with a wrong checksum", gzip.compress(CSV)[:-8] + bytes(8), "broken"),
    unreadable("a csv cut within a quoted cell", text(quoting=csv.QUOTE_ALL).encode()[:-9], "quotes"),
    unreadable("a parquet cut short", parquet()[:-50], "broken"),
    as_json("an ndjson cut short", NDJSON[:-6]),
    as_json("an object over several lines", b"{\n" + NDJSON + b"}"),
    unreadable("an endless line", b"x" * 2_500_000, "line-too-long"),
    unreadable("two tables in one sheet", workbook([*ROWS, *SECOND]), "second-table"),
    refused("another feed's file", workbook(CARDS)),
    refused("a wrong delimiter", text(mark="^").encode()),
    refused("a file of anything", b"lorem ipsum dolor\nsit amet\n"),
    refused("everything merged into one cell", merged_everything()),
    refused("no header", workbook([[f"x{at}", "y"] for at in range(3)])),
    taken("ends of lines mixed", CSV.replace(b"\r\n", b"\n", 2).replace(b"\r\n", b"\r", 1)),
    taken("old Mac's ends of lines", text(end="\r").encode()),
    taken("bytes that mark the order in the middle", CSV.replace("马".encode(), "\ufeff马".encode())),
    taken("marks of direction", CSV.replace("某镇".encode(), "\u202e某镇\u202c".encode())),
    taken("all in Unicode text", text(mark="\t").encode("utf-16")),
    taken("as GB18030", text().encode("gb18030")),
    taken("gzipped", gzip.compress(XLSX)),
    taken("an old workbook", old_workbook(ROWS)),  # type: ignore[arg-type]  # texts only
    taken(
        "a table beside a chart",
        beside_a_chart(),
    ),
    taken("days counted since 1904", since_1904()),
    taken("blank rows formatted to the end", blanks_to_the_end()),
    with_row("a date from next year", "date-future", 死亡日期="2031-03-05"),
    with_row("a date that is none", "date-unreadable", 死亡日期="2021-02-30"),
    with_row("a date before spreadsheets have any", "date-implausible", 死亡日期="1899-03-05"),
    with_row("a date as a number", 死亡日期=44260),
    with_row("a number as a number", "id-cell-numeric", 证件号码=640499195001011230),
    with_row("a number in scientific notation", "id-damaged", 证件号码="6.40499E+17"),
    with_row("a formula that failed", "id-missing", 证件号码="#REF!"),
    with_row("a look-up that found nothing", "name-missing", 姓名="#N/A"),
    taken(
        "a row with an unclosed bracket of another script",
        workbook([HEADS, person(1, 姓名="（﹁﹂")]),
        (2, "name-decorated"),
        rows=1,
    ),
]
