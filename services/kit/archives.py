"""An XLSX is a ZIP of XML parts. Here it is measured before a reader opens it, in pieces, against a budget.

A reader allocates the whole rectangle a sheet's cells span and a copy of every shared text a cell names: a file of a
few kB can ask for hundreds of GB, and the process would be gone.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

import numpy as np

from kit.unreadable import Limits, TableUnreadable

_PIECE = 4 << 20  # bytes of a part looked at in one go
_SEAM = 256  # bytes looked at twice, so that nothing hides where two pieces meet

# Where rows and cells say they stand. Cells in the first 26 columns of the first million rows say nothing that the
# number of their row, or the order they stand in, does not: they are passed over.
_PLACE = re.compile(rb"""r\s*=\s*["']\s*(?:([A-Za-z]{2,8})(\d{1,12})|[A-Za-z]?(\d{7,12})|(\d{1,6}))""")
_INDEX = re.compile(rb"<(?:\w+:)?v\b[^>]*>\s*(\d{1,8})\s*<")
_SHARED_END = re.compile(rb"</(?:\w+:)?si\s*>")


@dataclass
class _Measured:
    """What the parts looked at so far would cost a reader."""

    limits: Limits
    left: int  # bytes that may still be unpacked
    cells: int = 0  # of the rectangles
    values: int = 0  # cells that hold something, at most: each ends itself and its value
    shared: list[int] = field(default_factory=list)  # bytes of each shared text


def check_workbook(content: bytes, limits: Limits) -> None:
    """Raises TableUnreadable where the archive is no XLSX, or one that would cost more than `limits`."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_what_it_is(archive)
            found = _Measured(limits, limits.unpacked_bytes)
            for info in archive.infolist():
                # The size an archive states about itself may be a lie: read against our own budget instead, with
                # one byte to spare, or the reader would take the cut for the end and blame the checksum.
                info.file_size = found.left + 2
                with archive.open(info) as member:
                    _measure(member, found)
            _check_shared_texts(archive, found)
    # All that zipfile raises of bytes that are none: cut, an unknown method, a password, an impossible date or offset.
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError, ValueError) as error:
        raise TableUnreadable("broken", kind="xlsx") from error


def _check_what_it_is(archive: zipfile.ZipFile) -> None:
    names = archive.namelist()
    if any(info.flag_bits & 1 for info in archive.infolist()):
        raise TableUnreadable("encrypted")
    if "xl/workbook.bin" in names:
        raise TableUnreadable("xlsb")
    if any(name.startswith("xl/workbook") for name in names):
        return
    if any(name.startswith("word/") for name in names):
        raise TableUnreadable("not-a-table", zh="Word 文档", en="a Word document")
    if any(name.startswith("ppt/") for name in names):
        raise TableUnreadable("not-a-table", zh="演示文稿", en="a presentation")
    if "content.xml" in names:
        raise TableUnreadable("opendocument")
    raise TableUnreadable("archive")


def _measure(member: IO[bytes], found: _Measured) -> None:
    rows, columns, sheet, shared, since = 1, 26, False, False, 0
    for number, (seam, piece) in enumerate(_pieces(member, found)):
        whole = seam + piece
        if b"<!DOCTYPE" in whole or b"<!ENTITY" in whole:
            raise TableUnreadable("foreign-xml")
        if number == 0:
            shared = re.search(rb"<(?:\w+:)?sst\b", piece[:4096]) is not None
        if shared:
            since = _add_shared(piece, since, found)
        sheet = sheet or b"sheetData" in whole
        if sheet:
            found.values += piece.count(b"</") // 2 + 1
            rows, columns = _span(whole, rows, columns)
            _check_rectangle(rows, columns, found)
    if sheet:
        found.cells += rows * columns


def _pieces(member: IO[bytes], found: _Measured) -> Iterator[tuple[bytes, bytes]]:
    """Each piece with the end of the one before."""
    seam = b""
    while piece := member.read(min(_PIECE, found.left + 1)):
        found.left -= len(piece)
        if found.left < 0:
            raise TableUnreadable("too-large", limit=found.limits.unpacked_bytes)
        yield seam, piece
        seam = (seam + piece)[-_SEAM:]


def _span(xml: bytes, rows: int, columns: int) -> tuple[int, int]:
    """The last row and column named in `xml`, or those known so far."""
    letters = set()
    for start in _places(xml):
        found = _PLACE.match(xml, start)
        if found is not None:
            far, row, deep, plain = found.groups()
            letters.add(far or b"")
            rows = max(rows, int(row or deep or plain))
    for name in letters:
        number = 0
        for letter in name.upper():
            number = number * 26 + letter - 64
        columns = max(columns, number)
    return rows, columns


def _places(xml: bytes) -> list[int]:
    """Where `r=` may say something new: everywhere but before one letter and at most six digits, as in most cells."""
    text = np.frombuffer(xml + b" " * 16, np.uint8)
    starts = np.flatnonzero(text[:-16] == ord("r"))
    after, quote, first, second = (text[starts + step] for step in (1, 2, 3, 4))
    named = (after == ord("=")) & ((quote == ord('"')) | (quote == ord("'")))
    cell = named & (first >= ord("A")) & (second >= ord("0")) & (second <= ord("9"))
    deep = text[starts + 10]
    usual = cell & ~((deep >= ord("0")) & (deep <= ord("9")))
    possible = named | (after <= ord(" ")) | (after == ord("=")) & (quote <= ord(" "))
    result: list[int] = starts[possible & ~usual].tolist()
    return result


def _check_rectangle(rows: int, columns: int, found: _Measured) -> None:
    limits = found.limits
    if rows > limits.rows:
        raise TableUnreadable("too-many-rows", limit=limits.rows)
    if columns > limits.columns:
        raise TableUnreadable("too-many-columns", limit=limits.columns)
    if found.cells + rows * columns > limits.sheet_cells:
        raise TableUnreadable("too-many-cells", limit=limits.sheet_cells)


def _add_shared(piece: bytes, since: int, found: _Measured) -> int:
    """Note the size of each shared text that ends in `piece`; the bytes of the one that does not are handed on."""
    first, *others = map(len, _SHARED_END.split(piece))
    if not others:
        return since + first
    found.shared += [since + first, *others[:-1]]
    return others[-1]


def _check_shared_texts(archive: zipfile.ZipFile, found: _Measured) -> None:
    """A text of 32 kB named by a million cells is copied a million times."""
    longest = max(found.shared, default=0)
    limit = found.limits.text_bytes
    if longest * found.values <= limit:
        return
    sizes = np.array(found.shared, np.int64)
    total, again = 0, _Measured(found.limits, found.limits.unpacked_bytes)
    for info in archive.infolist():
        with archive.open(info) as member:
            for seam, piece in _pieces(member, again):
                places = np.array(_INDEX.findall(seam + piece), "S8").astype(np.int64)
                total += int(sizes[places[places < len(sizes)]].sum())
                if total > limit:
                    raise TableUnreadable("too-large", limit=limit)
