"""`./run link`, started cold, beside Splink's read + train + predict on the same files, in turns; memory and F1 too.

Nothing is asserted about time: the tables are there to be read. Half of a county's people are in the list: 300 000
records against 1 000 000 listed people take a county of two million. Ours is the wall time of the whole process,
interpreter included, after the inner loops have been compiled once (of people in memory only what comes after they are
there); a peer's is what it counts itself, from reading the
files to the scored pairs. The processor's time and the machine's load stand beside it: on a busy machine read those.
"""

import os
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl
import pytest

from tests.benchmarks import bench_folder, held_beside

SEED = 600
ROUNDS = 2
LEAST_F1 = {"recordlinkage": 0.9}
Row = dict[str, Any]
Turn = Callable[[Path], tuple[pl.DataFrame, Row]]


def _ours(folder: Path, *, trained: bool) -> tuple[pl.DataFrame, Row]:
    return _counted(bench_folder.ours(folder, trained=trained))


def _counted(found: tuple[pl.DataFrame, bench_folder.Run]) -> tuple[pl.DataFrame, Row]:
    links, run = found
    return links, {"seconds": run.seconds, "wall": run.seconds, "cpu": run.cpu, "peak_mb": run.peak_mb}


def _theirs(found: tuple[pl.DataFrame, Row]) -> tuple[pl.DataFrame, Row]:
    links, report = found
    parts = {part: report[part] for part in ("read", "train", "predict")}
    process = {name: report[name] for name in ("wall", "cpu", "peak_mb")}
    return links, {"seconds": sum(parts.values()), **process, **parts}


TURNS: dict[str, Turn] = {
    "doudi, trains": lambda folder: _ours(folder, trained=True),
    "doudi, people on disk": lambda folder: _counted(bench_folder.ours_kept(folder)),
    "doudi, people in memory": bench_folder.ours_in_memory,
    "Splink 5, thorough": lambda folder: _theirs(bench_folder.splink(folder, "thorough", kept=False)),
    "doudi, shipped model": lambda folder: _ours(folder, trained=False),
    "Splink 5, as documented": lambda folder: _theirs(bench_folder.splink(folder, "plain", kept=False)),
}


def _measure(folder: Path, turns: dict[str, Turn], rounds: int) -> dict[str, Row]:
    """Per system the median of its rounds, taken in turns (A B C A B C), and the F1 of its last links."""
    bench_folder.warm_up()
    truth = pl.read_parquet(folder / "truth.parquet")
    seen: dict[str, list[Row]] = {name: [] for name in turns}
    scores: dict[str, float] = {}
    for _ in range(rounds):
        for name, turn in turns.items():
            links, row = turn(folder)
            seen[name].append(row)
            scores[name] = held_beside.f1(links, truth)
    return {
        name: {key: median(row[key] for row in rows) for key in rows[0]} | {"f1": scores[name]}
        for name, rows in seen.items()
    }


def _show(folder: Path, rounds: int, table: dict[str, Row]) -> None:
    people, records = (
        pl.scan_parquet(folder / f"{side}.parquet").select(pl.len()).collect().item() for side in ("people", "feed")
    )
    print(f"\n{records} records x {people} people, median of {rounds} rounds, in turns; load {os.getloadavg()[0]:.1f}")
    print(f"  {'':<25}{'seconds':>9}{'wall':>8}{'cpu':>8}{'peak MB':>9}{'F1':>9}   read / train / predict")
    for name, row in table.items():
        parts = " / ".join(f"{row[part]:.1f}" for part in ("read", "train", "predict") if part in row)
        times = f"{row['seconds']:>9.2f}{row['wall']:>8.2f}{row['cpu']:>8.2f}"
        print(f"  {name:<25}{times}{row['peak_mb']:>9.0f}{row['f1']:>9.5f}   {parts}")
    for name, row in table.items():
        if name.startswith("doudi"):
            longer = ", ".join(
                f"{peer} {table[peer]['seconds'] / row['seconds']:.2f} ({table[peer]['cpu'] / row['cpu']:.2f})"
                for peer in table
                if not peer.startswith("doudi")
            )
            print(f"  beside {name}, times as long (as much of the processor): {longer}")


def _check(table: dict[str, Row]) -> None:
    """Nobody is fast by leaving links out."""
    for name, row in table.items():
        assert row["f1"] > LEAST_F1.get(name, 0.98), f"{name}: F1 {row['f1']:.5f}: links are missing"


@pytest.mark.bench
def test_small_beside_both_peers() -> None:
    folder = bench_folder.county(300_000, "typical", SEED, 60_000)
    turns = TURNS | {"recordlinkage": lambda folder: _theirs(bench_folder.recordlinkage(folder))}
    table = _measure(folder, turns, ROUNDS)
    _show(folder, ROUNDS, table)
    _check(table)


@pytest.mark.bench
@pytest.mark.soak
def test_full_size_and_twice_the_people() -> None:
    tables = {}
    for people in (2_000_000, 4_000_000):
        folder = bench_folder.county(people, "typical", SEED, 300_000)
        tables[people] = _measure(folder, TURNS, ROUNDS)
        _show(folder, ROUNDS, tables[people])
        _check(tables[people])
    for name in TURNS:
        one, two = (tables[people][name]["seconds"] for people in (2_000_000, 4_000_000))
        print(f"  {name}: twice the people take {two / one:.2f} times as long")
