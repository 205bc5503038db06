"""Who is struck, and when: a plan drawn from a run's number, and somebody who carries it out while a delivery lives.

A process asks before each of its commits (gates.py), and no phase ends without one: who is struck at one is certainly
in that phase. Who is struck on the way to the next may have ended the phase by the one before.
"""

import random
import threading
import time
from dataclasses import dataclass, field, replace

from sqlmodel import col, select

from kit.database import Database, reading
from matcher.batches.tables import Batch
from tests.faults.gates import Gates
from tests.faults.intake import FEEDS_SENT, PART_BYTES, WAIT_SECONDS, Intake, Sender

CALLS = ("open", "part", "seal")  # what the web process is asked for
# States in which a worker reads, links, screens, publishes; and the end of its work.
STATES = ("validating", "linking", "linked", "screened")
LIFE = (*CALLS, "sealed", "validating", "validated", "committed", "linking", "linked", "screened", "published")
COMMITS = 4  # of a phase, one of which is the last that was done
LOOK_SECONDS = 0.1  # where nobody asks: whether the phase is over
LATEST = 0.8  # how far on the way, at most, as a share of the phase's undisturbed time


@dataclass(frozen=True)
class Blow:
    """In which phase, after how many of its commits, and how far on the way to the next. After none: before its first
    one is done."""

    phase: str
    commits: int
    share: float

    @property
    def role(self) -> str:
        """Whose phase it is."""
        return "web" if self.phase in CALLS else "worker"


def plan(run: int, phases: tuple[str, ...], *, sure: bool) -> list[Blow]:
    """One blow in each phase. `sure` falls in all of them; otherwise the first does, so that somebody is cut off, and
    the others at their own random moments."""
    rng = random.Random(run)
    drawn = [Blow(phase, rng.randrange(COMMITS), rng.uniform(0, LATEST)) for phase in phases]
    return [replace(blow, commits=0) if sure or blow is drawn[0] else blow for blow in drawn]


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
    """How long each phase lasts, seen from outside until the delivery is published; nothing where it was not seen."""
    spent = dict.fromkeys(LIFE, 0.0)
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
    gates: Gates
    eye: Eye
    plan: list[Blow]
    seconds: dict[str, float]
    struck: list[tuple[str, str]] = field(default_factory=list)  # who, and in which phase it was then
    failed: list[BaseException] = field(default_factory=list)

    def thread(self) -> threading.Thread:
        """Begun: whoever commits from now on asks."""
        self.gates.close()
        made = threading.Thread(target=self._run, daemon=True)
        made.start()
        return made

    def _run(self) -> None:
        try:
            for blow in self.plan:
                self._wait_for(blow)
                self._strike(blow.role)
        except BaseException as error:
            self.failed.append(error)
        finally:
            self.gates.open()

    def _wait_for(self, blow: Blow) -> None:
        """Let everybody commit until it is time for the blow; whoever is to be struck waits, or is on its way."""
        done, end = 0, time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            role = self.gates.who_asks(LOOK_SECONDS)
            phase = self.eye.sender.asking if role == "web" else self.eye.state()
            its = role == blow.role and phase == blow.phase
            if role in {blow.role, ""} and (self.eye.past(blow.phase) or (its and blow.commits == 0)):
                return
            if role:
                self.gates.let(role)
            done += its
            if its and done == blow.commits:
                time.sleep(blow.share * self.seconds[blow.phase])
                return
        raise AssertionError(f"not within {WAIT_SECONDS} s: {blow}")

    def _strike(self, role: str) -> None:
        asked = self.eye.sender.asking
        self.intake.mortal.kill(role)
        # Of a dead worker the state tells where it was; what was being asked of a dead web process, who asked.
        self.struck.append((role, asked if role == "web" else self.eye.state()))
        self.gates.forget(role)
        self.intake.mortal.revive(role)
