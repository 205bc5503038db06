"""A batch arrives: who may send it, whether it can be read at all, and then it is stored sealed. Fast, in the request.

Whatever is refused here leaves nothing behind: no row, no file. Reading the rows is the worker's work.
"""

import hashlib
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from kit import traces
from kit.auth import Caller
from kit.columns import new_id, now
from kit.database import reading
from kit.problems import Conflict
from matcher.audit.tables import CallCount
from matcher.batches import quotas, store
from matcher.batches.problems import DeliveryEmpty, DeliveryNotAsStated
from matcher.batches.states import move
from matcher.batches.tables import Batch
from matcher.feeds.feed import Feed
from matcher.feeds.read import check_columns
from matcher.flows.desk import Desk

SAME = ("sha256", "mode", "load", "atomicity", "feed_version")  # in what a repetition agrees with what it repeats


@dataclass(frozen=True)
class Expected:
    """What the sender says the file is; None: not said."""

    sha256: str | None = None
    bytes: int | None = None
    rows: int | None = None


@dataclass(frozen=True)
class Delivery:
    """What the caller sent and said of it."""

    content: bytes
    media_type: str | None = None
    mode: str = "commit"
    load: str | None = None  # None = as the feed agreed
    period: str | None = None
    extracted_at: date | None = None
    atomicity: str = "row"
    supersedes: str | None = None  # the snapshot the sender believes to be the present one
    expected: Expected = Expected()


def take_batch(session: Session, desk: Desk, caller: Caller, feed: Feed, delivery: Delivery) -> Batch:
    """Store the delivery. Raises DeliveryEmpty, DeliveryNotAsStated, FeedColumnsWrong, FileUnreadable, QuotaSpent,
    DeliveriesWaiting, Conflict.

    The same content as the last delivery of this feed becomes an `unchanged` batch without any work. The file is on
    disk before the database is asked anything: nobody waits for a disk with the database's lock in hand.
    """
    if not delivery.content:
        raise DeliveryEmpty
    batch = row_of(desk, caller, feed, delivery)
    _check_stated(batch, delivery)
    check_columns(delivery.content, feed, delivery.media_type)
    try:
        desk.files.keep_delivery(batch.id, delivery.content)
        enter(session, desk, batch)
        settle_repetition(session, batch)
    except BaseException:
        desk.files.discard(batch.id)
        raise
    if batch.state == "unchanged":
        desk.files.discard(batch.id)
    return batch


def enter(session: Session, desk: Desk, batch: Batch) -> None:
    """Add a batch within its agency's quotas, on the snapshot its sender means. Raises QuotaSpent, DeliveriesWaiting,
    Conflict."""
    quotas.take_place(session, desk.settings, CallCount, batch)
    check_supersedes(session, batch)
    session.add(batch)
    session.flush()


def check_supersedes(session: Session, batch: Batch) -> None:
    """Whether the snapshot the sender means is the present one. Raises Conflict with the present one."""
    present = store.present_snapshot(session, batch)
    if batch.supersedes is not None and batch.supersedes != (present and present.id):
        told = present.id if present is not None else "无 (none)"
        raise Conflict(reason=f"supersedes：当前生效的快照是 {told}，请核对后再推送 (the present snapshot is another)")


def check_not_overtaken(session: Session, batch: Batch) -> None:
    """Whether no newer snapshot of its line counts by now: it would end the batch at once. Raises Conflict."""
    if (newer := store.overtaken_by(session, batch)) is not None:
        raise Conflict(
            reason=f"较新的快照 {newer} 已生效，请撤回后重新推送 (a newer snapshot counts: cancel, push anew)"
        )


def settle_repetition(session: Session, batch: Batch) -> None:
    """The same content as before, said the same way and read by the same agreement, is no work."""
    store.take_turns(session, batch)
    last = store.newest_delivery(session, batch)
    if last is None or any(getattr(last, name) != getattr(batch, name) for name in SAME):
        return
    move(batch, "unchanged")
    batch.same_as = last.id
    batch.account(last.rows_total or 0, {"unchanged": last.rows_total or 0})
    session.add(batch)


def row_of(desk: Desk, caller: Caller, feed: Feed, delivery: Delivery) -> Batch:
    """The row of a delivery whose content is here. Its id comes after those of its line, whatever the clock says: ids
    tell what replaces what."""
    at = now()
    batch = Batch(
        id=new_id(),
        feed=feed.id,
        feed_version=feed.version,
        agency=caller.agency,
        area=caller.area,
        client_id=caller.client_id,
        purpose=caller.purpose,
        load=delivery.load or feed.load,
        mode=delivery.mode,
        atomicity=delivery.atomicity,
        period=delivery.period,
        extracted_at=delivery.extracted_at,
        media_type=delivery.media_type,
        bytes=len(delivery.content),
        sha256=hashlib.sha256(delivery.content).hexdigest(),
        expected_rows=delivery.expected.rows,
        supersedes=delivery.supersedes,
        state="sealed",
        sealed_at=at,
        created_at=at,
        changed_at=at,
        trace=traces.carried(),
    )
    with reading(desk.database) as look:
        batch.id = new_id(after=store.newest_id(look, batch))
    return batch


def _check_stated(batch: Batch, delivery: Delivery) -> None:
    stated = delivery.expected
    for what, wish, found in (("bytes", stated.bytes, batch.bytes), ("sha256", stated.sha256, batch.sha256)):
        if wish is not None and wish != found:
            raise DeliveryNotAsStated(what=what, stated=wish, found=found)
