"""A collector of traces on the loopback: what it was told, as bytes and as spans."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.receiver import Came, Receiver, Reply, receiving


@dataclass(frozen=True)
class Span:
    """One span as it was told."""

    service: str
    name: str
    kind: int
    trace: str
    id: str
    parent: str
    attributes: dict[str, Any]
    follows: tuple[str, ...]  # traces


def _took(_: Came) -> Reply:
    return Reply(200, b"", {"Content-Type": "application/x-protobuf"})


@dataclass
class Collector:
    """What came in."""

    receiver: Receiver

    @property
    def url(self) -> str:
        """Where it is told."""
        return self.receiver.url

    @property
    def bytes(self) -> bytes:
        """Everything, as it came over the wire, heads too."""
        return b"".join(repr(came.headers).encode() + came.body for came in self.receiver.came)

    @property
    def resources(self) -> dict[str, set[str]]:
        """What is said of the processes: service → the names of what is said."""
        found: dict[str, set[str]] = {}
        for part in self._parts():
            found[_service(part)] = {one.key for one in part.resource.attributes}
        return found

    @property
    def spans(self) -> list[Span]:
        """All of them."""
        return [
            _span(_service(part), one) for part in self._parts() for scope in part.scope_spans for one in scope.spans
        ]

    def _parts(self) -> Iterator[Any]:
        for came in self.receiver.came:
            yield from ExportTraceServiceRequest.FromString(came.body).resource_spans


def _service(part: Any) -> str:
    return next(str(one.value.string_value) for one in part.resource.attributes if one.key == "service.name")


def _span(service: str, one: Any) -> Span:
    said = {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in one.attributes}
    follows = tuple(link.trace_id.hex() for link in one.links)
    assert not one.events, "an event of an exception would tell its text"
    assert not one.trace_state
    return Span(
        service, one.name, one.kind, one.trace_id.hex(), one.span_id.hex(), one.parent_span_id.hex(), said, follows
    )


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector for the block."""
    with receiving() as receiver:
        receiver.answer = _took
        yield Collector(receiver)
