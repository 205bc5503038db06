"""The quarter's bulletin, to be published: numbers and typical cases without identities."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from kit.problems import REFUSALS, problems
from kit.shapes import OwnArea
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.desk import Desk, reads
from registry.ledger.outcome_codes import KIND_TITLES, OUTCOMES
from registry.views import bulletin

router = APIRouter(tags=["statistics"])
Reader = Annotated[Desk, Depends(reads("statistics:read"))]
Quarter = Annotated[str, Query(pattern=r"^20[0-9]{2}Q[1-4]$", description="2021Q2")]


class BulletinLineOut(BaseModel):
    """How often a code was the answer; null: fewer than `bound`, or withheld with such a number."""

    kind: str
    kind_title: str
    code: str
    code_title: str
    number: int | None


class BulletinOut(BaseModel):
    """The quarter's bulletin of an area."""

    area: str
    quarter: str
    bound: int
    lines: list[BulletinLineOut]
    typical: list[str]


@router.get("/ledger/bulletin", responses=problems(*REFUSALS, AreaUnknown))
def get_bulletin(desk: Reader, quarter: Quarter, area: OwnArea = None) -> BulletinOut:
    """What visits of a quarter came to and typical cases, without anybody who could be recognised: to be published."""
    require(desk.session, desk.caller, area)
    asked, bound = area or desk.caller.area, desk.settings.small_cell
    found = bulletin.findings(desk.session, desk.caller, asked, quarter)
    return BulletinOut(
        area=asked,
        quarter=quarter,
        bound=bound,
        lines=[
            BulletinLineOut(
                kind=one.kind,
                kind_title=KIND_TITLES[one.kind],
                code=one.code,
                code_title=OUTCOMES[one.code].title,
                number=one.number,
            )
            for one in bulletin.counted(found, bound)
        ],
        typical=list(bulletin.typical(found, bound)),
    )
