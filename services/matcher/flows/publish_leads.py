"""Leads go out to the registry's ledger: the one call of the matcher that changes something elsewhere.

Safe to repeat: the registry keeps the highest version of a lead and answers the same again, so a worker killed
between the call and the note of it sends once more and nothing doubles.
"""

from typing import Any

from kit.database import reading
from kit.logs import get_logger
from matcher.batches import store as batches
from matcher.batches.states import move
from matcher.flows.desk import Desk, Hold
from matcher.leads import outbox
from matcher.leads import reading as leads
from matcher.leads.tables import Lead
from matcher.registry_client import RegistryRefused

_log = get_logger("publish_leads")


def publish_leads(hold: Hold) -> bool:
    """Send a page of leads the registry does not know yet. True when there was one.

    Raises RegistryDown after what was answered until then is written down.
    """
    desk = hold.desk
    with reading(desk.database) as session:
        due = outbox.due(session, desk.settings.publish_page)
        bodies = [_body(desk, session, lead) for lead in due]
    answers: list[outbox.Answer] = []
    try:
        for lead, body in zip(due, bodies, strict=True):
            answers.append(_send(desk, lead, body))
    finally:
        with hold.writing() as session:
            outbox.settle(session, answers)
            if not outbox.untold(session):
                for batch in batches.in_state(session, "screened"):
                    move(batch, "published")
                    session.add(batch)
    if due:
        _log.info("leads_published", leads=len(answers), rejected=sum(answer.error is not None for answer in answers))
    return bool(due)


def _send(desk: Desk, lead: Lead, body: dict[str, Any]) -> outbox.Answer:
    try:
        case = desk.registry.put_case(lead.id, body)
    except RegistryRefused as refusal:
        _log.warning("lead_refused", lead_id=lead.id, status=refusal.status, code=refusal.code)
        return outbox.Answer(lead.id, lead.version, error=refusal.code)
    return outbox.Answer(lead.id, lead.version, str(case["case_id"]), str(case["state"]))


def _body(desk: Desk, session: Any, lead: Lead) -> dict[str, Any]:
    told = leads.snapshot(desk.ring, lead)
    found = leads.findings(session, [lead.id])[lead.id]
    return {
        "lead_version": lead.version,
        "state": lead.state,
        "area": lead.area,
        "household_key": lead.household_key,
        "person_id": lead.subject_id if lead.registered else None,
        "subject_id": None if lead.registered else lead.subject_id,
        "snapshot": {name: told.get(name) for name in ("name", "id_number", "phone", "address")},
        "tier": lead.tier,
        "screens": lead.screens if lead.state == "open" else [],
        "reasons": [leads.content(desk.ring, row)["reason"] for row in found],
        "due_on": None,
    }
