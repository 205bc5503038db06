"""An outcome's journey: what townships answered becomes settlements, decisions and labels.

The ledger's news tell how each item stands now. What was known to the lead when it was answered is kept with the
answer, so that only something else brings the lead back; and an answer that says who somebody is decides about rows.
Hearing the same news again changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from kit.columns import now
from kit.logs import get_logger
from matcher.flows.desk import Desk
from matcher.flows.publish_leads import tell
from matcher.flows.weigh_answers import Said, rulings
from matcher.leads import reading as leads
from matcher.leads.store import digests
from matcher.leads.tables import Lead
from matcher.screens.catalogue import BY_ID
from matcher.settlements import store
from matcher.settlements.rule import Ruling
from matcher.settlements.tables import Settlement

_log = get_logger("hear_answers")
_DAYS = ("reported_on", "settled_on", "suppress_until")
_SAID = ("code", "outcome_id", "closed_reason", "person_id", "duplicate_of", "standing", "lead_version", "kind")
_STATED = ("died_on", "name", "id_number")
_TELLING = ("standing", "code", "outcome_id", "suppress_until", "person_id", "stated")


@dataclass(frozen=True)
class Heard:
    """What is to be written: settlements, the leads whose case stands otherwise, and what the answers decide."""

    settlements: list[Settlement]
    cases: dict[str, tuple[str, str, date | None]]  # lead → case, its state, its term
    rulings: list[Ruling]
    screens: bool  # whether a screening would see anything new


def hear(desk: Desk, session: Session, news: Sequence[dict[str, Any]]) -> Heard:
    """Read the news of cases, in the order they were told. Writes nothing."""
    items = {
        str(item["lead_id"]): (case, item) for case in _last_words(news) for item in case["items"] if item["lead_id"]
    }
    known = store.of_leads(session, items.keys())
    rows = []
    for lead_id, (case, item) in items.items():
        before = known.get(lead_id)
        if before is None or before.case_id != case["case_id"] or before.case_version < case["version"]:
            rows.append(_settlement(desk, case, item, before))
    mine = _leads(session, [row.lead_id for row in rows])
    _keep_basis(desk, session, [row for row in rows if row.lead_id in mine], known)
    said = []
    for row in rows:
        if row.standing in store.ANSWERED and row.code is not None and row.decided != row.outcome_id:
            row.decided = row.outcome_id
            if row.lead_id in mine:
                said.append(Said(row, mine[row.lead_id], store.stated(desk.ring, row)))
    cases = {row.lead_id: _case(items[row.lead_id][0]) for row in rows}
    screens = any(_tells(known.get(row.lead_id), row) for row in rows)
    return Heard(rows, cases, rulings(desk, session, said), screens)


def keep(desk: Desk, session: Session, heard: Heard) -> bool:
    """Write it down and tell the readers of the list. True when records are to be linked anew. Within
    `Hold.writing`."""
    store.put(session, heard.settlements)
    decided = store.keep(session, desk.ring, heard.rulings)
    touched = _leads(session, sorted(heard.cases))
    for lead in touched.values():
        lead.case_id, lead.case_state, lead.due_on = heard.cases[lead.id]
        session.add(lead)
    tell(session, list(touched.values()))
    if heard.settlements:
        _log.info("answers_heard", count=len(heard.settlements))
    return decided


def _last_words(news: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One state per case, the newest; the order is that of the last word. An item has moved where it was told last."""
    last: dict[str, dict[str, Any]] = {}
    for case in news:
        last.pop(str(case["case_id"]), None)
        last[str(case["case_id"])] = case
    return list(last.values())


def _settlement(desk: Desk, case: dict[str, Any], item: dict[str, Any], before: Settlement | None) -> Settlement:
    stated = {name: item.get(name) for name in _STATED}
    sealed = store.seal(desk.ring, stated)
    if before is not None and store.stated(desk.ring, before) == stated:
        sealed = before.stated  # sealing the same twice gives two texts
    told: dict[str, Any] = {name: item.get(name) for name in _SAID} | {name: _day(item.get(name)) for name in _DAYS}
    return Settlement(
        lead_id=str(item["lead_id"]),
        item_id=str(item["item_id"]),
        case_id=str(case["case_id"]),
        case_version=int(case["version"]),
        case_state=str(case["state"]),
        area=str(case["area"]),
        heard_at=now(),
        stated=sealed,
        basis=before.basis if before is not None else None,
        decided=before.decided if before is not None else None,
        **told,
    )


def _tells(before: Settlement | None, row: Settlement) -> bool:
    """Whether a screening would see it: an answer that holds came, went, or says something else."""
    if row.standing not in store.ANSWERED and (before is None or before.standing not in store.ANSWERED):
        return False
    return before is None or any(getattr(row, name) != getattr(before, name) for name in _TELLING)


def _keep_basis(desk: Desk, session: Session, rows: Sequence[Settlement], known: dict[str, Settlement]) -> None:
    """What was known when an answer was given: of the version its giver saw, not of what came since."""
    fresh: dict[str, Settlement] = {}
    for row in rows:
        before = known.get(row.lead_id)
        if row.outcome_id is None:
            row.basis = None
        elif before is None or before.outcome_id != row.outcome_id or before.basis is None:
            fresh[row.lead_id] = row
    seen = leads.seen_at(session, {lead_id: row.lead_version for lead_id, row in fresh.items()})
    for lead_id, findings in seen.items():
        words: set[str] = set()
        for finding in findings:
            screen = BY_ID.get(finding.screen)
            if screen is not None:
                words |= set(screen.facts_of(leads.content(desk.ring, finding)["inputs"]))
        fresh[lead_id].basis = digests(desk.ring, words)


def _case(case: dict[str, Any]) -> tuple[str, str, date | None]:
    return str(case["case_id"]), str(case["state"]), _day(case.get("due_on"))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _leads(session: Session, ids: Sequence[str]) -> dict[str, Lead]:
    found: dict[str, Lead] = {}
    for start in range(0, len(ids), store.CHUNK):
        part = col(Lead.id).in_(ids[start : start + store.CHUNK])
        found |= {lead.id: lead for lead in session.exec(select(Lead).where(part))}
    return found
