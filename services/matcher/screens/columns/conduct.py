"""Whose hands support passes through: custodians of cards, staff and their relatives, petitions that come again."""

import polars as pl

from china.masks import mask_name_expr
from matcher.screens.columns.known import Known, distinct
from matcher.screens.parameters import Whole

CUSTODIAN_CARDS = Whole("custodian_cards", "一人可以代管的卡折数", 1, 100, "张")
PETITION_TIMES = Whole("petition_times", "同人同事信访几次算重复", 2, 100, "次")
PETITION_MONTHS = Whole("petition_months", "重复信访回看的月数", 1, 240, "月")

_OFFICES = ("cadre", "staff")


def columns(known: Known) -> pl.DataFrame:
    """What the functions below say of a person."""
    found = _custody(known)
    for part in (_staff(known), _filed(known), _kin(known), _petitions(known)):
        found = found.join(part, on="subject_id", how="full", coalesce=True)
    return found


def _custody(known: Known) -> pl.DataFrame:
    """custodian (masked), custodian_mark, custodian_post, custodian_cards, custody_until, custody_office, custody_many,
    custody_expired, custody_records.

    The last day of a custody is one of it. Of several custodians the one who holds an office, then most cards.
    """
    office = pl.col("code").is_in(_OFFICES).fill_null(False)
    expired = (pl.col("valid_to") < known.as_of).fill_null(False)
    many = (pl.col("count") > CUSTODIAN_CARDS.of(known.parameters)).fill_null(False)
    risky = known.of_kind("custodian").with_columns(office=office, many=many, expired=expired)
    risky = risky.filter(pl.any_horizontal("office", "many", "expired"))
    risky = risky.sort("office", "many", "count", descending=True, nulls_last=True, maintain_order=True)
    return risky.group_by("subject_id", maintain_order=True).agg(
        custodian=mask_name_expr(pl.col("text")).first(),
        custodian_mark=pl.col("about").first(),
        custodian_post=pl.col("code").first(),
        custodian_cards=pl.col("count").first(),
        custody_until=pl.col("valid_to").filter("expired").min(),
        custody_office=pl.col("office").any(),
        custody_many=pl.col("many").any(),
        custody_expired=pl.col("expired").any(),
        custody_records=distinct(pl.col("record")),
    )


def _staff(known: Known) -> pl.DataFrame:
    """is_staff, staff_post, staff_mark, staff_records: of the roster of those whose relatives are to be filed."""
    now = pl.col("valid_to").is_null() | (pl.col("valid_to") >= known.as_of)
    found = known.of_kind("staff").filter(now)
    return found.group_by("subject_id", maintain_order=True).agg(
        is_staff=pl.lit(True),
        staff_post=pl.col("text").drop_nulls().first(),
        staff_mark=pl.col("about").drop_nulls().first(),
        staff_records=distinct(pl.col("record")),
    )


def _filed(known: Known) -> pl.DataFrame:
    """filed_marks: the staff members a beneficiary was filed as a relative of; "" stands for one nobody can name."""
    found = known.of_kind("staff-relative").group_by("subject_id", maintain_order=True)
    return found.agg(filed_marks=pl.col("about").fill_null("").unique(maintain_order=True))


def _kin(known: Known) -> pl.DataFrame:
    """kin_of, kin_records: whom of the subjects known here a person is related to, where a register says so."""
    told = known.of_kind("kin").filter(pl.col("about").is_not_null()).select("subject_id", "record", kin="about")
    # Kin is kin on either side, whichever of the two the register wrote the other down for.
    back = told.select("record", subject_id="kin", kin="subject_id")
    found = pl.concat([told, back], how="diagonal").group_by("subject_id", maintain_order=True)
    return found.agg(kin_of=pl.col("kin").unique(maintain_order=True), kin_records=distinct(pl.col("record")))


def _petitions(known: Known) -> pl.DataFrame:
    """petitions, petition_matter, petition_last, petition_records: the matter most often brought again of late."""
    p = known.parameters
    back = pl.lit(known.as_of).dt.offset_by(f"-{PETITION_MONTHS.of(p)}mo")
    again = (pl.col("code") == "repeat") & (pl.col("count") >= PETITION_TIMES.of(p)) & (pl.col("valid_from") > back)
    found = known.of_kind("petition").filter(again).sort("count", "valid_from", descending=True, maintain_order=True)
    return found.group_by("subject_id", maintain_order=True).agg(
        petitions=pl.col("count").first(),
        petition_matter=pl.col("text").first(),
        petition_last=pl.col("valid_from").first(),
        petition_records=distinct(pl.col("record")),
    )


def beside(frame: pl.DataFrame, known: Known) -> pl.DataFrame:
    """staff_beside, staff_is, beside_post, beside_records: a staff member at home or among the kin, not filed.

    A filing of anybody in the household counts for all of it: cases are households'. It names the staff member, or,
    where the roster and the filing have no token in common to compare, any filing does.
    """
    home = pl.coalesce("household_key", "subject_id")
    staff = frame.filter(pl.col("is_staff")).select(
        home=home, staff_id="subject_id", post="staff_post", mark="staff_mark", records="staff_records"
    )
    filed = frame.filter(pl.col("filed_marks").is_not_null()).select(home=home, filed="filed_marks")
    filed = filed.explode("filed").group_by("home").agg(filed=pl.col("filed").unique())
    people = frame.select("subject_id", "kin_of", home=home).join(filed, on="home", how="left")
    at_home = people.join(staff, on="home").with_columns(by_kin=pl.lit(False))
    # Kin may live where other values decide, and be in no frame of this scene: known is what is said of them.
    anywhere = _staff(known).select(
        staff_id="subject_id", post="staff_post", mark="staff_mark", records="staff_records"
    )
    related = people.explode("kin_of").join(anywhere, left_on="kin_of", right_on="staff_id")
    related = related.with_columns(staff_id=pl.col("kin_of"), by_kin=pl.lit(True))
    columns = ["subject_id", "filed", "staff_id", "post", "mark", "records", "by_kin"]
    pairs = pl.concat([at_home.select(columns), related.select(columns)])
    told = pl.col("filed").is_not_null() & (
        pl.col("mark").is_null() | pl.col("filed").list.contains(pl.col("mark")) | pl.col("filed").list.contains("")
    )
    unfiled = pairs.filter(~told.fill_null(False)).sort("by_kin", "staff_id", maintain_order=True)
    found = unfiled.group_by("subject_id", maintain_order=True).agg(
        staff_beside=pl.lit(True),
        staff_self=(pl.col("staff_id") == pl.col("subject_id")).any(),
        staff_by_kin=pl.col("by_kin").all(),
        beside_post=pl.col("post").first(),
        beside_records=pl.col("records").list.explode().drop_nulls().unique(maintain_order=True),
    )
    return frame.join(found, on="subject_id", how="left", maintain_order="left")
