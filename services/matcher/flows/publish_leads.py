"""Leads go out to the registry's ledger: the one call of the matcher that changes something elsewhere.

Safe to repeat: the registry keeps the highest version of a lead and answers the same again, so a worker killed
between the call and the note of it sends once more and nothing doubles. Readers of the list are told of a lead in the
transaction that notes its case.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from kit.database import reading
from kit.logs import get_logger
from kit.traces import going_on
from matcher.batches import store as batches
from matcher.batches.states import move
from matcher.flows.desk import WORKER, Desk, Hold
from matcher.leads import changes, outbox
from matcher.leads import reading as leads
from matcher.leads.tables import Finding, Lead
from matcher.people import store as people
from matcher.screens.catalogue import BY_ID

_log = get_logger("publish_leads")
# What the ledger calls a lead, by what its screens are about; where they disagree the gravest. All others of
# screens.screen.KINDS ask whether somebody goes without.
_KINDS = {"wrongly-covered": "wrong", "review": "wrong", "payment": "doubt", "conduct": "doubt", "care": "doubt"}
_GRAVEST = ("missed", "wrong", "doubt")


def publish_leads(hold: Hold) -> bool:
    """Send a page of leads the registry does not know yet. True when there was one. Raises RegistryDown."""
    desk = hold.desk
    with reading(desk.database) as session:
        due = outbox.due(session, desk.settings.publish_page)
        found = leads.findings(session, [lead.id for lead in due])
        bodies = [_body(desk, lead, found[lead.id]) for lead in due]
        of_batches = batches.traces(session, "screened")
    answers: list[outbox.Answer] = []
    if due:
        with going_on(WORKER, "publish_leads", of_batches, leads=len(due)):
            answers = _offered(hold, due, bodies)
    with hold.writing() as session:
        taken = outbox.settle(session, answers)
        tell(session, taken)
        if not outbox.untold(session):
            for batch in batches.in_state(session, "screened"):
                move(batch, "published")
                session.add(batch)
    if due:
        _log.info("leads_published", leads=len(answers), rejected=sum(answer.error is not None for answer in answers))
    return bool(due)


def _offered(hold: Hold, due: Sequence[Lead], bodies: list[dict[str, Any]]) -> list[outbox.Answer]:
    """The ledger's answers. Raises RegistryDown."""
    with hold.writing() as session:
        outbox.offer(session, due)
    attempts = sum(lead.publish_attempts for lead in due)
    results = hold.desk.registry.put_cases(bodies, attempts)
    return [_answer(lead, results.get(lead.id)) for lead in due]


def tell(session: Session, touched: Sequence[Lead]) -> None:
    """Number what readers of the list do not know yet of these leads. Only within `Hold.writing`."""
    standing = people.standing(session)
    standing.change_seq = changes.record(session, touched, standing.change_seq)
    session.add(standing)


def _answer(lead: Lead, result: dict[str, Any] | None) -> outbox.Answer:
    """What the registry said of one lead; one it passed over is asked again."""
    code = "unanswered" if result is None else result.get("code")
    if result is None or code is not None:
        _log.warning("lead_refused", lead_id=lead.id, code=code)
        return outbox.Answer(lead.id, lead.version, error=str(code)[:80])
    return outbox.Answer(lead.id, lead.version, result.get("case_id"), result.get("state"))


def _body(desk: Desk, lead: Lead, found: Sequence[Finding]) -> dict[str, Any]:
    told = leads.snapshot(desk.ring, lead)
    abouts = {screen: BY_ID[screen].kind for screen in lead.screens if screen in BY_ID}
    return {
        "lead_id": lead.id,
        "lead_version": lead.version,
        "state": lead.state,
        "kind": _kind(lead.screens, abouts),
        "area": lead.area,
        "household_key": lead.household_key,
        "person_id": lead.subject_id if lead.registered else None,
        "subject_id": None if lead.registered else lead.subject_id,
        "candidates": leads.candidates(desk.ring, lead),
        "snapshot": {name: told.get(name) for name in ("name", "id_number", "phone", "address")},
        "tier": lead.tier,
        "screens": lead.screens if lead.state == "open" else [],
        "hits": [{"screen": screen, "kind": about} for screen, about in abouts.items()] if lead.state == "open" else [],
        "reasons": [leads.content(desk.ring, row)["reason"] for row in found],
        "due_on": None,
        "due_days": lead.due_days if lead.state == "open" else None,
        "knows_outcome": lead.knows_outcome,
        "return_reason": lead.return_reason,
    }


def _kind(screens: Sequence[str], abouts: Mapping[str, str]) -> str:
    """A screen that is no longer in the catalogue looked for people who were missed, as far as anybody knows."""
    found = {_KINDS.get(abouts.get(screen, ""), "missed") for screen in screens}
    return next((kind for kind in _GRAVEST if kind in found), "missed")
