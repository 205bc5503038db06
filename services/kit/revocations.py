"""What ended before its tokens did, where another service knows it: asked for every few seconds, kept between.

Nobody waits for the list while a fresh enough one is at hand. Where it cannot be had, people are refused after
`stale_seconds` (their session may be over, and nobody could tell); programs go on, their tokens die in minutes.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from kit.auth import Caller
from kit.problems import UpstreamDown

WAIT_SECONDS = 5.0  # for a list that serves, while another thread asks for it


@dataclass
class Revocations:
    """Ids of ended sessions and disabled clients; call it with a Caller. `ask` raises UpstreamDown."""

    ask: Callable[[], frozenset[str]]
    fresh_seconds: float
    stale_seconds: float = 60.0
    _ended: frozenset[str] = frozenset()
    _asked: float = float("-inf")
    _had: float = float("-inf")
    _asking: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __call__(self, caller: Caller) -> bool:
        """Whether the caller's session or client is over. Raises UpstreamDown for a person nobody can vouch for."""
        if not self._fresh():
            self._renew(wait=WAIT_SECONDS if self._serves_no(caller) else 0)
        return self._over(caller)

    def known(self, caller: Caller) -> bool | None:
        """The same by what is at hand; None where the list has to be asked for first."""
        return self._over(caller) if self._fresh() else None

    def _fresh(self) -> bool:
        return time.monotonic() - self._asked <= self.fresh_seconds

    def _serves_no(self, caller: Caller) -> bool:
        """Whether what is at hand says nothing of the caller: too old for a person, or never had."""
        return self._too_old() if caller.session is not None else self._had == float("-inf")

    def _too_old(self) -> bool:
        return time.monotonic() - self._had > self.stale_seconds

    def _over(self, caller: Caller) -> bool:
        if caller.session is not None and self._too_old():
            raise UpstreamDown(name="registry")
        return caller.ended_by in self._ended

    def _renew(self, wait: float) -> None:
        """One thread asks; the others go on with what there is, and wait only where that does not serve them."""
        if not self._asking.acquire(timeout=wait):
            return
        try:
            if self._fresh():
                return
            self._ended = self.ask()
            self._asked = self._had = time.monotonic()  # not before: while somebody asks, what is at hand is no answer
        except UpstreamDown:
            self._asked = time.monotonic()  # what is known stays; how long it serves is decided above
        finally:
            self._asking.release()
