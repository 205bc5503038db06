"""Why a file is no table for us, with the way out, and the bounds a file must keep."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What a file may cost us: bytes after unpacking, rows and columns of one sheet, cells of one sheet."""

    unpacked_bytes: int = 512 * 1024 * 1024
    rows: int = 1_100_000  # above what one Excel sheet holds
    columns: int = 256
    cells: int = 25_000_000


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
    "no-header": (
        "前 {rows} 行里没有找到表头。应有的列名例如：{expected}。",
        "No header line in the first {rows} rows. Column names expected, for example: {expected}.",
    ),
}
