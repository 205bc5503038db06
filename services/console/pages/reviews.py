"""The review bench: one doubt at a time with both sides, and after each answer the next one at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from console import bench, words
from console.door import AtDesk, Desk, Form, OfForm
from console.services import MATCHER, Refused
from console.show import shown
from kit.columns import now

router = APIRouter(include_in_schema=False)
REVIEWS = f"{MATCHER}/reviews"
DECIDES, OVERSEES, REVEALS = "reviews:decide", "reviews:oversee", "leads:reveal"
REASONS = tuple((code, words.REASONS[code]) for code in ("identity", "correction", "complaint", "supervision"))
NEWS = {
    "none": "现在没有等您复核的了。",
    "released": "已放回，别人可以领取。",
    "undone": "已撤销。那一条重新排队，可以再领取。",
    "again": "已撤销，请重新作答。",
    "later": "已推后七天。到时会再出现。",
}
ID = re.compile(r"[0-9a-f-]{36}")
LOST = frozenset({"review-not-held", "review-closed", "decided-meanwhile", "nothing-to-undo", "version-mismatch"})


async def known(review_id: str) -> str:
    """What looks like a review's id: beside the reviews the matcher has other addresses."""
    if ID.fullmatch(review_id) is None:
        raise HTTPException(404)
    return review_id


ReviewId = Annotated[str, Depends(known)]


@dataclass(frozen=True)
class Last:
    """The answer just given, as the next page shows it: of which review, what, how that one stands, and its version."""

    review_id: str
    said: str
    stood: str
    seen: int

    @property
    def text(self) -> str:
        """In words."""
        more = {"open": "；还要另一位独立复核", "deferred": "；搁置，等新的依据"}.get(self.stood, "")
        return f"上一条：{bench.VERDICTS[self.said]}{more}。"


@dataclass(frozen=True)
class Beside:
    """What a page says beside the review itself: the answer before, a piece of news, both sides in the clear, what was
    refused and what had been typed."""

    last: Last | None = None
    news: str | None = None
    seen: Mapping[str, Any] | None = None
    refused: Refused | None = None
    typed: str = ""


@router.post("/reviews/claim")
async def claim(given: OfForm) -> Response:
    """The next one; what somebody holds already comes first."""
    return await _next(given.desk)


@router.get("/reviews/{review_id}")
async def show_review(desk: AtDesk, review_id: ReviewId) -> Response:
    """One doubt: to decide on for whoever holds it, to read for others."""
    asked = desk.request.query_params
    return await _shown(desk, review_id, Beside(last_of(asked), NEWS.get(asked.get("news", ""))))


@router.post("/reviews/{review_id}/decision")
async def decide(given: OfForm, review_id: ReviewId) -> Response:
    """Answer it and go on to the next. Nothing typed is lost where the matcher says no."""
    desk, verdict = given.desk, given.text("verdict") or ""
    body = {"verdict": verdict, "comment": given.text("comment")}
    if verdict == "same":
        body["candidate_id"] = given.text("candidate_id")
    try:
        told = await desk.post(
            f"{REVIEWS}/{review_id}/decision", {name: value for name, value in body.items() if value},
            version=_version(given),
        )  # fmt: skip
    except Refused as refused:
        if refused.code in LOST:
            return _lost(desk, review_id, refused, answered=True)
        return await _shown(desk, review_id, Beside(refused=refused, typed=given.text("comment") or ""))
    if verdict == "later":
        return await _next(desk, "later")
    return await _next(desk, last=Last(review_id, verdict, told["state"], told["version"]))


@router.post("/reviews/{review_id}/release")
async def release(given: OfForm, review_id: ReviewId) -> Response:
    """Give it back unanswered."""
    try:
        await given.desk.post(f"{REVIEWS}/{review_id}/release", None)
    except Refused as refused:
        if refused.code in LOST:
            return _lost(given.desk, review_id, refused)
        raise
    return RedirectResponse("/reviews?news=released", 303)


@router.post("/reviews/{review_id}/reveal")
async def reveal(given: OfForm, review_id: ReviewId) -> Response:
    """Both sides in the clear: counted, and in the journal with the reason."""
    desk = given.desk
    try:
        seen = await desk.reveal(f"{REVIEWS}/{review_id}/reveal", given.text("reason") or "identity")
    except Refused as refused:
        if refused.code in LOST:
            return _lost(desk, review_id, refused)
        return await _shown(desk, review_id, Beside(refused=refused))
    return await _shown(desk, review_id, Beside(seen=seen))


@router.post("/reviews/{review_id}/undo")
async def undo(given: OfForm, review_id: ReviewId) -> Response:
    """Take the last answer back and lay that review on the bench again; what was taken up meanwhile is given back."""
    desk, comment, holding = given.desk, given.text("comment"), given.text("holding")
    try:
        await desk.post(
            f"{REVIEWS}/{review_id}/undo", {"comment": comment} if comment else None, version=_version(given)
        )
    except Refused as refused:
        if refused.code in LOST:
            return _lost(desk, review_id, refused)
        raise
    if not given.text("again"):
        return RedirectResponse("/reviews?news=undone", 303)
    if holding is not None and ID.fullmatch(holding):
        await _give_back(desk, holding)
    return await _next(desk, "undone", again=review_id)


async def _give_back(desk: Desk, review_id: str) -> None:
    """What is held, if it still is."""
    try:
        await desk.post(f"{REVIEWS}/{review_id}/release", None)
    except Refused as refused:
        if refused.code not in LOST:
            raise


async def _next(desk: Desk, news: str | None = None, *, last: Last | None = None, again: str = "") -> Response:
    """On to the next review, or to the list where none is left; `again`: the one that is to come back."""
    review = (await desk.post(f"{REVIEWS}/claim", {"first": again} if again else None))["review"]
    told: dict[str, object] = {}
    if last is not None:
        told = {"last": last.review_id, "said": last.said, "stood": last.stood, "seen": last.seen}
    if review is None:
        return RedirectResponse(f"/reviews?{urlencode({'news': news or 'none', **told})}", 303)
    if news is not None:
        told["news"] = "again" if review["review_id"] == again else news
    return RedirectResponse(f"/reviews/{review['review_id']}" + (f"?{urlencode(told)}" if told else ""), 303)


def last_of(asked: Mapping[str, str]) -> Last | None:
    """The answer just given, as the address says; anything else than we would write there is nothing."""
    review_id, said, stood, seen = (asked.get(name, "") for name in ("last", "said", "stood", "seen"))
    if ID.fullmatch(review_id) is None or said not in ("same", "different", "unsure"):
        return None
    return Last(review_id, said, stood, int(seen)) if seen.isascii() and seen.isdigit() else None


def _version(given: Form) -> int:
    told = given.text("version") or ""
    return int(told) if told.isascii() and told.isdigit() else 0


async def _shown(desk: Desk, review_id: str, beside: Beside) -> Response:
    review = await desk.get(f"{REVIEWS}/{review_id}")
    may = desk.signed.may
    if beside.seen is not None:
        for side, clear in zip(review["comparisons"], beside.seen["comparisons"], strict=True):
            side["differences"] = clear["differences"]
    until = review["held_until"]
    return shown(
        desk.request, "review.html", status=beside.refused.status if beside.refused else 200,
        review=review, lines=bench.lines_of(review), candidates=bench.candidates_of(review),
        readings=bench.readings_of(review), reason=bench.REASONS.get(review["reason"], bench.REASONS["possible"]),
        states=bench.STATES, closed=bench.CLOSED, reasons=REASONS, beside=beside, last=beside.last,
        held=until is not None and may(DECIDES), expired=until is not None and datetime.fromisoformat(until) < now(),
        decides=may(DECIDES), may_reveal=may(REVEALS, DECIDES),
        undoable=may(DECIDES) and bench.takes_back(review, oversees=may(OVERSEES)),
    )  # fmt: skip


def _lost(desk: Desk, review_id: str, refused: Refused, *, answered: bool = False) -> Response:
    """Somebody else was quicker, or the hold ran out; what was `answered` did not count."""
    return shown(
        desk.request, "review_lost.html", status=refused.status, refused=refused, review_id=review_id,
        answered=answered,
    )  # fmt: skip
