"""Ask POST /match at a steady rate: `match_load.py URL RATE QUESTIONS ANSWERS`, the token in DOUDI_TOKEN.

A process of its own, so that asking takes nothing from answering. Arrivals are open: a question is due at its time
whether or not those before it are answered, and its time runs from when it was due, so waiting in line counts.
QUESTIONS holds one body a line; ANSWERS gets one line each: status (0 = none came), seconds, late (how much of them
passed before it was sent) and the answer.
"""

import http.client
import itertools
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ASKERS = 32  # questions on their way at once; more wait here, and their time runs
GIVE_UP_SECONDS = 300.0
LEAD_SECONDS = 0.5  # until the first question, so that every asker has its connection


class Load:
    """What is asked, and what came of it."""

    def __init__(self, url: str, rate: float, bodies: list[bytes]) -> None:
        self.place, self.rate, self.bodies = urlsplit(url), rate, bodies
        self.headers = {"Authorization": f"Bearer {os.environ['DOUDI_TOKEN']}", "Content-Type": "application/json"}
        self.told: list[dict[str, Any]] = [{}] * len(bodies)
        self.next = itertools.count()
        self.begun = time.perf_counter() + LEAD_SECONDS

    def ask(self) -> None:
        """Ask whatever is due next until nothing is left."""
        line = self._connected()
        while (number := next(self.next)) < len(self.bodies):
            due = self.begun + number / self.rate
            time.sleep(max(due - time.perf_counter(), 0))
            sent = time.perf_counter()
            try:
                line.request("POST", self.place.path, self.bodies[number], self.headers)
                answer = line.getresponse()
                status, text = answer.status, answer.read()
            except (OSError, http.client.HTTPException):
                line.close()
                status, text = 0, b""
            seconds = time.perf_counter() - due
            self.told[number] = {"status": status, "seconds": seconds, "late": sent - due, "answer": text.decode()}

    def _connected(self) -> http.client.HTTPConnection:
        line = http.client.HTTPConnection(self.place.hostname or "", self.place.port, timeout=GIVE_UP_SECONDS)
        line.connect()
        return line


def main() -> int:
    """Ask everything and write the answers down."""
    url, rate, questions, answers = sys.argv[1:]
    load = Load(url, float(rate), Path(questions).read_bytes().splitlines())
    askers = [threading.Thread(target=load.ask) for _ in range(ASKERS)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    Path(answers).write_text("".join(json.dumps(one) + "\n" for one in load.told), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
