"""What an agency's IT department does: get a token, push a file, follow its batch. HTTP only.

Knows the kit and china, nothing of the services: it could be copied to the agency's own machine.
"""

import hashlib
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import orjson

MEDIA_TYPES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv",
    ".ndjson": "application/x-ndjson",
    ".parquet": "application/vnd.apache.parquet",
}
# A delivery rests here: nothing more happens unless somebody acts.
ENDED = {
    "published",
    "unchanged",
    "rejected",
    "failed",
    "cancelled",
    "expired",
    "rolled_back",
    "validated",
    "needs_confirmation",
}
RENEW_SECONDS = 60.0
CALL_SECONDS = 120.0
STALLED_SECONDS = 180.0


class Refused(Exception):
    """The service said no: the problem's status, code and text, which says the way out."""

    def __init__(self, answer: httpx.Response) -> None:
        try:
            problem = answer.json()
        except ValueError:
            problem = {}
        self.status = answer.status_code
        self.code = str(problem.get("code", "unknown"))
        seconds = answer.headers.get("retry-after", "")
        self.again_after = float(seconds) if seconds.isdecimal() else None  # seconds; None = it does not say
        super().__init__(f"{self.status} {self.code}: {problem.get('detail', '')}")


class Stalled(Exception):
    """Nothing moved for too long."""


@dataclass
class Agency:
    """One client of the API with its own credentials."""

    url: str
    client_id: str
    secret: str
    purpose: str = "dynamic-monitoring"
    tls: ssl.SSLContext | None = None  # whom to trust, and who we are; None = the authorities every browser trusts
    http: httpx.Client = field(init=False, repr=False)
    _token: str = field(default="", init=False, repr=False)
    _until: float = field(default=0.0, init=False, repr=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, timeout=CALL_SECONDS, trust_env=False, verify=self.tls or True)

    def call(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """One call with a fresh enough token; one the service no longer takes (its clock was set) is renewed once.
        Raises Refused for anything but 2xx."""
        given = arguments.pop("headers", {})
        for again in (False, True):
            headers = {**given, "Authorization": f"Bearer {self._fresh_token()}"}
            answer = self.http.request(method, path, headers=headers, **arguments)
            if answer.status_code != HTTPStatus.UNAUTHORIZED or again:
                break
            self._until = 0.0
        if not answer.is_success:
            raise Refused(answer)
        return answer

    def _fresh_token(self) -> str:
        if time.monotonic() >= self._until:
            form = {
                "grant_type": "client_credentials",
                "client_id": self.client_id,
                "client_secret": self.secret,
                "purpose": self.purpose,
            }
            answer = self.http.post("/registry/v1/token", data=form)
            if not answer.is_success:
                raise Refused(answer)
            self._token = answer.json()["access_token"]
            self._until = time.monotonic() + answer.json()["expires_in"] - RENEW_SECONDS
        return self._token

    def send(self, path: str, file: Path, **parameters: str) -> dict[str, Any]:
        """POST a file; the key is the content's own digest, so that sending it twice is sending it once."""
        content = file.read_bytes()
        headers = {
            "Content-Type": MEDIA_TYPES.get(file.suffix.lower(), "application/octet-stream"),
            "Idempotency-Key": hashlib.sha256(path.encode() + content).hexdigest(),
        }
        answer: dict[str, Any] = self.call("POST", path, content=content, headers=headers, params=parameters).json()
        return answer

    def push(self, feed: str, file: Path) -> str:
        """Deliver one batch of a feed; its id."""
        return str(self.send(f"/matcher/v1/feeds/{feed}/batches", file)["batch_id"])

    def follow(self, batch_id: str, on_progress: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
        """Wait until the batch has ended, telling each state on the way; the last one.

        Raises Stalled when nothing about the batch has moved for STALLED_SECONDS.
        """
        moved, before = time.monotonic(), ""
        while True:
            if time.monotonic() - moved > STALLED_SECONDS:
                raise Stalled(f"batch {batch_id} stands still in state {before}: see the worker's log")
            batch: dict[str, Any] = self.call("GET", f"/matcher/v1/batches/{batch_id}", params={"wait": "2"}).json()
            on_progress(batch)
            now = f"{batch['state']} {batch['progress']['rows_done']}"
            if now != before:
                moved, before = time.monotonic(), now
            if batch["state"] in ENDED:
                return batch

    def pages(self, path: str, key: str, **parameters: str) -> Iterator[dict[str, Any]]:
        """Every item of a paged list, page after page."""
        cursor: str | None = None
        while True:
            page = self.call("GET", path, params={**parameters, **({"cursor": cursor} if cursor else {})}).json()
            yield from page[key]
            cursor = page["cursor"]
            if not cursor:
                return

    def lines(self, path: str, **parameters: str) -> list[dict[str, Any]]:
        """The rows of an NDJSON answer."""
        answer = self.call("GET", path, params=parameters)
        return [orjson.loads(line) for line in answer.content.splitlines() if line]
