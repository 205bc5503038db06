"""The units start what there is, with names the services know, and leave them little to misuse."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from doudi.command_line import app
from doudi.configuration import SERVICES as SETTINGS
from doudi.configuration import variables
from tests.deploy.image import DEPLOY, SERVICES

EVERY = sorted((DEPLOY / "systemd").glob("*.service"))
JOBS = [unit for unit in EVERY if "Type=oneshot" in unit.read_text()]  # begun by a timer, ended by themselves
UNITS = [unit for unit in EVERY if unit not in JOBS]
ANALYZE = shutil.which("systemd-analyze")
JOB_EXPOSURE_AT_MOST = 3.0
EXPOSURE_AT_MOST = 1.5  # systemd's own scale: 0 safest, 10 unguarded
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not on this machine")


def service_of(unit: Path) -> str:
    found = re.search(r"^EnvironmentFile=/etc/doudi/(\w+)\.env$", unit.read_text(), re.MULTILINE)
    assert found
    return found[1]


def test_there_is_a_unit_for_each_process() -> None:
    started = {unit.name: re.findall(r"^ExecStart=\S+ -m (.*)$", unit.read_text(), re.MULTILINE) for unit in UNITS}
    assert started == {
        "doudi-console.service": ["console.main serve"],
        "doudi-matcher.service": ["matcher.main serve"],
        "doudi-registry.service": ["registry.main serve"],
        "doudi-worker.service": ["matcher.worker"],
    }


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_hands_over_only_what_its_service_knows(unit: Path) -> None:
    service = service_of(unit)
    known = set(variables(SETTINGS[service][1]))
    credentials = re.findall(r"^LoadCredential=(\w+):/etc/doudi/secrets/(\w+)$", unit.read_text(), re.MULTILINE)
    assert {name for name, _ in credentials} == {name for _, name in credentials}
    assert {name.upper() for name, _ in credentials} <= known
    told = dict(
        line.split("=", 1)
        for line in (DEPLOY / "systemd" / f"{service}.env").read_text().splitlines()
        if line and not line.startswith("#")
    )
    assert set(told) <= known
    state = re.search(r"^StateDirectory=(\S+)$", unit.read_text(), re.MULTILINE)
    if service == "console":
        assert state is None, "it keeps nothing"
    else:
        assert told[f"DOUDI_{service.upper()}_PRODUCTION"] == "true"
        assert state
        assert told[f"DOUDI_{service.upper()}_DATA_DIR"] == f"/var/lib/{state[1]}"
    place = told[f"DOUDI_{service.upper()}_LISTEN"]
    assert f"http://{place};" in (DEPLOY / "proxy" / "upstreams.server.conf").read_text()


def moved(unit: Path, folder: Path) -> Path:
    """The unit with the programs of this environment, so that systemd finds what it is to start."""
    text = unit.read_text().replace("/opt/doudi/.venv/bin/python", sys.executable)
    text = text.replace("/usr/local/sbin/doudi-backup", str(DEPLOY / "systemd" / "doudi-backup"))
    copy = folder / unit.name
    copy.write_text(text.replace("WorkingDirectory=/opt/doudi", f"WorkingDirectory={folder}"))
    return copy


@needs_systemd
def test_systemd_understands_every_line(tmp_path: Path) -> None:
    units = [moved(unit, tmp_path) for unit in EVERY]
    done = subprocess.run([ANALYZE, "verify", *units], capture_output=True, text=True, check=False)  # type: ignore[list-item]  # skipped where it is None
    assert (done.returncode, done.stderr) == (0, "")
    units[0].write_text(units[0].read_text().replace("ProtectClock=yes", "ProtectClocks=yes"))
    done = subprocess.run([ANALYZE, "verify", units[0]], capture_output=True, text=True, check=False)  # type: ignore[list-item]  # as above
    assert "ProtectClocks" in done.stderr


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_finds_little_exposed(unit: Path, tmp_path: Path) -> None:
    command = [ANALYZE, "security", "--offline=true", "--no-pager", moved(unit, tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # type: ignore[arg-type]  # as above
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found, done.stderr
    assert float(found[1]) <= EXPOSURE_AT_MOST


@pytest.mark.parametrize("service", SERVICES)
def test_the_operators_word_reads_the_same_settings_as_the_unit(service: str) -> None:
    script = (DEPLOY / "systemd" / f"doudi-{service}").read_text()
    assert f". /etc/doudi/{service}.env" in script
    assert f"python -m {service}.main " in script
    assert subprocess.run(["sh", "-n"], input=script, text=True, check=False).returncode == 0


@needs_systemd
@pytest.mark.parametrize("unit", JOBS, ids=lambda unit: unit.name)
def test_a_job_runs_by_its_timer_and_is_exposed_no_more_than_it_must_be(unit: Path, tmp_path: Path) -> None:
    """It is root's, who alone may read both services' files; the rest of the guards are the services' own."""
    timer = unit.with_suffix(".timer")
    assert "Persistent=true" in timer.read_text()
    for line in re.findall(r"^OnCalendar=(.*)$", timer.read_text(), re.MULTILINE):
        assert subprocess.run([ANALYZE, "calendar", line], capture_output=True, check=False).returncode == 0  # type: ignore[list-item]  # as above
    command = [ANALYZE, "security", "--offline=true", "--no-pager", moved(unit, tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # type: ignore[arg-type]  # as above
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found, done.stderr
    assert float(found[1]) <= JOB_EXPOSURE_AT_MOST


@pytest.mark.parametrize("unit", JOBS, ids=lambda unit: unit.name)
def test_a_job_says_words_the_command_line_knows(unit: Path) -> None:
    words = re.findall(r"^ExecStart=/usr/local/sbin/doudi-backup (.*)$", unit.read_text(), re.MULTILINE)
    assert len(words) == 1
    done = CliRunner().invoke(app, [*words[0].replace("/var/backups/doudi", "/nowhere").split(), "--help"])
    assert done.exit_code == 0, done.stdout
    script = (DEPLOY / "systemd" / "doudi-backup").read_text()
    assert {f". /etc/doudi/{service}.env" for service in ("registry", "matcher")} <= set(script.splitlines())
    assert subprocess.run(["sh", "-n"], input=script, text=True, check=False).returncode == 0


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_guard_that_breaks_a_library_comes_with_its_remedy_or_not_at_all(unit: Path) -> None:
    """The installation test runs registry and console under this guard: without the remedy Polars does not load. The
    matcher loads compiled code, which the guard forbids."""
    text = unit.read_text()
    compiles = service_of(unit) == "matcher"
    assert ("MemoryDenyWriteExecute=yes" in text) != compiles
    assert ("Environment=POLARS_SKIP_CPU_CHECK=1" in text) != compiles
    assert ("Environment=DOUDI_KERNELS=/opt/doudi/kernels" in text) == compiles
    assert "SystemCallErrorNumber=EPERM" in text
