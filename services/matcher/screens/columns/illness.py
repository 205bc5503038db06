"""Illnesses: what they cost the person, in one row or over twelve months, and whether they are on the list.

Where the medical insurance tells single settlements, a person's own share is summed over the twelve full months before
the day. A bill stands in the month in which it was first settled: what reverses it or settles it anew goes with it,
whenever that was done.
"""

from datetime import date

import polars as pl

from matcher.screens.columns.known import Known, distinct
from matcher.screens.columns.part import Part
from matcher.screens.columns.settings import DISEASES, ILLNESS_LINE_YUAN
from matcher.screens.parameters import Parameters, Words

SELF_PAID, LISTED_WITHOUT_COST, LISTED, BENEFIT = "self-paid", "listed-without-cost", "listed", "insurance-benefit"
# By which of these somebody is seriously ill; any of them is enough.
ILLNESS_BASIS = Words("illness_basis", "重病的认定依据", (SELF_PAID, LISTED_WITHOUT_COST, LISTED, BENEFIT))
BENEFIT_NAMES = {"catastrophic": "大病保险", "medical-aid": "医疗救助"}


def listed_expr(p: Parameters) -> pl.Expr:
    """Whether an illness (diagnosis in `text`, ICD-10 in `code`) is on the list; never null."""
    words = [word for disease in DISEASES.of(p) for word in disease.words]
    icd = [prefix for disease in DISEASES.of(p) for prefix in disease.icd]
    by_code = pl.col("code").str.to_uppercase().str.contains(f"^(?:{_any_of(icd)})") if icd else pl.lit(False)
    by_word = pl.col("text").str.contains(_any_of(words)) if words else pl.lit(False)
    return by_word.fill_null(False) | by_code.fill_null(False)


def _any_of(words: list[str]) -> str:
    """A pattern. Compiled ones are kept by Polars: to ask again of one person costs nothing."""
    return "|".join(pl.escape_regex(word) for word in words)


def columns(known: Known) -> pl.DataFrame:
    """diagnosis, icd, self_paid, self_paid_12m, benefit (only where it is a basis), serious, listed, listed_diagnosis,
    illness_records, listed_records."""
    bills = _bills(known)
    found = _rows(known, bills)
    for part in (bills, _benefits(known)):
        found = found.join(part, on="subject_id", how="full", coalesce=True, maintain_order="left_right")
    by_bills = (pl.col("self_paid_12m") >= ILLNESS_LINE_YUAN.of(known.parameters)).fill_null(False)
    basis = ILLNESS_BASIS.of(known.parameters)
    enough = {SELF_PAID: by_bills, BENEFIT: pl.col("benefit").is_not_null()}
    decisive = {name: (by if name in basis else pl.lit(False)) for name, by in enough.items()}
    none = pl.lit([], dtype=pl.List(pl.String))
    behind = [
        pl.col("illness_records").fill_null([]),
        pl.when(decisive[SELF_PAID]).then("bill_records").otherwise(none).fill_null([]),
        pl.when(decisive[BENEFIT]).then("benefit_records").otherwise(none).fill_null([]),
    ]
    return found.select(
        *("subject_id", "icd", "self_paid", "self_paid_12m", "listed", "listed_diagnosis", "listed_records"),
        benefit=pl.when(pl.lit(BENEFIT in basis)).then("benefit"),
        diagnosis=pl.coalesce("diagnosis", "billed_for"),
        serious=pl.col("serious").fill_null(False) | decisive[SELF_PAID] | decisive[BENEFIT],
        illness_records=pl.concat_list(behind).list.unique(maintain_order=True),
    )


def _rows(known: Known, bills: pl.DataFrame) -> pl.DataFrame:
    """Of single rows: what one row's own cost and the list say. A diagnosis on a bill has its cost on the bill."""
    p = known.parameters
    basis = ILLNESS_BASIS.of(p)
    told = known.of_kind("illness", "diagnosis")
    told = told.join(
        bills.select("subject_id", billed=pl.lit(True)), on="subject_id", how="left", maintain_order="left"
    )
    costly = (pl.col("number") >= ILLNESS_LINE_YUAN.of(p)).fill_null(False)
    without = pl.col("number").is_null() & pl.col("billed").is_null() & (pl.col("kind") == "illness") & pl.col("listed")
    by = {SELF_PAID: costly, LISTED_WITHOUT_COST: without, LISTED: pl.col("listed")}
    ill = (
        told.with_columns(listed=listed_expr(p))
        .with_columns(serious=pl.any_horizontal(pl.lit(False), *(by[name] for name in basis if name in by)))
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


def _bills(known: Known) -> pl.DataFrame:
    """self_paid_12m, billed_for (the dearest bill's diagnosis), bill_records; of whoever has a bill in the months."""
    first, end = window(known.as_of)
    reverses = (pl.col("code") == "reversed").fill_null(False)
    bills = known.of_kind("settlement").with_columns(
        # Some write what is taken back as a negative amount, some name it so and write it plain.
        number=pl.when(reverses).then(-pl.col("number").abs()).otherwise("number"),
        settled_first=pl.when(pl.col("about").is_not_null())
        .then(pl.col("valid_from").min().over("subject_id", "about"))
        .otherwise("valid_from"),
    )
    # The same bill told in two deliveries, or by two offices, was paid once.
    named = ["subject_id", "about", "code", "number", "valid_from"]
    bills = pl.concat(
        [
            bills.filter(pl.col("about").is_not_null()).unique(named, keep="first", maintain_order=True),
            bills.filter(pl.col("about").is_null()),
        ]
    )
    within = bills.filter((pl.col("settled_first") >= first) & (pl.col("settled_first") < end))
    dearest = pl.col("text").sort_by("number", descending=True, nulls_last=True).drop_nulls().first()
    return within.group_by("subject_id", maintain_order=True).agg(
        self_paid_12m=pl.col("number").sum().round(2), billed_for=dearest, bill_records=distinct(pl.col("record"))
    )


def window(day: date) -> tuple[date, date]:
    """The twelve full months before that of the day: their first day, and the first day after them."""
    return date(day.year - 1, day.month, 1), date(day.year, day.month, 1)


def _benefits(known: Known) -> pl.DataFrame:
    """benefit (`大病保险、医疗救助`), benefit_records; of whoever was given some in the twelve months and kept it."""
    first, end = window(known.as_of)
    told = known.of_kind("insurance-benefit").filter(pl.col("valid_from").is_between(first, end, closed="left"))
    each = told.group_by("subject_id", "code", maintain_order=True).agg(
        kept=pl.col("number").is_null().any() | (pl.col("number").sum() > 0), benefit_records=distinct(pl.col("record"))
    )
    name = pl.col("code").replace_strict(BENEFIT_NAMES, default="医疗保障待遇", return_dtype=pl.String)
    return (
        each.filter("kept")
        .group_by("subject_id", maintain_order=True)
        .agg(benefit=name.sort().str.join("、"), benefit_records=distinct(pl.col("benefit_records").explode()))
    )


PARTS = (Part(columns, ("illness", "diagnosis", "settlement", "insurance-benefit")),)
