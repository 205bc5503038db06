"""Reads XLS and Parquet in a process of its own, with bounds on memory and time.

Both are binary forms whose own figures (sizes, offsets, rows, columns) a reader believes before it can check them: a
false one makes it allocate more than there is, and the process is ended on the spot. Here it is not ours that ends.
"""

import io
import json
import os
import resource
import struct
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import IO

import polars as pl

from kit.parquet_in import read_parquet
from kit.unreadable import Limits, TableUnreadable
from kit.workbooks import Span, sheets_of

_HEAD = struct.Struct(">I")
SECONDS, SECONDS_PER_MB = 30.0, 5.0
_NUMERIC = "numeric "  # before the name of a column's mask where it travels


@dataclass(frozen=True)
class Part:
    """One table that was read: a sheet of a workbook, or the rows of a Parquet file under its own names."""

    frame: pl.DataFrame
    numeric: Mapping[str, pl.Series] = field(default_factory=dict)
    sheet: str | None = None
    names: tuple[str, ...] | None = None
    merged: tuple[Span, ...] = ()
    hidden: tuple[str, ...] = ()


def read_fenced(content: bytes, kind: str, limits: Limits) -> list[Part]:
    """The tables of an XLS or Parquet file. Raises TableUnreadable."""
    told = json.dumps({"kind": kind, "limits": asdict(limits)}).encode()
    seconds = SECONDS + SECONDS_PER_MB * len(content) / 1e6
    try:
        answer = subprocess.run(
            [sys.executable, "-m", "kit.fenced"],
            input=_framed(told) + content,
            capture_output=True,
            timeout=seconds,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "POLARS_MAX_THREADS": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TableUnreadable("overloads") from error
    if answer.returncode != 0:
        raise TableUnreadable("overloads")
    return _unpacked(io.BytesIO(answer.stdout))


def _unpacked(answer: io.BytesIO) -> list[Part]:
    told = json.loads(_next(answer))
    if "code" in told:
        raise TableUnreadable(told["code"], **told["args"])
    parts = []
    for about in told["parts"]:
        both = pl.read_ipc(io.BytesIO(_next(answer)))
        masks = [name for name in both.columns if name.startswith(_NUMERIC)]
        names = None if about["names"] is None else tuple(about["names"])
        numeric = {name.removeprefix(_NUMERIC): both[name] for name in masks}
        merged = tuple((tuple(first), tuple(last)) for first, last in about["merged"])
        parts.append(Part(both.drop(masks), numeric, about["sheet"], names, merged, tuple(about["hidden"])))
    return parts


def main() -> int:
    """The process behind the fence: what to read comes in, tables or the reason why there are none go out."""
    asked = json.loads(_next(sys.stdin.buffer))
    limits = Limits(**asked["limits"])
    resource.setrlimit(resource.RLIMIT_DATA, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        parts = _read(sys.stdin.buffer.read(), asked["kind"], limits)
    except TableUnreadable as error:
        sys.stdout.buffer.write(_framed(json.dumps({"code": error.code, "args": error.args_by_name}).encode()))
        return 0
    about = [{"sheet": part.sheet, "names": part.names, "merged": part.merged, "hidden": part.hidden} for part in parts]
    sys.stdout.buffer.write(_framed(json.dumps({"parts": about}).encode()))
    for part in parts:
        out = io.BytesIO()
        masks = [mask.alias(_NUMERIC + name) for name, mask in part.numeric.items()]
        part.frame.with_columns(masks).write_ipc(out)
        sys.stdout.buffer.write(_framed(out.getvalue()))
    return 0


def _read(content: bytes, kind: str, limits: Limits) -> list[Part]:
    if kind == "xls":
        return [
            Part(sheet.frame, sheet.numeric, sheet.name, None, sheet.merged, sheet.hidden)
            for sheet in sheets_of(content, kind, limits)
        ]
    found = read_parquet(content, limits)
    return [Part(found.frame, found.numeric, names=found.names)]


def _framed(data: bytes) -> bytes:
    return _HEAD.pack(len(data)) + data


def _next(stream: IO[bytes]) -> bytes:
    return stream.read(_HEAD.unpack(stream.read(_HEAD.size))[0])


if __name__ == "__main__":
    sys.exit(main())
