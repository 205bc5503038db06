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


# What a sender may be asked to put right without a visit, because a stated rule says that its row is the weaker.
NUMBER_WRONG, CARD_WRONG, CLAIMS_YES, CLAIMS_NO = "D-number", "D-card", "D-yes", "D-no"
UNSOUND = "unsound"  # the code of identity-differs where the row's number can be nobody's


def columns(frame: pl.DataFrame, known: Known) -> pl.DataFrame:
    """disagreement_text (null where nothing is), disagreement_sources, disagreement_records; disagreement_asks: what a
    sender is to be asked, as `code|record`.

    The rules: a card's own number decides against what is written beside it; a number that can be nobody's is wrong,
    another one than the registered only where the link is certain; the registry decides who is covered.
    """
    p = known.parameters
    kinds = {IDENTITY: "identity-differs", CARD: "card-differs"}
    told = known.of_kind(*(kind for name, kind in kinds.items() if name in TOLD_BACK.of(p)))
    sure = (pl.col("code") == UNSOUND).fill_null(False) | (pl.col("grade") == "certain")
    ask = (
        pl.when(pl.col("kind") == kinds[CARD])
        .then(pl.lit(CARD_WRONG))
        .when(sure.fill_null(False))
        .then(pl.lit(NUMBER_WRONG))
    )
    rows = [told.select("subject_id", "feed", "record", said="text", ask=ask)]
    if COVERAGE in TOLD_BACK.of(p):
        rows.append(_claims(frame, known))
    both = pl.concat(rows).drop_nulls("said").sort("subject_id", "feed", "said", maintain_order=True)
    asks = pl.concat_str("ask", pl.lit("|"), "record")
    found = both.group_by("subject_id", maintain_order=True).agg(
        disagreement_text=pl.concat_str(named(pl.col("feed")), pl.lit("："), pl.col("said"))
        .unique(maintain_order=True)
        .str.join("；"),
        disagreement_sources=named(pl.col("feed")).unique(maintain_order=True).str.join("、"),
        disagreement_records=distinct(pl.col("record")),
        disagreement_asks=distinct(asks),
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
    ask = pl.when(pl.col("code") == "yes").then(pl.lit(CLAIMS_YES)).otherwise(pl.lit(CLAIMS_NO))
    return joined.select("subject_id", "feed", "record", said=said, ask=ask)


AMONG = Among(columns, ("identity-differs", "card-differs", "claims-coverage"))
