"""The drill as it is run: all is lost but backups and the parcel of keys, and nobody ends with a wrong answer.

A county is taken in; while people are registered, cases reported and a delivery linked, a backup is taken and verified.
Work goes on, then both processes are killed and the home is destroyed. It is restored, checked and started again;
followers, townships and agencies do what the runbook asks, and the end is compared with what they did.
"""

import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from subprocess import Popen
from typing import Any

from doudi.agency import Agency
from doudi.backup.check import check
from doudi.backup.databases import scratch_database
from doudi.backup.generation import Generation, Keep, open_generation
from doudi.backup.installation import Installation
from doudi.backup.key_parcel import pack, unpack
from doudi.backup.restore import restore, verify
from doudi.backup.take import take
from doudi.county import Answers, make_county, make_next_month
from doudi.demo.tell import Check, tell_checks
from doudi.drill.clients import Follower, Office, Registrar
from doudi.embedded import start, stop
from doudi.home import Home
from doudi.main_job import COUNTY_SCOPES, FEEDS, Delivered, Inputs, deliver
from doudi.progress import Steps, steps
from doudi.serve import free_port
from doudi.township import Township
from doudi.trial import county_of
from kit.columns import new_id
from registry.access.store import Grant

DAY, NEXT = date(2021, 6, 1), "health-illness"
SEALED_BY = "fire drill, not a secret"  # of keys that are gone with the drill
TOWNSHIP_SCOPES = ("leads:read", "leads:reveal", "registry:read", "cases:read", "cases:write")
FOLLOWER = Grant("drill follower", "civil-affairs", "640499000000", ("registry:follow",), purposes=("matching",))
LOAD_SECONDS = 3.0  # before and after the backup
KEEP = Keep()


@dataclass
class Drill:
    """What the drill has at hand."""

    home: Home
    files: Path
    backups: Path
    shown: Steps
    process: Popen[bytes] | None = None
    checks: list[Check] = field(default_factory=list)

    def start(self) -> None:
        """Serve the home."""
        self.process = start(self.home)

    def kill(self) -> None:
        """Power cut: web and worker at once, without a word."""
        assert self.process is not None
        os.kill(int(self.home.worker_pid.read_text()), signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self) -> None:
        """End the services as an administrator does."""
        if self.process is not None:
            stop(self.process)
            self.process = None

    def add(self, text: str, *, holds: bool, seen: object = "") -> None:
        """One more figure the drill answers for."""
        self.checks.append(Check(text, holds, str(seen)))


@dataclass
class Clients:
    """Everybody who calls."""

    registrar: Registrar
    follower: Follower
    office: Office


def run_drill(folder: Path, people: int, seed: int, server: str | None = None) -> int:
    """Run the drill in `folder`, on SQLite or on the PostgreSQL `server`; 0 where everything holds, else 1."""
    files = folder / "county"
    with ExitStack() as stack:
        shown = stack.enter_context(steps())
        make_county(files / "june", people, "typical", seed, shown.share)
        make_next_month(files / "june", files / "july", seed, Answers())
        shown.end("county invented", f"{people} people")
        first, second = stack.enter_context(_homes(folder / "home", server))
        first.prepare()
        drill = Drill(first, files, folder / "backups", shown)
        stack.callback(drill.stop)
        _run(drill, second, server)
    return 0 if tell_checks(drill.checks) else 1


@contextmanager
def _homes(folder: Path, server: str | None) -> Iterator[tuple[Home, Home]]:
    """The home before and after: with PostgreSQL it is restored to new databases."""
    home = Home(folder, f"http://127.0.0.1:{free_port()}", as_of=DAY, second_factor=False)
    if server is None:
        yield home, home
        return
    with ExitStack() as stack:
        names = [f"doudi_drill_{new_id().replace('-', '')}" for _ in range(4)]
        urls = [stack.enter_context(scratch_database(server, name)) for name in names]
        before = replace(home, registry_database=urls[0], matcher_database=urls[1])
        yield before, replace(home, registry_database=urls[2], matcher_database=urls[3])


def _run(drill: Drill, second: Home, server: str | None) -> None:
    drill.start()
    inputs = Inputs(*_files(drill.files / "june"))
    delivered = deliver(drill.home, inputs, county_of(inputs), drill.shown)
    clients = _clients(drill.home, delivered)
    made = _under_load(drill, clients, delivered)
    verdict = verify(made, Installation.of_home(drill.home), server)
    wrong = [one.told() for one in verdict.checks if not one.holds]
    drill.add("a backup taken under load, restored to a scratch place: every check holds", holds=verdict.whole,
              seen="; ".join(wrong) or f"{len(verdict.checks)} checks")  # fmt: skip
    drill.shown.end("backup verified", made.folder.name)
    _lose(drill, clients)
    _come_back(drill, second, made)
    _go_on(drill, clients, delivered)
    mine = (clients.registrar.client, clients.follower.client, clients.office.township.client)
    for client in (*mine, delivered.county, *delivered.agencies.values()):
        client.http.close()


def _files(folder: Path) -> tuple[Path, dict[str, Path], Path]:
    return folder / "registry.xlsx", {feed: folder / name for feed, (name, _) in FEEDS.items()}, folder / "areas.csv"


def _clients(home: Home, delivered: Delivered) -> Clients:
    leads = list(delivered.county.pages("/matcher/v1/leads", "leads", limit="500"))
    towns = sorted({lead["area"][:9] for lead in leads}, key=lambda town: sum(one["area"][:9] == town for one in leads))
    area = f"{towns[-1]}000"
    grant = Grant("drill township", "township", area, TOWNSHIP_SCOPES)
    writer = Grant("drill registrar", "civil-affairs", delivered.area, COUNTY_SCOPES)
    follower = replace(FOLLOWER, area=delivered.area)
    clients = Clients(
        Registrar(Agency(home.url, *home.add_client(writer)), area),
        Follower(Agency(home.url, *home.add_client(follower), purpose="matching")),
        Office(Township(Agency(home.url, *home.add_client(grant))), DAY.isoformat()),
    )
    clients.follower.follow()
    clients.office.follow()
    return clients


def _under_load(drill: Drill, clients: Clients, delivered: Delivered) -> Generation:
    """Register, report and link; in the midst of it a backup. Then more of the same, which will be lost."""
    ended = threading.Event()
    worker = threading.Thread(target=clients.registrar.work, args=(ended,), daemon=True)
    worker.start()
    try:
        clients.office.report_some(new_id)
        july = delivered.agencies[FEEDS[NEXT][1]].push(NEXT, drill.files / "july" / FEEDS[NEXT][0])
        _go_on_registering(clients.registrar, worker, LOAD_SECONDS / 2)
        pack(drill.home.keys, drill.backups.parent / "keys.parcel", SEALED_BY)
        taken = take(Installation.of_home(drill.home), drill.backups, KEEP)
        before = len(clients.registrar.answers)
        drill.shown.end("backup taken under load", f"{taken.generation.manifest.bytes >> 10} kB")
        clients.office.report_some(new_id)
        _go_on_registering(clients.registrar, worker, LOAD_SECONDS)
    finally:
        ended.set()
        worker.join()
    delivered.agencies[FEEDS[NEXT][1]].follow(july, lambda _: None)
    drill.add("people were registered before and after the backup", holds=0 < before < len(clients.registrar.answers),
              seen=f"{before} of {len(clients.registrar.answers)}")  # fmt: skip
    return taken.generation


def _go_on_registering(registrar: Registrar, worker: threading.Thread, seconds: float) -> None:
    """For so long, and until somebody was registered meanwhile, however slow this machine is."""
    known = len(registrar.answers)
    time.sleep(seconds)
    while len(registrar.answers) == known and worker.is_alive():
        time.sleep(0.1)


def _lose(drill: Drill, clients: Clients) -> None:
    """Followers hear the last that will be heard; then everything but backups, parcel and checkpoints is gone. These
    vouch for what was done since the backup."""
    clients.follower.follow()
    clients.office.follow()
    for office in drill.home.offices():
        office.notary().take()
        office.close()
    drill.kill()
    for part in ("data", "keys"):
        shutil.rmtree(drill.home.folder / part)
    drill.shown.end("both processes killed, data and keys destroyed")


def _come_back(drill: Drill, second: Home, made: Generation) -> None:
    drill.home = second
    drill.home.worker_pid.unlink(missing_ok=True)
    unpack(drill.backups.parent / "keys.parcel", drill.home.keys, SEALED_BY)
    begun = time.monotonic()
    said = restore(open_generation(made.folder), Installation.of_home(drill.home), replace=False)
    drill.shown.end("restored", f"{time.monotonic() - begun:.1f} s")
    lost = any(line.endswith("*.lost-*") for line in said)
    drill.add("the checkpoints prove that entries of the journal were lost, and are kept", holds=lost)
    drill.start()


def _go_on(drill: Drill, clients: Clients, delivered: Delivered) -> None:
    """What the runbook asks of everybody, and how it ends."""
    asked = len(clients.registrar.answers)
    same = clients.registrar.repeat()
    drill.add("calls of before the backup are answered as then, later ones are done anew", holds=0 < same < asked,
              seen=f"{same} of {asked} as then")  # fmt: skip
    for feed, file in _files(drill.files / "june")[1].items():
        agency = delivered.agencies[FEEDS[feed][1]]
        agency.follow(agency.push(feed, file), lambda _: None)
    agency = delivered.agencies[FEEDS[NEXT][1]]
    july = agency.follow(agency.push(NEXT, drill.files / "july" / FEEDS[NEXT][0]), lambda _: None)
    drill.add("the delivery that was under way counts once", holds=july["state"] in {"published", "unchanged"},
              seen=july["state"])  # fmt: skip
    stand = clients.office.repeat()
    drill.add("every outcome stands, under its own id", holds=stand == len(clients.office.reported), seen=stand)
    _compare(drill, clients, delivered.county)


def _compare(drill: Drill, clients: Clients, county: Agency) -> None:
    truth = _settled(drill, clients, county)
    follower, office = clients.follower, clients.office
    drill.add("the registry's follower was told to resync, once", holds=follower.resyncs == 1, seen=follower.resyncs)
    drill.add("and has exactly the registry's people", holds=follower.people == truth, seen=len(truth))
    drill.add("nobody was registered twice", holds=set(clients.registrar.answers.values()) <= truth)
    listed = {lead["lead_id"] for lead in office.township.client.pages("/matcher/v1/leads", "leads", limit="500")}
    listed_with_case = {lead for lead, told in office.township.leads.items() if told["case_id"]}
    drill.add("the township was told to resync, once", holds=office.resyncs == 1, seen=office.resyncs)
    drill.add("and has exactly its list", holds=listed_with_case == listed != set(), seen=len(listed))
    bad = [one.told() for one in check(Installation.of_home(drill.home)) if not one.holds]
    drill.add("every check of the running services holds", holds=not bad, seen="; ".join(bad))


def _settled(drill: Drill, clients: Clients, county: Agency, seconds: float = 120.0) -> set[str]:
    """Wait until the matcher has heard everything; then both copies are brought up to date. The registry's people."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        leads: dict[str, Any] = {one["lead_id"]: one for one in county.pages("/matcher/v1/leads", "leads", limit="500")}
        if not set(clients.office.reported) & set(leads):
            break
        time.sleep(0.5)
    drill.add("settled leads left the lists", holds=time.monotonic() < until)
    clients.follower.follow()
    clients.office.follow()
    lines = clients.follower.client.lines("/registry/v1/export")
    return {str(line["person"]["person_id"]) for line in lines if line["kind"] == "person"}
