"""A receiver of webhooks on the loopback, as an agency would run one: it keeps what came and answers as it is told."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Came:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        """The envelope."""
        told: dict[str, Any] = json.loads(self.body)
        return told

    @property
    def id(self) -> str:
        """What tells repetitions."""
        return self.headers["webhook-id"]

    def is_signed_by(self, secret: str) -> bool:
        """As the text of Standard Webhooks says: any of the signatures given, over id, timestamp and raw body."""
        key = base64.b64decode(secret[len("whsec_") :])
        content = b".".join((self.id.encode(), self.headers["webhook-timestamp"].encode(), self.body))
        ours = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        given = [one.split(",", 1) for one in self.headers["webhook-signature"].split(" ")]
        return any(version == "v1" and hmac.compare_digest(one, ours) for version, one in given)


@dataclass(frozen=True)
class Reply:
    """How to answer; `late`: seconds before anything is said, `raw`: these bytes instead of HTTP."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    late: float = 0
    endless: bool = False
    pause: float = 0
    raw: bytes | None = None


def repeats(came: Came) -> Reply:
    """200, and the challenge where there is one."""
    return Reply(200, json.dumps({"challenge": came.event["data"].get("challenge")}).encode())


class Receiver:
    """The server; `came` is what it got, `answer` how it answers."""

    def __init__(self) -> None:
        receiver = self
        self.came: list[Came] = []
        self.answer: Callable[[Came], Reply] = repeats

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                came = Came(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                receiver.came.append(came)
                with suppress(OSError):  # the caller has gone
                    self._say(receiver.answer(came))

            def _say(self, reply: Reply) -> None:
                time.sleep(reply.late)
                if reply.raw is not None:
                    self.wfile.write(reply.raw)
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)
                while reply.endless:
                    self.wfile.write(b"x" * (1 if reply.pause else 65536))
                    self.wfile.flush()
                    time.sleep(reply.pause)

            def log_message(self, *_: Any) -> None:
                """Silence."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def take(self) -> list[Came]:
        """What came since it was last asked."""
        taken, self.came = self.came, []
        return taken

    def close(self) -> None:
        """Listen no more."""
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver for the block."""
    made = Receiver()
    try:
        yield made
    finally:
        made.close()
