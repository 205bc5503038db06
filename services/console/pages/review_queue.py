"""The queue of doubts: how much waits and why, whose, what was answered, how far two readers agree."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response

from console import bench
from console.charts.bars import Bar, Words, bars
from console.door import AtDesk, settings_of
from console.pages.reviews import DECIDES, NEWS, REVIEWS, last_of
from console.show import shown

router = APIRouter(include_in_schema=False)


@router.get("/reviews")
async def show_reviews(desk: AtDesk) -> Response:
    """How much waits, whose, what was answered, how far two readers agree; then the queue, by state."""
    asked = desk.request.query_params
    state = asked.get("state") if asked.get("state") in bench.STATES else "open"
    page = await desk.get(
        REVIEWS, state=state, limit=settings_of(desk.request).page_rows, cursor=asked.get("cursor")
    )  # fmt: skip
    stats = await desk.get(f"{REVIEWS}/stats")
    return shown(
        desk.request, "reviews.html", stats=stats, drawn=_drawn(stats), state=state, states=bench.STATES,
        rows=[_row(one) for one in page["reviews"]], cursor=page["cursor"], news=NEWS.get(asked.get("news", "")),
        last=last_of(asked), decides=desk.signed.may(DECIDES), share=bench.share_text,
    )  # fmt: skip


def _drawn(stats: Mapping[str, Any]) -> dict[str, Any]:
    """The open ones by what hangs on them and by why they are asked."""
    words = {
        "by_priority": (Words("priority", "待复核按轻重", "横条表示条数"), bench.PRIORITIES),
        "by_reason": (
            Words("reason", "待复核按原因", "横条表示条数"),
            {code: title for code, (title, _) in bench.REASONS.items()},
        ),
    }
    drawn = {}
    for name, (told, titles) in words.items():
        counted = sorted(stats[name].items(), key=lambda one: -one[1])
        rows = [Bar(titles.get(code, "其他"), count, f"{count} 条") for code, count in counted]
        drawn[name] = bars(told, rows).inline if rows else None
    return drawn


def _row(review: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": review["review_id"],
        "reason": bench.REASONS.get(review["reason"], ("存疑", ""))[0],
        "why": review["why"][0]["text"] if review["why"] else "",
        "candidates": len(review["candidates"]),
        "probability": bench.share_text(review["probability"]),
        "stage": review["stage"],
        "claimed": review["claimed"],
        "made_at": review["made_at"],
        "not_before": review["not_before"],
    }
