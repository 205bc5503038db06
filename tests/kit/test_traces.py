"""Traces: who is told, which ones, what happens when nobody listens, and that no library says anything by itself."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter, FastAPI
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.types import Receive, Scope, Send

from console.settings import ConsoleSettings
from kit import settings as kit_settings
from kit.logs import configure
from kit.settings import SettingsWrong
from kit.traces import UNTOLD, begun, carried, exporting, going_on, headers, step, template
from tests.asgi import client_of
from tests.collector import Collector, collecting

SERVICES = Path(__file__).resolve().parents[2] / "services"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as made:
        yield made


def test_nobody_is_told_by_default() -> None:
    with exporting(ConsoleSettings(), "registry"), begun("registry", "work", batch_id="b") as span:
        assert not span.is_recording()
        assert (carried(), headers()) == (None, {})
        with step("part") as part:
            assert not part.is_recording()


def test_work_goes_on_in_another_process_under_the_same_trace(collector: Collector) -> None:
    with exporting(ConsoleSettings(traces_url=collector.url), "matcher", "worker"):
        with begun("matcher", "take") as first, step("part"):
            told = carried()
        with going_on("worker", "read", [told or "", "00-" + "1" * 32 + "-" + "2" * 16 + "-01"], rows=3):
            assert headers() == {"traceparent": carried()}
        assert carried() is None
    spans = {one.name: one for one in collector.spans}
    assert spans["read"].parent == spans["part"].id
    assert spans["read"].trace == spans["take"].trace == format(first.get_span_context().trace_id, "032x")
    assert spans["read"].follows == ("1" * 32,)
    assert spans["read"].attributes == {"doudi.rows": 3}


@pytest.mark.parametrize(
    "told", ["", "00-nothing", "00-" + "0" * 32 + "-" + "2" * 16 + "-01", "01-that-is-all", "640499198001011239"]
)
def test_what_is_no_trace_begins_one(collector: Collector, told: str) -> None:
    with exporting(ConsoleSettings(traces_url=collector.url), "worker"), begun("worker", "read", parent=told):
        pass
    (span,) = collector.spans
    assert span.parent == ""
    assert told == "" or told.encode() not in collector.bytes


def test_an_error_is_told_by_its_type_alone(collector: Collector) -> None:
    def fail() -> None:
        with begun("worker", "read"):
            raise ValueError("张三 640499198001011239")

    with exporting(ConsoleSettings(traces_url=collector.url), "worker"), pytest.raises(ValueError, match="张三"):
        fail()
    (span,) = collector.spans
    assert span.attributes == {"error.type": "ValueError"}
    assert "张三".encode() not in collector.bytes
    assert b"640499" not in collector.bytes


def test_all_processes_choose_the_same_traces_whatever_a_caller_asks(collector: Collector) -> None:
    chosen = []
    for service in ("registry", "matcher"):
        with exporting(ConsoleSettings(traces_url=collector.url, traces_share=0.5), service):
            for number in range(1, 200):
                trace = f"{number * 0x0123456789ABCDEF % 2**64:032x}"
                with begun(service, "work", parent=f"00-{trace}-{'2' * 16}-01"):
                    pass
        chosen.append({one.trace for one in collector.spans if one.service == f"doudi-{service}"})
    assert chosen[0] == chosen[1]
    assert 60 < len(chosen[0]) < 140


def test_a_collector_that_is_away_costs_a_line_and_no_work(capfd: pytest.CaptureFixture[str]) -> None:
    configure("INFO")
    with exporting(ConsoleSettings(traces_url="http://127.0.0.1:9/v1/traces"), "worker"), begun("worker", "read"):
        done = 1
    assert done
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["traces_not_told"]


def test_without_its_packages_the_setting_is_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> None:
        raise ModuleNotFoundError

    monkeypatch.setattr(kit_settings, "find_spec", missing)
    monkeypatch.setenv("DOUDI_CONSOLE_TRACES_URL", "http://127.0.0.1:4318/v1/traces")
    with pytest.raises(SettingsWrong, match=r"DOUDI_CONSOLE_TRACES_URL: .*deploy/otel\.lock"):
        ConsoleSettings.read()
    monkeypatch.setenv("DOUDI_CONSOLE_TRACES_URL", "")
    assert ConsoleSettings.read().traces_url == ""


@pytest.mark.parametrize("url", ["collector:4318", "http://a:b@collector/v1/traces", "http://collector", "ftp://c/x"])
def test_an_address_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DOUDI_CONSOLE_TRACES_URL", url)
    with pytest.raises(SettingsWrong, match="DOUDI_CONSOLE_TRACES_URL"):
        ConsoleSettings.read()


def asked_of(app: FastAPI) -> None:
    app.get("/persons/{number}")(lambda number: number)
    with client_of(app) as client:
        assert client.get("/persons/640499198001011239", params={"name": "x"}).status_code == 200


def test_the_framework_says_nothing_by_itself_though_somebody_listens() -> None:
    told = InMemorySpanExporter()
    listener = TracerProvider(shutdown_on_exit=False)
    listener.add_span_processor(SimpleSpanProcessor(told))
    asked_of(FastAPI(telemetry={**UNTOLD, "tracer_provider": listener}))
    assert told.get_finished_spans() == ()
    asked_of(FastAPI(telemetry={"tracer_provider": listener}))
    assert "640499198001011239" in str([dict(one.attributes or {}) for one in told.get_finished_spans()])


def test_every_application_of_ours_is_made_so() -> None:
    made = [
        {word.arg: ast.unparse(word.value) for word in node.keywords}
        for path in SERVICES.rglob("*.py")
        if "FastAPI(" in (text := path.read_text())
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "FastAPI"
    ]
    assert len(made) >= 2
    assert {words.get("telemetry") for words in made} == {"UNTOLD"}


def test_the_template_of_a_path_is_whole_however_deep_its_router_stands() -> None:
    app, outer, inner = FastAPI(telemetry=UNTOLD), APIRouter(prefix="/outer"), APIRouter(prefix="/inner/{number}")
    told = []

    async def framed(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)
        told.append(template(scope))

    inner.get("/files/{name:path}")(lambda number, name: number + name)
    outer.include_router(inner)
    app.include_router(outer, prefix="/v1")
    app.get("/lone/{number}")(lambda number: number)
    with client_of(framed) as client:
        for path in ("/v1/outer/inner/7/files/a/b", "/lone/7", "/outer/inner/7/files/a"):
            client.get(path)
        assert client.put("/v1/outer/inner/7/files/a").status_code == 405
    assert told == [
        "/v1/outer/inner/{number}/files/{name}",
        "/lone/{number}",
        "-",
        "/v1/outer/inner/{number}/files/{name}",
    ]
