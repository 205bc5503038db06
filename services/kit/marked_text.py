"""A delimited text as it was sent, each line word for word, with columns added at the end of every record."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from kit.delimited import mark_of
from kit.sheets_out import FORMULA_STARTS
from kit.text_lines import UTF8_MARK, lines_of
from kit.unreadable import Limits

_STEP = 20_000  # lines that stand as Python objects at a time
Added = Iterator[tuple[int, Sequence[str]]]  # the line a record begins in, what to add to it; in order


def marked_text(content: bytes, titles: tuple[int | None, Sequence[str]], added: Added) -> Iterator[bytes]:
    """The text in the encoding it came in. `titles`: the line of the header (None: there is none), what to add there.

    Raises TableUnreadable and csv.Error as reading did, before the first line.
    """
    limits = Limits()
    found = lines_of(content, limits)
    mark = mark_of(found.text)
    width = max((len(cells) for _, cells, _ in _records(found.text, mark)), default=0)
    return _marked(content, _Text(found.text, found.encoding, mark, width), titles, added)


@dataclass(frozen=True)
class _Text:
    """What there is to add to: lines with their ends, encoding, what stands between cells, cells of the longest."""

    lines: pl.Series
    encoding: str
    mark: str
    width: int


def _marked(content: bytes, text: _Text, titles: tuple[int | None, Sequence[str]], added: Added) -> Iterator[bytes]:
    encoding, mark = text.encoding, text.mark
    if encoding == "utf-16":
        yield b"\xff\xfe"
        encoding = "utf-16-le"
    elif encoding == "utf-8-sig":
        yield UTF8_MARK if content.startswith(UTF8_MARK) else b""
        encoding = "utf-8"
    following = next(added, None)
    for line, cells, raw in _records(text.lines, mark):
        tail: Sequence[str] = ()
        while following is not None and following[0] < line:
            following = next(added, None)
        if line == titles[0]:
            tail = titles[1]
        elif following is not None and following[0] == line:
            tail = following[1]
        if not tail:
            yield raw.encode(encoding)
            continue
        body = raw.rstrip("\r\n")
        end = raw[len(body) :] or "\r\n"
        yield (body + mark * (text.width - len(cells)) + mark + _joined(tail, mark) + end).encode(encoding)


def _records(lines: pl.Series, mark: str) -> Iterator[tuple[int, list[str], str]]:
    """The line each record begins in, its cells, and its text as it stands there."""
    kept: list[str] = []

    def every() -> Iterator[str]:
        for at in range(0, lines.len(), _STEP):
            for line in lines.slice(at, _STEP).to_list():
                kept.append(line)
                yield line

    reader = csv.reader(every(), delimiter=mark, strict=True)
    read = 0
    for record in reader:
        begin, read = read, reader.line_num
        yield begin + 1, record, "".join(kept)
        kept.clear()


def _joined(cells: Sequence[str], mark: str) -> str:
    out = io.StringIO()
    # Nothing of ours may run as a formula on the reader's machine.
    safe = [f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell for cell in cells]
    csv.writer(out, delimiter=mark, lineterminator="").writerow(safe)
    return out.getvalue()
