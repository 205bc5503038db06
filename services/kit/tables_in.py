"""A table somebody exported, whatever the format, as text columns under its own headers, with line numbers.

What surrounds a table in real exports is found here and counted, never read as data: title lines above the
header, a header of two lines, headers repeated at page breaks, totals and signatures below, blank rows.
The caller says which header names it knows; this module knows no word of any domain.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from kit.grids import Grid, grids_of, kind_of
from kit.unreadable import Limits, TableUnreadable

__all__ = ["Limits", "Skipped", "Table", "TableUnreadable", "kind_of", "plain_header", "read_table"]

HEADER_ROWS = 30  # how far down a header is looked for

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

    def was_numeric(self, header: str) -> pl.Series:
        """Per row of the frame: whether that cell held a number instead of text."""
        mask = self.numeric.get(header)
        return pl.repeat(False, self.frame.height, dtype=pl.Boolean, eager=True) if mask is None else mask

    def cell(self, header: str, line: int) -> str:
        """The cell of that header in that line as a spreadsheet names it: K17."""
        number, letters = self.places[self.headers.index(header)] + 1, ""
        while number:
            number, rest = divmod(number - 1, 26)
            letters = chr(65 + rest) + letters
        return f"{letters}{line}"


def plain_header(header: str) -> str:
    """A header without what varies by hand: width, blanks, line breaks, marks of a required field."""
    text = re.sub(r"\s|[\u200b\ufeff]", "", unicodedata.normalize("NFKC", header)).lower()
    return re.sub(r"^[*＊]+|[*:：]+$|[(（](必填|选填)[)）]$", "", text)


def read_table(
    content: bytes,
    known: Collection[str] | Callable[[str], bool],
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
    knows = known if callable(known) else _membership(known)
    grids = grids_of(content, declared, limits or Limits())
    if sheet is not None:
        grids = _named(grids, sheet)
    found = [(grid, header) for grid in grids if (header := _find_header(grid, knows)) is not None]
    # Beside the table stand sheets that explain it or sum it up: they share a word or two with its header.
    most = max((header.score for _, header in found), default=0)
    found = [(grid, header) for grid, header in found if header.score * 2 > most]
    if not found:
        expected = "" if callable(known) else "、".join(sorted(known)[:6])
        raise TableUnreadable("no-header", rows=HEADER_ROWS, expected=expected)
    if len(found) > 1:
        names = "、".join(str(grid.sheet) for grid, _ in found)
        raise TableUnreadable("several-sheets", count=len(found), sheets=names)
    return _assemble(*found[0])


def _membership(names: Collection[str]) -> Callable[[str], bool]:
    plain = {plain_header(name) for name in names}
    return plain.__contains__


def _named(grids: list[Grid], sheet: str) -> list[Grid]:
    chosen = [grid for grid in grids if grid.sheet == sheet]
    if not chosen:
        raise TableUnreadable("sheet-unknown", sheet=sheet, sheets="、".join(str(grid.sheet) for grid in grids))
    return chosen


@dataclass(frozen=True)
class _Header:
    row: int  # index of its last line; -1 where the format names its columns
    lines: int
    names: tuple[str | None, ...]  # per column of the grid
    score: int  # how many of the names are known


def _find_header(grid: Grid, knows: Callable[[str], bool]) -> _Header | None:
    """The line (or pair of lines, where cells are merged downwards) that holds most known names."""
    if grid.headers is not None:
        known = sum(1 for name in grid.headers if knows(plain_header(name)))
        return _Header(row=-1, lines=0, names=grid.headers, score=known) if known else None
    best: _Header | None = None
    above: tuple[str | None, ...] = ()
    for index, row in enumerate(grid.frame.head(HEADER_ROWS).iter_rows()):
        both = tuple(low or high for low, high in zip(row, above, strict=True)) if above else row
        for names, lines in ((row, 1), (both, 2)):
            score = sum(1 for name in names if name and knows(plain_header(name)))
            if score > (best.score if best else 0):
                best = _Header(row=index, lines=lines, names=names, score=score)
        above = row
    return best


def _assemble(grid: Grid, header: _Header) -> Table:
    titled = {str(index): name for index, name in enumerate(header.names) if name}
    names = _unique([plain_text(name) for name in titled.values()])
    unheaded = [name for name in grid.frame.columns if name not in titled]
    body = grid.frame.with_row_index("line", offset=grid.first_line).slice(header.row + 1)
    cells = [pl.col(name) for name in grid.frame.columns]
    repeated = _all(pl.col(name).eq_missing(pl.lit(title)) for name, title in titled.items())
    marked = body.with_columns(
        blank=_all(cell.is_null() for cell in cells),
        repeated=repeated if header.lines else pl.lit(False),
        closing=_closing(cells, len(titled)),
        unheaded=_any(pl.col(name).is_not_null() for name in unheaded),
    )
    data = ~(pl.col("blank") | pl.col("repeated") | pl.col("closing"))
    kept = marked.filter(data)
    rows = kept["line"].to_numpy() - grid.first_line
    frame = kept.select(
        pl.col("line").cast(pl.Int32),
        *(pl.col(column).alias(name) for column, name in zip(titled, names, strict=True)),
    )
    numeric = {
        name: mask.rename(name)
        for column, name in zip(titled, names, strict=True)
        if column in grid.numeric and (mask := grid.numeric[column].gather(rows)).any()
    }
    title = header.row + 1 - header.lines
    skipped = Skipped(
        title=title,
        header=header.lines,
        repeated_header=int(marked["repeated"].sum()),
        closing=int((marked["closing"] & ~marked["repeated"]).sum()),
        blank=int(marked["blank"].sum()),
    )
    return Table(
        frame=frame,
        headers=tuple(names),
        places=tuple(map(int, titled)),
        numeric=numeric,
        skipped=skipped,
        rows_total=grid.frame.height,
        unheaded=tuple(kept.filter("unheaded")["line"].to_list()),
        kind=grid.kind,
        encoding=grid.encoding,
        sheet=grid.sheet,
    )


def _closing(cells: list[pl.Expr], width: int) -> pl.Expr:
    filled = pl.sum_horizontal(cell.is_not_null().cast(pl.Int32) for cell in cells)
    sparse = filled <= max(1, width // 3)
    return sparse & pl.coalesce(cells).str.contains(CLOSING).fill_null(False)


def _all(tests: Iterable[pl.Expr]) -> pl.Expr:
    return pl.all_horizontal(pl.lit(True), *tests)


def _any(tests: Iterable[pl.Expr]) -> pl.Expr:
    return pl.any_horizontal(pl.lit(False), *tests)


def plain_text(header: str) -> str:
    """A header as people write it in one line: merged lines joined, outer blanks off."""
    return re.sub(r"\s*[\r\n]+\s*", "", header).strip()


def _unique(names: list[str]) -> list[str]:
    """A second column of the same name becomes `name (2)`: two columns 姓名 are two people."""
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return unique
