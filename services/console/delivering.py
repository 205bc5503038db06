"""A file handed to the matcher as a delivery: whole, or in parts where it is long."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from console.door import Desk
from console.files import TABLES, kind_of
from console.services import MATCHER
from console.uploads import MEGABYTE
from kit.columns import new_id

PART_BYTES = 4 * MEGABYTE  # a longer file goes in parts: each within what any service takes
SLOW_SECONDS = 120.0  # the whole of a long file is looked at before it is sealed
KINDS = {
    **TABLES, "txt": "text/csv", "ndjson": "application/x-ndjson", "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet", "gz": "application/gzip",
}  # fmt: skip


@dataclass(frozen=True)
class Sending:
    """A file for a feed. `name` is the browser's word for the format; the bytes decide. `told`: the sender's own
    words of it, as the matcher's parameters."""

    feed: str
    name: str
    content: bytes
    told: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """Its media type by its name."""
        return kind_of(self.name, KINDS) or "application/octet-stream"


async def deliver(desk: Desk, sending: Sending) -> dict[str, Any]:
    """The batch it became (BatchOut). Raises Refused, Away, SignedOut."""
    if len(sending.content) > PART_BYTES:
        return await _in_parts(desk, sending)
    answer = await _ask(
        desk, "POST", batches_of(sending.feed), content=sending.content, params=sending.told,
        headers={"Content-Type": sending.kind}, timeout=SLOW_SECONDS,
    )  # fmt: skip
    made: dict[str, Any] = answer.json()
    return made


async def tried(desk: Desk, sending: Sending) -> dict[str, Any]:
    """How its columns are understood (FeedTrialOut); nothing of it is kept. Raises Refused, Away, SignedOut."""
    path = f"{MATCHER}/feeds/{quote(sending.feed, safe='')}/trial"
    answer = await _ask(
        desk, "POST", path, content=sending.content, headers={"Content-Type": sending.kind}, timeout=SLOW_SECONDS
    )
    told: dict[str, Any] = answer.json()
    return told


def batches_of(feed: str) -> str:
    """The door a feed's deliveries go through."""
    return f"{MATCHER}/feeds/{quote(feed, safe='')}/batches"


async def _in_parts(desk: Desk, sending: Sending) -> dict[str, Any]:
    """Opened, filled, sealed. The same file sent again goes on where it was cut off: parts that are there stay."""
    content = sending.content
    stated = {"upload": "parts", "expected_bytes": len(content), "expected_sha256": hashlib.sha256(content).hexdigest()}
    opened = await _ask(
        desk, "POST", batches_of(sending.feed), params={**sending.told, **stated},
        headers={"Content-Type": sending.kind},
    )  # fmt: skip
    path = f"{MATCHER}/batches/{opened.json()['batch_id']}"
    there = {one["number"]: one["sha256"] for one in (await desk.get(f"{path}/parts"))["parts"]}
    for number, begin in enumerate(range(0, len(content), PART_BYTES), start=1):
        part = content[begin : begin + PART_BYTES]
        digest = hashlib.sha256(part)
        if there.get(number) != digest.hexdigest():
            stamp = {"Content-Digest": f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"}
            await _ask(desk, "PUT", f"{path}/parts/{number}", content=part, headers=stamp)
    seen = (await desk.services.call(desk.signed, "GET", path)).headers["ETag"]
    sealed = await _ask(desk, "POST", f"{path}/seal", headers={"If-Match": seen}, timeout=SLOW_SECONDS)
    made: dict[str, Any] = sealed.json()
    return made


async def _ask(desk: Desk, method: str, path: str, **more: Any) -> Any:
    headers = {"Idempotency-Key": new_id(), **more.pop("headers", {})}
    return await desk.services.call(desk.signed, method, path, headers=headers, **more)
