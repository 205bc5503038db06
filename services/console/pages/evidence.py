"""What is attached to a case: photographs and papers, listed, added, opened, and taken back with a reason.

Whoever works on the case opens a piece freely; others say why, and everybody the case tells of is counted.
"""

import asyncio

import httpx
from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from console import words
from console.door import AtDesk, Desk, OfForm
from console.services import REGISTRY, Refused
from console.show import shown
from kit.columns import new_id

router = APIRouter(include_in_schema=False)
ABOUT = {"visit": "入户照片", "document": "文书", "closing": "销号凭证"}
KINDS = {
    "image/jpeg": "照片", "image/png": "图片", "image/webp": "图片", "image/heic": "照片", "application/pdf": "PDF",
}  # fmt: skip
MOST_BYTES = 10 * 1024 * 1024
REASON_MISSING = "reveal-reason-missing"


@router.get("/cases/{case_id}/evidence")
async def show_evidence(desk: AtDesk, case_id: str) -> Response:
    """All pieces, those taken back too."""
    return await _page(desk, case_id)


async def _page(desk: Desk, case_id: str, why: str | None = None, status: int = 200) -> Response:
    path = f"{REGISTRY}/cases/{case_id}"
    case, told = await asyncio.gather(desk.get(path), desk.get(f"{path}/evidence"))
    return shown(
        desk.request, "evidence.html", status=status, why=why, case=case, pieces=told["evidence"], about=ABOUT,
        kinds=KINDS, reasons=words.REASONS,
    )  # fmt: skip


@router.post("/cases/{case_id}/evidence")
async def add_evidence(given: OfForm, case_id: str) -> Response:
    """One piece; what it is the registry judges by its bytes."""
    desk, file, about = given.desk, given.file("file"), given.text("about") or "document"
    if file is None:
        return await _page(desk, case_id, "请选择照片或 PDF。", 422)
    if (file.size or 0) > MOST_BYTES:
        return await _page(desk, case_id, "单个附件不超过 10 MB。请缩小照片或分开上传。", 413)
    sent = {"file": (file.filename, await file.read(), file.content_type or "application/octet-stream")}
    try:
        await desk.services.call(
            desk.signed, "POST", f"{REGISTRY}/cases/{case_id}/evidence", files=sent, params={"about": about},
            headers={"Idempotency-Key": new_id()},
        )  # fmt: skip
    except Refused as refused:
        return await _page(desk, case_id, refused.detail, refused.status)
    return RedirectResponse(f"/cases/{case_id}/evidence", 303)


@router.get("/cases/{case_id}/evidence/{evidence_id}")
async def open_evidence(desk: AtDesk, case_id: str, evidence_id: str) -> Response:
    """The file, for whoever works on the case; others are asked why."""
    path = f"{REGISTRY}/cases/{case_id}/evidence/{evidence_id}"
    try:
        return _file(await desk.services.call(desk.signed, "GET", path))
    except Refused as refused:
        if refused.code != REASON_MISSING:
            raise
    return await _page(desk, case_id, "您没有签收这一户，请在下面选择理由后打开。", 422)


@router.post("/cases/{case_id}/evidence/{evidence_id}")
async def reveal_evidence(given: OfForm, case_id: str, evidence_id: str) -> Response:
    """The file for a reason: counted, and in the journal."""
    desk, reason = given.desk, given.text("reason")
    if reason not in words.REASONS:
        return await _page(desk, case_id, "请选择为什么要看。", 422)
    looking, kept = await desk.services.looking(desk.signed)
    desk.keep(kept)
    path = f"{REGISTRY}/cases/{case_id}/evidence/{evidence_id}"
    return _file(await desk.services.call(looking, "GET", path, params={"reason": reason}))


def _file(answer: httpx.Response) -> Response:
    """As the registry gives it: always to be saved, never shown within a page of ours."""
    headers = {"Content-Disposition": answer.headers["content-disposition"]}
    return Response(answer.content, media_type=answer.headers["content-type"], headers=headers)


@router.post("/cases/{case_id}/evidence/{evidence_id}/withdraw")
async def withdraw_evidence(given: OfForm, case_id: str, evidence_id: str) -> Response:
    """A piece that should not be there counts no more; it stays on record."""
    desk, reason = given.desk, given.text("reason")
    if not reason:
        return await _page(desk, case_id, "请写明撤回的原因。", 422)
    try:
        await desk.post(f"{REGISTRY}/cases/{case_id}/evidence/{evidence_id}/withdraw", {"reason": reason})
    except Refused as refused:
        return await _page(desk, case_id, refused.detail, refused.status)
    return RedirectResponse(f"/cases/{case_id}/evidence", 303)
