"""Text that fits GB18030 by chance: Big5, Shift-JIS and EUC-KR do, as other characters. Known headers tell."""

from collections.abc import Callable

import polars as pl

from kit.header_rows import plain_header

_OTHERS = ("big5", "shift_jis", "euc_kr")
_ROWS = 30


def written_otherwise(frame: pl.DataFrame, knows: Callable[[str], bool | str]) -> bool:
    """Whether the first rows, which were read as GB18030, hold a known header when read as another encoding."""
    cells = {cell for row in frame.head(_ROWS).iter_rows() for cell in row if cell}
    sent = [cell.encode("gb18030") for cell in cells]
    return any(knows(plain_header(cell.decode(encoding, errors="ignore"))) for encoding in _OTHERS for cell in sent)
