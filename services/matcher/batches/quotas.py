"""How much an agency may send a day, and how much may wait to be read: counted in the database, out of the batches.

Whoever is refused is told when to come back: at midnight in China, or when at the measured rate enough was read.
"""

import math
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from kit.columns import now
from kit.limits import DAY, SECONDS, Bound, LimitRow, count
from kit.reveals import CHINA
from matcher.batches.problems import DeliveriesWaiting, QuotaSpent
from matcher.batches.states import WAITING
from matcher.batches.tables import Batch
from matcher.settings import MatcherSettings

MEASURED = 20  # deliveries read last, from which the rate is reckoned
UNMEASURED_RATE = 2_000_000.0  # bytes a second, until something was read


def take_place(session: Session, settings: MatcherSettings, counts: type[LimitRow], batch: Batch) -> None:
    """Count `batch`, which is about to be added, as one of its agency's today. Raises QuotaSpent, DeliveriesWaiting.

    The count's row is written first: two deliveries of one agency at once come one after the other, so that neither
    takes the other's place, and the second sees the first.
    """
    at = int(time.time())
    day = Bound(f"deliveries:day:{batch.agency}", settings.agency_deliveries_per_day, DAY * SECONDS)
    made = count(session, counts, day.key, day.minute(at))
    if made > day.most:
        raise QuotaSpent(what="deliveries", limit=day.most, spent=made - 1, seconds=day.left(at))
    midnight = now().astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    sent = bytes_since(session, batch.agency, midnight)
    if sent + batch.bytes > settings.agency_bytes_per_day:
        raise QuotaSpent(what="bytes", limit=settings.agency_bytes_per_day, spent=sent, seconds=day.left(at))
    check_line(session, settings, batch.agency)


def bytes_since(session: Session, agency: str, since: datetime) -> int:
    """What an agency sent since then; an upload counts with what it said it would be."""
    query = select(func.sum(Batch.bytes)).where(col(Batch.agency) == agency, col(Batch.created_at) >= since)
    return int(session.exec(query).one() or 0)


def reading_rate(session: Session) -> float:
    """Bytes a second of the deliveries read last."""
    told = select(Batch.bytes, Batch.read_seconds).where(col(Batch.read_seconds).is_not(None))
    found = session.execute(told.order_by(col(Batch.changed_at).desc()).limit(MEASURED)).all()
    seconds = sum(float(took or 0) for _, took in found)
    return max(1.0, sum(size for size, _ in found) / seconds) if seconds else UNMEASURED_RATE


def check_line(session: Session, settings: MatcherSettings, agency: str) -> None:
    """Whether one more may wait to be read. Raises DeliveriesWaiting."""
    query = select(Batch.agency, Batch.bytes).where(col(Batch.state).in_(WAITING))
    waiting = session.execute(query.order_by(col(Batch.created_at))).all()
    line = [(sender, int(size)) for sender, size in waiting]
    for whose, most in ((agency, settings.agency_waiting), (None, settings.deliveries_waiting)):
        ahead = until_room(line, whose, most)
        if ahead is not None:
            seconds = math.ceil(ahead / reading_rate(session) + settings.worker_poll_seconds)
            raise DeliveriesWaiting(limit=most, seconds=max(1, seconds))


def until_room(line: Sequence[tuple[str, int]], whose: str | None, most: int) -> int | None:
    """Bytes to be read, oldest first, until fewer than `most` deliveries (of one agency, or of all) wait; None: now."""
    mine = [whose is None or agency == whose for agency, _ in line]
    to_go = sum(mine) - most + 1
    if to_go <= 0:
        return None
    read = 0
    for (_, size), counts in zip(line, mine, strict=True):
        read, to_go = read + size, to_go - counts
        if to_go <= 0:
            break
    return read


def expiry(settings: MatcherSettings) -> datetime:
    """When an upload that nobody goes on with expires."""
    return now() + timedelta(hours=settings.open_keep_hours)
