"""The catalogue of screens in words: what each asks, by which document, with which parameters, and whom it found."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response

from console.charts.bars import Bar, Words, bars
from console.door import AtDesk, Desk, settings_of
from console.places import place_text
from console.services import MATCHER, Away, Refused
from console.setting_words import bounds_of, text_of
from console.show import shown
from console.words import feeds_named

router = APIRouter(include_in_schema=False)
BY_SCREEN = f"{MATCHER}/statistics/by-screen"


@router.get("/screens")
async def show_screens(desk: AtDesk) -> Response:
    """All of them by kind, with how many are on the list by each."""
    told, (counts, away) = await asyncio.gather(desk.get(f"{MATCHER}/screens"), counted(desk))
    kinds: dict[str, list[dict[str, Any]]] = {}
    for one in told["screens"]:
        kinds.setdefault(one["kind_title"], []).append(one)
    return shown(
        desk.request, "screens.html", kinds=kinds, on=told["on"], total=counts["total"] if counts else None, away=away,
        feeds_named=feeds_named,
    )  # fmt: skip


async def counted(desk: Desk) -> tuple[dict[str, Any] | None, str | None]:
    """Who is on the list by screen and division, for whoever may see figures; and why not, where they cannot be had."""
    if not desk.signed.may("statistics:read"):
        return None, None
    try:
        return await desk.get(BY_SCREEN), None
    except Away as away:
        return None, f"{away.name}没有应答，各项人数暂缺。请稍后刷新。"
    except Refused as refused:
        return None, f"各项人数暂缺：{refused.detail}"


@router.get("/screens/{screen}")
async def show_screen(desk: AtDesk, screen: str) -> Response:
    """One, with its documents word for word, its parameters, and the list by division."""
    may_list = desk.signed.may("leads:read")
    asked = desk.request.query_params
    leads = {"screen": screen, "limit": settings_of(desk.request).page_rows, "cursor": asked.get("cursor")}
    told, (counts, away), names, page = await asyncio.gather(
        desk.get(f"{MATCHER}/screens/{screen}"), counted(desk), desk.request.app.state.places.of(desk),
        desk.get(f"{MATCHER}/leads", **leads) if may_list else _nothing(),
    )  # fmt: skip
    parameters = [{**one, "text": text_of(one, one["value"]), "bounds": bounds_of(one)} for one in told["parameters"]]
    return shown(
        desk.request, "screen.html", screen=told, parameters=parameters, picture=_picture(told, counts),
        page=page, names=names, place_text=place_text, away=away, feeds_named=feeds_named,
    )  # fmt: skip


async def _nothing() -> None:
    return None


def _picture(screen: dict[str, Any], counts: dict[str, Any] | None) -> str | None:
    """Who is on the list by this one, division by division, the most first."""
    name = screen["screen"]
    if counts is None or not counts["total"] or not counts["total"].get(name):
        return None
    rows = [
        Bar(row["area_name"], row[name], "·" if row[name] is None else f"{row[name]:,}")
        for row in sorted(counts["rows"], key=lambda row: -(row[name] or 0))
    ]
    words = Words("screen-list", f"{screen['title']}（人）", "各区划仍在清单上的人数，多的在前。")
    return bars(words, rows).inline
