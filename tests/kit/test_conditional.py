"""Polling costs nothing while nothing changes, and no tag tells or hides anything."""

from collections.abc import Iterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from kit.conditional import MOST_BYTES, Conditional
from kit.crypto import KeyRing
from kit.problems import VersionMismatch
from kit.settings import ServiceSettings
from kit.web import ServiceInfo, create_service
from tests.asgi import client_of

SHOWN: dict[str, Any] = {}
router = APIRouter()


@router.get("/thing")
def get_thing(response: Response) -> Any:
    """A thing with a version of its own, and what happens to be seen of it."""
    response.headers["ETag"] = '"7"'
    response.headers["Link"] = "</next>"
    return SHOWN


@router.put("/thing")
def put_thing(if_match: Annotated[str, Header()]) -> str:
    """Knows its own version only."""
    if if_match not in ('"7"', '"7", "8"', "*"):
        raise VersionMismatch
    return if_match


@router.get("/list")
def list_things() -> Any:
    """A list without a version."""
    return SHOWN


@router.get("/public")
def public(response: Response) -> Any:
    """An answer that says itself who may keep it."""
    response.headers["Cache-Control"] = "public, max-age=60"
    response.headers["Vary"] = "Accept-Encoding"
    return SHOWN


@router.get("/large")
def large(over: int = 0) -> Response:
    """An answer at, or over, the bound."""
    return Response(b'"' + b"x" * (MOST_BYTES + over - 2) + b'"', media_type="application/json")


@router.get("/stream")
def stream(kind: str, size: int) -> StreamingResponse:
    """An answer in pieces, its length unknown beforehand."""
    return StreamingResponse((b"x" * 1000 for _ in range(size)), media_type=kind)


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    SHOWN.clear()
    SHOWN["name"] = "某*"
    app = create_service(
        ServiceInfo("Thing", "1", "For tests", ""), ServiceSettings(), {"ring": KeyRing.ephemeral()}, [router]
    )
    with client_of(app) as client:
        yield client


def again(client: httpx.Client, path: str, tag: str) -> httpx.Response:
    return client.get(path, headers={"If-None-Match": tag})


@pytest.mark.parametrize("path", ["/thing", "/list", "/public"])
def test_the_same_answer_is_304_without_a_body_and_another_answer_is_given(client: httpx.Client, path: str) -> None:
    first = client.get(path)
    same = again(client, path, first.headers["etag"])
    SHOWN["name"] = "某某"
    other = again(client, path, first.headers["etag"])
    assert (first.status_code, same.status_code, other.status_code) == (200, 304, 200)
    assert same.content == b""
    assert "content-length" not in same.headers
    assert "content-type" not in same.headers
    assert same.headers["etag"] == first.headers["etag"] != other.headers["etag"]
    assert same.headers["cache-control"] == first.headers["cache-control"]
    assert other.json() == {"name": "某某"}


def test_a_version_seen_differently_has_another_tag_and_is_still_the_version_to_write_by(client: httpx.Client) -> None:
    masked = client.get("/thing").headers["etag"]
    SHOWN["name"] = "某某"
    revealed = client.get("/thing").headers["etag"]
    assert masked != revealed
    assert masked.startswith('"7:')
    for tag in (masked, revealed, '"7"', "*"):
        assert client.put("/thing", headers={"If-Match": tag}).status_code == 200
    assert client.put("/thing", headers={"If-Match": f'{masked}, "8"'}).json() == '"7", "8"'
    assert client.put("/thing", headers={"If-Match": masked.replace("7:", "6:")}).status_code == 412
    assert client.put("/thing", headers={"If-Match": '"7:nonsense"'}).status_code == 412


def test_tags_are_compared_as_lists_weakly_and_exactly(client: httpx.Client) -> None:
    weak, own = client.get("/list").headers["etag"], client.get("/thing").headers["etag"]
    assert weak.startswith('W/"')
    assert not own.startswith("W/")
    seen = {
        tag: again(client, path, tag).status_code
        for path, tag in [
            ("/list", f'"a,b", {weak}'), ("/list", weak.removeprefix("W/")), ("/thing", f"W/{own}"), ("/list", "*"),
            ("/list", weak[3:-2]), ("/list", '"a"'), ("/thing", '"7"'), ("/list", ""),
        ]
    }  # fmt: skip
    assert list(seen.values()) == [304, 304, 304, 304, 200, 200, 200, 200]


def test_a_tag_quotes_nothing_and_two_services_tag_the_same_answer_differently(client: httpx.Client) -> None:
    here = client.get("/list").headers["etag"]
    app = create_service(ServiceInfo("Thing", "1", "", ""), ServiceSettings(), {"ring": KeyRing.ephemeral()}, [router])
    with client_of(app) as other:
        assert other.get("/list").content == client.get("/list").content
        assert other.get("/list").headers["etag"] != here
    assert client.get("/list").headers["etag"] == here


def test_no_shared_cache_keeps_an_answer_unless_the_endpoint_says_so(client: httpx.Client) -> None:
    for path in ("/thing", "/list", "/nowhere", "/stream?kind=text/csv&size=1"):
        answer = client.get(path)
        assert answer.headers["cache-control"] == "private, no-cache"
        assert answer.headers["vary"] == "Authorization, Accept-Language"
    public = client.get("/public")
    assert public.headers["cache-control"] == "public, max-age=60"
    assert public.headers["vary"] == "Accept-Encoding, Authorization, Accept-Language"


@pytest.mark.parametrize(
    ("path", "size", "tagged"),
    [
        ("/large", MOST_BYTES, True),
        ("/large?over=1", MOST_BYTES + 1, False),
        ("/stream?kind=application/json&size=1048", 1_048_000, True),
        ("/stream?kind=application/json&size=3000", 3_000_000, False),
        ("/stream?kind=application/x-ndjson&size=3", 3_000, False),
        ("/stream?kind=text/csv&size=3", 3_000, False),
    ],
)
def test_only_json_up_to_the_bound_is_tagged_and_everything_arrives_whole(
    client: httpx.Client, path: str, size: int, tagged: bool
) -> None:
    answer = client.get(path, headers={"If-None-Match": '"x"'})
    assert (answer.status_code, len(answer.content), "etag" in answer.headers) == (200, size, tagged)


def test_what_failed_and_what_was_written_has_no_tag_and_is_never_304(client: httpx.Client) -> None:
    missing = again(client, "/nowhere", "*")
    written = client.put("/thing", headers={"If-Match": '"7"', "If-None-Match": "*"})
    assert (missing.status_code, written.status_code) == (404, 200)
    assert "etag" not in missing.headers
    assert "etag" not in written.headers


async def test_what_is_not_held_back_leaves_as_it_comes() -> None:
    pieces = [b"x" * (MOST_BYTES // 2)] * 4
    left: list[int] = []  # bytes out after each piece in

    async def answers(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", scope["kind"])]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            left.append(sum(out))
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        out.append(len(message.get("body", b"")))

    for kind, expected in ((b"application/x-ndjson", [1, 2, 3, 4]), (b"application/json", [0, 0, 3, 4])):
        out: list[int] = []
        left.clear()
        await Conditional(answers)({"type": "http", "method": "GET", "headers": [], "kind": kind}, receive, send)
        assert [size * 2 // MOST_BYTES for size in left] == expected
        assert sum(out) == 2 * MOST_BYTES


def test_an_unsafe_call_is_still_logged_by_its_route(client: httpx.Client, capsys: pytest.CaptureFixture[str]) -> None:
    client.put("/thing", headers={"If-Match": '"7"'})
    assert '"route": "/thing"' in capsys.readouterr().err
