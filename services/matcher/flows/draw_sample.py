"""Links nobody doubts, drawn for review: only what is looked at without being suspect tells how often links are right.

The draw hangs on the keys and on what the row says, so the same row is drawn in every month or in none, nobody can
foretell it, and each link's probability of being drawn is known: its grade's share.
"""

from collections.abc import Mapping

import polars as pl

from matcher.flows.desk import Desk
from matcher.reviews.rule import sample_draw
from matcher.settings import MatcherSettings
from matcher.settlements.prints import record_prints

_PLACE = ["batch_id", "line"]


def draw_sample(desk: Desk, seen: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """batch_id, line, share of the drawn among `links` (links.FRAME); `seen` holds the records they are of."""
    share = pl.col("grade").replace_strict(_shares(desk.settings), default=0.0)
    chosen = links.select(*_PLACE, share.alias("share")).filter(pl.col("share") > 0)
    rows = seen.join(chosen, on=_PLACE, maintain_order="left")
    draws = [sample_draw(print_) for print_ in record_prints(rows, desk.ring.macs)]
    return rows.select(*_PLACE, "share").filter(pl.Series(draws, dtype=pl.Float64) < pl.col("share"))


def _shares(settings: MatcherSettings) -> Mapping[str, float]:
    return {"certain": settings.review_sample_certain, "probable": settings.review_sample_probable}
