"""Homes that take deliveries while something goes wrong: what agencies send, how it is sent, and how it all ended.

Each fault is met by a home of its own, a copy of one that knows the county's people already, so that what it ended
with can be compared by content with a home nothing happened to.
"""

import base64
import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
from sqlalchemy import func
from sqlmodel import col, select

from doudi.county.tables import text
from doudi.home import Home
from doudi.main_job import FEEDS
from doudi.progress import steps
from doudi.push import Order, Pusher
from doudi.serve import free_port
from kit.database import Database, reading
from matcher.batches.tables import Batch
from matcher.leads.tables import Finding, Lead
from matcher.links.tables import Link
from registry.access.keys import signing_key
from tests.conftest import POSTGRES, fresh_database
from tests.faults.mortal import Forge, Mortal, Patient
from tests.faults.tale import homes_of, papers_of
from tests.journeys.live import JUNE, enrol
from tests.journeys.papers import HEADERS, Papers
from tests.journeys.quiet import Watch
from tests.journeys.seen import MATCHER, REGISTRY, Readers, see
from tests.journeys.villagers import COUNTY, villager
from tests.matcher import county

FEEDS_SENT = ("disability-cards", "health-deaths", "health-illness")
PART_BYTES = 400  # so that the smallest file has several parts
# Settings under which a delivery takes many steps, so that there is something to interrupt.
MANY_STEPS = {"DOUDI_MATCHER_CHUNK_ROWS": "7"}
SENDERS = ("county", "auditor", *dict.fromkeys(FEEDS[feed][1] for feed in FEEDS_SENT))
WAIT_SECONDS = 60.0


def files_of(folder: Path) -> dict[str, Path]:
    """What the agencies send, by feed; one row of the cards is refused, one is there twice."""
    papers = papers_of(text("areas.csv"))[0]
    homes = homes_of(papers.areas)
    cards = papers.sheets["disability.xlsx"]
    cards += [dict(cards[0]), dict(cards[1]) | {"姓名": ""}]
    for index in (60, 71, 105, 106):
        _ill(papers, index, homes)
    found = {}
    for feed in FEEDS_SENT:
        name = FEEDS[feed][0]
        rows = [[row[header] or "" for header in HEADERS[name]] for row in papers.sheets[name]]
        found[feed] = folder / f"{feed}.csv"
        found[feed].write_bytes(county.csv(HEADERS[name], rows))
    return found


def _ill(papers: Papers, index: int, homes: Sequence[Any]) -> None:
    who = villager(index, homes[index % len(homes)])
    papers.add(
        "health.csv", 姓名=who.name, 证件号码=who.number, 性别=who.sex, 出生日期=who.born, 现住址=who.address,
        诊断名称="胃恶性肿瘤", 病种编码="C16.9", 确诊日期="2020-11-15", 总费用="90000", 个人自付="42000",
    )  # fmt: skip


class Sender(Patient):
    """An agency's client that tells what it is just asking for: `open`, `part`, `seal`; `look` is anything else."""

    asking: str = ""

    def __post_init__(self) -> None:
        """As Agency's; every answer that is no success is noted."""
        super().__post_init__()
        self.refusals: list[tuple[int, str, str | None]] = []  # status, kind of body, when to come back
        self.http.event_hooks["response"].append(self._note)

    def _note(self, answer: httpx.Response) -> None:
        if not answer.is_success:
            told = answer.headers
            self.refusals.append((answer.status_code, told.get("content-type", ""), told.get("retry-after")))

    def call(self, method: str, path: str, **arguments: Any) -> Any:
        """As Patient.call."""
        words = {"PUT": "part", "POST": "seal" if path.endswith("/seal") else "open"}
        self.asking = words.get(method, "look")
        try:
            return super().call(method, path, **arguments)
        finally:
            self.asking = ""


@dataclass
class Intake:
    """A home that takes deliveries, with the clients of whoever sends and reads."""

    mortal: Mortal
    files: dict[str, Path]
    clients: dict[str, Sender]

    @property
    def home(self) -> Home:
        """Where it stands."""
        return self.mortal.home

    def sender(self, feed: str) -> Sender:
        """The client of the agency that delivers `feed`."""
        return self.clients[FEEDS[feed][1]]

    def deliver(self, feed: str, part_bytes: int = PART_BYTES, sender: Sender | None = None) -> str:
        """Send the feed's file as `doudi push` does, in parts; the batch."""
        order = Order(feed, self.files[feed], {}, part_bytes)
        with steps() as shown:
            return str(Pusher(sender or self.sender(feed), order, shown).deliver()["batch_id"])

    def said(self, event: str, *roles: str) -> list[dict[str, Any]]:
        """What these processes said of one event."""
        lines = [line for role in roles for line in (self.home.folder / f"{role}.log").read_bytes().splitlines()]
        told = []
        for line in lines:
            with suppress(orjson.JSONDecodeError):  # one that was cut off by a kill, or for want of room
                told.append(orjson.loads(line))
        return [one for one in told if one["event"] == event]

    def until_quiet(self) -> None:
        """Until nothing is left to do."""
        with Watch.over(self.home) as watch:
            watch.until_quiet()

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The matcher's database, looked into from outside."""
        database = Database.open(self.home.matcher_settings().database_url)
        try:
            yield database
        finally:
            database.dispose()

    def ended(self) -> dict[str, Any]:
        """How it ended, by content. Every delivery is there once, whole and with its report and receipt."""
        with self.database() as database, reading(database) as session:
            batches = list(session.exec(select(Batch).order_by(col(Batch.feed), col(Batch.id))))
            holding = session.exec(select(func.count()).where(col(Finding.until_version).is_(None))).one()
            counts = [session.exec(select(func.count()).select_from(table)).one() for table in (Link, Lead)]
        first = [batch for batch in batches if batch.same_as is None]
        # Sent once more because its answer was lost, it may have been taken as a repetition, and as nothing else.
        for batch in batches:
            assert batch.same_as is None or batch.state == "unchanged", (batch.feed, batch.state)
            assert batch.leased_by is None, (batch.feed, batch.state, batch.leased_by)
        seen = see(Readers(self.clients["county"], self.clients["auditor"])).by_content()
        return {**seen, "counts": [holding, *counts], "deliveries": [self._delivery(batch) for batch in first]}

    def _delivery(self, batch: Batch) -> dict[str, Any]:
        client, path = self.sender(batch.feed), f"{MATCHER}/batches/{batch.id}"
        told = client.call("GET", path).json()
        receipt = _claims(client.call("GET", f"{path}/receipt").text)
        says = ("feed", "sha256", "bytes", "rows", "outcomes", "state")
        return {
            "batch": {name: told[name] for name in ("feed", "state", "outcomes", "held_for", "error", "superseded_by")},
            "rows": [
                {name: value for name, value in row.items() if name != "batch_id"}
                for row in client.pages(f"{path}/rows", "rows", limit="1000")
            ],
            "report": client.call("GET", f"{path}/report.csv").content,
            "receipt": {name: receipt[name] for name in says},
        }


def _claims(receipt: str) -> dict[str, Any]:
    payload = receipt.split(".")[1]
    claims: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


@dataclass(frozen=True)
class Ground:
    """What all homes share: the forge, the files, a home that knows the people, its clients."""

    forge: Forge
    place: Path
    files: dict[str, Path]
    enrolled: dict[str, tuple[str, str, str]]
    passes: dict[str, tuple[str, float]] = field(default_factory=dict)  # tokens that hold in every copy

    @contextmanager
    def intake(self, folder: Path, roles: Sequence[str] = ("web", "worker"), **told: Any) -> Iterator[Intake]:
        """A fresh home in `folder`, served by `roles`; `told`: see Mortal.told; `disk` makes its data folder."""
        disk = told.pop("disk", nullcontext)
        with ExitStack() as stack:
            stack.enter_context(disk(folder / "data"))
            home = stack.enter_context(self._home(folder))
            enrolled = self.enrolled if not POSTGRES else _enrolled(home)
            intake = Intake(Mortal(self.forge, home, told=_with_steps(told)), self.files, _clients(home, enrolled))
            for name, client in intake.clients.items():
                stack.callback(client.http.close)
                client.holds(None if POSTGRES else self.passes.get(name))
            stack.callback(intake.mortal.stop)
            if POSTGRES:
                intake.mortal.start(JUNE)
                learn_people(intake)
                intake.mortal.stop()
            intake.mortal.start(JUNE, roles)
            until(lambda: intake.clients["county"].call("GET", f"{MATCHER}/batches").is_success, "it answers")
            yield intake
            if not POSTGRES:
                self.passes.update({name: client.token for name, client in intake.clients.items()})

    @contextmanager
    def _home(self, folder: Path) -> Iterator[Home]:
        url = f"http://127.0.0.1:{free_port()}"
        if not POSTGRES:
            shutil.copytree(self.place / "template", folder, dirs_exist_ok=True)
            yield Home(folder, url, JUNE)
            return
        with fresh_database(folder) as registry, fresh_database(folder) as matcher:
            home = Home(folder, url, JUNE, "INFO", registry, matcher)
            _prepare(home)
            yield home


def _with_steps(told: dict[str, Any]) -> dict[str, Any]:
    return {**told, "environment": {**MANY_STEPS, **told.get("environment", {})}}


def _prepare(home: Home) -> None:
    home.prepare()
    database = home.open_registry()
    signing_key(database, home.ring("registry"))
    database.dispose()


def _enrolled(home: Home) -> dict[str, tuple[str, str, str]]:
    return {name: enrol(home, name, COUNTY) for name in SENDERS}


def _clients(home: Home, enrolled: dict[str, tuple[str, str, str]]) -> dict[str, Sender]:
    return {name: Sender(home.url, *one) for name, one in enrolled.items()}


def ground_in(forge: Forge, place: Path) -> Ground:
    """Made once: the files, and on SQLite a home whose registry and matcher know the people, ended in peace."""
    files = files_of(place)
    if POSTGRES:
        return Ground(forge, place, files, {})
    kept = place / "enrolled.json"
    if kept.exists():  # another process of this run made it
        return Ground(forge, place, files, {name: tuple(one) for name, one in json.loads(kept.read_text()).items()})
    home = Home(place / "template", f"http://127.0.0.1:{free_port()}", JUNE)
    _prepare(home)
    ground = Ground(forge, place, files, _enrolled(home))
    intake = Intake(Mortal(forge, home), files, _clients(home, ground.enrolled))
    intake.mortal.start(JUNE)
    try:
        learn_people(intake)
    finally:
        intake.mortal.stop()
        for client in intake.clients.values():
            client.http.close()
    kept.write_text(json.dumps(ground.enrolled))
    return ground


def learn_people(intake: Intake) -> None:
    """Divisions and civil affairs' list."""
    folder = papers_of(text("areas.csv"))[0].write(intake.home.folder / "papers")
    intake.clients["county"].send(f"{REGISTRY}/areas/import", folder / "areas.csv")
    done = intake.clients["county"].send(f"{REGISTRY}/imports", folder / "registry.xlsx")
    assert done["state"] == "done"
    intake.until_quiet()


def until(found: Callable[[], Any], what: str, seconds: float = WAIT_SECONDS) -> Any:
    """What `found` gives once it gives something."""
    end = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.004)
    return answer
