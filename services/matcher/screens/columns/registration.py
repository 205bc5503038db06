"""Where the household register has a person: here, moved away, struck off, or not known at all."""

import polars as pl

from matcher.screens.columns.conflicts import settled
from matcher.screens.columns.known import Known
from matcher.screens.columns.part import Part

KIND = "household-registration"
WORDS = {"here": "在册", "moved-out": "户籍迁出", "cancelled": "户籍注销", "none": "查无此人"}


def columns(known: Known) -> pl.DataFrame:
    """registration (code), registration_month, months_gone, registration_source, registration_own,
    registration_disputed, registration_conflict, registration_records."""
    found = settled(known, known.of_kind(KIND), KIND, WORDS)
    since, day = pl.col("valid_from").dt, known.as_of
    return found.select(
        "subject_id",
        registration="code",
        registration_month=since.strftime("%Y-%m"),
        months_gone=(day.year - since.year()) * 12 + day.month - since.month().cast(pl.Int32),
        registration_source="who",
        registration_own="own",
        registration_disputed="disputed",
        registration_conflict="conflict",
        registration_records="records",
    )


PARTS = (Part(columns, (KIND,)),)
