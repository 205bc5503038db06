"""An agency pushes a file from the command line: in parts where it is large, on with it where it stopped, to its end.

The same command again is the same delivery: the key under which it is opened is made of what is sent and how, and the
service says which parts it has. So a broken line, a full queue or a power cut costs only the part that was under way.
HTTP only, like `doudi.agency`: it could be copied to the agency's own machine.
"""

import base64
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from doudi.agency import MEDIA_TYPES, Agency, Refused
from doudi.progress import Steps

PART_BYTES = 8 * 1024 * 1024  # passes also where a data exchange bounds its messages at ten megabytes
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds
# What passes by itself: too much at once, a service being started anew, a full disk, a call of ours that is still
# being answered.
PASSING = {429, 502, 503, 504, 507}
PASSING_CODES = {"idempotency-in-progress"}
OVER = {"cancelled", "expired", "rolled_back"}  # a delivery that was given up: the next one needs another key
MOST_TRIES = 20  # deliveries of one content that were given up before


@dataclass(frozen=True)
class Order:
    """What is to be delivered: `options` are the query parameters of the push (load, mode, period …)."""

    feed: str
    file: Path
    options: Mapping[str, str]
    part_bytes: int = PART_BYTES


@dataclass
class PatientAgency(Agency):
    """A client that waits for what passes by itself, as long as the service says or ever longer.

    Only for calls that may be made twice.
    """

    patience: float = 600.0  # seconds without any success before it gives up
    on_pause: Callable[[str], None] = lambda _: None

    def call(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """As ever. Raises what it met last, when patience is at its end or it will not pass."""
        until, pause = time.monotonic() + self.patience, FIRST_PAUSE
        while True:
            try:
                return super().call(method, path, **dict(arguments))
            except (httpx.TransportError, Refused) as trouble:
                wait = _pause(trouble, pause)
                if wait is None or time.monotonic() + wait > until:
                    raise
                why = trouble.code if isinstance(trouble, Refused) else "no connection"
                self.on_pause(f"{why}; again in {wait:.0f} s")
                time.sleep(wait)
                pause = min(2 * pause, LONGEST_PAUSE)


@dataclass
class Pusher:
    """One order on its way."""

    agency: Agency
    order: Order
    steps: Steps
    digest: str = field(init=False)
    size: int = field(init=False)
    expired: set[str] = field(default_factory=set, init=False)  # uploads that take no part any more, though still open

    def __post_init__(self) -> None:
        with self.order.file.open("rb") as file:
            self.digest = hashlib.file_digest(file, "sha256").hexdigest()
        self.size = self.order.file.stat().st_size

    def push(self) -> dict[str, Any]:
        """Deliver, wait, and give the batch as it rests. Raises Refused, Stalled, httpx.TransportError."""
        return self.agency.follow(self.deliver()["batch_id"], self._tell)

    def deliver(self) -> dict[str, Any]:
        """Send all of it; the batch, which is yet to be read. Raises Refused, httpx.TransportError."""
        whole = self.size <= self.order.part_bytes
        return self._sent_whole() if whole else self._sent_in_parts()

    def _sent_whole(self) -> dict[str, Any]:
        content = self.order.file.read_bytes()
        self.steps.show("send", 0, self.size)
        batch = self._opened(content, {})
        self.steps.end("send", f"{self.size:,} bytes")
        return batch

    def _sent_in_parts(self) -> dict[str, Any]:
        stated = {"upload": "parts", "expected_sha256": self.digest, "expected_bytes": str(self.size)}
        while True:
            batch = self._opened(b"", stated)
            try:
                return self._completed(batch)
            except Refused as no:
                if no.code != "upload-expired" or batch["batch_id"] in self.expired:
                    raise
                self.expired.add(batch["batch_id"])

    def _completed(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Its missing parts sent, and sealed; as it is, where it was already."""
        if batch["state"] != "open":
            self.steps.end("send", "all of it was there")
            return batch
        there = self._get(f"/matcher/v1/batches/{batch['batch_id']}/parts")
        known = {part["number"]: part["sha256"] for part in there["parts"]}
        sent = 0
        for number, content in self._parts():
            if known.get(number) != hashlib.sha256(content).hexdigest():
                try:
                    self._put(batch["batch_id"], number, content)
                except Refused as no:
                    return self._sealed_meanwhile(batch["batch_id"], no)
            sent += len(content)
            self.steps.show("send", sent, self.size)
        self.steps.end("send", f"{self.size:,} bytes, {len(known)} parts were there")
        return self._sealed(batch["batch_id"])

    def _opened(self, content: bytes, stated: Mapping[str, str]) -> dict[str, Any]:
        """The delivery, as it stands: the one this command began before, if it did and it was not given up."""
        path = f"/matcher/v1/feeds/{self.order.feed}/batches"
        parameters = {**self.order.options, **stated}
        for attempt in range(MOST_TRIES):
            headers = {"Content-Type": self._kind, "Idempotency-Key": self._key(path, parameters, attempt)}
            first = self.agency.call("POST", path, content=content, params=parameters, headers=headers).json()
            batch = self._get(f"/matcher/v1/batches/{first['batch_id']}")
            if batch["state"] not in OVER and batch["batch_id"] not in self.expired:
                return batch
        return batch

    def _key(self, path: str, parameters: Mapping[str, str], attempt: int) -> str:
        told = "\n".join([path, *(f"{name}={parameters[name]}" for name in sorted(parameters)), self.digest])
        return hashlib.sha256(f"{told}\n{attempt}".encode()).hexdigest()

    @property
    def _kind(self) -> str:
        name = self.order.file.name.lower().removesuffix(".gz")
        return MEDIA_TYPES.get(Path(name).suffix, "application/octet-stream")

    def _parts(self) -> Iterator[tuple[int, bytes]]:
        with self.order.file.open("rb") as file:
            number = 0
            while content := file.read(self.order.part_bytes):
                number += 1
                yield number, content

    def _put(self, batch_id: str, number: int, content: bytes) -> None:
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        headers = {"Content-Type": "application/octet-stream", "Content-Digest": f"sha-256=:{digest}:"}
        self.agency.call("PUT", f"/matcher/v1/batches/{batch_id}/parts/{number}", content=content, headers=headers)

    def _sealed_meanwhile(self, batch_id: str, no: Refused) -> dict[str, Any]:
        """The batch, where a part or the seal was refused because the same command elsewhere has sealed all of it.
        Raises `no` for any other reason."""
        if no.code != "conflict" or (batch := self._get(f"/matcher/v1/batches/{batch_id}"))["state"] == "open":
            raise no
        self.steps.end("send", "all of it was there")
        return batch

    def _sealed(self, batch_id: str) -> dict[str, Any]:
        """Seal it; whoever else did so meanwhile, or we ourselves before the line broke, is as good."""
        path = f"/matcher/v1/batches/{batch_id}"
        self.steps.show("check", 0, 0)
        while True:
            seen = self.agency.call("GET", path)
            batch: dict[str, Any] = seen.json()
            if batch["state"] != "open":
                self.steps.end("check")
                return batch
            try:
                self.agency.call("POST", f"{path}/seal", headers={"If-Match": seen.headers["ETag"]})
            except Refused as no:
                if no.code != "version-mismatch":  # it moved since it was looked at: look again
                    return self._sealed_meanwhile(batch_id, no)

    def _get(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.agency.call("GET", path).json()
        return answer

    def _tell(self, batch: dict[str, Any]) -> None:
        progress = batch["progress"]
        self.steps.show(batch["state"], progress["rows_done"], progress["rows_total"] or 0)


def _pause(trouble: Exception, pause: float) -> float | None:
    """Seconds to wait; None for what does not pass by itself."""
    if not isinstance(trouble, Refused):
        return pause
    if trouble.status in PASSING or trouble.code in PASSING_CODES:
        return trouble.again_after or pause
    return None
