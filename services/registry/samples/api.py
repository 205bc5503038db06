"""Samples for inspection and surveys: drawn by seed, drawn again to prove it, with what was found."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from china.masks import mask_in_text
from kit.limits import TooManyRequests, dear
from kit.paging import Paged
from kit.problems import REFUSALS, REPEATS, CursorInvalid, NotFound, problems
from kit.scope import covers
from kit.sheets_out import XLSX, Column, Sheet, book
from kit.watermarks import Watermark
from registry.access.problems import AreaOutside
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.audit.store import note
from registry.desk import Desk, reads, writes
from registry.samples import store
from registry.samples.problems import NothingToDraw
from registry.samples.schemas import FindingIn, RedrawnOut, SampleHeadOut, SampleIn, SampleOut, SamplePageOut
from registry.samples.tables import Sample
from registry.table import IdempotentRoute

router = APIRouter(tags=["samples"], route_class=IdempotentRoute)
Reader = Annotated[Desk, Depends(reads("cases:read"))]
Taker = Annotated[Desk, Depends(writes("cases:read"))]
Inspector = Annotated[Desk, Depends(writes("cases:approve"))]
Place = Annotated[int, Path(ge=1, le=5000)]
COLUMNS = (
    Column("序号", 8), Column("抽取对象", 38), Column("区划代码", 14), Column("权重", 8),
    Column("核查结论", 10, fill=True), Column("发现问题", 40, fill=True),
)  # fmt: skip
RESULTS = {"sound": "属实无误", "wrong": "存在问题", "not-met": "未见到"}


def _out(desk: Desk, row: Sample) -> SampleOut:
    told = store.out(desk.ring, row, store.picks_of(desk.session, row))
    picks = [one.model_copy(update={"finding": mask_in_text(one.finding)}) for one in told.picks]
    return told.model_copy(update={"picks": picks})


@router.post(
    "/samples",
    status_code=201,
    responses=problems(*REFUSALS, *REPEATS, AreaOutside, AreaUnknown, NothingToDraw),
)
def draw_sample(desk: Inspector, body: SampleIn) -> SampleOut:
    """Draw cases, townships or beneficiaries, at random or by risk; seed and frame are kept (L17, L25)."""
    if not covers(desk.caller.area, body.area):
        raise AreaOutside
    require(desk.session, desk.caller, body.area)
    row = store.take(desk, body)
    note(desk.session, desk.ring, desk.caller, "sample.draw", row.sample_id, digest=row.frame_digest)
    desk.locate("get_sample", sample_id=row.sample_id)
    return _out(desk, row)


@router.get("/samples", responses=problems(*REFUSALS, CursorInvalid))
def list_samples(desk: Reader, page: Paged) -> SamplePageOut:
    """Samples of the caller's area, the newest first."""
    before = page.after("sample", None)
    rows = store.page(desk.session, desk.caller, None if before is None else str(before), page.limit)
    heads = [SampleHeadOut(**row.model_dump(include=_HEAD), found=number) for row, number in rows]
    last = rows[-1][0].sample_id if rows else ""
    return SamplePageOut(samples=heads, cursor=page.onwards("sample", last, full=len(rows) == page.limit))


_HEAD = {"sample_id", "area", "title", "of", "drawn_on", "size"}


@router.get("/samples/{sample_id}", responses=problems(*REFUSALS, NotFound))
def get_sample(desk: Reader, sample_id: str) -> SampleOut:
    """A sample with what was drawn and found; of beneficiaries without an id."""
    return _out(desk, store.find(desk.session, desk.caller, sample_id))


@router.get("/samples/{sample_id}/redraw", responses=problems(*REFUSALS, NotFound))
def redraw_sample(desk: Reader, sample_id: str) -> RedrawnOut:
    """Draw it again from the kept frame by the kept seed, and say whether it is the same."""
    return store.redraw(desk.session, store.find(desk.session, desk.caller, sample_id))


@router.put("/samples/{sample_id}/picks/{place}", responses=problems(*REFUSALS, *REPEATS, NotFound))
def record_finding(desk: Inspector, sample_id: str, place: Place, body: FindingIn) -> SampleOut:
    """What the inspectors found at one place of the sample."""
    row = store.find(desk.session, desk.caller, sample_id)
    store.found(desk, row, place, body)
    note(desk.session, desk.ring, desk.caller, "sample.finding", sample_id, place=place)
    return _out(desk, row)


@router.get(
    "/samples/{sample_id}/export.xlsx",
    dependencies=[Depends(dear("export"))],
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **problems(TooManyRequests, *REFUSALS, NotFound)},
)
def export_sample(desk: Taker, sample_id: str) -> Response:
    """The sample as a sheet to be taken along or given to a third party: no identities; watermarked."""
    row = store.find(desk.session, desk.caller, sample_id)
    told, mark = _out(desk, row), Watermark.of(desk.caller)
    cells = [
        [one.place, one.unit, one.area, one.weight, RESULTS.get(one.result or ""), one.finding] for one in told.picks
    ]
    notes = (f"种子 {row.seed}  抽样框 {row.frame_size} 个  指纹 {row.frame_digest[:16]}…",)
    content = book([Sheet(row.title, COLUMNS, cells, notes)], mark.line)
    note(desk.session, desk.ring, desk.caller, "sample.export", mark.mark_id, sample=sample_id)
    headers = {"Content-Disposition": 'attachment; filename="sample.xlsx"'}
    return Response(content, media_type=XLSX, headers=headers)
