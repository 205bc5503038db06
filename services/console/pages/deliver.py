"""上报: an agency's own feeds: what is due, what came of the last delivery, the layout, and the file sent in."""

import asyncio
from collections import Counter
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from console.batch_words import COUNTS, OUTCOMES, STATES, TONES, due_of
from console.delivering import Sending, deliver, tried
from console.door import AtDesk, Desk, Form, OfForm, settings_of
from console.files import passed_on
from console.layouts import columns_of, groups_of, layout_of
from console.pictures_of_feeds import outcome_bars, rows_line
from console.services import MATCHER, Refused
from console.show import shown, today
from console.uploads import MEGABYTE

router = APIRouter(include_in_schema=False)
AT_ONCE, LATEST, MOST_CORRECTIONS = 6, 20, 200
SAID = ("mode", "period", "extracted_at", "expected_rows", "load", "atomicity")
WORDS = {
    "delivery-empty": "文件是空的。请重新导出后再选。",
    "body-too-large": "文件太大。请按乡镇或月份拆成几份分别报送。",
    "too-many-requests": "操作太频繁，请一分钟后再试。",
    "body-invalid": "填写的内容不对，请看标红的地方。",
    "feed-not-yours": "这个数据源由别的部门报送，不归本部门。请从“上报”进入本部门的数据源。",
    "feed-unknown": "没有这个数据源，可能已改名。请从“上报”进入本部门的数据源。",
}
WRONG_FIELDS = {
    "period": "所属期只写数字和横线，如 2021-06。",
    "extracted_at": "请填写日期。",
    "expected_rows": "行数只写整数。",
    "load": "请选择全量或增量。",
}
NO_COLUMNS = "feed-columns-wrong"


@router.get("/deliver")
async def show_feeds(desk: AtDesk) -> Response:
    """The agency's feeds as cards."""
    own = [one for one in (await desk.get(f"{MATCHER}/feeds"))["feeds"] if one["agency"] == desk.signed.agency]
    gate = asyncio.Semaphore(AT_ONCE)

    async def card(feed: dict[str, Any]) -> dict[str, Any]:
        async with gate:
            return await _card(desk, feed)

    cards = await asyncio.gather(*map(card, own))
    waiting = await desk.get(f"{MATCHER}/corrections", state="open", limit=MOST_CORRECTIONS)
    asked = Counter(one["feed"] for one in waiting["corrections"])
    late = Counter(one["feed"] for one in waiting["corrections"] if one["overdue"])
    order = {"late": 0, "never": 1, "soon": 2, "fresh": 3}
    cards.sort(key=lambda one: order[one["due"].standing])
    return shown(
        desk.request, "deliver.html", cards=cards, asked=asked, late=late, more=waiting["cursor"] is not None,
        states=STATES, tones=TONES,
    )  # fmt: skip


async def _card(desk: Desk, feed: dict[str, Any]) -> dict[str, Any]:
    batches = (await desk.get(f"{MATCHER}/batches", feed=feed["feed"], limit=LATEST))["batches"]
    counting = await counting_of(desk, feed["feed"], batches)
    last = next((one for one in batches if one["mode"] == "commit" and one["state"] != "open"), None)
    drawn = outcome_bars(last, f"rows-{feed['feed']}") if last and last["outcomes"] else None
    due = due_of(feed["freshness_days"], counting, today(settings_of(desk.request)))
    return {"feed": feed, "due": due, "last": last, "counting": counting, "drawn": drawn}


async def counting_of(desk: Desk, feed: str, batches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of a feed's deliveries those that count: among the latest, else among those taken before."""
    found = [one for one in batches if _counts(one)]
    if found or len(batches) < LATEST:
        return found
    taken = (await desk.get(f"{MATCHER}/batches", feed=feed, state="published", limit=LATEST))["batches"]
    return [one for one in taken if _counts(one)]


def _counts(batch: dict[str, Any]) -> bool:
    return batch["state"] in COUNTS and batch["superseded_by"] is None


@router.get("/deliver/{feed}")
async def show_feed(desk: AtDesk, feed: str) -> Response:
    """One feed: send a file, the layout, what came before."""
    return await _page(desk, feed)


@router.get("/deliver/{feed}/template.xlsx")
async def fetch_template(desk: AtDesk, feed: str) -> Response:
    """An empty workbook with the right headers."""
    return await passed_on(desk, f"{MATCHER}/feeds/{feed}/template.xlsx", f"{feed}-template.xlsx")


@router.post("/deliver/{feed}")
async def take_file(given: OfForm, feed: str) -> Response:
    """A file: looked at, checked as a rehearsal, or sent for good. What is wrong with it is said beside it."""
    desk, file = given.desk, given.file("file")
    content = await file.read() if file else b""
    if not content:
        missing = "文件是空的（0 字节）。请重新导出后再选。" if file else "请先选择要报送的文件。"
        return await _page(desk, feed, status=422, why=missing, given=_typed(given))
    sending = Sending(feed, (file and file.filename) or "", content, _told(given))
    if given.text("mode") == "look":
        return await _looked_at(desk, sending, _typed(given))
    try:
        batch = await deliver(desk, sending)
    except Refused as refused:
        if refused.code == NO_COLUMNS:
            return await _looked_at(desk, sending, _typed(given))
        wrong = _wrong(refused)
        why = None if wrong else WORDS.get(refused.code, refused.detail)
        return await _page(desk, feed, status=refused.status, why=why, given=_typed(given), wrong=wrong)
    return RedirectResponse(f"/deliver/batches/{batch['batch_id']}", 303)


async def _looked_at(desk: Desk, sending: Sending, given: dict[str, str]) -> Response:
    """How the columns were understood; where some are missing, whether it fits another feed of the agency."""
    try:
        trial = await tried(desk, sending)
    except Refused as refused:
        why = WORDS.get(refused.code, refused.detail)
        return await _page(desk, sending.feed, status=refused.status, why=why, given=given)
    others = await _fitting(desk, sending) if trial["missing"] else []
    status = 422 if trial["missing"] else 200
    return await _page(desk, sending.feed, status=status, given=given, trial=trial, others=others)


async def _fitting(desk: Desk, sending: Sending) -> list[dict[str, Any]]:
    """The agency's other feeds of which this file has all columns."""
    found = []
    for feed in (await desk.get(f"{MATCHER}/feeds"))["feeds"]:
        if feed["agency"] != desk.signed.agency or feed["feed"] == sending.feed:
            continue
        trial = await tried(desk, Sending(feed["feed"], sending.name, sending.content, {}))
        found += [feed] if not trial["missing"] else []
    return found


async def _agreed(desk: Desk, feed: str) -> Any:
    """What was agreed for a feed. Raises Refused, in words of the office."""
    try:
        return await desk.get(f"{MATCHER}/feeds/{quote(feed, safe='')}")
    except Refused as refused:
        refused.detail = WORDS.get(refused.code, refused.detail)
        raise


async def _page(desk: Desk, feed: str, status: int = 200, **told: Any) -> Response:
    agreed = await _agreed(desk, feed)
    batches = await desk.get(f"{MATCHER}/batches", feed=feed, limit=LATEST)
    trend = await desk.get(f"{MATCHER}/feeds/{feed}/quality")
    settings, counting = settings_of(desk.request), await counting_of(desk, feed, batches["batches"])
    frame = {
        "why": None, "given": {}, "trial": None, "others": [], "wrong": {}, **told, "feed": agreed,
        "batches": batches["batches"], "due": due_of(agreed["freshness_days"], counting, today(settings)),
        "columns": columns_of(agreed), "groups": groups_of(agreed), "trend": rows_line(trend["deliveries"], feed),
        "most": settings.max_upload_bytes, "most_text": f"{settings.max_upload_bytes / MEGABYTE:g} MB",
        "states": STATES, "tones": TONES, "outcomes": OUTCOMES,
        "sends": desk.signed.may("feeds:push") and agreed["agency"] == desk.signed.agency,
    }  # fmt: skip
    frame["looked"] = layout_of(frame["trial"]) if frame["trial"] else None
    return shown(desk.request, "deliver_feed.html", status=status, **frame)


def _told(given: Form) -> dict[str, str]:
    """The matcher's parameters, as far as something was said."""
    told = {name: given.text(name) for name in SAID}
    return {name: value for name, value in told.items() if value}


def _typed(given: Form) -> dict[str, str]:
    return {name: given.text(name) or "" for name in SAID}


def _wrong(refused: Refused) -> dict[str, str]:
    """Field → what is wrong with it, where the matcher names parameters."""
    named = {str(one.get("pointer") or one.get("parameter") or "").rpartition("/")[2] for one in refused.errors}
    return {name: WRONG_FIELDS[name] for name in named & set(WRONG_FIELDS)}
