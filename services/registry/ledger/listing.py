"""What a case's lists are narrowed by, reckoned whenever its book is written, so that one index can hold it.

A township's list may have to leave out all of its ten thousand cases. Looked up case by case (another case of the
household, the items) that costs a tenth of a second; in the index the list is read along, nothing.
"""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, or_, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from registry.ledger import states
from registry.ledger.tables import Case, CaseItem

END = ","  # of each standing: none is the end of another
BULK = 500


def waits_until(case: Case) -> date | None:
    """Until when somebody has to do something about a case, as it stands; after that day it is overdue."""
    if case.state == states.AWAITING_ACCEPTANCE:
        return case.accept_due_on
    if case.state == states.SUSPENDED:
        return case.suspended_until
    return case.due_on if case.state in states.WORKED_ON else None


def standings_of(items: Iterable[CaseItem]) -> str:
    """Where a case's items stand, each standing once."""
    found = {item.standing for item in items}
    return "".join(f"{one}{END}" for one in states.STANDINGS if one in found)


def stands(standing: str) -> ColumnElement[bool]:
    """Cases of which an item stands there."""
    return col(Case.standings).contains(f"{standing}{END}", autoescape=True)


def followed_before() -> ColumnElement[bool]:
    """Cases opened again, or of a household (or person) whose earlier case at the same place had been closed (L11)."""
    earlier = aliased(Case)
    before = and_(
        col(earlier.subject_key) == col(Case.subject_key),
        col(earlier.area) == col(Case.area),
        col(earlier.case_id) < col(Case.case_id),
        col(earlier.state) == states.CLOSED,
        col(earlier.closed_reason) != states.WITHDRAWN,
    )
    return or_(col(Case.reopened) > 0, exists().where(before))


def mark_relapses(session: Session, subject_keys: Iterable[str]) -> None:
    """Reckon anew which cases of these households were followed before: one that was closed, opened or moved to another
    area alters what holds of the others."""
    keys = sorted(set(subject_keys))
    for start in range(0, len(keys), BULK):
        theirs = col(Case.subject_key).in_(keys[start : start + BULK])
        for holds in (True, False):
            truth = followed_before() if holds else ~followed_before()
            wrong = update(Case).where(theirs, col(Case.relapsed).is_(not holds), truth).values(relapsed=holds)
            session.execute(wrong, execution_options={"synchronize_session": False})
