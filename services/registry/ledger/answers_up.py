"""What was found out about leads the prefecture matched: told in full to the program that brought them, so that the
prefecture hears what its lists came to. Only answers that hold: confirmed where a second person confirms.
"""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.crypto import KeyRing
from registry.ledger import states
from registry.ledger.outcome_schemas import AnswerUpOut
from registry.ledger.report import said
from registry.ledger.store import visible
from registry.ledger.tables import Case, CaseItem, Outcome

HOLDING = (states.SETTLED, states.IN_PROGRESS, states.REVISIT)
_TERMS = ("responsible_unit", "responsible_person", "measure")


def page(session: Session, caller: Caller, after: str, limit: int) -> Sequence[Any]:
    """(item, outcome, case) of leads from the prefecture within the caller's area, in order of items."""
    query: Any = (
        select(CaseItem, Outcome, Case)
        .join(Outcome, col(Outcome.outcome_id) == col(CaseItem.outcome_id))
        .join(Case, col(Case.case_id) == col(CaseItem.case_id))
        .where(
            visible(caller),
            col(CaseItem.origin) == "prefecture",
            col(CaseItem.lead_id).is_not(None),
            col(CaseItem.standing).in_(HOLDING),
            col(CaseItem.item_id) > after,
        )
    )
    found: Sequence[Any] = session.exec(query.order_by(col(CaseItem.item_id)).limit(limit)).all()
    return found


def out(ring: KeyRing, item: CaseItem, outcome: Outcome, case: Case) -> AnswerUpOut:
    """The answer as the prefecture's ledger takes it. Persons have other ids there, so none is named."""
    stated = {name: getattr(outcome, name) for name in AnswerUpOut.model_fields if hasattr(outcome, name)}
    told = {name: value for name, value in said(ring, outcome).items() if name != "person_id"}
    terms = {name: getattr(case, name) for name in _TERMS}
    return AnswerUpOut.model_validate({**stated, **told, **terms, "lead_id": item.lead_id})
