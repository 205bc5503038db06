"""A blocking httpx client over an application in this process: no ports, no mocks."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from starlette.types import ASGIApp


class _Body(httpx.AsyncByteStream):
    def __init__(self, content: bytes) -> None:
        self.content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.content


class AsgiBridge(httpx.BaseTransport):
    """Lets a blocking client call an ASGI application through a thread with an event loop."""

    def __init__(self, app: ASGIApp, portal: BlockingPortal) -> None:
        self.portal = portal
        self.transport = httpx.ASGITransport(app=app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def call() -> tuple[int, httpx.Headers, bytes]:
            inner = httpx.Request(request.method, request.url, headers=request.headers, stream=_Body(request.read()))
            answer = await self.transport.handle_async_request(inner)
            # As it was sent: whoever asked undoes a compression, once.
            return answer.status_code, answer.headers, b"".join([part async for part in answer.aiter_raw()])

        status, headers, body = self.portal.call(call)
        return httpx.Response(status, headers=headers, content=body)


@contextmanager
def client_of(app: ASGIApp) -> Iterator[httpx.Client]:
    """A client whose calls end in `app`."""
    with (
        start_blocking_portal() as portal,
        httpx.Client(transport=AsgiBridge(app, portal), base_url="http://doudi.test") as client,
    ):
        yield client
