"""Finding payments and their imports. Every query carries the caller's scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.scope import holds, lies_in, within
from registry.intake.store import Shelf
from registry.payments.problems import MonthsUnordered, PaymentOfWhom, PayoutRunning
from registry.payments.tables import Payment, PaymentImport, PaymentImportRow
from registry.persons.merges import resolve
from registry.persons.store import identities
from registry.times import Asked, believed

# Comparing a million lines with what is on record takes minutes on a busy machine.
SHELF = Shelf(PaymentImport, PaymentImportRow, PayoutRunning, abandoned=timedelta(minutes=15))


def visible(caller: Caller) -> ColumnElement[bool]:
    """Payments of the caller's area."""
    return within(caller, col(Payment.area))


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


def check_alone(session: Session, caller: Caller) -> None:
    """No other list of the place, or of one that holds it or lies in it, may be under way; one that lost its process is
    marked as failed, so that it cannot go on beside the next. Raises PayoutRunning."""
    running = (col(PaymentImport.state) == "running", col(PaymentImport.dry_run).is_(False))
    for row in session.exec(select(PaymentImport).where(*running)):
        if not _meet(caller, row.area):
            continue
        if not SHELF.gone(row):
            raise PayoutRunning(import_id=row.import_id)
        row.state = "failed"
        session.add(row)


def _meet(caller: Caller, area: str) -> bool:
    """Whether the caller's area and another share a place, as divisions stand today."""
    mine, theirs = caller.lineage.placed(caller.area), caller.lineage.placed(area)
    return any(holds(caller, one, two) or holds(caller, two, one) for one in mine for two in theirs)
