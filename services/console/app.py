"""The console as an application: pages, what stands around each of them, and what is shown when something fails."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

import httpx
from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, clear_contextvars

from console import session
from console.assets import FOLDER, freshness
from console.door import SAFE, Draft, Foreign, Lanes, keep, seal_draft
from console.figures import Ends
from console.files import XLSX
from console.pages import discovered
from console.places import Places
from console.services import MATCHER, REGISTRY, Away, Refused, Services, SignedOut
from console.settings import ConsoleSettings
from console.show import shown
from console.uploads import MEGABYTE, TooBig
from kit.columns import new_id
from kit.crypto import KeyRing
from kit.logs import get_logger
from kit.metrics import answered as count_answer
from kit.traces import UNTOLD, answered, answering, template

_log = get_logger("console")
POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; img-src 'self'"
)
SMALLEST = 1000  # bytes of an answer that is worth compressing: a page of fifty households is eight times smaller then
SMALL_ALREADY = (*DEFAULT_EXCLUDED_CONTENT_TYPES, XLSX)
ENDED = "登录已结束，请重新登录。"
TOO_LATE = f"{ENDED}刚才填写的内容没有丢失，登录后可以继续提交。"
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)


def create_app(settings: ConsoleSettings, ring: KeyRing, transport: httpx.AsyncBaseTransport | None = None) -> FastAPI:
    """The console; `transport` lets a test hold the services in the same process."""
    http = httpx.AsyncClient(timeout=settings.timeout_seconds, transport=transport, trust_env=False)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        await http.aclose()

    app = FastAPI(
        title="Doudi 工作台", docs_url=None, redoc_url=None, openapi_url=None, lifespan=life, telemetry=UNTOLD
    )
    app.state.settings, app.state.ring, app.state.lanes, app.state.places = settings, ring, Lanes(), Places()
    app.state.ends = Ends()
    app.state.services = Services(http, {REGISTRY: settings.registry_url, MATCHER: settings.matcher_url})
    app.mount("/static", StaticFiles(directory=FOLDER), name="static")
    for router in discovered():
        app.include_router(router)
    _answer(app)
    app.add_middleware(GZipMiddleware, minimum_size=SMALLEST, compresslevel=6, exclude_content_types=SMALL_ALREADY)
    app.add_middleware(_Frame, settings=settings)
    return app


def _answer(app: FastAPI) -> None:
    app.add_exception_handler(SignedOut, _sign_in)
    app.add_exception_handler(Foreign, _foreign)
    app.add_exception_handler(TooBig, _too_big)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(Away, _away)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


async def _sign_in(request: Request, _: Exception) -> Response:
    keep(request, None)
    if request.method not in SAFE:
        return _sign_in_again(request)
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse("/sign-in" if here == "/" else f"/sign-in?next={quote(here, safe='')}", 303)


def _sign_in_again(request: Request) -> Response:
    """What was typed into a form goes along, sealed."""
    draft: Draft | None = getattr(request.state, "draft", None)
    kept = seal_draft(request.app.state.ring, draft) if draft and draft.fields else None
    return shown(request, "sign_in.html", status=401, draft=kept, why=TOO_LATE if kept else ENDED)


async def _foreign(request: Request, _: Exception) -> Response:
    return _said(request, 403, "没有受理", "这个表单不是从本页面提交的，或登录已更换。请返回页面重新填写后提交。")


async def _too_big(request: Request, big: Exception) -> Response:
    assert isinstance(big, TooBig)
    most = f"{big.most / MEGABYTE:g} MB"
    return _said(
        request, 413, "文件太大",
        f"网页一次最多接收 {most}，没有保存。请按乡镇或月份拆成几份分别报送；或请本单位信息人员用接口分片报送。",
    )  # fmt: skip


async def _refused(request: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused)
    titles = {403: "没有权限", 404: "没有找到", 409: "没有受理", 412: "已被他人更改", 429: "请稍候"}
    return _said(request, refused.status, titles.get(refused.status, "没有受理"), refused.detail, refused)


async def _away(request: Request, away: Exception) -> Response:
    assert isinstance(away, Away)
    return _said(request, 503, f"{away.name}没有应答", "数据没有丢失。请稍后刷新本页；若一直如此，请联系系统管理员。")


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    known = {404: ("没有这个页面", "地址可能已改变，请从首页进入。"), 405: ("没有受理", "请从页面上的按钮操作。")}
    title, text = known.get(error.status_code, ("没有受理", "请求的格式不对。"))
    return _said(request, error.status_code, title, text)


async def _unexpected(request: Request, error: Exception) -> Response:
    _log.error("page_failed", exc_info=error, request_id=getattr(request.state, "request_id", ""))
    return _said(request, 500, "页面出错", "错误已记录。请凭下面的编号联系系统管理员。")


def _said(request: Request, status: int, title: str, text: str, refused: Refused | None = None) -> Response:
    return shown(request, "said.html", status=status, title=title, text=text, refused=refused)


class _Frame:
    """Around every page: an id, the headers that keep a browser to our own files, the cookie, one log line."""

    def __init__(self, app: ASGIApp, settings: ConsoleSettings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = new_id()
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        with answering("console", scope) as span:
            route, status = await self._framed(scope, receive, send)
            answered(span, scope["method"], route, status)

    async def _framed(self, scope: Scope, receive: Receive, send: Send) -> tuple[str, int]:
        """The template of the path, and the status."""
        state = scope["state"]
        status, begun = 0, time.perf_counter()

        async def framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), *HEADERS, *self._own(scope, state)]
            await send(message)

        await self.app(scope, receive, framed)
        route = template(scope)
        _log.info("request", method=scope["method"], route=route, status=status)
        count_answer("console", scope["method"], route, status, time.perf_counter() - begun)
        return route, status

    def _own(self, scope: Scope, state: dict[str, object]) -> list[tuple[bytes, bytes]]:
        """The request's id, how long a browser may keep the answer, and the session's cookie where it moved."""
        kept = freshness(scope["path"], scope["query_string"])
        own = [(b"x-request-id", str(state["request_id"]).encode()), (b"cache-control", kept)]
        if "cookie" not in state:
            return own
        life = "" if state["cookie"] else "; Max-Age=0"
        secure = "; Secure" if self.settings.secure else ""
        cookie = f"{session.COOKIE}={state['cookie']}; Path=/; HttpOnly; SameSite=Lax{secure}{life}"
        return [*own, (b"set-cookie", cookie.encode())]
