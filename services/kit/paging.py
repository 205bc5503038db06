"""Opaque signed cursors and the Link header (RFC 8288): keyset paging, no offsets, nothing personal inside."""

import base64
import hmac
from typing import Any

import orjson
from fastapi import Request

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
