"""A batch arrives: who may send it, whether it can be read at all, and then it is stored sealed. Fast, in the request.

Whatever is refused here leaves nothing behind: no row, no file. Reading the rows is the worker's work.
"""

import hashlib
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from kit.auth import Caller
from kit.columns import new_id, now
from matcher.batches import store
from matcher.batches.files import BatchFiles
from matcher.batches.problems import DeliveryEmpty, FeedNotYours
from matcher.batches.tables import Batch
from matcher.feeds.feed import Feed, FeedUnknown, feed_ids, load_feed
from matcher.feeds.read import check_columns


@dataclass(frozen=True)
class Delivery:
    """What the caller sent and said of it."""

    content: bytes
    media_type: str | None = None
    mode: str = "commit"
    load: str | None = None  # None = as the feed agreed
    period: str | None = None
    extracted_at: date | None = None


def feeds_of(caller: Caller) -> list[Feed]:
    """The feeds the caller's agency delivers."""
    return [feed for feed in map(load_feed, feed_ids()) if feed.agency == caller.agency]


def feed_for(caller: Caller, feed_id: str) -> Feed:
    """The feed, when the caller may push it. Raises FeedUnknown or FeedNotYours, both naming those it may."""
    yours = [feed.id for feed in feeds_of(caller)]
    if feed_id not in feed_ids():
        # The id asked for is free text of the caller: only its letters are echoed, cut short.
        raise FeedUnknown(feed=feed_id[:64], known=yours)
    feed = load_feed(feed_id)
    if feed.agency != caller.agency:
        raise FeedNotYours(feed=feed.id, agency=feed.agency, yours=yours)
    return feed


def take_batch(session: Session, files: BatchFiles, caller: Caller, feed: Feed, delivery: Delivery) -> Batch:
    """Store the delivery. Raises DeliveryEmpty, FeedColumnsWrong, FileUnreadable.

    The same content as the last delivery of this feed becomes an `unchanged` batch without any work.
    """
    if not delivery.content:
        raise DeliveryEmpty
    check_columns(delivery.content, feed, delivery.media_type)
    batch = _row(caller, feed, delivery)
    last = store.last_delivery(session, batch)
    if last is not None and last.sha256 == batch.sha256 and last.mode == batch.mode:
        batch.state, batch.same_as = "unchanged", last.id
        batch.rows_total, batch.outcomes = last.rows_total, {"unchanged": last.rows_total or 0}
        session.add(batch)
        return batch
    session.add(batch)
    session.flush()
    try:
        files.keep_delivery(batch.id, delivery.content)
    except OSError:
        files.discard(batch.id)
        raise
    return batch


def _row(caller: Caller, feed: Feed, delivery: Delivery) -> Batch:
    at = now()
    return Batch(
        id=new_id(),
        feed=feed.id,
        feed_version=feed.version,
        agency=caller.agency,
        area=caller.area,
        client_id=caller.client_id,
        purpose=caller.purpose,
        load=delivery.load or feed.load,
        mode=delivery.mode,
        period=delivery.period,
        extracted_at=delivery.extracted_at,
        media_type=delivery.media_type,
        bytes=len(delivery.content),
        sha256=hashlib.sha256(delivery.content).hexdigest(),
        state="sealed",
        created_at=at,
        changed_at=at,
    )
