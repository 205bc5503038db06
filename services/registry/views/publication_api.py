"""The publication list, as JSON for a site of the county and as a workbook to be printed and put up."""

from datetime import date, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel
from sqlmodel import col, select

from kit.limits import TooManyRequests, dear
from kit.problems import REFUSALS, problems
from kit.shapes import AreaCode
from kit.sheets_out import XLSX, Column, Sheet, book
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.areas.tables import Area
from registry.audit.store import note
from registry.desk import Desk, writes
from registry.ledger.sheet_problems import ListTooLong
from registry.settings import today
from registry.views import publication
from registry.views.publication import MOST_ROWS, Entry, Wanted

router = APIRouter(tags=["publication"])
Publisher = Annotated[Desk, Depends(writes("publication:read"))]
PublishedArea = Annotated[AreaCode, Query(description="12-digit code; its whole subtree")]
Programme = Literal[
    "dibao-rural", "dibao-urban", "tekun-institution", "tekun-home", "dibao-margin", "rigid-expenditure",
    "temporary-aid",
]  # fmt: skip
Decision = Annotated[
    str | None,
    Query(
        min_length=4,
        max_length=60,
        description="The decision (文号) that confirms the list: without it only those stand on it of whom it was said "
        "that they are not protected",
    ),
]
ANSWERS = (TooManyRequests, *REFUSALS, AreaUnknown, ListTooLong)
COLUMNS = (
    Column("序号", 6, text=False), Column("村（社区）", 18), Column("户主姓名", 12), Column("救助类别", 16),
    Column("保障人数", 10, text=False), Column("月保障金（元）", 14),
)  # fmt: skip


class PublicationRowOut(BaseModel):
    """One household as it may be put up."""

    name: str
    category: str
    persons: int
    amount_fen: int | None
    village: str


class PublicationOut(BaseModel):
    """The list. It is taken down after `ends_on`. `held_back`: households that may not stand on it."""

    area: str
    programme: Programme
    as_of: date
    ends_on: date
    decision: str | None
    rows: list[PublicationRowOut]
    held_back: int


@router.get("/publication", dependencies=[Depends(dear("export"))], responses=problems(*ANSWERS))
def get_publication(
    desk: Publisher, area: PublishedArea, programme: Programme, decision: Decision = None
) -> PublicationOut:
    """Who is supported in an area by a programme, as far as that is published: nothing to find anybody by."""
    return _made(desk, area, programme, decision)


@router.get(
    "/publication.xlsx",
    dependencies=[Depends(dear("export"))],
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **problems(*ANSWERS)},
)
def get_publication_workbook(
    desk: Publisher, area: PublishedArea, programme: Programme, decision: Decision = None
) -> Response:
    """The same to be printed and put up; it says until when."""
    made = _made(desk, area, programme, decision)
    title = f"{publication.CATEGORIES[programme]}公示名单"
    notes = (
        f"{title}　公示期 {made.as_of.isoformat()} 至 {made.ends_on.isoformat()}，期满即撤下。",
        *([f"依据：{decision}"] if decision else []),
    )
    lines = [
        [number, row.village, row.name, row.category, row.persons, _yuan(row.amount_fen)]
        for number, row in enumerate(made.rows, 1)
    ]
    content = book([Sheet(title, COLUMNS, lines, notes)])
    return Response(
        content, media_type=XLSX, headers={"Content-Disposition": 'attachment; filename="publication.xlsx"'}
    )


def _made(desk: Desk, area: str, programme: Programme, decision: str | None) -> PublicationOut:
    session, caller, settings = desk.session, desk.caller, desk.settings
    require(session, caller, area)
    day = today(settings)
    wanted = Wanted(area, programme, day, settings.publication_names == "full", decision)
    if publication.too_many(session, caller, wanted):
        raise ListTooLong(limit=MOST_ROWS)
    entries, held_back = publication.listed(session, caller, wanted)
    names = _names(desk, entries)
    told = {"of": area, "programme": programme, "decision": decision, "rows": len(entries), "held_back": held_back}
    note(session, desk.ring, caller, "publication.list", None, **told)
    return PublicationOut(
        area=area,
        programme=programme,
        as_of=day,
        ends_on=day + timedelta(days=settings.publication_days),
        decision=decision,
        rows=[
            PublicationRowOut(
                name=one.name,
                category=one.category,
                persons=one.persons,
                amount_fen=one.amount_fen,
                village=names.get(one.area, one.area),
            )
            for one in entries
        ],
        held_back=held_back,
    )


def _names(desk: Desk, entries: list[Entry]) -> dict[str, str]:
    codes = sorted({one.area for one in entries})
    query = select(Area.code, Area.name).where(col(Area.code).in_(codes)).order_by(col(Area.valid_from))
    return dict(desk.session.exec(query).all())


def _yuan(fen: int | None) -> str | None:
    return None if fen is None else f"{fen / 100:.2f}"
