"""The journeys' stages on a whole stack: everything comes in through the proxy, whichever replica answers."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import httpx
import pytest

from doudi.agency import Agency, Refused
from doudi.home import Home
from doudi.push import PatientAgency
from doudi.stack import Stack
from doudi.stack.running import SERVED
from kit.database import Database
from matcher.flows.desk import Desk
from matcher.flows.open_desk import open_desk
from matcher.worker import Worker
from tests.journeys.live import Live
from tests.journeys.quiet import Watch
from tests.journeys.stage import BODY_AT_MOST, DAY, Stage
from tests.stacked import stacked

EMBEDDED, STACK = "one process", "stack"
# A call that was cut off is repeated with its key; until its first doer is known to be dead it is still being done.
STILL_BEING_DONE = {"idempotency-in-progress", "import-running"}
STILL_SECONDS = 60.0


@dataclass
class Steadfast(PatientAgency):
    """A client that comes back as often as it is told to; `met` is what it was refused with on the way."""

    patience: float = 240.0
    met: list[tuple[int, str, str | None]] = field(default_factory=list)  # status, kind of body, when to come back

    def __post_init__(self) -> None:
        """As Agency's; every answer that is no success is noted."""
        super().__post_init__()
        self.http.event_hooks["response"].append(self._note)

    def _note(self, answer: httpx.Response) -> None:
        if not answer.is_success:
            told = answer.headers
            self.met.append((answer.status_code, told.get("content-type", ""), told.get("retry-after")))

    def call(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """As PatientAgency.call; what is still being done by a process that may be dead is asked for again, too."""
        until = time.monotonic() + STILL_SECONDS
        while True:
            try:
                return super().call(method, path, **dict(arguments))
            except Refused as refused:
                if refused.code not in STILL_BEING_DONE or time.monotonic() > until:
                    raise
            time.sleep(0.5)


@dataclass
class LiveOnStack(Live):
    """A stack that is looked at on another day, struck, and stands up again."""

    stack: Stack = field(kw_only=True)

    @property
    def serves(self) -> bool:
        """Whether every process is kept by the supervisor."""
        return set(self.stack.named(*SERVED, "worker")) <= set(self.stack.supervisor.names())

    def start(self, day: date) -> None:
        """Every service, looking at `day`."""
        self.stack.look_at(day)
        self.home = self.stack.home

    def stop(self) -> None:
        """Services alone: the database and the proxy are the stack's."""
        self.stack.end()

    def kill(self) -> None:
        """Every service and worker at once, without a word; nobody starts them again before `start`."""
        names = self.stack.named(*SERVED, "worker")
        for name in names:
            pid = self.stack.supervisor.pid(name)
            if pid is not None:
                os.kill(pid, signal.SIGKILL)
        self.stack.supervisor.down(*names)

    def caller(self, client_id: str, secret: str, purpose: str) -> Agency:
        """Through the proxy, which bounds how often a token is asked for from one address."""
        return Steadfast(self.home.url, client_id, secret, purpose=purpose, tls=self.home.tls)


@contextmanager
def lively_on(stack: Stack) -> Iterator[LiveOnStack]:
    """The stack as the story's stage; its clients end with the block."""
    live = LiveOnStack(stack.home, stack=stack)
    try:
        yield live
    finally:
        for client in live.clients.values():
            client.http.close()


class Others(Worker):
    """Whoever works on the stack: nothing is done here, it is waited until they are done."""

    def __init__(self, desk: Desk, home: Home) -> None:
        super().__init__(desk, "others")
        self.home = home

    def run_until_idle(self, most: int = 1) -> int:
        """As Worker's; how many steps it took is not known."""
        with Watch.over(self.home) as watch:
            watch.until_quiet()
        return most


@contextmanager
def raised_on_stack(workers: int = 2) -> Iterator[tuple[Stage, Stack]]:
    """As `raised`: through the proxy of a stack of its own. Without workers, the test's own works on its database."""
    with ExitStack() as ending:
        patch = ending.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("DOUDI_MATCHER_MAX_BODY_BYTES", str(BODY_AT_MOST))
        stack = ending.enter_context(stacked(workers, DAY))
        home = stack.home
        assert home.tls is not None
        http = ending.enter_context(httpx.Client(base_url=home.url, verify=home.tls, timeout=120, trust_env=False))
        told = {"registry_url": stack.whole.inside, "worker_poll_seconds": 0.001}
        settings = home.matcher_settings().model_copy(update=told)
        desk = open_desk(settings, home.ring("matcher"))
        ending.callback(desk.close)
        registry, matcher = home.open_registry(), Database.open(settings.database_url)
        for database in (registry, matcher):
            ending.callback(database.dispose)
        worker = Others(desk, home) if workers else Worker(desk, "test")
        both = {"registry": http, "matcher": http}
        yield Stage(both, registry, matcher, worker, stack.whole.folder, home.ring("registry"), None, {}), stack
