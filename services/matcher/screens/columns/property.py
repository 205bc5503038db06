"""What a check of the household's means, or a list of staff, found in a person's name."""

import polars as pl

from matcher.screens.columns.conflicts import settled
from matcher.screens.columns.known import Known, distinct
from matcher.screens.columns.sources import named
from matcher.screens.parameters import Words

NAMES = {
    "company": "企业",
    "vehicle": "车辆",
    "vehicle-disabled": "残疾人专用车辆",
    "public-payroll": "财政供养",
    "public-welfare-post": "公益性岗位",
    "deposit-over-limit": "存款超限",
}
PAYROLL = "public-payroll"
CONFLICTING = Words("conflicting_property", "与低保、特困相抵触的财产和身份", tuple(NAMES))
ON_PAYROLL = Words(
    "payroll_staff",
    "人员名册中算作财政供养的类别",
    ("civil-affairs", "village-cadre", "payroll", "handler"),
    empty=True,
)


def columns(known: Known) -> pl.DataFrame:
    """property_text and property_records of what conflicts, but for a vehicle; vehicle_text, vehicle_records;
    payroll_disputed, payroll_conflict (who is on a public payroll by the source that is taken, and in a welfare post by
    another), payroll_only (nothing else in property_text)."""
    facts = _facts(known)
    posts = facts.filter(pl.col("code").is_in([PAYROLL, "public-welfare-post"]))
    taken = settled(known, posts, PAYROLL, NAMES).filter(pl.col("code") == PAYROLL)
    on_payroll = pl.col("subject_id").is_in(taken["subject_id"].implode())
    counts = facts.filter(
        pl.col("code").is_in(list(CONFLICTING.of(known.parameters))) & ((pl.col("code") != PAYROLL) | on_payroll)
    )
    is_vehicle = pl.col("code") == "vehicle"
    found = counts.group_by("subject_id", maintain_order=True).agg(
        property_text=_told(~is_vehicle),
        property_records=distinct(pl.col("record").filter(~is_vehicle)),
        vehicle_text=_told(is_vehicle),
        vehicle_records=distinct(pl.col("record").filter(is_vehicle)),
        property_sources=named(pl.col("feed")).unique().sort().str.join("、"),
        payroll_told=(pl.col("code") == PAYROLL).any(),
        payroll_only=(pl.col("code") == PAYROLL).filter(~is_vehicle).all(),
    )
    payroll = taken.select("subject_id", payroll_disputed="disputed", payroll_conflict="conflict", payroll_told=True)
    return found.join(payroll, on=["subject_id", "payroll_told"], how="left", maintain_order="left").drop(
        "payroll_told"
    )


def _facts(known: Known) -> pl.DataFrame:
    """Property as checked, and staff of the groups that are on a public payroll as such."""
    staff = known.of_kind("staff").filter(pl.col("code").is_in(list(ON_PAYROLL.of(known.parameters))))
    return pl.concat([known.of_kind("property"), staff.with_columns(code=pl.lit(PAYROLL))])


def _told(which: pl.Expr) -> pl.Expr:
    """`企业（某某商贸）、财政供养（某中学）`; null where there is none."""
    name = pl.col("code").replace_strict(NAMES, default="财产", return_dtype=pl.String)
    detail = pl.when(pl.col("text").is_not_null()).then(pl.format("（{}）", "text")).otherwise(pl.lit(""))
    words = pl.concat_str(name, detail).filter(which).unique(maintain_order=True).sort()
    return pl.when(which.any()).then(words.str.join("、"))
