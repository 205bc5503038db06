"""What agencies answer when they are asked to correct a row, and what the county office decides where they insist."""

from collections.abc import Collection

from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.columns import now
from kit.crypto import KeyRing
from matcher.settlements.tables import CorrectionWord, Label

REASON = "correction_word.reason"
CORRECTED, RIGHT, UNKNOWN = "corrected-at-source", "confirmed-right", "cannot-verify"
ANSWERS = (CORRECTED, RIGHT, UNKNOWN)
AGENCY_RIGHT, VISIT_RIGHT = "agency-right", "visit-right"
DECISIONS = (AGENCY_RIGHT, VISIT_RIGHT)


def last_of(session: Session, correction_ids: Collection[str]) -> dict[str, list[CorrectionWord]]:
    """The words on each of these requests, in order."""
    query = select(CorrectionWord).where(col(CorrectionWord.correction_id).in_(list(correction_ids)))
    found: dict[str, list[CorrectionWord]] = {}
    for word in session.exec(query.order_by(col(CorrectionWord.number))):
        found.setdefault(word.correction_id, []).append(word)
    return found


def insisted(session: Session, lead_id: str) -> list[tuple[CorrectionWord, Label]]:
    """Rows behind a lead of which their agency says that they are right, and nobody has decided."""
    labels = {one.id: one for one in session.exec(select(Label).where(col(Label.lead_id) == lead_id))}
    words = last_of(session, labels)
    return [(said[-1], labels[one]) for one, said in sorted(words.items()) if said[-1].said == RIGHT]


def say(session: Session, ring: KeyRing, caller: Caller, label: Label, word: tuple[str, str | None]) -> CorrectionWord:
    """Write a word down."""
    said, reason = word
    row = CorrectionWord(
        correction_id=label.id,
        lead_id=label.lead_id,
        said=said,
        reason=None if reason is None else ring.encrypt(reason, REASON),
        agency=caller.agency,
        area=label.area,
        client_id=caller.client_id,
        said_at=now(),
    )
    session.add(row)
    session.flush()
    return row


def reason_of(ring: KeyRing, word: CorrectionWord) -> str | None:
    """Why."""
    return None if word.reason is None else ring.decrypt(word.reason, REASON)
