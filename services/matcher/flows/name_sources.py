"""What the rows behind a finding are called by people: whose list they stood on, and of which day that list was."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from kit.among import among
from matcher.batches.tables import Batch
from matcher.feeds import store as feeds
from matcher.flows.desk import BEIJING


@dataclass(frozen=True)
class Origin:
    """A delivery: the agency and its list, and the day its sender drew it (else the day it came)."""

    title: str
    told_on: date


def origins(session: Session, records: Iterable[str]) -> dict[str, Origin]:
    """Batch → what it was, of the batches these rows (`batch:line`) stand in. Rows of the registry stand in none."""
    batches = {record.rpartition(":")[0] for record in records}
    found = {}
    for batch in session.exec(select(Batch).where(among(col(Batch.id), batches))):
        told = feeds.load(session, batch.feed, batch.feed_version)
        drawn = batch.extracted_at or batch.created_at.astimezone(BEIJING).date()
        found[batch.id] = Origin(f"{told.agency_zh} {told.title}", drawn)
    return found
