"""Ask a service at times set beforehand: `steady_load.py URL QUESTIONS ANSWERS`.

A process of its own, so that asking takes nothing from answering. Arrivals are open: a question is due at its time
whether or not those before it are answered, and its time runs from when it was due, so waiting in line counts.
QUESTIONS holds an object a line: `due` (seconds from the beginning), `kind`, `method`, `path`, `token`, and where there
is one `body`, its `type`, and `follow`: the name of a list whose last cursor is put to the path. ANSWERS gets a line
each: kind, status (0 = none came), seconds, late (how much of them passed before it was sent), size, and of questions
that say `keep` the answer.
"""

import http.client
import itertools
import json
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

ASKERS = 32  # questions on their way at once; more wait here, and their time runs
GIVE_UP_SECONDS = 300.0
IDLE_SECONDS = 2.0  # of a connection; services close theirs after five
LEAD_SECONDS = 0.5  # until the first question, so that every asker has its connection


class Load:
    """What is asked, and what came of it."""

    def __init__(self, url: str, questions: list[dict[str, Any]]) -> None:
        self.place, self.questions = urlsplit(url), questions
        self.told: list[dict[str, Any]] = [{}] * len(questions)
        self.cursors: dict[str, str] = {}
        self.next = itertools.count()
        self.begun = time.perf_counter() + LEAD_SECONDS

    def ask(self) -> None:
        """Ask whatever is due next until nothing is left."""
        line, used = self._connected(), time.perf_counter()
        while (number := next(self.next)) < len(self.questions):
            one = self.questions[number]
            due = self.begun + one["due"]
            time.sleep(max(due - time.perf_counter(), 0))
            sent = time.perf_counter()
            if sent - used > IDLE_SECONDS:
                line.close()  # the service has, or is about to; the next request opens it again
            try:
                line.request(one["method"], self._path(one), one.get("body", "").encode(), self._headers(one))
                answer = line.getresponse()
                status, content = answer.status, answer.read()
            except (OSError, http.client.HTTPException):
                line.close()
                status, content = 0, b""
            used = time.perf_counter()
            seconds = used - due
            if status == 200 and "follow" in one:
                self.cursors[one["follow"]] = json.loads(content)["cursor"]
            told = {"kind": one["kind"], "status": status, "seconds": seconds, "late": sent - due, "size": len(content)}
            self.told[number] = {**told, **({"answer": content.decode()} if one.get("keep") else {})}

    def _path(self, one: dict[str, Any]) -> str:
        cursor = self.cursors.get(one.get("follow", ""))
        path = str(one["path"])
        return f"{path}{'&' if '?' in path else '?'}cursor={quote(cursor)}" if cursor else path

    @staticmethod
    def _headers(one: dict[str, Any]) -> dict[str, str]:
        typed = {"Content-Type": one.get("type", "application/json")} if "body" in one else {}
        return {"Authorization": f"Bearer {one['token']}", **typed, **one.get("headers", {})}

    def _connected(self) -> http.client.HTTPConnection:
        line = http.client.HTTPConnection(self.place.hostname or "", self.place.port, timeout=GIVE_UP_SECONDS)
        line.connect()
        return line


def main() -> int:
    """Ask everything and write the answers down."""
    url, questions, answers = sys.argv[1:]
    load = Load(url, [json.loads(line) for line in Path(questions).read_bytes().splitlines()])
    askers = [threading.Thread(target=load.ask) for _ in range(ASKERS)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    Path(answers).write_text("".join(json.dumps(one) + "\n" for one in load.told), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
