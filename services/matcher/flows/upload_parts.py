"""A file comes in parts: opened with what the whole will be, parts in any order and as often as need be, then sealed.

A part is on disk, sealed, before its row says it is here; its row is what the sender is told. What a process that died
left between the two is no part, and lies in nobody's way. The whole is checked when it is sealed, outside of any
transaction; whether nothing moved meanwhile is looked at in the one that seals it.
"""

import hashlib
import io
from collections.abc import Sequence

from sqlmodel import Session

from kit.auth import Caller
from kit.columns import now
from kit.database import reading
from kit.grids import opening_of
from kit.problems import Conflict
from matcher.batches import parts, quotas, store
from matcher.batches.problems import (
    DeliveryEmpty,
    PartOutOfBounds,
    PartsDiffer,
    UploadExpired,
    UploadTooLarge,
    UploadUnstated,
)
from matcher.batches.states import move, refused
from matcher.batches.tables import Batch, BatchPart
from matcher.feeds.feed import Feed
from matcher.feeds.read import OPENING_BYTES, check_columns
from matcher.flows.agreed_feeds import map_of
from matcher.flows.desk import Desk
from matcher.flows.take_batch import Delivery, check_not_overtaken, check_supersedes, enter, row_of, settle_repetition


def open_upload(session: Session, desk: Desk, caller: Caller, feed: Feed, delivery: Delivery) -> Batch:
    """A batch that waits for its parts: the client's own that is open for the same file already, where there is one, so
    that an answer that was lost leaves no second upload behind. Raises UploadUnstated, UploadTooLarge, and what `enter`
    does."""
    told, most = delivery.expected, desk.settings.delivery_max_bytes
    if delivery.content or told.sha256 is None or told.bytes is None:
        raise UploadUnstated
    if told.bytes > most:
        raise UploadTooLarge(bytes=told.bytes, limit=most)
    batch = row_of(desk, caller, feed, delivery)
    batch.state, batch.sealed_at, batch.expires_at = "open", None, quotas.expiry(desk.settings)
    batch.bytes, batch.sha256 = told.bytes, told.sha256
    there = store.same_upload(session, batch)
    if there is None:
        enter(session, desk, batch)
    return there or batch


def take_part(session: Session, desk: Desk, caller: Caller, place: tuple[str, int], content: bytes) -> BatchPart:
    """Keep part `place` (batch, number); the same once more is fine, another content takes the place of the former.

    `session` must not have been used: it begins when the part is on disk. Raises NotFound, Conflict, UploadExpired,
    DeliveryEmpty, PartOutOfBounds.
    """
    batch_id, number = place
    if not content:
        raise DeliveryEmpty
    told = (len(content), hashlib.sha256(content).hexdigest())
    with reading(desk.database) as look:
        batch = store.find(look, caller, batch_id)
        there = parts.of_batch(look, batch_id)
    _check_part(desk, batch, there, number, told[0])
    known = next((part for part in there if part.number == number), None)
    if known is not None and (known.bytes, known.sha256) == told:
        return known
    desk.files.keep_part(batch_id, parts.name_of(number, told[1]), content)
    batch = store.find(session, caller, batch_id, to_write=True)
    _check_part(desk, batch, parts.of_batch(session, batch_id), number, told[0])
    return parts.keep(session, batch, number, told, desk.settings.open_keep_hours)


def _check_part(desk: Desk, batch: Batch, there: Sequence[BatchPart], number: int, size: int) -> None:
    """Whether a part of that size may come now."""
    if batch.state != "open":
        raise refused(batch, "parts")
    if batch.expires_at is not None and batch.expires_at < now():
        raise UploadExpired(hours=desk.settings.open_keep_hours)
    received = sum(part.bytes for part in there if part.number != number)
    if not 1 <= number <= desk.settings.part_most or received + size > batch.bytes:
        raise PartOutOfBounds(most=desk.settings.part_most, bytes=batch.bytes, received=received)


def check_upload(desk: Desk, batch: Batch) -> list[BatchPart]:
    """The parts of an open batch, when they are the file its sender stated and a file of its feed.

    Raises PartsMissing, PartsDiffer, FeedColumnsWrong, FileUnreadable. Takes as long as the file is large.
    """
    with reading(desk.database) as session:
        found = parts.of_batch(session, batch.id)
    parts.check_whole(found, batch.bytes)
    check_columns(_to_judge(desk, batch, _names(found)), map_of(desk.database, batch), batch.media_type)
    return found


def _to_judge(desk: Desk, batch: Batch, names: Sequence[str]) -> bytes:
    """What the door looks at of a file in parts: what a text begins with, anything else whole. Raises PartsDiffer."""
    digest, held, opening = hashlib.sha256(), io.BytesIO(), None
    for piece in desk.files.pieces(batch.id, names):
        digest.update(piece)
        if opening is None:
            short = held.tell() < OPENING_BYTES
            held.write(piece)
            if short and held.tell() >= OPENING_BYTES:
                opening = opening_of(held.getvalue()[:OPENING_BYTES])
    if digest.hexdigest() != batch.sha256:
        raise PartsDiffer
    return held.getvalue() if opening is None else opening


def seal_upload(session: Session, desk: Desk, batch: Batch, checked: Sequence[BatchPart]) -> None:
    """The file is here as `checked`: from now on it waits to be read. Raises Conflict when a part came meanwhile."""
    names = _names(checked)
    if _names(parts.of_batch(session, batch.id)) != names:
        raise Conflict(reason="封存期间又收到分片，请再次 seal (a part came meanwhile: seal again)")
    quotas.check_line(session, desk.settings, batch.agency)
    check_supersedes(session, batch)
    check_not_overtaken(session, batch)
    desk.files.keep_parts(batch.id, names)  # nobody else seals it: the row is held
    move(batch, "sealed")
    batch.sealed_at, batch.expires_at = now(), None
    settle_repetition(session, batch)
    session.add(batch)


def _names(found: Sequence[BatchPart]) -> list[str]:
    return [parts.name_of(part.number, part.sha256) for part in found]
