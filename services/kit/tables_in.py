"""A table somebody exported, whatever the format, as text columns under its own headers, with line numbers.

What surrounds a table in real exports is found here and counted, never read as data: title lines above the
header, a header of two lines, headers repeated at page breaks, totals and signatures below, blank rows. A book may
hold one table per township: `read_tables` gives each sheet. A cell merged downwards speaks for all its rows.
The caller says which header names it knows; this module knows no word of any domain.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from kit.grids import Grid, grids_of, kind_of
from kit.header_rows import HEADER_ROWS, HeaderRow, Knows, find_header, letters, plain_header, plain_text, unique
from kit.other_encodings import written_otherwise
from kit.unreadable import Limits, TableUnreadable

__all__ = [
    "Book", "Limits", "Skipped", "Table", "TableUnreadable", "kind_of", "plain_header", "plain_text", "read_lettered",
    "read_table", "read_tables",
]  # fmt: skip

# The first words of a row that sums up or signs a table. Such a row fills few cells, so a person named 合计
# in a full row stays a person.
CLOSING = (
    r"^\s*(合\s*计|总\s*计|共\s*计|小\s*计|本页合计|累计|制表|填表|审核人|负责人|单位(负责人|盖章)"
    r"|备\s*注[:：]|说\s*明|注[:：\d])"
)


@dataclass(frozen=True)
class Skipped:
    """Rows of the sheet that are no data. With the rows of the frame they are all the rows there were."""

    title: int  # above the header
    header: int  # the header itself: 1, or 2 where it has two lines; 0 where the format names its columns
    repeated_header: int
    closing: int  # totals, signatures
    blank: int


@dataclass(frozen=True)
class Table:
    """One table: `frame` has "line" (Int32, as a spreadsheet shows it) and one text column per header, null = blank.

    `numeric` marks, per column that has any, the rows whose cell held a number where text may be due: an 18-digit
    identifier there kept 15 digits. `unheaded` lists the lines with
    a filled cell under no header at all: a shifted row, or a column somebody forgot to name.
    """

    frame: pl.DataFrame
    headers: tuple[str, ...]
    places: tuple[int, ...]  # of each header: which column of the sheet, 0 = A
    numeric: Mapping[str, pl.Series]
    skipped: Skipped
    rows_total: int
    unheaded: tuple[int, ...]
    kind: str
    encoding: str | None
    sheet: str | None
    header_line: int | None = None  # the last line of the header, where it has one
    nameless: tuple[str, ...] = ()  # of the headers: columns that have none and are called by their letters

    def was_numeric(self, header: str) -> pl.Series:
        """Per row of the frame: whether that cell held a number instead of text."""
        mask = self.numeric.get(header)
        return pl.repeat(False, self.frame.height, dtype=pl.Boolean, eager=True) if mask is None else mask

    def cell(self, header: str, line: int) -> str:
        """The cell of that header in that line as a spreadsheet names it: K17."""
        return f"{letters(self.places[self.headers.index(header)])}{line}"


@dataclass(frozen=True)
class Book:
    """All tables of a file: one per sheet that has the header looked for, in the order of the book."""

    tables: tuple[Table, ...]
    beside: tuple[str, ...] = ()  # visible sheets that are no table of it: explanations, summaries
    hidden: tuple[str, ...] = ()  # sheets nobody sees: never read


def read_table(
    content: bytes,
    known: Collection[str] | Knows,
    *,
    declared: str | None = None,
    sheet: str | None = None,
    limits: Limits | None = None,
) -> Table:
    """Read the one table of a file.

    `known` are the header names the caller understands (compared by `plain_header`), or a test on a plain header;
    the header is the line that holds most of them. `declared` is one of `grids.KINDS` (see `kind_of`), a hint.
    Raises TableUnreadable, which says the way out.
    """
    book = read_tables(content, known, declared=declared, sheet=sheet, limits=limits)
    if len(book.tables) > 1:
        names = "、".join(str(table.sheet) for table in book.tables)
        raise TableUnreadable("several-sheets", count=len(book.tables), sheets=names)
    return book.tables[0]


def read_tables(  # noqa: PLR0913 - what may be said of a file, each by its name
    content: bytes,
    known: Collection[str] | Knows,
    *,
    declared: str | None = None,
    sheet: str | None = None,
    limits: Limits | None = None,
    nameless: bool = False,
    enough: Callable[[Sequence[str]], bool] | None = None,
) -> Book:
    """Every table of a file that has a header as `known` says (see read_table).

    `nameless`: columns without a header are kept where they hold anything, called by their letters. `enough` says of
    the headers of a sheet whether it is a table of its own, however few of them are known beside another's.
    """
    knows = known if callable(known) else _membership(known)
    grids = grids_of(content, declared, limits or Limits())
    if sheet is not None:
        grids = _named(grids, sheet)
    found = [(grid, header) for grid in grids if (header := find_header(grid, knows)) is not None]
    # Beside the table stand sheets that explain it or sum it up: they share a word or two with its header.
    most = max((header.score for _, header in found), default=0)
    found = [
        (grid, header)
        for grid, header in found
        if header.score * 2 > most or (enough is not None and enough([name for name in header.names if name]))
    ]
    if not found:
        if any(grid.encoding == "gb18030" and written_otherwise(grid.frame, knows) for grid in grids):
            raise TableUnreadable("encoding", line=1)
        expected = "" if callable(known) else "、".join(sorted(known)[:6])
        raise TableUnreadable("no-header", rows=HEADER_ROWS, expected=expected)
    return _book(grids, [(grid, _assemble(grid, header, nameless=nameless)) for grid, header in found])


def read_lettered(
    content: bytes,
    begins: Callable[[pl.DataFrame], int | None],
    *,
    declared: str | None = None,
    limits: Limits | None = None,
) -> Book:
    """Every sheet without a header as a table whose columns are called by their letters.

    `begins` is shown the cells of a sheet (columns "0", "1", …) and says in which row its data begin, None where the
    sheet is no data. Raises TableUnreadable.
    """
    grids = grids_of(content, declared, limits or Limits())
    begun = [(grid, row) for grid in grids if grid.headers is None and (row := begins(grid.frame)) is not None]
    if not begun:
        raise TableUnreadable("no-header", rows=HEADER_ROWS, expected="")
    tables = []
    for grid, row in begun:
        nothing = HeaderRow(row=row - 1, lines=0, names=(None,) * grid.frame.width, score=0)
        tables.append((grid, _assemble(grid, nothing, nameless=True)))
    return _book(grids, tables)


def _book(grids: list[Grid], found: list[tuple[Grid, Table]]) -> Book:
    taken = {id(grid) for grid, _ in found}
    return Book(
        tables=tuple(table for _, table in found),
        beside=tuple(str(grid.sheet) for grid in grids if id(grid) not in taken),
        hidden=grids[0].hidden,
    )


def _membership(names: Collection[str]) -> Knows:
    plain = {plain_header(name) for name in names}
    return plain.__contains__


def _named(grids: list[Grid], sheet: str) -> list[Grid]:
    chosen = [grid for grid in grids if grid.sheet == sheet]
    if not chosen:
        raise TableUnreadable("sheet-unknown", sheet=sheet, sheets="、".join(str(grid.sheet) for grid in grids))
    return chosen


def _assemble(grid: Grid, header: HeaderRow, *, nameless: bool = False) -> Table:
    named = {str(index): plain_text(name) for index, name in enumerate(header.names) if name}
    unheaded = [name for name in grid.frame.columns if name not in named]
    marked = _marked(grid, header, named)
    kept = marked.filter(~(pl.col("blank") | pl.col("repeated") | pl.col("closing")))
    spare = [name for name in unheaded if nameless and kept[name].is_not_null().any()]
    titled = {name: named.get(name) or _lettered(name) for name in grid.frame.columns if name in named or name in spare}
    names = unique(list(titled.values()))
    rows = kept["place"]
    frame = _filled_down(grid, header.row + 1)[rows].select(
        kept["line"],
        *(pl.col(column).alias(name) for column, name in zip(titled, names, strict=True)),
    )
    return Table(
        frame=frame,
        headers=tuple(names),
        places=tuple(map(int, titled)),
        numeric=_numeric(grid, dict(zip(titled, names, strict=True)), rows),
        skipped=_skipped(marked, header),
        rows_total=grid.frame.height,
        unheaded=tuple(kept.filter("unheaded")["line"].to_list()),
        kind=grid.kind,
        encoding=grid.encoding,
        sheet=grid.sheet,
        header_line=_line_of(grid, header),
        nameless=tuple(name for column, name in zip(titled, names, strict=True) if column in spare),
    )


def _line_of(grid: Grid, header: HeaderRow) -> int | None:
    if header.row < 0 or not header.lines:
        return None
    return header.row + 1 if grid.lines is None else int(grid.lines[header.row])


def _lettered(column: str) -> str:
    return f"{letters(int(column))}列"


def _filled_down(grid: Grid, first: int) -> pl.DataFrame:
    """The cells, with what a cell merged over several rows of data says put into each of them."""
    height, width = grid.frame.height, grid.frame.width
    sources: dict[int, np.ndarray] = {}
    left_over = height * width  # merged cells never overlap: a book in which they do was not made by a spreadsheet
    for (top, left), (bottom, _) in grid.merged:
        last = min(bottom, height - 1)
        if top >= first and last > top and left < width:
            left_over -= last - top
            if left_over < 0:
                raise TableUnreadable("broken", kind=grid.kind)
            sources.setdefault(left, np.arange(height))[top : last + 1] = top
    return grid.frame.with_columns(
        **{str(column): grid.frame[str(column)].gather(of) for column, of in sources.items()}
    )


def _marked(grid: Grid, header: HeaderRow, named: Mapping[str, str]) -> pl.DataFrame:
    """The rows below the header, each with what it is: blank, the header again, a total, filled under no header."""
    body = grid.numbered().slice(header.row + 1)
    cells = [pl.col(name) for name in grid.frame.columns]
    again = (
        _all(pl.col(name).eq_missing(pl.lit(line[int(name)], dtype=pl.String)) for name in grid.frame.columns)
        for line in header.as_sent
        if any(line)
    )
    return body.with_columns(
        blank=_all(cell.is_null() for cell in cells),
        repeated=_any(again),
        closing=_closing(cells, len(named) or len(cells)),
        unheaded=_any(pl.col(name).is_not_null() for name in grid.frame.columns if name not in named),
    )


def _numeric(grid: Grid, names: Mapping[str, str], rows: pl.Series) -> dict[str, pl.Series]:
    return {
        name: mask.rename(name)
        for column, name in names.items()
        if column in grid.numeric and (mask := grid.numeric[column].gather(rows)).any()
    }


def _skipped(marked: pl.DataFrame, header: HeaderRow) -> Skipped:
    return Skipped(
        title=header.row + 1 - header.lines,
        header=header.lines,
        repeated_header=int(marked["repeated"].sum()),
        closing=int((marked["closing"] & ~marked["repeated"]).sum()),
        blank=int(marked["blank"].sum()),
    )


def _closing(cells: list[pl.Expr], width: int) -> pl.Expr:
    filled = pl.sum_horizontal(cell.is_not_null().cast(pl.Int32) for cell in cells)
    sparse = filled <= max(1, width // 3)
    return sparse & pl.coalesce(cells).str.contains(CLOSING).fill_null(False)


def _all(tests: Iterable[pl.Expr]) -> pl.Expr:
    return pl.all_horizontal(pl.lit(True), *tests)


def _any(tests: Iterable[pl.Expr]) -> pl.Expr:
    return pl.any_horizontal(pl.lit(False), *tests)
