"""What every endpoint of the registry needs at hand: the caller, a session of the right kind, the keys, the answer.

Who the caller is comes first: without a token no session is opened. Seeing people is an entry in the journal, so
endpoints that show them use `writes` although they alter nothing: no entry, no answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request, Response
from sqlmodel import Session

from kit.auth import Caller, requires
from kit.crypto import KeyRing
from kit.database import Database
from kit.paging import decode_cursor, encode_cursor, next_link
from kit.problems import (
    CursorInvalid,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    ScopeMissing,
    TokenExpired,
    TokenInvalid,
    TokenMissing,
    VersionMismatch,
    VersionMissing,
)
from kit.web import Reading, Writing
from registry.settings import RegistrySettings

# What any endpoint behind a token may answer.
REFUSALS = (TokenMissing, TokenInvalid, TokenExpired, ScopeMissing)
# What an unsafe call with an Idempotency-Key may answer besides.
REPEATS = (IdempotencyInProgress, IdempotencyKeyReused)

IfMatch = Annotated[str | None, Header(description="The version seen, as the ETag named it")]


@dataclass(frozen=True)
class Counter:
    """A desk without a session: for endpoints that hold their own, shorter ones."""

    request: Request
    response: Response
    caller: Caller

    @property
    def ring(self) -> KeyRing:
        """The service's keys."""
        ring: KeyRing = self.request.app.state.ring
        return ring

    @property
    def database(self) -> Database:
        """The service's database."""
        database: Database = self.request.app.state.database
        return database

    @property
    def settings(self) -> RegistrySettings:
        """What the service was told."""
        settings: RegistrySettings = self.request.app.state.settings
        return settings

    def tag(self, version: int) -> None:
        """Name the version of what is answered."""
        self.response.headers["ETag"] = f'"{version}"'

    def locate(self, endpoint: str, **path: str) -> None:
        """Say where the new thing is."""
        self.response.headers["Location"] = self.request.url_for(endpoint, **path).path


@dataclass(frozen=True)
class Desk(Counter):
    """A counter with a session."""

    session: Session


def stands(*scopes: str) -> Callable[..., Counter]:
    """A counter for callers holding `scopes`."""

    def counter(request: Request, response: Response, caller: Annotated[Caller, Depends(requires(*scopes))]) -> Counter:
        return Counter(request, response, caller)

    return counter


def reads(*scopes: str) -> Callable[..., Desk]:
    """A desk that only reads."""

    def desk(counter: Annotated[Counter, Depends(stands(*scopes))], session: Reading) -> Desk:
        return Desk(counter.request, counter.response, counter.caller, session)

    return desk


def writes(*scopes: str) -> Callable[..., Desk]:
    """A desk that commits when the endpoint returns."""

    def desk(counter: Annotated[Counter, Depends(stands(*scopes))], session: Writing) -> Desk:
        return Desk(counter.request, counter.response, counter.caller, session)

    return desk


class Page:
    """Where a list goes on and how much of it is given: `cursor` and `limit` of the call, the Link of its answer."""

    def __init__(
        self,
        request: Request,
        response: Response,
        cursor: Annotated[str | None, Query(max_length=500)] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> None:
        self.request = request
        self.response = response
        self.cursor = cursor
        self.limit = limit
        self.ring: KeyRing = request.app.state.ring

    def after(self, kind: str, start: Any) -> Any:
        """The place the page begins behind. Raises CursorInvalid, also for the cursor of another list."""
        if self.cursor is None:
            return start
        place = decode_cursor(self.ring, self.cursor)
        if kind not in place:
            raise CursorInvalid
        return place[kind]

    def onwards(self, kind: str, last: Any, *, full: bool) -> str | None:
        """The cursor to the page behind `last`, also as a Link header; None when this page was not `full`."""
        if not full:
            return None
        cursor = encode_cursor(self.ring, {kind: last})
        self.response.headers["Link"] = next_link(self.request, cursor)
        return cursor


Paged = Annotated[Page, Depends(Page)]


def check_version(seen: str | None, present: int) -> None:
    """The caller must have seen the present version. Raises VersionMissing or VersionMismatch."""
    if seen is None:
        raise VersionMissing
    if seen.strip().removeprefix("W/").strip('"') != str(present):
        raise VersionMismatch
