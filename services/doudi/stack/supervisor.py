"""Who keeps the processes of a stack: starts them, starts again what dies, ends them in order.

What systemd does for one server and Kubernetes for a cluster, for as long as this process lives.
"""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from doudi.defects import Stop

LOOK_SECONDS = 0.05
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # before what died is started again
SOON = 10.0  # seconds: what dies sooner is started again later each time
END_SECONDS = 60.0  # as TimeoutStopSec of the units


class StillRunning(Stop):
    """Processes of an earlier stack live in this folder; the text names them."""


@dataclass(frozen=True)
class Program:
    """One process: what is started, told what, as whom; its output goes to `log`."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    ends_by: signal.Signals = signal.SIGTERM
    user: str | None = None


@dataclass
class _Kept:
    program: Program
    process: "subprocess.Popen[bytes]"
    begun: float
    pause: float = FIRST_PAUSE
    again_at: float | None = None


@dataclass
class Supervisor:
    """`pids` is a file that names who lives, so that a later stack in the same folder does not run beside them."""

    pids: Path
    restarts: dict[str, int] = field(default_factory=dict)  # how often each was started again after it died
    _kept: dict[str, _Kept] = field(default_factory=dict)
    _hands: threading.RLock = field(default_factory=threading.RLock)  # one at a time starts and ends
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        """Watch from now on. Raises StillRunning."""
        before = json.loads(self.pids.read_text()) if self.pids.exists() else {}
        alive = {name: pid for name, pid in before.items() if _lives(pid)}
        if alive:
            told = ", ".join(f"{name} {pid}" for name, pid in alive.items())
            numbers = " ".join(map(str, alive.values()))
            raise StillRunning(f"processes of an earlier stack still run here ({told}): end them with `kill {numbers}`")
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._thread.start()

    def up(self, *programs: Program) -> None:
        """Start them, and again whenever they die."""
        with self._hands:
            for program in programs:
                self._kept[program.name] = _Kept(program, _started(program), time.monotonic())
            self._note()

    def down(self, *names: str) -> list[Program]:
        """End them together, each as it wishes to be told; whoever does not end in time is killed. What they were."""
        with self._hands:
            ended = [self._kept.pop(name) for name in names if name in self._kept]
            for one in ended:
                if one.process.poll() is None:
                    one.process.send_signal(one.program.ends_by)
        until = time.monotonic() + END_SECONDS
        for one in ended:
            try:
                one.process.wait(timeout=max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                one.process.kill()
                one.process.wait()
        with self._hands:
            self._note()
        return [one.program for one in ended]

    def end(self) -> None:
        """Watch no more. Whoever lives is ended, the last started first."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        for name in reversed(self.names()):
            self.down(name)
        self.pids.unlink(missing_ok=True)

    def names(self) -> list[str]:
        """Whom it keeps, in the order they were started."""
        with self._hands:
            return list(self._kept)

    def pid(self, name: str) -> int | None:
        """The number of a process that lives; None while it is dead."""
        with self._hands:
            kept = self._kept.get(name)
            return kept.process.pid if kept is not None and kept.process.poll() is None else None

    def _watch(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            with self._hands:
                for kept in self._kept.values():
                    self._look_at(kept)

    def _look_at(self, kept: _Kept) -> None:
        if kept.process.poll() is None:
            return
        at, name = time.monotonic(), kept.program.name
        if kept.again_at is None:
            soon = at - kept.begun < SOON
            kept.pause = min(2 * kept.pause, LONGEST_PAUSE) if soon else FIRST_PAUSE
            kept.again_at = at + kept.pause
            _note_death(kept)
        elif at >= kept.again_at:
            self.restarts[name] = self.restarts.get(name, 0) + 1
            kept.process, kept.begun, kept.again_at = _started(kept.program), at, None
            self._note()

    def _note(self) -> None:
        numbers = {name: kept.process.pid for name, kept in self._kept.items()}
        self.pids.write_text(json.dumps(numbers))


def _note_death(kept: _Kept) -> None:
    with kept.program.log.open("a") as log:
        log.write(json.dumps({"event": "process_died", "code": kept.process.returncode, "again_in": kept.pause}) + "\n")


def _started(program: Program) -> "subprocess.Popen[bytes]":
    with program.log.open("ab") as log:
        # A session of its own: Ctrl-C is for the supervisor, who ends them in order.
        return subprocess.Popen(
            program.command, env=dict(program.environment), cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True, user=program.user, group=program.user, extra_groups=[] if program.user else None,
        )  # fmt: skip


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
