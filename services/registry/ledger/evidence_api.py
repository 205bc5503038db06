"""Evidence of a case: attached by whoever works on it, listed without a name, opened one by one and counted."""

from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from kit.problems import REFUSALS, REPEATS, BodyUnreadable, NotFound, problems
from kit.reveals import reason_given
from kit.uploads import ONE_FILE_BODY, OneFile
from registry.audit.reveals import EXPORT_PROBLEMS, Asked, tell
from registry.audit.store import note
from registry.desk import Desk, writes
from registry.ledger import evidence, store
from registry.ledger.book import of_cases
from registry.ledger.evidence_problems import (
    EvidenceTooLarge,
    EvidenceTooMany,
    EvidenceTypeUnknown,
    EvidenceWithdrawn,
)
from registry.ledger.mine import is_mine
from registry.ledger.schemas import ReasonIn
from registry.ledger.show import people_of
from registry.ledger.tables import Evidence
from registry.table import IdempotentRoute, take_turns

router = APIRouter(tags=["ledger"], route_class=IdempotentRoute)
Reader = Annotated[Desk, Depends(writes("cases:read"))]
Worker = Annotated[Desk, Depends(writes("cases:write"))]
About = Literal["visit", "document", "closing"]


class EvidenceOut(BaseModel):
    """A piece of evidence: what it is, not what it shows. `sha256` is of the file as it was sent."""

    evidence_id: str
    about: About
    media_type: str
    bytes: int
    sha256: str
    added_at: datetime
    added_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None


class EvidenceListOut(BaseModel):
    """All pieces of a case, oldest first."""

    evidence: list[EvidenceOut]


def _out(row: Evidence) -> EvidenceOut:
    return EvidenceOut.model_validate(row.model_dump())


@router.post(
    "/cases/{case_id}/evidence",
    status_code=201,
    responses=problems(
        *REFUSALS, *REPEATS, NotFound, BodyUnreadable, EvidenceTooLarge, EvidenceTooMany, EvidenceTypeUnknown
    ),
    openapi_extra=ONE_FILE_BODY,
)
def add_evidence(
    desk: Worker,
    case_id: str,
    file: OneFile,
    about: Annotated[About, Query(description="入户照片 visit · 文书 document · 销号凭证 closing")] = "visit",
) -> EvidenceOut:
    """Attach a photograph (JPEG, PNG, WebP, HEIC) or a PDF of up to 10 MB: `curl -F file=@photo.jpg`.

    What the file is, is judged by its bytes. The same bytes again are the piece already there.
    """
    take_turns(desk.session, "evidence")
    case = store.find(desk.session, desk.caller, case_id)
    row = evidence.add(desk, case, file, about)
    note(desk.session, desk.ring, desk.caller, "evidence.add", case_id, evidence=row.evidence_id, sha256=row.sha256)
    desk.locate("get_evidence", case_id=case_id, evidence_id=row.evidence_id)
    return _out(row)


@router.get("/cases/{case_id}/evidence", responses=problems(*REFUSALS, NotFound))
def list_evidence(desk: Reader, case_id: str) -> EvidenceListOut:
    """What was attached to a case, when and by whom; a withdrawn piece stays listed."""
    store.find(desk.session, desk.caller, case_id)
    note(desk.session, desk.ring, desk.caller, "evidence.list", case_id)
    return EvidenceListOut(evidence=[_out(one.row) for one in evidence.of_case(desk.session, desk.ring, case_id)])


@router.get(
    "/cases/{case_id}/evidence/{evidence_id}",
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
        **problems(*REFUSALS, *EXPORT_PROBLEMS, NotFound),
    },
)
def get_evidence(desk: Reader, case_id: str, evidence_id: str, asked: Asked) -> Response:
    """The file itself. Whoever works on the case opens it freely; others need a token whose purpose is to reveal and a
    `reason`, and everybody the case tells of is counted. Raises RevealReasonMissing."""
    case = store.find(desk.session, desk.caller, case_id)
    row = evidence.find(desk.session, case_id, evidence_id)
    own = is_mine(desk.caller, case)
    if not own:
        reason_given(asked.reason)
        asked.of(desk.caller)
        tell(desk, people_of(desk.ring, case, of_cases(desk.session, [case_id]).get(case_id, [])))
    content = evidence.content_of(desk.session, desk.ring, row)
    name = evidence.told(desk.ring, row).name
    note(
        desk.session, desk.ring, desk.caller, "evidence.read", case_id, evidence=evidence_id, own=own,
        revealed=True, **({} if own else {"reason": asked.reason}),
    )  # fmt: skip
    return Response(
        content,
        media_type=row.media_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
            "Cache-Control": "no-store",
            "Content-Security-Policy": "sandbox",
        },
    )


@router.post(
    "/cases/{case_id}/evidence/{evidence_id}/withdraw",
    responses=problems(*REFUSALS, *REPEATS, NotFound, EvidenceWithdrawn),
)
def withdraw_evidence(desk: Worker, case_id: str, evidence_id: str, body: ReasonIn) -> EvidenceOut:
    """A piece that should not be there (another household's): it counts no more and stays on record."""
    take_turns(desk.session, "evidence")
    store.find(desk.session, desk.caller, case_id)
    row = evidence.find(desk.session, case_id, evidence_id)
    evidence.withdraw(desk, row, body.reason)
    note(desk.session, desk.ring, desk.caller, "evidence.withdraw", case_id, evidence=evidence_id)
    return _out(row)
