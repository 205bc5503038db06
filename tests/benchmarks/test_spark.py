"""`link --engine spark` on Spark 4 itself, two executors of 2 GB, beside the engine in one process (bench spark).

Links are compared row by row. Times are there to be read (docs/scale.md): Spark's hold the start of Java and of its
Python. With --soak also 300 000 records x 1 000 000 people, and ten times as many of both, for which one process held
to 2 GB has no room.
"""

import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from tests.benchmarks import bench_folder
from tests.benchmarks.bench_folder import ROOT, Run

SEED = 700
MASTER = "local-cluster[2,1,2048]"
PYTHON = ROOT / ".venv-spark" / "bin" / "python"
ROOM = 2 * 1024**3
SIDES = ("people", "feed")
COUNTIES = 10
GROWTH = 12.0
EXECUTOR = "CoarseGrainedExecutorBackend"
STRUCK_AFTER = 25.0  # seconds: in the middle of its work


def _words(folder: Path, out: Path) -> list[str | Path]:
    return ["link", folder / "people.parquet", folder / "feed.parquet", "--out", out]


def _spark(folder: Path) -> tuple[pl.DataFrame, Run]:
    out, conf, events = folder / "spark.parquet", folder / "conf", folder / "events"
    shutil.rmtree(events, ignore_errors=True)
    for one in (conf, events):
        one.mkdir(exist_ok=True)
    told = {
        "spark.executor.memory": "2g",
        "spark.local.dir": folder / "spill",
        "spark.ui.enabled": "false",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": events,
        "spark.eventLog.compress": "false",
    }
    (conf / "spark-defaults.conf").write_text("".join(f"{name} {value}\n" for name, value in told.items()))
    within = [f"PYTHONPATH={ROOT / 'services'}", f"SPARK_CONF_DIR={conf}", f"PYSPARK_PYTHON={PYTHON}"]
    program = [PYTHON, "-m", "doudi.command_line", *_words(folder, out), "--engine", "spark", "--master", MASTER]
    run = bench_folder.timed(["/usr/bin/env", *within, *program])
    return pl.read_parquet(out), run


@dataclass
class Told:
    """What Spark's own log of events says of a run."""

    tasks: int = 0
    failed: int = 0
    lost: int = 0  # executors that went before the end
    spilled: int = 0  # bytes written for want of memory


def _told(folder: Path) -> Told:
    found = Told()
    for file in (folder / "events").rglob("*"):
        for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
            event = json.loads(line) if line.startswith("{") else {}
            if event.get("Event") == "SparkListenerTaskEnd":
                found.tasks += 1
                found.failed += event["Task End Reason"]["Reason"] != "Success"
                found.spilled += (event.get("Task Metrics") or {}).get("Disk Bytes Spilled", 0)
            found.lost += event.get("Event") == "SparkListenerExecutorRemoved"
    return found


def _embedded(folder: Path) -> tuple[pl.DataFrame, Run]:
    return bench_folder.ours(folder, trained=True)


def _both(folder: Path) -> dict[str, Run]:
    links, run = _embedded(folder)
    found, on_spark = _spark(folder)
    assert found.equals(links)
    _show(folder, {"one process": run, "Spark": on_spark})
    return {"one process": run, "Spark": on_spark}


def _show(folder: Path, runs: dict[str, Run]) -> None:
    people, feed = (pl.scan_parquet(folder / f"{side}.parquet").select(pl.len()).collect().item() for side in SIDES)
    print(f"\n{feed} records x {people} people, {MASTER}, load {os.getloadavg()[0]:.1f}")
    for name, run in runs.items():
        print(f"  {name:<14}{run.seconds:>9.1f} s{run.cpu:>9.1f} s of processor")
    told = _told(folder)
    print(
        f"  {told.tasks} tasks, {told.failed} failed, {told.lost} executors lost, {told.spilled / 1e6:.0f} MB spilled"
    )


def _counties() -> Path:
    """Ten counties of a million listed people as one: no two of them share an id or a household."""
    folder = bench_folder.FOLDER / f"{COUNTIES}-counties-{SEED}"
    if not (folder / "feed.parquet").exists():
        folder.mkdir(parents=True, exist_ok=True)
        parts = [bench_folder.county(2_000_000, "typical", SEED + place, 300_000) for place in range(COUNTIES)]
        for side in SIDES:
            own = [
                pl.scan_parquet(part / f"{side}.parquet").with_columns(
                    pl.format(f"{place}-{{}}", pl.col(name)).alias(name) for name in ("id", "household")
                )
                for place, part in enumerate(parts)
            ]
            pl.concat(own).sink_parquet(folder / f"{side}.parquet", row_group_size=100_000)
    return folder


def _gives_up(command: Sequence[str | Path]) -> bool:
    """Whether a process held to ROOM ends without links."""
    held = ["prlimit", f"--data={ROOM}", *command]
    return subprocess.run(held, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode != 0


@pytest.mark.bench
def test_small_on_spark_itself() -> None:
    _both(bench_folder.county(20_000, "dirty", SEED, 6_000))


@pytest.mark.bench
def test_an_executor_is_killed_and_the_links_are_the_same() -> None:
    folder = bench_folder.county(20_000, "dirty", SEED, 6_000)
    links, _ = _embedded(folder)
    over = threading.Event()
    killing = threading.Thread(target=_kill_one, args=(over,))
    killing.start()
    try:
        found, run = _spark(folder)
    finally:
        over.set()
        killing.join()
    assert found.equals(links)
    _show(folder, {"Spark, struck": run})
    assert _told(folder).lost >= 1


def _kill_one(over: threading.Event) -> None:
    """The first executor that is there, a while after it came."""
    while not over.wait(1.0):
        found = subprocess.run(["pgrep", "-f", EXECUTOR], capture_output=True, text=True, check=False).stdout.split()
        if found and not over.wait(STRUCK_AFTER):
            os.kill(int(found[0]), signal.SIGKILL)
            return


@pytest.mark.bench
@pytest.mark.soak
def test_full_size_and_ten_times_as_many() -> None:
    one = _both(bench_folder.county(2_000_000, "typical", SEED, 300_000))["Spark"]
    folder = _counties()
    out = folder / "never.parquet"
    assert _gives_up([ROOT / "run", *_words(folder, out)])
    assert not out.exists()
    links, ten = _spark(folder)
    _show(folder, {"Spark": ten})
    assert links.filter("assigned").height > COUNTIES * 100_000
    print(f"  ten times as many take {ten.seconds / one.seconds:.1f} times as long (bound: {GROWTH:.0f})")
