"""Traces for whoever looks for where time goes: the way of a request or a delivery through all processes, told to a
collector of OpenTelemetry (OTLP over HTTP) that the operator names; nobody is told otherwise.

A span says what was done, to which of our own ids, how long and with what outcome. What it may say is the list of
`Said`, and none of it comes from what people or agencies sent: no path, query, header, body, statement of SQL or text
of an error. The libraries' own instrumentation says those, so none of it is used (docs/decisions/0138).
"""

import logging
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypedDict, Unpack

from opentelemetry.trace import (
    INVALID_SPAN,
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    Tracer,
    get_current_span,
    set_span_in_context,
)
from starlette.types import Scope
from structlog.contextvars import bound_contextvars

from kit.logs import get_logger

if TYPE_CHECKING:
    from fastapi.telemetry import TelemetryConfig
    from opentelemetry.sdk.trace import TracerProvider

    from kit.settings import Listening

HEADER = "traceparent"  # W3C Trace Context; its companions, which can carry words of others, are neither read nor sent
ANSWERING, CALLING, WORKING = SpanKind.SERVER, SpanKind.CLIENT, SpanKind.INTERNAL
PROBES = ("/health/live", "/health/ready")  # four a minute of each process, and nobody waits for them
# FastAPI's own telemetry tells paths, queries and texts of errors to whatever collector the environment names.
UNTOLD: "TelemetryConfig" = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
_CARRIED = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
MOST_FOLLOWED = 100
SECONDS = 5.0  # a collector has for one answer
QUIET_SECONDS = 600.0  # between two lines about one that is away
_log = get_logger("traces")
_tracers: dict[str, Tracer] = {}  # of the services of this process that were told of a collector
_here: ContextVar[Tracer | None] = ContextVar("tracer", default=None)


class Said(TypedDict, total=False):
    """All a span may say: words and ids of our own, and counts."""

    method: str
    route: str  # the template of a path, never the path
    status: int
    batch_id: str
    feed: str
    batches: int
    leads: int
    rows: int


NAMES = {"method": "http.request.method", "route": "http.route", "status": "http.response.status_code"}


@contextmanager
def exporting(told: "Listening", *services: str) -> Iterator[None]:
    """Tell the spans of these services, which this process is, while the block runs; what is left at its end, too."""
    if not told.traces_url:
        yield
        return
    with ExitStack() as stack:
        for service in services:
            provider = _provider(told.traces_url, told.traces_share, service)
            stack.callback(provider.shutdown)
            _tracers[service] = provider.get_tracer("doudi")
            stack.callback(_tracers.pop, service)
        yield


@contextmanager
def begun(
    service: str,
    name: str,
    kind: SpanKind = WORKING,
    parent: str | None = None,
    follows: Sequence[str] = (),
    **said: Unpack[Said],
) -> Iterator[Span]:
    """A piece of work of a service: the first span of a trace, or what goes on with `parent`, a traceparent of another
    process. `follows`: traceparents of what it does along with that. Its log lines bear the trace's id."""
    tracer = _tracers.get(service)
    if tracer is None:
        yield INVALID_SPAN
        return
    token = _here.set(tracer)
    try:
        links = [Link(context) for one in follows if (context := _context_of(one)) is not None]
        with _span(tracer, name, kind, _context_of(parent), links) as span:
            say(span, **said)
            with bound_contextvars(trace_id=format(span.get_span_context().trace_id, "032x")):
                yield span
    finally:
        _here.reset(token)


@contextmanager
def going_on(service: str, name: str, traced: Sequence[str], **said: Unpack[Said]) -> Iterator[Span]:
    """Work for several that were traced: it goes on with the first, and names the others."""
    first = traced[0] if traced else None
    with begun(service, name, parent=first, follows=traced[1:MOST_FOLLOWED], **said) as span:
        yield span


@contextmanager
def step(name: str, kind: SpanKind = WORKING, **said: Unpack[Said]) -> Iterator[Span]:
    """A part of the work at hand; nothing where that is told to nobody."""
    tracer = _here.get()
    if tracer is None:
        yield INVALID_SPAN
        return
    with _span(tracer, name, kind, get_current_span().get_span_context(), ()) as span:
        say(span, **said)
        yield span


@contextmanager
def answering(service: str, scope: Scope) -> Iterator[Span]:
    """The answer to a request, going on with the trace its caller is at; `answered` says how it ended."""
    if scope["path"].endswith(PROBES):
        yield INVALID_SPAN
        return
    told = next((value for name, value in scope["headers"] if name == HEADER.encode()), b"")
    with begun(service, "request", ANSWERING, told.decode("latin-1")) as span:
        yield span


def template(scope: Scope) -> str:
    """The whole template of the path that was asked for, as the contract writes it; `-` where nothing answers there.

    The route knows what its own router calls it; with what the routers around put before it stands in the context that
    FastAPI leaves beside it.
    """
    here = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    return getattr(here, "path_format", "-")


def answered(span: Span, method: str, route: str, status: int) -> None:
    """What was asked, by the template of its path, and how it was answered."""
    known = method if method in _METHODS else "other"
    span.update_name(f"{known} {route}")
    say(span, method=known, route=route, status=status)
    if status >= 500:
        span.set_status(StatusCode.ERROR)


def say(span: Span, **said: Unpack[Said]) -> None:
    """Add to what a span says."""
    for name, value in said.items():
        assert isinstance(value, str | int)
        span.set_attribute(NAMES.get(name, f"doudi.{name}"), value)


def carried() -> str | None:
    """The work at hand as another process, or a row, is told of it; None where it is told to nobody."""
    context = get_current_span().get_span_context()
    if _here.get() is None or not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def headers() -> dict[str, str]:
    """What a call to another of our services bears."""
    told = carried()
    return {HEADER: told} if told else {}


@contextmanager
def _span(
    tracer: Tracer, name: str, kind: SpanKind, parent: SpanContext | None, links: Sequence[Link]
) -> Iterator[Span]:
    """An error is told by its type: its text may quote a value of a row."""
    context = set_span_in_context(NonRecordingSpan(parent) if parent is not None else INVALID_SPAN)
    with tracer.start_as_current_span(
        name, context, kind, links=links, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR)
            raise


def _context_of(told: str | None) -> SpanContext | None:
    found = _CARRIED.fullmatch(told or "")
    if found is None:
        return None
    context = SpanContext(
        int(found[1], 16), int(found[2], 16), is_remote=True, trace_flags=TraceFlags(int(found[3], 16))
    )
    return context if context.is_valid else None


class _Lost(logging.Handler):
    """A collector that is away costs spans and nothing else. The library says so every few seconds, in words of its
    own; we say it once in a while, in ours."""

    until = 0.0

    def emit(self, _: logging.LogRecord) -> None:
        """Whatever it complains of, spans are not told."""
        if time.monotonic() >= self.until:
            self.until = time.monotonic() + QUIET_SECONDS
            _log.warning("traces_not_told")


def _provider(url: str, share: float, service: str) -> "TracerProvider":
    """Of our own and not the process's: what libraries would say by themselves goes nowhere.

    Which traces are told is a matter of their number alone, so that all processes choose the same ones, whatever a
    caller asks for.
    """
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - an extra
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - as above
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - as above
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - as above
    from opentelemetry.sdk.trace.sampling import TraceIdRatioBased  # noqa: PLC0415 - as above

    library = logging.getLogger("opentelemetry")
    library.propagate = False
    library.handlers = [_Lost(logging.WARNING)]
    resource = Resource({"service.name": f"doudi-{service}"})  # not detected: that would tell command lines and hosts
    provider = TracerProvider(TraceIdRatioBased(share), resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url, timeout=SECONDS)))
    return provider
