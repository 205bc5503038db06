"""Start the embedded whole as a process of its own, and stop it: what trial and demo talk to over HTTP."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from doudi.defects import Stop
from doudi.home import MATCHER_DATABASE, REGISTRY_DATABASE, Home

START_SECONDS = 180.0  # a machine with more work than it can do needs minutes
STOP_SECONDS = 30.0
LOOK_SECONDS = 0.05
# Here the owner of the files writes lists of everybody for himself, on his own disk: a day's budget would end the run.
SECOND_FACTOR = "DOUDI_REGISTRY_SECOND_FACTOR_ROLES"
OWNERS_BUDGET, WHOLE_COUNTY = "DOUDI_MATCHER_REVEALS_PER_CLIENT", "10000000"


class NotStarted(Stop):
    """The services did not come up; the text names the log with the reason."""


@contextmanager
def running(home: Home) -> Iterator[subprocess.Popen[bytes]]:
    """Serve `home` while the block runs, which gets the web process; the worker's number is in `home.worker_pid`.

    What the services say goes to HOME/serve.log. A home may be served again later, on the same port and another day.
    """
    process = start(home)
    try:
        yield process
    finally:
        stop(process)


def start(home: Home) -> subprocess.Popen[bytes]:
    """Serve `home` as a process of its own and wait until both services answer; `stop` ends it.

    Raises NotStarted. A web process killed without warning takes its worker along, so a home may be started again.
    """
    check_port(urlsplit(home.url).port or 0)
    home.folder.mkdir(parents=True, exist_ok=True)
    log = home.folder / "serve.log"
    port = str(urlsplit(home.url).port)
    command = [sys.executable, "-m", "doudi.command_line", "serve", "--home", str(home.folder), "--port", port]
    if home.as_of:
        command += ["--as-of", home.as_of.isoformat()]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, env=_environment(home)
        )
    try:
        _wait_until_ready(home.url, process, log)
    except BaseException:
        stop(process)
        raise
    return process


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the services to end, and end them if they do not."""
    process.terminate()
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def check_port(port: int) -> None:
    """Whoever listens there already on this machine would answer in our stead. Raises NotStarted."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise NotStarted(f"port {port} is taken by another program: name a free one")


def _environment(home: Home) -> dict[str, str]:
    """Databases go by the environment: a process list shows arguments, and a URL may hold a password."""
    named = {REGISTRY_DATABASE: home.registry_database, MATCHER_DATABASE: home.matcher_database}
    rest = {name: value for name, value in os.environ.items() if name not in named}
    factor = {} if home.second_factor else {SECOND_FACTOR: ""}
    return {OWNERS_BUDGET: WHOLE_COUNTY, **factor, **rest, **{name: url for name, url in named.items() if url}}


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    with httpx.Client(
        base_url=url, trust_env=False
    ) as http:  # one for all asking: to make one takes longer than to ask
        while time.monotonic() < until:
            if process.poll() is not None:
                raise NotStarted(f"the services ended at start with code {process.returncode}: see {log}")
            with suppress(httpx.TransportError):
                if all(http.get(f"/{name}/v1/health/ready").is_success for name in ("registry", "matcher")):
                    return
            time.sleep(LOOK_SECONDS)
    raise NotStarted(f"the services did not answer within {START_SECONDS:.0f} s: see {log}")
