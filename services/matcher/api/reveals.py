"""What unmasking costs at every door of the matcher: a reason, and a place in the caller's budget of the day."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import Depends, Query, Request
from sqlmodel import Session

from kit.auth import Caller, requires
from kit.problems import ScopeMissing
from kit.reveals import REASON_TOLD, Reason, RevealBudgetSpent, RevealReasonMissing, Seen, Teller, reason_given, spend
from kit.watermarks import Shown, Watermark
from matcher.audit.store import BOOKS
from matcher.leads.tables import Lead

REVEALS = "leads:reveal"
EXPORT_PROBLEMS = (RevealBudgetSpent, RevealReasonMissing)


def tell(request: Request, session: Session, caller: Caller, people: Iterable[Seen]) -> None:
    """Spend on these people before they are told. Raises RevealBudgetSpent."""
    state = request.app.state
    spend(BOOKS, Teller(session, state.ring, caller, state.settings), people)


def people_of(lead: Lead, candidates: Iterable[dict[str, str | None]]) -> list[Seen]:
    """Whom a lead tells of: its person, and those it may mean."""
    named = [Seen(str(one["person_id"]), lead.area) for one in candidates]
    return [Seen(lead.subject_id, lead.area), *named]


def allowed(caller: Caller, reason: Reason | None) -> Reason:
    """The reason of a caller who may see identities. Raises ScopeMissing, RevealReasonMissing."""
    if REVEALS not in caller.scopes:
        raise ScopeMissing(scope=REVEALS)
    return reason_given(reason)


def watermark(
    caller: Annotated[Caller, Depends(requires("leads:read"))],
    identity: Shown = "masked",
    reason: Annotated[Reason | None, Query(description=REASON_TOLD)] = None,
) -> Watermark:
    """The mark of an export: masked, or in full for a caller who may reveal and says why."""
    if identity == "full":
        return Watermark.of(caller, "full", allowed(caller, reason))
    return Watermark.of(caller)


Marked = Annotated[Watermark, Depends(watermark)]
