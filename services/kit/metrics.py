"""Figures for whoever keeps the services running, in the text Prometheus reads, told at an address of their own.

No label holds anything about a person: a method, a route's template, a status, a state, a feed. What stands in the
database is counted when somebody asks, at most every half minute, and a database that is away is a figure too.
"""

import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, start_http_server
from prometheus_client import Gauge as Level
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from kit.columns import now
from kit.database import Database, reading

KEPT_SECONDS = 30.0
FIGURES = CollectorRegistry()  # of this process
ProcessCollector(registry=FIGURES)
_REQUESTS = Counter(
    "doudi_http_requests", "Requests answered", ("service", "method", "route", "status"), registry=FIGURES
)
_SECONDS = Histogram(
    "doudi_http_request_seconds", "Seconds until the answer was sent", ("service", "route"), registry=FIGURES,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15, 60, 300),
)  # fmt: skip
_TURNS = Counter("doudi_worker_turns", "Turns of the worker: busy, idle or failed", ("result",), registry=FIGURES)
_BUSY = Counter("doudi_worker_busy_seconds", "Seconds spent in turns that did something or failed", registry=FIGURES)
_LAST = Level("doudi_worker_last_turn_timestamp_seconds", "When its last turn ended", registry=FIGURES)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
Values = Mapping[tuple[str, ...], float]


@dataclass(frozen=True)
class Gauge:
    """One figure of a database: its name, what it counts, its labels, and how it is read: value by label values."""

    name: str
    told: str
    read: Callable[[Session], Values]
    labels: tuple[str, ...] = ()


def alone(value: float) -> Values:
    """The value of a gauge without labels."""
    return {(): value}


def age(since: datetime | None) -> Values:
    """Seconds since a moment; nothing where there was none."""
    return {} if since is None else alone(max(0.0, (now() - since).total_seconds()))


@dataclass(eq=False)  # each is itself: the registry keeps collectors by identity
class Counted(Collector):
    """The figures of one database and the room beside it, kept for a while: a scrape must not cost a county's tables
    each time."""

    database: Database
    gauges: Sequence[Gauge]
    folder: Path
    seconds: float = KEPT_SECONDS
    _until: float = field(default=0.0, init=False)
    _found: list[GaugeMetricFamily] = field(default_factory=list, init=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, init=False)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing is asked of the database before somebody scrapes."""
        for gauge in self.gauges:
            yield GaugeMetricFamily(gauge.name, gauge.told, labels=gauge.labels)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """As they stand, or stood at most `seconds` ago."""
        with self._turn:
            if time.monotonic() >= self._until:
                self._found = [*self._read(), _room(self.folder)]
                self._until = time.monotonic() + self.seconds
            yield from self._found

    def _read(self) -> list[GaugeMetricFamily]:
        found, whole = [], 1.0
        try:
            with reading(self.database) as session:
                found = [_family(gauge, gauge.read(session)) for gauge in self.gauges]
        except SQLAlchemyError:
            whole = 0.0
        answers = GaugeMetricFamily("doudi_database_answers", "Whether the database answered when it was asked")
        answers.add_metric((), whole)
        return [*found, answers]


def _family(gauge: Gauge, values: Values) -> GaugeMetricFamily:
    family = GaugeMetricFamily(gauge.name, gauge.told, labels=gauge.labels)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


def _room(folder: Path) -> GaugeMetricFamily:
    """What is free where the service writes."""
    free = GaugeMetricFamily("doudi_disk_free_ratio", "Share of the data folder's disk that is free")
    if folder.exists():
        disk = shutil.disk_usage(folder)
        free.add_metric((), disk.free / disk.total)
    return free


def answered(service: str, method: str, route: str, status: int, seconds: float) -> None:
    """Count one answer. `route` is the template of its path, never the path."""
    _REQUESTS.labels(service, method if method in _METHODS else "other", route, str(status)).inc()
    _SECONDS.labels(service, route).observe(seconds)


def took_turn(result: str, seconds: float) -> None:
    """Count one turn of a worker."""
    _TURNS.labels(result).inc()
    _LAST.set_to_current_time()
    if result != "idle":
        _BUSY.inc(seconds)


@contextmanager
def telling(place: tuple[str, int] | None, *collectors: Collector) -> Iterator[None]:
    """Tell the figures at that host and port while the block runs; nowhere where none is named."""
    if place is None:
        yield
        return
    for collector in collectors:
        FIGURES.register(collector)
    host, port = place
    server, thread = start_http_server(port, host, FIGURES)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        for collector in collectors:
            FIGURES.unregister(collector)
