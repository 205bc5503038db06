"""The keys an issuer publishes, kept and asked for again: when a token names a key not seen yet, and every few minutes.

Asking again at an unknown key id must neither be a lever for whoever invents ids, nor keep a new key waiting: a few
times in a row are allowed, then there is a pause.
"""

import hashlib
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
MOST_KEPT = 1000  # tokens whose signature need not be verified again
WAIT_SECONDS = 5.0  # for another thread that asks


@dataclass
class IssuerKeys:
    """Decodes tokens by published keys; `ask` fetches them and may raise UpstreamDown."""

    ask: Callable[[], KeySetSerialization]
    algorithms: Sequence[str] = ("ES256",)
    pause_seconds: float = 30.0  # in which unknown key ids lead to at most MOST_ASKED questions
    kept_seconds: float = 300.0  # after which a key that is published no more is forgotten
    _known: KeySet | None = field(default=None, repr=False)
    _verified: dict[bytes, dict[str, Any]] = field(default_factory=dict, repr=False)  # digest of a token → its claims
    _asking: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _asked: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_ASKED), repr=False)

    def known(self, token: str) -> dict[str, Any] | None:
        """The claims of a token that was verified before by keys that still stand; None where that has to be seen."""
        current = bool(self._asked) and not self._old(time.monotonic())
        return self._verified.get(_digest(token)) if current else None

    def claims(self, token: str) -> dict[str, Any]:
        """The claims of a token whose signature holds, verified once for as long as the keys are the same. Raises
        TokenInvalid, or UpstreamDown without any key."""
        digest = _digest(token)
        for fresh in (False, True):
            keys = self._key_set(fresh=fresh)
            if not fresh and (known := self._verified.get(digest)) is not None:
                return known
            try:
                claims = jwt.decode(token, keys, algorithms=list(self.algorithms)).claims
            except (JoseError, ValueError):
                continue
            self._keep(digest, claims, keys)
            return claims
        raise TokenInvalid

    def _keep(self, digest: bytes, claims: dict[str, Any], keys: KeySet) -> None:
        if len(self._verified) >= MOST_KEPT:
            self._verified = {}
        if keys is self._known:  # nobody was told of other keys meanwhile
            self._verified[digest] = claims

    def _key_set(self, *, fresh: bool) -> KeySet:
        known = self._known
        if known is None:
            return self._renewed(None)
        at = time.monotonic()
        if self._old(at) or (fresh and (len(self._asked) < MOST_ASKED or at - self._asked[0] > self.pause_seconds)):
            try:
                return self._renewed(known)
            except UpstreamDown:
                return known  # an issuer that is away for a moment does not stop the work
        return known

    def _old(self, at: float) -> bool:
        return at - self._asked[-1] > self.kept_seconds

    def _renewed(self, seen: KeySet | None) -> KeySet:
        """Ask, unless another thread has since `seen`: many callers with a new key are one question."""
        if not self._asking.acquire(timeout=WAIT_SECONDS):
            raise UpstreamDown(name="issuer")
        try:
            if self._known is None or self._known is seen:
                self._asked.append(time.monotonic())
                self._known, self._verified = KeySet.import_key_set(self.ask()), {}
            return self._known
        finally:
            self._asking.release()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
