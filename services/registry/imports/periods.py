"""Which periods of support an import states, corrects, ends or merely repeats.

A period is the same as one on record by person, programme and start. An open period of an exclusive programme ends
on the day before a later one begins: the export shows a person's present support only, so what it no longer shows
has been replaced. A period the file does not speak of at all stays: a truncated file must end nobody's support.
"""

from dataclasses import dataclass

import polars as pl

from registry.coverage.rules import EXCLUSIVE
from registry.intake.issues import issue

TERMS = (
    "form", "household_size", "covered_count", "amount_fen", "payee", "account_blind", "household_id", "area",
    "own_amount_fen", "uplift_grounds", "uplift_fen", "ground", "basis", "self_care", "phase_out_from",
    "phase_out_until", "end_reason",
)  # fmt: skip
KEY = ["person_id", "programme", "start"]


@dataclass(frozen=True)
class Periods:
    """`stated`: a row per line with support, action create | change | keep | duplicate and what stood before (…_was).

    `ended`: row_id, new_end, chunk and the line that ends it. `issues`: line, code, column.
    """

    stated: pl.DataFrame
    ended: pl.DataFrame
    issues: pl.DataFrame


def plan_periods(people: pl.DataFrame, coverage: pl.DataFrame) -> Periods:
    """`people`: identified rows, the telling row of a person first; `coverage`: what is on record now."""
    told = people.filter(pl.col("programme").is_not_null()).with_columns(
        # Where a row names no division, the record keeps the one it has.
        area=pl.when(pl.col("division").is_not_null()).then("area"),
        scope=pl.col("area"),
    )
    told = _with_known_start(told, coverage).with_columns(first=pl.struct(KEY).is_first_distinct())
    told = _matched(told, coverage)
    both = told.join(
        coverage.select(pl.all().name.suffix("_was")), left_on="match", right_on="row_id_was", how="left",
        maintain_order="left",
    )  # fmt: skip
    # A mark without a month is of the phase-out on record, if there is one.
    known = pl.col("phase_out_assumed") & pl.col("phase_out_from_was").is_not_null()
    both = both.with_columns(phase_out_from=pl.when(known).then("phase_out_from_was").otherwise("phase_out_from"))
    differs = [pl.col(name).is_not_null() & pl.col(name).ne_missing(pl.col(f"{name}_was")) for name in TERMS]
    changed = pl.any_horizontal(
        pl.col("end").ne_missing(pl.col("end_was")), pl.col("start") != pl.col("start_was"), *differs
    )
    action = (
        pl.when(~pl.col("first"))
        .then(pl.lit("duplicate"))
        .when(pl.col("match").is_null())
        .then(pl.lit("create"))
        .when(changed)
        .then(pl.lit("change"))
        .otherwise(pl.lit("keep"))
    )
    stated = both.with_columns(action=action)
    ended = _ended(stated, coverage)
    issues = [
        _issue(_conflicting(stated), "coverage-conflicts"),
        _issue(ended, "coverage-replaced"),
        _issue(_overlapping(stated, coverage, ended), "coverage-overlaps"),
    ]
    return Periods(stated, ended, pl.concat(issues))


def _issue(frame: pl.DataFrame, code: str) -> pl.DataFrame:
    return issue(frame, code).unique("line", maintain_order=True)


def _with_known_start(told: pl.DataFrame, coverage: pl.DataFrame) -> pl.DataFrame:
    """A row without a start speaks of the open period on record, else begins in the month of the import."""
    held = coverage.filter(pl.col("end").is_null()).sort("start").unique(["person_id", "programme"], keep="last")
    held = held.select("person_id", "programme", held_start="start")
    told = told.join(held, on=["person_id", "programme"], how="left", maintain_order="left")
    start = pl.when("start_assumed").then(pl.coalesce("held_start", "start")).otherwise("start")
    return told.with_columns(start=start).drop("held_start")


def _matched(told: pl.DataFrame, coverage: pl.DataFrame) -> pl.DataFrame:
    """`match`: the row on record a line speaks of, by key; or the open one whose start the line puts earlier."""
    by_key = coverage.unique(KEY, maintain_order=True).select(*KEY, exact="row_id")
    told = told.join(by_key, on=KEY, how="left", maintain_order="left")
    spoken_of = told["exact"].drop_nulls()
    left = coverage.filter(pl.col("end").is_null() & ~pl.col("row_id").is_in(spoken_of.implode()))
    left = left.sort("start").unique(["person_id", "programme"], keep="first", maintain_order=True)
    left = left.select("person_id", "programme", later_start="start", later="row_id")
    told = told.join(left, on=["person_id", "programme"], how="left", maintain_order="left")
    earlier = pl.col("exact").is_null() & (pl.col("start") < pl.col("later_start")) & pl.col("first")
    told = told.with_columns(corrects=pl.when(earlier).then("later"))
    once = pl.col("corrects").is_first_distinct() & pl.col("corrects").is_not_null()
    match = pl.coalesce("exact", pl.when(once).then("corrects"))
    return told.with_columns(match=pl.when("first").then(match)).drop("exact", "later", "later_start", "corrects")


def _open_on_record(stated: pl.DataFrame, coverage: pl.DataFrame) -> pl.DataFrame:
    """Open exclusive periods on record of the file's persons, of which the file does not speak."""
    spoken_of = stated["match"].drop_nulls()
    return coverage.filter(
        pl.col("end").is_null()
        & pl.col("programme").is_in(sorted(EXCLUSIVE))
        & ~pl.col("row_id").is_in(spoken_of.implode())
    ).select("row_id", "person_id", start_before="start")


def _ended(stated: pl.DataFrame, coverage: pl.DataFrame) -> pl.DataFrame:
    fresh = stated.filter((pl.col("action") == "create") & pl.col("programme").is_in(sorted(EXCLUSIVE)))
    pairs = fresh.select("person_id", "line", "chunk", "start").join(_open_on_record(stated, coverage), on="person_id")
    pairs = pairs.filter(pl.col("start") > pl.col("start_before")).sort("start", "line")
    pairs = pairs.unique("row_id", keep="first", maintain_order=True)
    return pairs.select("row_id", "person_id", "line", "chunk", new_end=pl.col("start").dt.offset_by("-1d"))


def _overlapping(stated: pl.DataFrame, coverage: pl.DataFrame, ended: pl.DataFrame) -> pl.DataFrame:
    """Lines with an open exclusive period beside another one, in the file or on record."""
    open_now = stated.filter(pl.col("end").is_null() & pl.col("first") & pl.col("programme").is_in(sorted(EXCLUSIVE)))
    in_file = open_now.filter(pl.col("person_id").is_duplicated()).select("line")
    kept = _open_on_record(stated, coverage).filter(~pl.col("row_id").is_in(ended["row_id"].implode()))
    on_record = open_now.join(kept, on="person_id", how="semi").select("line")
    return pl.concat([in_file, on_record])


def _conflicting(stated: pl.DataFrame) -> pl.DataFrame:
    """Lines repeating a period of the same person with another end."""
    first = stated.filter("first").select(*KEY, kept_end="end")
    again = stated.filter(~pl.col("first")).join(first, on=KEY)
    return again.filter(pl.col("end").ne_missing(pl.col("kept_end"))).select("line")
