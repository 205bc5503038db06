"""Answers that are asked for again and again: a tag of the bytes, and 304 without a body while they stand.

Townships and dashboards poll. A tag is a keyed print of the whole answer, so it quotes nothing and cannot be
guessed back; an endpoint's own tag names the version it must see again as If-Match, and the print is put behind it,
because one version can read differently (masked or revealed, covered since, overdue today). What is put behind on
the way out is taken off on the way in, so endpoints know their versions only.
"""

import re
from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.crypto import KeyRing

MOST_BYTES = 1024 * 1024  # what is held back to be printed; a larger answer passes as it comes
PRINT = 16
FRESHNESS = "private, no-cache"  # the data are personal: no shared cache keeps them, nobody uses them unasked
VARIES = ("Authorization", "Accept-Language")
KEPT = frozenset({"etag", "cache-control", "vary", "date", "expires", "content-location"})  # RFC 9110, 15.4.5
_TAG = re.compile(r'(?:W/)?("[^"]*")')
_PRINTED = re.compile(rf'(?<=[^"]):[0-9a-f]{{{PRINT}}}(?=")')


class Conditional:
    """The layer around a service: tags what GET answers as JSON and honours If-None-Match."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through; hold back only a JSON answer of a GET."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["method"] == "GET":
            await self.app(scope, receive, _Held(scope, send).take)
        else:
            # In place: what the router writes into the scope (its route) is read by the layers outside.
            scope["headers"] = _unprinted(scope["headers"])
            await self.app(scope, receive, send)


def _unprinted(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """If-Match as the endpoint knows it: its own tag."""
    return [
        (name, _PRINTED.sub("", value.decode("latin-1")).encode("latin-1") if name == b"if-match" else value)
        for name, value in headers
    ]


class _Held:
    """One answer on its way out."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope = scope
        self.send = send
        self.start: Message | None = None  # held back while the body is gathered
        self.body = b""

    async def take(self, message: Message) -> None:
        """The application's `send`."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message["headers"]))
            message = {**message, "headers": headers.raw}
            headers.setdefault("Cache-Control", FRESHNESS)
            for name in VARIES:
                headers.add_vary_header(name)
            if message["status"] == 200 and _is_small_json(headers):
                self.start = message
                return
        elif self.start is not None and message["type"] == "http.response.body":
            await self._gather(message)
            return
        await self.send(message)

    async def _gather(self, message: Message) -> None:
        self.body += message.get("body", b"")
        more = message.get("more_body", False)
        if more and len(self.body) <= MOST_BYTES:
            return
        assert self.start is not None
        start, self.start = self.start, None
        if len(self.body) <= MOST_BYTES:
            ring: KeyRing = self.scope["app"].state.ring
            headers = MutableHeaders(raw=start["headers"])
            headers["ETag"] = _tag(headers.get("etag"), ring.mac(b"etag" + self.body)[:PRINT])
            if _seen(Headers(scope=self.scope).getlist("if-none-match"), headers["ETag"]):
                await self.send(_not_modified(headers))
                await self.send({"type": "http.response.body", "body": b""})
                return
        await self.send(start)
        await self.send({"type": "http.response.body", "body": self.body, "more_body": more})


def _is_small_json(headers: Headers) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip()
    return kind == "application/json" and int(headers.get("content-length", 0)) <= MOST_BYTES


def _tag(own: str | None, print_: str) -> str:
    """The endpoint's own tag with the print behind it, else a weak tag: the same answer, whatever its spelling."""
    return f'{own[:-1]}:{print_}"' if own else f'W/"{print_}"'


def _seen(given: Sequence[str], tag: str) -> bool:
    """Whether If-None-Match names this answer (compared weakly, as RFC 9110 has it for reading)."""
    text = ",".join(given)
    return text.strip() == "*" or tag.removeprefix("W/") in _TAG.findall(text)


def _not_modified(headers: Headers) -> Message:
    kept = [(name, value) for name, value in headers.raw if name.decode("latin-1").lower() in KEPT]
    return {"type": "http.response.start", "status": 304, "headers": kept}
