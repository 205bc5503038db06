"""Why a file is no table for us, with the way out, and the bounds a file must keep."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What a file may cost us: bytes after unpacking, of a text, of a line; rows, columns and cells of a sheet."""

    unpacked_bytes: int = 512 * 1024 * 1024
    text_bytes: int = 256 * 1024 * 1024  # of a file of text, which is held whole
    line_bytes: int = 1024 * 1024
    memory_bytes: int = 1024 * 1024 * 1024  # of the process that reads XLS and Parquet
    rows: int = 1_100_000  # above what one Excel sheet holds
    columns: int = 256
    cells: int = 25_000_000
    sheet_cells: int = 8_000_000  # of all sheets of a workbook: each costs several times what it does in a text


class TableUnreadable(Exception):
    """The file is no table for us. `code` is stable, `zh` and `en` say the way out; no text holds a cell."""

    def __init__(self, code: str, **args: object) -> None:
        super().__init__(code)
        self.code = code
        self.args_by_name = args
        zh, en = _TEXTS[code]
        self.zh = zh.format(**args)
        self.en = en.format(**args)


_TEXTS: Mapping[str, tuple[str, str]] = {
    "empty": ("文件是空的。请重新导出后发送。", "The file is empty. Export it again."),
    "too-large": (
        "文件解开后超过 {limit} 字节。请按乡镇或时间拆分后分别发送。",
        "The file unpacks to more than {limit} bytes. Split it and send the parts.",
    ),
    "too-many-rows": ("超过 {limit} 行。请拆分后分别发送。", "More than {limit} rows. Split the file."),
    "too-many-columns": (
        "超过 {limit} 列（或有数据的单元格离表头太远）。请删除右侧和下方多余的单元格后重新保存。",
        "More than {limit} columns, or a stray cell far away. Delete what stands outside the table and save again.",
    ),
    "too-many-cells": (
        "工作表范围超过 {limit} 个单元格。请删除表格以外的多余单元格或拆分文件。",
        "The sheet spans more than {limit} cells. Delete stray cells or split the file.",
    ),
    "encrypted": (
        "文件有打开密码。请取消密码后重新发送。",
        "The workbook has a password. Remove it and send it again.",
    ),
    "broken": (
        "文件损坏或不完整（{kind}）。请用 Excel 打开后另存为 .xlsx 再发送。",
        "The file is damaged or incomplete ({kind}). Open it in Excel, save as .xlsx and send that.",
    ),
    "not-a-table": (
        "这是{zh}，不是表格。请发送 .xlsx、CSV、NDJSON 或 Parquet 文件。",
        "This is {en}, not a table. Send an .xlsx, CSV, NDJSON or Parquet file.",
    ),
    "archive": (
        "这是压缩包。请解压后逐个发送里面的文件（只接受 gzip 压缩的单个文件）。",
        "This is an archive. Unpack it and send the files in it one by one (a single file may be gzipped).",
    ),
    "opendocument": (
        "这是 OpenDocument 表格。请用 WPS 或 Excel 另存为 .xlsx 再发送。",
        "This is an OpenDocument sheet. Save it as .xlsx and send that.",
    ),
    "xlsb": (
        "这是二进制工作簿（.xlsb）。请用 Excel 另存为 .xlsx 再发送。",
        "This is a binary workbook (.xlsb). Save it as .xlsx and send that.",
    ),
    "foreign-xml": (
        "文件里有表格软件不会写的内容（DTD 或实体），不会打开。请用 Excel 打开后另存为 .xlsx 再发送。",
        "The file holds what no spreadsheet writes (a DTD or entities) and is not opened. Save it anew as .xlsx.",
    ),
    "overloads": (
        "读取这个文件超出了内存或时间上限，文件可能损坏。请用 Excel 打开后另存为 .xlsx 或 CSV 再发送。",
        "Reading this file went beyond its bounds of memory or time; it may be damaged. "
        "Open it in Excel, save as .xlsx or CSV and send that.",
    ),
    "nested": (
        "列“{column}”里的每个值不是一个单独的文字、数字或日期。请把它拆成单独的列，或去掉后重新发送。",
        "The values of column {column} are no single texts, numbers or dates. Split the column or leave it out.",
    ),
    "web-page": (
        "这是网页格式的“假 Excel”。请用 Excel 打开后另存为 .xlsx 再发送。",
        "This is a web page under an Excel name. Open it in Excel, save as .xlsx and send that.",
    ),
    "encoding": (
        "文字编码既不是 UTF-8 也不是 GB18030（第 {line} 行起）。请另存为 .xlsx 或 UTF-8 的 CSV。",
        "The text is neither UTF-8 nor GB18030 (from line {line}). Save as .xlsx or as UTF-8 CSV.",
    ),
    "quotes": (
        "第 {line} 行附近的引号不成对，后面的内容会被吞掉。请用 Excel 打开核对后另存为 .xlsx。",
        "Unbalanced quotation marks near line {line} would swallow what follows. Check it and save as .xlsx.",
    ),
    "line-too-long": (
        "第 {line} 行超过 {limit} 字节，不像是一行数据。请核对换行后重新导出。",
        "Line {line} is longer than {limit} bytes, which no row is. Check the line ends and export again.",
    ),
    "cell-too-long": (
        "第 {line} 行有超过 {limit} 个字符的单元格，多半是引号不成对。请用 Excel 打开核对后另存为 .xlsx。",
        "A cell in line {line} is longer than {limit} characters; most likely a quotation mark is missing. "
        "Check it and save as .xlsx.",
    ),
    "nul-bytes": (
        "第 {line} 行起有空字节：文件已损坏，或是没有标记的 UTF-16 文本。请重新导出为 .xlsx 或 UTF-8 的 CSV。",
        "There are null bytes from line {line}: the file is damaged, or UTF-16 without its mark. "
        "Export it again as .xlsx or as UTF-8 CSV.",
    ),
    "json-line": (
        "第 {line} 行不是一个 JSON 对象。每行应为一个对象。",
        "Line {line} is not a JSON object. Each line must be one object.",
    ),
    "no-sheet": ("工作簿里没有可见的工作表。", "The workbook has no visible sheet."),
    "sheet-unknown": (
        "没有名为“{sheet}”的工作表。有：{sheets}。",
        "There is no sheet named {sheet}. There are: {sheets}.",
    ),
    "several-sheets": (
        "有 {count} 个工作表都像数据表：{sheets}。请合并为一个工作表，或每个工作表单独发送。",
        "{count} sheets look like tables: {sheets}. Join them into one, or send each alone.",
    ),
    "no-rows": (
        "表头下面没有数据。如果应有数据：公式要保存计算结果（在 Excel 里重新计算后保存），筛选和隐藏不影响读取。",
        "There are no rows under the header. Where there should be some: formulas must be saved with their results "
        "(recalculate in Excel and save).",
    ),
    "second-table": (
        "第 {line} 行又是一个表头：一个工作表里只能有一张表。请把第二张表移到单独的文件。",
        "Line {line} is a second header: a sheet holds one table. Move the second one to a file of its own.",
    ),
    "no-header": (
        "前 {rows} 行里没有找到表头。应有的列名例如：{expected}。",
        "No header line in the first {rows} rows. Column names expected, for example: {expected}.",
    ),
}
