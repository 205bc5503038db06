"""The payout ledger: payments of a person, a household or an area; sums; accounts; the list as a file."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import ColumnElement, func
from sqlmodel import col, select

from china.masks import mask_name
from kit.limits import TooManyRequests, dear
from kit.paging import Paged
from kit.problems import REFUSALS, CursorInvalid, problems
from kit.reveals import Seen
from kit.shapes import Month, UnderArea
from kit.sheets_out import XLSX, Value
from kit.watermarks import Watermark
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.audit.reveals import EXPORT_PROBLEMS, AskedExport, tell
from registry.audit.store import note
from registry.coverage.schemas import SourceOut
from registry.desk import Desk, writes
from registry.payments import accounts, sheet, store
from registry.payments import summary as sums
from registry.payments.payees import payees_are
from registry.payments.problems import MonthsUnordered, PaymentOfWhom, PayoutListTooLong
from registry.payments.schemas import (
    AccountHistoryOut,
    HolderOut,
    PaymentAccountOut,
    PaymentAccountPageOut,
    PaymentOut,
    PaymentPageOut,
    PaymentSummaryOut,
    Programme,
    RegisteredAccountOut,
    StretchOut,
)
from registry.payments.store import Wanted
from registry.payments.tables import Payment
from registry.persons import protections
from registry.persons.protections import SHIELD
from registry.times import KnownAt

router = APIRouter(tags=["payments"])
Reader = Annotated[Desk, Depends(writes("payments:read"))]
PersonId = Annotated[str | None, Query(min_length=36, max_length=36)]
From = Annotated[Month | None, Query(alias="from", description="First month, YYYY-MM")]
To = Annotated[Month | None, Query(alias="to", description="Last month, YYYY-MM")]
NOTED = 1000  # people named by one entry of the journal
CSV = "text/csv; charset=utf-8"
LIST_PROBLEMS = (*REFUSALS, AreaUnknown, MonthsUnordered)
EXPORTS = (TooManyRequests, *LIST_PROBLEMS, *EXPORT_PROBLEMS, PayoutListTooLong)
TELLS = ("payment_id", "version", "month", "programme", "kind", "area", "person_id", "household_id",
         "household_number", "account_id", "bank", "amount_fen", "paid_on", "serial", "bank_return", "return_reason",
         "returned_on", "recorded_at")  # fmt: skip


def span(
    area: UnderArea = None,
    first: From = None,
    last: To = None,
    programme: Programme | None = None,
    known_at: KnownAt = None,
) -> Wanted:
    """What a summary or an export is about, and as known when."""
    return Wanted(area=area, first=first, last=last, programme=programme, known_at=known_at)


Span = Annotated[Wanted, Depends(span)]


@router.get("/payments", responses=problems(*LIST_PROBLEMS, PaymentOfWhom, CursorInvalid))
def list_payments(  # noqa: PLR0913, PLR0917 - the ways to ask, each by its name
    desk: Reader,
    page: Paged,
    person_id: PersonId = None,
    household_id: PersonId = None,
    area: UnderArea = None,
    month: Month | None = None,
    first: From = None,
    last: To = None,
    known_at: KnownAt = None,
) -> PaymentPageOut:
    """Payments of a person, a household, or an area (the caller's by default), in order of taking in, as believed at
    `known_at`. Names are masked, of accounts the last four are told."""
    require(desk.session, desk.caller, area)
    wanted = Wanted(person_id, household_id, area, month or first, month or last, known_at=known_at).of_one()
    clauses = wanted.clauses(desk.session, desk.caller)
    rows = store.page(desk.session, desk.caller, clauses, page.after("payment", ""), page.limit)
    told = _told(desk, rows)
    seen = sorted({row.person_id for row in rows if row.person_id is not None})
    note(desk.session, desk.ring, desk.caller, "payment.list", None, rows=len(rows), persons=seen)
    after = rows[-1].payment_id if rows else None
    return PaymentPageOut(payments=told, cursor=page.onwards("payment", after, full=len(rows) == page.limit))


def _told(desk: Desk, rows: Sequence[Payment]) -> list[PaymentOut]:
    session, caller = desk.session, desk.caller
    households = sorted({row.household_id for row in rows if row.household_id is not None})
    kin = accounts.kin_of(session, caller, households)
    are = payees_are([(row.name, row.payee, row.household_id) for row in rows], kin)
    tails = accounts.tails(session, desk.ring, sorted({row.account_id for row in rows if row.account_id is not None}))
    hidden = protections.hidden(session, caller, {row.person_id for row in rows if row.person_id is not None})
    return [
        PaymentOut(
            **{name: getattr(row, name) for name in TELLS},
            name=SHIELD if row.person_id in hidden else mask_name(row.name),
            payee=None if row.person_id in hidden else mask_name(row.payee),
            payee_is=payee_is,
            account=None if row.person_id in hidden else tails.get(row.account_id or ""),
            source=SourceOut(import_id=row.source_import, line=row.source_line),
        )
        for row, payee_is in zip(rows, are, strict=True)
    ]


@router.get("/payments/summary", responses=problems(*LIST_PROBLEMS))
def get_payment_summary(desk: Reader, wanted: Span) -> PaymentSummaryOut:
    """Sums by month, programme and township; to the fen what the payments are."""
    require(desk.session, desk.caller, wanted.area)
    return sums.summary(desk.session, desk.caller, wanted.clauses(desk.session, desk.caller))


@router.get(
    "/payments/export.xlsx",
    dependencies=[Depends(dear("export"))],
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **problems(*EXPORTS)},
)
def export_payments(desk: Reader, wanted: Span, asked: AskedExport) -> Response:
    """The payments as the list they came in, watermarked; masked unless `identity=full` with a token whose purpose is
    to reveal, and a reason: everybody on it is then counted. Such a list can be sent to `/payments/imports` again, and
    changes nothing there."""
    rows, mark, total = _listed(desk, wanted, asked, yuan=True)
    notes = (f"发放台账　共 {total[0]} 笔，合计 {total[1] // 100}.{total[1] % 100:02d} 元",)
    return _file(sheet.workbook(rows, notes, mark.line), XLSX, "payments.xlsx")


@router.get(
    "/payments/export.csv",
    dependencies=[Depends(dear("export"))],
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}, **problems(*EXPORTS)},
)
def export_payments_text(desk: Reader, wanted: Span, asked: AskedExport) -> Response:
    """The same as CSV (UTF-8)."""
    rows, mark, _ = _listed(desk, wanted, asked, yuan=False)
    return _file(sheet.text(rows, mark.line), CSV, "payments.csv")


def _listed(
    desk: Desk, wanted: Wanted, asked: AskedExport, *, yuan: bool
) -> tuple[Iterator[Sequence[Value]], Watermark, tuple[int, int]]:
    """The rows, the mark, and (payments, fen). Raises PayoutListTooLong, and what revealing raises."""
    session, ring, caller = desk.session, desk.ring, desk.caller
    require(session, caller, wanted.area)
    revealed = asked.of(caller)
    clauses = wanted.clauses(session, caller)
    mine = (store.visible(caller), *clauses)
    count, fen = session.exec(select(func.count(), func.coalesce(func.sum(Payment.amount_fen), 0)).where(*mine)).one()
    if count > desk.settings.payment_max_rows:
        raise PayoutListTooLong(limit=desk.settings.payment_max_rows)
    people = session.exec(select(Payment.person_id).where(col(Payment.person_id).is_not(None), *mine).distinct()).all()
    hidden = protections.hidden(session, caller, [one for one in people if one is not None])
    if revealed:
        holders = session.execute(select(accounts.HOLDER, Payment.area).where(*mine).distinct()).all()
        tell(desk, [Seen(str(who), area) for who, area in holders if who not in hidden])
    mark = Watermark.of(caller, "full" if revealed else "masked", asked.reason)
    told: dict[str, Any] = {"area": wanted.area, "rows": count, "revealed": revealed, "reason": asked.reason}
    named = sorted(filter(None, people))
    for start in range(0, max(len(named), 1), NOTED):
        note(session, ring, caller, "payment.export", mark.mark_id, **told, persons=named[start : start + NOTED])
    found = sheet.lines(session, ring, sheet.query(caller, clauses, count))
    rows = (sheet.cells(one, revealed=revealed, hidden=one.payment.person_id in hidden, yuan=yuan) for one in found)
    return rows, mark, (count, int(fen))


def _file(content: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=kind, headers=headers)


@router.get("/payment-accounts", responses=problems(*LIST_PROBLEMS, CursorInvalid))
def list_payment_accounts(
    desk: Reader,
    page: Paged,
    wanted: Span,
    least: Annotated[int, Query(alias="min_holders", ge=1, description="At least so many are paid into it")] = 1,
) -> PaymentAccountPageOut:
    """Accounts and who is paid into them; `min_holders=2` gives those several people or households share."""
    session, caller = desk.session, desk.caller
    require(session, caller, wanted.area)
    clauses: list[ColumnElement[bool]] = wanted.clauses(session, caller)
    rows = accounts.page(session, caller, clauses, least, page.after("account", ""), page.limit)
    ids = [row[0] for row in rows]
    holders = accounts.holders(session, caller, clauses, ids)
    tails = accounts.tails(session, desk.ring, ids)
    people = sorted({one[1] for those in holders.values() for one in those if one[1] is not None})
    hidden = protections.hidden(session, caller, people)
    note(session, desk.ring, caller, "payment.accounts", None, accounts=len(ids), persons=people)
    found = [
        PaymentAccountOut(
            account_id=row[0], account=tails[row[0]], holders_total=row[1], households_total=row[2], payments=row[3],
            amount_fen=row[4], first_month=row[5], last_month=row[6],
            holders=[_holder(one, shielded=one[1] in hidden) for one in holders[row[0]]],
        )
        for row in rows
    ]  # fmt: skip
    return PaymentAccountPageOut(
        accounts=found, cursor=page.onwards("account", ids[-1] if ids else None, full=len(ids) == page.limit)
    )


def _holder(row: Any, *, shielded: bool) -> HolderOut:
    return HolderOut(
        person_id=row[1],
        household_id=row[2],
        household_number=row[3],
        name=SHIELD if shielded else mask_name(row[4]),
        payee=None if shielded else mask_name(row[5]),
        payments=row[6],
        amount_fen=row[7],
    )


@router.get("/payment-accounts/history", responses=problems(*REFUSALS, PaymentOfWhom))
def get_account_history(
    desk: Reader, person_id: PersonId = None, household_id: PersonId = None, known_at: KnownAt = None
) -> AccountHistoryOut:
    """How the account changed: the months paid into each, which import first named it and who sent it; and what
    imports of coverage stated, each with the moment it was recorded; as known at a moment."""
    session, ring, caller = desk.session, desk.ring, desk.caller
    if (person_id is None) == (household_id is None):
        raise PaymentOfWhom
    wanted = Wanted(person_id, household_id, known_at=known_at)
    found = accounts.stretches(session, caller, wanted.clauses(session, caller))
    tails = accounts.tails(session, ring, sorted({one.account_id for one in found if one.account_id is not None}))
    stated = [] if person_id is None else accounts.registered(session, ring, caller, person_id, known_at)
    people = {person_id or "", *accounts.people(session, caller, wanted.clauses(session, caller))} - {""}
    if protections.hidden(session, caller, people):  # an account of the household may be a protected member's
        tails, stated = {}, []
    seen = (person_id or household_id) if found or stated else None  # of whom nothing was told, nobody was looked at
    note(session, ring, caller, "payment.account-history", seen, stretches=len(found))
    paid = [
        StretchOut(
            account_id=one.account_id, account=tails.get(one.account_id or ""), first_month=one.first_month,
            last_month=one.last_month, payments=one.payments, amount_fen=one.amount_fen, import_id=one.import_id,
            taken_at=one.taken_at, taken_by=one.taken_by,
        )
        for one in found
    ]  # fmt: skip
    registered = [
        RegisteredAccountOut(recorded_at=at, account=account, payee=mask_name(payee), import_id=source)
        for at, account, payee, source in stated
    ]
    return AccountHistoryOut(paid=paid, registered=registered)
