"""The groups a certificate speaks of: who is linked worse than others would otherwise be hidden by the many."""

from datetime import date
from typing import Final

import polars as pl

from china import dates, id_numbers, names
from china.addresses import address_parts
from china.text import plain_column

GROUPS: Final = pl.Schema({"record_id": pl.String, "dimension": pl.String, "group": pl.String})
AGES: Final = ((18, "0-17"), (60, "18-59"), (70, "60-69"), (200, "70+"))
WOMEN: Final = "women 70+"
_WOMEN: Final = "women"  # the column they stand in
UNKNOWN: Final = "unknown"


def groups_of(records: pl.DataFrame, on: date | None) -> pl.DataFrame:
    """GROUPS: each record (IDENTITY) once per dimension (name, number, age, township), old women besides."""
    wide = wide_groups(records, on)
    parts = [
        wide.select("record_id", dimension=pl.lit(dimension), group=column).drop_nulls()
        for column, dimension in dimensions_of(wide).items()
    ]
    return pl.concat(parts).select(pl.col(name).cast(kind) for name, kind in GROUPS.items())


def dimensions_of(wide: pl.DataFrame) -> dict[str, str]:
    """Each column of `wide_groups` that holds groups → the dimension they belong to."""
    return {name: "age" if name == _WOMEN else name for name in wide.columns if name != "record_id"}


def wide_groups(records: pl.DataFrame, on: date | None) -> pl.DataFrame:
    """record_id and a column per dimension with each record's group; old women, who stand in two groups of one, in a
    column of their own.

    Ages are those in the year of `on`; without a day there are none.
    """
    number = id_numbers.read_column(records["id_number"])
    born = pl.select(pl.coalesce(number["birth_date"], dates.read_column(records["birth_date"])["date"])).to_series()
    stated = plain_column(records["sex"])
    woman = pl.select(stated.is_in(["女", "2", "女性"]) | (stated.is_null() & (number["sex"] == 2))).to_series()
    band = pl.lit(UNKNOWN)
    for below, label in reversed(AGES):  # a comparison with null is no
        band = pl.when(pl.col("age") < below).then(pl.lit(label)).otherwise(band)
    frame = pl.DataFrame({"record_id": records["id"], "year": born.dt.year(), "woman": woman.fill_null(False)})
    frame = frame.with_columns(age=pl.lit(on.year if on else None, pl.Int32) - pl.col("year"))
    division = plain_column(records["division"])
    named = address_parts(records["address"])["township"]  # most lists have the place in words only
    coded = pl.when(division.str.len_chars() >= 9).then(division.str.slice(0, 9) + "000")
    old_woman = pl.col("woman") & (pl.col("age") >= 70)
    wide = frame.select(
        "record_id",
        pl.when(_of_minority(records["name"])).then(pl.lit("minority")).otherwise(pl.lit("han")).alias("name"),
        _stated(number["valid"]).alias("number"),
        band.alias("age"),
        pl.coalesce(named, coded, pl.lit(UNKNOWN)).alias("township"),
        pl.when(old_woman).then(pl.lit(WOMEN)).alias(_WOMEN),
    )  # fmt: skip
    return wide.drop("age") if on is None else wide


def _of_minority(name: pl.Series) -> pl.Series:
    """Names that are not a surname and a given name of at most two characters: 尤素福·阿里, 阿依古丽."""
    read = names.name_parts(name)
    parted = read["name"].str.contains("·", literal=True)
    return (parted | (read["surname"].is_null() & read["folded"].is_not_null())).fill_null(False)


def _stated(valid: pl.Series) -> pl.Expr:
    """valid is null where no number was given."""
    return pl.when(valid.is_null()).then(pl.lit("none")).when(valid).then(pl.lit("sound")).otherwise(pl.lit("unsound"))
