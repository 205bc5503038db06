"""A sender in a process of its own: a line of JSON in is one delivery, a line out is the batch it came to.

Run as `python -m tests.faults.pusher`; two of them told at the same moment send at the same moment.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from doudi.progress import steps
from doudi.push import Order, Pusher
from tests.faults.mortal import Patient


def main() -> None:
    """Send what each line says until the lines end."""
    print("ready", flush=True)  # noqa: T201 - the answer to who started us
    for line in sys.stdin:
        told = json.loads(line)
        client = Patient(told["url"], *told["client"])
        order = Order(told["feed"], Path(told["file"]), {}, told["part_bytes"])
        with steps() as shown:
            batch = Pusher(client, order, shown).deliver()
        client.http.close()
        print(json.dumps(batch), flush=True)  # noqa: T201 - the answer to who told us


class Process:
    """One of them, from outside."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def tell(self, **told: Any) -> None:
        """Begin a delivery."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()

    def heard(self) -> dict[str, Any]:
        """The batch it came to."""
        assert self.process.stdout is not None
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@contextmanager
def pushing(count: int) -> Iterator[list[Process]]:
    """So many senders, ready, ended with the block."""
    root = Path(__file__).resolve().parents[2]
    path = os.pathsep.join([str(root / "services"), str(root)])
    command = [sys.executable, "-m", "tests.faults.pusher"]
    processes = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root,
            env={**os.environ, "PYTHONPATH": path},
        )
        for _ in range(count)
    ]  # fmt: skip
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        yield [Process(process) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.communicate()


if __name__ == "__main__":
    main()
