"""Where the header of a table stands among the first rows of a sheet, and what each column is called.

Real exports put titles above it, give it two lines with cells merged across (户主 over 姓名 and 身份证号) or downwards,
and none of that says where: the header is the line, or pair of lines, that holds most of the names somebody knows.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kit.grids import Grid
from kit.workbooks import Span

HEADER_ROWS = 30  # how far down a header is looked for
# What a plain header is known as: False, True, or a word that several headers may share (of ten columns 姓名 the
# second says no more than the first).
Knows = Callable[[str], bool | str]
Names = tuple[str | None, ...]


@dataclass(frozen=True)
class HeaderRow:
    """A header found: the index of its last line (-1 where the format names its columns), its lines, its names."""

    row: int
    lines: int
    names: Names  # per column of the grid
    score: int  # how many of the names are known
    as_sent: tuple[Names, ...] = ()  # its lines, to know them again at a page break


def plain_header(header: str) -> str:
    """A header without what varies by hand: width, blanks, line breaks, marks of a required field."""
    text = re.sub(r"\s|[\u200b\ufeff]", "", unicodedata.normalize("NFKC", header)).lower()
    return re.sub(r"^[*＊]+|[*:：]+$|[(（](必填|选填)[)）]$", "", text)


def plain_text(header: str) -> str:
    """A header as people write it in one line: merged lines joined, outer blanks off."""
    return re.sub(r"\s*[\r\n]+\s*", "", header).strip()


def letters(column: int) -> str:
    """How a spreadsheet names a column: 0 → A, 26 → AA."""
    number, name = column + 1, ""
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name


def find_header(grid: Grid, knows: Knows) -> HeaderRow | None:
    """The line (or pair of lines) that holds most known names; None where no line holds any."""
    if grid.headers is not None:
        known = _score(grid.headers, knows)
        return HeaderRow(row=-1, lines=0, names=grid.headers, score=known) if known else None
    best: HeaderRow | None = None
    most = (0, 0)
    above: Names = ()
    spans = [span for span in grid.merged if span[0][0] < HEADER_ROWS and span[0][1] < span[1][1]]
    for index, row in enumerate(grid.frame.head(HEADER_ROWS).iter_rows()):
        over = [span for span in spans if span[0][0] == index - 1]
        both = _under(row, above, _spread(above, row, over, guess=not grid.merged), knows)
        for names, lines in ((row, (row,)), (both, (above, row))):
            score = _score(names, knows)
            # 姓名 under 户主 and 姓名 under 成员 are known by themselves; joined with their titles they say more.
            joined = sum(1 for name, low in zip(names, row, strict=True) if low and name != low)
            if score and (score, joined) > most:
                best, most = HeaderRow(index, len(lines), names, score, as_sent=lines), (score, joined)
        above = row
    return best


def _score(names: Names, knows: Knows) -> int:
    """How many of the names are known, those known as the same counted once."""
    known = [word for name in names if name and (word := knows(plain_header(name)))]
    return sum(1 for word in known if word is True) + len({word for word in known if word is not True})


def _spread(above: Names, below: Names, spans: Sequence[Span], *, guess: bool) -> Names:
    """The titles of the line above, each over all columns it is merged across.

    Where merging is not on record (CSV has none: `guess`), a title holds until the next, over columns that have a name
    below.
    """
    spread = list(above)
    for (_, left), (_, right) in spans:
        for column in range(left, min(right + 1, len(spread))):
            spread[column] = above[left]
    if guess:
        for column in range(1, len(spread)):
            if spread[column] is None and below[column] is not None:
                spread[column] = spread[column - 1]
    return tuple(spread)


def _under(row: Names, above: Names, titles: Names, knows: Knows) -> Names:
    """The names of a header of two lines: the lower, with the title over it where both together are known; else what
    stands above (cells merged downwards)."""
    if not above:
        return row
    return tuple(_joined(low, title, knows) or low or high for low, high, title in zip(row, above, titles, strict=True))


def _joined(low: str | None, title: str | None, knows: Knows) -> str | None:
    both = f"{title}{low}" if low and title else None
    return both if both and low != title and knows(plain_header(both)) else None


def unique(names: Sequence[str]) -> list[str]:
    """A second column of the same name becomes `name (2)`: two columns 姓名 are two people."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found
