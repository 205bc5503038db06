"""The service beside a registry of a million: a delivery of a thousand records, from its commit to being linked.

The people go straight into the snapshot, as an export would leave them; deliveries come through the door. A hundred
thousand records nobody knows are in the pool already. Nothing is asserted about time: the table is there to be read.
"""

import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import polars as pl
import pytest
from sqlalchemy import text

from kit.database import reading
from tests.benchmarks import bench_folder
from tests.benchmarks.warm_county import know
from tests.matcher.conftest import Matcher, matcher, registry

__all__ = ["matcher", "registry"]  # fixtures

SEED = 600
POOL = 100_000
BATCH = 1_000
ROUNDS = 6
LOOK_SECONDS = 0.002


def _seed(matcher: Matcher, listed: pl.DataFrame) -> None:
    matcher.worker.run_once()  # reads the empty registry: where its changes begin
    know(matcher.worker.desk, listed)


def _delivery(rows: pl.DataFrame) -> list[list[str]]:
    """Feed rows as the health office sends them; what they had cost them little, so that nobody is listed for it."""
    said = rows.select("name", "id_number", "sex", "birth_date", "address", "phone").fill_null("")
    return [[*row, "上呼吸道感染", "J06.9", "2020-05-15", "80", "20"] for row in said.iter_rows()]


@contextmanager
def _working(matcher: Matcher) -> Iterator[None]:
    stop = threading.Event()
    running = threading.Thread(target=matcher.worker.run_forever, args=(stop,))
    running.start()
    try:
        yield
    finally:
        stop.set()
        running.join()


def _states(matcher: Matcher, batch_id: str) -> dict[str, float]:
    """When the batch was first seen in each state, until it has gone through all of them."""
    seen: dict[str, float] = {}
    query = text("SELECT state FROM batch WHERE id = :id")
    while "published" not in seen:
        with reading(matcher.database) as session:
            state = str(session.execute(query, {"id": batch_id}).scalar())
        seen.setdefault(state, time.perf_counter())
        assert state != "failed"
        time.sleep(LOOK_SECONDS)
    return seen


def _linked_after(seen: dict[str, float], begun: float) -> tuple[float, float]:
    """Seconds from the commit, and from the push, to the links."""
    linked = min(seen[state] for state in ("linked", "screened", "published") if state in seen)
    committed = min(seen[state] for state in ("committed", "linking") if state in seen)
    return linked - committed, linked - begun


@pytest.mark.bench
@pytest.mark.parametrize("size", [200_000, pytest.param(2_000_000, marks=pytest.mark.soak)])
def test_a_delivery_of_a_thousand(matcher: Matcher, size: int) -> None:
    folder = bench_folder.county(size, "typical", SEED, size * 3 // 20)
    listed, feed, truth = (pl.read_parquet(folder / f"{name}.parquet") for name in ("people", "feed", "truth"))
    strangers = truth.filter(pl.col("person_id").is_null()).rename({"feed_id": "id"})
    pool = feed.join(strangers, on="id", how="semi").head(min(POOL, size // 20))
    others = feed.join(pool, on="id", how="anti").sample(fraction=1, shuffle=True, seed=SEED)
    _seed(matcher, listed)
    begun = time.perf_counter()
    matcher.deliver("health-illness", _delivery(pool), load="delta")
    matcher.work()
    done = time.perf_counter() - begun
    print(f"\n{listed.height} people; {pool.height} records in the pool, all done after {done:.1f} s")
    taken = []
    with _working(matcher):
        for turn in range(ROUNDS):
            rows = _delivery(others.slice(turn * BATCH, BATCH))
            time.sleep(2 * matcher.settings.worker_poll_seconds)
            begun = time.perf_counter()
            batch = matcher.deliver("health-illness", rows, load="delta")
            taken.append(_linked_after(_states(matcher, batch), begun))
    for name, place in (("commit to linked", 0), ("push to linked", 1)):
        seconds = [one[place] for one in taken]
        print(
            f"  {name:<18} median {median(seconds):.3f} s, worst {max(seconds):.3f} s of {ROUNDS} deliveries of {BATCH}"
        )
    print(f"  peak memory of the process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    kept = sum(path.stat().st_size for path in Path(matcher.settings.data_dir, "people-index").iterdir())
    print(f"  the encoded people on disk {kept / 1e6:.0f} MB")
