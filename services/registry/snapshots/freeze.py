"""Freezing: the ledger of an area as it stood at a moment, line by line, and one digest over all of it.

The moment may lie in the past (a month that has ended): what happened to a case since is taken back by its history,
which keeps the state before each step and what the step altered.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import or_
from sqlmodel import Session, col, select

from kit.crypto import KeyRing
from kit.scope import below, prefix
from registry.ledger import alterations, states
from registry.ledger.book import of_cases
from registry.ledger.hand_in import TITLE
from registry.ledger.outcome_codes import KIND_TITLES
from registry.ledger.tables import Case, CaseEvent, CaseItem
from registry.settings import CHINA

PART_LINES = 2000
LINES = "ledger.snapshot-lines"
HANDED_OVER = "（已移送）"  # what of is no longer everybody's to read


@dataclass
class Frozen:
    """What freezing came to."""

    parts: list[bytes] = field(default_factory=list)
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("opened", "closed", "still_open", "overdue"), 0)
    )

    def digest(self, head: dict[str, Any]) -> str:
        """One digest of the head and of every part in order; `digest_of` reckons it anew."""
        return digest_of(head, self.parts)


def digest_of(head: dict[str, Any], parts: Sequence[bytes]) -> str:
    """SHA-256 over the head (canonical JSON) and the digest of each part."""
    made = hashlib.sha256(orjson.dumps(head, option=orjson.OPT_SORT_KEYS))
    for part in parts:
        made.update(hashlib.sha256(part).digest())
    return made.hexdigest()


@dataclass(frozen=True)
class Ledger:
    """The ledger of an area at a moment; `day` is that moment's day, for what is overdue."""

    session: Session
    ring: KeyRing
    area: str
    moment: datetime
    day: date

    def freeze(self) -> Frozen:
        """Every case opened by then, `PART_LINES` at a time."""
        made = Frozen()
        for cases in self._cases():
            lines = [line for line in self._lines(cases) if line["area"].startswith(prefix(self.area))]
            made.parts.append(b"\n".join(orjson.dumps(line) for line in lines))
            for line in lines:
                made.counts["opened"] += 1
                made.counts["closed" if line["state"] == states.CLOSED else "still_open"] += 1
                made.counts["overdue"] += line["overdue"]
        return made

    def _cases(self) -> Iterator[Sequence[Case]]:
        after = ""
        left = select(CaseEvent.case_id).where(col(CaseEvent.at) > self.moment, col(CaseEvent.action) == "transfer")
        while True:
            query = (
                select(Case)
                .where(or_(below(col(Case.area), prefix(self.area)), col(Case.case_id).in_(left)))
                .where(col(Case.case_id) > after)
                .where(col(Case.opened_at) <= self.moment)
                .order_by(col(Case.case_id))
                .limit(PART_LINES)
            )
            found = self.session.exec(query).all()
            if not found:
                return
            yield found
            after = found[-1].case_id

    def _lines(self, cases: Sequence[Case]) -> list[dict[str, Any]]:
        ids = [case.case_id for case in cases]
        items, history = of_cases(self.session, ids), self._history(ids)
        return [self._line(case, items.get(case.case_id, []), history.get(case.case_id, [])) for case in cases]

    def _history(self, case_ids: Sequence[str]) -> dict[str, list[CaseEvent]]:
        """Everything that happened to the cases to which something happened after the moment, oldest first."""
        of = col(CaseEvent.case_id)
        later = select(CaseEvent.case_id).where(of.in_(case_ids), col(CaseEvent.at) > self.moment).distinct()
        query = select(CaseEvent).where(of.in_(later)).order_by(col(CaseEvent.at), col(CaseEvent.event_id))
        found: dict[str, list[CaseEvent]] = {}
        for event in self.session.exec(query):
            found.setdefault(event.case_id, []).append(event)
        return found

    def _line(self, case: Case, items: Sequence[CaseItem], history: Sequence[CaseEvent]) -> dict[str, Any]:
        was = alterations.taken_back(self.ring, case, items, [one for one in history if one.at > self.moment])
        state = was["state"] or states.AWAITING_ACCEPTANCE
        shut = state == states.CLOSED and _shut(case, [one for one in history if one.at <= self.moment])
        people = [name.split(".")[1] for name, value in was.items() if name.endswith(".standing") and value is not None]
        return {
            "case_id": case.case_id,
            "area": was["area"],
            "origin": case.origin,
            "state": state,
            "state_label": states.LABELS[state],
            "task": HANDED_OVER
            if case.handed_over
            else _task(self.ring, case, [was[f"items.{one}.kind"] for one in people]),
            "measure": None if case.handed_over else was["measure"],
            "due_on": was["due_on"],
            "overdue": _late(state, was, self.day),
            "responsible_unit": was["responsible_unit"],
            "responsible_person": was["responsible_person"],
            "tier": was["tier"],
            "codes": sorted(code for one in people if (code := was[f"items.{one}.code"])),
            "opened_on": case.opened_on.isoformat(),
            "closed_on": _day(shut) if shut else None,
            "closed_reason": was["closed_reason"],
        }


def _shut(case: Case, before: Sequence[CaseEvent]) -> datetime | None:
    """When a case that was closed then had been closed: its last step into that state; without later steps, its own."""
    shut = [one.at for one in before if one.state_after == states.CLOSED != one.state_before]
    return shut[-1] if shut else case.closed_at


def _task(ring: KeyRing, case: Case, kinds: Sequence[str | None]) -> str:
    """What is to be done, without saying about whom: a problem's own title, else the kinds of doubt."""
    if case.title_sealed is not None and not kinds:
        return ring.decrypt(case.title_sealed, f"{TITLE}.{case.case_id}")
    told = "、".join(KIND_TITLES[kind] for kind in sorted({kind for kind in kinds if kind}))
    return f"{told}核查（{len(kinds)}人）" if kinds else "（无待核查对象）"


def _late(state: str, was: alterations.Values, day: date) -> bool:
    due = {states.AWAITING_ACCEPTANCE: "accept_due_on", states.SUSPENDED: "suspended_until"}.get(state, "due_on")
    told = was[due]
    return state != states.CLOSED and told is not None and date.fromisoformat(told) < day


def _day(at: datetime) -> str:
    return at.astimezone(CHINA).date().isoformat()
