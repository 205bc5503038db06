"""Illnesses: what they cost the person, and whether they are on the list."""

import polars as pl

from matcher.screens.columns.known import Known, distinct
from matcher.screens.columns.settings import DISEASES, ILLNESS_LINE_YUAN
from matcher.screens.parameters import Parameters


def listed_expr(p: Parameters) -> pl.Expr:
    """Whether an illness (diagnosis in `text`, ICD-10 in `code`) is on the list; never null."""
    words = [word for disease in DISEASES.of(p) for word in disease.words]
    icd = [prefix for disease in DISEASES.of(p) for prefix in disease.icd]
    by_code = pl.any_horizontal(pl.col("code").str.to_uppercase().str.starts_with(prefix) for prefix in icd)
    return pl.col("text").str.contains_any(words).fill_null(False) | by_code.fill_null(False)


def columns(known: Known) -> pl.DataFrame:
    """diagnosis, icd, self_paid, serious, listed, listed_diagnosis, illness_records, listed_records."""
    p = known.parameters
    costly = (pl.col("number") >= ILLNESS_LINE_YUAN.of(p)).fill_null(False)
    ill = (
        known.of_kind("illness")
        .with_columns(listed=listed_expr(p))
        .with_columns(serious=costly | (pl.col("number").is_null() & pl.col("listed")))
        .sort("serious", "number", "listed", descending=True, nulls_last=True, maintain_order=True)
    )
    return ill.group_by("subject_id", maintain_order=True).agg(
        diagnosis=pl.col("text").first(),
        icd=pl.col("code").first(),
        self_paid=pl.col("number").first(),
        serious=pl.col("serious").any(),
        listed=pl.col("listed").any(),
        listed_diagnosis=pl.col("text").filter(pl.col("listed")).first(),
        illness_records=distinct(pl.col("record").filter(pl.col("serious"))),
        listed_records=distinct(pl.col("record").filter(pl.col("listed"))),
    )
