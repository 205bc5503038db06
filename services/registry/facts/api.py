"""Facts for followers: which kinds there are, and the rows of one as they stand."""

from collections.abc import Iterator
from typing import Annotated

import polars as pl
from fastapi import APIRouter, Depends, Header, Path, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from sqlmodel import Session

from kit.database import reading, transaction
from kit.limits import TooManyRequests, dear
from kit.problems import REFUSALS, NotFound, problems
from kit.watermarks import Watermark
from registry.audit.store import note
from registry.desk import Counter, Desk, reads, stands
from registry.facts.catalogue import KINDS, Kind
from registry.facts.ground import Ground
from registry.facts.stamps import keep_rows, rows_known, stamp_of

router = APIRouter(tags=["follow"])
Follower = Annotated[Counter, Depends(stands("registry:follow"))]
Looking = Annotated[Desk, Depends(reads("registry:follow"))]
NDJSON = "application/x-ndjson"
KindName = Annotated[str, Path(pattern=r"^[a-z][a-z-]{1,31}$", description="One of the kinds listed by `/facts`")]
Seen = Annotated[str | None, Header(description="The stamp seen, as the ETag named it")]


class FactKindOut(BaseModel):
    """A kind of fact. `stamp` moves when its rows may have; `rows`: how many were last told under it, else null."""

    kind: str
    stamp: str
    rows: int | None


@router.get("/facts", responses=problems(*REFUSALS))
def list_facts(desk: Looking) -> list[FactKindOut]:
    """What can be derived of people from payments, registers and support, kind by kind; nobody is told of yet."""
    ground = Ground.of(desk)
    stamps = {one.id: stamp_of(ground, one) for one in KINDS.values()}
    return [
        FactKindOut(kind=one.id, stamp=stamps[one.id], rows=rows_known(ground, one, stamps[one.id]))
        for one in KINDS.values()
    ]


@router.get(
    "/facts/{kind}",
    dependencies=[Depends(dear("facts"))],
    response_class=StreamingResponse,
    responses={
        200: {"content": {NDJSON: {"schema": {"type": "string"}}}, "description": "One JSON object per line"},
        304: {"description": "Nothing moved since that stamp"},
        **problems(TooManyRequests, *REFUSALS, NotFound),
    },
)
def get_facts(counter: Follower, kind: KindName, if_none_match: Seen = None) -> Response:
    """Every row of a kind, of the registered people of the caller's area: `subject_id`, `kind`, `text`, `code`,
    `number` (yuan), `count`, `about` (a token: the same wherever the same account, person, household or township is
    meant), `valid_from`, `valid_to`, and where it comes from (`batch_id`, `line`).

    The ETag is the stamp; `Fact-Rows` says how many lines follow: fewer were cut off. Who follows is told by identity.
    """
    wanted = KINDS.get(kind)
    if wanted is None:
        raise NotFound
    # The stamp is read before the rows: what changes in between moves it once more, and the rows are fetched again.
    with reading(counter.database) as session:
        ground = Ground.of(_desk(counter, session))
        stamp = stamp_of(ground, wanted)
        if if_none_match is not None and stamp in _tags(if_none_match):
            return Response(status_code=304, headers={"ETag": f'"{stamp}"', "Cache-Control": "no-store"})
        found = wanted.find(ground)
    mark = _noted(counter, wanted, stamp, found.height)
    headers = {
        "ETag": f'"{stamp}"', "Fact-Rows": str(found.height), "Watermark": mark.mark_id, "Cache-Control": "no-store",
    }  # fmt: skip
    return StreamingResponse(_lines(found, counter.settings.export_chunk_rows), media_type=NDJSON, headers=headers)


def _desk(counter: Counter, session: Session) -> Desk:
    return Desk(counter.request, counter.response, counter.caller, session)


def _noted(counter: Counter, kind: Kind, stamp: str, rows: int) -> Watermark:
    """No entry, no answer."""
    mark = Watermark.of(counter.caller, "full")
    with transaction(counter.database) as session:
        keep_rows(Ground.of(_desk(counter, session)), kind, stamp, rows)
        note(session, counter.ring, counter.caller, "registry.facts", mark.mark_id, kind=kind.id, rows=rows)
    return mark


def _tags(header: str) -> set[str]:
    return {one.strip().removeprefix("W/").strip('"') for one in header.split(",")}


def _lines(found: pl.DataFrame, chunk: int) -> Iterator[bytes]:
    for piece in found.iter_slices(chunk):
        yield piece.write_ndjson().encode()
