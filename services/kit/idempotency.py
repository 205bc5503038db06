"""The same unsafe call twice does one thing (draft-ietf-httpapi-idempotency-key-header).

A key is reserved in a transaction of its own before the work begins (the stated exception to the one commit
line's single use per request), and holds the answer afterwards. Same key and same body: the first answer.
Other body: 422. Still running: 409. Kept seven days, sealed: an answer may name people.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, SQLModel, col, update
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from kit.auth import authenticate
from kit.columns import Instant, now
from kit.crypto import KeyRing
from kit.database import Database, reading, transaction
from kit.lease import is_gone, me
from kit.problems import BodyInvalid, FieldIssue, IdempotencyInProgress, IdempotencyKeyReused

KEPT = timedelta(days=7)
STALE = timedelta(minutes=10)
HEADER = "Idempotency-Key"
SEALED = "idempotency.body"
MAX_KEPT_BYTES = 1_000_000
MOST_CHARACTERS = 255
NOT_STORED = "no-store"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": MOST_CHARACTERS},
    "description": "A new key per piece of work, the same when it is tried again: the first answer is given once more",
}


class IdempotencyRow(SQLModel):
    """Columns of a service's table of keys."""

    key: str = Field(primary_key=True, max_length=64)  # digest of client, method, path and the caller's key
    fingerprint: str = Field(max_length=64)
    created_at: datetime = Field(sa_type=Instant, index=True)
    holder: str | None = Field(default=None, max_length=64)  # the process that does the work
    status: int | None = None
    media_type: str | None = Field(default=None, max_length=100)
    location: str | None = Field(default=None, max_length=500)
    body: str | None = None  # sealed


@dataclass(frozen=True)
class Reservation:
    """A key and the fingerprint of the call that holds it."""

    key: str
    fingerprint: str


_AT_WORK: dict[str, Reservation] = {}  # the calls this process is at just now


def _wanted(request: Request, holder: str, body: bytes) -> Reservation:
    """The holder of the token is part of the key: nobody is answered with another's answer."""
    place = "\n".join((holder, request.method, request.url.path, request.headers[HEADER]))
    kind = request.headers.get("content-type", "") + str(request.url.query)
    return Reservation(_digest(place.encode()), _digest(kind.encode() + b"\n" + body))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _reserve(database: Database, table: type[IdempotencyRow], wanted: Reservation) -> IdempotencyRow | None:
    """Reserve, or give back the row that stands there. Raises the two idempotency problems."""
    mine = _AT_WORK.setdefault(wanted.key, wanted) is wanted
    reserved = False
    try:
        reserved = mine and (_entered(database, table, wanted) or _left_behind(database, table, wanted))
    finally:
        if mine and not reserved:
            del _AT_WORK[wanted.key]
    if reserved:
        return None
    with reading(database) as session:
        row = session.get(table, wanted.key)
    if row is None or (row.status is None and row.fingerprint == wanted.fingerprint):
        raise IdempotencyInProgress
    if row.fingerprint != wanted.fingerprint:
        raise IdempotencyKeyReused
    return row


def _entered(database: Database, table: type[IdempotencyRow], wanted: Reservation) -> bool:
    """Write the key down; False where it is already."""
    try:
        with transaction(database) as session:
            session.execute(delete(table).where(col(table.created_at) < now() - KEPT))
            stale = (col(table.status).is_(None), col(table.created_at) < now() - STALE)
            session.execute(delete(table).where(*stale))
            session.add(table(key=wanted.key, fingerprint=wanted.fingerprint, created_at=now(), holder=me()))
    except IntegrityError:
        return False
    return True


def _left_behind(database: Database, table: type[IdempotencyRow], wanted: Reservation) -> bool:
    """Take over the key of a process that ended in the middle of the work, or of a call of our own that is over and
    could not give it back, because the database was away. What was committed stays; every call can be done once more
    without doing anything twice."""
    with reading(database) as session:
        row = session.get(table, wanted.key)
    if row is None or row.status is not None or row.fingerprint != wanted.fingerprint:
        return False
    if row.holder != me() and not is_gone(row.holder):
        return False
    left = (col(table.key) == row.key, col(table.holder) == row.holder, col(table.status).is_(None))
    with transaction(database) as session:
        return bool(session.exec(update(table).where(*left).values(holder=me(), created_at=now())).rowcount)


@dataclass
class _Answer:
    """An answer held back until its key is settled."""

    messages: list[Message] = field(default_factory=list)

    async def keep(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def headers(self) -> Headers:
        return Headers(raw=self.messages[0]["headers"])

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages[1:])


def _settle(app: Any, table: type[IdempotencyRow], wanted: Reservation, answer: _Answer | None) -> None:
    """Keep the answer; a failed call (None, 5xx, 401 or 429) frees the key so that it can be tried again. So does an
    answer that says it is not to be stored: whoever sees a person once more is on record once more."""
    with transaction(app.state.database) as session:
        row = session.get(table, wanted.key)
        if row is None:
            return
        if answer is None or _passes(answer):
            session.delete(row)
            return
        row.status = answer.status
        row.media_type = answer.headers.get("content-type")
        row.location = answer.headers.get("location")
        # Latin-1 gives every byte back as it was: an answer may be a workbook.
        row.body = app.state.ring.encrypt(answer.body.decode("latin-1"), f"{SEALED}.{row.key}")
        session.add(row)


def _passes(answer: _Answer) -> bool:
    """Whether an answer is not kept."""
    if answer.headers.get("cache-control") == NOT_STORED:
        return True
    return answer.status >= 500 or answer.status in (401, 429) or len(answer.body) > MAX_KEPT_BYTES


def _replay(row: IdempotencyRow, ring: KeyRing) -> Response:
    body = ring.decrypt(row.body, f"{SEALED}.{row.key}").encode("latin-1") if row.body else b""
    headers = {"Idempotent-Replayed": "true"}
    if row.location:
        headers["Location"] = row.location
    return Response(body, status_code=row.status or 200, headers=headers, media_type=row.media_type)


def idempotent_route(table: type[IdempotencyRow]) -> type[APIRoute]:
    """The route class of a service's routers: unsafe calls that carry a key are done once."""

    class IdempotentRoute(APIRoute):
        """Answers a repeated unsafe call with its first answer.

        It stands around the whole route, not around the endpoint: only there is the call's own
        transaction over, so that on SQLite the key can be settled.
        """

        def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
            """As FastAPI's own, with the header told in the contract: a generated client can then send it."""
            super().__init__(path, endpoint, **options)
            extra = self.openapi_extra or {}
            if not (self.methods or SAFE) <= SAFE and PARAMETER not in extra.get("parameters", ()):
                self.openapi_extra = {**extra, "parameters": [*extra.get("parameters", ()), PARAMETER]}

        async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
            """The route's own handling, behind the reservation."""
            request = Request(scope, receive)
            if len(request.headers.get(HEADER, "")) > MOST_CHARACTERS and request.method not in SAFE:
                told = f"at most {MOST_CHARACTERS} characters, 最长 {MOST_CHARACTERS} 个字符"
                raise BodyInvalid(errors=[FieldIssue(f"/header/{HEADER}", "string_too_long", told)])
            kind, _, token = request.headers.get("authorization", "").partition(" ")
            if request.method in SAFE or HEADER not in request.headers or kind.lower() != "bearer":
                await super().handle(scope, receive, send)
                return
            holder = await authenticate(request, token)
            body = await request.body()
            wanted = _wanted(request, holder.client_id, body)
            database: Database = request.app.state.database
            earlier = await run_in_threadpool(_reserve, database, table, wanted)
            if earlier is not None:
                await _replay(earlier, request.app.state.ring)(scope, receive, send)
                return
            answer = _Answer()
            try:
                await self._once(scope, _again(body, receive), answer, wanted)
            finally:
                del _AT_WORK[wanted.key]
            for message in answer.messages:
                await send(message)

        async def _once(self, scope: Scope, receive: Receive, answer: _Answer, wanted: Reservation) -> None:
            """Do the work, and keep the answer with its key."""
            try:
                await super().handle(scope, receive, answer.keep)
            except BaseException:
                await run_in_threadpool(_settle, scope["app"], table, wanted, None)
                raise
            await run_in_threadpool(_settle, scope["app"], table, wanted, answer)

    return IdempotentRoute


def _again(body: bytes, receive: Receive) -> Receive:
    """The body once more, then whatever the connection says."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return pending.pop() if pending else await receive()

    return receive_again
