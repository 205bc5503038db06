"""Finding payments and their imports. Every query carries the caller's scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.columns import now
from kit.lease import is_gone
from kit.problems import NotFound
from kit.scope import lies_in, prefix, within
from registry.payments.problems import MonthsUnordered, PaymentOfWhom, PayoutRunning
from registry.payments.tables import Payment, PaymentImport, PaymentImportRow
from registry.persons.merges import resolve
from registry.persons.store import identities
from registry.times import Asked, believed

# An import that has not moved for so long has lost its process, on whatever machine that ran. Comparing a million lines
# with what is on record takes minutes on a busy one.
ABANDONED = timedelta(minutes=15)


def visible(caller: Caller) -> ColumnElement[bool]:
    """Payments of the caller's area."""
    return within(caller, col(Payment.area))


def beginning(area: str) -> str:
    """How the codes of an area's subtree begin; the nation's begin anyhow."""
    return prefix(area) if area.strip("0") else ""


@dataclass(frozen=True)
class Wanted:
    """Which payments are asked for; months are YYYY-MM, both included."""

    person_id: str | None = None
    household_id: str | None = None
    area: str | None = None
    first: str | None = None
    last: str | None = None
    programme: str | None = None
    known_at: datetime | None = None  # as was believed then; now by default

    def clauses(self, session: Session, caller: Caller) -> list[ColumnElement[bool]]:
        """As a query has it. Raises MonthsUnordered."""
        if self.first is not None and self.last is not None and self.first > self.last:
            raise MonthsUnordered
        found = believed(Payment, Asked(known_at=self.known_at))
        if self.person_id is not None:  # of somebody merged, what was paid under either entry
            found.append(col(Payment.person_id).in_(identities(session, [resolve(session, self.person_id)])))
        if self.household_id is not None:
            found.append(col(Payment.household_id) == self.household_id)
        if self.area is not None:
            found.append(lies_in(caller, col(Payment.area), self.area))
        if self.first is not None:
            found.append(col(Payment.month) >= self.first)
        if self.last is not None:
            found.append(col(Payment.month) <= self.last)
        if self.programme is not None:
            found.append(col(Payment.programme) == self.programme)
        return found

    def of_one(self) -> "Wanted":
        """Itself, where it asks about no more than one; else about the caller's area. Raises PaymentOfWhom."""
        if sum(one is not None for one in (self.person_id, self.household_id, self.area)) > 1:
            raise PaymentOfWhom
        return self


def page(
    session: Session, caller: Caller, clauses: list[ColumnElement[bool]], after: str, limit: int
) -> Sequence[Payment]:
    """Payments in order of their ids, which sort by when they were taken in."""
    query = select(Payment).where(visible(caller), *clauses, col(Payment.payment_id) > after)
    return session.exec(query.order_by(col(Payment.payment_id)).limit(limit)).all()


def find_import(session: Session, caller: Caller, import_id: str) -> PaymentImport:
    """An import within the caller's area. Raises NotFound."""
    mine = (col(PaymentImport.import_id) == import_id, within(caller, col(PaymentImport.area)))
    found = session.exec(select(PaymentImport).where(*mine)).first()
    if found is None:
        raise NotFound
    return found


def imports_page(session: Session, caller: Caller, before: str | None, limit: int) -> Sequence[PaymentImport]:
    """Imports of the caller's area, newest first; ids sort by time."""
    query = select(PaymentImport).where(within(caller, col(PaymentImport.area)))
    if before is not None:
        query = query.where(col(PaymentImport.import_id) < before)
    return session.exec(query.order_by(col(PaymentImport.import_id).desc()).limit(limit)).all()


def import_rows(
    session: Session, import_id: str, outcome: str | None, after: int, limit: int
) -> Sequence[PaymentImportRow]:
    """Report rows after a line."""
    query = select(PaymentImportRow).where(
        col(PaymentImportRow.import_id) == import_id, col(PaymentImportRow.line) > after
    )
    if outcome is not None:
        query = query.where(col(PaymentImportRow.outcome) == outcome)
    return session.exec(query.order_by(col(PaymentImportRow.line)).limit(limit)).all()


def check_alone(session: Session, area: str) -> None:
    """No other list of the place, or of one that holds it or lies in it, may be under way; one that lost its process is
    marked as failed, so that it cannot go on beside the next. Raises PayoutRunning."""
    running = (col(PaymentImport.state) == "running", col(PaymentImport.dry_run).is_(False))
    for row in session.exec(select(PaymentImport).where(*running)):
        mine, theirs = beginning(area), beginning(row.area)
        if not (mine.startswith(theirs) or theirs.startswith(mine)):
            continue
        if not _abandoned(row):
            raise PayoutRunning(import_id=row.import_id)
        row.state = "failed"
        session.add(row)


def unfinished(session: Session, caller: Caller, digest: str) -> PaymentImport | None:
    """The same file's import that stopped half way, to go on with."""
    query = select(PaymentImport).where(
        col(PaymentImport.digest) == digest,
        col(PaymentImport.area) == caller.area,
        col(PaymentImport.state) != "done",
        col(PaymentImport.dry_run).is_(False),
    )
    return session.exec(query.order_by(col(PaymentImport.created_at).desc())).first()


def _abandoned(row: PaymentImport) -> bool:
    return is_gone(row.holder) or row.touched_at <= now() - ABANDONED


def move_on(session: Session, row: PaymentImport, state: str, rows_done: int) -> PaymentImport:
    """Bring an import's state and progress up to date. Raises PayoutRunning where another process took it over."""
    found = _ours(session, row)
    if found is None:
        raise PayoutRunning(import_id=row.import_id)
    found.state, found.touched_at, found.rows_done = state, now(), rows_done
    if state == "done":
        found.finished_at = found.touched_at
    session.add(found)
    session.flush()
    return found


def fail(session: Session, row: PaymentImport) -> None:
    """It stopped half way; the same file again goes on with it."""
    found = _ours(session, row)
    if found is not None:
        found.state = "failed"
        session.add(found)


def _ours(session: Session, row: PaymentImport) -> PaymentImport | None:
    found = session.get(PaymentImport, row.import_id)
    return found if found is not None and (found.state, found.fence) == ("running", row.fence) else None
