"""Finding cases: one, a page of them, what happened to them. Every read carries the caller's scope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, case, false, func, true
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.problems import NotFound
from kit.scope import NATION, in_part, prefix, within
from registry.ledger import states
from registry.ledger.listing import stands, waits_until
from registry.ledger.tables import Case, CaseEvent, Outcome

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
    waits_before: date | None = None  # something is to be done about it by then
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
    scope, towns = visible(caller), _towns(caller, narrowed)
    query = select(Case).where(col(Case.case_id) > after).order_by(col(Case.case_id)).limit(limit)
    if not towns:
        return session.exec(query.where(scope, *clauses(caller, narrowed))).all()
    within_town = (unseen(and_(scope, *placed(caller, narrowed))), *besides(narrowed))
    # One town after the other: of several at once neither database reads the index in order.
    found = [row for town in towns for row in session.exec(query.where(col(Case.town) == town, *within_town))]
    return sorted(found, key=lambda row: row.case_id)[:limit]


def count_open(session: Session, caller: Caller, area: str | None, lists: Mapping[str, CaseFilter]) -> dict[str, int]:
    """How many cases of the caller's area, or a part of it (leading digits), each list would hold but for closed ones:
    all in one reading, which passes over what is closed."""
    part = CaseFilter(area=area)
    scope, towns = and_(visible(caller), *placed(caller, part)), _towns(caller, part)
    figures = (func.count().filter(*besides(one)) for one in lists.values())
    where = [col(Case.town).in_(towns), unseen(scope)] if towns else [scope]
    counted = sql_select(*figures).select_from(Case).where(col(Case.state) != states.CLOSED, *where)
    return dict(zip(lists, session.execute(counted).one(), strict=True))


def unseen(clause: ColumnElement[bool]) -> ColumnElement[bool]:
    """The same clause, fenced off from the planner (decision 0103): PostgreSQL takes a town and its range of codes, of
    which each implies the other, for independent, expects a hundredth of the rows, and reads and sorts the whole town
    rather than the first hundred along the index. Into a CASE it does not look."""
    return case((clause, true()), else_=false())


def town_of(area: str) -> str:
    """The digits a township's areas share."""
    return area[:TOWN_DIGITS]


def _towns(caller: Caller, narrowed: CaseFilter) -> list[str]:
    """The towns in which everything lies that a township or village is asked for; none where they are too many to name.
    What lies in a town lies together in one index, however many cases there are besides."""
    asked = max(prefix(caller.area) if caller.area != NATION else "", narrowed.area or "", key=len)
    if len(asked) < TOWN_DIGITS:
        return []
    towns = {town_of(cut.digits) for cut in caller.lineage.cuts(asked.ljust(len(NATION), "0"))}
    # What came to it under a county's code lies in too many towns to name.
    return sorted(towns) if min(map(len, towns)) == TOWN_DIGITS else []


def clauses(caller: Caller, narrowed: CaseFilter) -> list[ColumnElement[bool]]:
    """The filter as clauses of a query over cases."""
    return [*placed(caller, narrowed), *besides(narrowed)]


def placed(caller: Caller, narrowed: CaseFilter) -> list[ColumnElement[bool]]:
    """The filter's area."""
    return [] if narrowed.area is None else [in_part(caller, col(Case.area), narrowed.area)]


def besides(narrowed: CaseFilter) -> list[ColumnElement[bool]]:
    """The filter but for its area: nearly all of it is judged in the index a township's list is read along."""
    found: list[ColumnElement[bool]] = []
    if narrowed.state is not None:
        found.append(col(Case.state) == narrowed.state)
    if narrowed.due_before is not None:
        found.append(col(Case.due_on) < narrowed.due_before)
    if narrowed.waits_before is not None:
        found.append(col(Case.waits_until) < narrowed.waits_before)
    if narrowed.flag is not None:
        found.append(col(Case.flag) == narrowed.flag)
    if narrowed.standing is not None:
        found.append(stands(narrowed.standing))
    if narrowed.relapse is not None:
        found.append(col(Case.relapsed).is_(narrowed.relapse))
    if narrowed.overdue is not None and narrowed.day is not None:
        late = overdue_on(narrowed.day)
        found.append(late if narrowed.overdue else ~late)
    return found


def overdue_on(day: date) -> ColumnElement[bool]:
    """The clause for cases somebody is late with on `day`; never null."""
    return and_(col(Case.waits_until).is_not(None), col(Case.waits_until) < day)


def is_overdue(case: Case, day: date) -> bool:
    """The same of one case."""
    due = waits_until(case)
    return due is not None and due < day


def history(session: Session, case_id: str) -> tuple[Sequence[CaseEvent], Sequence[Outcome]]:
    """What happened to a case and what was reported on it, oldest first."""
    events = (
        select(CaseEvent).where(col(CaseEvent.case_id) == case_id).order_by(col(CaseEvent.at), col(CaseEvent.event_id))
    )
    outcomes = select(Outcome).where(col(Outcome.case_id) == case_id)
    ordered = outcomes.order_by(col(Outcome.reported_at), col(Outcome.outcome_id))
    return session.exec(events).all(), session.exec(ordered).all()
