"""Old .xls workbooks (BIFF8 in an OLE container), as old programs still export them; no library of ours writes them."""

import struct
from collections.abc import Sequence

Cell = str | float | None
_SECTOR = 512


def old_workbook(
    rows: Sequence[Sequence[Cell]], *, password: bool = False, far: tuple[int, int] | None = None
) -> bytes:
    """One sheet of text and number cells. `far`: one more cell there, without any between."""
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    width = max(map(len, rows), default=0)
    sheet += _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    for row, line in enumerate(rows):
        for column, cell in enumerate(line):
            if isinstance(cell, str):
                sheet += _label(row, column, cell)
            elif cell is not None:
                sheet += _record(0x0203, struct.pack("<HHHd", row, column, 0, cell))
    if far:
        sheet += _label(*far, "远")
    sheet += _record(0x000A, b"")
    name = "Sheet1".encode("utf-16-le")
    begin = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    if password:
        begin += _record(0x002F, struct.pack("<HHH", 1, 1, 1) + bytes(48))
    begin += _record(0x0042, struct.pack("<H", 1200))
    bound = 4 + 8 + len(name)
    place = len(begin) + bound + 4
    begin += _record(0x0085, struct.pack("<IBBBB", place, 0, 0, 6, 1) + name) + _record(0x000A, b"")
    return _container(begin + sheet)


def old_document() -> bytes:
    """A Word document of the same age: the same container, another stream."""
    return _container(b"Word", "WordDocument")


def _record(number: int, data: bytes) -> bytes:
    return struct.pack("<HH", number, len(data)) + data


def _label(row: int, column: int, text: str) -> bytes:
    units = text.encode("utf-16-le")
    return _record(0x0204, struct.pack("<HHHHB", row, column, 0, len(units) // 2, 1) + units)


def _container(stream: bytes, name: str = "Workbook") -> bytes:
    """Sector 0 … are the table of sectors, then the directory, then the stream."""
    stream = stream.ljust(4096, b"\0")
    stream += bytes(-len(stream) % _SECTOR)
    sectors = len(stream) // _SECTOR
    tables = 1
    while tables * 128 < tables + 1 + sectors:
        tables += 1
    chain = [0xFFFFFFFD] * tables + [0xFFFFFFFE] + [tables + 2 + at for at in range(sectors - 1)] + [0xFFFFFFFE]
    chain += [0xFFFFFFFF] * (tables * 128 - len(chain))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, tables, tables, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", *range(tables), *[0xFFFFFFFF] * (109 - tables))
    directory = _entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + _entry(name, 2, 0xFFFFFFFF, tables + 1, len(stream))
    directory += _entry("", 0, 0xFFFFFFFF, 0, 0) * 2
    return header + struct.pack(f"<{len(chain)}I", *chain) + directory + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = (name + "\0").encode("utf-16-le") if name else b""
    free = 0xFFFFFFFF
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(text), kind, 1, free, free, child)
        + bytes(36)
        + struct.pack("<III", start, size, 0)
    )
