"""Bytes of a spreadsheet, text or column file → a grid of text cells, without knowing what the columns mean.

The kinds agencies really send: XLSX and old XLS, CSV or TSV in UTF-8, GB18030 or Excel's "Unicode text",
NDJSON, Parquet; each may be gzipped. The bytes say what they are: an extension or media type is only a hint,
because exports named .xls hold CSV or HTML as often as not. Everything is bounded before it is unpacked.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from kit.delimited import read_delimited
from kit.fenced import read_fenced
from kit.ndjson_in import read_ndjson
from kit.strangers import check_no_stranger
from kit.text_lines import UTF16_MARKS
from kit.unreadable import Limits, TableUnreadable
from kit.workbooks import Span, sheets_of

KINDS = ("xlsx", "xls", "csv", "ndjson", "parquet")
_GZIP, _ZIP, _OLE, _PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PAR1"
_PIECE = 1 << 16


@dataclass(frozen=True)
class Grid:
    """Cells of one sheet as text, null where blank; row i of `frame` is line i+1, unless `lines` says another.

    `frame` has the columns "0", "1", …; `numeric` marks, per column that has any, the cells that held a number
    and not text: an 18-digit identifier in such a cell has lost its last digits for good.
    """

    frame: pl.DataFrame
    kind: str
    numeric: Mapping[str, pl.Series] = field(default_factory=dict)
    encoding: str | None = None
    sheet: str | None = None
    headers: tuple[str, ...] | None = None  # NDJSON and Parquet name their columns themselves
    merged: tuple[Span, ...] = ()  # cells joined into one, whose text stands in the first
    hidden: tuple[str, ...] = ()  # sheets of the same book nobody sees, which are not read
    lines: pl.Series | None = None  # where a record may take several lines: the one it begins in

    def numbered(self) -> pl.DataFrame:
        """The frame with "place", the row's index in it, and "line" (Int32), as a spreadsheet or an editor shows it."""
        line = pl.col("place").cast(pl.Int32) + 1 if self.lines is None else self.lines
        return self.frame.with_row_index("place").with_columns(line=line)


def grids_of(content: bytes, declared: str | None, limits: Limits) -> list[Grid]:
    """The visible, non-empty grids of a file (one, except in a workbook). Raises TableUnreadable."""
    content = gunzipped(content, limits)
    if not content.strip(b"\x00\r\n\t \xef\xbb\xbf"):
        raise TableUnreadable("empty")
    kind = sniff(content, declared)
    try:
        grids = [grid for grid in _READERS[kind](content, kind, limits) if _says_anything(grid.frame)]
    except (MemoryError, RecursionError) as error:
        raise TableUnreadable("overloads") from error
    except pl.exceptions.PolarsError as error:
        raise TableUnreadable("broken", kind=kind) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what a reader written in Rust raises where it gives up
            raise
        raise TableUnreadable("broken", kind=kind) from error
    if not grids:
        raise TableUnreadable("empty")
    return grids


def _says_anything(frame: pl.DataFrame) -> bool:
    return any(frame[name].null_count() < frame.height for name in frame.columns)


def sniff(content: bytes, declared: str | None = None) -> str:
    """Which of KINDS the bytes are. `declared` decides only between kinds of plain text. Raises TableUnreadable."""
    check_no_stranger(content)
    if content.startswith(_ZIP):
        return "xlsx"
    if content.startswith(_OLE):
        return "xls"
    if content.startswith(_PARQUET):
        if not content.endswith(_PARQUET):
            raise TableUnreadable("broken", kind="parquet")
        return "parquet"
    head = content[:2048].removeprefix(b"\xef\xbb\xbf").lstrip()
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


def gunzipped(content: bytes, limits: Limits) -> bytes:
    """The file within; several members one after the other are one file, a gzip in a gzip is refused."""
    if not content.startswith(_GZIP):
        if len(content) > limits.unpacked_bytes:
            raise TableUnreadable("too-large", limit=limits.unpacked_bytes)
        return content
    out = bytearray()
    at, member = 0, zlib.decompressobj(wbits=31)
    try:
        while at < len(content):
            piece = content[at : at + _PIECE]
            out += member.decompress(piece, limits.unpacked_bytes + 1 - len(out))
            if len(out) > limits.unpacked_bytes:
                raise TableUnreadable("too-large", limit=limits.unpacked_bytes)
            at += len(piece) - len(member.unused_data) - len(member.unconsumed_tail)
            if member.eof:
                while content.startswith(b"\0", at):  # tapes and mainframes fill up with noughts
                    at += 1
                member = zlib.decompressobj(wbits=31) if at < len(content) else member
    except zlib.error as error:
        raise TableUnreadable("broken", kind="gzip") from error
    if not member.eof:
        raise TableUnreadable("broken", kind="gzip")
    if out.startswith(_GZIP):
        raise TableUnreadable("archive")
    return bytes(out)


def opening_of(head: bytes) -> bytes | None:
    """The whole records a text begins with, from the first bytes of a file that has more, gzipped or not.

    None where a file can only be judged as a whole: a workbook, Parquet, UTF-16, or no end of a record in sight.
    """
    if head.startswith(_GZIP):
        try:
            head = zlib.decompressobj(wbits=31).decompress(head, len(head))
        except zlib.error:
            return None
    if head.startswith((_GZIP, _ZIP, _OLE, _PARQUET, *UTF16_MARKS)):
        return None
    whole = np.frombuffer(head, np.uint8)
    outside = np.cumsum(whole == ord('"'), dtype=np.int32) % 2 == 0
    ends = np.flatnonzero((whole == ord("\n")) & outside)
    return head[: int(ends[-1]) + 1] if len(ends) else None


def _workbook(content: bytes, kind: str, limits: Limits) -> list[Grid]:
    return [
        Grid(
            frame=sheet.frame,
            kind=kind,
            numeric=sheet.numeric,
            sheet=sheet.name,
            merged=sheet.merged,
            hidden=sheet.hidden,
        )
        for sheet in sheets_of(content, kind, limits)
    ]


def _fenced(content: bytes, kind: str, limits: Limits) -> list[Grid]:
    return [
        Grid(
            frame=part.frame,
            kind=kind,
            numeric=part.numeric,
            sheet=part.sheet,
            headers=part.names,
            merged=part.merged,
            hidden=part.hidden,
        )
        for part in read_fenced(content, kind, limits)
    ]


def _delimited(content: bytes, kind: str, limits: Limits) -> list[Grid]:
    cells = read_delimited(content, limits)
    return [Grid(frame=cells.frame, kind=kind, encoding=cells.encoding, lines=cells.lines)]


def _ndjson(content: bytes, kind: str, limits: Limits) -> list[Grid]:
    found = read_ndjson(content, limits)
    return [Grid(found.frame, kind, found.numeric, found.encoding, headers=found.names)]


_READERS = {"xlsx": _workbook, "xls": _fenced, "parquet": _fenced, "ndjson": _ndjson, "csv": _delimited}
