"""Bodies that are files: read whole (the service bounds their size), checked, described in the contract as any file."""

import base64
import hashlib
from typing import Annotated, Any

from fastapi import Depends, Request

from kit.problems import DigestMismatch

FILE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in (
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "text/csv",
                "application/x-ndjson",
                "application/vnd.apache.parquet",
                "application/gzip",
                "application/octet-stream",
            )
        },
    }
}


async def _whole_body(request: Request) -> bytes:
    """The body as sent; Content-Digest (RFC 9530) is checked where the sender states it. Raises DigestMismatch."""
    content = await request.body()
    for part in request.headers.get("content-digest", "").split(","):
        name, _, value = part.strip().partition("=")
        if name == "sha-256" and value.strip(":") != base64.b64encode(hashlib.sha256(content).digest()).decode():
            raise DigestMismatch
    return content


WholeBody = Annotated[bytes, Depends(_whole_body)]
