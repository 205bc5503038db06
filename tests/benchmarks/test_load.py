"""Townships that follow their lists while dashboards look and agencies push, beside the bare framework with the same
bytes: `./run bench load`.

One uvicorn worker as production starts it, SQLite or the database set; whoever asks is a process of its own. Every
township asks once a minute what changed, a fiftieth of them begins anew, and some turn pages; twenty leads of one
township move twice a second. No worker runs beside: what it costs is measured by itself. Nothing is asserted about
time, but every answer must be one.
"""

import json
import os
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from doudi.serve import free_port
from kit.crypto import KeyRing
from kit.database import Database
from kit.keys_file import make_or_complete
from kit.paging import encode_cursor
from matcher import main as program
from matcher.api.lead_changes import SEQ
from matcher.settings import MatcherSettings
from tests.benchmarks.lead_lists import fill, moving, town
from tests.benchmarks.served_matcher import asked, cpu, process_at, registry_at, served
from tests.matcher import county
from tests.matcher.fake_registry import FakeRegistry

pytestmark = pytest.mark.bench
SEED = 11
MINUTE = 60.0
PAUSE = 0.5  # seconds between two movements
ROWS = 200  # of a delivery
CALLS, RATE = 500, 50.0  # of each kind, when they are compared with the bare framework, and of them a second
MANY, OFTEN = 3_000, 500.0  # of polls, nearer to what one process can do
ROUNDS = 3
RESTS = 5.0  # seconds, to see what a process uses when nobody asks
LEADS = "/matcher/v1/leads"


@dataclass(frozen=True)
class Size:
    """Townships, leads of each, and for how long they are watched (seconds)."""

    towns: int
    each: int
    seconds: float


SIZES = (Size(60, 200, 30.0), Size(500, 5_000, 180.0))


def _settings(url: str, folder: Path, registry: int) -> MatcherSettings:
    return MatcherSettings(
        database_url=url,
        data_dir=folder / "data",
        keys_file=folder / "keys.json",
        registry_url=f"http://127.0.0.1:{registry}",
        listen=f"127.0.0.1:{free_port()}",
        checkpoints_dir=folder / "checkpoints",
    )


class Mix:
    """What everybody asks, in order of its time."""

    def __init__(self, registry: FakeRegistry, ring: KeyRing, size: Size) -> None:
        self.registry, self.ring, self.size, self.rng = registry, ring, size, random.Random(SEED)
        self.cursor = encode_cursor(ring, {SEQ: size.towns * size.each})

    def token(self, scope: str, area: str, **claims: Any) -> str:
        """Good for longer than the benchmark takes."""
        return self.registry.token(scope=scope, area=area, **claims)

    def questions(self) -> list[dict[str, Any]]:
        """All of them."""
        every = [*self._polls(), *self._lists(), *self._dashboards(), *self._pushes()]
        return sorted(every, key=lambda one: float(one["due"]))

    def poll(self, at: int, due: float) -> dict[str, Any]:
        """A township asks what changed since it asked last."""
        path = f"{LEADS}/changes?limit=200"
        return {**self._get("poll", path, due, self.token("leads:read", town(at))), "follow": str(at)}

    def page(self, at: int, due: float) -> dict[str, Any]:
        """A township looks at a page of its list."""
        return self._get("page of 100", f"{LEADS}?limit=100", due, self.token("leads:read", town(at)))

    def figure(self, due: float) -> dict[str, Any]:
        """A county's dashboard asks for a figure."""
        area = f"{town(0)[:6]}000000"
        return self._get("figure", "/matcher/v1/statistics/feeds", due, self.token("statistics:read", area))

    def first(self, at: int) -> dict[str, Any]:
        """What gives a township its place to go on from, without taking its list."""
        return {**self.poll(at, 0.0), "path": f"{LEADS}/changes?limit=200&cursor={self.cursor}"}

    @staticmethod
    def _get(kind: str, path: str, due: float, token: str) -> dict[str, Any]:
        return {"kind": kind, "method": "GET", "path": path, "due": due, "token": token}

    def _polls(self) -> Iterator[dict[str, Any]]:
        for at in range(self.size.towns):
            due = self.rng.random() * min(MINUTE, self.size.seconds)
            begins = at % 50 == 7  # these take their whole list anew
            yield {**self.poll(at, due), "kind": "begin"} if begins else self.first(at) | {"due": due}
            while (due := due + MINUTE) < self.size.seconds:
                yield self.poll(at, due)

    def _lists(self) -> Iterator[dict[str, Any]]:
        for due in np.arange(0, self.size.seconds, 1.0):
            yield self.page(self.rng.randrange(self.size.towns), float(due))

    def _dashboards(self) -> Iterator[dict[str, Any]]:
        for due in np.arange(0, self.size.seconds, 2.0):
            yield self.figure(float(due))

    def _pushes(self) -> Iterator[dict[str, Any]]:
        token = self.token("feeds:push", f"{town(0)[:6]}000000", agency="health")
        for number, due in enumerate(np.arange(0, self.size.seconds, 5.0)):
            yield {
                **self._get("push", "/matcher/v1/feeds/health-illness/batches", float(due), token),
                "method": "POST",
                "type": "text/csv",
                "body": _delivery(number),
                "headers": {"Idempotency-Key": f"load-{number}"},
            }


def _delivery(number: int) -> str:
    """A monthly file of its own: each is another one."""
    rows = [county.illness(*one, paid=str(20_000 + number)) for one in county.numbered(ROWS)]
    return county.csv(county.ILLNESS, rows).decode("gb18030")


def _said(kind: str, told: Sequence[dict[str, Any]]) -> str:
    ms = np.array([one["seconds"] for one in told]) * 1000
    size = np.median([one["size"] for one in told])
    marks = "  ".join(f"p{mark} {np.percentile(ms, mark):.1f}" for mark in (50, 95, 99))
    return f"{kind}: {len(told)} calls, {size:,.0f} bytes; ms {marks}  max {ms.max():.1f}"


def test_five_hundred_townships_follow_their_lists(database_url: str, tmp_path: Path, pytestconfig: Any) -> None:
    size = SIZES[bool(pytestconfig.getoption("--soak"))]
    port = free_port()
    settings = _settings(database_url, tmp_path, port)
    program.migrate(settings)
    make_or_complete(settings.keys_file, "international")
    ring, database = KeyRing.load(settings.keys_file), Database.open(database_url)
    fill(database, ring, size.towns, size.each)
    with registry_at(port) as registry, served(settings, tmp_path / "serve.log") as process:
        mix, url = Mix(registry, ring, size), f"http://{settings.listen}"
        asked(url, [mix.first(0), mix.page(0, 0.1), mix.figure(0.2)], tmp_path)  # what a process does once
        load, before = os.getloadavg()[0], cpu(process)
        with moving(database, size.towns, PAUSE):
            told = asked(url, mix.questions(), tmp_path)
        used = cpu(process) - before
        assert {one["status"] for one in told} <= {200, 202}, told
        print(f"\n{database.dialect}, load {load:.1f}; {size.towns} townships, {size.each} leads each")
        for kind in sorted({one["kind"] for one in told}):
            print("  " + _said(kind, [one for one in told if one["kind"] == kind]))
        print(f"  processor: {used / size.seconds:.0%} of a core")
        _beside(mix, process, url, tmp_path)
    database.dispose()


def _beside(mix: Mix, process: Any, url: str, folder: Path) -> None:
    """The processor's time of one call of a kind, and of the bare framework that answers the same bytes."""
    (told,) = asked(url, [{**mix.first(0), "keep": True}], folder)
    up_to_date = json.loads(told["answer"])["cursor"]
    kinds = {"poll, nothing new": mix.poll(0, 0.0), "page of 100": mix.page(0, 0.0), "figure": mix.figure(0.0)}
    kinds["poll, nothing new"]["path"] += f"&cursor={up_to_date}"
    answers = {}
    for kind, one in kinds.items():
        one.pop("follow", None)
        (told,) = asked(url, [{**one, "keep": True}], folder)
        answers[kind] = told["answer"]
    file, place = folder / "answers.json", f"127.0.0.1:{free_port()}"
    paths = {kind: one["path"].partition("?")[0] for kind, one in kinds.items()}
    file.write_text(json.dumps({paths[kind]: body for kind, body in answers.items()} | {"/": "{}"}), encoding="utf-8")
    words = [sys.executable, "-m", "uvicorn", "tests.benchmarks.bare_answers:app", "--host", "127.0.0.1"]
    words += ["--port", place.rpartition(":")[2], "--log-level", "warning", "--no-access-log"]
    environment = {**os.environ, "ANSWERS": str(file)}
    with process_at(words, environment, f"http://{place}/", folder / "bare.log") as bare:
        asked_so = [(kind, CALLS, RATE) for kind in kinds] + [("poll, nothing new", MANY, OFTEN)]
        for kind, calls, rate in asked_so:
            questions = [{**kinds[kind], "due": at / rate} for at in range(calls)]
            rounds = [
                (_cost(process, url, questions, folder), _cost(bare, f"http://{place}", questions, folder))
                for _ in range(ROUNDS)
            ]
            ours, theirs = (float(np.median(some)) for some in zip(*rounds, strict=True))
            told = ", ".join(f"{one / other:.1f}" for one, other in rounds)
            print(f"  {kind}, {rate:.0f} a second: {ours:.2f} ms of the processor, bare {theirs:.2f}: x {told}")


def _cost(process: Any, url: str, questions: Sequence[dict[str, Any]], folder: Path) -> float:
    """Milliseconds of the processor for one of these questions, without what the process uses when nobody asks."""
    before = cpu(process)
    time.sleep(RESTS)
    resting, before, begun = (cpu(process) - before) / RESTS, cpu(process), time.monotonic()
    told = asked(url, questions, folder)
    assert {one["status"] for one in told} == {200}
    used = cpu(process) - before - resting * (time.monotonic() - begun)
    return used / len(questions) * 1000
