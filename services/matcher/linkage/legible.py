"""What linkage understands of a row, as values a human can read: for explanations and for figures by group.

The same rules as `clean`, which turns the same cells into numbers by the million; a test holds the two together.
"""

from typing import Final

import polars as pl

from china import dates, id_numbers, names, phones
from china.addresses import address_parts
from china.text import plain_column
from matcher.frames import IDENTITY, Shape, conform

LEGIBLE: Final[Shape] = {
    "id": pl.String,
    "name": pl.String,  # key: without separators, decorations and blanks, simplified characters
    "syllables": pl.String,  # toneless pinyin of the name, one syllable per character
    "foreign": pl.String,  # the name with spellings of one foreign name made equal
    "number": pl.String,  # 18 characters, 15-digit ones upgraded; null where nothing of that shape was given
    "valid": pl.Boolean,  # check digit and birth date hold
    "upgraded": pl.Boolean,
    "birth_number": pl.Int32,  # YYYYMMDD out of a number, also of one whose check digit fails
    "birth_stated": pl.Int32,
    "sex_number": pl.Int8,  # 1 male, 2 female
    "sex_stated": pl.Int8,
    "ethnic": pl.String,
    "township": pl.String,
    "village": pl.String,
    "group": pl.String,
    "house": pl.String,
    "phone": pl.String,
    "household": pl.String,
}


def legible(frame: pl.DataFrame, areas: pl.DataFrame | None = None) -> pl.DataFrame:
    """An IDENTITY frame as a LEGIBLE one, row for row. `areas` (code, name): names of townships and villages."""
    raw = conform(frame, IDENTITY)
    number = id_numbers.read_column(raw["id_number"])
    text = id_numbers.upgrade_column(number["text"])
    shaped = text.str.contains(r"^[0-9]{17}[0-9X]$").fill_null(False)
    name = names.clean_names(raw["name"])
    read = pl.DataFrame(
        {
            "id": raw["id"],
            "name": name["folded"],
            "syllables": name["syllables"],
            "foreign": name["transliterated"],
            "number": pl.select(pl.when(shaped).then(text)).to_series(),
            "valid": number["valid"].fill_null(False),
            "upgraded": number["text"].str.contains(r"^[0-9]{15}$").fill_null(False),
            "birth_number": _as_int(number["birth_date"]),
            "birth_stated": _as_int(dates.read_column(raw["birth_date"])["date"]),
            "sex_number": number["sex"].cast(pl.Int8),
            "sex_stated": _sexes(raw["sex"]),
            "ethnic": plain_column(raw["ethnic"]).str.replace("族$", ""),
            "phone": phones.clean_column(raw["phone"]),
            "household": plain_column(raw["household"]),
        }
    )
    return conform(pl.concat([read, _places(raw, areas)], how="horizontal"), LEGIBLE)


def _as_int(column: pl.Series) -> pl.Series:
    return column.dt.year() * 10000 + column.dt.month().cast(pl.Int32) * 100 + column.dt.day()


def _sexes(column: pl.Series) -> pl.Series:
    words = {"男": 1, "1": 1, "男性": 1, "M": 1, "女": 2, "2": 2, "女性": 2, "F": 2}
    return plain_column(column).replace_strict(words, default=None, return_dtype=pl.Int8)


def _places(raw: pl.DataFrame, areas: pl.DataFrame | None) -> pl.DataFrame:
    """Township, village, group and house out of the address text; what it leaves out, out of the division code."""
    parts = address_parts(raw["address"]).select("township", "village", "group", "house")
    # 东峡3队: at home nobody writes 村
    bare = plain_column(raw["address"]).str.extract_groups(r"^(?P<bare>\p{Han}{2,5})(?P<number>[0-9]{1,2})[组队社]")
    parts = parts.hstack(bare.struct.unnest())
    parts = parts.with_columns(village=pl.coalesce("village", "bare"), group=pl.coalesce("group", "number"))
    if areas is not None:
        named = areas.select("code", address_parts(areas["name"]).select("township", "village").to_struct("named"))
        named = named.unnest("named").unique("code", keep="first")
        code = raw["division"].str.pad_end(12, "0")
        parts = parts.with_columns(code=code, town=code.str.slice(0, 9) + "000")
        parts = parts.join(named.select("code", of_code="village"), on="code", how="left", maintain_order="left")
        parts = parts.join(
            named.select(town="code", of_town="township"), on="town", how="left", maintain_order="left"
        ).with_columns(village=pl.coalesce("village", "of_code"), township=pl.coalesce("township", "of_town"))
    return parts.select("township", "village", "group", "house")
