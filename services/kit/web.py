"""The shell of every service: request ids, limits, problems instead of traces, health, documentation offline.

`create_service` wires it and does nothing else: no environment is read, nothing is connected.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from anyio import CancelScope, CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, clear_contextvars
from swagger_ui_bundle import swagger_ui_path

from kit.agreements import AgreementInsufficient, AgreementMissing, Clamp, Plain, Tells
from kit.bodies import Bounded, refused_at_once
from kit.columns import new_id
from kit.conditional import Conditional
from kit.database import Database, reading, transaction
from kit.logs import configure, get_logger
from kit.metrics import answered as count_answer
from kit.outages import OUTAGES, outage
from kit.problems import (
    MEDIA_TYPE,
    BodyCutOff,
    BodyInvalid,
    BodyTooDeep,
    BodyTooLarge,
    BodyTooSlow,
    FieldIssue,
    HeadTooLarge,
    MethodNotAllowed,
    NotFound,
    ParameterRepeated,
    ParameterUnknown,
    Problem,
    in_words,
    problems,
)
from kit.settings import ServiceSettings
from kit.traces import UNTOLD, answered, answering, template

CLAMPED = (
    "Callers of another agency are told the fields of `{resource}` their agreement names; the others are left out and "
    "named in `withheld`."
)
OF_BODIES = (BodyTooLarge, BodyTooDeep, BodyTooSlow, BodyCutOff)
_log = get_logger("web")


@dataclass(frozen=True)
class ServiceInfo:
    """What the contract says of a service: title, version, description and the path its endpoints share."""

    title: str
    version: str
    description: str
    prefix: str


class FieldIssueOut(BaseModel):
    """One thing wrong: where, which code, a sentence."""

    pointer: str
    code: str
    detail: str


class ProblemOut(BaseModel):
    """RFC 9457 problem details as every endpoint answers them."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    args: dict[str, Any]
    errors: list[FieldIssueOut]
    request_id: str


async def reading_session(request: Request) -> AsyncIterator[Session]:
    """A session for endpoints that only read."""
    async with _ended_in_a_thread(reading(request.app.state.database)) as session:
        yield session


async def writing_session(request: Request) -> AsyncIterator[Session]:
    """A session that commits when the endpoint returns and before the answer leaves."""
    async with _ended_in_a_thread(transaction(request.app.state.database)) as session:
        yield session


@asynccontextmanager
async def _ended_in_a_thread(session: AbstractContextManager[Session]) -> AsyncIterator[Session]:
    """Beginning a session touches nothing until its first statement; ending it writes, in a thread. One of its own, not
    of the endpoints' number: these may all be waiting for what this one gives back."""
    begun = session.__enter__()
    ending = CapacityLimiter(1)
    try:
        yield begun
    except BaseException as error:
        with CancelScope(shield=True):
            await to_thread.run_sync(session.__exit__, type(error), error, error.__traceback__, limiter=ending)
        raise
    await to_thread.run_sync(session.__exit__, None, None, None, limiter=ending)


Reading = Annotated[Session, Depends(reading_session, scope="function")]
Writing = Annotated[Session, Depends(writing_session, scope="function")]


def create_service(
    info: ServiceInfo, settings: ServiceSettings, state: Mapping[str, object], routers: Sequence[APIRouter]
) -> FastAPI:
    """The service's application; `state` (database, ring, verifier …) is put on `app.state`."""
    service = info.prefix.strip("/").partition("/")[0] or "service"
    configure(settings.log_level, settings.log_file(service))
    app = FastAPI(
        title=info.title,
        version=info.version,
        description=info.description,
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{info.prefix}/openapi.json",
        telemetry=UNTOLD,
        dependencies=[Depends(_known_parameters_only)],
    )
    app.state.settings = settings
    for name, value in state.items():
        setattr(app.state, name, value)
    app.router.routes += _wired(info.prefix, routers)
    _serve_documentation(app, info)
    _answer_problems(app)
    app.add_middleware(Clamp)  # inside of Conditional: a tag is the print of what is really sent
    app.add_middleware(Conditional)
    app.add_middleware(_Frame, settings=settings, name=service)
    return app


_WIRED: dict[tuple[str, tuple[int, ...]], APIRouter] = {}  # by prefix and routers, which each keeps alive


def _wired(prefix: str, routers: Sequence[APIRouter]) -> list[BaseRoute]:
    """The routes of a service, the same for all its applications in this process: they know none of them (whatever is
    an application's own stands on its state), and what FastAPI works out of each of some hundreds is dear."""
    key = (prefix, tuple(map(id, routers)))
    if key not in _WIRED:
        wired = APIRouter(
            dependencies=[Depends(_known_parameters_only)], generate_unique_id_function=lambda route: route.name
        )
        for router in routers:
            wired.include_router(router, prefix=prefix)
        wired.include_router(_operations(prefix))
        _WIRED[key] = wired
    return _WIRED[key].routes


async def _known_parameters_only(request: Request) -> None:
    """An unknown filter must never mean "everything". Not worth a thread's turn: it waits for nothing."""
    route = request.scope.get("route")
    dependant = getattr(route, "dependant", None)
    if dependant is None:
        return
    known = _query_names(dependant)
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        raise ParameterUnknown(names=unknown, known=sorted(known))
    # No operation takes a list: of two values a proxy may heed the one and we the other.
    given = [name for name, _ in request.query_params.multi_items()]
    repeated = sorted({name for name in given if given.count(name) > 1})
    if repeated:
        raise ParameterRepeated(names=repeated)


def _query_names(dependant: Any) -> set[str]:
    names = {parameter.alias for parameter in dependant.query_params}
    for below in dependant.dependencies:
        names |= _query_names(below)
    return names


def _operations(prefix: str) -> APIRouter:
    router = APIRouter(prefix=prefix, tags=["operations"])

    @router.get("/health/live")
    def live() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @router.get("/health/ready")
    def ready(request: Request) -> dict[str, str]:
        """The database answers too."""
        database: Database = request.app.state.database
        with reading(database) as session:
            session.execute(text("SELECT 1"))
        return {"status": "ok"}

    return router


def _serve_documentation(app: FastAPI, info: ServiceInfo) -> None:
    """Swagger UI from a Python package: no page loads anything from outside."""
    app.mount(f"{info.prefix}/docs-assets", StaticFiles(directory=Path(swagger_ui_path)), name="docs-assets")

    @app.get(f"{info.prefix}/docs", include_in_schema=False)
    def docs() -> Response:
        return get_swagger_ui_html(
            openapi_url=f"{info.prefix}/openapi.json",
            title=info.title,
            swagger_js_url=f"{info.prefix}/docs-assets/swagger-ui-bundle.js",
            swagger_css_url=f"{info.prefix}/docs-assets/swagger-ui.css",
            swagger_favicon_url=f"{info.prefix}/docs-assets/favicon-32x32.png",
        )


def _answer_problems(app: FastAPI) -> None:
    handlers: dict[type[Exception], Callable[[Request, Any], Awaitable[Response]]] = {
        Problem: _answer,
        RequestValidationError: _answer_validation,
        HTTPException: _answer_http,
        OSError: _answer_outage,
        DBAPIError: _answer_outage,
        NoConnectionFree: _answer_outage,
        Exception: _answer_unexpected,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
    app.openapi = _with_problem_schema(app)  # type: ignore[method-assign]  # FastAPI's documented way to extend


def _with_problem_schema(app: FastAPI) -> Callable[[], dict[str, Any]]:
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        document = plain()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        problem = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs"))
        schemas["ProblemOut"] = problem
        _tell_answers_as_sent(document)
        policy = getattr(app.state, "policy", None)
        _tell_answers_of_the_shell(document, policy.table if policy is not None else {})
        return document

    return openapi


def _tell_answers_as_sent(document: dict[str, Any]) -> None:
    """FastAPI describes its own form of a 422, which `_answer_validation` never sends; a file is bytes."""
    refused = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}
    answers = [
        answer
        for calls in document["paths"].values()
        for call in calls.values()
        for answer in call["responses"].items()
    ]
    for status, answer in answers:
        content = answer.get("content", {})
        if status == "422" and "HTTPValidationError" in str(content):
            answer.update(description=BodyInvalid.code, content=refused)
        for kind, described in content.items():
            if not described and kind != "application/json":
                described["schema"] = {"type": "string", "format": "binary"}
    for unused in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(unused, None)


def _tell_answers_of_the_shell(document: dict[str, Any], table: Mapping[str, Any]) -> None:
    """What the shell around every endpoint answers, whatever the endpoint says of itself."""
    for calls in document["paths"].values():
        for call in calls.values():
            row = table.get(call["operationId"])
            clamps = () if row is None or isinstance(row, Plain) else (AgreementMissing, AgreementInsufficient)
            met = (
                ParameterUnknown,
                ParameterRepeated,
                HeadTooLarge,
                *OUTAGES,
                *(OF_BODIES if "requestBody" in call else ()),
                *clamps,
            )
            if isinstance(row, Tells):
                call["description"] += f"\n\n{CLAMPED.format(resource=row.resource)}"
            for status, shell in problems(*met).items():
                own = call["responses"].setdefault(str(status), shell)
                if shell["description"] not in own["description"]:
                    own["description"] += "\n\n" + shell["description"]


def language_of(request: Request) -> str:
    """`en` where the caller asks for it first, else `zh`."""
    return "en" if request.headers.get("accept-language", "zh").lower().startswith("en") else "zh"


async def _answer(request: Request, problem: Problem) -> Response:
    language = language_of(request)
    body = problem.body(getattr(request.state, "request_id", ""), language)
    headers = {**problem.answer_headers, "Content-Language": language}
    return JSONResponse(body, status_code=problem.status, headers=headers, media_type=MEDIA_TYPE)


async def _answer_validation(request: Request, error: RequestValidationError) -> Response:
    # pydantic quotes the offending input in its messages' context; only place and kind are passed on.
    issues = [
        FieldIssue("/" + "/".join(map(str, item["loc"])), item["type"], in_words(item)) for item in error.errors()
    ]
    return await _answer(request, BodyInvalid(errors=issues))


async def _answer_http(request: Request, error: HTTPException) -> Response:
    if isinstance(error.__cause__, Problem):  # FastAPI wraps whatever goes wrong while it reads a body
        return await _answer(request, error.__cause__)
    known: dict[int, type[Problem]] = {404: NotFound, 405: MethodNotAllowed}
    return await _answer(request, known.get(error.status_code, BodyInvalid)())


async def _answer_outage(request: Request, error: Exception) -> Response:
    """What passes by itself is told with when to come back; anything else is a mistake of ours."""
    problem = outage(error)
    if problem is None:
        raise error
    _log.warning("outage", code=problem.code, request_id=getattr(request.state, "request_id", ""))
    return await _answer(request, problem)


async def _answer_unexpected(request: Request, error: Exception) -> Response:
    _log.error("request_failed", exc_info=error, request_id=getattr(request.state, "request_id", ""))
    return await _answer(request, Problem())


class _Frame:
    """Around every request: an id on the log context and the answer, a bound on the body, one log line."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings, name: str) -> None:
        self.app = app
        self.settings = settings
        self.name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {})["request_id"] = new_id()
        clear_contextvars()
        bind_contextvars(request_id=scope["state"]["request_id"])
        with answering(self.name, scope) as span:
            route, status = await self._framed(scope, receive, send)
            answered(span, scope["method"], route, status)

    async def _framed(self, scope: Scope, receive: Receive, send: Send) -> tuple[str, int]:
        """The template of the path (never the path: ids belong to the answer, not to the log) and the status."""
        status, begun = 0, time.perf_counter()
        own = (b"x-request-id", scope["state"]["request_id"].encode())

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), own]
            await send(message)

        refused = refused_at_once(scope, self.settings.max_body_bytes)
        if refused is not None:
            await (await _answer(Request(scope), refused))(scope, receive, send_with_id)
        else:
            await self.app(scope, Bounded.of(scope, receive, self.settings), send_with_id)
        route = template(scope)
        _log.info("request", method=scope["method"], route=route, status=status)
        count_answer(self.name, scope["method"], route, status, time.perf_counter() - begun)
        return route, status
