"""The matcher's web process as production starts it, on the loopback, with a registry beside it; and a loader."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from doudi.serve import as_environment
from matcher.settings import MatcherSettings
from tests.matcher.fake_registry import FakeRegistry

START_SECONDS = 300.0
LOADER = Path(__file__).with_name("steady_load.py")


@contextmanager
def registry_at(port: int) -> Iterator[FakeRegistry]:
    """A registry whose published keys can be asked for over HTTP."""
    registry = FakeRegistry()
    server = uvicorn.Server(uvicorn.Config(registry.app, port=port, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield registry
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def served(settings: MatcherSettings, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The matcher's web process, when it is ready."""
    environment = {**os.environ, **as_environment(settings, "DOUDI_MATCHER_")}
    words = [sys.executable, "-m", "matcher.main", "serve"]
    ready = f"http://{settings.listen}/matcher/v1/health/ready"
    with process_at(words, environment, ready, log) as process:
        yield process


@contextmanager
def process_at(
    words: Sequence[str], environment: dict[str, str], ready: str, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that serves, from when the address `ready` answers."""
    with log.open("wb") as out:
        process = subprocess.Popen(words, env=environment, stdout=out, stderr=out)
    try:
        _wait(ready, process, log)
        yield process
    finally:
        process.terminate()
        process.wait()


def _wait(ready: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()[-2000:]
        try:
            if httpx.get(ready, trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(log.read_text()[-2000:])


def cpu(process: subprocess.Popen[bytes]) -> float:
    """Processor seconds of a running process: what a busy machine distorts less than the clock."""
    # The kernel's clock of that process (clock_getcpuclockid(3), which Python does not have for others): to the
    # nanosecond, and with the time of threads that ended. /proc/PID/stat counts in hundredths of a second.
    return time.clock_gettime(~process.pid << 3 | 2)


def asked(url: str, questions: Sequence[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """What the loader wrote down of these questions, in their order."""
    said, told = folder / "questions.ndjson", folder / "answers.ndjson"
    said.write_text("".join(json.dumps(one) + "\n" for one in questions), encoding="utf-8")
    subprocess.run([sys.executable, "-S", LOADER, url, said, told], check=True)
    return [json.loads(line) for line in told.read_text(encoding="utf-8").splitlines()]
