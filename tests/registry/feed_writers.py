"""Writers and followers of the feed as processes of their own: `feed_writers.py ROLE URL FOLDER NUMBER JSON`.

A writer appends its events in transactions of different length, gives some up, and notes when each was committed. A
follower reads on from what it has seen, as `/changes` does, until everything came, and notes when it saw it.
"""

import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kit.auth import Caller
from kit.database import Database, reading, transaction
from registry.changes import store
from registry.changes.store import Touched

AREA, VILLAGE = "640499000000", "640499100201"
PATIENCE = 1800.0
PAGE = 1000
GIVEN_UP = 0.05  # of the transactions
PAUSE = 0.02  # a follower that finds nothing looks again after so long
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Told:
    """What is asked for, and what came of it: per follower (seq, subject); seconds from commit to sight."""

    writers: int
    each: int
    readers: int = 1
    most: int = 12  # events of one transaction
    followed: list[list[tuple[int, str]]] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    rolled_back: int = 0
    seconds: float = 0.0


class _GivenUp(Exception):
    pass


def run_feed(url: str, folder: Path, told: Told) -> Told:
    """Let so many write and so many follow; their notes, read back."""
    begun = time.perf_counter()
    roles = [("follow", at) for at in range(told.readers)] + [("write", at) for at in range(told.writers)]
    given = json.dumps({name: getattr(told, name) for name in ("writers", "each", "readers", "most")})
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT / "services"), str(ROOT)))}
    running = [
        subprocess.Popen([sys.executable, __file__, role, url, str(folder), str(at), given], env=environment)
        for role, at in roles
    ]
    codes = [one.wait(PATIENCE) for one in running]
    told.seconds = time.perf_counter() - begun
    if any(codes):
        raise AssertionError(f"a writer or follower failed: {codes}")
    committed: dict[str, float] = {}
    for at in range(told.writers):
        note = json.loads((folder / f"write-{at}.json").read_text(encoding="utf-8"))
        committed |= note["committed"]
        told.rolled_back += note["rolled_back"]
    for at in range(told.readers):
        seen = json.loads((folder / f"follow-{at}.json").read_text(encoding="utf-8"))
        told.followed.append([(seq, subject) for seq, subject, _ in seen])
        told.lags += [moment - committed[subject] for _, subject, moment in seen]
    return told


def _give_up(rng: random.Random) -> None:
    if rng.random() < GIVEN_UP:
        raise _GivenUp


def write(database: Database, number: int, told: Told) -> dict[str, Any]:
    """All events of one writer: when each was committed, and how many transactions were given up."""
    rng, at, rolled_back = random.Random(number), 0, 0
    committed: dict[str, float] = {}
    while at < told.each:
        subjects = [f"{number}-{one}" for one in range(at, min(at + rng.randint(1, told.most), told.each))]
        try:
            with transaction(database) as session:
                store.append(session, [Touched("case", subject, VILLAGE) for subject in subjects])
                _give_up(rng)
        except _GivenUp:
            rolled_back += 1
            continue
        moment = time.time()
        committed |= dict.fromkeys(subjects, moment)
        at += len(subjects)
    return {"committed": committed, "rolled_back": rolled_back}


def follow(database: Database, told: Told) -> list[tuple[int, str, float]]:
    """Everything, in the order in which it was seen."""
    caller = Caller("follower", "civil-affairs", AREA, frozenset({"registry:follow"}), "operation")
    seen: list[tuple[int, str, float]] = []
    until = time.monotonic() + PATIENCE
    while len(seen) < told.writers * told.each and time.monotonic() < until:
        with reading(database) as session:
            rows = store.after(session, caller, seen[-1][0] if seen else 0, PAGE)
            moment = time.time()
            seen += [(row.seq, row.subject, moment) for row in rows]
        if not rows:
            time.sleep(PAUSE)
    return seen


def main(role: str, url: str, folder: str, number: str, given: str) -> None:
    """One process's part."""
    database, told = Database.open(url), Told(**json.loads(given))
    made: Any = write(database, int(number), told) if role == "write" else follow(database, told)
    (Path(folder) / f"{role}-{number}.json").write_text(json.dumps(made), encoding="utf-8")
    database.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
