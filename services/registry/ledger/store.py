"""Finding cases: one, a page of them, what happened to them. Every read carries the caller's scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, true
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.problems import NotFound
from kit.scope import NATION, in_part, prefix, within
from registry.ledger import states
from registry.ledger.tables import Case, CaseEvent, CaseItem, Outcome

TOWN_DIGITS = 9
# Who sees cases that were handed over to the discipline inspection; the matcher goes on with its leads.
HANDED_OVER = "registers:handed-over"
SEE_HANDED_OVER = frozenset({HANDED_OVER, "registry:follow", "cases:lead"})


@dataclass(frozen=True)
class CaseFilter:
    """What a list of cases is narrowed to; the caller's scope comes on top."""

    area: str | None = None  # a subtree, as its leading digits
    state: str | None = None
    due_before: date | None = None
    flag: str | None = None
    overdue: bool | None = None
    day: date | None = None  # needed with `overdue`
    standing: str | None = None  # of any of its items
    relapse: bool | None = None  # opened again, or followed before


def visible(caller: Caller) -> ColumnElement[bool]:
    """Cases of the caller's area, but for what was handed over and is not for the caller's eyes; of a third party,
    those assigned to it today and not closed: nothing else."""
    mine = and_(within(caller, col(Case.area)), kept_open(caller))
    if caller.terms is None or not caller.terms.assigned_only:
        return mine
    return and_(mine, assigned(caller.terms.day), col(Case.assigned_agency) == caller.agency)


def kept_open(caller: Caller) -> ColumnElement[bool]:
    """Cases that were not handed over, and those that were for whoever may see them."""
    return true() if caller.scopes & SEE_HANDED_OVER else col(Case.handed_over).is_(False)


def assigned(day: date) -> ColumnElement[bool]:
    """Cases a third party works on, on that day."""
    return and_(
        col(Case.assigned_agency).is_not(None),
        col(Case.assigned_from) <= day,
        col(Case.assigned_until) >= day,
        col(Case.state) != states.CLOSED,
    )


def find(session: Session, caller: Caller, case_id: str) -> Case:
    """A case within the caller's area. Raises NotFound."""
    query = select(Case).where(col(Case.case_id) == case_id, visible(caller))
    found = session.exec(query).first()
    if found is None:
        raise NotFound
    return found


def page(session: Session, caller: Caller, narrowed: CaseFilter, after: str, limit: int) -> Sequence[Case]:
    """Cases of the caller's area with an id above `after`; ids sort by time of opening."""
    wanted = (*clauses(caller, narrowed), *_town(caller, narrowed))
    query = select(Case).where(visible(caller), col(Case.case_id) > after, *wanted)
    return session.exec(query.order_by(col(Case.case_id)).limit(limit)).all()


def town_of(area: str) -> str:
    """The digits a township's areas share."""
    return area[:TOWN_DIGITS]


def _town(caller: Caller, narrowed: CaseFilter) -> list[ColumnElement[bool]]:
    """What a township or village is asked for lies together in one index, however many cases there are besides."""
    asked = max(prefix(caller.area) if caller.area != NATION else "", narrowed.area or "", key=len)
    if len(asked) < TOWN_DIGITS:
        return []
    towns = {town_of(cut.digits) for cut in caller.lineage.cuts(asked.ljust(len(NATION), "0"))}
    # What came to it under a county's code lies in too many towns to name.
    return [col(Case.town).in_(sorted(towns))] if min(map(len, towns)) == TOWN_DIGITS else []


def clauses(caller: Caller, narrowed: CaseFilter) -> list[Any]:
    """The filter as clauses of a query over cases."""
    found: list[Any] = []
    if narrowed.area is not None:
        found.append(in_part(caller, col(Case.area), narrowed.area))
    if narrowed.state is not None:
        found.append(col(Case.state) == narrowed.state)
    if narrowed.due_before is not None:
        found.append(col(Case.due_on) < narrowed.due_before)
    if narrowed.flag is not None:
        found.append(col(Case.flag) == narrowed.flag)
    if narrowed.standing is not None:
        stands = and_(col(CaseItem.case_id) == col(Case.case_id), col(CaseItem.standing) == narrowed.standing)
        found.append(exists().where(stands))
    if narrowed.relapse is not None:
        found.append(relapsed() if narrowed.relapse else ~relapsed())
    if narrowed.overdue is not None and narrowed.day is not None:
        late = overdue_on(narrowed.day)
        found.append(late if narrowed.overdue else ~late)
    return found


def relapsed() -> ColumnElement[bool]:
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


def overdue_on(day: date) -> Any:
    """The clause for cases somebody is late with on `day`; never null."""
    state, past = col(Case.state), _past
    return or_(
        and_(state == states.AWAITING_ACCEPTANCE, past(col(Case.accept_due_on), day)),
        and_(state.in_(states.WORKED_ON), past(col(Case.due_on), day)),
        and_(state == states.SUSPENDED, past(col(Case.suspended_until), day)),
    )


def _past(column: Any, day: date) -> Any:
    return and_(column.is_not(None), column < day)


def is_overdue(case: Case, day: date) -> bool:
    """The same of one case."""
    if case.state == states.AWAITING_ACCEPTANCE:
        due = case.accept_due_on
    elif case.state == states.SUSPENDED:
        due = case.suspended_until
    else:
        due = case.due_on if case.state in states.WORKED_ON else None
    return due is not None and due < day


def history(session: Session, case_id: str) -> tuple[Sequence[CaseEvent], Sequence[Outcome]]:
    """What happened to a case and what was reported on it, oldest first."""
    events = (
        select(CaseEvent).where(col(CaseEvent.case_id) == case_id).order_by(col(CaseEvent.at), col(CaseEvent.event_id))
    )
    outcomes = select(Outcome).where(col(Outcome.case_id) == case_id)
    ordered = outcomes.order_by(col(Outcome.reported_at), col(Outcome.outcome_id))
    return session.exec(events).all(), session.exec(ordered).all()
