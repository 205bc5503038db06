"""Evidence of a case: photographs, papers, receipts, kept sealed; what a file is, is told from its bytes.

A piece is never altered and never deleted by hand: one that should not be there is withdrawn, with the reason, and
stays on record. Contents stand in the database, so that they come and go with the case's own transaction and with the
same backup, as text like every other sealed cell, so that a change of keys reaches them.
"""

import base64
import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from kit.columns import new_id, now
from kit.crypto import KeyRing
from kit.problems import NotFound
from kit.uploads import SentFile
from registry.desk import Desk
from registry.ledger.evidence_problems import EvidenceTooLarge, EvidenceTooMany, EvidenceTypeUnknown, EvidenceWithdrawn
from registry.ledger.tables import Case, Evidence, EvidenceContent

MOST_BYTES = 10 * 1024 * 1024  # of one piece: a photograph of a telephone has two to eight
MOST_PIECES = 50  # of one case
NAME, CONTENT, WITHDRAWN = "ledger.evidence-name", "ledger.evidence", "ledger.evidence-withdrawn"
_NAME_LENGTH = 80
# How a file of each kind begins (offset, bytes) → its media type and the ending it is given back with.
_BEGINS: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg", ".jpg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
    (0, b"%PDF-", "application/pdf", ".pdf"),
    (8, b"WEBP", "image/webp", ".webp"),
    (4, b"ftypheic", "image/heic", ".heic"),
    (4, b"ftypmif1", "image/heic", ".heic"),
)


@dataclass(frozen=True)
class Told:
    """A piece of evidence with its name in the clear."""

    row: Evidence
    name: str


def add(desk: Desk, case: Case, file: SentFile, about: str) -> Evidence:
    """Keep a piece; the same bytes again are the piece already there.

    Raises EvidenceTooLarge, EvidenceTypeUnknown, EvidenceTooMany.
    """
    if len(file.content) > MOST_BYTES:
        raise EvidenceTooLarge(limit=MOST_BYTES // (1024 * 1024))
    kind, ending = _kind(file.content)
    digest = hashlib.sha256(file.content).hexdigest()
    there = desk.session.exec(_of(case.case_id).where(col(Evidence.sha256) == digest)).first()
    if there is not None and there.withdrawn_at is None:
        return there
    if desk.session.exec(select(func.count()).select_from(_of(case.case_id).subquery())).one() >= MOST_PIECES:
        raise EvidenceTooMany(limit=MOST_PIECES)
    evidence_id = new_id()
    row = Evidence(
        evidence_id=evidence_id,
        case_id=case.case_id,
        about=about,
        media_type=kind,
        bytes=len(file.content),
        sha256=digest,
        name_sealed=desk.ring.encrypt(clean_name(file.name, ending), f"{NAME}.{evidence_id}"),
        added_at=now(),
        added_by=desk.caller.client_id,
    )
    sealed = desk.ring.encrypt(base64.b64encode(file.content).decode(), f"{CONTENT}.{evidence_id}")
    desk.session.add(row)
    desk.session.flush()
    desk.session.add(EvidenceContent(evidence_id=evidence_id, content_sealed=sealed))
    desk.session.flush()
    return row


def _kind(content: bytes) -> tuple[str, str]:
    for at, begins, kind, ending in _BEGINS:
        if content[at : at + len(begins)] == begins:
            return kind, ending
    raise EvidenceTypeUnknown


def clean_name(name: str, ending: str) -> str:
    """A sender's file name as one that can be shown and saved anywhere: no folder, no control or formatting sign, the
    ending of what the file is."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C" and sign not in '<>:"|?*')
    stem = plain.rpartition(".")[0] or plain
    return (stem.strip(" .")[:_NAME_LENGTH] or "证据") + ending


def of_case(session: Session, ring: KeyRing, case_id: str) -> list[Told]:
    """The pieces of a case, oldest first, withdrawn ones among them."""
    rows = session.exec(_of(case_id).order_by(col(Evidence.evidence_id))).all()
    return [told(ring, row) for row in rows]


def told(ring: KeyRing, row: Evidence) -> Told:
    """A piece with its name."""
    return Told(row, ring.decrypt(row.name_sealed, f"{NAME}.{row.evidence_id}"))


def find(session: Session, case_id: str, evidence_id: str) -> Evidence:
    """A piece of that case. Raises NotFound."""
    found = session.exec(_of(case_id).where(col(Evidence.evidence_id) == evidence_id)).first()
    if found is None:
        raise NotFound
    return found


def content_of(session: Session, ring: KeyRing, row: Evidence) -> bytes:
    """The file as it was sent. Raises NotFound where retention took the content away."""
    kept = session.get(EvidenceContent, row.evidence_id)
    if kept is None:
        raise NotFound
    return base64.b64decode(ring.decrypt(kept.content_sealed, f"{CONTENT}.{row.evidence_id}"))


def standing(session: Session, case_id: str) -> Sequence[Evidence]:
    """The pieces that count: none of the withdrawn."""
    return session.exec(_of(case_id).where(col(Evidence.withdrawn_at).is_(None))).all()


def _of(case_id: str) -> SelectOfScalar[Evidence]:
    return select(Evidence).where(col(Evidence.case_id) == case_id)


def withdraw(desk: Desk, row: Evidence, reason: str) -> None:
    """It counts no more, and stays on record with the reason. Raises EvidenceWithdrawn."""
    if row.withdrawn_at is not None:
        raise EvidenceWithdrawn
    row.withdrawn_at, row.withdrawn_by = now(), desk.caller.client_id
    row.withdrawn_reason_sealed = desk.ring.encrypt(reason, f"{WITHDRAWN}.{row.evidence_id}")
    desk.session.add(row)
    desk.session.flush()
