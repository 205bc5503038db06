"""One delivery's way through both services and the worker, as a collector is told of it, and what it is never told."""

import io
import json
import re
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass
from pathlib import Path

import pytest

from console.settings import ConsoleSettings
from kit.traces import exporting
from tests.collector import Collector, Span, collecting
from tests.conftest import fresh_database
from tests.journeys.conftest import READS, take_in
from tests.journeys.stage import COUNTY, raised
from tests.journeys.test_main_job import planted

SERVER, CLIENT = 2, 3  # SpanKind of the protocol
KNOWN = {
    "http.request.method", "http.route", "http.response.status_code", "error.type",
    "doudi.batch_id", "doudi.feed", "doudi.leads",
}  # fmt: skip
PLAIN = re.compile(r"[A-Za-z0-9 _{}/.:-]*")  # our own words: no sign of any name or address in Chinese


@dataclass(frozen=True)
class Traced:
    """A county taken in while a collector listened."""

    collector: Collector
    county: Path
    batches: dict[str, str]
    log: list[dict[str, object]]

    def of(self, span: Span) -> dict[str, Span]:
        """The trace of a span: its spans by id."""
        return {one.id: one for one in self.collector.spans if one.trace == span.trace}

    def named(self, name: str) -> list[Span]:
        """The spans of that name, in the order they ended."""
        return [one for one in self.collector.spans if one.name == name]


@pytest.fixture(scope="module")
def traced(small_county: Path, databases: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traced]:
    folder = tmp_path_factory.mktemp("traced")
    log = io.StringIO()
    with (
        fresh_database(folder) as first,
        fresh_database(folder) as second,
        raised(folder, first, second) as stage,
        collecting() as collector,
    ):
        settings = ConsoleSettings(traces_url=collector.url)
        with exporting(settings, "registry", "matcher", "worker"), redirect_stderr(log):
            _, batches = take_in(stage, small_county)
            staff = stage.token("civil-affairs", *READS)
            # What a caller puts into an address, a heading or a trace of his own goes no further.
            number = "640499198001011239"
            told = {"traceparent": f"00-{number}", "tracestate": f"a={number}", "baggage": f"id={number}"}
            asked = {"cursor": number, "limit": "5"}
            stage.call("GET", "/matcher/v1/leads", staff, params=asked, headers={**told, "User-Agent": number})
            stage.call("GET", f"/registry/v1/persons/{number}", staff)
            stage.call("GET", "/matcher/v1/health/ready", staff)
        lines = [json.loads(line) for line in log.getvalue().splitlines() if line.startswith("{")]
        yield Traced(collector, small_county, batches, lines)


def test_a_delivery_is_one_trace_from_its_sender_to_the_ledger(traced: Traced) -> None:
    pushed = traced.named("POST /matcher/v1/feeds/{feed}/batches")
    assert [one.parent for one in pushed] == [""] * 4
    read = {str(one.attributes["doudi.batch_id"]): one for one in traced.named("read_batch")}
    assert set(read) == set(traced.batches.values())
    linked = {str(one.attributes["doudi.batch_id"]): one for one in traced.named("link_batch")}
    for span, feed in zip(pushed, traced.batches, strict=True):
        own = traced.of(span)
        for done in (read[traced.batches[feed]], linked[traced.batches[feed]]):
            assert (done.service, done.parent, done.trace) == ("doudi-worker", span.id, span.trace)
            assert own[done.id].attributes["doudi.feed"] == feed
    # All four are screened and published at once: that goes on with the first, and names the others.
    for name in ("screen_people", "publish_leads"):
        goes_on = traced.named(name)[0]
        assert (goes_on.parent, goes_on.trace) == (pushed[0].id, pushed[0].trace)
        assert set(goes_on.follows) == {one.trace for one in pushed[1:]}
    both = traced.named("PUT /registry/v1/cases/by-lead")
    called, answered = (next(one for one in both if one.kind == kind) for kind in (CLIENT, SERVER))
    assert (called.service, called.parent) == ("doudi-worker", traced.named("publish_leads")[0].id)
    assert (answered.service, answered.parent) == ("doudi-registry", called.id)
    assert answered.trace == pushed[0].trace
    assert answered.attributes["http.response.status_code"] == 200


def test_a_log_line_bears_the_trace_it_belongs_to(traced: Traced) -> None:
    read = {one.attributes["doudi.batch_id"]: one.trace for one in traced.named("read_batch")}
    lines = {str(line["batch_id"]): line["trace_id"] for line in traced.log if line["event"] == "batch_read"}
    assert lines == read
    asked = [line for line in traced.log if line["event"] == "request" and "health" not in str(line["route"])]
    assert {str(line["trace_id"]) for line in asked} <= {one.trace for one in traced.collector.spans}


def test_nothing_of_a_person_and_nothing_a_caller_wrote_is_told(traced: Traced) -> None:
    told = traced.collector.bytes
    assert len(traced.collector.spans) > 30
    assert planted(traced.county, told.decode("utf-8", "replace")) == []
    assert b"640499198001011239" not in told
    assert COUNTY.encode() not in told
    for span in traced.collector.spans:
        assert set(span.attributes) <= KNOWN, span
        for text in (span.name, *map(str, span.attributes.values())):
            assert PLAIN.fullmatch(text), text
    assert traced.collector.resources == {f"doudi-{one}": {"service.name"} for one in ("registry", "matcher", "worker")}
    assert not any("health" in span.name for span in traced.collector.spans)


def test_the_test_of_what_is_told_bites(traced: Traced) -> None:
    name = next(one for one in (traced.county / "truth_people.csv").read_text().split(",") if "640499" in one)
    assert planted(traced.county, f"… {name} …") == [name]
