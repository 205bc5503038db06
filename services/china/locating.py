"""Names of townships and villages → codes, for a whole column of addresses against one county's book.

Officials leave out the township, the word 村, or both. A village name that only one township has is enough; one that
several have needs the township, from the address itself, from its own column or from a division code; else the row
stays at the township, or nowhere: a wrong township would send the wrong people to the door.
"""

import re
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from china.addresses import address_parts, township_stem_expr, village_parts
from china.text import plain_column

RESULT = ("area", "township", "village_name", "group", "house", "source")


@dataclass(frozen=True)
class Aliases:
    """townships: township (9 digits), name, stem. villages: code, township, stem, kind. known: code, level."""

    townships: pl.DataFrame
    villages: pl.DataFrame
    known: pl.DataFrame

    @cached_property
    def pattern(self) -> str:
        """Finds a village's name, perhaps behind its township's, where the usual suffixes are missing."""
        towns, villages = _alternatives(self.townships["stem"]), _alternatives(self.villages["stem"])
        before = rf"(?:^|县|区|市|镇|乡|街道|(?P<town>{towns})(?:镇|乡|街道)?)"
        return rf"{before}(?P<village>{villages})(?:$|[村社居嘎0-9第])"


def _alternatives(stems: pl.Series) -> str:
    """A regular expression of the names, longest first, as the first that fits is taken."""
    names = sorted(set(stems.drop_nulls()), key=lambda stem: (-len(stem), stem))
    return "|".join(re.escape(name) for name in names) or r"[^\s\S]"


def locate(rows: pl.DataFrame, book: Aliases) -> pl.DataFrame:
    """Columns of RESULT for rows with address, division (12 digits), town, village; computed once per distinct row."""
    keys = ["address", "division", "town", "village"]
    distinct = rows.unique(maintain_order=True).with_row_index("q")
    asked = _asked(distinct, book)
    found = _villages(asked, book)
    missed = asked.join(found, on="q", how="anti")
    found = pl.concat([found, _villages(_by_any_name(missed, book), book)])
    answer = _answer(asked.join(found, on="q", how="left", maintain_order="left"), book)
    table = pl.concat([distinct.select(keys), answer], how="horizontal")
    return rows.join(table, on=keys, how="left", nulls_equal=True, maintain_order="left").select(RESULT)


def _asked(distinct: pl.DataFrame, book: Aliases) -> pl.DataFrame:
    """What each row says: the township of the address and of its column as codes, the village's stem and kind."""
    parts = address_parts(distinct["address"])
    column = village_parts(distinct["village"])
    frame = distinct.with_columns(
        parts["township"].alias("said"),
        pl.coalesce(column["village"], parts["village"]).alias("stem"),
        pl.when(column["village"].is_not_null()).then(column["kind"]).otherwise(parts["kind"]).alias("kind"),
        parts["group"],
        parts["house"],
        plain_column(distinct["town"]).alias("town_said"),
    )
    code = {
        name: _township(pl.col(column), book) for name, column in (("of_address", "said"), ("of_town", "town_said"))
    }
    known = book.known["code"].implode()
    return frame.with_columns(
        pl.when(pl.col("division").is_in(known)).then(pl.col("division")).alias("of_division"),
        **code,
    ).with_columns(hint=pl.col("of_division").str.slice(0, 9))


def _township(said: pl.Expr, book: Aliases) -> pl.Expr:
    """The nine digits of a township by its whole name, else by its stem where only one has it (城关镇, 城关乡)."""
    found = [
        words.replace_strict(
            dict(book.townships.unique(key, keep="none").select(key, "township").iter_rows()),
            default=None,
            return_dtype=pl.String,
        )
        for key, words in (("name", said), ("stem", township_stem_expr(said)))
    ]
    return pl.coalesce(found)


def _villages(asked: pl.DataFrame, book: Aliases) -> pl.DataFrame:
    """q → village code, where exactly one village of that stem fits best."""
    fits = asked.filter(pl.col("stem").is_not_null()).join(book.villages, on="stem", how="inner", suffix="_book")
    fits = fits.filter(pl.col("of_address").is_null() | (pl.col("of_address") == pl.col("township")))
    same = [
        (pl.col("of_town") == pl.col("township")).fill_null(False).cast(pl.Int8) * 4,
        (pl.col("hint") == pl.col("township")).fill_null(False).cast(pl.Int8) * 2,
        (pl.col("kind") == pl.col("kind_book")).fill_null(False).cast(pl.Int8),
    ]
    fits = fits.with_columns(score=pl.sum_horizontal(same))
    # A code that stands in the book under several names or periods is still one village.
    best = fits.filter(pl.col("score") == pl.col("score").max().over("q")).unique(["q", "code"], maintain_order=True)
    return best.filter(pl.len().over("q") == 1).select("q", "code")


def _by_any_name(missed: pl.DataFrame, book: Aliases) -> pl.DataFrame:
    """Rows whose text names a township or village of the book without the usual suffixes: 香水暖水3组, 中村坝村."""
    if missed.is_empty() or book.villages.is_empty():
        return missed
    text = pl.coalesce(plain_column(missed["village"]), plain_column(missed["address"])).str.replace_all(" ", "")
    taken = missed.with_columns(text.alias("text")).with_columns(groups=pl.col("text").str.extract_groups(book.pattern))
    return taken.with_columns(
        stem=pl.col("groups").struct.field("village"),
        of_address=pl.coalesce(
            "of_address",
            _township(pl.col("groups").struct.field("town"), book),
        ),
    ).select(missed.columns)


def _answer(asked: pl.DataFrame, book: Aliases) -> pl.DataFrame:
    levels = dict(book.known.iter_rows())
    stems = dict(book.villages.select("code", "stem").iter_rows())
    level = pl.col("of_division").replace_strict(levels, default=None, return_dtype=pl.String)
    town_code = pl.coalesce("of_address", "of_town", pl.when(level.is_in(["township", "village"])).then(pl.col("hint")))
    frame = asked.with_columns(
        area=pl.when(level == "village")
        .then(pl.col("of_division"))
        .otherwise(pl.coalesce(pl.col("code"), town_code + "000", pl.col("of_division"))),
        source=pl.when(level == "village")
        .then(pl.lit("division"))
        .when(pl.col("code").is_not_null())
        .then(pl.lit("village"))
        .when(town_code.is_not_null())
        .then(pl.lit("township"))
        .when(pl.col("of_division").is_not_null())
        .then(pl.lit("county")),
    )
    return frame.select(
        "area",
        township=pl.when(pl.col("area").str.slice(6, 3) != "000").then(pl.col("area").str.slice(0, 9)),
        village_name=pl.coalesce(
            pl.col("area").replace_strict(stems, default=None, return_dtype=pl.String), pl.col("stem")
        ),
        group=pl.col("group"),
        house=pl.col("house"),
        source=pl.col("source"),
    )
