"""Work that goes on through a stack's proxy while its processes are killed, and what each of the workers saw.

Everybody repeats what got no answer under the same Idempotency-Key, as `doudi push` does; nobody gives up.
"""

import os
import random
import re
import signal
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from doudi.agency import Agency
from doudi.main_job import FEEDS
from doudi.progress import steps
from doudi.push import Order, Pusher
from doudi.stack import Stack
from doudi.stack.running import SERVED
from doudi.township import Township
from tests.faults.tale import DAY_VISITED, homes_of
from tests.journeys.papers import HEADERS, Papers
from tests.journeys.seen import MATCHER, REGISTRY
from tests.journeys.villagers import covered, dead, disabled, villager
from tests.matcher import county

PART_BYTES = 4000
SECONDS, CUT = (20.0, 180.0), (3.0, 20.0)  # for every day, and soaked
EVERY = 5.0
UNIT = ("民政办", "马站长", "入户核查")
# Who comes new with each delivery: indexes of villagers, apart from those of the tale (0 to 119).
NEW_CARDS, NEW_DEAD, NEW_PAID = range(120, 220), range(220, 300), range(300, 900)
CODES = ({"code": "08"}, {"code": "12"}, {"code": "09", "reason": "income"}, {"code": "13"})


@dataclass
class Load:
    """Threads that go on until told to stop. What goes wrong is kept; nothing may."""

    stop: threading.Event = field(default_factory=threading.Event)
    wrong: list[str] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)
    turns: dict[str, int] = field(default_factory=dict)

    def keep(self, name: str, turn: Callable[[], None], pause: float = 0.0) -> None:
        """Take turns until the end."""

        def run() -> None:
            while not self.stop.is_set():
                try:
                    turn()
                    self.turns[name] = self.turns.get(name, 0) + 1
                except BaseException as trouble:
                    self.wrong.append(f"{name}: {trouble!r}"[:500])
                    return
                self.stop.wait(pause)

        self.threads.append(threading.Thread(target=run, name=name, daemon=True))
        self.threads[-1].start()

    def end(self, seconds: float = 300.0) -> None:
        """Everybody ends the turn they are at."""
        self.stop.set()
        until = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(timeout=max(0.0, until - time.monotonic()))
        assert [thread.name for thread in self.threads if thread.is_alive()] == []


@dataclass
class Office:
    """An agency, or civil affairs, whose list grows by one person from delivery to delivery."""

    papers: Papers
    folder: Path
    sent: list[tuple[str, int]] = field(default_factory=list)  # batch or import, and how many rows it had

    def write(self, name: str) -> tuple[Path, int]:
        """The list as it is now, as CSV; its rows."""
        rows = [[row[header] or "" for header in HEADERS[name]] for row in self.papers.sheets[name]]
        file = self.folder / f"{name.partition('.')[0]}-{len(self.sent)}.csv"
        file.write_bytes(county.csv(HEADERS[name], rows))
        return file, len(rows)


def deliver(office: Office, client: Agency, feed: str) -> None:
    """One delivery of the feed with somebody new on it, in parts, followed to its end."""
    homes, turn = homes_of(office.papers.areas), len(office.sent)
    cards = feed == "disability-cards"
    index = (NEW_CARDS if cards else NEW_DEAD)[turn]
    (disabled if cards else dead)(office.papers, villager(index, homes[index % len(homes)]))
    file, rows = office.write(FEEDS[feed][0])
    with steps() as shown:
        batch = Pusher(client, Order(feed, file, {}, PART_BYTES), shown).deliver()  # type: ignore[arg-type]  # it waits
    ended = client.follow(batch["batch_id"], lambda _: None)
    assert ended["state"] == "published", ended
    office.sent.append((str(batch["batch_id"]), rows))


def register(office: Office, client: Agency) -> None:
    """Civil affairs' export with one more household."""
    homes, turn = homes_of(office.papers.areas), len(office.sent)
    index = NEW_PAID[turn]
    covered(office.papers, villager(index, homes[index % len(homes)]), f"N{index:04}")
    file, rows = office.write("registry.xlsx")
    done = client.send(f"{REGISTRY}/imports", file)
    while done["state"] not in {"done", "failed"}:
        done = client.call("GET", f"{REGISTRY}/imports/{done['import_id']}").json()
    assert done["state"] == "done", done
    office.sent.append((str(done["import_id"]), rows))


@dataclass
class Desk:
    """A township at its desk: it follows its list, takes cases over and reports every item it has not yet."""

    township: Township
    reported: dict[str, str] = field(default_factory=dict)  # outcome → code

    def turn(self) -> None:
        """Safe to repeat: what was not answered is asked once more under the same key."""
        self.township.follow(wait=1)
        self.township.take_over(*UNIT)
        rows = []
        for case in self.township.cases(state="verifying"):
            for item in case["items"]:
                number = str(uuid.uuid5(uuid.NAMESPACE_OID, item["item_id"]))
                if item["standing"] == "pending" and number not in self.reported and item["kind"] == "missed":
                    said = CODES[len(self.reported) % len(CODES)]
                    visit = {"item_id": item["item_id"], "how": "visit", "visited_on": DAY_VISITED}
                    rows.append({"outcome_id": number, **visit, **said})
                    self.reported[number] = said["code"]
        answered = self.township.report(rows)
        assert answered.refused == 0, answered.mistakes()


@dataclass
class Follower:
    """Somebody who follows a feed of changes and keeps every event as it came."""

    client: Agency
    path: str
    cursor: str | None
    events: list[dict[str, Any]] = field(default_factory=list)

    def turn(self) -> None:
        """The next page; waits a second where there is none."""
        query = {"wait": "1", "limit": "50", **({"cursor": self.cursor} if self.cursor else {})}
        page = self.client.call("GET", self.path, params=query).json()
        self.events += page["changes"]
        self.cursor = page["cursor"]

    def to_the_end(self) -> None:
        """Whatever is still to come."""
        before = None
        while self.cursor != before:
            before = self.cursor
            self.turn()


def kind_of(name: str) -> str:
    """The service a process is one of."""
    return re.sub(r"[- ].*", "", name)


@dataclass
class Killer:
    """Kills any one process without warning every so often, restarts the database, cuts the proxy."""

    stack: Stack
    rng: random.Random
    soak: bool = field(kw_only=True)
    struck: list[str] = field(default_factory=list)

    @property
    def kinds(self) -> set[str]:
        """What was struck, whichever replica of it."""
        return {kind_of(name) for name in self.struck}

    def strike(self) -> None:
        """Somebody who lives, of a kind of services that was not struck yet while there is one; the supervisor starts
        them again."""
        alive = [name for name in (*self.stack.named(*SERVED, "worker"), "proxy") if self.stack.supervisor.pid(name)]
        met = {"proxy", *self.kinds}  # which is cut anyway
        name = self.rng.choice([one for one in alive if kind_of(one) not in met] or alive)
        pid = self.stack.supervisor.pid(name)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            self.struck.append(name)

    def restart_database(self, word: signal.Signals) -> None:
        """SIGINT: as an administrator does. SIGQUIT: at once, and it comes back by its log."""
        pid = self.stack.supervisor.pid("postgres")
        assert pid is not None
        os.kill(pid, word)
        self.struck.append(f"postgres by {word.name}")

    def cut(self, seconds: float) -> None:
        """Nobody comes in for so long."""
        programs = self.stack.supervisor.down("proxy")
        time.sleep(seconds)
        self.stack.supervisor.up(*programs)
        self.struck.append(f"proxy away for {seconds:.0f} s")

    def rage(self) -> None:
        """The database at a third and at two thirds of the time, the cut in the middle."""
        seconds, cut_seconds, begun = SECONDS[self.soak], CUT[self.soak], time.monotonic()
        events: list[tuple[float, Callable[[], None]]] = [
            (seconds / 3, lambda: self.restart_database(signal.SIGINT)),
            (seconds / 2, lambda: self.cut(cut_seconds)),
            (2 * seconds / 3, lambda: self.restart_database(signal.SIGQUIT)),
        ]
        while (at := time.monotonic() - begun) < seconds:
            if events and at >= events[0][0]:
                events.pop(0)[1]()
            else:
                self.strike()
                time.sleep(min(EVERY, max(0.0, seconds - at)))
        for _, event in events:
            event()

    def check(self) -> None:
        """Database, proxy and at least two kinds of services were struck."""
        assert {"postgres", "proxy"} <= self.kinds
        assert len(self.kinds & {"registry", "matcher", "worker", "console"}) >= 2, self.struck


def lines_of(client: Agency, batch_id: str) -> list[int]:
    """The lines of a delivery that are answered, as the service tells them row by row."""
    return [row["line"] for row in client.pages(f"{MATCHER}/batches/{batch_id}/rows", "rows", limit="1000")]
