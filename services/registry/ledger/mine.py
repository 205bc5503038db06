"""What whoever took a case over needs at the door, and nothing more: name, group, telephone, head of the household, and
the last four of the number.

It costs no budget: the visit is the purpose, taking over is on record, and what was shown stands in the journal by
case. It ends when the case does, or goes to somebody else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select

from china.addresses import address
from kit.auth import Caller
from kit.crypto import KeyRing
from kit.scope import within
from registry.areas.store import names_of
from registry.households import store as households
from registry.ledger import states
from registry.ledger.mine_schemas import MyCaseOut, MyPersonOut
from registry.ledger.schemas import State
from registry.ledger.show import snapshot
from registry.ledger.states import LABELS, STANDINGS
from registry.ledger.store import CaseFilter, clauses, kept_open
from registry.ledger.tables import Case, CaseItem

MINE = states.WORKED_ON | {states.SUSPENDED}
LAST = 4
LEAST = 8  # characters of a number of which the last four may be told
_PERSON_AS_IT_IS = ("item_id", "lead_id", "kind", "standing")
_CASE_AS_IT_IS = (
    "case_id", "area", "tier", "flag", "due_on", "suspended_until", "responsible_unit", "responsible_person",
    "accepted_at", "version",
)  # fmt: skip


def is_mine(caller: Caller, case: Case) -> bool:
    """Whether the caller works on this case: it was handed to them, or they took it over and it went to nobody."""
    return case.state in MINE and (case.assigned_to or case.accepted_by) == caller.client_id


def mine(caller: Caller) -> ColumnElement[bool]:
    """The same as a clause, within the caller's area."""
    me = caller.client_id
    own = or_(col(Case.assigned_to) == me, and_(col(Case.assigned_to).is_(None), col(Case.accepted_by) == me))
    return and_(within(caller, col(Case.area)), kept_open(caller), col(Case.state).in_(sorted(MINE)), own)


def page(session: Session, caller: Caller, narrowed: CaseFilter, after: str, limit: int) -> Sequence[Case]:
    """The caller's own cases with an id above `after`."""
    query = select(Case).where(mine(caller), col(Case.case_id) > after, *clauses(caller, narrowed))
    return session.exec(query.order_by(col(Case.case_id)).limit(limit)).all()


@dataclass(frozen=True)
class Door:
    """One person as they are asked for at the door."""

    name: str | None
    id_last4: str | None
    phone: str | None
    group: str | None
    head: str | None


@dataclass(frozen=True)
class Doors:
    """How the people of some cases are told: the names of divisions, the heads of households by item."""

    ring: KeyRing
    villages: Mapping[str, str]
    heads: Mapping[str, str]

    @classmethod
    def of(cls, session: Session, ring: KeyRing, caller: Caller, cases: Mapping[str, tuple[Case, Any]]) -> "Doors":
        """For these cases with their items, in a few queries."""
        return cls(ring, names_of(session, {case.area for case, _ in cases.values()}), _heads(session, caller, cases))

    def person(self, case: Case, item: CaseItem) -> Door:
        """What is told of one person."""
        told = snapshot(self.ring, item)
        number = told["id_number"]
        lives = address(told["address"])
        village = self.villages.get(case.area) or lives.village
        group = f"{lives.group}组" if lives.group else None
        return Door(
            name=told["name"],
            id_last4=number[-LAST:] if number and len(number) >= LEAST else None,
            phone=told["phone"],
            group="".join(part for part in (village, group) if part) or None,
            head=self.heads.get(item.item_id),
        )

    def case(self, case: Case, items: Sequence[CaseItem], *, overdue: bool) -> MyCaseOut:
        """A case on the wire."""
        return MyCaseOut(
            **{name: getattr(case, name) for name in _CASE_AS_IT_IS},
            state=cast(State, case.state),
            state_label=LABELS[case.state],
            overdue=overdue,
            people=[self._wire(case, item) for item in items],
        )

    def _wire(self, case: Case, item: CaseItem) -> MyPersonOut:
        of_item = {name: getattr(item, name) for name in _PERSON_AS_IT_IS}
        return MyPersonOut(**of_item, standing_label=STANDINGS[item.standing], **vars(self.person(case, item)))


def _heads(session: Session, caller: Caller, cases: Mapping[str, tuple[Case, Any]]) -> dict[str, str]:
    """Item → the head of its household, of people the registry knows; not of people named by hand."""
    led = [item for _, items in cases.values() for item in items if item.lead_id is not None]
    person_of = {item.item_id: item.person_id for item in led if item.person_id is not None}
    homes = households.places(session, caller, sorted(set(person_of.values())))
    heads = households.heads(session, caller, sorted({home.household_id for home in homes.values()}))
    found = {}
    for item_id, person_id in person_of.items():
        home = homes.get(person_id)
        if home is not None and home.household_id in heads:
            found[item_id] = heads[home.household_id]
    return found
