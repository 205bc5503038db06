"""POST /match beside a registry of a million: one question after the other over HTTP, fifty a second for a minute.

The service is the process production starts, one uvicorn worker; whoever asks is a process of its own, on the loopback.
Asked are records the agencies sent, with their mistakes, every third without its number; half of them are in nobody's
list. Nothing is asserted about time, but every answer must be one, and the right person on top.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from doudi.serve import free_port
from kit.crypto import KeyRing
from kit.keys_file import make_or_complete
from matcher import main as program
from matcher.flows.open_desk import open_desk
from matcher.settings import MatcherSettings
from tests.benchmarks import bench_folder
from tests.benchmarks.served_matcher import asked, cpu, registry_at, served
from tests.benchmarks.warm_county import know

SEED = 600
RATE = 50
SECONDS = 60
WITHOUT_NUMBER = 3  # every third record is asked without its number
LEAST_RIGHT = 0.95
SAID = ("name", "id_number", "sex", "birth_date", "ethnic", "division", "address", "phone")


def _questions(folder: Path) -> tuple[list[dict[str, Any]], list[str | None]]:
    """Bodies of POST /match, and who is meant: None is in nobody's list."""
    feed, truth = (pl.read_parquet(folder / f"{name}.parquet") for name in ("feed", "truth"))
    chosen = feed.join(truth, left_on="id", right_on="feed_id").filter(pl.col("name").str.strip_chars() != "")
    chosen = chosen.sample(RATE * SECONDS, shuffle=True, seed=SEED)
    bodies = []
    for place, row in enumerate(chosen.select(SAID).iter_rows(named=True)):
        silent = place % WITHOUT_NUMBER == 0
        bodies.append({"queries": [{"example": {**row, "id_number": None} if silent else row}]})
    return bodies, chosen["person_id"].to_list()


def _asked(settings: MatcherSettings, token: str, bodies: list[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """What became of these bodies, put at a steady rate."""
    alike = {"kind": "match", "method": "POST", "path": "/matcher/v1/match", "token": token, "keep": True}
    questions = [{**alike, "due": at / RATE, "body": json.dumps(body)} for at, body in enumerate(bodies)]
    return asked(f"http://{settings.listen}", questions, folder)


def _judged(told: list[dict[str, Any]], meant: list[str | None], people: int) -> dict[str, float]:
    """Shares of right answers; fails where an answer is none."""
    right: dict[str, list[bool]] = {"with a number": [], "without a number": [], "in nobody's list, none taken": []}
    for place, (one, person) in enumerate(zip(told, meant, strict=True)):
        assert one["status"] == 200, one
        content = json.loads(one["answer"])
        (answer,) = content["answers"]
        assert answer["status"] == "ok"
        assert content["people"] == people
        hits = answer["candidates"]
        assert all({"person_id", "probability", "grade", "evidence"} <= hit.keys() for hit in hits)
        assert [hit["probability"] for hit in hits] == sorted((hit["probability"] for hit in hits), reverse=True)
        if person is None:
            right["in nobody's list, none taken"].append(not any(hit["assigned"] for hit in hits))
        else:
            kind = "without a number" if place % WITHOUT_NUMBER == 0 else "with a number"
            right[kind].append(bool(hits) and hits[0]["person_id"] == person)
    every = right["with a number"] + right["without a number"]
    assert sum(every) >= LEAST_RIGHT * len(every)
    return {kind: sum(some) / len(some) for kind, some in right.items()}


@pytest.mark.bench
@pytest.mark.parametrize("size", [400_000, pytest.param(2_000_000, marks=pytest.mark.soak)])
def test_fifty_questions_a_second(tmp_path: Path, size: int) -> None:
    folder = bench_folder.county(size, "typical", SEED, size * 3 // 20)
    listed = pl.read_parquet(folder / "people.parquet")
    ports = free_port(), free_port()
    settings = MatcherSettings(
        database_url=f"sqlite:///{tmp_path}/matcher.db",
        data_dir=tmp_path / "data",
        keys_file=tmp_path / "keys.json",
        registry_url=f"http://127.0.0.1:{ports[0]}",
        listen=f"127.0.0.1:{ports[1]}",
        checkpoints_dir=tmp_path / "checkpoints",
    )
    program.migrate(settings)
    make_or_complete(settings.keys_file, settings.crypto_suite)
    desk = open_desk(settings, KeyRing.load(settings.keys_file))
    know(desk, listed)
    desk.close()
    bodies, meant = _questions(folder)
    with registry_at(ports[0]) as registry, served(settings, tmp_path / "serve.log") as process:
        token = registry.token(scope="match:query", area="0" * 12)
        begun = time.perf_counter()
        first = _asked(settings, token, bodies[:1], tmp_path)
        waited = time.perf_counter() - begun
        assert first[0]["status"] == 200
        load, before = os.getloadavg()[0], cpu(process)
        told = _asked(settings, token, bodies, tmp_path)
        used = cpu(process) - before
    shares = _judged(told, meant, listed["id"].n_unique())
    seconds = pl.Series([one["seconds"] for one in told]) * 1000
    marks = [seconds.quantile(share, "nearest") or 0.0 for share in (0.5, 0.9, 0.99, 0.999)]
    print(f"\n{listed.height} people, {len(told)} questions, {RATE} a second; the first answer took {waited:.1f} s")
    print(
        "  ms  " + "  ".join(f"p{name} {mark:.1f}" for name, mark in zip((50, 90, 99, 99.9), marks, strict=True)),
        end="",
    )
    print(f"  max {seconds.max():.1f}; processor {used / len(told) * 1000:.2f} a question; load before {load:.1f}")
    late = pl.Series([one["late"] for one in told]) * 1000
    print(f"  sent late by at most {late.max():.1f} ms; right: " + ", ".join(f"{k} {v:.3f}" for k, v in shares.items()))
