"""Facts by subject: what the records of all batches that count say, with the grade of the link that carries it.

Nothing is stored twice: a batch keeps what its records say, the links say of whom, and here they meet.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from matcher.frames import FACT, conform, empty

REGISTRY = "registry"  # stands where a feed would: the registry derived it from what it holds
ANSWERED = "outcome"  # stands where a feed and a batch would: somebody said so at the door


def of_subjects(said: list[pl.DataFrame], links: pl.DataFrame) -> pl.DataFrame:
    """FACT by subject. `said`: what records state (feeds.facts.STATED); `links`: batch_id, line, subject_id, grade."""
    if not said:
        return empty(FACT)
    to = links.select(pl.format("{}:{}", "batch_id", "line").alias("record_id"), "subject_id", "grade")
    return conform(pl.concat(said).join(to, on="record_id"), FACT)


def of_candidates(said: list[pl.DataFrame], reviews: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Deaths that may be a candidate's, as `possible` facts: a death in review flags and never removes anybody.

    A record that is certainly somebody else leaves no doubt about the candidate.
    """
    if not said or not reviews.height:
        return empty(FACT)
    known = links.filter(pl.col("registered") & (pl.col("grade") == "certain"))
    open_ = reviews.join(known, on=["batch_id", "line"], how="anti")
    doubtful = open_.select("batch_id", "line", pl.col("candidate_id").alias("subject_id"))
    deaths = [frame.filter(pl.col("kind") == "death") for frame in said]
    return of_subjects(deaths, doubtful.with_columns(pl.lit("possible").alias("grade")))


def of_answers(found: list[tuple[str, date | None]]) -> pl.DataFrame:
    """Deaths people told of at the door, as FACT: subject and day of death."""
    rows = [{"subject_id": subject, "valid_from": day} for subject, day in found]
    return conform(
        pl.DataFrame(rows, schema={"subject_id": pl.String, "valid_from": pl.Date}).with_columns(
            pl.lit("death").alias("kind"),
            pl.lit("certain").alias("grade"),
            pl.lit(ANSWERED).alias("feed"),
            pl.lit(ANSWERED).alias("batch_id"),
            pl.lit(0).alias("line"),
        ),
        FACT,
    )


def of_registry(told: pl.DataFrame, survivors: Mapping[str, str]) -> pl.DataFrame:
    """What the registry derives of its people (files.TOLD) as FACT: it is certain whom it means."""
    subject = pl.col("subject_id").replace(dict(survivors)) if survivors else pl.col("subject_id")
    return conform(told.with_columns(subject, feed=pl.lit(REGISTRY), grade=pl.lit("certain")), FACT)


def without_shielded(known: pl.DataFrame, shielded: list[str], own: pl.DataFrame) -> pl.DataFrame:
    """FACT without the deaths of people who were seen alive, but for those of a record that bears their own number.
    `own`: subject_id, batch_id, line of such records."""
    if not shielded:
        return known
    doubtful = (pl.col("kind") == "death") & pl.col("subject_id").is_in(shielded) & (pl.col("batch_id") != ANSWERED)
    kept = known.filter(doubtful).join(own, on=["subject_id", "batch_id", "line"], how="semi", maintain_order="left")
    return pl.concat([known.filter(~doubtful), kept])
