"""A home whose web process and worker are killed without warning and started again; a client that puts up with it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from doudi.agency import Agency, Refused
from doudi.home import Home

PATIENCE_SECONDS = 60.0
# Settings under which a small county takes many steps, so that there is something to interrupt.
ENVIRONMENT = {"DOUDI_REGISTRY_IMPORT_CHUNK_ROWS": "35", "DOUDI_MATCHER_PUBLISH_PAGE": "5"}
# A call that was cut off is repeated with its key; until its first doer is known to be dead it is still being done.
STILL_BEING_DONE = {"idempotency-in-progress", "import-running"}


@dataclass
class Forge:
    """The process everything is forked from."""

    process: subprocess.Popen[str]
    lock: threading.Lock = field(default_factory=threading.Lock)

    def make(self, wanted: dict[str, Any]) -> int:
        """A process of the kind wanted; its number."""
        with self.lock:
            assert self.process.stdin is not None
            assert self.process.stdout is not None
            self.process.stdin.write(json.dumps(wanted) + "\n")
            self.process.stdin.flush()
            return int(self.process.stdout.readline())


@contextmanager
def forging() -> Iterator[Forge]:
    """A forge for the block; whatever it made ends with it."""
    root = Path(__file__).resolve().parents[2]
    path = os.pathsep.join([str(root / "services"), str(root)])
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.forge"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    try:
        yield Forge(process)
    finally:
        process.kill()
        process.communicate()


@dataclass
class Mortal:
    """A home being served: `web`, `worker` (and `worker 2` …) are process numbers."""

    forge: Forge
    home: Home
    pids: dict[str, int] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)  # what else each process is told: a clock, other settings

    def start(self, day: date, roles: Sequence[str] = ("web", "worker")) -> None:
        """All of them, looking at `day`."""
        self.home = replace(self.home, as_of=day)
        for role in roles:
            self.revive(role)

    def revive(self, role: str) -> None:
        """Start one of them."""
        assert self.home.as_of is not None
        self.pids[role] = self.forge.make(
            {
                "role": role,
                "folder": str(self.home.folder),
                "url": self.home.url,
                "day": self.home.as_of.isoformat(),
                "registry_database": self.home.registry_database,
                "matcher_database": self.home.matcher_database,
                "log": str(self.home.folder / f"{role}.log"),
                **self.told,
                "environment": {**ENVIRONMENT, **self.told.get("environment", {})},
            }
        )

    def kill(self, role: str, number: int = signal.SIGKILL) -> None:
        """SIGKILL: no handler runs, nothing is flushed, no lease given back. Returns when it is dead."""
        pid = self.pids.pop(role)
        os.kill(pid, number)
        until = time.monotonic() + PATIENCE_SECONDS
        while _lives(pid):
            assert time.monotonic() < until, f"{role} {pid} does not die"
            time.sleep(0.002)

    def stop(self) -> None:
        """End both as an administrator does."""
        for role in list(self.pids):
            self.kill(role, signal.SIGTERM)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class Patient(Agency):
    """A client that repeats what got no answer, with the same key; `repeated` counts how often, `calling` tells whether
    it waits for an answer now."""

    repeated: int = 0
    calling: bool = False

    @property
    def token(self) -> tuple[str, float]:
        """The token it holds and until when it is good."""
        return self._token, self._until

    def holds(self, token: tuple[str, float] | None) -> None:
        """Go on with a token it was given before: each new one costs the registry a fifth of a second on purpose."""
        if token is not None:
            self._token, self._until = token

    def call(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """As Agency.call; a connection cut off, a 5xx and a call still being done are tried again for a minute."""
        self.calling = True
        try:
            return self._answered(method, path, **arguments)
        finally:
            self.calling = False

    def _answered(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return super().call(method, path, **arguments)
            except httpx.TransportError:
                if time.monotonic() > until:
                    raise
            except Refused as refused:
                patient = refused.status >= 500 or refused.code in STILL_BEING_DONE
                if not patient or time.monotonic() > until:
                    raise
            self.repeated += 1
            time.sleep(0.05)
