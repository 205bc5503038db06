"""数据源: whether the agencies' data are fresh and sound, for the county; down to each feed, and from there to each
delivery."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response

from console.batch_words import STATES, TONES
from console.door import AtDesk, Desk
from console.figures import Missing, Table, Told, Wanted, ask_all
from console.pictures_of_feeds import rows_line, rows_spark, share_text
from console.services import MATCHER, Refused
from console.show import shown

router = APIRouter(include_in_schema=False)
AT_ONCE, MOST_ALERTS, BATCHES = 6, 200, 30
HELD = "needs_confirmation"
TROUBLE = ("rejected", "failed", HELD)


@router.get("/feeds")
async def show_feeds(desk: AtDesk) -> Response:
    """All feeds: fresh or not, the last delivery, the trend, what was refused, what linked, what waits."""
    (deliveries, links), alerts, held = await asyncio.gather(
        _statistics(desk), desk.get(f"{MATCHER}/alerts", limit=MOST_ALERTS),
        desk.get(f"{MATCHER}/batches", state=HELD, limit=BATCHES),
    )  # fmt: skip
    rows = list(deliveries.rows) if isinstance(deliveries, Table) else []
    came = sorted({row["feed"] for row in rows if row["rows"] is not None})
    trends = dict(zip(came, await _trends(desk, came), strict=True))
    linked = {row["feed"]: row for row in links.rows} if isinstance(links, Table) else {}
    alarmed = Counter(one["feed"] for one in alerts["alerts"])
    told = [_health(row, trends, linked.get(row["feed"]), alarmed[row["feed"]]) for row in rows]
    told.sort(key=lambda row: (row["order"], row["title"]))
    return shown(
        desk.request, "feeds.html", rows=told, held=held["batches"], deliveries=deliveries, links=links,
        titles={row["feed"]: row["title"] for row in rows},
        late=sum(row["order"] == 0 for row in told), never=sum(row["order"] == 2 for row in told),
    )  # fmt: skip


@router.get("/feeds/{feed}")
async def show_feed(desk: AtDesk, feed: str) -> Response:
    """One feed: its deliveries, the trend, alarms."""
    asked = desk.request.query_params
    (deliveries, links), alerts, page, trend = await asyncio.gather(
        _statistics(desk), desk.get(f"{MATCHER}/alerts", limit=MOST_ALERTS, cleared=True),
        desk.get(f"{MATCHER}/batches", feed=feed, limit=BATCHES, cursor=asked.get("cursor")),
        desk.get(f"{MATCHER}/feeds/{feed}/quality"),
    )  # fmt: skip
    if isinstance(deliveries, Missing):
        raise deliveries.reason
    lines = [row for row in deliveries.rows if row["feed"] == feed]
    if not lines:
        raise Refused(404, "feed-unknown", "没有这个数据源。")
    linked = next((row for row in links.rows if row["feed"] == feed), None) if isinstance(links, Table) else None
    trends = {feed: trend["deliveries"]}
    return shown(
        desk.request, "feed.html", feed=feed, lines=[_health(row, trends, linked, 0) for row in lines],
        alerts=[one for one in alerts["alerts"] if one["feed"] == feed], batches=page["batches"],
        cursor=page["cursor"], drawn=rows_line(trend["deliveries"], feed), deliveries=trend["deliveries"][::-1],
        states=STATES, tones=TONES, definition=deliveries.definition,
    )  # fmt: skip


async def _statistics(desk: Desk) -> tuple[Told, Told]:
    wanted = [Wanted("matcher", name, desk.signed.area) for name in ("feeds", "links")]
    told = await ask_all(desk, wanted)
    return told[wanted[0]], told[wanted[1]]


async def _trends(desk: Desk, feeds: list[str]) -> list[list[dict[str, Any]]]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(feed: str) -> list[dict[str, Any]]:
        async with gate:
            found: list[dict[str, Any]] = (await desk.get(f"{MATCHER}/feeds/{feed}/quality"))["deliveries"]
            return found

    return list(await asyncio.gather(*map(one, feeds)))


def _health(
    row: Mapping[str, Any], trends: Mapping[str, list[dict[str, Any]]], linked: Mapping[str, Any] | None, alarms: int
) -> dict[str, Any]:
    """One line of the table. Order: late, in time, never come."""
    never = row["age"] is None
    stale = row["stale"] == "是"
    deliveries = [one for one in trends.get(row["feed"], ()) if row["area"] in (None, one["area"])]
    sure = None if linked is None else (linked["certain"] or 0) + (linked["probable"] or 0)
    return {
        **row,
        "order": 2 if never else 0 if stale else 1,
        "standing": "从未送达" if never else "过期" if stale else "按期",
        "latest": STATES.get(row["latest_state"] or "", ""),
        "trouble": row["latest_state"] in TROUBLE,
        "spark": rows_spark(deliveries),
        "grade": deliveries[-1]["grade"] if deliveries else None,
        "matched": share_text(sure, linked["records"]) if linked is not None else share_text(None, None),
        "alarms": alarms,
    }
