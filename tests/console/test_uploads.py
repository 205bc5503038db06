"""Forms from a browser: in memory, bounded, and read to the end before anybody is told that they are too large."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from console.uploads import LISTENED_TO, MEGABYTE, MOST_TYPED, TooBig, read_form

KIND = "multipart/form-data; boundary=x"


def form(content: bytes, name: str = "a.xlsx") -> bytes:
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    word = '\r\n--x\r\nContent-Disposition: form-data; name="word"\r\n\r\n字\r\n--x--\r\n'
    return head.encode() + content + word.encode()


def asked(body: bytes, kind: str = KIND) -> tuple[Request, list[int]]:
    """A request with that body, and how many bytes of it were read."""
    read: list[int] = []

    def pieces() -> Iterator[dict[str, Any]]:
        for begin in range(0, len(body), 65_536):
            piece = body[begin : begin + 65_536]
            read.append(len(piece))
            yield {"type": "http.request", "body": piece, "more_body": begin + 65_536 < len(body)}

    told = pieces()

    async def receive() -> dict[str, Any]:
        return next(told, {"type": "http.request", "body": b"", "more_body": False})

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", kind.encode())]}
    return Request(scope, receive), read


def taken(body: bytes, most: int, kind: str = KIND) -> FormData:
    return asyncio.run(read_form(asked(body, kind)[0], most))


def test_a_file_stays_in_memory_whatever_its_size() -> None:
    content = b"0" * (3 * MEGABYTE)
    fields = taken(form(content), 4 * MEGABYTE)
    file = fields["file"]
    assert isinstance(file, UploadFile)
    assert file.file._rolled is False  # type: ignore[attr-defined]  # of SpooledTemporaryFile: on a disk, or not
    assert file.file.read() == content
    file.file.close()
    assert fields["word"] == "字"


def test_more_than_may_be_is_read_to_its_end_and_then_refused() -> None:
    most = MEGABYTE
    body = form(b"0" * (3 * MEGABYTE))
    request, read = asked(body)
    with pytest.raises(TooBig):
        asyncio.run(read_form(request, most))
    assert sum(read) == len(body)


def test_nobody_is_listened_to_for_ever() -> None:
    request, read = asked(form(b"0" * (20 * MEGABYTE)))
    with pytest.raises(TooBig):
        asyncio.run(read_form(request, MEGABYTE))
    assert sum(read) <= LISTENED_TO * (MEGABYTE + MOST_TYPED) + 65_536


def test_plain_fields_an_empty_body_and_what_is_no_form() -> None:
    assert taken(b"a=1&a=2", 10, "application/x-www-form-urlencoded").getlist("a") == ["1", "2"]
    assert not taken(b"{}", 10, "application/json")
    with pytest.raises(HTTPException):
        taken(b"--x nothing of a form", MEGABYTE)
    with pytest.raises(HTTPException):
        taken(b"", MEGABYTE, "multipart/form-data")
