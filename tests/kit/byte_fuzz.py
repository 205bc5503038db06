"""Mutated files of every kind through the reader, in a process of its own: `byte_fuzz.py REPORT SEED COUNT SECONDS`.

Case number n of a seed is always the same bytes. REPORT gets one JSON line before each case and one after it, so that a
process that dies says of what: a crash, a hang (5 s per megabyte), memory beyond its bound, or an answer that is
neither a table nor a refusal with its way out.
"""

import gzip
import io
import json
import random
import resource
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl

from kit.grids import grids_of
from kit.unreadable import Limits, TableUnreadable
from tests.old_workbooks import old_workbook
from tests.workbooks import workbook

HEAD = ["姓名", "证件号码", "备注", "金额"]
ROWS = [
    [f"人{at}", f"64049919900101{at:04d}", '某村, 3组\n"旧"' if at % 7 == 0 else "某村", f"{at}.5"] for at in range(30)
]
MEGABYTE_SECONDS = 5.0
GROWTH, HARD_CAP = 10, 1 << 30
ROOM = 96 << 20  # what a reader of even a tiny file may take: its tables, its libraries' buffers


def _text(mark: str = ",", quoted: bool = True) -> str:
    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if quoted else text.split(",", maxsplit=1)[0]

    return "\r\n".join(mark.join(map(cell, row)) for row in [HEAD, *ROWS]) + "\r\n"


def _parquet() -> bytes:
    out = io.BytesIO()
    pl.DataFrame(ROWS, schema=HEAD, orient="row").write_parquet(out)
    return out.getvalue()


def seeds() -> dict[str, bytes]:
    """A sound file of every kind."""
    numbers = [[name, number, note, float(amount)] for name, number, note, amount in ROWS]
    ndjson = "\n".join(json.dumps(dict(zip(HEAD, row, strict=True)), ensure_ascii=False) for row in ROWS)
    return {
        "csv": _text().encode(),
        "plain": _text(quoted=False).encode("gb18030"),
        "tsv": _text("\t").encode("utf-16"),
        "ndjson": ndjson.encode(),
        "xlsx": workbook({"甲": [HEAD, *numbers], "乙": [["说明"], ["x"]]}),
        "csv.gz": gzip.compress(_text().encode(), mtime=0),
        "xlsx.gz": gzip.compress(workbook([HEAD, *numbers]), mtime=0),
        "xls": old_workbook([HEAD, *numbers]),
        "parquet": _parquet(),
    }


FENCED = ("xls", "parquet")  # read by starting a process: fewer of them in the same time


Change = Callable[[random.Random, bytes, bytes], bytes]


def flip(rng: random.Random, data: bytes, _other: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def cut(rng: random.Random, data: bytes, _other: bytes) -> bytes:
    begin, end = sorted((rng.randrange(len(data)), rng.randrange(len(data) + 1)))
    return data[:begin] + data[end:] if rng.random() < 0.5 else data[:end]


def splice(rng: random.Random, data: bytes, other: bytes) -> bytes:
    at, begin = rng.randrange(len(data)), rng.randrange(len(other))
    return data[:at] + other[begin : begin + rng.randrange(2000)] + data[at:]


def repeat(rng: random.Random, data: bytes, _other: bytes) -> bytes:
    begin = rng.randrange(len(data))
    piece = data[begin : begin + rng.randint(1, 200)]
    return data[:begin] + piece * rng.choice((2, 50, 3000)) + data[begin:]


def lengths(rng: random.Random, data: bytes, _other: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        value = rng.choice((0, 1, 0x7F, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, rng.getrandbits(32)))
        at, size = rng.randrange(len(out)), rng.choice((1, 2, 4))
        out[at : at + size] = value.to_bytes(4, "little")[:size]
    return bytes(out)


def figures(rng: random.Random, data: bytes, _other: bytes) -> bytes:
    """Another number where one stands as text: rows, columns, places of shared texts."""
    places = [at for at, byte in enumerate(data) if 48 <= byte <= 57]
    if not places:
        return data
    at = rng.choice(places)
    return data[:at] + str(rng.choice((0, 99, 70_000, 1_048_576, 2**31, 2**63, 10**30))).encode() + data[at + 1 :]


CHANGES: tuple[Change, ...] = (flip, cut, splice, repeat, lengths, figures)


def case(number: int, seed: int, files: dict[str, bytes]) -> tuple[str, bytes]:
    """The kind and the bytes of one case."""
    rng = random.Random(f"{seed}/{number}")
    names = list(files)
    name = rng.choice(FENCED) if number % 25 == 24 else rng.choice([one for one in names if one not in FENCED])
    data, other = files[name], files[rng.choice(names)]
    for _ in range(rng.choice((1, 1, 2, 3))):
        change = rng.choice(CHANGES)
        if rng.random() < 0.7:
            data = _within(rng, data, other, change)
        elif data:
            data = change(rng, data, other)
    return name, data


def _within(rng: random.Random, data: bytes, other: bytes, change: Change) -> bytes:
    """The change made to what is packed, and packed again: else nearly every case ends at a checksum."""
    try:
        if data.startswith(b"\x1f\x8b"):
            return gzip.compress(_within(rng, gzip.decompress(data), other, change), 1, mtime=0)
        if data.startswith(b"PK\x03\x04"):
            return _repacked(rng, data, other, change)
    except Exception:
        pass
    return change(rng, data, other) if data else data


def _repacked(rng: random.Random, data: bytes, other: bytes, change: Change) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        chosen = rng.choice([name for name in old.namelist() if "sheet" in name.lower() or "shared" in name.lower()])
        for info in old.infolist():
            part = old.read(info)
            new.writestr(info.filename, change(rng, part, other) if info.filename == chosen and part else part)
    return out.getvalue()


def answer(content: bytes) -> str:
    """The code of the refusal, or "read"; anything else comes through as an exception."""
    try:
        grids = grids_of(content, None, Limits())
    except TableUnreadable as error:
        if not (error.zh.endswith("。") and error.en.endswith(".")):
            raise AssertionError(error.code) from error
        return error.code
    assert all(grid.numbered().height == grid.frame.height for grid in grids)
    return "read"


def unpacked(content: bytes) -> int:
    """How many bytes the file is without its packing, as far as it can be unpacked at all."""
    try:
        if content.startswith(b"\x1f\x8b"):
            return unpacked(gzip.decompress(content))
        if content.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                return max(len(content), sum(info.file_size for info in archive.infolist()))
    except Exception:
        return len(content)
    return len(content)


def main() -> int:
    report, seed, count, seconds = Path(sys.argv[1]), *map(int, sys.argv[2:5])
    files = seeds()
    for content in files.values():  # what libraries take once is no case's
        assert answer(content) == "read"
    began = time.monotonic()
    with report.open("w", encoding="utf-8") as out:
        for number in range(count):
            if time.monotonic() - began > seconds:
                break
            name, content = case(number, seed, files)
            out.write(json.dumps({"case": number, "kind": name}) + "\n")
            out.flush()
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            start = time.process_time()
            code = answer(content)
            took = time.process_time() - start
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
            size = unpacked(content)
            allowed = max(MEGABYTE_SECONDS, MEGABYTE_SECONDS * size / 1e6)
            assert took <= allowed, f"case {number} ({name}, {size} bytes) took {took:.1f} s"
            assert grown <= min(HARD_CAP, ROOM + GROWTH * size), f"case {number} ({name}) took {grown >> 20} MB more"
            out.write(json.dumps({"case": number, "code": code}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
