"""省平台 × 本系统: who is supported only there, only here, or otherwise, on one day.

People are found as an import finds them (number and name, else household, name and birth date), so that the report says
of each line what taking the file in would meet.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

KINDS = {
    "only-there": "只在省平台",
    "only-here": "只在本系统",
    "status": "享受状态不同",
    "programme": "救助类别不同",
    "amount": "金额不同",
}
ROW = {
    "kind": pl.String, "line": pl.Int32, "person_id": pl.String, "name": pl.String, "area": pl.String,
    "there": pl.String, "here": pl.String, "there_fen": pl.Int64, "here_fen": pl.Int64,
}  # fmt: skip


@dataclass(frozen=True)
class Compared:
    """The differences (ROW, by kind and line), and how many people are supported on both sides, alike or not."""

    rows: pl.DataFrame
    there: int
    here: int
    alike: int

    @property
    def counts(self) -> dict[str, int]:
        """Kind → people, in the order of KINDS."""
        found = dict(self.rows.group_by("kind").len().iter_rows())
        return {kind: found.get(kind, 0) for kind in KINDS}


def compare(theirs: pl.DataFrame, coverage: pl.DataFrame, persons: pl.DataFrame, on: date) -> Compared:
    """`theirs`: typed rows of the file with person_id and is_new; `coverage` and `persons`: what the registry holds of
    the same area. Both are looked at on the day `on`."""
    there, here = _supported(theirs, on), _supported(coverage, on)
    known = theirs.group_by("person_id").agg(pl.col("line", "name", "area").first(), pl.col("is_new").all())
    named = persons.select("person_id", our_name="name", our_area="area")
    both = there.join(here, on="person_id", how="full", coalesce=True, suffix="_here")
    both = both.join(known, on="person_id", how="left").join(named, on="person_id", how="left")
    kind = (
        pl.when(pl.col("programmes").is_null() & pl.col("line").is_null()).then(pl.lit("only-here"))
        .when(pl.col("programmes").is_null()).then(pl.lit("status"))
        .when(pl.col("programmes_here").is_null() & pl.col("is_new")).then(pl.lit("only-there"))
        .when(pl.col("programmes_here").is_null()).then(pl.lit("status"))
        .when(pl.col("programmes") != pl.col("programmes_here")).then(pl.lit("programme"))
        .when(pl.col("fen") != pl.col("fen_here")).then(pl.lit("amount"))
    )  # fmt: skip
    told = both.select(
        kind.alias("kind"), "line", person_id=pl.when(~pl.col("is_new").fill_null(value=False)).then("person_id"),
        name=pl.coalesce("our_name", "name"), area=pl.coalesce("our_area", "area"), there="programmes",
        here="programmes_here", there_fen="fen", here_fen="fen_here",
    )  # fmt: skip
    rows = told.filter(pl.col("kind").is_not_null())
    order = pl.col("kind").replace_strict({kind: place for place, kind in enumerate(KINDS)}, return_dtype=pl.Int8)
    rows = rows.sort(order, "line", "area", "person_id", nulls_last=True)
    return Compared(rows.select(list(ROW)).cast(ROW), there.height, here.height, told.height - rows.height)  # type: ignore[arg-type]  # polars types the mapping narrower than it takes


def _supported(periods: pl.DataFrame, on: date) -> pl.DataFrame:
    """person_id, programmes (sorted, by commas) and fen a month of those supported on the day. Of a household one
    amount stands in every member's row: the greatest of a programme counts once."""
    begun = pl.col("programme").is_not_null() & (pl.col("start") <= on)
    runs = periods.filter(begun, pl.col("end").is_null() | (pl.col("end") >= on))
    held = runs.group_by("person_id", "programme").agg(pl.col("amount_fen").max())
    return held.group_by("person_id").agg(
        programmes=pl.col("programme").sort().str.join(","), fen=pl.col("amount_fen").sum()
    )
