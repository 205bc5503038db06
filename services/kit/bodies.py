"""A body as it comes in, bounded: in bytes, in time, and, where it is JSON, in depth.

A caller that sends a byte now and then would hold a connection and its place for ever, behind a proxy too: proxies
bound the pause and not the whole. Answers are not bounded here: a long poll waits half a minute at most, and an export
streams as long as its reader reads.
"""

import re
import time
from dataclasses import dataclass, field

from anyio import fail_after
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from kit.problems import BodyCutOff, BodyTooDeep, BodyTooLarge, BodyTooSlow, HeadTooLarge, Problem
from kit.settings import ServiceSettings

MOST_HEAD_BYTES = 32 * 1024
MOST_DEPTH = 64  # of lists and objects within one another; what the contracts know is less than ten deep
_MARKS = re.compile(rb'["\\\[\]{}]')
_JSON = re.compile(r"application/([a-z0-9.+-]+\+)?json\b")
_OPENS, _CLOSES, _QUOTE, _ESCAPE = frozenset(b"[{"), frozenset(b"]}"), ord('"'), ord("\\")


@dataclass
class Depth:
    """How deep a JSON text is, piece by piece; brackets in strings are none."""

    depth: int = 0
    in_text: bool = False
    escaped_at: int = -1  # the place, in this piece, of the character an escape has taken

    def feed(self, piece: bytes) -> None:
        """Read on. Raises BodyTooDeep."""
        for mark in _MARKS.finditer(piece):
            at, sign = mark.start(), piece[mark.start()]
            if at == self.escaped_at:
                continue
            if self.in_text:
                if sign == _ESCAPE:
                    self.escaped_at = at + 1
                self.in_text = sign != _QUOTE
            elif sign == _QUOTE:
                self.in_text = True
            elif sign in _OPENS:
                self.depth += 1
                if self.depth > MOST_DEPTH:
                    raise BodyTooDeep(limit=MOST_DEPTH)
            elif sign in _CLOSES:
                self.depth -= 1
        self.escaped_at -= len(piece)


@dataclass
class Bounded:
    """Receives in the place of the server's own; call it as one."""

    receive: Receive
    settings: ServiceSettings
    depth: Depth | None
    seen: int = 0
    whole: bool = False
    begun: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, scope: Scope, receive: Receive, settings: ServiceSettings) -> "Bounded":
        """For one request."""
        kind = Headers(scope=scope).get("content-type", "").lower()
        return cls(receive, settings, Depth() if _JSON.match(kind) else None)

    async def __call__(self) -> Message:
        """The next message. Raises BodyTooLarge, BodyTooDeep, BodyTooSlow or BodyCutOff."""
        if self.whole:  # what comes now is the end of the connection, and may take its time
            return await self.receive()
        message = await self._in_time()
        if message["type"] == "http.request":
            piece = message.get("body", b"")
            self.seen += len(piece)
            if self.seen > self.settings.max_body_bytes:
                raise BodyTooLarge(limit=self.settings.max_body_bytes)
            if self.depth is not None:
                self.depth.feed(piece)
            self.whole = not message.get("more_body", False)
        else:
            raise BodyCutOff  # nobody hears it; but it is no failure of ours, and none is noted
        return message

    async def _in_time(self) -> Message:
        left = self.begun + self.settings.body_seconds - time.monotonic()
        try:
            with fail_after(max(0.0, min(left, self.settings.body_pause_seconds))):
                return await self.receive()
        except TimeoutError:
            raise BodyTooSlow(seconds=int(self.settings.body_seconds)) from None


def refused_at_once(scope: Scope, limit: int) -> Problem | None:
    """Why a request is not even read: its head, or the body it announces, is beyond any honest one."""
    head = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    if head + sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEAD_BYTES:
        return HeadTooLarge(limit=MOST_HEAD_BYTES)
    return BodyTooLarge(limit=limit) if _declared_length(scope) > limit else None


def _declared_length(scope: Scope) -> int:
    given = dict(scope["headers"]).get(b"content-length", b"0")
    return int(given) if given.isdigit() else 0
