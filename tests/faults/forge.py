"""Makes web and worker processes in a moment: it has everything imported, and each of them is a fork of it.

What is forked is what `doudi serve` runs: both services behind one address, and the matcher's own worker. Only the
seconds of importing are saved, so that a test can afford to kill them often. Run as a process of its own
(`python -m tests.faults.forge`): one line of JSON in, one process number out; all of them end with it.
"""

import ctypes
import json
import os
import signal
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pandas  # noqa: F401 - pyarrow imports it at first use
import uvicorn

from console.app import create_app as create_console
from doudi.home import Home
from doudi.serve import whole, worker_environment
from kit import database
from kit.logs import configure
from matcher import worker
from matcher.app import create_app as create_matcher
from registry.app import create_app as create_registry
from tests.faults.clock import follow
from tests.faults.gates import ask_at

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Fork what each line asks for until the lines end."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead: their numbers must be free at once
    print("ready", flush=True)  # noqa: T201 - the answer to who started us
    for line in sys.stdin:
        wanted = json.loads(line)
        child = os.fork()
        if child == 0:
            _live(wanted)
        print(child, flush=True)  # noqa: T201 - the answer to who asked


def _live(wanted: dict[str, Any]) -> None:
    """Be a web process or a worker from here to the end."""
    code = 1
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(wanted["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        silence = os.open(os.devnull, os.O_RDONLY)
        for stream, number in ((silence, 0), (log, 1), (log, 2)):
            os.dup2(stream, number)
        os.environ.update(wanted["environment"])
        if "clock" in wanted:
            follow(Path(wanted["clock"]))
        if "gates" in wanted:
            ask_at(Path(wanted["gates"]), wanted["role"])
        database.SQLITE_BUSY_SECONDS = wanted.get("busy_seconds", database.SQLITE_BUSY_SECONDS)
        home = _home(wanted)
        configure("INFO")
        _work(home) if wanted["role"].startswith("worker") else _serve(home)
        code = 0
    finally:
        sys.stdout.flush()
        os._exit(code)


def _home(wanted: dict[str, Any]) -> Home:
    day = date.fromisoformat(wanted["day"])
    databases = (wanted["registry_database"], wanted["matcher_database"])
    return Home(Path(wanted["folder"]), wanted["url"], day, "INFO", *databases)


def _serve(home: Home) -> None:
    port = int(home.url.rsplit(":", 1)[1])
    registry = create_registry(home.registry_settings(), ring=home.ring("registry"))
    matcher = create_matcher(home.matcher_settings(), home.ring("matcher"))
    both = whole(registry, matcher, create_console(home.console_settings(), home.ring("console")))
    with matcher.state.warm.kept():
        uvicorn.Server(uvicorn.Config(both, host="127.0.0.1", port=port, log_level="warning", lifespan="off")).run()


def _work(home: Home) -> None:
    os.environ.update({**worker_environment(home), "DOUDI_MATCHER_WORKER_POLL_SECONDS": "0.15"})
    worker.main()


if __name__ == "__main__":
    main()
