"""What every endpoint of the registry needs at hand: the caller, a session of the right kind, the keys, the answer.

Who the caller is comes first: without a token no session is opened. Seeing people is an entry in the journal, so
endpoints that show them use `writes` although they alter nothing: no entry, no answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from sqlmodel import Session

from kit.auth import Caller, requires
from kit.crypto import KeyRing
from kit.database import Database
from kit.problems import VersionMismatch, VersionMissing
from kit.web import Reading, Writing
from registry.settings import RegistrySettings

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


def check_version(seen: str | None, present: int) -> None:
    """The caller must have seen the present version. Raises VersionMissing or VersionMismatch."""
    if seen is None:
        raise VersionMissing
    if seen.strip().removeprefix("W/").strip('"') != str(present):
        raise VersionMismatch
