"""Payments nobody was owed any more: made for a month after the end of the support, or after the beneficiary's death.

A payment belongs to the household it names, else to the person. It is owed where somebody of them who was alive in the
month was supported by the same programme in it; what came back from the bank was not paid. Suspended months are not
judged here: what is paid of them may be owed later.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, FromClause, String, and_, cast, func
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
Scope = Callable[[Any], ColumnElement[bool]]  # of a column of areas: which of them count


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
    found: dict[str, Payment] = {}
    for whose, is_theirs in ways(asked, partial(within, caller)):
        query = select(Payment).join(whose, is_theirs).where(visible(caller), *clauses, *paid_after(whose))
        found.update((row.payment_id, row) for row in session.exec(query))
    rows = sorted(found.values(), key=lambda row: (row.month, row.payment_id))
    held = _held(session, caller, rows, asked)
    people = {row.person_id for row in rows if row.person_id} | {
        one.person_id for ones in held.values() for one in ones
    }
    died = deaths(session, caller, sorted(people), asked)
    judged = (_judged(row, held.get(unit_of(row), []), died) for row in rows)
    return [one for one in judged if one.dead or one.unowed]


def ways(asked: Asked, scope: Scope) -> list[tuple[FromClause, ColumnElement[bool]]]:
    """Of whom payments are read: households whose support of a kind ended, persons whose did, and the dead, each with
    the first `month` it was so and the condition by which a payment is theirs. They are few beside the payments, of
    which no others are read; an end or a death the caller's scope does not hold changes nothing of what is judged."""
    home, person = _ends(asked, scope, col(Coverage.household_id)), _ends(asked, scope, col(Coverage.person_id))
    dead = (
        select(col(PersonVersion.person_id).label("unit"), func.min(_month(col(PersonVersion.died_on))).label("month"))
        .where(
            *standing(PersonVersion, Asked(None, asked.known_at)),
            col(PersonVersion.died_on).is_not(None),
            scope(col(PersonVersion.area)),
        )
        .group_by(col(PersonVersion.person_id))
        .subquery("dead")
    )
    same = col(Payment.programme)
    # Written so that no database looks for payments without a household in the index of households: they are many.
    alone = func.coalesce(col(Payment.household_id), "") == ""
    return [
        (home, and_(home.c.unit == col(Payment.household_id), home.c.programme == same)),
        (person, and_(alone, person.c.unit == col(Payment.person_id), person.c.programme == same)),
        (dead, dead.c.unit == col(Payment.person_id)),
    ]


def paid_after(whose: FromClause) -> list[ColumnElement[bool]]:
    """What was paid of what only one programme at a time may pay, for a month after that of `whose`."""
    return [
        col(Payment.programme).in_(sorted(EXCLUSIVE)),
        col(Payment.bank_return) != "returned",
        whose.c.month < col(Payment.month),
    ]


def _month(column: Any) -> ColumnElement[str]:
    """YYYY-MM of a day, as both databases write days."""
    return func.substr(cast(column, String), 1, 7)


def _ends(asked: Asked, scope: Scope, unit: Any) -> FromClause:
    """Whose support ended, by programme, and the first month it did."""
    return (
        select(unit.label("unit"), col(Coverage.programme), func.min(_month(col(Coverage.end))).label("month"))
        .where(*believed(Coverage, asked), col(Coverage.end).is_not(None), unit.is_not(None), scope(col(Coverage.area)))
        .group_by(unit, col(Coverage.programme))
        .subquery()
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
