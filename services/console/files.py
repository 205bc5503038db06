"""Files on their way through a page: a service's handed on as it comes, and one of a browser by what its name says."""

from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse

from console.door import Desk

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = {"xlsx": XLSX, "xls": "application/vnd.ms-excel", "csv": "text/csv"}


def kind_of(name: str | None) -> str | None:
    """The media type of a table by its file's name; None where it is none that is read."""
    return KINDS.get((name or "").rpartition(".")[2].lower())


async def as_file(desk: Desk, path: str, name: str, kind: str = XLSX, **query: object) -> StreamingResponse:
    """A service's file under a name of ours. Raises Refused, Away, SignedOut before anything of it is sent."""
    parts = _parts(desk, path, query)
    first = await anext(parts)
    return StreamingResponse(
        _on(first, parts), media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


async def _parts(desk: Desk, path: str, query: dict[str, object]) -> AsyncIterator[bytes]:
    async with desk.services.stream(desk.signed, path, **query) as answer:
        async for part in answer.aiter_bytes():
            yield part


async def _on(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for part in rest:
        yield part
