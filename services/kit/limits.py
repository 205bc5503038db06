"""How often dear calls may be made: counted by client and by area, in the database, by the minute and day.

In the database, because a service runs in several processes and a restart must forgive nobody. Only dear calls (a
search over everybody, an export, a file taken in) are counted: they write to the journal anyway, so that the count
costs no read-only call the write lock. A refused call counts too: whoever does not wait waits longer.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from sqlalchemy import case, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col

from kit.auth import Caller, requires
from kit.database import transaction
from kit.problems import Problem
from kit.settings import ServiceSettings

SECONDS = 60
DAY = 1440  # minutes
CHINA = 8 * 3600  # seconds a day begins earlier than in UTC
FORGOTTEN = 2 * DAY  # minutes after which a row that nobody adds to is deleted


class LimitRow(SQLModel):
    """Columns of a service's table of counts: one row per counted thing and holder, overwritten minute by minute."""

    key: str = Field(primary_key=True, max_length=160)
    minute: int = Field(index=True)
    spent: int


class TooManyRequests(Problem):
    status, code = 429, "too-many-requests"
    zh = "调用过于频繁（每 {window} 秒最多 {limit} 次）。请在 {seconds} 秒后重试，并减少批量调用。"
    en = "Too many calls (at most {limit} in {window} s). Try again in {seconds} seconds, and send fewer, larger calls."

    @property
    def answer_headers(self) -> dict[str, str]:
        """When to come back, for programs."""
        limit, window, seconds = (int(str(self.args_by_name[name])) for name in ("limit", "window", "seconds"))
        return {"Retry-After": str(seconds), **rate_headers("dear", limit, 0, seconds, window)}


@dataclass(frozen=True)
class Bound:
    """How many calls under a key in a window of so many seconds; a day is one of China's."""

    key: str
    most: int
    window: int

    def minute(self, now: int) -> int:
        """The minute the window of `now` began in: what the count is kept under."""
        return (now + CHINA) // self.window * self.window // SECONDS - CHINA // SECONDS

    def left(self, now: int) -> int:
        """Seconds until the next window."""
        return self.window - (now + CHINA) % self.window


def dear(word: str) -> Callable[..., None]:
    """A dependency that counts the call under `word`. Raises TooManyRequests (429) beyond the settings' bounds."""

    def spend(request: Request, response: Response, caller: Annotated[Caller, Depends(requires())]) -> None:
        settings: ServiceSettings = request.app.state.settings
        now = int(time.time())
        bounds = (
            Bound(f"{word}:client:{caller.client_id}", settings.dear_calls_per_client, SECONDS),
            Bound(f"{word}:area:{caller.area}", settings.dear_calls_per_area, SECONDS),
            Bound(f"{word}:day:{caller.client_id}", settings.dear_calls_per_client_day, DAY * SECONDS),
        )
        with transaction(request.app.state.database) as session:
            spent = [count(session, request.app.state.limits, one.key, one.minute(now)) for one in bounds]
        for one, made in zip(bounds, spent, strict=True):
            if made > one.most:
                raise TooManyRequests(limit=one.most, window=one.window, seconds=one.left(now))
        first = bounds[0]
        left = first.most - spent[0]
        response.headers.update(rate_headers("dear", first.most, left, first.left(now), first.window))

    return spend


def count(session: Session, table: type[LimitRow], key: str, minute: int) -> int:
    """One more of `key` in that minute: how many there are now, this one included."""
    dialects: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
    row = dialects[session.get_bind().dialect.name](table).values(key=key[:160], minute=minute, spent=1)
    again = case((col(table.minute) == minute, col(table.spent) + 1), else_=1)
    upsert = row.on_conflict_do_update(index_elements=["key"], set_={"minute": minute, "spent": again})
    made = int(session.execute(upsert.returning(col(table.spent))).scalar_one())
    if made == 1:
        session.execute(delete(table).where(col(table.minute) < minute - FORGOTTEN))
    return made


def rate_headers(policy: str, limit: int, left: int, seconds: int, window: int) -> dict[str, str]:
    """As draft-ietf-httpapi-ratelimit-headers has it."""
    return {"RateLimit-Policy": f'"{policy}";q={limit};w={window}', "RateLimit": f'"{policy}";r={left};t={seconds}'}
