"""The statistical division codes of twelve digits: levels, padding, a book of divisions and where an address lies.

2 province + 2 prefecture + 2 county + 3 township + 3 village. Offices write 6, 9, 12 or 15 digits of it, or only names;
a village name usually is enough inside its county. Villages are merged and re-coded every year, so a book knows from
when until when a code holds and what follows it. Package data: the national table as of 2023-06-30.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property

import polars as pl
from polars.datatypes import DataType, DataTypeClass

from china.addresses import kind_expr, township_stem_expr, village_stem_expr
from china.locating import Aliases, locate
from china.package_data import read_parquet

LEVELS = ("province", "city", "county", "township", "village")
_WIDTHS = dict(zip(LEVELS, (2, 4, 6, 9, 12), strict=True))

BOOK: dict[str, DataType | DataTypeClass] = {
    "code": pl.String,
    "name": pl.String,
    "level": pl.String,
    "parent": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
    "successors": pl.List(pl.String),
}


def pad(code: str | None) -> str | None:
    """A code of 2, 4, 6, 9, 12 or 15 digits as twelve; None for anything else.

    The old family-planning systems append three digits of their own to the village.
    """
    return pad_column(pl.Series([code], dtype=pl.String))[0]  # type: ignore[no-any-return]  # one code in, one out


def pad_column(s: pl.Series) -> pl.Series:
    """`pad` over a text column."""
    digits = s.str.normalize("NFKC").str.replace_all(r"[\s'‘’`]", "").str.replace(r"\.0+$", "")
    sound = digits.str.extract(r"^([1-9][0-9](?:[0-9]{2}){0,2}|[1-9][0-9]{8}|[1-9][0-9]{11})(?:[0-9]{3})?$")
    # Six digits and three more are nine: the township, not a county with an appendix.
    whole = pl.DataFrame({"digits": digits, "sound": sound, "size": digits.str.len_chars()})
    ok = pl.col("sound").is_not_null() & pl.col("size").is_in([2, 4, 6, 9, 12, 15])
    return whole.select(
        pl.when(ok).then(pl.col("digits").str.slice(0, 12).str.pad_end(12, "0")).alias(s.name)
    ).to_series(0)


def level_of(code: str) -> str:
    """Level of a twelve-digit code by its trailing zeros. Raises ValueError on anything that is no such code."""
    if len(code) != 12 or not code.isascii() or not code.isdigit():
        raise ValueError("a division code has twelve digits")
    return next(level for level, width in _WIDTHS.items() if int(code[width:] or "0") == 0)


def level_column(s: pl.Series) -> pl.Series:
    """`level_of` over a column; null for null."""
    frame = s.alias("code").to_frame()
    found: pl.Expr = pl.when(pl.col("code").is_not_null()).then(pl.lit("village"))
    for level in reversed(LEVELS[:-1]):
        found = (
            pl.when(pl.col("code").str.slice(_WIDTHS[level]).str.contains("^0+$")).then(pl.lit(level)).otherwise(found)
        )
    return frame.select(found.alias(s.name)).to_series(0)


def parent_of(code: str) -> str | None:
    """The division above, twelve digits; None for a province."""
    rank = LEVELS.index(level_of(code))
    return None if rank == 0 else code[: _WIDTHS[LEVELS[rank - 1]]].ljust(12, "0")


def township_of(code: str | None) -> str | None:
    """The nine digits of the township a code lies in; None for a county and above."""
    return code[:9] if code is not None and code[6:9] != "000" else None


def commonest_county(codes: pl.Series) -> str | None:
    """The six digits most of the (padded or short) codes lie in: whose files these are. None without any code."""
    counties = pad_column(codes).str.slice(0, 6).drop_nulls()
    counties = counties.filter(~counties.str.ends_with("00"))
    return (
        counties.value_counts().sort("count", counties.name, descending=[True, False])[0, 0] if len(counties) else None
    )


@cache
def _national() -> pl.DataFrame:
    return read_parquet("divisions_2023.parquet")


def divisions(prefix: str) -> pl.DataFrame:
    """The national table under a code's leading digits, with the divisions above: columns of BOOK.

    Empty for a code the table does not know: a county of one's own needs its own list.
    """
    low, high = int(prefix.ljust(12, "0")), int(prefix.ljust(12, "9"))
    above = [int(prefix[:width].ljust(12, "0")) for width in (2, 4, 6, 9) if width < len(prefix)]
    code = pl.col("code")
    below = _national().filter(code.is_between(low, high))
    rows = pl.concat([_national().filter(code.is_in([] if below.is_empty() else above)), below]).sort("code", "level")
    text = rows["code"].cast(pl.String)
    level = rows["level"].replace_strict(dict(enumerate(LEVELS, start=1)), return_dtype=pl.String)
    parents = [parent_of(one) for one in text.to_list()]
    return _as_book(pl.DataFrame({"code": text, "name": rows["name"], "level": level, "parent": parents}))


def _as_book(frame: pl.DataFrame) -> pl.DataFrame:
    have = set(frame.columns)
    frame = frame.select(
        (pl.col(name) if name in have else pl.lit(None)).cast(kind).alias(name) for name, kind in BOOK.items()
    )
    return frame.with_columns(pl.coalesce("level", level_column(frame["code"])).alias("level"))


@dataclass(frozen=True)
class AreaBook:
    """The divisions of one county (or more), as of any day.

    `frame` has code (12 digits), name, level, parent, valid_from, valid_to and may have successors (list of codes).
    """

    frame: pl.DataFrame

    @classmethod
    def of_county(cls, county: str) -> "AreaBook":
        """The book of a six-digit county from the national table, with the divisions above it."""
        return cls(divisions(county))

    @classmethod
    def of_frame(cls, frame: pl.DataFrame) -> "AreaBook":
        """A book from a frame with at least code and name; missing columns are derived or null."""
        return cls(_as_book(frame.with_columns(pad_column(frame["code"]))))

    @cached_property
    def _names(self) -> dict[str, str]:
        return dict(self.frame.sort("valid_from", nulls_last=False).select("code", "name").iter_rows())

    def __contains__(self, code: object) -> bool:
        return code in self._names

    def name(self, code: str) -> str | None:
        """The division's own name, its latest where it had several."""
        return self._names.get(code)

    def full_name(self, code: str) -> str:
        """Names from the county down: 泾源县香水镇暖水村委会; what the book does not know is left out."""
        codes = [code[:6].ljust(12, "0"), code[:9].ljust(12, "0"), code]
        return "".join(self._names.get(one, "") for one in dict.fromkeys(codes))

    def on(self, day: date) -> "AreaBook":
        """The book as it stood on that day."""
        starts = pl.col("valid_from").is_null() | (pl.col("valid_from") <= day)
        return AreaBook(self.frame.filter(starts & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= day))))

    def current(self, code: str, on: date) -> str | None:
        """The code that stands for `code` on a day: itself, or the one following where there is exactly one."""
        standing = set(self.on(on).frame["code"])
        seen: set[str] = set()
        following: Sequence[str] = [code]
        while len(following) == 1 and following[0] not in seen:
            seen.add(following[0])
            if following[0] in standing:
                return following[0]
            rows = self.frame.filter(pl.col("code") == following[0])["successors"].drop_nulls()
            following = rows[-1].to_list() if len(rows) else []
        return None

    @cached_property
    def aliases(self) -> Aliases:
        """What the book's townships and villages are called, for look-ups by name."""
        name = pl.col("name")
        towns = self.frame.filter(pl.col("level") == "township")
        villages = self.frame.filter(pl.col("level") == "village")
        return Aliases(
            townships=towns.select(
                pl.col("code").str.slice(0, 9).alias("township"), "name", township_stem_expr(name).alias("stem")
            ),
            villages=villages.select(
                "code",
                pl.col("code").str.slice(0, 9).alias("township"),
                village_stem_expr(name).alias("stem"),
                kind_expr(name).alias("kind"),
            ),
            known=self.frame.select("code", "level").unique("code", keep="first", maintain_order=True),
        )

    def locate(
        self,
        address: pl.Series,
        division: pl.Series | None = None,
        town: pl.Series | None = None,
        village: pl.Series | None = None,
    ) -> pl.DataFrame:
        """Where each row lies: area (12 digits), township (9), village_name, group, house, source.

        Any hint may be null or missing. The division code wins where it names a village of the book; else a village is
        looked for by name, among those of the township stated, else in the whole book where the name is unique there.
        `source`: division | village | township | county (what `area` rests on), null where nothing is known.
        """
        hints = {"address": address, "division": division, "town": town, "village": village}
        rows = pl.DataFrame(
            {key: hint if hint is not None else pl.Series([None], dtype=pl.String).new_from_index(0, len(address))
             for key, hint in hints.items()}
        )  # fmt: skip
        return locate(rows.with_columns(pad_column(rows["division"]).alias("division")), self.aliases)
