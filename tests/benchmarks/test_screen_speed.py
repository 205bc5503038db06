"""All screens over a million people, and one of them over again: whole columns beside a row-by-row reading.

The peer reads the same facts of a twentieth of the people one after the other in plain Python and judges but three
conditions, in the same minutes; the table says what each cost a person. Nothing is asserted about time.
"""

import json
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.benchmarks.screen_many import frames

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def judged_in_rows(people: pl.DataFrame, coverage: pl.DataFrame, facts: pl.DataFrame) -> int:
    """The peer: how many are severely disabled, seriously ill or monitored, alive and not covered."""
    day = date(2021, 6, 1)
    covered = {
        row["subject_id"]
        for row in coverage.iter_rows(named=True)
        if row["start"] <= day and (row["end"] is None or row["end"] >= day)
    }
    said: dict[str, list[dict[str, Any]]] = {}
    for row in facts.iter_rows(named=True):
        said.setdefault(row["subject_id"], []).append(row)
    return sum(_at_risk(said.get(subject, [])) and subject not in covered for subject in people["subject_id"].to_list())


def _at_risk(said: list[dict[str, Any]]) -> bool:
    if any(row["kind"] == "death" for row in said):
        return False
    return any(
        (row["kind"] == "disability-card" and row["number"] <= 2)
        or (row["kind"] == "illness" and (row["number"] or 0) >= 10_000)
        or (row["kind"] == "monitored" and row["code"] == "active")
        for row in said
    )


@pytest.fixture
def soak(pytestconfig: pytest.Config) -> bool:
    """Whether the counts are those the goals state."""
    return bool(pytestconfig.getoption("--soak"))


@pytest.mark.bench
def test_a_million_people_are_screened(tmp_path: Path, soak: bool) -> None:
    count = 1_000_000 if soak else 100_000
    report, took = tmp_path / "report.json", tmp_path / "took.json"
    command = [sys.executable, str(HERE / "timed_process.py"), str(took), sys.executable]
    subprocess.run(
        [*command, "-m", "tests.benchmarks.screen_many", str(count), str(report)], cwd=ROOT, check=True, timeout=900
    )
    told, cost = json.loads(report.read_text()), json.loads(took.read_text())
    few = count // 20
    part = frames(few)
    begun = time.perf_counter()
    assert judged_in_rows(*part)
    peer = time.perf_counter() - begun
    ms = np.array(told["turns"]) * 1000
    assert told["found"]
    whole, share = told["whole"], peer / few / (told["whole"] / count)
    print(
        f"\n{count:,} people, all screens: {whole:.1f} s ({told['found']:,} findings), peak {cost['peak_mb']:,.0f} MB"
        f" (people made, index and turns included)\nthe peer, three conditions, {few:,} people: {peer:.2f} s;"
        f" a person costs {share:.1f} times as much"
        f"\nindexed in {told['indexed']:.1f} s; one changed person: p50 {np.percentile(ms, 50):.0f},"
        f" p99 {np.percentile(ms, 99):.0f} ms"
    )
