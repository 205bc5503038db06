"""Opaque signed cursors and the Link header (RFC 8288): keyset paging, no offsets, nothing personal inside."""

import base64
import hmac
from typing import Annotated, Any

import orjson
from fastapi import Depends, Query, Request, Response

from kit.crypto import KeyRing
from kit.problems import CursorInvalid


def encode_cursor(ring: KeyRing, payload: dict[str, Any]) -> str:
    """`payload` (ids and numbers only) as a signed, URL-safe text."""
    body = orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)
    return base64.urlsafe_b64encode(ring.mac(b"cursor" + body).encode() + body).decode().rstrip("=")


def decode_cursor(ring: KeyRing, text: str) -> dict[str, Any]:
    """Undo `encode_cursor`. Raises CursorInvalid for anything we did not sign."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        signature, body = raw[:32], raw[32:]
        if not hmac.compare_digest(signature, ring.mac(b"cursor" + body).encode()):
            raise CursorInvalid
        payload = orjson.loads(body)
    except ValueError:
        raise CursorInvalid from None
    if not isinstance(payload, dict):
        raise CursorInvalid
    return payload


def next_link(request: Request, cursor: str) -> str:
    """The value of a `Link` header to the page after this one."""
    url = request.url.include_query_params(cursor=cursor)
    return f'<{url.path}?{url.query}>; rel="next"'


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
