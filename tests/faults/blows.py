"""Who is struck, and when: a plan drawn from a run's number, and somebody who carries it out while a delivery lives."""

import random
import threading
import time
from dataclasses import dataclass, field

from sqlmodel import col, select

from kit.database import Database, reading
from matcher.batches.tables import Batch
from tests.faults.intake import FEEDS_SENT, PART_BYTES, Intake, Sender, until

CALLS = ("open", "part", "seal")  # what the web process is asked for
# States in which a worker reads, links, screens, publishes; and the end of its work.
STATES = ("validating", "linking", "linked", "screened")
LIFE = (*CALLS, "sealed", "validating", "validated", "committed", "linking", "linked", "screened", "published")
LATEST = 0.8  # how far into a phase, at most, as a share of its undisturbed time


@dataclass(frozen=True)
class Blow:
    """In which phase, how far into it, and who."""

    phase: str
    share: float

    @property
    def role(self) -> str:
        """Whose phase it is."""
        return "web" if self.phase in CALLS else "worker"


def plan(run: int, phases: tuple[str, ...]) -> list[Blow]:
    """One blow in each phase, each at its own random moment."""
    rng = random.Random(run)
    return [Blow(phase, rng.uniform(0, LATEST)) for phase in phases]


@dataclass
class Eye:
    """Sees in which phase of its life the only delivery of a home is."""

    database: Database
    sender: Sender

    def phase(self) -> str:
        """What its sender is asking for while it comes in; then its state."""
        return self.sender.asking if self.sender.asking in CALLS else self.state()

    def state(self) -> str:
        """The state of the first delivery; empty before there is one."""
        with reading(self.database) as session:
            found = session.exec(select(Batch.state).order_by(col(Batch.id)).limit(1)).first()
        return "" if found in {None, "open"} else str(found)

    def past(self, phase: str) -> bool:
        """Whether its life has gone beyond `phase`."""
        now = self.phase()
        return now in LIFE and LIFE.index(now) > LIFE.index(phase)


def timed(intake: Intake, eye: Eye) -> dict[str, float]:
    """How long each phase lasts, seen from outside until the delivery is published."""
    spent: dict[str, float] = {}
    before, since = eye.phase(), time.monotonic()
    while before != "published":
        now = eye.phase()
        if now != before:
            spent[before] = spent.get(before, 0.0) + time.monotonic() - since
            before, since = now, time.monotonic()
        time.sleep(0.003)
    parts = -(-intake.files[FEEDS_SENT[0]].stat().st_size // PART_BYTES)
    return {**spent, "part": spent["part"] / parts}


@dataclass
class Striker:
    """Carries a plan out; `struck` says in which phase each blow really fell."""

    intake: Intake
    eye: Eye
    plan: list[Blow]
    seconds: dict[str, float]
    struck: list[tuple[str, str]] = field(default_factory=list)  # who, and in which phase it was then
    failed: list[BaseException] = field(default_factory=list)

    def thread(self) -> threading.Thread:
        """Begun."""
        made = threading.Thread(target=self._run, daemon=True)
        made.start()
        return made

    def _run(self) -> None:
        try:
            for blow in self.plan:
                until(lambda phase=blow.phase: self.eye.phase() == phase or self.eye.past(phase), blow.phase)
                time.sleep(blow.share * self.seconds[blow.phase])
                asked = self.eye.sender.asking
                self.intake.mortal.kill(blow.role)
                # Of a dead worker the state tells where it was; what was being asked of a dead web process, who asked.
                self.struck.append((blow.role, asked if blow.role == "web" else self.eye.state()))
                self.intake.mortal.revive(blow.role)
        except BaseException as error:
            self.failed.append(error)
