"""Who died, by which sources and how surely, and of whom it is in doubt.

Three sources know of deaths, none of all: the death certificate, the crematorium, the police; the village's slip is a
fourth. A number that is the person's own in two of them leaves no doubt. Somebody whom another agency has on its
register after that day may be alive: then nobody is struck from any list, and the village is asked by telephone.
"""

import polars as pl

from matcher.screens.columns.conflicts import stated
from matcher.screens.columns.known import Known, distinct
from matcher.screens.columns.settings import TRUSTED_GRADES
from matcher.screens.columns.sources import ANSWERED, named

KIND = "death"
SEVERAL, ONE, DOUBTFUL = "several-sources", "one-source", "doubtful"


def columns(known: Known) -> pl.DataFrame:
    """The dead by a trusted link, and those of whom a death record may speak but a human has not yet said so.

    dead, died, died_month, months_since, death_sources, death_confidence, death_conflict, death_records, and of doubts
    death_doubted (any), doubted_before (whose record it is), disputed_before (whether the person died at all).
    """
    trusted = pl.col("grade").is_in(list(TRUSTED_GRADES.of(known.parameters)))
    doubted = (pl.col("grade") == "possible") & ~trusted
    early = pl.col("valid_from").is_null() | (pl.col("valid_from") < known.as_of)
    deaths = stated(known, known.facts.filter((pl.col("kind") == KIND) & (trusted | doubted)), KIND)
    # What the source that is believed first says now, by rows as sure of the number; one without a day says none.
    first = trusted & pl.all_horizontal(
        pl.col(name).eq_missing(pl.col(name).filter(trusted).first()) for name in ("feed", "own")
    )
    taken = pl.col("valid_from").filter(first & pl.col("valid_from").is_not_null())
    found = deaths.group_by("subject_id", maintain_order=True).agg(
        told_dead=trusted.any(),
        died=taken.first(),
        early=(trusted & early).any(),
        doubted_before=~trusted.any() & (doubted & early).any(),
        at_the_door=(pl.col("feed") == ANSWERED).any(),
        own_sources=pl.col("feed").filter(trusted & pl.col("own")).n_unique(),
        death_sources=pl.col("who").filter(trusted).unique(maintain_order=True).str.join("、"),
        death_records=distinct(pl.col("record")),
    )
    found = found.join(_days(deaths.filter(trusted)), on="subject_id", how="left", maintain_order="left")
    return _judged(found.join(_alive(known), on="subject_id", how="left", maintain_order="left"), known)


def _days(deaths: pl.DataFrame) -> pl.DataFrame:
    """`days`: what each source says of the day, where they do not say the same."""
    each = deaths.group_by("subject_id", "who", maintain_order=True).agg(pl.col("valid_from").drop_nulls().first())
    day = pl.col("valid_from").dt.strftime("%Y年%-m月%-d日").fill_null("日期不详")
    told = pl.concat_str("who", pl.lit("："), day, pl.lit("死亡"))
    several = pl.col("valid_from").n_unique() > 1
    return each.group_by("subject_id", maintain_order=True).agg(days=pl.when(several).then(told.str.join("；")))


def _alive(known: Known) -> pl.DataFrame:
    """Who is on a register as living here, since when that was answered at the latest, and by whom."""
    here = known.of_kind("household-registration").filter(pl.col("code") == "here")
    return here.group_by("subject_id", maintain_order=True).agg(
        seen_on=pl.col("valid_from").max(),
        undated=pl.col("valid_from").is_null().any(),
        seen_by=named(pl.col("feed")).unique().sort().str.join("、"),
        seen_records=distinct(pl.col("record")),
    )


def _judged(found: pl.DataFrame, known: Known) -> pl.DataFrame:
    later = (pl.col("seen_on") > pl.col("died")) | (pl.col("seen_on").is_not_null() & pl.col("died").is_null())
    contradicted = (later | pl.col("undated")).fill_null(False)
    # A register that lags behind does not outweigh two agencies, nor somebody who asked at the door.
    outweighed = (pl.col("own_sources") > 1) | pl.col("at_the_door")
    disputed = pl.col("told_dead") & contradicted & ~outweighed
    against = pl.format("{}：在册；{}：已死亡", "seen_by", "death_sources")
    # Months from the one after the death to that of the day: as many payments may have gone out.
    died, day = pl.col("died").dt, known.as_of
    since = (day.year - died.year()) * 12 + day.month - died.month().cast(pl.Int32)
    return found.select(
        "subject_id",
        "died",
        "doubted_before",
        dead=pl.col("told_dead") & ~disputed,
        died_before=pl.col("early") & ~disputed,
        disputed_before=pl.col("early") & disputed,
        death_doubted=~pl.col("told_dead") | disputed,
        death_sources=pl.when(pl.col("death_sources") != "").then("death_sources"),
        death_confidence=pl.when(~pl.col("told_dead") | disputed)
        .then(pl.lit(DOUBTFUL))
        .when(outweighed)
        .then(pl.lit(SEVERAL))
        .when(pl.col("own_sources") == 1)
        .then(pl.lit(ONE))
        .otherwise(pl.lit(DOUBTFUL)),
        death_conflict=pl.when(pl.col("told_dead") & contradicted).then(against).otherwise("days"),
        death_records=pl.when(disputed)
        .then(pl.concat_list("death_records", pl.col("seen_records").fill_null([])))
        .otherwise("death_records"),
        months_since=since,
        died_month=died.strftime("%Y-%m"),
    )
