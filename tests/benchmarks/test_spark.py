"""`link --engine spark` on Spark 4 itself, two executors of 2 GB, beside the engine in one process (bench spark).

Links are compared row by row. Times are there to be read (docs/scale.md): Spark's hold the start of Java and of its
Python. With --soak also 300 000 records x 1 000 000 people, and ten times as many of both, for which one process held
to 2 GB has no room.
"""

import os
import subprocess
from collections.abc import Sequence
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


def _words(folder: Path, out: Path) -> list[str | Path]:
    return ["link", folder / "people.parquet", folder / "feed.parquet", "--out", out]


def _spark(folder: Path) -> tuple[pl.DataFrame, Run]:
    out, conf = folder / "spark.parquet", folder / "conf"
    conf.mkdir(exist_ok=True)
    (conf / "spark-defaults.conf").write_text(
        f"spark.executor.memory 2g\nspark.local.dir {folder / 'spill'}\nspark.ui.enabled false\n"
    )
    within = [f"PYTHONPATH={ROOT / 'services'}", f"SPARK_CONF_DIR={conf}", f"PYSPARK_PYTHON={PYTHON}"]
    program = [PYTHON, "-m", "doudi.command_line", *_words(folder, out), "--engine", "spark", "--master", MASTER]
    run = bench_folder.timed(["/usr/bin/env", *within, *program])
    return pl.read_parquet(out), run


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
