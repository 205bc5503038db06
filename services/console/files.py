"""Files on their way through a page: a service's handed on as it comes, and one of a browser by what its name says."""

from collections.abc import AsyncIterator, Mapping
from urllib.parse import quote

from fastapi import Response
from starlette.responses import StreamingResponse

from console.door import Desk

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TABLES = {"xlsx": XLSX, "xls": "application/vnd.ms-excel", "csv": "text/csv"}


def kind_of(name: str | None, kinds: Mapping[str, str] = TABLES) -> str | None:
    """The media type of a file by its name; None where it is none of `kinds`."""
    return kinds.get((name or "").rpartition(".")[2].lower())


async def passed_on(desk: Desk, path: str, name: str, **query: object) -> Response:
    """A service's file, part by part, under a name of ours. Raises Refused, Away, SignedOut before any of it is sent:
    a refusal is told as a page."""
    parts = _parts(desk, path, query)
    kind = await anext(parts)
    named = f"attachment; filename*=UTF-8''{quote(name)}"
    return StreamingResponse(parts, media_type=kind.decode(), headers={"Content-Disposition": named})


async def _parts(desk: Desk, path: str, query: Mapping[str, object]) -> AsyncIterator[bytes]:
    """First the media type, then the file."""
    async with desk.services.stream(desk.signed, path, **query) as answer:
        yield answer.headers.get("content-type", "application/octet-stream").encode()
        async for part in answer.aiter_bytes():
            yield part
