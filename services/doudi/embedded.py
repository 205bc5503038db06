"""Start the embedded whole as a process of its own, and stop it: what trial and demo talk to over HTTP."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from doudi.defects import Stop
from doudi.home import Home

START_SECONDS = 60.0


class NotStarted(Stop):
    """The services did not come up; the text names the log with the reason."""


@contextmanager
def running(home: Home) -> Iterator[subprocess.Popen[bytes]]:
    """Serve `home` while the block runs; what the services say goes to HOME/serve.log."""
    home.folder.mkdir(parents=True, exist_ok=True)
    log = home.folder / "serve.log"
    port = home.url.rsplit(":", 1)[1]
    command = [sys.executable, "-m", "doudi.command_line", "serve", "--home", str(home.folder), "--port", port]
    if home.as_of:
        command += ["--as-of", home.as_of.isoformat()]
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        try:
            _wait_until_ready(home.url, process, log)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise NotStarted(f"the services ended at start with code {process.returncode}: see {log}")
        try:
            answers = [httpx.get(f"{url}/{name}/v1/health/ready", trust_env=False) for name in ("registry", "matcher")]
            if all(answer.is_success for answer in answers):
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise NotStarted(f"the services did not answer within {START_SECONDS:.0f} s: see {log}")
