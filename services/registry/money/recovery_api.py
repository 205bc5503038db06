"""追回: what was overpaid and has not come back, and the sheet that is filled in and sent to the register."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel
from sqlmodel import col

from kit.limits import TooManyRequests, dear
from kit.paging import Paged
from kit.problems import REFUSALS, CursorInvalid, problems
from kit.reveals import Seen
from kit.scope import in_part
from kit.shapes import UnderArea
from kit.sheets_out import XLSX
from kit.watermarks import Watermark
from registry.areas.problems import AreaUnknown
from registry.areas.store import require
from registry.audit.reveals import EXPORT_PROBLEMS, AskedExport, tell
from registry.audit.store import note
from registry.desk import Desk, writes
from registry.money.books import attached
from registry.money.people import Known, known
from registry.money.recoveries import Claim, claims
from registry.payments import unowed
from registry.payments.tables import Payment
from registry.registers import sheet_out, store
from registry.registers.api import subtree
from registry.registers.catalogue import REGISTERS
from registry.registers.placing import Clerk
from registry.registers.problems import ListTooLong
from registry.registers.showing import Eyes
from registry.registers.telling import contents, known_people
from registry.settings import today
from registry.times import NOW, believed

router = APIRouter(tags=["recoveries"])
Reader = Annotated[Desk, Depends(writes("payments:read", "registers:read"))]
REGISTER = REGISTERS["recovery"]
MOST_ROWS = 10_000
NOTED = 1000


class RecoveryOut(BaseModel):
    """What payments say was overpaid (months, fen), what the register's entries say, and what is to be looked at."""

    area: str
    programme: str
    household_id: str | None
    household_number: str | None
    person_id: str | None
    name: str | None
    ground: str
    first_month: str | None
    last_month: str | None
    months: int
    overpaid_fen: int
    registered_fen: int
    recovered_fen: int
    outstanding_fen: int
    pay_by: date | None
    entries: list[str]
    doubts: list[str]


class RecoveriesOut(BaseModel):
    """A page of claims; the sums are of all of them."""

    overpaid_fen: int
    recovered_fen: int
    outstanding_fen: int
    items: list[RecoveryOut]
    cursor: str | None


@router.get("/recoveries", responses=problems(*REFUSALS, CursorInvalid, AreaUnknown))
def list_recoveries(desk: Reader, page: Paged, area: UnderArea = None) -> RecoveriesOut:
    """Months and yuan paid after the end of support or a death, by household and programme; recovered and outstanding
    as the register `recovery` says. Doubts: not registered, another amount than paid, overdue."""
    found = _claims(desk, area)
    after = page.after("recovery", ["", "", "", ""])
    part = [one for one in found if one.key > after][: page.limit]
    who = _known(desk, part)
    people = sorted({one.person_id for one in part if one.person_id})
    entries = [row.entry_id for one in part for row, _ in one.entries]
    note(desk.session, desk.ring, desk.caller, "recovery.list", None, persons=people, entries=entries)
    return RecoveriesOut(
        overpaid_fen=sum(one.overpaid for one in found),
        recovered_fen=sum(one.recovered for one in found),
        outstanding_fen=sum(one.outstanding for one in found),
        items=[_out(one, who, today(desk.settings)) for one in part],
        cursor=page.onwards("recovery", part[-1].key if part else None, full=len(part) == page.limit),
    )


@router.get(
    "/recoveries/export.xlsx",
    dependencies=[Depends(dear("export"))],
    response_class=Response,
    responses={
        200: {"content": {XLSX: {}}},
        **problems(TooManyRequests, *REFUSALS, AreaUnknown, *EXPORT_PROBLEMS, ListTooLong),
    },
)
def export_recoveries(desk: Reader, unmasked: AskedExport, area: UnderArea = None) -> Response:
    """The register's own sheet: its entries, and a row filled in from the payments for every claim without one. Number,
    deadline and what was recovered are filled in by hand, and the sheet goes to `/registers/recovery/import`. New rows
    can be taken in only where identities were revealed."""
    found = _claims(desk, area)
    opened = [entry for one in found for entry in one.entries]
    fresh = [one for one in found if not one.entries]
    if len(opened) + len(fresh) > MOST_ROWS:
        raise ListTooLong(limit=MOST_ROWS)
    clerk, who, revealed = Clerk.of(desk), _known(desk, fresh), unmasked.of(desk.caller)
    people = sorted({*known_people(REGISTER, opened), *(one.person_id for one in fresh if one.person_id)})
    if revealed:
        places = {one.person_id: one.area for one in found}
        tell(desk, [Seen(person, places.get(person, desk.caller.area)) for person in people])
    hidden = who.hidden | _known(desk, found).hidden
    mark = Watermark.of(desk.caller, "full" if revealed else "masked", unmasked.reason)
    rows = [(one.area, _proposed(one, who, clerk.day)) for one in fresh]
    head = f"违规资金追回　导出日期 {clerk.day.isoformat()}"
    content = sheet_out.workbook(REGISTER, opened, Eyes(revealed, hidden), head, mark.line, rows)
    told = {"revealed": revealed, "reason": unmasked.reason}
    for start in range(0, max(len(people), 1), NOTED):
        named = {"persons": people[start : start + NOTED]}
        note(desk.session, desk.ring, desk.caller, "recovery.export", mark.mark_id, **told, **named)
    return attached(content, "recoveries.xlsx")


def _claims(desk: Desk, area: str | None) -> list[Claim]:
    require(desk.session, desk.caller, area)
    clauses = [*believed(Payment, NOW)]
    if (part := subtree(area)) is not None:
        clauses.append(in_part(desk.caller, col(Payment.area), part))
    clerk = Clerk.of(desk)
    entries = contents(clerk, store.live(clerk, REGISTER.id, part))
    return claims(unowed.find(desk.session, desk.caller, clauses), entries)


def _known(desk: Desk, found: Sequence[Claim]) -> Known:
    of = ([one.person_id for one in found], [one.household_id for one in found])
    return known(desk.session, desk.ring, desk.caller, of)


def _out(one: Claim, who: Known, day: date) -> RecoveryOut:
    months = one.months
    return RecoveryOut(
        area=one.area,
        programme=one.programme,
        household_id=who.mine(one.household_id),
        household_number=who.number_of(one.household_id),
        person_id=one.person_id,
        name=who.told(one.person_id, revealed=False)[0],
        ground=one.ground if one.paid else one.entries[0][1].values["ground"],
        first_month=months[0] if months else None,
        last_month=months[-1] if months else None,
        months=len(months),
        overpaid_fen=one.overpaid,
        registered_fen=one.registered,
        recovered_fen=one.recovered,
        outstanding_fen=one.outstanding,
        pay_by=one.pay_by,
        entries=[row.entry_id for row, _ in one.entries],
        doubts=one.doubts(day),
    )


def _proposed(one: Claim, who: Known, day: date) -> dict[str, Any]:
    """The values of an entry that is not written yet; number and deadline are for whoever decides."""
    name, number = who.persons.get(one.person_id or "", (one.paid[0].payment.name, None))
    debtor = {"name": name, "id_number": number, "person_id": one.person_id}
    values = {
        "debtor": {part: value for part, value in debtor.items() if value is not None},
        "household": who.number_of(one.household_id),
        "programme": one.programme,
        "ground": one.ground,
        "first_month": one.months[0],
        "last_month": one.months[-1],
        "months": len(one.months),
        "overpaid": one.overpaid,
        "found_on": day.isoformat(),
        "outstanding": one.overpaid,
    }
    return {name: value for name, value in values.items() if value is not None}
