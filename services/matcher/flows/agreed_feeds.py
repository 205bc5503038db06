"""Which feeds there are for a caller: an agency's own; the county office and whoever keeps the feeds see all of them.

Pushing is another matter: a delivery is the agency's own, whoever may read what was agreed.
"""

from sqlmodel import Session

from kit.auth import Caller
from kit.database import Database, reading
from matcher.batches.problems import FeedNotYours
from matcher.batches.store import sees_links
from matcher.batches.tables import Batch
from matcher.feeds import store as feeds
from matcher.feeds.feed import Feed, FeedUnknown

KEEPER_SCOPE = "feeds:write"


def keeps_feeds(caller: Caller) -> bool:
    """Whether the caller puts maps in force; no other agency does, whatever its scopes."""
    return caller.terms is None and KEEPER_SCOPE in caller.scopes


def map_of(database: Database, batch: Batch) -> Feed:
    """The map a delivery was taken by, whatever is in force by now."""
    with reading(database) as session:
        return feeds.load(session, batch.feed, batch.feed_version)


def feeds_of(session: Session, caller: Caller) -> list[Feed]:
    """The feeds the caller may read, as they are in force."""
    every = sees_links(caller) or keeps_feeds(caller)
    return [feed for feed in feeds.newest(session) if every or feed.agency == caller.agency]


def feed_to_read(session: Session, caller: Caller, feed_id: str, version: int | None = None) -> Feed:
    """The feed, when the caller may read it. Raises FeedUnknown or FeedNotYours, both naming those it may."""
    known = _known(session, feed_id, feeds_of(session, caller))
    feed = feeds.load(session, feed_id, version)
    if feed.id not in known:
        raise FeedNotYours(feed=feed.id, agency=feed.agency, yours=known)
    return feed


def feed_for(session: Session, caller: Caller, feed_id: str) -> Feed:
    """The feed, when the caller may push it. Raises FeedUnknown or FeedNotYours, both naming those it may."""
    yours = _known(session, feed_id, [feed for feed in feeds.newest(session) if feed.agency == caller.agency])
    feed = feeds.load(session, feed_id)
    if feed.id not in yours:
        raise FeedNotYours(feed=feed.id, agency=feed.agency, yours=yours)
    return feed


def _known(session: Session, feed_id: str, told: list[Feed]) -> list[str]:
    """The ids of `told`. Raises FeedUnknown, naming them, for a feed there is not."""
    known = [feed.id for feed in told]
    if feed_id not in feeds.ids(session):
        # The id asked for is free text of the caller: only its letters are echoed, cut short.
        raise FeedUnknown(feed=feed_id[:64], known=known)
    return known
