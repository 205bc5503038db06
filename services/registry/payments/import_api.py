"""Taking payout lists in, and reading what became of their lines."""

from typing import Annotated

from fastapi import APIRouter, Depends

from kit.limits import TooManyRequests, dear
from kit.paging import Paged
from kit.problems import REFUSALS, REPEATS, BodyTooLarge, CursorInvalid, DigestMismatch, NotFound, problems
from kit.uploads import FILE_BODY, WholeBody
from registry.desk import Counter, Desk, reads, stands, writes
from registry.intake.pages import lines, newest
from registry.payments.problems import (
    PayoutColumnsWrong,
    PayoutListTooLong,
    PayoutListUnreadable,
    PayoutProgrammeMissing,
    PayoutRunning,
)
from registry.payments.schemas import (
    Outcome,
    PaymentImportOut,
    PaymentImportPageOut,
    PaymentImportRowOut,
    PaymentImportRowPageOut,
    Programme,
)
from registry.payments.store import SHELF
from registry.payments.tables import PaymentImport
from registry.payments.take import Taking, take
from registry.settings import today
from registry.table import IdempotentRoute

router = APIRouter(tags=["payments"], route_class=IdempotentRoute)
Sender = Annotated[Counter, Depends(stands("payments:write"))]
Importer = Annotated[Desk, Depends(reads("payments:write"))]
Reporter = Annotated[Desk, Depends(writes("payments:write"))]


@router.post(
    "/payments/imports",
    dependencies=[Depends(dear("file"))],
    status_code=201,
    responses=problems(
        TooManyRequests,
        *REFUSALS,
        *REPEATS,
        BodyTooLarge,
        DigestMismatch,
        PayoutListUnreadable,
        PayoutColumnsWrong,
        PayoutProgrammeMissing,
        PayoutListTooLong,
        PayoutRunning,
    ),
    openapi_extra=FILE_BODY,
)
def create_payment_import(
    counter: Sender, content: WholeBody, dry_run: bool = False, programme: Programme | None = None
) -> PaymentImportOut:
    """Take a payout list as the county keeps it (XLSX, XLS, CSV in UTF-8 or GB18030, NDJSON, Parquet), since 2018.

    Safe to repeat: the same file again changes nothing, and one that was cut off goes on where it stopped. Sent again
    with what the bank answered (回盘), the payments are restated. `dry_run` reports without writing; `programme` is
    that of a list without such a column.
    """
    settings = counter.settings
    taking = Taking(
        database=counter.database,
        ring=counter.ring,
        caller=counter.caller,
        on=today(settings),
        chunk_rows=settings.payment_chunk_rows,
        max_rows=settings.payment_max_rows,
        programme=programme,
        dry_run=dry_run,
    )
    done = take(taking, content)
    counter.locate("get_payment_import", import_id=done.import_id)
    return _out(done)


@router.get("/payments/imports", responses=problems(*REFUSALS, CursorInvalid))
def list_payment_imports(desk: Importer, page: Paged) -> PaymentImportPageOut:
    """Payout lists taken in, newest first."""
    rows, cursor = newest(desk, SHELF, page, "payout")
    return PaymentImportPageOut(imports=[_out(row) for row in rows], cursor=cursor)


@router.get("/payments/imports/{import_id}", responses=problems(*REFUSALS, NotFound))
def get_payment_import(desk: Importer, import_id: str) -> PaymentImportOut:
    """One payout list: how far it is, its lines and its money by outcome."""
    return _out(SHELF.find(desk.session, desk.caller, import_id))


@router.get("/payments/imports/{import_id}/rows", responses=problems(*REFUSALS, NotFound, CursorInvalid))
def list_payment_import_rows(
    desk: Reporter, page: Paged, import_id: str, outcome: Outcome | None = None
) -> PaymentImportRowPageOut:
    """The lines of which something is to be said, with all issues of each; the others were taken as they stand."""
    rows, cursor = lines(desk, SHELF, page, (import_id, outcome), "payment.rows")
    told = [PaymentImportRowOut.model_validate(row, from_attributes=True) for row in rows]
    return PaymentImportRowPageOut(rows=told, cursor=cursor)


def _out(row: PaymentImport) -> PaymentImportOut:
    values = {name: getattr(row, name) for name in PaymentImportOut.model_fields if name != "fen_total"}
    return PaymentImportOut(**values, fen_total=sum(row.fen.values()))
