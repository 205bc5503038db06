"""Both services under one address and the worker beside them: the embedded whole.

The web process answers; the worker is a process of its own and shares files and databases with it, never
memory. Nothing here is used in production, where each service starts by its own `main`.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.app import create_app as create_console
from doudi.home import Home
from doudi.stack.ports import free_ports
from kit import garbage
from kit.checkpoints import vouching
from kit.memory import ENVIRONMENT
from kit.rests import Bell
from kit.retention import keeping
from kit.settings import ServiceSettings
from kit.traces import exporting
from matcher.app import create_app as create_matcher
from registry.app import create_app as create_registry
from registry.oversight.retention import Keeper, keep_time
from registry.subscriptions.relay import waking

SECRETS = {"client_secret"}
LOOKS = frozenset({"GET", "HEAD", "OPTIONS"})  # alter nothing the worker would have to hear of


def whole(registry: ASGIApp, matcher: ASGIApp, console: ASGIApp) -> ASGIApp:
    """One application that hands each call to the service its path names; whatever is no service's is a page."""

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        named = {"matcher": matcher, "registry": registry}.get(scope["path"].split("/", 2)[1], console)
        await named(scope, receive, send)

    return dispatch


def ringing(service: ASGIApp, bell: Bell) -> ASGIApp:
    """A service that rings when a call may have changed something: the worker need not look ten times in vain to find
    it at once."""

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        async def told(message: Message) -> None:
            await send(message)
            if message["type"] == "http.response.start" and message["status"] < 400:
                bell.ring()

        await service(scope, receive, send if scope.get("method", "GET") in LOOKS else told)

    return call


def serve(home: Home, host: str, port: int, on_ready: Callable[[], None]) -> int:
    """Serve until told to stop (SIGINT or SIGTERM). A worker that dies is started again."""
    garbage.started()
    home.prepare()
    registry = create_registry(home.registry_settings(), ring=home.ring("registry"))
    matcher = create_matcher(home.matcher_settings(), home.ring("matcher"))
    console = create_console(home.console_settings(), home.ring("console"))
    bell = Bell()
    config = uvicorn.Config(
        whole(ringing(registry, bell), ringing(matcher, bell), console),
        host=host,
        port=port,
        log_level="warning",
        lifespan="off",
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    stop = threading.Event()
    keeper = threading.Thread(target=_keep_worker, args=(home, server, Ends(stop, bell), on_ready), daemon=True)
    # uvicorn raises a signal it caught once more when it is done; SIGTERM would end us before the worker is told.
    signal.signal(signal.SIGTERM, lambda *_: None)
    keeper.start()
    offices = home.offices()
    try:
        state = registry.state
        due = Keeper(state.database, state.ring, state.settings)
        notaries = [office.notary() for office in offices]
        woken = waking(state.database, state.ring, state.settings)
        with matcher.state.warm.kept(), vouching(*notaries), keeping(partial(keep_time, due)), woken, _traced(home):
            server.run()
    finally:
        for office in offices:
            office.close()
        stop.set()
        bell.ring()
        keeper.join(timeout=20)
    return 0


@contextmanager
def _traced(home: Home) -> Iterator[None]:
    with (
        exporting(home.registry_settings(), "registry"),
        exporting(home.matcher_settings(), "matcher"),
        exporting(home.console_settings(), "console"),
    ):
        yield


@dataclass(frozen=True)
class Ends:
    """What the keeper of the worker hears of: the end of serving, and that something was changed."""

    stop: threading.Event
    bell: Bell

    def attend(self, worker: "subprocess.Popen[bytes]") -> None:
        """Until the worker or serving ends: each ring goes on to it, several that come together as one."""
        heard = self.bell.heard
        while worker.poll() is None and not self.stop.is_set():
            if self.bell.wait(heard, 0.2):
                heard = self.bell.heard
                assert worker.stdin is not None
                with suppress(OSError):  # it is about to end
                    os.write(worker.stdin.fileno(), b"!")


def _keep_worker(home: Home, server: uvicorn.Server, ends: Ends, on_ready: Callable[[], None]) -> None:
    """Start the worker once the address answers; restart it, slower each time, if it ends by itself."""
    stop = ends.stop
    while not server.started and not stop.wait(0.05):
        pass
    on_ready()
    pause = 1.0
    while not stop.is_set():
        command = [sys.executable, "-m", "doudi.worker_beside"]
        worker = subprocess.Popen(command, stdin=subprocess.PIPE, env=worker_environment(home))
        home.worker_pid.write_text(f"{worker.pid}\n")
        ends.attend(worker)
        home.worker_pid.unlink(missing_ok=True)
        if stop.is_set():
            worker.send_signal(signal.SIGTERM)
            try:
                worker.wait(timeout=15)
            except subprocess.TimeoutExpired:
                worker.kill()
            return
        stop.wait(pause)
        pause = min(pause * 2, 30.0)


def worker_environment(home: Home) -> dict[str, str]:
    """The matcher's settings as the worker process reads them."""
    return {**ENVIRONMENT, **os.environ, **as_environment(home.matcher_settings(), "DOUDI_MATCHER_")}


def as_environment(settings: ServiceSettings, prefix: str) -> dict[str, str]:
    """Settings that differ from their defaults, as environment variables."""
    given = settings.model_dump(exclude_unset=True, mode="json")
    for name in SECRETS & set(given):
        given[name] = getattr(settings, name).get_secret_value()
    return {prefix + name.upper(): str(value) for name, value in given.items() if value is not None}


def free_port() -> int:
    """A port of the loopback that is free now, and stays so until it is served: the system gives it to nobody who asks
    for any, nor to an outgoing call."""
    return free_ports(1)[0]


def default_home() -> Path:
    """Where `serve` keeps its things unless told."""
    return Path("doudi-home")
