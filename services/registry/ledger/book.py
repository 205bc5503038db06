"""Cases in hand: read with all their items at once, changed in memory, their states derived, written at once.

One call may carry hundreds of leads or outcomes. Reading case by case would cost a query each, so every change of
the ledger, also a single one, goes through a book. Writers of the ledger take turns: what a book read stays true
until its transaction ends.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import Session, col, select

from kit.among import among
from kit.auth import Caller
from kit.columns import new_id, now
from kit.crypto import KeyRing
from registry.changes.store import Touched
from registry.desk import Desk
from registry.ledger import alterations, states
from registry.ledger.listing import mark_relapses, standings_of, waits_until
from registry.ledger.outcome_codes import OUTCOMES, suppress_until
from registry.ledger.states import CaseView, ItemView
from registry.ledger.tables import Case, CaseEvent, CaseItem, Outcome
from registry.ledger.terms import Terms
from registry.settings import today
from registry.table import take_turns

BULK = 500
TIERS = ("必访", "电话核实", "观察")  # most urgent first
WORD = "ledger.word"
PROBLEM = "problem:"  # begins the key of a case about no person
_WORKING = (states.VERIFYING, states.RETURNED)


@dataclass
class Book:
    """Who writes, on which day, under which terms, and the cases and items in hand."""

    session: Session
    ring: KeyRing
    caller: Caller
    day: date
    terms: Terms
    cases: dict[str, Case] = field(default_factory=dict)
    items: dict[str, list[CaseItem]] = field(default_factory=dict)
    touched: dict[Touched, None] = field(default_factory=dict)
    _cases: list[Case] = field(default_factory=list)  # new ones
    _items: list[CaseItem] = field(default_factory=list)
    _events: list[dict[str, Any]] = field(default_factory=list)
    _outcomes: list[dict[str, Any]] = field(default_factory=list)
    _seen: dict[str, alterations.Values] = field(default_factory=dict)  # as each case stood after its last step
    _last_id: str = ""

    @classmethod
    def at(cls, desk: Desk) -> "Book":
        """An empty book on this desk; from here on no other writer changes the ledger."""
        return cls.open(desk.session, desk.ring, desk.caller, today(desk.settings), Terms.of(desk.settings))

    @classmethod
    def open(cls, session: Session, ring: KeyRing, caller: Caller, day: date, terms: Terms) -> "Book":
        """An empty book outside a request."""
        take_turns(session, "cases")
        return cls(session, ring, caller, day, terms)

    def hold(self, case_ids: Iterable[str]) -> None:
        """Take these cases in hand with all their items, in the order they came."""
        wanted = sorted(set(case_ids) - set(self.cases))
        for start in range(0, len(wanted), BULK):
            part = wanted[start : start + BULK]
            for case in self.session.exec(select(Case).where(col(Case.case_id).in_(part))):
                self.cases[case.case_id] = case
                self.items[case.case_id] = []
        for case_id, items in of_cases(self.session, wanted).items():
            self.items[case_id] = items
        self._seen |= {
            one: alterations.values_of(self.cases[one], self.items[one]) for one in wanted if one in self.cases
        }

    def of(self, case: Case) -> list[CaseItem]:
        """The items of a case in hand."""
        return self.items[case.case_id]

    def new_id(self) -> str:
        """An id above those this book gave before: lists are in order of ids, and one call makes many in a moment."""
        made = new_id()
        if made <= self._last_id:
            made = str(UUID(int=UUID(self._last_id).int + 1))
        self._last_id = made
        return made

    def add_case(self, case: Case) -> None:
        """A new case."""
        self.cases[case.case_id], self.items[case.case_id] = case, []
        self._cases.append(case)

    def add_item(self, case: Case, item: CaseItem) -> None:
        """A new item of a case in hand."""
        self.items[case.case_id].append(item)
        self._items.append(item)

    def move_item(self, item: CaseItem, case: Case) -> None:
        """An item goes to another case; what was reported on it stays with the one it leaves."""
        self.items[item.case_id].remove(item)
        item.case_id = case.case_id
        self.items[case.case_id].append(item)

    def add_outcome(self, columns: dict[str, Any]) -> None:
        """A new row of outcomes."""
        self._outcomes.append(columns)

    def step(self, case: Case, action: str, before: str | None = None, **of: str | None) -> None:
        """A step was taken: derive where the case stands, one version further, and remember it.

        `before` is the state it was taken from where the step set the state itself; `of` names item, lead, outcome.
        """
        before = before or case.state
        items = self.of(case)
        derived = states.derive(_view(case), [_item_view(item) for item in items])
        case.state, case.returned, case.flag = derived.state, derived.returned, derived.flag
        if before == states.CLOSED != case.state:
            self._begin_again(case)
        if case.state != states.SUSPENDED:
            case.suspended_until = None
        case.closed_reason = derived.closed_reason
        case.closed_at = (case.closed_at or now()) if case.state == states.CLOSED else None
        tiers = {item.tier for item in items if item.standing != states.SETTLED} or {item.tier for item in items}
        if items:
            case.tier = next((tier for tier in TIERS if tier in tiers), next(iter(sorted(filter(None, tiers))), None))
        self._set_deadline(case, before)
        case.version += 1
        self.remember(case, action, before, **of)

    def _begin_again(self, case: Case) -> None:
        """A closed case is open again: it waits to be taken over like a new one."""
        case.reopened += case.closed_reason != states.WITHDRAWN
        case.accepted_at = case.reported_at = case.due_on = None
        case.accepted_by = case.assigned_to = None
        case.accept_due_on = self.terms.accept_by(self.day)
        case.state = states.AWAITING_ACCEPTANCE

    def _set_deadline(self, case: Case, before: str) -> None:
        """Until when the next step is due; what the responsible person was given stays while that step lasts."""
        items = self.of(case)
        if case.state == states.AWAITING_ACCEPTANCE and case.origin != "hand":
            waiting = [item.due_on for item in items if item.due_on and item.standing != states.SETTLED]
            case.due_on = min(waiting, default=None)
        elif case.state == states.IN_PROGRESS and items:
            waiting = [item.decision_due_on for item in items if item.decision_due_on]
            case.due_on = min(waiting, default=None)
        elif case.state in _WORKING and before in (states.AWAITING_APPROVAL, states.IN_PROGRESS):
            case.due_on = self.terms.verify_by(self.day, case.tier)

    def remember(self, case: Case, action: str, before: str | None, **of: str | None) -> None:
        """An entry of the case's history; followers hear of the case."""
        event_id = of.get("event_id") or self.new_id()
        self._events.append(
            {
                "event_id": event_id,
                "version": case.version,
                "altered": self._altered(case),
                "case_id": case.case_id,
                "at": now(),
                "actor": self.caller.client_id,
                "action": action,
                "state_before": before,
                "state_after": case.state,
                "lead_id": of.get("lead_id"),
                "item_id": of.get("item_id"),
                "outcome_id": of.get("outcome_id"),
            }
        )
        self.touch(case)

    def _altered(self, case: Case) -> alterations.Altered:
        """What the step altered; of a new case nothing, it came as it is."""
        present = alterations.values_of(case, self.of(case))
        before, self._seen[case.case_id] = self._seen.get(case.case_id, present), present
        return alterations.between(before, present)

    def amend(self, case: Case) -> None:
        """What was altered after the last step belongs to it."""
        last = next(event for event in reversed(self._events) if event["case_id"] == case.case_id)
        for name, (before, after) in self._altered(case).items():
            last["altered"][name] = (last["altered"].get(name, (before, after))[0], after)

    def touch(self, case: Case) -> None:
        """Followers of the case's area hear of it."""
        self.touched[Touched("case", case.case_id, case.area)] = None

    def say(self, case: Case, word: str) -> None:
        """Keep what was said with a step; it may name people, so it is sealed."""
        case.word_sealed = self.ring.encrypt(word, f"{WORD}.{case.case_id}")

    def await_import(self, item: CaseItem, code: str) -> None:
        """What was decided should show in an import until a day."""
        item.standing = states.IN_PROGRESS
        item.decision_due_on = self.terms.decide_by(self.day, code)

    def settle(self, item: CaseItem, reason: str) -> None:
        """Nothing more is to be done about an item."""
        item.standing, item.closed_reason, item.settled_on = states.SETTLED, reason, self.day
        item.suppress_until = suppress_until(item.code, self.day) if item.code and item.code in OUTCOMES else None
        item.reopened_reason = item.revisit_on = item.decision_due_on = None

    def write(self) -> list[Touched]:
        """Everything to the database; what followers must hear of (tell it last)."""
        for case in self.cases.values():
            case.waits_until = waits_until(case)
            case.standings = standings_of(self.of(case))
        # Rows point to one another: an item that moved to a new case must not be flushed before that case is there.
        with self.session.no_autoflush:
            self._insert(Case, [case.model_dump() for case in self._cases])
        self.session.add_all(self._items)
        self.session.flush()
        mark_relapses(self.session, (case.subject_key for case in self.cases.values()))
        self._insert(Outcome, self._outcomes)
        for event in self._events:
            event["altered_sealed"] = alterations.sealed(self.ring, event["event_id"], event.pop("altered"))
        self._insert(CaseEvent, self._events)
        self._cases, self._items, self._outcomes, self._events = [], [], [], []
        return list(self.touched)

    def _insert(self, table: type[Case | Outcome | CaseEvent], rows: list[dict[str, Any]]) -> None:
        if rows:
            self.session.execute(insert(table), rows)


def reset(item: CaseItem, reason: str | None) -> None:
    """An item is to be verified (again); nothing holds of what was reported before."""
    item.standing, item.reopened_reason = states.PENDING, reason
    item.code = item.outcome_id = item.closed_reason = None
    item.reported_on = item.settled_on = item.suppress_until = item.revisit_on = item.decision_due_on = None
    item.answered_version = item.stated_person_id = None
    item.number_stated = False


def of_cases(session: Session, case_ids: Sequence[str]) -> dict[str, list[CaseItem]]:
    """The items of each case, in the order they came."""
    found: dict[str, list[CaseItem]] = {}
    query = select(CaseItem).where(among(col(CaseItem.case_id), case_ids))
    for item in session.exec(query.order_by(col(CaseItem.item_id))):
        found.setdefault(item.case_id, []).append(item)
    return found


def _view(case: Case) -> CaseView:
    about_people = not case.subject_key.startswith(PROBLEM)
    return CaseView(case.state, case.accepted_at is not None, case.returned, about_people)


def _item_view(item: CaseItem) -> ItemView:
    return ItemView(item.standing, item.state == "withdrawn", item.reopened_reason, item.closed_reason)
