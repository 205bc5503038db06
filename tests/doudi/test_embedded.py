"""The embedded whole as processes: started, stopped, killed and started again, on the databases it is told."""

import os
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import httpx
import pytest

from doudi.agency import Agency
from doudi.embedded import START_SECONDS, NotStarted, start, stop
from doudi.home import Home
from doudi.serve import free_port
from registry.access.store import Grant

JUNE, JULY = date(2021, 6, 1), date(2021, 7, 1)
COUNTY = "640499000000"
PATIENCE = START_SECONDS


@pytest.fixture
def home(tmp_path: Path, database_url: str, other_database_url: str) -> Home:
    place = Home(
        tmp_path / "home",
        f"http://127.0.0.1:{free_port()}",
        JUNE,
        registry_database=database_url,
        matcher_database=other_database_url,
    )
    place.prepare()
    return place


def until(done: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < give_up
        time.sleep(0.05)


def worker_of(home: Home) -> int:
    until(home.worker_pid.exists)
    until(lambda: home.worker_pid.read_text().strip() != "")
    return int(home.worker_pid.read_text())


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not Path(f"/proc/{pid}/stat").exists() or Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


def test_a_home_is_served_again_on_the_same_port_and_another_day_with_what_it_knew(home: Home) -> None:
    grant = Grant("county", "civil-affairs", COUNTY, ("statistics:read",))
    county = Agency(home.url, *home.add_client(grant))
    days = []
    for day in (JUNE, JULY):
        process = start(replace(home, as_of=day))
        try:
            days.append(county.call("GET", "/registry/v1/statistics/ledger").json()["as_of"])
        finally:
            stop(process)
        assert not home.worker_pid.exists()
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{home.url}/registry/v1/health/live", trust_env=False)
    county.http.close()
    assert days == ["2021-06-01", "2021-07-01"]


def test_named_databases_are_used_and_no_argument_tells_them(home: Home) -> None:
    process = start(home)
    try:
        assert not list(home.data.rglob("*.db"))
        arguments = Path(f"/proc/{process.pid}/cmdline").read_text().split("\0")
        assert not any("://" in word for word in arguments)
    finally:
        stop(process)


def test_a_worker_does_not_outlive_a_web_process_that_was_killed(home: Home) -> None:
    process = start(home)
    worker = worker_of(home)
    process.kill()
    process.wait()
    until(lambda: not alive(worker))
    again = start(home)
    try:
        until(lambda: worker_of(home) != worker)
        assert alive(worker_of(home))
    finally:
        stop(again)
    assert "Fatal Python error" not in (home.folder / "serve.log").read_text()


def test_a_taken_port_is_told_before_another_program_answers_in_our_stead(home: Home) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(home.url.rsplit(":", 1)[1])))
        other.listen()
        with pytest.raises(NotStarted, match="taken"):
            start(home)


def test_a_home_that_cannot_start_names_its_log(home: Home) -> None:
    (home.keys / "registry.json").write_text("no ring")
    with pytest.raises(NotStarted, match=r"serve\.log"):
        start(home)
