"""Cases as followers hear of them: where every lead's item stands and what its outcome stated, unmasked.

It travels under `registry:follow` only. A page of the changefeed takes a few queries, however many cases it names.
"""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.crypto import KeyRing
from kit.scope import within
from registry.ledger.book import BULK, of_cases
from registry.ledger.report import said
from registry.ledger.schemas import CaseNewsOut, ItemNewsOut
from registry.ledger.tables import Case, CaseItem, Outcome

_AS_IT_IS = (
    "item_id", "lead_id", "lead_version", "kind", "standing", "code", "outcome_id", "reported_on", "settled_on",
    "suppress_until", "closed_reason",
)  # fmt: skip
_STATED = ("person_id", "duplicate_of", "died_on", "name", "id_number")


def news_of(session: Session, ring: KeyRing, caller: Caller, case_ids: Sequence[str]) -> dict[str, CaseNewsOut]:
    """The cases among these that lie in the caller's area, as they stand now."""
    cases: list[Case] = []
    for start in range(0, len(case_ids), BULK):
        part = case_ids[start : start + BULK]
        query = select(Case).where(col(Case.case_id).in_(part), within(caller, col(Case.area)))
        cases += session.exec(query).all()
    items = of_cases(session, [case.case_id for case in cases])
    stated = _stated(session, ring, [item.outcome_id for those in items.values() for item in those if item.code])
    return {
        case.case_id: CaseNewsOut.model_validate(
            {
                "case_id": case.case_id,
                "state": case.state,
                "area": case.area,
                "due_on": case.due_on,
                "version": case.version,
                "items": [_item(item, stated) for item in items.get(case.case_id, []) if item.lead_id is not None],
            }
        )
        for case in cases
    }


def news_page(
    session: Session, ring: KeyRing, caller: Caller, after: str, limit: int
) -> tuple[list[CaseNewsOut], str | None]:
    """The news of up to `limit` cases with leads of the caller's area, by id after the one named; and the id the next
    page begins after, None when this was the last."""
    query = select(Case.case_id).where(col(Case.case_id) > after, within(caller, col(Case.area)))
    ids = list(session.exec(query.order_by(col(Case.case_id)).limit(limit)))
    news = news_of(session, ring, caller, ids)
    found = [news[case_id] for case_id in ids if news[case_id].items]
    return found, ids[-1] if len(ids) == limit else None


def _item(item: CaseItem, stated: dict[str, dict[str, Any]]) -> ItemNewsOut:
    content = stated.get(item.outcome_id or "", {})
    # Facts that came after the answer are new to it, even where the ledger has the newer version already.
    version = {"lead_version": item.answered_version or item.lead_version}
    as_it_is = {name: getattr(item, name) for name in _AS_IT_IS}
    return ItemNewsOut.model_validate({**as_it_is, **version, **{name: content.get(name) for name in _STATED}})


def _stated(session: Session, ring: KeyRing, outcome_ids: Sequence[str | None]) -> dict[str, dict[str, Any]]:
    """What these outcomes say beside their columns."""
    wanted = sorted(one for one in outcome_ids if one is not None)
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(wanted), BULK):
        query = select(Outcome).where(col(Outcome.outcome_id).in_(wanted[start : start + BULK]))
        found.update((row.outcome_id, said(ring, row)) for row in session.exec(query))
    return found
