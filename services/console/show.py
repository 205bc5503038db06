"""How a page is made: its template, who is looking, and the words and dates as staff write them."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from console import session
from console.assets import address
from console.navigation import menu_of, place_of
from console.settings import ConsoleSettings
from console.words import CASE_STATES

HERE = Path(__file__).resolve().parent
BEIJING = ZoneInfo("Asia/Shanghai")


def shown(request: Request, template: str, *, status: int = 200, **told: Any) -> Response:
    """A page as an answer."""
    cookie = getattr(request.state, "cookie", request.cookies.get(session.COOKIE))  # as it stands after this answer
    signed = session.unsealed(request.app.state.ring, cookie)
    signed = replace(signed, word=session.masked(signed.word)) if signed else None
    frame = {
        "signed": signed,
        "menu": menu_of(signed) if signed else (),
        "here": place_of(request.url.path),
        "request_id": getattr(request.state, "request_id", ""),
    }
    return HTMLResponse(_PAGES.get_template(template).render(**frame, **told), status)


def today(settings: ConsoleSettings) -> date:
    """The day the county is looked at, in China."""
    return settings.as_of or datetime.now(BEIJING).date()


def day_text(told: str | date | None) -> str:
    """`2021年6月1日`; nothing where there is none."""
    if not told:
        return ""
    day = told if isinstance(told, date) else day_in_china(told)
    return f"{day.year}年{day.month}月{day.day}日"


def day_in_china(told: str) -> date:
    """A day as it was told, or the one an instant fell on in China."""
    return datetime.fromisoformat(told).astimezone(BEIJING).date() if "T" in told else date.fromisoformat(told)


def moment_text(told: str | None) -> str:
    """An instant as it was in China: `2021年6月1日 8:05`."""
    if not told:
        return ""
    at = datetime.fromisoformat(told).astimezone(BEIJING)
    return f"{at.year}年{at.month}月{at.day}日 {at.hour}:{at.minute:02}"


def yuan_text(fen: int | None) -> str:
    """Fen as yuan: `1,234.50 元`."""
    return "" if fen is None else f"{'-' if fen < 0 else ''}{abs(fen) // 100:,}.{abs(fen) % 100:02} 元"


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.globals.update(case_states=CASE_STATES, static=address)
    made.filters.update(day=day_text, moment=moment_text, yuan=yuan_text)
    return made


_PAGES = _environment()
