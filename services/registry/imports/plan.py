"""What an import is going to do: typed rows against what the registry holds → rows to write and an outcome per line.

Nothing is written here, so a plan can be thrown away and made again when somebody else wrote meanwhile.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from kit.columns import new_ids
from registry.imports.people import identify
from registry.imports.periods import Periods, plan_periods
from registry.imports.present import Present
from registry.intake.issues import issue

# What does not change in a life unless it was written down wrongly; the rest changes in the world.
CORRECTED = ("name", "id_number_blind", "sex", "birth_date", "ethnic")
MOVED = ("division", "address", "phone_blind")


@dataclass(frozen=True)
class Plan:
    """Frames of what to write, each in order of `chunk`; `report` has line, outcome, household, person_id, chunk."""

    households: pl.DataFrame
    persons: pl.DataFrame
    memberships: pl.DataFrame
    coverage: pl.DataFrame
    ended: pl.DataFrame
    report: pl.DataFrame
    issues: pl.DataFrame
    chunks: int

    @staticmethod
    def of(frame: pl.DataFrame, chunk: int) -> pl.DataFrame:
        """The rows of one chunk of one of the frames: a slice, however many chunks there are."""
        first, following = (int(frame["chunk"].search_sorted(one, side="left")) for one in (chunk, chunk + 1))
        return frame.slice(first, following - first)


def make_plan(rows: pl.DataFrame, present: Present, on: date, chunk_rows: int) -> Plan:
    """Plan the import of `rows` (typed, with blind indexes, none rejected) as of the day `on`."""
    rows, taken = _without_households_of_others(rows, present)
    people = identify(rows, present)
    households = _households(people, present)
    people = people.join(
        households.select("county", "household_id", household="number"), on=["county", "household"], how="left"
    )
    people = _chunked(people, chunk_rows)
    persons = _persons(_silent_of_the_merged(people), present)
    memberships = _memberships(people.filter(~pl.col("alias")), present, on)
    periods = plan_periods(_preferred(people), present.coverage)
    report = _report(people, persons, memberships, periods)
    fresh = households.filter("is_new").join(
        people.group_by("household_id").agg(pl.col("chunk").min(), pl.col("area").first()), on="household_id"
    )
    renamed = issue(people.filter("renamed"), "renamed")
    return Plan(
        households=_in_order(fresh),
        persons=_in_order(persons.filter(pl.col("action") != "keep")),
        memberships=_in_order(memberships.filter(pl.col("action") != "keep")),
        coverage=_in_order(periods.stated.filter(~pl.col("action").is_in(["keep", "duplicate"]))),
        ended=_in_order(periods.ended),
        report=_in_order(report),
        issues=pl.concat([periods.issues, renamed, taken]),
        chunks=int(people["chunk"].max() or 0) + 1 if people.height else 0,  # type: ignore[arg-type]  # an Int64 column
    )


def _in_order(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sort("chunk", maintain_order=True)


def _without_households_of_others(rows: pl.DataFrame, present: Present) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows whose household lies outside the importer's area keep no household, and an issue says so: to join it would
    alter what is not theirs, and its number cannot be given a second time."""
    others = present.elsewhere.select("county", household="number", taken=pl.lit(True))
    marked = rows.join(others, on=["county", "household"], how="left", maintain_order="left")
    taken = pl.col("taken").fill_null(False)
    issues = issue(marked.filter(taken), "household-outside")
    kept = marked.with_columns(household=pl.when(~taken).then("household")).drop("taken")
    return kept.select(rows.columns), issues


def _households(people: pl.DataFrame, present: Present) -> pl.DataFrame:
    """county, number, household_id, is_new of every household the rows name."""
    named = people.filter(pl.col("household").is_not_null()).select("county", number="household")
    named = named.unique(maintain_order=True).join(present.households, on=["county", "number"], how="left")
    minted = pl.Series(new_ids(named.height), dtype=pl.String)
    return named.with_columns(
        is_new=pl.col("household_id").is_null(), household_id=pl.coalesce(pl.col("household_id"), minted)
    )


def _chunked(people: pl.DataFrame, chunk_rows: int) -> pl.DataFrame:
    """All rows of one person go into one chunk, so that a chunk leaves nobody half written."""
    first = people.group_by("person_id").agg(first=pl.col("line").min(), rows=pl.len()).sort("first")
    first = first.with_columns(chunk=(pl.col("rows").cum_sum() - pl.col("rows")) // chunk_rows)
    return people.join(first.select("person_id", pl.col("chunk").cast(pl.Int64)), on="person_id", how="left").sort(
        "line"
    )


def _silent_of_the_merged(people: pl.DataFrame) -> pl.DataFrame:
    """A row that names somebody by what was found to be wrong speaks of the support, not of who it is or lives where:
    else the wrong name would come back with every import."""
    said = (*CORRECTED, *MOVED, "id_number", "phone")
    return people.with_columns(pl.when(~pl.col("alias")).then(pl.col(name)).alias(name) for name in said)


def _preferred(people: pl.DataFrame) -> pl.DataFrame:
    """Rows of a person with the telling one first: support still open, then the latest start, then the first line."""
    return people.sort(pl.col("end").is_not_null(), "start", "line", descending=[False, True, False], nulls_last=True)


def _persons(people: pl.DataFrame, present: Present) -> pl.DataFrame:
    """One row per person with action create | correct | move | keep and the values to stand afterwards."""
    columns = ("name", "id_number", "id_number_blind", "sex", "birth_date", "ethnic", "division", "area", "address")
    told = (
        _preferred(people)
        .group_by("person_id", maintain_order=True)
        .agg(
            *(pl.col(name).drop_nulls().first() for name in (*columns, "phone", "phone_blind")),
            pl.col("line").first(),
            pl.col("is_new", "chunk").first(),
        )
    )
    both = told.join(present.persons, on="person_id", how="left", suffix="_was", maintain_order="left")
    changed = {
        name: pl.col(name).is_not_null() & pl.col(name).ne_missing(pl.col(f"{name}_was")) for name in CORRECTED + MOVED
    }
    action = (
        pl.when("is_new")
        .then(pl.lit("create"))
        .when(pl.any_horizontal(*(changed[name] for name in MOVED)))
        .then(pl.lit("move"))
        .when(pl.any_horizontal(*(changed[name] for name in CORRECTED)))
        .then(pl.lit("correct"))
        .otherwise(pl.lit("keep"))
    )
    kept = [pl.coalesce(name, f"{name}_was").alias(name) for name in CORRECTED + MOVED]
    area = pl.when(pl.col("division").is_null() & ~pl.col("is_new")).then("area_was").otherwise("area").alias("area")
    return both.with_columns(action=action).with_columns(area).with_columns(*kept)


def _memberships(people: pl.DataFrame, present: Present, on: date) -> pl.DataFrame:
    """One row per person in a household: action create | change | keep; other memberships end on the day `on`."""
    told = (
        _preferred(people)
        .group_by("person_id", maintain_order=True)
        .agg(pl.col("household_id", "relation", "is_head", "chunk").first())
        .filter(pl.col("household_id").is_not_null())
    )
    was = present.memberships.rename({"household_id": "household_was"})
    both = told.join(was, on="person_id", how="left", suffix="_was")
    same = pl.col("household_id") == pl.col("household_was")
    # A person found in two households keeps the one the file names, and leaves the others.
    both = both.sort(same.fill_null(False), descending=True).with_columns(first=pl.col("person_id").is_first_distinct())
    differs = pl.col("relation").fill_null(pl.col("relation_was")).ne_missing(pl.col("relation_was")) | (
        pl.col("is_head") != pl.col("is_head_was")
    )
    action = (
        pl.when(pl.col("household_was").is_null())
        .then(pl.lit("create"))
        .when(~pl.col("first"))
        .then(pl.lit("leave"))
        .when(~same)
        .then(pl.lit("change"))
        .when(differs)
        .then(pl.lit("correct"))
        .otherwise(pl.lit("keep"))
    )
    return both.with_columns(action=action, on=pl.lit(on))


def _report(people: pl.DataFrame, persons: pl.DataFrame, memberships: pl.DataFrame, periods: Periods) -> pl.DataFrame:
    """line, outcome, household, person_id, chunk.

    A line is a duplicate when it repeats a period of the same person, or says nothing of support where another
    line of that person does. What changes of a person and its household counts on the person's telling line.
    """
    telling = _preferred(people).unique("person_id", keep="first", maintain_order=True)["line"]
    altered = pl.concat([frame.filter(pl.col("action") != "keep")["person_id"] for frame in (persons, memberships)])
    altered = pl.concat([altered, periods.ended["person_id"]])
    support = periods.stated.select("line", "action")
    report = people.join(support, on="line", how="left").with_columns(telling=pl.col("line").is_in(telling.implode()))
    silent = pl.col("action").is_null() & ~pl.col("telling")
    outcome = (
        pl.when((pl.col("action") == "duplicate") | silent)
        .then(pl.lit("duplicate"))
        .when("is_new")
        .then(pl.lit("created"))
        .when(pl.col("action").is_in(["create", "change"]))
        .then(pl.lit("updated"))
        .when(pl.col("telling") & pl.col("person_id").is_in(altered.implode()))
        .then(pl.lit("updated"))
        .otherwise(pl.lit("unchanged"))
    )
    return report.select("line", "household", "person_id", "chunk", outcome=outcome)
