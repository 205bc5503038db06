"""Where benchmarks keep what is dear to make: counties by seed, the peers' links on them; and how a process is timed.

The folder is `.bench` in the clone, or what DOUDI_BENCH names. A county is made anew when its generator changes, a
peer's links when its programs or its lock do; our own links are never kept.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from doudi.county import make_linkage_set
from doudi.file_model import deciding
from matcher.linkage.model import Model

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "benchmarks"
FOLDER = Path(os.environ.get("DOUDI_BENCH", ROOT / ".bench"))
PEERS_PYTHON = ROOT / ".venv-peers" / "bin" / "python"


@dataclass(frozen=True)
class Run:
    """One process, from its start to its end."""

    seconds: float
    cpu: float  # seconds of all its threads and children: what a busy machine distorts less
    peak_mb: float


@cache
def _fingerprint(*patterns: str) -> str:
    """Eight digits that change with the content of any file the patterns name."""
    paths = sorted({path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()})
    total = hashlib.sha256()
    for path in paths:
        if path.suffix != ".pyc":
            total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()[:8]


def county(people: int, level: str, seed: int, records: int | None = None) -> Path:
    """Folder with people.parquet, feed.parquet, truth.parquet of a county of `people`, half of them in the list."""
    made = _fingerprint("services/doudi/county/**/*")
    folder = FOLDER / f"{level}-{people}-{records or 'usual'}-{seed}-{made}"
    if not (folder / "truth.parquet").exists():
        folder.mkdir(parents=True, exist_ok=True)
        make_linkage_set(people, level, seed, records).write(folder)
    return folder


def timed(command: Sequence[str | Path]) -> Run:
    """Run a command to its end; fails with its output unless it answers 0."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    report = FOLDER / f"took-{os.getpid()}.json"
    words = [sys.executable, "-S", HERE / "timed_process.py", report, *command]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, f"{command[0]} answered {done.returncode}: {done.stdout[-2000:]}"
    took = json.loads(report.read_text(encoding="utf-8"))
    report.unlink()
    return Run(took["seconds"], took["cpu"], took["peak_mb"])


def ours(folder: Path, *, trained: bool) -> tuple[pl.DataFrame, Run]:
    """LINKS of `./run link`, started cold; it trains first, or takes the shipped model. Both mistakes cost alike."""
    out, model = folder / "ours.parquet", folder / "shipped.json"
    deciding(Model.default(), 1.0).save(model)
    command = [ROOT / "run", "link", folder / "people.parquet", folder / "feed.parquet", "--out", out]
    run = timed(command if trained else [*command, "--model", model])
    return pl.read_parquet(out), run


def ours_kept(folder: Path) -> tuple[pl.DataFrame, Run]:
    """LINKS of `./run link --index`, the people kept on disk by an earlier run; it trains."""
    out, index = folder / "ours.parquet", folder / "people-index"
    command = [ROOT / "run", "link", folder / "people.parquet", folder / "feed.parquet", "--out", out, "--index", index]
    if not index.exists():
        timed(command)
    run = timed(command)
    return pl.read_parquet(out), run


def ours_in_memory(folder: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
    """LINKS of a process that holds the people already, and its report; it trains."""
    out, report = folder / "warm.parquet", folder / "warm.json"
    sides = [folder / "people.parquet", folder / "feed.parquet"]
    _add(report, timed([sys.executable, HERE / "warm_link.py", *sides, out, report]))
    return pl.read_parquet(out), json.loads(report.read_text(encoding="utf-8"))


def warm_up() -> None:
    """Whatever an installation does once (compiling the inner loops) is done before anything is timed."""
    small = county(2_000, "typical", 7)
    for trained in (True, False):
        ours(small, trained=trained)


def splink(folder: Path, way: str, *, kept: bool) -> tuple[pl.DataFrame, dict[str, Any]]:
    """LINKS and report of Splink, its threshold the best one for this very truth; from the folder if `kept` there."""
    made = _fingerprint("tests/benchmarks/peer_clean.py", "tests/benchmarks/peer_splink*.py")
    out, report = folder / f"splink-{way}-{made}.parquet", folder / f"splink-{way}-{made}.json"
    if not (kept and report.exists()):
        words = ["--truth", folder / "truth.parquet", "--way", way]
        run = _peer("peer_splink.py", folder, out, report, *words)
        _add(report, run)
    return pl.read_parquet(out), json.loads(report.read_text(encoding="utf-8"))


def recordlinkage(folder: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
    """LINKS and report of recordlinkage."""
    out, report = folder / "recordlinkage.parquet", folder / "recordlinkage.json"
    _add(report, _peer("peer_recordlinkage.py", folder, out, report))
    return pl.read_parquet(out), json.loads(report.read_text(encoding="utf-8"))


def _peer(program: str, folder: Path, out: Path, report: Path, *more: str | Path) -> Run:
    assert PEERS_PYTHON.exists(), "the peers' environment is built by ./run bench link"
    sides = [folder / "people.parquet", folder / "feed.parquet"]
    return timed([PEERS_PYTHON, HERE / program, *sides, "--out", out, "--report", report, *more])


def _add(report: Path, run: Run) -> None:
    content = json.loads(report.read_text(encoding="utf-8")) | {
        "wall": run.seconds,
        "cpu": run.cpu,
        "peak_mb": run.peak_mb,
    }
    report.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
