"""Figures for Prometheus: each answer counted by its route's template, tables counted when asked, a database that is
away told as a figure, nothing at all where no address is named."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlmodel import Session

from doudi.serve import free_port
from kit.database import Database
from kit.metrics import Counted, Gauge, Values, answered, telling, took_turn


def told(place: tuple[str, int]) -> dict[tuple[str, tuple[str, ...]], float]:
    """What stands at the address: value by name and label values, these in the order of their labels' names."""
    text = httpx.get(f"http://{place[0]}:{place[1]}/metrics", trust_env=False).text
    return {
        (sample.name, tuple(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def place() -> tuple[str, int]:
    return "127.0.0.1", free_port()


def test_an_answer_is_counted_by_template_and_an_unknown_method_is_no_label(place: tuple[str, int]) -> None:
    for method in ("GET", "GET", "X-MADE-UP"):
        answered("counted", method, "/persons/{person_id}", 200, 0.03)
    took_turn("failed", 2.0)
    with telling(place):
        found = told(place)
    of = "doudi_http_requests_total"
    assert found[of, ("GET", "/persons/{person_id}", "counted", "200")] == 2
    assert found[of, ("other", "/persons/{person_id}", "counted", "200")] == 1
    assert found["doudi_http_request_seconds_bucket", ("0.025", "/persons/{person_id}", "counted")] == 0
    assert found["doudi_http_request_seconds_bucket", ("0.05", "/persons/{person_id}", "counted")] == 3
    assert found["doudi_worker_turns_total", ("failed",)] >= 1
    assert found["doudi_worker_busy_seconds_total", ()] >= 2
    assert found["process_resident_memory_bytes", ()] > 0


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database.open(database_url)
    yield opened
    opened.dispose()


def test_tables_are_counted_when_asked_and_not_again_within_their_time(
    database: Database, place: tuple[str, int], tmp_path: Path
) -> None:
    asked = []

    def things(_: Session) -> Values:
        asked.append(1)
        return {("open",): float(len(asked)), ("closed",): 7.0}

    counted = Counted(database, [Gauge("doudi_things", "Things", things, ("state",))], tmp_path)
    with telling(place, counted):
        assert asked == []
        first = told(place)
        assert told(place)["doudi_things", ("open",)] == first["doudi_things", ("open",)] == 1
        counted.seconds = 0
        counted._until = 0
        assert told(place)["doudi_things", ("open",)] == 2
    assert first["doudi_things", ("closed",)] == 7
    assert first["doudi_database_answers", ()] == 1
    assert 0 < first["doudi_disk_free_ratio", ()] < 1
    with telling(place):
        assert not any(name == "doudi_things" for name, _ in told(place))


def test_a_database_that_is_away_is_a_figure(place: tuple[str, int], tmp_path: Path) -> None:
    away = Database.open(f"sqlite:///{tmp_path}")  # a folder, which no database can be
    gauge = Gauge("doudi_things", "Things", lambda session: {(): float(session.connection().closed)})
    with telling(place, Counted(away, [gauge], tmp_path / "nowhere")):
        found = told(place)
    away.dispose()
    assert found["doudi_database_answers", ()] == 0
    assert ("doudi_things", ()) not in found
    assert ("doudi_disk_free_ratio", ()) not in found


def test_nothing_is_told_where_no_address_is_named() -> None:
    with telling(None):
        pass
