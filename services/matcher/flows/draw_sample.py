"""Links nobody doubts, drawn for review: only what is looked at without being suspect tells how often links are right.

The draw hangs on the keys and on what the row says, so the same row is drawn in every month or in none, nobody can
foretell it, and each link's probability of being drawn is known: its grade's share.
"""

from collections.abc import Mapping, Sequence

import orjson
import polars as pl

from matcher.batches.tables import Batch
from matcher.flows.desk import Desk
from matcher.reviews.rule import sample_draw
from matcher.sealed import FileMissing
from matcher.settings import MatcherSettings
from matcher.settlements.prints import record_prints

FIGURE = "draw"
KEPT_BELOW = 0.05  # draws kept with a batch; a larger share has them made anew
DRAWN = {"batch_id": pl.String, "line": pl.Int32, "share": pl.Float64}


def draw_sample(desk: Desk, counting: Sequence[Batch], seen: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """batch_id, line, share of the drawn among `links` (links.FRAME); `seen` holds the records of `counting`."""
    shares = _shares(desk.settings)
    most = max(shares.values(), default=0.0)
    if most == 0.0:
        return pl.DataFrame(schema=DRAWN)
    parts = [_draws(desk, batch, seen, most) for batch in counting]
    draws = pl.concat(parts) if parts else pl.DataFrame(schema={**DRAWN, "draw": pl.Float64}).drop("share")
    chosen = links.select("batch_id", "line", pl.col("grade").replace_strict(shares, default=0.0).alias("share"))
    joined = chosen.join(draws, on=["batch_id", "line"])
    return joined.filter(pl.col("draw") < pl.col("share")).select(list(DRAWN))


def _shares(settings: MatcherSettings) -> Mapping[str, float]:
    return {"certain": settings.review_sample_certain, "probable": settings.review_sample_probable}


def _draws(desk: Desk, batch: Batch, seen: pl.DataFrame, most: float) -> pl.DataFrame:
    """batch_id, line, draw of the rows of a batch that may be drawn; counted once and kept with it."""
    below = 1.0 if most > KEPT_BELOW else KEPT_BELOW
    lines = _kept(desk, batch.id, below)
    if lines is None:
        rows = seen.filter(pl.col("batch_id") == batch.id)
        prints = record_prints(rows, desk.ring.mac)
        each = zip(rows["line"], map(sample_draw, prints), strict=True)
        lines = [(line, draw) for line, draw in each if draw < below]
        desk.files.write_figures(batch.id, FIGURE, orjson.dumps({"below": below, "lines": lines}))
    found = pl.DataFrame(lines, schema={"line": pl.Int32, "draw": pl.Float64}, orient="row")
    return found.select(pl.lit(batch.id).alias("batch_id"), "line", "draw")


def _kept(desk: Desk, batch_id: str, below: float) -> list[tuple[int, float]] | None:
    try:
        kept = orjson.loads(desk.files.figures(batch_id, FIGURE))
    except FileMissing:
        return None
    return [(line, draw) for line, draw in kept["lines"]] if kept["below"] >= below else None
