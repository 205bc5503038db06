"""Township, village, group and house of addresses, row by row.

Almost every address of a county is one of a few hundred villages with a group's and a house's number behind it. Such
cells are read from their bytes, and `china` is asked once per village: about an address with other numbers, which its
rules do not tell from these. Every other cell goes through them whole.
"""

from typing import Final, NamedTuple

import numpy as np
import polars as pl

from china.addresses import address, address_parts
from matcher.linkage import cells
from matcher.linkage.cells import FEW, NONE, Bytes, Cells, Flags, Hashes, Offsets, distinct, plain_values, text_hash
from matcher.linkage.kernel import Int, compiled, lent

_PARTS: Final = ("township", "village", "group", "house")
_MOST_DIGITS: Final = 3
_GROUP_SIGN: Final = np.frombuffer("组".encode(), dtype=np.uint8)
_HOUSE_SIGN: Final = np.frombuffer("号".encode(), dtype=np.uint8)
# Numbers of more digits than are read here: what `china` finds to be these stood where they were put.
_GROUP: Final = "1007"
_HOUSE: Final = "1009"


class Places(NamedTuple):
    """Hashes of words and of digits, −1 = nothing given."""

    township: Hashes
    village: Hashes
    group: Hashes
    house: Hashes


def places_of(addresses: pl.Series) -> Places:
    """The places that the cells of a column name."""
    if len(addresses) <= FEW:
        return _read(addresses)
    text = Cells.of(addresses)
    stem, group, house = (np.full(len(addresses), NONE, dtype=np.int64) for _ in range(3))
    _numbered(text.data, text.offsets, text.empty, (stem, group, house))
    told = cells.coded(stem)
    villages = addresses.gather(told.first).str.replace(r"[0-9].*$", f"{_GROUP}组{_HOUSE}号")
    parts = address_columns(villages)
    sure = (parts["group"] == _GROUP) & (parts["house"] == _HOUSE) & parts["village"].is_not_null()
    read = told.spread(sure.fill_null(False).to_numpy(), False)
    township, village = (told.spread(cells.hashes(parts[name]), NONE) for name in ("township", "village"))
    found = Places(township, village, group, house)
    rows = np.flatnonzero(~read & ~text.empty)
    for column, others in zip(found, _read(addresses.gather(rows)), strict=True):
        column[rows] = others
    return found


def _read(addresses: pl.Series) -> Places:
    """As `places_of`, equal cells once."""
    told = distinct(addresses)
    parts = address_columns(told.values)
    return Places(*(told.spread(cells.hashes(parts[name]), NONE) for name in _PARTS))


@compiled
def _numbered(data: Bytes, offsets: Offsets, empty: Flags, out: tuple[Hashes, Hashes, Hashes]) -> None:
    """Hashes of what stands before the numbers, of the group and of the house, where a cell is Han characters and
    behind them a group's number and maybe a house's."""
    data, (stems, groups, houses) = lent(data), out
    for row in range(len(empty)):
        start, end = offsets[row], offsets[row + 1]
        if empty[row]:
            continue
        house = _digits_before(data, start, end, _HOUSE_SIGN)
        group = _digits_before(data, start, house, _GROUP_SIGN)
        if group == house or not _all_han(data, start, group):
            continue
        stems[row] = text_hash(data, start, group)
        groups[row] = text_hash(data, group, house - len(_GROUP_SIGN))
        if house < end:
            houses[row] = text_hash(data, house, end - len(_HOUSE_SIGN))


@compiled
def _digits_before(data: Bytes, start: Int, end: Int, sign: Bytes) -> Int:
    """Where the digits begin that stand with `sign` behind them at the end; `end` where they do not."""
    last = end - len(sign)
    if last <= start:
        return end
    for place in range(len(sign)):
        if data[last + place] != sign[place]:
            return end
    first = last
    while first > start and 48 <= data[first - 1] <= 57:
        first -= 1
    if first == last or last - first > _MOST_DIGITS or data[first] == 48:
        return end
    return first


@compiled
def _all_han(data: Bytes, start: Int, end: Int) -> bool:
    """Whether there are but characters of U+4E00 to U+9FFF, and some."""
    if end <= start or (end - start) % 3:
        return False
    for place in range(start, end, 3):
        point = (np.int64(data[place]) & 15) << 12 | (np.int64(data[place + 1]) & 63) << 6
        if data[place] >> 4 != 14 or point < 0x4E00 or point >= 0xA000:
            return False
    return True


def address_columns(values: pl.Series) -> pl.DataFrame:
    """township, village, group and house of addresses; of few one by one."""
    if len(values) <= FEW:
        read = [address(at_home) for at_home in values.to_list()]
        parts = pl.DataFrame(
            {name: [getattr(one, name) for one in read] for name in _PARTS}, schema=dict.fromkeys(_PARTS, pl.String)
        )
    else:
        parts = address_parts(values).select(_PARTS)
    # 东峡3队: at home nobody writes 村
    bare = plain_values(values).str.extract_groups(r"^(?P<bare>\p{Han}{2,5})(?P<number>[0-9]{1,2})[组队社]")
    parts = parts.hstack(bare.struct.unnest())
    return parts.select(
        "township", pl.coalesce("village", "bare"), pl.coalesce("group", "number").alias("group"), "house"
    )
