"""Cells of every kind of file as the text a spreadsheet shows, null where nothing shows, numbers marked as such."""

from collections.abc import Sequence
from datetime import date, datetime, time
from itertools import zip_longest

import orjson
import polars as pl

from kit.unreadable import Limits, TableUnreadable

# What shows nothing: white space of every script, and the zero-width marks copying leaves behind.
BLANKS = " \t\r\n\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200C))
)


def blank_to_null(frame: pl.DataFrame) -> pl.DataFrame:
    """Null for cells without a visible character; and `="640…"`, a trick to keep digits, becomes the digits.

    NUL, which JSON can write and no database of ours can keep, goes.
    """
    sent = [pl.col(name).str.replace_all("\0", "", literal=True) for name in frame.columns if _any(frame[name], "\0")]
    frame = frame.with_columns(sent)
    unwrapped = [
        pl.col(name).str.replace(r'^\s*=\s*"([^"]*)"\s*$', "$1") for name in frame.columns if _any(frame[name], '="')
    ]
    cell = pl.all()
    return frame.with_columns(unwrapped).with_columns(pl.when(cell.str.strip_chars(BLANKS) != "").then(cell))


def _any(cells: pl.Series, part: str) -> bool:
    return bool(cells.str.contains(part, literal=True).any())


def columns_of(rows: Sequence[Sequence[object]], limits: Limits) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """Rows of mixed values → columns "0", "1", … of text, with a mask of the numeric cells."""
    if len(rows) > limits.rows:
        raise TableUnreadable("too-many-rows", limit=limits.rows)
    width = max(map(len, rows), default=0)
    if width > limits.columns:
        raise TableUnreadable("too-many-columns", limit=limits.columns)
    if len(rows) * width > limits.cells:
        raise TableUnreadable("too-many-cells", limit=limits.cells)
    texts: dict[str, pl.Series] = {}
    numeric: dict[str, pl.Series] = {}
    for index, cells in enumerate(zip_longest(*rows)):
        name = str(index)
        if set(map(type, cells)) <= {str, type(None)}:
            texts[name] = pl.Series(name, cells, dtype=pl.String)
            continue
        texts[name] = pl.Series(name, [_text(cell) for cell in cells], dtype=pl.String)
        mask = pl.Series(name, [isinstance(cell, int | float) and not isinstance(cell, bool) for cell in cells])
        if mask.any():
            numeric[name] = mask
    return blank_to_null(pl.DataFrame(texts)), numeric


def stacked(blocks: Sequence[tuple[pl.DataFrame, dict[str, pl.Series]]]) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """Blocks of rows, each as `columns_of` gives it, one under the other."""
    if not blocks:
        return pl.DataFrame(), {}
    marked = dict.fromkeys(name for _, mask in blocks for name in mask)
    numeric = {
        name: pl.concat([mask.get(name, _none(name, frame.height)) for frame, mask in blocks], rechunk=True)
        for name in marked
    }
    return pl.concat([frame for frame, _ in blocks], how="diagonal", rechunk=True), numeric


def _none(name: str, height: int) -> pl.Series:
    return pl.Series(name, [False]).new_from_index(0, height)


def _text(cell: object) -> str | None:
    """A cell as a spreadsheet would show it without format: 12774.0 → 12774, a date → ISO, True → TRUE."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e22 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return orjson.dumps(cell).decode() if isinstance(cell, list | dict) else str(cell)
