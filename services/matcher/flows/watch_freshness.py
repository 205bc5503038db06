"""Is every feed still delivered as agreed? A list made from last year's file is a list of last year's poor.

The newest data of each line of deliveries are compared with what its feed agreed; who was never heard of is told by the
statistics, which know what was agreed and by whom.
"""

from datetime import timedelta

from kit.database import reading, transaction
from kit.logs import get_logger
from matcher.batches import alerts
from matcher.flows.agreed_feeds import map_of
from matcher.flows.desk import Desk

_log = get_logger("watch_freshness")


def watch_freshness(desk: Desk) -> tuple[int, int]:
    """Raise what became stale and clear what is fresh again: how many of each. Safe to repeat, and by any worker."""
    today, raised, cleared = desk.today(), 0, 0
    with reading(desk.database) as session:
        found = alerts.newest_of_each_line(session)
    for batch in found:
        agreed = map_of(desk.database, batch).freshness_days
        due = alerts.day_of(batch) + timedelta(days=agreed)
        with transaction(desk.database) as session:
            if due >= today:
                cleared += alerts.clear(session, batch, today)
            elif (alert := alerts.raise_stale(session, batch, agreed)) is not None:
                raised += 1
                _log.warning("feed_stale", feed=batch.feed, batch_id=alert.last_batch)
    return raised, cleared
