"""What many callers wait to see move, looked at once for all of them.

Five hundred townships that wait for news of their lists would each ask the database four times a second; they ask the
lookout. It belongs to one process and to the event loop that asks.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from fastapi.concurrency import run_in_threadpool

Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Marks:
    """How far things have got, as every call asks: the number of the last change of what the lineage of divisions is
    read from, and of the last change that anybody is told of."""

    places: int
    told: int


def _never() -> float:
    return float("-inf")


@dataclass
class Lookout(Generic[Seen]):
    """`look` reads the value, in a thread; whoever waits is content with one that is `seconds` old, and was seen since
    this process last `moved` what is looked at (monotonic seconds)."""

    look: Callable[[], Seen]
    seconds: float
    moved: Callable[[], float] = _never
    _seen: Seen | None = field(default=None, repr=False)
    _begun: float = float("-inf")  # when the look began that saw it
    _running: "asyncio.Task[Seen] | None" = field(default=None, repr=False)

    async def now(self) -> Seen:
        """As it is: by a look that began after the call. Raises what the look raises."""
        return await self._since(time.monotonic())

    async def lately(self) -> Seen:
        """As it was at most `seconds` ago, with all this process did itself. Raises what the look raises."""
        return await self._since(max(time.monotonic() - self.seconds, self.moved()))

    async def _since(self, moment: float) -> Seen:
        seen = self._seen
        while self._begun < moment or seen is None:
            # Shielded: one caller who gives up takes nothing from the others.
            seen = await asyncio.shield(self._look_under_way())
        return seen

    def _look_under_way(self) -> "asyncio.Task[Seen]":
        running = self._running
        if running is None or running.done() or running.get_loop() is not asyncio.get_running_loop():
            running = self._running = asyncio.ensure_future(self._look())
            running.add_done_callback(_heard)
        return running

    async def _look(self) -> Seen:
        begun = time.monotonic()
        seen = await run_in_threadpool(self.look)
        self._seen, self._begun = seen, begun
        return seen


def _heard(look: "asyncio.Task[Any]") -> None:
    """Where everybody gave up waiting, nobody asks a look what it failed of: that is no news for the log."""
    if not look.cancelled():
        look.exception()
