"""The parts of a stack: its processes, what each is told, what nginx reads (as a whole: tests/faults/test_stack.py)."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from doudi.stack import programs, proxy
from doudi.stack.environments import Replica, Whole, told
from doudi.stack.ports import LASTING, free_ports
from doudi.stack.programs import ProgramMissing, Programs
from doudi.stack.supervisor import Program, StillRunning, Supervisor

SECONDS = 60.0


def sleeper(folder: Path, name: str, code: str = "import time; time.sleep(600)") -> Program:
    return Program(name, [sys.executable, "-c", code], dict(os.environ), folder / f"{name}.log")


@pytest.fixture
def supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    monkeypatch.setattr("doudi.stack.supervisor.FIRST_PAUSE", 0.05)
    made = Supervisor(tmp_path / "processes.json")
    made.begin()
    yield made
    made.end()


def until(found: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not found():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_what_dies_is_started_again_and_what_is_ended_is_not(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.up(sleeper(tmp_path, "a"), sleeper(tmp_path, "b"))
    before = supervisor.pid("a")
    assert before is not None
    os.kill(before, signal.SIGKILL)
    until(lambda: supervisor.pid("a") not in {None, before})
    assert supervisor.restarts == {"a": 1}
    assert '"process_died"' in (tmp_path / "a.log").read_text()
    (program,) = supervisor.down("b")
    assert (program.name, supervisor.names(), supervisor.pid("b")) == ("b", ["a"], None)


def test_whoever_does_not_end_when_told_is_ended(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("doudi.stack.supervisor.END_SECONDS", 0.2)
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    supervisor.up(sleeper(tmp_path, "deaf", deaf))
    until(lambda: "deaf" in (tmp_path / "deaf.log").read_text())
    supervisor.down("deaf")
    assert supervisor.names() == []


def test_a_second_stack_does_not_run_beside_what_is_left_of_the_first(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.up(sleeper(tmp_path, "left"))
    with pytest.raises(StillRunning, match=rf"left {supervisor.pid('left')}.*kill"):
        Supervisor(tmp_path / "processes.json").begin()


def test_what_is_missing_on_the_machine_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_path", lambda name: None if name == "nginx" else f"/usr/bin/{name}")
    with pytest.raises(ProgramMissing, match="apt-get install nginx"):
        Programs.found()
    monkeypatch.setattr(programs, "_path", lambda _name: None)
    with pytest.raises(ProgramMissing, match="apt-get install postgresql nginx"):
        Programs.found()


@pytest.mark.parametrize("service", ["registry", "matcher", "console"])
def test_a_replica_is_told_what_its_units_file_says_at_other_places(
    service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOUDI_REGISTRY_LISTEN", "0.0.0.0:1")  # where things are is ours to say
    monkeypatch.setenv("DOUDI_MATCHER_CHUNK_ROWS", "7")
    whole = Whole(tmp_path, "https://127.0.0.1:8443", "http://127.0.0.1:8700", date(2021, 6, 1))
    first, second = (told(whole, Replica(service, f"{service}-{n}", 9000 + n, 9100 + n)) for n in (1, 2))
    prefix = f"DOUDI_{service.upper()}_"
    ours = {name: value for name, value in first.items() if name.startswith("DOUDI_")}
    assert {name.split("_")[1] for name in ours} - {"SECRETS", "KERNELS"} <= {service.upper()}
    assert [value for value in ours.values() if value.startswith(("/etc", "/var", "/opt")) or "example" in value] == []
    assert (ours[f"{prefix}LISTEN"], ours[f"{prefix}AS_OF"]) == ("127.0.0.1:9001", "2021-06-01")
    assert service == "console" or ours[f"{prefix}PRODUCTION"] == "true"
    assert first.get("DOUDI_MATCHER_CHUNK_ROWS") == ("7" if service == "matcher" else None)
    differ = {name.removeprefix(prefix) for name, value in first.items() if second[name] != value}
    assert differ == {"LISTEN", "METRICS_LISTEN", "LOG_DIR", *(["WORKER_METRICS_LISTEN"] * (service == "matcher"))}


def test_ports_are_all_others_and_none_an_outgoing_call_could_take() -> None:
    found = free_ports(40)
    assert len(set(found)) == 40
    assert set(found) <= set(LASTING)
    lent = Path("/proc/sys/net/ipv4/ip_local_port_range")
    assert not lent.exists() or max(found) < int(lent.read_text().split()[0])


def test_nginx_reads_the_operators_files_and_a_file_that_changed_is_an_error(tmp_path: Path) -> None:
    doors = proxy.Doors(4430, 8080, 8999)
    ports = {"registry": (9001, 9002), "matcher": (9003, 9004), "console": (9005, 9006)}
    text = proxy.upstreams(doors, ports)
    assert [f"127.0.0.1:{port} " in text for port in range(9001, 9007)] == [True] * 6
    assert "listen 127.0.0.1:8999;" in text
    assert "870" not in text.replace("8700", "")
    assert "listen 127.0.0.1:4430 ssl;" in proxy.site(tmp_path, doors)
    with pytest.raises(ValueError, match="no longer says 'listen 80;'"):
        proxy.moved("listen 81;", {"listen 80;": ""})
