"""The keys an issuer publishes, kept and asked for again: when a token names a key not seen yet, and every few minutes.

Asking again at an unknown key id must neither be a lever for whoever invents ids, nor keep a new key waiting: a few
times in a row are allowed, then there is a pause.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from kit.problems import TokenInvalid, UpstreamDown

MOST_ASKED = 5
WAIT_SECONDS = 5.0  # for another thread that asks


@dataclass
class IssuerKeys:
    """Decodes tokens by published keys; `ask` fetches them and may raise UpstreamDown."""

    ask: Callable[[], KeySetSerialization]
    algorithms: Sequence[str] = ("ES256",)
    pause_seconds: float = 30.0  # in which unknown key ids lead to at most MOST_ASKED questions
    kept_seconds: float = 300.0  # after which a key that is published no more is forgotten
    _known: KeySet | None = field(default=None, repr=False)
    _asking: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _asked: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_ASKED), repr=False)

    def claims(self, token: str) -> dict[str, Any]:
        """The claims of a token whose signature holds. Raises TokenInvalid, or UpstreamDown without any key."""
        for fresh in (False, True):
            try:
                return jwt.decode(token, self._key_set(fresh=fresh), algorithms=list(self.algorithms)).claims
            except (JoseError, ValueError):
                continue
        raise TokenInvalid

    def _key_set(self, *, fresh: bool) -> KeySet:
        known = self._known
        if known is None:
            return self._renewed(None)
        at = time.monotonic()
        old = at - self._asked[-1] > self.kept_seconds
        if old or (fresh and (len(self._asked) < MOST_ASKED or at - self._asked[0] > self.pause_seconds)):
            try:
                return self._renewed(known)
            except UpstreamDown:
                return known  # an issuer that is away for a moment does not stop the work
        return known

    def _renewed(self, seen: KeySet | None) -> KeySet:
        """Ask, unless another thread has since `seen`: many callers with a new key are one question."""
        if not self._asking.acquire(timeout=WAIT_SECONDS):
            raise UpstreamDown(name="issuer")
        try:
            if self._known is None or self._known is seen:
                self._asked.append(time.monotonic())
                self._known = KeySet.import_key_set(self.ask())
            return self._known
        finally:
            self._asking.release()
