"""What reading and validating costs beside the bare reading of a peer, run in turns in the same minutes.

The goals: a million rows of CSV at most 15 times what Polars needs to read them and to check one column's check digits;
100 000 rows of XLSX at most 4 times what fastexcel needs to read them. Each run is a process of its own, so that its
peak memory is its own. Nothing is asserted about time: the table is there to be read (docs/measurements/reading.md).
"""

import json
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest

HERE = Path(__file__).parent
TEXTS = (100_000, 1_000_000)  # rows, and rows with --soak
WAYS = {"plain": ("csv", 15, TEXTS), "quoted": ("csv", 15, TEXTS), "xlsx": ("xlsx", 4, (20_000, 100_000))}


def run(folder: Path, *words: str) -> tuple[float, float]:
    """Seconds of the work itself, and the peak of the process in MB."""
    report = folder / "took.json"
    timed = [sys.executable, str(HERE / "timed_process.py"), str(report)]
    script = [sys.executable, str(HERE / "reading_rows.py"), *words]
    out = subprocess.run([*timed, *script], capture_output=True, text=True, check=True).stdout
    return float(out or 0), json.loads(report.read_text("utf-8"))["peak_mb"]


@pytest.mark.bench
@pytest.mark.parametrize("way", WAYS)
def test_what_reading_costs(tmp_path: Path, way: str, pytestconfig: pytest.Config) -> None:
    suffix, goal, sizes = WAYS[way]
    count = sizes[1] if pytestconfig.getoption("--soak") else sizes[0]
    path = tmp_path / f"{way}.{suffix}"
    run(tmp_path, str(count), str(path), way)
    pairs = [(run(tmp_path, "peer", str(path)), run(tmp_path, "ours", str(path))) for _ in range(5)]
    ratio = median(ours[0] / peer[0] for peer, ours in pairs)
    peer_s, ours_s = (median(pair[at][0] for pair in pairs) for at in (0, 1))
    peak = max(ours[1] for _, ours in pairs)
    print(f"\n{way}: {count} rows, {path.stat().st_size / 1e6:.0f} MB, median of 5 pairs")
    print(f"  peer {peer_s:.2f} s   ours {ours_s:.2f} s   x {ratio:.1f} (goal: at most {goal})   peak {peak:.0f} MB")
