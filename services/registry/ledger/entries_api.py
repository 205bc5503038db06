"""Who was recognised and who of them is in the provincial platform: a list, a sheet, and said by the hundred."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from china.masks import mask_name, mask_number
from kit.limits import TooManyRequests, dear
from kit.paging import Paged
from kit.problems import REFUSALS, REPEATS, CursorInvalid, problems
from kit.shapes import UnderArea
from kit.sheets_out import XLSX, Column, Sheet, book
from registry.areas.problems import AreaUnknown
from registry.audit.reveals import EXPORT_PROBLEMS, AskedExport
from registry.audit.store import note
from registry.desk import Desk, writes
from registry.ledger import entries
from registry.ledger.book import Book
from registry.ledger.entry_lists import Entered, counted, kept, listed, narrowed
from registry.ledger.entry_schemas import EntriesIn, EntriesOut, RecognisedOut, RecognisedPageOut
from registry.ledger.outcome_codes import OUTCOMES
from registry.ledger.sheet_problems import ListTooLong
from registry.ledger.shield import hidden_items
from registry.ledger.show import snapshot
from registry.ledger.tables import Case, CaseItem
from registry.ledger.terms import Terms
from registry.settings import today
from registry.table import IdempotentRoute

router = APIRouter(tags=["ledger"], route_class=IdempotentRoute)
Reader = Annotated[Desk, Depends(writes("cases:read"))]
Worker = Annotated[Desk, Depends(writes("cases:write"))]
# As the province's form for low-income people has them; the numbers are text.
COLUMNS = (
    Column("对象编号", 38), Column("区划代码", 14), Column("姓名", 10), Column("身份证号", 20), Column("认定类别", 18),
    Column("核查日期", 12), Column("录入期限", 12), Column("录入日期", 12), Column("平台编号", 20),
    Column("是否逾期", 8),
)  # fmt: skip
SHIELDED = "（受保护）"


@router.post("/ledger/entries", responses=problems(*REFUSALS, *REPEATS))
def enter_recognised(desk: Worker, body: EntriesIn) -> EntriesOut:
    """Say of up to 500 recognised people when they were entered into the provincial platform and under which number.

    Each is judged by itself; said again it is `unchanged`, said otherwise it is corrected.
    """
    ledger = Book.at(desk)
    results = entries.enter_many(ledger, body.entries)
    kept(desk, ledger, results)
    return EntriesOut(**counted(results), results=results)


@router.get("/ledger/entries", responses=problems(*REFUSALS, AreaUnknown, CursorInvalid))
def list_recognised(desk: Reader, page: Paged, area: UnderArea = None, entered: Entered = None) -> RecognisedPageOut:
    """Everybody recognised in the caller's area, with the deadline of the entry and whether it was kept; masked."""
    wanted = narrowed(desk, (area, entered))
    rows = entries.page(desk.session, desk.caller, wanted, str(page.after("entry", "")), page.limit)
    hidden = hidden_items(desk.session, desk.caller, [item for item, _ in rows])
    told = [_out(desk, item, case, hidden=item.item_id in hidden) for item, case in rows]
    note(desk.session, desk.ring, desk.caller, "case.entries", None, cases=[case.case_id for _, case in rows])
    last = rows[-1][0].item_id if rows else ""
    return RecognisedPageOut(recognised=told, cursor=page.onwards("entry", last, full=len(rows) == page.limit))


def _out(desk: Desk, item: CaseItem, case: Case, *, hidden: bool) -> RecognisedOut:
    due, day = due_of(desk, item), today(desk.settings)
    return RecognisedOut(
        item_id=item.item_id,
        case_id=case.case_id,
        area=case.area,
        name=SHIELDED if hidden else mask_name(snapshot(desk.ring, item)["name"]),
        code=item.code or "",
        code_title=OUTCOMES[item.code or ""].title,
        reported_on=item.reported_on,
        due_on=due,
        entered_on=item.entered_on,
        late=(item.entered_on or day) > due,
        refused_on=item.entry_refused_on,
        refusal=None if hidden else entries.refusal_of(desk.ring, item),
    )


def due_of(desk: Desk, item: CaseItem) -> date:
    """Working days from the day it was reported on."""
    calendar = Terms.of(desk.settings).calendar
    return calendar.after(item.reported_on or today(desk.settings), desk.settings.entry_working_days)


@router.get(
    "/ledger/entries.xlsx",
    dependencies=[Depends(dear("export"))],
    response_class=Response,
    responses={
        200: {"content": {XLSX: {}}},
        **problems(TooManyRequests, *REFUSALS, *EXPORT_PROBLEMS, AreaUnknown, ListTooLong),
    },
)
def export_recognised(desk: Reader, asked: AskedExport, area: UnderArea = None, entered: Entered = False) -> Response:
    """The same as a sheet in the order of the province's form; whoever is still to be entered unless told otherwise.

    Masked and watermarked; `identity=full` needs a token whose purpose is to reveal, and a reason.
    """
    of = listed(desk, asked, (area, entered))
    hidden = hidden_items(desk.session, desk.caller, [item for item, _ in of.rows])
    cells = [_cells(desk, item, case, hidden=item.item_id in hidden, revealed=of.revealed) for item, case in of.rows]
    content = book([Sheet("录入清单", COLUMNS, cells)], of.mark.line)
    return Response(content, media_type=XLSX, headers={"Content-Disposition": 'attachment; filename="entries.xlsx"'})


def _cells(desk: Desk, item: CaseItem, case: Case, *, hidden: bool, revealed: bool) -> list[str | date | None]:
    told, who = _out(desk, item, case, hidden=hidden), snapshot(desk.ring, item)
    number = None
    if item.entry_sealed is not None and not hidden:
        number = desk.ring.decrypt(item.entry_sealed, f"{entries.ENTRY}.{item.item_id}")
    name = who["name"] if revealed and not hidden else told.name
    id_number = None if hidden else who["id_number"] if revealed else mask_number(who["id_number"])
    return [
        item.item_id, case.area, name, id_number, f"{told.code} {told.code_title}", told.reported_on, told.due_on,
        told.entered_on, number, "是" if told.late else "否",
    ]  # fmt: skip
