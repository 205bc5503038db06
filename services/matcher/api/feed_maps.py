"""Feeds are data: maps are put in force, looked up by version, and tried on a sample before anything is agreed."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from kit.auth import Caller, requires
from kit.idempotency import NOT_STORED
from kit.limits import TooManyRequests, dear
from kit.problems import (
    REPEATS,
    BodyInvalid,
    BodyTooLarge,
    BodyUnreadable,
    DigestMismatch,
    VersionMismatch,
    VersionMissing,
    problems,
)
from kit.web import Reading, Writing
from matcher.api.door import REFUSALS, OnceRoute
from matcher.api.sample import SAMPLE_BODY, Sample
from matcher.api.schemas_feeds import (
    FeedChangedOut,
    FeedChangeOut,
    FeedMapIn,
    FeedTrialOut,
    FeedVersionOut,
    FeedVersionsOut,
)
from matcher.api.show_trial import trial_out
from matcher.audit.store import note
from matcher.batches.problems import DeliveryEmpty, FeedNotYours
from matcher.feeds import store as feeds
from matcher.feeds.changes import unread
from matcher.feeds.feed import Feed, FeedUnknown, FileUnreadable
from matcher.feeds.mistakes import FeedMapWrong, read_map
from matcher.feeds.problems import FeedAreaTooSmall, FeedMeaningChanges
from matcher.feeds.trial import try_feed
from matcher.flows.agreed_feeds import feed_to_read, keeps_feeds
from matcher.flows.change_feed import Asked, alter_feed, create_feed

router = APIRouter(tags=["feeds"], route_class=OnceRoute)
Reader = Annotated[Caller, Depends(requires("feeds:read"))]
Keeper = Annotated[Caller, Depends(requires("feeds:write"))]
Version = Annotated[int | None, Query(ge=1, le=1_000_000, description="The one in force, if not said")]
IfMatch = Annotated[str | None, Header(description="The version as it was seen: the ETag of GET /feeds/{feed}")]
IfNoneMatch = Annotated[str | None, Header(description="`*` for a feed that is not there yet")]
_ETAG = re.compile(r'^"v([0-9]{1,7})"$')


@router.get("/feeds/{feed}/versions", responses=problems(*REFUSALS, FeedUnknown, FeedNotYours))
def list_feed_versions(session: Reading, caller: Reader, feed: str) -> FeedVersionsOut:
    """All versions of a feed, the newest first: who put each in force, when, why, and what it changed."""
    agreed = feed_to_read(session, caller, feed)
    return FeedVersionsOut(
        feed=agreed.id,
        versions=[
            FeedVersionOut(
                version=one.feed.version,
                made_by=one.made_by,
                made_at=one.made_at,
                reason=one.reason,
                changes=None if one.changes is None else [FeedChangeOut.model_validate(each) for each in one.changes],
            )
            for one in feeds.versions(session, agreed.id)
        ],
    )


@router.put(
    "/feeds/{feed}",
    responses={
        201: {"model": FeedChangedOut, "description": "A feed that was not there"},
        **problems(
            *REFUSALS, *REPEATS, FeedUnknown, FeedMapWrong, FeedMeaningChanges, FeedAreaTooSmall, VersionMissing,
            VersionMismatch, BodyInvalid, BodyTooLarge,
        ),
    },
)  # fmt: skip
def put_feed(  # noqa: PLR0913, PLR0917 - each is a part of the request FastAPI hands over by itself
    request: Request,
    response: Response,
    session: Writing,
    caller: Keeper,
    feed: str,
    told: FeedMapIn,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> FeedChangedOut:
    """Onboard a feed (`If-None-Match: *`) or alter it (`If-Match`): a new version; batches keep the one they have.

    All mistakes of the map are told at once. A version that makes the same file say something else of people needs
    `accepts_meaning`. The map that is in force already makes no version.
    """
    asked = Asked(told.map, told.reason, told.accepts_meaning)
    if if_none_match is not None and if_none_match.strip() == "*" and if_match is None:
        changed = create_feed(session, caller, feed, asked)
        response.status_code = 201
    elif if_match is None:
        raise VersionMissing
    else:
        seen = _ETAG.match(if_match)
        if seen is None:
            raise VersionMismatch
        changed = alter_feed(session, caller, int(seen[1]), feed, asked)
    response.headers["ETag"] = f'"v{changed.feed.version}"'
    if changed.made:
        version, meaning = changed.feed.version, sum(one.meaning for one in changed.changes)
        note(session, request.app.state.ring, caller, "feed.change", changed.feed.id, version=version, meaning=meaning)
    return FeedChangedOut(
        feed=changed.feed.id,
        version=changed.feed.version,
        changes=[FeedChangeOut.model_validate(one.as_json()) for one in changed.changes],
        unread_facts=unread(changed.feed),
    )


@router.post(
    "/feeds/{feed}/trial",
    dependencies=[Depends(dear("file"))],
    openapi_extra=SAMPLE_BODY,
    responses=problems(
        TooManyRequests, *REFUSALS, *REPEATS, FeedUnknown, FeedNotYours, FeedMapWrong, FileUnreadable, DeliveryEmpty,
        DigestMismatch, BodyUnreadable, BodyTooLarge,
    ),
)  # fmt: skip
def try_feed_map(  # noqa: PLR0913, PLR0917 - each is a part of the request FastAPI hands over by itself
    response: Response, session: Reading, caller: Reader, feed: str, sample: Sample, version: Version = None
) -> FeedTrialOut:
    """How a sample would be understood, by the map in force, by another version, or by a draft (`map` of a form).

    Nothing is stored, and no cell is repeated but words of code lists that nobody agreed on.
    """
    if not sample.content:
        raise DeliveryEmpty
    response.headers["Cache-Control"] = NOT_STORED
    agreed = _map_to_try(session, caller, feed, sample, version)
    tried = try_feed(sample.content, agreed, sample.declared)
    return trial_out(agreed, tried, version=None if sample.map is not None else agreed.version)


def _map_to_try(session: Reading, caller: Caller, feed: str, sample: Sample, version: int | None) -> Feed:
    """Raises FeedUnknown, FeedNotYours, FeedMapWrong. A draft of a feed nobody has yet is for who may make one."""
    new = sample.map is not None and keeps_feeds(caller) and feed not in feeds.ids(session)
    agreed = None if new else feed_to_read(session, caller, feed, version)
    if sample.map is None:
        assert agreed is not None, "without a draft the feed was looked up"
        return agreed
    return read_map(sample.map, feed if agreed is None else agreed.id, 1 if agreed is None else agreed.version + 1)
