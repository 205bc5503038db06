"""Doubts about money: whom the screens of payments found, accounts several households share, and through which accounts
somebody was paid."""

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import APIRouter, Response

from console import words as called
from console.charts.bars import Words
from console.charts.timeline import Lane, Span, timeline
from console.door import AtDesk, Desk, settings_of
from console.months import month_of
from console.pages.screens import counted
from console.places import place_text
from console.services import MATCHER, REGISTRY, Away
from console.show import shown, today, yuan_text

router = APIRouter(include_in_schema=False)
PAYMENT = "payment"
SHARED = "accounts"  # the view of accounts, beside one for each screen
LEGEND = ("发放",)


@router.get("/payments/doubts")
async def show_doubts(desk: AtDesk) -> Response:
    """One screen's list at a time, or the accounts that are shared. Without the matcher the accounts are left."""
    asked, away, counts = desk.request.query_params, None, None
    screens: list[dict[str, Any]] = []
    if desk.signed.may("screens:read", "leads:read"):
        try:
            told, (counts, away) = await asyncio.gather(desk.get(f"{MATCHER}/screens"), counted(desk))
            screens = [one for one in told["screens"] if one["kind"] == PAYMENT]
        except Away as gone:
            away = f"{gone.name}没有应答，筛查发现的疑点暂缺；共用的账户可以照看。"
    known = [one["screen"] for one in screens]
    view = next((one for one in (asked.get("show"), *known) if one in {*known, SHARED}), SHARED)
    names = await desk.request.app.state.places.of(desk)
    page = await _shared(desk) if view == SHARED else await _leads(desk, str(view))
    return shown(
        desk.request, "doubts.html", view=view, shared=SHARED, screens=screens, page=page, names=names, away=away,
        counts=counts["total"] if counts else None, place_text=place_text,
        screen=next((one for one in screens if one["screen"] == view), None),
    )  # fmt: skip


async def _leads(desk: Desk, screen: str) -> dict[str, Any]:
    limit, cursor = settings_of(desk.request).page_rows, desk.request.query_params.get("cursor")
    told: dict[str, Any] = await desk.get(f"{MATCHER}/leads", screen=screen, limit=limit, cursor=cursor)
    return told


async def _shared(desk: Desk) -> dict[str, Any]:
    limit, cursor = settings_of(desk.request).page_rows, desk.request.query_params.get("cursor")
    told: dict[str, Any] = await desk.get(f"{REGISTRY}/payment-accounts", min_holders=2, limit=limit, cursor=cursor)
    return told


@router.get("/payments/accounts")
async def show_history(desk: AtDesk) -> Response:
    """Through which accounts a person or a household was paid, and what was registered."""
    asked = desk.request.query_params
    whose = {name: asked.get(name) or None for name in ("person_id", "household_id")}
    rows = {"limit": settings_of(desk.request).page_rows, "cursor": asked.get("cursor")}
    history, paid = await asyncio.gather(
        desk.get(f"{REGISTRY}/payment-accounts/history", **whose), desk.get(f"{REGISTRY}/payments", **rows, **whose)
    )
    return shown(
        desk.request, "payment_accounts.html", history=history, paid=paid, whose=whose, words=called,
        picture=_picture(history["paid"], today(settings_of(desk.request))),
    )  # fmt: skip


def _picture(stretches: list[Mapping[str, Any]], day: date) -> str | None:
    """A line for each account, with its stretches of months."""
    lanes: dict[str, list[Mapping[str, Any]]] = {}
    for one in stretches:
        lanes.setdefault(one["account"] or "没有账号", []).append(one)
    if not lanes:
        return None
    drawn = [
        Lane(account, f"{sum(it['payments'] for it in own)} 笔，{yuan_text(sum(it['amount_fen'] for it in own))}",
             tuple(Span(_first(it["first_month"]), _last(it["last_month"]), 0) for it in own))
        for account, own in lanes.items()
    ]  # fmt: skip
    words = Words("accounts", "发到哪些账户", "每个账户一行，从首次到末次发放的月份。")
    return timeline(words, drawn, LEGEND, day).inline


def _first(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _last(month: str) -> date:
    return month_of(_first(month), "natural", 1).until
