"""What an agency's rows say against the person's number, against the card's own number, and against our coverage."""

import polars as pl

from matcher.screens.columns.doors import beside
from matcher.screens.columns.known import Known, distinct
from matcher.screens.columns.part import Among
from matcher.screens.columns.sources import named
from matcher.screens.parameters import Words

IDENTITY, CARD, COVERAGE = "identity", "card", "coverage"
TOLD_BACK = Words("disagreements", "退请来源部门核对的不一致", (IDENTITY, CARD, COVERAGE), empty=True)
# What an agency is told of coverage it may know only where its agreement says so (article 25 of the regulation on
# sharing government data): the feeds of such agencies.
CLAIMS_FEEDS = Words("claims_feeds", "协议允许知晓在保情况的数据源", empty=True)


def columns(frame: pl.DataFrame, known: Known) -> pl.DataFrame:
    """disagreement_text (null where nothing is), disagreement_sources, disagreement_records."""
    p = known.parameters
    kinds = {IDENTITY: "identity-differs", CARD: "card-differs"}
    told = known.of_kind(*(kind for name, kind in kinds.items() if name in TOLD_BACK.of(p)))
    rows = [told.select("subject_id", "feed", "record", said="text")]
    if COVERAGE in TOLD_BACK.of(p):
        rows.append(_claims(frame, known))
    both = pl.concat(rows).drop_nulls("said").sort("subject_id", "feed", "said", maintain_order=True)
    found = both.group_by("subject_id", maintain_order=True).agg(
        disagreement_text=pl.concat_str(named(pl.col("feed")), pl.lit("："), pl.col("said"))
        .unique(maintain_order=True)
        .str.join("；"),
        disagreement_sources=named(pl.col("feed")).unique(maintain_order=True).str.join("、"),
        disagreement_records=distinct(pl.col("record")),
    )
    return beside(frame, found, "subject_id")


def _claims(frame: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Rows that claim support nobody gives, or deny what is given; only of agencies that may know."""
    claims = known.of_kind("claims-coverage").filter(pl.col("feed").is_in(list(CLAIMS_FEEDS.of(known.parameters))))
    joined = claims.join(frame.select("subject_id", "covered"), on="subject_id", maintain_order="left")
    said = (
        pl.when((pl.col("code") == "yes") & ~pl.col("covered"))
        .then(pl.lit("写明享受低保，民政登记不在保"))
        .when((pl.col("code") == "no") & pl.col("covered"))
        .then(pl.lit("写明未享受低保，民政登记在保"))
    )
    return joined.select("subject_id", "feed", "record", said=said)


AMONG = Among(columns, ("identity-differs", "card-differs", "claims-coverage"))
