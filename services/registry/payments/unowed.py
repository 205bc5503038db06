"""Payments nobody was owed any more: made for a month after the end of the support, or after the beneficiary's death.

A payment belongs to the household it names, else to the person. It is owed where somebody of them who was alive in the
month was supported by the same programme in it; what came back from the bank was not paid. Suspended months are not
judged here: what is paid of them may be owed later.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, exists, func, or_
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.scope import within
from registry.coverage.rules import EXCLUSIVE
from registry.coverage.tables import Coverage
from registry.payments.store import visible
from registry.payments.tables import Payment
from registry.persons.tables import PersonVersion
from registry.times import NOW, Asked, believed, standing

BULK = 500
Unit = tuple[str, str]  # ("household" or "person", id)


@dataclass(frozen=True)
class Unowed:
    """One payment with why it is looked at: `dead` = the beneficiary had died, `unowed` = nobody was owed it."""

    payment: Payment
    dead: bool
    unowed: bool
    ended: str | None  # the last month anybody of them was supported, where support ended before

    @property
    def unit(self) -> Unit:
        """Whose it was."""
        return unit_of(self.payment)


def unit_of(row: Payment) -> Unit:
    """The household a payment names, else the person."""
    return ("household", row.household_id) if row.household_id else ("person", row.person_id or "")


def find(session: Session, caller: Caller, clauses: Sequence[ColumnElement[bool]], asked: Asked = NOW) -> list[Unowed]:
    """Of the payments meant those made after an end or a death, as believed, within the caller's area."""
    query = select(Payment).where(
        visible(caller),
        *clauses,
        col(Payment.programme).in_(sorted(EXCLUSIVE)),
        col(Payment.bank_return) != "returned",
        or_(_ended(asked), _dead(asked)),
    )
    rows = session.exec(query.order_by(col(Payment.month), col(Payment.payment_id))).all()
    held = _held(session, caller, rows, asked)
    people = {row.person_id for row in rows if row.person_id} | {
        one.person_id for ones in held.values() for one in ones
    }
    died = deaths(session, caller, sorted(people), asked)
    judged = (_judged(row, held.get(unit_of(row), []), died) for row in rows)
    return [one for one in judged if one.dead or one.unowed]


def _month(column: Any) -> ColumnElement[str]:
    """YYYY-MM of a day, as both databases write days."""
    return func.substr(cast(column, String), 1, 7)


def _ended(asked: Asked) -> ColumnElement[bool]:
    """Whether any support of whom it was paid to ended before: who may be asked, and not yet what is told. Whether it
    is so by what the caller may see, `_judged` finds."""
    same = or_(
        col(Coverage.household_id) == col(Payment.household_id),
        and_(col(Payment.household_id).is_(None), col(Coverage.person_id) == col(Payment.person_id)),
    )
    return exists().where(
        same,
        col(Coverage.programme) == col(Payment.programme),
        *believed(Coverage, asked),
        col(Coverage.end).is_not(None),
        _month(col(Coverage.end)) < col(Payment.month),
    )


def _dead(asked: Asked) -> ColumnElement[bool]:
    """Whether the beneficiary died before, anywhere; as above."""
    return exists().where(
        col(PersonVersion.person_id) == col(Payment.person_id),
        *standing(PersonVersion, Asked(None, asked.known_at)),
        col(PersonVersion.died_on).is_not(None),
        _month(col(PersonVersion.died_on)) < col(Payment.month),
    )


def _held(session: Session, caller: Caller, rows: Iterable[Payment], asked: Asked) -> dict[Unit, list[Coverage]]:
    """What each household and each person without one is or was supported by."""
    units = {unit_of(row) for row in rows}
    found: dict[Unit, list[Coverage]] = {}
    for kind, column in (("household", Coverage.household_id), ("person", Coverage.person_id)):
        ids = sorted(key for of, key in units if of == kind and key)
        for start in range(0, len(ids), BULK):
            query = select(Coverage).where(
                col(column).in_(ids[start : start + BULK]),
                *believed(Coverage, asked),
                within(caller, col(Coverage.area)),
            )
            for row in session.exec(query):
                key = row.household_id if kind == "household" else row.person_id
                found.setdefault((kind, str(key)), []).append(row)
    return found


def deaths(session: Session, caller: Caller, person_ids: Sequence[str], asked: Asked = NOW) -> dict[str, date]:
    """The day of death of those of them that died, as far as the caller may know."""
    found: dict[str, date] = {}
    for start in range(0, len(person_ids), BULK):
        query = select(PersonVersion).where(
            col(PersonVersion.person_id).in_(person_ids[start : start + BULK]),
            *standing(PersonVersion, Asked(None, asked.known_at)),
            col(PersonVersion.died_on).is_not(None),
            within(caller, col(PersonVersion.area)),
        )
        found.update((row.person_id, row.died_on) for row in session.exec(query) if row.died_on is not None)
    return found


def _judged(row: Payment, held: Sequence[Coverage], died: Mapping[str, date]) -> Unowed:
    """The rule, pure."""

    def gone(person_id: str | None) -> bool:
        day = died.get(person_id or "")
        return day is not None and day.isoformat()[:7] < row.month

    of_it = [one for one in held if one.programme == row.programme]
    owed = any(runs_in(one.start, one.end, row.month) and not gone(one.person_id) for one in of_it)
    ends = [one.end.isoformat()[:7] for one in of_it if one.end is not None and one.end.isoformat()[:7] < row.month]
    dead = gone(row.person_id)
    return Unowed(row, dead, not owed and (dead or bool(ends)), max(ends, default=None))


def runs_in(start: date, end: date | None, month: str) -> bool:
    """Whether a period has a day in the month."""
    return start.isoformat()[:7] <= month and (end is None or end.isoformat()[:7] >= month)
