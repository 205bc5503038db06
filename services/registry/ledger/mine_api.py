"""The cases a worker took over or was given, with whom to visit; without a budget, on record by case."""

from typing import Annotated

from fastapi import APIRouter, Depends

from kit.paging import Paged
from kit.problems import REFUSALS, CursorInvalid, problems
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.audit.store import note
from registry.desk import Desk, writes
from registry.ledger import mine
from registry.ledger.api import Narrowed
from registry.ledger.book import of_cases
from registry.ledger.mine_schemas import MyCasePageOut
from registry.ledger.store import is_overdue
from registry.settings import today

router = APIRouter(tags=["ledger"])
Reader = Annotated[Desk, Depends(writes("cases:read"))]


@router.get("/cases/mine", responses=problems(*REFUSALS, AreaUnknown, CursorInvalid))
def list_my_cases(desk: Reader, narrowed: Narrowed, page: Paged) -> MyCasePageOut:
    """The open cases the caller took over (or that were assigned to it): name, group, telephone, head of household and
    the last four of the number. Narrowed as `/cases` is. No reason and no budget: taking over is the reason."""
    session, caller, day = desk.session, desk.caller, today(desk.settings)
    require(session, caller, narrowed.area)
    rows = mine.page(session, caller, narrowed.filter, str(page.after("my-case", "")), page.limit)
    items = of_cases(session, [row.case_id for row in rows])
    held = {row.case_id: (row, items.get(row.case_id, [])) for row in rows}
    doors = mine.Doors.of(session, desk.ring, caller, held)
    cases = [doors.case(row, own, overdue=is_overdue(row, day)) for row, own in held.values()]
    note(session, desk.ring, caller, "case.mine", cases=list(held))
    desk.response.headers["Cache-Control"] = "no-store"
    last = rows[-1].case_id if rows else ""
    return MyCasePageOut(cases=cases, cursor=page.onwards("my-case", last, full=len(rows) == page.limit))
