"""The maps in force: those shipped, and those put in force since, which stand in the database.

Asked for whenever it is needed, so that every process sees a new version as soon as it is there. What is kept in
memory is only the map a document says, by the document: a version never changes.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlmodel import Session, col, select

from kit.columns import now
from matcher.feeds.feed import Feed, FeedUnknown, shipped
from matcher.feeds.tables import FeedVersion


@dataclass(frozen=True)
class Change:
    """Who put a version in force, why, and what it changed of the one before."""

    made_by: str
    reason: str
    changes: list[dict[str, Any]]


@dataclass(frozen=True)
class Version:
    """A version of a feed and where it comes from; a shipped one has nobody, no reason and no moment."""

    feed: Feed
    made_by: str | None = None
    made_at: datetime | None = None
    reason: str | None = None
    changes: list[dict[str, Any]] | None = None


def ids(session: Session) -> tuple[str, ...]:
    """All feeds, in order."""
    stored = session.exec(select(FeedVersion.feed).distinct())
    return tuple(sorted({*stored, *(feed_id for feed_id, _ in shipped())}))


def newest(session: Session) -> list[Feed]:
    """The map in force of every feed, in the order of their ids."""
    return [versions(session, feed_id)[0].feed for feed_id in ids(session)]


def load(session: Session, feed_id: str, version: int | None = None) -> Feed:
    """The map of a feed, the one in force if no version is asked for. Raises FeedUnknown."""
    kept = [one for one in versions(session, feed_id) if version in (None, one.feed.version)]
    if not kept:
        raise FeedUnknown(feed=feed_id if version is None else f"{feed_id} v{version}", known="、".join(ids(session)))
    return kept[0].feed


def versions(session: Session, feed_id: str) -> list[Version]:
    """All versions of a feed, the newest first; none for a feed there is not."""
    rows = session.exec(select(FeedVersion).where(col(FeedVersion.feed) == feed_id))
    found = {number: Version(feed) for (one, number), feed in shipped().items() if one == feed_id}
    # A stored version stands before a shipped one of its number: batches were taken with it.
    found |= {
        row.version: Version(_parsed(row.document), row.made_by, row.made_at, row.reason, row.changes) for row in rows
    }
    return [found[number] for number in sorted(found, reverse=True)]


def add(session: Session, feed: Feed, change: Change) -> bool:
    """Put a new version in force. False when somebody else put one of that number in force meanwhile."""
    row = {
        "feed": feed.id,
        "version": feed.version,
        "document": feed.model_dump_json(),
        "made_by": change.made_by,
        "made_at": now(),
        "reason": change.reason,
        "changes": change.changes,
    }
    insert = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    made = insert(FeedVersion).values(row).on_conflict_do_nothing().returning(col(FeedVersion.version))
    return session.execute(made).first() is not None


@lru_cache(maxsize=512)
def _parsed(document: str) -> Feed:
    return Feed.model_validate_json(document)
