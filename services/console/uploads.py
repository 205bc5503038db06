"""Forms as a browser sends them, read in memory and bounded.

What an agency attaches names people: it must not lie on a disk unsealed, as the framework's own spool file would.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser

MEGABYTE = 1024 * 1024
MOST_TYPED = MEGABYTE  # bytes of what is typed beside a file
LISTENED_TO = 4  # times the bound that is still read, and forgotten: a browser hears no answer while it sends


class TooBig(Exception):
    """More than is taken from a browser; `most` in bytes."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


async def read_form(request: Request, most: int) -> FormData:
    """The form of a request; `most`: bytes of what is attached. Raises TooBig, HTTPException (400: no form)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    parser: FormParser | MultiPartParser
    async with aclosing(_within(request, most)) as stream:
        if kind == "multipart/form-data":
            parser = MultiPartParser(request.headers, stream, max_part_size=MOST_TYPED)
            parser.spool_max_size = most + MOST_TYPED + 1
        elif kind == "application/x-www-form-urlencoded":
            parser = FormParser(request.headers, stream, max_part_size=MOST_TYPED)
        else:
            return FormData()
        try:
            return await parser.parse()
        except MultiPartException as error:
            raise HTTPException(400, error.message) from None


async def _within(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    bound, seen = most + MOST_TYPED, 0
    async for piece in request.stream():
        seen += len(piece)
        if seen <= bound:
            yield piece
        elif seen > LISTENED_TO * bound:
            break
    if seen > bound:
        raise TooBig(most)
