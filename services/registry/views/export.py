"""The whole of a caller's area as one stream, and the place in the feed to go on from."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from kit.auth import Caller
from kit.crypto import KeyRing
from kit.database import Database, reading, transaction
from kit.limits import TooManyRequests, dear
from kit.paging import encode_cursor
from kit.problems import REFUSALS, problems
from kit.watermarks import Watermark
from registry.audit.store import note
from registry.changes import store as changes
from registry.desk import Counter, stands
from registry.ledger.news import news_page
from registry.persons.merges import merged_page
from registry.views.person import Viewer
from registry.views.person_lines import Lines, lines, stretch_end

router = APIRouter(tags=["follow"])
Follower = Annotated[Counter, Depends(stands("registry:follow"))]
NDJSON = "application/x-ndjson"
UNDER_WAY = 2  # stretches: one is made while the other is read


@router.get(
    "/export",
    dependencies=[Depends(dear("export"))],
    response_class=StreamingResponse,
    responses={
        200: {"content": {NDJSON: {"schema": {"type": "string"}}}, "description": "One JSON object per line"},
        **problems(TooManyRequests, *REFUSALS),
    },
)
def export_registry(counter: Follower) -> StreamingResponse:
    """Every unmerged person of the caller's area, living or dead, then everybody merged into another with who remained,
    then every case with leads as the ledger has it: a header with the cursor for `/changes` and the watermark, a line
    for each, and an end line with their number. A stream without its end line was cut off: begin again. Nothing a
    follower lives by is in the changes alone: they are forgotten in time.

    The cursor is taken before the first person is read, so whatever changes meanwhile is told again by `/changes`.
    """
    database, ring, caller = counter.database, counter.ring, counter.caller
    with transaction(database) as session:
        cursor = encode_cursor(ring, {"seq": changes.position(session)})
        mark = Watermark.of(caller, "full")
        note(session, ring, caller, "registry.export", mark.mark_id)
    header = {"kind": "header", "cursor": cursor, "watermark": mark.told}
    rest = _lines(database, ring, caller, counter.settings.export_chunk_rows)
    first = orjson.dumps(header) + b"\n"
    return StreamingResponse(chain([first], rest), media_type=NDJSON, headers={"Cache-Control": "no-store"})


def _people(database: Database, ring: KeyRing, caller: Caller, chunk: int) -> Iterator[Lines]:
    """Every stretch in turn, a few under way at once: a stretch waits for the database half of its time."""

    def one(after: str, last: str) -> Lines:
        with reading(database) as session:
            return lines(Viewer(session, ring, caller), after, last)

    waiting: deque[Future[Lines]] = deque()
    with ThreadPoolExecutor(UNDER_WAY) as pool:
        for after, last in _stretches(database, chunk):
            waiting.append(pool.submit(one, after, last))
            if len(waiting) == UNDER_WAY:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _stretches(database: Database, chunk: int) -> Iterator[tuple[str, str]]:
    after = ""
    while True:
        with reading(database) as session:
            last = stretch_end(session, after, chunk)
        if last is None:
            return
        yield after, last
        after = last


def _lines(database: Database, ring: KeyRing, caller: Caller, chunk: int) -> Iterator[bytes]:
    count = 0
    for some in _people(database, ring, caller, chunk):
        if some.count:
            yield some.content
        count += some.count
    after = ""
    while True:
        with reading(database) as session:
            merged = merged_page(session, caller, after, chunk)
        for gone, kept in merged:
            yield orjson.dumps({"kind": "merged", "merged": {"person_id": gone, "survivor_id": kept}}) + b"\n"
        count += len(merged)
        if len(merged) < chunk:
            break
        after = merged[-1][0]
    after = ""
    while True:
        with reading(database) as session:
            cases, last = news_page(session, ring, caller, after, chunk)
        for case in cases:
            yield b'{"kind":"case","case":' + case.model_dump_json().encode() + b"}\n"
        count += len(cases)
        if last is None:
            break
        after = last
    yield orjson.dumps({"kind": "end", "count": count}) + b"\n"
