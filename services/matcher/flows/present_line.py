"""What counts of a line of deliveries: the last snapshot, the deltas upon it, without what these replaced or ended."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from sqlmodel import Session

from kit.database import reading
from matcher.batches import ends
from matcher.batches import store as batches
from matcher.batches.tables import Batch
from matcher.feeds.lines import PRESENT, key_columns, keys_of, own_columns, said_of
from matcher.flows.agreed_feeds import map_of
from matcher.flows.desk import Desk
from matcher.frames import conform, empty
from matcher.links import store as links
from matcher.reviews import store as reviews


class LineMoved(Exception):
    """Another delivery of the line began or ceased to count meanwhile: to be reckoned anew."""


@dataclass(frozen=True)
class Ends:
    """Records (ends.FRAME) that cease to count once a delivery does, by the delta that ends each; and the deliveries
    this was reckoned from."""

    by_delta: dict[str, pl.DataFrame]
    line: tuple[str, ...]


def present_records(desk: Desk, batch: Batch) -> pl.DataFrame:
    """The records of the line that count before `batch` does (PRESENT)."""
    with reading(desk.database) as session:
        counting = [one for one in batches.counting_of_line(session, batch) if one.id < batch.id]
        ended = ends.of_batches(session, [one.id for one in counting])
    parts = [empty(PRESENT)]
    for one in counting:
        feed = map_of(desk.database, one)
        records = desk.files.records(one.id, one.chunks, ["line", *own_columns(feed)])
        if records.height:
            told = records.select("line", keys_of(records, feed), said_of(records, feed))
            parts.append(conform(told.with_columns(batch_id=pl.lit(one.id)), PRESENT))
    return pl.concat(parts).join(ended, on=["batch_id", "line"], how="anti", maintain_order="left")


def ends_of(desk: Desk, batch: Batch) -> Ends:
    """What ceases to count once `batch` does: what a delta replaces or ends in the deliveries before it, and what later
    deltas do in a snapshot that comes late."""
    with reading(desk.database) as session:
        line = batches.counting_of_line(session, batch)
        ended = ends.of_batches(session, [*(one.id for one in line), batch.id])
    before = [one for one in line if one.id < batch.id] if batch.load == "delta" else []
    found = {batch.id: _with_key(desk, before, batch, ended)} if before else {}
    for later in (one for one in line if one.load == "delta" and one.id > batch.id):
        places = _with_key(desk, [batch], later, pl.concat([ended, *found.values()]))
        found[later.id] = places
    return Ends(found, tuple(one.id for one in line))


def _with_key(desk: Desk, among: Sequence[Batch], delta: Batch, ended: pl.DataFrame) -> pl.DataFrame:
    """Where records of the keys of `delta` stand in these deliveries, but for those ended already."""
    keys = desk.files.keys(delta.id)
    parts = [pl.DataFrame(schema=ends.FRAME)]
    for one in among if len(keys) else ():
        feed = map_of(desk.database, one)
        records = desk.files.records(one.id, one.chunks, key_columns(feed))
        if records.height:
            mine = records.select("line", keys_of(records, feed)).filter(pl.col("key").is_in(keys.implode()))
            parts.append(conform(mine.with_columns(batch_id=pl.lit(one.id)), ends.FRAME))
    return pl.concat(parts).join(ended, on=["batch_id", "line"], how="anti", maintain_order="left")


def write_ends(session: Session, batch: Batch, found: Ends) -> None:
    """From now on these records count no more. Raises LineMoved."""
    line = tuple(one.id for one in batches.counting_of_line(session, batch))
    if line != found.line:
        raise LineMoved
    for delta, places in found.by_delta.items():
        ends.write(session, places, delta)


def links_that_count(session: Session, batch_ids: Sequence[str]) -> pl.DataFrame:
    """The links (links.FRAME) of the records of these deliveries that count."""
    found, ended = links.of_batches(session, list(batch_ids)), ends.of_batches(session, batch_ids)
    return found.join(ended, on=["batch_id", "line"], how="anti", maintain_order="left")


def doubts_that_count(session: Session, batch_ids: Sequence[str]) -> pl.DataFrame:
    """The open doubts (reviews.FRAME) about the records of these deliveries that count."""
    found, ended = reviews.open_of(session, list(batch_ids)), ends.of_batches(session, batch_ids)
    return found.join(ended, on=["batch_id", "line"], how="anti", maintain_order="left")
