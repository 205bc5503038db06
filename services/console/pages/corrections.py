"""更正要求: rows a visit or a rule found wrong go back to their sender, who answers; where it insists, the county
decides."""

from typing import Any

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from console.delivering import KINDS
from console.door import AtDesk, Desk, OfForm, settings_of
from console.files import passed_on
from console.services import MATCHER, Refused
from console.show import shown

router = APIRouter(include_in_schema=False)
ANSWERS = {"corrected-at-source": "已在源系统改正", "confirmed-right": "核实无误", "cannot-verify": "无法核实"}
DECISIONS = {"agency-right": "部门无误，结束", "visit-right": "以核查为准，请部门改正"}
# Ways to look: name → title, what the list is narrowed to, and what is said where there is none.
VIEWS = {
    "open": ("待答复", {"state": "open"}, "没有等待答复的更正要求。"),
    "insisted": ("部门坚持，待裁定", {"answer": "confirmed-right"}, "没有等待裁定的。"),
    "answered": ("已了结", {"state": "answered"}, "还没有了结的。"),
    "all": ("全部", {}, "没有更正要求。"),
}
REASON_MOST = 300
ENOUGH, MOST_PAGES = 20, 10  # the matcher narrows each page: a few are read until there is something to look at


@router.get("/corrections")
async def show_corrections(desk: AtDesk) -> Response:
    """A page of the requests, the first found first."""
    return await _page(desk)


@router.get("/corrections/export.xlsx")
async def fetch_list(desk: AtDesk) -> Response:
    """The open requests as a workbook to be filled in."""
    feed = desk.request.query_params.get("feed")
    return await passed_on(desk, f"{MATCHER}/corrections/export.xlsx", "更正要求.xlsx", feed=feed)


@router.post("/corrections/answers")
async def take_list(given: OfForm) -> Response:
    """The workbook filled in: what became of each row."""
    desk, file = given.desk, given.file("sheet")
    content = await file.read() if file else b""
    if file is None or not content:
        return await _page(desk, status=422, why_sheet="请选择填好的更正要求表（从这里下载的那份）。")
    kind = KINDS.get((file.filename or "").rpartition(".")[2].lower(), "application/octet-stream")
    try:
        answer = await desk.services.send(
            desk.signed, f"{MATCHER}/corrections/answers", content, {"Content-Type": kind}
        )
    except Refused as refused:
        why = refused.detail.replace("校核申请表", "更正要求表").replace("从 /corrections/export.xlsx 下载", "重新下载")
        return await _page(desk, status=refused.status, why_sheet=why)
    return await _page(desk, told=answer.json())


@router.post("/corrections/{correction_id}/answer")
async def answer_one(given: OfForm, correction_id: str) -> Response:
    """What checking at the source came to."""
    said, reason = given.text("answer"), given.text("reason")
    wrong = None
    if said not in ANSWERS:
        wrong = "请选择核实结果。"
    elif said != "corrected-at-source" and not reason:
        wrong = f"答“{ANSWERS[said]}”要写明依据。"
    return await _say(given, correction_id, "answer", {"answer": said, "reason": reason}, wrong)


@router.post("/corrections/{correction_id}/decision")
async def decide_one(given: OfForm, correction_id: str) -> Response:
    """Who is right where the agency insists."""
    said, reason = given.text("decision"), given.text("reason")
    wrong = None if said in DECISIONS else "请选择裁定结果。"
    if wrong is None and not reason:
        wrong = "请写明裁定的理由。"
    return await _say(given, correction_id, "decision", {"decision": said, "reason": reason}, wrong)


async def _say(given: OfForm, correction_id: str, what: str, body: dict[str, Any], wrong: str | None) -> Response:
    desk, reason = given.desk, body["reason"]
    if wrong is None and reason and not 2 <= len(reason) <= REASON_MOST:
        wrong = f"说明 2 至 {REASON_MOST} 字。"
    status = 422
    if wrong is None:
        try:
            await desk.post(f"{MATCHER}/corrections/{correction_id}/{what}", body)
        except Refused as refused:
            if refused.status == 404:
                raise
            status, wrong = refused.status, refused.detail.removeprefix("与当前状态冲突：").replace("（reason）", "")
        else:
            here = given.text("here") or "open"
            return RedirectResponse(f"/corrections?show={here if here in VIEWS else 'open'}&said={what}", 303)
    return await _page(desk, status=status, at=correction_id, wrong=wrong, typed=body)


async def _page(desk: Desk, status: int = 200, **told: Any) -> Response:
    asked = desk.request.query_params
    decides = desk.signed.may("batches:decide")
    usual = "insisted" if decides and not desk.signed.may("feeds:push") else "open"
    show = told.pop("show", asked.get("show") or usual)
    show = show if show in VIEWS else usual
    title, narrowed, empty = VIEWS[show]
    feeds = await _feeds(desk)
    feed = asked.get("feed") if asked.get("feed") in feeds else None
    rows, cursor = await _some(desk, show, {**narrowed, "feed": feed}, told.get("at"))
    frame = {
        "why_sheet": None, "told": None, "at": None, "wrong": None, "typed": {}, **told, "rows": rows,
        "cursor": cursor, "show": show, "views": VIEWS, "title": title, "empty": empty, "feeds": feeds, "feed": feed,
        "answers": ANSWERS, "decisions": DECISIONS, "answers_it": desk.signed.may("feeds:push"), "decides": decides,
        "said": asked.get("said"),
    }  # fmt: skip
    return shown(desk.request, "corrections.html", status=status, **frame)


async def _some(
    desk: Desk, show: str, narrowed: dict[str, Any], at: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    """Requests until there are enough of them, or no more. `at`: one that must be among them, as it was answered."""
    cursor, found = desk.request.query_params.get("cursor"), list[dict[str, Any]]()
    for _ in range(MOST_PAGES):
        page = await desk.get(
            f"{MATCHER}/corrections", limit=settings_of(desk.request).page_rows, cursor=cursor, **narrowed
        )
        found += [one for one in page["corrections"] if show != "insisted" or one["decision"] is None]
        cursor = page["cursor"]
        there = at is None or any(one["correction_id"] == at for one in found)
        if cursor is None or (there and len(found) >= ENOUGH):
            break
    return found, cursor


async def _feeds(desk: Desk) -> dict[str, str]:
    """Feed → its title, of those one may read."""
    if not desk.signed.may("feeds:read"):
        return {}
    return {one["feed"]: one["title"] for one in (await desk.get(f"{MATCHER}/feeds"))["feeds"]}
