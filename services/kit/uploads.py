"""Bodies that are files: read whole (the service bounds their size), checked, described in the contract as any file."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import File, create_form_parser

from kit.problems import BodyUnreadable, DigestMismatch

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


ONE_FILE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}


_ONE_FILE = "须为含一个文件的表单 (must be a form with one file)"


@dataclass(frozen=True)
class SentFile:
    """A file as a browser's form or `curl -F file=@…` sends it; the name is the sender's word, not to be trusted."""

    name: str
    content: bytes


async def _sent_file(request: Request) -> SentFile:
    """The one file of the form, never written to disk: what people attach is not for a temporary folder.

    Raises BodyUnreadable where the body is no form with exactly one file.
    """
    body, files = await request.body(), list[File]()
    kind = {"Content-Type": request.headers.get("content-type", "").encode()}
    if not kind["Content-Type"].startswith((b"multipart/form-data", b"application/octet-stream")):
        raise BodyUnreadable(reason=_ONE_FILE)
    config = {"MAX_MEMORY_FILE_SIZE": len(body) + 1, "MAX_FIELDS": 8, "MAX_FIELD_SIZE": 4096}
    try:
        parser = create_form_parser(kind, None, files.append, config)
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError):
        raise BodyUnreadable(reason=_ONE_FILE) from None
    if len(files) != 1:
        raise BodyUnreadable(reason=_ONE_FILE)
    file = files[0].file_object
    file.seek(0)
    name = (files[0].file_name or b"").decode(errors="replace")
    return SentFile(name, file.read())


OneFile = Annotated[SentFile, Depends(_sent_file)]
