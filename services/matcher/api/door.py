"""What every door has: who is refused, how pages go on, and unsafe calls that are done once."""

from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response

from kit.crypto import KeyRing
from kit.idempotency import idempotent_route
from kit.paging import decode_cursor, encode_cursor, next_link
from kit.problems import (
    CursorInvalid,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    ScopeMissing,
    TokenExpired,
    TokenInvalid,
    TokenMissing,
    UpstreamDown,
)
from matcher.audit.tables import Idempotency

REFUSALS = (TokenMissing, TokenInvalid, TokenExpired, ScopeMissing, UpstreamDown)
REPEATS = (IdempotencyInProgress, IdempotencyKeyReused)
OnceRoute = idempotent_route(Idempotency)

Area = Annotated[str | None, Query(pattern=r"^\d{12}$", description="12-digit code; its whole subtree")]


class Page:
    """Where a list goes on and how much of it is given: `cursor` and `limit` of the call, the Link of its answer."""

    def __init__(
        self,
        request: Request,
        response: Response,
        cursor: Annotated[str | None, Query(max_length=500)] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
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
