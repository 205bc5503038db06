"""A feed is onboarded or altered: a new version beside the others, never in the place of one.

Batches keep the version they were taken with. What a new version would make the same file say of people is told first,
and only put in force by somebody who says that it is meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from kit.auth import Caller
from kit.problems import FieldIssue, VersionMismatch
from matcher.feeds import store as feeds
from matcher.feeds.changes import FeedChange, changes
from matcher.feeds.feed import Feed, FeedUnknown
from matcher.feeds.mistakes import FeedMapWrong, read_map
from matcher.feeds.problems import FeedAreaTooSmall, FeedMeaningChanges
from matcher.flows.model_ground import oversees

FIXED = ("agency", "about")  # of a feed's first version: who delivers it, and whether it speaks of people
FIXED_TEXT = "已有数据源的此项不能更改，请另建数据源 (cannot be changed: make another feed)"


@dataclass(frozen=True)
class Asked:
    """A map somebody wants in force, why, and whether they mean what it changes of the facts."""

    document: Mapping[str, Any]
    reason: str
    accepts_meaning: bool = False


@dataclass(frozen=True)
class Changed:
    """The version in force now, and what it changed; nothing where the map is the one that was in force already."""

    feed: Feed
    changes: list[FeedChange]
    made: bool  # whether a version was made


def create_feed(session: Session, caller: Caller, feed_id: str, asked: Asked) -> Changed:
    """The first version of a feed. Raises FeedMapWrong, FeedAreaTooSmall, and VersionMismatch where there is one."""
    if feed_id in feeds.ids(session):
        raise VersionMismatch
    _check_area(session, caller)
    feed = read_map(asked.document, feed_id, 1)
    first = [FeedChange("feed-added", feed_id)]
    _add(session, caller, Changed(feed, first, made=True), asked.reason)
    return Changed(feed, first, made=True)


def alter_feed(session: Session, caller: Caller, seen: int, feed_id: str, asked: Asked) -> Changed:
    """The next version of the feed whose version `seen` is in force.

    Raises FeedUnknown, VersionMismatch, FeedMapWrong, FeedMeaningChanges, FeedAreaTooSmall.
    """
    known = feeds.ids(session)
    if feed_id not in known:
        raise FeedUnknown(feed=feed_id[:64], known=list(known))
    before = feeds.load(session, feed_id)
    if before.version != seen:
        raise VersionMismatch
    _check_area(session, caller)
    feed = read_map(asked.document, feed_id, before.version + 1)
    if feed.model_copy(update={"version": before.version}) == before:
        return Changed(before, [], made=False)
    _check_fixed(before, feed)
    found = changes(before, feed)
    if not asked.accepts_meaning:
        _check_meaning(found)
    _add(session, caller, Changed(feed, found, made=True), asked.reason)
    return Changed(feed, found, made=True)


def _add(session: Session, caller: Caller, changed: Changed, reason: str) -> None:
    told = [one.as_json() for one in changed.changes]
    if not feeds.add(session, changed.feed, feeds.Change(caller.client_id, reason, told)):
        raise VersionMismatch


def _check_area(session: Session, caller: Caller) -> None:
    if not oversees(session, caller):
        raise FeedAreaTooSmall


def _check_fixed(before: Feed, after: Feed) -> None:
    moved = [name for name in FIXED if getattr(before, name) != getattr(after, name)]
    if moved:
        raise FeedMapWrong(count=len(moved), errors=[FieldIssue(f"/{name}", "fixed", FIXED_TEXT) for name in moved])


def _check_meaning(found: list[FeedChange]) -> None:
    told = [
        FieldIssue(one.where, one.what, f"{one.what}: {'、'.join(one.words)}".rstrip(": "))
        for one in found
        if one.meaning
    ]
    if told:
        raise FeedMeaningChanges(count=len(told), errors=told)
