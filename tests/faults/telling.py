"""One telling of the tale: a home of its own, and somebody who strikes web and worker by plan while it is told."""

import random
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from doudi.county.tables import text
from doudi.home import Home
from doudi.serve import free_port
from registry.access.keys import signing_key
from tests.conftest import POSTGRES, fresh_database
from tests.faults.mortal import PATIENCE_SECONDS, Forge, Mortal, Patient
from tests.faults.tale import PHASES, Teller, homes_of
from tests.journeys.live import GRANTS, JULY, JUNE, enrol
from tests.journeys.quiet import Watch
from tests.journeys.seen import Seen
from tests.journeys.villagers import COUNTY

ROLES = ("web", "worker", "both")
LATEST = 0.9  # how far into a step, at most, as a share of the time it took undisturbed


@dataclass(frozen=True)
class Strike:
    """One kill: in which step, how far into it (share of its undisturbed time), and whom."""

    phase: str
    share: float
    role: str


def plan(run: int, strikes: int) -> list[Strike]:
    """The kills of a run, in the order of the tale. The first goes through all steps and roles by turns."""
    rng = random.Random(run)
    first = PHASES[run % len(PHASES)]
    others = rng.sample([phase for phase in PHASES if phase != first] * strikes, strikes - 1)
    phases = sorted([first, *others], key=PHASES.index)
    roles = [ROLES[(run + run // len(PHASES)) % len(ROLES)], *rng.choices(ROLES, k=strikes - 1)]
    return [Strike(phase, rng.uniform(0, LATEST), role) for phase, role in zip(phases, roles, strict=True)]


@dataclass
class Striker:
    """Kills by plan while the tale is told, and starts again what it killed."""

    mortal: Mortal
    teller: Teller
    plan: list[Strike]
    seconds: dict[str, float]  # each step's undisturbed time
    struck: list[tuple[str, str, bool]] = field(default_factory=list)  # the step it really was, who died, at work?
    hands: threading.Lock = field(default_factory=threading.Lock)  # only one starts or ends processes

    def run(self) -> None:
        """One strike after another; what is planned for a step that is over comes at once."""
        for strike in self.plan:
            while self._at() < PHASES.index(strike.phase):
                time.sleep(0.002)
            time.sleep(strike.share * self.seconds[strike.phase])
            roles = ("web", "worker") if strike.role == "both" else (strike.role,)
            with Watch.over(self.mortal.home) as watch:
                while not self._at_work(roles, watch) and self.teller.phase != "end":
                    time.sleep(0.002)
                with self.hands:
                    self._strike(roles, watch)

    def _at_work(self, roles: tuple[str, ...], watch: Watch) -> bool:
        """Whether a web process that is to be struck is just being asked, a worker has something left to do."""
        return self.teller.calls if "web" in roles else bool(watch.left())

    def _strike(self, roles: tuple[str, ...], watch: Watch) -> None:
        phase, repeated = self.teller.phase, self.teller.repeated
        for role in roles:
            self.mortal.kill(role)
        busy = self._at_work(roles, watch) or bool(watch.left())
        # Who was being asked, and who asks next, is to find nobody there; unless what is left waits for the web itself.
        until = time.monotonic() + PATIENCE_SECONDS / 2
        while "web" in roles and self.teller.repeated == repeated and time.monotonic() < until:
            if not self.teller.calls and (watch.left() or self.teller.phase == "end"):
                break
            time.sleep(0.002)
        for role in roles:
            self.mortal.revive(role)
        self.struck += [(phase, role, busy) for role in roles]

    def next_day(self) -> Home:
        """The administrator ends both and serves the second month."""
        with self.hands:
            self.mortal.stop()
            self.mortal.start(JULY)
        return self.mortal.home

    def _at(self) -> int:
        phase = self.teller.phase
        return PHASES.index(phase) if phase in PHASES else len(PHASES) if phase == "end" else -1


@dataclass(frozen=True)
class Kit:
    """What all runs share: the forge, the months' papers, a prepared home with its clients, the undisturbed end."""

    forge: Forge
    folders: tuple[Path, Path]
    template: Path
    clients: dict[str, tuple[str, str, str]]
    passes: dict[str, tuple[str, float]] = field(default_factory=dict)  # tokens that hold in every copy of the template

    @contextmanager
    def home(self, folder: Path) -> Iterator[tuple[Home, dict[str, tuple[str, str, str]]]]:
        """A fresh home on a port of its own, with its clients."""
        url = f"http://127.0.0.1:{free_port()}"
        if not POSTGRES:
            shutil.copytree(self.template, folder)
            yield Home(folder, url, JUNE), self.clients
            return
        with fresh_database(folder) as registry, fresh_database(folder) as matcher:
            yield prepared(Home(folder, url, JUNE, "INFO", registry, matcher))


def prepared(home: Home) -> tuple[Home, dict[str, tuple[str, str, str]]]:
    """The home with its tables, keys and everybody's client."""
    home.prepare()
    database = home.open_registry()
    signing_key(database, home.ring("registry"))
    database.dispose()
    names = {name: (name, COUNTY) for name in GRANTS}
    names |= {f"township {village.area}": ("township", village.area) for village in homes_of(text("areas.csv"))}
    return home, {key: enrol(home, *one) for key, one in names.items()}


def tell(kit: Kit, folder: Path, strikes: list[Strike], seconds: dict[str, float]) -> tuple[Teller, Seen, Striker]:
    """The whole tale in a home of its own, struck by plan."""
    with ExitStack() as stack:
        home, enrolled = stack.enter_context(kit.home(folder))
        clients = {key: Patient(home.url, *one) for key, one in enrolled.items()}
        for key, client in clients.items():
            stack.callback(client.http.close)
            client.holds(kit.passes.get(key))
        mortal = Mortal(kit.forge, home)
        stack.callback(mortal.stop)
        mortal.start(JUNE)
        teller = Teller(home, kit.folders, clients)
        striker = Striker(mortal, teller, strikes, seconds)
        thread = threading.Thread(target=striker.run, daemon=True)
        teller.next_day, teller.wait = striker.next_day, thread.join
        thread.start()
        try:
            seen = teller.tell()
        finally:
            teller.phase = "end"
            thread.join()
        if not POSTGRES:
            kit.passes.update({key: client.token for key, client in clients.items()})
        return teller, seen, striker
