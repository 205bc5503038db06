"""Bytes of a spreadsheet, text or column file → a grid of text cells, without knowing what the columns mean.

The kinds agencies really send: XLSX and old XLS, CSV or TSV in UTF-8, GB18030 or Excel's "Unicode text",
NDJSON, Parquet; each may be gzipped. The bytes say what they are: an extension or media type is only a hint,
because exports named .xls hold CSV or HTML as often as not. Everything is bounded before it is unpacked.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import zip_longest

import orjson
import polars as pl
from pyarrow import parquet
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from kit.unreadable import Limits, TableUnreadable

KINDS = ("xlsx", "xls", "csv", "ndjson", "parquet")


@dataclass(frozen=True)
class Grid:
    """Cells of one sheet as text, null where blank; row i of `frame` is line i+1 as a spreadsheet shows it.

    `frame` has the columns "0", "1", …; `numeric` marks, per column that has any, the cells that held a number
    and not text: an 18-digit identifier in such a cell has lost its last digits for good.
    """

    frame: pl.DataFrame
    kind: str
    numeric: Mapping[str, pl.Series] = field(default_factory=dict)
    encoding: str | None = None
    sheet: str | None = None
    headers: tuple[str, ...] | None = None  # NDJSON and Parquet name their columns themselves
    first_line: int = 1


def grids_of(content: bytes, declared: str | None, limits: Limits) -> list[Grid]:
    """The visible, non-empty grids of a file (one, except in a workbook). Raises TableUnreadable."""
    content = _gunzipped(content, limits)
    if not content.strip(b"\x00\r\n\t \xef\xbb\xbf"):
        raise TableUnreadable("empty")
    kind = sniff(content, declared)
    if kind in ("xlsx", "xls"):
        return _workbook(content, kind, limits)
    if kind == "parquet":
        return [_parquet(content, limits)]
    return [_ndjson(content, limits) if kind == "ndjson" else _delimited(content, limits)]


def sniff(content: bytes, declared: str | None = None) -> str:
    """Which of KINDS the bytes are. `declared` decides only between kinds of plain text."""
    if content.startswith(b"PK\x03\x04"):
        return "xlsx"
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "xls"
    if content.startswith(b"PAR1"):
        return "parquet"
    head = content[:2048].removeprefix(b"\xef\xbb\xbf").lstrip()
    if re.match(rb"<(!doctype|html|table|\?xml|meta|style)", head, re.IGNORECASE):
        raise TableUnreadable("web-page")
    if head.startswith(b"{") and declared != "csv":
        return "ndjson"
    return "csv"


def kind_of(name: str) -> str | None:
    """The kind a file name or media type declares, or None: `a.csv.gz` → csv, `application/x-ndjson` → ndjson."""
    text = name.lower().split(";")[0].strip().removesuffix(".gz")
    for mark, kind in _DECLARED:
        if text.endswith(mark):
            return kind
    return None


_DECLARED = (
    (".xlsx", "xlsx"),
    (".xlsm", "xlsx"),
    ("spreadsheetml.sheet", "xlsx"),
    (".xls", "xls"),
    ("vnd.ms-excel", "xls"),
    ("ndjson", "ndjson"),
    (".jsonl", "ndjson"),
    ("csv", "csv"),
    (".tsv", "csv"),
    ("tab-separated-values", "csv"),
    (".txt", "csv"),
    ("text/plain", "csv"),
    ("parquet", "parquet"),
)


def _gunzipped(content: bytes, limits: Limits) -> bytes:
    if not content.startswith(b"\x1f\x8b"):
        if len(content) > limits.unpacked_bytes:
            raise TableUnreadable("too-large", limit=limits.unpacked_bytes)
        return content
    parts: list[bytes] = []
    left = limits.unpacked_bytes
    while content:  # a gzip file may be several members one after the other
        member = zlib.decompressobj(wbits=31)
        try:
            part = member.decompress(content, left + 1)
        except zlib.error as error:
            raise TableUnreadable("broken", kind="gzip") from error
        if len(part) > left:
            raise TableUnreadable("too-large", limit=limits.unpacked_bytes)
        if not member.eof:
            raise TableUnreadable("broken", kind="gzip")
        parts.append(part)
        left -= len(part)
        content = member.unused_data.lstrip(b"\x00")
    return b"".join(parts)


def _workbook(content: bytes, kind: str, limits: Limits) -> list[Grid]:
    if kind == "xlsx":
        _check_archive(content, limits)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            shown = [
                sheet.name
                for sheet in book.sheets_metadata
                if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
            ]
            grids = [_sheet(book, name, kind, limits) for name in shown]
    except PasswordError as error:
        raise TableUnreadable("encrypted") from error
    except CalamineError as error:
        code = "encrypted" if "password" in str(error).lower() else "broken"
        raise TableUnreadable(code, kind=kind) from error
    if not shown:
        raise TableUnreadable("no-sheet")
    filled = [grid for grid in grids if grid.frame.height]
    if not filled:
        raise TableUnreadable("empty")
    return filled


# Where a sheet's last row and last column stand. A reader allocates the whole rectangle, so one stray cell at
# XFD1048576 in a file of 6 kB would ask for 300 GB and abort the process: look before opening.
_ROW = re.compile(rb"""<(?:\w+:)?row\b[^>]*?\br=["'](\d{1,12})["']""")
_CELL = re.compile(rb"""<(?:\w+:)?c\b[^>]*?\br=["']([A-Za-z]{2,8})(\d{1,12})["']""")


def _check_archive(content: bytes, limits: Limits) -> None:
    """Unpack every member against one budget and look at the rectangle its cells span."""
    left = limits.unpacked_bytes
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if not any(name.startswith("xl/workbook") for name in archive.namelist()):
                raise TableUnreadable("broken", kind="xlsx")  # a document or an OpenDocument sheet
            for info in archive.infolist():
                # The size an archive states about itself may be a lie: read against our own budget instead, with
                # one byte to spare, or the reader would take the cut for the end and blame the checksum.
                info.file_size = left + 2
                with archive.open(info) as member:
                    data = member.read(left + 1)
                if len(data) > left:
                    raise TableUnreadable("too-large", limit=limits.unpacked_bytes)
                left -= len(data)
                _check_rectangle(data, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise TableUnreadable("broken", kind="xlsx") from error


def _check_rectangle(data: bytes, limits: Limits) -> None:
    rows = max((int(row) for row in _ROW.findall(data)), default=1)
    columns = 26  # cells with one letter are not worth looking at
    for letters, row in _CELL.findall(data):
        number = 0
        for letter in letters.upper():
            number = number * 26 + letter - 64
        columns, rows = max(columns, number), max(rows, int(row))
    if rows > limits.rows:
        raise TableUnreadable("too-many-rows", limit=limits.rows)
    if columns > limits.columns:
        raise TableUnreadable("too-many-columns", limit=limits.columns)
    if rows * columns > limits.cells:
        raise TableUnreadable("too-many-cells", limit=limits.cells)


def _sheet(book: CalamineWorkbook, name: str, kind: str, limits: Limits) -> Grid:
    rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    frame, numeric = _columns(rows, limits)
    return Grid(frame=frame, kind=kind, numeric=numeric, sheet=name)


def _columns(rows: Sequence[Sequence[object]], limits: Limits) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """Rows of mixed values → columns of text, with a mask of the numeric cells."""
    if len(rows) > limits.rows:
        raise TableUnreadable("too-many-rows", limit=limits.rows)
    width = max(map(len, rows), default=0)
    if width > limits.columns:
        raise TableUnreadable("too-many-columns", limit=limits.columns)
    texts: dict[str, pl.Series] = {}
    numeric: dict[str, pl.Series] = {}
    for index, cells in enumerate(zip_longest(*rows)):
        name = str(index)
        if set(map(type, cells)) <= {str, type(None)}:
            texts[name] = pl.Series(name, cells, dtype=pl.String)
            continue
        texts[name] = pl.Series(name, [_text(cell) for cell in cells], dtype=pl.String)
        mask = pl.Series(name, [isinstance(cell, int | float) and not isinstance(cell, bool) for cell in cells])
        if mask.any():
            numeric[name] = mask
    return blank_to_null(pl.DataFrame(texts)), numeric


def _text(cell: object) -> str | None:
    """A cell as a spreadsheet would show it without format: 12774.0 → 12774, a date → ISO, True → TRUE."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e22 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return orjson.dumps(cell).decode() if isinstance(cell, list | dict) else str(cell)


# What shows nothing: white space of every script, and the zero-width marks copying leaves behind.
BLANKS = " \t\r\n\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200C))
)


def blank_to_null(frame: pl.DataFrame) -> pl.DataFrame:
    """Null for cells without a visible character; and `="640…"`, a trick to keep digits, becomes the digits."""
    unwrapped = [
        pl.col(name).str.replace(r'^\s*=\s*"([^"]*)"\s*$', "$1")
        for name in frame.columns
        if frame[name].str.contains('="', literal=True).any()
    ]
    cell = pl.all()
    return frame.with_columns(unwrapped).with_columns(pl.when(cell.str.strip_chars(BLANKS) != "").then(cell))


def _delimited(content: bytes, limits: Limits) -> Grid:
    text, encoding = _decoded(content)
    head = "\n".join(text[:65536].splitlines()[:50])
    delimiter = max("\t,;|", key=lambda mark: (head.count(mark), mark == ","))
    frame = _quoted(text, delimiter, limits) if '"' in text else _plain(text, delimiter, limits)
    return Grid(frame=frame, kind="csv", encoding=encoding)


def _plain(text: str, delimiter: str, limits: Limits) -> pl.DataFrame:
    """Text without a quotation mark: every line is a row, split over whole columns."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = pl.Series("line", text.removesuffix("\n").split("\n"), dtype=pl.String)
    if lines.len() > limits.rows:
        raise TableUnreadable("too-many-rows", limit=limits.rows)
    width = max(lines.str.count_matches(delimiter, literal=True).to_list()) + 1
    if width > limits.columns:
        raise TableUnreadable("too-many-columns", limit=limits.columns)
    parts = lines.str.split_exact(delimiter, width - 1).struct.unnest()
    parts.columns = [str(index) for index in range(width)]
    return blank_to_null(parts)


def _quoted(text: str, delimiter: str, limits: Limits) -> pl.DataFrame:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    try:
        for row in reader:
            rows.append(row)
            if len(rows) > limits.rows:
                raise TableUnreadable("too-many-rows", limit=limits.rows)
    except csv.Error as error:
        raise TableUnreadable("quotes", line=len(rows) + 1) from error
    return _columns(rows, limits)[0]


def _decoded(content: bytes) -> tuple[str, str]:
    """UTF-8 strict, else GB18030 strict: a guess that half fits would turn rare names into other names."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        tries: tuple[str, ...] = ("utf-16",)  # Excel's "Unicode text"
    else:
        tries = ("utf-8-sig", "gb18030")
    failed_at = 0
    for encoding in tries:
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError as error:
            failed_at = max(failed_at, error.start)
    raise TableUnreadable("encoding", line=content.count(b"\n", 0, failed_at) + 1)


def _ndjson(content: bytes, limits: Limits) -> Grid:
    """One object per line; blank lines stay as blank rows, so that row i is line i+1 of the file."""
    objects: list[dict[str, object]] = []
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        if number > limits.rows:
            raise TableUnreadable("too-many-rows", limit=limits.rows)
        try:
            value = orjson.loads(line) if line.strip() else {}
        except orjson.JSONDecodeError as error:
            raise TableUnreadable("json-line", line=number) from error
        if not isinstance(value, dict):
            raise TableUnreadable("json-line", line=number)
        objects.append(value)
    headers = _names(objects, limits)
    frame, numeric = _columns([[value.get(name) for name in headers] for value in objects], limits)
    return Grid(frame=frame, kind="ndjson", numeric=numeric, encoding="utf-8", headers=headers)


def _names(objects: Iterable[Mapping[str, object]], limits: Limits) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for value in objects:
        if not names.keys() >= value.keys():
            names.update(dict.fromkeys(value))
        if len(names) > limits.columns:
            raise TableUnreadable("too-many-columns", limit=limits.columns)
    return tuple(names)


def _parquet(content: bytes, limits: Limits) -> Grid:
    try:
        about = parquet.read_metadata(io.BytesIO(content))
        if about.num_rows > limits.rows:
            raise TableUnreadable("too-many-rows", limit=limits.rows)
        if about.num_columns > limits.columns:
            raise TableUnreadable("too-many-columns", limit=limits.columns)
        size = sum(about.row_group(index).total_byte_size for index in range(about.num_row_groups))
        if size > limits.unpacked_bytes:
            raise TableUnreadable("too-large", limit=limits.unpacked_bytes)
        frame = pl.read_parquet(io.BytesIO(content))
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise TableUnreadable("broken", kind="parquet") from error
    headers = tuple(frame.columns)
    frame = frame.rename({name: str(index) for index, name in enumerate(headers)})
    numeric = {name: frame[name].is_not_null() for name, kind in frame.schema.items() if kind.is_numeric()}
    texts = frame.select(pl.all().cast(pl.String, strict=False))
    return Grid(frame=blank_to_null(texts), kind="parquet", numeric=numeric, headers=headers)
