"""What another service knows and this one must heed: asked for every few seconds, kept between, never trusted for long.

Nobody waits for it while a fresh enough one is at hand; whoever needs one that cannot be had is told so.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from kit.problems import UpstreamDown

WAIT_SECONDS = 5.0  # for one that can be used, while another thread asks; and the grace while somebody renews it
Thing = TypeVar("Thing")


@dataclass
class Learnt(Generic[Thing]):
    """`ask` raises UpstreamDown where it cannot be had."""

    ask: Callable[[], Thing]
    fresh_seconds: float
    _thing: Thing | None = None
    _asked: float = float("-inf")
    _had: float = float("-inf")
    _asking: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def now(self, most_seconds: float | None = None) -> Thing:
        """As it is, at most so many seconds old (a little more than fresh by default). Raises UpstreamDown."""
        most = self.fresh_seconds + WAIT_SECONDS if most_seconds is None else most_seconds
        if time.monotonic() - self._asked > self.fresh_seconds:
            self._renew(WAIT_SECONDS if self._useless(most) else 0)
        if self._thing is None or self._useless(most):
            raise UpstreamDown(name="registry")
        return self._thing

    def _useless(self, most: float) -> bool:
        """Whether there is none, or one too old to be heeded."""
        return self._thing is None or time.monotonic() - self._had > most

    def _renew(self, patience: float) -> None:
        if not self._asking.acquire(timeout=patience):
            return
        try:
            if time.monotonic() - self._asked <= self.fresh_seconds:
                return
            self._thing = self.ask()
            self._asked = self._had = time.monotonic()
        except UpstreamDown:
            self._asked = time.monotonic()  # ask again when the next turn comes; what is known serves until then
        finally:
            self._asking.release()
