"""A sample file as it comes: the body itself, or a form with the file and a draft of a map. Kept in memory only."""

from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import Depends, Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser

from kit.problems import BodyUnreadable
from kit.uploads import FILE_BODY, WholeBody

SAMPLE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            **FILE_BODY["requestBody"]["content"],
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "map": {"type": "string", "description": "A draft of the map, as JSON"},
                    },
                }
            },
        },
    }
}


@dataclass(frozen=True)
class SampleIn:
    """The file, what it was said to be, and the draft to try it with."""

    content: bytes
    declared: str | None = None
    map: dict[str, Any] | None = None


async def _sample(request: Request, content: WholeBody) -> SampleIn:
    """Raises BodyUnreadable for a form that is none, or a draft that is no JSON object."""
    kind = request.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/form-data"):
        return SampleIn(content, kind or None)
    parser = MultiPartParser(request.headers, request.stream(), max_files=1, max_fields=1)
    parser.spool_max_size = len(content) + 1  # a sample names people: it never lies on a disk unsealed
    try:
        form = await parser.parse()
    except (MultiPartException, HTTPException, KeyError, UnicodeDecodeError):
        raise BodyUnreadable(reason="表单无法读取 (not a form)") from None
    try:
        file, draft = form.get("file"), form.get("map")
        content = await file.read() if isinstance(file, UploadFile) else b""
        declared = (file.filename or file.content_type) if isinstance(file, UploadFile) else None
    finally:
        await form.close()
    return SampleIn(content, declared, _draft(draft if isinstance(draft, str) else None))


def _draft(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BodyUnreadable(reason="map 不是 JSON (map is not JSON)") from None
    if not isinstance(told, dict):
        raise BodyUnreadable(reason="map 须为 JSON 对象 (map must be an object)")
    return told


Sample = Annotated[SampleIn, Depends(_sample)]
