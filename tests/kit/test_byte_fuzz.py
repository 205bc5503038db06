"""No mutation of a file of any kind crashes, hangs or swells the reader; counts grow with --soak (ten minutes)."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_mutated_files_are_tables_or_refusals(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    soak = pytestconfig.getoption("--soak")
    seed, count, seconds = (int(os.environ.get("DOUDI_FUZZ_SEED", "1")), 10_000_000, 600) if soak else (1, 250, 12)
    report = tmp_path / "cases.ndjson"
    script = str(ROOT / "tests" / "kit" / "byte_fuzz.py")
    paths = os.pathsep.join((str(ROOT), str(ROOT / "services")))
    ended = subprocess.run(
        [
            sys.executable,
            script,
            str(report),
            str(seed),
            str(count),
            str(seconds),
        ],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=seconds + 180,
        check=False,
    )
    lines = [json.loads(line) for line in report.read_text("utf-8").splitlines()] if report.exists() else []
    assert ended.returncode == 0, f"{lines[-1:]}: {ended.stderr[-2000:]}"
    codes = Counter(line["code"] for line in lines if "code" in line)
    assert codes["read"], "some mutations leave a table"
    assert len(codes) > 5, "and others are refused for different reasons"
