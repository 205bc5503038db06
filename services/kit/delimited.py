"""CSV and its kin (tab, semicolon, bar) → text cells, exactly those Python's strict csv reader would give.

Lines without a quotation mark, lines in which every cell stands in marks and holds none, and lines in which some cells
stand in marks for nothing, are split as whole columns; csv reads what is left, and everything where it shows that the
lines were told apart wrongly. Blocks keep a million rows from ever standing in memory as Python objects.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import polars as pl

from kit.text_cells import blank_to_null, columns_of
from kit.text_lines import lines_of
from kit.unreadable import Limits, TableUnreadable

BLOCK = 50_000  # lines read in one go
CELL_CHARACTERS = 131_072  # the csv module's own bound of a cell in quotation marks; a spreadsheet's is 32 767
_MARKS = "\t,;|"
_ENDS = "\r\n"
_BARE, _AROUND, _OTHER, _INSIDE = 0, 1, 2, 3


@dataclass(frozen=True)
class Cells:
    """`frame`: the records as text columns "0", "1", …, null where blank; `lines`: the line each record begins in."""

    frame: pl.DataFrame
    lines: pl.Series
    encoding: str


class _AstrayError(Exception):
    """Quotation marks do not stand where the quick way supposes."""


def read_delimited(content: bytes, limits: Limits) -> Cells:
    """The cells of a delimited text. Raises TableUnreadable."""
    found = lines_of(content, limits)
    reader = _Reader(found.text, mark_of(found.text), limits)
    try:
        blocks = list(reader.quickly())
    except _AstrayError:
        blocks = list(reader.strictly())
    if not blocks:
        raise TableUnreadable("empty")
    columns = _joined(blocks)
    lines = columns.pop("line")
    return Cells(pl.DataFrame(columns), lines, found.encoding)


def _joined(blocks: list[pl.DataFrame]) -> dict[str, pl.Series]:
    """The columns of all blocks, one after the other: only one ever stands in memory twice."""
    widest = max(blocks, key=lambda block: block.width)
    heights = [block.height for block in blocks]
    columns = {}
    for name in widest.columns:
        parts = [
            block[name] if name in block.columns else _blank(name, height)
            for block, height in zip(blocks, heights, strict=True)
        ]
        columns[name] = pl.concat(parts, rechunk=True)
        blocks[:] = [block.drop(name, strict=False) for block in blocks]
    return columns


def _blank(name: str, height: int) -> pl.Series:
    return pl.Series(name, [None], dtype=pl.String).new_from_index(0, height)


def mark_of(text: pl.Series) -> str:
    """What stands between cells, by the first lines of a text; inside of quotation marks it may be anything."""
    head = "".join(line[:65536] for line in text.head(50))[:65536]
    between = re.sub('"[^"]*"', "", head)
    return max(_MARKS, key=lambda mark: (between.count(mark), head.count(mark), mark == ","))


@dataclass(frozen=True)
class _Reader:
    text: pl.Series  # physical lines with their ends
    mark: str
    limits: Limits

    def quickly(self) -> Iterator[pl.DataFrame]:
        """Blocks of records in order, each with its "line"; a block begins and ends outside of quotation marks."""
        quotes = self.text.str.count_matches('"', literal=True)
        outside = (np.cumsum(quotes.to_numpy(), dtype=np.int64) % 2 == 0).nonzero()[0] + 1
        begin = 0
        while begin < self.text.len():
            place = int(np.searchsorted(outside, begin + BLOCK))
            end = int(outside[place]) if place < len(outside) else self.text.len()
            if end - begin > 2 * BLOCK:
                raise _AstrayError
            yield self._block(begin, self.text.slice(begin, end - begin), quotes.slice(begin, end - begin))
            begin = end

    def _block(self, begin: int, text: pl.Series, quotes: pl.Series) -> pl.DataFrame:
        frame = pl.DataFrame({"text": text, "quotes": quotes}).with_row_index("line", offset=begin + 1)
        if not quotes.sum():
            return self._split(frame, self.mark)
        frame = frame.with_columns(kind=_kinds(text, quotes, self.mark))
        bare, around = (frame.filter(kind=kind) for kind in (_BARE, _AROUND))
        other = frame.filter(pl.col("kind") >= _OTHER).with_columns(plain=_unmarked(pl.col("text"), self.mark))
        vain = (pl.col("kind") == _OTHER) & ~pl.col("plain").str.contains('"', literal=True)
        plain, other = other.filter(vain).with_columns(text="plain"), other.filter(~vain)
        inner = pl.col("text").str.strip_chars_end(_ENDS).str.strip_prefix('"').str.strip_suffix('"')
        parts = [
            self._split(bare, self.mark),
            self._split(around.with_columns(inner), f'"{self.mark}"'),
            self._split(plain, self.mark),
            *self._by_csv(other["line"].to_list(), other["text"].to_list()),
        ]
        return pl.concat([part for part in parts if part.height], how="diagonal").sort("line")

    def _split(self, frame: pl.DataFrame, mark: str) -> pl.DataFrame:
        """Lines that hold nothing but cells and `mark` between them."""
        text = frame["text"].str.strip_chars_end(_ENDS)
        most = text.str.count_matches(mark, literal=True).max()
        width = (most if isinstance(most, int) else 0) + 1
        self._check_width(width)
        parts = text.str.split_exact(mark, width - 1).struct.unnest()
        parts.columns = [str(index) for index in range(width)]
        return blank_to_null(parts).insert_column(0, frame["line"].cast(pl.Int32))

    def _by_csv(self, numbers: list[int], lines: list[str]) -> Iterator[pl.DataFrame]:
        """What csv makes of some lines of a block. A record that reaches over a gap between them was none."""
        reader = csv.reader(lines, delimiter=self.mark, strict=True)
        records: list[list[str]] = []
        begins: list[int] = []
        read = 0
        try:
            for record in reader:
                begin, read = read, reader.line_num
                if numbers[read - 1] - numbers[begin] != read - 1 - begin:
                    raise _AstrayError
                records.append(record)
                begins.append(begin)
        except csv.Error as error:
            raise _AstrayError from error
        yield self._frame(records, [numbers[begin] for begin in begins])

    def strictly(self) -> Iterator[pl.DataFrame]:
        """Blocks of records as csv reads them, one after the other."""
        every = (line for at in range(0, self.text.len(), BLOCK) for line in self.text.slice(at, BLOCK).to_list())
        reader = csv.reader(every, delimiter=self.mark, strict=True)
        read = 0
        while True:
            records: list[list[str]] = []
            begins: list[int] = []
            try:
                for record in islice(reader, BLOCK):
                    records.append(record)
                    begins.append(read + 1)
                    read = reader.line_num
            except csv.Error as error:
                code = "cell-too-long" if "field limit" in str(error) else "quotes"
                raise TableUnreadable(code, line=read + 1, limit=CELL_CHARACTERS) from error
            if not records:
                return
            yield self._frame(records, begins)

    def _frame(self, records: list[list[str]], lines: list[int]) -> pl.DataFrame:
        self._check_width(max(map(len, records), default=0))
        cells, _ = columns_of(records, self.limits)
        line = pl.Series("line", lines, dtype=pl.Int32)
        return cells.insert_column(0, line) if cells.width else line.to_frame()

    def _check_width(self, width: int) -> None:
        if width > self.limits.columns:
            raise TableUnreadable("too-many-columns", limit=self.limits.columns)
        if width * self.text.len() > self.limits.cells:
            raise TableUnreadable("too-many-cells", limit=self.limits.cells)


def _kinds(text: pl.Series, quotes: pl.Series, mark: str) -> pl.Series:
    """How each line of a block that begins outside of quotation marks may be read.

    _BARE holds none. _AROUND: without its first and last, the only ones are those of each `","`, so that it can be
    read one way only. Whether a line begins inside a cell (_INSIDE) is supposed here by counting; where that is wrong,
    csv meets a record that does not end with its lines.
    """
    inside = (quotes.cum_sum() - quotes) % 2 == 1
    line = text.str.strip_chars_end(_ENDS)
    ends = line.str.starts_with('"') & line.str.ends_with('"')
    between = line.str.slice(1).str.strip_suffix('"').str.count_matches(f'"{mark}"', literal=True)
    kinds = pl.DataFrame({"inside": inside, "bare": quotes == 0, "around": ends & (quotes == 2 * between + 2)})
    kind = pl.when("inside").then(_INSIDE).when("bare").then(_BARE).when("around").then(_AROUND).otherwise(_OTHER)
    return kinds.select(kind.cast(pl.UInt8)).to_series(0)


def _unmarked(line: pl.Expr, mark: str) -> pl.Expr:
    """Lines without the quotation marks around cells that hold neither those nor `mark`. Where none is left, that is
    all the line says: the first opens a cell, the next closes it, and so on."""
    around = f'[{mark}]"([^"{mark}]*)"[{mark}]'
    bare = pl.lit(mark) + line.str.strip_chars_end(_ENDS) + pl.lit(mark)
    for _ in range(2):  # of two such cells side by side the first takes the mark between them
        bare = bare.str.replace_all(around, mark + "${1}" + mark)
    return bare.str.strip_prefix(mark).str.strip_suffix(mark)
