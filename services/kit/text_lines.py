"""Bytes of a text → its physical lines, in UTF-8, without a second copy of the text.

A million rows are read as one Arrow buffer and the places where lines end. Encodings are told apart strictly: a guess
that half fits would turn rare names into other names.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from kit.unreadable import Limits, TableUnreadable

_STEP = 1 << 20  # bytes looked at in one go: what is made on the way stays small
_END = re.compile(rb"[\r\n]")
UTF8_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Lines:
    """`text`: each line with the end it has (\\n, \\r\\n or \\r); item i is line i+1 as an editor shows it."""

    text: pl.Series
    encoding: str


def lines_of(content: bytes, limits: Limits) -> Lines:
    """The lines of a text in UTF-8, GB18030 or UTF-16 with its mark. Raises TableUnreadable."""
    if len(content) > limits.text_bytes:
        raise TableUnreadable("too-large", limit=limits.text_bytes)
    if content.startswith(UTF16_MARKS):  # Excel's "Unicode text"
        text, encoding = _utf8_of_utf16(content), "utf-16"
    else:
        if (at := content.find(0)) >= 0:
            raise TableUnreadable("nul-bytes", line=_line_at(content, at))
        text, encoding = _utf8(content, limits)
    if len(text) > limits.text_bytes:
        raise TableUnreadable("too-large", limit=limits.text_bytes)
    starts = _line_starts(text, limits)
    array = pa.LargeStringArray.from_buffers(len(starts) - 1, pa.py_buffer(starts), pa.py_buffer(text))
    return Lines(pl.Series("line", array, dtype=pl.String), encoding)


def _utf8(content: bytes, limits: Limits) -> tuple[bytes, str]:
    """UTF-8 strict, else GB18030 strict."""
    failed_at = 0
    for encoding in ("utf-8-sig", "gb18030"):
        marked = encoding == "utf-8-sig" and content.startswith(UTF8_MARK)
        body = content[len(UTF8_MARK) :] if marked else content
        out = bytearray()
        for at, piece in _pieces(body, limits):
            try:
                text = piece.decode("utf-8" if encoding == "utf-8-sig" else encoding)
            except UnicodeDecodeError as error:
                failed_at = max(failed_at, at + error.start)
                break
            if encoding == "gb18030":
                out += text.encode()
        else:
            return (bytes(out) if encoding == "gb18030" else body), encoding
    raise TableUnreadable("encoding", line=_line_at(content, failed_at))


def _pieces(content: bytes, limits: Limits) -> Iterator[tuple[int, bytes]]:
    """Whole lines of about a step: the end of a line is never part of another character in UTF-8 or GB18030."""
    at = 0
    while at < len(content):
        found = _END.search(content, at + _STEP, at + _STEP + limits.line_bytes + 1)
        end = found.end() if found else len(content)
        if end - at > _STEP + limits.line_bytes + 1:
            raise TableUnreadable("line-too-long", line=_line_at(content, at + _STEP), limit=limits.line_bytes)
        yield at, content[at:end]
        at = end


def _utf8_of_utf16(content: bytes) -> bytes:
    decoder = codecs.getincrementaldecoder("utf-16")()
    out = bytearray()
    for at in range(0, len(content), _STEP):
        try:
            text = decoder.decode(content[at : at + _STEP], final=at + _STEP >= len(content))
        except UnicodeDecodeError as error:
            raise TableUnreadable("encoding", line=out.count(b"\n") + 1) from error
        if "\0" in text:
            raise TableUnreadable("nul-bytes", line=out.count(b"\n") + text.count("\n", 0, text.index("\0")) + 1)
        out += text.encode()
    return bytes(out)


def _line_at(content: bytes, at: int) -> int:
    return content.count(b"\n", 0, at) + 1


def _line_starts(text: bytes, limits: Limits) -> npt.NDArray[np.int64]:
    """Where each line begins, and the end of the last. Lines end at \\n, \\r\\n or \\r, as for Python's csv."""
    found: list[npt.NDArray[np.int64]] = [np.zeros(1, np.int64)]
    count, last = 0, 0
    whole = np.frombuffer(text, np.uint8)
    returns = b"\r" in text
    for at in range(0, len(text), _STEP):
        part = whole[at : at + _STEP]
        ends = part == 10
        if returns:
            following = whole[at + 1 : at + 1 + len(part)]
            lone = part == 13
            lone[: len(following)] &= following != 10
            ends |= lone
        places = np.flatnonzero(ends).astype(np.int64) + at + 1
        count += len(places)
        if count > limits.rows:
            raise TableUnreadable("too-many-rows", limit=limits.rows)
        longest = np.diff(places, prepend=last).max(initial=0)
        last = int(places[-1]) if len(places) else last
        if max(longest, at + len(part) - last) > limits.line_bytes:
            raise TableUnreadable("line-too-long", line=count + 1, limit=limits.line_bytes)
        found.append(places)
    if last < len(text):
        found.append(np.array([len(text)], np.int64))
    return np.concatenate(found)
