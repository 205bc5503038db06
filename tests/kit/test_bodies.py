"""Bodies are bounded in depth and time; also over a real connection, where a slow sender is cut."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import uvicorn
from fastapi import APIRouter
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from kit.bodies import MOST_DEPTH, Bounded, Depth
from kit.database import Database
from kit.problems import BodyTooDeep, BodyTooSlow
from kit.settings import ServiceSettings
from kit.web import ServiceInfo, create_service

TEXT = st.text(alphabet=st.sampled_from('[]{}"\\a\n马'), max_size=20)
VALUES = st.recursive(
    TEXT | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
)


def depth_of(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


@given(VALUES, st.integers(1, 7), st.booleans())
def test_depth_is_counted_whatever_the_pieces_and_strings(value: object, size: int, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only).encode()
    reader, deepest = Depth(), 0
    for start in range(0, len(text), size):
        reader.feed(text[start : start + size])
        deepest = max(deepest, reader.depth)
    assert (reader.depth, reader.in_text) == (0, False)
    assert deepest <= depth_of(value)
    if size == 1:
        assert deepest == depth_of(value)


def test_a_text_too_deep_is_refused_at_the_level_that_is_too_much() -> None:
    Depth().feed(b"[" * MOST_DEPTH + b"]" * MOST_DEPTH)
    Depth().feed(b'["' + b"[" * 500 + b'"]')
    with pytest.raises(BodyTooDeep):
        Depth().feed(b"[" * (MOST_DEPTH + 1))


def test_whoever_pauses_too_long_is_told_so_and_whoever_is_done_may_wait() -> None:
    settings = ServiceSettings(body_pause_seconds=0.05)

    async def never() -> dict[str, object]:
        await asyncio.sleep(30)
        return {}

    async def paused() -> None:
        await Bounded(never, settings, None)()  # type: ignore[arg-type]  # a message of no kind

    async def done() -> None:
        bounded = Bounded(never, settings, None, whole=True)  # type: ignore[arg-type]  # a message of no kind
        await asyncio.wait_for(bounded(), 0.3)

    with pytest.raises(BodyTooSlow):
        asyncio.run(paused())
    with pytest.raises(TimeoutError):  # the test's own patience, not the bound
        asyncio.run(done())


class EchoIn(BaseModel):
    """Anything."""

    text: str


@contextmanager
def listening(database_url: str, **patience: float) -> Iterator[int]:
    """The port of a real server with a real socket, as patient as ever but for what is said."""
    router = APIRouter()

    @router.post("/echo")
    def echo(body: EchoIn) -> dict[str, int]:
        return {"length": len(body.text)}

    database = Database.open(database_url)
    settings = ServiceSettings(**{"body_pause_seconds": 600.0, "body_seconds": 600.0, **patience})
    app = create_service(ServiceInfo("t", "1", "t", "/t"), settings, {"database": database}, [router])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield int(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(timeout=60)
        database.dispose()


HEAD = b"POST /t/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"


def said(port: int, pieces: int, pause: float) -> bytes:
    """Send a head and some bytes of the body, with pauses; what comes back until the connection ends. Raises
    TimeoutError where nothing does."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        line.sendall(HEAD)
        for _ in range(pieces):
            try:
                line.sendall(b" ")
            except OSError:
                break
            time.sleep(pause)
        found = b""
        while piece := line.recv(4096):
            found += piece
    return found


def test_a_sender_that_stops_in_the_middle_is_cut(database_url: str) -> None:
    with listening(database_url, body_pause_seconds=1.0) as port:
        found = said(port, 1, 0)
    assert found.startswith(b"HTTP/1.1 408")
    assert b"body-too-slow" in found


def test_a_sender_that_drips_is_cut_however_short_its_pauses(database_url: str) -> None:
    with listening(database_url, body_seconds=2.0) as port:
        found = said(port, 30, 0.1)
    assert found.startswith(b"HTTP/1.1 408")


def test_a_deep_body_is_refused_and_another_read(database_url: str) -> None:
    headers = {"Content-Type": "application/json"}
    with listening(database_url) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}/t", timeout=60) as http:
        deep = http.post("/echo", content=b"[" * 1000, headers=headers)
        assert (deep.status_code, deep.json()["code"]) == (422, "body-too-deep")
        assert http.post("/echo", json={"text": "[" * 1000}).json() == {"length": 1000}
