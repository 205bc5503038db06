"""What was recorded of a household and its members only after a moment: that it came, and when; not what it says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.scope import within
from registry.coverage.tables import Coverage, Suspension
from registry.households.tables import HouseholdLink, HouseholdVersion, Membership
from registry.ledger.states import ACTIONS
from registry.ledger.stood import Meant, touched
from registry.persons.tables import PersonMerge, PersonVersion
from registry.views.standing_schemas import LaterKind, LaterOut

MOST = 100
WORDS: dict[LaterKind, tuple[str, str]] = {
    "person": ("后来登记或更改了人员信息", "后来人员信息被更正或变更"),
    "member": ("后来登记了家庭成员关系", "后来家庭成员关系被更正或变更"),
    "household": ("后来登记或更改了户号、区划", "后来户号、区划被更正或变更"),
    "link": ("后来关联了另一种口径的户", "后来取消了与另一种口径的户的关联"),
    "coverage": ("后来登记或更改了保障记录", "后来保障记录被更正或变更"),
    "suspension": ("后来登记了停发", "后来停发记录被更改（如恢复发放）"),
    "merge": ("后来认定与另一条登记是同一人", "后来撤销了同一人的认定"),
}


@dataclass(frozen=True)
class After:
    """Since when, of whom, for whom. `ids`: the members and everybody who is one of them."""

    session: Session
    caller: Caller
    household_id: str
    ids: Sequence[str]
    moment: datetime


def later(after: After) -> list[LaterOut]:
    """Everything recorded or taken back since, oldest first; what was taken back for something new is told once."""
    found = {(one.kind, one.at, one.person_id): one for one in _taken_back(after)}
    found |= {(one.kind, one.at, one.person_id): one for one in _recorded(after)}
    meant = Meant(after.ids, after.household_id)
    steps = [
        LaterOut(kind="case", at=at, person_id=None, text=f"后来台账事项有了办理：{ACTIONS.get(action, action)}")
        for _, at, action in touched(after.session, after.caller, meant, after.moment)
    ]
    return sorted([*found.values(), *steps], key=lambda one: (one.at, one.kind, one.person_id or ""))


def _recorded(after: After) -> Iterator[LaterOut]:
    for kind, table, clauses in _tables(after):
        query = select(table).where(*clauses, col(table.recorded_at) > after.moment)
        for row in after.session.exec(query):
            yield _told(kind, row, row.recorded_at, 0)


def _taken_back(after: After) -> Iterator[LaterOut]:
    for kind, table, clauses in _tables(after):
        query = select(table).where(*clauses, col(table.superseded_at) > after.moment)
        for row in after.session.exec(query):
            yield _told(kind, row, row.superseded_at, 1)


def _told(kind: LaterKind, row: Any, at: datetime, which: int) -> LaterOut:
    return LaterOut(kind=kind, at=at, person_id=getattr(row, "person_id", None), text=WORDS[kind][which])


def _tables(after: After) -> list[tuple[LaterKind, Any, list[ColumnElement[bool]]]]:
    caller, home, ids = after.caller, after.household_id, list(after.ids)
    of_them = col(Coverage.person_id).in_(ids)
    mine = within(caller, col(Coverage.area))
    periods = select(Coverage.coverage_id).where(of_them, mine)
    ends = or_(col(HouseholdLink.household_id) == home, col(HouseholdLink.other_id) == home)
    places = or_(col(Membership.household_id) == home, col(Membership.person_id).in_(ids))
    either = or_(col(PersonMerge.person_id).in_(ids), col(PersonMerge.survivor_id).in_(ids))
    known = select(PersonVersion.person_id).where(within(caller, col(PersonVersion.area)))
    return [
        ("person", PersonVersion, [col(PersonVersion.person_id).in_(ids), within(caller, col(PersonVersion.area))]),
        ("member", Membership, [places, col(Membership.person_id).in_(known)]),
        ("household", HouseholdVersion,
         [col(HouseholdVersion.household_id) == home, within(caller, col(HouseholdVersion.area))]),
        ("link", HouseholdLink, [ends]),
        ("coverage", Coverage, [of_them, mine]),
        ("suspension", Suspension, [col(Suspension.coverage_id).in_(periods)]),
        ("merge", PersonMerge, [either, col(PersonMerge.person_id).in_(known)]),
    ]  # fmt: skip
