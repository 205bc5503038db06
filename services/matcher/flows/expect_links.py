"""What a model expects of the deliveries that count: its own posteriors, added up by feed and group of records."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from matcher.batches.tables import Batch
from matcher.flows.model_ground import Ground
from matcher.linkage import chain
from matcher.linkage.card import best_candidates, estimates, histogram
from matcher.linkage.groups import groups_of
from matcher.linkage.index import PeopleIndex
from matcher.linkage.model import Model

Tell = Callable[[str, int, int], None]  # phase, parts done, parts in all


@dataclass(frozen=True)
class Part:
    """One delivery under a model: IDENTITY rows and LINK candidates."""

    batch: Batch
    rows: pl.DataFrame
    found: pl.DataFrame


@dataclass(frozen=True)
class Told:
    """What is kept of one delivery: record_id, probability, assigned; and the groups its records are in."""

    feed: str
    best: pl.DataFrame
    groups: pl.DataFrame  # groups.GROUPS, with the feed as a dimension


def linked_under(ground: Ground, model: Model, tell: Tell) -> Iterator[Part]:
    """Every delivery that counts, linked by `model`, one at a time."""
    index = PeopleIndex.of(ground.identities, ground.areas)
    for done, batch in enumerate(ground.counting):
        tell("linking", done, len(ground.counting))
        rows = ground.records(batch)
        yield Part(batch, rows, chain.link_to(index, rows, model, areas=ground.areas).links)


def told_of(ground: Ground, part: Part) -> Told:
    """What one delivery adds to the figures."""
    feed = part.rows.select(record_id="id", dimension=pl.lit("feed"), group=pl.lit(part.batch.feed))
    grouped = pl.concat([feed, groups_of(part.rows, ground.desk.today())])
    return Told(part.batch.feed, best_candidates(part.found, part.rows), grouped)


def expected(told: Sequence[Told]) -> dict[str, Any]:
    """`errors` by feed and group, and per feed a `histogram` of each record's likeliest candidate."""
    if not told:
        return {"errors": [], "histogram": {}}
    best, grouped = pl.concat([one.best for one in told]), pl.concat([one.groups for one in told])
    feeds = sorted({one.feed for one in told})
    bars = {feed: histogram(pl.concat([one.best for one in told if one.feed == feed])) for feed in feeds}
    return {"errors": estimates(best, grouped), "histogram": bars}
