"""`clean` for a few descriptions, one by one: somebody waits for a query, and a column of one costs a hundred times
what its row does.

Every rule is china's own for one text, every hash that of `cells`; a property test holds what comes out to `clean`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from china import dates, id_numbers, phones
from china.addresses import address
from china.one_text import pattern
from china.text import plain
from matcher.linkage import cells
from matcher.linkage.cells import NONE, Distinct
from matcher.linkage.clean import _SEXES, Cleaned, Parts, clean

Row = Mapping[str, str | None]
Named = Mapping[str, tuple[int, int]]  # code → hashes of the township and the village it names
_BARE: Final = r"^(\p{Han}{2,5})([0-9]{1,2})[组队社]"  # 东峡3队: at home nobody writes 村
_WORDS: Final = ("ethnic", "township", "village", "group", "house")


def named(areas: pl.DataFrame | None) -> Named:
    """What the codes of these divisions (see `clean`) name."""
    if areas is None:
        return {}
    codes = areas["code"].unique().sort()
    read = clean(pl.DataFrame({"id": codes, "division": codes}), areas)
    pairs = zip(read.township.tolist(), read.village.tolist(), strict=True)
    return dict(zip(codes.to_list(), pairs, strict=True))


def clean_few(rows: Sequence[Row], places: Named) -> Cleaned:
    """Descriptions (IDENTITY, text as sent; whatever is left out was not said), without a household."""
    numbers, upgraded = _numbers([row.get("id_number") for row in rows])
    words = [word for row in rows for word in _words(row)]
    hashed = cells.hashes(pl.Series(words, dtype=pl.String)).reshape(len(rows), len(_WORDS))
    for place, row in enumerate(rows):
        _fill(hashed[place], row.get("division"), places)
    return Cleaned(
        ids=pl.Series([row.get("id") for row in rows], dtype=pl.String),
        names=_distinct([row.get("name") for row in rows]),
        numbers=numbers,
        upgraded=upgraded,
        birth_stated=np.array([_day(row.get("birth_date")) for row in rows], dtype=np.int32),
        sex_stated=np.array([_SEXES.get(plain(row.get("sex")) or "", 0) for row in rows], dtype=np.int8),
        phone=np.array([_phone(row.get("phone")) for row in rows], dtype=np.int64),
        household=np.full(len(rows), NONE, dtype=np.int64),
        **{name: hashed[:, place] for place, name in enumerate(_WORDS)},
    )


def _numbers(texts: Sequence[str | None]) -> tuple[Parts, NDArray[np.bool_]]:
    read = [id_numbers.clean(text) for text in texts]
    old = [text is not None and re.fullmatch("[0-9]{15}", text) is not None for text in read]
    whole = [id_numbers.upgrade(text) if short and text else text for text, short in zip(read, old, strict=True)]
    found = cells.plain_numbers(pl.Series(whole, dtype=pl.String))
    found["ask"] = False  # what has another shape is no number
    return found, np.array(old, dtype=np.bool_)


def _words(row: Row) -> tuple[str | None, ...]:
    """_WORDS as they are hashed."""
    group, home = plain(row.get("ethnic")), address(row.get("address"))
    bare = pattern(_BARE).search(plain(row.get("address")) or "")
    return (
        None if group is None else group.removesuffix("族"),
        home.township,
        home.village or (bare[1] if bare else None),
        home.group or (bare[2] if bare else None),
        home.house,
    )


def _fill(words: NDArray[np.int64], division: str | None, places: Named) -> None:
    """Township and village that the address leaves out, out of the division."""
    if division is None:
        return
    code = division.ljust(12, "0")
    told = (places.get(f"{code[:9]}000", (NONE, NONE))[0], places.get(code, (NONE, NONE))[1])
    for place, known in enumerate(told, start=1):
        if words[place] == NONE:
            words[place] = known


def _distinct(texts: Sequence[str | None]) -> Distinct:
    first: dict[str, int] = {}
    for place, text in enumerate(texts):
        if text is not None:
            first.setdefault(text, place)
    numbers = {text: number for number, text in enumerate(first)}
    codes = [NONE if text is None else numbers[text] for text in texts]
    values = pl.Series(list(first), dtype=pl.String)
    return Distinct(np.array(codes, dtype=np.int32), np.array(list(first.values()), dtype=np.int32), values)


def _day(text: str | None) -> int:
    read = dates.read(text)
    day = read.day if read else None
    return 0 if day is None else day.year * 10000 + day.month * 100 + day.day


def _phone(text: str | None) -> int:
    read = phones.read(text)
    digits = read.phone if read else None
    if digits is None:
        return NONE
    return int(f"1{digits}" if digits.startswith("0") else digits)  # so that the nought of an area code counts
